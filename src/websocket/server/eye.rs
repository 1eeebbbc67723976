//! Watches the bytes of every connection: heads of HTTP until a 101, then frames, as they crossed. What it sees is news
//! for the console and for pages that look on. Not here: judging (`handshake`, `Endpoint`), drawing (`render`).

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::live::{SHOWN, Viewers};
use super::{End, Told, stream::Tee};
use crate::websocket::client::Frame;
use crate::websocket::client::frames::Frames;
use crate::websocket::client::judge::derive;

/// Bytes of a head that are kept.
const HEAD: usize = 16 * 1024;

/// Something happened at the server.
#[derive(Debug, Clone)]
pub struct News {
    /// Since the server began.
    pub at: Duration,
    /// Which connection.
    pub number: Option<u64>,
    /// News before this one that found no room.
    pub left_out: u64,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// Plain HTTP was asked and answered.
    Asked {
        /// By whom.
        remote: SocketAddr,
        /// Method and path.
        line: String,
        /// The answer.
        status: u16,
        /// What was wrong with it, in sentences.
        wrong: Vec<String>,
    },
    /// A WebSocket opened, asked for by a client at this address, and with this handshake.
    Opened(Arc<Handshake>),
    /// A frame crossed.
    Frame(Frame),
    /// Bytes crossed that are no frames; nobody knows where the next frame would begin. Says whether a client sent them.
    NoFrame(bool),
    /// A WebSocket ended.
    Ended(End),
    /// A limit was met.
    Limit(Told),
}

/// The two heads of a handshake as they crossed, line by line, and the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// The request.
    pub request: Vec<String>,
    /// The answer.
    pub answer: Vec<String>,
    /// `Sec-WebSocket-Key`.
    pub key: String,
    /// SHA-1 over key and GUID.
    pub digest: [u8; 20],
    /// That in Base64: `Sec-WebSocket-Accept`.
    pub accept: String,
}

/// Watches all connections.
pub(super) struct Eye {
    begun: Instant,
    cuts: Mutex<FxHashMap<u64, Cut>>,
    console: Option<SyncSender<News>>,
    left_out: AtomicU64,
    pub(super) viewers: Viewers,
    /// Someone looks on.
    open: AtomicBool,
}

/// What is known of a connection.
enum Cut {
    /// HTTP: the latest request and the answer's beginning.
    Heads(Vec<u8>, Vec<u8>),
    /// Frames, from the client and to it.
    Frames(Box<[Frames; 2]>),
    /// Not to be looked at.
    Nothing,
}

impl Eye {
    pub(super) fn new(console: Option<SyncSender<News>>) -> Self {
        Eye {
            begun: Instant::now(),
            cuts: Mutex::default(),
            open: AtomicBool::new(console.is_some()),
            console,
            left_out: AtomicU64::new(0),
            viewers: Viewers::default(),
        }
    }

    /// From now on somebody looks on.
    pub(super) fn opens(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    /// This connection is one of our own lookers-on.
    pub(super) fn ignore(&self, number: u64) {
        if let Some(cut) = self.cuts().get_mut(&number) {
            *cut = Cut::Nothing;
        }
    }

    fn cuts(&self) -> MutexGuard<'_, FxHashMap<u64, Cut>> {
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the console and the lookers-on; waits for nobody.
    pub(super) fn tell(&self, number: Option<u64>, what: What) {
        let at = self.begun.elapsed();
        if let Some(number) = number {
            self.viewers.tell(number, at, &what);
        }
        let Some(console) = &self.console else { return };
        let left_out = self.left_out.swap(0, Ordering::Relaxed);
        if console.try_send(News { at, number, left_out, what }).is_err() {
            self.left_out.fetch_add(left_out + 1, Ordering::Relaxed);
        }
    }
}

impl Tee for Eye {
    fn wants(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    fn crossed(&self, number: u64, to_server: bool, bytes: &[u8]) {
        let mut seen = Vec::new();
        {
            let mut cuts = self.cuts();
            let cut = cuts.entry(number).or_insert_with(|| Cut::Heads(Vec::new(), Vec::new()));
            cut.take(to_server, bytes, &mut seen);
        }
        for what in seen {
            self.tell(Some(number), what);
        }
    }

    fn gone(&self, number: u64) {
        self.cuts().remove(&number);
        self.viewers.forget(number);
    }
}

impl Cut {
    fn take(&mut self, to_server: bool, bytes: &[u8], seen: &mut Vec<What>) {
        match self {
            Cut::Nothing => {}
            Cut::Heads(asked, _) if to_server => keep(asked, bytes),
            Cut::Heads(asked, answered) => {
                keep(answered, bytes);
                if !answered.starts_with(b"HTTP/1.1 101") {
                    // An answer of plain HTTP: the next request begins afresh.
                    asked.clear();
                    answered.clear();
                    return;
                }
                let (Some((request, early)), Some((answer, rest))) = (head(asked), head(answered)) else { return };
                seen.push(What::Opened(Arc::new(handshake(request, answer))));
                let mut frames = [Frames::keeping(true, SHOWN), Frames::keeping(false, SHOWN)];
                seen.extend(frames[0].take(early).into_iter().map(What::Frame));
                seen.extend(frames[1].take(rest).into_iter().map(What::Frame));
                *self = Cut::Frames(Box::new(frames));
            }
            Cut::Frames(both) => {
                let frames = &mut both[usize::from(!to_server)];
                let was_lost = frames.is_lost();
                seen.extend(frames.take(bytes).into_iter().map(What::Frame));
                if frames.is_lost() && !was_lost {
                    seen.push(What::NoFrame(to_server));
                }
            }
        }
    }
}

fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = HEAD.saturating_sub(kept.len()).min(bytes.len());
    kept.extend_from_slice(&bytes[..room]);
}

/// A head with its empty line, and what follows.
fn head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| bytes.split_at(at + 4))
}

fn handshake(request: &[u8], answer: &[u8]) -> Handshake {
    let lines = |head: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(head).into_owned();
        text.trim_end().lines().map(|line| line.trim_end_matches('\r').to_owned()).collect()
    };
    let request = lines(request);
    let key = request.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
    });
    let key = key.unwrap_or_default();
    let (digest, accept) = derive(&key);
    Handshake { request, answer: lines(answer), key, digest, accept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_seen_as_they_crossed_and_then_frames() {
        let (sender, news) = std::sync::mpsc::sync_channel(10);
        let eye = Eye::new(Some(sender));
        eye.crossed(1, true, b"GET / HTTP/1.1\r\n\r\n");
        eye.crossed(1, false, b"HTTP/1.1 200 OK\r\n\r\n");
        eye.crossed(1, true, b"GET /a HTTP/1.1\r\nSEC-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        eye.crossed(1, true, b"\r\n");
        eye.crossed(1, false, b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05Hel");
        eye.crossed(1, false, b"lo");
        eye.crossed(1, true, b"\x83\x00");
        eye.gone(1);
        let all: Vec<What> = news.try_iter().map(|news| news.what).collect();
        let [What::Opened(handshake), What::Frame(frame), What::NoFrame(true)] = &all[..] else { panic!("{all:?}") };
        assert_eq!(handshake.request[1], "SEC-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(handshake.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!((&frame.payload[..], frame.from_client), (&b"Hello"[..], false));
        assert!(eye.cuts().is_empty());
    }
}
