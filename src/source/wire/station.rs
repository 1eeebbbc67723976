//! A host of a script: a card, smoltcp's stack, and any number of programs, each with a socket of its own.
//! It hands an arrived frame only to the socket it is for, and looks only at sockets that have something to do.
//! Not here: TCP itself (smoltcp), what programs do (`programs`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use smoltcp::iface::{Config, Interface, PollResult, SocketSet};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

use super::cable::Card;
use super::happening::{Did, Log};
use super::node::{Leaving, Node};
use super::programs::{Complaint, Moment, Ping, TcpClient, TcpServer, Traceroute, UdpClient, UdpServer};
use super::script::{Client, HostSpec, ProgramSpec, Server, What};
use super::seat::{Role, Seat, icmp_socket, someone, tcp_socket, udp_socket};
use super::sight::{Key, Sight};

/// Connections that a host accepts at the same time; more are answered with a RST.
const MOST_SEATS: usize = 20_000;
/// Where ports for clients begin (RFC 6335 §6).
const FIRST_PORT: u16 = 49_152;
/// IP packets in pieces whose owner is remembered.
const PIECES: usize = 16;
/// The stack never looks again sooner, should it say "now" without end.
const SOONEST: u64 = 10;

/// A program of a server that waits for connections.
struct Listener {
    spec: Arc<Server>,
    program: u32,
    accepted: u32,
}

/// A program that has not started yet.
enum Plan {
    TcpServer(Arc<Server>),
    UdpServer(Arc<Server>),
    TcpClient(Arc<Client>),
    UdpClient(Arc<Client>),
    Ping(Arc<super::script::Probe>),
    Traceroute(Arc<super::script::Probe>),
}

pub(super) struct Station {
    name: Arc<str>,
    address: Ipv4Addr,
    card: Card,
    stack: Interface,
    /// No socket: for packets that belong to none, which the stack answers with RST or "port unreachable".
    nobody: SocketSet<'static>,
    seats: Vec<Option<Seat>>,
    free: Vec<usize>,
    by_key: BTreeMap<Key, usize>,
    listeners: BTreeMap<u16, Listener>,
    pieces: BTreeMap<(Ipv4Addr, u16), Key>,
    /// Programs and runs by the time at which they start.
    starts: BTreeSet<(u64, u32, u32)>,
    plans: BTreeMap<u32, Plan>,
    /// Seats by the time at which they are looked at.
    due: BTreeSet<(u64, usize)>,
    next_port: u16,
}

fn instant(now: u64) -> Instant {
    Instant::from_micros(now.cast_signed())
}

impl Station {
    /// `seed` decides its sequence numbers; `programs` are the script's, with their numbers.
    pub(super) fn new<'a>(spec: &HostSpec, seed: u64, programs: impl Iterator<Item = (u32, &'a ProgramSpec)>) -> Self {
        let mut card = Card { frame: spec.mtu + 14, ..Card::default() };
        let mut config = Config::new(EthernetAddress(spec.mac).into());
        config.random_seed = seed;
        let mut stack = Interface::new(config, &mut card, Instant::ZERO);
        stack.update_ip_addrs(|addresses| {
            // The list holds at least one address, so this cannot fail.
            let _ = addresses.push(IpCidr::new(IpAddress::Ipv4(spec.address), spec.prefix));
        });
        if let Some(gateway) = spec.gateway {
            let _ = stack.routes_mut().add_default_ipv4_route(gateway); // the table is empty, so there is room
        }
        let mut station = Station {
            name: spec.name.as_str().into(),
            address: spec.address,
            card,
            stack,
            nobody: SocketSet::new(Vec::new()),
            seats: Vec::new(),
            free: Vec::new(),
            by_key: BTreeMap::new(),
            listeners: BTreeMap::new(),
            pieces: BTreeMap::new(),
            starts: BTreeSet::new(),
            plans: BTreeMap::new(),
            due: BTreeSet::new(),
            next_port: FIRST_PORT,
        };
        for (number, program) in programs {
            station.plan(number, program);
        }
        station
    }

    fn plan(&mut self, number: u32, program: &ProgramSpec) {
        for run in 0..program.count {
            let late = program.spread * u64::from(run) / u64::from(program.count.max(1));
            self.starts.insert((program.at + late, number, run));
        }
        let plan = match program.what.clone() {
            What::TcpServer(spec) => Plan::TcpServer(spec.into()),
            What::UdpServer(spec) => Plan::UdpServer(spec.into()),
            What::TcpClient(spec) => Plan::TcpClient(spec.into()),
            What::UdpClient(spec) => Plan::UdpClient(spec.into()),
            What::Ping(spec) => Plan::Ping(spec.into()),
            What::Traceroute(spec) => Plan::Traceroute(spec.into()),
        };
        self.plans.insert(number, plan);
    }

    fn start(&mut self, program: u32, run: u32, now: u64, log: &mut Log) {
        let Some(plan) = self.plans.get(&program) else { return };
        match plan {
            Plan::TcpServer(spec) => self.listen(Arc::clone(spec), program, now, log),
            Plan::UdpServer(spec) => {
                let (key, port) = (Key::Udp(spec.port), spec.port);
                let role = Role::UdpServer(UdpServer::new(Arc::clone(spec)));
                let free = !self.by_key.contains_key(&key);
                let seat = Seat::new(udp_socket(port), role, someone(&self.name, program, run, port), key);
                tell(&seat, now, log, if free { Did::Listening } else { Did::PortTaken });
                if free {
                    self.sit(seat, now, log);
                }
            }
            Plan::TcpClient(spec) => self.connect(&Arc::clone(spec), program, run, now, log),
            Plan::UdpClient(spec) => {
                let spec = Arc::clone(spec);
                let port = self.port(spec.from, run, Key::Udp);
                let mut who = someone(&self.name, program, run, port);
                who.peer = Some(spec.to);
                self.sit(
                    Seat::new(udp_socket(port), Role::UdpClient(UdpClient::new(spec)), who, Key::Udp(port)),
                    now,
                    log,
                );
            }
            Plan::Ping(spec) => {
                let spec = Arc::clone(spec);
                let ident = self.ident();
                let mut who = someone(&self.name, program, run, 0);
                who.peer = Some((spec.to, 0));
                let socket = icmp_socket(ident, spec.ttl);
                self.sit(Seat::new(socket, Role::Ping(Ping::new(spec, ident)), who, Key::Echo(ident)), now, log);
            }
            Plan::Traceroute(spec) => self.trace(&Arc::clone(spec), program, now, log),
        }
    }

    fn listen(&mut self, spec: Arc<Server>, program: u32, now: u64, log: &mut Log) {
        let who = someone(&self.name, program, 0, spec.port);
        let taken = self.listeners.contains_key(&spec.port);
        let what = if taken { Did::PortTaken } else { Did::Listening };
        Moment { now, who: &who, log, arrived: false }.tell(what);
        if !taken {
            self.listeners.insert(spec.port, Listener { spec, program, accepted: 0 });
        }
    }

    fn connect(&mut self, spec: &Arc<Client>, program: u32, run: u32, now: u64, log: &mut Log) {
        let (to, port) = spec.to;
        let from = self.port(spec.from, run, |own| Key::Tcp(own, to, port));
        let mut who = someone(&self.name, program, run, from);
        who.peer = Some(spec.to);
        let role = Role::TcpClient(TcpClient::new(Arc::clone(spec)));
        let mut seat = Seat::new(tcp_socket(spec.buffer), role, who, Key::Tcp(from, to, port));
        tell(&seat, now, log, Did::Connecting);
        let context = self.stack.context();
        if seat.tcp().connect(context, (IpAddress::Ipv4(to), port), from).is_err() {
            tell(&seat, now, log, Did::Refused);
            return;
        }
        self.sit(seat, now, log);
    }

    fn trace(&mut self, spec: &Arc<super::script::Probe>, program: u32, now: u64, log: &mut Log) {
        let seat = if spec.udp {
            let port = self.port(None, 0, Key::Udp);
            let mut who = someone(&self.name, program, 0, port);
            who.peer = Some((spec.to, 0));
            let role = Role::TracerouteUdp(Traceroute::new(Arc::clone(spec), port));
            Seat::new(udp_socket(port), role, who, Key::Udp(port))
        } else {
            let ident = self.ident();
            let mut who = someone(&self.name, program, 0, 0);
            who.peer = Some((spec.to, 0));
            let role = Role::TracerouteIcmp(Traceroute::new(Arc::clone(spec), ident));
            Seat::new(icmp_socket(ident, 1), role, who, Key::Echo(ident))
        };
        self.sit(seat, now, log);
    }

    /// The port that the script names, counted up for each run, or the next free one.
    fn port(&mut self, from: Option<u16>, run: u32, key: impl Fn(u16) -> Key) -> u16 {
        let named = from.and_then(|f| u16::try_from(u32::from(f) + run).ok());
        if let Some(port) = named.filter(|p| !self.by_key.contains_key(&key(*p))) {
            return port;
        }
        loop {
            let port = self.next_port;
            self.next_port = self.next_port.checked_add(1).unwrap_or(FIRST_PORT);
            if !self.by_key.contains_key(&key(port)) {
                return port; // a host has fewer programs than there are such ports
            }
        }
    }

    fn ident(&mut self) -> u16 {
        self.port(None, 0, Key::Echo)
    }

    /// Gives a program its place and lets it act for the first time.
    fn sit(&mut self, seat: Seat, now: u64, log: &mut Log) {
        let index = self.place(seat);
        self.serve(index, now, log, false);
    }

    fn place(&mut self, seat: Seat) -> usize {
        let index = self.free.pop().unwrap_or(self.seats.len());
        if index == self.seats.len() {
            self.seats.push(None);
        }
        self.by_key.insert(seat.key, index);
        self.seats[index] = Some(seat);
        index
    }

    /// Lets a program act and its socket send, until neither has anything to do.
    fn serve(&mut self, index: usize, now: u64, log: &mut Log, arrived: bool) {
        let Some(Some(seat)) = self.seats.get_mut(index) else { return };
        // A program may have something to say to what its socket just did; more rounds change nothing.
        for round in 0..2 {
            let who = seat.who.clone();
            seat.act(&mut Moment { now, who: &who, log, arrived: arrived && round == 0 });
            let left = self.card.leaving.len();
            Self::flush(&mut self.stack, &mut self.card, &mut seat.sockets, now);
            if self.card.leaving.len() == left {
                break;
            }
        }
        let timer = self.stack.poll_at(instant(now), &seat.sockets).map(|at| at.total_micros().cast_unsigned());
        let timer = timer.map(|at| at.max(now + SOONEST));
        let wakes = if seat.over() { None } else { timer.into_iter().chain(seat.act_at).min() };
        if let Some(old) = std::mem::replace(&mut seat.wakes, wakes) {
            self.due.remove(&(old, index));
        }
        if let Some(at) = wakes {
            self.due.insert((at, index));
        }
        if seat.over() {
            self.by_key.remove(&seat.key);
            self.seats[index] = None;
            self.free.push(index);
        }
    }

    /// `connect()` returns when the handshake is complete, so the ACK that completes it leaves before the program
    /// can say anything; it acts right after. (Later acknowledgments may travel with an answer.)
    fn completes_handshake(&mut self, index: usize, now: u64) -> bool {
        let Some(Some(seat)) = self.seats.get_mut(index) else { return false };
        let connects = matches!(&seat.role, Role::TcpClient(program) if !program.connected());
        if !connects || !seat.tcp().may_send() {
            return false;
        }
        self.stack.poll_egress(instant(now), &mut self.card, &mut seat.sockets);
        if let Some(old) = seat.wakes.replace(now) {
            self.due.remove(&(old, index));
        }
        self.due.insert((now, index));
        true
    }

    /// Sends all that a socket, or a packet in pieces, has ready.
    fn flush(stack: &mut Interface, card: &mut Card, sockets: &mut SocketSet<'static>, now: u64) {
        for _ in 0..64 {
            let sent = stack.poll_egress(instant(now), card, sockets);
            let more = stack.poll_at(instant(now), sockets).is_some_and(|at| at <= instant(now));
            if sent == PollResult::None && !more {
                break;
            }
        }
    }

    /// A SYN for a port on which a program listens gets a socket of its own.
    fn accept(&mut self, key: Key) -> Option<usize> {
        let Key::Tcp(port, address, from) = key else { return None };
        if self.by_key.len() >= MOST_SEATS {
            return None;
        }
        let listener = self.listeners.get_mut(&port)?;
        let mut who = someone(&self.name, listener.program, listener.accepted, port);
        who.peer = Some((address, from));
        let role = Role::TcpServer(TcpServer::new(Arc::clone(&listener.spec)));
        let mut seat = Seat::new(tcp_socket(listener.spec.buffer), role, who, key);
        let _ = seat.tcp().listen(port); // the port is not 0 and the socket is new
        listener.accepted += 1;
        Some(self.place(seat))
    }

    /// Whose a frame is.
    fn owner(&mut self, sight: Sight, frame: &[u8]) -> Option<usize> {
        match sight {
            Sight::Tcp { key, syn } => {
                let known = self.by_key.get(&key).copied();
                known.or_else(|| if syn { self.accept(key) } else { None })
            }
            Sight::Udp(key) => {
                self.remember_piece(frame, key);
                self.by_key.get(&key).copied()
            }
            Sight::Echo { key, reply } => {
                if reply {
                    self.remember_piece(frame, key);
                }
                self.by_key.get(&key).copied().filter(|_| reply)
            }
            Sight::Piece(from, id) => self.pieces.get(&(from, id)).and_then(|key| self.by_key.get(key)).copied(),
            Sight::Arp(_) | Sight::Error { .. } | Sight::Other => None,
        }
    }

    /// Only the first piece of a packet says whose it is.
    fn remember_piece(&mut self, frame: &[u8], key: Key) {
        const MORE: u8 = 0x20;
        let Some(&[a, b, flags]) = frame.get(18..21) else { return };
        let (Some(from), true) = (frame.get(26..30), flags & MORE != 0) else { return };
        if self.pieces.len() >= PIECES {
            self.pieces.pop_first();
        }
        self.pieces.insert((Ipv4Addr::new(from[0], from[1], from[2], from[3]), u16::from_be_bytes([a, b])), key);
    }

    fn take_leaving(&mut self, out: &mut Leaving) {
        out.extend(self.card.leaving.drain(..).map(|frame| (0, frame)));
    }
}

impl Node for Station {
    fn receive(&mut self, _port: usize, frame: Vec<u8>, now: u64, out: &mut Leaving, log: &mut Log) {
        let sight = Sight::of(&frame);
        let owner = self.owner(sight, &frame);
        self.card.arrived.push_back(frame);
        let nobody = &mut self.nobody;
        let seats = &mut self.seats;
        let sockets = owner.and_then(|i| seats.get_mut(i)?.as_mut()).map_or(nobody, |seat| &mut seat.sockets);
        self.stack.poll_ingress_single(instant(now), &mut self.card, sockets);
        match owner {
            Some(index) if self.completes_handshake(index, now) => {}
            Some(index) => self.serve(index, now, log, true),
            // The answer to a ping may be larger than a frame.
            None => Self::flush(&mut self.stack, &mut self.card, &mut self.nobody, now),
        }
        match sight {
            // Whoever waited for this answer can send now.
            Sight::Arp(target) if target == self.address => {
                for index in 0..self.seats.len() {
                    self.serve(index, now, log, false);
                }
            }
            Sight::Error { key, from, says, about } => {
                let index = self.by_key.get(&key).copied();
                if let Some((index, seat)) = index.and_then(|i| Some((i, self.seats.get_mut(i)?.as_mut()?))) {
                    let who = seat.who.clone();
                    let complaint = Complaint { from, says, about };
                    seat.complain(complaint, &mut Moment { now, who: &who, log, arrived: true });
                    self.serve(index, now, log, false);
                }
            }
            _ => {}
        }
        self.take_leaving(out);
    }

    fn wakes_at(&self) -> Option<u64> {
        let start = self.starts.first().map(|(at, ..)| *at);
        let seat = self.due.first().map(|(at, _)| *at);
        start.into_iter().chain(seat).min()
    }

    fn wake(&mut self, now: u64, out: &mut Leaving, log: &mut Log) {
        while let Some((_, program, run)) = self.starts.first().copied().filter(|(at, ..)| *at <= now) {
            self.starts.pop_first();
            self.start(program, run, now, log);
        }
        while let Some((_, index)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.pop_first();
            if let Some(seat) = self.seats[index].as_mut() {
                seat.wakes = None;
            }
            self.serve(index, now, log, false);
        }
        self.take_leaving(out);
    }
}

fn tell(seat: &Seat, now: u64, log: &mut Log, what: Did) {
    Moment { now, who: &seat.who, log, arrived: false }.tell(what);
}
