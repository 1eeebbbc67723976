//! What other machines say to each other is nobody's business here: headers only.

use crate::dissect::{Dissection, Packet};

/// The packet without what its transport layer carries.
pub fn without_payload<'a>(packet: Packet<'a>, tape: &Dissection) -> Packet<'a> {
    // Pieces of a larger IP packet mostly have no transport header: all behind their IP header is payload.
    let piece = tape.facts.piece.map(|piece| piece.at);
    let Some(at) = piece.or(Some(tape.facts.payload)).filter(|at| !at.is_empty()) else { return packet };
    let headers = at.start as usize;
    Packet { bytes: packet.bytes.get(..headers).unwrap_or(packet.bytes), ..packet }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::dissect;
    use crate::protocols;

    fn kept(bytes: &[u8]) -> usize {
        let packet = Packet { number: 1, bytes, length: bytes.len() as u32, link: 1, ..Packet::default() };
        let mut tape = Dissection::new();
        dissect(protocols::index(), &packet, &mut tape);
        without_payload(packet, &tape).bytes.len()
    }

    #[test]
    fn of_other_peoples_packets_only_headers_are_kept_also_of_pieces() {
        let ethernet = [2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 5, 8, 0];
        let ip = |flags: u8, length: u8| {
            [0x45, 0, 0, length, 0, 7, flags, 1, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 9].to_vec()
        };
        let whole =
            [&ethernet[..], &ip(0, 33)[..6], &[0, 0], &ip(0, 33)[8..], &[0, 80, 0, 90, 0, 13, 0, 0], b"inner"].concat();
        assert_eq!(kept(&whole), 14 + 20 + 8);
        let piece = [&ethernet[..], &ip(0x20, 25), b"inner"].concat();
        assert_eq!(kept(&piece), 14 + 20);
    }
}
