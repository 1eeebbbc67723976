//! A stream within a conversation: what an encryption hid. Its bytes come record by record, and messages of the
//! protocol inside end where they like; here they are put together and read whole.
//! Not here: how the bytes were made (`protocols`), the stream of the transport layer (`flow`).

use super::pass::bring;
use super::{By, DATA, Dissection, Facts, Found, Framing, Next, PART, Packet, Part, Pass, Protocol, Span, Talk, Talks};

/// Most bytes of an unfinished message of one direction.
const MAX_OPEN: usize = 1024 * 1024;
/// Most packets that are named as carriers of one message.
const MAX_CARRIERS: usize = 256;

/// A piece of the stream, as a reader hands it over.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    /// What is spoken, where the two have agreed on it; else content and port tell.
    pub speaks: Option<&'static Protocol>,
    /// No more bytes will come in this direction.
    pub last: bool,
}

/// The stream within a conversation: its own memory, and what waits in each direction.
#[derive(Default)]
pub(super) struct Inner {
    talk: Talk,
    speaks: [Option<Found>; 2],
    sides: [Waiting; 2],
}

/// An unfinished message.
#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    carriers: Vec<u64>,
    /// Bytes that it has in all, where it says so.
    needed: u64,
    /// Bytes of a message that is too long to be kept.
    skip: u64,
}

impl Inner {
    pub(super) fn held(&self) -> usize {
        self.sides.iter().map(|s| s.bytes.capacity()).sum::<usize>() + self.talk.stored()
    }

    pub(super) fn give_up(&mut self) {
        self.sides = Default::default();
        self.speaks = [None; 2];
        self.talk.give_up_stored();
    }
}

/// The conversation inside, for the readers of its messages.
struct Inside<'a> {
    talk: &'a mut Talk,
    packet: u64,
}

impl Talks for Inside<'_> {
    fn talk(&mut self, _: &Facts, packet: &Packet<'_>) -> Option<&mut Talk> {
        (packet.number == self.packet).then_some(&mut *self.talk)
    }
}

impl Pass<'_> {
    /// Reads the messages that the bytes `made` complete; what is unfinished waits for more.
    pub(super) fn stream(&mut self, piece: Stream, made: Span, tape: &mut Dissection, talks: Option<&mut dyn Talks>) {
        let new = made.of(&tape.made).to_vec();
        let facts = tape.facts;
        let Some(outer) = talks.and_then(|t| t.talk(&facts, self.packet())) else {
            // Read alone: the bytes are all that is known.
            let found = piece.speaks.map(|p| (p, By::Parent)).or_else(|| self.guess(&facts, &new));
            self.bring_in(&new, found.unwrap_or((&DATA, By::Parent)), tape, None);
            return;
        };
        let mut inner = outer.inner.take().unwrap_or_default();
        inner.talk.side = outer.side;
        (inner.talk.flow, inner.talk.stream) = (outer.flow, outer.stream);
        inner.talk.secrets.clone_from(&outer.secrets);
        self.pieces(&mut inner, piece, &new, false, tape);
        outer.expected.append(&mut inner.talk.expected);
        outer.inner = Some(inner);
    }

    /// The connection has ended in the direction of `outer.side`, without a goodbye inside: what waits there is read as
    /// it is.
    pub fn end_inside(&mut self, tape: &mut Dissection, outer: &mut Talk) {
        let Some(mut inner) = outer.inner.take() else { return };
        if !inner.sides[outer.side.index()].bytes.is_empty() {
            inner.talk.side = outer.side;
            self.pieces(&mut inner, Stream { speaks: None, last: true }, &[], true, tape);
        }
        outer.inner = Some(inner);
    }

    fn guess(&self, facts: &Facts, bytes: &[u8]) -> Option<Found> {
        let (from, to) = facts.ports?;
        self.index().find(&Next::TcpPorts(from, to), &DATA, bytes)
    }

    fn pieces(&mut self, inner: &mut Inner, piece: Stream, new: &[u8], cut_off: bool, tape: &mut Dissection) {
        let (side, number) = (inner.talk.side.index(), self.packet().number);
        let passed = usize::try_from(inner.sides[side].skip).unwrap_or(usize::MAX).min(new.len());
        inner.sides[side].skip -= passed as u64;
        if passed > 0 {
            let of = inner.speaks[side].map(|f| f.0);
            self.part_inside(&new[..passed], &Part { of, too_long: true, ..Part::default() }, tape);
        }
        let new = &new[passed..];
        let mut bytes = std::mem::take(&mut inner.sides[side].bytes);
        let mut old = bytes.len();
        bytes.extend_from_slice(new);
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let hint = inner.speaks[side].or_else(|| piece.speaks.map(|p| (p, By::Parent)));
            let Some(found) = hint.or_else(|| self.guess(&tape.facts, rest)) else {
                self.bring_in(rest, (&DATA, By::Parent), tape, None);
                at = bytes.len();
                break;
            };
            inner.speaks[side] = found.0.frame.map(|_| found);
            let framing = match found.0.frame {
                _ if !piece.last && (rest.len() as u64) < inner.sides[side].needed => {
                    Framing::More(Some(inner.sides[side].needed))
                }
                Some(frame) => frame(rest, &mut inner.talk, piece.last),
                None => Framing::Message(rest.len()),
            };
            let n = match framing {
                Framing::Message(n) if n > 0 => n.min(rest.len()),
                Framing::More(needed)
                    if piece.last || needed.is_some_and(|n| n > MAX_OPEN as u64) || rest.len() > MAX_OPEN =>
                {
                    // What is here is shown now, the rest is passed over.
                    inner.sides[side].skip = needed.unwrap_or(0).saturating_sub(rest.len() as u64);
                    rest.len()
                }
                Framing::More(needed) => {
                    inner.sides[side].needed = needed.unwrap_or(0);
                    let fresh = &rest[rest.len().saturating_sub(new.len())..];
                    let first = at >= old;
                    self.part_inside(fresh, &Part { of: Some(found.0), first, ..Part::default() }, tape);
                    break;
                }
                Framing::Message(_) | Framing::Alien if old > 0 => {
                    // It was taken for a message, and what kept it from ending is for its reader to say.
                    inner.speaks[side] = None;
                    rest.len()
                }
                Framing::Message(_) | Framing::Alien => {
                    inner.speaks[side] = None;
                    let found = if hint.is_some() { self.guess(&tape.facts, rest) } else { None };
                    let found = found.filter(|f| f.0.frame.is_none()).unwrap_or((&DATA, By::Parent));
                    self.bring_in(rest, found, tape, None);
                    at = bytes.len();
                    break;
                }
            };
            let needed = std::mem::take(&mut inner.sides[side].needed);
            if old > 0 {
                let mut carriers = std::mem::take(&mut inner.sides[side].carriers);
                let have = rest.len() as u64;
                let ended = cut_off.then_some((have, needed.saturating_sub(have)));
                if !cut_off {
                    carriers.push(number);
                }
                let fresh = rest.get(old..n).unwrap_or(&[]);
                self.part_inside(
                    fresh,
                    &Part { of: Some(found.0), carriers: &carriers, ended, ..Part::default() },
                    tape,
                );
                old = 0;
            }
            let mut one = Inside { talk: &mut inner.talk, packet: number };
            let message = rest.get(..n).unwrap_or(rest);
            if let Some(to) = self.bring_in(message, found, tape, Some(&mut one)) {
                inner.speaks = [Some((to, By::Content)); 2];
                inner.sides[1 - side] = Waiting::default();
            }
            at += n;
        }
        bytes.drain(..at.min(bytes.len()));
        let waiting = &mut inner.sides[side];
        if bytes.is_empty() {
            waiting.carriers.clear();
            bytes = Vec::new();
        } else if waiting.carriers.len() < MAX_CARRIERS && waiting.carriers.last() != Some(&number) {
            waiting.carriers.push(number);
        }
        waiting.bytes = bytes;
    }

    /// Reads these bytes one level deeper; what is spoken from now on, where it changes.
    fn bring_in(
        &mut self,
        bytes: &[u8],
        found: Found,
        tape: &mut Dissection,
        talks: Option<&mut dyn Talks>,
    ) -> Option<&'static Protocol> {
        let start = bring(bytes, tape)?;
        self.deeper(start, found, tape, talks);
        self.switched()
    }

    fn part_inside(&mut self, bytes: &[u8], said: &Part<'_>, tape: &mut Dissection) {
        if let Some(start) = bring(bytes, tape) {
            self.aside_joined(start, &PART, tape, |r| said.write(r));
        }
    }
}
