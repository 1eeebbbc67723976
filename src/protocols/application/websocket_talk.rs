//! What only the conversation knows about a WebSocket frame: who may mask, which message a piece belongs to, which
//! ping a pong answers, what comes too late (RFC 6455 §5.1, §5.4, §5.5).
//! Not here: the frame itself (`websocket`), the message that its pieces make (`websocket_message`).

use std::collections::VecDeque;

use super::websocket::{CLOSE, CONTINUATION, PING, PONG};
use super::websocket_deflate::Inflater;
use super::websocket_handshake::Deflate;
use super::websocket_rules::RSV_SET;
use crate::dissect::{
    Field, Reader,
    Show::{Dec, Nothing, Unit},
    Side, field,
};

const fn violation(key: &'static str, name: &'static str) -> Field {
    field(key, name, Nothing).gist(name)
}

pub(super) static CLIENT_UNMASKED: Field = violation("client_unmasked", "client frame without mask").spec("RFC 6455 §5.1").explain(
    "Clients must mask, so that no script can write bytes that a proxy takes for HTTP. The server must hang up with 1002.",
);
pub(super) static SERVER_MASKED: Field = violation("server_masked", "server frame with mask")
    .spec("RFC 6455 §5.1")
    .explain("Servers must not mask: the danger comes from scripts in browsers only. The client must hang up.");
pub(super) static ORPHAN: Field = violation("orphan", "continues nothing").spec("RFC 6455 §5.4").explain(
    "A continuation, but no message is unfinished. What it should belong to cannot be known; the receiver must hang up.",
);
pub(super) static INTERLEAVED: Field = violation("interleaved", "message begun within another").spec("RFC 6455 §5.4").explain(
    "A new message began before the last one had its final piece. Only ping, pong and close may come in between, because pieces carry no name.",
);
pub(super) static RSV_NOT_AGREED: Field = violation("rsv_not_agreed", "RSV1 without agreement")
    .spec("RFC 6455 §5.2, RFC 7692 §6")
    .explain("The bit says \"compressed\", but the handshake agreed on no compression, or this kind of frame cannot be compressed by itself.");
pub(super) static AFTER_CLOSE: Field = violation("after_close", "frame after close")
    .spec("RFC 6455 §5.5.1")
    .explain("This side had said that it is done. Nobody listens any more; what stands here is lost.");
pub(super) static BETWEEN: Field = field("between", "between the pieces of a message", Nothing)
    .spec("RFC 6455 §5.4")
    .explain("Signals may cut into a long message, so that a huge upload does not make the other side believe that nobody is there.");
pub(super) static ANSWERS: Field = field("answers", "answers packet", Dec)
    .gist("of packet ")
    .spec("RFC 6455 §5.5.1, §5.5.3")
    .explain("The ping with the same bytes, or the other side's close. A pong may skip older pings: only the latest one counts.");
pub(super) static ROUND_TRIP: Field = field("round_trip", "round trip", Unit("µs"))
    .gist("")
    .spec("RFC 6455 §5.5.3")
    .explain("From the ping to its pong, as the capture saw both: the network both ways and the other program's time to react.");
pub(super) static UNASKED: Field = field("unasked", "nobody asked", Nothing)
    .spec("RFC 6455 §5.5.3")
    .explain("A pong without a ping: allowed, a heartbeat in one direction that wants no answer.");

/// Pings that wait for their pongs.
const MAX_PINGS: usize = 8;

/// What is remembered of one connection.
#[derive(Default)]
pub(super) struct Memory {
    /// The handshake was seen, so that nothing is unknown.
    pub opened: bool,
    pub deflate: Option<Deflate>,
    pub sides: [Speaker; 2],
}

/// What one side has said.
#[derive(Default)]
pub(super) struct Speaker {
    /// A message whose last piece has not come.
    pub open: Option<Open>,
    pub inflater: Inflater,
    pings: VecDeque<Ping>,
    closed: Option<u64>,
}

/// A message in pieces.
#[derive(Default)]
pub(super) struct Open {
    pub opcode: u64,
    pub compressed: bool,
    pub frames: u64,
    /// Bytes of its pieces that are put aside.
    pub aside: usize,
    /// Bytes are missing: too long, or cut off.
    pub torn: bool,
}

struct Ping {
    bytes: Vec<u8>,
    packet: u64,
    time: u64,
}

/// A frame in its conversation.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub fin: bool,
    pub rsv: u64,
    pub opcode: u64,
    pub masked: bool,
}

impl Memory {
    /// What a connection begins with.
    pub fn opened(deflate: Option<Deflate>) -> Self {
        Memory { opened: true, deflate, ..Memory::default() }
    }
}

/// Notes which rules of the conversation the frame breaks. Returns whether its bytes are compressed.
pub(super) fn judge(r: &mut Reader<'_>, seen: Seen) -> bool {
    let talk = r.talk().map(|talk| (talk.side, talk.memory::<Memory>()));
    let Some((side, memory)) = talk else {
        if seen.rsv != 0 {
            r.note(&RSV_SET, 1);
        }
        return false;
    };
    let speaker = &memory.sides[side.index()];
    let (control, open) = (seen.opcode >= CLOSE, speaker.open.is_some());
    let rsv1 = seen.rsv & 4 != 0;
    let compressed = rsv1 && !control && seen.opcode != CONTINUATION && (memory.deflate.is_some() || !memory.opened);
    let found = [
        (memory.opened && side == Side::Client && !seen.masked, &CLIENT_UNMASKED),
        (memory.opened && side == Side::Server && seen.masked, &SERVER_MASKED),
        (memory.opened && rsv1 && !compressed, &RSV_NOT_AGREED),
        (seen.rsv & 3 != 0 || rsv1 && !memory.opened, &RSV_SET),
        (memory.opened && seen.opcode == CONTINUATION && !open, &ORPHAN),
        (!control && seen.opcode != CONTINUATION && open, &INTERLEAVED),
        (speaker.closed.is_some(), &AFTER_CLOSE),
        (control && open, &BETWEEN),
    ];
    for (_, field) in found.into_iter().filter(|(hit, _)| *hit) {
        r.note(field, 1);
    }
    compressed
}

/// A signal: who is asked, and what it answers.
pub(super) fn signal(r: &mut Reader<'_>, opcode: u64, bytes: Vec<u8>) {
    let (time, packet) = (r.packet().time.unwrap_or(0), r.packet().number);
    let Some(talk) = r.talk() else { return };
    let (me, other) = (talk.side.index(), talk.side.other().index());
    let memory = talk.memory::<Memory>();
    match opcode {
        PING => {
            let pings = &mut memory.sides[me].pings;
            if pings.len() == MAX_PINGS {
                pings.pop_front();
            }
            pings.push_back(Ping { bytes: bytes.into_iter().take(125).collect(), packet, time });
        }
        PONG => {
            let pings = &mut memory.sides[other].pings;
            match pings.iter().rposition(|ping| ping.bytes == bytes) {
                Some(at) => {
                    let ping = pings.drain(..=at).next_back();
                    let (asked, sent) = ping.map_or((0, time), |ping| (ping.packet, ping.time));
                    r.note(&ANSWERS, asked);
                    r.note(&ROUND_TRIP, time.saturating_sub(sent) / 1000);
                }
                None => r.note(&UNASKED, 1),
            }
        }
        CLOSE => {
            memory.sides[me].closed.get_or_insert(packet);
            if let Some(asked) = memory.sides[other].closed {
                r.note(&ANSWERS, asked);
            }
        }
        _ => {}
    }
}
