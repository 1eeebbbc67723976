//! Who claims what: the look-up from an `EtherType`, a port or a payload to its protocol.

use super::{By, Claim, LinkType, Next, Protocol};

const NOBODY: u8 = u8::MAX;

/// Whether a payload looks like a protocol.
type Looks = fn(&[u8]) -> bool;

/// A look-up table over a list of protocols. Built once; looking up allocates nothing.
pub struct Index {
    protocols: &'static [&'static Protocol],
    links: Vec<(LinkType, u8)>,
    ether_types: Box<[u8]>,
    ip_protos: [u8; 256],
    tcp_ports: Box<[u8]>,
    udp_ports: Box<[u8]>,
    tcp_looks: Vec<(Looks, u8)>,
    udp_looks: Vec<(Looks, u8)>,
}

impl Index {
    /// Builds the table. The first protocol is the root (the frame as captured).
    ///
    /// # Panics
    /// If the list is empty or has more than 254 entries: it is written by hand, in one place.
    pub fn new(protocols: &'static [&'static Protocol]) -> Self {
        assert!(!protocols.is_empty() && protocols.len() < usize::from(NOBODY));
        let table = || vec![NOBODY; 1 << 16].into_boxed_slice();
        let mut index = Index {
            protocols,
            links: Vec::new(),
            ether_types: table(),
            ip_protos: [NOBODY; 256],
            tcp_ports: table(),
            udp_ports: table(),
            tcp_looks: Vec::new(),
            udp_looks: Vec::new(),
        };
        for (number, protocol) in (0u8..).zip(protocols) {
            for claim in protocol.claims {
                match *claim {
                    Claim::Link(link) => index.links.push((link, number)),
                    Claim::EtherType(t) => index.ether_types[usize::from(t)] = number,
                    Claim::IpProto(p) => index.ip_protos[usize::from(p)] = number,
                    Claim::TcpPort(p) => index.tcp_ports[usize::from(p)] = number,
                    Claim::UdpPort(p) => index.udp_ports[usize::from(p)] = number,
                    Claim::TcpLooks(looks) => index.tcp_looks.push((looks, number)),
                    Claim::UdpLooks(looks) => index.udp_looks.push((looks, number)),
                }
            }
        }
        index
    }

    /// All protocols, outermost layers first.
    pub fn protocols(&self) -> &'static [&'static Protocol] {
        self.protocols
    }

    /// The protocol that every packet begins with.
    pub(super) fn root(&self) -> &'static Protocol {
        self.protocols[0]
    }

    /// The protocol with this key.
    pub fn protocol(&self, key: &str) -> Option<&'static Protocol> {
        self.protocols.iter().copied().find(|p| p.key == key)
    }

    /// Which protocol reads `bytes`, and who decided so.
    pub fn find(&self, next: &Next, current: &'static Protocol, bytes: &[u8]) -> Option<(&'static Protocol, By)> {
        let parent = |number: u8| self.at(number).map(|p| (p, By::Parent));
        match *next {
            Next::Link(link) => parent(self.links.iter().find(|(l, _)| *l == link).map_or(NOBODY, |(_, n)| *n)),
            Next::EtherType(t) => parent(self.ether_types[usize::from(t)]),
            Next::IpProto(p) => parent(self.ip_protos[usize::from(p)]),
            Next::TcpPorts(from, to) => self.by_content(&self.tcp_looks, &self.tcp_ports, from, to, bytes),
            Next::UdpPorts(from, to) => self.by_content(&self.udp_looks, &self.udp_ports, from, to, bytes),
            Next::Ip | Next::QuotedIp => match bytes.first().map(|b| b >> 4) {
                Some(4) => parent(self.ip_protos[4]),
                Some(6) => parent(self.ip_protos[41]),
                _ => None,
            },
            Next::To(protocol) | Next::Switch(protocol) => Some((protocol, By::Parent)),
            Next::Again => Some((current, By::Content)),
            Next::Data => None,
        }
    }

    fn by_content(
        &self,
        looks: &[(Looks, u8)],
        ports: &[u8],
        from: u16,
        to: u16,
        bytes: &[u8],
    ) -> Option<(&'static Protocol, By)> {
        if let Some((_, number)) = looks.iter().find(|(looks, _)| looks(bytes)) {
            return self.at(*number).map(|p| (p, By::Content));
        }
        let (low, high) = (from.min(to), from.max(to));
        let number = match ports[usize::from(low)] {
            NOBODY => ports[usize::from(high)],
            number => number,
        };
        self.at(number).map(|p| (p, By::Port))
    }

    fn at(&self, number: u8) -> Option<&'static Protocol> {
        self.protocols.get(usize::from(number)).copied()
    }
}
