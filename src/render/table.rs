//! Tables that fit the terminal: a thin layer over comfy-table.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::{Charset, Style, value};

/// Appends a table. Cells are text for people and are escaped like text from packets.
pub fn table(out: &mut Vec<u8>, style: Style, header: &[&str], rows: &[Vec<String>]) {
    aligned(out, style, header, &[], rows);
}

/// As [`table`], with the numbers of the columns `right` one below the other.
pub fn aligned(out: &mut Vec<u8>, style: Style, header: &[&str], right: &[usize], rows: &[Vec<String>]) {
    build(out, style, header, right, rows, !right.is_empty());
}

/// As [`aligned`], one line a row with little air, whatever the columns hold.
pub fn dense(out: &mut Vec<u8>, style: Style, header: &[&str], right: &[usize], rows: &[Vec<String>]) {
    build(out, style, header, right, rows, true);
}

fn build(out: &mut Vec<u8>, style: Style, header: &[&str], right: &[usize], rows: &[Vec<String>], dense: bool) {
    let mut table = Table::new();
    table.load_style(style.pick(presets::UTF8_HORIZONTAL_ONLY, presets::ASCII_HORIZONTAL_ONLY));
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(style.width as u16);
    table.set_header(header.iter().map(|cell| tame(cell, style.charset)));
    for row in rows {
        table.add_row(row.iter().map(|cell| tame(cell, style.charset)));
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
