//! What programs report of their connections, through a queue that never makes them wait: what finds no room is left
//! out and counted, and the packets that follow show the gap.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Seen;
use crate::dissect::Secrets;

/// Notices that may wait to be shown.
const QUEUE: u64 = 4096;
/// Room beyond that for what says how a connection begins and ends: without it nothing else can be told of it.
const RESERVED: u64 = 1024;
/// Bytes of one notice; more are told in several.
const MOST: usize = 64 * 1024 - 256;
/// Bytes that may wait in all.
const MOST_WAITING: u64 = 32 * 1024 * 1024;

/// Something that happened to a connection.
#[derive(Debug)]
pub struct Notice {
    /// Nanoseconds since 1970.
    pub(super) time: u64,
    /// Which connection, by a number of the program's own.
    pub(super) connection: u64,
    pub(super) what: What,
    /// Gives its room in the queue back when it is gone.
    _room: Room,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is open.
    Opened {
        /// Who called.
        client: SocketAddr,
        /// Who was called.
        server: SocketAddr,
    },
    /// Bytes crossed.
    Bytes {
        /// To the server, or from it.
        to_server: bool,
        /// All of them.
        bytes: Vec<u8>,
    },
    /// So many bytes crossed that were too many to show.
    Skipped {
        /// To the server, or from it.
        to_server: bool,
        /// How many.
        bytes: u64,
    },
    /// One side says that it sends no more.
    Ended {
        /// The client, or the server.
        by_client: bool,
    },
    /// It broke off.
    Reset {
        /// The client broke it off, or the server.
        by_client: bool,
    },
}

/// The bytes that a waiting notice takes of the common room.
#[derive(Debug)]
struct Room(u64, Arc<Shared>);

impl Room {
    /// Room for one more notice with so many bytes, while there is some.
    fn take(shared: &Arc<Shared>, size: u64) -> Option<Self> {
        let bytes = shared.waiting.fetch_add(size, Ordering::Relaxed) + size;
        let notices = shared.notices.fetch_add(1, Ordering::Relaxed) + 1;
        let room = Room(size, Arc::clone(shared));
        let most = if size == 0 { QUEUE + RESERVED } else { QUEUE };
        if bytes <= MOST_WAITING && notices <= most {
            return Some(room);
        }
        shared.left_out.fetch_add(1, Ordering::Relaxed);
        None
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.1.waiting.fetch_sub(self.0, Ordering::Relaxed);
        self.1.notices.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct Shared {
    /// Bytes that wait in the queue.
    waiting: AtomicU64,
    /// Notices that wait in it.
    notices: AtomicU64,
    /// Notices that found no room.
    left_out: AtomicU64,
}

/// Where a program reports. Cheap to clone; never waits.
#[derive(Debug, Clone)]
pub struct Reporter {
    sender: SyncSender<Notice>,
    shared: Arc<Shared>,
    secrets: Secrets,
}

/// A reporter and the packets that come of it. The source ends when all reporters are gone.
pub fn channel() -> (Reporter, Seen) {
    let (sender, receiver) = sync_channel((QUEUE + RESERVED) as usize);
    let secrets = Secrets::new();
    (Reporter { sender, shared: Arc::default(), secrets: secrets.clone() }, Seen::new(receiver, secrets))
}

impl Reporter {
    /// Says whether it found room; where not, the caller tells [`What::Skipped`] later.
    pub fn report(&self, connection: u64, what: What) -> bool {
        self.report_at(SystemTime::now(), connection, what)
    }

    /// The same for what happened a moment ago.
    fn report_at(&self, time: SystemTime, connection: u64, what: What) -> bool {
        let size = match &what {
            What::Bytes { bytes, .. } => bytes.len() as u64,
            _ => 0,
        };
        Room::take(&self.shared, size).is_some_and(|room| self.send(time, connection, what, room))
    }

    fn send(&self, time: SystemTime, connection: u64, what: What, room: Room) -> bool {
        let time = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64);
        let sent = self.sender.try_send(Notice { time, connection, what, _room: room }).is_ok();
        if !sent {
            self.shared.left_out.fetch_add(1, Ordering::Relaxed);
        }
        sent
    }

    /// Reports bytes, in as many notices as they need; gives how many of them found no room.
    pub fn bytes(&self, connection: u64, to_server: bool, bytes: &[u8]) -> u64 {
        self.bytes_at(SystemTime::now(), connection, to_server, bytes)
    }

    /// The same for bytes that crossed a moment ago.
    pub fn bytes_at(&self, time: SystemTime, connection: u64, to_server: bool, bytes: &[u8]) -> u64 {
        let mut told = 0;
        for piece in bytes.chunks(MOST) {
            // Room first: what is not told is not copied either.
            let Some(room) = Room::take(&self.shared, piece.len() as u64) else { break };
            if !self.send(time, connection, What::Bytes { to_server, bytes: piece.to_vec() }, room) {
                break;
            }
            told += piece.len() as u64;
        }
        bytes.len() as u64 - told
    }

    /// A TLS secret, as a line of a key log, so that what it hides can be shown and saved.
    pub fn secret(&self, line: &[u8]) {
        self.secrets.add(line);
        self.secrets.end();
    }

    /// Whether bytes would find no room now.
    pub fn is_full(&self) -> bool {
        self.shared.notices.load(Ordering::Relaxed) >= QUEUE
            || self.shared.waiting.load(Ordering::Relaxed) >= MOST_WAITING
    }

    /// Counts one that its caller did not even try to report.
    pub fn leave_out(&self) {
        self.shared.left_out.fetch_add(1, Ordering::Relaxed);
    }

    /// Notices that found no room so far.
    pub fn left_out(&self) -> u64 {
        self.shared.left_out.load(Ordering::Relaxed)
    }
}
