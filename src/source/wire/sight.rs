//! What a frame carries, as far as the wire has to know: whom a host hands it to, and what a fault counts.
//! The dissector could tell as well, but costs more than a simulated minute may take.

use std::net::Ipv4Addr;

use smoltcp::wire::{
    ArpPacket, EthernetFrame, EthernetProtocol, Icmpv4Packet, IpProtocol, Ipv4Packet, TcpPacket, UdpPacket,
};

use super::happening::Says;
use super::script::Count;

/// Whom a host hands a frame to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// An ARP packet that asks for, or tells, this address.
    Arp(Ipv4Addr),
    Tcp {
        key: Key,
        syn: bool,
    },
    Udp(Key),
    /// An ICMP echo, asked or answered.
    Echo {
        key: Key,
        reply: bool,
    },
    /// An ICMP error about a packet that was sent by this key.
    Error {
        key: Key,
        from: Ipv4Addr,
        says: Says,
        about: u16,
    },
    /// A later piece of an IP packet.
    Piece(Ipv4Addr, u16),
    Other,
}

/// The socket of a host that a packet belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// Own port, other side's address and port.
    Tcp(u16, Ipv4Addr, u16),
    /// Own port.
    Udp(u16),
    /// An ICMP echo's identifier.
    Echo(u16),
}

impl Sight {
    pub(super) fn of(frame: &[u8]) -> Sight {
        Self::look(frame).unwrap_or(Sight::Other)
    }

    fn look(frame: &[u8]) -> Option<Sight> {
        let ethernet = EthernetFrame::new_checked(frame).ok()?;
        match ethernet.ethertype() {
            EthernetProtocol::Arp => {
                let arp = ArpPacket::new_checked(ethernet.payload()).ok()?;
                let target: [u8; 4] = arp.target_protocol_addr().try_into().ok()?;
                Some(Sight::Arp(target.into()))
            }
            EthernetProtocol::Ipv4 => packet(ethernet.payload()),
            _ => None,
        }
    }
}

fn packet(bytes: &[u8]) -> Option<Sight> {
    let ip = Ipv4Packet::new_checked(bytes).ok()?;
    let from = ip.src_addr();
    if ip.frag_offset() > 0 {
        return Some(Sight::Piece(from, ip.ident()));
    }
    let first_piece = ip.more_frags();
    match ip.next_header() {
        IpProtocol::Tcp => {
            let tcp = TcpPacket::new_checked(ip.payload()).ok()?;
            Some(Sight::Tcp { key: Key::Tcp(tcp.dst_port(), from, tcp.src_port()), syn: tcp.syn() && !tcp.ack() })
        }
        // The length in the header of a first piece is the whole datagram's, so only the ports are looked at.
        IpProtocol::Udp => Some(Sight::Udp(Key::Udp(be16(ip.payload(), 2)?))),
        IpProtocol::Icmp => {
            let data = ip.payload();
            match data.first()? {
                kind @ (0 | 8) => Some(Sight::Echo { key: Key::Echo(be16(data, 4)?), reply: *kind == 0 }),
                3 | 11 if !first_piece => error(data, from),
                _ => None,
            }
        }
        _ => None,
    }
}

/// An ICMP error quotes the beginning of the packet that it is about (RFC 792).
fn error(data: &[u8], from: Ipv4Addr) -> Option<Sight> {
    let icmp = Icmpv4Packet::new_checked(data).ok().filter(Icmpv4Packet::verify_checksum)?;
    let says = match (data[0], icmp.msg_code()) {
        (11, _) => Says::TimeExceeded,
        (_, 4) => Says::TooBig(be16(data, 6)?),
        (_, code) => Says::Unreachable(code),
    };
    let quoted = data.get(8..)?;
    let header = usize::from(quoted.first()? & 15) * 4;
    let to = quoted.get(16..20)?;
    let inner = quoted.get(header..)?;
    let (key, about) = match quoted.get(9)? {
        6 => (Key::Tcp(be16(inner, 0)?, Ipv4Addr::new(to[0], to[1], to[2], to[3]), be16(inner, 2)?), 0),
        17 => (Key::Udp(be16(inner, 0)?), be16(inner, 2)?),
        1 => (Key::Echo(be16(inner, 4)?), be16(inner, 6)?),
        _ => return None,
    };
    Some(Sight::Error { key, from, says, about })
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// Whether a fault counts this frame.
pub(super) fn counts(count: Count, frame: &[u8]) -> bool {
    match count {
        Count::All => true,
        Count::Ip => frame.get(12..14) == Some(&[8, 0]),
        Count::Data => has_data(frame).unwrap_or(false),
    }
}

/// Whether a frame carries bytes of a program.
pub(super) fn has_data(frame: &[u8]) -> Option<bool> {
    let ethernet = EthernetFrame::new_checked(frame).ok()?;
    if ethernet.ethertype() != EthernetProtocol::Ipv4 {
        return None;
    }
    let ip = Ipv4Packet::new_checked(ethernet.payload()).ok()?;
    Some(match ip.next_header() {
        _ if ip.frag_offset() > 0 => true,
        IpProtocol::Tcp => {
            let tcp = TcpPacket::new_checked(ip.payload()).ok()?;
            !tcp.payload().is_empty()
        }
        IpProtocol::Udp => ip.more_frags() || !UdpPacket::new_checked(ip.payload()).ok()?.payload().is_empty(),
        IpProtocol::Icmp => ip.payload().first().is_some_and(|kind| [0, 8].contains(kind)),
        _ => false,
    })
}
