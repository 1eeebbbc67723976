//! What a script says about a router: plain data, checked by the script.

use std::net::Ipv4Addr;

/// A router: its ports, and which way it sends what none of them is next to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source::wire) struct RouterSpec {
    pub(in crate::source::wire) name: String,
    pub(in crate::source::wire) ports: Vec<PortSpec>,
    pub(in crate::source::wire) routes: Vec<RouteSpec>,
    /// The outside port of a router that translates addresses.
    pub(in crate::source::wire) nat: Option<usize>,
}

/// A port: a card with an address of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source::wire) struct PortSpec {
    pub(in crate::source::wire) address: Ipv4Addr,
    pub(in crate::source::wire) prefix: u8,
    pub(in crate::source::wire) mac: [u8; 6],
    /// Bytes of the largest packet its link carries.
    pub(in crate::source::wire) mtu: usize,
}

/// A route: packets to this network go to that neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source::wire) struct RouteSpec {
    pub(in crate::source::wire) to: Ipv4Addr,
    pub(in crate::source::wire) prefix: u8,
    pub(in crate::source::wire) via: Ipv4Addr,
}
