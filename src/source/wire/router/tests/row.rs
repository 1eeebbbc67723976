//! Routers between real TCP/IP stacks (smoltcp): what a learner is shown must come out of them by itself.

use std::collections::BTreeMap;

use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::socket::{icmp, tcp, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr};

use super::super::testing::{set, udp as datagram};
use super::*;
use crate::source::wire::cable::Card;

const DELAY: u64 = 500;
const SECOND: u64 = 1_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plug {
    Host(usize),
    Router(usize, usize),
}
use Plug::{Host, Router as At};

struct Peer {
    card: Card,
    stack: Interface,
    sockets: SocketSet<'static>,
}

/// Hosts and routers, and the cables between them.
#[derive(Default)]
struct Row {
    hosts: Vec<Peer>,
    routers: Vec<Router>,
    cables: Vec<(Plug, Plug)>,
    flying: BTreeMap<(u64, u64), (Plug, Vec<u8>)>,
    /// Every frame that arrived, in order.
    seen: Vec<(Plug, Vec<u8>)>,
    sent: u64,
    now: u64,
}

impl Row {
    fn host(&mut self, address: &str, gateway: &str) -> usize {
        let n = self.hosts.len();
        let mut card = Card::default();
        let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 9, n as u8]).into());
        config.random_seed = n as u64;
        let mut stack = Interface::new(config, &mut card, Instant::ZERO);
        stack.update_ip_addrs(|a| a.push(IpCidr::new(ip(address).into(), 24)).expect("room"));
        stack.routes_mut().add_default_ipv4_route(ip(gateway)).expect("room");
        self.hosts.push(Peer { card, stack, sockets: SocketSet::new(Vec::new()) });
        n
    }

    fn router(&mut self, ports: &[(&str, usize)], routes: &[&str], nat: Option<usize>) {
        let n = self.routers.len() as u8;
        let ports = ports.iter().enumerate().map(|(p, (at, mtu))| port(at, n * 16 + p as u8, *mtu)).collect();
        let routes = routes.iter().map(|r| route(r)).collect();
        self.routers.push(Router::new(&RouterSpec { name: format!("r{n}"), ports, routes, nat }).expect("a router"));
    }

    fn udp(&mut self, host: usize, port: u16) -> smoltcp::iface::SocketHandle {
        let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 8], vec![0; 8192]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        socket.bind(port).expect("a free port");
        self.hosts[host].sockets.add(socket)
    }

    /// Hears the errors about what this UDP port sent.
    fn errors(&mut self, host: usize, port: u16) -> smoltcp::iface::SocketHandle {
        let buffer = || icmp::PacketBuffer::new(vec![icmp::PacketMetadata::EMPTY; 8], vec![0; 8192]);
        let mut socket = icmp::Socket::new(buffer(), buffer());
        socket.bind(icmp::Endpoint::Udp(port.into())).expect("a port");
        self.hosts[host].sockets.add(socket)
    }

    fn tcp(&mut self, host: usize) -> smoltcp::iface::SocketHandle {
        let buffer = || tcp::SocketBuffer::new(vec![0; 4096]);
        self.hosts[host].sockets.add(tcp::Socket::new(buffer(), buffer()))
    }

    /// Lets everything happen that happens within a time.
    fn run(&mut self, time: u64) {
        let end = self.now + time;
        loop {
            self.step();
            let waits = self.flying.keys().next().map(|(at, _)| *at);
            let routers = self.routers.iter().filter_map(Router::wakes_at);
            let now = Instant::from_micros(self.now.cast_signed());
            let hosts = self.hosts.iter_mut().filter_map(|h| h.stack.poll_at(now, &h.sockets));
            let hosts = hosts.map(|at| at.total_micros().cast_unsigned());
            let next = waits.into_iter().chain(routers).chain(hosts).min().unwrap_or(end);
            if next >= end {
                break;
            }
            self.now = next.max(self.now + 1);
        }
        self.now = end;
    }

    fn step(&mut self) {
        let mut out = Vec::new();
        while let Some(first) = self.flying.first_entry().filter(|f| f.key().0 <= self.now) {
            let (plug, frame) = first.remove();
            self.seen.push((plug, frame.clone()));
            match plug {
                Host(n) => self.hosts[n].card.arrived.push_back(frame),
                At(n, port) => {
                    let mut left = Vec::new();
                    self.routers[n].receive(port, &frame, self.now, &mut left);
                    out.extend(left.into_iter().map(|(port, frame)| (At(n, port), frame)));
                }
            }
        }
        for (n, router) in self.routers.iter_mut().enumerate() {
            let mut left = Vec::new();
            router.wake(self.now, &mut left);
            out.extend(left.into_iter().map(|(port, frame)| (At(n, port), frame)));
        }
        for (n, host) in self.hosts.iter_mut().enumerate() {
            host.stack.poll(Instant::from_micros(self.now.cast_signed()), &mut host.card, &mut host.sockets);
            out.extend(host.card.leaving.drain(..).map(|frame| (Host(n), frame)));
        }
        for (plug, frame) in out {
            let there =
                self.cables.iter().find_map(|&(a, b)| if a == plug { Some(b) } else { (b == plug).then_some(a) });
            self.sent += 1;
            self.flying.insert((self.now + DELAY, self.sent), (there.expect("a cable"), frame));
        }
    }

    fn heard(&mut self, host: usize, errors: smoltcp::iface::SocketHandle) -> Option<(u8, u8, Ipv4Addr)> {
        let socket = self.hosts[host].sockets.get_mut::<icmp::Socket>(errors);
        let (bytes, smoltcp::wire::IpAddress::Ipv4(from)) = socket.recv().ok()?;
        Some((bytes[0], bytes[1], from))
    }

    /// Sends a UDP probe with a time to live and waits for what comes of it.
    fn probe(&mut self, host: usize, socket: smoltcp::iface::SocketHandle, target: (&str, u16), ttl: u8) {
        let socket = self.hosts[host].sockets.get_mut::<udp::Socket>(socket);
        socket.set_hop_limit(Some(ttl));
        socket.send_slice(b"probe", (ip(target.0), target.1)).expect("room");
        self.run(2 * SECOND);
    }
}

/// client (10.0.0.2) – r1 – r2 – r3 – r4 – server (10.0.4.2); the n-th cable is 10.0.n.0/24 and has this MTU.
fn row(mtus: [usize; 5]) -> Row {
    let mut row = Row::default();
    row.host("10.0.0.2", "10.0.0.1");
    row.host("10.0.4.2", "10.0.4.1");
    for n in 0..4 {
        let left = format!("10.0.{n}.{}/24", if n == 0 { 1 } else { 2 });
        let right = format!("10.0.{}.1/24", n + 1);
        let mut routes = Vec::new();
        if n > 0 {
            routes.push(format!("10.0.0.0/24 via 10.0.{n}.1"));
        }
        if n < 3 {
            routes.push(format!("0.0.0.0/0 via 10.0.{}.2", n + 1));
        }
        let routes: Vec<&str> = routes.iter().map(String::as_str).collect();
        row.router(&[(&left, mtus[n]), (&right, mtus[n + 1])], &routes, None);
    }
    row.cables = vec![(Host(0), At(0, 0)), (At(0, 1), At(1, 0)), (At(1, 1), At(2, 0)), (At(2, 1), At(3, 0))];
    row.cables.push((At(3, 1), Host(1)));
    row
}

#[test]
fn traceroute_hears_each_router_in_order_and_then_the_host() {
    let mut row = row([1500; 5]);
    let socket = row.udp(0, 33_000);
    let errors = row.errors(0, 33_000);
    let mut path = Vec::new();
    for ttl in 1..=5 {
        row.probe(0, socket, ("10.0.4.2", 33_434 + u16::from(ttl)), ttl);
        path.push(row.heard(0, errors).expect("an answer"));
    }
    let router = |address: &str| (11, 0, ip(address));
    let routers = ["10.0.0.1", "10.0.1.2", "10.0.2.2", "10.0.3.2"].map(router);
    assert_eq!(path[..4], routers);
    assert_eq!(path[4], (3, 3, ip("10.0.4.2")));
    let deeds: Vec<What> = row.routers[2].did().map(|d| d.what).collect();
    assert!(deeds.contains(&What::TtlExpired { told: true }), "r3 tells the third probe");
}

#[test]
fn a_narrow_link_in_the_middle_cuts_packets_or_sends_them_back() {
    let mut row = row([1500, 1500, 600, 1500, 1500]);
    let socket = row.udp(1, 9000);
    let packet = datagram(ip("10.0.0.2"), ip("10.0.4.2"), 5000, 9000, &[7; 1400]);
    let frame = |p: &[u8]| ethernet::write([2, 0, 0, 0, 1, 0], [2, 0, 0, 0, 9, 0], ethernet::IPV4, p);

    row.hosts[0].card.leaving.push_back(frame(&set(packet.clone(), |p| p[6] = 0x40)));
    row.run(5 * SECOND);
    let (_, back) = row.seen.iter().rfind(|(plug, _)| *plug == Host(0)).expect("an answer").clone();
    let back = judged(&back);
    assert_eq!((icmp(&back), from(&back), back[26..28].to_vec()), ((3, 4), ip("10.0.1.2"), vec![2, 88]));
    assert!(!row.hosts[1].sockets.get_mut::<udp::Socket>(socket).can_recv());

    row.hosts[0].card.leaving.push_back(frame(&packet));
    row.run(5 * SECOND);
    let (bytes, _) = row.hosts[1].sockets.get_mut::<udp::Socket>(socket).recv().expect("a datagram");
    assert_eq!(bytes, [7; 1400], "the server's stack put the pieces together");
    let pieces = row.seen.iter().filter(|(plug, f)| *plug == Host(1) && f[12..14] == [8, 0]).count();
    assert_eq!(pieces, 3);
    for (_, frame) in &row.seen {
        super::super::testing::assert_frame_sound(frame);
    }
}

/// Two clients in two rooms behind r1, whose outside is 203.0.113.1; r2 leads to the server 198.51.100.9.
fn home() -> Row {
    let mut row = Row::default();
    row.host("192.168.1.5", "192.168.1.1");
    row.host("192.168.2.5", "192.168.2.1");
    row.host("198.51.100.9", "198.51.100.1");
    let ports = [("192.168.1.1/24", 1500), ("192.168.2.1/24", 1500), ("203.0.113.1/24", 1500)];
    row.router(&ports, &["0.0.0.0/0 via 203.0.113.2"], Some(2));
    row.router(&[("203.0.113.2/24", 1500), ("198.51.100.1/24", 1500)], &[], None);
    row.cables = vec![(Host(0), At(0, 0)), (Host(1), At(0, 1)), (At(0, 2), At(1, 0)), (At(1, 1), Host(2))];
    row
}

#[test]
fn behind_nat_two_clients_with_the_same_port_both_talk_udp_to_a_server() {
    let mut home = home();
    let server = home.udp(2, 7);
    let clients = [0, 1].map(|n| home.udp(n, 5000));
    for (n, socket) in clients.into_iter().enumerate() {
        let socket = home.hosts[n].sockets.get_mut::<udp::Socket>(socket);
        socket.send_slice(format!("I am {n}").as_bytes(), (ip("198.51.100.9"), 7)).expect("room");
    }
    home.run(5 * SECOND);
    let mut ends = Vec::new();
    let socket = home.hosts[2].sockets.get_mut::<udp::Socket>(server);
    while let Ok((bytes, meta)) = socket.recv() {
        let bytes = bytes.to_vec();
        ends.push(meta.endpoint);
        socket.send_slice(&bytes, meta.endpoint).expect("room");
    }
    assert_eq!(ends, [(ip("203.0.113.1"), 5000).into(), (ip("203.0.113.1"), 5002).into()]);
    home.run(5 * SECOND);
    for (n, socket) in clients.into_iter().enumerate() {
        let (bytes, _) = home.hosts[n].sockets.get_mut::<udp::Socket>(socket).recv().expect("an echo");
        assert_eq!(bytes, format!("I am {n}").as_bytes());
    }
}

#[test]
fn behind_nat_two_clients_with_the_same_port_both_talk_tcp_to_a_server() {
    let mut home = home();
    let listeners = [home.tcp(2), home.tcp(2)];
    for socket in listeners {
        home.hosts[2].sockets.get_mut::<tcp::Socket>(socket).listen(80).expect("a port");
    }
    let clients = [0, 1].map(|n| home.tcp(n));
    for (n, socket) in clients.into_iter().enumerate() {
        let Peer { stack, sockets, .. } = &mut home.hosts[n];
        let target = (smoltcp::wire::IpAddress::from(ip("198.51.100.9")), 80);
        sockets.get_mut::<tcp::Socket>(socket).connect(stack.context(), target, 5000).expect("a route");
    }
    home.run(5 * SECOND);
    for (n, socket) in clients.into_iter().enumerate() {
        let socket = home.hosts[n].sockets.get_mut::<tcp::Socket>(socket);
        assert_eq!(socket.state(), tcp::State::Established);
        socket.send_slice(format!("I am {n}").as_bytes()).expect("room");
    }
    home.run(5 * SECOND);
    let mut heard = Vec::new();
    for socket in listeners {
        let socket = home.hosts[2].sockets.get_mut::<tcp::Socket>(socket);
        let port = socket.remote_endpoint().expect("a client").port;
        let mut bytes = [0; 20];
        let length = socket.recv_slice(&mut bytes).expect("bytes");
        heard.push((port, String::from_utf8_lossy(&bytes[..length]).into_owned()));
    }
    heard.sort();
    assert_eq!(heard, [(5000, "I am 0".to_owned()), (5002, "I am 1".to_owned())]);
    for (_, frame) in &home.seen {
        super::super::testing::assert_frame_sound(frame);
    }
}

#[test]
fn traceroute_works_through_nat_because_errors_are_translated_too() {
    let mut home = home();
    let sockets = [0, 1].map(|n| home.udp(n, 33_000));
    let errors = [0, 1].map(|n| home.errors(n, 33_000));
    for n in [0, 1] {
        let mut path = Vec::new();
        for ttl in 1..=3 {
            home.probe(n, sockets[n], ("198.51.100.9", 33_434), ttl);
            path.push(home.heard(n, errors[n]).expect("an answer"));
        }
        let inside = ip(["192.168.1.1", "192.168.2.1"][n]);
        assert_eq!(path, [(11, 0, inside), (11, 0, ip("203.0.113.2")), (3, 3, ip("198.51.100.9"))]);
    }
}
