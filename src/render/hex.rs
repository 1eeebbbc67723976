//! The bytes, sixteen a row, with a ribbon below that says which layer each belongs to: "where are we".

use super::value::{self, byte, decimal};
use super::{Charset, Renderer, Style, View};
use crate::dissect::{Dissection, Layer, Level};

/// Bytes in a row.
const ROW: usize = 16;
/// Rows of one packet; a frame on loopback can have 64 KiB.
const MAX_ROWS: usize = 4096;

/// Writes a dump a packet.
pub struct HexDump {
    style: Style,
    owners: Vec<Option<u8>>,
}

impl HexDump {
    /// Draws with `style`; needs 71 columns.
    pub fn new(style: Style) -> Self {
        HexDump { style, owners: Vec::new() }
    }
}

impl Renderer for HexDump {
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>) {
        let bytes = view.packet.bytes;
        self.style.strong(out);
        let begin = out.len();
        out.extend_from_slice(b"Packet ");
        decimal(out, view.packet.number);
        let title = out.len() - begin;
        self.style.end(out);
        let begin = out.len();
        out.extend_from_slice(b"  ");
        value::counted(out, u64::from(view.packet.length), "bytes");
        let used = title + out.len() - begin;
        self.legend(out, view.tape, used);
        out.push(b'\n');
        self.dump(out, view.tape, bytes, false);
        if !view.tape.joined.is_empty() {
            out.extend_from_slice(b"joined or unpacked\n");
            self.dump(out, view.tape, &view.tape.joined, true);
        }
        out.push(b'\n');
    }
}

/// Notes for each byte the layer whose own bytes hold it, among those in the packet or among the joined ones.
fn own(owners: &mut Vec<Option<u8>>, tape: &Dissection, length: usize, joined: bool) {
    owners.clear();
    owners.resize(length, None);
    for (number, layer) in (0u8..).zip(&tape.layers).filter(|(_, layer)| layer.joined == joined) {
        let (start, end) = (layer.at.start as usize, layer.at.end as usize);
        if let Some(own) = owners.get_mut(start..end.min(length)) {
            own.fill(Some(number));
        }
    }
}

impl HexDump {
    fn dump(&mut self, out: &mut Vec<u8>, tape: &Dissection, bytes: &[u8], joined: bool) {
        own(&mut self.owners, tape, bytes.len(), joined);
        for (row, chunk) in bytes.chunks(ROW).take(MAX_ROWS).enumerate() {
            let owners = &self.owners[row * ROW..row * ROW + chunk.len()];
            self.row(out, tape, row * ROW, chunk, owners);
            self.ribbon(out, tape, owners, (row * ROW).checked_sub(1).and_then(|at| self.owners[at]));
        }
        if let Some(more) = bytes.len().checked_sub(MAX_ROWS * ROW).filter(|more| *more > 0) {
            out.extend_from_slice(self.style.ellipsis().as_bytes());
            out.push(b' ');
            decimal(out, more as u64);
            out.extend_from_slice(b" bytes more\n");
        }
    }

    /// `  2 Ethernet  3 IPv4  4 TCP` behind the `used` columns of the line; as many as fit.
    fn legend(&self, out: &mut Vec<u8>, tape: &Dissection, mut used: usize) {
        let layers = || tape.layers.iter().filter(|l| !l.at.is_empty());
        let columns = |l: &Layer| 4 + l.protocol.name.chars().count();
        let mut left: usize = layers().map(columns).sum();
        for layer in layers() {
            left -= columns(layer);
            used += columns(layer);
            let mark = if left > 0 { 5 } else { 0 };
            if used + mark > self.style.width {
                out.extend_from_slice(b"  ");
                out.extend_from_slice(self.style.ellipsis().as_bytes());
                break;
            }
            out.extend_from_slice(b"  ");
            self.style.begin(out, layer.protocol.level);
            decimal(out, u64::from(layer.protocol.level.number()));
            out.push(b' ');
            out.extend_from_slice(layer.protocol.name.as_bytes());
            self.style.end(out);
        }
    }

    fn row(&self, out: &mut Vec<u8>, tape: &Dissection, at: usize, chunk: &[u8], owners: &[Option<u8>]) {
        let style = &self.style;
        for shift in [12, 8, 4, 0] {
            out.push(b"0123456789abcdef"[at >> shift & 15]);
        }
        out.extend_from_slice(b"  ");
        let mut level = None;
        for (b, owner) in chunk.iter().zip(owners) {
            colour(out, style, &mut level, level_of(tape, *owner));
            byte(out, *b);
            out.push(b' ');
        }
        colour(out, style, &mut level, None);
        out.resize(out.len() + 3 * (ROW - chunk.len()) + 1, b' ');
        for (b, owner) in chunk.iter().zip(owners) {
            colour(out, style, &mut level, level_of(tape, *owner));
            match (b, style.charset) {
                (0x21..=0x7e | b' ', _) => out.push(*b),
                // Zero is a glyph of its own: emptiness is the commonest byte.
                (0, Charset::Unicode) => out.extend_from_slice("⋄".as_bytes()),
                (0, Charset::Ascii) => out.push(b'_'),
                (_, Charset::Unicode) => out.extend_from_slice("·".as_bytes()),
                (_, Charset::Ascii) => out.push(b'.'),
            }
        }
        colour(out, style, &mut level, None);
        while out.last() == Some(&b' ') {
            out.pop();
        }
        out.push(b'\n');
    }

    /// The line below a row: each layer's number where it begins, then its own kind of line.
    fn ribbon(&self, out: &mut Vec<u8>, tape: &Dissection, owners: &[Option<u8>], mut before: Option<u8>) {
        let style = &self.style;
        out.extend_from_slice(b"      ");
        let mut level = None;
        for (place, owner) in owners.iter().enumerate() {
            let begins = *owner != before || place == 0;
            let next_differs = owners.get(place + 1).is_none_or(|next| next != owner);
            colour(out, style, &mut level, level_of(tape, *owner));
            match level_of(tape, *owner) {
                None => out.extend_from_slice(b"   "),
                Some(of) => {
                    let (unicode, ascii) = stroke(of);
                    let line = style.pick(unicode, ascii);
                    for cell in 0..3 {
                        if cell == 0 && begins {
                            decimal(out, u64::from(of.number()));
                        } else if cell == 2 && next_differs {
                            colour(out, style, &mut level, None);
                            out.push(b' ');
                        } else {
                            out.extend_from_slice(line.as_bytes());
                        }
                    }
                }
            }
            before = *owner;
        }
        colour(out, style, &mut level, None);
        while out.last() == Some(&b' ') {
            out.pop();
        }
        out.push(b'\n');
    }
}

fn level_of(tape: &Dissection, owner: Option<u8>) -> Option<Level> {
    owner.and_then(|o| tape.layers.get(usize::from(o))).map(|l| l.protocol.level)
}

/// Changes the colour where the layer changes.
fn colour(out: &mut Vec<u8>, style: &Style, now: &mut Option<Level>, wanted: Option<Level>) {
    if *now != wanted {
        if now.is_some() {
            style.end(out);
        }
        if let Some(level) = wanted {
            style.begin(out, level);
        }
        *now = wanted;
    }
}

/// The line of a level, in Unicode and in ASCII; the same as the borders of the cake.
pub(super) const fn stroke(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Physical => (" ", " "),
        Level::Link => ("═", "="),
        Level::Network => ("━", "-"),
        Level::Transport => ("─", "."),
        Level::Application => ("╌", "~"),
    }
}
