//! HTTP/2, RFC 9113: the same questions and answers as HTTP/1.1, cut into binary frames, so that many of them share
//! one connection. Recognised by what must come first: the client's preface, the server's SETTINGS.
//! Not here: what frames carry (`http2_frames`), headers (`http2_headers`, `hpack`), which answer belongs to which
//! question (`http2_streams`), bodies (`http2_body`), HTTP/3.

use super::http2_streams::{self as streams, Memory};
use super::{dns_over_https, http_body, http_exchange, http2_body, http2_frames as frames, http2_headers as headers};
use crate::dissect::{
    Claim, Cut, Field, Framing, GistForm, Level, Name, Next, Protocol, Reader,
    Show::{Bytes, Dec, Flags, Names, Nothing, Text, Unit},
    Talk, field, name,
};

static PREFACE_FIELD: Field = field("preface", "preface", Nothing)
    .gist("preface")
    .spec("RFC 9113 §3.4")
    .explain("The first words of every client. They look like a request of HTTP/1 that no old server can obey, so that one that knows no HTTP/2 hangs up at once.");
static MAGIC: Field = field("magic", "its words", Text)
    .spec("RFC 9113 §3.4")
    .explain("Always the same 24 bytes. Put together, PRI and SM name the surveillance program PRISM, which had just become known when this was written.");
static LENGTH: Field = field("length", "length", Unit("bytes"))
    .spec("RFC 9113 §4.1")
    .explain("Bytes of payload behind the nine bytes of this header; 16384 at most, unless the receiver allowed more.");
static TYPE: Field =
    field("type", "kind of frame", Names(TYPES)).gist_as(GistForm::First, "").spec("RFC 9113 §6").explain(
        "How the payload is to be read. Kinds that a receiver does not know it must skip: so the protocol can grow.",
    );
static FLAGS: Field = field("flags", "flags", Flags(FRAME_FLAGS))
    .spec("RFC 9113 §4.1")
    .explain("What is special about this frame. Here stands that a message ends, for there is no empty line any more.");
static CONTROL_FLAGS: Field =
    field("control_flags", "flags", Flags(ACK)).gist_as(GistForm::NonZero, "").spec("RFC 9113 §6.5, §6.7").explain(
        "Tells the question from its echo: settings and pings are confirmed by the same kind of frame with this bit.",
    );
static STREAM: Field = field("stream", "stream", Dec)
    .gist_as(GistForm::NonZero, "stream ")
    .spec("RFC 9113 §5.1.1")
    .explain("To which exchange the frame belongs; clients count 1, 3, 5 … and servers 2, 4, 6. Zero means the connection itself.");
static PAD_LENGTH: Field = field("pad_length", "padding", Unit("bytes")).spec("RFC 9113 §6.1").explain(
    "How many bytes of nothing stand at the end: they hide from those who can only count how long the content is.",
);
static PADDING: Field = field("padding", "filler", Bytes)
    .spec("RFC 9113 §6.1")
    .explain("Zeros that say nothing. They count against the window like real data, so that hiding has its price.")
    .quiet();
static UNREAD: Field = field("payload", "payload", Bytes)
    .spec("RFC 9113 §4.1, §5.5")
    .explain("Bytes of a kind of frame, or behind the end of one, that this standard gives no meaning to.");
static BAD_SIZE: Field =
    field("bad_size", "impossible size", Nothing).gist("impossible size").spec("RFC 9113 §4.2").explain(
        "The payload is too short or too long for its kind. The receiver ends the connection with FRAME_SIZE_ERROR.",
    );

const TYPES: &[Name] = &[
    name(DATA, "DATA", "A piece of a body."),
    name(HEADERS, "HEADERS", "Begins a stream, answers on it, or ends it with trailers."),
    name(PRIORITY, "PRIORITY", "What to send first; given up, since nobody agreed on it."),
    name(RST_STREAM, "RST_STREAM", "Ends one stream at once; the others go on."),
    name(SETTINGS, "SETTINGS", "What the sender of the frame can take."),
    name(PUSH_PROMISE, "PUSH_PROMISE", "A server announces the answer to a question that nobody asked yet."),
    name(PING, "PING", "Are you there, and how far away?"),
    name(GOAWAY, "GOAWAY", "No new streams, please: I am about to leave."),
    name(WINDOW_UPDATE, "WINDOW_UPDATE", "There is room for more data."),
    name(CONTINUATION, "CONTINUATION", "The rest of headers that did not fit into one frame."),
];
const FRAME_FLAGS: &[Name] = &[
    name(END_STREAM, "END_STREAM", "The sender's last frame with content on this stream."),
    name(END_HEADERS, "END_HEADERS", "The headers are complete; else a CONTINUATION must follow at once."),
    name(PADDED, "PADDED", "Filler stands at the end, and its length in front."),
    name(WITH_PRIORITY, "PRIORITY", "Five bytes in front say on what the stream depends."),
];
const ACK: &[Name] = &[name(1, "ack", "Confirms the other side's frame of the same kind.")];

const DATA: u64 = 0;
const HEADERS: u64 = 1;
const PRIORITY: u64 = 2;
const RST_STREAM: u64 = 3;
const SETTINGS: u64 = 4;
const PUSH_PROMISE: u64 = 5;
const PING: u64 = 6;
const GOAWAY: u64 = 7;
const WINDOW_UPDATE: u64 = 8;
const CONTINUATION: u64 = 9;
pub(super) const END_STREAM: u64 = 0x01;
pub(super) const END_HEADERS: u64 = 0x04;
const PADDED: u64 = 0x08;
const WITH_PRIORITY: u64 = 0x20;

/// RFC 9113 §3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The Hypertext Transfer Protocol, version 2.
pub static PROTOCOL: Protocol = Protocol {
    key: "http2",
    name: "HTTP/2",
    level: Level::Application,
    explain: "The web's questions and answers as binary frames: many of them share one connection, and none has to wait for a slow one.",
    spec: "RFC 9113",
    claims: &[Claim::TcpLooks(looks)],
    fields: &[
        &PREFACE_FIELD,
        &MAGIC,
        &LENGTH,
        &TYPE,
        &FLAGS,
        &CONTROL_FLAGS,
        &STREAM,
        &PAD_LENGTH,
        &headers::EXCLUSIVE,
        &headers::DEPENDS_ON,
        &headers::WEIGHT,
        &frames::PROMISED,
        &headers::METHOD,
        &headers::SCHEME,
        &headers::PATH,
        &dns_over_https::QUERY,
        &headers::AUTHORITY,
        &headers::STATUS,
        &headers::HEADER,
        &headers::FRAGMENT,
        &headers::UNKNOWN,
        &headers::BROKEN,
        &headers::ENDLESS,
        &headers::ANSWERS,
        &http_exchange::TIME,
        &http2_body::DATA_BYTES,
        &http2_body::DATA_TEXT,
        &http_body::DECODED,
        &http_body::DECODED_TEXT,
        &http_body::DECODED_TOO_LONG,
        &http_body::BAD_CODING,
        &dns_over_https::MESSAGE,
        &PADDING,
        &frames::HEADER_TABLE_SIZE,
        &frames::ENABLE_PUSH,
        &frames::MAX_CONCURRENT_STREAMS,
        &frames::INITIAL_WINDOW_SIZE,
        &frames::MAX_FRAME_SIZE,
        &frames::MAX_HEADER_LIST_SIZE,
        &frames::ENABLE_CONNECT_PROTOCOL,
        &frames::NO_PRIORITIES,
        &frames::SETTING,
        &frames::PING_DATA,
        &frames::LAST_STREAM,
        &frames::ERROR_CODE,
        &frames::DEBUG,
        &frames::INCREMENT,
        &UNREAD,
        &BAD_SIZE,
    ],
    read,
    frame: Some(frame),
};

/// A client begins with the preface, a server with SETTINGS on stream 0 whose first setting is a known one.
fn looks(bytes: &[u8]) -> bool {
    bytes.starts_with(PREFACE)
        || matches!(bytes, [0, 0, n @ 6..=60, 4, 0, 0, 0, 0, 0, 0, 1..=9, ..] if n % 6 == 0 && bytes.len() >= 9 + usize::from(*n))
}

/// A frame says its length in its first three bytes (RFC 9113 §4.1).
fn frame(bytes: &[u8], _: &mut Talk, _: bool) -> Framing {
    if bytes.starts_with(PREFACE) {
        return Framing::Message(PREFACE.len());
    }
    if PREFACE.starts_with(bytes) {
        return Framing::More(Some(PREFACE.len() as u64));
    }
    let [a, b, c, ..] = *bytes else { return Framing::More(None) };
    let length = u32::from_be_bytes([0, a, b, c]) as usize;
    // After a gap in the capture lengths are read anywhere; a frame that is huge and of no known kind tells so.
    if length > 1 << 14 && bytes.get(3).is_some_and(|kind| *kind > 0x10) {
        return Framing::Alien;
    }
    let all = 9 + length;
    if all <= bytes.len() { Framing::Message(all) } else { Framing::More(Some(all as u64)) }
}

/// The nine bytes in front of every payload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub kind: u64,
    pub flags: u64,
    pub stream: u64,
    /// All of its payload is here.
    pub whole: bool,
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    if r.rest().starts_with(PREFACE) {
        r.group(&PREFACE_FIELD, |r| r.bytes(&MAGIC, PREFACE.len()))?;
        // Whoever says this once has said it for both directions.
        return Ok(if streams::begin(r) { Next::Switch(&PROTOCOL) } else { Next::Again });
    }
    let length = r.raw::<3>()?;
    let length = r.part(&LENGTH, length, 0..24) as usize;
    let kind = u64::from(r.u8(&TYPE)?);
    let flags = r.u8(if matches!(kind, SETTINGS | PING) { &CONTROL_FLAGS } else { &FLAGS })?;
    let stream = r.raw::<4>()?;
    let stream = r.part(&STREAM, stream, 1..32);
    let frame = Frame { kind, flags: u64::from(flags), stream, whole: r.left() >= length };
    if !fits(frame, length) {
        r.note(&BAD_SIZE, 1);
    }
    let (mut memory, side) = streams::lend(r);
    let read = r.within(length, |r| {
        let read = payload(r, frame, &mut memory, side);
        r.all(&UNREAD);
        read
    });
    streams::restore(r, memory);
    read?;
    Ok(Next::Again)
}

fn fits(frame: Frame, length: usize) -> bool {
    match frame.kind {
        PRIORITY => length == 5,
        RST_STREAM | WINDOW_UPDATE => length == 4,
        SETTINGS => length.is_multiple_of(6) && (length == 0 || frame.flags & 1 == 0),
        PING => length == 8,
        GOAWAY => length >= 8,
        _ => true,
    }
}

fn payload(r: &mut Reader<'_>, frame: Frame, memory: &mut Memory, side: usize) -> Result<(), Cut> {
    match frame.kind {
        DATA => padded(r, frame, |r| {
            http2_body::data(r, frame, memory, side);
            if memory.ends(frame, side) {
                http2_body::forget(r, frame.stream);
            }
            Ok(())
        }),
        HEADERS => padded(r, frame, |r| {
            if frame.flags & WITH_PRIORITY != 0 {
                headers::priority(r)?;
            }
            headers::block(r, frame, memory, side)
        }),
        PUSH_PROMISE => padded(r, frame, |r| {
            let stream = frames::promised(r)?;
            headers::block(r, Frame { stream, ..frame }, memory, side)
        }),
        CONTINUATION => headers::goes_on(r, frame, memory, side),
        PRIORITY => headers::priority(r),
        RST_STREAM => {
            memory.forget(frame.stream);
            http2_body::forget(r, frame.stream);
            frames::error(r)
        }
        SETTINGS => frames::settings(r),
        PING => r.array::<8>(&frames::PING_DATA).map(|_| ()),
        GOAWAY => frames::goaway(r),
        WINDOW_UPDATE => frames::window_update(r),
        _ => Ok(()),
    }
}

/// Takes the length of the filler, the content and the filler, where there is any (RFC 9113 §6.1).
fn padded(r: &mut Reader<'_>, frame: Frame, body: impl FnOnce(&mut Reader<'_>) -> Result<(), Cut>) -> Result<(), Cut> {
    if frame.flags & PADDED == 0 {
        return body(r);
    }
    let padding = usize::from(r.u8(&PAD_LENGTH)?);
    let Some(content) = r.left().checked_sub(padding) else {
        r.note(&BAD_SIZE, 1);
        return Ok(());
    };
    r.within(content, body)?;
    r.all(&PADDING);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{frame, looks};
    use crate::dissect::{Framing, Talk};
    use crate::protocols::testing::{Seen, hex, read_bytes};

    /// What follows the preface of a client.
    fn client(frames: &str) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d21f90 00000001 00000001 5018 fa00 0000 0000";
        let mut bytes = hex(head);
        bytes.extend_from_slice(super::PREFACE);
        bytes.extend(hex(frames));
        read_bytes(1, bytes)
    }

    #[test]
    fn frames_follow_the_preface_one_after_another() {
        let seen = client("000006 04 00 00000000 000300000064 000004 08 00 00000000 00010000");
        assert_eq!(seen.layers(), "ethernet ipv4 tcp http2 http2 http2");
        assert_eq!(seen.numbers("http2.max_concurrent_streams"), [100]);
        assert_eq!(seen.numbers("http2.increment"), [0x10000]);
    }

    #[test]
    fn headers_are_unpacked_and_stand_at_their_bytes() {
        let seen = client("000011 01 05 00000001 828684 41 8cf1e3c2e5f23a6ba0ab90f4ff");
        assert_eq!(seen.texts("http2.method"), ["GET"]);
        assert_eq!(seen.texts("http2.authority"), ["www.example.com"]);
        assert_eq!(seen.nodes("http2.authority")[0].at.len(), 14);
    }

    #[test]
    fn padding_and_priority_are_taken_off() {
        let seen = client("00000a 01 2d 00000003 02 80000001 0f 82 84 0000");
        assert_eq!(seen.numbers("http2.depends_on"), [1]);
        assert_eq!(seen.numbers("http2.weight"), [16]);
        assert_eq!(seen.texts("http2.path"), ["/"]);
        assert_eq!(seen.nodes("http2.padding")[0].at.len(), 2);
        let seen = client("000003 00 08 00000001 09 0000");
        assert_eq!(seen.numbers("http2.bad_size"), [1]);
    }

    #[test]
    fn a_frame_that_is_cut_shows_its_beginning() {
        let seen = client("000011 01 05 00000001 8286");
        assert!(seen.cut("http2"));
        assert_eq!(seen.texts("http2.method"), ["GET"]);
        assert!(client("000011 01 05 00000001 82418c").numbers("http2.broken_block").is_empty());
    }

    #[test]
    fn wrong_sizes_and_unknown_kinds_are_findings() {
        assert_eq!(client("000003 06 00 00000000 010203").numbers("http2.bad_size"), [1]);
        assert_eq!(client("000002 2a 00 00000000 0102").texts("http2.payload"), ["\u{1}\u{2}"]);
        assert_eq!(client("000001 01 04 00000001 80").numbers("http2.broken_block"), [1]);
        assert_eq!(client("000001 01 04 00000001 fe").numbers("http2.unknown_header"), [1]);
    }

    #[test]
    fn bytes_after_a_gap_are_not_taken_for_a_frame_of_megabytes() {
        let talk = &mut Talk::default();
        assert_eq!(frame(b"some text from the middle of a page", talk, false), Framing::Alien);
        assert_eq!(frame(&hex("000005 2a 00 00000000 00"), talk, false), Framing::More(Some(14)));
        assert_eq!(frame(b"PRI * HT", talk, false), Framing::More(Some(24)));
    }

    #[test]
    fn a_server_is_recognised_by_its_settings() {
        assert!(looks(&hex("000006 04 00 00000000 000300000064")));
        assert!(!looks(&hex("000006 04 00 00000000 00ff00000064")));
        assert!(!looks(&hex("000006 04 00 00000000 0003")));
    }
}
