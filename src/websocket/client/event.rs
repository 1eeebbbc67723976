//! What a client tells while it works.

use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use super::certificate::Certificate;
use super::judge::{Answer, Breach};
use crate::websocket::deflate::Agreement;
use crate::websocket::{Broken, Opcode};

/// An event and when it was, counted from the start.
#[derive(Debug)]
pub struct Told {
    /// Since the start.
    pub at: Duration,
    /// What.
    pub event: Event,
    /// Events before it that found no room in the queue.
    pub left_out: u64,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The name stands for these addresses.
    Named(String, Vec<IpAddr>),
    /// Nobody answers at this address.
    Refused(SocketAddr, std::io::ErrorKind, Duration),
    /// TCP is open: our end, the other end.
    Connected(SocketAddr, SocketAddr, Duration),
    /// What was sent to a proxy, and its answer.
    Proxied(Vec<String>, Vec<String>, Duration),
    /// TLS is agreed on.
    Secured {
        /// "1.3".
        version: &'static str,
        /// As RFC 8446 names it.
        cipher: String,
        /// Which protocol ALPN chose.
        alpn: Option<String>,
        /// What the server showed.
        certificate: Option<Certificate>,
        /// Whether somebody vouches for it.
        verified: bool,
        /// The handshake's time.
        took: Duration,
    },
    /// The request, line by line.
    Asked(Vec<String>),
    /// The answer to it.
    Answered(Answer, Duration),
    /// The proof: our key, SHA-1 of key and GUID, its Base64, what the server said.
    Derived {
        /// `Sec-WebSocket-Key`.
        key: String,
        /// 20 bytes.
        digest: [u8; 20],
        /// What has to come.
        expected: String,
        /// What came.
        said: Option<String>,
    },
    /// Rules that the answer breaks.
    Broke(Vec<Breach>),
    /// It is a WebSocket: the subprotocol, and how it is compressed.
    Open(Option<String>, Option<Agreement>),
    /// A frame crossed.
    Frame(Frame),
    /// A message that is not one plain frame: joined, or unpacked.
    Message {
        /// We sent it.
        from_client: bool,
        /// It is text.
        text: bool,
        /// Its beginning.
        bytes: Vec<u8>,
        /// All its bytes.
        length: u64,
        /// Bytes of payload that travelled for it.
        travelled: u64,
        /// In so many frames.
        frames: u64,
        /// It was compressed.
        packed: bool,
    },
    /// A ping of ours was answered after this time.
    RoundTrip(Duration),
    /// A rule was broken by the other side.
    Breach(Broken),
    /// Bytes were sent that are no frame.
    Raw(Vec<u8>),
    /// An order was not understood, or is help.
    Aside(String),
    /// The connection is over.
    Closed {
        /// The server's goodbye; `None` where it said none that is right.
        close: Option<(Option<u16>, String)>,
        /// Whether a close frame came, right or wrong.
        came: bool,
    },
}

/// A frame as it crossed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// To the server.
    pub from_client: bool,
    /// The last piece of its message.
    pub fin: bool,
    /// The three extension bits.
    pub rsv: u8,
    /// What it is.
    pub opcode: Opcode,
    /// The key, where it is masked.
    pub mask: Option<[u8; 4]>,
    /// Bytes of its head.
    pub head: Vec<u8>,
    /// Bytes of payload.
    pub length: u64,
    /// The beginning of the payload, unmasked.
    pub payload: Vec<u8>,
}

/// Passes events on and never waits.
pub(in crate::websocket) struct Teller {
    pub(super) begun: Instant,
    pub(super) events: SyncSender<Told>,
    pub(super) left_out: u64,
}

impl Teller {
    /// For who does not want to hear it.
    pub(in crate::websocket) fn mute() -> Self {
        let (events, _) = std::sync::mpsc::sync_channel(1);
        Teller { begun: Instant::now(), events, left_out: 0 }
    }

    pub(in crate::websocket) fn tell(&mut self, event: Event) {
        let told = Told { at: self.begun.elapsed(), event, left_out: self.left_out };
        match self.events.try_send(told) {
            Ok(()) => self.left_out = 0,
            Err(_) => self.left_out += 1,
        }
    }
}
