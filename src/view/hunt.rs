//! Which packets match: found by a thread of its own that reads the capture from its beginning to its end, and goes on
//! while packets come. What it has found so far can be looked at meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use super::reader::Reader;
use super::shelf::Shelf;
use crate::dissect::{Dissection, Packet, Secrets};
use crate::filter::Filter;
use crate::flow::Tracker;
use crate::protocols;

/// Packets between two looks at whether somebody still waits.
const TOGETHER: u64 = 256;
/// How long it waits for more packets.
const PAUSE: Duration = Duration::from_millis(20);

/// What is looked for.
#[derive(Debug)]
pub enum Query {
    /// Packets that match.
    Filter(Filter),
    /// Packets in which these bytes are, in any case, or that match. Also in what was unmasked, unpacked or decrypted.
    Text(Vec<u8>, Option<Filter>),
    /// Packets of this conversation.
    Flow(u32),
}

impl Query {
    fn matches(&self, packet: &Packet<'_>, tape: &Dissection) -> bool {
        match self {
            Query::Filter(filter) => filter.matches(packet, tape),
            Query::Text(text, filter) => {
                filter.as_ref().is_some_and(|f| f.matches(packet, tape))
                    || [packet.bytes, &tape.made, &tape.joined].into_iter().any(|bytes| holds(bytes, text))
            }
            Query::Flow(_) => false, // the index knows
        }
    }
}

/// Whether `text`, which is in lower case, is somewhere in `bytes`, in any case of ASCII letters.
fn holds(bytes: &[u8], text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else { return false };
    let tail = |at: usize| bytes.get(at + 1..at + 1 + rest.len());
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), bytes)
        .any(|at| tail(at).is_some_and(|t| t.eq_ignore_ascii_case(rest)))
}

#[derive(Default)]
struct Found {
    numbers: RwLock<Vec<u32>>,
    looked: AtomicU64,
    done: AtomicBool,
    stop: AtomicBool,
}

/// A set of packets that grows while it is looked at; the search ends when this is dropped.
pub struct Hunt {
    found: Arc<Found>,
}

impl Drop for Hunt {
    fn drop(&mut self) {
        self.found.stop.store(true, Ordering::Relaxed);
    }
}

impl Hunt {
    /// Begins to look.
    pub fn begin(shelf: &Arc<Shelf>, query: Query, secrets: Secrets) -> Self {
        let found = Arc::new(Found::default());
        let (theirs, shelf) = (Arc::clone(&found), Arc::clone(shelf));
        let began = std::thread::Builder::new().name("hunt".to_owned()).spawn(move || match query {
            Query::Flow(flow) => theirs.members(&shelf, flow),
            query => theirs.read(&shelf, &query, secrets),
        });
        if began.is_err() {
            // Without a thread nothing is found, and it says so at once. Else the thread says it, and may already have.
            found.done.store(true, Ordering::Release);
        }
        Hunt { found }
    }

    /// Numbers of the packets that were found, in order.
    pub fn numbers(&self) -> RwLockReadGuard<'_, Vec<u32>> {
        self.found.numbers.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to which packet it has looked.
    pub fn looked(&self) -> u64 {
        self.found.looked.load(Ordering::Acquire)
    }

    /// Whether all packets have been looked at and no more come.
    pub fn is_done(&self) -> bool {
        self.found.done.load(Ordering::Acquire)
    }
}

impl Found {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn add(&self, new: &mut Vec<u32>, looked: u64) {
        if !new.is_empty() {
            self.numbers.write().unwrap_or_else(PoisonError::into_inner).append(new);
        }
        self.looked.store(looked, Ordering::Release);
    }

    /// Whether the search has to go on behind `looked`; waits for packets where there are none yet.
    fn more(&self, shelf: &Shelf, looked: u64) -> bool {
        while !self.is_stopped() {
            let done = shelf.is_done(); // asked first: what came before the end is looked at
            if shelf.last() > looked {
                return true;
            }
            if done {
                self.done.store(true, Ordering::Release);
                return false;
            }
            std::thread::sleep(PAUSE);
        }
        false
    }

    fn members(&self, shelf: &Shelf, flow: u32) {
        let (mut looked, mut new) = (0, Vec::new());
        while self.more(shelf, looked) {
            shelf.each(looked + 1, |number, entry| {
                if entry.flow == flow {
                    new.extend(u32::try_from(number));
                }
                looked = number;
                true
            });
            self.add(&mut new, looked);
        }
    }

    fn read(&self, shelf: &Arc<Shelf>, query: &Query, secrets: Secrets) {
        let mut reader = Reader::new(shelf);
        let mut tracker = Tracker::new().with_secrets(secrets);
        let (mut tape, mut new, mut looked) = (Dissection::new(), Vec::new(), 0);
        while self.more(shelf, looked) {
            // In a ring the oldest ones go.
            looked = looked.max(shelf.first() - 1);
            let last = shelf.last();
            while looked < last && !self.is_stopped() {
                looked += 1;
                if let Some(entry) = shelf.entry(looked).filter(|e| e.flow != 0)
                    && let Some(begin) = shelf.begin(entry.flow)
                {
                    tracker.count_from(u64::from(entry.flow), u64::from(begin.stream));
                }
                let Some((packet, _)) = reader.packet(looked) else { continue };
                tracker.read(protocols::index(), &packet, &mut tape);
                if query.matches(&packet, &tape) {
                    new.extend(u32::try_from(looked));
                }
                if looked.is_multiple_of(TOGETHER) {
                    self.add(&mut new, looked);
                }
            }
            self.add(&mut new, looked);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_in_any_case_and_only_whole() {
        assert!(holds(b"GET /Chat", b"chat") && holds(b"chat", b"chat") && holds(b"CCHAT", b"chat"));
        assert!(!holds(b"cha", b"chat") && !holds(b"", b"chat") && !holds(b"chat", b""));
    }
}
