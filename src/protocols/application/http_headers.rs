//! The headers of HTTP that decide how a message is read, and those of the WebSocket handshake.
//! Every other header is kept as the line it is.

use super::http::Head;
use super::http_coding::Coding;
use super::http_framing::ends_chunked;
use super::{dns_over_https, http2, websocket, websocket_handshake};
use crate::dissect::{
    Field, Reader,
    Show::{Text, Unit},
    Span, field,
};

pub(super) static HOST: Field = field("host", "host", Text).gist("host=").titles().tells().spec("RFC 9110 §7.2").explain(
    "Which website is meant. One machine with one address serves thousands; without it the server could only guess.",
);
pub(super) static CONTENT_TYPE: Field = field("content_type", "kind of content", Text)
    .spec("RFC 9110 §8.3")
    .explain("How the body is to be read: a page, a picture, JSON. File names do not count on the web.");
pub(super) static CONTENT_LENGTH: Field = field("content_length", "length of the body", Unit("bytes"))
    .spec("RFC 9110 §8.6")
    .explain("Where the body ends; on a connection that stays open the next message begins right behind it.");
pub(super) static TRANSFER_ENCODING: Field = field("transfer_encoding", "sent as", Text)
    .spec("RFC 9112 §6.1")
    .explain("Mostly \"chunked\": the body comes in pieces that each carry their length, for answers whose size is not known yet.");
pub(super) static CONTENT_ENCODING: Field = field("content_encoding", "compressed with", Text)
    .spec("RFC 9110 §8.4")
    .explain("How the body was made smaller; the receiver has to undo it before it can read.");
pub(super) static CONNECTION: Field = field("connection", "this connection", Text).spec("RFC 9110 §7.6.1").explain(
    "What holds for this one connection only: close it, keep it, or change its protocol. Proxies do not pass it on.",
);
pub(super) static UPGRADE: Field = field("upgrade", "change to", Text)
    .gist("upgrade=")
    .spec("RFC 9110 §7.8")
    .explain("The wish, or the consent, to go on in another protocol on this same connection. WebSocket begins so.");
pub(super) static EXPECT: Field = field("expect", "waits for a yes", Text)
    .spec("RFC 9110 §10.1.1")
    .explain("With \"100-continue\" the client holds its body back until the server has seen the head: nobody uploads a film only to hear that it may not.");
pub(super) static SEC_WEBSOCKET_KEY: Field = field("sec_websocket_key", "handshake key", Text)
    .spec("RFC 6455 §4.1")
    .explain("Sixteen random bytes in base64. Not a secret: the server must transform them, which proves that it speaks WebSocket and is no cache.");
pub(super) static SEC_WEBSOCKET_ACCEPT: Field =
    field("sec_websocket_accept", "handshake proof", Text).spec("RFC 6455 §4.2.2").explain(
        "The key with a fixed text behind it, hashed with SHA-1, in base64. If it does not fit, the client hangs up.",
    );
pub(super) static SEC_WEBSOCKET_VERSION: Field = field("sec_websocket_version", "WebSocket version", Text)
    .spec("RFC 6455 §4.1")
    .explain("Always 13: the draft that became the standard. A server that cannot speak it lists those that it can.");
pub(super) static SEC_WEBSOCKET_PROTOCOL: Field = field("sec_websocket_protocol", "what we will speak", Text)
    .spec("RFC 6455 §1.9")
    .explain("What the messages will mean: the client offers a list, the server picks one. WebSocket itself only carries them.");
pub(super) static SEC_WEBSOCKET_EXTENSIONS: Field = field("sec_websocket_extensions", "extensions", Text)
    .spec("RFC 6455 §9.1")
    .explain("Changes to the frames themselves, mostly compression (permessage-deflate); both sides must agree before the first frame.");
pub(super) static HEADER: Field = field("header", "header", Text)
    .tells()
    .spec("RFC 9110 §5")
    .explain("A name, a colon and a value: a remark about the message that whoever does not know it may ignore.");

const TYPED: &[(&str, &Field)] = &[
    ("host", &HOST),
    ("content-type", &CONTENT_TYPE),
    ("content-length", &CONTENT_LENGTH),
    ("transfer-encoding", &TRANSFER_ENCODING),
    ("content-encoding", &CONTENT_ENCODING),
    ("connection", &CONNECTION),
    ("upgrade", &UPGRADE),
    ("expect", &EXPECT),
    ("sec-websocket-key", &SEC_WEBSOCKET_KEY),
    ("sec-websocket-accept", &SEC_WEBSOCKET_ACCEPT),
    ("sec-websocket-version", &SEC_WEBSOCKET_VERSION),
    ("sec-websocket-protocol", &SEC_WEBSOCKET_PROTOCOL),
    ("sec-websocket-extensions", &SEC_WEBSOCKET_EXTENSIONS),
];

/// Takes one line, all that the reader has. `false` where it is no header.
pub(super) fn header(r: &mut Reader<'_>, head: &mut Head) -> bool {
    let line = r.rest();
    let at = r.span(line.len());
    let split = memchr::memchr(b':', line).and_then(|colon| line.split_at_checked(colon));
    let Some((name, value)) = split.filter(|(name, _)| name.iter().all(u8::is_ascii_graphic) && !name.is_empty())
    else {
        r.all(&HEADER);
        return matches!(line.first(), Some(b' ' | b'\t')); // goes on from the line before
    };
    let value = value.get(1..).unwrap_or(&[]).trim_ascii();
    match TYPED.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes())) {
        Some((_, field)) => typed(r, field, at, value, head),
        None => _ = r.all(&HEADER),
    }
    true
}

/// Notes the value; it stands for the whole line, so that the line is shown once.
fn typed(r: &mut Reader<'_>, field: &'static Field, at: Span, value: &[u8], head: &mut Head) {
    let text = std::str::from_utf8(value).unwrap_or("");
    if field.key == CONTENT_LENGTH.key {
        match text.parse::<u64>() {
            Ok(length) => {
                r.note_at(field, at, length);
                head.length = Some(length);
            }
            Err(_) => _ = r.all(&HEADER),
        }
        return;
    }
    match field.key {
        "transfer_encoding" => (head.transfer_encoding, head.chunked) = (true, ends_chunked(value)),
        "content_encoding" => head.coding = Coding::named(text),
        "content_type" => (head.text, head.dns) = (is_text(text), dns_over_https::is_message(text)),
        "upgrade" if text.eq_ignore_ascii_case("websocket") => head.upgrade = Some(&websocket::PROTOCOL),
        "upgrade" if text.eq_ignore_ascii_case("h2c") => head.upgrade = Some(&http2::PROTOCOL),
        _ => {}
    }
    r.made(field, at, |out| out.extend_from_slice(value));
    websocket_handshake::header(r, field.key, value, head.status);
}

/// Whether a body of this content type can be read by people.
pub(super) fn is_text(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or("").trim().as_bytes();
    let begins = |with: &str| kind.get(..with.len()).is_some_and(|k| k.eq_ignore_ascii_case(with.as_bytes()));
    let ends = |with: &str| {
        kind.len().checked_sub(with.len()).is_some_and(|at| kind[at..].eq_ignore_ascii_case(with.as_bytes()))
    };
    let known = ["application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded"];
    begins("text/") || ends("+json") || ends("+xml") || known.iter().any(|k| kind.eq_ignore_ascii_case(k.as_bytes()))
}
