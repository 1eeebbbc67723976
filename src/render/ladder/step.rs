//! `ladder --step`: one arrow, or one thing that a program did, per key press, and below the picture what the arrow means.
//! Not here: reading keys and writing to the terminal (`cli`).

use super::{Arrow, Item, Told};
use crate::render::cake::{Ink, Line, clean, wrap, write};
use crate::render::step::{Action, Key, Screens};
use crate::render::{Style, View};

/// Lines that a screen has.
const LINES: usize = 24;
/// Lines for what the arrow means.
const MEANING: usize = 7;
/// Most arrows that are kept for stepping.
pub const MAX_ARROWS: usize = 10_000;

/// The arrows of a conversation, one after another.
pub struct Ladder {
    note: Option<String>,
    pub(super) items: Vec<Item>,
    summary: super::Summary,
    facts: super::Hosts,
    current: usize,
}

impl Ladder {
    /// No arrow yet; `note` is said in the heading.
    pub fn new(style: Style, note: Option<&str>) -> Self {
        Ladder {
            note: note.map(str::to_owned),
            items: Vec::new(),
            summary: super::Summary::new(Style { color: false, ..style }, None),
            facts: super::Hosts::default(),
            current: 0,
        }
    }

    /// Takes one more packet; false when there are too many.
    pub fn add(&mut self, view: View<'_>) -> bool {
        self.facts.learn(view);
        super::add(&mut self.items, Arrow::of(view, &mut self.summary));
        self.items.len() < MAX_ARROWS
    }

    /// Takes what a program did.
    pub fn tell(&mut self, told: Told) {
        if self.items.len() < MAX_ARROWS {
            self.items.push(Item::Told(told));
        }
    }

    /// Whether there is nothing to step through.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What the present arrow means, in sentences.
    fn meaning(&self, ladder: &super::Ladder, style: Style) -> Vec<Line> {
        let Some(item) = self.items.get(self.current) else { return Vec::new() };
        let mut lines = Vec::new();
        let room = style.width.saturating_sub(2);
        let mut say = |text: &str, ink: Ink| {
            for row in wrap(&clean(text, style.charset), room) {
                lines.push(Line::of(&format!(" {row}"), ink));
            }
        };
        match item {
            Item::Arrow(arrow) => {
                say(&arrow.sentence(&ladder.hosts, ladder.first, style.charset), Ink::Title(arrow.level));
                for remark in &arrow.remarks {
                    say(remark.field.explain, Ink::Plain);
                }
            }
            Item::Told(told) => {
                let first = ladder.first.unwrap_or(told.time);
                say(&told.sentence(first, style.charset), Ink::Title(crate::dissect::Level::Application));
                say(&told.why, Ink::Plain);
            }
        }
        lines.truncate(MEANING);
        lines
    }
}

impl Screens for Ladder {
    fn key(&mut self, key: Key, _style: Style) -> Action {
        let before = self.current;
        let last = self.items.len().saturating_sub(1);
        self.current = match key {
            Key::Next => (self.current + 1).min(last),
            Key::Back => self.current.saturating_sub(1),
            Key::First => 0,
            Key::Last => last,
            Key::Quit => return Action::Quit,
        };
        if self.current == before { Action::Stay } else { Action::Draw }
    }

    fn screen(&self, style: Style) -> Vec<u8> {
        let mut ladder = super::Ladder::new(style, self.note.as_deref(), false);
        let style = ladder.style;
        ladder.hosts = self.facts.clone();
        ladder.hosts.choose(
            super::arrows(&self.items[..self.items.len().min(super::AHEAD)]),
            super::draw::most_columns(style.width),
        );
        let head = ladder.head();
        // Only what fits is drawn; the times count from the first packet of all.
        ladder.first = self.items.first().and_then(Item::time);
        let from = self.current.saturating_sub(LINES);
        let mut blocks = Vec::new();
        for item in self.items.iter().take(self.current + 1).skip(from) {
            blocks.extend(ladder.block(item));
        }
        let room = LINES - MEANING - 2 - head.len();
        let blocks = blocks.split_off(blocks.len().saturating_sub(room));
        let mut lines = head;
        lines.extend(blocks);
        lines.resize_with(LINES - MEANING - 1, Line::default);
        lines.extend(self.meaning(&ladder, style));
        lines.resize_with(LINES - 1, Line::default);
        let next = if self.current + 1 < self.items.len() { "[space] next" } else { "that was all" };
        let back = if self.current > 0 { "  [b] back" } else { "" };
        let mut keys = Line::of(&format!(" {next}{back}  [q] quit"), Ink::Plain);
        let place = format!("{} of {} ", self.current + 1, self.items.len());
        keys.put(style.width.saturating_sub(place.len()), &place, Ink::Faint);
        lines.push(keys);
        let mut out = Vec::new();
        write(&lines, style, &mut out);
        out.pop(); // no line end after the last line: the terminal would scroll
        out
    }
}
