//! Engine.IO, protocol 3 and 4: one digit says what a packet is, text follows. It travels as WebSocket messages, or in
//! the bodies of HTTP requests where a WebSocket cannot be had. Recognised by `EIO=` in the address of the request.
//! Not here: HTTP bodies (`engine_io_polling`), what the messages say (`socket_io`).

use super::engine_io_polling::{self as polling, Pings, Session};
use super::websocket_talk::Memory;
use super::{json, socket_io};
use crate::dissect::{
    Cut, Field, GistForm, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Names, Nothing, Text, Unit},
    Span, field, name,
};

static TYPE: Field = field(
    "type",
    "kind of packet",
    Names(&[
        name(OPEN, "open", "The server's greeting: the rules of this session."),
        name(CLOSE, "close", "This way of travelling ends; the session may go on over another one."),
        name(PING, "ping", "Are you there? Asked by the server in version 4, by the client before."),
        name(PONG, "pong", "I am here."),
        name(MESSAGE, "message", "What the program wants to say; everything else is about the connection."),
        name(UPGRADE, "upgrade", "From now on over the WebSocket: the test went well."),
        name(NOOP, "noop", "Nothing: ends a waiting HTTP request, so that the change to WebSocket can be made."),
    ]),
)
.gist("")
.spec("Engine.IO protocol §Packet encoding")
.explain("One digit before every packet. TCP and WebSocket have pings of their own, but a browser lets no script see them, so there are these.");
static SID: Field = field("sid", "session", Text)
    .gist("session ")
    .spec("Engine.IO protocol §Handshake")
    .explain("Names the session in every later request, so that it survives a change of connection. Whoever knows it can speak in this client's name.");
static UPGRADES: Field = field("upgrades", "could go on over", Text)
    .spec("Engine.IO protocol §Handshake, §Upgrade")
    .explain("Better ways of travelling that the server offers. Polling works through every proxy, so many sessions begin with it and then try a WebSocket.");
static PING_INTERVAL: Field = field("ping_interval", "asks every", Unit("ms"))
    .spec("Engine.IO protocol §Heartbeat")
    .explain("How often one side asks whether the other is there. It also keeps address translators from forgetting a silent connection.");
static PING_TIMEOUT: Field = field("ping_timeout", "gives up after", Unit("ms"))
    .spec("Engine.IO protocol §Heartbeat")
    .explain("Without an answer for this long the other side counts as gone: TCP alone might notice only after hours.");
static MAX_PAYLOAD: Field = field("max_payload", "most of one body", Unit("bytes"))
    .spec("Engine.IO protocol §Handshake (v4)")
    .explain("How much a client may put into one HTTP request; it packs waiting packets together up to that size.");
static PROBE: Field = field("probe", "test", Text)
    .gist("")
    .spec("Engine.IO protocol §Upgrade")
    .explain("\"probe\": the new WebSocket is tried with a ping and its answer before the session moves over, because some proxies accept one and then pass nothing on.");
static DATA: Field = field("data", "message", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("Engine.IO protocol §Packet encoding")
    .explain("What the program says. Mostly Socket.IO, which gives it events and answers.");
static BINARY_DATA: Field = field("binary_data", "message", Bytes)
    .spec("Engine.IO protocol §Binary data")
    .explain("Bytes of the program. In an HTTP body they travel as base64 behind a \"b\", a third longer; over a WebSocket as they are.");
static ANSWERS: Field = field("answers", "answers packet", Dec)
    .gist("of packet ")
    .spec("Engine.IO protocol §Heartbeat")
    .explain("The captured packet with the ping that this pong belongs to.");
static ROUND_TRIP: Field = field("round_trip", "round trip", Unit("µs"))
    .gist("")
    .spec("Engine.IO protocol §Heartbeat")
    .explain("From ping to pong, as the capture saw both. It contains the time that a busy program needs to come around to it.");
static UNKNOWN: Field = field("unknown", "no Engine.IO packet", Nothing)
    .gist("unknown packet")
    .spec("Engine.IO protocol §Packet encoding")
    .explain("A packet begins with a digit from 0 to 6. The receiver closes the connection with \"parser error\".");

/// Bytes of a ping's text that are remembered.
const MAX_PROBE: usize = 64;

const OPEN: u64 = 0;
const CLOSE: u64 = 1;
const PING: u64 = 2;
const PONG: u64 = 3;
const MESSAGE: u64 = 4;
const UPGRADE: u64 = 5;
const NOOP: u64 = 6;

/// Engine.IO, one packet in a WebSocket text message.
pub static PROTOCOL: Protocol = variant(|r| {
    let n = r.left();
    r.within(n, packet)?;
    Ok(Next::Data)
});
/// A binary WebSocket message is a message without more, in version 4.
static BINARY: Protocol = variant(|r| {
    r.note(&TYPE, MESSAGE);
    let n = r.left();
    bytes(r, n, |wire| Some(wire.to_vec()));
    Ok(Next::Data)
});
/// In version 3 it begins with its type as a byte.
static BINARY_V3: Protocol = variant(|r| {
    message_type(r);
    let n = r.left();
    bytes(r, n, |wire| Some(wire.to_vec()));
    Ok(Next::Data)
});

static FIELDS: &[&Field] = &[
    &polling::LENGTH,
    &TYPE,
    &SID,
    &UPGRADES,
    &PING_INTERVAL,
    &PING_TIMEOUT,
    &MAX_PAYLOAD,
    &PROBE,
    &DATA,
    &BINARY_DATA,
    &ANSWERS,
    &ROUND_TRIP,
    &UNKNOWN,
];

/// Engine.IO, read in this way: a layer's reader must know what carries it.
pub(super) const fn variant(read: fn(&mut Reader<'_>) -> Result<Next, Cut>) -> Protocol {
    Protocol {
        key: "engine_io",
        name: "Engine.IO",
        level: Level::Application,
        explain: "Carries messages between a page and a server over whatever works: HTTP requests at first, a WebSocket if nothing in between objects. Notices when the other side is gone.",
        spec: "Engine.IO protocol, revisions 3 and 4",
        claims: &[],
        fields: FIELDS,
        read,
        frame: None,
    }
}

/// Whether a WebSocket message, perhaps masked, is Engine.IO's: its address said so, or nothing is known of the
/// address and no doubt is left.
pub(super) fn expected(r: &mut Reader<'_>, text: bool, message: &[u8]) -> bool {
    let Some(talk) = r.talk() else { return text && looks(message) };
    let known = talk.recall().is_some_and(|session: &mut Session| session.websocket.is_some());
    let silent = !talk.recall().is_some_and(|memory: &mut Memory| memory.opened);
    if !known && silent && text && looks(message) {
        talk.memory::<Session>().websocket = Some(4);
        return true;
    }
    known
}

/// Who reads this text message.
pub(super) fn over_text(r: &mut Reader<'_>, message: &[u8]) -> Option<&'static Protocol> {
    (expected(r, true, message) && message.first().is_some_and(u8::is_ascii_digit)).then_some(&PROTOCOL)
}

/// Who reads this binary message.
pub(super) fn over_binary(r: &mut Reader<'_>, message: &[u8]) -> Option<&'static Protocol> {
    let version = r.talk()?.recall::<Session>()?.websocket?;
    match (version, message.first()) {
        (3, Some(4)) => Some(&BINARY_V3),
        (3, _) => None,
        _ => Some(&BINARY),
    }
}

/// Strict, for connections whose beginning is not known: a greeting, a test, or an event of Socket.IO.
fn looks(text: &[u8]) -> bool {
    match text {
        b"2probe" | b"3probe" => true,
        [b'0', rest @ ..] => rest.starts_with(b"{\"sid\":\"") && rest.ends_with(b"}") && json::whole(rest),
        [b'4', rest @ ..] => rest.starts_with(b"2") && rest.ends_with(b"]") && socket_io::looks(rest),
        _ => false,
    }
}

/// Takes one packet, all that the reader has.
pub(super) fn packet(r: &mut Reader<'_>) -> Result<(), Cut> {
    let at = r.span(1);
    let kind = match r.rest().first().ok_or(Cut)? {
        b'b' => {
            base64(r, 1);
            return Ok(());
        }
        digit @ b'0'..=b'6' => u64::from(digit - b'0'),
        _ => {
            r.note(&UNKNOWN, 1);
            r.all(&DATA);
            return Ok(());
        }
    };
    r.skip(1);
    r.note_at(&TYPE, at, kind);
    match kind {
        OPEN => open(r),
        PING | PONG => {
            let probe = r.all(&PROBE);
            let probe = probe.get(..MAX_PROBE).unwrap_or(probe).to_vec();
            if kind == PING && probe == b"probe" {
                session(r);
            }
            heartbeat(r, kind, probe);
        }
        MESSAGE => message(r),
        _ => _ = r.all(&DATA),
    }
    Ok(())
}

/// The greeting: `{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`.
fn open(r: &mut Reader<'_>) {
    let bytes = r.rest();
    if !json::whole(bytes) {
        r.all(&DATA);
        return;
    }
    let start = r.position();
    for (name, value) in json::members(bytes).take(64) {
        let inner = json::unquoted(bytes, value);
        let text = bytes.get(inner.clone()).unwrap_or(&[]);
        let at = Span::new(start + inner.start, start + inner.end);
        let field = match bytes.get(name).unwrap_or(&[]) {
            b"sid" => &SID,
            b"upgrades" => &UPGRADES,
            b"pingInterval" => &PING_INTERVAL,
            b"pingTimeout" => &PING_TIMEOUT,
            b"maxPayload" => &MAX_PAYLOAD,
            _ => continue,
        };
        match (&field.show, std::str::from_utf8(text).ok().and_then(|t| t.parse().ok())) {
            (Text, _) => {
                if std::ptr::eq(field, &raw const SID)
                    && let Some(talk) = r.talk()
                {
                    talk.belongs_to(Some(text));
                }
                r.note_bytes(field, at);
            }
            (_, Some(number)) => r.note_at(field, at, number),
            _ => {}
        }
    }
    r.skip(bytes.len());
}

fn message(r: &mut Reader<'_>) {
    let bytes = r.rest();
    if bytes.is_empty() {
        return;
    }
    let at = r.span(bytes.len());
    r.made(&DATA, at, |out| out.extend_from_slice(bytes));
    if socket_io::looks(bytes) {
        r.inside(&socket_io::PROTOCOL);
    }
    r.skip(bytes.len());
}

/// Takes the one byte of a type that is known to be a message.
pub(super) fn message_type(r: &mut Reader<'_>) {
    let at = r.span(1);
    r.note_at(&TYPE, at, MESSAGE);
    r.skip(1);
}

/// Takes a message in base64 behind a prefix of `n` bytes.
pub(super) fn base64(r: &mut Reader<'_>, n: usize) {
    let at = r.span(n);
    r.note_at(&TYPE, at, MESSAGE);
    r.skip(n);
    let left = r.left();
    bytes(r, left, |wire| data_encoding::BASE64.decode(wire).ok());
}

/// Takes a binary message of `n` bytes.
pub(super) fn bytes(r: &mut Reader<'_>, n: usize, decode: impl FnOnce(&[u8]) -> Option<Vec<u8>>) {
    let wire = r.rest().get(..n).unwrap_or(&[]);
    let at = r.span(n);
    match decode(wire) {
        Some(bytes) => {
            r.made(&BINARY_DATA, at, |out| out.extend_from_slice(&bytes));
            if socket_io::expects_attachment(r) {
                r.inside(&socket_io::ATTACHMENT);
            }
        }
        None => r.note_bytes(&BINARY_DATA, at),
    }
    r.skip(n);
}

/// Says to which session a new WebSocket belongs.
fn session(r: &mut Reader<'_>) {
    let name = r.talk().and_then(|talk| talk.session().map(<[u8]>::to_vec));
    let at = r.span(0);
    if let Some(name) = name {
        r.made(&SID, at, |out| out.extend_from_slice(&name));
    }
}

/// Remembers a ping; a pong belongs to the last ping of the other side with the same text.
fn heartbeat(r: &mut Reader<'_>, kind: u64, probe: Vec<u8>) {
    let (time, number) = (r.packet().time.unwrap_or(0), r.packet().number);
    let Some(talk) = r.talk() else { return };
    let (me, other) = (talk.side.index(), talk.side.other().index());
    let ping = talk.common(|pings: &mut Pings| {
        if kind == PING {
            pings.0[me] = Some((probe, number, time));
            return None;
        }
        pings.0[other].take_if(|(text, ..)| *text == probe)
    });
    if let Some((_, asked, sent)) = ping {
        r.note(&ANSWERS, asked);
        r.note(&ROUND_TRIP, time.saturating_sub(sent) / 1000);
    }
}
