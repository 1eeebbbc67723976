//! Two columns: what is learned, and what it says.

use unicode_width::UnicodeWidthStr;

use super::super::cake::{Ink, Line, clean, write};
use super::super::wrap::fold;
use super::super::{Style, quantity};
use super::{Eavesdropper, Outside, Row, facts};
use crate::dissect::Level;

/// Lines of one value.
const MAX_LINES: usize = 3;
/// Columns of the names at the left.
const NAMES: usize = 22;

impl Eavesdropper {
    /// Draws both parts.
    pub fn write(&self, outside: &Outside, style: Style, out: &mut Vec<u8>) {
        title("CAN SEE", "whoever carries the packets: Wi-Fi, provider, employer", style, out);
        for (what, text, _) in facts(outside, style) {
            pair(&what, &text, "", style, out);
        }
        rows(&self.seen, self.left_out[0], style, out);
        if self.clear > 0 && self.sealed.is_empty() {
            let words = format!("everything: {} in the clear", quantity::counted(self.clear, "byte"));
            pair("what is said", &words, "", style, out);
        }
        out.push(b'\n');
        title(
            "CANNOT SEE",
            if self.sealed.is_empty() { "there are no keys" } else { "only the two ends have the keys" },
            style,
            out,
        );
        if self.sealed.is_empty() {
            pair("nothing is hidden", "no byte of this conversation is encrypted", "", style, out);
        }
        for sealed in &self.sealed {
            let sides = ["client", "server"].into_iter().zip(sealed.records).zip(sealed.bytes);
            pair(sealed.what, sealed.detail, "", style, out);
            for ((who, records), bytes) in sides.filter(|((_, n), _)| *n > 0) {
                let (bytes, records) = (quantity::counted(bytes, "byte"), quantity::counted(records, "record"));
                pair("", &format!("{who}: {bytes} in {records}"), "", style, out);
            }
        }
        if !self.hidden.is_empty() {
            out.push(b'\n');
            title("WITH THE KEYS", "you can, because one of the two ends has noted them down", style, out);
        }
        rows(&self.hidden, self.left_out[1], style, out);
    }
}

/// The head of a part.
fn title(words: &str, who: &str, style: Style, out: &mut Vec<u8>) {
    let mut line = Line::default();
    line.push(words, Ink::Title(if words == "CAN SEE" { Level::Transport } else { Level::Application }));
    line.push(&clean(&format!("  {who}"), style.charset), Ink::Faint);
    line.shorten(style.width, style.ellipsis());
    write(&[line], style, out);
}

/// What was learned, a row each.
fn rows(rows: &[Row], left_out: u64, style: Style, out: &mut Vec<u8>) {
    for row in rows {
        let from = format!("{}, packet {}", row.protocol, row.packet);
        pair(&row.what, &String::from_utf8_lossy(&row.value), &from, style, out);
    }
    if left_out > 0 {
        pair("", &format!("and {} more of these", quantity::grouped(left_out)), "", style, out);
    }
}

/// A name, what is known of it, and where from; what does not fit beside the name goes below.
fn pair(what: &str, text: &str, from: &str, style: Style, out: &mut Vec<u8>) {
    let room = style.width.saturating_sub(NAMES + 3).max(20);
    let mut said = fold(&clean(text, style.charset), room);
    if said.len() > MAX_LINES {
        said.truncate(MAX_LINES);
        said.extend(Some(style.ellipsis().to_owned()));
    }
    let from = if from.is_empty() { String::new() } else { format!("({from})") };
    if said.last().is_some_and(|last| last.width() + 2 + from.len() > room) {
        said.push(String::new());
    }
    let mut first = Line::default();
    first.push("  ", Ink::Plain);
    first.push(&clean(what, style.charset), Ink::Faint);
    let mut lines = Vec::new();
    if what.width() > NAMES {
        lines.push(std::mem::take(&mut first));
    }
    let last = said.len() - 1;
    for (number, words) in said.iter().enumerate() {
        // Only the first line has the name in front.
        let mut line = std::mem::take(&mut first);
        line.reach(NAMES + 3);
        line.push(words, Ink::Plain);
        // A word that is longer than the line.
        line.shorten(style.width, style.ellipsis());
        if number == last && !from.is_empty() {
            line.push(
                &format!("{}{}", if words.is_empty() { "" } else { "  " }, clean(&from, style.charset)),
                Ink::Faint,
            );
        }
        lines.push(line);
    }
    write(&lines, style, out);
}
