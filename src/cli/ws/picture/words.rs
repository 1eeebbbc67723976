//! The words of a frame: what its bits say, what is wrong with it, what should be known about its kind.
//! Not here: which of them belong to a frame (`picture`).

use super::{From, capital, quoted};
use crate::dissect::Show;
use crate::protocols;
use crate::render::frame_bits::{Byte, Label, Part, Payload};
use crate::render::quantity::grouped;
use crate::websocket::{Anatomy, Broken, Incoming};

/// The name of an opcode.
pub(super) fn kind(opcode: u8) -> &'static str {
    match opcode {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        _ => "reserved",
    }
}

pub(super) fn title(frame: &Anatomy<'_>, payload: &Payload, number: u64, total: u64, by_client: bool) -> String {
    let which = if total > 1 { format!(" {number} of {total}") } else { String::new() };
    let way = match frame.masked() {
        None => return format!("WebSocket frame{which} · its first byte only"),
        Some(_) if by_client => "client → server",
        Some(_) => "server → client",
    };
    let here = frame.bytes.len() as u64;
    let size = match frame.missing {
        0 => plural(here, "byte"),
        // A length that cannot be meant is not worth a number of twenty digits.
        missing if frame.length.is_none() || missing > 1 << 40 => format!("the first {}", plural(here, "byte")),
        missing => format!("{} of {}", grouped(here), plural(here + missing, "byte")),
    };
    let inside = match std::str::from_utf8(&payload.plain) {
        _ if payload.plain.is_empty() || frame.missing > 0 => String::new(),
        Ok(text) if payload.text && payload.number.is_none() => {
            let unit = if text.chars().all(char::is_alphabetic) { "letter" } else { "character" };
            format!(" for {}", plural(text.chars().count() as u64, unit))
        }
        _ => {
            return format!(
                "WebSocket frame{which} · {way} · {size}, {} of them payload",
                grouped(payload.plain.len() as u64)
            );
        }
    };
    format!("WebSocket frame{which} · {way} · {size} on the wire{inside}")
}

fn plural(count: u64, unit: &str) -> String {
    format!("{} {unit}{}", grouped(count), if count == 1 { "" } else { "s" })
}

fn label(bits: usize, text: impl Into<String>) -> Label {
    Label { bits, text: text.into(), others: Vec::new() }
}

pub(super) fn bytes(frame: &Anatomy<'_>, from: From, deflate: bool) -> Vec<Byte> {
    let fin = match (frame.fin(), frame.opcode()) {
        (true, 8..) => "FIN 1: whole, control frames always are",
        (false, 8..) => "FIN 0: but a control frame never comes in pieces",
        (true, _) => "FIN 1: this is the last piece of the message",
        (false, _) => "FIN 0: more pieces of this message follow",
    };
    let rsv = match frame.rsv() {
        0 => "RSV 1-3 = 0: no extension (compression would set one)".to_owned(),
        4 if deflate => "RSV1 set: the message is compressed".to_owned(),
        n => format!("RSV 1-3 = {n:03b}: only an extension that both agreed on may set them"),
    };
    let others = |all: &[(u8, &str)]| {
        let words = all.iter().filter(|(code, _)| *code != frame.opcode());
        let words: Vec<String> = words.map(|(code, name)| format!("{:<9}", format!("{code:X} {name}"))).collect();
        words.concat().trim_end().to_owned()
    };
    let opcode = Label {
        bits: 4,
        text: format!("opcode {:X} = {}", frame.opcode(), kind(frame.opcode())),
        others: vec![
            others(&[(0, "more"), (1, "text"), (2, "binary")]),
            others(&[(8, "close"), (9, "ping"), (10, "pong")]),
        ],
    };
    let mut all = vec![Byte { value: frame.first, labels: vec![label(1, fin), label(3, rsv), opcode] }];
    if let Some(second) = frame.second {
        let mask = match (second & 0x80 != 0, from) {
            (true, From::Server) => "MASK 1: a server must not",
            (true, _) => "MASK 1: always, from a client",
            (false, From::Client) => "MASK 0: a client must set it",
            (false, _) => "MASK 0: always, from a server",
        };
        let length = match second & 0x7f {
            126 => "126: the length is in the next 2 bytes".to_owned(),
            127 => "127: the length is in the next 8 bytes".to_owned(),
            n => format!("length {n} (126, 127: see next 2 or 8 bytes)"),
        };
        all.push(Byte { value: second, labels: vec![label(1, mask), label(7, length)] });
    }
    all
}

pub(super) fn parts(frame: &Anatomy<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut part = |name, at: usize, bytes: &[u8], text: String| {
        if !bytes.is_empty() {
            parts.push(Part { name, at: at as u64, bytes: bytes.to_vec(), text });
        }
    };
    let length = frame.length.map_or_else(|| "cut".to_owned(), |length| format!("= {}", grouped(length)));
    part("length", 2, frame.extended, length);
    let cut = if frame.key.len() < 4 { "cut: it has 4 bytes" } else { "" };
    part("mask key", 2 + frame.extended.len(), frame.key, cut.to_owned());
    parts
}

pub(super) fn breach(broken: &Broken, frame: &Anatomy<'_>, by_client: bool) -> String {
    let who = if by_client { "server" } else { "client" };
    let pieces = match frame.missing {
        0 => "",
        _ => " It need not wait for the rest.",
    };
    format!(
        "{} ({}). A right {who} answers with a close frame, code {}, and hangs up.{pieces}",
        capital(broken.what),
        broken.rule,
        broken.code
    )
}

pub(super) fn missing(frame: &Anatomy<'_>) -> String {
    let verb = if frame.missing == 1 { "is" } else { "are" };
    let bytes = plural(frame.missing, "byte");
    match frame.length {
        None => format!("Cut inside the head: at least {bytes} {verb} missing."),
        Some(length) => format!(
            "{bytes} {verb} missing: the frame announces {} of payload, {} of them {} here.",
            plural(length, "byte"),
            grouped(frame.payload.len() as u64),
            if frame.payload.len() == 1 { "is" } else { "are" },
        ),
    }
}

pub(super) fn kind_note(frame: &Anatomy<'_>, pieces: u64) -> Option<String> {
    let text = match (frame.opcode(), frame.fin()) {
        (9, _) => {
            "A ping asks: are you there? The answer is a pong with the same bytes. Browsers answer by themselves; no page ever sees it."
        }
        (10, _) => "A pong answers a ping with its bytes. One that nobody asked for is a sign of life.",
        (1 | 2, false) => {
            "This begins a message: frames with opcode 0 go on with it, the last of them has FIN 1. A ping may come in between."
        }
        (0, false) => {
            return Some(format!("Piece {pieces} of its message; the first one said whether it is text or binary."));
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// What the code of a close means, in the words of the dissector.
pub(super) fn close_note(plain: &[u8]) -> Option<String> {
    let Some(code) = plain.first_chunk::<2>() else {
        let empty = "A close frame without a code: the program at the other end is told 1005, which is never sent.";
        return plain.is_empty().then(|| empty.to_owned());
    };
    let code = u64::from(u16::from_be_bytes(*code));
    let words = protocols::ALL.iter().find(|p| p.key == "websocket").and_then(|p| {
        let field = p.fields.iter().find(|field| field.key == "close_code")?;
        let Show::Names(names) = field.show else { return None };
        let name = names.iter().find(|name| name.value == code)?;
        Some(format!("Close code {code}, {}: {}", name.name, name.explain))
    });
    Some(words.unwrap_or_else(|| match code {
        3000..=3999 => format!("Close code {code}: registered by a library or framework with IANA."),
        4000..=4999 => format!("Close code {code}: what it means is between these two programs."),
        _ => format!("Close code {code} has no meaning that anybody agreed on."),
    }))
}

/// Says what a message is, where one frame alone does not show it.
pub(super) fn whole(message: &Incoming, pieces: u64, packed: bool, wire: usize) -> Option<String> {
    let (kind, size, words) = match message {
        Incoming::Text(text) => ("text", text.len(), format!(", \"{}\"", quoted(text))),
        Incoming::Binary(bytes) => ("binary", bytes.len(), String::new()),
        _ => return None,
    };
    match (pieces, packed) {
        (1, false) => None,
        (1, true) => Some(format!("Inflated: {kind}, {}{words}, from {wire}.", plural(size as u64, "byte"))),
        (n, _) => {
            let packed = if packed { " and inflated" } else { "" };
            Some(format!(
                "With this piece the message is whole{packed}: {n} pieces, {kind}, {}{words}.",
                plural(size as u64, "byte")
            ))
        }
    }
}
