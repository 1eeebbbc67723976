//! What waits to be sent to one session: a waiting HTTP request takes all of it, a WebSocket takes it as it comes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::socket_io::engine::Packet;

/// Bytes and packets that may wait; who does not fetch them for so long is let go.
const MOST_BYTES: usize = 4 << 20;
const MOST_PACKETS: usize = 10_000;
/// Bytes that may wait for all sessions together.
const MOST_IN_ALL: usize = 256 << 20;

#[derive(Default)]
struct Waiting {
    queue: VecDeque<Packet>,
    bytes: usize,
    closed: bool,
    /// A waiting request has to end: the session moves to a WebSocket.
    moving: bool,
}

/// Packets on their way to a session.
#[derive(Default)]
pub(super) struct Outbox {
    /// Bytes that wait in all outboxes.
    all: Arc<AtomicUsize>,
    waiting: Mutex<Waiting>,
    polled: Notify,
    socket: Notify,
}

impl Outbox {
    /// One of several that share their room.
    pub(super) fn new(all: Arc<AtomicUsize>) -> Self {
        Outbox { all, waiting: Mutex::default(), polled: Notify::new(), socket: Notify::new() }
    }

    /// Says whether there was room.
    pub(super) fn push(&self, packet: Packet) -> bool {
        let mut waiting = self.waiting();
        let size = packet.size();
        let room = self.all.load(Ordering::Relaxed) + size <= MOST_IN_ALL;
        let bytes = waiting.bytes + size;
        let fits = room && bytes <= MOST_BYTES && waiting.queue.len() < MOST_PACKETS;
        if fits {
            waiting.bytes = bytes;
            self.all.fetch_add(size, Ordering::Relaxed);
            waiting.queue.push_back(packet);
            self.wake();
        }
        fits
    }

    /// Everything that waits.
    pub(super) fn take(&self) -> VecDeque<Packet> {
        let mut waiting = self.waiting();
        self.all.fetch_sub(std::mem::take(&mut waiting.bytes), Ordering::Relaxed);
        std::mem::take(&mut waiting.queue)
    }

    pub(super) fn move_on(&self, moving: bool) {
        self.waiting().moving = moving;
        self.wake();
    }

    pub(super) fn is_moving(&self) -> bool {
        self.waiting().moving
    }

    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.wake();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.waiting().closed
    }

    /// Until something may have changed, for a waiting request.
    pub(super) async fn polled(&self) {
        self.polled.notified().await;
    }

    /// The same for a WebSocket.
    pub(super) async fn socket(&self) {
        self.socket.notified().await;
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        self.polled.notify_one();
        self.socket.notify_one();
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_fetch_is_not_waited_for_without_end() {
        let outbox = Outbox::default();
        assert!((0..MOST_PACKETS).all(|_| outbox.push(Packet::Noop)));
        assert!(!outbox.push(Packet::Noop));
        assert_eq!(outbox.take().len(), MOST_PACKETS);
        assert!(outbox.push(Packet::text("a".repeat(MOST_BYTES - 1))));
        assert!(!outbox.push(Packet::text("a")));
        let all: Arc<AtomicUsize> = Arc::default();
        let full = Packet::text("a".repeat(MOST_BYTES - 1));
        let several: Vec<Outbox> = (0..100).map(|_| Outbox::new(Arc::clone(&all))).collect();
        let found_room = several.iter().filter(|outbox| outbox.push(full.clone())).count();
        assert_eq!(found_room, MOST_IN_ALL / MOST_BYTES, "all share one room");
        drop(several);
        assert_eq!(all.load(Ordering::Relaxed), 0);
    }
}
