//! What a QUIC packet carries once it is decrypted, RFC 9000 §12.4 and §19: frames, as many as fit. Taken apart are
//! those that may stand in an Initial packet; the CRYPTO frames are put in order and read as TLS.
//! Not here: decrypting (`quic_keys`), frames of streams, which travel with keys that nobody else has.

use super::quic_connection::{Gathered, gather};
use super::quic_header::varint;
use super::tls;
use crate::dissect::{
    Cut, Field, GistForm, Level, Name, Next, Protocol, Reader,
    Show::{Bytes, Dec, Names, Nothing, Text, Unit},
    field, name,
};

static FRAME: Field = field("frame", "frame", Nothing)
    .spec("RFC 9000 §12.4")
    .explain("One statement of the connection. Unlike headers, frames are not sent again byte by byte: what got lost travels in new ones.");
static TYPE: Field = field("type", "kind of frame", Names(TYPES))
    .gist("")
    .spec("RFC 9000 §12.4, §19")
    .explain("What the frame says. An unknown kind ends the connection, as nothing tells how long it is; new ones must be agreed on first.");
static PADDING: Field = field("padding", "filling", Unit("bytes"))
    .spec("RFC 9000 §19.1, §14.1")
    .explain("Zeros: a first datagram has at least 1200 bytes, so that no false address can make a server answer with much more than it was sent.");
static LARGEST: Field =
    field("largest_acknowledged", "got packets up to", Dec).gist("up to ").spec("RFC 9000 §19.3").explain(
        "Counts packets, never bytes as TCP does. As no number is used twice, it is plain which sending has arrived.",
    );
static DELAY: Field = field("ack_delay", "held back, in units", Dec)
    .spec("RFC 9000 §13.2.5, §19.3")
    .explain("How long the receiver waited before it said so, so that the sender can subtract it when it measures the way. In Initial packets it counts for nothing.")
    .quiet();
static RANGES: Field = field("ack_ranges", "further stretches", Dec)
    .spec("RFC 9000 §19.3")
    .explain("Each hole in what has arrived begins another stretch, so that exactly what was lost can be sent again.")
    .quiet();
static FIRST_RANGE: Field = field("first_ack_range", "and this many before it", Dec)
    .spec("RFC 9000 §19.3")
    .explain("Packets right below the largest one that have come too: 0 where it stands alone.");
static GAP: Field = field("gap", "missing below them", Dec)
    .spec("RFC 9000 §19.3.1")
    .explain("Packets that have not come, less one, as a hole has at least one.");
static RANGE: Field = field("ack_range", "then this many came", Dec)
    .spec("RFC 9000 §19.3.1")
    .explain("The next stretch of packets that have come, less one; written as a distance it needs one byte mostly.");
static ECT0: Field = field("ect0", "marked ECT(0)", Dec)
    .spec("RFC 9000 §19.3.2")
    .explain("How many packets came with this mark in IP: it proves to the sender that the way passes marks on.");
static ECT1: Field = field("ect1", "marked ECT(1)", Dec)
    .spec("RFC 9000 §19.3.2, RFC 9331")
    .explain("The other mark, used where queues are kept very short (L4S).");
static CE: Field = field("ce", "marked as congested", Dec)
    .spec("RFC 9000 §19.3.2")
    .explain("A router on the way was nearly full and marked the packet instead of dropping it: the sender slows down before anything is lost.");
static OFFSET: Field = field("crypto_offset", "begins at", Unit("bytes"))
    .spec("RFC 9000 §19.6")
    .explain("Where in the handshake the bytes belong. Chrome cuts its hello into pieces and shuffles them, so that no box on the way gets used to one form.");
static LENGTH: Field = field("crypto_length", "length of the piece", Unit("bytes"))
    .spec("RFC 9000 §19.6")
    .explain("How much of the handshake stands here; the next frame begins right behind it.")
    .quiet();
static CRYPTO: Field = field("crypto", "piece of the handshake", Bytes).spec("RFC 9001 §4.1.3").explain(
    "Bytes of TLS without records: QUIC brings order and encryption itself and takes only the handshake from TLS.",
);
static AGAIN: Field = field("crypto_again", "was here before", Nothing)
    .gist("seen before")
    .spec("RFC 9000 §13.3")
    .explain("These bytes of the handshake came in an earlier packet; sent again because that was not acknowledged, or because a Retry asked for it.");
static FAR: Field = field("crypto_far", "too far ahead", Nothing)
    .gist("too far ahead")
    .spec("RFC 9000 §7.5")
    .explain("The piece belongs so far behind all that has come that layercake does not keep it. A receiver may end the connection here with CRYPTO_BUFFER_EXCEEDED.");
static WAITING: Field = field("crypto_waiting", "waits for the rest", Unit("bytes"))
    .gist_as(GistForm::Counted, "part of a message ")
    .spec("RFC 9000 §19.6")
    .explain(
        "A message goes on in another packet, or its beginning has not come yet; it is read where it is complete.",
    );
static MESSAGES: Field = field("messages", "put in order", Bytes)
    .spec("RFC 9001 §4.1.3")
    .explain("The pieces of all packets so far as one text: whole messages of the handshake, which TLS reads.")
    .quiet();
static ERROR: Field = field("error_code", "why it ends", Names(ERRORS))
    .gist("")
    .spec("RFC 9000 §20.1, RFC 9001 §4.8")
    .explain("What went wrong; from 0x100 on it is an alert of TLS. Whoever gets this says nothing more on the connection, as there is no good-bye to wait for.");
static CAUSE: Field = field("frame_type", "caused by frame", Names(TYPES))
    .spec("RFC 9000 §19.19")
    .explain("The kind of frame that could not be accepted; 0 where none is to blame.");
static REASON_LENGTH: Field = field("reason_length", "length of the words", Unit("bytes"))
    .spec("RFC 9000 §19.19")
    .explain("0 where the sender keeps its reasons to itself, as most do.")
    .quiet();
static REASON: Field = field("reason", "in words", Text).gist_as(GistForm::Quoted, "").spec("RFC 9000 §19.19").explain(
    "For people who look for the fault. Programs must not decide by it: every implementation words it differently.",
);
static UNREAD: Field = field("unread", "left unread", Bytes)
    .spec("RFC 9000 §12.4, §12.5")
    .explain("From a frame on that must not stand in an Initial packet; such a packet ends the connection.");

const PADDING_TYPE: u64 = 0x00;
const ACK: u64 = 0x02;
const ACK_ECN: u64 = 0x03;
const CRYPTO_TYPE: u64 = 0x06;
const CLOSE: u64 = 0x1c;
const TYPES: &[Name] = &[
    name(PADDING_TYPE, "PADDING", "Nothing, to be longer."),
    name(0x01, "PING", "Please acknowledge this: are you there?"),
    name(ACK, "ACK", "These packets have come."),
    name(ACK_ECN, "ACK+ECN", "These packets have come, with these marks."),
    name(0x04, "RESET_STREAM", "I send no more on this stream."),
    name(0x05, "STOP_SENDING", "I do not want to hear more on this stream."),
    name(CRYPTO_TYPE, "CRYPTO", "A piece of the TLS handshake."),
    name(0x07, "NEW_TOKEN", "Bring this along at your next visit."),
    name(0x08, "STREAM", "A piece of what programs say."),
    name(0x10, "MAX_DATA", "All streams together may send up to here."),
    name(0x11, "MAX_STREAM_DATA", "This stream may send up to here."),
    name(0x18, "NEW_CONNECTION_ID", "Another id by which I can be called."),
    name(0x1a, "PATH_CHALLENGE", "Prove that you are at this address."),
    name(0x1b, "PATH_RESPONSE", "The proof."),
    name(CLOSE, "CONNECTION_CLOSE", "All is over."),
    name(0x1d, "CONNECTION_CLOSE of the program", "All is over, says the program above."),
    name(0x1e, "HANDSHAKE_DONE", "The handshake is confirmed."),
];
const ERRORS: &[Name] = &[
    name(0x00, "NO_ERROR", "Nothing went wrong."),
    name(0x01, "INTERNAL_ERROR", ""),
    name(0x02, "CONNECTION_REFUSED", "The server does not want to."),
    name(0x03, "FLOW_CONTROL_ERROR", ""),
    name(0x04, "STREAM_LIMIT_ERROR", ""),
    name(0x05, "STREAM_STATE_ERROR", ""),
    name(0x06, "FINAL_SIZE_ERROR", ""),
    name(0x07, "FRAME_ENCODING_ERROR", ""),
    name(0x08, "TRANSPORT_PARAMETER_ERROR", ""),
    name(0x09, "CONNECTION_ID_LIMIT_ERROR", ""),
    name(0x0a, "PROTOCOL_VIOLATION", ""),
    name(0x0b, "INVALID_TOKEN", "The token of a Retry is not ours, or too old."),
    name(0x0c, "APPLICATION_ERROR", ""),
    name(0x0d, "CRYPTO_BUFFER_EXCEEDED", ""),
    name(0x11, "VERSION_NEGOTIATION_ERROR", "RFC 9368"),
    name(0x128, "TLS handshake failure", "Alert 40: the two share no method."),
    name(0x12a, "TLS bad certificate", "Alert 42."),
    name(0x12e, "TLS certificate unknown", "Alert 46."),
    name(0x130, "TLS unknown CA", "Alert 48: signed by somebody whom nobody here trusts."),
    name(0x146, "TLS protocol version", "Alert 70."),
    name(0x170, "TLS unrecognised name", "Alert 112: no such site here."),
    name(0x178, "TLS no application protocol", "Alert 120: what the client wants to speak is not spoken here."),
];

/// The frames of a decrypted packet.
pub static PROTOCOL: Protocol = Protocol {
    key: "quic_frames",
    name: "QUIC frames",
    level: Level::Application,
    explain: "What a QUIC packet says once it is opened: acknowledgments, pieces of the handshake, and filling.",
    spec: "RFC 9000 §19",
    claims: &[],
    fields: &[
        &FRAME,
        &TYPE,
        &PADDING,
        &LARGEST,
        &DELAY,
        &RANGES,
        &FIRST_RANGE,
        &GAP,
        &RANGE,
        &ECT0,
        &ECT1,
        &CE,
        &OFFSET,
        &LENGTH,
        &CRYPTO,
        &AGAIN,
        &FAR,
        &WAITING,
        &MESSAGES,
        &ERROR,
        &CAUSE,
        &REASON_LENGTH,
        &REASON,
        &UNREAD,
    ],
    read,
    frame: None,
};

/// Takes a number whose first two bits say how long it is.
pub(super) fn number(r: &mut Reader<'_>, field: &'static Field) -> Result<u64, Cut> {
    let (number, rest) = varint(r.rest()).ok_or(Cut)?;
    let length = r.left() - rest.len();
    r.note_at(field, r.span(length), number);
    r.skip(length);
    Ok(number)
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let mut gathered = gather(r);
    let (at, outcome) = (r.span(r.left()), frames(r, &mut gathered));
    let messages = gathered.take();
    if gathered.waiting() > 0 {
        r.note(&WAITING, gathered.waiting() as u64);
    }
    gathered.keep(r);
    if !messages.is_empty() {
        r.made(&MESSAGES, at, |out| out.extend_from_slice(&messages));
        r.inside(&tls::PROTOCOL);
    }
    outcome.map(|()| Next::Data)
}

fn frames(r: &mut Reader<'_>, gathered: &mut Gathered) -> Result<(), Cut> {
    while let Some((kind, _)) = varint(r.rest()) {
        if kind == PADDING_TYPE {
            let n = r.rest().iter().take_while(|b| **b == 0).count().max(1);
            r.note_at(&PADDING, r.span(n), n as u64);
            r.skip(n);
            continue;
        }
        let known = r.group(&FRAME, |r| {
            number(r, &TYPE)?;
            match kind {
                0x01 => {}
                ACK | ACK_ECN => ack(r, kind == ACK_ECN)?,
                CRYPTO_TYPE => crypto(r, gathered)?,
                CLOSE => close(r)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if !known {
            r.all(&UNREAD);
        }
    }
    if r.left() > 0 { Err(Cut) } else { Ok(()) }
}

fn ack(r: &mut Reader<'_>, marks: bool) -> Result<(), Cut> {
    number(r, &LARGEST)?;
    number(r, &DELAY)?;
    let ranges = number(r, &RANGES)?;
    number(r, &FIRST_RANGE)?;
    for _ in 0..ranges {
        number(r, &GAP)?;
        number(r, &RANGE)?;
    }
    if marks {
        number(r, &ECT0)?;
        number(r, &ECT1)?;
        number(r, &CE)?;
    }
    Ok(())
}

fn crypto(r: &mut Reader<'_>, gathered: &mut Gathered) -> Result<(), Cut> {
    let offset = number(r, &OFFSET)?;
    let length = number(r, &LENGTH)?;
    let piece = r.bytes(&CRYPTO, usize::try_from(length).map_err(|_| Cut)?)?;
    let outcome = gathered.add(offset, piece);
    for (said, field) in [(outcome.again, &AGAIN), (outcome.far, &FAR)] {
        if said {
            r.note(field, 1);
        }
    }
    Ok(())
}

fn close(r: &mut Reader<'_>) -> Result<(), Cut> {
    number(r, &ERROR)?;
    number(r, &CAUSE)?;
    let length = usize::try_from(number(r, &REASON_LENGTH)?).map_err(|_| Cut)?;
    if length > 0 {
        r.bytes(&REASON, length)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::dissect::{Dissection, Packet};
    use crate::flow::Tracker;
    use crate::protocols;
    use crate::protocols::testing::{hex, udp};

    // RFC 9001 §A.3: the server's answer. Read alone it stays shut, as its keys come from the client's packet.
    const SERVER_INITIAL: &str = "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee";

    #[test]
    fn a_servers_packet_alone_stays_encrypted() {
        let seen = udp("01bbc001", SERVER_INITIAL);
        assert_eq!(seen.layers(), "ethernet ipv4 udp quic");
        assert_eq!(seen.nodes("quic.protected").len(), 1);
        assert!(!seen.cut("quic"));
    }

    #[test]
    fn pieces_of_a_hello_in_two_datagrams_are_read_in_the_second() {
        let text = include_str!("../../../tests/captures/quic_initial.hex");
        let packets = text.split("\n# ").skip(3).map(|block| {
            let lines = block.lines().skip(1).filter_map(|line| line.split_once("  "));
            hex(&lines.map(|(_, bytes)| bytes).collect::<String>())
        });
        let (mut tracker, mut tape) = (Tracker::new(), Dissection::new());
        let mut seen = Vec::new();
        for (number, bytes) in (1..).zip(packets) {
            let packet = Packet { number, length: bytes.len() as u32, bytes: &bytes, link: 1, ..Packet::default() };
            tracker.read(protocols::index(), &packet, &mut tape);
            seen.push(tape.layers.iter().filter(|l| l.joined).map(|l| l.protocol.key).collect::<Vec<_>>().join(" "));
        }
        let frames = "quic_frames";
        let read = "quic_frames tls";
        assert_eq!(seen, [frames, read, "", frames, read, frames, frames, frames, frames]);
    }
}
