//! What a program did, between the arrows: packets are what the wire carried, this is what the programs noticed.

use super::{Ladder, milliseconds};
use crate::render::Charset;
use crate::render::cake::{Ink, Line, clean, wrap};

/// Rows of what a program did.
const ROWS: usize = 4;

/// Something that a program did or noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Nanoseconds since 1970, as packets have them.
    pub time: u64,
    /// Who: "server".
    pub who: String,
    /// What: "reads "Hel"", "may not send: the window is shut".
    pub what: String,
    /// What it means, for those who step; may be empty.
    pub why: String,
    /// Whether something went wrong.
    pub alarm: bool,
}

impl Told {
    /// In a sentence.
    pub(super) fn sentence(&self, first: u64, charset: Charset) -> String {
        let words = format!("{} ms, the {} {}.", milliseconds(self.time, first), self.who, self.what);
        clean(&words, charset)
    }
}

impl Ladder {
    /// Its rows: at the place of the remarks, with a mark that packets do not have.
    pub(super) fn told(&mut self, told: &Told) -> Vec<Line> {
        let first = self.first.unwrap_or(told.time);
        let (_, remarks_at) = self.places();
        let mark = if told.alarm { "!" } else { self.style.pick("●", "*") };
        let words = clean(&format!("{mark} {} {}", told.who, told.what), self.style.charset);
        let ink = if told.alarm { Ink::Alarm } else { Ink::Title(crate::dissect::Level::Application) };
        let room = self.style.width.saturating_sub(remarks_at);
        let mut lines: Vec<Line> = self.silence(Some(told.time)).into_iter().collect();
        for (row, text) in wrap(&words, room).into_iter().take(ROWS).enumerate() {
            let mut line = self.row((row == 0).then(|| milliseconds(told.time, first)));
            line.put(remarks_at, &text, ink);
            lines.push(line);
        }
        lines
    }
}
