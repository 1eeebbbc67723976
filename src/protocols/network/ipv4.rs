//! IPv4, RFC 791: from machine to machine across any number of networks, each packet on its own.
//! Not here: putting fragments together again (`flow`), the options (`ipv4_options`).

use super::{ip_protocols, ipv4_options, scope};
use crate::dissect::{
    BAD_LENGTH, CHECKSUM_STATUS, CHECKSUM_WRONG, Claim, Cut, Facts, Field, Level, Next, Piece, Protocol, Reader,
    Show::{Dec, Hex, Ip, Names, Nothing, Unit},
    field, name,
};

static VERSION: Field = field("version", "version", Dec)
    .spec("RFC 791 §3.1")
    .explain("The first four bits of every IP packet: 4 here, 6 for IPv6. The receiver reads them before it knows how to read the rest.");
static HEADER_LENGTH: Field = field("header_length", "header", Unit("bytes"))
    .spec("RFC 791 §3.1")
    .explain("Where the header ends: 20 bytes, more with options. On the wire it is 4 bits that count words of 4 bytes, so it can never exceed 60.");
static DSCP: Field = field(
    "dscp",
    "class of service",
    Names(&[
        name(0, "ordinary", "No wish: the network does its best."),
        name(8, "background", "May wait behind all others."),
        name(10, "AF11", ""),
        name(18, "AF21", ""),
        name(26, "AF31", ""),
        name(34, "AF41", "Often video calls."),
        name(46, "expedited", "Voice: small, urgent packets."),
        name(48, "network control", "Routers talking to routers."),
    ]),
)
.spec("RFC 2474 §3")
.explain(
    "A wish to routers how urgent the packet is. Inside a company they may honour it; the internet mostly does not.",
)
.quiet();
static ECN: Field = field(
    "ecn",
    "congestion mark",
    Names(&[
        name(0, "not supported", "Routers have to drop packets to say that a queue is full."),
        name(1, "ECT(1)", "The sender would understand a mark."),
        name(2, "ECT(0)", "The sender would understand a mark."),
        name(3, "congestion met", "A router's queue was filling up: slow down."),
    ]),
)
.spec("RFC 3168 §5")
.explain("Lets a router say that its queue fills up without dropping the packet; the receiver passes the news back to the sender.")
.quiet();
static TOTAL_LENGTH: Field = field("total_length", "length", Unit("bytes")).spec("RFC 791 §3.1").explain(
    "Bytes of the whole packet with this header. Whatever the frame holds beyond it is padding of the link layer.",
);
static ID: Field = field("id", "packet id", Hex)
    .spec("RFC 791 §3.1, RFC 6864")
    .explain("If the packet has to be cut into pieces, all pieces carry this number, so that the receiver knows which belong together.")
    .quiet();
static RESERVED: Field = field("reserved", "reserved bit", Dec)
    .spec("RFC 791 §3.1, RFC 3514")
    .explain("Must be 0. An April joke, RFC 3514, calls it the evil bit: attackers shall set it, so that firewalls have less work.")
    .quiet();
static DF: Field = field(
    "df",
    "don't fragment",
    Names(&[
        name(0, "no", "Routers may cut it into pieces."),
        name(1, "yes", "A router that cannot pass it whole drops it and says so by ICMP."),
    ]),
)
.spec("RFC 791 §3.1, RFC 1191")
.explain(
    "Forbids routers to cut the packet into pieces. TCP sets it to find the largest size that fits the whole path.",
)
.quiet();
static MF: Field = field(
    "mf",
    "more fragments",
    Names(&[name(0, "no", "The last piece, or the packet is whole."), name(1, "yes", "Further pieces follow.")]),
)
.spec("RFC 791 §3.1")
.explain("Set on every piece of a cut packet but the last one; without it the receiver could not know when it has all.")
.quiet();
static FRAGMENT_OFFSET: Field = field("fragment_offset", "piece begins at", Unit("bytes"))
    .spec("RFC 791 §3.1")
    .explain("Where this piece belongs within the whole packet. On the wire it counts in units of 8 bytes, so pieces are cut at multiples of 8.")
    .quiet();
static TTL: Field = field("ttl", "TTL", Unit("hops left"))
    .spec("RFC 791 §3.1")
    .explain("Every router takes one off; at 0 the packet is dropped and the sender told. Without it a packet in a routing loop would circle forever.");
static PROTO: Field =
    field("proto", "inside me", Names(ip_protocols::NAMES)).spec("RFC 791 §3.1, IANA protocol numbers").explain(
        "Which protocol reads the bytes behind this header. The kernel uses it to hand the packet to TCP, UDP or ICMP.",
    );
static CHECKSUM: Field = field("checksum", "checksum", Hex)
    .spec("RFC 791 §3.1, RFC 1071")
    .explain("Guards this header only, not the data. Every router computes it anew because it changes the TTL; IPv6 gave it up.")
    .quiet();
static SRC: Field = field("src", "from IP", Ip)
    .spec("RFC 791 §3.1")
    .explain("Which machine sent the packet; answers go there. Nothing stops a sender from writing another one, and a NAT box rewrites it.");
static DST: Field = field("dst", "to IP", Ip)
    .spec("RFC 791 §3.1")
    .explain("Which machine the packet is for. Every router on the way looks only at this to choose the next hop.");
static SRC_SCOPE: Field = field("src_scope", "sender's reach", Names(scope::NAMES))
    .spec("RFC 6890")
    .explain("How far the sender's address is good for, where it is no ordinary public one: from a private one no answer finds back across the internet.")
    .quiet();
static DST_SCOPE: Field = field("dst_scope", "receiver's reach", Names(scope::NAMES))
    .spec("RFC 6890")
    .explain("How far the packet can travel, where the receiver's address is no ordinary public one: no router of the internet passes on a private one.")
    .quiet();
static NO_LENGTH: Field = field("no_length", "length left to the card", Nothing)
    .spec("Linux segmentation offload")
    .explain("The length is 0: the kernel gave the card one huge packet to cut up, too long for 16 bits, and the capture saw it before the card did.");
static PIECE: Field = field("piece", "piece of a larger packet", Nothing)
    .gist("piece of a larger packet")
    .spec("RFC 791 §3.2")
    .explain("The bytes behind this header are the middle or the end of something: the header of TCP or UDP stands only in the first piece.");

/// The Internet Protocol, version 4.
pub static PROTOCOL: Protocol = Protocol {
    key: "ipv4",
    name: "IPv4",
    level: Level::Network,
    explain: "Carries packets from machine to machine across networks. Each finds its way on its own; some get lost, and nobody says so.",
    spec: "RFC 791",
    claims: &[Claim::EtherType(0x0800), Claim::IpProto(4)],
    fields: &[
        &VERSION,
        &HEADER_LENGTH,
        &DSCP,
        &ECN,
        &TOTAL_LENGTH,
        &ID,
        &RESERVED,
        &DF,
        &MF,
        &FRAGMENT_OFFSET,
        &TTL,
        &PROTO,
        &CHECKSUM,
        &CHECKSUM_STATUS,
        &CHECKSUM_WRONG,
        &SRC,
        &SRC_SCOPE,
        &DST,
        &DST_SCOPE,
        &BAD_LENGTH,
        &NO_LENGTH,
        &PIECE,
        &ipv4_options::OPTION,
        &ipv4_options::KIND,
        &ipv4_options::LENGTH,
        &ipv4_options::POINTER,
        &ipv4_options::HOP,
        &ipv4_options::OVERFLOW,
        &ipv4_options::STAMP_KIND,
        &ipv4_options::STAMP,
        &ipv4_options::ALERT,
        &ipv4_options::BYTES,
        &ipv4_options::PADDING,
        &ipv4_options::BAD,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let first = r.raw::<1>()?;
    r.part(&VERSION, first, 0..4);
    let header = r.part_times(&HEADER_LENGTH, first, 4..8, 4) as usize;
    let service = r.raw::<1>()?;
    r.part(&DSCP, service, 0..6);
    r.part(&ECN, service, 6..8);
    let total = usize::from(r.u16(&TOTAL_LENGTH)?);
    let id = r.u16(&ID)?;
    let flags = r.raw::<2>()?;
    r.part(&RESERVED, flags, 0..1);
    r.part(&DF, flags, 1..2);
    let more = r.part(&MF, flags, 2..3) == 1;
    let offset = r.part_times(&FRAGMENT_OFFSET, flags, 3..16, 8);
    r.u8(&TTL)?;
    let proto = r.u8(&PROTO)?;
    let covered = r.whole().get(..header.max(20));
    r.checksum(&CHECKSUM, covered)?;
    let src = r.array::<4>(&SRC)?;
    if let Some(kind) = scope::v4(src) {
        r.note(&SRC_SCOPE, kind);
    }
    let dst = r.array::<4>(&DST)?;
    if let Some(kind) = scope::v4(dst) {
        r.note(&DST_SCOPE, kind);
    }
    let macs = r.facts().macs; // ports of a tunnel around this packet are not its own
    let fragment = more || offset > 0;
    *r.facts() = Facts { addresses: Some((src.into(), dst.into())), macs, fragment, ..Facts::default() };
    if header < 20 {
        r.bad_length();
        return Ok(Next::Data);
    }
    r.within(header - 20, ipv4_options::read)?;
    if total == 0 {
        r.note(&NO_LENGTH, 1);
    } else if total < header {
        r.bad_length();
    } else {
        r.trim(total - header); // what follows is padding of the link layer
    }
    if fragment && r.facts().missing == 0 {
        let at = r.span(r.left());
        let (id, offset) = (u32::from(id), offset as u32);
        r.facts().piece = Some(Piece { id, protocol: proto, offset, more, at });
    }
    if offset > 0 {
        r.note(&PIECE, 1);
        return Ok(Next::Data);
    }
    Ok(Next::IpProto(proto))
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn bytes_beyond_the_total_length_are_padding_of_the_frame() {
        let seen = read(101, "4500001c 00010000 40110000 c0000201 c0000202 00350036 00080000 ffffff");
        assert_eq!(seen.layers(), "raw_ip ipv4 udp trailer");
    }

    #[test]
    fn a_later_piece_has_no_transport_header() {
        let seen = read(101, "4500001c 00012001 40110000 c0000201 c0000202 00350036 00080000");
        assert_eq!(seen.layers(), "raw_ip ipv4 data");
        assert_eq!(seen.numbers("ipv4.fragment_offset"), [8]);
        assert_eq!(seen.numbers("ipv4.piece"), [1]);
    }

    #[test]
    fn a_header_below_twenty_bytes_is_impossible() {
        let seen = read(101, "4400001c 00010000 40110000 c0000201 c0000202 00350036 00080000");
        assert_eq!(seen.layers(), "raw_ip ipv4 data");
        assert_eq!(seen.numbers("ipv4.bad_length"), [1]);
    }

    #[test]
    fn a_length_of_zero_takes_what_is_there() {
        let seen = read(101, "45000000 00010000 40110000 c0000201 c0000202 00350036 00080000");
        assert_eq!(seen.layers(), "raw_ip ipv4 udp");
        assert_eq!(seen.numbers("ipv4.no_length"), [1]);
    }

    #[test]
    fn addresses_that_do_not_reach_the_internet_are_named() {
        let seen = read(101, "4500001c 00010000 40110000 c0a80001 7f000001 00350036 00080000");
        assert_eq!(seen.numbers("ipv4.src_scope"), [2]);
        assert_eq!(seen.numbers("ipv4.dst_scope"), [1]);
    }
}
