//! Puts the pieces of a cut IP packet together (RFC 791 §3.2, RFC 8200 §4.5, RFC 815).
//! Bounded: few packets at once, each at most 64 KiB; the oldest gives way. Pieces that overlap with other
//! content make a packet that nobody should trust: it is thrown away (RFC 5722).

use std::collections::VecDeque;
use std::net::IpAddr;

use crate::dissect::Piece;

/// Most packets that wait for pieces.
const MAX_PACKETS: usize = 64;
/// Most bytes of one packet: IP's total length has 16 bits.
const MAX_BYTES: usize = 65_535;

/// Most pieces of one packet: each has at least 8 bytes, but for copies.
const MAX_PIECES: usize = 8192;

/// Pieces of one packet share these.
type Id = (IpAddr, IpAddr, u32, u8);

struct Waiting {
    id: Id,
    bytes: Vec<u8>,
    /// Ranges that are here, in order, apart from each other.
    here: Vec<(usize, usize)>,
    /// Where the packet ends, once the last piece is known.
    end: Option<usize>,
    carriers: Vec<u64>,
}

/// A packet whose pieces are all here.
#[derive(Debug, PartialEq, Eq)]
pub struct Whole {
    /// What IP carried.
    pub bytes: Vec<u8>,
    /// IP protocol number.
    pub protocol: u8,
    /// Numbers of the packets that brought it.
    pub carriers: Vec<u64>,
}

/// Packets that wait for pieces.
#[derive(Default)]
pub struct Fragments {
    waiting: VecDeque<Waiting>,
}

impl Fragments {
    /// Adds a piece; gives the whole packet if this was the last that was missing.
    pub fn add(&mut self, ends: (IpAddr, IpAddr), piece: Piece, bytes: &[u8], packet: u64) -> Option<Whole> {
        let id = (ends.0, ends.1, piece.id, piece.protocol);
        let (start, end) = (piece.offset as usize, piece.offset as usize + bytes.len());
        if end > MAX_BYTES || bytes.is_empty() {
            return None;
        }
        let at = self.waiting.iter().position(|w| w.id == id).unwrap_or_else(|| {
            if self.waiting.len() == MAX_PACKETS {
                self.waiting.pop_front();
            }
            let waiting = Waiting { id, bytes: Vec::new(), here: Vec::new(), end: None, carriers: Vec::new() };
            self.waiting.push_back(waiting);
            self.waiting.len() - 1
        });
        let waiting = self.waiting.get_mut(at)?;
        if !waiting.put(start, end, bytes, piece.more) {
            self.waiting.remove(at);
            return None;
        }
        if waiting.carriers.len() >= MAX_PIECES {
            self.waiting.remove(at); // copies of the same piece without end
            return None;
        }
        waiting.carriers.push(packet);
        if waiting.end.is_some_and(|end| waiting.here == [(0, end)]) {
            let whole = self.waiting.remove(at)?;
            return Some(Whole { bytes: whole.bytes, protocol: piece.protocol, carriers: whole.carriers });
        }
        None
    }
}

impl Waiting {
    /// Puts a piece into its place; false where it contradicts what is here.
    fn put(&mut self, start: usize, end: usize, bytes: &[u8], more: bool) -> bool {
        let known_end = self.end.unwrap_or(usize::MAX);
        if end > known_end || (!more && (self.end.is_some_and(|e| e != end) || self.bytes.len() > end)) {
            return false;
        }
        for (from, to) in &self.here {
            let (from, to) = (start.max(*from), end.min(*to));
            if from < to && self.bytes.get(from..to) != bytes.get(from - start..to - start) {
                return false;
            }
        }
        if !more {
            self.end = Some(end);
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[start..end].copy_from_slice(bytes);
        self.here.push((start, end));
        self.here.sort_unstable();
        let mut joined: Vec<(usize, usize)> = Vec::with_capacity(self.here.len());
        for (from, to) in self.here.drain(..) {
            match joined.last_mut().filter(|last| from <= last.1) {
                Some(last) => last.1 = last.1.max(to),
                None => joined.push((from, to)),
            }
        }
        self.here = joined;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> (IpAddr, IpAddr) {
        ([192, 0, 2, 1].into(), [192, 0, 2, 9].into())
    }

    fn piece(id: u32, offset: u32, more: bool) -> Piece {
        Piece { id, protocol: 17, offset, more, ..Piece::default() }
    }

    #[test]
    fn pieces_in_any_order_make_the_packet() {
        let mut fragments = Fragments::default();
        assert_eq!(fragments.add(ends(), piece(7, 16, false), b"end", 1), None);
        assert_eq!(fragments.add(ends(), piece(7, 0, true), b"01234567", 2), None);
        let whole = fragments.add(ends(), piece(7, 8, true), b"89abcdef", 3).expect("whole");
        assert_eq!((whole.bytes.as_slice(), whole.carriers), (&b"0123456789abcdefend"[..], vec![1, 2, 3]));
    }

    #[test]
    fn packets_with_other_numbers_do_not_mix() {
        let mut fragments = Fragments::default();
        fragments.add(ends(), piece(1, 0, true), b"01234567", 1);
        assert_eq!(fragments.add(ends(), piece(2, 8, false), b"x", 2), None);
    }

    #[test]
    fn pieces_that_contradict_each_other_are_thrown_away() {
        let mut fragments = Fragments::default();
        fragments.add(ends(), piece(1, 0, true), b"01234567", 1);
        assert_eq!(fragments.add(ends(), piece(1, 0, true), b"0123456X", 2), None);
        assert_eq!(fragments.add(ends(), piece(1, 8, false), b"end", 3), None, "its beginning is gone");
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut fragments = Fragments::default();
        for id in 0..10_000 {
            fragments.add(ends(), piece(id, 8, true), b"01234567", 1);
        }
        assert!(fragments.waiting.len() <= MAX_PACKETS);
        for packet in 0..20_000 {
            fragments.add(ends(), piece(7, 8, true), b"01234567", packet);
        }
        assert!(fragments.waiting.iter().all(|w| w.carriers.len() <= MAX_PIECES));
        assert_eq!(fragments.add(ends(), piece(1, 65_528, false), &[0; 100], 1), None, "beyond what IP can carry");
    }
}
