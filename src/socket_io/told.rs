//! What server and client tell while they work.

use std::net::SocketAddr;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use super::engine::{Data, Packet};

/// Bytes of a packet that are told.
const TOLD: usize = 400;

/// How a session travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// HTTP requests, of which one always waits for news.
    Polling,
    /// A WebSocket.
    WebSocket,
}

/// An event and when it was, counted from the start.
#[derive(Debug)]
pub struct Told {
    /// Since the start.
    pub at: Duration,
    /// Of which session; 0 where it belongs to none.
    pub session: u64,
    /// What.
    pub event: Event,
    /// Events before it that found no room in the queue.
    pub left_out: u64,
}

/// A packet of Engine.IO that crossed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossed {
    /// We sent it.
    pub ours: bool,
    /// How it travelled.
    pub way: Way,
    /// Its beginning, as text; nothing where it is bytes.
    pub text: Option<String>,
    /// All its bytes.
    pub size: usize,
}

impl Crossed {
    pub(super) fn new(ours: bool, way: Way, packet: &Packet) -> Self {
        let text = match packet {
            Packet::Message(Data::Binary(_)) => None,
            Packet::Message(Data::Text(text)) => Some(format!("4{}", beginning(text))),
            other => Some(beginning(&other.write()).to_owned()),
        };
        Crossed { ours, way, text, size: packet.size() }
    }
}

fn beginning(text: &str) -> &str {
    let end = (0..=TOLD.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// A session began, with this id.
    Began(String, Way),
    /// A packet crossed.
    Crossed(Crossed),
    /// The session moved from HTTP requests to a WebSocket.
    Moved,
    /// An event came that nobody here handles.
    Unhandled(String),
    /// The session ended, because of this.
    Ended(&'static str),
    /// Somebody met a limit of the server.
    Limit(String),
    /// A request was refused: the status, the words of the answer.
    Refused(u16, &'static str),
    /// Of the client: TCP is open, our end and theirs; for this.
    Connected(SocketAddr, SocketAddr, &'static str),
    /// Of the client: this many requests were sent with this one, which is "GET /…".
    Asked(u64, String),
    /// Of the client: the answer to request number so-and-so: status, bytes of its body, after this time.
    Answered(u64, u16, usize, Duration),
    /// Of the client: so many requests came before the WebSocket.
    Before(u64),
    /// Of the client: there is no WebSocket.
    NoSocket,
    /// Of the client: the answer to event number so-and-so came after this time.
    RoundTrip(u64, Duration),
    /// A word to the person at the keyboard.
    Aside(String),
}

/// Passes events on and never waits.
pub(super) struct Teller {
    begun: Instant,
    events: SyncSender<Told>,
    left_out: u64,
}

impl Teller {
    pub(super) fn new(events: SyncSender<Told>) -> Self {
        Teller { begun: Instant::now(), events, left_out: 0 }
    }

    pub(super) fn tell(&mut self, session: u64, event: Event) {
        let told = Told { at: self.begun.elapsed(), session, event, left_out: self.left_out };
        match self.events.try_send(told) {
            Ok(()) => self.left_out = 0,
            Err(_) => self.left_out += 1,
        }
    }
}
