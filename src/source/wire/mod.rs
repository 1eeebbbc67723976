//! The simulated wire: hosts with a real TCP/IP stack (smoltcp) on an in-memory Ethernet, with a clock
//! of its own. The same bytes on every machine, without rights and without a network.
//! Not here: Linux' own stack; smoltcp's timers differ from it, so its output is always labelled.

mod cable;
mod demo;
mod host;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine that calls it is built beside it"))]
mod router;

use std::collections::VecDeque;

use super::{Counters, Error, Event, Source};
use crate::dissect::{Interface, Packet};

pub use demo::demo;

/// What every view calls this source.
pub const LABEL: &str = "simulated wire";

/// When every simulation begins: 2026-01-01 00:00:00 UTC, in nanoseconds since 1970.
const EPOCH: u64 = 1_767_225_600_000_000_000;

/// A frame that crossed the cable.
struct Sent {
    /// Microseconds since the simulation began.
    micros: u64,
    bytes: Vec<u8>,
}

/// The frames of a finished simulation, in the order in which they crossed the cable.
pub struct Wire {
    frames: VecDeque<Sent>,
    current: Vec<u8>,
    interfaces: [Interface; 1],
    seen: u64,
}

impl Wire {
    fn new(frames: Vec<Sent>) -> Self {
        let interface = Interface { name: LABEL.to_owned(), link: 1, snaplen: 0 };
        Wire { frames: frames.into(), current: Vec::new(), interfaces: [interface], seen: 0 }
    }
}

impl Source for Wire {
    fn next(&mut self) -> Result<Event<'_>, Error> {
        let Some(frame) = self.frames.pop_front() else { return Ok(Event::End) };
        self.seen += 1;
        self.current = frame.bytes;
        Ok(Event::Packet(Packet {
            number: self.seen,
            time: Some(EPOCH + frame.micros * 1000),
            length: self.current.len() as u32,
            bytes: &self.current,
            link: 1,
            interfaces: &self.interfaces,
            ..Packet::default()
        }))
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    fn counters(&mut self) -> Counters {
        Counters { seen: self.seen, lost: 0 }
    }
}
