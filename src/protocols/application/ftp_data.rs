//! FTP's second connection, RFC 959 §3: the file or the listing itself, nothing around it.
//! Recognised by what was agreed upon before on the control connection (`ftp`).

use super::dialogue;
use crate::dissect::{
    Cut, Field, Framing, GistForm, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Text, Unit},
    field,
};

static ANNOUNCED: Field = field("announced_in", "agreed upon in packet", Dec)
    .spec("layercake")
    .explain("The packet of the control connection that named this address and port. Nothing in this connection itself says what it is.");
static LENGTH: Field = field("length", "how much", Unit("bytes"))
    .gist("bytes=")
    .spec("RFC 959 §3.4.1")
    .explain("What this packet adds to the file. How long the whole will be FTP does not say, unless the client asked before (SIZE).");
static LINES: Field = field("text", "content", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 959 §3.1.1")
    .explain("A listing or a text as it is sent. For listings there was no rule for 30 years: clients guess what the columns mean.");
static BYTES: Field = field("bytes", "content", Bytes)
    .spec("RFC 959 §3.1.1")
    .explain("A piece of the file, without length or checksum: its end is the end of the connection, so a broken one looks like a short file.");

/// The File Transfer Protocol's data connection.
pub static PROTOCOL: Protocol = Protocol {
    key: "ftp_data",
    name: "FTP data",
    level: Level::Application,
    explain: "Carries one file or one listing of FTP and is closed; what it is was said on the other connection.",
    spec: "RFC 959 §3.2",
    claims: &[],
    fields: &[&ANNOUNCED, &LENGTH, &LINES, &BYTES],
    read,
    frame: Some(|bytes, _, _| Framing::Message(bytes.len())),
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    if let Some(packet) = r.talk().and_then(|talk| talk.announced) {
        r.note(&ANNOUNCED, packet);
    }
    r.note_at(&LENGTH, r.span(r.left()), r.left() as u64);
    let plain = dialogue::is_text(r.rest());
    r.all(if plain { &LINES } else { &BYTES });
    Ok(Next::Data)
}
