//! A small house for the tests of the filter: just enough of each protocol to have something to ask for.

use std::sync::LazyLock;

use crate::dissect::{
    Claim, Cut, Direction, Dissection, Field, Index, Level, Next, Packet, Protocol, Reader,
    Show::{self, Bytes, Dec, Flags, Hex, Ip, Mac, Names, Signed, Text, Time, Unit},
    dissect, field, name,
};

use super::Filter;

macro_rules! fields {
    ($($id:ident $key:literal $name:literal $show:expr;)*) => { $(static $id: Field = field($key, $name, $show);)* };
}

fields! {
    LENGTH "length" "length" Unit("bytes");
    WHEN "time" "captured at" Time;
    WAY "direction" "direction" Names(&[name(1, "in", ""), name(2, "out", "")]);
    DST "dst" "to" Mac;
    SRC "src" "from" Mac;
    ETHERTYPE "ethertype" "inside me" Hex;
    VLAN_ID "id" "network number" Dec;
    SENDER "sender_ip" "sender" Ip;
    TARGET "target_ip" "target" Ip;
    FRAGMENT "fragment_offset" "offset" Dec;
    TTL "ttl" "TTL" Unit("hops left");
    PROTO "proto" "inside me" Dec;
    IP_SRC "src" "from IP" Ip;
    IP_DST "dst" "to IP" Ip;
    NEXT "next_header" "inside me" Names(&[name(6, "TCP", ""), name(58, "ICMPv6", "")]);
    SIGNAL "signal" "signal" Signed("dBm");
    LAST "last" "last piece" Dec;
    HOPS "hop_limit" "hop limit" Dec;
    ICMP_TYPE "type" "type" Names(&[name(0, "echo reply", ""), name(8, "echo request", ""), name(3, "unreachable", "")]);
    SRC_PORT "src_port" "from port" Dec;
    DST_PORT "dst_port" "to port" Dec;
    FLAGS "flags" "flags" Flags(&[name(1, "FIN", ""), name(2, "SYN", ""), name(4, "RST", ""), name(16, "ACK", "")]);
    WINDOW "window" "window" Unit("bytes");
    WRONG "checksum_wrong" "wrong checksum" Show::Nothing;
    QNAME "qname" "asked name" Text;
    QTYPE "qtype" "asked type" Names(&[name(1, "A", ""), name(28, "AAAA", "")]);
    METHOD "method" "method" Text;
    STATUS "status" "status" Text;
    BODY "bytes" "bytes" Bytes;
}

macro_rules! protocol {
    ($id:ident $key:literal $name:literal $level:ident [$($claim:expr),*] [$($field:ident),*] $read:expr) => {
        static $id: Protocol = Protocol {
            key: $key, name: $name, level: Level::$level, explain: "", spec: "",
            claims: &[$($claim),*], fields: &[$(&$field),*], read: $read, frame: None,
        };
    };
}

protocol!(FRAME "frame" "frame" Physical [] [LENGTH, WHEN, WAY] |r| {
    let packet = r.packet();
    r.note(&LENGTH, u64::from(packet.length));
    r.note(&WHEN, packet.time.unwrap_or(0));
    r.note(&WAY, u64::from(packet.direction == Direction::Out) + 1);
    Ok(Next::Link(1))
});
protocol!(ETHERNET "ethernet" "Ethernet" Link [Claim::Link(1)] [DST, SRC, ETHERTYPE] |r| {
    r.array::<6>(&DST)?;
    r.array::<6>(&SRC)?;
    Ok(Next::EtherType(r.u16(&ETHERTYPE)?))
});
protocol!(VLAN "vlan" "VLAN" Link [Claim::EtherType(0x8100)] [VLAN_ID, ETHERTYPE] |r| {
    r.u16(&VLAN_ID)?;
    Ok(Next::EtherType(r.u16(&ETHERTYPE)?))
});
protocol!(SERVICE "service_vlan" "service VLAN" Link [Claim::EtherType(0x88a8)] [VLAN_ID, ETHERTYPE] |r| {
    r.u16(&VLAN_ID)?;
    Ok(Next::EtherType(r.u16(&ETHERTYPE)?))
});
protocol!(ARP "arp" "ARP" Network [Claim::EtherType(0x0806)] [SENDER, TARGET] |r| {
    r.array::<4>(&SENDER)?;
    r.array::<4>(&TARGET)?;
    Ok(Next::Data)
});
protocol!(IPV4 "ipv4" "IPv4" Network [Claim::EtherType(0x0800), Claim::IpProto(4)] [FRAGMENT, TTL, PROTO, IP_SRC, IP_DST] |r| {
    let offset = r.u8(&FRAGMENT)? & 0x0f; // 0x4_: the version, so that a quotation knows it
    r.u8(&TTL)?;
    let proto = r.u8(&PROTO)?;
    r.array::<4>(&IP_SRC)?;
    r.array::<4>(&IP_DST)?;
    Ok(if offset == 0 { Next::IpProto(proto) } else { Next::Data })
});
protocol!(IPV6 "ipv6" "IPv6" Network [Claim::EtherType(0x86dd), Claim::IpProto(41)] [NEXT, HOPS, IP_SRC, IP_DST] |r| {
    r.skip(1);
    let next = r.u8(&NEXT)?;
    r.u8(&HOPS)?;
    r.array::<16>(&IP_SRC)?;
    r.array::<16>(&IP_DST)?;
    Ok(Next::IpProto(next))
});
protocol!(ICMP "icmp" "ICMP" Network [Claim::IpProto(1)] [ICMP_TYPE] |r| {
    Ok(if r.u8(&ICMP_TYPE)? == 3 { Next::QuotedIp } else { Next::Data })
});
protocol!(TCP "tcp" "TCP" Transport [Claim::IpProto(6)] [SRC_PORT, DST_PORT, FLAGS, WINDOW, WRONG] |r| {
    let (from, to) = ports(r)?;
    r.u8(&FLAGS)?;
    if r.u16(&WINDOW)? == 0 {
        r.note(&WRONG, 1);
    }
    Ok(Next::TcpPorts(from, to))
});
protocol!(UDP "udp" "UDP" Transport [Claim::IpProto(17)] [SRC_PORT, DST_PORT] |r| {
    let (from, to) = ports(r)?;
    Ok(Next::UdpPorts(from, to))
});
protocol!(DNS "dns" "DNS" Application [Claim::UdpPort(53)] [QNAME, QTYPE] |r| {
    let at = r.span(0);
    r.u8(&QTYPE)?;
    let name = r.rest();
    r.made(&QNAME, at, |out| out.extend_from_slice(name));
    r.skip(name.len());
    Ok(Next::Data)
});
protocol!(HTTP "http" "HTTP" Application [Claim::TcpPort(80)] [METHOD, STATUS] |r| {
    r.until(&METHOD, b" ")?;
    r.until(&STATUS, b" ")?;
    Ok(Next::Data)
});
protocol!(WEBSOCKET "websocket" "WebSocket frame" Application [Claim::UdpPort(9)] [SIGNAL, LAST, BODY] |r| {
    r.i8(&SIGNAL)?;
    let bits = r.raw::<1>()?;
    r.part(&LAST, bits, 0..1);
    r.all(&BODY);
    Ok(Next::Data)
});

fn ports(r: &mut Reader<'_>) -> Result<(u16, u16), Cut> {
    Ok((r.u16(&SRC_PORT)?, r.u16(&DST_PORT)?))
}

static HOUSE: &[&Protocol] = &[
    &FRAME,
    &ETHERNET,
    &VLAN,
    &SERVICE,
    &ARP,
    &IPV4,
    &IPV6,
    &ICMP,
    &TCP,
    &UDP,
    &DNS,
    &HTTP,
    &WEBSOCKET,
    &crate::dissect::DATA,
];
static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(HOUSE));

/// The house.
pub(super) fn index() -> &'static Index {
    &INDEX
}

const MACS: &str = "020000000009 020000000005";
/// 192.168.1.5 → 10.1.2.9, 64 hops, TCP, port 51514 → 80, SYN, window 500, "GET 200 x".
pub(super) const WEB: &str = "E 0800 4040 06 c0a80105 0a010209 c93a 0050 02 01f4 47455420 32303020 78";
/// The same within VLAN 5, without data.
pub(super) const TAGGED: &str = "E 8100 0005 0800 4040 06 c0a80105 0a010209 c93a 0050 02 01f4";
/// The same in a provider's network 7.
pub(super) const TWICE: &str = "E 88a8 0007 8100 0005 0800 4040 06 c0a80105 0a010209 c93a 0050 02 01f4";
/// 10.1.2.9 → 192.168.1.5: unreachable, quoting the packet `WEB`.
pub(super) const QUOTING: &str = "E 0800 40ff 01 0a010209 c0a80105 03 4040 06 c0a80105 0a010209 c93a 0050 02 01f4";
/// A later fragment of a TCP segment.
pub(super) const PIECE: &str = "E 0800 4140 06 c0a80105 0a010209 c93a 0050";
/// `2001:db8::1` → `ff02::1`, UDP port 53 → 4000, DNS: AAAA, "Example.com".
pub(super) const NAME: &str = "333300000001 020000000005 86dd 60 11 ff 20010db8000000000000000000000001 \
    ff020000000000000000000000000001 0035 0fa0 1c 4578616d706c652e636f6d";
/// ARP from 192.168.1.5 about 192.168.1.9, to all.
pub(super) const WHO: &str = "ffffffffffff 020000000005 0806 c0a80105 c0a80109";
/// UDP to port 9: a WebSocket frame as no RFC knows it, with a signal of -60 dBm and this last bit.
pub(super) const SIGNAL_60_LAST_0: &str = "E 0800 4040 11 c0a80105 0a010209 c93a 0009 c4 7f";
/// IPv4 in IPv4, TCP inside.
pub(super) const TUNNEL: &str = "E 0800 4040 04 01010101 02020202 4040 06 c0a80105 0a010209 c93a 0050 02 01f4";
/// TCP cut short after its ports; the window is missing.
pub(super) const SHORT: &str = "E 0800 4040 06 c0a80105 0a010209 c93a 01bb";

/// Runs `body` with a packet in hex (`E`: from one host to another).
pub(super) fn with<T>(hex: &str, body: impl FnOnce(&Packet<'_>, &Dissection) -> T) -> T {
    let digits: Vec<u8> = hex.replace('E', MACS).chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |v, d| (v << 4) | d)).collect();
    let packet = Packet {
        number: 1,
        time: Some(1_460_986_800_000_000_000),
        length: bytes.len() as u32,
        bytes: &bytes,
        link: 1,
        direction: Direction::In,
        ..Packet::default()
    };
    let mut tape = Dissection::new();
    dissect(index(), &packet, &mut tape);
    body(&packet, &tape)
}

/// Whether the packet in hex matches the filter.
pub(super) fn matches(hex: &str, filter: &str) -> bool {
    match Filter::parse(filter, index()) {
        Ok(filter) => with(hex, |packet, tape| filter.matches(packet, tape)),
        Err(error) => panic!("{}", error.picture(filter)),
    }
}
