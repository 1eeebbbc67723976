//! The simulated wire: hosts with a real TCP/IP stack (smoltcp) on an in-memory Ethernet, with a clock
//! of its own. The same bytes on every machine, without rights and without a network.
//! Not here: Linux' own stack; smoltcp's timers differ from it ([`DIFFERENCES`]), so its output is always labelled.
//!
//! A [`Script`] says who is there and what they do; [`Wire::run`] plays it, only as fast as packets are asked for:
//!
//! ```
//! use layercake::source::{Event, Source, wire};
//!
//! let script = wire::script("two-hosts").expect("it comes with the program");
//! let mut wire = wire::Wire::run(&script)?;
//! let mut packets = 0;
//! while !matches!(wire.next()?, Event::End) {
//!     packets += 1;
//! }
//! let steps: Vec<_> = wire.happened().collect();
//! assert!(packets > 9 && steps[0].what == wire::Did::Listening);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cable;
mod chance;
mod demo;
mod differences;
mod engine;
mod happening;
mod host;
mod link;
mod node;
mod programs;
mod router;
mod script;
mod seat;
mod sight;
mod station;
mod switch;

use std::collections::VecDeque;
use std::net::IpAddr;

use super::{Counters, Error, Event, Source};
use crate::dissect::{Fate, Interface, Packet};
use engine::{Engine, Next};

pub use demo::demo;
pub use differences::{DIFFERENCES, Difference};
pub use happening::{Answer, Bytes, Did, Happening, Says};
pub use link::LinkCounters;
pub use router::{Deed, End, Flaw, Routed};
pub use script::{BuiltIn, Count, Only, SCRIPTS, Script, ScriptError, script};

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

/// Where the frames come from.
enum Play {
    /// A finished simulation.
    Recording(VecDeque<Sent>),
    Running(Box<Engine>),
}

/// The frames of a simulation, in the order in which they left their senders' cards.
pub struct Wire {
    play: Play,
    current: Vec<u8>,
    interfaces: Vec<Interface>,
    names: Vec<(IpAddr, String)>,
    seen: u64,
}

impl Wire {
    fn new(frames: Vec<Sent>) -> Self {
        let interface = Interface { name: LABEL.to_owned(), link: 1, snaplen: 0 };
        let play = Play::Recording(frames.into());
        Wire { play, current: Vec::new(), interfaces: vec![interface], names: Vec::new(), seen: 0 }
    }

    /// Begins to play a script. Each of its links is an interface, in their order.
    ///
    /// # Errors
    /// A sentence about a router that cannot be as the script wants it.
    pub fn run(script: &Script) -> Result<Self, String> {
        let engine = Engine::new(script)?;
        let interface = |name: &String| Interface { name: name.clone(), link: 1, snaplen: 0 };
        Ok(Wire {
            play: Play::Running(Box::new(engine)),
            current: Vec::new(),
            interfaces: script.links.iter().map(|l| interface(&l.name)).collect(),
            names: script.names(),
            seen: 0,
        })
    }

    /// Who has which address: "client", "r1", "server", in the order in which cables join them.
    pub fn names(&self) -> &[(IpAddr, String)] {
        &self.names
    }

    /// What the programs did since the last call, in order; at most the last 65,536 steps.
    /// Ask after each packet to hear of a step before the packets that it caused ([`Happening::after`]).
    pub fn happened(&mut self) -> impl Iterator<Item = Happening> + '_ {
        let log = match &mut self.play {
            Play::Running(engine) => Some(&mut engine.log),
            Play::Recording(_) => None,
        };
        log.into_iter().flat_map(happening::Log::drain)
    }

    /// How many steps were forgotten because [`Wire::happened`] was not called often enough.
    pub fn forgotten(&self) -> u64 {
        match &self.play {
            Play::Running(engine) => engine.log.forgotten,
            Play::Recording(_) => 0,
        }
    }

    /// What each link counted so far, in the script's order.
    pub fn links(&self) -> impl Iterator<Item = &LinkCounters> {
        let links = match &self.play {
            Play::Running(engine) => engine.links.as_slice(),
            Play::Recording(_) => &[],
        };
        links.iter().map(|link| &link.counters)
    }
}

impl Source for Wire {
    fn next(&mut self) -> Result<Event<'_>, Error> {
        let (interface, micros, fate, bytes) = match &mut self.play {
            Play::Recording(frames) => match frames.pop_front() {
                Some(frame) => (0, frame.micros, Fate::Unknown, frame.bytes),
                None => return Ok(Event::End),
            },
            Play::Running(engine) => match engine.next() {
                Next::Frame(link, frame) => (link as u32, frame.at, frame.fate, frame.bytes),
                Next::Breath => return Ok(Event::Idle),
                Next::End => return Ok(Event::End),
            },
        };
        self.seen += 1;
        self.current = bytes;
        Ok(Event::Packet(Packet {
            number: self.seen,
            time: Some(EPOCH + micros * 1000),
            length: self.current.len() as u32,
            bytes: &self.current,
            link: 1,
            interface,
            interfaces: &self.interfaces,
            names: &self.names,
            fate,
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

#[cfg(test)]
mod tests;
