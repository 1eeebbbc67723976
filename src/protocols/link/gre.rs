//! GRE, RFC 2784 and RFC 2890: a cable made of IP packets. Whatever is put in at one end comes out at the other.
//! Not here: the version that PPTP uses (RFC 2637) beyond its header, source routing (RFC 1701).

use crate::dissect::{
    CHECKSUM_STATUS, CHECKSUM_WRONG, Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Dec, Flags, Hex, Names},
    field, name,
};

use super::ethertype;

static FLAGS: Field = field(
    "flags",
    "flags",
    Flags(&[
        name(0x8000, "checksum", "A checksum follows."),
        name(0x4000, "routing", "A source route follows; nobody uses it any more."),
        name(0x2000, "key", "A key follows."),
        name(0x1000, "sequence", "A sequence number follows."),
        name(0x0080, "acknowledgment", "An acknowledgment number follows (PPTP only)."),
    ]),
)
.spec("RFC 2784 §2.1, RFC 2890 §2")
.explain("Which of the optional fields are there: the header has four bytes when none is.");
static VERSION: Field = field("version", "version", Names(&[name(0, "GRE", ""), name(1, "GRE for PPTP", "")]))
    .spec("RFC 2784 §2.3.1")
    .explain("0 for a tunnel between routers; 1 for the old Windows VPN, where key and length mean other things.")
    .quiet();
static KIND: Field = field("protocol", "inside me", Names(ethertype::NAMES)).spec("RFC 2784 §2.4").explain(
    "What the tunnel carries, by the numbers that Ethernet uses: it need not be the same kind of IP as outside.",
);
static CHECKSUM: Field = field("checksum", "checksum", Hex)
    .spec("RFC 2784 §2.5")
    .explain("Covers the header and all that is carried; mostly left out, as the packet inside has its own.")
    .quiet();
static RESERVED: Field = field("reserved", "reserved", Hex)
    .spec("RFC 2784 §2.6")
    .explain("Two bytes that fill the checksum up to four; once the start of a source route.")
    .quiet();
static KEY: Field = field("key", "key", Hex)
    .gist("key=")
    .spec("RFC 2890 §2.1")
    .explain("Tells several tunnels between the same two routers apart. It is no secret and protects nothing.");
static SEQUENCE: Field = field("sequence", "sequence number", Dec)
    .spec("RFC 2890 §2.2")
    .explain("Counts the packets, so that the far end can throw late ones away; nothing is sent again.");
static ACKNOWLEDGMENT: Field = field("acknowledgment", "received up to", Dec)
    .spec("RFC 2637 §4.1")
    .explain("The last number that arrived, by which the old Windows VPN noticed that its tunnel was full.");

/// Generic routing encapsulation.
pub static PROTOCOL: Protocol = Protocol {
    key: "gre",
    name: "GRE",
    level: Level::Link,
    explain: "A cable made of IP packets: two routers that are far apart look like neighbours. Nothing in it is encrypted.",
    spec: "RFC 2784",
    claims: &[Claim::IpProto(47)],
    fields: &[
        &FLAGS,
        &VERSION,
        &KIND,
        &CHECKSUM,
        &CHECKSUM_STATUS,
        &CHECKSUM_WRONG,
        &RESERVED,
        &KEY,
        &SEQUENCE,
        &ACKNOWLEDGMENT,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let head = r.raw::<2>()?;
    let at = r.behind(2);
    let flags = head.value & 0xf080;
    r.note_at(&FLAGS, at, flags);
    r.part(&VERSION, head, 13..16);
    let kind = r.u16(&KIND)?;
    if flags & 0xc000 != 0 {
        let complete = !r.captured_short() && !r.facts().fragment && !r.quoted() && flags & 0x8000 != 0;
        let covered = complete.then(|| r.whole());
        r.checksum(&CHECKSUM, covered)?;
        r.u16(&RESERVED)?;
    }
    if flags & 0x2000 != 0 {
        r.u32(&KEY)?;
    }
    if flags & 0x1000 != 0 {
        r.u32(&SEQUENCE)?;
    }
    if flags & 0x0080 != 0 {
        r.u32(&ACKNOWLEDGMENT)?;
    }
    Ok(if flags & 0x4000 == 0 { Next::EtherType(kind) } else { Next::Data })
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    fn gre(rest: &str) -> crate::protocols::testing::Seen {
        let length = 20 + crate::protocols::testing::hex(rest).len();
        read(101, &format!("4500{length:04x}00000000402f 0000 c0000201 c0000202 {rest}"))
    }

    #[test]
    fn each_flag_adds_four_bytes() {
        assert_eq!(gre("0000 0800 45").layers(), "raw_ip ipv4 gre ipv4");
        let seen = gre("3000 0800 0000002a 00000007 45");
        assert_eq!(seen.layers(), "raw_ip ipv4 gre ipv4");
        assert_eq!(seen.numbers("gre.key"), [42]);
        assert_eq!(seen.numbers("gre.sequence"), [7]);
    }

    #[test]
    fn the_checksum_covers_header_and_content() {
        // 8000 + 9000 + 5afe + 0102 = 16c00, folded 6c01; its complement is 93fe.
        assert_eq!(gre("8000 9000 93fe 0000 5afe 0102").numbers("gre.checksum_status"), [0]);
        assert_eq!(gre("8000 9000 93fe 0000 5afe 0103").numbers("gre.checksum_status"), [1]);
    }

    #[test]
    fn a_tunnel_can_carry_whole_frames() {
        assert_eq!(gre("0000 6558 020000000001 020000000002 9000").layers(), "raw_ip ipv4 gre ethernet");
    }
}
