//! What is remembered of a QUIC connection that begins: the id that its first keys come from, and the CRYPTO stream
//! of each side, put in order. Bounded. Not here: how keys are made (`quic_keys`), frames (`quic_frames`).

use super::quic_header::Header;
use super::quic_keys::{Keys, Opened, retry_fits};
use crate::dissect::{Reader, Side, Talk};

/// Most bytes of a CRYPTO stream behind those that were read: enough for a hello with keys against quantum computers.
const WINDOW: usize = 32 * 1024;
/// Most pieces that lie apart from each other.
const MAX_PIECES: usize = 256;
/// Under this name the bytes of the CRYPTO stream are kept.
const STORE: &str = "quic crypto";

/// The memory of one conversation.
#[derive(Default)]
pub(super) struct Connection {
    version: u32,
    /// The id that the client called first, and from which both sides make their keys.
    origin: Vec<u8>,
    /// Who began.
    client: Side,
    /// The id that a Retry asked the client to call instead.
    retry: Option<Vec<u8>>,
    largest: [Option<u64>; 2],
    streams: [Crypto; 2],
}

/// Which bytes of one side's CRYPTO stream are here; the bytes themselves are put aside in the talk.
#[derive(Default)]
struct Crypto {
    /// Bytes that were read as whole messages.
    done: u64,
    /// What is here behind them: places from `done` on, in order, apart from each other.
    here: Vec<(usize, usize)>,
}

/// What a piece of the CRYPTO stream did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// All of it had come before.
    pub again: bool,
    /// It lies further ahead than is kept.
    pub far: bool,
}

/// Opens an Initial packet with the keys of its connection, or with those of its own id where it begins one.
pub(super) fn open(r: &mut Reader<'_>, packet: &[u8], header: &Header<'_>) -> Option<Opened> {
    let packet = packet.get(..header.size + header.length)?;
    let try_own = || Keys::initial(header.version, header.destination, 0)?.open(packet, header.size, None);
    let Some(talk) = r.talk() else { return try_own() };
    let side = talk.side;
    if let Some(known) = talk.recall::<Connection>()
        && known.version == header.version
    {
        let speaker = usize::from(side != known.client);
        let keys = Keys::initial(known.version, &known.origin, speaker)?;
        if let Some(opened) = keys.open(packet, header.size, known.largest[side.index()]) {
            let largest = &mut known.largest[side.index()];
            *largest = Some(largest.map_or(opened.number, |n| n.max(opened.number)));
            return Some(opened);
        }
    }
    let opened = try_own()?;
    begins(talk, header, opened.number);
    Some(opened)
}

/// A client begins with this id: anew, or as a Retry has told it to.
fn begins(talk: &mut Talk, header: &Header<'_>, number: u64) {
    let side = talk.side;
    let known = talk.memory::<Connection>();
    if known.retry.as_deref() == Some(header.destination) {
        known.retry = None;
    } else {
        *known = Connection::default();
        talk.fetch(STORE, Side::Client);
        talk.fetch(STORE, Side::Server);
    }
    let known = talk.memory::<Connection>();
    (known.version, known.origin, known.client) = (header.version, header.destination.to_vec(), side);
    known.largest[side.index()] = Some(number);
}

/// A Retry asks to call `source` from now on. Whether its tag fits the id that the client had called; `None` where
/// that is not known.
pub(super) fn retried(r: &mut Reader<'_>, packet: &[u8], version: u32, source: &[u8]) -> Option<bool> {
    let known = r.talk()?.recall::<Connection>()?;
    let fits = retry_fits(version, packet, &known.origin)?;
    if fits {
        known.retry = Some(source.to_vec());
    }
    Some(fits)
}

/// Pieces of the present packet, and what was kept of those before.
pub(super) struct Gathered {
    side: Side,
    crypto: Crypto,
    bytes: Vec<u8>,
}

/// What is known of the CRYPTO stream of the side that speaks; nothing where a packet is read alone.
pub(super) fn gather(r: &mut Reader<'_>) -> Gathered {
    let mut gathered = Gathered { side: Side::Client, crypto: Crypto::default(), bytes: Vec::new() };
    if let Some(talk) = r.talk() {
        gathered.side = talk.side;
        gathered.bytes = talk.fetch(STORE, gathered.side).unwrap_or_default();
        if let Some(known) = talk.recall::<Connection>() {
            gathered.crypto = std::mem::take(&mut known.streams[gathered.side.index()]);
        }
        if gathered.bytes.is_empty() {
            gathered.crypto.here.clear(); // had to be given up
        }
    }
    gathered
}

impl Gathered {
    /// Adds the bytes that stand at `offset` of the stream. What is here already stays as it is.
    pub(super) fn add(&mut self, offset: u64, piece: &[u8]) -> Outcome {
        let crypto = &mut self.crypto;
        let old = crypto.done.saturating_sub(offset);
        let Some(piece) = usize::try_from(old).ok().and_then(|old| piece.get(old..)).filter(|p| !p.is_empty()) else {
            return Outcome { again: !piece.is_empty(), far: false };
        };
        let start = usize::try_from(offset.saturating_sub(crypto.done)).unwrap_or(usize::MAX);
        let Some(end) = start.checked_add(piece.len()).filter(|end| *end <= WINDOW) else {
            return Outcome { again: false, far: true };
        };
        if crypto.here.iter().any(|(from, to)| *from <= start && end <= *to) {
            return Outcome { again: true, far: false };
        }
        if crypto.here.len() >= MAX_PIECES {
            return Outcome { again: false, far: true };
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        let mut from = start;
        for (known, to) in crypto.here.iter().copied().chain([(end, end)]) {
            if from < known.min(end) {
                let gap = from..known.min(end);
                let new = piece.get(gap.start - start..gap.end - start).unwrap_or(&[]);
                self.bytes.iter_mut().skip(gap.start).zip(new).for_each(|(place, byte)| *place = *byte);
            }
            from = from.max(to);
        }
        crypto.here.push((start, end));
        crypto.here.sort_unstable();
        let mut joined: Vec<(usize, usize)> = Vec::with_capacity(crypto.here.len());
        for (from, to) in crypto.here.drain(..) {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        crypto.here = joined;
        Outcome::default()
    }

    /// Takes the handshake messages that are complete.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let ready = self.crypto.here.first().filter(|(from, _)| *from == 0).map_or(0, |(_, to)| *to);
        let (mut end, here) = (0, self.bytes.get(..ready).unwrap_or(&[]));
        while let Some([_, a, b, c]) = here.get(end..).and_then(<[u8]>::first_chunk) {
            let next = end + 4 + u32::from_be_bytes([0, *a, *b, *c]) as usize;
            if next > here.len() {
                break;
            }
            end = next;
        }
        let rest = self.bytes.split_off(end);
        self.crypto.done += end as u64;
        self.crypto.here.iter_mut().for_each(|(from, to)| {
            (*from, *to) = (from.saturating_sub(end), to.saturating_sub(end));
        });
        self.crypto.here.retain(|(from, to)| from < to);
        std::mem::replace(&mut self.bytes, rest)
    }

    /// Bytes that are here and wait for others.
    pub(super) fn waiting(&self) -> usize {
        self.crypto.here.iter().map(|(from, to)| to - from).sum()
    }

    /// Keeps what waits.
    pub(super) fn keep(self, r: &mut Reader<'_>) {
        if let Some(talk) = r.talk() {
            talk.store(STORE, self.side, self.bytes);
            if let Some(known) = talk.recall::<Connection>() {
                known.streams[self.side.index()] = self.crypto;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Gathered {
        Gathered { side: Side::Client, crypto: Crypto::default(), bytes: Vec::new() }
    }

    #[test]
    fn pieces_in_any_order_make_the_message() {
        let mut stream = nothing();
        let message = b"\x01\0\0\x08ABCDEFGH";
        for (from, to) in [(8, 12), (2, 5), (0, 2)] {
            assert_eq!(stream.add(from as u64, &message[from..to]), Outcome::default());
            assert_eq!(stream.take(), b"");
        }
        stream.add(5, &message[5..8]);
        assert_eq!((stream.take().as_slice(), stream.waiting()), (&message[..], 0));
        assert!(stream.add(3, &message[3..9]).again);
    }

    #[test]
    fn pieces_that_overlap_do_not_change_what_came_first() {
        let mut stream = nothing();
        stream.add(4, b"CD");
        stream.add(7, b"FG");
        stream.add(0, b"\x01\0\0\x05xxExx");
        assert_eq!(stream.take(), b"\x01\0\0\x05CDEFG");
    }

    #[test]
    fn offsets_without_end_are_not_kept() {
        let mut stream = nothing();
        assert!(stream.add(u64::MAX >> 2, b"x").far);
        assert!(stream.add(WINDOW as u64, b"x").far);
        for offset in 0..10_000u64 {
            stream.add(offset * 2 + 1, b"x");
        }
        assert!(stream.crypto.here.len() <= MAX_PIECES && stream.bytes.len() <= WINDOW);
        assert!(stream.add(0, b"").eq(&Outcome::default()));
    }

    #[test]
    fn a_second_message_waits_for_its_end() {
        let mut stream = nothing();
        stream.add(0, b"\x02\0\0\x01a\x0b\0\0\x02x");
        assert_eq!(stream.take(), b"\x02\0\0\x01a");
        assert_eq!(stream.waiting(), 5);
        stream.add(10, b"y");
        assert_eq!(stream.take(), b"\x0b\0\0\x02xy");
    }
}
