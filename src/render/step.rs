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
    /// What else there is to say of this layer; after that one layer further in.
    Next,
    /// The same way back.
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

/// Something that is shown screen by screen.
pub trait Screens {
    /// Takes a key.
    fn key(&mut self, key: Key, style: Style) -> Action;

    /// The present screen; its last line says the keys.
    fn screen(&self, style: Style) -> Vec<u8>;
}

/// One packet, layer by layer.
pub struct Layers<'a> {
    /// The packet.
    pub view: View<'a>,
    /// Where in it we are.
    pub step: Step,
}

impl Screens for Layers<'_> {
    fn key(&mut self, key: Key, style: Style) -> Action {
        self.step.key(key, self.view, style)
    }

    fn screen(&self, style: Style) -> Vec<u8> {
        self.step.screen(self.view, style)
    }
}

/// Where in the packet we are.
#[derive(Debug, Clone)]
pub struct Step {
    layers: usize,
    current: usize,
    page: usize,
    note: Option<String>,
}

impl Step {
    /// At the outermost layer of `view`; `note` is said in the heading ("simulated wire").
    pub fn new(view: View<'_>, note: Option<&str>) -> Self {
        Step { layers: view.tape.layers.len().max(1), current: 0, page: 0, note: note.map(str::to_owned) }
    }

    /// Number of the layer shown, from 0.
    pub fn current(&self) -> usize {
        self.current
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key, view: View<'_>, style: Style) -> Action {
        let before = (self.current, self.page);
        let last = self.layers - 1;
        let pages = |step: &Step| step.pages(view, readable(style)).1.len();
        (self.current, self.page) = match key {
            Key::Next if self.page + 1 < pages(self) => (self.current, self.page + 1),
            Key::Next if self.current < last => (self.current + 1, 0),
            Key::Back if self.page > 0 => (self.current, self.page - 1),
            Key::Back if self.current > 0 => {
                let outer = Step { current: self.current - 1, page: 0, ..self.clone() };
                (outer.current, pages(&outer).saturating_sub(1))
            }
            Key::Next | Key::Back => before,
            Key::First => (0, 0),
            Key::Last => (last, 0),
            Key::Quit => return Action::Quit,
        };
        if (self.current, self.page) == before { Action::Stay } else { Action::Draw }
    }

    /// The screen: the layer with its fields, those around it as titles, those within it closed, and what
    /// its fields are for, a page at a time. The last line says the keys.
    pub fn screen(&self, view: View<'_>, style: Style) -> Vec<u8> {
        let style = readable(style);
        let (mut lines, mut pages) = self.pages(view, style);
        let count = pages.len();
        lines.push(Line::default());
        if self.page < count {
            lines.append(&mut pages.swap_remove(self.page));
        }
        lines.truncate(LINES - 1);
        lines.resize_with(LINES - 1, Line::default);
        lines.push(self.keys(count, style.width));
        let mut out = Vec::new();
        write(&lines, style, &mut out);
        out.pop(); // no line end after the last line: the terminal would scroll
        out
    }

    /// The picture, and the explanations of the layer in pages that fit below it: all that there is to say
    /// where two pages hold it, else a sentence a field.
    fn pages(&self, view: View<'_>, style: Style) -> (Vec<Line>, Vec<Vec<Line>>) {
        let lines = self.picture(view, style);
        let picture = Picture::new(view, style);
        let room = (LINES - 2).saturating_sub(lines.len()).max(1);
        let full = paginate(picture.explanations(self.current, Length::Full), room);
        if full.len() <= 2 {
            return (lines, full);
        }
        let mut brief = picture.explanations(self.current, Length::Brief);
        if !brief.is_empty() {
            brief.remove(0); // what the layer is for is said by its name; the fields need the lines
        }
        (lines, paginate(brief, room))
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

    fn keys(&self, pages: usize, width: usize) -> Line {
        let more = self.page + 1 < pages;
        let next = match (more, self.current + 1 == self.layers) {
            (true, _) => "[space] more of this layer",
            (false, false) => "[space] next layer",
            (false, true) => "the last layer",
        };
        let back = if (self.current, self.page) == (0, 0) { "" } else { "  [b] back" };
        let mut line = Line::of(&format!(" {next}{back}  [q] quit"), Ink::Plain);
        if pages > 1 {
            let place = format!("page {} of {pages} ", self.page + 1);
            line.put(width.saturating_sub(place.len()), &place, Ink::Faint);
        }
        line.shorten(width, "");
        line
    }
}

/// The style at a width that boxes can be drawn in.
fn readable(style: Style) -> Style {
    Style { width: style.width.clamp(40, 200), ..style }
}

/// Whole blocks on pages of at most `room` lines; a block that is longer is cut.
fn paginate(blocks: Vec<Vec<Line>>, room: usize) -> Vec<Vec<Line>> {
    let mut pages: Vec<Vec<Line>> = Vec::new();
    for mut block in blocks {
        block.truncate(room);
        match pages.last_mut().filter(|page| page.len() + block.len() <= room) {
            Some(page) => page.append(&mut block),
            None => pages.push(block),
        }
    }
    pages
}
