//! The bytes of a layer as rows of hex with brackets below: rows break where fields do, so that an
//! address is never torn apart.

use std::ops::Range;

use super::super::quantity;
use super::boxes::Glyphs;
use super::labels::{Tag, place};
use super::page::{Ink, Line};
use super::units::Unit;
use crate::dissect::Span;

/// Most bytes in one row: an IPv4 or TCP header stays together.
const WIDEST: usize = 20;
/// Bytes in a row of bytes that are one field, or none.
const DUMP: usize = 16;

/// How the rows are drawn.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// The packet's bytes.
    pub bytes: &'a [u8],
    /// Columns there are.
    pub room: usize,
    /// Colour of brackets.
    pub ink: Ink,
    /// Characters.
    pub glyphs: &'a Glyphs,
    /// Most rows of one long field; the rest is elided.
    pub most: usize,
}

impl Rows<'_> {
    /// Draws all units; `None` where a label has no place, however short the rows.
    pub fn draw(&self, units: &[Unit]) -> Option<Vec<Line>> {
        let widest = ((self.room + 1) / 3).clamp(1, WIDEST);
        let narrower = [16, 12, 8].into_iter().filter(|bytes| *bytes < widest);
        std::iter::once(widest).chain(narrower).find_map(|widest| self.draw_rows(units, widest))
    }

    fn draw_rows(&self, units: &[Unit], widest: usize) -> Option<Vec<Line>> {
        let mut lines = Vec::new();
        let mut row: Vec<&Unit> = Vec::new();
        let mut taken = 0;
        for unit in units {
            let length = unit.at.len();
            if taken + length > widest {
                self.row(&row, &mut lines)?;
                (row, taken) = (Vec::new(), 0);
            }
            if length > widest {
                self.long(unit, &mut lines)?;
            } else {
                row.push(unit);
                taken += length;
            }
        }
        self.row(&row, &mut lines)?;
        Some(lines)
    }

    /// One row of hex and the labels below it.
    fn row(&self, units: &[&Unit], lines: &mut Vec<Line>) -> Option<()> {
        let Some(first) = units.first().map(|unit| unit.at.start) else { return Some(()) };
        let mut hex = Line::default();
        for unit in units {
            self.hex(&mut hex, unit.at.clone(), if unit.full.is_empty() { Ink::Faint } else { Ink::Plain });
        }
        lines.push(hex);
        let labelled = units.iter().filter(|unit| !unit.full.is_empty());
        let tags: Vec<Tag<'_>> = labelled
            .map(|unit| Tag {
                column: (unit.at.start - first) * 3,
                width: unit.at.len() * 3 - 1,
                full: &unit.full,
                short: unit.short.as_deref(),
            })
            .collect();
        lines.extend(place(&tags, self.room, self.ink, self.glyphs)?);
        Some(())
    }

    /// A field of several rows: hex and characters, one bracket below all of it.
    fn long(&self, unit: &Unit, lines: &mut Vec<Line>) -> Option<()> {
        let per_row = self.per_row();
        let shown = dump_end(unit.at.clone(), per_row, self.most);
        self.dump(unit.at.start..shown, per_row, lines);
        if shown < unit.at.end {
            lines.push(elided(unit.at.end - shown, self.glyphs));
        }
        if unit.full.is_empty() {
            return Some(());
        }
        let tag = Tag { column: 0, width: per_row * 3 - 1, full: &unit.full, short: unit.short.as_deref() };
        lines.extend(place(&[tag], self.room, self.ink, self.glyphs)?);
        Some(())
    }

    /// Rows of hex with the printable characters beside them.
    pub fn dump(&self, at: Range<usize>, per_row: usize, lines: &mut Vec<Line>) {
        for start in at.clone().step_by(per_row) {
            let end = (start + per_row).min(at.end);
            let mut line = Line::default();
            self.hex(&mut line, start..end, Ink::Plain);
            line.reach(per_row * 3 + 1);
            let bytes = self.bytes.get(start..end).unwrap_or(&[]);
            let text: String =
                bytes.iter().map(|b| if matches!(b, b' '..=b'~') { char::from(*b) } else { self.glyphs.dot }).collect();
            line.push(&text, Ink::Faint);
            lines.push(line);
        }
    }

    /// Appends bytes as hex, with a space before each but the first of the line.
    pub fn hex(&self, line: &mut Line, at: Range<usize>, ink: Ink) {
        for byte in self.bytes.get(at).unwrap_or(&[]) {
            if line.width() > 0 {
                line.push(" ", Ink::Plain);
            }
            line.push(&format!("{byte:02x}"), ink);
        }
    }

    /// Bytes that nobody reads.
    pub fn plain(&self, at: Span) -> Vec<Line> {
        let at = at.start as usize..at.end as usize;
        let mut lines = Vec::new();
        let end = dump_end(at.clone(), self.per_row(), self.most);
        self.dump(at.start..end, self.per_row(), &mut lines);
        if end < at.end {
            lines.push(elided(at.end - end, self.glyphs));
        }
        lines
    }

    /// Bytes that fit a row of the dump here, with their characters.
    fn per_row(&self) -> usize {
        [DUMP, 8, 4, 2].into_iter().find(|n| 4 * n < self.room).unwrap_or(1)
    }
}

/// Up to where a long run is shown: all of it, or as many rows as allowed.
pub(super) fn dump_end(at: Range<usize>, per_row: usize, most: usize) -> usize {
    let rows = at.len().div_ceil(per_row);
    if rows <= most { at.end } else { at.start + per_row * most.saturating_sub(1) }
}

/// "… 1,380 more bytes".
pub(super) fn elided(bytes: usize, glyphs: &Glyphs) -> Line {
    Line::of(&format!("{} {} more {}", glyphs.more, thousands(bytes), plural(bytes)), Ink::Faint)
}

pub(super) fn plural(bytes: usize) -> &'static str {
    if bytes == 1 { "byte" } else { "bytes" }
}

/// A number with commas between thousands.
pub(super) fn thousands(number: usize) -> String {
    quantity::grouped(number as u64)
}

/// Widest line.
pub(super) fn widest(lines: &[Line]) -> usize {
    lines.iter().map(Line::width).max().unwrap_or(0)
}
