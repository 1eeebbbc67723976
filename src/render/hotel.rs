//! The hotel lesson told: each step as calls with their answers, what they mean, and the kernel's rows after them.
//! Not here: opening sockets (`ports`), waiting for keys (`cli`).

use unicode_width::UnicodeWidthStr;

use super::changing::{self, Mark, Row};
use super::quantity::counted;
use super::value::decimal;
use super::wrap::{spell, wrap};
use super::{Charset, Style, json};

/// A call and its answer, as text of ours.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who calls.
    pub who: String,
    /// What.
    pub call: String,
    /// The answer in words: "its own port is 40000"; empty for a mere yes.
    pub told: String,
    /// The name of the error, where it is a no.
    pub refused: Option<String>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its number, from 1, and how many there are.
    pub number: (usize, usize),
    /// The chapter's number and title, and whether it begins here.
    pub chapter: (usize, &'static str, bool),
    /// What is done.
    pub said: Vec<Said>,
    /// What it means.
    pub why: String,
    /// It went otherwise than planned.
    pub surprise: bool,
    /// The kernel's rows, and the seconds that a countdown has left.
    pub rows: Vec<(Row, Option<u64>)>,
    /// Why there are none.
    pub unread: Option<String>,
}

/// More calls or rows of one step than this are counted.
const MOST_CALLS: usize = 6;
const MOST_ROWS: usize = 10;
/// Where explanations and calls begin.
const INDENT: usize = 4;
/// Lines of a screen.
const LINES: usize = 24;
/// Columns for "server 2: `setsockopt(SO_REUSEADDR, 1)`"; answers stand one below the other.
const CALL: usize = 44;

/// Appends a step as text.
pub fn text(out: &mut Vec<u8>, style: Style, step: &Step) {
    if step.chapter.2 {
        chapter(out, style, step);
    }
    body(out, style, step);
}

/// A step as a screen of its own; the last line says the keys.
pub fn screen(out: &mut Vec<u8>, style: Style, step: &Step) {
    let style = Style { width: style.width.min(100), ..style };
    chapter(out, style, step);
    body(out, style, step);
    // Whatever is too much for a screen gives way to the keys.
    let end = out.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(LINES - 3).map(|(at, _)| at + 1);
    out.truncate(end.unwrap_or(out.len()));
    let lines = out.split(|b| *b == b'\n').count() - 1;
    out.resize(out.len() + (LINES - 1).saturating_sub(lines), b'\n');
    let (at, all) = step.number;
    let next = if at < all { "Space next" } else { "that was all" };
    let keys = format!("step {at} of {all}   {next}   b back   q end (closes every socket)");
    out.extend_from_slice(changing::cut(&keys, style.width, style).as_bytes());
}

fn chapter(out: &mut Vec<u8>, style: Style, step: &Step) {
    let title = format!("{} {} ", step.chapter.0, step.chapter.1);
    style.strong(out);
    out.extend_from_slice(title.as_bytes());
    style.end(out);
    let rule = style.pick("─", "-").repeat(style.width.saturating_sub(title.width()));
    out.extend_from_slice(rule.as_bytes());
    out.extend_from_slice(b"\n\n");
}

fn body(out: &mut Vec<u8>, style: Style, step: &Step) {
    let words = |said: &Said| said.who.width() + said.call.width() + 4;
    let column = step.said.iter().map(words).max().unwrap_or(0).max(CALL);
    for (at, said) in step.said.iter().take(MOST_CALLS).enumerate() {
        let number = if at == 0 { format!("{:>2}  ", step.number.0) } else { "    ".to_owned() };
        out.extend_from_slice(number.as_bytes());
        call(out, style, said, column);
    }
    if let Some(more) = step.said.len().checked_sub(MOST_CALLS).filter(|n| *n > 0) {
        out.extend_from_slice(
            format!("    {} and {} like these\n", style.ellipsis(), counted(more as u64, "more call")).as_bytes(),
        );
    }
    wrap(out, &step.why, INDENT, &style);
    rows(out, style, step);
    out.push(b'\n');
}

fn call(out: &mut Vec<u8>, style: Style, said: &Said, column: usize) {
    let words = format!("{}: {}", said.who, said.call);
    out.extend_from_slice(words.as_bytes());
    out.resize(out.len() + column.saturating_sub(words.width()), b' ');
    match &said.refused {
        Some(name) => {
            style.warn(out);
            out.extend_from_slice(style.pick("✗ ", "! ").as_bytes());
            out.extend_from_slice(name.as_bytes());
            style.end(out);
        }
        None => out.extend_from_slice(style.pick("✓", "ok").as_bytes()),
    }
    // The name of an error is its message in short; the explanation below says the rest.
    if said.refused.is_none() && !said.told.is_empty() {
        out.push(b' ');
        let room = style.width.saturating_sub(INDENT + column + 3);
        out.extend_from_slice(changing::cut(&plain(&said.told, style), room, style).as_bytes());
    }
    out.push(b'\n');
}

fn plain(text: &str, style: Style) -> String {
    if style.charset == Charset::Ascii { spell(text) } else { text.to_owned() }
}

fn rows(out: &mut Vec<u8>, style: Style, step: &Step) {
    let indent = INDENT;
    if let Some(why) = &step.unread {
        wrap(
            out,
            &format!("The kernel's table cannot be read: {}", changing::text(why.as_bytes(), style)),
            indent,
            &style,
        );
        return;
    }
    out.push(b'\n');
    if step.rows.is_empty() {
        out.extend_from_slice(b"      (no row of this port in the kernel's table)\n");
        return;
    }
    let with_countdown = |(row, left): &(Row, Option<u64>)| match left {
        Some(seconds) => Row { who: format!("{}, {seconds} s", row.who), ..row.clone() },
        None => row.clone(),
    };
    let all: Vec<Row> = step.rows.iter().map(with_countdown).collect();
    // What has changed is what the step is about.
    let changed = all.iter().filter(|r| r.mark != Mark::Same).count();
    let mut spare = MOST_ROWS.saturating_sub(changed);
    let mut kept = Vec::new();
    for row in all {
        let same = row.mark == Mark::Same;
        if kept.len() < MOST_ROWS && (!same || spare > 0) {
            spare -= usize::from(same);
            kept.push(row);
        }
    }
    let widths = changing::widths(&kept, indent, style);
    for row in &kept {
        changing::row(out, style, indent, widths, row);
    }
    if kept.len() < step.rows.len() {
        let more = step.rows.len() - kept.len();
        out.extend_from_slice(
            format!("      {} and {}\n", style.ellipsis(), counted(more as u64, "more row")).as_bytes(),
        );
    }
}

/// Appends a step in sentences.
pub fn describe(out: &mut Vec<u8>, style: Style, step: &Step) {
    let mut words = String::new();
    if step.chapter.2 {
        words += &format!("Chapter {}: {}. ", step.chapter.0, step.chapter.1);
    }
    words += &format!("Step {}.", step.number.0);
    for said in step.said.iter().take(MOST_CALLS) {
        let answer = match &said.refused {
            Some(name) => format!("refused with {name}, {}", said.told),
            None if said.told.is_empty() => "done".to_owned(),
            None => format!("done, {}", said.told),
        };
        words += &format!(" {} calls {}: {answer}.", subject(&said.who), said.call);
    }
    if let Some(more) = step.said.len().checked_sub(MOST_CALLS).filter(|n| *n > 0) {
        words += &format!(" And {} like these.", counted(more as u64, "more call"));
    }
    words += &format!(" {}", step.why);
    for (row, left) in &step.rows {
        let change = match row.mark {
            Mark::New => "New in the kernel's table: ".to_owned(),
            Mark::Moved(from) => format!("Was {from} before: "),
            Mark::Gone => "No longer in the table: ".to_owned(),
            Mark::Same | Mark::Handed => continue,
        };
        let remote = row.remote.map_or_else(String::new, |r| format!(" with {}", changing::end(r)));
        let mut who = changing::text(row.who.as_bytes(), style);
        if let Some(seconds) = left {
            who += &format!(", {seconds} s left");
        }
        words += &format!(" {change}{} {}{remote}, {}, {who}.", row.protocol, changing::end(row.local), row.state);
    }
    if let Some(why) = &step.unread {
        words += &format!(" The kernel's table cannot be read: {}.", changing::text(why.as_bytes(), style));
    }
    out.extend_from_slice(plain(&words, style).as_bytes());
    out.push(b'\n');
}

/// "The server", "Server 2".
fn subject(who: &str) -> String {
    let numbered = who.ends_with(|c: char| c.is_ascii_digit());
    match who.split_at_checked(1) {
        Some((first, rest)) if numbered => first.to_uppercase() + rest,
        _ => format!("The {who}"),
    }
}

/// Appends a step as one JSON object.
pub fn json(out: &mut Vec<u8>, step: &Step) {
    out.extend_from_slice(b"{\"step\":");
    decimal(out, step.number.0 as u64);
    out.extend_from_slice(b",\"chapter\":");
    decimal(out, step.chapter.0 as u64);
    out.extend_from_slice(b",\"title\":");
    json::string(out, step.chapter.1.as_bytes());
    out.extend_from_slice(b",\"calls\":[");
    for (at, said) in step.said.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"{\"who\":" } else { b",{\"who\":" });
        json::string(out, said.who.as_bytes());
        out.extend_from_slice(b",\"call\":");
        json::string(out, said.call.as_bytes());
        out.extend_from_slice(b",\"result\":");
        json::string(out, said.refused.as_deref().unwrap_or("ok").as_bytes());
        out.extend_from_slice(b",\"told\":");
        json::string(out, said.told.as_bytes());
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"explain\":");
    json::string(out, step.why.as_bytes());
    out.extend_from_slice(format!(",\"surprise\":{},\"sockets\":[", step.surprise).as_bytes());
    let there = step.rows.iter().filter(|(row, _)| row.mark != Mark::Gone);
    for (at, (row, seconds)) in there.enumerate() {
        out.extend_from_slice(if at == 0 { b"{" } else { b",{" });
        changing::members(out, row);
        out.extend_from_slice(b",\"who\":");
        json::string(out, row.who.as_bytes());
        if let Some(seconds) = seconds {
            out.extend_from_slice(b",\"seconds_left\":");
            decimal(out, *seconds);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}\n");
}
