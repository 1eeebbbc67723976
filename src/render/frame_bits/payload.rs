//! The bytes behind the boxes: named parts, then the payload as it travels, the key over and over, and what is left when
//! it is undone, with each character under its bytes.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Part, Payload, Picture, range};
use crate::render::wrap::{spell, wrap};
use crate::render::{Charset, Style, quantity, value};

/// Columns of the names.
const NAME: usize = 15;

pub(super) fn draw(out: &mut Vec<u8>, style: Style, picture: &Picture) {
    let payload = &picture.payload;
    let ranges = picture.parts.iter().map(|part| range(part.at, part.bytes.len()).len());
    let last = range(payload.at, payload.wire.len().max(1)).len();
    let page = Page { style, place: ranges.chain([last]).max().unwrap_or(0).max(10) + 1 };
    for part in &picture.parts {
        page.part(out, part);
    }
    if !payload.wire.is_empty() {
        page.payload(out, payload, picture.rows);
    }
}

struct Page {
    style: Style,
    /// Columns of "bytes 6-10 ".
    place: usize,
}

impl Page {
    fn row(&self, out: &mut Vec<u8>, place: &str, name: &str, cells: &str) {
        let line = format!(" {place:<0$}{name:<NAME$}{cells}", self.place);
        out.extend_from_slice(line.trim_end().as_bytes());
        out.push(b'\n');
    }

    fn part(&self, out: &mut Vec<u8>, part: &Part) {
        let mut cells = hex(&part.bytes).trim_end().to_owned();
        let text: Vec<String> = part.text.split(' ').map(|w| self.style.pick(w.to_owned(), spell(w))).collect();
        let text = text.join(" ");
        let used = 1 + self.place + NAME;
        if used + cells.len() + if text.is_empty() { 0 } else { 3 + text.width() } <= self.style.width {
            cells += "   ";
            cells += &text;
            self.row(out, &range(part.at, part.bytes.len()), part.name, &cells);
        } else {
            for (number, piece) in part.bytes.chunks(self.fit()).enumerate() {
                let (place, name) =
                    if number == 0 { (range(part.at, part.bytes.len()), part.name) } else { Default::default() };
                self.row(out, &place, name, &hex(piece));
            }
            if !text.is_empty() {
                wrap(out, &text, 1 + self.place, &self.style);
            }
        }
    }

    /// Bytes in a row: a multiple of the key's four.
    fn fit(&self) -> usize {
        let room = self.style.width.saturating_sub(1 + self.place + NAME) / 3;
        (room / 4 * 4).clamp(4, 32)
    }

    fn payload(&self, out: &mut Vec<u8>, payload: &Payload, rows: usize) {
        let fit = self.fit();
        let shown = payload.wire.len().min(fit.saturating_mul(rows));
        let cells = characters(payload, shown, self.style);
        for (number, wire) in payload.wire[..shown].chunks(fit).enumerate() {
            let from = number * fit;
            if number > 0 {
                out.push(b'\n');
            }
            let place = range(payload.at + from as u64, wire.len());
            match payload.key {
                Some(key) => self.masked(out, &place, wire, key, &payload.plain[from..from + wire.len()], number == 0),
                None => self.row(out, &place, "payload", &hex(wire)),
            }
            if let Some(cells) = &cells {
                self.row(out, "", "", &cells[from..from + wire.len()].concat());
            }
        }
        let more = (payload.wire.len() - shown) as u64 + payload.beyond.unwrap_or(0);
        if more > 0 {
            let rest = if payload.beyond.is_none() { ": --all shows them" } else { "" };
            let text = format!("… and {} more bytes{rest}", quantity::grouped(more));
            out.push(b'\n');
            wrap(out, &text, 1 + self.place, &self.style);
        }
    }

    fn masked(&self, out: &mut Vec<u8>, place: &str, wire: &[u8], key: [u8; 4], plain: &[u8], first: bool) {
        let keys: Vec<u8> = key.into_iter().cycle().take(wire.len()).collect();
        let mut repeated = hex(&keys);
        let words = self.style.pick("  ⊕ XOR, byte by byte", "  XOR, byte by byte");
        if first && 1 + self.place + NAME + repeated.len() + words.width() <= self.style.width {
            repeated += words;
        }
        let rule = vec![self.style.pick("━━", "=="); wire.len()].join(" ");
        self.row(out, place, "on the wire", &hex(wire));
        self.row(out, "", "key, repeated", &repeated);
        self.row(out, "", "", &rule);
        self.row(out, "", "in plain", &hex(plain));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x} "))
}

/// Three columns for each byte: the character under its first byte, and how far it goes. `None` where there is no text.
fn characters(payload: &Payload, shown: usize, style: Style) -> Option<Vec<String>> {
    let (size, number) = payload.number.unwrap_or((0, 0));
    if !payload.text && size == 0 {
        return None;
    }
    let mut cells = Vec::new();
    if size > 0 && payload.plain.len() >= size {
        spread(&mut cells, &number.to_string(), size, ' ');
    }
    // A character has at most four bytes: what is shown needs no more than that of the rest.
    let rest = payload.plain.get(cells.len()..(shown + 4).min(payload.plain.len())).unwrap_or_default();
    for chunk in rest.utf8_chunks() {
        for c in chunk.valid().chars() {
            if payload.text { character(&mut cells, c, style) } else { cells.push("   ".to_owned()) }
        }
        cells.extend(chunk.invalid().iter().map(|_| style.pick("┄┄ ", ".. ").to_owned()));
    }
    Some(cells)
}

fn character(cells: &mut Vec<String>, c: char, style: Style) {
    let bytes = c.len_utf8();
    match c {
        '\n' => cells.push("\\n ".to_owned()),
        '\r' => cells.push("\\r ".to_owned()),
        '\t' => cells.push("\\t ".to_owned()),
        '\x7f' => cells.push("^? ".to_owned()),
        c if c.is_ascii_control() => cells.push(format!("^{} ", char::from(c as u8 + 64))),
        c if c.is_ascii() => cells.push(format!(" {c} ")),
        c if style.charset == Charset::Ascii => spread(cells, &format!("U+{:X}", u32::from(c)), bytes, '-'),
        c => {
            let seen = if value::is_visible(c) { c } else { '·' };
            let rule = if seen.width() == Some(2) { "" } else { "─" };
            cells.push(format!(" {seen}{rule}"));
            cells.extend((2..bytes).map(|_| "───".to_owned()));
            cells.push("─╯ ".to_owned());
        }
    }
}

/// Text over so many bytes; what is over is filled.
fn spread(cells: &mut Vec<String>, text: &str, bytes: usize, fill: char) {
    let mut all: Vec<char> = text.chars().take(3 * bytes - 1).collect();
    all.resize(3 * bytes - 1, fill);
    all.push(' ');
    cells.extend(all.chunks(3).map(|three| three.iter().collect::<String>()));
}
