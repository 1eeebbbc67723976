//! What belongs together in a Socket.IO conversation: answers to their events, bytes to the packet that announced them.
//! Not here: how a packet is written (`socket_io`).

use std::collections::VecDeque;
use std::io::Write as _;

use crate::dissect::{
    Field, GistForm, Reader,
    Show::{Dec, Text, Unit},
    field,
};

pub(super) static OF: Field = field("of", "answers packet", Dec)
    .gist("of packet ")
    .spec("Socket.IO protocol §Acknowledgement")
    .explain("In which captured packet the event stood that waited for this. On the wire only the number ties the two together.");
pub(super) static ROUND_TRIP: Field = field("round_trip", "answered after", Unit("µs"))
    .gist("")
    .spec("Socket.IO protocol §Acknowledgement")
    .explain("From the event to its answer, as the capture saw both: two ways through the network and the work that the other program did in between.");
pub(super) static ANSWERED_EVENT: Field = field("answered_event", "answers the event", Text)
    .spec("Socket.IO protocol §Acknowledgement")
    .explain("The name of the event with this number. The answer itself does not repeat it.");
pub(super) static ATTACHMENT_NUMBER: Field = field("attachment_number", "attachment", Dec)
    .gist("attachment ")
    .spec("Socket.IO protocol §Packet encoding")
    .explain(
        "Which placeholder it fills: the one whose \"num\" is this. It stands nowhere in the bytes; they are counted.",
    );
pub(super) static ATTACHMENT_OF: Field = field("attachment_of", "belongs to packet", Dec)
    .gist("of packet ")
    .spec("Socket.IO protocol §Packet encoding")
    .explain("The captured packet that announced it. The event reaches the program only when all its bytes are here.");
pub(super) static COMPLETE: Field = field("complete", "put together", Text)
    .gist_as(GistForm::Plain, "")
    .spec("Socket.IO protocol §Packet encoding")
    .explain("The array with the bytes back in their places, as the program gets it now.");

/// Events that wait for answers, of each side.
const MAX_WAITING: usize = 16;
/// Bytes of a name, and of an array with placeholders, that are remembered.
const MAX_NAME: usize = 64;
const MAX_DATA: usize = 16 * 1024;
/// Bytes of an attachment that are shown in its place, and attachments that are shown so.
const MAX_BYTES: usize = 8;
const MAX_PIECES: usize = 16;

/// Name of what is put aside: the array whose bytes have not all come.
const ARRAY: &str = "socket_io array";

/// Events of both sides that wait for answers. In a session of HTTP requests the answer may come in another connection.
#[derive(Default)]
struct Events {
    waiting: [VecDeque<Waiting>; 2],
}

#[derive(Default)]
struct Memory {
    announced: [Option<Announced>; 2],
}

struct Waiting {
    namespace: Vec<u8>,
    id: u64,
    event: Vec<u8>,
    packet: u64,
    time: u64,
}

/// A packet whose bytes have not all come.
struct Announced {
    packet: u64,
    count: u64,
    seen: u64,
    pieces: Vec<(Vec<u8>, usize)>,
}

/// An event wants an answer under this number.
pub(super) fn asked(r: &mut Reader<'_>, namespace: &[u8], id: u64, event: &[u8]) {
    let (time, packet) = (r.packet().time.unwrap_or(0), r.packet().number);
    let Some(talk) = r.talk() else { return };
    let side = talk.side.index();
    let short = |bytes: &[u8]| bytes.get(..MAX_NAME).unwrap_or(bytes).to_vec();
    let new = Waiting { namespace: short(namespace), id, event: short(event), packet, time };
    talk.common(|events: &mut Events| {
        let waiting = &mut events.waiting[side];
        if waiting.len() == MAX_WAITING {
            waiting.pop_front();
        }
        waiting.push_back(new);
    });
}

/// An answer: to which event.
pub(super) fn answered(r: &mut Reader<'_>, namespace: &[u8], id: u64) {
    let time = r.packet().time.unwrap_or(0);
    let Some(talk) = r.talk() else { return };
    let other = talk.side.other().index();
    let namespace = namespace.get(..MAX_NAME).unwrap_or(namespace);
    let event = talk.common(|events: &mut Events| {
        let waiting = &mut events.waiting[other];
        let at = waiting.iter().position(|w| w.id == id && w.namespace == namespace)?;
        waiting.remove(at)
    });
    let Some(event) = event else { return };
    r.note(&OF, event.packet);
    r.note(&ROUND_TRIP, time.saturating_sub(event.time) / 1000);
    let at = r.span(0);
    r.made(&ANSWERED_EVENT, at, |out| out.extend_from_slice(&event.event));
}

/// A packet says that `count` binary messages follow.
pub(super) fn announced(r: &mut Reader<'_>, count: u64, data: &[u8]) {
    let packet = r.packet().number;
    let Some(talk) = r.talk() else { return };
    let side = talk.side;
    let announced = Announced { packet, count, seen: 0, pieces: Vec::new() };
    talk.memory::<Memory>().announced[side.index()] = (count > 0).then_some(announced);
    talk.store(ARRAY, side, if count > 0 && data.len() <= MAX_DATA { data.to_vec() } else { Vec::new() });
}

/// Whether a binary message of this side belongs to a packet before it.
pub(super) fn expects_attachment(r: &mut Reader<'_>) -> bool {
    current(r).is_some()
}

fn current<'t>(r: &'t mut Reader<'_>) -> Option<&'t mut Option<Announced>> {
    let talk = r.talk()?;
    let side = talk.side.index();
    talk.recall::<Memory>()?.announced.get_mut(side).filter(|a| a.is_some())
}

/// Notes which attachment comes now.
pub(super) fn attachment_of(r: &mut Reader<'_>) {
    let Some(Some(announced)) = current(r) else { return };
    let (number, packet) = (announced.seen, announced.packet);
    r.note(&ATTACHMENT_NUMBER, number);
    r.note(&ATTACHMENT_OF, packet);
}

/// The attachment is here; the last one completes the packet.
pub(super) fn attached(r: &mut Reader<'_>, bytes: &[u8]) {
    let Some(place) = current(r) else { return };
    let Some(announced) = place else { return };
    announced.seen += 1;
    if announced.pieces.len() < MAX_PIECES {
        announced.pieces.push((bytes.get(..MAX_BYTES).unwrap_or(bytes).to_vec(), bytes.len()));
    }
    if announced.seen < announced.count {
        return;
    }
    let whole = place.take();
    let array = r.talk().and_then(|talk| talk.fetch(ARRAY, talk.side));
    let (Some(whole), Some(array)) = (whole, array) else { return };
    let at = r.span(0);
    r.made(&COMPLETE, at, |out| whole.put_together(&array, out));
}

impl Announced {
    /// Writes the array; where a placeholder stands, `<4 bytes: 01 02 03 04>`.
    fn put_together(&self, array: &[u8], out: &mut Vec<u8>) {
        const BEGIN: &[u8] = b"{\"_placeholder\":true,\"num\":";
        let mut rest = array;
        while let Some(at) = memchr::memmem::find(rest, BEGIN) {
            let (before, behind) = rest.split_at(at);
            let number = behind.get(BEGIN.len()..).unwrap_or(&[]);
            let digits = number.iter().take_while(|b| b.is_ascii_digit()).count();
            let piece =
                std::str::from_utf8(number.get(..digits).unwrap_or(&[])).ok().and_then(|n| n.parse::<usize>().ok());
            let known = piece.and_then(|n| self.pieces.get(n)).filter(|_| number.get(digits) == Some(&b'}'));
            out.extend_from_slice(before);
            let Some((bytes, length)) = known else {
                out.extend_from_slice(BEGIN);
                rest = number;
                continue;
            };
            // Writing to memory cannot fail.
            _ = write!(out, "<{length} byte{}:", if *length == 1 { "" } else { "s" });
            for byte in bytes {
                _ = write!(out, " {byte:02x}");
            }
            out.extend_from_slice(if bytes.len() < *length { " …>".as_bytes() } else { b">" });
            rest = number.get(digits + 1..).unwrap_or(&[]);
        }
        out.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stand_where_their_placeholders_stood() {
        let data = b"[\"a\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":9}]";
        let pieces = vec![(vec![1], 1), (vec![2; MAX_BYTES], 300)];
        let announced = Announced { packet: 1, count: 2, seen: 2, pieces };
        let mut out = Vec::new();
        announced.put_together(data, &mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            "[\"a\",<300 bytes: 02 02 02 02 02 02 02 02 …>,<1 byte: 01>,{\"_placeholder\":true,\"num\":9}]"
        );
    }
}
