//! The message that WebSocket frames make: pieces joined (RFC 6455 §5.4), compression undone (RFC 7692 §7.2.2), and
//! handed on to what is spoken over it. Not here: the frames (`websocket`), what they say of each other (`websocket_talk`).

use super::engine_io;
use super::websocket::{BAD_UTF8, BINARY, CONTINUATION, TEXT};
use super::websocket_deflate::{Inflater, MAX_SHOWN, Trouble};
use super::websocket_talk::{Memory, Open, Seen};
use crate::dissect::{
    Field, GistForm, Reader,
    Show::{Bytes, Nothing, Text, Unit},
    Span, field,
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

/// Most bytes of a message in pieces that are kept.
const MAX_KEPT: usize = 256 * 1024;

/// Takes a data frame's bytes, mask off, into its message; notes the message where it is complete. `at` is where
/// the bytes stand; `whole` says that all of them are there.
pub(super) fn heard(r: &mut Reader<'_>, seen: Seen, compressed: bool, whole: bool, bytes: Vec<u8>, at: Span) {
    let Some(talk) = r.talk() else { return };
    let side = talk.side.index();
    let memory = talk.memory::<Memory>();
    let takeover = memory.deflate.is_none_or(|d| d.takeover[side]);
    let opened = memory.opened;
    let speaker = &mut memory.sides[side];
    let mut open = match (seen.opcode, speaker.open.take()) {
        (CONTINUATION, Some(open)) => open,
        (CONTINUATION, None) => return,
        (opcode, _) => Open { opcode, compressed, ..Open::default() },
    };
    open.frames += 1;
    let room = MAX_KEPT.saturating_sub(open.bytes.len());
    open.torn |= !whole || bytes.len() > room && (!seen.fin || open.frames > 1);
    if open.frames == 1 && seen.fin {
        open.bytes = bytes;
    } else {
        open.bytes.extend(bytes.into_iter().take(room));
    }
    if !seen.fin {
        speaker.open = Some(open);
        return;
    }
    if !open.compressed && open.frames == 1 {
        return; // shown as the frame that it is
    }
    // Without the handshake it is unknown where the memory of the compression begins.
    let (text, trouble) = match open.compressed {
        true if open.torn => {
            speaker.inflater.lose();
            (Vec::new(), Some(Trouble::Lost))
        }
        true if !opened => Inflater::default().inflate(&open.bytes, false),
        true => speaker.inflater.inflate(&open.bytes, takeover),
        false => (Vec::new(), (open.torn || open.bytes.len() > MAX_SHOWN).then_some(Trouble::TooMuch)),
    };
    let shown = if open.compressed { &text } else { open.bytes.get(..MAX_SHOWN).unwrap_or(&open.bytes) };
    note(r, &open, opened, shown, trouble, at);
}

fn note(r: &mut Reader<'_>, open: &Open, opened: bool, shown: &[u8], trouble: Option<Trouble>, at: Span) {
    if open.frames > 1 {
        r.note(&FRAMES, open.frames);
    }
    if open.compressed && trouble.is_none() && !shown.is_empty() {
        r.note(&RATIO, (open.bytes.len() as u64 * 100).div_ceil(shown.len() as u64));
    }
    match trouble {
        None => {}
        Some(Trouble::TooMuch) => r.note(&TOO_MUCH, 1),
        Some(Trouble::Broken) if opened => r.note(&BROKEN, 1),
        Some(Trouble::Broken | Trouble::Lost) => r.note(&LOST, 1),
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
