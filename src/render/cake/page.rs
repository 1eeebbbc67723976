//! Lines of cells: every character knows its column and what it belongs to, so that frames, labels
//! and colours can be laid over each other and still meet to the column.
//! Not here: what the characters mean.

use unicode_width::UnicodeWidthChar;

use crate::dissect::Level;
use crate::render::Charset;

/// What a character belongs to; decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// The terminal's own colour.
    Plain,
    /// Bytes that carry no label, asides.
    Faint,
    /// Frame, title and labels of a layer.
    Of(Level),
    /// Title of a layer.
    Title(Level),
    /// A finding.
    Alarm,
}

impl Ink {
    /// The ANSI sequence that begins it; empty for the terminal's own colour.
    const fn code(self) -> &'static str {
        match self {
            Ink::Plain | Ink::Of(Level::Physical) => "",
            Ink::Faint => "\x1b[2m",
            Ink::Of(Level::Link) => "\x1b[34m",
            Ink::Of(Level::Network) => "\x1b[36m",
            Ink::Of(Level::Transport) => "\x1b[35m",
            Ink::Title(Level::Link) => "\x1b[1;34m",
            Ink::Title(Level::Network) => "\x1b[1;36m",
            Ink::Title(Level::Transport) => "\x1b[1;35m",
            Ink::Of(Level::Application) | Ink::Title(_) => "\x1b[1m",
            Ink::Alarm => "\x1b[1;33m",
        }
    }
}

/// Stands behind a character that is two columns wide.
const COVERED: char = '\0';

/// One line of the picture.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    cells: Vec<(char, Ink)>,
}

impl Line {
    /// A line that begins with `text`.
    pub(crate) fn of(text: &str, ink: Ink) -> Self {
        let mut line = Line::default();
        line.push(text, ink);
        line
    }

    /// Columns taken.
    pub(crate) fn width(&self) -> usize {
        self.cells.len()
    }

    /// Appends text, which must come from [`clean`] or from this program.
    pub(crate) fn push(&mut self, text: &str, ink: Ink) {
        for c in text.chars() {
            self.cells.push((c, ink));
            if c.width() == Some(2) {
                self.cells.push((COVERED, ink));
            }
        }
    }

    /// Appends a character `times` times.
    pub(crate) fn fill(&mut self, c: char, times: usize, ink: Ink) {
        self.cells.extend(std::iter::repeat_n((c, ink), times));
    }

    /// Appends another line.
    pub(crate) fn join(&mut self, other: &Line) {
        self.cells.extend_from_slice(&other.cells);
    }

    /// The part of the line that begins at `column`.
    pub(crate) fn from(&self, column: usize) -> Line {
        Line { cells: self.cells.get(column..).unwrap_or_default().to_vec() }
    }

    /// Lays `text` over the line, beginning at `column`; the line grows where it must.
    pub(crate) fn put(&mut self, column: usize, text: &str, ink: Ink) {
        let laid = Line::of(text, ink);
        self.reach(column + laid.width());
        for (cell, new) in self.cells.iter_mut().skip(column).zip(laid.cells) {
            *cell = new;
        }
    }

    /// Grows to `width` with spaces.
    pub(crate) fn reach(&mut self, width: usize) {
        if self.width() < width {
            self.cells.resize(width, (' ', Ink::Plain));
        }
    }

    /// Shortens to `width`; `mark` at the end says so.
    pub(crate) fn shorten(&mut self, width: usize, mark: &str) {
        if self.width() <= width {
            return;
        }
        let keep = width.saturating_sub(mark.chars().count());
        if self.cells.get(keep).is_some_and(|(c, _)| *c == COVERED) {
            // Half of a wide character cannot be shown.
            if let Some(cell) = self.cells.get_mut(keep.saturating_sub(1)) {
                cell.0 = ' ';
            }
        }
        let ink = self.cells.get(keep).map_or(Ink::Plain, |(_, ink)| *ink);
        self.cells.truncate(keep);
        self.push(mark, ink);
        self.cells.truncate(width);
    }

    /// Appends the line to `out`, without spaces at its end.
    pub(crate) fn write(&self, color: bool, out: &mut Vec<u8>) {
        let end = self.cells.iter().rposition(|(c, _)| *c != ' ').map_or(0, |last| last + 1);
        let mut current = "";
        let mut bytes = [0; 4];
        for (c, ink) in self.cells.iter().take(end).filter(|(c, _)| *c != COVERED) {
            // A space shows no colour: it goes on with the one before.
            let code = if color && *c != ' ' { ink.code() } else { current };
            if code != current {
                if !current.is_empty() {
                    out.extend_from_slice(b"\x1b[0m");
                }
                out.extend_from_slice(code.as_bytes());
                current = code;
            }
            out.extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
        }
        if !current.is_empty() {
            out.extend_from_slice(b"\x1b[0m");
        }
        out.push(b'\n');
    }
}

/// Columns that cleaned text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Text whose every character has a width of its own and exists in `charset`; the others are escaped.
/// Values come escaped already: this is the second lock on the same door.
pub(crate) fn clean(text: &str, charset: Charset) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => out.push(c),
            _ if charset == Charset::Ascii => spell(c, &mut out),
            _ if c.width().unwrap_or(0) == 0 || matches!(c, '\u{2028}' | '\u{2029}') => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
    }
    out
}

fn spell(c: char, out: &mut String) {
    match c {
        '→' => out.push_str("->"),
        '…' => out.push_str("..."),
        '·' | '•' => out.push('.'),
        '×' => out.push('x'),
        '–' | '—' => out.push('-'),
        '‘' | '’' => out.push('\''),
        '“' | '”' => out.push('"'),
        'µ' => out.push('u'),
        '§' => out.push_str("section "),
        _ => out.extend(c.escape_unicode()),
    }
}

/// Breaks cleaned text into lines of at most `width` columns, between words where it can.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for word in text.split(' ') {
        let length = columns(word);
        if taken > 0 && taken + 1 + length <= width {
            if let Some(line) = lines.last_mut() {
                line.push(' ');
            }
            taken += 1;
        } else if taken > 0 {
            lines.push(String::new());
            taken = 0;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if taken + wide > width {
                lines.push(String::new());
                taken = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            taken += wide;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_character_covers_two_columns_and_is_never_halved() {
        let mut line = Line::of("ab漢字", Ink::Plain);
        assert_eq!(line.width(), 6);
        line.shorten(4, "~");
        let mut out = Vec::new();
        line.write(false, &mut out);
        assert_eq!(out, b"ab ~\n");
    }

    #[test]
    fn characters_that_move_the_cursor_or_have_no_width_are_spelled_out() {
        assert_eq!(clean("a\u{1b}[31m\u{200f}", Charset::Unicode), "a\\u{1b}[31m\\u{200f}");
        assert_eq!(clean("a → é", Charset::Ascii), "a -> \\u{e9}");
    }

    #[test]
    fn text_breaks_between_words_and_long_words_break_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
    }

    #[test]
    fn taking_the_colours_away_leaves_the_same_text() {
        let mut line = Line::of("x", Ink::Of(Level::Link));
        line.push(" ", Ink::Plain);
        line.push("y", Ink::Alarm);
        let (mut plain, mut colored) = (Vec::new(), Vec::new());
        line.write(false, &mut plain);
        line.write(true, &mut colored);
        assert_eq!(plain, b"x y\n");
        assert_eq!(colored, b"\x1b[34mx \x1b[0m\x1b[1;33my\x1b[0m\n");
    }
}
