//! A router, whole enough to read: a frame comes in, the packet in it is checked, looked up, has one hop less
//! to live, and leaves in a new frame towards a neighbour. RFC 1812 says how; each room is one duty of it.
//!
//! A packet's way: `ethernet` takes the frame off · `datagram` checks the header · `forward` decides · `routes`
//! knows the way · `nat` lends it another address · `fragment` cuts it · `neighbours` finds the card.
//! When it cannot go on, `complain` tells its sender by `icmp`. `did` remembers what was done.
//!
//! Pure: no clock and no chance of its own; the same frames at the same times give the same bytes.
//! Not here: routing protocols (a script writes the routes), IPv6, multicast, queues (they belong to the links),
//! IP options (they travel along unread), putting pieces together.

mod arp;
mod complain;
mod datagram;
mod did;
mod ends;
mod ethernet;
mod forward;
mod fragment;
mod icmp;
mod nat;
mod nat_pieces;
mod neighbours;
mod patience;
mod routes;
mod send;
mod spec;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;
use std::sync::Arc;

pub use did::{Did as Routed, Flaw, What as Deed};
pub use ends::End;
pub(in crate::source::wire) use spec::{PortSpec, RouteSpec, RouterSpec};

use datagram::Datagram;
use did::Diary;
use ethernet::Mac;
use nat::Nat;
use neighbours::Neighbours;
use patience::Patience;
use routes::{Network, Routes};

/// Most ports of one router.
const PORTS: usize = 256;

/// A card of the router and what it knows of its cable.
struct Port {
    address: Ipv4Addr,
    network: Network,
    mac: Mac,
    mtu: usize,
    neighbours: Neighbours,
}

/// The simulated router.
pub(super) struct Router {
    name: Arc<str>,
    ports: Vec<Port>,
    routes: Routes,
    /// The outside port, and the table.
    nat: Option<(usize, Nat)>,
    patience: Patience,
    diary: Diary,
    /// The identification of the next datagram of its own.
    id: u16,
}

/// One moment of the router's life: when it is, and the frames that leave in it.
struct Turn<'a> {
    now: u64,
    out: &'a mut Vec<(usize, Vec<u8>)>,
}

impl Router {
    /// A router with empty tables.
    ///
    /// # Errors
    /// One sentence about what in `spec` cannot be.
    pub(super) fn new(spec: &RouterSpec) -> Result<Self, String> {
        let routes = check(spec).and_then(|()| Routes::new(spec)).map_err(|e| format!("router {}: {e}", spec.name))?;
        let port = |p: &PortSpec| Port {
            address: p.address,
            network: Network::of(p.address, p.prefix),
            mac: p.mac,
            mtu: p.mtu,
            neighbours: Neighbours::default(),
        };
        Ok(Router {
            name: spec.name.as_str().into(),
            ports: spec.ports.iter().map(port).collect(),
            routes,
            nat: spec.nat.map(|outside| (outside, Nat::new(spec.ports[outside].address))),
            patience: Patience::new(),
            diary: Diary::default(),
            id: 0,
        })
    }

    /// A frame arrives at `port`; what leaves at once is added to `out` as (port, frame).
    pub(super) fn receive(&mut self, port: usize, frame: &[u8], now: u64, out: &mut Vec<(usize, Vec<u8>)>) {
        let (Some(card), Some(frame)) = (self.ports.get(port), ethernet::read(frame)) else { return };
        if frame.to != card.mac && !ethernet::is_group(frame.to) {
            return; // a switch that does not know better sends everybody everything
        }
        let mut turn = Turn { now, out };
        match frame.kind {
            ethernet::ARP => self.hear(port, frame.payload, &mut turn),
            ethernet::IPV4 => match Datagram::read(frame.payload) {
                Ok(datagram) => self.take(port, datagram, ethernet::is_group(frame.to), &mut turn),
                Err(flaw) => self.diary.note(now, Deed::Refused(flaw), Ipv4Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED),
            },
            _ => {}
        }
    }

    /// When [`Router::wake`] next has something to do; `None` where nothing waits.
    pub(super) fn wakes_at(&self) -> Option<u64> {
        self.ports.iter().filter_map(|p| p.neighbours.wakes_at()).min()
    }

    /// Does what is due: asks again, or gives up on a neighbour.
    pub(super) fn wake(&mut self, now: u64, out: &mut Vec<(usize, Vec<u8>)>) {
        let mut turn = Turn { now, out };
        for port in 0..self.ports.len() {
            self.overdue(port, &mut turn);
        }
    }

    /// Its name in the script.
    pub(super) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What it did since the last call, oldest first; at most 256 deeds are kept.
    pub(super) fn did(&mut self) -> impl Iterator<Item = Routed> + '_ {
        self.diary.drain()
    }

    fn is_mine(&self, address: Ipv4Addr) -> bool {
        self.ports.iter().any(|p| p.address == address)
    }

    fn next_id(&mut self) -> u16 {
        self.id = self.id.wrapping_add(1);
        self.id
    }
}

/// Whether ports like these can be.
fn check(spec: &RouterSpec) -> Result<(), String> {
    if spec.ports.is_empty() || spec.ports.len() > PORTS {
        return Err(format!("has {} ports; it needs 1 to {PORTS}", spec.ports.len()));
    }
    if let Some(outside) = spec.nat.filter(|n| *n >= spec.ports.len()) {
        return Err(format!("nat names port {outside}, but its ports are 0 to {}", spec.ports.len() - 1));
    }
    for (n, port) in spec.ports.iter().enumerate() {
        check_port(port).map_err(|e| format!("port {n} ({}/{}): {e}", port.address, port.prefix))?;
        let network = Network::of(port.address, port.prefix);
        let clash = spec.ports[..n]
            .iter()
            .position(|p| network.holds(p.address) || Network::of(p.address, p.prefix).holds(port.address));
        if let Some(other) = clash {
            let sentence = "are in the same network, so it would not know through which to send";
            return Err(format!("ports {other} and {n} {sentence}"));
        }
    }
    Ok(())
}

fn check_port(port: &PortSpec) -> Result<(), &'static str> {
    let PortSpec { address, prefix, mac, mtu } = port;
    if !(1..=32).contains(prefix) {
        Err("an IPv4 prefix has 1 to 32 bits")
    } else if forward::is_of_nobody(*address) || Network::of(*address, *prefix).is_for_everybody(*address) {
        Err("no machine can have this address")
    } else if ethernet::is_group(*mac) {
        Err("its MAC is a group's: make the first byte even")
    } else if !(fragment::LEAST_MTU..=65_535).contains(mtu) {
        Err("an MTU is 68 to 65,535 bytes (RFC 791)")
    } else {
        Ok(())
    }
}
