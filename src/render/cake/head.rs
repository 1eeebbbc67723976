//! Above the boxes: which packet this is, and what is left of layer 1.

use super::Picture;
use super::boxes::glyphs;
use super::page::{Ink, Line, clean, wrap};
use super::rows::{plural, thousands};
use crate::dissect::{Direction, Level, Show};
use crate::render::Charset;

impl Picture<'_> {
    /// What the capture knows of the packet: number, time, length, source. The time gives way where `room`
    /// is too narrow for all.
    pub(in crate::render) fn heading(&self, note: Option<&str>, room: usize) -> Line {
        let mut line = self.head(note, true);
        if line.width() > room {
            line = self.head(note, false);
        }
        line.shorten(room, glyphs(self.style.charset).more);
        line
    }

    fn head(&self, note: Option<&str>, timed: bool) -> Line {
        let (view, dot) = (self.words.view, if self.style.charset == Charset::Ascii { "-" } else { "·" });
        let mut line = Line::of(&format!(" packet {}", view.packet.number), Ink::Title(Level::Physical));
        let mut add = |text: &str| line.push(&format!(" {dot} {text}"), Ink::Plain);
        for node in view.tape.nodes_of(0) {
            if timed && matches!(node.field.show, Show::Time) {
                add(&self.words.value(node));
            }
        }
        let (length, kept) = (view.packet.length as usize, view.packet.bytes.len());
        add(&format!("{} {}", thousands(length), plural(length)));
        if kept < length {
            add(&format!("{} kept", thousands(kept)));
        }
        if let Some(note) = note {
            add(&clean(note, self.style.charset));
        }
        line
    }

    /// Layer 1: all that is left of it.
    pub(in crate::render) fn physical(&self) -> Vec<Line> {
        let view = self.words.view;
        let bits = thousands(view.packet.length as usize * 8);
        let way = match view.packet.direction {
            Direction::Unknown => "",
            Direction::In => " received",
            Direction::Out => " sent",
            Direction::Passing => " passing by",
        };
        let text = format!("{bits} bits{way}; gone before the capture: the card already made bytes.");
        let title = " 1 PHYSICAL  ";
        let mut lines = Vec::new();
        let room = self.style.width.saturating_sub(title.len());
        let loud = view.tape.nodes_of(0).iter().filter(|n| !n.field.quiet && !matches!(n.field.show, Show::Unit(_)));
        let remarks = loud.map(|n| self.words.label(n)).flat_map(|text| wrap(&text, room));
        for (number, part) in wrap(&text, room).into_iter().chain(remarks).enumerate() {
            let mut line = Line::of(if number == 0 { title } else { "" }, Ink::Title(Level::Physical));
            line.reach(title.len());
            line.push(&part, Ink::Plain);
            lines.push(line);
        }
        lines
    }
}
