//! The map on a terminal: 64 cells a row and 16 rows, so that a cell of the whole map is 64 ports and a row 4,096.

use unicode_width::UnicodeWidthStr;

use super::{Kind, Map, Realm, Room, label};
use crate::dissect::Level;
use crate::render::{Style, quantity, wrap};

const ROWS: usize = 16;
/// Columns beside the cells: numbers and frame.
const MARGIN: usize = 16;
/// Up to so many ports each have their number in the picture.
const NUMBERED: usize = 160;
/// Columns of a port with its number.
const WIDE: usize = 7;
/// Lines of names under the picture.
const LINES: usize = 3;

/// Appends the picture with its legend and the names.
pub fn write(out: &mut Vec<u8>, style: Style, map: &Map) {
    title(out, style, map);
    if map.len() <= NUMBERED {
        numbered(out, style, map);
    } else {
        grid(out, style, map);
    }
    legend(out, style, map);
    names(out, style, map);
}

fn title(out: &mut Vec<u8>, style: Style, map: &Map) {
    let left = if map.is_whole() {
        format!("{}: one number, 65,536 rooms", map.protocol)
    } else {
        format!("{}: ports {} to {}", map.protocol, map.first, map.last)
    };
    let right = map.share();
    let gap = style.width.saturating_sub(left.width() + right.width() + 2);
    if gap < 2 {
        wrap::wrap(out, &left, 0, &style);
        wrap::wrap(out, &right, 0, &style);
        return;
    }
    style.strong(out);
    out.extend_from_slice(left.as_bytes());
    style.end(out);
    out.resize(out.len() + gap, b' ');
    out.extend_from_slice(right.as_bytes());
    out.push(b'\n');
}

fn grid(out: &mut Vec<u8>, style: Style, map: &Map) {
    let columns = match style.width.saturating_sub(MARGIN - 2) {
        64.. => 64,
        32.. => 32,
        16.. => 16,
        _ => 4,
    };
    // A power of two: rows then begin at numbers that computers find round.
    let per_cell = map.len().div_ceil(columns * ROWS).next_power_of_two();
    let frame = |out: &mut Vec<u8>, left: &str, right: &str| {
        out.extend_from_slice(b"      ");
        out.extend_from_slice(left.as_bytes());
        out.extend_from_slice(style.pick("─", "-").repeat(columns).as_bytes());
        out.extend_from_slice(right.as_bytes());
        out.push(b'\n');
    };
    frame(out, style.pick("╭", "+"), style.pick("╮", "+"));
    let mut rooms = map.rooms.iter().peekable();
    let last = usize::from(map.last);
    let mut port = usize::from(map.first);
    while port <= last {
        let end = (port + columns * per_cell - 1).min(last);
        out.extend_from_slice(format!("{port:>5} {}", style.pick("│", "|")).as_bytes());
        for _ in 0..columns {
            let next = port + per_cell;
            let mut kind = None;
            while let Some(room) = rooms.next_if(|r| usize::from(r.port) < next) {
                kind = kind.max(Some(room.kind));
            }
            match u16::try_from(port).ok().filter(|port| *port <= map.last) {
                Some(first) => cell(out, style, kind, map.realm(first)),
                None => out.push(b' '),
            }
            port = next;
        }
        out.extend_from_slice(format!("{} {end:<5}", style.pick("│", "|")).trim_end().as_bytes());
        out.push(b'\n');
    }
    frame(out, style.pick("╰", "+"), style.pick("╯", "+"));
    if per_cell > 1 {
        let row = quantity::grouped((per_cell * columns) as u64);
        let text = format!("      one cell is {per_cell} ports, one row {row}");
        if text.width() <= style.width {
            out.extend_from_slice(text.as_bytes());
            out.push(b'\n');
        }
    }
}

/// Ports with their numbers, ten a row where there is room.
fn numbered(out: &mut Vec<u8>, style: Style, map: &Map) {
    let columns = match style.width / WIDE {
        10.. => 10,
        n => n.max(1),
    };
    let mut rooms = map.rooms.iter().peekable();
    for (place, port) in (map.first..=map.last).enumerate() {
        if place > 0 {
            out.extend_from_slice(if place % columns == 0 { b"\n" } else { b" " });
        }
        let room = rooms.next_if(|r| r.port == port);
        if room.is_some() {
            style.strong(out);
            out.extend_from_slice(format!("{port:>5}").as_bytes());
            style.end(out);
        } else {
            out.extend_from_slice(format!("{port:>5}").as_bytes());
        }
        cell(out, style, room.map(|r| r.kind), map.realm(port));
    }
    out.push(b'\n');
}

fn cell(out: &mut Vec<u8>, style: Style, kind: Option<Kind>, realm: Realm) {
    let Some(kind) = kind else {
        out.extend_from_slice(ground(style, realm).as_bytes());
        return;
    };
    match kind {
        Kind::Listening => style.strong(out),
        Kind::Bound => style.begin(out, Level::Transport),
        Kind::Connected => style.begin(out, Level::Network),
        Kind::Waiting => style.begin(out, Level::Physical),
    }
    out.extend_from_slice(mark(style, kind).as_bytes());
    style.end(out);
}

fn mark(style: Style, kind: Kind) -> &'static str {
    match kind {
        Kind::Listening => style.pick("█", "L"),
        Kind::Bound => style.pick("▙", "B"),
        Kind::Connected => style.pick("▄", "c"),
        Kind::Waiting => style.pick("▂", "w"),
    }
}

fn ground(style: Style, realm: Realm) -> &'static str {
    match realm {
        Realm::WellKnown => style.pick("∷", ":"),
        Realm::Registered => style.pick("·", "."),
        Realm::Ephemeral => style.pick("░", "-"),
        Realm::Dynamic => style.pick("╌", "~"),
    }
}

/// Two lines: what the marks mean with their counts, and the grounds with their ranges.
fn legend(out: &mut Vec<u8>, style: Style, map: &Map) {
    let mut kinds = Vec::new();
    for kind in Kind::ALL {
        kinds.push(format!("{} {} {}", mark(style, kind), quantity::grouped(map.count(kind)), kind.name()));
    }
    flow(out, style, &kinds, usize::MAX);
    let mut grounds = Vec::new();
    for realm in Realm::ALL {
        // Where a range is torn by reserved ports, its whole extent is said.
        let mut spans = map.spans.iter().filter(|s| s.realm == realm);
        let Some(first) = spans.next() else { continue };
        let last = if realm == Realm::Ephemeral { spans.last().map_or(first.last, |s| s.last) } else { first.last };
        if first.first <= map.last && last >= map.first {
            grounds.push(format!("{} {} {}-{last}", ground(style, realm), realm.name(), first.first));
        }
    }
    flow(out, style, &grounds, usize::MAX);
}

fn names(out: &mut Vec<u8>, style: Style, map: &Map) {
    let all: Vec<String> = map.named().map(|room| named(style, room)).collect();
    if all.is_empty() {
        return;
    }
    let left_out = all.len() - flow(out, style, &all, LINES);
    if left_out > 0 {
        let text = format!("{left_out} more: layercake ports map --describe");
        wrap::wrap(out, &text, 0, &style);
    }
}

fn named(style: Style, room: &Room) -> String {
    let mut text = label(room, style.charset);
    if room.guests > 0 {
        text += &format!(", {}", quantity::counted(u64::from(room.guests), "guest"));
    }
    text
}

/// Words side by side, in as many lines as they need but at most `lines`; gives how many words were written.
fn flow(out: &mut Vec<u8>, style: Style, words: &[String], lines: usize) -> usize {
    let (mut used, mut line) = (0, 1);
    for (number, word) in words.iter().enumerate() {
        let mut word = word.clone();
        while word.width() > style.width {
            word.pop();
        }
        let gap = if used == 0 { "" } else { style.pick(" │ ", " | ") };
        if used > 0 && used + gap.width() + word.width() > style.width {
            out.push(b'\n');
            if line == lines {
                return number;
            }
            line += 1;
            used = 0;
        } else {
            out.extend_from_slice(gap.as_bytes());
            used += gap.width();
        }
        out.extend_from_slice(word.as_bytes());
        used += word.width();
    }
    out.push(b'\n');
    words.len()
}
