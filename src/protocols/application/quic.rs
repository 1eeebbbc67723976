//! QUIC, RFC 9000 and RFC 8999: streams as TCP, encryption as TLS, over UDP. All but a few bytes is encrypted,
//! packet numbers included, so that nobody on the way can come to rely on it.
//! Initial packets are opened, as their keys come from an id that everybody can read. Not here: how (`quic_keys`),
//! which id that is (`quic_connection`), the frames inside (`quic_frames`); packets with a short header that come
//! alone, as nothing in them tells QUIC from noise.

use super::quic_header::{Header, Kind, VERSION_2, is_grease, varint};
use super::quic_keys::Opened;
use super::{quic_connection, quic_frames};
use crate::dissect::{
    Claim, Cut, Field, GistForm, Level, Name, Next, Protocol, Reader,
    Show::{Bytes, Dec, Hex, Names, Nothing, Unit},
    Span, field, name,
};

static FORM: Field = field(
    "header_form",
    "header",
    Names(&[
        name(0, "short", "The everyday form, once both sides have keys."),
        name(1, "long", "While the connection is being set up: with version and both ids."),
    ]),
)
.spec("RFC 8999 §5")
.explain("One of the few bits that mean the same in every version that will ever be.");
static FIXED: Field = field("fixed_bit", "fixed bit", Dec)
    .spec("RFC 9000 §17.2, RFC 9287 §3")
    .explain("Always 1, so that QUIC can share a port with older protocols whose first bytes have a 0 there.")
    .quiet();
static TYPE: Field = field(
    "packet_type",
    "kind of packet",
    Names(&[
        name(0, "Initial", "The first words, protected with a key that everybody can compute."),
        name(1, "0-RTT", "Data before the handshake, with the keys of an earlier visit."),
        name(2, "Handshake", "The rest of the TLS handshake, with real keys."),
        name(3, "Retry", "Prove first that you are where you say: come back with this token."),
    ]),
)
.gist_as(GistForm::Ahead, "")
.spec("RFC 9000 §17.2")
.explain(
    "How far the connection is. Each kind has keys of its own, so that a datagram often carries two or three of them.",
);
static TYPE_V2: Field = field(
    "packet_type_v2",
    "kind of packet",
    Names(&[
        name(0, "Retry", "Prove first that you are where you say: come back with this token."),
        name(1, "Initial", "The first words, protected with a key that everybody can compute."),
        name(2, "0-RTT", "Data before the handshake, with the keys of an earlier visit."),
        name(3, "Handshake", "The rest of the TLS handshake, with real keys."),
    ]),
)
.gist_as(GistForm::Ahead, "")
.spec("RFC 9369 §3.2")
.explain("Version 2 does the same as version 1 with other numbers, for one reason only: to catch boxes on the way that have learned the old ones by heart.");
static ONE_RTT: Field = field("one_rtt", "kind of packet", Names(&[name(1, "1-RTT", "")]))
    .gist_as(GistForm::Ahead, "")
    .spec("RFC 9000 §17.3.1")
    .explain("Everyday data, with the keys that the handshake has agreed. Its header has no room for a kind, as nothing else is left to send.");
static HIDDEN: Field = field("hidden_bits", "hidden bits", Hex)
    .spec("RFC 9001 §5.4")
    .explain("Length of the packet number and reserved bits, masked with a piece of the encrypted text below (\"header protection\"). Without keys they look random.")
    .quiet();
static SPIN: Field = field("spin_bit", "spin bit", Dec)
    .spec("RFC 9000 §17.4")
    .explain("Turns over once every round trip, so that operators can measure the delay from outside. Many senders set it at random to give nothing away.")
    .quiet();
static UNUSED: Field = field("unused_bits", "unused bits", Hex)
    .spec("RFC 9000 §17.2.1, §17.2.5, RFC 8999 §5.1")
    .explain("Without a meaning in this kind of packet or in any version known here; a sender may put anything there.")
    .quiet();
static VERSION: Field = field("version", "version", Names(VERSIONS))
    .gist("")
    .spec("RFC 8999 §5.1, RFC 9000 §15")
    .explain("Which QUIC this is. 0 is none: the server refuses and lists what it speaks.");
static GREASE: Field = field("made_up_version", "made-up version", Names(&[name(1, "yes", "")]))
    .spec("RFC 9000 §6.3, §15")
    .explain("Numbers of the form ?a?a?a?a belong to nobody. Clients and servers name them on purpose, so that whoever chokes on unknown versions is found early.");
static DCID_LENGTH: Field = field("destination_id_length", "length of the id", Unit("bytes"))
    .spec("RFC 8999 §5.1")
    .explain("Up to 20 bytes in version 1. Only long headers say it; in short ones the receiver must know it, since it chose the id itself.")
    .quiet();
static DCID: Field = field("destination_id", "to connection", Bytes)
    .gist("to ")
    .spec("RFC 9000 §5.1, §7.2")
    .explain("The receiver finds the connection by this and not by addresses: so a download goes on when the phone changes from Wi-Fi to mobile. In the very first packet it is random.");
static SCID_LENGTH: Field = field("source_id_length", "length of the sender's id", Unit("bytes"))
    .spec("RFC 8999 §5.1")
    .explain("0 where the sender needs no id, as a browser that has one socket for each connection.")
    .quiet();
static SCID: Field = field("source_id", "sender's connection", Bytes)
    .gist("from ")
    .spec("RFC 9000 §5.1, §7.2")
    .explain("The id by which the sender wants to be called from now on. It will hand out more of them under encryption, so that nobody can follow it.");
static SUPPORTED: Field = field("supported_version", "speaks", Names(VERSIONS))
    .gist("offers ")
    .spec("RFC 9000 §17.2.1")
    .explain("A version that the server would take. Nothing protects this list, so clients must not let themselves be talked into an older version by it.");
static TOKEN_LENGTH: Field = field("token_length", "token length", Unit("bytes"))
    .spec("RFC 9000 §17.2.2, §16")
    .explain("0 on a first visit. Like all numbers here it is as long as its first two bits say.")
    .quiet();
static TOKEN: Field = field("token", "token", Bytes)
    .spec("RFC 9000 §8.1")
    .explain("Proves that the client really is at its address: it got this from the server, just now or at its last visit. Without it the server sends little.");
static RETRY_TOKEN: Field = field("retry_token", "token to bring back", Bytes)
    .spec("RFC 9000 §17.2.5, §8.1.2")
    .explain("The server remembers nothing of this client; all that it needs is in here, encrypted for itself. So a flood of false addresses costs it no memory.");
static INTEGRITY_TAG: Field = field("integrity_tag", "integrity tag", Bytes)
    .spec("RFC 9001 §5.8")
    .explain("Computed with a key that stands in the standard: it stops accidents and strangers who did not see the first packet, nobody else.")
    .quiet();
static TAG_FITS: Field = field("integrity_tag_fits", "tag fits", Names(&[name(1, "yes", "The server has seen the client's first packet."), name(0, "no", "Made by somebody who has not.")]))
    .spec("RFC 9001 §5.8")
    .explain("The tag covers the id that the client had called first, though that is not sent back: so a Retry that strangers make up is thrown away.");
static LENGTH: Field = field("length", "rest of this packet", Unit("bytes"))
    .gist("len=")
    .spec("RFC 9000 §17.2, §16")
    .explain("Bytes of packet number and content. Behind them the next packet may begin in the same datagram.");
static PROTECTED: Field = field("protected", "encrypted", Bytes)
    .spec("RFC 9001 §5")
    .explain("Packet number, frames and a signature. Only the keys open it, except in Initial packets: their key is made of the destination id, so that all who look on could read along.");

static NUMBER_LENGTH: Field = field("packet_number_length", "length of the number", Unit("bytes"))
    .spec("RFC 9000 §17.2, §17.1")
    .explain("The last two of the hidden bits, uncovered, and one more: as few bytes as still leave no doubt which number is meant.")
    .quiet();
static NUMBER: Field = field("packet_number", "packet", Dec)
    .gist("number ")
    .spec("RFC 9000 §12.3, §17.1")
    .explain("Counts this side's packets of this kind from 0; never used twice, not even for what is sent again. It also goes into the encryption, so that no two packets are encrypted alike.");
static RESERVED: Field = field("reserved_bits_set", "reserved bits are not zero", Nothing)
    .gist("reserved bits are not zero")
    .spec("RFC 9000 §17.2")
    .explain("Two of the hidden bits must be zero once they are uncovered; a receiver ends the connection with PROTOCOL_VIOLATION.");
static DECRYPTED: Field = field("decrypted", "decrypted", Bytes)
    .spec("RFC 9001 §5.2, §5.3")
    .explain("Opened with a key made of the id that the client called first. This hides nothing from anybody: it keeps out those who only guess, and boxes that know no QUIC.")
    .quiet();
static TAG: Field = field("tag", "proof of the encryption", Bytes)
    .spec("RFC 9001 §5.3")
    .explain("Fits only if key, header and every byte are as the sender had them; that it fitted here is how layercake knows that it has the right key.")
    .quiet();

pub(super) const VERSIONS: &[Name] = &[
    name(0, "version negotiation", "The server speaks none of what the client wanted."),
    name(1, "v1", "RFC 9000"),
    name(VERSION_2 as u64, "v2", "RFC 9369"),
    name(0xff00_001b, "draft 27", ""),
    name(0xff00_001c, "draft 28", ""),
    name(0xff00_001d, "draft 29", "Widely used before the standard."),
    name(0xff00_001e, "draft 30", ""),
    name(0xff00_001f, "draft 31", ""),
    name(0xff00_0020, "draft 32", ""),
    name(0xff00_0021, "draft 33", ""),
    name(0xff00_0022, "draft 34", ""),
    name(0x5130_3433, "Q043", "Google's own, before the standard."),
    name(0x5130_3436, "Q046", "Google's own, before the standard."),
    name(0x5130_3530, "Q050", "Google's own, before the standard."),
    name(0xface_b002, "mvfst", "Facebook's own."),
];

/// QUIC, packets that set up a connection.
pub static PROTOCOL: Protocol = Protocol {
    key: "quic",
    name: "QUIC",
    level: Level::Application,
    explain: "What HTTP/3 runs on: a transport of its own with encryption built in, wrapped into UDP because routers and firewalls let nothing new through.",
    spec: "RFC 9000",
    claims: &[Claim::UdpLooks(|bytes| Header::of(bytes).is_some_and(|header| header.is_plausible(bytes)))],
    fields: &[
        &FORM,
        &FIXED,
        &TYPE,
        &TYPE_V2,
        &ONE_RTT,
        &HIDDEN,
        &SPIN,
        &UNUSED,
        &VERSION,
        &GREASE,
        &DCID_LENGTH,
        &DCID,
        &SCID_LENGTH,
        &SCID,
        &SUPPORTED,
        &TOKEN_LENGTH,
        &TOKEN,
        &RETRY_TOKEN,
        &INTEGRITY_TAG,
        &TAG_FITS,
        &LENGTH,
        &NUMBER_LENGTH,
        &RESERVED,
        &NUMBER,
        &DECRYPTED,
        &TAG,
        &PROTECTED,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    if r.ahead::<1>()?.bits(0..1) == 0 {
        return short(r);
    }
    let whole = r.rest();
    long(r)?;
    Ok(if follows(whole, r.rest()) { Next::Again } else { Next::Data })
}

/// Whether another packet of the same connection stands behind this one (RFC 9000 §12.2).
fn follows(packet: &[u8], rest: &[u8]) -> bool {
    let Some(header) = Header::of(packet) else { return false };
    if let Some(next) = Header::of(rest) {
        return next.destination == header.destination && next.version == header.version;
    }
    // A short header with its least content; the id has no length there, but it must be the same.
    matches!(rest, [0x40..0x80, after @ ..] if after.starts_with(header.destination) && after.len() >= header.destination.len() + 20)
}

fn long(r: &mut Reader<'_>) -> Result<(), Cut> {
    let whole = r.rest();
    let (head, first) = (r.ahead::<5>()?, r.raw::<1>()?);
    let first_at = r.behind(1);
    let version = head.bits(8..40) as u32;
    let kind = Kind::of(head.bits(0..8) as u8, version);
    r.part(&FORM, first, 0..1);
    if matches!(kind, Kind::Negotiation | Kind::Unknown) {
        r.part(&UNUSED, first, 1..8);
    } else {
        r.part(&FIXED, first, 1..2);
        r.part(if version == VERSION_2 { &TYPE_V2 } else { &TYPE }, first, 2..4);
        r.part(if kind == Kind::Retry { &UNUSED } else { &HIDDEN }, first, 4..8);
    }
    r.u32(&VERSION)?;
    if is_grease(version) {
        r.note(&GREASE, 1);
    }
    id(r, &DCID_LENGTH, &DCID)?;
    let source = id(r, &SCID_LENGTH, &SCID)?;
    match kind {
        Kind::Negotiation => {
            while r.left() > 0 {
                r.u32(&SUPPORTED)?;
            }
        }
        Kind::Retry => {
            let token = r.left().checked_sub(16).ok_or(Cut)?;
            r.bytes(&RETRY_TOKEN, token)?;
            r.array::<16>(&INTEGRITY_TAG)?;
            if let Some(fits) = quic_connection::retried(r, whole, version, source) {
                r.note(&TAG_FITS, u64::from(fits));
            }
        }
        Kind::Unknown => _ = r.all(&PROTECTED),
        Kind::Initial => {
            let token = number(r, &TOKEN_LENGTH)?;
            if token > 0 {
                r.bytes(&TOKEN, token)?;
            }
            let opened = Header::of(whole).and_then(|header| quic_connection::open(r, whole, &header));
            protected(r, opened, first_at)?;
        }
        Kind::ZeroRtt | Kind::Handshake => protected(r, None, first_at)?,
    }
    Ok(())
}

fn id<'a>(r: &mut Reader<'a>, length: &'static Field, id: &'static Field) -> Result<&'a [u8], Cut> {
    let length = usize::from(r.u8(length)?);
    if length > 0 { r.bytes(id, length) } else { Ok(&[]) }
}

/// Takes packet number and content; `first` is the place of the bits that were hidden with them.
fn protected(r: &mut Reader<'_>, opened: Option<Opened>, first: Span) -> Result<(), Cut> {
    let length = number(r, &LENGTH)?;
    r.within(length, |r| {
        if let Some(opened) = opened {
            r.note_at(&NUMBER_LENGTH, first, opened.number_length as u64);
            if opened.first & 0x0c != 0 {
                r.note(&RESERVED, 1);
            }
            r.note_at(&NUMBER, r.span(opened.number_length), opened.number);
            r.skip(opened.number_length);
            r.made(&DECRYPTED, r.span(opened.text.len()), |out| out.extend_from_slice(&opened.text));
            r.inside(&quic_frames::PROTOCOL);
            r.skip(opened.text.len());
            r.all(&TAG);
        }
        r.all(&PROTECTED);
        Ok(())
    })
}

/// Takes a number whose first two bits say how long it is.
fn number(r: &mut Reader<'_>, field: &'static Field) -> Result<usize, Cut> {
    let (number, rest) = varint(r.rest()).ok_or(Cut)?;
    let length = r.left() - rest.len();
    r.note_at(field, r.span(length), number);
    r.skip(length);
    usize::try_from(number).map_err(|_| Cut)
}

/// A short header behind a long one: the id is that of the first packet in the datagram.
fn short(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let datagram = r.facts().payload.of(r.packet().bytes);
    let id = Header::of(datagram).map_or(0, |first| first.destination.len());
    let first = r.raw::<1>()?;
    r.part(&FORM, first, 0..1);
    r.part(&FIXED, first, 1..2);
    r.note(&ONE_RTT, 1);
    r.part(&SPIN, first, 2..3);
    r.part(&HIDDEN, first, 3..8);
    if id > 0 {
        r.bytes(&DCID, id)?;
    }
    r.all(&PROTECTED);
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, udp};

    fn quic(payload: &str) -> Seen {
        udp("c00101bb", payload)
    }

    fn handshake() -> String {
        format!("e0 00000001 04 aabbccdd 00 4014 {}", "55".repeat(20))
    }

    #[test]
    fn a_datagram_holds_several_packets_and_the_last_may_have_a_short_header() {
        let short = format!("60 aabbccdd {}", "66".repeat(20));
        let seen = quic(&format!("{} {} {short}", handshake(), handshake()));
        assert_eq!(seen.layers(), "ethernet ipv4 udp quic quic quic");
        assert_eq!(seen.nodes("quic.destination_id").len(), 3);
        assert_eq!(seen.numbers("quic.header_form"), [1, 1, 0]);
        assert_eq!(seen.numbers("quic.spin_bit"), [1]);
    }

    #[test]
    fn what_belongs_to_another_connection_is_not_read_along() {
        let short = format!("60 aabbccd0 {}", "66".repeat(20));
        assert_eq!(quic(&format!("{} {short}", handshake())).layers(), "ethernet ipv4 udp quic data");
    }

    #[test]
    fn a_short_header_alone_is_not_recognised_even_on_port_443() {
        assert_eq!(quic(&format!("60 aabbccdd {}", "66".repeat(20))).layers(), "ethernet ipv4 udp data");
    }

    #[test]
    fn a_retry_ends_with_a_tag_of_16_bytes() {
        let seen = quic(&format!("f0 00000001 00 04 aabbccdd 746f6b656e {}", "99".repeat(16)));
        assert_eq!(seen.texts("quic.retry_token"), ["token"]);
        assert_eq!(seen.nodes("quic.integrity_tag")[0].at.len(), 16);
    }

    #[test]
    fn a_server_lists_the_versions_that_it_speaks() {
        let seen = quic("ca 00000000 00 00 00000001 6b3343cf 1a2a3a4a");
        assert_eq!(seen.numbers("quic.supported_version"), [1, 0x6b33_43cf, 0x1a2a_3a4a]);
        assert_eq!(seen.numbers("quic.unused_bits"), [0x4a]);
    }

    #[test]
    fn a_made_up_version_is_recognised_in_a_full_first_packet_only() {
        let packet = |n| format!("c0 1a2a3a4a 08 0102030405060708 00 {}", "77".repeat(n));
        assert_eq!(quic(&packet(1185)).numbers("quic.made_up_version"), [1]);
        assert_eq!(quic(&packet(100)).layers(), "ethernet ipv4 udp data");
    }
}
