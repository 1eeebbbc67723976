//! The classic pcap format: one header, then packets. Both byte orders, micro- and nanoseconds, and the
//! variant of Alexey Kuznetzov with longer records.
//! Source: draft-ietf-opsawg-pcap.

use super::buffer::Buffer;
use super::{MAX_PACKET, Record, Trouble};
use crate::dissect::{Direction, Fate, Interface, LinkType, Span};

pub(super) struct Pcap {
    big_endian: bool,
    nanos_per_tick: u64,
    record_header: usize,
    swapped_lengths: bool,
    link: LinkType,
}

impl Pcap {
    /// `None` where `head` is no pcap header; an error in words where it is one that cannot be read.
    pub(super) fn new(head: &[u8]) -> Option<Result<(Self, Interface), String>> {
        let magic: [u8; 4] = head.first_chunk().copied()?;
        let (big_endian, nanos_per_tick, record_header) = match (u32::from_be_bytes(magic), u32::from_le_bytes(magic)) {
            (0xa1b2_c3d4, _) => (true, 1000, 16),
            (_, 0xa1b2_c3d4) => (false, 1000, 16),
            (0xa1b2_3c4d, _) => (true, 1, 16),
            (_, 0xa1b2_3c4d) => (false, 1, 16),
            (0xa1b2_cd34, _) => (true, 1000, 24),
            (_, 0xa1b2_cd34) => (false, 1000, 24),
            _ => return None,
        };
        let Some(header) = head.get(..24) else { return Some(Err("the file header is incomplete".to_owned())) };
        let half = |at: usize| {
            let pair = [header[at], header[at + 1]];
            if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        };
        let (major, minor) = (half(4), half(6));
        if major != 2 {
            return Some(Err(format!("its version is {major}.{minor}; 2.4 is the one in use")));
        }
        let snaplen = word(&header[16..], big_endian);
        // The upper bits tell of a frame check sequence at the end of each packet.
        let link = word(&header[20..], big_endian) & 0x03ff_ffff;
        let pcap = Pcap { big_endian, nanos_per_tick, record_header, swapped_lengths: minor < 3, link };
        Some(Ok((pcap, Interface { name: String::new(), link, snaplen })))
    }

    /// The next record and the bytes that it takes.
    pub(super) fn record(&self, buffer: &mut Buffer) -> Result<(Option<Record>, u64), Trouble> {
        let header = self.record_header;
        match buffer.fill(header)? {
            0 => return Ok((None, 0)),
            n if n < header => return Err(Trouble::Cut),
            _ => {}
        }
        let number = |at: usize| word(&buffer.waiting()[at..], self.big_endian);
        let (seconds, fraction) = (u64::from(number(0)), u64::from(number(4)));
        let (captured, length) = if self.swapped_lengths { (number(12), number(8)) } else { (number(8), number(12)) };
        let size = captured as usize;
        if size > MAX_PACKET {
            return Err(Trouble::Damaged(format!("a packet claims {captured} bytes")));
        }
        if buffer.fill(header + size)? < header + size {
            return Err(Trouble::Cut);
        }
        let record = Record {
            time: Some(seconds * 1_000_000_000 + fraction * self.nanos_per_tick),
            length: length.max(captured),
            bytes: Span::new(header, header + size),
            comment: None,
            link: self.link,
            interface: 0,
            direction: Direction::Unknown,
            fate: Fate::Unknown,
        };
        Ok((Some(record), (header + size) as u64))
    }
}

/// The first four bytes as a number.
fn word(bytes: &[u8], big_endian: bool) -> u32 {
    let four = bytes.first_chunk::<4>().copied().unwrap_or_default();
    if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
}
