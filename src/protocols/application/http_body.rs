//! The body of an HTTP/1.x message, RFC 9112 §6 and §7: as long as the head says, or in chunks with trailers behind
//! them; unpacked where it was compressed. Not here: where the message ends in the stream (`http_framing`).

use super::http::{Head, line};
use super::http_coding::{Outcome, decode};
use super::{dns_over_https, engine_io_polling};
use crate::dissect::{
    Cut, Field, Protocol, Reader,
    Show::{Bytes, Nothing, Text, Unit},
    Span, field,
};

pub(super) static CHUNK_SIZE: Field = field("chunk_size", "next piece", Unit("bytes"))
    .spec("RFC 9112 §7.1")
    .explain("Written in hexadecimal before each piece: the server may send what it has and need not know the whole. Zero means that nothing follows.");
pub(super) static CHUNK_EXTENSION: Field =
    field("chunk_extension", "remark on the piece", Text).spec("RFC 9112 §7.1.1").explain(
        "Behind the size anything may be said about the piece. Nearly nobody does, and whoever does not know it skips it.",
    );
pub(super) static CHUNK: Field = field("chunk", "piece", Bytes)
    .spec("RFC 9112 §7.1")
    .explain("As many bytes as its size said. Where pieces are cut means nothing: a proxy may cut them anew.")
    .quiet();
pub(super) static TRAILER: Field = field("trailer", "trailer", Text).spec("RFC 9110 §6.5").explain(
    "A header that comes after the body, for what only turns out while sending it: a checksum, how long it took.",
);
pub(super) static BAD_CHUNK: Field = field("bad_chunk", "no chunk size", Nothing)
    .gist("no chunk size")
    .spec("RFC 9112 §7.1")
    .explain("Where the size of the next piece should stand is something else. Whoever guesses here can be made to see another message than the next server.");
pub(super) static BODY: Field = field("body", "body", Bytes)
    .spec("RFC 9112 §6")
    .explain("What the head talks about, or the beginning of it; the head says how long it is and how to read it.");
pub(super) static BODY_TEXT: Field = field("body_text", "body", Text)
    .tells()
    .spec("RFC 9112 §6")
    .explain("What the head talks about, or the beginning of it; by its content type it is text.");
pub(super) static DECODED: Field = field("decoded", "unpacked", Bytes)
    .spec("RFC 9110 §8.4.1")
    .explain("The body as it was before the server packed it. Content-Length counts the packed bytes.");
pub(super) static DECODED_TEXT: Field = field("decoded_text", "unpacked", Text)
    .tells().spec("RFC 9110 §8.4.1")
    .explain("The body as it was before it was packed; text shrinks to a third or less, which is why nearly all pages travel so.");
pub(super) static DECODED_TOO_LONG: Field = field("decoded_too_long", "longer than is unpacked", Nothing)
    .gist("unpacks to more than is shown")
    .spec("RFC 9110 §17.6")
    .explain("There is more, but layercake stops: a few thousand bytes can unfold to gigabytes, and a receiver without a limit dies of it (a \"zip bomb\").");
pub(super) static BAD_CODING: Field = field("bad_coding", "not packed as it says", Nothing)
    .gist("cannot be unpacked")
    .spec("RFC 9110 §8.4")
    .explain("The bytes are not what Content-Encoding calls them; a browser shows an error instead of the page.");

/// Most pieces that are shown one by one; all are joined.
const MAX_SHOWN: usize = 128;
/// Most bytes that are joined.
const MAX_JOINED: usize = 256 * 1024;

/// Takes what of the body is here. `none`: it has no body, whatever the head says.
pub(super) fn read(r: &mut Reader<'_>, head: &Head, none: bool) -> Result<(), Cut> {
    let here = r.left();
    let length = match (head.answer, head.length) {
        _ if none => 0,
        _ if head.chunked => return chunked(r, head),
        (true, _) if head.transfer_encoding => here,
        (_, Some(length)) => usize::try_from(length).unwrap_or(here).min(here),
        (true, None) => here, // ends with the connection
        (false, None) => 0,
    };
    if length > 0 {
        let at = r.span(length);
        let plain = head.text && head.coding.is_identity();
        let field = if plain { &BODY_TEXT } else { &BODY };
        let wire = r.rest().get(..length).unwrap_or(&[]);
        if let Some(protocol) = inner(head, wire).filter(|_| head.coding.is_identity()) {
            r.made(field, at, |out| out.extend_from_slice(wire));
            r.inside(protocol);
            r.skip(length);
            return Ok(());
        }
        let bytes = r.bytes(field, length)?;
        decoded(r, head, at, bytes);
    }
    Ok(())
}

/// Who reads the body.
fn inner(head: &Head, body: &[u8]) -> Option<&'static Protocol> {
    dns_over_https::speaks(head.dns, body).or_else(|| engine_io_polling::speaks(head.engine_io, body))
}

/// Takes the pieces and what stands behind them.
fn chunked(r: &mut Reader<'_>, head: &Head) -> Result<(), Cut> {
    let (start, wire, mut shown, mut joined) = (r.position(), r.rest(), 0, 0);
    let outcome = loop {
        match chunk(r, shown < MAX_SHOWN) {
            Ok([]) => break trailers(r),
            Ok(bytes) => joined += bytes.len(),
            Err(cut) => break Err(cut),
        }
        shown += 1;
    };
    if joined > 0 {
        let at = Span::new(start, r.position());
        let plain = head.text && head.coding.is_identity();
        r.made(if plain { &BODY_TEXT } else { &BODY }, at, |out| join(wire, out));
        if !head.coding.is_identity() || head.engine_io.is_some() || head.dns {
            let mut body = Vec::new();
            join(wire, &mut body);
            match inner(head, &body).filter(|_| head.coding.is_identity()) {
                Some(protocol) => r.inside(protocol),
                None => decoded(r, head, at, &body),
            }
        }
    }
    outcome
}

/// Takes one piece; the last one is empty.
fn chunk<'a>(r: &mut Reader<'a>, show: bool) -> Result<&'a [u8], Cut> {
    let (length, end) = line(r)?;
    let text = r.rest().get(..length).unwrap_or(&[]);
    let digits = text.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let Some(size) = size(text) else {
        r.note(&BAD_CHUNK, 1);
        return Err(Cut);
    };
    let at = r.span(digits);
    if show {
        r.note_at(&CHUNK_SIZE, at, size);
    }
    r.skip(digits);
    if length > digits {
        if show {
            r.bytes(&CHUNK_EXTENSION, length - digits)?;
        } else {
            r.skip(length - digits);
        }
    }
    r.skip(end);
    if size == 0 {
        return Ok(&[]);
    }
    let here = usize::try_from(size).unwrap_or(usize::MAX).min(r.left());
    let bytes = r.rest().get(..here).unwrap_or(&[]);
    if show && here > 0 {
        let at = r.span(here);
        r.note_bytes(&CHUNK, at);
    }
    r.skip(here);
    if here == 0 {
        return Err(Cut);
    }
    r.skip(match r.rest() {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    });
    Ok(bytes)
}

/// Appends the pieces in `wire` to `out`, up to the last one or to where they make no sense.
fn join(mut wire: &[u8], out: &mut Vec<u8>) {
    let limit = out.len() + MAX_JOINED;
    while let Some((size, rest)) = memchr::memchr(b'\n', wire).and_then(|end| Some((size(wire)?, wire.get(end + 1..)?)))
    {
        let here = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
        let (piece, rest) = rest.split_at(here);
        if piece.is_empty() || out.len() + here > limit {
            return;
        }
        out.extend_from_slice(piece);
        let end = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            _ => 0,
        };
        wire = rest.get(end..).unwrap_or(&[]);
    }
}

/// The hexadecimal number that `text` begins with.
fn size(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    u64::from_str_radix(std::str::from_utf8(text.get(..digits)?).ok()?, 16).ok()
}

/// Takes the headers behind the last piece, up to an empty line.
fn trailers(r: &mut Reader<'_>) -> Result<(), Cut> {
    loop {
        let (length, end) = line(r)?;
        if length > 0 {
            r.bytes(&TRAILER, length)?;
        }
        r.skip(end);
        if length == 0 {
            return Ok(());
        }
    }
}

/// Notes the body as it was before it was packed.
fn decoded(r: &mut Reader<'_>, head: &Head, at: Span, bytes: &[u8]) {
    let Some((text, outcome)) = decode(head.coding, bytes) else { return };
    if !text.is_empty() {
        r.made(if head.text { &DECODED_TEXT } else { &DECODED }, at, |out| out.extend_from_slice(&text));
        if let Some(protocol) = inner(head, &text) {
            r.inside(protocol);
        }
    }
    match outcome {
        Outcome::TooLong => r.note(&DECODED_TOO_LONG, 1),
        Outcome::Bad => r.note(&BAD_CODING, 1),
        Outcome::Whole | Outcome::Cut => {}
    }
}
