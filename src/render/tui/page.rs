//! A page of text to read: a ladder, a table of conversations, statistics, the keys. Our own colours stay.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};

use super::look::{Look, Theme};
use super::text::Pen;

/// A text that is scrolled.
#[derive(Debug, Default)]
pub struct Page {
    /// What it is.
    pub title: String,
    /// Its lines, as a renderer wrote them.
    pub lines: Vec<String>,
    /// The first line that is to be seen.
    pub top: usize,
}

impl Page {
    /// A page of what a renderer wrote.
    pub fn new(title: &str, text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        Page { title: title.to_owned(), lines: text.lines().map(str::to_owned).collect(), top: 0 }
    }

    /// Goes so many lines down, or up, in a window of this height.
    pub fn by(&mut self, lines: isize, window: u16) {
        let most = self.lines.len().saturating_sub(usize::from(window.saturating_sub(2)));
        self.top = self.top.saturating_add_signed(lines).min(most);
    }

    /// Draws it, with a line above that says what it is and one below with the keys.
    pub fn draw(&self, look: &Look, keys: &[(&str, &str)], area: Rect, buffer: &mut Buffer) {
        let mut pen = Pen { look, buffer };
        pen.clear(area);
        let height = area.height.saturating_sub(2);
        let seen = self.lines.len().min(self.top + usize::from(height));
        let standing = match self.lines.len() {
            0 => String::new(),
            all => format!("lines {} to {seen} of {all}", self.top + 1),
        };
        super::bar(&mut pen, Rect { height: 1, ..area }, &self.title, &standing);
        for (y, line) in (area.y + 1..area.y + 1 + height).zip(self.lines.iter().skip(self.top)) {
            coloured(&mut pen, area.x, y, line, area.width);
        }
        super::foot(&mut pen, Rect { y: area.bottom().saturating_sub(1), height: 1, ..area }, None, keys);
    }
}

/// Writes a line in which our own colours stand: only those few codes are understood, all else is text.
fn coloured(pen: &mut Pen<'_>, x: u16, y: u16, line: &str, width: u16) {
    let (mut at, mut style) = (x, Style::default());
    let mut rest = line;
    while !rest.is_empty() && at < x + width {
        let (text, behind) = match rest.split_once("\x1b[") {
            Some((text, behind)) => (text, behind),
            None => (rest, ""),
        };
        at += pen.put(at, y, text, x + width - at, style);
        let Some((code, behind)) = behind.split_once('m') else { return };
        style = code.parse().map_or(style, |code| dress(style, code, pen.look.theme));
        rest = behind;
    }
}

fn dress(style: Style, code: u8, theme: Theme) -> Style {
    match code {
        0 => Style::default(),
        1 => style.add_modifier(Modifier::BOLD),
        7 => style.add_modifier(Modifier::REVERSED),
        30..=37 if theme != Theme::Mono => style.fg(Color::Indexed(code - 30)),
        _ => style,
    }
}
