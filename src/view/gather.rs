//! The thread that reads a source from its beginning to its end and notes where everything is. Reads conversations on
//! the way, so that every packet knows which one it belongs to.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::shelf::{BEGINNING, Batch, Begin, Keep, Kept, Shelf};
use super::{Entry, without_payload};
use crate::dissect::{Direction, Dissection, Packet, Secrets, dissect};
use crate::flow::Tracker;
use crate::protocols;
use crate::source::{Error, Event, Source};

/// Packets that are handed over together, and how long they wait for company.
const TOGETHER: usize = 1024;
const FRESH: Duration = Duration::from_millis(20);

/// Opens the source in the thread that reads it: not every source may move from one to another.
pub type Opening = Box<dyn FnOnce() -> Result<Box<dyn Source>, Error> + Send>;

/// What is to be gathered.
pub struct Order {
    /// Opens it.
    pub open: Opening,
    /// Where its packets are kept.
    pub keep: Keep,
    /// Bytes that it has, as far as somebody knows.
    pub size: u64,
    /// Secrets for encrypted conversations.
    pub secrets: Secrets,
    /// Of what other machines say to each other only the headers are kept (live).
    pub guard: bool,
}

/// Begins to gather in a thread.
///
/// # Errors
/// The source cannot be opened.
pub fn gather(order: Order) -> Result<Arc<Shelf>, Error> {
    gather_beside(order, None)
}

/// The same without the packets of one TCP port: those of a server that shows them would be shown for ever.
///
/// # Errors
/// The source cannot be opened.
pub fn gather_beside(order: Order, port: Option<u16>) -> Result<Arc<Shelf>, Error> {
    let shelf = Arc::new(Shelf::new(order.keep.clone(), order.size));
    let (opened, outcome) = channel();
    let theirs = Arc::clone(&shelf);
    let thread = std::thread::Builder::new().name("gather".to_owned());
    let began = thread.spawn(move || {
        let source = match (order.open)() {
            Ok(source) => source,
            Err(error) => {
                let _ = opened.send(Err(error)); // nobody waits any more
                return;
            }
        };
        if opened.send(Ok(())).is_ok() {
            Gatherer { port, ..Gatherer::new(&theirs, order.secrets, order.guard) }.run(source);
        }
    });
    began.map_err(|source| Error::Open { path: "a thread".to_owned(), source })?;
    wait(&outcome)?;
    Ok(shelf)
}

/// A thread that ends without a word has panicked: then there are no packets.
fn wait(outcome: &Receiver<Result<(), Error>>) -> Result<(), Error> {
    outcome.recv().unwrap_or(Err(Error::NoBytes))
}

struct Gatherer<'a> {
    shelf: &'a Shelf,
    tracker: Tracker,
    tape: Dissection,
    batch: Batch,
    /// By conversation: its last packet, and how it began.
    flows: Vec<(u64, Begin)>,
    last_piece: u64,
    guard: bool,
    /// The TCP port whose packets are left out.
    port: Option<u16>,
    left_out: u64,
}

impl<'a> Gatherer<'a> {
    fn new(shelf: &'a Shelf, secrets: Secrets, guard: bool) -> Self {
        Gatherer {
            shelf,
            tracker: Tracker::new().with_secrets(secrets),
            tape: Dissection::new(),
            batch: Batch::default(),
            flows: Vec::new(),
            last_piece: 0,
            guard,
            port: None,
            left_out: 0,
        }
    }

    fn run(mut self, mut source: Box<dyn Source>) {
        let mut handed = Instant::now();
        let (mut interfaces, mut names) = (0, 0);
        let trouble = loop {
            if self.shelf.is_stopped() {
                break None;
            }
            match source.next() {
                Ok(Event::Packet(packet)) => {
                    if (packet.interfaces.len(), packet.names.len()) != (interfaces, names) {
                        (interfaces, names) = (packet.interfaces.len(), packet.names.len());
                        self.shelf.learn(packet.interfaces, packet.names);
                    }
                    if self.is_ours(&packet) {
                        self.left_out += 1;
                        continue;
                    }
                    self.packet(Packet { number: packet.number - self.left_out, ..packet });
                    if let Some((place, entry)) = source.place().zip(self.batch.entries.last_mut()) {
                        entry.stands_at(place);
                    }
                    let full = self.batch.entries.len() >= TOGETHER;
                    // The first ones are handed over at once: somebody waits for a screen.
                    if full || self.shelf.last() < 64 || handed.elapsed() >= FRESH {
                        self.hand_over(source.as_mut());
                        handed = Instant::now();
                    }
                }
                Ok(Event::Idle) => self.hand_over(source.as_mut()),
                Ok(Event::End) => break None,
                Err(error) => break Some(error),
            }
        };
        self.hand_over(source.as_mut());
        self.shelf.finish(trouble);
    }

    fn is_ours(&mut self, packet: &Packet<'_>) -> bool {
        let Some(port) = self.port else { return false };
        dissect(protocols::index(), packet, &mut self.tape);
        let facts = &self.tape.facts;
        facts.tcp.is_some() && facts.ports.is_some_and(|(from, to)| from == port || to == port)
    }

    fn packet(&mut self, mut packet: Packet<'_>) {
        if self.guard && packet.direction == Direction::Passing {
            dissect(protocols::index(), &packet, &mut self.tape);
            packet = without_payload(packet, &self.tape);
        }
        self.tracker.read(protocols::index(), &packet, &mut self.tape);
        let piece = self.tape.facts.piece.is_some();
        let talk = self.tracker.current().map(|c| (c.talk.flow, c.talk.stream));
        let (flow, mut back) = talk.map_or((0, 0), |(flow, stream)| self.member(flow, stream, packet.number));
        if piece {
            back = distance(self.last_piece, packet.number);
            self.last_piece = packet.number;
        }
        self.batch.entries.push(Entry::of(&packet).within(flow, back, piece));
        if let Keep::Packets(_) = self.shelf.keep {
            let comment = packet.comment.map(Into::into);
            self.batch.kept.push(Kept { bytes: packet.bytes.into(), comment });
        }
    }

    /// Notes that a packet belongs to a conversation; gives its number and how far back the packet before is.
    fn member(&mut self, flow: u64, stream: u64, number: u64) -> (u32, u32) {
        let Ok(short) = u32::try_from(flow) else { return (0, 0) };
        let at = short as usize - 1;
        if self.flows.len() <= at {
            self.flows.resize(at + 1, Default::default());
        }
        let (last, begin) = &mut self.flows[at];
        let back = distance(*last, number);
        if *last == 0 {
            *begin =
                Begin { stream: u32::try_from(stream).unwrap_or(u32::MAX), first: number, next: [0; BEGINNING - 1] };
            self.batch.flows.push((short, *begin));
        } else if let Some(free) = begin.next.iter_mut().find(|n| **n == 0) {
            *free = distance(begin.first, number);
            self.batch.flows.push((short, *begin));
        }
        *last = number;
        (short, back)
    }

    fn hand_over(&mut self, source: &mut dyn Source) {
        let counters = source.counters();
        self.shelf.set_lost(counters.lost);
        let end = self.batch.entries.last().map(|e| e.offset + u64::from(e.captured));
        self.shelf.add(&mut self.batch);
        if let Some(end) = end {
            self.shelf.set_read(end);
        }
    }
}

/// From a packet to a later one; 0 where there is none before, or it is too far away.
fn distance(before: u64, number: u64) -> u32 {
    if before == 0 { 0 } else { u32::try_from(number - before).unwrap_or(0) }
}
