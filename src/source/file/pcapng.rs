//! pcapng: blocks in sections, each section with its own byte order and interfaces.
//! Source: draft-ietf-opsawg-pcapng. Not here: journal entries; their blocks are stepped over.

use super::buffer::Buffer;
use super::{Beside, MAX_INTERFACES, MAX_PACKET, Record, Trouble, names};
use crate::dissect::{Direction, Fate, Interface, LinkType, Span};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const NAMES: u32 = 4;
const STATISTICS: u32 = 5;
const SECRETS: u32 = 10;
/// Kind of secrets: a key log of TLS.
const KEY_LOG: u32 = 0x544c_534b;
const ENHANCED_PACKET: u32 = 6;

/// Bytes of a block beside its packet: header, trailer and options.
const MAX_BLOCK: usize = MAX_PACKET + 256 * 1024;

/// Most bytes of a block of secrets; a larger one is stepped over.
const MAX_SECRETS: usize = 16 * 1024 * 1024;

/// Whether a file that begins so is a pcapng file.
pub(super) fn is_one(head: &[u8]) -> bool {
    head.starts_with(&SECTION.to_be_bytes())
}

/// The state of the current section.
#[derive(Default)]
pub(super) struct PcapNg {
    big_endian: bool,
    /// Number of the section's first interface among all of the file.
    first: usize,
    clocks: Vec<Clock>,
}

/// How an interface counts time.
#[derive(Clone, Copy)]
struct Clock {
    link: LinkType,
    snaplen: u32,
    /// Ticks per second as a power of ten, or of two.
    exponent: u32,
    binary: bool,
    offset: i64,
}

impl Clock {
    /// Nanoseconds since 1970; `None` where the time does not fit.
    fn nanos(&self, ticks: u64) -> Option<u64> {
        let ticks = u128::from(ticks);
        let nanos = if self.binary {
            ticks.checked_mul(1_000_000_000)? >> self.exponent.min(127)
        } else if self.exponent <= 9 {
            ticks * 10u128.pow(9 - self.exponent)
        } else {
            ticks / 10u128.checked_pow(self.exponent - 9)?
        };
        let offset = i128::from(self.offset) * 1_000_000_000;
        u64::try_from(i128::try_from(nanos).ok()? + offset).ok()
    }
}

impl PcapNg {
    /// The next packet record and the bytes that its block takes.
    pub(super) fn record(
        &mut self,
        buffer: &mut Buffer,
        beside: &mut Beside,
    ) -> Result<(Option<Record>, u64), Trouble> {
        loop {
            match buffer.fill(12)? {
                0 => return Ok((None, 0)),
                n if n < 12 => return Err(Trouble::Cut),
                _ => {}
            }
            let head = buffer.waiting();
            if is_one(head) {
                self.big_endian = match word(&head[8..], true) {
                    0x1a2b_3c4d => true,
                    0x4d3c_2b1a => false,
                    _ => return Err(Trouble::Damaged("a section does not say its byte order".to_owned())),
                };
                self.first = beside.interfaces.len();
                self.clocks.clear();
            }
            let kind = self.word(head);
            let length = self.word(&head[4..]);
            if length < 12 {
                return Err(Trouble::Damaged(format!("a block claims {length} bytes")));
            }
            // Lengths are multiples of four; some old writers forgot the padding at the end.
            let size = (length as usize).next_multiple_of(4);
            if !matches!(
                kind,
                SECTION | INTERFACE | NAMES | OLD_PACKET | SIMPLE_PACKET | STATISTICS | ENHANCED_PACKET | SECRETS
            ) || (kind == SECRETS && size > MAX_SECRETS)
            {
                if !buffer.skip(size as u64)? {
                    return Err(Trouble::Cut);
                }
                continue;
            }
            if size > MAX_BLOCK && kind != SECRETS {
                return Err(Trouble::Damaged(format!("a block claims {length} bytes")));
            }
            if buffer.fill(size)? < size {
                return Err(Trouble::Cut);
            }
            let block = &buffer.waiting()[..size - 4];
            match kind {
                INTERFACE => self.interface(&block[8..], &mut beside.interfaces)?,
                STATISTICS => beside.lost = beside.lost.saturating_add(self.lost(&block[8..])),
                NAMES => names::read(&block[8..], self.big_endian, &mut beside.names),
                ENHANCED_PACKET | OLD_PACKET | SIMPLE_PACKET => {
                    return Ok((Some(self.packet(kind, block)?), size as u64));
                }
                SECRETS if self.word(block.get(8..).unwrap_or_default()) == KEY_LOG && block.len() >= 16 => {
                    let length = self.word(&block[12..]) as usize;
                    beside.secrets.add(block.get(16..16 + length).unwrap_or(&block[16..]));
                    beside.secrets.end();
                }
                _ => {}
            }
            buffer.skip(size as u64)?;
        }
    }

    fn interface(&mut self, body: &[u8], interfaces: &mut Vec<Interface>) -> Result<(), Trouble> {
        if body.len() < 8 {
            return Err(Trouble::Damaged("an interface description is too short".to_owned()));
        }
        if interfaces.len() >= MAX_INTERFACES {
            return Err(Trouble::Damaged(format!("it names more than {MAX_INTERFACES} interfaces")));
        }
        let link = u32::from(self.half(body));
        let snaplen = self.word(&body[4..]);
        let mut clock = Clock { link, snaplen, exponent: 6, binary: false, offset: 0 };
        let (mut name, mut description) = ("", "");
        for (code, value) in self.options(&body[8..], 8) {
            let text = || std::str::from_utf8(value.of(body)).unwrap_or_default().trim_end_matches('\0');
            match (code, value.of(body)) {
                (2, _) => name = text(),
                (3, _) => description = text(),
                (9, [resolution, ..]) => {
                    clock.exponent = u32::from(resolution & 0x7f);
                    clock.binary = resolution & 0x80 != 0;
                }
                (14, seconds) => clock.offset = self.long(seconds).cast_signed(),
                _ => {}
            }
        }
        self.clocks.push(clock);
        let name = if name.is_empty() { description } else { name };
        let name = name.chars().take(64).collect();
        interfaces.push(Interface { name, link, snaplen });
        Ok(())
    }

    /// Packets that the interface or the system dropped, as the statistics say.
    fn lost(&self, body: &[u8]) -> u64 {
        let options = body.get(12..).unwrap_or_default();
        let sum = |all: u64, (code, value): (u16, Span)| match code {
            5 | 7 => all.saturating_add(self.long(value.of(body))),
            _ => all,
        };
        self.options(options, 12).fold(0, sum)
    }

    fn packet(&self, kind: u32, block: &[u8]) -> Result<Record, Trouble> {
        // Where the packet stands, and the numbers before it.
        let (data, interface) = match kind {
            SIMPLE_PACKET => (12, 0),
            OLD_PACKET => (28, usize::from(self.half(block.get(8..).unwrap_or_default()))),
            _ => (28, self.word(block.get(8..).unwrap_or_default()) as usize),
        };
        if block.len() < data {
            return Err(Trouble::Damaged("a packet block is too short".to_owned()));
        }
        let Some(clock) = self.clocks.get(interface) else {
            return Err(Trouble::Damaged(format!("it came from interface {interface}, which is not described")));
        };
        let room = block.len() - data;
        let (captured, length, ticks) = if kind == SIMPLE_PACKET {
            let length = self.word(&block[8..]);
            let limit = if clock.snaplen == 0 { u32::MAX } else { clock.snaplen };
            (room.min(length.min(limit) as usize), length, None)
        } else {
            let ticks = u64::from(self.word(&block[12..])) << 32 | u64::from(self.word(&block[16..]));
            (self.word(&block[20..]) as usize, self.word(&block[24..]), Some(ticks))
        };
        if captured > room || captured > MAX_PACKET {
            return Err(Trouble::Damaged(format!("a packet claims {captured} bytes, its block has {room}")));
        }
        let mut record = Record {
            time: ticks.and_then(|t| clock.nanos(t)),
            length: length.max(captured as u32),
            bytes: Span::new(data, data + captured),
            comment: None,
            fate: Fate::Unknown,
            link: clock.link,
            interface: (self.first + interface) as u32,
            direction: Direction::Unknown,
        };
        let after = (data + captured).next_multiple_of(4);
        if kind == SIMPLE_PACKET || after >= block.len() {
            return Ok(record);
        }
        for (code, value) in self.options(&block[after..], after) {
            match code {
                1 => {
                    let text = std::str::from_utf8(value.of(block)).unwrap_or_default();
                    match Fate::of_comment(text) {
                        Fate::Unknown if record.comment.is_none() => record.comment = Some(value),
                        Fate::Unknown => {}
                        fate => record.fate = fate,
                    }
                }
                2 => {
                    record.direction = match self.word(value.of(block)) & 3 {
                        1 => Direction::In,
                        2 => Direction::Out,
                        _ => Direction::Unknown,
                    }
                }
                _ => {}
            }
        }
        Ok(record)
    }

    /// The options in `bytes`, which stand at `base`: code, and where the value stands.
    fn options<'b>(&'b self, bytes: &'b [u8], base: usize) -> impl Iterator<Item = (u16, Span)> + 'b {
        let mut at = 0;
        std::iter::from_fn(move || {
            let head = bytes.get(at..at + 4)?;
            let (code, length) = (self.half(head), usize::from(self.half(&head[2..])));
            let start = at + 4;
            if code == 0 || start + length > bytes.len() {
                return None;
            }
            at = start + length.next_multiple_of(4);
            Some((code, Span::new(base + start, base + start + length)))
        })
    }

    fn half(&self, bytes: &[u8]) -> u16 {
        let two = bytes.first_chunk::<2>().copied().unwrap_or_default();
        if self.big_endian { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }
    }

    fn word(&self, bytes: &[u8]) -> u32 {
        word(bytes, self.big_endian)
    }

    fn long(&self, bytes: &[u8]) -> u64 {
        let eight = bytes.first_chunk::<8>().copied().unwrap_or_default();
        if self.big_endian { u64::from_be_bytes(eight) } else { u64::from_le_bytes(eight) }
    }
}

fn word(bytes: &[u8], big_endian: bool) -> u32 {
    let four = bytes.first_chunk::<4>().copied().unwrap_or_default();
    if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
}
