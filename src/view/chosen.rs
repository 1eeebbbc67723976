//! The view itself: which packets are listed, which is chosen, and what of it. Nothing here waits: what is looked for
//! is found by threads, and [`View::tick`] learns what they have found.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Goto;
use super::hunt::{Hunt, Query};
use super::lit::{Choice, Home, Lit, choose};
use super::loaded::{Explained, Loaded};
use super::reader::Reader;
use super::replay::Replay;
use super::shelf::Shelf;
use super::tree::{Open, TreeRow};
use crate::dissect::{Dissection, Field, Packet, Protocol, Secrets};
use crate::filter::{self, Filter};
use crate::protocols;

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

    // Which packets are listed.

    fn bound(&self) -> u64 {
        self.frozen.unwrap_or(u64::MAX).min(self.shelf.last())
    }

    /// How many packets are listed.
    pub fn total(&self) -> usize {
        let (first, last) = (self.shelf.first(), self.bound());
        match &self.narrowed {
            None => (last + 1).saturating_sub(first) as usize,
            Some(narrowed) => {
                let numbers = narrowed.hunt.numbers();
                let below = |limit: u64| numbers.partition_point(|n| u64::from(*n) < limit);
                below(last + 1).saturating_sub(below(first))
            }
        }
    }

    /// The packet in this row of the list, counted from 0.
    pub fn at(&self, row: usize) -> Option<u64> {
        let (first, last) = (self.shelf.first(), self.bound());
        let number = match &self.narrowed {
            None => first + row as u64,
            Some(narrowed) => {
                let numbers = narrowed.hunt.numbers();
                let gone = numbers.partition_point(|n| u64::from(*n) < first);
                u64::from(*numbers.get(gone + row)?)
            }
        };
        (number <= last).then_some(number)
    }

    /// The numbers of the packets that are listed, as far as they were found; `None` where all are.
    pub fn listed(&self) -> Option<Vec<u32>> {
        self.narrowed.as_ref().map(|n| n.hunt.numbers().clone())
    }

    /// The row of this packet, or of the next one that is listed.
    pub fn position(&self, number: u64) -> usize {
        let first = self.shelf.first();
        match &self.narrowed {
            None => number.saturating_sub(first) as usize,
            Some(narrowed) => {
                let numbers = narrowed.hunt.numbers();
                let below = |limit: u64| numbers.partition_point(|n| u64::from(*n) < limit);
                below(number).saturating_sub(below(first))
            }
        }
    }

    /// The rows from this one on.
    pub fn rows(&self, from: usize, count: usize) -> Vec<Row> {
        let found = self.search.as_ref().map(|(_, hunt)| hunt.numbers());
        let rows = (from..from + count).map_while(|row| self.at(row));
        rows.map(|number| Row {
            number,
            chosen: number == self.number,
            marked: self.marks.contains(&number),
            found: u32::try_from(number).is_ok_and(|n| found.as_ref().is_some_and(|f| f.binary_search(&n).is_ok())),
        })
        .collect()
    }

    /// Shows a packet of the list, read within its conversation; whether it is there. Best asked in the order of the list.
    pub fn read(&mut self, number: u64, see: impl FnOnce(&Packet<'_>, &Dissection)) -> bool {
        if self.listing.read(&mut self.reader, number, &mut self.scratch).is_none() {
            return false;
        }
        let Some((packet, _)) = self.reader.packet(number) else { return false };
        see(&packet, &self.scratch);
        true
    }

    // Which packet is chosen.

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

    // Which of them are listed.

    /// Lists only packets that match; all of them again where the text is empty.
    ///
    /// # Errors
    /// The text is no filter: the list stays as it is.
    pub fn narrow(&mut self, text: &str) -> Result<(), filter::Error> {
        if text.trim().is_empty() {
            self.widen();
            return Ok(());
        }
        let (hunting, filter) = (Filter::parse(text, protocols::index())?, Filter::parse(text, protocols::index())?);
        self.begin(Query::Filter(hunting), text.trim().to_owned(), Some(filter));
        Ok(())
    }

    /// Lists only the conversation of the chosen packet; whether it has one.
    pub fn follow(&mut self) -> bool {
        let flow = self.packet().map_or(0, |p| p.flow);
        if flow > 0 {
            self.begin(Query::Flow(flow), format!("conversation {flow}"), None);
        }
        flow > 0
    }

    /// Lists all packets again.
    pub fn widen(&mut self) {
        self.narrowed = None;
        self.why.clear();
    }

    fn begin(&mut self, query: Query, words: String, filter: Option<Filter>) {
        self.anchor = self.number;
        let hunt = Hunt::begin(&self.shelf, query, self.secrets.clone());
        self.narrowed = Some(Narrowed { hunt, words, filter });
        self.ask_why();
        if self.number > 0 && !self.why.is_empty() {
            self.choose_by_itself();
        }
    }

    /// What the list is narrowed to.
    pub fn narrowed(&self) -> Option<&str> {
        self.narrowed.as_ref().map(|n| n.words.as_str())
    }

    /// The fields that make the chosen packet match the filter, by their place in [`Dissection::nodes`].
    pub fn why(&self) -> &[u32] {
        &self.why
    }

    /// Looks for packets in which this text is, or that it names: a protocol, a flag, a value, a filter.
    pub fn search(&mut self, text: &str) -> Jump {
        let text = text.trim();
        if text.is_empty() {
            (self.search, self.seeking) = (None, None);
            return Jump::Nowhere;
        }
        let named = filter::lookup(text, protocols::index()).into_iter().map(|found| found.filter());
        let exact = |key: &String| key.rsplit('.').next().is_some_and(|k| k.eq_ignore_ascii_case(text));
        let mut written = std::iter::once(text.to_owned()).chain(named.filter(exact).take(1));
        let also = written.find_map(|text| Filter::parse(&text, protocols::index()).ok());
        let query = Query::Text(text.to_ascii_lowercase().into_bytes(), also);
        self.search = Some((text.to_owned(), Hunt::begin(&self.shelf, query, self.secrets.clone())));
        self.find(true)
    }

    /// What is searched for.
    pub fn searched(&self) -> Option<&str> {
        self.search.as_ref().map(|(text, _)| text.as_str())
    }

    /// Goes to the next packet of the list that the search has found, or to the one before.
    pub fn find(&mut self, forward: bool) -> Jump {
        let Some((_, hunt)) = &self.search else { return Jump::Nowhere };
        // Asked before the numbers: what comes between is found by the next tick.
        let (done, looked) = (hunt.is_done() || hunt.looked() >= self.bound(), hunt.looked());
        let numbers = hunt.numbers();
        let listed = |n: &&u32| self.at(self.position(u64::from(**n))) == Some(u64::from(**n));
        let split = numbers.partition_point(|n| u64::from(*n) <= self.number);
        let before = numbers.partition_point(|n| u64::from(*n) < self.number);
        let (next, other) = if forward {
            (numbers[split..].iter().find(listed), numbers[..split].iter().find(listed))
        } else {
            (numbers[..before].iter().rev().find(listed), numbers[before..].iter().rev().find(listed))
        };
        let ready = if forward { next.is_some() || done } else { done || looked >= self.number };
        let (to, jump) = match (next, other) {
            (Some(next), _) if ready => (Some(*next), Jump::There),
            (None, Some(other)) if done => (Some(*other), Jump::Around),
            _ if !done => (None, Jump::Looking),
            _ => (None, Jump::Nowhere),
        };
        drop(numbers);
        self.seeking = (jump == Jump::Looking).then_some(forward);
        if let Some(number) = to {
            self.tail = false;
            self.choose_packet(u64::from(number));
        }
        jump
    }

    // What of the packet is chosen.

    /// The layers and fields of the chosen packet that are to be seen.
    pub fn tree(&self) -> Vec<TreeRow> {
        self.packet().map(|p| self.open.rows(&p.tape)).unwrap_or_default()
    }

    /// What is chosen of the packet.
    pub fn choice(&self) -> Option<Choice> {
        self.choice
    }

    /// Chooses a layer or a field; it is opened to be seen.
    pub fn choose(&mut self, choice: Choice) {
        if let Some(what) = self.loaded.what(choice) {
            (self.choice, self.wanted, self.byte) = (Some(choice), Some(what), None);
            self.open.reveal(&self.loaded.tape, choice);
        }
    }

    /// Goes so many rows of the tree down, or up.
    pub fn tree_by(&mut self, rows: isize) {
        let tree = self.tree();
        let at = tree.iter().position(|r| Some(r.choice) == self.choice).unwrap_or(0);
        if let Some(row) = tree.get(at.saturating_add_signed(rows).min(tree.len().saturating_sub(1))) {
            self.choose(row.choice);
        }
    }

    /// Opens or closes what is chosen. Where there is nothing to open or close, goes to what is inside, or around it.
    pub fn open(&mut self, open: bool) {
        let tree = self.tree();
        let Some(at) = tree.iter().position(|r| Some(r.choice) == self.choice) else { return };
        match (tree[at].open, open) {
            (Some(is), wanted) if is != wanted => self.open.set(&self.loaded.tape, tree[at].choice, wanted),
            (Some(true), true) => self.tree_by(1),
            (_, false) => {
                let around = tree[..at].iter().rev().find(|r| r.depth < tree[at].depth);
                if let Some(around) = around {
                    self.choose(around.choice);
                }
            }
            _ => {}
        }
    }

    /// Opens or closes all layers.
    pub fn open_all(&mut self, open: bool) {
        self.open.all(open);
        if let (Some(Choice::Node(place)), false) = (self.choice, open)
            && let Some(node) = self.loaded.tape.nodes.get(place)
        {
            self.choose(Choice::Layer(usize::from(node.layer)));
        }
    }

    /// Chooses what explains this byte best.
    pub fn choose_byte(&mut self, home: Home, at: u32) {
        if let Some(choice) = choose(home, at, &self.loaded.tape) {
            self.choose(choice);
            self.byte = Some((home, at));
        }
    }

    /// Goes so many bytes on, or back, from the byte that was chosen, or from the first that is lit.
    pub fn byte_by(&mut self, bytes: isize) {
        let Some(lit) = self.lit() else { return };
        let (home, at) = self.byte.unwrap_or((lit.home, lit.at.start));
        let most = self.bytes(home).len().saturating_sub(1);
        let next = (at as usize).saturating_add_signed(bytes).min(most);
        self.choose_byte(home, next as u32);
        self.byte = Some((home, next as u32));
    }

    /// The byte that was chosen by hand.
    pub fn byte(&self) -> Option<(Home, u32)> {
        self.byte
    }

    /// The bytes that places of this home count in.
    pub fn bytes(&self, home: Home) -> &[u8] {
        match home {
            Home::Packet => self.loaded.packet_bytes(),
            Home::Joined => &self.loaded.tape.joined,
            Home::Made => &self.loaded.tape.made,
        }
    }

    /// The bytes that are lit.
    pub fn lit(&self) -> Option<Lit> {
        self.packet().and_then(|p| Some(Lit::of(self.choice?, &p.tape)))
    }

    /// What is explained.
    pub fn explained(&self) -> Option<Explained> {
        self.packet()?.explained(self.choice?)
    }

    /// What is chosen as a filter that matches the packet.
    pub fn as_filter(&self) -> Option<String> {
        self.packet()?.as_filter(self.choice?)
    }
}

/// Nanoseconds of a day.
const DAY: u64 = 86_400_000_000_000;
