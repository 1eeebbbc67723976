//! ARCNET (LINKTYPE 129 and 7), RFC 1201 and RFC 1051: a network of the 1980s whose addresses have one byte.
//! Machines pass a token round, so nobody ever talks over another. It lives on in machine controls.

use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Dec, Hex, Names},
    field, name,
};

static SRC: Field = field("src", "from address", Hex)
    .spec("RFC 1201")
    .explain("Who sent it: one byte, set by switches on the card, so a network has 255 machines at most.");
static DST: Field = field("dst", "to address", Hex).spec("RFC 1201").explain("Who shall take it; 0 means everybody.");
static OFFSET: Field = field("offset", "offset", Hex)
    .spec("LINKTYPE_ARCNET_LINUX")
    .explain("Where the packet began in the card's memory: a trace of the hardware that Linux leaves in the header.")
    .quiet();
static KIND: Field = field(
    "protocol",
    "inside me",
    Names(&[
        name(0xd4, "IPv4", "With a header for packets in pieces."),
        name(0xd5, "ARP", "With a header for packets in pieces."),
        name(0xd6, "RARP", ""),
        name(0xf0, "IPv4, plain", "The older way, without pieces."),
        name(0xf1, "ARP, plain", "The older way, without pieces."),
    ]),
)
.spec("RFC 1201, RFC 1051")
.explain("Which protocol reads the bytes that follow; the numbers are ARCNET's own.");
static SPLIT: Field = field("split", "piece", Dec)
    .spec("RFC 1201")
    .explain("Which piece of a packet it is: a frame holds 504 bytes at most, so large packets come in several.")
    .quiet();
static SEQUENCE: Field = field("sequence", "packet number", Dec)
    .spec("RFC 1201")
    .explain("Which packet the piece belongs to, so that pieces of two packets are not mixed up.")
    .quiet();

/// ARCNET.
pub static PROTOCOL: Protocol = Protocol {
    key: "arcnet",
    name: "ARCNET",
    level: Level::Link,
    explain: "Carries packets round a ring of up to 255 machines; who holds the token may speak.",
    spec: "RFC 1201",
    claims: &[Claim::Link(129), Claim::Link(7)],
    fields: &[&SRC, &DST, &OFFSET, &KIND, &SPLIT, &SEQUENCE],
    read,
    frame: None,
};

/// The link type of BSD, whose header has no offset.
const BSD: u32 = 7;

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    r.u8(&SRC)?;
    r.u8(&DST)?;
    if r.packet().link != BSD {
        r.u16(&OFFSET)?;
    }
    let kind = r.u8(&KIND)?;
    let mut piece = 0;
    if matches!(kind, 0xd4..=0xd6) {
        piece = r.u8(&SPLIT)?;
        r.u16(&SEQUENCE)?;
    }
    Ok(match kind {
        _ if piece != 0 => Next::Data,
        0xd4 | 0xf0 => Next::EtherType(0x0800),
        0xd5 | 0xf1 => Next::EtherType(0x0806),
        0xd6 => Next::EtherType(0x8035),
        _ => Next::Data,
    })
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn newer_protocol_numbers_bring_a_header_for_pieces() {
        assert_eq!(read(129, "be50 ab08 f0 45").layers(), "arcnet ipv4");
        assert_eq!(read(129, "be50 ab08 d4 00 0001 45").layers(), "arcnet ipv4");
        assert_eq!(read(129, "be50 ab08 d4 02 0001 45").layers(), "arcnet data");
        assert_eq!(read(7, "be50 f0 45").layers(), "arcnet ipv4");
    }
}
