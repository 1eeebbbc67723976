//! Engine.IO in the bodies of HTTP requests and answers ("polling"): several packets in one body, with a separator in
//! version 4, with their lengths in version 3. Which bodies these are is known by `EIO=` in the request's address.
//! Not here: one packet (`engine_io`), pages that fetch scripts instead (JSONP).

use std::collections::VecDeque;

use super::engine_io::{base64, bytes, message_type, packet, variant};
use crate::dissect::{Cut, Field, Next, Protocol, Reader, Show::Unit, field};

pub(super) static LENGTH: Field = field("length", "length", Unit("characters"))
    .spec("Engine.IO protocol 3 §Payload")
    .explain("How far the packet reaches, counted as JavaScript counts: an emoji is two. Version 4 uses a separator instead, because other languages count differently.");

/// Separates the packets of a body in version 4.
const SEPARATOR: u8 = 0x1e;
/// Questions that wait for their answers.
const MAX_ASKED: usize = 64;

/// Version 4: `4hello` RS `2`.
static V4: Protocol = variant(|r| {
    let end = memchr::memchr(SEPARATOR, r.rest());
    r.within(end.unwrap_or(r.left()), packet)?;
    r.skip(usize::from(end.is_some()));
    Ok(if r.left() > 0 { Next::Again } else { Next::Data })
});
/// Version 3: `6:4hello1:2`.
static V3: Protocol = variant(|r| {
    let (digits, n) = length(r.rest()).ok_or(Cut)?;
    number(r, digits, n.0);
    r.skip(1);
    r.within(n.1, |r| match r.rest() {
        [b'b', b'4', ..] => {
            base64(r, 2); // in version 3 the kind stands behind the "b"
            Ok(())
        }
        _ => packet(r),
    })?;
    Ok(if r.left() > 0 { Next::Again } else { Next::Data })
});
/// Version 3 with bytes: 0 or 1 for text or bytes, the length's digits as numbers, 255, the packet.
static V3_BINARY: Protocol = variant(|r| {
    let text = r.raw::<1>()?.value == 0;
    let digits = r.rest().iter().take(10).take_while(|b| **b <= 9).count();
    let n = r.rest().iter().take(digits).fold(0, |n: usize, d| n * 10 + usize::from(*d));
    number(r, digits, n);
    r.skip(1);
    if text {
        r.within(n, packet)?;
    } else {
        message_type(r);
        let n = n.saturating_sub(1).min(r.left());
        bytes(r, n, |wire| Some(wire.to_vec()));
    }
    Ok(if r.left() > 0 { Next::Again } else { Next::Data })
});

/// What is remembered of one TCP connection.
#[derive(Default)]
pub(super) struct Session {
    /// The version of the WebSocket that HTTP became.
    pub websocket: Option<u8>,
    /// The versions that the questions named, where they did.
    asked: VecDeque<Option<u8>>,
}

/// The last ping of each side: its text, packet and time. Its answer may travel in another connection.
#[derive(Default)]
pub(super) struct Pings(pub [Option<(Vec<u8>, u64, u64)>; 2]);

/// A request: the version that its address names. Its connection belongs to the session that the address names.
pub(super) fn asked(r: &mut Reader<'_>, uri: &[u8]) -> Option<u8> {
    let version = parameter(uri, b"EIO=").and_then(version);
    if let (Some(_), Some(talk)) = (version, r.talk()) {
        talk.belongs_to(parameter(uri, b"sid="));
    }
    if let Some(talk) = r.talk()
        && (version.is_some() || talk.recall::<Session>().is_some())
    {
        let asked = &mut talk.memory::<Session>().asked;
        if asked.len() < MAX_ASKED {
            asked.push_back(version);
        }
    }
    version
}

/// An answer: the version that its question named.
pub(super) fn answered(r: &mut Reader<'_>, status: Option<u16>) -> Option<u8> {
    let session: &mut Session = r.talk()?.recall()?;
    match status {
        Some(101 | 200..) => session.asked.pop_front()?,
        _ => None,
    }
}

/// HTTP has become a WebSocket.
pub(super) fn upgraded(r: &mut Reader<'_>, version: Option<u8>) {
    if let (Some(version), Some(talk)) = (version, r.talk()) {
        talk.memory::<Session>().websocket = Some(version);
    }
}

/// Who reads this body.
pub(super) fn speaks(version: Option<u8>, body: &[u8]) -> Option<&'static Protocol> {
    match (version?, body.first()?) {
        (4, b'0'..=b'6' | b'b') => Some(&V4),
        (3, b'0'..=b'9') if length(body).is_some() => Some(&V3),
        (3, 0 | 1) => Some(&V3_BINARY),
        _ => None,
    }
}

/// `EIO=4` means version 4.
fn version(value: &[u8]) -> Option<u8> {
    match value {
        [digit @ b'3'..=b'4'] => Some(digit - b'0'),
        _ => None,
    }
}

/// A value in the query of an address: `/socket.io/?EIO=4&transport=polling&sid=abc`.
fn parameter<'a>(uri: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let query = uri.splitn(2, |b| *b == b'?').nth(1)?;
    query.split(|b| *b == b'&').find_map(|part| part.strip_prefix(name))
}

fn number(r: &mut Reader<'_>, digits: usize, n: usize) {
    let at = r.span(digits);
    r.note_at(&LENGTH, at, n as u64);
    r.skip(digits);
}

/// How many digits the length in front has; what it says in characters, and what that is in bytes.
fn length(body: &[u8]) -> Option<(usize, (usize, usize))> {
    let digits = body.iter().take(8).take_while(|b| b.is_ascii_digit()).count();
    let n: usize = std::str::from_utf8(body.get(..digits)?).ok()?.parse().ok()?;
    let rest = body.get(digits..)?.strip_prefix(b":")?;
    let (mut units, mut bytes) = (0, 0);
    while units < n {
        // A character of four bytes is two of JavaScript's.
        let (wide, long) = match rest.get(bytes)? {
            0..=0x7f => (1, 1),
            0x80..=0xdf => (1, 2),
            0xe0..=0xef => (1, 3),
            _ => (2, 4),
        };
        units += wide;
        bytes += long;
    }
    (n > 0 && bytes <= rest.len()).then_some((digits, (n, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_which_version_is_spoken() {
        let version = |uri| parameter(uri, b"EIO=").and_then(version);
        assert_eq!(version(b"/socket.io/?EIO=4&transport=polling&t=abc"), Some(4));
        assert_eq!(version(b"/engine.io/?transport=polling&EIO=3"), Some(3));
        assert_eq!(version(b"/EIO=4"), None, "no query");
        assert_eq!(version(b"/?XEIO=4&EIO=44"), None);
        assert_eq!(parameter(b"/socket.io/?EIO=4&sid=abc&t=1", b"sid="), Some(&b"abc"[..]));
    }

    #[test]
    fn version_3_counts_as_javascript_does() {
        assert_eq!(length(b"6:4hello1:2"), Some((1, (6, 6))));
        assert_eq!(length("3:4😀".as_bytes()), Some((1, (3, 5))));
        assert_eq!(length("2:4€".as_bytes()), Some((1, (2, 4))));
        assert_eq!(length(b"7:4hello"), None, "too short");
        assert_eq!(length(b"99999999:"), None);
        assert_eq!(length(b":4"), None);
    }
}
