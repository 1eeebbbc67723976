//! What the judgement of a TCP segment remembers of each end, and what it says.
//! Not here: how it comes about (`tcp_analysis`), its words (`tcp_remarks`).

use std::collections::VecDeque;

use super::tcp_analysis::before;
use super::tcp_remarks::Finding;
use crate::dissect::TcpFacts;

/// What one end has done so far.
#[derive(Debug, Default)]
pub(super) struct End {
    /// First number, of the SYN or of the first segment seen.
    pub base: Option<u32>,
    /// Number that comes next, once a segment was seen.
    pub next: Option<u32>,
    /// When `next` was reached.
    pub next_time: u64,
    pub last_ack: Option<u32>,
    pub last_ack_time: u64,
    pub window: u32,
    pub scale: Option<u8>,
    pub duplicate_acks: u32,
    pub keep_alive: bool,
    pub window_probe: bool,
    pub fin: bool,
    /// Up to here the other side has confirmed bytes that were not captured.
    pub unseen: Option<u32>,
    /// (number behind it, when, packet)
    pub unacked: VecDeque<(u32, u64, u64)>,
}

impl End {
    /// Up to which number bytes are known to exist.
    pub fn highest(&self) -> Option<u32> {
        match (self.next, self.unseen) {
            (Some(next), Some(unseen)) if before(next, unseen) => Some(unseen),
            (next, _) => next,
        }
    }

    /// What this end has acknowledged of the other; before it did, the other's present number.
    pub fn last_ack_of_me(&self, tcp: TcpFacts) -> u32 {
        self.last_ack.unwrap_or(tcp.seq)
    }
}

/// What is to be said about a segment.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub findings: [Option<Finding>; 4],
    /// Numbers counted from the connection's first byte.
    pub relative_seq: u32,
    pub relative_ack: Option<u32>,
    /// The window in bytes, scaled, where it differs from the number on the wire.
    pub window: Option<u64>,
    /// Nanoseconds between a segment and this acknowledgment of it, and the segment's packet.
    pub round_trip: Option<(u64, u64)>,
    pub duplicate_acks: u32,
    /// Nanoseconds that the handshake took, in its last segment.
    pub handshake: Option<u64>,
}

impl Verdict {
    pub fn add(&mut self, finding: Finding) {
        if let Some(free) = self.findings.iter_mut().find(|f| f.is_none()) {
            *free = Some(finding);
        }
    }

    /// Whether the segment was sent before.
    pub fn again(&self) -> bool {
        use Finding::{FastRetransmission, Retransmission, SpuriousRetransmission};
        [Retransmission, FastRetransmission, SpuriousRetransmission].into_iter().any(|f| self.has(f))
    }

    /// Whether it only asks if the other side is still there.
    pub fn keeps_alive(&self) -> bool {
        self.has(Finding::KeepAlive)
    }

    /// Whether others that were sent later came before it.
    pub fn overtaken(&self) -> bool {
        self.has(Finding::OutOfOrder)
    }

    pub fn has(&self, finding: Finding) -> bool {
        // Most segments are as they should be.
        self.findings[0].is_some() && self.findings.contains(&Some(finding))
    }
}
