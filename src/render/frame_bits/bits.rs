//! Bytes as boxes of bits, side by side where there is room, with a bracket and a label under each field.

use unicode_width::UnicodeWidthStr;

use super::{Byte, Label};
use crate::render::Style;
use crate::render::wrap::{self, spell};

/// Columns of a bit with its left border.
const CELL: usize = 4;
/// Columns of a byte.
const BOX: usize = 8 * CELL + 1;
/// Columns before the first box.
const INDENT: usize = 1;
/// Columns between two boxes.
const GAP: usize = 2;
/// Columns that the text of the last label needs behind its stem, for boxes to stand side by side.
const WORDS: usize = 18;

/// A label and the column of its stem.
type Hung<'a> = (usize, &'a Label);

pub(super) fn draw(out: &mut Vec<u8>, style: Style, bytes: &[Byte]) {
    let last = bytes.last().and_then(|byte| byte.labels.last()).map_or(0, |label| label.bits);
    let stem = INDENT + bytes.len().saturating_sub(1) * (BOX + GAP) + CELL * 8 - CELL * last / 2;
    let side_by_side = stem + 2 + WORDS <= style.width;
    let rows = if side_by_side { bytes.chunks(bytes.len().max(1)) } else { bytes.chunks(1) };
    for (number, row) in rows.enumerate() {
        boxes(out, style, row, if side_by_side { 0 } else { number });
        labels(out, style, row);
        out.push(b'\n');
    }
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.trim_end().as_bytes());
    out.push(b'\n');
}

fn boxes(out: &mut Vec<u8>, style: Style, row: &[Byte], first: usize) {
    let side = style.pick("│", "|");
    let border = |left: &str, middle: &str, right: &str| {
        let rule = style.pick("───", "---");
        format!("{left}{}{right}", [rule; 8].join(middle))
    };
    let mut lines = [const { String::new() }; 4];
    for (number, byte) in row.iter().enumerate() {
        let bits: Vec<String> = (0..8).rev().map(|bit| format!(" {} ", byte.value >> bit & 1)).collect();
        let pieces = [
            format!(" byte {} = {:02x}", first + number, byte.value),
            border(style.pick("┌", "+"), style.pick("┬", "+"), style.pick("┐", "+")),
            format!("{side}{}{side}", bits.join(side)),
            border(style.pick("└", "+"), style.pick("┴", "+"), style.pick("┘", "+")),
        ];
        for (line, piece) in lines.iter_mut().zip(pieces) {
            pad(line, INDENT + number * (BOX + GAP));
            line.push_str(&piece);
        }
    }
    for text in &lines {
        line(out, text);
    }
}

/// The brackets, and under them the labels from the last to the first: no text crosses a stem.
fn labels(out: &mut Vec<u8>, style: Style, row: &[Byte]) {
    let mut brackets = String::new();
    let mut hung: Vec<Hung<'_>> = Vec::new();
    for (number, byte) in row.iter().enumerate() {
        let mut bit = 0;
        for label in &byte.labels {
            let left = INDENT + number * (BOX + GAP) + CELL * bit + if label.bits == 1 { 2 } else { 1 };
            let wide = if label.bits == 1 { 1 } else { CELL * label.bits - 1 };
            pad(&mut brackets, left);
            brackets.push_str(&bracket(style, wide));
            hung.push((left + wide / 2, label));
            bit += label.bits;
        }
    }
    line(out, &brackets);
    let stem = style.pick("│", "|");
    while let Some((column, label)) = hung.pop() {
        let room = style.width.saturating_sub(column + 2).max(6);
        for (number, words) in words(style, label, room).iter().enumerate() {
            let mut text = String::new();
            for (stem_at, _) in &hung {
                pad(&mut text, *stem_at);
                text.push_str(stem);
            }
            pad(&mut text, column);
            text.push_str(if number == 0 { style.pick("╰ ", "` ") } else { "  " });
            text.push_str(words);
            line(out, &text);
        }
    }
}

/// `╰────┬────╯`
fn bracket(style: Style, wide: usize) -> String {
    let rule = style.pick("─", "-");
    let (left, right) = (wide.saturating_sub(3) / 2, wide.saturating_sub(3).div_ceil(2));
    match wide {
        1 => style.pick("│", "|").to_owned(),
        _ => format!(
            "{}{}{}{}{}",
            style.pick("╰", "`"),
            rule.repeat(left),
            style.pick("┬", "+"),
            rule.repeat(right),
            style.pick("╯", "'")
        ),
    }
}

/// The label's text in lines, and beside or under it the other values, where there is room.
fn words(style: Style, label: &Label, room: usize) -> Vec<String> {
    let others = label.others.iter().map(|o| o.width()).max().unwrap_or(0);
    let beside = room.saturating_sub(others + 4);
    let text = style.pick(label.text.clone(), spell_all(&label.text));
    if others == 0 || others > room {
        return wrap::fold(&text, room);
    }
    if text.width() > beside {
        let mut lines = wrap::fold(&text, room);
        lines.extend(label.others.iter().cloned());
        return lines;
    }
    let wide = text.width() + 4;
    let first = format!("{text:wide$}");
    let lead = " ".repeat(first.width());
    label.others.iter().enumerate().map(|(n, o)| format!("{}{o}", if n == 0 { &first } else { &lead })).collect()
}

fn spell_all(text: &str) -> String {
    text.split(' ').map(spell).collect::<Vec<_>>().join(" ")
}

fn pad(text: &mut String, column: usize) {
    text.extend(std::iter::repeat_n(' ', column.saturating_sub(text.width())));
}
