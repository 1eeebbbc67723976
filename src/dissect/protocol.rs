//! What a protocol *is*: its place among the layers, what it claims, its fields and its reader.

use super::{Cut, Field, LinkType, Reader, Talk};

/// The five layers of the course, bottom up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 1: bits on a wire or in the air.
    Physical = 1,
    /// 2: to the next machine on this wire.
    Link = 2,
    /// 3: across networks to a machine.
    Network = 3,
    /// 4: to a program on that machine.
    Transport = 4,
    /// 5: what the programs say.
    Application = 5,
}

impl Level {
    /// All five, bottom up.
    pub const ALL: [Level; 5] = [Level::Physical, Level::Link, Level::Network, Level::Transport, Level::Application];

    /// 1 to 5.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// "physical", "link" …
    pub const fn name(self) -> &'static str {
        match self {
            Level::Physical => "physical",
            Level::Link => "link",
            Level::Network => "network",
            Level::Transport => "transport",
            Level::Application => "application",
        }
    }
}

/// One protocol: a `static` at the top of its file.
pub struct Protocol {
    /// Key in filters and JSON: "tcp".
    pub key: &'static str,
    /// Name as people write it: "TCP".
    pub name: &'static str,
    /// Its layer.
    pub level: Level,
    /// One or two sentences: what it is for.
    pub explain: &'static str,
    /// Where it is specified.
    pub spec: &'static str,
    /// By what it is recognised.
    pub claims: &'static [Claim],
    /// Every field it can note, in the order of the wire.
    pub fields: &'static [&'static Field],
    /// Takes its header off the reader and says what comes next.
    pub read: fn(&mut Reader<'_>) -> Result<Next, Cut>,
    /// Where a message ends in a stream of bytes; `None` where a segment is read as it comes.
    pub frame: Option<Frame>,
}

/// Finds the end of the first message in `bytes`. `last` says that no more bytes will come in this direction.
pub type Frame = fn(bytes: &[u8], talk: &mut Talk, last: bool) -> Framing;

/// What a [`Frame`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// The message has this many bytes, and all of them are here.
    Message(usize),
    /// More bytes are needed; how many the message has in all, where it says so.
    More(Option<u64>),
    /// These bytes are no message of this protocol.
    Alien,
}

impl Protocol {
    /// Whether it reads what programs say to each other over this transport (an IP protocol number).
    pub fn claims_payload(&self, transport: Option<u8>) -> bool {
        let payload = |c: &Claim| match c {
            Claim::TcpPort(_) | Claim::TcpLooks(_) => transport != Some(17),
            Claim::UdpPort(_) | Claim::UdpLooks(_) => transport != Some(6),
            _ => false,
        };
        self.claims.iter().any(payload)
    }
}

impl std::fmt::Debug for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key)
    }
}

/// How a protocol is recognised.
#[derive(Debug, Clone, Copy)]
pub enum Claim {
    /// The LINKTYPE number of a capture.
    Link(LinkType),
    /// The `EtherType` of an Ethernet frame, VLAN tag, SNAP header …
    EtherType(u16),
    /// The IP protocol number (IPv4 protocol, IPv6 next header).
    IpProto(u8),
    /// A TCP port: a hint, used where no content speaks up.
    TcpPort(u16),
    /// A UDP port: a hint, used where no content speaks up.
    UdpPort(u16),
    /// The TCP payload looks like it; asked before any port.
    TcpLooks(fn(&[u8]) -> bool),
    /// The UDP payload looks like it; asked before any port.
    UdpLooks(fn(&[u8]) -> bool),
}

/// What a reader says about the bytes behind its header.
#[derive(Debug, Clone, Copy)]
pub enum Next {
    /// The frame begins with this link type (only the physical layer says so).
    Link(LinkType),
    /// What this `EtherType` says.
    EtherType(u16),
    /// What this IP protocol number says.
    IpProto(u8),
    /// A TCP payload between these ports (from, to).
    TcpPorts(u16, u16),
    /// A UDP payload between these ports (from, to).
    UdpPorts(u16, u16),
    /// An IP packet; its first four bits say which version.
    Ip,
    /// The beginning of an IP packet that an ICMP error quotes.
    QuotedIp,
    /// This protocol, whatever the numbers say.
    To(&'static Protocol),
    /// The same protocol again: a second frame or message beside this one.
    Again,
    /// From now on both sides speak this protocol, and the bytes behind this message too: an upgrade.
    Switch(&'static Protocol),
    /// Nothing that has a reader: remaining bytes are shown as they are.
    Data,
}
