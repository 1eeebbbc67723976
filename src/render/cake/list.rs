//! The list form, for layers of many fields or of text: bytes at the left, what they mean at the right.

use super::page::{Ink, Line, wrap};
use super::rows::{Rows, elided, thousands};
use super::units::Unit;

/// Most lines that one field's text takes, unless all is to be shown.
const TEXT: usize = 4;

/// Draws one entry per unit. With `complete` every byte is shown, else the first ones of each field.
pub(super) fn list(rows: &Rows<'_>, units: &[Unit], complete: bool) -> Vec<Line> {
    let per_row = match rows.room {
        0..28 => 2,
        28..52 => 4,
        _ => 8,
    };
    let entries = entries(units);
    let left = entries.iter().map(|(range, _)| wanted(range.len(), per_row, complete)).max().unwrap_or(0);
    let right = rows.room.saturating_sub(left + 3);
    let mut lines = Vec::new();
    for (at, (range, unit)) in entries.iter().enumerate() {
        if !complete && lines.len() >= rows.most * 6 {
            let rest = entries.len() - at;
            let end = units.last().map_or(range.end, |unit| unit.at.end);
            let mut line = elided(end - range.start, rows.glyphs);
            line.push(
                &format!(" in {} more {}", thousands(rest), if rest == 1 { "field" } else { "fields" }),
                Ink::Faint,
            );
            lines.push(line);
            break;
        }
        let (said, ink) = if unit.full.is_empty() { (&unit.passed, Ink::Faint) } else { (&unit.full, Ink::Plain) };
        let mut said = wrap(said, right);
        // The names alone are an aside; a long text is told by its beginning.
        let most = if unit.full.is_empty() { 1 } else { TEXT };
        if !complete && said.len() > most {
            said.truncate(most);
            if let Some(last) = said.last_mut() {
                let room = right.saturating_sub(rows.glyphs.more.len() + 1);
                let kept = wrap(last, room).swap_remove(0);
                *last = format!("{} {}", kept.trim_end_matches(','), rows.glyphs.more);
            }
        }
        let all = range.len().div_ceil(per_row);
        let shown = if complete { all } else { all.min(said.len()) };
        for row in 0..shown.max(said.len()) {
            let start = range.start + row * per_row;
            let end = (start + per_row).min(range.end);
            let mut line = Line::default();
            if row < shown {
                rows.hex(&mut line, start..end, if unit.full.is_empty() { Ink::Faint } else { Ink::Plain });
            }
            if row + 1 == shown && end < range.end {
                line.push(&format!(" +{}", range.end - end), Ink::Faint);
            }
            line.reach(left + 1);
            line.push(&rows.glyphs.stem.to_string(), rows.ink);
            line.push(" ", Ink::Plain);
            if let Some(text) = said.get(row) {
                line.push(text, ink);
            }
            lines.push(line);
        }
    }
    lines
}

/// Columns that the hex of `length` bytes takes.
fn wanted(length: usize, per_row: usize, complete: bool) -> usize {
    let more = if complete || length <= per_row { 0 } else { format!(" +{length}").len() };
    length.min(per_row) * 3 - 1 + more
}

/// Each unit with its bytes; what only separates fields (a space, a line end) goes with the field before it.
fn entries(units: &[Unit]) -> Vec<(std::ops::Range<usize>, &Unit)> {
    let mut entries: Vec<(std::ops::Range<usize>, &Unit)> = Vec::new();
    for unit in units {
        match entries.last_mut() {
            Some((range, _)) if !unit.known && unit.full.is_empty() && unit.at.len() <= 4 => range.end = unit.at.end,
            _ => entries.push((unit.at.clone(), unit)),
        }
    }
    entries
}
