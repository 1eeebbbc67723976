//! Layer 2: to the next machine on this wire, or in this air.

pub mod arcnet;
pub mod arp;
pub mod ethernet;
pub mod ethertype;
pub mod geneve;
pub mod gre;
pub mod ipoib;
pub mod linux_cooked;
pub mod llc;
pub mod loopback;
pub mod mpls;
pub mod ppi;
pub mod ppp;
pub mod pppoe;
pub mod radiotap;
pub mod raw_ip;
pub mod snap;
pub mod teredo;
pub mod vlan;
pub mod vxlan;
pub mod wifi;
