//! The fields of QUIC's packets, RFC 9000 §17 and RFC 8999, and its versions by number.
//! Not here: how packets are read (`quic`), the fields of frames (`quic_frames`).

use super::quic_header::VERSION_2;
use crate::dissect::{
    Field, GistForm, Name,
    Show::{Bytes, Dec, Hex, Names, Nothing, Unit},
    field, name,
};

pub(super) static FORM: Field = field(
    "header_form",
    "header",
    Names(&[
        name(0, "short", "The everyday form, once both sides have keys."),
        name(1, "long", "While the connection is being set up: with version and both ids."),
    ]),
)
.spec("RFC 8999 §5")
.explain("One of the few bits that mean the same in every version that will ever be.");
pub(super) static FIXED: Field = field("fixed_bit", "fixed bit", Dec)
    .spec("RFC 9000 §17.2, RFC 9287 §3")
    .explain("Always 1, so that QUIC can share a port with older protocols whose first bytes have a 0 there.")
    .quiet();
pub(super) static TYPE: Field = field(
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
pub(super) static TYPE_V2: Field = field(
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
pub(super) static ONE_RTT: Field = field("one_rtt", "kind of packet", Names(&[name(1, "1-RTT", "")]))
    .gist_as(GistForm::Ahead, "")
    .spec("RFC 9000 §17.3.1")
    .explain("Everyday data, with the keys that the handshake has agreed. Its header has no room for a kind, as nothing else is left to send.");
pub(super) static HIDDEN: Field = field("hidden_bits", "hidden bits", Hex)
    .spec("RFC 9001 §5.4")
    .explain("Length of the packet number and reserved bits, masked with a piece of the encrypted text below (\"header protection\"). Without keys they look random.")
    .quiet();
pub(super) static SPIN: Field = field("spin_bit", "spin bit", Dec)
    .spec("RFC 9000 §17.4")
    .explain("Turns over once every round trip, so that operators can measure the delay from outside. Many senders set it at random to give nothing away.")
    .quiet();
pub(super) static UNUSED: Field = field("unused_bits", "unused bits", Hex)
    .spec("RFC 9000 §17.2.1, §17.2.5, RFC 8999 §5.1")
    .explain("Without a meaning in this kind of packet or in any version known here; a sender may put anything there.")
    .quiet();
pub(super) static VERSION: Field = field("version", "version", Names(VERSIONS))
    .gist("")
    .spec("RFC 8999 §5.1, RFC 9000 §15")
    .explain("Which QUIC this is. 0 is none: the server refuses and lists what it speaks.");
pub(super) static GREASE: Field = field("made_up_version", "made-up version", Names(&[name(1, "yes", "")]))
    .spec("RFC 9000 §6.3, §15")
    .explain("Numbers of the form ?a?a?a?a belong to nobody. Clients and servers name them on purpose, so that whoever chokes on unknown versions is found early.");
pub(super) static DCID_LENGTH: Field = field("destination_id_length", "length of the id", Unit("bytes"))
    .spec("RFC 8999 §5.1")
    .explain("Up to 20 bytes in version 1. Only long headers say it; in short ones the receiver must know it, since it chose the id itself.")
    .quiet();
pub(super) static DCID: Field = field("destination_id", "to connection", Bytes)
    .gist("to ")
    .spec("RFC 9000 §5.1, §7.2")
    .explain("The receiver finds the connection by this and not by addresses: so a download goes on when the phone changes from Wi-Fi to mobile. In the very first packet it is random.");
pub(super) static SCID_LENGTH: Field = field("source_id_length", "length of the sender's id", Unit("bytes"))
    .spec("RFC 8999 §5.1")
    .explain("0 where the sender needs no id, as a browser that has one socket for each connection.")
    .quiet();
pub(super) static SCID: Field = field("source_id", "sender's connection", Bytes)
    .gist("from ")
    .spec("RFC 9000 §5.1, §7.2")
    .explain("The id by which the sender wants to be called from now on. It will hand out more of them under encryption, so that nobody can follow it.");
pub(super) static SUPPORTED: Field = field("supported_version", "speaks", Names(VERSIONS))
    .gist("offers ")
    .spec("RFC 9000 §17.2.1")
    .explain("A version that the server would take. Nothing protects this list, so clients must not let themselves be talked into an older version by it.");
pub(super) static TOKEN_LENGTH: Field = field("token_length", "token length", Unit("bytes"))
    .spec("RFC 9000 §17.2.2, §16")
    .explain("0 on a first visit. Like all numbers here it is as long as its first two bits say.")
    .quiet();
pub(super) static TOKEN: Field = field("token", "token", Bytes)
    .spec("RFC 9000 §8.1")
    .explain("Proves that the client really is at its address: it got this from the server, just now or at its last visit. Without it the server sends little.");
pub(super) static RETRY_TOKEN: Field = field("retry_token", "token to bring back", Bytes)
    .spec("RFC 9000 §17.2.5, §8.1.2")
    .explain("The server remembers nothing of this client; all that it needs is in here, encrypted for itself. So a flood of false addresses costs it no memory.");
pub(super) static INTEGRITY_TAG: Field = field("integrity_tag", "integrity tag", Bytes)
    .spec("RFC 9001 §5.8")
    .explain("Computed with a key that stands in the standard: it stops accidents and strangers who did not see the first packet, nobody else.")
    .quiet();
pub(super) static TAG_FITS: Field = field("integrity_tag_fits", "tag fits", Names(&[name(1, "yes", "The server has seen the client's first packet."), name(0, "no", "Made by somebody who has not.")]))
    .spec("RFC 9001 §5.8")
    .explain("The tag covers the id that the client had called first, though that is not sent back: so a Retry that strangers make up is thrown away.");
pub(super) static LENGTH: Field = field("length", "rest of this packet", Unit("bytes"))
    .gist("len=")
    .spec("RFC 9000 §17.2, §16")
    .explain("Bytes of packet number and content. Behind them the next packet may begin in the same datagram.");
pub(super) static PROTECTED: Field = field("protected", "encrypted", Bytes).seals("what is said", "addresses, cookies, words, and how much of it arrived")
    .spec("RFC 9001 §5")
    .explain("Packet number, frames and a signature. Only the keys open it, except in Initial packets: their key is made of the destination id, so that all who look on could read along.");

pub(super) static NUMBER_LENGTH: Field = field("packet_number_length", "length of the number", Unit("bytes"))
    .spec("RFC 9000 §17.2, §17.1")
    .explain("The last two of the hidden bits, uncovered, and one more: as few bytes as still leave no doubt which number is meant.")
    .quiet();
pub(super) static NUMBER: Field = field("packet_number", "packet", Dec)
    .gist("number ")
    .spec("RFC 9000 §12.3, §17.1")
    .explain("Counts this side's packets of this kind from 0; never used twice, not even for what is sent again. It also goes into the encryption, so that no two packets are encrypted alike.");
pub(super) static RESERVED: Field = field("reserved_bits_set", "reserved bits are not zero", Nothing)
    .gist("reserved bits are not zero")
    .spec("RFC 9000 §17.2")
    .explain("Two of the hidden bits must be zero once they are uncovered; a receiver ends the connection with PROTOCOL_VIOLATION.");
pub(super) static DECRYPTED: Field = field("decrypted", "decrypted", Bytes)
    .spec("RFC 9001 §5.2, §5.3")
    .explain("Opened with a key made of the id that the client called first. This hides nothing from anybody: it keeps out those who only guess, and boxes that know no QUIC.")
    .quiet();
pub(super) static TAG: Field = field("tag", "proof of the encryption", Bytes)
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

/// Every field, in the order of the wire.
pub(super) static ALL: &[&Field] = &[
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
];
