//! Layer 3: across networks, to a machine.

pub mod ipv4;
