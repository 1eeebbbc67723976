//! The picture of a ladder: where its lines stand, how an arrow, a pause and the heads look.

use super::hosts::{End, Host};
use super::{Arrow, Fate, Ladder, milliseconds};
use crate::render::cake::{Ink, Line, clean, columns, wrap};

/// Columns of the time, with the space behind it.
const TIME: usize = 11;
/// Most rows of one remark.
const ROWS: usize = 3;

/// So many hosts have room.
pub(super) fn most_columns(width: usize) -> usize {
    ((width.saturating_sub(TIME + 18)) / 16 + 1).clamp(2, 6)
}

impl Ladder {
    /// Columns of the vertical lines, and where remarks begin.
    pub(super) fn places(&self) -> (Vec<usize>, usize) {
        let count = self.hosts.columns.len().max(2);
        let share = if count == 2 { 37 } else { 24 };
        let remarks = (self.style.width * share / 100).clamp(14, 44);
        let last = self.style.width.saturating_sub(remarks + 2);
        let gap = last.saturating_sub(TIME + 1) / (count - 1);
        let first = last - gap * (count - 1);
        ((0..count).map(|at| first + at * gap).collect(), last + 2)
    }

    /// Heading and names.
    pub(super) fn head(&self) -> Vec<Line> {
        let mut words = format!(" every arrow a packet {} time runs down", self.style.dot());
        if self.hosts.without > 0 {
            let more = crate::render::quantity::counted(self.hosts.without as u64, "more host");
            words += &format!(" {} {more} without a column", self.style.dot());
        }
        if let Some(note) = &self.note {
            words += &format!(" {} {note}", self.style.dot());
        }
        let mut heading = Line::of(&clean(&words, self.style.charset), Ink::Faint);
        heading.shorten(self.style.width, self.style.ellipsis());
        let mut lines = vec![heading];
        lines.extend(self.names());
        lines
    }

    /// The names above the lines, each centred where there is room.
    pub(super) fn names(&self) -> Vec<Line> {
        let (places, _) = self.places();
        let gap = places.windows(2).map(|p| p[1] - p[0]).min().unwrap_or(20);
        let mut line = Line::of(&format!("{:>w$}", "ms", w = TIME - 2), Ink::Faint);
        let mut free = TIME - 1;
        for (number, (place, column)) in places.iter().zip(&self.hosts.columns).enumerate() {
            let last = number + 1 == self.hosts.columns.len();
            let limit = if last { self.style.width } else { place + gap - 2 };
            let full = clean(&self.hosts.called(column.host, column.port), self.style.charset);
            let bare = clean(&self.hosts.called(column.host, None), self.style.charset);
            let name =
                if columns(&full) <= limit.saturating_sub(free) && columns(&full) < gap + 12 { full } else { bare };
            let mut name = Line::of(&name, Ink::Title(crate::dissect::Level::Network));
            name.shorten(limit.saturating_sub(free).max(4), self.style.ellipsis());
            let start = place.saturating_sub(name.width() / 2).max(free);
            let start = start.min(self.style.width.saturating_sub(name.width()));
            line.reach(start);
            free = start + name.width() + 1;
            line.join(&name);
        }
        vec![line, self.rails(self.style.pick('│', '|'))]
    }

    fn rails(&self, glyph: char) -> Line {
        let (places, _) = self.places();
        let mut line = Line::default();
        for place in places.into_iter().take(self.hosts.columns.len()) {
            line.put(place, glyph.encode_utf8(&mut [0; 4]), Ink::Faint);
        }
        line
    }

    /// A row with its time, and nothing between the lines.
    pub(super) fn row(&self, time: Option<String>) -> Line {
        let rails = self.rails(self.style.pick('│', '|'));
        let Some(time) = time else { return rails };
        let mut line = Line::of(&format!("{time:>w$} ", w = TIME - 2), Ink::Plain);
        line.join(&rails.from(TIME - 1));
        line
    }

    /// Time that is left out, packets that are.
    pub(super) fn pause(&self, words: &str) -> Line {
        let mut line = self.rails(self.style.pick('┊', ':'));
        let (places, remarks) = self.places();
        let (first, last) = (places[0], places.last().copied().unwrap_or(remarks));
        let words = clean(words, self.style.charset);
        line.put(first + (last - first).saturating_sub(columns(&words)).div_ceil(2), &words, Ink::Faint);
        line.shorten(self.style.width, self.style.ellipsis());
        line
    }

    /// The arrow, with its time and what is to be said about it.
    pub(super) fn arrow(&self, arrow: &Arrow) -> Vec<Line> {
        let (places, remarks_at) = self.places();
        let mut line = self.row(arrow.time.zip(self.first).map(|(time, first)| milliseconds(time, first)));
        let from = self.hosts.place(arrow.from);
        let last = self.hosts.columns.len().saturating_sub(1);
        let to = match arrow.to {
            // To everybody: the arrow goes to the farther edge.
            End::All => {
                let asked = arrow.asked.and_then(|ip| self.hosts.place(End::One(Host::Ip(ip), None)));
                asked
                    .filter(|asked| Some(*asked) != from)
                    .or(from.map(|f| if f == last && last > 0 { 0 } else { last }))
            }
            to => self.hosts.place(to),
        };
        let mut notes: Vec<(String, Ink)> = Vec::new();
        if arrow.to == End::All {
            notes.push(("to everybody".to_owned(), Ink::Plain));
        }
        for remark in &arrow.remarks {
            let mark = if remark.alarm { "! " } else { "" };
            let ink = if remark.alarm { Ink::Alarm } else { Ink::Plain };
            notes.push((format!("{mark}{}", remark.field.name), ink));
        }
        if let Some(fate) = arrow.wire.words() {
            notes.insert(0, (format!("! {fate}"), Ink::Alarm));
        }
        if let Some(elsewhere) = arrow.elsewhere() {
            notes.push((elsewhere, Ink::Plain));
        }
        match (from, to) {
            (Some(from), Some(to)) if from != to => self.shaft(&mut line, arrow, places[from], places[to]),
            (Some(from), _) if arrow.to == End::All && self.hosts.columns.len() == 1 => {
                self.shaft(&mut line, arrow, places[from], places[1]);
            }
            (place, _) => {
                // To itself, or nobody knows from where. At the last line there is room on its left only.
                let last = place.is_some() && place == self.hosts.columns.len().checked_sub(1) && place != Some(0);
                let mark = place.map_or("", |_| self.style.pick("↻", "o"));
                let at = place.map_or(TIME, |p| places[p] + 2);
                let room = if last { places[1] - places[0] } else { remarks_at.saturating_sub(at) };
                let label = self.label(arrow, room.saturating_sub(5)).0;
                if last {
                    let text = format!(" {label} {mark} ");
                    line.put((at - 2).saturating_sub(columns(&text)), &text, Ink::Of(arrow.level));
                } else {
                    line.put(at, format!("{mark} {label} ").trim_start(), Ink::Of(arrow.level));
                }
            }
        }
        let mut lines = vec![line];
        let room = self.style.width.saturating_sub(remarks_at);
        let said = notes.into_iter().flat_map(|(text, ink)| {
            wrap(&clean(&text, self.style.charset), room).into_iter().map(move |row| (row, ink))
        });
        for (row, (text, ink)) in said.take(ROWS).enumerate() {
            if row == lines.len() {
                lines.push(self.rails(self.style.pick('│', '|')));
            }
            lines[row].put(remarks_at, &text, ink);
        }
        lines
    }

    /// The arrow of bytes that did not come in their place: it ends in a cross, nobody knows when or where.
    pub(super) fn lost(&self, bytes: u32, from: End, to: End, fate: Fate) -> Vec<Line> {
        let (Some(from), Some(to)) = (self.hosts.place(from), self.hosts.place(to)) else { return Vec::new() };
        let (places, remarks_at) = self.places();
        let mut line = self.rails(self.style.pick('│', '|'));
        let (from, to) = (places[from], places[to]);
        let length = from.abs_diff(to).saturating_sub(1) * 3 / 4;
        let (left, cross) = if from < to { (from + 1, from + length) } else { (from - length, from - length) };
        line.put(left, &self.style.pick("─", "-").repeat(length), Ink::Faint);
        let words = format!(" {} ", crate::render::quantity::counted(u64::from(bytes), "byte"));
        if columns(&words) + 5 <= length {
            line.put(left + 2, &words, Ink::Alarm);
        }
        line.put(cross, self.style.pick("✕", "x"), Ink::Alarm);
        let room = self.style.width.saturating_sub(remarks_at);
        let said = wrap(&clean(&format!("! lost: {}", fate.words()), self.style.charset), room);
        let mut lines = vec![line];
        for (row, text) in said.iter().take(ROWS).enumerate() {
            if row == lines.len() {
                lines.push(self.rails(self.style.pick('│', '|')));
            }
            lines[row].put(remarks_at, text, Ink::Alarm);
        }
        lines
    }

    /// `── label ────▶`, or the same to the left.
    fn shaft(&self, line: &mut Line, arrow: &Arrow, from: usize, to: usize) {
        let (left, right) = (from.min(to), from.max(to));
        let room = right.saturating_sub(left + 1);
        let ink = Ink::Of(arrow.level);
        let dash = self.style.pick("─", "-");
        line.put(left + 1, &dash.repeat(room), Ink::Faint);
        let (label, width) = self.label(arrow, room.saturating_sub(6));
        // A label stands near the left end, but where the arrow never comes: near its sender.
        let near_sender = arrow.wire.is_gone() && to < from;
        let at = if near_sender { right.saturating_sub(width + 4) } else { left + 3 };
        if width > 0 {
            line.put(at, &format!(" {label} "), ink);
        }
        if arrow.wire.is_gone() {
            return self.cross(line, from, to, columns(&label));
        }
        if from < to {
            line.put(right - 1, self.style.pick("▶", ">"), ink);
        } else {
            line.put(left + 1, self.style.pick("◀", "<"), ink);
        }
    }

    /// The rest of an arrow whose packet never arrives: it ends on the way, but behind its label.
    fn cross(&self, line: &mut Line, from: usize, to: usize, label: usize) {
        let (left, right) = (from.min(to), from.max(to));
        let way = right.saturating_sub(left + 1);
        let end = (way * 3 / 4).clamp((label + 5).min(way), way);
        let (at, rest) = if from < to { (left + end, left + end + 1) } else { (right - end, left + 1) };
        line.put(rest, &" ".repeat(way.saturating_sub(end)), Ink::Plain);
        line.put(at, self.style.pick("✕", "x"), Ink::Alarm);
    }

    /// As many pieces as have room; what is left out is marked.
    fn label(&self, arrow: &Arrow, room: usize) -> (String, usize) {
        let mark = self.style.ellipsis();
        let mut label = String::new();
        for (number, piece) in arrow.pieces.iter().enumerate() {
            let piece = clean(piece, self.style.charset);
            let last = number + 1 == arrow.pieces.len();
            let needed = columns(&piece) + usize::from(number > 0) + if last { 0 } else { 1 + mark.chars().count() };
            if columns(&label) + needed <= room {
                label += if number > 0 { " " } else { "" };
                label += &piece;
                continue;
            }
            let mut rest = Line::of(if number > 0 { " " } else { "" }, Ink::Plain);
            rest.push(&piece, Ink::Plain);
            let left = room.saturating_sub(columns(&label));
            // Half a text is better than none; half a number may be read as a whole one.
            let text =
                piece.starts_with(|c: char| c.is_ascii_alphabetic() || "\"/?[".contains(c)) && !piece.contains('=');
            if number == 0 || (text && left > 4 + mark.chars().count()) {
                rest.shorten(left, mark);
                let mut bytes = Vec::new();
                rest.write(false, &mut bytes);
                label += String::from_utf8_lossy(&bytes).trim_end_matches('\n');
            } else if left > mark.chars().count() {
                label += &format!(" {mark}");
            }
            break;
        }
        let width = columns(&label);
        (label, width)
    }
}
