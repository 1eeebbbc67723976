//! Layer 2: to the next machine on this wire, or in this air.

pub mod ethernet;
pub mod ethertype;
pub mod llc;
pub mod snap;
pub mod vlan;
