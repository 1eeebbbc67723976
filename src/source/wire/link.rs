//! A link: takes time, has a width and a queue, and does to frames what the script says.
//! Not here: who sends and who receives; the clock.

use std::collections::VecDeque;

use super::chance::Chance;
use super::script::{Fault, LinkSpec};
use super::sight;
use crate::dissect::Fate;

/// Bytes of an Ethernet header in front of a packet.
const HEADER: usize = 14;
/// Numbers of lost frames that are remembered.
const REMEMBERED: usize = 64;

/// What a link counted, in frames; both directions together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkCounters {
    /// The link's name.
    pub name: String,
    /// Sent into it, lost ones and overflowed ones too; copies that it made are not counted.
    pub frames: u64,
    /// Bytes of these frames.
    pub bytes: u64,
    /// Never arrived because of a fault, or because they were larger than the MTU.
    pub lost: u64,
    /// Arrived twice.
    pub doubled: u64,
    /// Arrived with a bit changed.
    pub damaged: u64,
    /// Held up.
    pub delayed: u64,
    /// Thrown away because the queue was full.
    pub overflowed: u64,
    /// Of the lost ones: which they were among the frames with a program's bytes, from 1. At most 64 of them.
    /// `--drop 6` of a TCP run is laid beside UDP with it, which has no handshake that could be lost.
    pub lost_data: Vec<u64>,
}

/// A frame as a link records it.
#[derive(Debug)]
pub(super) struct Recorded {
    /// Microseconds since the simulation began.
    pub(super) at: u64,
    pub(super) fate: Fate,
    pub(super) bytes: Vec<u8>,
}

/// What comes of a frame: when it arrives, and what is recorded.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) recorded: Vec<Recorded>,
    pub(super) arrivals: Vec<(u64, Vec<u8>)>,
    /// When this direction is free again, if the caller has to come back then.
    pub(super) free: Option<u64>,
}

#[derive(Debug, Default)]
struct Way {
    /// Nanoseconds since the simulation began.
    free_at: u64,
    waiting: VecDeque<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct Link {
    spec: LinkSpec,
    ways: [Way; 2],
    chance: Chance,
    /// Frames that the faults counted, and those with data.
    counted: u64,
    data: u64,
    pub(super) counters: LinkCounters,
}

impl Link {
    pub(super) fn new(spec: &LinkSpec, chance: Chance) -> Self {
        let counters = LinkCounters { name: spec.name.clone(), ..LinkCounters::default() };
        Link { spec: spec.clone(), ways: Default::default(), chance, counted: 0, data: 0, counters }
    }

    /// A card hands over a frame.
    pub(super) fn send(&mut self, way: usize, frame: Vec<u8>, now: u64, out: &mut Outcome) {
        let busy = self.ways[way].free_at > now * 1000;
        if frame.len() > self.spec.mtu + HEADER {
            self.count(&frame);
            self.note(Fate::Lost, now, frame, out);
        } else if !busy && self.ways[way].waiting.is_empty() {
            self.transmit(way, frame, now, out);
        } else if self.ways[way].waiting.len() < self.spec.queue {
            self.ways[way].waiting.push_back(frame);
        } else {
            self.count(&frame);
            self.note(Fate::Overflowed, now, frame, out);
        }
    }

    /// The direction is free: the next frame in its queue leaves.
    pub(super) fn freed(&mut self, way: usize, now: u64, out: &mut Outcome) {
        if let Some(frame) = self.ways[way].waiting.pop_front() {
            self.transmit(way, frame, now, out);
        }
    }

    fn transmit(&mut self, way: usize, frame: Vec<u8>, now: u64, out: &mut Outcome) {
        let number = self.count(&frame);
        let mut leaves = now * 1000;
        if let Some(speed) = self.spec.bandwidth {
            leaves = leaves.max(self.ways[way].free_at) + (frame.len() as u64 * 8_000_000_000).div_ceil(speed);
            self.ways[way].free_at = leaves;
            out.free = Some(leaves.div_ceil(1000));
        }
        let arrives = leaves.div_ceil(1000) + self.spec.delay;
        let fate = number.map_or(Fate::Unknown, |n| self.fate(n));
        match fate {
            Fate::Lost => {}
            Fate::Damaged => out.arrivals.push((arrives, self.damage(&frame))),
            Fate::Doubled => out.arrivals.extend([(arrives, frame.clone()), (arrives, frame.clone())]),
            Fate::Delayed => out.arrivals.push((arrives + self.spec.faults.hold, frame.clone())),
            Fate::Unknown | Fate::Overflowed => out.arrivals.push((arrives, frame.clone())),
        }
        let copy = (fate == Fate::Doubled && self.spec.captured).then(|| frame.clone());
        self.note(fate, now, frame, out);
        out.recorded.extend(copy.map(|bytes| Recorded { at: now, fate: Fate::Unknown, bytes }));
    }

    /// The number of a frame that the faults count.
    fn count(&mut self, frame: &[u8]) -> Option<u64> {
        self.counters.frames += 1;
        self.counters.bytes += frame.len() as u64;
        self.data += u64::from(sight::has_data(frame).unwrap_or(false));
        if !sight::counts(self.spec.faults.count, frame) {
            return None;
        }
        self.counted += 1;
        Some(self.counted)
    }

    fn note(&mut self, fate: Fate, now: u64, frame: Vec<u8>, out: &mut Outcome) {
        let counters = &mut self.counters;
        match fate {
            Fate::Unknown => {}
            Fate::Lost => {
                counters.lost += 1;
                if counters.lost_data.len() < REMEMBERED && sight::has_data(&frame).unwrap_or(false) {
                    counters.lost_data.push(self.data);
                }
            }
            Fate::Damaged => counters.damaged += 1,
            Fate::Doubled => counters.doubled += 1,
            Fate::Delayed => counters.delayed += 1,
            Fate::Overflowed => counters.overflowed += 1,
        }
        if self.spec.captured {
            out.recorded.push(Recorded { at: now, fate, bytes: frame });
        }
    }

    /// One fate a frame: what the script says by number goes before chance, the worse before the lighter.
    fn fate(&mut self, number: u64) -> Fate {
        let faults = &self.spec.faults;
        let all = [
            (&faults.drop, Fate::Lost),
            (&faults.corrupt, Fate::Damaged),
            (&faults.duplicate, Fate::Doubled),
            (&faults.reorder, Fate::Delayed),
        ];
        let by_number = all.iter().find(|(fault, _)| fault.numbers.contains(&number)).map(|(_, fate)| *fate);
        let mut by_chance = None;
        for (Fault { chance, .. }, fate) in all {
            // Each is drawn for every frame, so that one fault does not change where the others fall.
            let hit = *chance > 0 && self.chance.hits(*chance);
            by_chance = by_chance.or(hit.then_some(fate));
        }
        by_number.or(by_chance).unwrap_or_default()
    }

    /// Changes one bit behind the IP header, so that the checksum of TCP, UDP or ICMP tells.
    fn damage(&mut self, frame: &[u8]) -> Vec<u8> {
        let mut frame = frame.to_vec();
        let first = if frame.len() > 34 { 34 } else { HEADER.min(frame.len().saturating_sub(1)) };
        let bit = self.chance.below((frame.len() - first) as u64 * 8) as usize;
        if let Some(byte) = frame.get_mut(first + bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        frame
    }
}
