//! Reading ahead: which packet completes what another one has begun. A scout reads the same packets as the tracker,
//! some of them earlier; who holds both lets it run. Not here: where packets come from (`cli`).

use rustc_hash::FxHashMap;

use super::Tracker;
use crate::dissect::{Dissection, Index, Packet, Rest, carriers};

/// Most packets that a scout runs ahead.
pub const AHEAD: u64 = 4096;

/// Asked with a packet's number: where is what it has begun complete?
pub type Foresight = Box<dyn FnMut(u64) -> Rest>;

/// Knows what the packets ahead complete.
#[derive(Default)]
pub struct Scout {
    tracker: Tracker,
    tape: Dissection,
    /// Carrier → the packet that completes what it began. Never more than [`AHEAD`] of them.
    complete: FxHashMap<u64, u64>,
    /// The packet that it was asked about last: nobody asks about earlier ones again.
    asked: u64,
    /// The packet that it has read last.
    at: u64,
}

impl Scout {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers with what it knows; `advance` lets it read one more packet, and says whether there was one.
    pub fn foresight(mut self, mut advance: impl FnMut(&mut Scout) -> bool + 'static) -> Foresight {
        let mut more = true;
        Box::new(move |packet| {
            while more && self.wants(packet) {
                more = advance(&mut self);
            }
            match self.complete.get(&packet) {
                Some(there) => Rest::In(*there),
                None if more => Rest::Follows,
                None => Rest::Never,
            }
        })
    }

    /// Whether it has to read on to answer for `packet`; with numbers that only rise.
    fn wants(&mut self, packet: u64) -> bool {
        self.asked = packet;
        !self.complete.contains_key(&packet) && self.at < packet.saturating_add(AHEAD)
    }

    /// Reads the next packet.
    pub fn read(&mut self, index: &Index, packet: &Packet<'_>) {
        self.at = packet.number;
        self.tracker.read(index, packet, &mut self.tape);
        if self.complete.len() as u64 >= AHEAD {
            let asked = self.asked;
            self.complete.retain(|carrier, _| *carrier >= asked);
        }
        for carrier in carriers(&self.tape).filter(|c| *c < packet.number && *c >= self.asked) {
            if (self.complete.len() as u64) < AHEAD {
                self.complete.entry(carrier).or_insert(packet.number);
            }
        }
    }
}
