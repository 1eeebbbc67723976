//! Layer 3: across networks, to a machine.

mod ip_protocols;
pub mod ipv4;
mod ipv4_options;
pub mod ipv6;
pub mod ipv6_extensions;
mod scope;
