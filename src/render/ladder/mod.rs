//! The ladder: hosts as columns, time runs down, every packet an arrow. What an arrow means in its
//! conversation stands at the right. It streams: only the first packets are held back, to choose the columns.
//! Not here: the picture of a row (`draw`), which key does what (`step`).

mod draw;
mod hosts;
mod step;

use super::cake::{Line, write};
use super::line::Line as Summary;
use super::value;
use super::{Charset, Renderer, Style, View};
use crate::dissect::{Field, Level, Show};
use hosts::{End, Hosts};
pub use step::Ladder as Steps;

/// Packets that are looked at before the columns are chosen.
const AHEAD: usize = 200;

/// What a packet says about itself beside its arrow.
#[derive(Debug, Clone, Copy)]
struct Remark {
    field: &'static Field,
    /// Something went wrong.
    alarm: bool,
}

/// One packet, as it is drawn.
#[derive(Debug, Clone)]
struct Arrow {
    number: u64,
    time: Option<u64>,
    from: End,
    to: End,
    level: Level,
    pieces: Vec<String>,
    remarks: Vec<Remark>,
}

impl Arrow {
    fn of(view: View<'_>, summary: &mut Summary) -> Self {
        let (from, to) = hosts::ends(&view.tape.facts);
        let (level, pieces) = summary.pieces(view).unwrap_or((Level::Physical, Vec::new()));
        let mut remarks: Vec<Remark> = Vec::new();
        let quoted = |layer: u8| view.tape.layers.get(usize::from(layer)).is_some_and(|l| l.quoted);
        for node in &view.tape.nodes {
            let says = matches!(node.field.show, Show::Nothing) && node.at.is_empty() && !quoted(node.layer);
            if says && !remarks.iter().any(|r| std::ptr::eq(r.field, node.field)) {
                remarks.push(Remark { field: node.field, alarm: node.field.gist.is_some() });
            }
        }
        Arrow { number: view.packet.number, time: view.packet.time, from, to, level, pieces, remarks }
    }

    /// The arrow in a sentence.
    fn sentence(&self, hosts: &Hosts, first: Option<u64>, charset: Charset) -> String {
        let mut words = format!("Packet {}", self.number);
        if let (Some(time), Some(first)) = (self.time, first) {
            words += &format!(", {} ms", milliseconds(time, first));
        }
        words += &format!(", {} to {}: {}", hosts.name(self.from), hosts.name(self.to), self.pieces.join(" "));
        for remark in &self.remarks {
            words += &format!(". {}", capital(remark.field.name));
        }
        words.push('.');
        if charset == Charset::Ascii { super::wrap::spell(&words) } else { words }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Milliseconds since the first packet, with as many digits as there is room for.
fn milliseconds(time: u64, first: u64) -> String {
    let sign = if time < first { "-" } else { "" };
    let value = time.abs_diff(first) as f64 / 1e6;
    match value {
        0.0..10_000.0 => format!("{sign}{value:.2}"),
        10_000.0..1_000_000.0 => format!("{sign}{value:.1}"),
        _ => format!("{sign}{value:.0}"),
    }
}

/// Draws a ladder.
pub struct Ladder {
    style: Style,
    /// Sentences instead of the picture.
    describe: bool,
    note: Option<String>,
    summary: Summary,
    hosts: Hosts,
    waiting: Vec<Arrow>,
    decided: bool,
    first: Option<u64>,
    last: Option<u64>,
    /// The usual time between two packets, a sliding mean in nanoseconds.
    usual: u64,
    /// Packets without an arrow since the last one that has one.
    hidden: u64,
}

impl Ladder {
    /// `note` is said in the heading ("simulated wire"); with `describe` sentences come instead of the picture.
    pub fn new(style: Style, note: Option<&str>, describe: bool) -> Self {
        let style = Style { width: style.width.clamp(40, 200), ..style };
        Ladder {
            style,
            describe,
            note: note.map(str::to_owned),
            summary: Summary::new(Style { color: false, ..style }, None),
            hosts: Hosts::default(),
            waiting: Vec::new(),
            decided: false,
            first: None,
            last: None,
            usual: 0,
            hidden: 0,
        }
    }

    /// Chooses the columns and draws what was held back.
    fn decide(&mut self, out: &mut Vec<u8>) {
        if self.decided || self.waiting.is_empty() {
            return;
        }
        self.decided = true;
        let waiting = std::mem::take(&mut self.waiting);
        self.hosts.choose(&waiting, draw::most_columns(self.style.width));
        if !self.describe {
            write(&self.head(), self.style, out);
        }
        for arrow in waiting {
            self.draw(&arrow, out);
        }
    }

    fn draw(&mut self, arrow: &Arrow, out: &mut Vec<u8>) {
        let first = *self.first.get_or_insert(arrow.time.unwrap_or(0));
        if self.describe {
            let sentence = arrow.sentence(&self.hosts, Some(first), self.style.charset);
            out.extend_from_slice(sentence.as_bytes());
            out.push(b'\n');
            return;
        }
        let lines = self.block(arrow);
        write(&lines, self.style, out);
    }

    /// The rows of an arrow: what changed before it, and the arrow.
    fn block(&mut self, arrow: &Arrow) -> Vec<Line> {
        let mut lines = Vec::new();
        self.first.get_or_insert(arrow.time.unwrap_or(0));
        let news = self.hosts.welcome(arrow, draw::most_columns(self.style.width));
        if news {
            lines.push(Line::default());
            lines.extend(self.names());
        }
        if !self.hosts.has_place(arrow) {
            self.hidden += 1;
            return lines;
        }
        if self.hidden > 0 {
            let packets = super::quantity::counted(self.hidden, "packet");
            lines.push(self.pause(&format!("{packets} between other hosts")));
            self.hidden = 0;
        }
        if let Some(gap) = self.gap(arrow.time) {
            let dots = self.style.ellipsis();
            lines.push(self.pause(&format!("{dots} {} {dots}", super::quantity::span(gap, self.style.charset))));
        }
        lines.extend(self.arrow(arrow));
        lines
    }

    /// The silence before this packet, where it is much longer than usual.
    fn gap(&mut self, time: Option<u64>) -> Option<u64> {
        let time = time?;
        let gap = time.saturating_sub(self.last.replace(time)?);
        let long = gap >= 100_000_000 && gap >= 4 * self.usual;
        self.usual = self.usual - self.usual / 8 + gap / 8;
        long.then_some(gap)
    }
}

impl Renderer for Ladder {
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>) {
        self.hosts.learn(&view.tape.facts);
        let arrow = Arrow::of(view, &mut self.summary);
        if self.decided {
            self.draw(&arrow, out);
        } else {
            self.waiting.push(arrow);
            if self.waiting.len() >= AHEAD {
                self.decide(out);
            }
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        self.decide(out);
        if self.hidden > 0 && !self.describe {
            let packets = super::quantity::counted(std::mem::take(&mut self.hidden), "packet");
            let line = self.pause(&format!("{packets} between other hosts"));
            write(&[line], self.style, out);
        }
    }
}

/// Appends the escaped text of an address.
fn address_text(address: std::net::IpAddr) -> String {
    let mut out = Vec::new();
    match address {
        std::net::IpAddr::V4(a) => value::ip(&mut out, &a.octets()),
        std::net::IpAddr::V6(a) => value::ip(&mut out, &a.octets()),
    }
    String::from_utf8_lossy(&out).into_owned()
}
