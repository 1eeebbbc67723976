//! The words of a frame's picture: what each bit says here, which rule is broken, what a message is once it is whole.
//! Both directions have a reader of their own, as both ends of a connection have.

use clap::ValueEnum;

use super::super::console::tame;
use crate::dissect::Show;
use crate::protocols;
use crate::render::frame_bits::{Byte, Fact, Label, Part, Payload, Picture};
use crate::render::quantity::grouped;
use crate::websocket::deflate::Agreement;
use crate::websocket::{Anatomy, Broken, Endpoint, Incoming, Limits, Role};

/// Who has sent a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum From {
    /// A browser, for example: has to mask
    Client,
    /// Must not mask
    Server,
    /// Whoever masks is the client
    Unknown,
}

/// Letters of a message that are quoted.
const QUOTED: usize = 60;

/// Reads frames one after another.
pub(super) struct Reader {
    from: From,
    deflate: bool,
    /// Who hears the client, and who hears the server.
    ears: [Ear; 2],
    /// Rows of payload that are shown.
    rows: usize,
    /// What masking is for was said already.
    told_mask: bool,
}

/// The end that hears one direction.
struct Ear {
    endpoint: Endpoint,
    /// The message that is under way: whether it is text, whether it is compressed, its pieces.
    under_way: Option<(bool, bool, u64)>,
    /// Why nothing more is heard.
    deaf: Option<&'static str>,
}

impl Ear {
    fn new(role: Role, deflate: bool) -> Self {
        let endpoint = Endpoint::new(role, Limits::default(), deflate.then(Agreement::default));
        Ear { endpoint, under_way: None, deaf: None }
    }

    /// What it makes of a frame.
    fn hear(&mut self, bytes: &[u8]) -> (Vec<Incoming>, Option<Broken>) {
        let mut heard = Vec::new();
        self.endpoint.receive(bytes);
        loop {
            match self.endpoint.next() {
                Ok(Some(message)) => heard.push(message),
                Ok(None) => break,
                Err(broken) => {
                    self.deaf =
                        Some("a frame before this one broke a rule: the connection has ended, nobody reads this");
                    return (heard, Some(broken));
                }
            }
        }
        if self.endpoint.is_closed() {
            self.deaf = Some("this side has said goodbye already: nothing may follow a close frame (RFC 6455 §5.5.1)");
        }
        (heard, None)
    }
}

impl Reader {
    pub(super) fn new(from: From, deflate: bool, rows: usize) -> Self {
        let ears = [Ear::new(Role::Server, deflate), Ear::new(Role::Client, deflate)];
        Reader { from, deflate, ears, rows, told_mask: false }
    }

    /// Whether the client has sent this frame.
    pub(super) fn by_client(&self, frame: &Anatomy<'_>) -> bool {
        by_client(self.from, frame)
    }

    /// Frame `number` of `total`, which stands behind `offset` bytes.
    pub(super) fn picture(&mut self, frame: &Anatomy<'_>, number: u64, total: u64, offset: u64) -> Picture {
        let by_client = self.by_client(frame);
        let ear = &mut self.ears[usize::from(!by_client)];
        let mut wrong = Vec::new();
        let mut notes = Vec::new();
        let (heard, broken) = match ear.deaf {
            Some(why) => {
                wrong.push(format!("{}.", capital(why)));
                (Vec::new(), None)
            }
            None => ear.hear(frame.bytes),
        };
        let control = frame.opcode() >= 8;
        let (text, packed, pieces) = match (frame.opcode(), ear.under_way) {
            (0, Some((text, packed, pieces))) => (text, packed, pieces + 1),
            (opcode, _) => (opcode == 1, self.deflate && frame.rsv() & 4 != 0, 1),
        };
        if !control {
            ear.under_way = (!frame.fin()).then_some((text, packed, pieces));
        }
        if let Some(broken) = broken {
            wrong.push(breach(&broken, frame, by_client));
        }
        if frame.missing > 0 {
            wrong.push(missing(frame));
        }
        let plain = frame.plain();
        if let Some(name) = kind_note(frame, pieces) {
            notes.push(name);
        }
        if frame.opcode() == 8 && (frame.missing == 0 || plain.len() >= 2) {
            notes.extend(close_note(&plain));
        }
        for message in &heard {
            notes.extend(whole(message, pieces, packed, plain.len()));
        }
        if frame.rsv() == 4 && !self.deflate && !control {
            notes.push("RSV1 means compressed where both sides agreed on permessage-deflate in the handshake (RFC 7692). If they did, add --deflate.".into());
        }
        if !frame.key.is_empty() && !std::mem::replace(&mut self.told_mask, true) {
            notes.push("The key travels in the same frame: anyone who sees the frame can read it.".into());
            notes.push("Masking keeps old proxies from mistaking your text for HTTP. It hides nothing.".into());
        }
        let payload = payload(frame, plain, text && !packed);
        let cut = payload.text && payload.number.is_none() && std::str::from_utf8(&payload.plain).is_err();
        if cut && wrong.is_empty() {
            notes.insert(
                0,
                "Dotted bytes belong to a character that is cut between two pieces: frames may, messages may not."
                    .into(),
            );
        }
        Picture {
            number,
            offset,
            title: title(frame, &payload, number, total, by_client),
            bytes: bytes(frame, self.from, self.deflate),
            parts: parts(frame),
            facts: facts(frame, &payload, by_client, broken.as_ref(), &heard),
            payload,
            rows: self.rows,
            wrong,
            notes,
        }
    }
}

pub(super) fn by_client(from: From, frame: &Anatomy<'_>) -> bool {
    match from {
        From::Client => true,
        From::Server => false,
        From::Unknown => frame.masked() != Some(false),
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

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

fn title(frame: &Anatomy<'_>, payload: &Payload, number: u64, total: u64, by_client: bool) -> String {
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

fn bytes(frame: &Anatomy<'_>, from: From, deflate: bool) -> Vec<Byte> {
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

fn parts(frame: &Anatomy<'_>) -> Vec<Part> {
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

fn payload(frame: &Anatomy<'_>, plain: Vec<u8>, text: bool) -> Payload {
    let close = frame.opcode() == 8;
    let number = plain.first_chunk::<2>().filter(|_| close).map(|code| (2, u64::from(u16::from_be_bytes(*code))));
    Payload {
        at: frame.head() as u64,
        wire: frame.payload.to_vec(),
        key: frame.key.try_into().ok(),
        text: text || number.is_some() || (frame.opcode() >= 9 && readable(&plain)),
        number,
        plain,
    }
}

fn readable(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(|c| !c.is_control()))
}

fn breach(broken: &Broken, frame: &Anatomy<'_>, by_client: bool) -> String {
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

fn missing(frame: &Anatomy<'_>) -> String {
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

fn kind_note(frame: &Anatomy<'_>, pieces: u64) -> Option<String> {
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
fn close_note(plain: &[u8]) -> Option<String> {
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
fn whole(message: &Incoming, pieces: u64, packed: bool, wire: usize) -> Option<String> {
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

pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(QUOTED).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{}{more}", tame(&short))
}

fn facts(
    frame: &Anatomy<'_>,
    payload: &Payload,
    by_client: bool,
    broken: Option<&Broken>,
    heard: &[Incoming],
) -> Vec<(&'static str, Fact)> {
    let mut facts = vec![
        ("bytes", Fact::Number(frame.bytes.len() as u64)),
        ("missing", Fact::Number(frame.missing)),
        ("from", Fact::Text(if by_client { b"client".to_vec() } else { b"server".to_vec() })),
        ("fin", Fact::Flag(frame.fin())),
        ("rsv", Fact::Number(u64::from(frame.rsv()))),
        ("opcode", Fact::Number(u64::from(frame.opcode()))),
        ("kind", Fact::Text(kind(frame.opcode()).into())),
    ];
    facts.extend(frame.masked().map(|masked| ("masked", Fact::Flag(masked))));
    facts.extend(frame.length.map(|length| ("length", Fact::Number(length))));
    facts.extend(payload.key.map(|key| ("mask", Fact::Hex(key.to_vec()))));
    facts.push(("hex", Fact::Hex(frame.bytes.to_vec())));
    facts.push(("plain", Fact::Hex(payload.plain.clone())));
    if let Some((size, code)) = payload.number {
        facts.push(("close_code", Fact::Number(code)));
        facts.push(("close_reason", Fact::Text(payload.plain[size..].to_vec())));
    } else if payload.text {
        facts.push(("text", Fact::Text(payload.plain.clone())));
    }
    for message in heard {
        match message {
            Incoming::Text(text) => facts.push(("message", Fact::Text(text.clone().into_bytes()))),
            Incoming::Binary(bytes) => facts.push(("message_hex", Fact::Hex(bytes.clone()))),
            _ => {}
        }
    }
    if let Some(broken) = broken {
        facts.push(("rule", Fact::Text(broken.rule.into())));
        facts.push(("answer", Fact::Number(u64::from(broken.code))));
    }
    facts
}
