//! Two texts side by side.

use unicode_width::UnicodeWidthChar;

use crate::render::Style;

/// From this width on two columns have room.
pub const FROM: usize = 100;
/// Between them, with the line that parts them.
const GAP: usize = 3;

/// Columns that one protocol has.
pub fn width(style: Style) -> usize {
    if style.width >= FROM { (style.width - GAP) / 2 } else { style.width }
}

/// Appends two texts, line beside line.
pub(super) fn beside(out: &mut Vec<u8>, style: Style, left: &[u8], right: &[u8]) {
    let lines = |text: &[u8]| String::from_utf8_lossy(text).lines().map(str::to_owned).collect::<Vec<_>>();
    let (left, right) = (lines(left), lines(right));
    for at in 0..left.len().max(right.len()) {
        let (left, right) = (left.get(at).map_or("", String::as_str), right.get(at).map_or("", String::as_str));
        let mut line = left.to_owned();
        line += &" ".repeat(width(style).saturating_sub(visible(left)));
        line += style.pick(" ┊ ", " : ");
        line += right;
        out.extend_from_slice(line.trim_end().as_bytes());
        out.push(b'\n');
    }
}

/// Columns of a line, without what colours it.
fn visible(line: &str) -> usize {
    let (mut columns, mut colour) = (0, false);
    for c in line.chars() {
        match c {
            '\x1b' => colour = true,
            'm' if colour => colour = false,
            _ if colour => {}
            c => columns += c.width().unwrap_or(0),
        }
    }
    columns
}
