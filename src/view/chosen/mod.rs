//! The view itself: which packets are listed, which is chosen, and what of it. Nothing here waits: what is looked for
//! is found by threads, and [`View::tick`] learns what they have found.

mod inside;
mod listed;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Goto;
use super::hunt::Hunt;
use super::lit::{Choice, Home};
use super::loaded::Loaded;
use super::reader::Reader;
use super::replay::Replay;
use super::shelf::Shelf;
use super::tree::Open;
use crate::dissect::{Dissection, Field, Protocol, Secrets};
use crate::filter::Filter;

/// One row of the list of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The packet's number.
    pub number: u64,
    /// Whether it is the chosen one.
    pub chosen: bool,
    /// Whether it was marked.
    pub marked: bool,
    /// Whether the search has found it.
    pub found: bool,
}

/// What came of a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// Another packet is chosen now.
    There,
    /// The same, and the search has begun again from the other end.
    Around,
    /// The search has not come to one yet: the next tick may.
    Looking,
    /// There is none.
    Nowhere,
}

/// Where somebody stands, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The chosen packet; 0 where there is none.
    pub number: u64,
    /// Packets so far.
    pub last: u64,
    /// Packets that are listed.
    pub listed: usize,
    /// How much of the file was read, in hundredths; `None` where nobody knows its end.
    pub percent: Option<u8>,
    /// Whether no more packets come.
    pub done: bool,
    /// How much the filter has looked at, in hundredths of the packets so far; `None` without one, or when it is done.
    pub filtered: Option<u8>,
    /// The same of the search.
    pub searched: Option<u8>,
    /// Packets that are gone from the ring.
    pub gone: u64,
    /// Packets that the capture lost.
    pub lost: u64,
    /// Marked packets.
    pub marks: usize,
    /// Packets that have come since the list was paused.
    pub paused: Option<u64>,
}

/// What the list was narrowed to.
struct Narrowed {
    hunt: Hunt,
    words: String,
    /// The filter, to say why a packet matches.
    filter: Option<Filter>,
}

/// See the module.
pub struct View {
    shelf: Arc<Shelf>,
    secrets: Secrets,
    reader: Reader,
    /// Reads the rows, and the chosen packet: each goes its own way through a conversation.
    listing: Replay,
    choosing: Replay,
    scratch: Dissection,
    narrowed: Option<Narrowed>,
    search: Option<(String, Hunt)>,
    /// A search that has not come to its answer.
    seeking: Option<bool>,
    marks: BTreeSet<u64>,
    number: u64,
    /// The packet at which somebody stood when the list was narrowed.
    anchor: u64,
    frozen: Option<u64>,
    /// Whether the newest packet is chosen as it comes.
    tail: bool,
    loaded: Loaded,
    open: Open,
    choice: Option<Choice>,
    /// What was chosen by hand; other packets show the same.
    wanted: Option<(&'static Protocol, Option<&'static Field>)>,
    /// The byte that was chosen by hand.
    byte: Option<(Home, u32)>,
    why: Vec<u32>,
}

impl View {
    /// Looks at these packets. With `tail` it goes along with the newest one.
    pub fn new(shelf: &Arc<Shelf>, secrets: Secrets, tail: bool) -> Self {
        View {
            shelf: Arc::clone(shelf),
            reader: Reader::new(shelf),
            listing: Replay::new(secrets.clone()),
            choosing: Replay::new(secrets.clone()),
            secrets,
            scratch: Dissection::new(),
            narrowed: None,
            search: None,
            seeking: None,
            marks: BTreeSet::new(),
            number: 0,
            anchor: 0,
            frozen: None,
            tail,
            loaded: Loaded::default(),
            open: Open::default(),
            choice: None,
            wanted: None,
            byte: None,
            why: Vec::new(),
        }
    }

    /// The packets.
    pub fn shelf(&self) -> &Arc<Shelf> {
        &self.shelf
    }

    /// Learns what the threads have found since; call it a few times a second. What a waiting search came to.
    pub fn tick(&mut self) -> Option<Jump> {
        let jump = self.seeking.map(|forward| self.find(forward)).filter(|jump| *jump != Jump::Looking);
        let total = self.total();
        if total == 0 {
            return jump;
        }
        if self.tail && self.frozen.is_none() {
            self.last();
            self.tail = true;
        } else if self.number == 0 || self.number < self.shelf.first() {
            self.place(0);
        } else if let Some(narrowed) = &self.narrowed {
            // Where the chosen packet does not match, the next one does that the filter comes to.
            let at = self.position(self.anchor);
            let past = narrowed.hunt.looked() >= self.anchor.min(self.shelf.last());
            if past
                && self.number == self.anchor
                && self.at(at) != Some(self.number)
                && (at < total || narrowed.hunt.is_done())
            {
                self.place(at.min(total - 1));
            }
        }
        jump
    }

    /// The chosen packet and all that was read in it.
    pub fn packet(&self) -> Option<&Loaded> {
        (self.number > 0).then_some(&self.loaded)
    }

    /// Where somebody stands.
    pub fn status(&self) -> Status {
        let last = self.shelf.last();
        let share =
            |hunt: &Hunt| (!hunt.is_done() && hunt.looked() < last).then(|| (hunt.looked() * 100 / last.max(1)) as u8);
        Status {
            number: self.number,
            last,
            listed: self.total(),
            percent: self.shelf.percent(),
            done: self.shelf.is_done(),
            filtered: self.narrowed.as_ref().and_then(|n| share(&n.hunt)),
            searched: self.search.as_ref().and_then(|(_, hunt)| share(hunt)),
            gone: self.shelf.first() - 1,
            lost: self.shelf.lost(),
            marks: self.marks.len(),
            paused: self.frozen.map(|at| last - at.min(last)),
        }
    }

    fn place(&mut self, row: usize) {
        if let Some(number) = self.at(row) {
            self.choose_packet(number);
        }
    }

    fn choose_packet(&mut self, number: u64) {
        if number == self.number || !self.loaded.load(&mut self.reader, &mut self.choosing, number) {
            return;
        }
        (self.number, self.anchor, self.byte) = (number, number, None);
        self.ask_why();
        self.choose_by_itself();
    }

    /// Chooses what was chosen before; or what makes the packet match the filter; or what says most.
    fn choose_by_itself(&mut self) {
        let same = self.wanted.and_then(|(protocol, field)| self.loaded.same(protocol, field));
        let known = same.or_else(|| self.why.first().map(|place| Choice::Node(*place as usize)));
        self.choice = known.or_else(|| self.best());
        if let Some(choice) = known {
            self.open.reveal(&self.loaded.tape, choice);
        }
    }

    /// What is shown of a packet as long as nothing was chosen by hand: the layer that says most.
    fn best(&self) -> Option<Choice> {
        let rows = self.open.rows(&self.loaded.tape);
        rows.iter().rev().find(|r| r.depth == 0 && r.open == Some(true)).or_else(|| rows.last()).map(|r| r.choice)
    }

    fn ask_why(&mut self) {
        self.why.clear();
        if let Some(filter) = self.narrowed.as_ref().and_then(|n| n.filter.as_ref()) {
            filter.why(&self.loaded.packet(), &self.loaded.tape, &mut self.why);
        }
    }

    /// Goes so many rows down, or up.
    pub fn by(&mut self, rows: isize) {
        self.tail = false;
        let total = self.total();
        if total > 0 {
            let at = self.position(self.number);
            self.place(at.saturating_add_signed(rows).min(total - 1));
            // At the end of a live list one goes along with it again.
            self.tail = rows > 0 && !self.shelf.is_done() && self.position(self.number) + 1 >= self.total();
        }
    }

    /// Goes to the first packet of the list.
    pub fn first(&mut self) {
        self.tail = false;
        self.place(0);
    }

    /// Goes to the last one; while packets come, along with them.
    pub fn last(&mut self) {
        self.tail = !self.shelf.is_done();
        self.place(self.total().saturating_sub(1));
    }

    /// Goes to a number or a time; to the nearest packet that is listed.
    pub fn go(&mut self, to: Goto) -> Jump {
        let mut number = None;
        match to {
            Goto::Number(wanted) => {
                number = (self.shelf.first()..=self.shelf.last()).contains(&wanted).then_some(wanted);
            }
            Goto::After(_) | Goto::Clock(_) => {
                let first = self.shelf.entry(self.shelf.first()).and_then(|e| e.time());
                let Some(first) = first else { return Jump::Nowhere };
                let wanted = match to {
                    Goto::After(nanos) => first.saturating_add(nanos),
                    Goto::Clock(nanos) | Goto::Number(nanos) => first - first % DAY + nanos,
                };
                self.shelf.each(1, |at, entry| {
                    number = entry.time().is_some_and(|time| time >= wanted).then_some(at);
                    number.is_none()
                });
            }
        }
        let total = self.total();
        let Some(number) = number.filter(|_| total > 0) else { return Jump::Nowhere };
        self.tail = false;
        self.place(self.position(number).min(total - 1));
        Jump::There
    }

    /// Goes to this row of the list.
    pub fn go_to_row(&mut self, row: usize) {
        self.tail = false;
        self.place(row.min(self.total().saturating_sub(1)));
    }

    /// Marks the chosen packet, or takes its mark away.
    pub fn mark(&mut self) {
        if self.number > 0 && !self.marks.remove(&self.number) {
            self.marks.insert(self.number);
        }
    }

    /// The marked packets.
    pub fn marks(&self) -> &BTreeSet<u64> {
        &self.marks
    }

    /// Stops the list, or lets it go on; the capture goes on meanwhile.
    pub fn pause(&mut self) {
        self.frozen = if self.frozen.is_some() { None } else { Some(self.shelf.last()) };
    }
}

/// Nanoseconds of a day.
const DAY: u64 = 86_400_000_000_000;
