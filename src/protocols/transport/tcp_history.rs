//! Which packet brought which bytes, for a while: what is missing, what fills a gap, where a repetition was first.
//! Not here: why it comes again (`tcp_analysis`).

use std::collections::VecDeque;

use super::tcp_analysis::before;
use crate::dissect::{
    Field,
    Show::{Dec, Unit},
    Side, TcpFacts, field,
};

pub(super) static MISSING: Field = field("missing", "not seen before this", Unit("bytes"))
    .spec("RFC 9293 §3.4")
    .explain("So many numbers were passed over since the last segment. Whether the network lost them or the capture did, only later packets can tell.");
pub(super) static PEER_MISSING: Field = field("peer_missing", "confirmed unseen", Unit("bytes"))
    .spec("layercake")
    .explain("So many of the acknowledged bytes stand in no packet of this capture, though the receiver has them all.");
pub(super) static FILLS: Field = field("fills_gap_before", "fills the gap before packet", Dec)
    .spec("RFC 9293 §3.10.7.4")
    .explain("The missing numbers have come after all, up to the last of them; what waited behind can now be read.");
pub(super) static FIRST_IN: Field = field("first_in", "first sent in packet", Dec)
    .spec("layercake")
    .explain("Where this capture saw the same bytes before: they came past here, and were lost behind this place, or their acknowledgment was.");

/// Segments and gaps that are remembered, of each side.
const MAX_SEGMENTS: usize = 64;
const MAX_GAPS: usize = 16;

/// Numbers from here to there (not included), and the packet.
#[derive(Debug, Clone, Copy)]
struct Range {
    from: u32,
    to: u32,
    packet: u64,
}

impl Range {
    fn holds(&self, seq: u32) -> bool {
        !before(seq, self.from) && before(seq, self.to)
    }
}

#[derive(Debug, Default)]
struct Sent {
    segments: VecDeque<Range>,
    gaps: VecDeque<Range>,
    /// Up to here numbers are known to exist.
    highest: Option<u32>,
}

/// Both sides of a connection.
#[derive(Debug, Default)]
pub(super) struct History {
    sent: [Sent; 2],
}

/// What the history says about a segment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Past {
    /// Numbers that it passes over, and that it confirms though nobody saw them.
    pub missing: [u32; 2],
    /// The packet before which its bytes were missing.
    pub fills: Option<u64>,
    /// The packet that brought the same bytes.
    pub first_in: Option<u64>,
}

impl Sent {
    /// Numbers up to `to` exist: how many of them nobody saw.
    fn reach(&mut self, to: u32, packet: u64) -> u32 {
        let Some(from) = self.highest.filter(|highest| before(*highest, to)) else { return 0 };
        keep(&mut self.gaps, Range { from, to, packet }, MAX_GAPS);
        self.highest = Some(to);
        to.wrapping_sub(from)
    }
}

fn keep(ranges: &mut VecDeque<Range>, new: Range, most: usize) {
    if ranges.len() >= most {
        ranges.pop_front();
    }
    ranges.push_back(new);
}

impl History {
    /// Looks back from a segment that takes `consumed` numbers, and remembers it.
    pub fn see(&mut self, tcp: TcpFacts, consumed: u32, side: Side, packet: u64) -> Past {
        const SYN: u16 = 2;
        const RST: u16 = 4;
        const ACK: u16 = 16;
        let mut past = Past::default();
        let [client, server] = &mut self.sent;
        let (me, peer) = if side == Side::Client { (client, server) } else { (server, client) };
        if tcp.flags & RST != 0 {
            return past;
        }
        if tcp.flags & (ACK | SYN) == ACK {
            past.missing[1] = peer.reach(tcp.ack, packet);
        }
        past.missing[0] = me.reach(tcp.seq, packet);
        // Most segments go on where the last one ended: nothing to look for.
        let old = me.highest.is_some_and(|highest| before(tcp.seq, highest));
        if consumed == 0 {
            return past;
        }
        let to = tcp.seq.wrapping_add(consumed);
        let find =
            |ranges: &VecDeque<Range>| if old { ranges.iter().find(|r| r.holds(tcp.seq)).copied() } else { None };
        // A probe of one byte fills no gap: what closes it does.
        past.fills = find(&me.gaps).filter(|gap| gap.packet < packet && !before(to, gap.to)).map(|gap| gap.packet);
        past.first_in = find(&me.segments).map(|segment| segment.packet);
        keep(&mut me.segments, Range { from: tcp.seq, to, packet }, MAX_SEGMENTS);
        if me.highest.is_none_or(|highest| before(highest, to)) {
            me.highest = Some(to);
        }
        past
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(seq: u32, ack: u32) -> TcpFacts {
        TcpFacts { seq, ack, flags: 16, ..TcpFacts::default() }
    }

    #[test]
    fn what_fills_a_gap_was_not_seen_before_and_what_comes_again_was() {
        let mut history = History::default();
        history.see(segment(100, 0), 10, Side::Client, 1);
        assert_eq!(history.see(segment(120, 0), 10, Side::Client, 2).missing, [10, 0]);
        let filled = history.see(segment(110, 0), 10, Side::Client, 3);
        assert_eq!(filled, Past { fills: Some(2), ..Past::default() });
        let again = history.see(segment(100, 0), 10, Side::Client, 4);
        assert_eq!(again, Past { first_in: Some(1), ..Past::default() });
    }

    #[test]
    fn bytes_that_are_confirmed_unseen_are_missing_once() {
        let mut history = History::default();
        history.see(segment(100, 0), 10, Side::Client, 1);
        assert_eq!(history.see(segment(0, 130), 0, Side::Server, 2).missing, [0, 20]);
        assert_eq!(history.see(segment(130, 0), 10, Side::Client, 3).missing, [0, 0]);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut history = History::default();
        for k in 0..10_000 {
            history.see(segment(k * 20, 0), 10, Side::Client, u64::from(k));
        }
        assert!(history.sent[0].segments.len() <= MAX_SEGMENTS && history.sent[0].gaps.len() <= MAX_GAPS);
    }
}
