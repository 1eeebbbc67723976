//! One direction of a TCP connection as the receiving program reads it: bytes in order, each once
//! (RFC 9293 §3.10.7.4). Segments that come too early wait; what is too much to wait for is given up.
//! Not here: where messages begin and end (`messages`), what a repetition means (`protocols`).

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// Most bytes of one direction that wait for a gap to close.
pub const MAX_WAITING: usize = 256 * 1024;
/// Most bytes of one direction that wait for the rest of a message.
pub const MAX_OPEN: usize = 1024 * 1024;

/// What remembering one piece costs besides its bytes, so that many tiny ones count for what they are.
const PIECE: usize = 64;
/// Most bytes of memory that a direction keeps for its next message.
const KEPT: usize = 16 * 1024;
/// Most bytes for which room is made before they have come.
const AT_ONCE: u64 = 64 * 1024;

/// A piece of an unfinished message: up to where its bytes reach in the buffer, and the packet that brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// One past its last byte, counted in the buffer.
    pub end: usize,
    /// The packet's number.
    pub packet: u64,
}

/// What a segment adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// These bytes of the payload come next.
    Next(Range<usize>),
    /// Bytes before it are missing; it waits.
    Early,
    /// All of it was here before.
    Known,
}

/// One direction.
#[derive(Debug, Default)]
pub struct Stream {
    /// Sequence number of the next byte; unknown before the first segment.
    next: Option<u32>,
    /// Bytes of an unfinished message, and who brought them.
    open: Vec<u8>,
    parts: VecDeque<Part>,
    /// Segments that came too early, by their distance from `origin`.
    early: BTreeMap<u64, Early>,
    waiting: usize,
    /// Bytes that were delivered since the first one; distances in `early` count like it.
    delivered: u64,
}

#[derive(Debug)]
struct Early {
    bytes: Vec<u8>,
    packet: u64,
}

impl Stream {
    /// The first byte will have this number: one past the SYN's.
    pub fn begin(&mut self, seq: u32) {
        *self = Stream { next: Some(seq), ..Stream::default() };
    }

    /// Number of the byte that comes next.
    pub fn next(&self) -> Option<u32> {
        self.next
    }

    /// Looks at a segment: what of it is new and in order, or that it has to wait. Takes nothing yet.
    /// A direction that was not seen from its beginning begins with its first payload.
    pub fn arrive(&mut self, seq: u32, payload: &[u8], packet: u64) -> Arrival {
        let next = *self.next.get_or_insert(seq);
        let ahead = seq.wrapping_sub(next);
        if ahead == 0 {
            return Arrival::Next(0..payload.len());
        }
        if ahead < 1 << 31 {
            self.wait(u64::from(ahead), payload, packet);
            return Arrival::Early;
        }
        let known = next.wrapping_sub(seq) as usize;
        if known < payload.len() { Arrival::Next(known..payload.len()) } else { Arrival::Known }
    }

    fn wait(&mut self, ahead: u64, payload: &[u8], packet: u64) {
        let cost = payload.len() + PIECE;
        if self.waiting + cost > MAX_WAITING {
            return; // the gap is skipped once it is clear that nobody will fill it
        }
        let place = self.delivered + ahead;
        // Of two segments for the same place the first is kept, as Linux does.
        if let std::collections::btree_map::Entry::Vacant(free) = self.early.entry(place) {
            free.insert(Early { bytes: payload.to_vec(), packet });
            self.waiting += cost;
        }
    }

    /// The bytes have been delivered: the next number moves on.
    pub fn advance(&mut self, bytes: usize) {
        self.next = self.next.map(|n| n.wrapping_add(bytes as u32));
        self.delivered += bytes as u64;
    }

    /// A segment that waited and comes next now: its new bytes and the packet that brought them.
    pub fn ready(&mut self) -> Option<(Vec<u8>, u64)> {
        loop {
            let (place, _) = self.early.first_key_value()?;
            if *place > self.delivered {
                return None;
            }
            let (place, mut early) = self.early.pop_first()?;
            self.waiting -= early.bytes.len() + PIECE;
            let known = usize::try_from(self.delivered - place).unwrap_or(usize::MAX);
            if known < early.bytes.len() {
                early.bytes.drain(..known);
                return Some((early.bytes, early.packet));
            }
        }
    }

    /// Whether a segment that waited comes next.
    pub fn has_ready(&self) -> bool {
        self.early.first_key_value().is_some_and(|(place, _)| *place <= self.delivered)
    }

    /// Whether segments wait for a gap.
    pub fn has_gap(&self) -> bool {
        !self.early.is_empty()
    }

    /// Gives up the missing bytes before the first segment that waits; how many they were.
    pub fn skip_gap(&mut self) -> u64 {
        let Some((place, _)) = self.early.first_key_value() else { return 0 };
        let missing = place.saturating_sub(self.delivered);
        self.close_message();
        self.next = self.next.map(|n| n.wrapping_add(missing as u32));
        self.delivered += missing;
        missing
    }

    /// Adds delivered bytes to the unfinished message of `needed` bytes; 0 where nobody knows.
    pub fn keep(&mut self, bytes: &[u8], packet: u64, needed: u64) {
        // Room at once for messages of common size: growing by doubling copies them over and over.
        let room = (needed.min(AT_ONCE) as usize).saturating_sub(self.open.len());
        self.open.reserve(room.max(bytes.len()));
        self.open.extend_from_slice(bytes);
        self.parts.push_back(Part { end: self.open.len(), packet });
    }

    /// The unfinished message.
    pub fn open(&self) -> &[u8] {
        &self.open
    }

    /// Lends the unfinished message out; [`restore`](Self::restore) brings it back. No copy.
    pub fn lend(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.open)
    }

    /// Takes back what was lent.
    pub fn restore(&mut self, bytes: Vec<u8>) {
        self.open = bytes;
    }

    /// All of the unfinished message is a message now; `room` is memory for the next one, if it is not much
    /// more than this message of `n` bytes had.
    pub fn finish(&mut self, mut room: Vec<u8>, n: usize) {
        room.clear();
        self.open = if room.capacity() <= (2 * n).min(KEPT) { room } else { Vec::new() };
        self.parts.clear();
    }

    /// The packets that brought the first `n` bytes of the unfinished message.
    pub fn carriers(&self, n: usize) -> impl Iterator<Item = u64> + '_ {
        let mut begin = 0;
        self.parts.iter().map_while(move |part| {
            let first = begin;
            begin = part.end;
            (first < n).then_some(part.packet)
        })
    }

    /// Takes the first `n` bytes of the unfinished message away: they are a message now.
    pub fn take(&mut self, n: usize) {
        let n = n.min(self.open.len());
        self.open.drain(..n);
        for part in &mut self.parts {
            part.end = part.end.saturating_sub(n);
        }
        while self.parts.front().is_some_and(|p| p.end == 0) {
            self.parts.pop_front();
        }
        if self.open.is_empty() && self.open.capacity() > KEPT {
            self.open = Vec::new(); // a long message has passed: its memory is for others
        }
    }

    /// Forgets the unfinished message; how many bytes it had.
    pub fn close_message(&mut self) -> usize {
        let n = self.open.len();
        self.take(n);
        n
    }

    /// Forgets the unfinished message and the segments that wait, and gives their memory back.
    pub fn give_up(&mut self) {
        (self.open, self.parts) = (Vec::new(), VecDeque::new());
        self.early.clear();
        self.waiting = 0;
    }

    /// Segments that wait for missing bytes, in order: how many are missing before each, its new bytes, and its packet.
    pub fn waiting(&self) -> impl Iterator<Item = (u64, &[u8], u64)> {
        let mut reached = self.delivered;
        self.early.iter().filter_map(move |(place, early)| {
            let missing = place.saturating_sub(reached);
            let known = usize::try_from(reached.saturating_sub(*place)).unwrap_or(usize::MAX);
            let new = early.bytes.get(known..).filter(|bytes| !bytes.is_empty())?;
            reached = reached.max(place + early.bytes.len() as u64);
            Some((missing, new, early.packet))
        })
    }

    /// Bytes held for this direction.
    pub fn held(&self) -> usize {
        self.open.capacity() + self.parts.capacity() * size_of::<Part>() + self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays segments and returns what the program reads.
    fn read(segments: &[(u32, &str)]) -> String {
        let mut stream = Stream::default();
        stream.begin(segments[0].0);
        let mut text = String::new();
        for (packet, (seq, payload)) in (1..).zip(segments) {
            if let Arrival::Next(new) = stream.arrive(*seq, payload.as_bytes(), packet) {
                text += &payload[new.clone()];
                stream.advance(new.len());
                while let Some((bytes, _)) = stream.ready() {
                    text += std::str::from_utf8(&bytes).expect("ASCII");
                    stream.advance(bytes.len());
                }
            }
        }
        text
    }

    #[test]
    fn segments_out_of_order_are_read_in_order() {
        assert_eq!(read(&[(10, "He"), (14, "o!"), (12, "ll")]), "Hello!");
        assert_eq!(read(&[(10, "a"), (13, "d"), (12, "c"), (11, "b")]), "abcd");
    }

    #[test]
    fn what_comes_twice_is_read_once() {
        assert_eq!(read(&[(10, "Hel"), (10, "Hel"), (12, "llo")]), "Hello");
        assert_eq!(read(&[(10, "He"), (13, "lo"), (11, "ello")]), "Hello");
    }

    #[test]
    fn numbers_wrap_around() {
        let near = u32::MAX - 1;
        assert_eq!(read(&[(near, "He"), (2, "o!"), (0, "ll")]), "Hello!");
    }

    #[test]
    fn a_gap_can_be_given_up() {
        let mut stream = Stream::default();
        stream.begin(0);
        assert_eq!(stream.arrive(5, b"later", 1), Arrival::Early);
        assert!(stream.has_gap());
        assert_eq!(stream.skip_gap(), 5);
        assert_eq!(stream.ready().map(|(bytes, packet)| (bytes.len(), packet)), Some((5, 1)));
    }

    #[test]
    fn a_message_knows_the_packets_that_carried_it() {
        let mut stream = Stream::default();
        stream.begin(0);
        stream.keep(b"abc", 4, 7);
        stream.keep(b"def", 7, 0);
        stream.keep(b"g", 9, 0);
        assert_eq!(stream.carriers(3).collect::<Vec<_>>(), [4]);
        assert_eq!(stream.carriers(4).collect::<Vec<_>>(), [4, 7]);
        stream.take(4);
        assert_eq!((stream.open(), stream.carriers(3).collect::<Vec<_>>()), (&b"efg"[..], vec![7, 9]));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut stream = Stream::default();
        stream.begin(0);
        for k in 1..1000u32 {
            stream.arrive(k * 2000, &[0; 1460], u64::from(k));
        }
        assert!(stream.held() <= MAX_WAITING);
        stream.give_up();
        assert_eq!((stream.held(), stream.has_gap()), (0, false));
    }

    #[test]
    fn tiny_segments_count_for_more_than_their_bytes() {
        let mut stream = Stream::default();
        stream.begin(0);
        for k in 1..100_000u32 {
            stream.arrive(k * 2, b"x", u64::from(k));
        }
        assert!(stream.early.len() <= MAX_WAITING / PIECE, "{} segments wait", stream.early.len());
    }
}
