//! A simulated network while it plays: packets, read with the memory of those before, and what programs and routers
//! did between them, in order.

use crate::cli::Error;
use crate::dissect::Dissection;
use crate::flow::Tracker;
use crate::protocols;
use crate::render::View;
use crate::source::wire::{Happening, Wire};
use crate::source::{Event, Source};

/// What comes next.
pub(in crate::cli) enum Moment<'a> {
    /// A packet.
    Packet(View<'a>),
    /// A step of a program or a router.
    Step(Happening),
    /// Nothing, for a moment.
    Idle,
}

/// A wire and what is known of its conversations.
pub(in crate::cli) struct Play {
    pub(in crate::cli) wire: Wire,
    pub(in crate::cli) tracker: Tracker,
}

impl Play {
    pub(in crate::cli) fn new(wire: Wire) -> Self {
        Play { wire, tracker: Tracker::new() }
    }

    /// Shows everything to `see`, until the end or until `see` has seen enough (false). A step comes before the packets
    /// that it caused: at the same time first the step, then its packets.
    pub(in crate::cli) fn each(&mut self, mut see: impl FnMut(Moment<'_>) -> Result<bool, Error>) -> Result<(), Error> {
        let index = protocols::index();
        let mut tape = Dissection::new();
        // The wire has recorded the packet before we hear of the step: a packet waits here until its steps are told.
        loop {
            let mut held: Option<Held> = None;
            match self.wire.next()? {
                Event::Packet(packet) => held = Some(Held::of(&packet)),
                Event::Idle => {}
                Event::End => {
                    let steps: Vec<Happening> = self.wire.happened().collect();
                    for step in steps {
                        if !see(Moment::Step(step))? {
                            return Ok(());
                        }
                    }
                    return Ok(());
                }
            }
            let mut later = Vec::new();
            let steps: Vec<Happening> = self.wire.happened().collect();
            for step in steps {
                let before = held.as_ref().is_none_or(|packet| step.after < packet.number);
                if before {
                    if !see(Moment::Step(step))? {
                        return Ok(());
                    }
                } else {
                    later.push(step);
                }
            }
            let goes_on = match &held {
                None => see(Moment::Idle)?,
                Some(held) => {
                    let packet = held.packet(&self.wire);
                    self.tracker.read(index, &packet, &mut tape);
                    see(Moment::Packet(View { packet: &packet, tape: &tape }))?
                }
            };
            for step in later {
                if !see(Moment::Step(step))? {
                    return Ok(());
                }
            }
            if !goes_on {
                return Ok(());
            }
        }
    }
}

/// A packet on its own, while the wire is asked what happened.
struct Held {
    number: u64,
    time: Option<u64>,
    link: u32,
    interface: u32,
    fate: crate::dissect::Fate,
    bytes: Vec<u8>,
}

impl Held {
    fn of(packet: &crate::dissect::Packet<'_>) -> Self {
        Held {
            number: packet.number,
            time: packet.time,
            link: packet.link,
            interface: packet.interface,
            fate: packet.fate,
            bytes: packet.bytes.to_vec(),
        }
    }

    fn packet<'a>(&'a self, wire: &'a Wire) -> crate::dissect::Packet<'a> {
        crate::dissect::Packet {
            number: self.number,
            time: self.time,
            length: self.bytes.len() as u32,
            bytes: &self.bytes,
            link: self.link,
            interface: self.interface,
            interfaces: wire.interfaces(),
            names: wire.names(),
            fate: self.fate,
            ..crate::dissect::Packet::default()
        }
    }
}
