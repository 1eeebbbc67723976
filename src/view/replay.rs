//! Reads one packet as if all before it in its conversation had been read: they are read again, as many as can be in
//! a moment. Conversations that were read last are remembered, so that going on costs one packet each.

use super::reader::Reader;
use crate::dissect::{Dissection, Secrets};
use crate::flow::Tracker;
use crate::protocols;

/// Most packets, and most of their bytes, that are read again for one; longer conversations are read from their first
/// packets and their last ones.
const MOST: usize = 2048;
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Conversations that are remembered.
const TALKS: usize = 32;
/// Pieces of one IP packet that are looked for.
const PIECES: usize = 64;

/// How much of a packet's conversation was read before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Memory {
    /// All of it, or it has none.
    #[default]
    Whole,
    /// Its beginning, and again from this packet on: it is too long, or the packets between are gone.
    From(u64),
}

struct Known {
    flow: u32,
    /// The packet that was read last.
    last: u64,
    memory: Memory,
    tracker: Tracker,
}

/// See the module.
pub struct Replay {
    secrets: Secrets,
    /// The one that was asked for last stands last.
    known: Vec<Known>,
    numbers: Vec<u64>,
}

impl Replay {
    /// Nothing is remembered yet.
    pub fn new(secrets: Secrets) -> Self {
        Replay { secrets, known: Vec::new(), numbers: Vec::new() }
    }

    /// Reads packet `number` into `tape`; `None` where there is no such packet.
    pub fn read(&mut self, reader: &mut Reader, number: u64, tape: &mut Dissection) -> Option<Memory> {
        let entry = reader.shelf().entry(number)?;
        let mut known = match (entry.flow, entry.is_piece()) {
            (0, _) | (_, true) => self.pieces(reader, number, entry.is_piece()),
            (flow, false) => self.conversation(reader, number, flow),
        };
        for at in std::mem::take(&mut self.numbers) {
            if let Some((packet, _)) = reader.packet(at) {
                known.tracker.read(protocols::index(), &packet, tape);
            }
        }
        let (packet, _) = reader.packet(number)?;
        known.tracker.read(protocols::index(), &packet, tape);
        known.last = number;
        let memory = known.memory;
        if known.flow != 0 {
            if self.known.len() >= TALKS {
                self.known.remove(0);
            }
            self.known.push(known);
        }
        Some(memory)
    }

    /// The pieces that came before this one; nothing is remembered of them.
    fn pieces(&mut self, reader: &Reader, number: u64, piece: bool) -> Known {
        let shelf = reader.shelf();
        self.numbers.clear();
        if piece {
            shelf.chain(number, |at, _| {
                self.numbers.push(at);
                self.numbers.len() <= PIECES
            });
            self.numbers.reverse();
            self.numbers.pop();
        }
        Known {
            flow: 0,
            last: 0,
            memory: Memory::Whole,
            tracker: self.tracker(reader, shelf.entry(number).map_or(0, |e| e.flow)),
        }
    }

    /// The packets of this conversation that are to be read before `number`, and what reads them.
    fn conversation(&mut self, reader: &Reader, number: u64, flow: u32) -> Known {
        let shelf = reader.shelf();
        let place = self.known.iter().position(|k| k.flow == flow);
        let known = place.map(|at| self.known.remove(at)).filter(|k| k.last < number);
        let last = known.as_ref().map_or(0, |k| k.last);
        let (mut bytes, mut reached, mut from) = (0, false, number);
        let mut next = Some(number);
        self.numbers.clear();
        while let Some(at) = next.take() {
            let mut piece = None;
            shelf.chain(at, |at, entry| {
                reached = at == last;
                bytes += entry.captured as usize;
                if reached || self.numbers.len() > MOST || bytes > MOST_BYTES {
                    return false;
                }
                self.numbers.push(at);
                from = at;
                // A packet that came in pieces knows only the piece before it.
                piece = entry.is_piece().then_some(at);
                piece.is_none()
            });
            if let Some(piece) = piece {
                let most = self.numbers.len() + PIECES;
                shelf.chain(piece, |at, entry| {
                    self.numbers.extend((at != piece && entry.is_piece()).then_some(at));
                    entry.is_piece() && self.numbers.len() < most
                });
                let mut before = (shelf.first()..piece).rev().take(MOST);
                next = before.find(|at| shelf.entry(*at).is_some_and(|e| e.flow == flow));
            }
        }
        self.numbers.sort_unstable();
        self.numbers.dedup();
        self.numbers.pop(); // the packet itself
        if let Some(known) = known.filter(|_| reached) {
            return known;
        }
        let begin = shelf.begin(flow).unwrap_or_default();
        let whole = from == begin.first || number == begin.first;
        let memory = if whole { Memory::Whole } else { Memory::From(from) };
        if !whole {
            self.numbers.splice(0..0, begin.numbers().filter(|n| *n < from));
        }
        Known { flow, last: 0, memory, tracker: self.tracker(reader, flow) }
    }

    /// One that gives a conversation the number that it has in the whole capture.
    fn tracker(&self, reader: &Reader, flow: u32) -> Tracker {
        let mut tracker = Tracker::new().with_secrets(self.secrets.clone());
        if let Some(begin) = reader.shelf().begin(flow) {
            tracker.count_from(u64::from(flow), u64::from(begin.stream));
        }
        tracker
    }
}
