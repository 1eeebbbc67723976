//! One packet as a source delivers it: bytes and what the capture knows about them.

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
