//! What a router is told before it starts: its ports, its routes, and whether it translates addresses.
//! Not here: whether that makes sense (`routes`), the file that it was written in (the engine reads it).

use std::net::Ipv4Addr;

/// A router as a script describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::source::wire) struct RouterSpec {
    /// "r1".
    pub(in crate::source::wire) name: String,
    /// Its cards; `Router::receive` counts them from 0 in this order.
    pub(in crate::source::wire) ports: Vec<PortSpec>,
    /// What it knows about networks beyond its own.
    pub(in crate::source::wire) routes: Vec<RouteSpec>,
    /// The port that faces the Internet, where everybody inside shares one address.
    pub(in crate::source::wire) nat: Option<usize>,
}

/// One card of a router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source::wire) struct PortSpec {
    /// The router's address in that network.
    pub(in crate::source::wire) address: Ipv4Addr,
    /// How many leading bits of the address name the network.
    pub(in crate::source::wire) prefix: u8,
    /// The card's hardware address.
    pub(in crate::source::wire) mac: [u8; 6],
    /// Most bytes of an IP packet that fit one frame there.
    pub(in crate::source::wire) mtu: usize,
}

/// "Whatever goes to this network, give it to that neighbour."
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source::wire) struct RouteSpec {
    /// The network's address; 0.0.0.0 with prefix 0 is everywhere else.
    pub(in crate::source::wire) to: Ipv4Addr,
    /// How many leading bits of `to` count.
    pub(in crate::source::wire) prefix: u8,
    /// The neighbour, in one of the router's own networks.
    pub(in crate::source::wire) via: Ipv4Addr,
}
