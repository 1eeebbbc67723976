//! What follows when both sides have agreed to go on encrypted (STARTTLS, AUTH TLS): bytes, and what they still tell.

use crate::dissect::{
    Field, Framing, Level, Next, Protocol,
    Show::{Bytes, Nothing, Unit},
    field,
};

/// Who reads what follows STARTTLS and AUTH TLS: a reader of TLS takes this place.
pub(super) static BEHIND_STARTTLS: &Protocol = &PROTOCOL;

static FROM_HERE: Field = field("from_here_on", "encrypted from here on", Nothing)
    .gist("encrypted from here on")
    .spec("RFC 3207 §4, RFC 4217 §4")
    .explain("Both sides agreed in the clear to change to TLS on the same connection. A machine in between could have removed the offer; so programs insist on it.");
static LENGTH: Field = field("length", "how much", Unit("bytes"))
    .gist("bytes=")
    .spec("RFC 8446 §5")
    .explain("Sizes, directions and times stay visible to everybody on the way; names, passwords and content do not.");
static BYTES: Field = field("bytes", "encrypted bytes", Bytes)
    .spec("RFC 8446 §5")
    .explain("TLS records or pieces of them: first a handshake, partly readable, then nothing that can be read without the keys.");

/// What follows an agreed change to TLS.
pub static PROTOCOL: Protocol = Protocol {
    key: "encrypted",
    name: "encrypted",
    level: Level::Application,
    explain: "The conversation goes on under TLS: who talks, when and how much is still visible, nothing else.",
    spec: "RFC 3207, RFC 4217",
    claims: &[],
    fields: &[&FROM_HERE, &LENGTH, &BYTES],
    read: |r| {
        r.note(&FROM_HERE, 1);
        r.note_at(&LENGTH, r.span(r.left()), r.left() as u64);
        r.all(&BYTES);
        Ok(Next::Data)
    },
    frame: Some(|bytes, _, _| Framing::Message(bytes.len())),
};
