//! Sockets in rows that stay one line each, for pictures that change: what does not fit is cut, never wrapped.
//! A mark before the row says what has changed; colour only repeats it.

use std::net::SocketAddr;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::value;
use super::{Style, json};

/// How a row compares with the picture before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// As it was.
    Same,
    /// New.
    New,
    /// No longer there.
    Gone,
    /// Was in this state.
    Moved(&'static str),
    /// Held by another program.
    Handed,
}

/// One socket.
#[derive(Debug, Clone)]
pub struct Row {
    /// What has changed.
    pub mark: Mark,
    /// "tcp" or "udp".
    pub protocol: &'static str,
    /// Its own end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: Option<SocketAddr>,
    /// Its state.
    pub state: &'static str,
    /// Who holds it, and what else there is to say. Untrusted.
    pub who: String,
}

const HEAD: [&str; 5] = ["", "own end", "other end", "state", "who"];
/// Columns that an end and the last cell keep in any case.
const LEAST: usize = 9;

impl Row {
    fn sign(&self, style: Style) -> &'static str {
        match self.mark {
            Mark::Same => " ",
            Mark::New => "+",
            Mark::Gone => style.pick("−", "-"),
            Mark::Moved(_) | Mark::Handed => "~",
        }
    }

    fn state(&self, style: Style) -> String {
        match self.mark {
            Mark::Moved(from) => format!("{from} {} {}", style.arrow(), self.state),
            Mark::Gone => format!("{}, gone", self.state),
            _ => self.state.to_owned(),
        }
    }

    fn cells(&self, style: Style) -> [String; 5] {
        let who = text(self.who.as_bytes(), style);
        [self.protocol.to_owned(), end(self.local), other(self.remote), self.state(style), who]
    }
}

/// An end; port 0 is none yet.
pub fn end(end: SocketAddr) -> String {
    end.to_string()
}

fn other(end: Option<SocketAddr>) -> String {
    end.map_or_else(|| "anybody".to_owned(), self::end)
}

/// Untrusted text, made harmless.
pub fn text(bytes: &[u8], style: Style) -> String {
    let mut out = Vec::new();
    value::text(&mut out, bytes, style.charset);
    String::from_utf8_lossy(&out).into_owned()
}

/// The widths of the columns: as wide as they need to be; where that is too much, first the last cell gives
/// way, then the ends, then the state.
pub fn widths(rows: &[Row], indent: usize, style: Style) -> [usize; 5] {
    let mut widths = HEAD.map(UnicodeWidthStr::width);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.cells(style)) {
            *width = (*width).max(cell.width());
        }
    }
    let room = style.width.saturating_sub(indent + 2 + widths.len() - 1);
    for (at, least) in [(4, 12), (2, 21), (1, 21), (4, LEAST), (2, LEAST), (1, LEAST), (3, LEAST), (4, 3)] {
        let over = widths.iter().sum::<usize>().saturating_sub(room);
        widths[at] = widths[at].saturating_sub(over).max(least.min(widths[at]));
    }
    widths
}

/// Appends the names of the columns.
pub fn head(out: &mut Vec<u8>, style: Style, indent: usize, widths: [usize; 5]) {
    line(out, style, indent, " ", &HEAD.map(str::to_owned), widths);
    out.push(b'\n');
}

/// Appends one row.
pub fn row(out: &mut Vec<u8>, style: Style, indent: usize, widths: [usize; 5], row: &Row) {
    match row.mark {
        Mark::Same => {}
        Mark::Gone => style.warn(out),
        _ => style.strong(out),
    }
    line(out, style, indent, row.sign(style), &row.cells(style), widths);
    if row.mark != Mark::Same {
        style.end(out);
    }
    out.push(b'\n');
}

fn line(out: &mut Vec<u8>, style: Style, indent: usize, sign: &str, cells: &[String; 5], widths: [usize; 5]) {
    out.resize(out.len() + indent, b' ');
    out.extend_from_slice(sign.as_bytes());
    let mut gap = 1;
    for (cell, width) in cells.iter().zip(widths) {
        let cell = cut(cell, width, style);
        if cell.is_empty() {
            gap += width + 1;
            continue;
        }
        out.resize(out.len() + gap, b' ');
        out.extend_from_slice(cell.as_bytes());
        gap = width.saturating_sub(cell.width()) + 1;
    }
}

/// At most `width` columns of a text; the middle gives way, since an address ends in its port.
pub fn cut(text: &str, width: usize, style: Style) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let dots = style.ellipsis();
    let room = width.saturating_sub(dots.width());
    let take = |chars: &mut dyn Iterator<Item = char>, most: usize| {
        let mut used = 0;
        let fits = |c: &char| {
            used += c.width().unwrap_or(0);
            used <= most
        };
        chars.take_while(fits).collect::<String>()
    };
    let front = take(&mut text.chars(), room.div_ceil(2));
    let back: String = take(&mut text.chars().rev(), room / 2).chars().rev().collect();
    front + dots + &back
}

/// Appends the members that name a socket in JSON, without braces.
pub fn members(out: &mut Vec<u8>, row: &Row) {
    out.extend_from_slice(format!("\"protocol\":\"{}\"", row.protocol).as_bytes());
    address(out, "local", Some(row.local));
    address(out, "remote", row.remote);
    out.extend_from_slice(b",\"state\":");
    json::string(out, key(row.state).as_bytes());
}

/// A state as a key: "time-wait".
pub fn key(state: &str) -> String {
    state.to_ascii_lowercase()
}

/// The keys are those of the list.
fn address(out: &mut Vec<u8>, which: &str, end: Option<SocketAddr>) {
    let text = match end {
        Some(end) => format!(",\"{which}_address\":\"{}\",\"{which}_port\":{}", end.ip(), end.port()),
        None => format!(",\"{which}_address\":null,\"{which}_port\":null"),
    };
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Charset;

    fn style(width: usize, charset: Charset) -> Style {
        Style { width, color: false, charset, explain: false }
    }

    fn rows() -> Vec<Row> {
        let row = |mark, local: &str, remote: Option<&str>, state, who: &str| Row {
            mark,
            protocol: "tcp",
            local: local.parse().expect("an end"),
            remote: remote.map(|r| r.parse().expect("an end")),
            state,
            who: who.to_owned(),
        };
        vec![
            row(Mark::New, "127.0.0.1:3000", None, "LISTEN", "node (4711)"),
            row(Mark::Moved("FIN-WAIT-2"), "127.0.0.1:3000", Some("127.0.0.1:51234"), "TIME-WAIT", "nobody, 59 s"),
            row(
                Mark::Same,
                "[2001:db8:1111:2222:3333:4444:5555:6666]:65535",
                Some("[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535"),
                "NEW-SYN-RECEIVED",
                "\u{1b}[2Ja\nb\u{202e}",
            ),
        ]
    }

    #[test]
    fn a_row_is_one_line_at_any_width_and_cannot_steer_the_terminal() {
        for charset in [Charset::Unicode, Charset::Ascii] {
            for width in [60, 80, 120, 200] {
                let (style, rows) = (style(width, charset), rows());
                let mut out = Vec::new();
                let widths = widths(&rows, 4, style);
                head(&mut out, style, 4, widths);
                for r in &rows {
                    row(&mut out, style, 4, widths, r);
                }
                let text = String::from_utf8(out).expect("UTF-8");
                assert_eq!(text.lines().count(), 4, "{text}");
                assert!(text.lines().all(|l| l.width() <= width), "{width}:\n{text}");
                assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
                assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
            }
        }
    }

    #[test]
    fn an_end_that_is_cut_keeps_its_port() {
        let style = style(80, Charset::Unicode);
        assert_eq!(cut("[2001:db8::1234:5678]:443", 15, style), "[2001:d…78]:443");
        assert_eq!(cut("short", 15, style), "short");
    }
}
