//! A WebSocket of ours as it opens and talks: steps with times, both heads line by line, the proof, frames.
//! Drawn from what the client tells; the packets themselves are drawn by the other renderers.

mod frame;
mod heads;
mod words;

use std::time::Duration;

pub use frame::{Frame, Message};

use super::{Charset, Style, quantity, value, wrap};

/// Columns before what is said.
const INDENT: usize = 12;
/// Columns of a step's name.
const NAMES: usize = 9;

/// Draws one connection.
pub struct Trace {
    style: Style,
    /// In whole sentences.
    spoken: bool,
}

impl Trace {
    /// `spoken` for whole sentences instead of columns and marks.
    pub fn new(style: Style, spoken: bool) -> Self {
        Trace { style, spoken }
    }

    /// What is asked for.
    pub fn begin(&self, url: &str, label: &str, out: &mut Vec<u8>) {
        let url = self.clean(url.as_bytes());
        if self.spoken {
            self.sentence(&format!("Opening a WebSocket to {url}. Packets are {label}."), out);
            return;
        }
        out.push(b' ');
        self.style.strong(out);
        out.extend_from_slice(url.as_bytes());
        self.style.end(out);
        let wide = 1 + url.chars().count() + 2 + label.len() <= self.style.width;
        out.extend_from_slice(if wide { b"  " } else { b"\n " });
        out.extend_from_slice(format!("{label}\n").as_bytes());
    }

    /// A step: its name, what came of it, and what that means.
    pub fn step(&self, at: Duration, name: &str, text: &str, more: &[String], out: &mut Vec<u8>) {
        let text = self.clean(text.as_bytes());
        let more: Vec<String> = more.iter().map(|line| self.clean(line.as_bytes())).collect();
        if self.spoken {
            let all = std::iter::once(format!("After {}, {name}: {text}", self.span(at)));
            let all: Vec<String> = all.chain(more).collect();
            self.sentence(&format!("{}.", all.join("; ")), out);
            return;
        }
        self.time(at, out);
        self.style.strong(out);
        out.extend_from_slice(format!("{name:<NAMES$}").as_bytes());
        self.style.end(out);
        self.hanging(&text, INDENT + NAMES, out);
        for line in more {
            wrap::wrap(out, &line, INDENT + NAMES, &self.style);
        }
    }

    /// Something that is wrong, and where the rule stands.
    pub fn wrong(&self, what: &str, rule: &str, out: &mut Vec<u8>) {
        let (what, rule) = (self.clean(what.as_bytes()), self.clean(rule.as_bytes()));
        let rule = if rule.is_empty() { String::new() } else { format!(" ({rule})") };
        if self.spoken {
            return self.sentence(&format!("Wrong: {what}{rule}."), out);
        }
        out.extend_from_slice(b"          ");
        self.style.warn(out);
        out.extend_from_slice(self.style.pick("✗ ", "! ").as_bytes());
        self.hanging(&format!("{what}{rule}"), INDENT, out);
        self.style.end(out);
    }

    /// Something beside: help, advice.
    pub fn note(&self, text: &str, out: &mut Vec<u8>) {
        for line in text.lines() {
            let line = self.clean(line.as_bytes());
            if self.spoken {
                self.sentence(&line, out);
            } else if line.starts_with(' ') {
                out.extend_from_slice(format!("  {line}\n").as_bytes());
            } else {
                wrap::wrap(out, &line, 2, &self.style);
            }
        }
    }

    /// A new part begins.
    pub fn gap(&self, out: &mut Vec<u8>) {
        if !self.spoken {
            out.push(b'\n');
        }
    }

    /// Frames that were too many to show.
    pub fn left_out(&self, count: u64, out: &mut Vec<u8>) {
        self.wrong(&format!("{} not shown: more came than could be drawn", quantity::counted(count, "event")), "", out);
    }

    fn time(&self, at: Duration, out: &mut Vec<u8>) {
        let span = self.span(at);
        let pad = 10usize.saturating_sub(span.chars().count());
        out.resize(out.len() + pad, b' ');
        out.extend_from_slice(span.as_bytes());
        out.extend_from_slice(b"  ");
    }

    fn span(&self, time: Duration) -> String {
        quantity::span(time.as_nanos() as u64, self.style.charset)
    }

    /// Lines after the first one are indented; the cursor stands at the indentation already.
    fn hanging(&self, text: &str, indent: usize, out: &mut Vec<u8>) {
        let mut lines = Vec::new();
        wrap::wrap(&mut lines, text, indent, &self.style);
        out.extend_from_slice(lines.get(indent..).unwrap_or_default());
    }

    /// For a screen reader: one line, whatever its length.
    #[expect(clippy::unused_self, reason = "all that draws is asked in the same way")]
    fn sentence(&self, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(text.as_bytes());
        out.push(b'\n');
    }

    /// Words of others, made harmless for a terminal; ours are spelled where only ASCII is wanted.
    fn clean(&self, bytes: &[u8]) -> String {
        if self.style.charset == Charset::Ascii {
            let spelled: Option<String> = std::str::from_utf8(bytes).ok().map(|text| {
                text.chars()
                    .map(|c| if "→§…·µ".contains(c) { wrap::spell(&c.to_string()) } else { c.to_string() })
                    .collect()
            });
            let mut out = Vec::new();
            value::text(&mut out, spelled.as_deref().map_or(bytes, str::as_bytes), Charset::Ascii);
            return String::from_utf8_lossy(&out).into_owned();
        }
        let mut out = Vec::new();
        value::text(&mut out, bytes, self.style.charset);
        String::from_utf8_lossy(&out).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn drawn(width: usize, charset: Charset, draw: impl Fn(&Trace, &mut Vec<u8>)) -> String {
        let style = Style { width, color: false, charset, explain: false };
        let mut out = Vec::new();
        draw(&Trace::new(style, false), &mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_step_has_its_time_its_name_and_what_came_of_it() {
        let text = drawn(80, Charset::Unicode, |trace, out| {
            trace.step(Duration::from_micros(340), "TCP", "connected", &["from here".into()], out);
        });
        assert_eq!(text, "    340 µs  TCP      connected\n                     from here\n");
    }

    #[test]
    fn nothing_of_a_stranger_reaches_the_terminal_as_it_is() {
        for charset in [Charset::Unicode, Charset::Ascii] {
            let text = drawn(80, charset, |trace, out| {
                trace.wrong("\x1b[2J\u{202e}", "\x07", out);
                trace.note("\x1b]0;x\x07", out);
                trace.step(Duration::ZERO, "TCP", "\x1b[31m", &["\x1bc".into()], out);
            });
            assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{text:?}");
            assert!(charset == Charset::Unicode || text.is_ascii(), "{text:?}");
        }
    }
}
