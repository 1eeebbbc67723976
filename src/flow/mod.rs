//! Packets → conversations. Reads packets one after another and remembers what belongs together, so that a
//! message that travelled in many packets is read where it is complete.
//! No I/O, no text, no clock but the packets' own. Bounded: see the caps of each room.

mod conversation;
mod fragments;
mod key;
mod scout;
mod segment;
mod stream;

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::dissect::{
    Dissection, Expected, Facts, Index, Next, Packet, Part, Pass, Pause, Secrets, Sessions, Side, Talk, Talks,
};

pub use conversation::{Conversation, Count, State};
pub use key::{Endpoint, Key};
pub use scout::{AHEAD, Foresight, Scout};
pub use segment::{Heard, Unfinished};

use fragments::Fragments;
use segment::Segment;

/// Most conversations that are remembered at once; the longest silent ones give way.
pub const MAX_FLOWS: usize = 4 * 1024;
/// Most conversations that are kept for a list when they are over.
const MAX_CLOSED: usize = 1 << 16;
/// Most bytes of unfinished messages in all conversations.
const MAX_HELD: usize = 32 * 1024 * 1024;

/// Most announced connections that are waited for; the oldest give way.
const MAX_EXPECTED: usize = 256;

/// Reads packets with the memory of those before them.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "making room moves conversations about, and each has some hundred bytes")]
pub struct Tracker {
    places: FxHashMap<Key, usize>,
    /// Boxed: making room moves them about.
    conversations: Vec<Box<Conversation>>,
    fragments: Fragments,
    /// Conversations begun, in all and by TCP and UDP.
    begun: u64,
    begun_tcp: u64,
    begun_udp: u64,
    held: usize,
    /// Connections that others have announced.
    expected: VecDeque<Expected>,
    /// What several conversations remember together.
    sessions: Sessions,
    /// Conversation of the present packet.
    current: Option<usize>,
    /// Closed conversations go here, if somebody wants them.
    closed: Option<Vec<Box<Conversation>>>,
    forgotten: u64,
    /// What the present packet lets be read in order, if somebody listens.
    heard: Option<Vec<Heard>>,
    /// What was noted down of the keys of encrypted conversations; each conversation gets it lent.
    secrets: Option<Secrets>,
    /// Somebody has read ahead.
    foresight: Option<Foresight>,
}

impl Tracker {
    /// Remembers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps conversations that had to give way, for [`conversations`](Self::conversations).
    #[must_use]
    pub fn keep_all(mut self) -> Self {
        self.closed = Some(Vec::new());
        self
    }

    /// Keeps the bytes that each packet lets be read in order, for [`heard`](Self::heard).
    #[must_use]
    pub fn listen(mut self) -> Self {
        self.heard = Some(Vec::new());
        self
    }

    /// Lends these secrets to every conversation, so that its readers can decrypt.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Secrets) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// From now on parts say where their messages are complete, as far as `foresight` knows.
    pub fn foresee(&mut self, foresight: Foresight) {
        self.foresight = Some(foresight);
    }

    /// Should the next packet begin a conversation, it gets this number among all, and this one among those of its
    /// transport protocol: for packets that are read again without those before them.
    pub fn count_from(&mut self, flow: u64, stream: u64) {
        self.begun = flow.saturating_sub(1);
        (self.begun_tcp, self.begun_udp) = (stream, stream);
    }

    /// Reads `packet` into `tape`, as [`dissect`](crate::dissect::dissect) does, with the memory of those before it.
    pub fn read(&mut self, index: &Index, packet: &Packet<'_>, tape: &mut Dissection) {
        self.current = None;
        if let Some(heard) = &mut self.heard {
            heard.clear();
        }
        let mut pass = Pass::new(index, packet, tape);
        let pause = pass.headers(tape, Some(self));
        let mut carried = self.payloads(pause, &mut pass, index, packet, tape);
        if let Some(piece) = tape.facts.piece {
            let pause = self.piece(piece, &mut pass, packet, tape);
            carried = carried.max(self.payloads(pause, &mut pass, index, packet, tape));
        }
        if let (Some(at), Some(_), 0) = (self.current, tape.facts.tcp, carried) {
            self.bare(at, &mut pass, index, packet, tape);
        }
        pass.finish(tape);
        if let Some(at) = self.current {
            if let (Some(heard), None) = (&mut self.heard, tape.facts.tcp) {
                // Without numbers every payload is in order as it comes.
                let bytes = tape.facts.payload.of(packet.bytes).to_vec();
                heard.push(Heard { side: self.conversations[at].talk.side, missing: 0, bytes, unfinished: None });
            }
            self.conversations[at].count(packet, tape, carried.max(tape.facts.payload.len()));
        }
        if self.held > MAX_HELD {
            self.conversations.iter_mut().for_each(|c| c.forget_unfinished());
            self.held = self.conversations.iter().map(|c| c.held()).sum();
        }
    }

    /// The conversation of the packet that was read last.
    pub fn current(&self) -> Option<&Conversation> {
        self.conversations.get(self.current?).map(|c| &**c)
    }

    /// The conversation with this number, while it is remembered.
    pub fn conversation(&self, flow: u64) -> Option<&Conversation> {
        self.conversations.iter().find(|c| c.talk.flow == flow).map(|c| &**c)
    }

    /// All conversations that are remembered, in the order in which they began.
    pub fn conversations(&self) -> Vec<&Conversation> {
        let mut all: Vec<_> = self.conversations.iter().chain(self.closed.iter().flatten()).map(|c| &**c).collect();
        all.sort_by_key(|c| c.talk.flow);
        all
    }

    /// What the packet that was read last lets be read in order, each byte once. Nothing without
    /// [`listen`](Self::listen).
    pub fn heard(&self) -> &[Heard] {
        self.heard.as_deref().unwrap_or(&[])
    }

    /// Conversations that are in no list, because there were too many.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn keep(&mut self, over: impl IntoIterator<Item = Box<Conversation>>) {
        let Some(closed) = &mut self.closed else { return };
        for conversation in over {
            if closed.len() < MAX_CLOSED {
                closed.push(Box::new(conversation.close()));
            } else {
                self.forgotten += 1;
            }
        }
    }

    /// Reads the payloads that the walk pauses at; how many bytes a segment of TCP carries among them.
    fn payloads(
        &mut self,
        mut pause: Option<Pause>,
        pass: &mut Pass<'_>,
        index: &Index,
        packet: &Packet<'_>,
        tape: &mut Dissection,
    ) -> usize {
        while let Some(here) = pause {
            if matches!(here.next, Next::TcpPorts(..)) && tape.facts.fragment {
                break; // only the beginning of a segment
            }
            if let (Next::TcpPorts(..), Some(_)) = (here.next, self.current) {
                let carried = pass.rest().len();
                self.segment(pass, here, index, packet, tape);
                return carried;
            }
            pause = pass.payload(here, tape, Some(self));
        }
        0
    }

    fn segment(
        &mut self,
        pass: &mut Pass<'_>,
        pause: Pause,
        index: &Index,
        packet: &Packet<'_>,
        tape: &mut Dissection,
    ) {
        let (Some(at), Some(tcp)) = (self.current, tape.facts.tcp) else { return };
        let conversation = &mut self.conversations[at];
        let before = conversation.held();
        let (heard, foresight) = (self.heard.as_mut(), self.foresight.as_mut());
        // Joined bytes grow while they are read.
        let joined = if pass.in_joined() { pass.rest().of(&tape.joined).to_vec() } else { Vec::new() };
        let payload = if pass.in_joined() { &joined } else { pass.rest().of(packet.bytes) };
        Segment { pass, pause, index, packet, payload, tape, heard, foresight }.read(tcp, conversation);
        self.held = (self.held + conversation.held()).saturating_sub(before);
        for expected in conversation.talk.expected.drain(..) {
            if self.expected.len() >= MAX_EXPECTED {
                self.expected.pop_front();
            }
            self.expected.push_back(expected);
        }
    }

    /// A segment without payload: SYN begins a direction, ACK may skip what was never captured, FIN and RST end
    /// what is unfinished.
    fn bare(&mut self, at: usize, pass: &mut Pass<'_>, index: &Index, packet: &Packet<'_>, tape: &mut Dissection) {
        let (Some(tcp), Some((from, to))) = (tape.facts.tcp, tape.facts.ports) else { return };
        let Some(pause) = Pause::behind(Next::TcpPorts(from, to), tape) else { return };
        let conversation = &mut self.conversations[at];
        let before = conversation.held();
        let (heard, foresight) = (self.heard.as_mut(), self.foresight.as_mut());
        Segment { pass, pause, index, packet, payload: &[], tape, heard, foresight }.read_bare(tcp, conversation);
        self.held = (self.held + conversation.held()).saturating_sub(before);
    }

    fn piece(
        &mut self,
        piece: crate::dissect::Piece,
        pass: &mut Pass<'_>,
        packet: &Packet<'_>,
        tape: &mut Dissection,
    ) -> Option<Pause> {
        let ends = tape.facts.addresses?;
        let Some(whole) = self.fragments.add(ends, piece, piece.at.of(packet.bytes), packet.number) else {
            if let Some(foresight) = &mut self.foresight {
                let rest = Some(foresight(packet.number));
                Part { rest, ..Part::default() }.note(pass, usize::MAX, tape);
            }
            return None;
        };
        Part { carriers: &whole.carriers, ..Part::default() }.note(pass, usize::MAX, tape);
        (tape.facts.fragment, tape.facts.missing) = (false, 0);
        pass.join_ip(&whole.bytes, whole.protocol, tape, Some(self))
    }

    /// Makes room: the half of the conversations that has been silent longest is closed.
    fn make_room(&mut self) {
        let mut last: Vec<u64> = self.conversations.iter().map(|c| c.last_packet).collect();
        let middle = last.len() / 2;
        let (_, limit, _) = last.select_nth_unstable(middle);
        let limit = *limit;
        if self.closed.is_some() {
            let go: Vec<_> = self.conversations.extract_if(.., |c| c.last_packet <= limit).collect();
            self.keep(go);
        } else {
            self.conversations.retain(|c| c.last_packet > limit);
        }
        self.places.clear();
        self.places.extend(self.conversations.iter().enumerate().map(|(at, c)| (c.key, at)));
        self.held = self.conversations.iter().map(|c| c.held()).sum();
    }
}

impl Talks for Tracker {
    fn talk(&mut self, facts: &Facts, packet: &Packet<'_>) -> Option<&mut Talk> {
        if facts.fragment {
            return None; // the whole packet is read once all its pieces are here
        }
        let (key, from) = Key::of(facts)?;
        let at = match self.places.get(&key) {
            Some(at) if !self.conversations[*at].begins_anew(facts, from) => *at,
            known => {
                let known = known.copied();
                if known.is_none() && self.conversations.len() >= MAX_FLOWS {
                    self.make_room();
                }
                self.begun += 1;
                let by_protocol = if key.transport == 6 { &mut self.begun_tcp } else { &mut self.begun_udp };
                let mut talk = Talk::new(self.begun, *by_protocol).among(&self.sessions);
                talk.secrets.clone_from(&self.secrets);
                *by_protocol += 1;
                let mut new = Box::new(Conversation::new(key, from, facts, talk));
                let announced = |e: &Expected| new.server == Endpoint { address: e.address, port: e.port };
                if let Some(place) = self.expected.iter().position(announced)
                    && key.transport == 6
                {
                    self.expected.remove(place).into_iter().for_each(|e| new.announced(e));
                }
                if let Some(at) = known {
                    let old = std::mem::replace(&mut self.conversations[at], new);
                    self.keep(Some(old));
                    at
                } else {
                    self.conversations.push(new);
                    self.places.insert(key, self.conversations.len() - 1);
                    self.conversations.len() - 1
                }
            }
        };
        self.current = Some(at);
        let conversation = &mut self.conversations[at];
        conversation.last_packet = packet.number;
        conversation.talk.side = if from == conversation.client { Side::Client } else { Side::Server };
        Some(&mut conversation.talk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols;

    /// A segment of 192.0.2.1 to port 80 of 192.0.2.9, without a checksum.
    fn segment(port: u16, seq: u32, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(40 + payload.len()).expect("fits").to_be_bytes();
        let mut bytes = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, 6, 0, 0];
        bytes.extend([192, 0, 2, 1, 192, 0, 2, 9]);
        bytes.extend(port.to_be_bytes());
        bytes.extend([0, 80]);
        bytes.extend(seq.to_be_bytes());
        bytes.extend([0, 0, 0, 1, 0x50, 0x10, 0x10, 0, 0, 0, 0, 0]);
        bytes.extend(payload);
        bytes
    }

    /// Plays the segments and gives the most bytes that all conversations together held at once.
    fn most_held(segments: impl Iterator<Item = Vec<u8>>) -> usize {
        let (mut tracker, mut tape, mut most) = (Tracker::new(), Dissection::new(), 0);
        for (number, bytes) in (1..).zip(segments) {
            let packet = Packet { number, length: bytes.len() as u32, bytes: &bytes, link: 101, ..Packet::default() };
            tracker.read(protocols::index(), &packet, &mut tape);
            most = most.max(tracker.conversations.iter().map(|c| c.held()).sum());
        }
        most
    }

    #[test]
    fn segments_that_wait_for_gaps_are_bounded_in_all_conversations_together() {
        let waiting = (0..400u16).flat_map(|k| {
            let begin = segment(10_000 + k, 0, b"x");
            [
                begin,
                segment(10_000 + k, 100_000, &vec![b'x'; 60_000]),
                segment(10_000 + k, 200_000, &vec![b'x'; 60_000]),
            ]
        });
        let most = most_held(waiting);
        assert!(most > MAX_HELD / 2 && most <= MAX_HELD, "{most} bytes held");
    }

    #[test]
    fn unfinished_messages_are_bounded_in_all_conversations_together() {
        let head = [b"POST / HTTP/1.1\r\nContent-Length: 900000\r\n\r\n".as_slice(), &vec![b'x'; 50_000]].concat();
        let most = most_held((0..400u16).map(|k| segment(10_000 + k, 1, &head)));
        assert!(most > MAX_HELD / 2 && most <= MAX_HELD, "{most} bytes held");
    }
}
