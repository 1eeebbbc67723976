//! Tables that fit the terminal: a thin layer over comfy-table.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use unicode_width::UnicodeWidthStr;

use super::{Charset, Style, value};

/// From so many rows on a dense table is written by `long`: the library takes microseconds for each cell.
const MANY: usize = 200;

/// Appends a table. Cells are text for people and are escaped like text from packets.
pub fn table(out: &mut Vec<u8>, style: Style, header: &[&str], rows: &[Vec<String>]) {
    aligned(out, style, header, &[], rows);
}

/// As [`table`], with the numbers of the columns `right` one below the other.
pub fn aligned(out: &mut Vec<u8>, style: Style, header: &[&str], right: &[usize], rows: &[Vec<String>]) {
    build(out, style, header, right, rows, !right.is_empty());
}

/// As [`aligned`], one line a row with little air, whatever the columns hold.
pub fn dense<S: AsRef<str>>(out: &mut Vec<u8>, style: Style, header: &[&str], right: &[usize], rows: &[Vec<S>]) {
    if rows.len() >= MANY && long(out, style, header, right, rows) {
        return;
    }
    build(out, style, header, right, rows, true);
}

fn build<S: AsRef<str>>(
    out: &mut Vec<u8>,
    style: Style,
    header: &[&str],
    right: &[usize],
    rows: &[Vec<S>],
    dense: bool,
) {
    let mut table = Table::new();
    table.load_style(style.pick(presets::UTF8_HORIZONTAL_ONLY, presets::ASCII_HORIZONTAL_ONLY));
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(style.width as u16);
    table.set_header(header.iter().map(|cell| tame(cell, style.charset)));
    for row in rows {
        table.add_row(row.iter().map(|cell| tame(cell.as_ref(), style.charset)));
    }
    for at in right {
        if let Some(column) = table.column_mut(*at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    if dense {
        // One row a thing: lines between them would take half of the screen.
        let style = table.style().row_separator(comfy_table::LineStyle::none());
        table.load_style(style);
        // Numbers make columns by themselves: they need less air.
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 1));
        });
    }
    for line in table.lines() {
        out.extend_from_slice(line.trim_end().as_bytes());
        out.push(b'\n');
    }
}

/// The same table as [`dense`] makes, row by row; `false` where it does not fit and has to be arranged.
fn long<S: AsRef<str>>(out: &mut Vec<u8>, style: Style, header: &[&str], right: &[usize], rows: &[Vec<S>]) -> bool {
    const GAP: usize = 2;
    let mut widths: Vec<usize> = header.iter().map(|head| head.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.as_ref().len());
        }
    }
    let total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1) + 1;
    // What might be escaped has another width afterwards.
    let plain = |cell: &S| cell.as_ref().bytes().all(|b| matches!(b, b' '..=b'~'));
    if total > style.width + 1 || !rows.iter().flatten().all(plain) {
        return false;
    }
    let rule = |out: &mut Vec<u8>, mark: &str| {
        out.extend_from_slice(mark.repeat(total).as_bytes());
        out.push(b'\n');
    };
    let line = |out: &mut Vec<u8>, cells: &mut dyn Iterator<Item = &str>| {
        let mut owed = 0; // spaces that are only written if something follows
        for (at, (text, width)) in cells.zip(&widths).enumerate() {
            let room = width.saturating_sub(text.len());
            let (before, after) = if right.contains(&at) { (room, 0) } else { (0, room) };
            if text.is_empty() {
                owed += width + GAP;
            } else {
                out.resize(out.len() + owed + before, b' ');
                out.extend_from_slice(text.as_bytes());
                owed = after + GAP;
            }
        }
        out.push(b'\n');
    };
    let (thin, thick) = (style.pick("─", "-"), style.pick("═", "="));
    rule(out, thin);
    line(out, &mut header.iter().copied());
    rule(out, thick);
    for row in rows {
        line(out, &mut row.iter().map(AsRef::as_ref));
    }
    rule(out, thin);
    true
}

fn tame(cell: &str, charset: Charset) -> String {
    let mut text = Vec::new();
    for (number, line) in cell.split('\n').enumerate() {
        if number > 0 {
            text.push(b'\n');
        }
        value::text(&mut text, line.as_bytes(), charset);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_table_looks_like_a_short_one() {
        let rows: Vec<Vec<String>> =
            [["TCP", "127.0.0.1:80", "", "7"], ["UDP", "[::]:5353", "hauser", "123"], ["TCP", "0.0.0.0:1", "", ""]]
                .map(|row| row.map(str::to_owned).to_vec())
                .to_vec();
        let header = ["kind", "local", "who", "age"];
        for charset in [Charset::Unicode, Charset::Ascii] {
            let style = Style { width: 60, color: false, charset, explain: false };
            let (mut short, mut quick) = (Vec::new(), Vec::new());
            build(&mut short, style, &header, &[3], &rows[..2], true);
            assert!(long(&mut quick, style, &header, &[3], &rows[..2]));
            assert_eq!(String::from_utf8_lossy(&quick), String::from_utf8_lossy(&short));
        }
    }

    #[test]
    fn what_does_not_fit_or_has_lines_of_its_own_is_arranged_by_the_library() {
        let style = Style { width: 10, color: false, charset: Charset::Unicode, explain: false };
        assert!(!long(&mut Vec::new(), style, &["a"], &[], &[vec!["longer than ten".to_owned()]]));
        assert!(!long(&mut Vec::new(), style, &["a"], &[], &[vec!["a\nb".to_owned()]]));
    }
}
