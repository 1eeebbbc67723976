//! Cutting a datagram in pieces that fit the next link (RFC 791 §3.2, "An Example Fragmentation Procedure").
//! Every piece is a datagram of its own with the same identification; only the receiver puts them together.
//! Not here: putting together (RFC 1812 §5.2.6: routers must not), the decision whether to cut at all.

use super::datagram::{Datagram, HEADER};

/// Every link must carry this much: a header of 60 bytes and 8 bytes of data (RFC 791 §3.1).
pub(super) const LEAST_MTU: usize = 68;
/// No datagram may reach further, nor may the pieces of one ("ping of death").
const LONGEST: usize = 65_535;

/// The pieces, in order. None at all where a piece of a piece would lie beyond the longest datagram.
pub(super) fn cut(datagram: &Datagram, mtu: usize) -> Vec<Datagram> {
    let (header, payload) = (datagram.header(), datagram.payload());
    if HEADER + datagram.offset() + payload.len() > LONGEST {
        return Vec::new();
    }
    let short = copied(header);
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < payload.len() {
        let header = if at == 0 { header } else { &short };
        let room = mtu.max(LEAST_MTU) - header.len();
        let end = payload.len().min(at + room);
        let last = end == payload.len();
        // Offsets count in units of 8 bytes, so only the last piece may have any other length.
        let end = if last { end } else { at + room / 8 * 8 };
        let more = !last || datagram.more_fragments();
        pieces.push(Datagram::piece(header, &payload[at..end], datagram.offset() + at, more));
        at = end;
    }
    pieces
}

/// The header of all pieces but the first: of the options only those whose first bit, "copied", is set.
fn copied(header: &[u8]) -> Vec<u8> {
    let (fixed, mut options) = header.split_at(HEADER);
    let mut copy = fixed.to_vec();
    while let [kind, rest @ ..] = options {
        let length = match (kind, rest) {
            (0, _) => break, // end of options
            (1, _) => 1,     // no operation
            (_, [length, ..]) if *length >= 2 => usize::from(*length),
            _ => break,
        };
        let Some((option, behind)) = options.split_at_checked(length) else { break };
        if kind & 0x80 != 0 {
            copy.extend_from_slice(option);
        }
        options = behind;
    }
    copy.resize(copy.len().next_multiple_of(4), 0);
    copy
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::dissect::{fold, sum};

    fn datagram(options: &[u8], payload: usize, flags: u16) -> Datagram {
        let (from, to) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 1, 1));
        let data: Vec<u8> = (0..payload).map(|n| n as u8).collect();
        let mut bytes = Datagram::new(from, to, 17, 0, 99, &data).bytes().to_vec();
        bytes.splice(20..20, options.iter().copied());
        bytes[0] = 0x45 + (options.len() / 4) as u8;
        let length = (bytes.len() as u16).to_be_bytes();
        bytes[2..4].copy_from_slice(&length);
        bytes[6..8].copy_from_slice(&flags.to_be_bytes());
        bytes[10..12].fill(0);
        let check = !fold(sum(&bytes[..20 + options.len()]));
        bytes[10..12].copy_from_slice(&check.to_be_bytes());
        Datagram::read(&bytes).expect("a sound datagram")
    }

    fn together(pieces: &[Datagram]) -> Vec<u8> {
        let mut whole = Vec::new();
        for piece in pieces {
            assert_eq!(piece.offset() - pieces[0].offset(), whole.len());
            assert_eq!(Datagram::read(piece.bytes()).as_ref(), Ok(piece), "each piece is sound by itself");
            whole.extend_from_slice(piece.payload());
        }
        whole
    }

    #[test]
    fn the_pieces_fit_the_link_and_together_are_the_whole() {
        for (payload, mtu) in [(1480, 600), (1480, 68), (100, 68), (577, 596), (8, 68), (65_515, 1500)] {
            let whole = datagram(&[], payload, 0);
            let pieces = cut(&whole, mtu);
            assert!(pieces.iter().all(|p| p.len() <= mtu));
            assert_eq!(together(&pieces), whole.payload());
            let (last, others) = pieces.split_last().expect("a piece");
            assert!(others.iter().all(|p| p.more_fragments() && p.payload().len() % 8 == 0));
            assert!(!last.more_fragments());
            assert!(pieces.iter().all(|p| p.id() == 99));
        }
    }

    #[test]
    fn a_piece_that_is_cut_again_keeps_its_place_and_says_that_more_follows() {
        let pieces = cut(&datagram(&[], 400, 0x2000 | 0x4a), 220);
        assert_eq!(pieces.iter().map(Datagram::offset).collect::<Vec<_>>(), [592, 792]);
        assert!(pieces.iter().all(Datagram::more_fragments), "the last of these is not the last of all");
    }

    #[test]
    fn only_options_that_say_so_are_copied_to_later_pieces() {
        // Record route (7, not copied), no operation, router alert (148, copied), end of options.
        let options = [7, 7, 4, 0, 0, 0, 0, 1, 148, 4, 0, 0, 0, 0, 0, 0];
        let pieces = cut(&datagram(&options, 300, 0), 200);
        assert_eq!(&pieces[0].header()[20..], options);
        assert_eq!(&pieces[1].header()[20..], [148, 4, 0, 0]);
        assert_eq!(together(&pieces).len(), 300);
    }

    #[test]
    fn options_whose_lengths_lie_are_left_out_without_harm() {
        for options in [[148, 0, 1, 2], [148, 200, 1, 2], [148, 1, 1, 148]] {
            let pieces = cut(&datagram(&options, 300, 0), 200);
            assert_eq!(together(&pieces).len(), 300);
        }
    }

    #[test]
    fn a_piece_beyond_the_longest_datagram_is_not_cut_further() {
        assert!(cut(&datagram(&[], 400, 0x1fff), 200).is_empty());
    }
}
