//! The two ends of a packet, each an address and a port, and how to write another end on it. Works on whole
//! packets and on the first bytes of one that an ICMP error quotes.
//! Checksums are corrected, not computed anew (RFC 3022 §4.1, RFC 1624): what was damaged stays damaged.
//! Not here: which end belongs there (`nat`).

use std::net::Ipv4Addr;

use super::datagram::{HEADER, ICMP, TCP, UDP, adjusted};

/// An address and a port; for a ping the port is its id, which serves the same purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// Whose.
    pub address: Ipv4Addr,
    /// Which program there.
    pub port: u16,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    From,
    To,
}

impl Side {
    /// Where its address stands in the IP header.
    fn address(self) -> usize {
        match self {
            Side::From => 12,
            Side::To => 16,
        }
    }
}

/// Where the port stands, and the checksum that covers it, counted from the start of the packet.
struct Place {
    port: usize,
    check: usize,
    protocol: u8,
}

impl Place {
    /// `None` where there is no port: other protocols, later pieces, bytes that are cut off.
    fn find(bytes: &[u8], side: Side) -> Option<Self> {
        let header = usize::from(*bytes.first()? & 0x0f) * 4;
        let later_piece = bytes.get(6..8)? != [0, 0] && (bytes[6] & 0x1f, bytes[7]) != (0, 0);
        if header < HEADER || bytes.len() < header || later_piece {
            return None;
        }
        let protocol = bytes[9];
        let (port, check) = match (protocol, side, bytes.get(header)?) {
            (TCP, Side::From, _) => (0, 16),
            (TCP, Side::To, _) => (2, 16),
            (UDP, Side::From, _) => (0, 6),
            (UDP, Side::To, _) => (2, 6),
            // The asker chose the id: it is the sender of a request (8) and the receiver of a reply (0).
            (ICMP, Side::From, 8) | (ICMP, Side::To, 0) => (4, 2),
            _ => return None,
        };
        let (port, check) = (header + port, header + check);
        bytes.get(port..port + 2)?;
        Some(Place { port, check, protocol })
    }
}

/// The protocol and one end; `None` where there is no port to be read.
pub(super) fn read(bytes: &[u8], side: Side) -> Option<(u8, End)> {
    let place = Place::find(bytes, side)?;
    let port = u16::from_be_bytes([bytes[place.port], bytes[place.port + 1]]);
    Some((place.protocol, End { address: address(bytes, side), port }))
}

/// `bytes` holds a whole IP header.
fn address(bytes: &[u8], side: Side) -> Ipv4Addr {
    let at = side.address();
    Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3])
}

/// Writes another address and port; nothing happens where there is no port.
pub(super) fn rewrite(bytes: &mut [u8], side: Side, end: End) {
    let Some(place) = Place::find(bytes, side) else { return };
    let mut was = vec![bytes[place.port], bytes[place.port + 1]];
    let mut is = end.port.to_be_bytes().to_vec();
    bytes[place.port..place.port + 2].copy_from_slice(&is);
    if place.protocol != ICMP {
        // The pseudo-header: TCP and UDP sum up the addresses, too.
        was.extend_from_slice(&address(bytes, side).octets());
        is.extend_from_slice(&end.address.octets());
    }
    correct(bytes, &place, &was, &is);
    readdress(bytes, side, end.address);
}

/// Corrects the checksum behind the ports; a quotation may end before it.
fn correct(bytes: &mut [u8], place: &Place, was: &[u8], is: &[u8]) {
    let Some(slot) = bytes.get_mut(place.check..place.check + 2) else { return };
    let check = u16::from_be_bytes([slot[0], slot[1]]);
    if place.protocol == UDP && check == 0 {
        return; // the sender did not compute one (RFC 768)
    }
    let mut check = adjusted(check, was, is);
    if place.protocol == UDP && check == 0 {
        check = 0xffff;
    }
    slot.copy_from_slice(&check.to_be_bytes());
}

/// Writes another address and leaves the ports alone: for errors, and for later pieces, which have none.
pub(super) fn readdress(bytes: &mut [u8], side: Side, address: Ipv4Addr) {
    let at = side.address();
    let Some(slot) = bytes.get_mut(at..at + 4) else { return };
    let was = [slot[0], slot[1], slot[2], slot[3]];
    slot.copy_from_slice(&address.octets());
    let check = adjusted(u16::from_be_bytes([bytes[10], bytes[11]]), &was, &address.octets());
    bytes[10..12].copy_from_slice(&check.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::testing::{A, B, assert_sound, ping, tcp, udp};
    use super::*;

    const OTHER: End = End { address: Ipv4Addr::new(203, 0, 113, 7), port: 61_001 };

    #[test]
    fn both_ends_of_tcp_and_udp_can_be_changed_and_the_checksums_stay_right() {
        for make in [udp, tcp] {
            for side in [Side::From, Side::To] {
                for odd in 0..4 {
                    let mut packet = make(A, B, 5000, 80, &b"Hello"[..=odd]);
                    rewrite(&mut packet, side, OTHER);
                    assert_eq!(read(&packet, side).map(|(_, end)| end), Some(OTHER));
                    assert_sound(&packet);
                }
            }
        }
    }

    #[test]
    fn the_id_of_a_ping_is_its_port() {
        let mut packet = ping(A, B, 77, b"abc");
        assert_eq!(read(&packet, Side::From), Some((ICMP, End { address: A, port: 77 })));
        assert_eq!(read(&packet, Side::To), None);
        rewrite(&mut packet, Side::From, OTHER);
        assert_sound(&packet);
        assert_eq!(read(&packet, Side::From), Some((ICMP, OTHER)));
    }

    #[test]
    fn a_udp_checksum_of_zero_stays_zero_and_none_becomes_zero() {
        let mut packet = udp(A, B, 5000, 80, b"Hello");
        packet[26..28].fill(0);
        rewrite(&mut packet, Side::From, OTHER);
        assert_eq!(packet[26..28], [0, 0]);
        // Every port once: one of the sums is zero, which must be written as 0xffff.
        let zero = (0..=u16::MAX).filter(|port| {
            let mut packet = udp(A, B, 5000, 80, b"Hello");
            rewrite(&mut packet, Side::From, End { address: A, port: *port });
            packet[26..28] == [0, 0]
        });
        assert_eq!(zero.count(), 0);
    }

    #[test]
    fn a_damaged_packet_stays_damaged() {
        let mut packet = udp(A, B, 5000, 80, b"Hello");
        packet[30] ^= 1;
        rewrite(&mut packet, Side::From, OTHER);
        let parsed = etherparse::SlicedPacket::from_ip(&packet).expect("a packet");
        let Some(etherparse::TransportSlice::Udp(udp)) = parsed.transport else { panic!("no UDP") };
        let right = udp.to_header().calc_checksum_ipv4_raw(OTHER.address.octets(), B.octets(), udp.payload());
        assert_ne!(Ok(udp.checksum()), right);
    }

    #[test]
    fn a_quotation_may_end_anywhere() {
        let packet = tcp(A, B, 5000, 80, b"Hello");
        for length in 0..packet.len() {
            let mut quote = packet[..length].to_vec();
            rewrite(&mut quote, Side::From, OTHER);
            rewrite(&mut quote, Side::To, OTHER);
            assert_eq!(read(&quote, Side::To).is_some(), length >= 24);
        }
    }
}
