//! A script after reading: names are numbers, every quantity has its unit, everything is checked.

use std::net::{IpAddr, Ipv4Addr};

use super::super::router::RouterSpec;

/// Which frames of a link the numbers of its faults count, from 1, over both directions.
/// Copies that the wire makes are never counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Count {
    /// Every frame, ARP too.
    All,
    /// Those that carry an IP packet.
    #[default]
    Ip,
    /// Those that carry bytes of the programs, behind TCP, UDP or in an ICMP echo.
    Data,
}

/// Who stands at an end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source::wire) enum Place {
    Host(usize),
    Switch(usize),
    Router(usize),
}

/// An end of a link: who, and which of its sockets for cables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source::wire) struct End {
    pub(in crate::source::wire) place: Place,
    pub(in crate::source::wire) port: usize,
}

#[derive(Debug, Clone)]
pub(in crate::source::wire) struct HostSpec {
    pub(in crate::source::wire) name: String,
    pub(in crate::source::wire) address: Ipv4Addr,
    pub(in crate::source::wire) prefix: u8,
    pub(in crate::source::wire) gateway: Option<Ipv4Addr>,
    pub(in crate::source::wire) mac: [u8; 6],
    pub(in crate::source::wire) mtu: usize,
}

#[derive(Debug, Clone)]
pub(in crate::source::wire) struct LinkSpec {
    pub(in crate::source::wire) name: String,
    pub(in crate::source::wire) ends: [End; 2],
    /// Microseconds.
    pub(in crate::source::wire) delay: u64,
    /// Bits a second.
    pub(in crate::source::wire) bandwidth: Option<u64>,
    /// Frames that wait for a link that is busy.
    pub(in crate::source::wire) queue: usize,
    pub(in crate::source::wire) mtu: usize,
    pub(in crate::source::wire) captured: bool,
    pub(in crate::source::wire) faults: Faults,
}

/// What goes wrong on a link: by number, and by chance in parts of a million.
#[derive(Debug, Clone, Default)]
pub(in crate::source::wire) struct Faults {
    pub(in crate::source::wire) count: Count,
    pub(in crate::source::wire) drop: Fault,
    pub(in crate::source::wire) duplicate: Fault,
    pub(in crate::source::wire) reorder: Fault,
    pub(in crate::source::wire) corrupt: Fault,
    /// Microseconds for which a reordered frame is held up.
    pub(in crate::source::wire) hold: u64,
}

#[derive(Debug, Clone, Default)]
pub(in crate::source::wire) struct Fault {
    pub(in crate::source::wire) numbers: Vec<u64>,
    pub(in crate::source::wire) chance: u32,
}

#[derive(Debug, Clone)]
pub(in crate::source::wire) struct ProgramSpec {
    pub(in crate::source::wire) host: usize,
    /// When it starts, in microseconds.
    pub(in crate::source::wire) at: u64,
    /// How many of it; they start one after the other during `spread`.
    pub(in crate::source::wire) count: u32,
    pub(in crate::source::wire) spread: u64,
    pub(in crate::source::wire) what: What,
}

#[derive(Debug, Clone)]
pub(in crate::source::wire) enum What {
    TcpServer(Server),
    TcpClient(Client),
    UdpServer(Server),
    UdpClient(Client),
    Ping(Probe),
    Traceroute(Probe),
}

/// What a server does with what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source::wire) enum Mode {
    Sink,
    Echo,
    Answer(Vec<u8>),
    /// To the n-th read the n-th of them; after the last one nothing.
    Dialogue(Vec<Vec<u8>>),
}

#[derive(Debug, Clone)]
pub(in crate::source::wire) struct Server {
    pub(in crate::source::wire) port: u16,
    pub(in crate::source::wire) mode: Mode,
    /// Bytes, and microseconds between two reads.
    pub(in crate::source::wire) pace: Option<(u64, u64)>,
    pub(in crate::source::wire) buffer: usize,
}

/// What a client does after its last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source::wire) enum Then {
    /// `close()`: it sends FIN and is done.
    Close,
    /// Leaves the connection open.
    Stay,
    /// Vanishes with a RST.
    Abort,
}

#[derive(Debug, Clone)]
pub(in crate::source::wire) struct Client {
    pub(in crate::source::wire) to: (Ipv4Addr, u16),
    pub(in crate::source::wire) from: Option<u16>,
    pub(in crate::source::wire) send: Vec<Vec<u8>>,
    /// Bytes of a made-up text that are sent as fast as they go, after `send`.
    pub(in crate::source::wire) bytes: u64,
    /// Microseconds between two sends.
    pub(in crate::source::wire) every: u64,
    /// Whether each send waits for an answer to the one before.
    pub(in crate::source::wire) answers: bool,
    pub(in crate::source::wire) then: Then,
    pub(in crate::source::wire) buffer: usize,
}

#[derive(Debug, Clone)]
pub(in crate::source::wire) struct Probe {
    pub(in crate::source::wire) to: Ipv4Addr,
    /// Pings, or the highest TTL of a traceroute.
    pub(in crate::source::wire) times: u32,
    /// Microseconds between pings, or until a traceroute gives up waiting.
    pub(in crate::source::wire) every: u64,
    pub(in crate::source::wire) size: usize,
    pub(in crate::source::wire) ttl: u8,
    /// Whether a traceroute sends UDP.
    pub(in crate::source::wire) udp: bool,
}

/// A checked script.
#[derive(Debug, Clone)]
pub struct Script {
    /// One line: what is simulated.
    pub title: String,
    /// What happens, and what to look at.
    pub about: String,
    /// Where chance begins; the same seed gives the same bytes.
    pub seed: u64,
    /// What the author says about differences from a real network.
    pub differs: Vec<String>,
    /// When the simulation ends at the latest, in microseconds.
    pub(in crate::source::wire) end: u64,
    pub(in crate::source::wire) hosts: Vec<HostSpec>,
    pub(in crate::source::wire) switches: Vec<String>,
    pub(in crate::source::wire) routers: Vec<RouterSpec>,
    pub(in crate::source::wire) links: Vec<LinkSpec>,
    pub(in crate::source::wire) programs: Vec<ProgramSpec>,
}

/// Which protocol's programs of a script play; see [`Script::only`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// Those that speak TCP.
    Tcp,
    /// Those that send UDP datagrams.
    Udp,
}

impl Script {
    /// The same with another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The same, but on this link (an index into the links, in their order) exactly these frames are lost.
    #[must_use]
    pub fn with_drop(mut self, link: usize, count: Count, numbers: &[u64]) -> Self {
        if let Some(link) = self.links.get_mut(link) {
            link.faults.count = count;
            numbers.clone_into(&mut link.faults.drop.numbers);
        }
        self
    }

    /// The same, but on this link each counted frame is lost with this chance, in parts of a million.
    #[must_use]
    pub fn with_drop_chance(mut self, link: usize, millionths: u32) -> Self {
        if let Some(link) = self.links.get_mut(link) {
            link.faults.drop.chance = millionths.min(1_000_000);
        }
        self
    }

    /// Who has which address, in the order in which one comes to them along the cables from the first host.
    pub(in crate::source::wire) fn names(&self) -> Vec<(IpAddr, String)> {
        let all = (0..self.hosts.len()).map(Place::Host).chain((0..self.routers.len()).map(Place::Router));
        let mut order: Vec<Place> = Vec::new();
        for place in all {
            // Whoever is not joined with those before begins a walk of its own.
            let mut at = order.len();
            if !order.contains(&place) {
                order.push(place);
            }
            while let Some(here) = order.get(at).copied() {
                at += 1;
                let ends = self.links.iter().filter(|link| link.ends.iter().any(|end| end.place == here));
                for end in ends.flat_map(|link| link.ends) {
                    if !order.contains(&end.place) {
                        order.push(end.place);
                    }
                }
            }
        }
        let named = |place: &Place| match *place {
            Place::Host(host) => vec![(IpAddr::V4(self.hosts[host].address), self.hosts[host].name.clone())],
            Place::Switch(_) => Vec::new(),
            Place::Router(router) => {
                let router = &self.routers[router];
                router.ports.iter().map(|port| (IpAddr::V4(port.address), router.name.clone())).collect()
            }
        };
        order.iter().flat_map(named).collect()
    }

    /// Its links by name, and whether each is captured.
    pub fn links(&self) -> impl Iterator<Item = (&str, bool)> {
        self.links.iter().map(|link| (link.name.as_str(), link.captured))
    }

    /// The same, captured on these links only; those that there are not change nothing.
    #[must_use]
    pub fn captured_at(mut self, wanted: impl Fn(&str) -> bool) -> Self {
        for link in &mut self.links {
            link.captured = wanted(&link.name);
        }
        self
    }

    /// Only the programs of one protocol, moved to the beginning; so TCP and UDP of one script can be laid side by side.
    #[must_use]
    pub fn only(mut self, protocol: Only) -> Self {
        self.programs.retain(|p| match p.what {
            What::TcpServer(_) | What::TcpClient(_) => protocol == Only::Tcp,
            What::UdpServer(_) | What::UdpClient(_) => protocol == Only::Udp,
            What::Ping(_) | What::Traceroute(_) => false,
        });
        let client = |p: &&ProgramSpec| matches!(p.what, What::TcpClient(_) | What::UdpClient(_));
        let first = self.programs.iter().filter(client).map(|p| p.at).min().unwrap_or(0);
        for program in &mut self.programs {
            program.at = program.at.saturating_sub(first);
        }
        self
    }
}
