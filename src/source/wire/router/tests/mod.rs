//! The router as a whole: one rule at a time (`rules`, `nat`), bytes of an enemy (`hostile`), and between real
//! TCP/IP stacks (`row`).

mod hostile;
mod nat;
mod row;
mod rules;

use std::net::Ipv4Addr;

use super::arp::{Arp, Operation};
use super::did::What;
use super::testing::assert_sound;
use super::{PortSpec, RouteSpec, Router, RouterSpec, ethernet};

/// A port; `at` is like "10.0.0.1/24", its MAC ends with `last`.
fn port(at: &str, last: u8, mtu: usize) -> PortSpec {
    let (address, prefix) = at.split_once('/').expect("a prefix");
    let (address, prefix) = (ip(address), prefix.parse().expect("a number"));
    PortSpec { address, prefix, mac: [2, 0, 0, 0, 1, last], mtu }
}

/// A route like "10.0.9.0/24 via 10.0.1.2".
fn route(text: &str) -> RouteSpec {
    let (network, via) = text.split_once(" via ").expect("via");
    let (to, prefix) = network.split_once('/').expect("a prefix");
    RouteSpec { to: ip(to), prefix: prefix.parse().expect("a number"), via: ip(via) }
}

fn ip(text: &str) -> Ipv4Addr {
    text.parse().expect("an address")
}

/// One router on a bench: port 0 is 10.0.0.1/24 with 1,500 bytes, port 1 is 10.0.1.1/24 with 600 bytes; behind
/// 10.0.1.2 there is 10.0.9.0/24.
struct Bench {
    router: Router,
    now: u64,
}

fn bench_spec(nat: Option<usize>) -> RouterSpec {
    RouterSpec {
        name: "r1".into(),
        ports: vec![port("10.0.0.1/24", 0, 1500), port("10.0.1.1/24", 1, 600)],
        routes: vec![route("10.0.9.0/24 via 10.0.1.2")],
        nat,
    }
}

impl Bench {
    /// A router that already knows its neighbours 10.0.0.2, 10.0.0.3 and 10.0.1.2.
    fn new(nat: Option<usize>) -> Self {
        let mut bench = Bench::stranger(nat);
        for (port, address) in [(0, "10.0.0.2"), (0, "10.0.0.3"), (1, "10.0.1.2")] {
            bench.meet(port, address);
        }
        bench
    }

    /// A router that knows nobody.
    fn stranger(nat: Option<usize>) -> Self {
        Bench { router: Router::new(&bench_spec(nat)).expect("a router"), now: 0 }
    }

    /// A neighbour asks for the router's card. Returns the answer.
    fn meet(&mut self, port: usize, address: &str) -> Vec<(usize, Vec<u8>)> {
        let target = ([0; 6], bench_spec(None).ports[port].address);
        let ask = Arp { operation: Operation::Request, sender: (card(address), ip(address)), target };
        self.frame(port, &ethernet::write(ethernet::BROADCAST, card(address), ethernet::ARP, &ask.write()))
    }

    fn frame(&mut self, port: usize, frame: &[u8]) -> Vec<(usize, Vec<u8>)> {
        let mut out = Vec::new();
        self.router.receive(port, frame, self.now, &mut out);
        out
    }

    /// An IP packet for the router's card; returns the IP packets that left, after a look at their checksums.
    fn packet(&mut self, port: usize, packet: &[u8]) -> Vec<(usize, Vec<u8>)> {
        let mac = [2, 0, 0, 0, 1, port as u8];
        let out = self.frame(port, &ethernet::write(mac, [2; 6], ethernet::IPV4, packet));
        out.into_iter().map(|(port, frame)| (port, judged(&frame))).collect()
    }

    /// The only packet that left.
    fn only(&mut self, port: usize, packet: &[u8]) -> (usize, Vec<u8>) {
        let mut out = self.packet(port, packet);
        assert_eq!(out.len(), 1, "one packet leaves");
        out.remove(0)
    }

    fn did(&mut self) -> Vec<What> {
        self.router.did().map(|d| d.what).collect()
    }
}

/// The MAC that a neighbour has in these tests.
fn card(address: &str) -> ethernet::Mac {
    let [_, _, c, d] = ip(address).octets();
    [2, 0, 0, 9, c, d]
}

/// The packet in an IPv4 frame, whose checksums are right.
fn judged(frame: &[u8]) -> Vec<u8> {
    assert_eq!(frame[12..14], [8, 0], "IPv4");
    assert_sound(&frame[14..]);
    frame[14..].to_vec()
}

fn from(packet: &[u8]) -> Ipv4Addr {
    Ipv4Addr::new(packet[12], packet[13], packet[14], packet[15])
}

fn to(packet: &[u8]) -> Ipv4Addr {
    Ipv4Addr::new(packet[16], packet[17], packet[18], packet[19])
}

/// Type and code of an ICMP message without IP options.
fn icmp(packet: &[u8]) -> (u8, u8) {
    assert_eq!(packet[9], 1, "ICMP");
    (packet[20], packet[21])
}
