//! A call as a programmer writes it, its answer, and the state after it; one line each.

use std::net::SocketAddr;

use unicode_width::UnicodeWidthStr;

use crate::render::quantity::{counted, grouped, span};
use crate::render::wrap::wrap;
use crate::render::{Style, changing, value};

/// From this width on each line says how long its call took.
const WITH_TIME: usize = 76;
/// Below this width words are shortened.
const TIGHT: usize = 66;
/// The longest name of a state that has a short form of its own: the RFC's "SYN-RECEIVED".
const STATE: usize = 12;
/// Columns that a call and an answer keep when there is little room.
const LEAST: usize = 9;
/// Read bytes up to this number are shown instead of counted.
const SHORT: usize = 16;

/// A call and what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// "server", "client" or, for what `accept()` returned, "server*".
    pub who: &'static str,
    /// As POSIX names it: "send".
    pub call: &'static str,
    /// What was handed over.
    pub argument: Argument,
    /// What came back.
    pub answer: Answer,
    /// Nanoseconds that it took.
    pub took: u64,
    /// Nanoseconds since the beginning, when it had returned.
    pub at: u64,
    /// The socket's own end.
    pub local: Option<SocketAddr>,
    /// Its other end.
    pub remote: Option<SocketAddr>,
    /// The socket's state after it, where it has one.
    pub state: Option<&'static str>,
}

/// What is handed over with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// Nothing worth telling.
    None,
    /// A word: "`SOCK_STREAM`".
    Word(&'static str),
    /// A number.
    Number(u64),
    /// An option and its value.
    Option(&'static str, i64),
    /// An address.
    Address(SocketAddr),
    /// Bytes, the first of them and how many; with an address where it says so.
    Bytes(Vec<u8>, usize, Option<SocketAddr>),
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    Done,
    /// So many bytes were taken.
    Sent(usize),
    /// Bytes came, from somebody where it says so.
    Received(Vec<u8>, usize, Option<SocketAddr>),
    /// Nothing more will come.
    End,
    /// The same so many times more, with so many bytes.
    More(u64, u64),
    /// Nothing came, or nothing could be taken, as long as we waited.
    TimedOut,
    /// It failed: name and message.
    Refused(String, String),
}

impl Said {
    /// `send("one")`; addresses of this machine as their port alone.
    pub(super) fn words(&self, style: Style) -> String {
        let inside = match &self.argument {
            Argument::None => String::new(),
            Argument::Word(word) if tight(style) => word.trim_start_matches("SOCK_").to_owned(),
            Argument::Word(word) => (*word).to_owned(),
            Argument::Number(number) => grouped(*number),
            Argument::Option(name, value) if tight(style) => return format!("{name} = {value}"),
            Argument::Option(name, value) => format!("{name}, {value}"),
            Argument::Address(address) => port(*address),
            Argument::Bytes(bytes, length, to) => {
                let to = to.map_or_else(String::new, |to| format!(", {}", port(to)));
                format!("{}{to}", shown(bytes, *length, style))
            }
        };
        format!("{}({inside})", self.call)
    }

    /// What came back, in few words.
    pub(super) fn told(&self, style: Style) -> String {
        match &self.answer {
            Answer::Done if self.call == "bind" => {
                self.local.map_or_else(String::new, |l| format!("port {}", l.port()))
            }
            Answer::Done if self.call == "connect" => {
                self.local.map_or_else(String::new, |l| format!("from {}", port(l)))
            }
            Answer::Done if self.call == "accept" => {
                self.remote.map_or_else(String::new, |r| format!("for {}", port(r)))
            }
            Answer::Done => style.pick("✓", "ok").to_owned(),
            Answer::Sent(length) => {
                format!("{}{}", counted(*length as u64, "byte"), if tight(style) { "" } else { " taken" })
            }
            Answer::Received(bytes, length, _) if tight(style) => shown(bytes, *length, style),
            Answer::Received(bytes, length, from) => {
                let from = from.map_or_else(String::new, |from| format!(" from {}", port(from)));
                format!("{}{from}", shown(bytes, *length, style))
            }
            Answer::End if tight(style) => "0: the end".to_owned(),
            Answer::End => "0: that was all".to_owned(),
            Answer::More(calls, _) => format!("{} more times", grouped(*calls)),
            Answer::TimedOut if self.call == "send" => format!("blocked {}", span(rounded(self.took), style.charset)),
            Answer::TimedOut if tight(style) => "silence".to_owned(),
            Answer::TimedOut => format!("silence, {}", span(rounded(self.took), style.charset)),
            Answer::Refused(name, _) => format!("{} {name}", style.pick("✗", "!")),
        }
    }
}

fn tight(style: Style) -> bool {
    style.width < TIGHT
}

/// What we wait for is a round number; the kernel's clock adds a little.
fn rounded(nanos: u64) -> u64 {
    if nanos >= 10_000_000 { nanos / 10_000_000 * 10_000_000 } else { nanos }
}

fn port(address: SocketAddr) -> String {
    format!(":{}", address.port())
}

/// The bytes, where they are few and text; else how many.
fn shown(bytes: &[u8], length: usize, style: Style) -> String {
    let text = bytes.iter().all(|b| (0x20..0x7f).contains(b));
    if length > SHORT || bytes.len() != length || !text || length == 0 {
        return counted(length as u64, "byte");
    }
    let mut out = b"\"".to_vec();
    value::text(&mut out, bytes, style.charset);
    out.push(b'"');
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends the calls as lines.
pub(super) fn list(out: &mut Vec<u8>, style: Style, all: &[Said], datagrams: bool) {
    let rows: Vec<Cells> = cells(style, all);
    let widths = widths(style, &rows);
    for row in &rows {
        line(out, style, row, widths);
    }
    if all.iter().any(|said| said.who.ends_with('*')) {
        wrap(out, "* the socket that accept() returned", indent(style), &style);
    }
    if datagrams && all.iter().any(|said| said.state.is_some()) {
        wrap(out, "CLOSED: anybody may send to it. ESTABLISHED: one partner.", indent(style), &style);
    }
}

/// Time, who, call, answer, state.
struct Cells {
    texts: [String; 5],
    refused: bool,
}

fn cells(style: Style, all: &[Said]) -> Vec<Cells> {
    let mut known: Vec<(&str, Option<&str>)> = Vec::new();
    let mut rows = Vec::new();
    for said in all {
        // A state is worth a word when it is new.
        let before = known.iter().rev().find(|(who, _)| *who == said.who).and_then(|(_, state)| *state);
        let state = if said.state == before { "" } else { said.state.unwrap_or_default() };
        let state = match state.split_once('-') {
            Some((short, _)) if tight(style) && state.len() > STATE => short,
            _ => state,
        };
        known.push((said.who, if said.call == "close" { None } else { said.state }));
        rows.push(Cells {
            texts: [
                span(said.took / 1_000 * 1_000, style.charset).replace("0 s", "<1 µs"),
                said.who.to_owned(),
                said.words(style),
                said.told(style),
                state.to_owned(),
            ],
            refused: matches!(said.answer, Answer::Refused(..)),
        });
    }
    rows
}

/// Columns before who is named.
fn indent(style: Style) -> usize {
    if style.width >= WITH_TIME { 9 } else { 0 }
}

/// Columns between two cells.
fn gap(style: Style) -> usize {
    if tight(style) { 1 } else { 2 }
}

fn widths(style: Style, rows: &[Cells]) -> [usize; 5] {
    let widest = |at: usize| rows.iter().map(|row| row.texts[at].width()).max().unwrap_or(0);
    let mut widths = [7, widest(1), widest(2), widest(3), widest(4)];
    loop {
        let all = indent(style) + widths[1..].iter().sum::<usize>() + 3 * gap(style);
        let at = if widths[2] >= widths[3] { 2 } else { 3 };
        if all <= style.width || widths[at] <= LEAST {
            return widths;
        }
        widths[at] -= 1;
    }
}

fn line(out: &mut Vec<u8>, style: Style, row: &Cells, widths: [usize; 5]) {
    let mut text = String::new();
    if indent(style) > 0 {
        let time = super::plain(&row.texts[0], style);
        text += &format!("{}{time}  ", " ".repeat(widths[0].saturating_sub(time.width())));
    }
    for (cell, width) in row.texts.iter().zip(widths).take(3).skip(1) {
        let cell = changing::cut(cell, width, style);
        text += &cell;
        text += &" ".repeat(width.saturating_sub(cell.width()) + gap(style));
    }
    out.extend_from_slice(text.as_bytes());
    let answer = changing::cut(&row.texts[3], widths[3], style);
    if row.refused {
        style.warn(out);
    }
    out.extend_from_slice(answer.as_bytes());
    if row.refused {
        style.end(out);
    }
    if !row.texts[4].is_empty() {
        out.resize(out.len() + widths[3].saturating_sub(answer.width()) + gap(style), b' ');
        out.extend_from_slice(changing::cut(&row.texts[4], widths[4], style).as_bytes());
    }
    out.push(b'\n');
}
