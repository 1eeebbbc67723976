//! One line a packet that a program of ours sent or received: when, whose, how it travelled, which way, what stood in it,
//! what that means. Knows no protocol: words come from whoever knows them.

use std::time::Duration;

use super::{Charset, Style, quantity, value, wrap};

/// Columns of the time, of the name, of the way, before the packet.
const TIME: usize = 9;
const NAME: usize = 4;
const WAY: usize = 5;
/// Columns of what stood in a packet; where it is longer, or its meaning is, that goes to the next line.
const WIRE: usize = 20;
/// A terminal with fewer columns has no room for words beside anything.
const NARROW: usize = 64;

/// A line.
#[derive(Debug, Clone, Default)]
pub struct Line<'a> {
    /// Since the start.
    pub at: Duration,
    /// Whose: "#3".
    pub name: &'a str,
    /// How it travelled: "HTTP".
    pub way: &'a str,
    /// We sent it, we received it, or it is about neither.
    pub ours: Option<bool>,
    /// What stood in the packet.
    pub wire: &'a str,
    /// What that means.
    pub words: &'a str,
}

/// Draws lines.
pub struct PacketsTold {
    style: Style,
    spoken: bool,
    /// Lines are of several.
    named: bool,
}

impl PacketsTold {
    /// `spoken` for whole sentences instead of columns; `named` where lines are of several.
    pub fn new(style: Style, spoken: bool, named: bool) -> Self {
        PacketsTold { style, spoken, named }
    }

    /// What this is.
    pub fn begin(&self, title: &str, more: &[String], out: &mut Vec<u8>) {
        self.style.strong(out);
        wrap::wrap(out, &self.clean(title), usize::from(!self.spoken), &self.style);
        self.style.end(out);
        for line in more {
            wrap::wrap(out, &self.clean(line), usize::from(!self.spoken), &self.style);
        }
        if !self.spoken {
            out.push(b'\n');
        }
    }

    /// One line.
    pub fn line(&self, line: &Line<'_>, out: &mut Vec<u8>) {
        let span = quantity::span(line.at.as_nanos() as u64, self.style.charset);
        let (wire, words) = (self.clean(line.wire), self.clean(line.words));
        if self.spoken {
            return say(line, &span, &wire, &words, out);
        }
        let arrow = match line.ours {
            Some(true) => self.style.pick("→", ">"),
            Some(false) => self.style.pick("←", "<"),
            None => self.style.pick("·", "-"),
        };
        let name = if self.named { format!("{:<NAME$}", line.name) } else { String::new() };
        out.extend_from_slice(format!("{span:>TIME$}  {name}{:<WAY$}{arrow} ", line.way).as_bytes());
        let indent = TIME + 2 + name.chars().count() + WAY + 2;
        let deep = if self.style.width < NARROW { 4 } else { indent + 2 };
        if wire.is_empty() && self.style.width < NARROW {
            out.push(b'\n');
            wrap::wrap(out, &words, deep, &self.style);
            return;
        }
        if wire.is_empty() {
            self.hanging(&words, indent, out);
            return;
        }
        let room = self.style.width.saturating_sub(indent).max(8);
        let shown = cut(&wire, room, self.style.pick("…", "..."));
        let taken = columns(&shown);
        self.style.strong(out);
        out.extend_from_slice(shown.as_bytes());
        self.style.end(out);
        if taken < WIRE && indent + WIRE + columns(&words) <= self.style.width {
            out.resize(out.len() + WIRE - taken, b' ');
            self.hanging(&words, indent + WIRE, out);
        } else {
            out.push(b'\n');
            wrap::wrap(out, &words, deep, &self.style);
        }
    }

    /// Something beside: help, advice. Its own line breaks are kept.
    pub fn note(&self, text: &str, out: &mut Vec<u8>) {
        for line in text.lines() {
            out.extend_from_slice(self.clean(line).as_bytes());
            out.push(b'\n');
        }
    }

    /// The cursor stands at the indentation already.
    fn hanging(&self, text: &str, indent: usize, out: &mut Vec<u8>) {
        let mut lines = Vec::new();
        wrap::wrap(&mut lines, text, indent, &self.style);
        out.extend_from_slice(lines.get(indent..).unwrap_or(b"\n"));
    }

    /// Words of others, made harmless for a terminal.
    fn clean(&self, text: &str) -> String {
        let spelled: String = match self.style.charset {
            Charset::Unicode => text.to_owned(),
            Charset::Ascii => text
                .chars()
                .map(|c| if "→←§…·µ".contains(c) { wrap::spell(&c.to_string()) } else { c.to_string() })
                .collect(),
        };
        let mut out = Vec::new();
        value::text(&mut out, spelled.as_bytes(), self.style.charset);
        String::from_utf8_lossy(&out).into_owned()
    }
}

fn say(line: &Line<'_>, span: &str, wire: &str, words: &str, out: &mut Vec<u8>) {
    let who = if line.name.is_empty() { String::new() } else { format!(", session {}", line.name) };
    let did = match line.ours {
        Some(true) => format!(" sent over {}", line.way),
        Some(false) => format!(" received over {}", line.way),
        None => String::new(),
    };
    let wire = if wire.is_empty() { String::new() } else { format!(" {wire}:") };
    out.extend_from_slice(format!("After {span}{who}{did}:{wire} {words}.\n").as_bytes());
}

fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

fn cut(text: &str, room: usize, mark: &str) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if columns(&out) + unicode_width::UnicodeWidthChar::width(c).unwrap_or(0) + columns(mark) > room {
            break;
        }
        out.push(c);
    }
    out + mark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: usize, charset: Charset, spoken: bool, line: &Line<'_>) -> String {
        let mut out = Vec::new();
        PacketsTold::new(Style { width, color: false, charset, explain: false }, spoken, true).line(line, &mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_line_is_never_wider_than_the_terminal_and_never_speaks_to_it() {
        let (wire, words) = (
            "42[\"chat\x1b[2J message\",\"日本語日本語日本語日本語日本語\"]",
            "event \x07\"chat message\", and more words of it",
        );
        let line = Line { name: "#12", way: "HTTP", ours: Some(false), wire, words, ..Line::default() };
        for width in 40..130 {
            for charset in [Charset::Unicode, Charset::Ascii] {
                let text = drawn(width, charset, false, &line);
                assert!(!text.contains(['\x1b', '\x07']) && (charset == Charset::Unicode || text.is_ascii()));
                assert!(text.lines().all(|line| columns(line) <= width), "{width}: {text}");
            }
        }
    }

    #[test]
    fn what_is_spoken_is_one_sentence() {
        let line = Line { name: "#1", way: "HTTP", ours: Some(true), wire: "2", words: "ping", ..Line::default() };
        assert_eq!(drawn(80, Charset::Unicode, true, &line), "After 0 s, session #1 sent over HTTP: 2: ping.\n");
    }
}
