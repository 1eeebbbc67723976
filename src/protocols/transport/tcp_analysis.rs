//! What a segment means in its connection: sent again, out of order, acknowledged twice, a window that is shut.
//! The same findings as Wireshark's "TCP analysis", from the numbers alone (RFC 9293 §3, RFC 5681, RFC 6298).
//! Not here: the bytes themselves (`flow`); why a network loses packets.

use super::tcp_remarks::Finding;
use super::tcp_verdict::{End, Verdict};
use crate::dissect::{Side, TcpFacts};

const FIN: u16 = 1;
const SYN: u16 = 2;
const RST: u16 = 4;
const ACK: u16 = 16;

/// Segments whose acknowledgment is waited for, to measure round trips.
const MAX_UNACKED: usize = 64;
/// A segment that fills a hole within this time was overtaken on the way, not sent again (3 ms, as Wireshark).
const OVERTAKEN: u64 = 3_000_000;
/// A repetition this soon after the third equal acknowledgment is the answer to it (20 ms, as Wireshark).
const FAST: u64 = 20_000_000;

/// Both ends of a connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    ends: [End; 2],
    first_round_trip: Option<u64>,
    syn_time: Option<u64>,
    greeted: bool,
}

/// Whether `a` comes before `b` on the circle of 2^32 numbers (RFC 9293 §3.4).
pub(super) fn before(a: u32, b: u32) -> bool {
    a != b && b.wrapping_sub(a) < 1 << 31
}

impl Connection {
    /// Judges a segment with `length` bytes of payload and remembers it.
    pub fn judge(&mut self, tcp: TcpFacts, length: u32, side: Side, time: u64, packet: u64) -> Verdict {
        let mut verdict = Verdict::default();
        let [client, server] = &mut self.ends;
        let (me, peer) = if side == Side::Client { (client, server) } else { (server, client) };
        let control = tcp.flags & (SYN | FIN | RST);
        let consumed = length + u32::from(tcp.flags & SYN != 0) + u32::from(tcp.flags & FIN != 0);
        let end = tcp.seq.wrapping_add(consumed);

        let base = *me.base.get_or_insert(tcp.seq);
        verdict.relative_seq = tcp.seq.wrapping_sub(base);
        if tcp.flags & ACK != 0 {
            let peer_base = *peer.base.get_or_insert(tcp.ack.wrapping_sub(u32::from(tcp.flags & SYN != 0)));
            verdict.relative_ack = Some(tcp.ack.wrapping_sub(peer_base));
        }
        if tcp.flags & SYN != 0 {
            me.scale = Some(tcp.scale.unwrap_or(0));
        }
        let scaled = match (me.scale, tcp.flags & SYN, peer.scale.is_some()) {
            (Some(scale), 0, true) => u32::from(tcp.window) << scale.min(14),
            _ => u32::from(tcp.window),
        };
        if scaled != u32::from(tcp.window) {
            verdict.window = Some(u64::from(scaled));
        }

        Self::window_and_probes(&mut verdict, tcp, length, scaled, control, me, peer);
        if let (true, Some(next)) = (consumed > 0, me.next)
            && before(tcp.seq, next)
            && !verdict.has(Finding::KeepAlive)
        {
            let repeated = Self::repeated(tcp, length, time, self.first_round_trip, me, peer, end);
            verdict.add(repeated);
        }
        Self::greeting(&mut verdict, tcp, length, side, &mut self.greeted, me, peer);
        self.remember(&mut verdict, tcp, scaled, consumed, side, time, packet);
        verdict
    }

    fn window_and_probes(
        verdict: &mut Verdict,
        tcp: TcpFacts,
        length: u32,
        scaled: u32,
        control: u16,
        me: &End,
        peer: &End,
    ) {
        let next = me.next;
        let still = control == 0 && length == 0 && next == Some(tcp.seq) && me.last_ack == Some(tcp.ack);
        if length == 1 && next == Some(tcp.seq) && peer.window == 0 && peer.next.is_some() && control == 0 {
            verdict.add(Finding::ZeroWindowProbe);
        }
        if scaled == 0 && control == 0 {
            verdict.add(Finding::ZeroWindow);
        }
        if next.is_some_and(|next| before(next, tcp.seq)) && tcp.flags & RST == 0 {
            verdict.add(Finding::LostSegment);
        }
        if length <= 1 && next == Some(tcp.seq.wrapping_add(1)) && control == 0 {
            verdict.add(Finding::KeepAlive);
        }
        if still && scaled > 0 && scaled != me.window {
            verdict.add(Finding::WindowUpdate);
        }
        let room = peer.last_ack_of_me(tcp).wrapping_add(peer.window);
        if length > 0 && control == 0 && peer.scale.is_some() && peer.window > 0 && tcp.seq.wrapping_add(length) == room
        {
            verdict.add(Finding::WindowFull);
        }
        if still && scaled > 0 && scaled == me.window {
            if peer.keep_alive {
                verdict.add(Finding::KeepAliveAck);
            } else {
                verdict.duplicate_acks = me.duplicate_acks + 1;
                verdict.add(Finding::DuplicateAck);
            }
        }
        if still && scaled == 0 && me.window == 0 && peer.window_probe {
            verdict.add(Finding::ZeroWindowProbeAck);
        }
        if tcp.flags & ACK != 0
            && peer.highest().is_some_and(|seen| before(seen, tcp.ack))
            && tcp.flags & (SYN | RST) == 0
        {
            verdict.add(Finding::AckedUnseen);
        }
    }

    /// Why bytes that have been sent come again.
    fn repeated(
        tcp: TcpFacts,
        length: u32,
        time: u64,
        round_trip: Option<u64>,
        me: &End,
        peer: &End,
        end: u32,
    ) -> Finding {
        let acked = peer.last_ack;
        if length > 0 && acked.is_some_and(|ack| !before(ack, end)) {
            return Finding::SpuriousRetransmission;
        }
        if peer.duplicate_acks >= 2 && acked == Some(tcp.seq) && time.saturating_sub(peer.last_ack_time) < FAST {
            return Finding::FastRetransmission;
        }
        let patience = round_trip.filter(|time| *time > 0).unwrap_or(OVERTAKEN);
        let sent = me.unacked.iter().any(|(known, ..)| *known == end);
        if time.saturating_sub(me.next_time) < patience && me.next != Some(end) && !sent {
            return Finding::OutOfOrder;
        }
        Finding::Retransmission
    }

    /// The steps of opening and closing.
    fn greeting(
        verdict: &mut Verdict,
        tcp: TcpFacts,
        length: u32,
        side: Side,
        greeted: &mut bool,
        me: &End,
        peer: &End,
    ) {
        let step = match tcp.flags & (SYN | ACK | FIN | RST) {
            SYN => Finding::Asks,
            flags if flags == SYN | ACK => Finding::Agrees,
            flags if flags & RST != 0 => match (peer.next, me.next, peer.fin) {
                (Some(_), None, _) => Finding::Refused,
                (_, _, true) => Finding::ResetAfterEnd,
                _ => Finding::Broken,
            },
            flags if flags & FIN != 0 && peer.fin => Finding::DoneToo,
            flags if flags & FIN != 0 => Finding::Done,
            ACK if side == Side::Client
                && !*greeted
                && length == 0
                && verdict.relative_seq == 1
                && verdict.relative_ack == Some(1) =>
            {
                *greeted = true;
                Finding::Opened
            }
            _ => return,
        };
        verdict.add(step);
    }

    #[expect(clippy::too_many_arguments, reason = "one segment, taken apart once")]
    fn remember(
        &mut self,
        verdict: &mut Verdict,
        tcp: TcpFacts,
        scaled: u32,
        consumed: u32,
        side: Side,
        time: u64,
        packet: u64,
    ) {
        let [client, server] = &mut self.ends;
        let (me, peer) = if side == Side::Client { (client, server) } else { (server, client) };
        let end = tcp.seq.wrapping_add(consumed);
        if tcp.flags & SYN != 0 && tcp.flags & ACK == 0 {
            self.syn_time = Some(time);
        } else if let (Some(begun), Side::Client, true) = (self.syn_time, side, tcp.flags & ACK != 0) {
            verdict.handshake = Some(time.saturating_sub(begun));
            self.first_round_trip = verdict.handshake;
            self.syn_time = None;
        }
        let again = verdict.again();
        if tcp.flags & ACK != 0 && tcp.flags & RST == 0 {
            while peer.unacked.front().is_some_and(|(end, ..)| !before(tcp.ack, *end)) {
                if let Some((_, sent, number)) = peer.unacked.pop_front() {
                    verdict.round_trip = Some((time.saturating_sub(sent), number));
                }
            }
        }
        if consumed > 0 {
            if again {
                // Nobody can tell which of the two sendings is acknowledged (Karn's rule, RFC 6298 §3).
                me.unacked.retain(|(known, ..)| !before(tcp.seq, *known));
            } else if me.unacked.len() < MAX_UNACKED {
                me.unacked.push_back((end, time, packet));
            }
            if me.next.is_none_or(|next| before(next, end)) && !verdict.has(Finding::ZeroWindowProbe) {
                (me.next, me.next_time) = (Some(end), time);
            }
        } else if me.next.is_none() && tcp.flags & RST == 0 {
            (me.next, me.next_time) = (Some(end), time);
        }
        if verdict.has(Finding::DuplicateAck) {
            me.duplicate_acks += 1;
        } else if me.last_ack != Some(tcp.ack) {
            me.duplicate_acks = 0;
        }
        if verdict.has(Finding::AckedUnseen) {
            peer.unseen = Some(tcp.ack);
        }
        me.keep_alive = verdict.has(Finding::KeepAlive);
        me.window_probe = verdict.has(Finding::ZeroWindowProbe);
        me.fin |= tcp.flags & FIN != 0;
        if tcp.flags & RST == 0 {
            me.window = scaled;
        }
        if tcp.flags & ACK != 0 {
            (me.last_ack, me.last_ack_time) = (Some(tcp.ack), time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    struct Play {
        connection: Connection,
        packet: u64,
    }

    impl Play {
        /// A connection whose handshake took a millisecond.
        fn opened() -> Self {
            let mut play = Play { connection: Connection::default(), packet: 0 };
            play.send(Side::Client, SYN, 100, 0, 0, 0);
            play.send(Side::Server, SYN | ACK, 500, 101, 0, MS);
            play.send(Side::Client, ACK, 101, 501, 0, MS);
            play
        }

        fn send(&mut self, side: Side, flags: u16, seq: u32, ack: u32, length: u32, time: u64) -> Verdict {
            self.window(side, flags, seq, ack, length, time, 1000)
        }

        #[allow(clippy::too_many_arguments)]
        fn window(
            &mut self,
            side: Side,
            flags: u16,
            seq: u32,
            ack: u32,
            length: u32,
            time: u64,
            window: u16,
        ) -> Verdict {
            self.packet += 1;
            let tcp = TcpFacts { seq, ack, flags, window, scale: None };
            self.connection.judge(tcp, length, side, time, self.packet)
        }
    }

    fn only(verdict: &Verdict) -> Option<Finding> {
        assert!(verdict.findings[1].is_none(), "{verdict:?}");
        verdict.findings[0]
    }

    #[test]
    fn the_three_steps_of_the_handshake_have_names() {
        let mut play = Play { connection: Connection::default(), packet: 0 };
        assert_eq!(only(&play.send(Side::Client, SYN, 100, 0, 0, 0)), Some(Finding::Asks));
        assert_eq!(only(&play.send(Side::Server, SYN | ACK, 500, 101, 0, MS)), Some(Finding::Agrees));
        let opened = play.send(Side::Client, ACK, 101, 501, 0, 2 * MS);
        assert_eq!(only(&opened), Some(Finding::Opened));
        assert_eq!((opened.relative_seq, opened.relative_ack), (1, Some(1)));
        assert_eq!(opened.round_trip, Some((MS, 2)), "of the SYN+ACK");
    }

    #[test]
    fn bytes_that_come_again_after_a_while_are_a_retransmission() {
        let mut play = Play::opened();
        assert_eq!(only(&play.send(Side::Client, ACK, 101, 501, 10, 2 * MS)), None);
        assert_eq!(only(&play.send(Side::Client, ACK, 101, 501, 10, 202 * MS)), Some(Finding::Retransmission));
    }

    #[test]
    fn what_was_acknowledged_needs_no_repetition() {
        let mut play = Play::opened();
        play.send(Side::Client, ACK, 101, 501, 10, 2 * MS);
        play.send(Side::Server, ACK, 501, 111, 0, 3 * MS);
        let again = play.send(Side::Client, ACK, 101, 501, 10, 300 * MS);
        assert_eq!(only(&again), Some(Finding::SpuriousRetransmission));
    }

    #[test]
    fn three_equal_acknowledgments_call_for_a_fast_retransmission() {
        let mut play = Play::opened();
        play.send(Side::Client, ACK, 101, 501, 10, 2 * MS);
        for k in 2..6 {
            play.send(Side::Client, ACK, 101 + 10 * k, 501, 10, 2 * MS);
        }
        play.send(Side::Server, ACK, 501, 111, 0, 3 * MS);
        for k in 1..=3 {
            let duplicate = play.send(Side::Server, ACK, 501, 111, 0, 4 * MS);
            assert_eq!((only(&duplicate), duplicate.duplicate_acks), (Some(Finding::DuplicateAck), k));
        }
        assert_eq!(only(&play.send(Side::Client, ACK, 111, 501, 10, 5 * MS)), Some(Finding::FastRetransmission));
    }

    #[test]
    fn a_gap_is_a_segment_that_was_not_captured_and_what_fills_it_soon_was_overtaken() {
        let mut play = Play::opened();
        assert_eq!(only(&play.send(Side::Client, ACK, 111, 501, 10, 2 * MS)), Some(Finding::LostSegment));
        assert_eq!(only(&play.send(Side::Client, ACK, 101, 501, 10, 2 * MS + 1000)), Some(Finding::OutOfOrder));
    }

    #[test]
    fn a_shut_window_is_probed_with_one_byte() {
        let mut play = Play::opened();
        assert_eq!(only(&play.window(Side::Server, ACK, 501, 101, 0, 2 * MS, 0)), Some(Finding::ZeroWindow));
        assert_eq!(only(&play.send(Side::Client, ACK, 101, 501, 1, 200 * MS)), Some(Finding::ZeroWindowProbe));
    }

    #[test]
    fn a_byte_before_the_next_one_keeps_the_connection_alive() {
        let mut play = Play::opened();
        assert_eq!(only(&play.send(Side::Client, ACK, 100, 501, 0, 45_000 * MS)), Some(Finding::KeepAlive));
        assert_eq!(only(&play.send(Side::Server, ACK, 501, 101, 0, 45_001 * MS)), Some(Finding::KeepAliveAck));
    }

    #[test]
    fn a_reset_says_why() {
        let mut play = Play { connection: Connection::default(), packet: 0 };
        play.send(Side::Client, SYN, 100, 0, 0, 0);
        assert_eq!(only(&play.send(Side::Server, RST | ACK, 0, 101, 0, MS)), Some(Finding::Refused));
        let mut play = Play::opened();
        assert_eq!(only(&play.send(Side::Client, RST, 101, 501, 0, MS)), Some(Finding::Broken));
    }

    #[test]
    fn both_sides_say_goodbye() {
        let mut play = Play::opened();
        assert_eq!(only(&play.send(Side::Client, FIN | ACK, 101, 501, 0, 2 * MS)), Some(Finding::Done));
        assert_eq!(only(&play.send(Side::Server, FIN | ACK, 501, 102, 0, 3 * MS)), Some(Finding::DoneToo));
    }
}
