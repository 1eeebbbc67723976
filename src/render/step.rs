//! `peel --step`: the cake opened layer by layer, in 24 lines. Which key does what, and what the screen shows.
//! Not here: reading keys and writing to the terminal (`cli`).

use super::cake::{Ink, Length, Line, Open, Picture, write};
use super::{Style, View};

/// Lines that a screen has.
const LINES: usize = 24;
/// Most rows of one long field.
const ROWS: usize = 3;

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// One layer further in.
    Next,
    /// One layer further out.
    Back,
    /// To the outermost layer.
    First,
    /// To the innermost layer.
    Last,
    /// Enough.
    Quit,
}

/// What to do after a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Another layer is shown now: draw again.
    Draw,
    /// Nothing changed.
    Stay,
    /// Leave.
    Quit,
}

/// Where in the packet we are.
#[derive(Debug, Clone)]
pub struct Step {
    layers: usize,
    current: usize,
    note: Option<String>,
}

impl Step {
    /// At the outermost layer of `view`; `note` is said in the heading ("simulated wire").
    pub fn new(view: View<'_>, note: Option<&str>) -> Self {
        Step { layers: view.tape.layers.len().max(1), current: 0, note: note.map(str::to_owned) }
    }

    /// Number of the layer shown, from 0.
    pub fn current(&self) -> usize {
        self.current
    }

    /// Whether the innermost layer is shown.
    pub fn is_last(&self) -> bool {
        self.current + 1 == self.layers
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key) -> Action {
        let before = self.current;
        self.current = match key {
            Key::Next => (before + 1).min(self.layers - 1),
            Key::Back => before.saturating_sub(1),
            Key::First => 0,
            Key::Last => self.layers - 1,
            Key::Quit => return Action::Quit,
        };
        if self.current == before { Action::Stay } else { Action::Draw }
    }

    /// The screen: the layer with its fields, those around it as titles, those within it closed, and what
    /// its fields are for, as far as the lines reach. The last line says the keys.
    pub fn screen(&self, view: View<'_>, style: Style) -> Vec<u8> {
        let style = Style { width: style.width.clamp(40, 200), ..style };
        let mut lines = self.picture(view, style);
        self.explain(view, style, &mut lines);
        lines.truncate(LINES - 1);
        lines.resize_with(LINES - 1, Line::default);
        lines.push(self.keys(style.width));
        let mut out = Vec::new();
        write(&lines, style, &mut out);
        out.pop(); // no line end after the last line: the terminal would scroll
        out
    }

    /// Adds as many whole explanations as there are lines, one sentence each where not all fit in full.
    fn explain(&self, view: View<'_>, style: Style, lines: &mut Vec<Line>) {
        let picture = Picture::new(view, style);
        let room = (LINES - 1).saturating_sub(lines.len() + 1);
        let size = |blocks: &[Vec<Line>]| blocks.iter().map(Vec::len).sum::<usize>();
        let mut blocks = picture.explanations(self.current, Length::Full);
        let brief = picture.explanations(self.current, Length::Brief);
        if size(&blocks) > room && size(&brief) * 2 > room {
            blocks = brief;
        }
        if size(&blocks) > room && blocks.len() > 1 {
            blocks.remove(0); // what the layer is for is said by its name; the fields need the lines
        }
        let fits = |count: usize| size(blocks.get(..count).unwrap_or(&blocks));
        let all = blocks.len();
        let count = (0..=all).rev().find(|count| fits(*count) + usize::from(*count < all) <= room).unwrap_or(0);
        lines.push(Line::default());
        if count == all || room > 0 {
            lines.extend(blocks.into_iter().take(count).flatten());
        }
        if let Some(key) = view.tape.layers.get(self.current).map(|layer| layer.protocol.key).filter(|_| count < all) {
            let mut line = Line::of(&format!("   {} more: layercake peel --layer {key}", all - count), Ink::Faint);
            line.shorten(style.width, "");
            lines.push(line);
        }
    }

    /// Heading and boxes. Where they would take too much of the screen, the outer boxes are left out.
    fn picture(&self, view: View<'_>, style: Style) -> Vec<Line> {
        let mut picture = Picture::new(view, style);
        picture.rows = ROWS;
        let place = format!("layer {} of {} ", self.current + 1, self.layers);
        let room = style.width.saturating_sub(place.len());
        let mut heading = picture.heading(self.note.as_deref(), room.saturating_sub(2));
        heading.put(room, &place, Ink::Faint);
        let mut lines = vec![heading];
        lines.extend(picture.physical());
        let open = |at: usize| if at == self.current { Open::Fields } else { Open::Title };
        let mut boxes = Vec::new();
        for first in 1..=self.current.max(1) {
            boxes = picture.nested(first, self.current + 1, open, false);
            if lines.len() + boxes.len() + 4 < LINES {
                break;
            }
        }
        lines.extend(boxes);
        lines
    }

    fn keys(&self, width: usize) -> Line {
        let next = if self.is_last() { "the last layer" } else { "[space] next layer" };
        let back = if self.current == 0 { "" } else { "  [b] back" };
        let mut line = Line::of(&format!(" {next}{back}  [q] quit"), Ink::Plain);
        line.shorten(width, "");
        line
    }
}
