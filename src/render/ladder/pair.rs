//! Two ladders beside each other on one clock: the same task done in two ways, for example by TCP and by UDP. Where there
//! is no room for two, they stand one below the other.

use super::{Arrow, Item, Ladder, Told, add, arrows, draw};
use crate::render::cake::{Ink, Line, clean, wrap, write};
use crate::render::{Style, View};

/// From so many columns on two ladders have room beside each other.
const WIDE: usize = 100;
/// Columns between them.
const BETWEEN: usize = 2;
/// Most items of each; what comes after them is counted.
const MOST: usize = 2000;
/// A silence of so many nanoseconds on both sides is left out and said.
const SILENCE: u64 = 100_000_000;

/// Two ladders that grow before they are drawn.
pub struct Pair {
    style: Style,
    describe: bool,
    sides: [Side; 2],
}

struct Side {
    title: String,
    ladder: Ladder,
    items: Vec<Item>,
    more: u64,
}

impl Pair {
    /// `titles` stand above the ladders.
    pub fn new(style: Style, describe: bool, titles: [&str; 2]) -> Self {
        let style = Style { width: style.width.clamp(40, 240), ..style };
        let beside = style.width >= WIDE && !describe;
        let width = if beside { (style.width - BETWEEN) / 2 } else { style.width };
        let side = |title: &str| Side {
            title: title.to_owned(),
            ladder: Ladder::new(Style { width, ..style }, None, describe),
            items: Vec::new(),
            more: 0,
        };
        Pair { style, describe, sides: titles.map(side) }
    }

    /// Adds a packet to the left (0) or right (1) ladder.
    pub fn packet(&mut self, side: usize, view: View<'_>) {
        let Some(side) = self.sides.get_mut(side) else { return };
        side.ladder.hosts.learn(view);
        let arrow = Arrow::of(view, &mut side.ladder.summary);
        if side.items.len() < MOST {
            add(&mut side.items, arrow);
        } else {
            side.more += 1;
        }
    }

    /// Adds what a program did.
    pub fn tell(&mut self, side: usize, told: Told) {
        let Some(side) = self.sides.get_mut(side).filter(|side| side.items.len() < MOST) else { return };
        side.items.push(Item::Told(told));
    }

    /// Draws both.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let beside = self.style.width >= WIDE && !self.describe;
        if beside {
            self.beside(out);
            return;
        }
        for side in &mut self.sides {
            for row in wrap(&clean(&side.title, self.style.charset), self.style.width) {
                write(&[Line::of(&row, Ink::Title(crate::dissect::Level::Transport))], self.style, out);
            }
            side.ladder.waiting = std::mem::take(&mut side.items);
            crate::render::Renderer::flush(&mut side.ladder, out);
            write(&side.rest(), self.style, out);
            out.push(b'\n');
        }
    }

    /// One clock, two pictures: what happens at the same time stands in the same row.
    fn beside(&mut self, out: &mut Vec<u8>) {
        let half = (self.style.width - BETWEEN) / 2;
        let mut rows = vec![self.heads()];
        rows.extend(self.names());
        let mut at = [0, 0];
        let mut last: Option<u64> = None;
        while let Some(time) = self.next_time(at) {
            if last.is_some_and(|last| time.saturating_sub(last) >= SILENCE) {
                let gap = crate::render::quantity::span(time - last.unwrap_or(time), self.style.charset);
                let dots = self.style.ellipsis();
                let words = format!("{dots} {gap} {dots}");
                rows.push(self.sides.each_ref().map(|side| vec![side.ladder.pause(&words)]));
            }
            last = Some(time);
            rows.push([0, 1].map(|number| {
                let side = &mut self.sides[number];
                let mut lines = Vec::new();
                while let Some(item) = side.items.get(at[number]).filter(|i| i.time().unwrap_or(0) <= time) {
                    side.ladder.last = None; // the silence is ours to tell
                    lines.extend(side.ladder.block(&item.clone()));
                    at[number] += 1;
                }
                lines
            }));
        }
        rows.push(self.sides.each_ref().map(Side::rest));
        for [left, right] in rows {
            for row in 0..left.len().max(right.len()) {
                let rails = |side: &Side| side.ladder.row(None);
                let mut line = left.get(row).cloned().unwrap_or_else(|| rails(&self.sides[0]));
                line.shorten(half, self.style.ellipsis());
                line.reach(half + BETWEEN);
                line.join(&right.get(row).cloned().unwrap_or_else(|| rails(&self.sides[1])));
                line.shorten(self.style.width, self.style.ellipsis());
                write(&[line], self.style, out);
            }
        }
    }

    fn heads(&self) -> [Vec<Line>; 2] {
        let half = (self.style.width - BETWEEN) / 2;
        let mut heads = self.sides.each_ref().map(|side| {
            let rows = wrap(&clean(&side.title, self.style.charset), half - 2);
            rows.iter().map(|row| Line::of(&format!("  {row}"), Ink::Title(crate::dissect::Level::Transport))).collect()
        });
        let most = heads.iter().map(Vec::len).max().unwrap_or(0);
        for head in &mut heads {
            head.resize_with(most, Line::default);
        }
        heads
    }

    /// Chooses the columns of both and writes their names. One clock: both count from the first item of all.
    fn names(&mut self) -> Vec<[Vec<Line>; 2]> {
        let first = self.sides.iter().filter_map(|s| s.items.first().and_then(Item::time)).min();
        let names = self.sides.each_mut().map(|side| {
            let most = draw::most_columns(side.ladder.style.width);
            side.ladder.hosts.choose(arrows(&side.items), most);
            side.ladder.first = first;
            side.ladder.decided = true;
            side.ladder.names()
        });
        vec![names]
    }

    /// When the next item of either side happens.
    fn next_time(&self, at: [usize; 2]) -> Option<u64> {
        let next = |(side, at): (&Side, usize)| side.items.get(at).map(|item| item.time().unwrap_or(0));
        self.sides.iter().zip(at).filter_map(next).min()
    }
}

impl Side {
    /// What was too much to be drawn.
    fn rest(&self) -> Vec<Line> {
        if self.more == 0 {
            return Vec::new();
        }
        let packets = crate::render::quantity::counted(self.more, "more packet");
        vec![self.ladder.pause(&packets)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Charset;
    use crate::render::ladder::tests::{arrow, host};

    fn pair(width: usize, charset: Charset) -> String {
        let style = Style { width, color: false, charset, explain: false };
        let mut pair = Pair::new(style, false, ["TCP  a phone call", "UDP  a postcard"]);
        pair.sides[0].items = vec![
            Item::Arrow(arrow(1, 0, host(1), host(2), "SYN")),
            Item::Arrow(arrow(2, 2_000_000_000, host(2), host(1), "ACK")),
        ];
        pair.sides[1].items = vec![Item::Arrow(arrow(1, 1_000_000, host(1), host(2), "hello"))];
        pair.tell(
            1,
            Told {
                time: 1_000_000,
                who: "server".into(),
                what: "reads \"hello\"".into(),
                why: String::new(),
                alarm: false,
            },
        );
        let mut out = Vec::new();
        pair.finish(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn two_ladders_share_one_clock_where_there_is_room() {
        let text = pair(120, Charset::Unicode);
        let rows: Vec<&str> = text.lines().collect();
        assert!(rows[0].contains("TCP  a phone call") && rows[0].contains("UDP  a postcard"), "{text}");
        let row = |word: &str| rows.iter().position(|r| r.contains(word)).unwrap_or_else(|| panic!("{word}: {text}"));
        assert!(row("SYN") < row("hello") && row("hello") < row("2.0 s") && row("2.0 s") < row("ACK"), "{text}");
        assert!(rows.iter().all(|r| r.chars().count() <= 120), "{text}");
    }

    #[test]
    fn where_there_is_no_room_one_stands_below_the_other() {
        for (width, charset) in [(80, Charset::Unicode), (80, Charset::Ascii), (40, Charset::Ascii)] {
            let text = pair(width, charset);
            assert!(text.find("SYN") < text.find("a postcard"), "{text}");
            assert!(text.lines().all(|r| r.chars().count() <= width), "{text}");
            assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
        }
    }
}
