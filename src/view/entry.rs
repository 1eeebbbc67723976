//! What is kept of every packet of a file: where it stands, when it came, with whom it belongs. 40 bytes, so that
//! a million packets cost 40 MB and no copy of their bytes.

use crate::dissect::{Checksum, Direction, Fate, Packet};
use crate::source::Place;

/// One packet of the index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Entry {
    /// Where its bytes begin in the file; nothing where the packets themselves are kept.
    pub offset: u64,
    time: u64,
    /// Captured bytes.
    pub captured: u32,
    /// Bytes on the wire.
    pub length: u32,
    /// Number of its conversation, from 1; 0 for none.
    pub flow: u32,
    /// How many packets before this one came the one before in its conversation (of a piece of an IP packet: the piece
    /// before); 0 for none.
    pub back: u32,
    /// Its interface.
    pub interface: u16,
    comment_gap: u16,
    comment_length: u16,
    kind: u16,
}

const TIMELESS: u16 = 1 << 8;
const PIECE: u16 = 1 << 9;

const DIRECTIONS: [Direction; 4] = [Direction::Unknown, Direction::In, Direction::Out, Direction::Passing];
const CHECKSUMS: [Checksum; 3] = [Checksum::Unknown, Checksum::Unfinished, Checksum::Verified];
const FATES: [Fate; 6] = [Fate::Unknown, Fate::Lost, Fate::Damaged, Fate::Doubled, Fate::Delayed, Fate::Overflowed];

fn place_in<T: PartialEq>(all: &[T], one: &T) -> u16 {
    all.iter().position(|each| each == one).unwrap_or(0) as u16
}

impl Entry {
    /// Notes what a packet says of itself.
    pub fn of(packet: &Packet<'_>) -> Self {
        let kind = place_in(&DIRECTIONS, &packet.direction)
            | place_in(&CHECKSUMS, &packet.checksum) << 2
            | place_in(&FATES, &packet.fate) << 4
            | if packet.time.is_none() { TIMELESS } else { 0 };
        Entry {
            offset: 0,
            time: packet.time.unwrap_or_default(),
            captured: packet.bytes.len() as u32,
            length: packet.length,
            flow: 0,
            back: 0,
            interface: u16::try_from(packet.interface).unwrap_or(u16::MAX),
            comment_gap: 0,
            comment_length: 0,
            kind,
        }
    }

    /// Notes where it can be read again.
    pub fn stands_at(&mut self, place: Place) {
        self.offset = place.offset;
        // A comment that stands further behind its packet than any writer puts it is left out.
        let comment =
            place.comment.and_then(|(gap, length)| Some((u16::try_from(gap).ok()?, u16::try_from(length).ok()?)));
        (self.comment_gap, self.comment_length) = comment.unwrap_or_default();
    }

    /// The same, as a member of a conversation.
    #[must_use]
    pub fn within(self, flow: u32, back: u32, piece: bool) -> Self {
        let kind = self.kind | if piece { PIECE } else { 0 };
        Entry { flow, back, kind, ..self }
    }

    /// When it came, in nanoseconds since 1970.
    pub fn time(&self) -> Option<u64> {
        (self.kind & TIMELESS == 0).then_some(self.time)
    }

    /// Whether it is a piece of a larger IP packet.
    pub fn is_piece(&self) -> bool {
        self.kind & PIECE != 0
    }

    /// Bytes from its first one to the end of its comment, and where among them the comment stands.
    pub(super) fn extent(&self) -> (usize, std::ops::Range<usize>) {
        let captured = self.captured as usize;
        if self.comment_length == 0 {
            return (captured, 0..0);
        }
        let begin = captured + usize::from(self.comment_gap);
        let end = begin + usize::from(self.comment_length);
        (end, begin..end)
    }

    /// The packet without its bytes.
    pub(super) fn packet(&self, number: u64) -> Packet<'static> {
        let pick = |bits: u16, mask: u16| usize::from(self.kind >> bits & mask);
        Packet {
            number,
            time: self.time(),
            length: self.length,
            interface: u32::from(self.interface),
            direction: DIRECTIONS[pick(0, 3)],
            checksum: CHECKSUMS.get(pick(2, 3)).copied().unwrap_or_default(),
            fate: FATES.get(pick(4, 15)).copied().unwrap_or_default(),
            ..Packet::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_of_the_index_costs_forty_bytes() {
        assert!(size_of::<Entry>() <= 40, "{}", size_of::<Entry>());
    }

    #[test]
    fn what_a_packet_says_of_itself_survives_the_index() {
        for (direction, checksum, fate, time) in [
            (Direction::Passing, Checksum::Verified, Fate::Overflowed, Some(7)),
            (Direction::Out, Checksum::Unfinished, Fate::Delayed, None),
            (Direction::Unknown, Checksum::Unknown, Fate::Unknown, Some(0)),
        ] {
            let packet = Packet {
                bytes: b"abc",
                length: 90,
                direction,
                checksum,
                fate,
                time,
                interface: 4,
                ..Packet::default()
            };
            let place = Place { offset: 1 << 40, comment: Some((5, 9)) };
            let mut entry = Entry::of(&packet).within(3, 2, true);
            entry.stands_at(place);
            let again = entry.packet(12);
            assert_eq!((again.number, again.time, again.length), (12, time, 90));
            assert_eq!((again.direction, again.checksum, again.fate, again.interface), (direction, checksum, fate, 4));
            assert_eq!((entry.offset, entry.extent(), entry.is_piece()), (1 << 40, (17, 8..17), true));
        }
    }
}
