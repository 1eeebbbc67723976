//! The remarks about a segment in its connection, as fields: each says in words what the numbers mean.
//! Not here: how they are found (`tcp_analysis`).

use super::tcp::{ACK, SEQ, WINDOW};
use super::tcp_analysis::Connection;
use super::tcp_history::{FILLS, FIRST_IN, History, MISSING, PEER_MISSING, Past};
use super::tcp_verdict::Verdict;
use crate::dissect::{
    Field, Reader,
    Show::{Dec, Nothing, Text, Unit},
    field,
};

/// What a segment turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    Asks,
    Agrees,
    Opened,
    Done,
    DoneToo,
    Refused,
    Broken,
    ResetAfterEnd,
    Retransmission,
    FastRetransmission,
    SpuriousRetransmission,
    OutOfOrder,
    DuplicateAck,
    LostSegment,
    AckedUnseen,
    ZeroWindow,
    ZeroWindowProbe,
    ZeroWindowProbeAck,
    WindowFull,
    WindowUpdate,
    KeepAlive,
    KeepAliveAck,
}

const fn remark(key: &'static str, name: &'static str) -> Field {
    field(key, name, Nothing).gist(name)
}

/// A step of the ordinary course: told beside the picture, not in the summary's line.
const fn step(key: &'static str, name: &'static str) -> Field {
    field(key, name, Nothing)
}

pub(super) static ASKS: Field = step("asks", "handshake 1 of 3: may I?").spec("RFC 9293 §3.5").explain(
    "The client names the number from which it will count its bytes and asks to begin. Nothing is reserved on the way: only the two ends will know of the connection.",
);
pub(super) static AGREES: Field = step("agrees", "handshake 2 of 3: yes; may I?")
    .spec("RFC 9293 §3.5")
    .explain("The server confirms the client's number and names its own: each direction has its own count.");
pub(super) static OPENED: Field = step("opened", "handshake 3 of 3: yes, open").spec("RFC 9293 §3.5").explain(
    "The client confirms the server's number. From now on both may send; a whole round trip passed before the first byte.",
);
pub(super) static DONE: Field = step("done", "this side is done: half closed").spec("RFC 9293 §3.6").explain(
    "No more bytes will come from this side, but it still takes what the other one sends: each direction is closed by itself.",
);
pub(super) static DONE_TOO: Field = step("done_too", "done as well: closed").spec("RFC 9293 §3.6").explain(
    "Both directions have ended. The side that closed first keeps the four numbers for a minute or two (TIME-WAIT), in case a late packet comes.",
);
pub(super) static REFUSED: Field = remark("refused", "refused: nobody listens there").spec("RFC 9293 §3.5.2").explain(
    "The machine is up and says at once that no program waits on this port; a firewall would mostly stay silent instead.",
);
pub(super) static BROKEN: Field = remark("broken", "connection broken off").spec("RFC 9293 §3.5.3").explain(
    "One side drops the connection without a goodbye: a program crashed, closed with unread bytes, or a box in between cut it.",
);
pub(super) static RESET_AFTER_END: Field =
    remark("reset_after_end", "reset: nobody reads any more").spec("RFC 9293 §3.6").explain(
        "Bytes came for a program that had closed already; its system answers for it that they cannot be delivered.",
    );
pub(super) static RETRANSMISSION: Field = remark("retransmission", "sent again").spec("RFC 6298 §5").explain(
    "No acknowledgment came in time, so the same bytes go once more. The program that reads them notices only a pause.",
);
pub(super) static FAST_RETRANSMISSION: Field = remark("fast_retransmission", "sent again at once").spec("RFC 5681 §3.2").explain(
    "Three equal acknowledgments said that this piece is missing while later ones arrived; the sender does not wait for its clock.",
);
pub(super) static SPURIOUS: Field = remark("spurious_retransmission", "sent again for nothing").spec("RFC 5682").explain(
    "These bytes had been acknowledged: the acknowledgment was late or got lost, and the sender's patience was too short.",
);
pub(super) static OUT_OF_ORDER: Field = remark("out_of_order", "overtaken on the way").spec("RFC 9293 §3.10.7.4").explain(
    "It was sent before bytes that are here already; packets may take different paths. The receiver sorts them by number.",
);
pub(super) static DUPLICATE_ACK: Field = remark("duplicate_ack", "asks for the same byte again").spec("RFC 5681 §3.2").explain(
    "Something arrived, but not the byte that comes next: the receiver repeats which one it waits for. The third time the sender acts.",
);
pub(super) static LOST_SEGMENT: Field = remark("lost_segment", "bytes before this are missing")
    .spec("RFC 9293 §3.4")
    .explain("The number is higher than what comes next: a packet was lost, overtaken, or the capture did not see it.");
pub(super) static ACKED_UNSEEN: Field = remark("acked_unseen", "confirms what was not captured")
    .spec("layercake")
    .explain("The receiver has bytes that this capture never saw: the capture missed packets, the network did not.");
pub(super) static ZERO_WINDOW: Field = remark("zero_window", "stop: no room").spec("RFC 9293 §3.8.6").explain(
    "The program does not read, its buffer is full, and the sender has to wait. A slow reader looks like this, not a slow network.",
);
pub(super) static ZERO_WINDOW_PROBE: Field = remark("zero_window_probe", "is there room again?").spec("RFC 9293 §3.8.6.1").explain(
    "One byte sent against a shut window, so that both do not wait for each other forever if the word that it opened got lost.",
);
pub(super) static ZERO_WINDOW_PROBE_ACK: Field = remark("zero_window_probe_ack", "no room yet")
    .spec("RFC 9293 §3.8.6.1")
    .explain("The answer to the probe: still full. The connection may stay like this for hours without being broken.");
pub(super) static WINDOW_FULL: Field = remark("window_full", "fills all the room").spec("RFC 9293 §3.8.6").explain(
    "The sender has used up what the receiver offered; it may send no more until an acknowledgment opens the window.",
);
pub(super) static WINDOW_UPDATE: Field = step("window_update", "there is room again")
    .spec("RFC 9293 §3.8.6.2")
    .explain("Nothing new is acknowledged; the program has read some bytes, and the sender may go on.");
pub(super) static KEEP_ALIVE: Field = remark("keep_alive", "are you still there?").spec("RFC 9293 §3.8.4").explain(
    "A byte that was sent long ago, to provoke an answer on a silent connection. It also keeps address translators from forgetting it.",
);
pub(super) static KEEP_ALIVE_ACK: Field = remark("keep_alive_ack", "still here")
    .spec("RFC 9293 §3.8.4")
    .explain("The answer to a keep-alive: an acknowledgment that says nothing new.");
pub(super) static ANALYSIS: Field = field("analysis", "finding", Text)
    .spec("Wireshark TCP analysis")
    .explain("The finding by the word that Wireshark uses for it, for filters and for programs that count them.")
    .quiet();
pub(super) static STREAM: Field = field("stream", "connection", Dec)
    .spec("layercake")
    .explain("Which TCP connection of the capture this is, counted from 0 as Wireshark does. Nothing on the wire says so: the four numbers of addresses and ports do.")
    .quiet();
pub(super) static RELATIVE_SEQ: Field = field("relative_seq", "seq, from 0", Dec)
    .gist("seq=")
    .spec("RFC 9293 §3.4")
    .explain("The number counted from the connection's first. The real one begins at random, so that nobody outside can guess it.")
    .quiet();
pub(super) static RELATIVE_ACK: Field = field("relative_ack", "ack, from 0", Dec)
    .gist("ack=")
    .spec("RFC 9293 §3.4")
    .explain("The acknowledged number counted from the other side's first: how many bytes, and one for the SYN, have arrived.")
    .quiet();
pub(super) static SCALED_WINDOW: Field = field("scaled_window", "window, scaled", Unit("bytes"))
    .gist("win=")
    .spec("RFC 7323 §2.3")
    .explain("What the window really means: the number on the wire times the power of two that the SYN offered.")
    .quiet();
pub(super) static ROUND_TRIP: Field = field("round_trip", "round trip", Unit("µs"))
    .spec("RFC 6298 §2")
    .explain("Time from a segment to this acknowledgment of it, as the capture saw both. The sender sets its patience by it.")
    .quiet();
pub(super) static ACKED_PACKET: Field = field("acked_packet", "acknowledges packet", Dec)
    .spec("layercake")
    .explain("The last packet whose bytes this acknowledgment confirms; many are confirmed by one.")
    .quiet();
pub(super) static DUPLICATES: Field = field("duplicate_acks", "times asked", Dec)
    .gist("times=")
    .spec("RFC 5681 §3.2")
    .explain("How often in a row the same byte was asked for; at three the sender sends it again at once.");

impl Finding {
    fn field(self) -> &'static Field {
        match self {
            Finding::Asks => &ASKS,
            Finding::Agrees => &AGREES,
            Finding::Opened => &OPENED,
            Finding::Done => &DONE,
            Finding::DoneToo => &DONE_TOO,
            Finding::Refused => &REFUSED,
            Finding::Broken => &BROKEN,
            Finding::ResetAfterEnd => &RESET_AFTER_END,
            Finding::Retransmission => &RETRANSMISSION,
            Finding::FastRetransmission => &FAST_RETRANSMISSION,
            Finding::SpuriousRetransmission => &SPURIOUS,
            Finding::OutOfOrder => &OUT_OF_ORDER,
            Finding::DuplicateAck => &DUPLICATE_ACK,
            Finding::LostSegment => &LOST_SEGMENT,
            Finding::AckedUnseen => &ACKED_UNSEEN,
            Finding::ZeroWindow => &ZERO_WINDOW,
            Finding::ZeroWindowProbe => &ZERO_WINDOW_PROBE,
            Finding::ZeroWindowProbeAck => &ZERO_WINDOW_PROBE_ACK,
            Finding::WindowFull => &WINDOW_FULL,
            Finding::WindowUpdate => &WINDOW_UPDATE,
            Finding::KeepAlive => &KEEP_ALIVE,
            Finding::KeepAliveAck => &KEEP_ALIVE_ACK,
        }
    }

    /// Whether Wireshark has a word for it; ours is the same.
    fn has_word(self) -> bool {
        !matches!(
            self,
            Finding::Asks
                | Finding::Agrees
                | Finding::Opened
                | Finding::Done
                | Finding::DoneToo
                | Finding::Refused
                | Finding::Broken
                | Finding::ResetAfterEnd
        )
    }
}

/// What is remembered of a connection: one memory, because each segment needs both.
#[derive(Debug, Default)]
struct Memory {
    connection: Connection,
    history: History,
}

/// Notes what this segment means in its connection; nothing where the packet is read alone.
pub(super) fn note(r: &mut Reader<'_>, length: u64) {
    let Some(tcp) = r.facts().tcp else { return };
    let (time, packet) = (r.packet().time.unwrap_or(0), r.packet().number);
    let Some(talk) = r.talk() else { return };
    let (stream, side) = (talk.stream, talk.side);
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let memory = talk.memory::<Memory>();
    let verdict = memory.connection.judge(tcp, length, side, time, packet);
    // A keep-alive repeats a number on purpose.
    let consumed =
        if verdict.keeps_alive() { 0 } else { length + u32::from(tcp.flags & 1) + u32::from(tcp.flags >> 1 & 1) };
    let past = memory.history.see(tcp, consumed, side, packet);
    talk.counters.resent[side.index()] += u64::from(verdict.again());
    talk.counters.handshake = talk.counters.handshake.or(verdict.handshake);
    r.note(&STREAM, stream);
    numbers(r, &verdict);
    look_back(r, &past, verdict.overtaken());
    for finding in verdict.findings.into_iter().flatten() {
        r.note(finding.field(), 1);
        if finding.has_word() {
            let at = r.span(0);
            r.made(&ANALYSIS, at, |out| out.extend_from_slice(finding.field().key.as_bytes()));
        }
    }
    if verdict.duplicate_acks > 0 {
        r.note(&DUPLICATES, u64::from(verdict.duplicate_acks));
    }
}

/// What came before: gaps, and the first sending of what comes again.
fn look_back(r: &mut Reader<'_>, past: &Past, overtaken: bool) {
    for (field, missing) in [&MISSING, &PEER_MISSING].into_iter().zip(past.missing) {
        if missing > 0 {
            r.note(field, u64::from(missing));
        }
    }
    r.facts().lost = past.missing;
    if let Some(gap) = past.fills {
        r.note(&FILLS, gap);
        r.facts().fills = Some((gap, overtaken));
    } else if let Some(first) = past.first_in {
        r.note(&FIRST_IN, first);
        r.facts().repeats = Some(first);
    }
}

fn numbers(r: &mut Reader<'_>, verdict: &Verdict) {
    r.note_instead(&SEQ, &RELATIVE_SEQ, u64::from(verdict.relative_seq));
    if let Some(ack) = verdict.relative_ack {
        r.note_instead(&ACK, &RELATIVE_ACK, u64::from(ack));
    }
    if let Some(window) = verdict.window {
        r.note_instead(&WINDOW, &SCALED_WINDOW, window);
    }
    if let Some((nanos, packet)) = verdict.round_trip {
        r.note(&ROUND_TRIP, nanos / 1000);
        r.note(&ACKED_PACKET, packet);
    }
}
