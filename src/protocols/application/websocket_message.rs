//! The message that WebSocket frames make: pieces joined (RFC 6455 §5.4), compression undone (RFC 7692 §7.2.2), and
//! handed on to what is spoken over it. Not here: the frames (`websocket`), what they say of each other (`websocket_talk`).

use super::engine_io;
use super::websocket::{BINARY, CONTINUATION, TEXT};
use super::websocket_deflate::{Inflater, MAX_SHOWN, Trouble};
use super::websocket_rules::BAD_UTF8;
use super::websocket_talk::{Memory, Open, Seen};
use crate::dissect::{
    Field, GistForm, Reader,
    Show::{Bytes, Nothing, Text, Unit},
    Span, Talk, field,
};

pub(super) static FRAMES: Field = field("frames", "put together from", Unit("frames"))
    .gist("frames=")
    .spec("RFC 6455 §5.4")
    .explain("How many pieces the message came in. Programs never learn of it: proxies may cut and join as they like.");
pub(super) static RATIO: Field = field("ratio", "size on the wire", Unit("% of the message"))
    .gist("")
    .spec("RFC 7692 §7")
    .explain("How much is left after compression. Short messages shrink only because they may point back to earlier ones; without that memory they can even grow.");
pub(super) static MESSAGE: Field = field("message", "message", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 6455 §5.4, RFC 7692 §7.2.2")
    .explain("What the program on the other side receives: mask off, pieces joined, compression undone.");
pub(super) static MESSAGE_BYTES: Field = field("message_bytes", "message", Bytes)
    .spec("RFC 6455 §5.6, RFC 7692 §7.2.2")
    .explain("The whole binary message as the receiving program gets it; only that program knows what the bytes mean.");
pub(super) static TOO_MUCH: Field = field("too_much", "more than is shown", Nothing)
    .gist("more than is shown")
    .spec("RFC 7692 §8, layercake")
    .explain("The message is longer than layercake keeps. A few bytes can unpack to gigabytes; careful receivers set a limit before they begin.");
pub(super) static BROKEN: Field = field("broken_deflate", "does not unpack", Nothing)
    .gist("broken compression")
    .spec("RFC 7692 §7.2.2, RFC 1951")
    .explain(
        "Bit 1 said that the message is compressed, but these bytes are no DEFLATE. The receiver fails the connection.",
    );
pub(super) static LOST: Field = field("lost_context", "needs what was not seen", Nothing)
    .gist("needs earlier messages")
    .spec("RFC 7692 §7.1.1")
    .explain("It points back to earlier messages that could not be read here. With \"no_context_takeover\" each message could be read by itself.");

/// Names of what is put aside.
const PIECES: &str = "websocket pieces";
const WINDOW: &str = "websocket window";
/// Most bytes of a message in pieces that are kept.
const MAX_KEPT: usize = 256 * 1024;

/// Takes a data frame's bytes, mask off, into its message; notes the message where it is complete. `at` is where
/// the bytes stand; `whole` says that all of them are there.
pub(super) fn heard(r: &mut Reader<'_>, seen: Seen, compressed: bool, whole: bool, bytes: Vec<u8>, at: Span) {
    let Some(talk) = r.talk() else { return };
    let side = talk.side;
    let pieces = if seen.opcode == CONTINUATION { talk.fetch(PIECES, side) } else { None };
    let memory = talk.memory::<Memory>();
    let speaker = &mut memory.sides[side.index()];
    let mut open = match (seen.opcode, speaker.open.take()) {
        (CONTINUATION, Some(open)) => open,
        (CONTINUATION, None) => return,
        (opcode, _) => Open { opcode, compressed, ..Open::default() },
    };
    open.frames += 1;
    open.torn |= !whole || pieces.as_ref().map_or(0, Vec::len) != open.aside;
    let message = if open.frames == 1 {
        bytes
    } else {
        let mut message = pieces.unwrap_or_default();
        let room = MAX_KEPT.saturating_sub(message.len());
        open.torn |= bytes.len() > room;
        message.extend(bytes.into_iter().take(room));
        message
    };
    if !seen.fin {
        open.aside = message.len();
        speaker.open = Some(open);
        talk.store(PIECES, side, message);
    } else if open.compressed {
        let (text, trouble) = inflate(talk, &open, &message);
        note(r, &open, message.len(), &text, trouble, at);
    } else if open.frames > 1 {
        let trouble = (open.torn || message.len() > MAX_SHOWN).then_some(Trouble::TooMuch);
        note(r, &open, message.len(), message.get(..MAX_SHOWN).unwrap_or(&message), trouble, at);
    } // else it is shown as the frame that it is
}

fn inflate(talk: &mut Talk, open: &Open, message: &[u8]) -> (Vec<u8>, Option<Trouble>) {
    let side = talk.side;
    let window = talk.fetch(WINDOW, side);
    let memory = talk.memory::<Memory>();
    let takeover = memory.deflate.is_none_or(|d| d.takeover[side.index()]);
    if !memory.opened {
        // Where the memory of the compression begins is unknown: it works for messages that point nowhere back.
        let (text, trouble) = Inflater::default().inflate(message, false);
        return (text, trouble.map(|t| if t == Trouble::Broken { Trouble::Lost } else { t }));
    }
    let inflater = &mut memory.sides[side.index()].inflater;
    inflater.take_back(window);
    if open.torn {
        inflater.lose();
    }
    let read = if open.torn { (Vec::new(), Some(Trouble::Lost)) } else { inflater.inflate(message, takeover) };
    let window = inflater.put_aside();
    talk.store(WINDOW, side, window);
    read
}

fn note(r: &mut Reader<'_>, open: &Open, wire: usize, shown: &[u8], trouble: Option<Trouble>, at: Span) {
    if open.frames > 1 {
        r.note(&FRAMES, open.frames);
    }
    if open.compressed && trouble.is_none() && !shown.is_empty() {
        r.note(&RATIO, (wire as u64 * 100).div_ceil(shown.len() as u64));
    }
    match trouble {
        None => {}
        Some(Trouble::TooMuch) => r.note(&TOO_MUCH, 1),
        Some(Trouble::Broken) => r.note(&BROKEN, 1),
        Some(Trouble::Lost) => r.note(&LOST, 1),
    }
    if open.opcode == TEXT && trouble.is_none() && std::str::from_utf8(shown).is_err() {
        r.note(&BAD_UTF8, 1);
    }
    if shown.is_empty() {
        return;
    }
    let field = if open.opcode == TEXT { &MESSAGE } else { &MESSAGE_BYTES };
    r.made(field, at, |out| out.extend_from_slice(shown));
    if trouble.is_none() {
        inside(r, open.opcode, shown);
    }
}

/// Who reads the message that was noted last.
pub(super) fn inside(r: &mut Reader<'_>, opcode: u64, message: &[u8]) {
    let speaks = match opcode {
        TEXT => engine_io::over_text(r, message),
        BINARY => engine_io::over_binary(r, message),
        _ => None,
    };
    if let Some(protocol) = speaks {
        r.inside(protocol);
    }
}
