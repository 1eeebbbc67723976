//! The screen of `browse`: the list of packets, the layers of the chosen one, its bytes with the chosen field lit, and
//! what that field is for. Draws into a buffer of cells; knows no protocol, no keys and no terminal.
//!
//! Colour is never the only carrier: what is chosen has a mark, what is lit stands in brackets.

mod bytes;
mod explain;
mod list;
mod look;
mod page;
mod prompt;
mod text;
mod tree;

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

pub use bytes::{Bytes, byte_at, per_row};
pub use explain::{Explain, height as explain_height};
pub use list::{ListRow, Rows};
pub use look::{Look, Theme};
pub use page::Page;
pub use prompt::Prompt;
pub use tree::{Branch, Tree, What};

use text::Pen;

/// The smallest window in which all of it can be seen.
pub const SMALLEST: (u16, u16) = (64, 16);

/// Which part of the screen the keys go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Pane {
    /// The list of packets.
    #[default]
    List,
    /// Layers and fields.
    Tree,
    /// The bytes.
    Bytes,
}

/// Where everything stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Places {
    /// The first line: what it is, and where one stands in it.
    pub top: Rect,
    /// Packets.
    pub list: Rect,
    /// The line below them, which tells the chosen one.
    pub told: Rect,
    /// Layers and fields.
    pub tree: Rect,
    /// Bytes.
    pub bytes: Rect,
    /// The line above the explanation: what is explained.
    pub heading: Rect,
    /// The explanation, or what is being typed.
    pub explain: Rect,
    /// The last line: the keys.
    pub keys: Rect,
}

impl Places {
    /// The places in a window of this size; `None` where it is too small.
    pub fn of(area: Rect) -> Option<Self> {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return None;
        }
        let free = area.height - 4;
        let explain = (free / 5 + 1).clamp(4, 9);
        let middle = (free - explain).div_ceil(2);
        let list = free - explain - middle;
        // Sixteen bytes a row where the layers still have room beside them, else eight.
        let bytes = if area.width >= 116 { bytes::WIDE } else { bytes::NARROW };
        let mut y = area.y;
        let mut row = |height: u16| {
            let rect = Rect { x: area.x, y, width: area.width, height };
            y += height;
            rect
        };
        let (top, list, told, both) = (row(1), row(list), row(1), row(middle));
        let (heading, explain, keys) = (row(1), row(explain), row(1));
        let tree = Rect { width: area.width - bytes - 1, ..both };
        let bytes = Rect { x: both.x + both.width - bytes, width: bytes, ..both };
        Some(Places { top, list, told, tree, bytes, heading, explain, keys })
    }

    /// The pane at this cell.
    pub fn pane(&self, x: u16, y: u16) -> Option<Pane> {
        let at = ratatui_core::layout::Position { x, y };
        let panes = [(self.list, Pane::List), (self.tree, Pane::Tree), (self.bytes, Pane::Bytes)];
        panes.into_iter().find(|(rect, _)| rect.contains(at)).map(|(_, pane)| pane)
    }
}

/// All that is to be seen.
pub struct Screen<'a> {
    /// What is looked at: the name of a file, of an interface.
    pub title: &'a str,
    /// Where one stands: "packet 12 of 1,000,000 · 4 % read".
    pub standing: &'a str,
    /// Where the keys go.
    pub pane: Pane,
    /// The rows of the list that are to be seen.
    pub rows: &'a Rows,
    /// What is said where the list is empty.
    pub empty: &'a str,
    /// The line that tells the chosen packet.
    pub told: &'a str,
    /// Its layers and fields.
    pub tree: &'a Tree,
    /// Its bytes.
    pub bytes: &'a Bytes<'a>,
    /// What is explained.
    pub explain: &'a Explain,
    /// What is being typed, in place of the explanation.
    pub prompt: Option<&'a Prompt<'a>>,
    /// Something that has just happened, in place of the keys.
    pub notice: Option<&'a str>,
    /// The keys, those that matter most first: those that do not fit are left out.
    pub keys: &'a [(&'a str, &'a str)],
}

/// Draws the screen.
pub fn draw(screen: &Screen<'_>, look: &Look, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen { look, buffer };
    pen.clear(area);
    let Some(places) = Places::of(area) else {
        too_small(&mut pen, area);
        return;
    };
    bar(&mut pen, places.top, screen.title, screen.standing);
    list::draw(&mut pen, places.list, screen.rows, screen.pane == Pane::List, screen.empty);
    rule(&mut pen, places.told, screen.told, "");
    tree::draw(&mut pen, places.tree, screen.tree, screen.pane == Pane::Tree);
    for y in places.tree.top()..places.tree.bottom() {
        pen.put(places.tree.right(), y, look.pick("│", "|"), 1, look.line());
    }
    bytes::draw(&mut pen, places.bytes, screen.bytes, screen.pane == Pane::Bytes);
    if let Some(prompt) = screen.prompt {
        rule(&mut pen, places.heading, prompt.title, "");
        prompt::draw(&mut pen, places.explain, prompt);
    } else {
        rule(&mut pen, places.heading, &screen.explain.title, &screen.explain.reference);
        explain::draw(&mut pen, places.explain, screen.explain);
    }
    foot(&mut pen, places.keys, screen.notice, screen.keys);
}

/// One sentence, where nothing else has room.
fn too_small(pen: &mut Pen<'_>, area: Rect) {
    let words = format!(
        "This window has {} columns and {} lines; browse needs {} and {}. Make it larger, or press q.",
        area.width, area.height, SMALLEST.0, SMALLEST.1
    );
    for (y, line) in (area.y..area.bottom()).zip(super::wrap::fold(&words, usize::from(area.width))) {
        pen.put(area.x, y, &line, area.width, pen.look.plain());
    }
}

/// The first line: a name at the left, a place at the right.
fn bar(pen: &mut Pen<'_>, area: Rect, left: &str, right: &str) {
    let style = pen.look.bar();
    pen.buffer.set_style(area, style);
    let width = pen.width(right).min(area.width.saturating_sub(2));
    let at = area.right().saturating_sub(width + 1);
    pen.put(area.x + 1, area.y, left, at.saturating_sub(area.x + 3), style);
    pen.put(at, area.y, right, width, style);
}

/// A line between two parts: words at the left, and at the right.
fn rule(pen: &mut Pen<'_>, area: Rect, left: &str, right: &str) {
    let line = pen.look.pick("─", "-");
    for x in area.left()..area.right() {
        pen.put(x, area.y, line, 1, pen.look.line());
    }
    let beside = area.width.saturating_sub(pen.width(left) + 8);
    let width = pen.width(right).min(beside.max(area.width / 2));
    let mut end = area.right();
    if width > 0 {
        end -= width + 3;
        pen.put(end, area.y, " ", 1, pen.look.plain());
        pen.put(end + 1, area.y, right, width, pen.look.dim());
        pen.put(end + 1 + width, area.y, " ", 1, pen.look.plain());
    }
    if !left.is_empty() {
        let room = end.saturating_sub(area.x + 4);
        pen.put(area.x + 1, area.y, " ", 1, pen.look.plain());
        let used = pen.put(area.x + 2, area.y, left, room, pen.look.strong());
        pen.put(area.x + 2 + used, area.y, " ", 1, pen.look.plain());
    }
}

/// The last line.
fn foot(pen: &mut Pen<'_>, area: Rect, notice: Option<&str>, keys: &[(&str, &str)]) {
    let style = pen.look.bar();
    pen.buffer.set_style(area, style);
    if let Some(notice) = notice {
        pen.put(area.x + 1, area.y, notice, area.width.saturating_sub(2), style);
        return;
    }
    let mut x = area.x + 1;
    for (key, what) in keys {
        let width = pen.width(key) + 1 + pen.width(what);
        if x + width + 1 > area.right() {
            break;
        }
        x += pen.put(x, area.y, key, width, pen.look.key());
        x += 1;
        x += pen.put(x, area.y, what, width, style) + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_fill_every_window_from_the_smallest_on_and_do_not_overlap() {
        for (width, height) in [(64, 16), (80, 24), (120, 40), (160, 48), (400, 200)] {
            let area = Rect::new(0, 0, width, height);
            let p = Places::of(area).expect("large enough");
            let heights = [p.top, p.list, p.told, p.tree, p.heading, p.explain, p.keys].map(|r| r.height);
            assert_eq!(heights.iter().sum::<u16>(), height);
            assert_eq!(p.tree.width + 1 + p.bytes.width, width);
            assert!(p.list.height >= 3 && p.tree.height >= 4 && p.tree.width >= 20, "{p:?}");
            assert_eq!(
                (p.keys.y, p.pane(0, 1), p.pane(width - 1, p.bytes.y)),
                (height - 1, Some(Pane::List), Some(Pane::Bytes))
            );
        }
        assert_eq!(Places::of(Rect::new(0, 0, 63, 30)), None);
        assert_eq!(Places::of(Rect::new(0, 0, 80, 15)), None);
    }
}
