//! The bytes of the chosen packet. Those of the chosen field are lit, and stand in brackets; those around them have the
//! colour of their layer.

use ratatui_core::layout::Rect;
use ratatui_core::style::Style;

use super::text::Pen;
use crate::dissect::{Level, Span};

/// Columns of a row of sixteen bytes, and of one of eight.
pub(super) const WIDE: u16 = 6 + 16 * 3 + 1 + 16 + 1;
pub(super) const NARROW: u16 = 6 + 8 * 3 + 1 + 8 + 1;
/// Columns before the bytes of a row.
const MARGIN: u16 = 6;

/// The bytes that are to be seen.
#[derive(Debug, Default)]
pub struct Bytes<'a> {
    /// All bytes of the packet, or the joined ones.
    pub bytes: &'a [u8],
    /// The first row that is to be seen.
    pub top: usize,
    /// Those that are lit.
    pub lit: Span,
    /// The byte that was chosen by hand.
    pub cursor: Option<u32>,
    /// Where the layers stand, those inside behind those around them.
    pub layers: Vec<(Span, Level)>,
    /// Whether these were joined from several packets or unpacked.
    pub joined: bool,
    /// What was made of the lit ones: unmasked, decompressed.
    pub made: Option<&'a [u8]>,
}

/// Bytes in a row of a pane that is so wide.
pub fn per_row(width: u16) -> usize {
    if width >= WIDE { 16 } else { 8 }
}

/// Rows of the pane that show bytes: some are taken by what was made of them, and by a heading.
fn rows(area: Rect, bytes: &Bytes<'_>) -> u16 {
    area.height.saturating_sub(u16::from(bytes.joined) + if bytes.made.is_some() { 2 } else { 0 })
}

impl Bytes<'_> {
    /// The first row at which what is lit can be seen in a pane of this size, close to where it was.
    pub fn scrolled(&self, area: Rect) -> usize {
        let each = per_row(area.width);
        let height = usize::from(rows(area, self)).max(1);
        let all = self.bytes.len().div_ceil(each);
        let first = self.cursor.unwrap_or(self.lit.start) as usize / each;
        let last = self.cursor.unwrap_or(self.lit.end.max(self.lit.start + 1) - 1) as usize / each;
        let mut top = self.top;
        if last >= top + height {
            top = last + 1 - height;
        }
        if first < top {
            top = first;
        }
        // Where it does not fit, its beginning is seen.
        top.min(first).min(all.saturating_sub(height))
    }
}

/// The byte at this cell of the pane: its place, and whether it is one of those that were made.
pub fn byte_at(bytes: &Bytes<'_>, area: Rect, x: u16, y: u16) -> Option<(usize, bool)> {
    let each = per_row(area.width);
    let column = x.checked_sub(area.x + MARGIN)?;
    let hex = each as u16 * 3 + 1;
    let place = if column < hex { usize::from(column / 3) } else { usize::from(column - hex) };
    let row = y.checked_sub(area.y + u16::from(bytes.joined))?;
    let height = rows(area, bytes);
    if row < height {
        let at = (bytes.top + usize::from(row)) * each + place.min(each - 1);
        return (at < bytes.bytes.len()).then_some((at, false));
    }
    let made = bytes.made?;
    (row > height && place < made.len()).then_some((place, true))
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, bytes: &Bytes<'_>, here: bool) {
    let each = per_row(area.width);
    let mut y = area.y;
    if bytes.joined {
        let words = "not in this packet alone: joined or unpacked";
        pen.put(area.x + 1, y, words, area.width.saturating_sub(1), pen.look.dim());
        y += 1;
    }
    let height = rows(area, bytes);
    let shown = bytes.bytes.chunks(each).enumerate().skip(bytes.top).take(usize::from(height));
    for (number, chunk) in shown {
        let row = Row { at: number * each, chunk, each, here };
        row.draw(pen, Rect { y, height: 1, ..area }, bytes);
        y += 1;
    }
    if let Some(made) = bytes.made {
        made_row(pen, Rect { y: area.bottom() - 2, height: 2, ..area }, made, each);
    }
}

/// What was made of the lit bytes, in a row of its own.
fn made_row(pen: &mut Pen<'_>, area: Rect, made: &[u8], each: usize) {
    let mark = pen.look.pick("╰▶", "->");
    let words = match made.len() {
        1 => format!("{mark} read as 1 byte"),
        n => format!("{mark} read as {n} bytes"),
    };
    pen.put(area.x + 1, area.y, &words, area.width.saturating_sub(1), pen.look.strong());
    let chunk = &made[..made.len().min(each)];
    let lit = Bytes { lit: Span::new(0, chunk.len()), ..Bytes::default() };
    Row { at: 0, chunk, each, here: false }.draw(pen, Rect { y: area.y + 1, ..area }, &lit);
    if made.len() > each {
        pen.put(area.x + 1, area.y + 1, pen.look.pick("…", "..."), 3, pen.look.dim());
    }
}

struct Row<'a> {
    at: usize,
    chunk: &'a [u8],
    each: usize,
    here: bool,
}

impl Row<'_> {
    fn draw(&self, pen: &mut Pen<'_>, area: Rect, bytes: &Bytes<'_>) {
        let look = pen.look;
        let lit = |at: usize| (bytes.lit.start as usize..bytes.lit.end as usize).contains(&at);
        pen.put(area.x + 1, area.y, &format!("{:04x}", self.at), 4, look.dim());
        let text = area.x + MARGIN + self.each as u16 * 3 + 1;
        for (column, byte) in self.chunk.iter().enumerate() {
            let (at, x) = (self.at + column, area.x + MARGIN + column as u16 * 3);
            let mut style = if lit(at) { look.lit() } else { owner(pen, bytes, at) };
            let cursor = self.here && bytes.cursor == Some(at as u32);
            if cursor {
                style = style.add_modifier(ratatui_core::style::Modifier::UNDERLINED);
            }
            let begins = lit(at) && (column == 0 || !lit(at - 1));
            let ends = lit(at) && (column + 1 == self.chunk.len() || !lit(at + 1));
            let between = if lit(at) && !ends { look.lit() } else { look.plain() };
            if begins {
                pen.put(x - 1, area.y, "[", 1, look.strong());
            }
            pen.put(x, area.y, &format!("{byte:02x}"), 2, style);
            pen.put(x + 2, area.y, if ends { "]" } else { " " }, 1, if ends { look.strong() } else { between });
            pen.put(text + column as u16, area.y, glyph(pen, *byte), 1, style);
        }
    }
}

/// The colour of the innermost layer that the byte belongs to.
fn owner(pen: &Pen<'_>, bytes: &Bytes<'_>, at: usize) -> Style {
    let holds = |span: &Span| (span.start as usize..span.end as usize).contains(&at);
    let layer = bytes.layers.iter().rev().find(|(span, _)| holds(span));
    layer.map_or(pen.look.dim(), |(_, level)| pen.look.level(*level))
}

const GLYPHS: &str =
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

fn glyph(pen: &Pen<'_>, byte: u8) -> &'static str {
    match byte {
        // Zero is a glyph of its own: emptiness is the commonest byte.
        0 => pen.look.pick("⋄", "_"),
        b' '..=b'~' => &GLYPHS[usize::from(byte - b' ')..=usize::from(byte - b' ')],
        _ => pen.look.pick("·", "."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_the_byte_that_stands_there() {
        let bytes = Bytes { bytes: &[0; 40], top: 1, ..Bytes::default() };
        let area = Rect::new(40, 10, NARROW, 4);
        assert_eq!(byte_at(&bytes, area, 46, 10), Some((8, false)));
        assert_eq!(byte_at(&bytes, area, 46 + 3, 11), Some((17, false)));
        assert_eq!(byte_at(&bytes, area, 46 + 25 + 7, 10), Some((15, false)));
        assert_eq!(byte_at(&bytes, area, 41, 10), None);
        let made = Bytes { made: Some(b"Hello"), ..bytes };
        assert_eq!(byte_at(&made, area, 46, 13), Some((0, true)));
        assert_eq!(byte_at(&made, area, 46, 12), None);
    }

    #[test]
    fn what_is_lit_is_scrolled_to() {
        let area = Rect::new(0, 0, NARROW, 4);
        let bytes = |top, start, end| Bytes { bytes: &[0; 160], top, lit: Span::new(start, end), ..Bytes::default() };
        assert_eq!(bytes(0, 0, 8).scrolled(area), 0);
        assert_eq!(bytes(0, 64, 72).scrolled(area), 5);
        assert_eq!(bytes(9, 0, 8).scrolled(area), 0);
        assert_eq!(bytes(0, 0, 160).scrolled(area), 0);
        assert_eq!(bytes(3, 156, 160).scrolled(area), 16);
    }
}
