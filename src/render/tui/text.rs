//! Writing into cells: nothing that comes from a packet can leave its place or steer the terminal.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::look::Look;
use crate::render::value::is_visible;
use crate::render::{Charset, wrap};

pub(super) struct Pen<'a> {
    pub look: &'a Look,
    pub buffer: &'a mut Buffer,
}

impl Pen<'_> {
    pub fn clear(&mut self, area: Rect) {
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// Columns that the text takes.
    pub fn width(&self, text: &str) -> u16 {
        u16::try_from(self.spelled(text).width()).unwrap_or(u16::MAX)
    }

    fn spelled<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        if self.look.charset == Charset::Ascii && !text.is_ascii() { wrap::spell(text).into() } else { text.into() }
    }

    /// Writes the text in at most `room` columns; one that is too long ends with dots. Gives the columns that it took.
    pub fn put(&mut self, x: u16, y: u16, text: &str, room: u16, style: Style) -> u16 {
        let text = self.spelled(text);
        let cut = text.width() > usize::from(room);
        let dots = if cut { self.look.pick("…", "...") } else { "" };
        let most = usize::from(room).saturating_sub(dots.width());
        let mut shown = String::new();
        let mut used = 0;
        for c in text.chars() {
            let c = if is_visible(c) { c } else { '?' };
            used += c.width().unwrap_or(0);
            if used > most {
                break;
            }
            shown.push(c);
        }
        shown.push_str(if usize::from(room) >= dots.width() { dots } else { "" });
        if !self.buffer.area.contains(ratatui_core::layout::Position { x, y }) {
            return 0;
        }
        // Nothing is left of what stood there: not its colour either.
        let style = Style::reset().patch(style);
        let (end, _) = self.buffer.set_stringn(x, y, &shown, usize::from(room), style);
        end - x
    }
}
