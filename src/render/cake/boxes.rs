//! The frames: each level has its own line, so that the layers are told apart without colour too.

use super::page::{Ink, Line, columns};
use crate::dissect::Level;
use crate::render::Charset;

/// The characters that frames, brackets and marks are made of.
pub(super) struct Glyphs {
    /// Left end of a bracket, and corner of a dropped label.
    pub left: char,
    /// Right end of a bracket, and corner of a label that hangs to the left.
    pub right: char,
    /// Line of a bracket.
    pub line: char,
    /// Where a stem leaves a bracket.
    pub tee: char,
    /// A stem; also the line between two columns.
    pub stem: char,
    /// A byte that is no printable character.
    pub dot: char,
    /// "And so on".
    pub more: &'static str,
    /// Between sender and receiver.
    pub arrow: &'static str,
}

const UNICODE: Glyphs =
    Glyphs { left: '╰', right: '╯', line: '─', tee: '┬', stem: '│', dot: '·', more: "…", arrow: "→" };
const ASCII: Glyphs =
    Glyphs { left: '\\', right: '/', line: '_', tee: '+', stem: '|', dot: '.', more: "...", arrow: "->" };

/// The glyphs of a character set.
pub(super) const fn glyphs(charset: Charset) -> &'static Glyphs {
    match charset {
        Charset::Unicode => &UNICODE,
        Charset::Ascii => &ASCII,
    }
}

/// Horizontal, vertical, and the corners from the top left in reading order.
const fn frame(level: Level, charset: Charset) -> [char; 6] {
    match (charset, level) {
        (Charset::Unicode, Level::Physical | Level::Link) => ['═', '║', '╔', '╗', '╚', '╝'],
        (Charset::Unicode, Level::Network) => ['━', '┃', '┏', '┓', '┗', '┛'],
        (Charset::Unicode, Level::Transport) => ['─', '│', '┌', '┐', '└', '┘'],
        (Charset::Unicode, Level::Application) => ['╌', '┆', '┌', '┐', '└', '┘'],
        (Charset::Ascii, Level::Physical | Level::Link) => ['=', '#', '#', '#', '#', '#'],
        (Charset::Ascii, Level::Network) => ['-', '|', '+', '+', '+', '+'],
        (Charset::Ascii, Level::Transport) => ['.', ':', '+', '+', '+', '+'],
        (Charset::Ascii, Level::Application) => ['~', '!', '+', '+', '+', '+'],
    }
}

/// Boxes that are open, outermost first, and the lines drawn so far.
pub(super) struct Boxes {
    /// Finished lines, each exactly `width` wide.
    pub lines: Vec<Line>,
    open: Vec<Level>,
    tops: Vec<(usize, usize)>,
    width: usize,
    charset: Charset,
}

impl Boxes {
    /// Nothing drawn, nothing open.
    pub fn new(width: usize, charset: Charset) -> Self {
        Boxes { lines: Vec::new(), open: Vec::new(), tops: Vec::new(), width, charset }
    }

    /// Columns between the borders of a box that stands at `depth`, without a space on either side.
    pub fn room(&self, depth: usize) -> usize {
        self.width.saturating_sub(2 * depth + 4)
    }

    /// Deepest nesting that leaves enough room to read; deeper layers stand below each other.
    pub fn deepest(&self) -> usize {
        (self.width.saturating_sub(2 + 36) / 2).saturating_sub(1)
    }

    /// Opens a box at `depth` (closing what is deeper or beside it), with a title and, at its right, a measure.
    pub fn open(&mut self, depth: usize, level: Level, title: &str, measure: &str) {
        self.close_to(depth);
        let [line, _, left, right, ..] = frame(level, self.charset);
        let ink = Ink::Of(level);
        let inner = self.width.saturating_sub(2 * self.open.len() + 2);
        let mut top = Line::of(&left.to_string(), ink);
        let mut text = Line::of(title, Ink::Title(level));
        let measure = if text.width() + columns(measure) + 7 <= inner { measure } else { "" };
        let reserved = if measure.is_empty() { 4 } else { columns(measure) + 7 };
        text.shorten(inner.saturating_sub(reserved), glyphs(self.charset).more);
        top.fill(line, 1, ink);
        top.push(" ", ink);
        top.join(&text);
        top.push(" ", ink);
        let tail = if measure.is_empty() { 0 } else { columns(measure) + 3 };
        top.fill(line, (inner + 1).saturating_sub(top.width() + tail), ink);
        if !measure.is_empty() {
            top.push(" ", ink);
            top.push(measure, ink);
            top.push(" ", ink);
            top.fill(line, 1, ink);
        }
        top.push(&right.to_string(), ink);
        self.push_framed(&top);
        self.open.push(level);
    }

    /// Remembers that the title just drawn is that of layer `index`.
    pub fn mark(&mut self, index: usize) {
        self.tops.push((index, self.lines.len().saturating_sub(1)));
    }

    /// The line of the title of layer `index`.
    pub fn top(&self, index: usize) -> usize {
        self.tops.iter().rev().find(|(layer, _)| *layer == index).map_or(0, |(_, line)| *line)
    }

    /// How many boxes are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Adds a line to the innermost open box.
    pub fn line(&mut self, content: &Line) {
        let mut line = Line::of(" ", Ink::Plain);
        line.join(content);
        self.push_framed(&line);
    }

    /// Closes boxes until `depth` of them are open.
    pub fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(level) = self.open.pop() else { return };
            let [line, _, _, _, left, right] = frame(level, self.charset);
            let mut bottom = Line::of(&left.to_string(), Ink::Of(level));
            bottom.fill(line, self.width.saturating_sub(2 * self.open.len() + 2), Ink::Of(level));
            bottom.push(&right.to_string(), Ink::Of(level));
            self.push_framed(&bottom);
        }
    }

    fn push_framed(&mut self, content: &Line) {
        let mut line = Line::default();
        for level in &self.open {
            line.push(&frame(*level, self.charset)[1].to_string(), Ink::Of(*level));
        }
        line.join(content);
        line.reach(self.width.saturating_sub(self.open.len()));
        line.shorten(self.width.saturating_sub(self.open.len()), "");
        for level in self.open.iter().rev() {
            line.push(&frame(*level, self.charset)[1].to_string(), Ink::Of(*level));
        }
        self.lines.push(line);
    }
}
