//! TCP beside UDP: one question, what both did, what came of it and why. Two columns where there is room, else one
//! protocol above the other. Not here: the words of a call (`calls`), pictures of packets (`ladder`; whoever has
//! packets draws them and hands them in), running anything (`sockets`).

pub mod calls;
mod columns;
mod findings;
mod json;
mod spoken;
#[cfg(test)]
mod tests;

use super::quantity::counted;
use super::wrap::{spell, wrap};
use super::{Charset, Style};
pub use calls::{Answer, Argument, Said};
pub use columns::{FROM, width};
pub use findings::{Cell, Row, Unit};
pub use json::{json, list as list_json};
pub use spoken::describe;

/// Prose is not read well in longer lines.
const PROSE: usize = 100;

/// A scenario that was played.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its number, from 1, and how many there are.
    pub number: (usize, usize),
    /// As it is typed: "half-close".
    pub key: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What was asked.
    pub question: &'static str,
    /// What TCP did.
    pub tcp: Side,
    /// What UDP did.
    pub udp: Side,
    /// What came of it.
    pub rows: Vec<Row>,
    /// Why the two differ.
    pub explain: &'static str,
    /// What the picture does not show.
    pub caution: Option<&'static str>,
    /// What was predicted, where somebody was asked.
    pub predicted: Option<Prediction>,
    /// Where packets come from, or how to see them: a line below the calls.
    pub packets: Option<String>,
}

/// What one protocol did.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// Its calls.
    pub calls: Vec<Said>,
    /// Its packets, drawn for [`width`] columns; empty where there are none to show.
    pub picture: Vec<u8>,
    /// Number of its packets, where they were seen.
    pub packets: Option<u64>,
    /// Messages that were seen alone in a packet: their bytes, and the bytes of headers around them.
    pub headers: Vec<(usize, u64)>,
    /// Why it ended before its end.
    pub trouble: Option<String>,
}

/// What somebody expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    /// The letter of the choice.
    pub letter: char,
    /// 1 guessed, 2 rather sure, 3 sure.
    pub sure: u8,
    /// Whether it is right.
    pub right: bool,
    /// Why, or what is wrong with it.
    pub why: &'static str,
    /// The right one: its letter, its text and why.
    pub answer: (char, &'static str, &'static str),
}

impl Told {
    /// Adds what was counted in the packets to what was found.
    pub fn count(&mut self) {
        let (Some(tcp), Some(udp)) = (self.tcp.packets, self.udp.packets) else { return };
        if self.key == "headers" {
            for (size, tcp) in &self.tcp.headers {
                let udp = self.udp.headers.iter().find(|(other, _)| other == size).map(|(_, bytes)| *bytes);
                let cell = |bytes: u64| Cell::Number(bytes, Unit::Bytes);
                let label = format!("counted, {}", counted(*size as u64, "byte"));
                self.rows.push(Row { label, tcp: Some(cell(*tcp)), udp: udp.map(cell) });
            }
        }
        let cell = |packets: u64| Some(Cell::Number(packets, Unit::Count));
        self.rows.push(Row { label: "packets, all counted".to_owned(), tcp: cell(tcp), udp: cell(udp) });
    }
}

const HEADS: [(&str, &str); 2] =
    [("TCP", "a phone call: set up, numbered, repaired"), ("UDP", "a postcard: no call, no numbers, no repair")];

/// Appends the scenario whole: calls, packets, findings and why.
pub fn text(out: &mut Vec<u8>, style: Style, told: &Told) {
    title(out, style, told);
    prose(out, style, told.question);
    out.push(b'\n');
    if style.width >= FROM {
        let sides = [(0, &told.tcp), (1, &told.udp)].map(|(at, side)| calls_of(style, at, side));
        columns::beside(out, style, &sides[0], &sides[1]);
        out.push(b'\n');
        if told.tcp.packets.is_some() {
            columns::beside(out, style, &told.tcp.picture, &told.udp.picture);
            out.push(b'\n');
        }
    } else {
        for (at, side) in [(0, &told.tcp), (1, &told.udp)] {
            out.extend_from_slice(&calls_of(style, at, side));
            out.push(b'\n');
            if side.packets.is_some() {
                out.extend_from_slice(&side.picture);
                out.push(b'\n');
            }
        }
    }
    if let Some(line) = &told.packets {
        faint(out, style, line);
        out.push(b'\n');
    }
    end(out, style, told, true);
}

/// Appends what came of it and why.
pub fn brief(out: &mut Vec<u8>, style: Style, told: &Told) {
    title(out, style, told);
    end(out, style, told, false);
}

fn end(out: &mut Vec<u8>, style: Style, told: &Told, all: bool) {
    for (side, (name, _)) in [&told.tcp, &told.udp].into_iter().zip(HEADS) {
        if let Some(trouble) = &side.trouble {
            style.warn(out);
            prose(out, style, &format!("! {name} could not be played to its end here: {trouble}."));
            style.end(out);
        }
    }
    findings::table(out, style, &told.rows);
    out.push(b'\n');
    prose(out, style, told.explain);
    if let Some(caution) = told.caution.filter(|_| all) {
        prose(out, style, caution);
    }
    if let Some(predicted) = &told.predicted {
        out.push(b'\n');
        verdict(out, style, predicted);
    }
    out.push(b'\n');
}

/// `Where a message ends ───────────── 4 of 11, edges`
fn title(out: &mut Vec<u8>, style: Style, told: &Told) {
    let place = format!(" {} of {}, {}", told.number.0, told.number.1, told.key);
    style.strong(out);
    out.extend_from_slice(told.title.as_bytes());
    style.end(out);
    let room = style.width.saturating_sub(told.title.len() + place.len() + 1);
    out.push(b' ');
    out.extend_from_slice(style.pick("─", "-").repeat(room).as_bytes());
    out.extend_from_slice(place.as_bytes());
    out.push(b'\n');
}

fn calls_of(style: Style, at: usize, side: &Side) -> Vec<u8> {
    let style = Style { width: width(style), ..style };
    let (name, what) = HEADS[at];
    let mut out = Vec::new();
    style.strong(&mut out);
    out.extend_from_slice(name.as_bytes());
    style.end(&mut out);
    let what = super::changing::cut(what, style.width.saturating_sub(5), style);
    out.extend_from_slice(format!("  {what}\n").as_bytes());
    calls::list(&mut out, style, &side.calls, at == 1);
    out
}

/// Appends whether a prediction was right, and why.
pub fn verdict(out: &mut Vec<u8>, style: Style, predicted: &Prediction) {
    let word = if predicted.right { "right" } else { "not so" };
    let said = format!("You said {}, {}: {word}. {}", predicted.letter, sure(predicted.sure), predicted.why);
    prose(out, style, &said);
    if !predicted.right {
        let (letter, text, why) = predicted.answer;
        prose(out, style, &format!("It is {letter}: {text}. {why}"));
    }
}

/// How sure somebody was, in words.
fn sure(level: u8) -> &'static str {
    match level {
        1 => "guessing",
        2 => "rather sure",
        _ => "sure",
    }
}

/// Appends the question with its choices.
pub fn ask(out: &mut Vec<u8>, style: Style, question: &str, choices: &[&str]) {
    prose(out, style, question);
    for (letter, choice) in ('a'..).zip(choices) {
        let mut line = Vec::new();
        wrap(&mut line, &format!("{letter}  {choice}"), 2, &Style { width: style.width.min(PROSE), ..style });
        out.extend_from_slice(&line);
    }
    out.push(b'\n');
}

/// Appends where there is more to see.
pub fn more(out: &mut Vec<u8>, style: Style) {
    faint(out, style, "Each of them with its calls, states and packets: layercake sockets compare --scenario NAME");
}

/// Appends how many predictions were right.
pub fn tally(out: &mut Vec<u8>, style: Style, predictions: &[Prediction]) {
    let right = predictions.iter().filter(|p| p.right).count();
    let sure: Vec<_> = predictions.iter().filter(|p| p.sure == 3).collect();
    let mut said = format!("{right} of {} right.", counted(predictions.len() as u64, "prediction"));
    let wrong = sure.iter().filter(|p| !p.right).count() as u64;
    if wrong > 0 {
        said += &format!(
            " You were sure of {} that turned out wrong: those are worth a second look.",
            counted(wrong, "answer")
        );
    }
    prose(out, style, &said);
}

/// Appends the list of scenarios: keys and titles.
pub fn list(out: &mut Vec<u8>, style: Style, all: &[(&str, &str, &str)]) {
    let column = all.iter().map(|(key, ..)| key.len()).max().unwrap_or(0);
    for (key, title, question) in all {
        style.strong(out);
        out.extend_from_slice(format!("{key:column$}").as_bytes());
        style.end(out);
        out.extend_from_slice(format!("  {title}\n").as_bytes());
        wrap(out, question, column + 2, &Style { width: style.width.min(PROSE), ..style });
    }
}

/// Appends a line instead of packets that are not drawn.
pub fn left_out(out: &mut Vec<u8>, style: Style, packets: u64) {
    let dots = style.ellipsis();
    let words = format!("{dots} {} {dots}", counted(packets, "more packet"));
    out.resize(out.len() + style.width.saturating_sub(words.chars().count()) / 2, b' ');
    out.extend_from_slice(words.as_bytes());
    out.push(b'\n');
}

fn faint(out: &mut Vec<u8>, style: Style, line: &str) {
    if style.color {
        out.extend_from_slice(b"\x1b[2m");
    }
    prose(out, style, line);
    style.end(out);
}

fn prose(out: &mut Vec<u8>, style: Style, text: &str) {
    wrap(out, text, 0, &Style { width: style.width.min(PROSE), ..style });
}

fn plain(text: &str, style: Style) -> String {
    if style.charset == Charset::Ascii { spell(text) } else { text.to_owned() }
}
