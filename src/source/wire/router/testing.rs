//! What the tests of this room share: packets written by etherparse, and a judge of checksums that asks
//! etherparse and our own dissector.

use std::net::Ipv4Addr;

use etherparse::{PacketBuilder, SlicedPacket, TransportSlice};

use super::datagram::Datagram;
use super::ethernet;
use crate::dissect::{CHECKSUM_WRONG, Dissection, Packet, dissect};

pub(super) const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
pub(super) const B: Ipv4Addr = Ipv4Addr::new(10, 0, 9, 9);

/// A UDP datagram as an IP packet with TTL 64 that may be cut.
pub(super) fn udp(from: Ipv4Addr, to: Ipv4Addr, source: u16, target: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let builder = PacketBuilder::ipv4(from.octets(), to.octets(), 64).udp(source, target);
    builder.write(&mut packet, payload).expect("a packet");
    set(packet, |p| p[6..8].fill(0))
}

/// A TCP segment with ACK.
pub(super) fn tcp(from: Ipv4Addr, to: Ipv4Addr, source: u16, target: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let builder = PacketBuilder::ipv4(from.octets(), to.octets(), 64).tcp(source, target, 1000, 4000).ack(9);
    builder.write(&mut packet, payload).expect("a packet");
    packet
}

/// A ping.
pub(super) fn ping(from: Ipv4Addr, to: Ipv4Addr, id: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let builder = PacketBuilder::ipv4(from.octets(), to.octets(), 64).icmpv4_echo_request(id, 1);
    builder.write(&mut packet, payload).expect("a packet");
    set(packet, |p| p[6..8].fill(0))
}

/// Changes a header and makes its checksum right again.
pub(super) fn set(mut packet: Vec<u8>, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    change(&mut packet);
    packet[10..12].fill(0);
    let header = usize::from(packet[0] & 15) * 4;
    let check = !crate::dissect::fold(crate::dissect::sum(&packet[..header]));
    packet[10..12].copy_from_slice(&check.to_be_bytes());
    packet
}

/// All checksums of this IP packet are right.
pub(super) fn assert_sound(packet: &[u8]) {
    let ip = etherparse::Ipv4HeaderSlice::from_slice(packet).expect("a header").to_header();
    assert_eq!(ip.header_checksum, ip.calc_header_checksum(), "IP checksum");
    let parsed = SlicedPacket::from_ip(packet).expect("a packet");
    match parsed.transport {
        Some(TransportSlice::Udp(udp)) => {
            let right = udp.to_header().calc_checksum_ipv4_raw(ip.source, ip.destination, udp.payload());
            assert_eq!(Ok(udp.checksum()), right, "UDP checksum");
        }
        Some(TransportSlice::Tcp(tcp)) => {
            let right = tcp.to_header().calc_checksum_ipv4_raw(ip.source, ip.destination, tcp.payload());
            assert_eq!(Ok(tcp.checksum()), right, "TCP checksum");
        }
        Some(TransportSlice::Icmpv4(icmp)) => {
            let right = icmp.header().icmp_type.calc_checksum(icmp.payload());
            assert_eq!(icmp.checksum(), right, "ICMP checksum");
        }
        _ => assert!(Datagram::read(packet).expect("a datagram").is_piece()),
    }
    assert_frame_sound(&ethernet::write([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2], ethernet::IPV4, packet));
}

/// Our own dissector finds no wrong checksum, not even in what an error quotes.
pub(super) fn assert_frame_sound(frame: &[u8]) {
    let packet = Packet { bytes: frame, length: frame.len() as u32, link: 1, ..Packet::default() };
    let mut tape = Dissection::default();
    dissect(crate::protocols::index(), &packet, &mut tape);
    assert!(!tape.nodes.iter().any(|n| std::ptr::eq(n.field, &raw const CHECKSUM_WRONG)), "the dissector disagrees");
}
