//! Cuts a summary line at the edge of the terminal. Not here: what the line says (`line`).

use unicode_width::UnicodeWidthChar;

use super::Style;

/// Appends `line`, cut at `limit` columns. Colours do not count; a cut line ends with plain text.
pub(super) fn cut(out: &mut Vec<u8>, line: &[u8], limit: usize, style: &Style) {
    if line.len() <= limit {
        out.extend_from_slice(line);
        return;
    }
    let text = String::from_utf8_lossy(line);
    let mark = style.ellipsis();
    let room = limit.saturating_sub(mark.chars().count());
    let columns = |text: &str| visible(text).map(|(_, c)| c.width().unwrap_or(0)).sum::<usize>();
    if columns(&text) <= limit {
        out.extend_from_slice(line);
        return;
    }
    let mut used = 0;
    let end = visible(&text).find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > room
    });
    out.extend_from_slice(text[..end.map_or(text.len(), |(at, _)| at)].as_bytes());
    style.end(out);
    out.extend_from_slice(mark.as_bytes());
}

/// The characters that take a column, with their places: all but our own colours.
fn visible(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut colour = false;
    text.char_indices().filter(move |(_, c)| match (*c, colour) {
        ('\x1b', _) => {
            colour = true;
            false
        }
        (c, true) => {
            colour = c != 'm';
            false
        }
        _ => true,
    })
}
