//! Opens records whose keys somebody has noted down, RFC 8446 §5.2 and RFC 5246 §6.2.3: which secret, whose turn,
//! the how manieth record; and what becomes of the text.
//! Not here: the ciphers themselves (`tls_crypto`), the key log (`dissect::Secrets`).

use super::tls_crypto::{Head, Keys, Suite};
use super::tls_fields as f;
use super::tls_handshake::Session;
use super::tls_names::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, FINISHED, HANDSHAKE, KEY_UPDATE};
use crate::dissect::{Cut, Protocol, Reader, Span, Stream, Talk};

/// How many numbers are tried where records may have been lost.
const MAX_LOST: u64 = 64;
/// Records that fail before a direction is given up: trying costs.
const MAX_FAILED: u8 = 16;
/// Longest handshake message that is put together.
const MAX_MESSAGE: usize = 128 * 1024;

const CLOSE_NOTIFY: u8 = 0;
const END_OF_EARLY_DATA: u8 = 5;

/// Which keys of TLS 1.3 a direction uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Epoch {
    Early,
    #[default]
    Handshake,
    Application,
}

/// What is remembered of the encryption of one connection.
#[derive(Default)]
pub(super) struct Opener([Direction; 2]);

#[derive(Default)]
struct Direction {
    epoch: Epoch,
    keys: Option<Keys>,
    /// The secret that `keys` came from (TLS 1.3), for the next ones.
    secret: Vec<u8>,
    /// Number of the next record.
    seq: u64,
    /// Last block of the record before (TLS 1.0).
    previous: Vec<u8>,
    failed: u8,
    said: bool,
    /// The beginning of a handshake message that goes on in the next record.
    begun: Vec<u8>,
}

/// A record that was opened.
struct Opened {
    kind: u8,
    text: Vec<u8>,
    /// Zeros behind the text (TLS 1.3).
    padding: Option<usize>,
    /// Records before it that were never seen.
    lost: u64,
}

/// What became of a record.
enum Outcome {
    Opened(Opened),
    /// There is a key, and the record does not fit it; whether to say so.
    Misfit(bool),
    /// Nobody has noted down its key.
    NoKey,
}

/// A new handshake: with early data the client encrypts with the keys of last time first.
pub(super) fn begin(talk: &mut Talk, early: bool) {
    let opener = talk.memory::<Opener>();
    *opener = Opener::default();
    if early {
        opener.0[0].epoch = Epoch::Early;
    }
}

/// This side has changed to new keys (TLS 1.2 and before).
pub(super) fn change(talk: &mut Talk) {
    let side = talk.side.index();
    talk.memory::<Opener>().0[side] = Direction::default();
}

/// Takes the rest of the record, if its key is known. False where it stays shut.
pub(super) fn record(r: &mut Reader<'_>, head: Head, tls: &'static Protocol) -> Result<bool, Cut> {
    let body = r.rest();
    let Some(talk) = r.talk() else { return Ok(false) };
    if talk.secrets.is_none() {
        return Ok(false);
    }
    match open(talk, head, body) {
        Outcome::Opened(opened) => {
            show(r, opened, tls);
            Ok(true)
        }
        Outcome::Misfit(say) => {
            if say {
                r.note(&f::WRONG_KEY, 1);
            }
            Ok(false)
        }
        Outcome::NoKey => Ok(false),
    }
}

fn open(talk: &mut Talk, head: Head, body: &[u8]) -> Outcome {
    let side = talk.side.index();
    let mut direction = std::mem::take(&mut talk.memory::<Opener>().0[side]);
    let outcome = if direction.failed >= MAX_FAILED {
        Outcome::NoKey
    } else if talk.memory::<Session>().encrypted[side] {
        open_older(talk, &mut direction, head, body)
    } else {
        open_1_3(talk, &mut direction, head, body)
    };
    match &outcome {
        Outcome::Opened(_) => direction.failed = 0,
        Outcome::Misfit(_) => direction.failed = direction.failed.saturating_add(1),
        Outcome::NoKey => direction.seq = direction.seq.wrapping_add(1),
    }
    talk.memory::<Opener>().0[side] = direction;
    outcome
}

/// Tries the number that is due, then those behind it. Gives the text and how many were left out.
fn attempt(keys: &Keys, seq: u64, head: Head, body: &[u8], previous: &[u8]) -> Option<(Vec<u8>, u64)> {
    (0..=MAX_LOST).find_map(|lost| Some((keys.open(seq.wrapping_add(lost), head, body, previous)?, lost)))
}

/// TLS 1.2 and before: one master secret, new keys behind each change of ciphers.
fn open_older(talk: &mut Talk, direction: &mut Direction, head: Head, body: &[u8]) -> Outcome {
    let (side, secrets) = (talk.side.index(), talk.secrets.clone());
    let session = talk.memory::<Session>();
    if direction.keys.is_none() {
        let (Some(suite), Some(secrets)) = (Suite::find(session.cipher), secrets) else { return Outcome::NoKey };
        let Some(master) = secrets.get("CLIENT_RANDOM", &session.client_random) else { return Outcome::NoKey };
        let version = session.version.unwrap_or(0x0303);
        let both = Keys::of_master(suite, version, &master, &session.client_random, &session.server_random);
        direction.keys = both.into_iter().nth(side);
        if let Some(keys) = &mut direction.keys {
            keys.encrypt_then_mac = session.encrypt_then_mac;
        }
    }
    let Some(keys) = &direction.keys else { return Outcome::NoKey };
    let opened = attempt(keys, direction.seq, head, body, &direction.previous);
    direction.previous = keys.chain(body);
    match opened {
        Some((text, lost)) => {
            direction.seq = direction.seq.wrapping_add(lost + 1);
            Outcome::Opened(Opened { kind: head.kind, text, padding: None, lost })
        }
        None => Outcome::Misfit(!std::mem::replace(&mut direction.said, true)),
    }
}

/// TLS 1.3: a secret for the handshake, another for the data. Where one is missing or its end was lost, the next.
fn open_1_3(talk: &mut Talk, direction: &mut Direction, head: Head, body: &[u8]) -> Outcome {
    let Some(first) = keys_1_3(talk, direction.epoch, direction) else {
        // The keys of the handshake may be missing where those of the data are known.
        return match later(talk, direction, head, body) {
            Some(opened) => Outcome::Opened(opened),
            None => Outcome::NoKey,
        };
    };
    for (keys, secret) in first {
        if let Some((text, lost)) = attempt(&keys, direction.seq, head, body, &[]) {
            direction.seq = direction.seq.wrapping_add(lost + 1);
            (direction.keys, direction.secret) = (Some(keys), secret);
            return Outcome::Opened(unveil(text, lost));
        }
    }
    match later(talk, direction, head, body) {
        Some(opened) => Outcome::Opened(opened),
        None => Outcome::Misfit(!std::mem::replace(&mut direction.said, true)),
    }
}

fn later(talk: &mut Talk, direction: &mut Direction, head: Head, body: &[u8]) -> Option<Opened> {
    let epochs = match direction.epoch {
        Epoch::Early => [Epoch::Handshake, Epoch::Application].as_slice(),
        Epoch::Handshake => &[Epoch::Application],
        Epoch::Application => &[],
    };
    epochs.iter().find_map(|epoch| {
        let fresh = Direction::default();
        keys_1_3(talk, *epoch, &fresh)?.into_iter().find_map(|(keys, secret)| {
            let (text, lost) = attempt(&keys, 0, head, body, &[])?;
            *direction = Direction { epoch: *epoch, seq: lost + 1, keys: Some(keys), secret, ..Direction::default() };
            Some(unveil(text, lost))
        })
    })
}

/// The keys of this epoch; several where the suite is not known yet.
fn keys_1_3(talk: &mut Talk, epoch: Epoch, direction: &Direction) -> Option<Vec<(Keys, Vec<u8>)>> {
    if let Some(keys) = &direction.keys {
        return Some(vec![(keys.clone(), direction.secret.clone())]);
    }
    let (side, secrets) = (talk.side.index(), talk.secrets.clone()?);
    let session = talk.memory::<Session>();
    let label = match (epoch, side) {
        (Epoch::Early, 0) => "CLIENT_EARLY_TRAFFIC_SECRET",
        (Epoch::Handshake, 0) => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        (Epoch::Application, 0) => "CLIENT_TRAFFIC_SECRET_0",
        (Epoch::Application, _) => "SERVER_TRAFFIC_SECRET_0",
        _ => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    };
    if session.client_random == [0; 32] {
        return None; // the hello was not captured
    }
    let secret = secrets.get(label, &session.client_random)?;
    let chosen = [session.cipher];
    let suites: &[u16] = if session.version.is_some() { &chosen } else { &[0x1301, 0x1302, 0x1303] };
    let keys = suites.iter().filter_map(|n| Some((Keys::of_secret(Suite::find(*n)?, &secret)?, secret.clone())));
    let keys: Vec<_> = keys.collect();
    (!keys.is_empty()).then_some(keys)
}

/// What TLS 1.3 hides behind the text: filling, and before it the true kind.
fn unveil(mut text: Vec<u8>, lost: u64) -> Opened {
    let all = text.len();
    let end = text.iter().rposition(|b| *b != 0).unwrap_or(0);
    let kind = text.get(end).copied().unwrap_or(0);
    text.truncate(end);
    Opened { kind, padding: Some(all.saturating_sub(end + 1)), text, lost }
}

fn show(r: &mut Reader<'_>, opened: Opened, tls: &'static Protocol) {
    let at = r.span(r.left());
    r.skip(r.left());
    let Opened { kind, text, padding, lost } = opened;
    if lost > 0 {
        r.note(&f::LOST_RECORDS, lost);
    }
    if let Some(padding) = padding {
        let last = Span { start: at.end, end: at.end };
        r.note_at(&f::INNER_TYPE, last, u64::from(kind));
        if padding > 0 {
            r.note_at(&f::INNER_PADDING, last, padding as u64);
        }
    }
    match (kind, text.as_slice()) {
        (ALERT, [level, alert]) => {
            r.note_at(&f::ALERT_LEVEL, at, u64::from(*level));
            r.note_at(&f::ALERT, at, u64::from(*alert));
            if *alert == CLOSE_NOTIFY {
                r.end_stream();
            }
        }
        (HANDSHAKE, _) => messages(r, at, &text, tls),
        (APPLICATION_DATA, []) => r.note_at(&f::EMPTY, at, 0),
        (APPLICATION_DATA, _) => {
            r.made(&f::DECRYPTED, at, |out| out.extend_from_slice(&text));
            let speaks = r.talk().and_then(|talk| talk.memory::<Session>().speaks);
            r.inside_stream(Stream { speaks, last: false });
        }
        (CHANGE_CIPHER_SPEC, [1]) => {
            r.note_at(&f::CCS, at, 1);
            if let Some(talk) = r.talk() {
                change(talk);
            }
        }
        _ => r.made(&f::DECRYPTED, at, |out| out.extend_from_slice(&text)),
    }
}

/// Handshake messages that are complete are read inside; they also say when keys change.
fn messages(r: &mut Reader<'_>, at: Span, text: &[u8], tls: &'static Protocol) {
    r.made(&f::DECRYPTED, at, |out| out.extend_from_slice(text));
    let Some(talk) = r.talk() else { return };
    let side = talk.side.index();
    let tls13 = !talk.memory::<Session>().encrypted[side];
    let direction = &mut talk.memory::<Opener>().0[side];
    let spans = !direction.begun.is_empty();
    let mut bytes = std::mem::take(&mut direction.begun);
    bytes.extend_from_slice(text);
    let mut end = 0;
    while let Some([kind, a, b, c, rest @ ..]) = bytes.get(end..) {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        if length > rest.len() {
            break;
        }
        end += 4 + length;
        if tls13 {
            direction.turn(*kind);
        }
    }
    let rest = bytes.split_off(end);
    direction.begun = if rest.len() <= MAX_MESSAGE { rest } else { Vec::new() };
    if bytes.is_empty() {
        return;
    }
    talk.memory::<Session>().inside = true;
    if spans || bytes.len() < text.len() {
        r.made(&f::JOINED, at, |out| out.extend_from_slice(&bytes));
    }
    r.inside(tls);
}

impl Direction {
    /// New keys behind this message of TLS 1.3.
    fn turn(&mut self, kind: u8) {
        if kind == KEY_UPDATE {
            let next = self.keys.as_ref().and_then(|k| k.next(&self.secret));
            if let Some((keys, secret)) = next {
                (self.keys, self.secret, self.seq) = (Some(keys), secret, 0);
            }
            return;
        }
        let epoch = match kind {
            FINISHED => Epoch::Application,
            END_OF_EARLY_DATA => Epoch::Handshake,
            _ => return,
        };
        if self.epoch != epoch {
            *self = Direction { epoch, said: self.said, ..Direction::default() };
        }
    }
}
