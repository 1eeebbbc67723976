//! The ladder: hosts as columns, time runs down, every packet an arrow. What an arrow means in its
//! conversation stands at the right. It streams: only the first packets are held back, to choose the columns.
//! Not here: the picture of a row (`draw`), two ladders beside each other (`pair`), which key does what (`step`).

mod draw;
mod hosts;
mod pair;
mod step;
mod told;

use super::cake::{Line, write};
use super::line::Line as Summary;
use super::value;
use super::{Charset, Renderer, Style, View};
use crate::dissect::{Field, Level, Show};
use hosts::{End, Hosts};
pub use pair::Pair;
pub use step::Ladder as Steps;
pub use told::Told;

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
    /// Bytes that should have come before it from its sender, and from its receiver.
    lost: [u32; 2],
    /// What became of them.
    fate: Fate,
    /// The earlier packet whose gap it fills; whether it was overtaken.
    fills: Option<(u64, bool)>,
    /// The packet that brought the same bytes first.
    repeats: Option<u64>,
    /// The packet that brings the same bytes again.
    again_in: Option<u64>,
    /// Whom it looks for, where it goes to everybody.
    asked: Option<std::net::IpAddr>,
    /// What a simulated wire did to it.
    wire: crate::dissect::Fate,
}

/// What a ladder shows: a packet, or what a program did.
#[derive(Debug, Clone)]
enum Item {
    Arrow(Arrow),
    Told(Told),
}

impl Item {
    fn arrow(&self) -> Option<&Arrow> {
        match self {
            Item::Arrow(arrow) => Some(arrow),
            Item::Told(_) => None,
        }
    }

    fn time(&self) -> Option<u64> {
        match self {
            Item::Arrow(arrow) => arrow.time,
            Item::Told(told) => Some(told.time),
        }
    }
}

/// The arrows among the items.
fn arrows(items: &[Item]) -> impl Iterator<Item = &Arrow> + Clone {
    items.iter().filter_map(Item::arrow)
}

/// What became of bytes that did not come in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fate {
    /// Nothing, as far as the picture knows.
    #[default]
    Unknown,
    /// They were sent again in this packet.
    Again(u64),
    /// They came a little later.
    Overtaken,
}

impl Fate {
    fn words(self) -> String {
        match self {
            Fate::Again(packet) => format!("again in packet {packet}"),
            _ => "not seen here".to_owned(),
        }
    }
}

/// Adds an arrow, and tells the earlier ones what it says about them.
fn add(items: &mut Vec<Item>, arrow: Arrow) {
    let mut arrows: Vec<&mut Arrow> = Vec::new();
    if arrow.fills.is_some() || arrow.repeats.is_some() {
        let all = items.iter_mut().filter_map(|item| match item {
            Item::Arrow(arrow) => Some(arrow),
            Item::Told(_) => None,
        });
        arrows.extend(all);
    }
    // Their numbers rise.
    let at = |number: u64| arrows.binary_search_by_key(&number, |a| a.number).ok();
    let (gap, first) = (arrow.fills.and_then(|(gap, _)| at(gap)), arrow.repeats.and_then(at));
    let fate = match arrow.fills {
        Some((_, true)) => Fate::Overtaken,
        _ => Fate::Again(arrow.number),
    };
    if let Some(behind) = gap.and_then(|at| arrows.get_mut(at)).filter(|a| a.fate == Fate::Unknown) {
        behind.fate = fate;
    }
    if let Some(first) = first.and_then(|at| arrows.get_mut(at)) {
        first.again_in.get_or_insert(arrow.number);
    }
    items.push(Item::Arrow(arrow));
}

impl Arrow {
    fn of(view: View<'_>, summary: &mut Summary) -> Self {
        let (from, to) = hosts::ends(view.tape);
        let (level, pieces) = summary.pieces(view).unwrap_or((Level::Physical, Vec::new()));
        let mut remarks: Vec<Remark> = Vec::new();
        let quoted = |layer: u8| view.tape.layers.get(usize::from(layer)).is_some_and(|l| l.quoted);
        for node in &view.tape.nodes {
            let says = matches!(node.field.show, Show::Nothing) && node.at.is_empty() && !quoted(node.layer);
            if says && !remarks.iter().any(|r| std::ptr::eq(r.field, node.field)) {
                remarks.push(Remark { field: node.field, alarm: node.field.gist.is_some() });
            }
        }
        let facts = &view.tape.facts;
        Arrow {
            number: view.packet.number,
            time: view.packet.time,
            from,
            to,
            level,
            pieces,
            remarks,
            lost: facts.lost,
            fate: Fate::Unknown,
            fills: facts.fills,
            repeats: facts.repeats,
            again_in: None,
            asked: facts.asked,
            wire: view.packet.fate,
        }
    }

    /// Bytes that are lost before it: how many, from whom, to whom.
    fn losses(&self) -> impl Iterator<Item = (u32, End, End)> {
        let [mine, others] = self.lost;
        let known = self.fate != Fate::Overtaken;
        let losses = [(mine, self.from, self.to), (others, self.to, self.from)];
        losses.into_iter().filter(move |(bytes, ..)| *bytes > 0 && known)
    }

    /// What else is to be said of it: where the same bytes are.
    fn elsewhere(&self) -> Option<String> {
        let first = self.repeats.map(|packet| format!("first in packet {packet}"));
        first.or_else(|| self.again_in.map(|packet| format!("sent again in packet {packet}")))
    }

    /// The arrow in a sentence.
    fn sentence(&self, hosts: &Hosts, first: Option<u64>, charset: Charset) -> String {
        let mut words = String::new();
        for (bytes, from, to) in self.losses() {
            let bytes = super::quantity::counted(u64::from(bytes), "byte");
            words += &format!("Lost: {bytes} from {} to {}, {}. ", hosts.name(from), hosts.name(to), self.fate.words());
        }
        words += &format!("Packet {}", self.number);
        if let (Some(time), Some(first)) = (self.time, first) {
            words += &format!(", {} ms", milliseconds(time, first));
        }
        words += &format!(", {} to {}: {}", hosts.name(self.from), hosts.name(self.to), self.pieces.join(" "));
        for remark in &self.remarks {
            words += &format!(". {}", capital(remark.field.name));
        }
        if let Some(fate) = self.wire.words() {
            words += &format!(", {fate}");
        }
        if let Some(elsewhere) = self.elsewhere() {
            words += &format!(", {elsewhere}");
        }
        if !words.ends_with(['?', '.']) {
            words.push('.');
        }
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
    waiting: Vec<Item>,
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
        self.hosts.choose(arrows(&waiting), draw::most_columns(self.style.width));
        if !self.describe {
            write(&self.head(), self.style, out);
        }
        for item in waiting {
            self.draw(&item, out);
        }
    }

    /// What a program did, between the packets.
    pub fn tell(&mut self, told: Told, out: &mut Vec<u8>) {
        let item = Item::Told(told);
        if self.decided {
            self.draw(&item, out);
        } else {
            self.waiting.push(item);
            if self.waiting.len() >= AHEAD {
                self.decide(out);
            }
        }
    }

    fn draw(&mut self, item: &Item, out: &mut Vec<u8>) {
        let first = *self.first.get_or_insert(item.time().unwrap_or(0));
        if self.describe {
            let sentence = match item {
                Item::Arrow(arrow) => arrow.sentence(&self.hosts, Some(first), self.style.charset),
                Item::Told(told) => told.sentence(first, self.style.charset),
            };
            out.extend_from_slice(sentence.as_bytes());
            out.push(b'\n');
            return;
        }
        let lines = self.block(item);
        write(&lines, self.style, out);
    }

    /// The rows of an item.
    fn block(&mut self, item: &Item) -> Vec<Line> {
        self.first.get_or_insert(item.time().unwrap_or(0));
        match item {
            Item::Arrow(arrow) => self.arrow_block(arrow),
            Item::Told(told) => self.told(told),
        }
    }

    /// The rows of an arrow: what changed before it, and the arrow.
    fn arrow_block(&mut self, arrow: &Arrow) -> Vec<Line> {
        let mut lines = Vec::new();
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
        lines.extend(self.silence(arrow.time));
        for (bytes, from, to) in arrow.losses() {
            lines.extend(self.lost(bytes, from, to, arrow.fate));
        }
        lines.extend(self.arrow(arrow));
        lines
    }

    /// A row for the silence before, if there was one.
    fn silence(&mut self, time: Option<u64>) -> Option<Line> {
        let gap = self.gap(time)?;
        let dots = self.style.ellipsis();
        Some(self.pause(&format!("{dots} {} {dots}", super::quantity::span(gap, self.style.charset))))
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
        self.hosts.learn(view);
        let arrow = Arrow::of(view, &mut self.summary);
        if self.decided {
            self.draw(&Item::Arrow(arrow), out);
        } else {
            add(&mut self.waiting, arrow);
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

#[cfg(test)]
mod tests;
