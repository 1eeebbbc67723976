//! HPACK, RFC 7541: the headers of HTTP/2, squeezed. Both ends keep a table of what was said before, so that a
//! header that comes again costs one byte; new text is written in a code in which frequent letters are short.
//! Not here: which frames carry such blocks (`http2_headers`), the fixed tables (`hpack_tables`).

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use super::hpack_tables::{LENGTHS, STATIC};

/// A table may not become larger here, whatever the ends agree on.
const MAX_TABLE: usize = 64 * 1024;
/// What an entry weighs besides its bytes (RFC 7541 §4.1).
const OVERHEAD: usize = 32;

/// A block that breaks the rules: from there on the tables of both ends differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// A header as it was found in a block.
pub(super) struct Found<'t> {
    /// Where in the block.
    pub at: Range<usize>,
    /// Its name; `None` where the table that it refers to was filled before the capture began.
    pub name: Option<&'t [u8]>,
    /// Its value.
    pub value: &'t [u8],
}

/// A name and its value.
type Entry = (Arc<[u8]>, Arc<[u8]>);

/// What was said before, the newest first.
pub(super) struct Table {
    entries: VecDeque<Entry>,
    size: usize,
    limit: usize,
}

impl Default for Table {
    fn default() -> Self {
        Table { entries: VecDeque::new(), size: 0, limit: 4096 }
    }
}

impl Table {
    /// Reads a whole block; `see` gets the headers one by one.
    pub fn decode(&mut self, block: &[u8], mut see: impl FnMut(&Found<'_>)) -> Result<(), Broken> {
        let mut at = 0;
        while let Some(&first) = block.get(at) {
            let start = at;
            match first {
                // §6.1: name and value stand in a table.
                0x80.. => {
                    let index = integer(block, &mut at, 7)?;
                    let known = self.entry(index)?;
                    let (name, value) = known.map_or((None, Arc::from([])), |(n, v)| (Some(n), v));
                    see(&Found { at: start..at, name: name.as_deref(), value: &value });
                }
                // §6.3: the table shrinks or may grow again.
                0x20..0x40 => {
                    self.limit = integer(block, &mut at, 5)?;
                    if self.limit > MAX_TABLE {
                        return Err(Broken);
                    }
                    self.evict();
                }
                // §6.2: the value is written out, and the name where the index is 0.
                _ => {
                    let remember = first >= 0x40;
                    let name = match integer(block, &mut at, if remember { 6 } else { 4 })? {
                        0 => Some(Arc::from(string(block, &mut at)?)),
                        index => self.entry(index)?.map(|(name, _)| name),
                    };
                    let value = string(block, &mut at)?;
                    see(&Found { at: start..at, name: name.as_deref(), value: &value });
                    if remember {
                        self.add(name.unwrap_or_else(|| Arc::from(&b"?"[..])), Arc::from(value));
                    }
                }
            }
        }
        Ok(())
    }

    /// Entry number `index`, counted over both tables from 1; `None` where this table does not reach so far.
    fn entry(&self, index: usize) -> Result<Option<Entry>, Broken> {
        let index = index.checked_sub(1).ok_or(Broken)?;
        if let Some((name, value)) = STATIC.get(index) {
            return Ok(Some((Arc::from(name.as_bytes()), Arc::from(value.as_bytes()))));
        }
        Ok(self.entries.get(index - STATIC.len()).cloned())
    }

    fn add(&mut self, name: Arc<[u8]>, value: Arc<[u8]>) {
        self.size += name.len() + value.len() + OVERHEAD;
        self.entries.push_front((name, value));
        self.evict();
    }

    fn evict(&mut self) {
        while self.size > self.limit {
            let Some((name, value)) = self.entries.pop_back() else { return };
            self.size -= name.len() + value.len() + OVERHEAD;
        }
    }
}

/// A number that begins in the last `prefix` bits of a byte (§5.1).
fn integer(block: &[u8], at: &mut usize, prefix: u8) -> Result<usize, Broken> {
    let mask = (1_usize << prefix) - 1;
    let mut value = usize::from(next(block, at)?) & mask;
    if value < mask {
        return Ok(value);
    }
    for shift in [0, 7, 14, 21] {
        let byte = next(block, at)?;
        value += usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Broken)
}

fn next(block: &[u8], at: &mut usize) -> Result<u8, Broken> {
    let byte = *block.get(*at).ok_or(Broken)?;
    *at += 1;
    Ok(byte)
}

/// A text, plain or in the code (§5.2).
fn string(block: &[u8], at: &mut usize) -> Result<Vec<u8>, Broken> {
    let coded = block.get(*at).ok_or(Broken)? & 0x80 != 0;
    let length = integer(block, at, 7)?;
    let bytes = block.get(*at..).and_then(|b| b.get(..length)).ok_or(Broken)?;
    *at += length;
    if coded { huffman(bytes) } else { Ok(bytes.to_vec()) }
}

/// The code, by length: the first code of this length, how many there are, and where their bytes stand in `order`.
struct Code {
    lengths: [(u32, u32, usize); 31],
    order: Vec<u16>,
}

static CODE: LazyLock<Code> = LazyLock::new(|| {
    let mut order: Vec<u16> = (0..=256).collect();
    order.sort_by_key(|symbol| LENGTHS[usize::from(*symbol)]);
    let (mut lengths, mut code, mut place) = ([(0, 0, 0); 31], 0, 0);
    for (length, entry) in lengths.iter_mut().enumerate().skip(1) {
        let count = LENGTHS.iter().filter(|l| usize::from(**l) == length).count();
        code <<= 1;
        *entry = (code, count as u32, place);
        code += count as u32;
        place += count;
    }
    Code { lengths, order }
});

/// Undoes the code of appendix B.
fn huffman(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let (mut out, mut code, mut length) = (Vec::with_capacity(bytes.len() * 8 / 5), 0_u32, 0_usize);
    for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1)) {
        code = code << 1 | u32::from(bit);
        length += 1;
        let (first, count, place) = *CODE.lengths.get(length).ok_or(Broken)?;
        let Some(offset) = code.checked_sub(first).filter(|offset| *offset < count) else { continue };
        let symbol = CODE.order.get(place + offset as usize).copied().ok_or(Broken)?;
        out.push(u8::try_from(symbol).map_err(|_| Broken)?); // the end itself must not be written
        (code, length) = (0, 0);
    }
    // What remains is the beginning of the end: fewer than eight ones.
    if length < 8 && code == (1 << length) - 1 { Ok(out) } else { Err(Broken) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::hex;

    fn read(table: &mut Table, block: &str) -> Result<String, Broken> {
        let mut all = Vec::new();
        table.decode(&hex(block), |found| {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            all.push(format!("{}={}", text(found.name.unwrap_or(b"?")), text(found.value)));
        })?;
        Ok(all.join(" "))
    }

    #[test]
    fn the_requests_of_appendix_c_4_are_read() {
        let mut table = Table::default();
        let first = ":method=GET :scheme=http :path=/ :authority=www.example.com";
        assert_eq!(read(&mut table, "828684418cf1e3c2e5f23a6ba0ab90f4ff").as_deref(), Ok(first));
        let second = format!("{first} cache-control=no-cache");
        assert_eq!(read(&mut table, "828684be5886a8eb10649cbf").as_deref(), Ok(second.as_str()));
        let third = ":method=GET :scheme=https :path=/index.html :authority=www.example.com custom-key=custom-value";
        assert_eq!(read(&mut table, "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf").as_deref(), Ok(third));
        assert_eq!((table.entries.len(), table.size), (3, 164));
    }

    #[test]
    fn a_full_table_forgets_the_oldest_as_in_appendix_c_6() {
        let mut table = Table { limit: 256, ..Table::default() };
        let first = "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3";
        let seen = read(&mut table, first).expect("a good block");
        assert!(
            seen.starts_with(":status=302 cache-control=private date=Mon, 21 Oct 2013 20:13:21 GMT location="),
            "{seen}"
        );
        assert_eq!(table.size, 222);
        assert!(
            read(&mut table, "4883640effc1c0bf")
                .expect("a good block")
                .starts_with(":status=307 cache-control=private")
        );
        assert_eq!((table.entries.len(), table.size), (4, 222));
    }

    #[test]
    fn what_the_capture_missed_is_unknown_but_no_error() {
        assert_eq!(read(&mut Table::default(), "82 fe").as_deref(), Ok(":method=GET ?="));
    }

    #[test]
    fn broken_blocks_end_quietly() {
        for block in ["80", "40", "0085", "ffffffffffffff7f", "3fffffffff7f", "0081ff", "008400000000", "00840a"] {
            let _ = read(&mut Table::default(), block);
        }
        assert_eq!(read(&mut Table::default(), "80"), Err(Broken));
        assert_eq!(read(&mut Table::default(), "ffffffffffff7f"), Err(Broken));
        assert_eq!(huffman(&[0xff, 0xff, 0xff, 0xff]), Err(Broken), "the end is written out");
        assert_eq!(huffman(&[0x00]), Err(Broken), "padding of zeros");
    }
}
