//! IPv6, RFC 8200: 128-bit addresses, a fixed header of 40 bytes, everything rare moved to headers of its own.
//! Not here: those headers (`ipv6_extensions`), neighbour discovery (`ndp`).

use super::{ip_protocols, scope};
use crate::dissect::{
    Claim, Cut, Facts, Field, Level, Next, Protocol, Reader,
    Show::{Dec, Hex, Ip, Names, Nothing, Unit},
    field,
};

static VERSION: Field = field("version", "version", Dec)
    .spec("RFC 8200 §3")
    .explain("The first four bits of every IP packet: 6 here, 4 for IPv4. The receiver reads them before it knows how to read the rest.");
static TRAFFIC_CLASS: Field = field("traffic_class", "class of service", Dec)
    .spec("RFC 8200 §7, RFC 2474, RFC 3168")
    .explain(
        "Six bits say how urgent the packet is, two let a router report a filling queue without dropping the packet.",
    )
    .quiet();
static FLOW_LABEL: Field = field("flow_label", "flow label", Hex)
    .spec("RFC 6437")
    .explain("The same for all packets of one conversation, so that routers with several paths can keep them in order without looking inside.")
    .quiet();
static PAYLOAD_LENGTH: Field = field("payload_length", "length", Unit("bytes"))
    .spec("RFC 8200 §3")
    .explain("Bytes behind this header. IPv4 counts its own header too; here it has a fixed size and does not count.");
static NEXT_HEADER: Field = field("next_header", "inside me", Names(ip_protocols::NAMES))
    .spec("RFC 8200 §3, IANA protocol numbers")
    .explain("Which header comes next: TCP, UDP, ICMPv6, or one of IPv6's own extension headers.");
static HOP_LIMIT: Field = field("hop_limit", "hop limit", Unit("hops left"))
    .spec("RFC 8200 §3")
    .explain("Every router takes one off; at 0 the packet is dropped and the sender told. IPv4 calls the same thing time to live.");
static SRC: Field = field("src", "from IP", Ip).spec("RFC 8200 §3, RFC 4291").explain(
    "Which machine sent the packet. Machines make up new addresses every day, so that nobody can follow them by it.",
);
static SRC_SCOPE: Field = field("src_scope", "sender's reach", Names(scope::NAMES))
    .spec("RFC 4291 §2.4, RFC 6890")
    .explain("How far the sender's address is good for, where it is no ordinary public one: a link-local one means nothing beyond this wire.")
    .quiet();
static DST: Field = field("dst", "to IP", Ip)
    .spec("RFC 8200 §3, RFC 4291")
    .explain("Which machine, or with ff at the front which group, the packet is for. IPv6 knows no broadcast.");
static DST_SCOPE: Field = field("dst_scope", "receiver's reach", Names(scope::NAMES))
    .spec("RFC 4291 §2.4, RFC 6890")
    .explain("How far the packet can travel, where the receiver's address is no ordinary public one.")
    .quiet();
static NO_LENGTH: Field =
    field("no_length", "length not in the header", Nothing).spec("RFC 2675, Linux segmentation offload").explain(
        "The length is 0: a jumbogram names it in an option, or the kernel gave the card one huge packet to cut up.",
    );

/// The Internet Protocol, version 6.
pub static PROTOCOL: Protocol = Protocol {
    key: "ipv6",
    name: "IPv6",
    level: Level::Network,
    explain: "Carries packets from machine to machine across networks, with enough addresses for every grain of sand. Routers no longer cut packets up.",
    spec: "RFC 8200",
    claims: &[Claim::EtherType(0x86dd), Claim::IpProto(41)],
    fields: &[
        &VERSION,
        &TRAFFIC_CLASS,
        &FLOW_LABEL,
        &PAYLOAD_LENGTH,
        &NEXT_HEADER,
        &HOP_LIMIT,
        &SRC,
        &SRC_SCOPE,
        &DST,
        &DST_SCOPE,
        &NO_LENGTH,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let first = r.raw::<4>()?;
    r.part(&VERSION, first, 0..4);
    r.part(&TRAFFIC_CLASS, first, 4..12);
    r.part(&FLOW_LABEL, first, 12..32);
    let length = r.u16(&PAYLOAD_LENGTH)?;
    let next = r.u8(&NEXT_HEADER)?;
    r.u8(&HOP_LIMIT)?;
    let src = r.array::<16>(&SRC)?;
    if let Some(kind) = scope::v6(src) {
        r.note(&SRC_SCOPE, kind);
    }
    let dst = r.array::<16>(&DST)?;
    if let Some(kind) = scope::v6(dst) {
        r.note(&DST_SCOPE, kind);
    }
    // Ports of a tunnel around this packet are not its own.
    let macs = r.facts().macs;
    *r.facts() = Facts { addresses: Some((src.into(), dst.into())), macs, ..Facts::default() };
    if length == 0 && r.left() > 0 && next != 59 {
        r.note(&NO_LENGTH, 1);
    } else {
        r.trim(usize::from(length)); // what follows is padding of the link layer
    }
    Ok(Next::IpProto(next))
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    const ADDRESSES: &str = "20010db8000000000000000000000001 20010db8000000000000000000000002";

    #[test]
    fn the_flow_label_is_the_last_twenty_bits_of_the_first_word() {
        let seen = read(101, &format!("6ab12345 0008 11 40 {ADDRESSES} 00350036 00080000"));
        assert_eq!(seen.layers(), "raw_ip ipv6 udp");
        assert_eq!(seen.numbers("ipv6.traffic_class"), [0xab]);
        assert_eq!(seen.numbers("ipv6.flow_label"), [0x12345]);
    }

    #[test]
    fn bytes_beyond_the_payload_length_are_padding_of_the_frame() {
        let seen = read(101, &format!("60000000 0008 11 40 {ADDRESSES} 00350036 00080000 ffff"));
        assert_eq!(seen.layers(), "raw_ip ipv6 udp trailer");
    }

    #[test]
    fn a_packet_in_a_tunnel_of_udp_has_not_the_ports_of_the_tunnel() {
        let inside = format!("60000000 0000 3b 40 {ADDRESSES}");
        let seen = read(101, &format!("60000000 0030 11 40 {ADDRESSES} 0dd80dd8 00300000 {inside}"));
        assert_eq!(seen.layers(), "raw_ip ipv6 udp teredo ipv6");
        assert_eq!(seen.tape.facts.ports, None);
    }

    #[test]
    fn a_length_of_zero_takes_what_is_there() {
        let seen = read(101, &format!("60000000 0000 11 40 {ADDRESSES} 00350036 00080000"));
        assert_eq!(seen.layers(), "raw_ip ipv6 udp");
        assert_eq!(seen.numbers("ipv6.no_length"), [1]);
    }
}
