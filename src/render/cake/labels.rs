//! The label placer: a bracket under the bytes of each field, its name inside the bracket if it fits,
//! else dropped below. Greedy, from right to left: a label is placed when its text ends before the next
//! stem to its right, otherwise it waits one line.

use super::boxes::Glyphs;
use super::page::{Ink, Line, columns};

/// What stands under one run of bytes.
pub(super) struct Tag<'a> {
    /// First column of its bytes.
    pub column: usize,
    /// Columns of its bytes: 2, 5, 8 …
    pub width: usize,
    /// Name and value.
    pub full: &'a str,
    /// What may stand for it inside a bracket, where the bytes above say the rest.
    pub short: Option<&'a str>,
}

/// Draws the bracket line and the dropped labels of one row in `room` columns; `None` where they cannot
/// all be placed.
pub(super) fn place(tags: &[Tag<'_>], room: usize, ink: Ink, glyphs: &Glyphs) -> Option<Vec<Line>> {
    if tags.is_empty() {
        return Some(Vec::new());
    }
    let mut brackets = Line::default();
    let mut waiting: Vec<(usize, &str)> = Vec::new();
    for tag in tags {
        if let Some(stem) = bracket(tag, &mut brackets, ink, glyphs) {
            waiting.push((stem, tag.full));
        }
    }
    let mut lines = vec![brackets];
    while !waiting.is_empty() {
        lines.push(drop_some(&mut waiting, room, ink, glyphs)?);
    }
    Some(lines)
}

/// Draws a bracket; the column of its stem where the label has to be dropped.
fn bracket(tag: &Tag<'_>, line: &mut Line, ink: Ink, glyphs: &Glyphs) -> Option<usize> {
    if tag.width < 5 {
        line.put(tag.column, &glyphs.stem.to_string(), ink);
        return Some(tag.column);
    }
    let inner = tag.width - 2;
    let fits = |text: &&str| columns(text) + 2 <= inner;
    let inside = Some(tag.full).filter(fits).or(tag.short.filter(fits));
    line.put(tag.column, &glyphs.left.to_string(), ink);
    let mut middle = Line::default();
    middle.fill(glyphs.line, inner, ink);
    line.reach(tag.column + 1);
    line.join(&middle);
    line.push(&glyphs.right.to_string(), ink);
    if let Some(text) = inside {
        line.put(tag.column + 1 + (inner - columns(text)) / 2, text, Ink::Plain);
        return None;
    }
    let stem = tag.column + tag.width / 2;
    line.put(stem, &glyphs.tee.to_string(), ink);
    Some(stem)
}

/// One line of dropped labels. The stems are in ascending order; those placed leave `waiting`.
fn drop_some(waiting: &mut Vec<(usize, &str)>, room: usize, ink: Ink, glyphs: &Glyphs) -> Option<Line> {
    let mut line = Line::default();
    let mut limit = room + 1;
    let mut later = Vec::new();
    let mut placed = false;
    for at in (0..waiting.len()).rev() {
        let (stem, text) = waiting[at];
        let length = columns(text);
        let free_left = at.checked_sub(1).map_or(0, |next| waiting[next].0 + 2);
        if stem + 2 + length < limit {
            line.put(stem, &glyphs.left.to_string(), ink);
            line.put(stem + 2, text, Ink::Plain);
            placed = true;
        } else if free_left + length < stem && stem + 2 + length > room {
            // At the right edge there is room only to the left.
            line.put(stem, &glyphs.right.to_string(), ink);
            line.put(stem - 1 - length, text, Ink::Plain);
            placed = true;
            limit = stem - 1 - length;
            continue;
        } else {
            line.put(stem, &glyphs.stem.to_string(), ink);
            later.push((stem, text));
        }
        limit = stem;
    }
    later.reverse();
    *waiting = later;
    placed.then_some(line)
}

#[cfg(test)]
mod tests {
    use super::super::boxes::glyphs;
    use super::*;
    use crate::render::Charset;

    fn placed(tags: &[(usize, usize, &'static str)], room: usize) -> Option<Vec<String>> {
        let tags: Vec<Tag<'_>> = tags
            .iter()
            .map(|(byte, bytes, full)| Tag { column: byte * 3, width: bytes * 3 - 1, full, short: None })
            .collect();
        let text = |line: &Line| {
            let mut out = Vec::new();
            line.write(false, &mut out);
            String::from_utf8(out).expect("text").trim_end().to_owned()
        };
        Some(place(&tags, room, Ink::Plain, glyphs(Charset::Unicode))?.iter().map(text).collect())
    }

    #[test]
    fn a_label_waits_until_it_ends_before_the_next_stem() {
        let tags =
            [(0, 1, "version 4"), (2, 2, "51 bytes long"), (8, 1, "64 hops left"), (9, 1, "TCP"), (12, 4, "from IP")];
        assert_eq!(
            placed(&tags, 70).expect("room"),
            [
                "│     ╰─┬─╯             │  │        ╰─from IP─╯",
                "│       ╰ 51 bytes long │  ╰ TCP",
                "╰ version 4             ╰ 64 hops left",
            ]
        );
    }

    #[test]
    fn at_the_right_edge_a_label_hangs_to_the_left() {
        assert_eq!(
            placed(&[(0, 1, "a"), (8, 1, "checksum")], 28).expect("room"),
            ["│                       │", "╰ a            checksum ╯"]
        );
    }

    #[test]
    fn labels_that_cannot_be_placed_are_left_to_the_list() {
        assert_eq!(placed(&[(3, 1, "a label of many words")], 20), None);
    }
}
