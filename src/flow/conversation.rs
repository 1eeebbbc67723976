//! One conversation: both directions in order, what they speak, and how much they said.
//! Not here: what TCP's numbers tell (`protocols::transport::tcp_analysis`).

use super::key::{Endpoint, Key};
use super::segment::{One, Unfinished};
use super::stream::Stream;
use crate::dissect::{
    By, Dissection, Expected, Facts, Found, Level, Packet, Part, Pass, Protocol, Side, Talk, TcpFacts,
};

const FIN: u16 = 1;
pub(super) const SYN: u16 = 2;
const RST: u16 = 4;
pub(super) const ACK: u16 = 16;

/// Most bytes of a title.
const MAX_TITLE: usize = 255;

/// What one end sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Packets.
    pub packets: u64,
    /// Bytes on the wire, with all headers.
    pub bytes: u64,
    /// Bytes of the transport layer's payload.
    pub payload: u64,
}

/// How far a TCP connection has come, as far as the capture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// No handshake was seen: the capture began later, or it is not TCP.
    #[default]
    Midway,
    /// Asked for.
    Opening,
    /// Both have said yes.
    Open,
    /// One side has said that it is done.
    HalfClosed,
    /// Both sides have said that they are done.
    Closed,
    /// Broken off by a RST.
    Reset,
}

/// One conversation.
pub struct Conversation {
    /// Its five numbers.
    pub key: Key,
    /// Who began.
    pub client: Endpoint,
    /// Who answered.
    pub server: Endpoint,
    /// What its readers remember.
    pub talk: Talk,
    /// How far it has come.
    pub state: State,
    /// What client and server sent.
    pub counts: [Count; 2],
    /// Nanoseconds since 1970 of its first and last packet.
    pub times: Option<(u64, u64)>,
    /// What is spoken, as far as it is known.
    pub application: Option<&'static Protocol>,
    /// Number of its last packet.
    pub last_packet: u64,
    /// What it is about, in the words of its readers: a host, a domain. As it stood on the wire: escape it.
    pub title: Option<Vec<u8>>,
    pub(super) streams: [Stream; 2],
    pub(super) speaks: [Option<Found>; 2],
    /// Bytes of a message that is too long to be kept.
    pub(super) skip: [u64; 2],
    /// Bytes that the unfinished message has in all, where it says so.
    pub(super) needed: [u64; 2],
    pub(super) finished: [bool; 2],
    first_seq: Option<(Endpoint, u32)>,
}

impl Conversation {
    pub(super) fn new(key: Key, from: Endpoint, facts: &Facts, talk: Talk) -> Self {
        // Who answers a SYN is the server, even if the SYN itself was not captured. Without a handshake the one
        // with the lower port is: programs wait on low ports.
        let flags = facts.tcp.map_or(0, |t| t.flags & (SYN | ACK));
        let other = key.other(from);
        let client = match flags {
            SYN => from,
            flags if flags == SYN | ACK => other,
            _ if key.transport == 6 && from.port < other.port => other,
            _ => from,
        };
        let first_seq = facts.tcp.filter(|t| t.flags & (SYN | ACK) == SYN).map(|t| (from, t.seq));
        Conversation {
            key,
            client,
            server: key.other(client),
            talk,
            state: State::default(),
            counts: Default::default(),
            times: None,
            application: None,
            last_packet: 0,
            title: None,
            streams: Default::default(),
            speaks: [None; 2],
            skip: [0; 2],
            needed: [0; 2],
            finished: [false; 2],
            first_seq,
        }
    }

    /// Another conversation has said that this one would come, and what it speaks.
    pub(super) fn announced(&mut self, expected: Expected) {
        self.speaks = [Some((expected.protocol, By::Parent)); 2];
        self.application = Some(expected.protocol);
        self.talk.announced = Some(expected.packet);
    }

    /// Whether this packet opens another connection between the same ports.
    pub(super) fn begins_anew(&self, facts: &Facts, from: Endpoint) -> bool {
        let Some(tcp) = facts.tcp.filter(|t| t.flags & (SYN | ACK) == SYN) else { return false };
        match self.first_seq {
            Some((client, seq)) => client != from || seq != tcp.seq,
            None => true,
        }
    }

    /// Bytes held for it.
    pub(super) fn held(&self) -> usize {
        self.streams.iter().map(Stream::held).sum::<usize>() + self.talk.stored()
    }

    pub(super) fn forget_unfinished(&mut self) {
        self.streams.iter_mut().for_each(Stream::give_up);
        self.needed = [0; 2];
        self.talk.give_up_stored();
    }

    pub(super) fn count(&mut self, packet: &Packet<'_>, tape: &Dissection, carried: usize) {
        let count = &mut self.counts[self.talk.side.index()];
        count.packets += 1;
        count.bytes += u64::from(packet.length);
        count.payload += carried as u64;
        if let Some(time) = packet.time {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
        // A layer inside may be of a protocol that other conversations speak (TLS in QUIC): the transport tells.
        let spoken = |l: &&crate::dissect::Layer| {
            (l.joined || l.at.start >= tape.facts.payload.start && !l.at.is_empty())
                && !l.protocol.fields.is_empty()
                && l.protocol.claims_payload(tape.facts.transport)
        };
        if let Some(layer) = tape.layers.iter().rev().find(spoken) {
            self.application = Some(layer.protocol);
        }
        if self.title.is_none() {
            // What it is about is said by programs: most packets have no such layer, and nothing to look through.
            let talks = |l: &crate::dissect::Layer| l.protocol.level == Level::Application && !l.quoted;
            let layers = tape.layers.iter().enumerate().filter(|(_, l)| talks(l));
            let names = layers.flat_map(|(at, _)| tape.nodes_of(at)).find(|n| n.field.titles);
            let bytes = names.map(|n| tape.bytes_of(n, packet.bytes)).filter(|b| !b.is_empty());
            self.title = bytes.map(|b| b[..b.len().min(MAX_TITLE)].to_vec());
        }
    }

    /// The message of this side (0 client, 1 server) that nothing has completed so far.
    pub(super) fn unfinished(&self, side: usize) -> Option<Unfinished> {
        let stream = &self.streams[side];
        let packet = stream.carriers(1).next()?;
        Some(Unfinished {
            side: Side::BOTH[side],
            missing: 0,
            early: false,
            of: self.speaks[side].map(|found| found.0.name),
            needed: Some(self.needed[side]).filter(|needed| *needed > 0),
            bytes: stream.open().to_vec(),
            packet,
        })
    }

    /// What is left when no more packets come: unfinished messages, and what waits for missing bytes.
    pub fn left(&self) -> Vec<Unfinished> {
        let mut left = Vec::new();
        for (number, stream) in self.streams.iter().enumerate() {
            left.extend(self.unfinished(number));
            left.extend(stream.waiting().map(|(missing, bytes, packet)| Unfinished {
                side: Side::BOTH[number],
                missing,
                early: true,
                of: None,
                needed: None,
                bytes: bytes.to_vec(),
                packet,
            }));
        }
        left
    }

    /// Gives back the memory that only reading on would need.
    pub(super) fn close(mut self) -> Self {
        self.streams = Default::default();
        self.talk.forget();
        self
    }

    /// What SYN, FIN and RST do to the connection.
    pub(super) fn control(&mut self, tcp: TcpFacts, pass: &mut Pass<'_>, packet: &Packet<'_>, tape: &mut Dissection) {
        let side = self.talk.side.index();
        if tcp.flags & SYN != 0 {
            self.streams[side].begin(tcp.seq.wrapping_add(1));
            self.state = State::Opening;
        } else if tcp.flags & RST != 0 {
            self.state = State::Reset;
            self.end(side, pass, packet, tape);
            // What the other side has sent before it hears of this may still arrive and complete its message, where
            // that says how long it is.
            if self.needed[1 - side] == 0 {
                self.talk.side = self.talk.side.other();
                self.end(1 - side, pass, packet, tape);
                self.talk.side = self.talk.side.other();
            }
        } else if self.state == State::Opening && self.talk.side == Side::Client && tcp.flags & ACK != 0 {
            self.state = State::Open;
        }
        if tcp.flags & FIN != 0 && !self.finished[side] {
            self.end(side, pass, packet, tape);
            self.finished[side] = true;
            self.streams[side].advance(1);
            self.state = if self.finished[1 - side] { State::Closed } else { State::HalfClosed };
        }
    }

    /// No more bytes will come from `side`: what is unfinished is read as it is.
    fn end(&mut self, side: usize, pass: &mut Pass<'_>, packet: &Packet<'_>, tape: &mut Dissection) {
        self.end_outside(side, pass, packet, tape);
        pass.end_inside(tape, &mut self.talk);
    }

    fn end_outside(&mut self, side: usize, pass: &mut Pass<'_>, packet: &Packet<'_>, tape: &mut Dissection) {
        let Some(found) = self.speaks[side] else { return };
        let bytes = self.streams[side].open().to_vec();
        if bytes.is_empty() {
            return;
        }
        let carriers: Vec<u64> = self.streams[side].carriers(bytes.len()).collect();
        let have = bytes.len() as u64;
        let ended = Some((have, self.needed[side].saturating_sub(have)));
        Part { of: Some(found.0), carriers: &carriers, ended, ..Part::default() }.note(pass, 0, tape);
        let mut one = One { talk: &mut self.talk, packet: packet.number };
        pass.join(&bytes, found, tape, Some(&mut one));
        self.streams[side].close_message();
    }
}

impl Conversation {
    /// A message was read: what is spoken now.
    pub(super) fn heard(&mut self, found: Found, switch: Option<&'static Protocol>, side: usize) {
        self.application = Some(found.0);
        if let Some(to) = switch {
            self.speaks = [Some((to, By::Content)); 2];
            self.application = Some(to);
            // What the other side has left unfinished was said before the change.
            self.streams[1 - side].close_message();
        }
    }
}
