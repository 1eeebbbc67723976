//! WebSocket frames, RFC 6455 §5: messages in both directions on a connection that HTTP opened.
//! Not here: the handshake (`http`, `websocket_handshake`), why a connection ends (`websocket_close`), how frames are
//! told from other bytes (`websocket_looks`), which rules a frame may break (`websocket_rules`), what the conversation
//! knows of it (`websocket_talk`) and the message that frames make together (`websocket_message`).

use super::websocket_looks::{Text as Utf8, looks};
use super::{
    engine_io, websocket_close, websocket_message as message, websocket_rules as rules, websocket_talk as talk,
};
use crate::dissect::{
    Claim, Cut, Field, Framing, GistForm, Level, Next, Protocol, Reader,
    Show::{Bytes, Flags, Names, Text, Unit},
    Span, Talk, field, name,
};

static FIN: Field = field(
    "fin",
    "last piece",
    Names(&[name(0, "no, more follow", ""), name(1, "yes", "The message ends with this frame.")]),
)
.spec("RFC 6455 §5.2, §5.4")
.explain("A long message may travel in several frames, so that it can begin before its length is known; this bit marks the last one.");
static RSV: Field = field(
    "rsv",
    "extension bits",
    Flags(&[
        name(4, "RSV1", "Compressed, where permessage-deflate was agreed on (RFC 7692)."),
        name(2, "RSV2", "No registered extension uses it."),
        name(1, "RSV3", "No registered extension uses it."),
    ]),
)
.spec("RFC 6455 §5.2, §9")
.explain("Room for extensions. Without one that both sides agreed on they must be 0, else the receiver hangs up.")
.quiet();
static OPCODE: Field = field(
    "opcode",
    "kind of frame",
    Names(&[
        name(CONTINUATION, "continuation", "Goes on with the message that an earlier frame began."),
        name(TEXT, "text", "A message of UTF-8 text, or its first piece."),
        name(BINARY, "binary", "A message of bytes, or its first piece."),
        name(CLOSE, "close", "The sender will send no more; the other side answers with a close of its own."),
        name(PING, "ping", "Are you there? Also keeps firewalls from forgetting the connection."),
        name(PONG, "pong", "I am here; repeats the bytes of the ping."),
    ]),
)
.gist("")
.spec("RFC 6455 §5.2, §11.8")
.explain("What the frame is: a piece of a message, or a signal about the connection, which may come between the pieces of a message.");
static MASK: Field =
    field("mask", "masked", Names(&[name(0, "no", "Sent by a server."), name(1, "yes", "Sent by a client.")]))
        .spec("RFC 6455 §5.1, §5.3")
        .explain(
            "Clients must mask and servers must not; who gets it wrong is cut off. So it also tells the direction.",
        );
static LENGTH_CODE: Field = field(
    "length_code",
    "how long the length is",
    Names(&[name(126, "16 bits follow", ""), name(127, "64 bits follow", "")]),
)
.spec("RFC 6455 §5.2")
.explain("Seven bits hold lengths up to 125. The last two values say that the length itself stands in the next 2 or 8 bytes.")
.quiet();
static PAYLOAD_LENGTH: Field =
    field("payload_length", "length", Unit("bytes")).gist("len=").spec("RFC 6455 §5.2").explain(
        "Bytes of payload in this frame. TCP has no edges, so that only this number says where the next frame begins.",
    );
static MASKING_KEY: Field = field("masking_key", "mask key", Bytes)
    .spec("RFC 6455 §5.3, §10.3")
    .explain("Four random bytes; each byte of the payload is XORed with one of them. It keeps old proxies from taking the payload for HTTP and hides nothing: the key travels along.");
static TEXT_FIELD: Field = field("text", "text", Text)
    .tells()
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 6455 §5.6")
    .explain("What the program says, mask taken off. It must be UTF-8; the name of the protocol that gives it meaning stood in the handshake.");
pub(super) static PAYLOAD: Field = field("payload", "payload", Bytes)
    .spec("RFC 6455 §5.2")
    .explain("The bytes that the frame carries, mask taken off.");
pub(super) const CONTINUATION: u64 = 0;
pub(super) const TEXT: u64 = 1;
pub(super) const BINARY: u64 = 2;
pub(super) const CLOSE: u64 = 8;
pub(super) const PING: u64 = 9;
pub(super) const PONG: u64 = 10;

/// The WebSocket protocol after its handshake.
pub static PROTOCOL: Protocol = Protocol {
    key: "websocket",
    name: "WebSocket",
    level: Level::Application,
    explain: "Messages both ways at any time between a web page and a server, over the connection on which HTTP began.",
    spec: "RFC 6455",
    claims: &[Claim::TcpLooks(looks)],
    fields: &[
        &FIN,
        &RSV,
        &OPCODE,
        &MASK,
        &LENGTH_CODE,
        &PAYLOAD_LENGTH,
        &MASKING_KEY,
        &TEXT_FIELD,
        &PAYLOAD,
        &websocket_close::CLOSE_CODE,
        &websocket_close::CLOSE_REASON,
        &rules::CONTROL_TOO_LONG,
        &rules::CONTROL_FRAGMENTED,
        &rules::RESERVED_OPCODE,
        &rules::NOT_MINIMAL,
        &rules::LENGTH_TOO_BIG,
        &rules::BAD_UTF8,
        &rules::RSV_SET,
        &websocket_close::BAD_CLOSE,
        &message::FRAMES,
        &message::RATIO,
        &message::MESSAGE,
        &message::MESSAGE_BYTES,
        &message::TOO_MUCH,
        &message::BROKEN,
        &message::LOST,
        &talk::ANSWERS,
        &talk::ROUND_TRIP,
        &talk::UNASKED,
        &talk::BETWEEN,
        &talk::CLIENT_UNMASKED,
        &talk::SERVER_MASKED,
        &talk::ORPHAN,
        &talk::INTERLEAVED,
        &talk::RSV_NOT_AGREED,
        &talk::AFTER_CLOSE,
    ],
    read,
    frame: Some(frame),
};

/// A frame says its length in its first ten bytes at most (RFC 6455 §5.2).
fn frame(bytes: &[u8], _: &mut Talk, _: bool) -> Framing {
    let [_, second, rest @ ..] = bytes else { return Framing::More(None) };
    let (length, header) = match second & 0x7f {
        126 => (rest.first_chunk().map(|n| u64::from(u16::from_be_bytes(*n))), 4),
        127 => (rest.first_chunk().map(|n| u64::from_be_bytes(*n)), 10),
        length => (Some(u64::from(length)), 2),
    };
    let Some(length) = length else { return Framing::More(None) };
    let all = length.saturating_add(header + if second & 0x80 == 0 { 0 } else { 4 });
    match usize::try_from(all) {
        Ok(n) if n <= bytes.len() => Framing::Message(n),
        _ => Framing::More(Some(all)),
    }
}

/// What the first two bytes say.
pub(super) struct Head {
    /// The message ends here, is whole and not compressed: it can be judged.
    pub fin: bool,
    /// Kind of frame.
    pub opcode: u64,
    /// Mask key, from a client.
    pub key: Option<[u8; 4]>,
    /// The bytes are compressed.
    pub compressed: bool,
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let first = r.raw::<1>()?;
    let fin = r.part(&FIN, first, 0..1) == 1;
    let rsv = r.part(&RSV, first, 1..4);
    let opcode = r.part(&OPCODE, first, 4..8);
    let second = r.raw::<1>()?;
    let masked = r.part(&MASK, second, 0..1) == 1;
    let length = length(r, second)?;
    rules::judge(r, fin, opcode, length);
    let seen = talk::Seen { fin, rsv, opcode, masked };
    let compressed = talk::judge(r, seen);
    let key = if masked { Some(r.array::<4>(&MASKING_KEY)?) } else { None };
    let whole = r.left() as u64 >= length;
    let here = usize::try_from(length).unwrap_or(usize::MAX).min(r.left());
    let (at, wire) = (r.span(here), r.rest().get(..here).unwrap_or(&[]));
    payload(r, &Head { fin: fin && rsv == 0 && whole, opcode, key, compressed }, here)?;
    match opcode {
        _ if r.talk().is_none() => {} // read alone
        PING | PONG => talk::signal(r, opcode, plain(wire, key)),
        CLOSE.. => talk::signal(r, opcode, Vec::new()),
        // A message of one frame has been noted; nothing of it is kept.
        _ if fin && opcode != CONTINUATION && !compressed => message::heard(r, seen, false, whole, Vec::new(), at),
        _ => message::heard(r, seen, compressed, whole, plain(wire, key), at),
    }
    if whole { Ok(Next::Again) } else { Err(Cut) }
}

/// The payload with the mask off.
fn plain(wire: &[u8], key: Option<[u8; 4]>) -> Vec<u8> {
    wire.iter().zip(key.unwrap_or_default().iter().cycle()).map(|(b, k)| b ^ k).collect()
}

/// The length stands in 7 bits, or in the 16 or 64 bits behind them.
fn length(r: &mut Reader<'_>, second: crate::dissect::Raw) -> Result<u64, Cut> {
    let (length, least) = match second.bits(1..8) {
        126 => {
            r.part(&LENGTH_CODE, second, 1..8);
            (u64::from(r.u16(&PAYLOAD_LENGTH)?), 126)
        }
        127 => {
            r.part(&LENGTH_CODE, second, 1..8);
            (r.u64(&PAYLOAD_LENGTH)?, 1 << 16)
        }
        _ => (r.part(&PAYLOAD_LENGTH, second, 1..8), 0),
    };
    if length < least {
        r.note(&rules::NOT_MINIMAL, 1);
    }
    if length >> 63 == 1 {
        r.note(&rules::LENGTH_TOO_BIG, 1);
    }
    Ok(length)
}

fn payload(r: &mut Reader<'_>, head: &Head, n: usize) -> Result<(), Cut> {
    let wire = r.rest().get(..n).unwrap_or(&[]);
    // What another protocol reads is noted as a copy, masked or not.
    let data = matches!(head.opcode, TEXT | BINARY);
    let first = wire.first().map_or(0, |b| b ^ head.key.unwrap_or_default()[0]);
    let likely = head.opcode == BINARY || first.is_ascii_digit();
    let text = if head.opcode == TEXT && likely { plain(wire, head.key) } else { Vec::new() };
    let complete = head.fin && data && likely && engine_io::expected(r, head.opcode == TEXT, &text);
    let key = if complete { Some(head.key.unwrap_or_default()) } else { head.key };
    match head.opcode {
        _ if n == 0 => {}
        TEXT if !head.compressed => {
            unmasked(r, &TEXT_FIELD, key, 0, n)?;
            if head.fin && !Utf8::of(wire, head.key, 0).complete() {
                r.note(&rules::BAD_UTF8, 1);
            } else if complete {
                message::inside(r, TEXT, &plain(wire, head.key));
            }
        }
        BINARY if complete => {
            unmasked(r, &PAYLOAD, key, 0, n)?;
            message::inside(r, BINARY, &plain(wire, head.key));
        }
        CLOSE => websocket_close::read(r, head, n)?,
        _ => _ = unmasked(r, &PAYLOAD, head.key, 0, n)?,
    }
    Ok(())
}

/// Takes `n` bytes and notes them with the mask off; `turn` bytes of the payload came before them.
/// Returns them as they are on the wire.
pub(super) fn unmasked<'a>(
    r: &mut Reader<'a>,
    field: &'static Field,
    key: Option<[u8; 4]>,
    turn: usize,
    n: usize,
) -> Result<&'a [u8], Cut> {
    let Some(key) = key else { return r.bytes(field, n) };
    let bytes = r.rest().get(..n).ok_or(Cut)?;
    let at = Span::new(r.position(), r.position() + n);
    r.made(field, at, |out| out.extend(bytes.iter().zip(key.iter().cycle().skip(turn)).map(|(b, k)| b ^ k)));
    r.skip(n);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read_bytes};

    fn tcp(payload: &str) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d21f90 00000001 00000001 5018 fa00 0000 0000";
        read_bytes(1, hex(&format!("{head}{payload}")))
    }

    /// Behind a handshake whatever follows is read as frames, also what breaks the rules.
    fn after_handshake(payload: &str) -> Seen {
        // HTTP/1.1 101 S, Upgrade: websocket, an empty line
        let head = "485454502f312e312031303120530a557067726164653a20776562736f636b65740a0a";
        tcp(&format!("{head}{payload}"))
    }

    #[test]
    fn the_masked_hello_of_section_5_7_reads_hello() {
        let seen = tcp("8185 37fa213d 7f9f4d5158");
        assert_eq!(seen.layers(), "ethernet ipv4 tcp websocket");
        assert_eq!(seen.texts("websocket.text"), ["Hello"]);
        assert_eq!(seen.nodes("websocket.text")[0].at.len(), 5);
        assert_eq!(seen.numbers("websocket.payload_length"), [5]);
    }

    #[test]
    fn the_other_examples_of_section_5_7_are_read() {
        assert_eq!(tcp("8105 48656c6c6f").texts("websocket.text"), ["Hello"]);
        assert_eq!(tcp("8905 48656c6c6f").numbers("websocket.opcode"), [9]);
        assert_eq!(tcp("8a85 37fa213d 7f9f4d5158").texts("websocket.payload"), ["Hello"]);
        let long = format!("827e0100{}", "61".repeat(256));
        assert_eq!(tcp(&long).numbers("websocket.payload_length"), [256]);
    }

    #[test]
    fn the_pieces_of_section_5_7_in_one_segment_are_two_frames() {
        assert_eq!(after_handshake("0103 48656c 8002 6c6f").numbers("websocket.fin"), [0, 1]);
    }

    #[test]
    fn a_close_frame_carries_a_masked_code_and_a_reason() {
        let seen = tcp("8885 01020304 02ea 617d 64");
        assert_eq!(seen.numbers("websocket.close_code"), [0x03e8]);
        assert_eq!(seen.texts("websocket.close_reason"), ["bye"]);
    }

    #[test]
    fn every_broken_rule_has_its_remark() {
        let cases = [
            ("c10161", "rsv_set"),
            ("830161", "reserved_opcode"),
            ("0900", "control_fragmented"),
            ("817e000161", "not_minimal"),
            ("8102c328", "bad_utf8"),
            ("880103", "bad_close"),
            ("880203ed", "bad_close"),
            ("827fffffffffffffffff", "length_too_big"),
        ];
        for (bytes, remark) in cases {
            assert_eq!(after_handshake(bytes).numbers(&format!("websocket.{remark}")), [1], "{bytes}");
        }
        let long = format!("897e007e{}", "00".repeat(126));
        assert_eq!(after_handshake(&long).numbers("websocket.control_too_long"), [1]);
    }

    #[test]
    fn a_frame_that_goes_on_in_the_next_segment_is_cut_and_shows_its_beginning() {
        let seen = after_handshake("8105 4865");
        assert!(seen.cut("websocket"));
        assert_eq!(seen.texts("websocket.text"), ["He"]);
        assert!(seen.numbers("websocket.bad_utf8").is_empty());
    }
}
