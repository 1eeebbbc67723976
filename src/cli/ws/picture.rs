//! The words of a frame's picture: what each bit says here, which rule is broken, what a message is once it is whole.
//! Both directions have a reader of their own, as both ends of a connection have.

mod words;

use clap::ValueEnum;

use self::words::{breach, bytes, close_note, kind, kind_note, missing, parts, title, whole};
use super::super::console::tame;
use crate::render::frame_bits::{Fact, Payload, Picture};
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
    /// Where frames are shown while they cross: what was said of them, so that it is said once. Messages and breaches
    /// are told by whoever shows them.
    live: Option<Vec<String>>,
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
        Reader { from, deflate, ears, rows, told_mask: false, live: None }
    }

    /// For one direction of a connection that somebody else listens to: only what a frame says by itself.
    pub(super) fn live(from: From, deflate: bool, rows: usize) -> Self {
        Reader { live: Some(Vec::new()), ..Reader::new(from, deflate, rows) }
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
            _ if self.live.is_some() => (Vec::new(), None),
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
        if frame.missing > 0 && self.live.is_none() {
            wrong.push(missing(frame));
        }
        let plain = frame.plain();
        if let Some(name) = kind_note(frame, pieces) {
            notes.push(name);
        }
        if frame.opcode() == 8 && self.live.is_none() && (frame.missing == 0 || plain.len() >= 2) {
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
        let mut payload = payload(frame, plain, text && !packed);
        if let Some(said) = &mut self.live {
            payload.beyond = Some(frame.missing);
            notes.retain(|note| !said.contains(note));
            said.extend(notes.iter().cloned());
        }
        let cut = payload.text && payload.number.is_none() && std::str::from_utf8(&payload.plain).is_err();
        if cut && wrong.is_empty() && frame.missing == 0 {
            notes.insert(
                0,
                "A character is cut between two pieces (dotted here): frames may do that, messages may not.".into(),
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
        beyond: None,
    }
}

fn readable(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(|c| !c.is_control()))
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
