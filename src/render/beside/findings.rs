//! What came of it: a row each, numbers with their units; what is best compared as a length is drawn as bars.

use unicode_width::UnicodeWidthStr;

use crate::render::quantity::{self, bar, counted, grouped, span};
use crate::render::wrap::wrap;
use crate::render::{Charset, Style, changing};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub label: String,
    /// TCP's.
    pub tcp: Option<Cell>,
    /// UDP's.
    pub udp: Option<Cell>,
}

/// What one protocol came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A number.
    Number(u64, Unit),
    /// A number that is drawn.
    Bar(u64, Unit),
    /// Something seen.
    Text(String),
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things without a name.
    Count,
    /// Bytes.
    Bytes,
    /// Nanoseconds.
    Nanoseconds,
    /// Bytes in a second.
    BytesPerSecond,
    /// Hundredths.
    Percent,
}

impl Unit {
    /// As JSON names it; empty for things without a name.
    pub(super) fn key(self) -> &'static str {
        match self {
            Unit::Count => "",
            Unit::Bytes => "bytes",
            Unit::Nanoseconds => "nanoseconds",
            Unit::BytesPerSecond => "bytes_per_second",
            Unit::Percent => "percent",
        }
    }

    fn of(self, number: u64, charset: Charset) -> String {
        match self {
            Unit::Count => grouped(number),
            Unit::Bytes if number < 1_000_000 => counted(number, "byte"),
            Unit::Bytes => quantity::bytes(number),
            Unit::Nanoseconds => span(number, charset),
            Unit::BytesPerSecond => format!("{}/s", quantity::bytes(number)),
            Unit::Percent => format!("{number} %"),
        }
    }
}

impl Cell {
    /// In words.
    pub(super) fn text(&self, charset: Charset) -> String {
        match self {
            Cell::Number(number, unit) | Cell::Bar(number, unit) => unit.of(*number, charset),
            Cell::Text(text) => text.clone(),
        }
    }
}

const INDENT: usize = 2;
/// Below this width each value has a line of its own.
const NARROW: usize = 72;
/// Columns of TCP's value.
const VALUE: usize = 20;

/// Appends the rows; bars come last.
pub(super) fn table(out: &mut Vec<u8>, style: Style, rows: &[Row]) {
    if style.width < NARROW {
        return stacked(out, style, rows);
    }
    let column = rows.iter().map(|row| row.label.width()).max().unwrap_or(0) + 2;
    let drawn = |row: &&Row| matches!(row.tcp, Some(Cell::Bar(..))) || matches!(row.udp, Some(Cell::Bar(..)));
    style.strong(out);
    out.extend_from_slice(format!("{:1$}{2:3$}UDP", "", INDENT + column, "TCP", VALUE).as_bytes());
    style.end(out);
    out.push(b'\n');
    let value = |cell: &Option<Cell>, room: usize| {
        let text = cell.as_ref().map_or_else(|| style.pick("–", "-").to_owned(), |cell| cell.text(style.charset));
        changing::cut(&text, room, style)
    };
    for row in rows.iter().filter(|row| !drawn(row)) {
        let (tcp, udp) =
            (value(&row.tcp, VALUE - 1), value(&row.udp, style.width.saturating_sub(INDENT + column + VALUE)));
        let pad = " ".repeat(VALUE.saturating_sub(tcp.width()));
        out.extend_from_slice(format!("{:INDENT$}{:column$}{tcp}{pad}{udp}\n", "", row.label).as_bytes());
    }
    for row in rows.iter().filter(drawn) {
        bars(out, style, row, column);
    }
}

fn stacked(out: &mut Vec<u8>, style: Style, rows: &[Row]) {
    for row in rows {
        wrap(out, &row.label, INDENT, &style);
        for (name, cell) in [("TCP", &row.tcp), ("UDP", &row.udp)] {
            if let Some(cell) = cell {
                let text = changing::cut(&cell.text(style.charset), style.width.saturating_sub(8), style);
                out.extend_from_slice(format!("{:1$}{name} {text}\n", "", 2 * INDENT).as_bytes());
            }
        }
    }
}

/// The label, and a bar for each protocol behind it.
fn bars(out: &mut Vec<u8>, style: Style, row: &Row, column: usize) {
    let number = |cell: &Option<Cell>| match cell {
        Some(Cell::Number(number, _) | Cell::Bar(number, _)) => *number,
        _ => 0,
    };
    let longest = number(&row.tcp).max(number(&row.udp));
    let room = style.width.saturating_sub(INDENT + column + "TCP ".len() + 12).clamp(4, 40);
    for (label, name, cell) in [(row.label.as_str(), "TCP", &row.tcp), ("", "UDP", &row.udp)] {
        let text = cell.as_ref().map_or_else(String::new, |cell| cell.text(style.charset));
        let bar = bar(number(cell), longest, room, style);
        out.extend_from_slice(format!("{:INDENT$}{label:column$}{name} {bar} {text}\n", "").as_bytes());
    }
}
