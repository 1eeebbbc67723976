//! The list of packets, in the words of `capture`.

use ratatui_core::layout::Rect;

use super::text::Pen;
use crate::render::Columns;

/// Columns of "from → to" at most, where the window is narrow and where it is wide.
const ENDS: (usize, usize) = (37, 60);

/// One packet.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Its number.
    pub number: u64,
    /// What `capture` says of it.
    pub columns: Columns,
    /// The chosen one.
    pub chosen: bool,
    /// Marked by hand.
    pub marked: bool,
    /// Found by the search.
    pub found: bool,
}

/// The packets that are to be seen.
#[derive(Debug, Default)]
pub struct Rows {
    /// From top to bottom.
    pub rows: Vec<ListRow>,
    /// The largest number that the list comes to: all numbers are as wide.
    pub last: u64,
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, rows: &Rows, here: bool, empty: &str) {
    if rows.rows.is_empty() {
        pen.put(area.x + 2, area.y + area.height / 2, empty, area.width.saturating_sub(3), pen.look.plain());
        return;
    }
    let widest = |of: fn(&ListRow) -> &str| rows.rows.iter().map(|r| usize::from(pen.width(of(r)))).max().unwrap_or(0);
    let number = rows.last.max(1).ilog10() as usize + 1;
    let time = widest(|r| &r.columns.time);
    let most = if area.width < 100 { ENDS.0 } else { ENDS.1 };
    let ends = widest(|r| &r.columns.ends).min(most);
    for (y, row) in (area.y..area.bottom()).zip(&rows.rows) {
        line(pen, Rect { y, height: 1, ..area }, row, [number.max(3), time, ends], here);
    }
}

fn line(pen: &mut Pen<'_>, area: Rect, row: &ListRow, [number, time, ends]: [usize; 3], here: bool) {
    let look = pen.look;
    let base = if row.chosen { look.chosen(here) } else { look.plain() };
    if row.chosen {
        pen.buffer.set_style(area, base);
        pen.put(area.x, area.y, look.pick("▶", ">"), 1, base);
    }
    let mark = match (row.marked, row.found) {
        (true, _) => look.pick("●", "*"),
        (false, true) => look.pick("◇", "/"),
        _ => " ",
    };
    pen.put(area.x + 1, area.y, mark, 1, base);
    let mut x = area.x + 3;
    let mut put = |pen: &mut Pen<'_>, text: &str, width: usize, style| {
        let room = (width as u16).min(area.right().saturating_sub(x));
        pen.put(x, area.y, text, room, style);
        x = x.saturating_add(width as u16 + 2);
    };
    let quiet = if row.chosen { base } else { look.dim() };
    put(pen, &format!("{:>number$}", row.number), number, base);
    if time > 0 {
        put(pen, &format!("{:>time$}", row.columns.time), time, quiet);
    }
    if ends > 0 {
        put(pen, &row.columns.ends, ends, base);
    }
    let style = match (row.chosen, row.columns.warns) {
        (true, _) => base,
        (false, true) => look.warn(),
        (false, false) => look.level(row.columns.level),
    };
    put(pen, &row.columns.saying, usize::from(area.width), style);
}
