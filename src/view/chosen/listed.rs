//! Which packets are listed: all, those that a filter lets through, one conversation; and the search among them.

use super::{Jump, Narrowed, Row, View};
use crate::dissect::{Dissection, Packet};
use crate::filter::{self, Filter};
use crate::protocols;
use crate::view::hunt::{Hunt, Query};

impl View {
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
}
