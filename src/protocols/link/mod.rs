//! Layer 2: to the next machine on this wire, or in this air.

pub mod arp;
pub mod ethernet;
pub mod ethertype;
pub mod linux_cooked;
pub mod llc;
pub mod loopback;
pub mod ppi;
pub mod radiotap;
pub mod raw_ip;
pub mod snap;
pub mod vlan;
pub mod wifi;
