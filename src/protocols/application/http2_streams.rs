//! What is remembered of an HTTP/2 connection: the table of each direction, headers that are not complete, and the
//! questions on each stream (RFC 9113 §5). Bounded; not here: how headers are read (`http2_headers`).

use rustc_hash::FxHashMap;

use super::hpack::Table;
use super::http2::{END_STREAM, Frame};
use super::http2_body::Body;
use crate::dissect::{Reader, Talk};

/// Streams that may be open at once; further ones are not remembered.
const MAX_STREAMS: usize = 1024;
/// Bytes of headers that come in several frames.
const MAX_BLOCK: usize = 64 * 1024;

/// A question, and what its two sides send.
#[derive(Debug, Default, Clone, Copy)]
struct Stream {
    asked: Option<(u64, Option<u64>)>,
    bodies: [Body; 2],
}

/// Headers that go on in the next frame.
#[derive(Default)]
pub(super) struct Open {
    /// The frame in which they began.
    pub begun: Option<Frame>,
    /// CONTINUATION frames so far.
    pub frames: u64,
    /// What came so far.
    pub bytes: Vec<u8>,
}

impl Open {
    /// Keeps `bytes`, as far as there is room; false where there was too little.
    pub fn keep(&mut self, bytes: &[u8]) -> bool {
        let room = MAX_BLOCK.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        bytes.len() <= room
    }
}

/// The memory of one connection.
#[derive(Default)]
pub(super) struct Memory {
    begun: bool,
    streams: FxHashMap<u64, Stream>,
    /// By direction: what was said before.
    pub tables: [Table; 2],
    /// By direction: headers that are not complete.
    pub open: [Open; 2],
}

impl Memory {
    fn stream(&mut self, stream: u64) -> Option<&mut Stream> {
        if self.streams.len() >= MAX_STREAMS && !self.streams.contains_key(&stream) {
            return None;
        }
        Some(self.streams.entry(stream).or_default())
    }

    /// A question began this stream.
    pub fn asked(&mut self, stream: u64, packet: u64, time: Option<u64>) {
        if let Some(stream) = self.stream(stream) {
            stream.asked = Some((packet, time));
        }
    }

    /// The packet and time of the question; `last` where no other answer will come.
    pub fn answered(&mut self, stream: u64, last: bool) -> Option<(u64, Option<u64>)> {
        let stream = self.streams.get_mut(&stream)?;
        if last { stream.asked.take() } else { stream.asked }
    }

    /// The headers have said this about the body that this side sends.
    pub fn set_body(&mut self, stream: u64, side: usize, body: Body) {
        if let Some(stream) = self.stream(stream) {
            stream.bodies[side] = body;
        }
    }

    /// What is known of the body that this side sends on the stream.
    pub fn body(&mut self, stream: u64, side: usize) -> Option<&mut Body> {
        self.streams.get_mut(&stream).map(|s| &mut s.bodies[side])
    }

    /// A server that has said its last word ends the stream. Whether it did.
    pub fn ends(&mut self, frame: Frame, side: usize) -> bool {
        let over = frame.flags & END_STREAM != 0 && side == 1;
        if over {
            self.forget(frame.stream);
        }
        over
    }

    /// The stream is over.
    pub fn forget(&mut self, stream: u64) {
        self.streams.remove(&stream);
    }
}

/// The preface was read. Whether nobody knew yet that this is HTTP/2.
pub(super) fn begin(r: &mut Reader<'_>) -> bool {
    r.talk().is_none_or(|talk| !std::mem::replace(&mut talk.memory::<Memory>().begun, true))
}

/// The memory, to be given back by [`restore`], and who speaks. Empty where a packet is read alone.
pub(super) fn lend(r: &mut Reader<'_>) -> (Memory, usize) {
    r.talk().map_or_else(Default::default, |talk| (std::mem::take(talk.memory()), talk.side.index()))
}

/// Gives the memory back.
pub(super) fn restore(r: &mut Reader<'_>, memory: Memory) {
    if let Some(talk) = r.talk() {
        *talk.memory() = memory;
    }
}

/// HTTP/1.1 has become HTTP/2 (RFC 7540 §3.2): its question is answered on stream 1.
pub(super) fn upgraded(talk: &mut Talk, packet: u64, time: Option<u64>) {
    let memory = talk.memory::<Memory>();
    memory.begun = true;
    memory.asked(1, packet, time);
}
