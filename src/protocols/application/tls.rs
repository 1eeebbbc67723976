//! TLS records, RFC 8446 §5 and RFC 5246 §6: what is encrypted and what is not, and of what kind it is.
//! Not here: handshake messages (`tls_handshake`), decryption, DTLS and QUIC.

use super::tls_crypto::Head;
use super::tls_decrypt as decrypt;
use super::tls_fields as f;
use super::tls_handshake::{self, Session};
use super::tls_heartbeat;
use super::tls_names::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HANDSHAKE_TYPES, HEARTBEAT};
use crate::dissect::{Claim, Cut, Framing, Level, Next, Protocol, Reader, Span, Talk};

/// Bytes of a record's header.
const HEADER: usize = 5;
/// Longest content of a record: 2^14 bytes, and what encryption may add (RFC 5246 §6.2.3).
const MAX_RECORD: usize = (1 << 14) + 2048;
/// Longest handshake message that is put together from records.
const MAX_JOINED: usize = 128 * 1024;

/// Transport Layer Security.
pub static PROTOCOL: Protocol = Protocol {
    key: "tls",
    name: "TLS",
    level: Level::Application,
    explain: "Encrypts what programs say and proves who the server is. Who listens sees names and lengths, not words.",
    spec: "RFC 8446",
    claims: &[Claim::TcpLooks(looks)],
    fields: f::ALL,
    read,
    frame: Some(frame),
};

/// Kind and length of the record that begins here.
fn header(bytes: &[u8]) -> Option<(u8, usize)> {
    match *bytes {
        [kind @ CHANGE_CIPHER_SPEC..=HEARTBEAT, 3, 0..=4, high, low, ..] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            (length <= MAX_RECORD).then_some((kind, length))
        }
        _ => None,
    }
}

/// Whether this is an SSL 2 client hello: the length's first bit is set, the kind is 1.
fn sslv2(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [high @ 0x80..=0xff, low, 1, 0, 2, 0, ciphers, ..] | [high @ 0x80..=0xff, low, 1, 3, 0..=3, 0, ciphers, ..]
            if ciphers % 3 == 0 && ciphers > 0 =>
        {
            Some(2 + usize::from(u16::from_be_bytes([high & 0x7f, low])))
        }
        _ => None,
    }
}

fn looks(bytes: &[u8]) -> bool {
    let Some((kind, length)) = header(bytes) else { return sslv2(bytes).is_some_and(|n| n == bytes.len()) };
    let content = bytes.get(HEADER..).unwrap_or(&[]);
    match kind {
        CHANGE_CIPHER_SPEC => length == 1 && content.first() == Some(&1),
        ALERT => matches!((length, content), (2, [1 | 2, ..]) | (18.., _)),
        HANDSHAKE => length >= 4,
        _ => length > 0,
    }
}

/// Whether a handshake message begins here, as far as its head tells; what is encrypted looks like chance.
fn plausible(bytes: &[u8]) -> bool {
    match *bytes {
        [0, 0, 0, 0] => true,
        [kind @ 1..=254, 0..=1, _, _, ..] => HANDSHAKE_TYPES.iter().any(|n| n.value == u64::from(kind)),
        _ => bytes.len() < 4,
    }
}

/// How many bytes the handshake messages that begin in `bytes` need in all; `None` where these are none.
fn needed(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..)?;
        let [kind, a, b, c, ..] = *rest else { return Some(at + 4) };
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        if length > MAX_JOINED || !HANDSHAKE_TYPES.iter().any(|n| n.value == u64::from(kind)) {
            return None;
        }
        at += 4 + length;
    }
    Some(at)
}

/// Bytes of the records that belong together: one, or as many as a handshake message takes.
/// The error is the bytes that are needed in all.
fn extent(bytes: &[u8], encrypted: bool) -> Result<usize, Option<u64>> {
    let (kind, length) = header(bytes).ok_or(None)?;
    let first = HEADER + length;
    if first > bytes.len() {
        return Err(Some(first as u64));
    }
    let content = bytes.get(HEADER..first).unwrap_or(&[]);
    let Some(needed) = needed(content).filter(|n| kind == HANDSHAKE && !encrypted && *n > length && length > 0) else {
        return Ok(first);
    };
    let (mut at, mut have) = (first, length);
    while have < needed {
        match bytes.get(at..).and_then(header) {
            Some((HANDSHAKE, more)) if more > 0 => (at, have) = (at + HEADER + more, have + more),
            None if at >= bytes.len() || bytes.len() - at < HEADER => return Err(Some((at + HEADER) as u64)),
            _ => return Ok(first), // something else comes in between: no message
        }
        if at > bytes.len() {
            return Err(Some(at as u64));
        }
    }
    Ok(at)
}

fn frame(bytes: &[u8], talk: &mut Talk, last: bool) -> Framing {
    if let Some(n) = sslv2(bytes) {
        return if n <= bytes.len() { Framing::Message(n) } else { Framing::More(Some(n as u64)) };
    }
    if bytes.len() < HEADER && !last {
        let begins = bytes.iter().zip([20u8..=24, 3..=3, 0..=4]).all(|(b, range)| range.contains(b));
        return if begins { Framing::More(Some(HEADER as u64)) } else { Framing::Alien };
    }
    if header(bytes).is_none() {
        return Framing::Alien;
    }
    let side = talk.side;
    let encrypted = talk.memory::<Session>().encrypted[side.index()];
    match extent(bytes, encrypted) {
        Ok(n) => Framing::Message(n),
        Err(_) if last => Framing::Message(bytes.len()),
        Err(needed) => Framing::More(needed),
    }
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let decrypted = |talk: &mut Talk| talk.recall::<Session>().is_some_and(|s| std::mem::take(&mut s.inside));
    if r.talk().is_some_and(decrypted) {
        tls_handshake::messages(r)?;
        return Ok(Next::Data);
    }
    if header(r.rest()).is_none() {
        if sslv2(r.rest()).is_some() {
            let at = r.span(2);
            r.skip(2);
            r.note_at(&f::SSLV2, at, 1);
            r.skip(1);
            r.u16(&f::CUSTOM)?;
            r.all(&f::HANDSHAKE_DATA);
        } else if needed(r.rest()) == Some(r.left()) {
            tls_handshake::messages(r)?; // joined from several records
        }
        return Ok(Next::Data);
    }
    let encrypted = encrypted(r);
    let kind = r.rest().first().copied().unwrap_or(0);
    match extent(r.rest(), encrypted) {
        Ok(n) if header(r.rest()).is_some_and(|(_, length)| HEADER + length < n) => several(r, n)?,
        _ => record(r, kind, encrypted)?,
    }
    Ok(if header(r.rest()).is_some() { Next::Again } else { Next::Data })
}

/// Whether this side encrypts already (TLS 1.2 and before).
fn encrypted(r: &mut Reader<'_>) -> bool {
    r.talk().is_some_and(|talk| {
        let side = talk.side.index();
        talk.memory::<Session>().encrypted[side]
    })
}

/// Takes the header; the version and the length that it states.
fn record_header(r: &mut Reader<'_>, kind: u8) -> Result<(u16, usize), Cut> {
    let disguised = kind == APPLICATION_DATA
        && r.talk().and_then(|talk| talk.recall::<Session>()).is_some_and(|session| session.version == Some(0x0304));
    r.u8(if disguised { &f::OPAQUE_TYPE } else { &f::RECORD_TYPE })?;
    let version = r.u16(&f::RECORD_VERSION)?;
    Ok((version, usize::from(r.u16(&f::RECORD_LENGTH)?)))
}

/// Takes the records of `n` bytes that carry one handshake message, and reads it.
fn several(r: &mut Reader<'_>, n: usize) -> Result<(), Cut> {
    let (start, bytes) = (r.position(), r.rest().get(..n).ok_or(Cut)?);
    let mut pieces: Vec<&[u8]> = Vec::new();
    let mut rest = bytes;
    while let Some((_, length)) = header(rest) {
        record_header(r, HANDSHAKE)?;
        r.skip(length);
        pieces.push(rest.get(HEADER..HEADER + length).unwrap_or(&[]));
        rest = rest.get(HEADER + length..).unwrap_or(&[]);
    }
    r.made(&f::JOINED, Span::new(start, start + n), |out| pieces.iter().for_each(|p| out.extend_from_slice(p)));
    r.inside(&PROTOCOL);
    Ok(())
}

fn record(r: &mut Reader<'_>, kind: u8, encrypted: bool) -> Result<(), Cut> {
    let (version, length) = record_header(r, kind)?;
    r.within(length, |r| {
        let sealed = r.left() == length && (encrypted || kind == APPLICATION_DATA);
        if sealed && decrypt::record(r, Head { kind, version }, &PROTOCOL)? {
            return Ok(());
        }
        let hidden = encrypted || (kind == HANDSHAKE && !plausible(r.rest()));
        let at = r.span(r.left());
        match kind {
            CHANGE_CIPHER_SPEC if length == 1 => {
                r.u8(&f::CCS)?;
                begins_to_encrypt(r);
            }
            ALERT if length == 2 && !encrypted => {
                r.u8(&f::ALERT_LEVEL)?;
                r.u8(&f::ALERT)?;
            }
            HANDSHAKE if !hidden => tls_handshake::messages(r)?,
            HANDSHAKE => r.note_at(&f::HIDDEN_HANDSHAKE, at, length as u64),
            ALERT => r.note_at(&f::HIDDEN_ALERT, at, length as u64),
            HEARTBEAT => tls_heartbeat::read(r, encrypted)?,
            _ => {
                let field = if in_handshake(r) { &f::HIDDEN_HANDSHAKE } else { &f::APPLICATION_DATA };
                r.note_at(field, at, length as u64);
            }
        }
        Ok(())
    })
}

/// A change of ciphers: from the next record on this side encrypts, unless it is TLS 1.3's theatre.
fn begins_to_encrypt(r: &mut Reader<'_>) {
    if let Some(talk) = r.talk() {
        let side = talk.side.index();
        let session = talk.memory::<Session>();
        if session.version != Some(0x0304) {
            session.encrypted[side] = true;
            decrypt::change(talk);
        }
    }
}

/// Whether an encrypted record of TLS 1.3 belongs to the handshake: the server's until the client has answered,
/// and the client's first, where it did not send early data.
fn in_handshake(r: &mut Reader<'_>) -> bool {
    let Some(talk) = r.talk() else { return false };
    let side = talk.side.index();
    let session = talk.memory::<Session>();
    let first = !session.spoke[side];
    session.spoke[side] = true;
    let answered = session.spoke[0];
    session.version == Some(0x0304) && (if side == 0 { first && !session.early_data } else { !answered })
}

#[cfg(test)]
mod tests {
    use super::{Session, frame, looks};
    use crate::dissect::{Framing, Talk};
    use crate::protocols::testing::{Seen, hex, read_bytes};

    fn tcp(payload: &str) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d201bb 00000001 00000001 5018 fa00 0000 0000";
        read_bytes(1, hex(&format!("{head}{payload}")))
    }

    /// A server hello of TLS 1.2 without extensions, 38 bytes behind its head.
    fn server_hello() -> String {
        format!("02000026 0303 {} 00 c02b 00", "11".repeat(32))
    }

    #[test]
    fn records_are_recognised_by_their_content_on_any_port() {
        assert!(looks(&hex("16 0301 0004 01000000")));
        assert!(looks(&hex("15 0303 0002 0100")));
        assert!(!looks(&hex("15 0303 0002 0500")), "no such level of alert");
        assert!(!looks(&hex("14 0303 0001 02")));
        assert!(!looks(&hex("16 0401 0004 01000000")), "no such version");
        assert!(!looks(&hex("17 0303 ffff 00")), "longer than a record may be");
        assert!(!looks(b""));
    }

    #[test]
    fn a_server_hello_says_what_was_chosen() {
        let seen = tcp(&format!("16 0303 002a {}", server_hello()));
        assert_eq!(seen.layers(), "ethernet ipv4 tcp tls");
        assert_eq!(seen.numbers("tls.cipher_suite"), [0xc02b]);
        assert_eq!(seen.numbers("tls.version"), [0x0303]);
        assert!(!seen.cut("tls"));
    }

    #[test]
    fn a_message_in_two_records_is_joined() {
        let hello = server_hello().replace(' ', "");
        let (first, second) = hello.split_at(40);
        let seen = tcp(&format!("16 0303 0014 {first} 16 0303 0016 {second}"));
        assert_eq!(seen.layers(), "ethernet ipv4 tcp tls tls");
        assert_eq!(seen.numbers("tls.record_length"), [20, 22]);
        assert_eq!(seen.numbers("tls.cipher_suite"), [0xc02b]);
    }

    #[test]
    fn a_record_that_is_no_handshake_inside_is_encrypted() {
        let seen = tcp("16 0303 0028 9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a3928");
        assert_eq!(seen.numbers("tls.encrypted_handshake"), [40]);
        assert!(seen.numbers("tls.handshake_type").is_empty());
    }

    #[test]
    fn alerts_have_names_and_a_hello_that_ends_early_is_cut() {
        assert_eq!(tcp("15 0303 0002 0228").numbers("tls.alert"), [40]);
        let seen = tcp("16 0301 0030 0100002c 0303 1122");
        assert!(seen.cut("tls"));
        assert_eq!(seen.numbers("tls.handshake_version"), [0x0303]);
    }

    #[test]
    fn a_frame_is_one_record_or_as_many_as_a_message_takes() {
        let mut talk = Talk::new(1, 0);
        let mut ask = |text: &str| frame(&hex(text), &mut talk, false);
        assert_eq!(ask("17 0303 0002 aabb 17 0303"), Framing::Message(7));
        assert_eq!(ask("17 0303 0009 aabb"), Framing::More(Some(14)));
        assert_eq!(ask("17 03"), Framing::More(Some(5)));
        assert_eq!(ask("16 0303 0004 0e000002"), Framing::More(Some(14)), "the message goes on in another record");
        assert_eq!(ask("16 0303 0004 0e000002 16 0303 0002 0000"), Framing::Message(16));
        assert_eq!(
            ask("16 0303 0004 0e000002 17 0303 0002 0000"),
            Framing::Message(9),
            "something else comes in between"
        );
        assert_eq!(ask("474554202f"), Framing::Alien);
    }

    #[test]
    fn behind_a_change_of_ciphers_nothing_is_read_as_a_handshake() {
        let mut talk = Talk::new(1, 0);
        talk.memory::<Session>().encrypted = [true; 2];
        assert_eq!(frame(&hex("16 0303 0004 0e000002 ff"), &mut talk, false), Framing::Message(9));
    }

    #[test]
    fn empty_records_end() {
        let seen = tcp(&format!("15 0303 0002 0100 {}", "16 0303 0000".repeat(39)));
        assert_eq!(seen.numbers("tls.record_length").len(), 40);
    }
}
