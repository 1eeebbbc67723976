//! Which MQTT packet acknowledges which, by the numbers that they carry (MQTT 5.0 §2.2.1, §4.3).
//! Not here: the packets themselves (`mqtt`).

use std::collections::VecDeque;

use crate::dissect::{
    Cut, Field, Reader,
    Show::{Dec, Unit},
    field,
};

pub(super) static PACKET_ID: Field = field("packet_id", "packet's number", Dec)
    .gist("id=")
    .spec("MQTT 5.0 §2.2.1")
    .explain("The acknowledgment repeats it; until then the number must not be used for anything else.");
pub(super) static ANSWERS: Field = field("answers_packet", "answers packet", Dec)
    .spec("layercake")
    .quiet()
    .explain("The captured packet with the message that is acknowledged here, found by its number.");
pub(super) static TOOK: Field = field("response_time", "after", Unit("µs"))
    .spec("layercake")
    .quiet()
    .explain("From the message to this acknowledgment, as the capture saw both.");

/// Numbers that wait for their acknowledgment, in each direction.
const MAX_WAITING: usize = 256;

/// A packet whose acknowledgment is waited for.
struct Asked {
    id: u64,
    kind: u64,
    packet: u64,
    time: u64,
}

/// Packets of both sides that wait for their acknowledgment.
#[derive(Default)]
struct Waiting {
    sides: [VecDeque<Asked>; 2],
}

/// Takes the packet's number; where it acknowledges another packet, says which.
pub(super) fn packet_id(r: &mut Reader<'_>, kind: u64) -> Result<u64, Cut> {
    let id = u64::from(r.u16(&PACKET_ID)?);
    let now = r.packet().time.unwrap_or(0);
    let Some(talk) = r.talk() else { return Ok(id) };
    let other = talk.side.other().index();
    let waiting = &mut talk.memory::<Waiting>().sides[other];
    let answers = |asked: &Asked| {
        asked.id == id && matches!((asked.kind, kind), (3, 4 | 5) | (5, 6) | (6, 7) | (8, 9) | (10, 11))
    };
    let Some(asked) = waiting.iter().position(answers).and_then(|at| waiting.remove(at)) else { return Ok(id) };
    r.note(&ANSWERS, asked.packet);
    r.note(&TOOK, now.saturating_sub(asked.time) / 1000);
    Ok(id)
}

/// An acknowledgment with this number is waited for.
pub(super) fn wait(r: &mut Reader<'_>, kind: u64, id: u64) {
    let (packet, time) = (r.packet().number, r.packet().time.unwrap_or(0));
    if let Some(talk) = r.talk() {
        let side = talk.side.index();
        let waiting = &mut talk.memory::<Waiting>().sides[side];
        if waiting.len() >= MAX_WAITING {
            waiting.pop_front();
        }
        waiting.push_back(Asked { id, kind, packet, time });
    }
}
