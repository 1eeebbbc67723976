//! Layer 3: across networks, to a machine.

mod icmp_extension_fields;
pub mod icmp_extensions;
pub mod icmpv4;
mod icmpv4_fields;
mod icmpv4_types;
pub mod icmpv6;
mod icmpv6_fields;
mod icmpv6_types;
pub mod igmp;
mod igmp_fields;
mod ip_protocols;
pub mod ipcomp;
pub mod ipsec;
pub mod ipv4;
mod ipv4_options;
pub mod ipv6;
pub mod ipv6_extensions;
mod mld;
mod ndp;
mod ndp_names;
mod ndp_options;
mod ndp_prefixes;
mod node_information;
mod router_renumbering;
mod scope;
