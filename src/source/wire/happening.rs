//! What the programs on the simulated wire did, as data beside the frames. Not here: words for it.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::router::Routed;

/// Happenings that are kept until somebody asks; older ones are forgotten.
const KEPT: usize = 65_536;
/// Bytes kept of what was sent or read.
const SHOWN: usize = 64;

/// A step of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// Nanoseconds since 1970-01-01 UTC, like a packet's time.
    pub time: u64,
    /// How many packets the source had recorded before; the next one may be what this step caused.
    pub after: u64,
    /// The host's name.
    pub host: Arc<str>,
    /// Which of the script's programs, from 0; `u32::MAX` where a router did it.
    pub program: u32,
    /// Which run of it, from 0: the n-th of many clients, the n-th connection of a server.
    pub run: u32,
    /// The port on this host; 0 where there is none.
    pub port: u16,
    /// Address and port of the other side, where there is one.
    pub peer: Option<(Ipv4Addr, u16)>,
    /// What it did.
    pub what: Did,
}

/// What a program did, or what its socket told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Did {
    /// It opened a port and waits.
    Listening,
    /// Another program of this host has the port (EADDRINUSE).
    PortTaken,
    /// It asked for a connection.
    Connecting,
    /// The connection stands.
    Connected,
    /// The socket took bytes.
    Sent(Bytes),
    /// The socket gave bytes.
    Read(Bytes),
    /// The socket takes no more bytes: its buffer is full.
    Blocked,
    /// It takes bytes again.
    Unblocked,
    /// The other side will send nothing more.
    EndOfStream,
    /// It closed its side.
    Closed,
    /// Nobody listens there (a RST, or ICMP's "port unreachable").
    Refused,
    /// The other side broke the connection off with a RST.
    Reset,
    /// The other side did not answer for too long.
    TimedOut,
    /// An answer to a ping or to a step of a traceroute.
    Answer(Answer),
    /// None came in time, to the probe of this number.
    NoAnswer(u32),
    /// What a router did with a packet, beside passing it on.
    Routed(Routed),
}

/// The beginning of a message and how long all of it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    /// At most the first 64 bytes.
    pub bytes: Vec<u8>,
    /// All of them.
    pub length: usize,
}

impl Bytes {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Bytes { bytes: bytes[..bytes.len().min(SHOWN)].to_vec(), length: bytes.len() }
    }
}

/// An answer to a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Which probe, from 1; a traceroute's TTL.
    pub number: u32,
    /// Who answered.
    pub from: Ipv4Addr,
    /// What it said.
    pub says: Says,
    /// Microseconds since the probe was sent.
    pub rtt: u64,
}

/// ICMP messages that answer a probe (RFC 792).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Echo reply, type 0.
    Here,
    /// Destination unreachable, type 3, with its code.
    Unreachable(u8),
    /// Fragmentation needed, type 3 code 4, with the next hop's MTU (RFC 1191).
    TooBig(u16),
    /// Time exceeded, type 11.
    TimeExceeded,
}

/// Where the steps are kept until somebody draws them.
#[derive(Debug, Default)]
pub(super) struct Log {
    kept: VecDeque<Happening>,
    /// How many were forgotten because nobody asked.
    pub(super) forgotten: u64,
    /// Packets recorded so far.
    pub(super) recorded: u64,
}

impl Log {
    pub(super) fn push(&mut self, happening: Happening) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
            self.forgotten += 1;
        }
        self.kept.push_back(happening);
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = Happening> + '_ {
        self.kept.drain(..)
    }
}
