//! One session of Engine.IO: how it travels, when it is asked for a sign of life, and to which namespaces it belongs.
//! Engine.IO protocol §Heartbeat, §Upgrade. Not here: I/O (`http`, `socket`), what events do (`hub`, `chat`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::outbox::Outbox;
use crate::socket_io::packet::Decoder;
use crate::socket_io::told::Way;

/// A timer that is late by less than this counts from when it should have been.
const LATE: Duration = Duration::from_millis(20);

/// What the heart does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// Ask then.
    Ask(Instant),
    /// It was asked, and has to answer by then.
    Answer(Instant),
}

impl Beat {
    pub(super) fn at(self) -> Instant {
        match self {
            Beat::Ask(at) | Beat::Answer(at) => at,
        }
    }

    /// It is asked now.
    pub(super) fn asked(self, now: Instant, timeout: Duration) -> Self {
        let due = self.at();
        let from = if now.saturating_duration_since(due) < LATE { due } else { now };
        Beat::Answer(from + timeout)
    }
}

/// What a session is in one namespace.
#[derive(Debug, Default)]
pub(super) struct Member {
    /// Socket.IO's own id; another one in every namespace.
    pub(super) sid: String,
    pub(super) rooms: BTreeSet<String>,
}

/// One client.
pub(super) struct Session {
    /// A short name.
    pub(super) number: u64,
    /// It speaks bare Engine.IO; nothing of Socket.IO.
    pub(super) bare: bool,
    pub(super) way: Way,
    pub(super) outbox: Arc<Outbox>,
    /// A GET waits, a POST is being read.
    pub(super) getting: bool,
    pub(super) posting: bool,
    /// A WebSocket is being tried.
    pub(super) probing: bool,
    pub(super) beat: Beat,
    /// The beat has changed.
    pub(super) pulse: Arc<Notify>,
    pub(super) decoder: Decoder,
    pub(super) members: BTreeMap<String, Member>,
    /// Into some namespace it has to come by then.
    pub(super) connect_by: Option<Instant>,
}

impl Session {
    pub(super) fn new(number: u64, bare: bool, way: Way, outbox: Outbox, beat: Beat) -> Self {
        Session {
            number,
            bare,
            way,
            outbox: Arc::new(outbox),
            getting: false,
            posting: false,
            probing: false,
            beat,
            pulse: Arc::default(),
            decoder: Decoder::default(),
            members: BTreeMap::new(),
            connect_by: None,
        }
    }

    /// When somebody has to look again.
    pub(super) fn due(&self) -> Instant {
        self.connect_by.map_or(self.beat.at(), |by| by.min(self.beat.at()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_machine_takes_no_time_from_the_client() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        let beat = Beat::Ask(start);
        assert_eq!(beat.asked(start + ms(2), ms(200)), Beat::Answer(start + ms(200)));
        assert_eq!(beat.asked(start + ms(150), ms(200)), Beat::Answer(start + ms(350)));
    }
}
