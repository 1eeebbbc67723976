//! All packets that there are so far, shared by the thread that gathers them and by those that look: of a file its
//! index, of everything else the packets themselves in a bounded ring, where the oldest give way.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::Entry;
use crate::dissect::Interface;

/// Entries that are added or given up together.
const CHUNK: usize = 8 * 1024;
/// Bytes that a kept packet costs beside its own.
const AROUND: usize = 64;
/// Numbers of a conversation's first packets that are remembered: a handshake, a question, its answer.
pub(super) const BEGINNING: usize = 6;

/// Where the bytes of the packets are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// In this file, which is read again.
    File(String),
    /// Here, as long as they take no more than so many bytes together.
    Packets(usize),
}

/// A packet that is kept whole.
#[derive(Debug)]
pub(super) struct Kept {
    pub bytes: Box<[u8]>,
    pub comment: Option<Box<str>>,
}

/// What is remembered of a conversation beside its packets.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Begin {
    /// Its number among those of its transport protocol.
    pub stream: u32,
    /// Its first packet.
    pub first: u64,
    /// How many packets later the next ones came; 0 for none.
    pub next: [u32; BEGINNING - 1],
}

impl Begin {
    /// The numbers of its first packets.
    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        let next = self.next;
        let first = self.first;
        std::iter::once(first).chain(next.into_iter().filter(|n| *n > 0).map(move |n| first + u64::from(n)))
    }
}

#[derive(Default)]
struct Book {
    /// All full but the last one.
    chunks: VecDeque<Vec<Entry>>,
    /// Packets of chunks that were given up.
    given_up: u64,
    kept: VecDeque<Arc<Kept>>,
    kept_bytes: usize,
    /// Number of the first packet that is kept, less one.
    gone: u64,
    flows: Vec<Begin>,
    interfaces: Vec<Interface>,
    names: Vec<(IpAddr, String)>,
}

/// See the module.
pub struct Shelf {
    pub(super) keep: Keep,
    book: RwLock<Book>,
    read: AtomicU64,
    size: u64,
    done: AtomicBool,
    stop: AtomicBool,
    lost: AtomicU64,
    trouble: Mutex<Option<crate::source::Error>>,
}

/// What is added at once.
#[derive(Default)]
pub(super) struct Batch {
    pub entries: Vec<Entry>,
    pub kept: Vec<Kept>,
    /// Conversations that began, or whose beginning has grown: number, beginning.
    pub flows: Vec<(u32, Begin)>,
}

impl Shelf {
    /// Empty; `size` is how many bytes will be read, 0 where nobody knows.
    pub fn new(keep: Keep, size: u64) -> Self {
        Shelf {
            keep,
            book: RwLock::default(),
            read: AtomicU64::new(0),
            size,
            done: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            trouble: Mutex::default(),
        }
    }

    /// Number of the first packet that is still there; one more than the last where there is none.
    pub fn first(&self) -> u64 {
        self.book().gone + 1
    }

    /// Number of the last packet, 0 where there is none.
    pub fn last(&self) -> u64 {
        self.book().last()
    }

    /// The packet with this number, if it is there (still, or already).
    pub fn entry(&self, number: u64) -> Option<Entry> {
        self.book().entry(number).copied()
    }

    /// Shows the packets from this number on, in order, until `see` has seen enough (false).
    pub fn each(&self, from: u64, mut see: impl FnMut(u64, &Entry) -> bool) {
        let book = self.book();
        let from = from.max(book.gone + 1);
        let skip = (from - 1 - book.given_up) as usize;
        let chunks = book.chunks.iter().skip(skip / CHUNK);
        let entries = chunks.flat_map(|c| c.iter()).skip(skip % CHUNK);
        for (number, entry) in (from..).zip(entries) {
            if !see(number, entry) {
                return;
            }
        }
    }

    /// The packets of this one's conversation, from this one back, until `see` has seen enough (false).
    pub(super) fn chain(&self, number: u64, mut see: impl FnMut(u64, &Entry) -> bool) {
        let book = self.book();
        let mut at = number;
        while let Some(entry) = book.entry(at) {
            if !see(at, entry) || entry.back == 0 {
                return;
            }
            at = at.saturating_sub(u64::from(entry.back));
        }
    }

    /// How a conversation began.
    pub(super) fn begin(&self, flow: u32) -> Option<Begin> {
        self.book().flows.get(flow.checked_sub(1)? as usize).copied()
    }

    /// How many conversations there are.
    pub fn flows(&self) -> u64 {
        self.book().flows.len() as u64
    }

    pub(super) fn kept(&self, number: u64) -> Option<Arc<Kept>> {
        let book = self.book();
        let at = number.checked_sub(book.gone + 1)?;
        book.kept.get(usize::try_from(at).ok()?).cloned()
    }

    /// Copies what has been learned of interfaces and names since.
    pub(super) fn catch_up(&self, interfaces: &mut Vec<Interface>, names: &mut Vec<(IpAddr, String)>) {
        let book = self.book();
        if interfaces.len() < book.interfaces.len() {
            interfaces.extend_from_slice(&book.interfaces[interfaces.len()..]);
        }
        if names.len() < book.names.len() {
            names.extend_from_slice(&book.names[names.len()..]);
        }
    }

    pub(super) fn learn(&self, interfaces: &[Interface], names: &[(IpAddr, String)]) {
        let mut book = self.write();
        let (known, called) = (book.interfaces.len(), book.names.len());
        book.interfaces.extend_from_slice(interfaces.get(known..).unwrap_or_default());
        book.names.extend_from_slice(names.get(called..).unwrap_or_default());
    }

    /// Adds packets; the oldest kept ones give way. Empties the batch.
    pub(super) fn add(&self, batch: &mut Batch) {
        let mut book = self.write();
        for entry in batch.entries.drain(..) {
            if let Some(chunk) = book.chunks.back_mut().filter(|chunk| chunk.len() < CHUNK) {
                chunk.push(entry);
            } else {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(entry);
                book.chunks.push_back(chunk);
            }
        }
        for (flow, begin) in batch.flows.drain(..) {
            let at = flow as usize;
            if book.flows.len() < at {
                book.flows.resize(at, Begin::default());
            }
            book.flows[at - 1] = begin;
        }
        if let Keep::Packets(most) = self.keep {
            book.keep(&mut batch.kept, most);
        }
    }

    pub(super) fn set_read(&self, bytes: u64) {
        self.read.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn set_lost(&self, packets: u64) {
        self.lost.store(packets, Ordering::Relaxed);
    }

    pub(super) fn finish(&self, trouble: Option<crate::source::Error>) {
        *self.trouble() = trouble;
        self.done.store(true, Ordering::Release);
    }

    /// Packets that the capture lost.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// How much of the file has been read, in hundredths; `None` where nobody knows how much there is.
    pub fn percent(&self) -> Option<u8> {
        if self.is_done() {
            return Some(100);
        }
        let read = self.read.load(Ordering::Relaxed);
        (self.size > 0).then(|| (read.saturating_mul(100) / self.size).min(99) as u8)
    }

    /// Whether no more packets come.
    pub fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    /// What ended the reading too early.
    pub fn trouble(&self) -> MutexGuard<'_, Option<crate::source::Error>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody looks any more.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn last(&self) -> u64 {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        self.given_up + (full + self.chunks.back().map_or(0, Vec::len)) as u64
    }

    fn entry(&self, number: u64) -> Option<&Entry> {
        if number <= self.gone {
            return None;
        }
        let at = usize::try_from(number.checked_sub(self.given_up + 1)?).ok()?;
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    fn keep(&mut self, new: &mut Vec<Kept>, most: usize) {
        let cost = |kept: &Kept| kept.bytes.len() + kept.comment.as_ref().map_or(0, |c| c.len()) + AROUND;
        for kept in new.drain(..) {
            self.kept_bytes += cost(&kept);
            self.kept.push_back(Arc::new(kept));
        }
        while self.kept_bytes > most && self.kept.len() > 1 {
            let Some(old) = self.kept.pop_front() else { break };
            self.kept_bytes -= cost(&old);
            self.gone += 1;
        }
        while self.chunks.len() > 1 && self.given_up + CHUNK as u64 <= self.gone {
            self.chunks.pop_front();
            self.given_up += CHUNK as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::Packet;

    fn batch(count: usize, bytes: usize) -> Batch {
        let whole = vec![7; bytes];
        let packet = Packet { bytes: &whole, ..Packet::default() };
        Batch {
            entries: vec![Entry::of(&packet); count],
            kept: (0..count).map(|_| Kept { bytes: whole.clone().into(), comment: None }).collect(),
            flows: Vec::new(),
        }
    }

    #[test]
    fn the_ring_keeps_the_newest_and_gives_up_the_oldest_with_their_entries() {
        let shelf = Shelf::new(Keep::Packets(100 * (36 + AROUND)), 0);
        shelf.add(&mut batch(30_000, 36));
        assert_eq!((shelf.first(), shelf.last()), (29_901, 30_000));
        assert!(shelf.entry(29_900).is_none() && shelf.entry(29_901).is_some() && shelf.entry(30_001).is_none());
        assert!(shelf.kept(29_900).is_none() && shelf.kept(30_000).is_some());
        let mut seen = Vec::new();
        shelf.each(1, |number, _| {
            seen.push(number);
            true
        });
        assert_eq!((seen.len(), seen[0]), (100, 29_901));
        assert!(shelf.book().chunks.len() <= 2);
    }

    #[test]
    fn a_packet_that_is_larger_than_the_ring_is_still_there() {
        let shelf = Shelf::new(Keep::Packets(10), 0);
        shelf.add(&mut batch(3, 1000));
        assert_eq!((shelf.first(), shelf.last()), (3, 3));
    }
}
