//! One segment of a TCP connection: what of it comes next, which messages it completes, what has to wait.
//! Not here: the conversation itself (`conversation`), the order of its bytes (`stream`).

use super::conversation::{ACK, Conversation, SYN, State};
use super::scout::Foresight;
use super::stream::{Arrival, MAX_OPEN, Stream};
use crate::dissect::{
    Dissection, Facts, Found, Framing, Index, Packet, Part, Pass, Pause, Rest, Side, Talk, Talks, TcpFacts,
};

/// A message, or bytes, that nothing completes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Who sent it.
    pub side: Side,
    /// Bytes before it that were never captured.
    pub missing: u64,
    /// Whether it waits for the missing bytes: nobody has looked at it.
    pub early: bool,
    /// Name of the protocol that it is a message of.
    pub of: Option<&'static str>,
    /// Bytes that it would have had, where it says so.
    pub needed: Option<u64>,
    /// What came of it.
    pub bytes: Vec<u8>,
    /// The packet that brought its beginning.
    pub packet: u64,
}

/// Bytes that can be read in order from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Who sent them.
    pub side: Side,
    /// Bytes before them that were never captured.
    pub missing: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// A message that the missing bytes cut off.
    pub unfinished: Option<Unfinished>,
}

/// The conversation of a message that is being read: always this one.
pub(super) struct One<'a> {
    pub talk: &'a mut Talk,
    pub packet: u64,
}

impl Talks for One<'_> {
    fn talk(&mut self, _facts: &Facts, packet: &Packet<'_>) -> Option<&mut Talk> {
        (packet.number == self.packet).then_some(&mut *self.talk)
    }
}

/// A segment with payload that is being read.
pub(super) struct Segment<'a, 'p> {
    pub pass: &'a mut Pass<'p>,
    pub pause: Pause,
    pub index: &'a Index,
    pub packet: &'a Packet<'a>,
    /// All that the segment carries.
    pub payload: &'a [u8],
    pub tape: &'a mut Dissection,
    /// Where somebody listens: what can be read in order from now on.
    pub heard: Option<&'a mut Vec<Heard>>,
    /// Where somebody has read ahead.
    pub foresight: Option<&'a mut Foresight>,
}

impl<'a> Segment<'a, '_> {
    pub fn read(mut self, tcp: TcpFacts, conversation: &mut Conversation) {
        let side = conversation.talk.side.index();
        if tcp.flags & SYN != 0 {
            conversation.streams[side].begin(tcp.seq.wrapping_add(1));
            conversation.state = State::Opening;
        }
        self.acknowledged(tcp, conversation, 1 - side);
        let seq = tcp.seq.wrapping_add(u32::from(tcp.flags & SYN != 0));
        let payload = self.payload;
        if self.packet.fate.is_gone() {
            // The wire says that nobody received it: what comes again will be read in its place.
            self.part(usize::MAX, &Part::default());
            conversation.control(TcpFacts { flags: tcp.flags & !SYN, ..tcp }, self.pass, self.packet, self.tape);
            return;
        }
        match conversation.streams[side].arrive(seq, payload, self.packet.number) {
            Arrival::Known => self.part(usize::MAX, &Part { again: true, ..Part::default() }),
            Arrival::Early => {
                // Bytes that nobody puts into messages are complete in no packet, and not missing either.
                let rest = Some(self.rest()).filter(|rest| matches!(rest, Rest::In(_)));
                self.part(usize::MAX, &Part { early: true, rest, ..Part::default() });
            }
            Arrival::Next(new) => {
                if new.start > 0 {
                    self.part(new.start, &Part { again: true, ..Part::default() });
                }
                conversation.streams[side].advance(new.len());
                self.hear(conversation.talk.side, 0, &payload[new]);
                self.messages(conversation, side);
                self.waiting(conversation, side);
            }
        }
        conversation.control(TcpFacts { flags: tcp.flags & !SYN, ..tcp }, self.pass, self.packet, self.tape);
    }

    /// What of the payload has not been read so far.
    fn bytes(&self) -> &'a [u8] {
        &self.payload[self.payload.len().saturating_sub(self.pass.rest().len())..]
    }

    fn hear(&mut self, side: Side, missing: u64, bytes: &[u8]) {
        if let Some(heard) = &mut self.heard {
            heard.push(Heard { side, missing, bytes: bytes.to_vec(), unfinished: None });
        }
    }

    /// The same for a segment without payload.
    pub fn read_bare(mut self, tcp: TcpFacts, conversation: &mut Conversation) {
        self.acknowledged(tcp, conversation, 1 - conversation.talk.side.index());
        conversation.control(tcp, self.pass, self.packet, self.tape);
    }

    /// Where the message that this packet leaves unfinished is complete.
    fn rest(&mut self) -> Rest {
        self.foresight.as_mut().map_or(Rest::Follows, |foresight| foresight(self.packet.number))
    }

    fn part(&mut self, n: usize, said: &Part<'_>) {
        said.note(self.pass, n, self.tape);
    }

    /// The receiver has what this capture has not: nobody will send it again.
    fn acknowledged(&mut self, tcp: TcpFacts, conversation: &mut Conversation, other: usize) {
        let stream = &mut conversation.streams[other];
        let behind = |stream: &Stream| {
            let ahead = stream.next().map_or(0, |next| tcp.ack.wrapping_sub(next));
            tcp.flags & ACK != 0 && stream.has_gap() && ahead > 0 && ahead < 1 << 31
        };
        if behind(stream) {
            let unfinished = self.heard.as_ref().and_then(|_| conversation.unfinished(other));
            let missing = conversation.streams[other].skip_gap();
            if let Some(heard) = &mut self.heard {
                heard.push(Heard { side: conversation.talk.side.other(), missing, bytes: Vec::new(), unfinished });
            }
            conversation.speaks[other] = conversation.speaks[other].filter(|(p, _)| p.frame.is_some());
            self.part(0, &Part { missing, ..Part::default() });
            // What waited was said by the other side.
            conversation.talk.side = conversation.talk.side.other();
            self.waiting(conversation, other);
            conversation.talk.side = conversation.talk.side.other();
        }
    }

    /// Segments that waited for this one.
    fn waiting(&mut self, conversation: &mut Conversation, side: usize) {
        while let Some((bytes, packet)) = conversation.streams[side].ready() {
            conversation.streams[side].advance(bytes.len());
            let speaks = if side == 0 { Side::Client } else { Side::Server };
            self.hear(speaks, 0, &bytes);
            conversation.streams[side].keep(&bytes, packet, 0);
            self.joined(conversation, side);
        }
    }

    /// Who reads what this side says.
    fn reader(&self, conversation: &mut Conversation, side: usize, bytes: &[u8]) -> Option<Found> {
        if conversation.speaks[side].is_none() {
            conversation.speaks[side] = self.pause.find(self.index, bytes);
        }
        conversation.speaks[side]
    }

    /// Reads the messages that begin in this packet; what is unfinished is kept.
    fn messages(&mut self, conversation: &mut Conversation, side: usize) {
        self.skip(conversation, side);
        if !conversation.streams[side].open().is_empty() {
            let bytes = self.bytes();
            conversation.streams[side].keep(bytes, self.packet.number, 0);
            return self.joined(conversation, side);
        }
        loop {
            let bytes = self.bytes();
            if bytes.is_empty() {
                return;
            }
            let Some(found) = self.reader(conversation, side, bytes) else { return };
            let Some(frame) = found.0.frame else {
                // Read as it comes, segment by segment.
                conversation.speaks[side] = None;
                let mut one = One { talk: &mut conversation.talk, packet: self.packet.number };
                self.pass.payload(self.pause, self.tape, Some(&mut one));
                return;
            };
            match frame(bytes, &mut conversation.talk, false) {
                Framing::Message(n) if n > 0 => self.message(n.min(bytes.len()), found, conversation, side),
                Framing::More(needed) => return self.unfinished(needed, found, conversation, side),
                Framing::Message(_) | Framing::Alien => {
                    conversation.speaks[side] = None;
                    return;
                }
            }
        }
    }

    fn message(&mut self, n: usize, found: Found, conversation: &mut Conversation, side: usize) {
        let mut one = One { talk: &mut conversation.talk, packet: self.packet.number };
        let switch = self.pass.message(n, found, self.tape, Some(&mut one));
        conversation.heard(found, switch, side);
    }

    /// The message goes on in another packet.
    fn unfinished(&mut self, needed: Option<u64>, found: Found, conversation: &mut Conversation, side: usize) {
        let bytes = self.bytes();
        if needed.is_some_and(|n| n > MAX_OPEN as u64) {
            // Its beginning is shown now, the rest is passed over.
            conversation.skip[side] = needed.unwrap_or_default().saturating_sub(bytes.len() as u64);
            return self.message(bytes.len(), found, conversation, side);
        }
        conversation.streams[side].keep(bytes, self.packet.number, needed.unwrap_or(0));
        conversation.needed[side] = needed.unwrap_or(0);
        let rest = if conversation.streams[side].has_ready() { None } else { Some(self.rest()) };
        self.part(usize::MAX, &Part { of: Some(found.0), first: true, rest, ..Part::default() });
    }

    /// Passes over what belongs to a message that is too long.
    fn skip(&mut self, conversation: &mut Conversation, side: usize) {
        let left = conversation.skip[side];
        if left > 0 {
            let n = usize::try_from(left).unwrap_or(usize::MAX).min(self.pass.rest().len());
            let of = conversation.speaks[side].map(|f| f.0);
            self.part(n, &Part { of, too_long: true, ..Part::default() });
            conversation.skip[side] -= n as u64;
        }
    }

    /// Reads the messages that are complete in the unfinished bytes.
    fn joined(&mut self, conversation: &mut Conversation, side: usize) {
        let mut shown = false;
        while let Some((n, found)) = self.complete(conversation, side) {
            if n == 0 {
                if !shown {
                    // What waited for this packet may complete it at once.
                    let ready = conversation.streams[side].has_ready();
                    let rest = if ready { None } else { Some(self.rest()) };
                    self.part(usize::MAX, &Part { of: Some(found.0), rest, ..Part::default() });
                }
                return;
            }
            let stream = &mut conversation.streams[side];
            let carriers: Vec<u64> = stream.carriers(n).collect();
            // The bytes of this packet are a part of the first message that they complete.
            let said = Part { of: Some(found.0), carriers: &carriers, ..Part::default() };
            said.note(self.pass, if shown { 0 } else { usize::MAX }, self.tape);
            shown = true;
            let mut bytes = stream.lend();
            let mut one = One { talk: &mut conversation.talk, packet: self.packet.number };
            if n == bytes.len() {
                let switch = self.pass.join_all(&mut bytes, found, self.tape, Some(&mut one));
                conversation.streams[side].finish(bytes, n);
                conversation.heard(found, switch, side);
                continue;
            }
            let switch = self.pass.join(&bytes[..n.min(bytes.len())], found, self.tape, Some(&mut one));
            conversation.streams[side].restore(bytes);
            conversation.streams[side].take(n);
            conversation.heard(found, switch, side);
        }
    }

    /// How many of the unfinished bytes make a message, and who reads it; 0 where more are needed. `None` where
    /// nothing is left.
    fn complete(&mut self, conversation: &mut Conversation, side: usize) -> Option<(usize, Found)> {
        let bytes = conversation.streams[side].lend();
        let found = if bytes.is_empty() { None } else { self.reader(conversation, side, &bytes) };
        let verdict = found.map(|found| {
            let have = bytes.len() as u64;
            let framing = match found.0.frame {
                _ if have < conversation.needed[side] => Framing::More(Some(conversation.needed[side])),
                Some(frame) => frame(&bytes, &mut conversation.talk, false),
                None => Framing::Message(bytes.len()),
            };
            let n = match framing {
                Framing::Message(n) if n > 0 => n.min(bytes.len()),
                Framing::More(needed) if bytes.len() < MAX_OPEN && needed.is_none_or(|n| n <= MAX_OPEN as u64) => {
                    conversation.needed[side] = needed.unwrap_or(0);
                    return (0, found);
                }
                Framing::More(needed) => {
                    conversation.skip[side] = needed.unwrap_or(u64::MAX).saturating_sub(have);
                    bytes.len()
                }
                Framing::Message(_) | Framing::Alien => {
                    conversation.speaks[side] = None;
                    bytes.len()
                }
            };
            conversation.needed[side] = 0;
            (n, found)
        });
        conversation.streams[side].restore(bytes);
        if verdict.is_none() {
            conversation.streams[side].close_message();
        }
        verdict
    }
}
