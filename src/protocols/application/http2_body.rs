//! Bodies of HTTP/2, RFC 9113 §8.1: DATA frames of one stream, put together at its end where they are packed or hold
//! a DNS message. Bounded; not here: how codings are undone (`http_coding`).

use super::dns_over_https::{self as doh, MESSAGE};
use super::http_body::{BAD_CODING, DECODED, DECODED_TEXT, DECODED_TOO_LONG};
use super::http_coding::{Coding, Outcome, decode};
use super::http2::{END_STREAM, Frame};
use super::http2_streams::Memory;
use crate::dissect::{
    Field, Reader,
    Show::{Bytes, Text},
    Side, Span, field,
};

pub(super) static DATA_BYTES: Field = field("data", "data", Bytes)
    .spec("RFC 9113 §6.1")
    .explain("A piece of the body. Only this kind of frame is held back by windows; headers always get through.");
pub(super) static DATA_TEXT: Field = field("data_text", "data", Text)
    .spec("RFC 9113 §6.1")
    .explain("A piece of the body of this stream; its headers called it text, and it is not compressed.");

/// Longest body that is put together.
const MAX_BODY: usize = 256 * 1024;
/// Under this name and the stream's number bodies are kept.
const STORE: &str = "http2 body";

/// What the headers of a stream said about the body that one side sends.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Body {
    /// Its content type can be read by people.
    pub text: bool,
    /// Its content type is that of a DNS message.
    pub dns: bool,
    /// How it was packed.
    pub coding: Coding,
    /// Bytes that were kept of it.
    pub kept: usize,
    /// It is longer than is kept.
    pub too_long: bool,
}

impl Body {
    fn is_plain(self) -> bool {
        !self.dns && matches!(self.coding, Coding::Identity | Coding::Other)
    }
}

/// Takes the content of a DATA frame.
pub(super) fn data(r: &mut Reader<'_>, frame: Frame, memory: &mut Memory, side: usize) {
    let body = memory.body(frame.stream, side).copied().unwrap_or_default();
    let at = r.span(r.left());
    let plain = body.text && body.coding.is_identity();
    let bytes = r.all(if plain { &DATA_TEXT } else { &DATA_BYTES });
    if body.is_plain() {
        return;
    }
    let Some(body) = memory.body(frame.stream, side) else { return };
    let Some(mut whole) = fetch(r, frame, body) else { return };
    if whole.len() + bytes.len() > MAX_BODY {
        body.too_long = true;
        r.note(&DECODED_TOO_LONG, 1);
        return;
    }
    whole.extend_from_slice(bytes);
    body.kept = whole.len();
    if frame.flags & END_STREAM != 0 && frame.whole {
        unpack(r, *body, at, &whole);
    } else if let Some(talk) = r.talk() {
        talk.store_of(STORE, frame.stream, talk.side, whole);
    }
}

/// The stream ends with headers behind its body.
pub(super) fn end(r: &mut Reader<'_>, frame: Frame, memory: &mut Memory, side: usize) {
    if let Some(body) = memory.body(frame.stream, side).filter(|b| b.kept > 0)
        && let Some(whole) = fetch(r, frame, body)
    {
        let at = r.span(r.left());
        unpack(r, *body, at, &whole);
    }
}

/// The stream is over: what was kept of its bodies goes.
pub(super) fn forget(r: &mut Reader<'_>, stream: u64) {
    if let Some(talk) = r.talk() {
        talk.fetch_of(STORE, stream, Side::Client);
        talk.fetch_of(STORE, stream, Side::Server);
    }
}

/// What was kept of the body; `None` where some of it had to be given up.
fn fetch(r: &mut Reader<'_>, frame: Frame, body: &Body) -> Option<Vec<u8>> {
    let kept = r.talk().and_then(|talk| talk.fetch_of(STORE, frame.stream, talk.side)).unwrap_or_default();
    (kept.len() == body.kept && !body.too_long).then_some(kept)
}

/// Notes the body as it was before it was packed, and lets DNS read it.
fn unpack(r: &mut Reader<'_>, body: Body, at: Span, whole: &[u8]) {
    let Some((text, outcome)) = decode(body.coding, whole) else {
        if let Some(protocol) = doh::speaks(body.dns && body.coding.is_identity(), whole) {
            r.made(&MESSAGE, at, |out| out.extend_from_slice(whole));
            r.inside(protocol);
        }
        return;
    };
    if !text.is_empty() {
        r.made(if body.text { &DECODED_TEXT } else { &DECODED }, at, |out| out.extend_from_slice(&text));
        if let Some(protocol) = doh::speaks(body.dns, &text) {
            r.inside(protocol);
        }
    }
    match outcome {
        Outcome::TooLong => r.note(&DECODED_TOO_LONG, 1),
        Outcome::Bad => r.note(&BAD_CODING, 1),
        Outcome::Whole | Outcome::Cut => {}
    }
}
