//! One packet as a source delivers it: bytes and what the capture knows about them.

use std::net::IpAddr;

/// A link type as pcap files number them (the LINKTYPE registry): 1 Ethernet, 113 Linux SLL, 101 raw IP …
pub type LinkType = u32;

/// Which way a packet crossed the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// The capture does not say.
    #[default]
    Unknown,
    /// Came in.
    In,
    /// Went out.
    Out,
    /// Passed by: one of other machines' packets, seen in promiscuous mode.
    Passing,
}

/// What the kernel says about the transport checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checksum {
    /// Nothing is known.
    #[default]
    Unknown,
    /// Not filled in yet: the card will do it (offload).
    Unfinished,
    /// The card or the kernel has verified it.
    Verified,
}

/// What became of a packet after it was captured. Only a simulated wire knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fate {
    /// Nothing is known: every real capture.
    #[default]
    Unknown,
    /// It was lost on the way.
    Lost,
    /// It arrived with a bit changed.
    Damaged,
    /// It arrived twice; the second copy is a packet of its own.
    Doubled,
    /// It was held up, so that later ones overtook it.
    Delayed,
    /// The router's or the card's queue was full, so it was thrown away.
    Overflowed,
}

impl Fate {
    /// All that can be said of a packet, with the comment that keeps it in a file.
    const COMMENTS: [(Fate, &'static str); 5] = [
        (Fate::Lost, "simulated wire: lost"),
        (Fate::Damaged, "simulated wire: damaged"),
        (Fate::Doubled, "simulated wire: doubled"),
        (Fate::Delayed, "simulated wire: delayed"),
        (Fate::Overflowed, "simulated wire: queue full"),
    ];

    /// As a file keeps it: capture files have no other place for it than a comment.
    pub fn comment(self) -> Option<&'static str> {
        Self::COMMENTS.iter().find(|(fate, _)| *fate == self).map(|(_, text)| *text)
    }

    /// What a comment of ours says, when it is read again.
    pub fn of_comment(text: &str) -> Self {
        Self::COMMENTS.iter().find(|(_, known)| *known == text).map_or(Fate::Unknown, |(fate, _)| *fate)
    }

    /// Whether nobody received it.
    pub fn is_gone(self) -> bool {
        matches!(self, Fate::Lost | Fate::Damaged | Fate::Overflowed)
    }

    /// What is to be said beside an arrow.
    pub fn words(self) -> Option<&'static str> {
        Some(match self {
            Fate::Unknown => return None,
            Fate::Lost => "lost on the way",
            Fate::Damaged => "damaged on the way",
            Fate::Doubled => "arrives twice",
            Fate::Delayed => "held up on the way",
            Fate::Overflowed => "queue full: thrown away",
        })
    }
}

/// One captured packet. Borrowed from its source until the next one is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Packet<'a> {
    /// Counted from 1 in the order of the capture.
    pub number: u64,
    /// Nanoseconds since 1970-01-01 UTC, where the capture has a time.
    pub time: Option<u64>,
    /// Bytes on the wire; `bytes` may hold fewer.
    pub length: u32,
    /// The captured bytes.
    pub bytes: &'a [u8],
    /// How the first bytes are to be read.
    pub link: LinkType,
    /// Index of its interface in `interfaces`.
    pub interface: u32,
    /// The interfaces that the source knows so far.
    pub interfaces: &'a [Interface],
    /// What machines are called, as far as the source itself knows: a pcapng file may say so, a simulated wire does.
    pub names: &'a [(IpAddr, String)],
    /// Which way it crossed the interface.
    pub direction: Direction,
    /// What the kernel says about the checksum.
    pub checksum: Checksum,
    /// A comment that the capture file carries.
    pub comment: Option<&'a str>,
    /// What became of it, on a simulated wire.
    pub fate: Fate,
}

/// An interface as a capture describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interface {
    /// "eth0", "lo", "simulated wire"; empty where the capture does not say.
    pub name: String,
    /// How its packets begin.
    pub link: LinkType,
    /// Most bytes kept of a packet; 0 means no limit.
    pub snaplen: u32,
}
