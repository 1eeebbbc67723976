//! The headers of HTTP/2, RFC 9113 §6.2 and §8.3: what was a first line is now headers whose names begin with a colon.
//! Not here: how they are squeezed (`hpack`).

use super::http_coding::Coding;
use super::http2::{END_HEADERS, END_STREAM, Frame};
use super::http2_body::{self, Body};
use super::http2_streams::Memory;
use super::{dns_over_https, hpack::Found, http_exchange, http_headers::is_text, http_status};
use crate::dissect::{
    Cut, Field, GistForm, Reader,
    Show::{Bytes, Dec, Names, Nothing, Text, Unit},
    Span, field,
};

pub(super) static EXCLUSIVE: Field = field("exclusive", "alone under its parent", Dec)
    .spec("RFC 7540 §5.3.1")
    .explain(
        "With 1 the stream wanted to be the only one that depends on its parent. Given up with the rest of the scheme.",
    )
    .quiet();
pub(super) static DEPENDS_ON: Field = field("depends_on", "after stream", Dec)
    .spec("RFC 7540 §5.3.1")
    .explain("The stream that should be served first. Browsers and servers never agreed, and RFC 9113 dropped it; it is still sent.");
pub(super) static WEIGHT: Field = field("weight", "share", Unit("of 256"))
    .spec("RFC 7540 §5.3.2")
    .explain("How much of the connection this stream should get, beside others that wait for the same one.");
pub(super) static METHOD: Field = field("method", "method", Text).gist("").tells().spec("RFC 9113 §8.3.1").explain(
    "What is to be done, as in HTTP/1; on the wire GET is one byte, for it stands in the table that both ends know.",
);
pub(super) static SCHEME: Field = field("scheme", "scheme", Text).spec("RFC 9113 §8.3.1").explain(
    "What stands before the colon of the address. A proxy needs it to know whether the question came encrypted.",
);
pub(super) static PATH: Field = field("path", "what", Text)
    .gist("")
    .tells()
    .spec("RFC 9113 §8.3.1")
    .explain("Which resource on the server is meant, with the query behind it; never empty, \"/\" is the least.");
pub(super) static AUTHORITY: Field = field("authority", "host", Text)
    .gist("host=")
    .tells().spec("RFC 9113 §8.3.1")
    .explain("Takes the place of the Host header. One connection may ask for several names, if the server's certificate covers them.");
pub(super) static STATUS: Field = field("status", "status", Names(http_status::CODES))
    .gist_as(GistForm::Numbered, "")
    .spec("RFC 9113 §8.3.2")
    .explain("How it went. The words that HTTP/1 put behind it are gone: no program ever read them.");
pub(super) static HEADER: Field = field("header", "header", Text).tells().spec("RFC 9113 §8.2").explain(
    "A remark about the message. Names are in small letters now, and one that came before costs a byte or two.",
);
pub(super) static ANSWERS: Field = field("answers", "answers packet", Dec)
    .gist("to packet ")
    .spec("RFC 9113 §5")
    .explain("Where the question on this stream was asked. The number of the stream ties them together, so answers may come in any order.");
pub(super) static FRAGMENT: Field = field("fragment", "part of the headers", Bytes)
    .spec("RFC 9113 §4.3")
    .explain("Headers that did not fit into one frame. They can only be read when the last part is there, and nothing may come in between.");
pub(super) static UNKNOWN: Field = field("unknown_header", "said before the capture", Nothing)
    .gist("header said before the capture")
    .spec("RFC 7541 §2.3.2")
    .explain("The byte points to something said earlier on this connection, and this capture began later: nobody can know any more what it was.");
pub(super) static BROKEN: Field = field("broken_block", "headers that cannot be read", Nothing)
    .gist("headers cannot be read")
    .spec("RFC 7541 §2.2, RFC 9113 §4.3")
    .explain("The tables of both ends have parted for good, so the receiver must close the connection with COMPRESSION_ERROR.");

pub(super) static ENDLESS: Field = field("headers_without_end", "headers that do not end", Unit("frames"))
    .gist("headers do not end, frames=")
    .spec("RFC 9113 §6.10, §10.5.1")
    .explain("So many CONTINUATION frames, and still no END_HEADERS. Until it comes nothing else may be said, and all of it must be kept: servers that did not count could be brought down by one connection.");

/// Frames of one block beyond which a receiver should hang up.
const MAX_CONTINUATIONS: u64 = 32;
/// Most headers of one block that are shown.
const MAX_HEADERS: usize = 256;

/// What the headers said that others need.
#[derive(Default)]
struct Said {
    count: usize,
    method: bool,
    status: Option<u16>,
    body: Body,
}

/// Takes the five bytes of a priority (RFC 7540 §6.3).
pub(super) fn priority(r: &mut Reader<'_>) -> Result<(), Cut> {
    let parent = r.raw::<4>()?;
    r.part(&EXCLUSIVE, parent, 0..1);
    r.part(&DEPENDS_ON, parent, 1..32);
    let at = r.span(1);
    let weight = r.raw::<1>()?.value + 1;
    r.note_at(&WEIGHT, at, weight);
    Ok(())
}

/// Takes the headers that begin here; those that are not complete are kept.
pub(super) fn block(r: &mut Reader<'_>, frame: Frame, memory: &mut Memory, side: usize) -> Result<(), Cut> {
    let (bytes, start) = (r.rest(), r.position());
    if frame.flags & END_HEADERS == 0 {
        memory.open[side].begun = Some(frame);
        memory.open[side].bytes.clear();
        memory.open[side].frames = 0;
        memory.open[side].keep(bytes);
        r.all(&FRAGMENT);
        return Ok(());
    }
    read(r, bytes, &|at| Span::new(start + at.start, start + at.end), frame, memory, side);
    r.skip(bytes.len());
    Ok(())
}

/// Takes a part of headers that began in another frame, and reads them where it is the last one.
pub(super) fn goes_on(r: &mut Reader<'_>, frame: Frame, memory: &mut Memory, side: usize) -> Result<(), Cut> {
    let at = r.span(r.left());
    let open = &mut memory.open[side];
    open.frames = open.frames.saturating_add(1);
    if !open.keep(r.rest()) || open.frames > MAX_CONTINUATIONS {
        r.note(&ENDLESS, open.frames);
    }
    r.all(&FRAGMENT);
    let Some(begun) = memory.open[side].begun.filter(|b| frame.flags & END_HEADERS != 0 && b.kind != frame.kind) else {
        return Ok(());
    };
    let bytes = std::mem::take(&mut memory.open[side].bytes);
    memory.open[side].begun = None;
    read(r, &bytes, &|_| at, begun, memory, side);
    Ok(())
}

/// Notes the headers of a complete block, and to what they answer.
fn read(
    r: &mut Reader<'_>,
    bytes: &[u8],
    place: &dyn Fn(std::ops::Range<usize>) -> Span,
    frame: Frame,
    memory: &mut Memory,
    side: usize,
) {
    let mut said = Said::default();
    let outcome = memory.tables[side].decode(bytes, |found| {
        said.count += 1;
        if said.count <= MAX_HEADERS {
            header(r, place(found.at.clone()), found, &mut said);
        }
    });
    if outcome.is_err() && frame.whole {
        r.note(&BROKEN, 1);
    }
    let (packet, time) = (r.packet().number, r.packet().time);
    if said.method {
        memory.asked(frame.stream, packet, time);
    } else if let Some(status) = said.status
        && let Some((packet, time)) = memory.answered(frame.stream, status >= 200)
    {
        http_exchange::note(r, &ANSWERS, packet, time);
    }
    if said.method || said.status.is_some() {
        memory.set_body(frame.stream, side, said.body);
    }
    if frame.flags & END_STREAM != 0 {
        http2_body::end(r, frame, memory, side);
        if memory.ends(frame, side) {
            http2_body::forget(r, frame.stream);
        }
    }
}

fn header(r: &mut Reader<'_>, at: Span, found: &Found<'_>, said: &mut Said) {
    let value = found.value;
    let Some(name) = found.name else { return r.note_at(&UNKNOWN, at, 1) };
    let field = match name {
        b":method" => {
            said.method = true;
            &METHOD
        }
        b":scheme" => &SCHEME,
        b":path" => &PATH,
        b":authority" => &AUTHORITY,
        b":status" => match std::str::from_utf8(value).ok().and_then(|v| v.parse::<u16>().ok()) {
            Some(status) => {
                said.status = Some(status);
                return r.note_at(&STATUS, at, u64::from(status));
            }
            None => &HEADER,
        },
        _ => &HEADER,
    };
    match name {
        b"content-type" => {
            let kind = std::str::from_utf8(value).unwrap_or("");
            (said.body.text, said.body.dns) = (is_text(kind), dns_over_https::is_message(kind));
        }
        b"content-encoding" => said.body.coding = Coding::named(std::str::from_utf8(value).unwrap_or("?")),
        _ => {}
    }
    r.made(field, at, |out| {
        if field.key == HEADER.key {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
        }
        out.extend_from_slice(value);
    });
    if field.key == PATH.key {
        dns_over_https::query(r, at, value);
    }
}
