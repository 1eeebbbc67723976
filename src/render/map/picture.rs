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
const LINES: usize = 2;
/// Between words side by side.
const GAP: &str = "   ";

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
        format!("{}: 16 bits of number, 65,536 rooms", map.protocol)
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
    let frame = |out: &mut Vec<u8>, left: &str, words: &str, right: &str| {
        out.extend_from_slice(b"      ");
        out.extend_from_slice(left.as_bytes());
        let words = if words.width() + 1 < columns { words } else { "" };
        let line = style.pick("─", "-");
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(words.as_bytes());
        out.extend_from_slice(line.repeat(columns - words.width() - 1).as_bytes());
        out.extend_from_slice(right.as_bytes());
        out.push(b'\n');
    };
    frame(out, style.pick("╭", "+"), "", style.pick("╮", "+"));
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
    let ports = quantity::counted(per_cell as u64, "port");
    let words = format!(" one cell is {ports}, one row {} ", quantity::grouped((per_cell * columns) as u64));
    frame(out, style.pick("╰", "+"), &words, style.pick("╯", "+"));
}

/// Ports with their numbers, ten a row where there is room.
fn numbered(out: &mut Vec<u8>, style: Style, map: &Map) {
    let columns = match style.width / WIDE {
        10.. => 10,
        n => n.max(1),
    };
    let mut rooms = map.rooms.iter().peekable();
    for (place, port) in (map.first..=map.last).enumerate() {
        if place > 0 && place % columns == 0 {
            trim(out);
            out.push(b'\n');
        }
        let room = rooms.next_if(|r| r.port == port);
        cell(out, style, room.map(|r| r.kind), map.realm(port));
        if room.is_some() {
            style.strong(out);
        }
        out.extend_from_slice(format!("{port:<6}").as_bytes());
        style.end(out);
    }
    trim(out);
    out.push(b'\n');
}

fn trim(out: &mut Vec<u8>) {
    while out.last() == Some(&b' ') {
        out.pop();
    }
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

/// Two lines: what the marks mean with their counts, and the grounds.
fn legend(out: &mut Vec<u8>, style: Style, map: &Map) {
    let mut kinds = Vec::new();
    for kind in Kind::ALL {
        kinds.push(format!("{} {} {}", mark(style, kind), quantity::grouped(map.count(kind)), kind.name()));
    }
    flow(out, style, &kinds);
    let mut grounds = Vec::new();
    for (realm, first, last) in map.extents() {
        if first > map.last || last < map.first {
            continue;
        }
        let mut text = format!("{} {}", ground(style, realm), realm.name());
        if realm == Realm::Ephemeral {
            // The range that differs from machine to machine.
            text += &format!(" {first}-{last}");
        }
        grounds.push(text);
    }
    flow(out, style, &grounds);
}

fn names(out: &mut Vec<u8>, style: Style, map: &Map) {
    let count = map.named().count();
    // More than that have no room on any terminal.
    let all: Vec<String> = map.named().take(2 * style.width / 5).map(|room| named(style, room)).collect();
    let fits = |lines: usize| {
        let mut probe = Vec::new();
        (1..=all.len()).rev().find(|n| {
            probe.clear();
            flow(&mut probe, style, &all[..*n]);
            String::from_utf8_lossy(&probe).lines().count() <= lines
        })
    };
    if all.is_empty() {
        return;
    }
    // Where not all fit, the last line says how many are missing.
    let shown = fits(LINES).filter(|n| *n == count).or_else(|| fits(LINES - 1)).unwrap_or(1);
    flow(out, style, &all[..shown]);
    if shown < count {
        wrap::wrap(out, &format!("and {} more: layercake ports map --describe", count - shown), 0, &style);
    }
}

fn named(style: Style, room: &Room) -> String {
    let mut text = format!("{} {}", mark(style, room.kind), label(room, style.charset));
    if room.guests > 0 {
        text += &format!(", {}", quantity::counted(u64::from(room.guests), "guest"));
    }
    text
}

/// Words side by side, in as many lines as they need.
fn flow(out: &mut Vec<u8>, style: Style, words: &[String]) {
    let mut used = 0;
    for word in words {
        let mut word = word.clone();
        while word.width() > style.width {
            word.pop();
        }
        if used > 0 && used + GAP.len() + word.width() > style.width {
            out.push(b'\n');
            used = 0;
        } else if used > 0 {
            out.extend_from_slice(GAP.as_bytes());
            used += GAP.len();
        }
        out.extend_from_slice(word.as_bytes());
        used += word.width();
    }
    out.push(b'\n');
}
