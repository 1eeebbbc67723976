//! The sums as bars, as sentences and as JSON.

use super::{LENGTHS, Stats, Sum, Talker};
use crate::render::cake::{Ink, Line, clean, write};
use crate::render::quantity::{bar, bytes, counted, grouped, share, span};
use crate::render::{Style, json};

/// Talkers that are shown.
const TALKERS: usize = 10;

impl Stats {
    /// Appends the picture.
    pub fn write(&self, style: Style, out: &mut Vec<u8>) {
        let mut lines = vec![Line::of(&format!(" {}", clean(&self.total(style), style.charset)), Ink::Plain)];
        if self.all.packets > 0 {
            let protocols: Vec<Row> =
                self.tree().into_iter().map(|b| Row::new(b.depth, b.protocol.name, b.sum)).collect();
            let both = |t: &Talker| Sum { packets: t.sent.packets + t.received.packets, bytes: t.bytes() };
            let talkers: Vec<Row> =
                self.top(TALKERS).iter().map(|(address, t)| Row::new(0, &address.to_string(), both(t))).collect();
            let mut classes: Vec<Row> = lengths(&self.lengths).map(|(name, sum)| Row::new(0, &name, sum)).collect();
            while classes.last().is_some_and(|row| row.sum.packets == 0) {
                classes.pop();
            }
            let all = protocols.iter().chain(&talkers).chain(&classes);
            let name = all.map(|r| 2 * r.depth + r.name.chars().count()).max().unwrap_or(0);
            let name = name.clamp(18, (style.width / 3).max(18));
            self.bars("protocols", &protocols, name, style, &mut lines);
            let title = if self.crowded { "talkers, about" } else { "top talkers" };
            self.bars(title, &talkers, name, style, &mut lines);
            self.time_line(style, &mut lines);
            self.bars("lengths in bytes", &classes, name, style, &mut lines);
        }
        for line in &mut lines {
            line.shorten(style.width, style.ellipsis());
        }
        write(&lines, style, out);
    }

    fn total(&self, style: Style) -> String {
        let mut words = counted(self.all.packets, "packet");
        if self.all.packets > 0 {
            words += &format!(", {}", bytes(self.all.bytes));
        }
        if let Some((first, last)) = self.times.filter(|(first, last)| last > first) {
            words += &format!(" in {}", span(last - first, style.charset));
            let per_second = u128::from(self.all.bytes) * 1_000_000_000 / u128::from(last - first);
            words += &format!(", {} a second", bytes(u64::try_from(per_second).unwrap_or(u64::MAX)));
        }
        words
    }

    /// A list with a bar a row: packets by their number, the bar and the share by bytes.
    fn bars(&self, title: &str, rows: &[Row], name: usize, style: Style, lines: &mut Vec<Line>) {
        let ink = Ink::Title(crate::dissect::Level::Network);
        if rows.is_empty() {
            return;
        }
        let numbers = 9 + 9 + 6;
        let room = style.width.saturating_sub(1 + name + numbers + 2).min(40);
        lines.push(Line::default());
        let mut head = Line::of(&format!(" {title}"), ink);
        head.put(1 + name, &format!("{:>9}{:>9}", "packets", "bytes"), Ink::Faint);
        lines.push(head);
        for row in rows {
            let mut text =
                Line::of(&clean(&format!("{}{}", "  ".repeat(row.depth), row.name), style.charset), Ink::Plain);
            text.shorten(name, style.ellipsis());
            let mut line = Line::of(" ", Ink::Plain);
            line.join(&text);
            line.reach(1 + name);
            line.push(&format!("{:>9}{:>9}", grouped(row.sum.packets), bytes(row.sum.bytes)), Ink::Plain);
            line.push(&format!("{:>6}  ", share(row.sum.bytes, self.all.bytes)), Ink::Faint);
            if room >= 5 {
                line.push(&bar(row.sum.bytes, self.all.bytes, room, style), ink);
            }
            lines.push(line);
        }
    }

    fn time_line(&self, style: Style, lines: &mut Vec<Line>) {
        let (line, width) = self.rate.line(style.width.saturating_sub(2).min(100));
        let most = line.iter().copied().max().unwrap_or(0);
        if line.len() < 2 || most == 0 {
            return;
        }
        lines.push(Line::default());
        let mut head = Line::of(" bytes over time", Ink::Title(crate::dissect::Level::Network));
        let words = format!("   a column is {}, the highest {}", span(width, style.charset), bytes(most));
        head.push(&clean(&words, style.charset), Ink::Faint);
        lines.push(head);
        let glyphs: &[char] =
            style.pick(&['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'], &['.', ':', '-', '=', '+', '*', '#', '@']);
        let mut row = Line::of(" ", Ink::Plain);
        for value in line {
            let step = (u128::from(value) * glyphs.len() as u128).div_ceil(u128::from(most)) as usize;
            let glyph = if value == 0 { ' ' } else { glyphs[step.clamp(1, glyphs.len()) - 1] };
            row.fill(glyph, 1, Ink::Of(crate::dissect::Level::Network));
        }
        lines.push(row);
    }

    /// Appends sentences.
    pub fn describe(&self, style: Style, out: &mut Vec<u8>) {
        let mut say = |text: String| {
            out.extend_from_slice(clean(&text, style.charset).as_bytes());
            out.push(b'\n');
        };
        say(format!("The capture holds {}.", self.total(style)));
        for branch in self.tree() {
            let inside = branch.parent.map(|p| format!(" inside {}", self.branches[p].protocol.name));
            say(format!(
                "{}{}: {}, {}, {} of all bytes.",
                branch.protocol.name,
                inside.unwrap_or_default(),
                counted(branch.sum.packets, "packet"),
                bytes(branch.sum.bytes),
                share(branch.sum.bytes, self.all.bytes)
            ));
        }
        for (address, talker) in self.top(TALKERS) {
            say(format!("{address} sent {} and received {}.", bytes(talker.sent.bytes), bytes(talker.received.bytes)));
        }
        for (name, sum) in lengths(&self.lengths).filter(|(_, sum)| sum.packets > 0) {
            say(format!("{} of {name} bytes.", counted(sum.packets, "packet")));
        }
    }

    /// Appends one JSON object.
    pub fn json(&self, out: &mut Vec<u8>) {
        let sum = |sum: Sum| format!("\"packets\":{},\"bytes\":{}", sum.packets, sum.bytes);
        out.extend_from_slice(format!("{{{}", sum(self.all)).as_bytes());
        if let Some((first, last)) = self.times {
            let seconds = |nanos: u64| format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
            let words = format!(",\"start\":\"{}\",\"duration\":\"{}\"", seconds(first), seconds(last - first));
            out.extend_from_slice(words.as_bytes());
        }
        out.extend_from_slice(b",\"protocols\":[");
        for (number, branch) in self.tree().into_iter().enumerate() {
            let mut path = vec![branch.protocol.key];
            let mut above = branch.parent;
            while let Some(place) = above {
                path.push(self.branches[place].protocol.key);
                above = self.branches[place].parent;
            }
            path.reverse();
            comma(out, number);
            out.extend_from_slice(b"{\"path\":");
            json::string(out, path.join("/").as_bytes());
            out.extend_from_slice(format!(",{}}}", sum(branch.sum)).as_bytes());
        }
        out.extend_from_slice(b"],\"talkers\":[");
        for (number, (address, talker)) in self.top(100).into_iter().enumerate() {
            comma(out, number);
            out.extend_from_slice(
                format!(
                    "{{\"address\":\"{address}\",\"sent\":{{{}}},\"received\":{{{}}}}}",
                    sum(talker.sent),
                    sum(talker.received)
                )
                .as_bytes(),
            );
        }
        let (line, width) = self.rate.line(usize::MAX);
        out.extend_from_slice(format!("],\"rate\":{{\"nanoseconds\":{width},\"bytes\":{line:?}}}").as_bytes());
        out.extend_from_slice(b",\"lengths\":[");
        for (number, (name, class)) in lengths(&self.lengths).enumerate() {
            comma(out, number);
            out.extend_from_slice(format!("{{\"length\":\"{name}\",{}}}", sum(class)).as_bytes());
        }
        out.extend_from_slice(b"]}\n");
    }
}

/// A row with a bar.
struct Row {
    depth: usize,
    name: String,
    sum: Sum,
}

impl Row {
    fn new(depth: usize, name: &str, sum: Sum) -> Self {
        Row { depth, name: name.to_owned(), sum }
    }
}

fn comma(out: &mut Vec<u8>, number: usize) {
    if number > 0 {
        out.push(b',');
    }
}

/// The classes of length with their names: "65-128".
fn lengths(sums: &[Sum]) -> impl Iterator<Item = (String, Sum)> {
    sums.iter().enumerate().map(|(at, sum)| {
        let from = if at == 0 { 0 } else { LENGTHS[at - 1] + 1 };
        let name = if LENGTHS[at] == u32::MAX { format!("{from} and more") } else { format!("{from}-{}", LENGTHS[at]) };
        (name, *sum)
    })
}
