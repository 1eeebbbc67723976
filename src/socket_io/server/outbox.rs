//! What waits to be sent to one session: a waiting HTTP request takes all of it, a WebSocket takes it as it comes.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use tokio::sync::Notify;

use crate::socket_io::engine::Packet;

/// Bytes and packets that may wait; who does not fetch them for so long is let go.
const MOST_BYTES: usize = 4 << 20;
const MOST_PACKETS: usize = 10_000;

/// Packets on their way to a session.
#[derive(Default)]
pub(super) struct Outbox {
    queue: RefCell<VecDeque<Packet>>,
    bytes: Cell<usize>,
    closed: Cell<bool>,
    /// A waiting request has to end: the session moves to a WebSocket.
    moving: Cell<bool>,
    polled: Notify,
    socket: Notify,
}

impl Outbox {
    /// Says whether there was room.
    pub(super) fn push(&self, packet: Packet) -> bool {
        let bytes = self.bytes.get() + packet.size();
        let fits = bytes <= MOST_BYTES && self.queue.borrow().len() < MOST_PACKETS;
        if fits {
            self.bytes.set(bytes);
            self.queue.borrow_mut().push_back(packet);
            self.wake();
        }
        fits
    }

    /// Everything that waits.
    pub(super) fn take(&self) -> VecDeque<Packet> {
        self.bytes.set(0);
        self.queue.take()
    }

    pub(super) fn move_on(&self, moving: bool) {
        self.moving.set(moving);
        self.wake();
    }

    pub(super) fn is_moving(&self) -> bool {
        self.moving.get()
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        self.wake();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Until something may have changed, for a waiting request.
    pub(super) async fn polled(&self) {
        self.polled.notified().await;
    }

    /// The same for a WebSocket.
    pub(super) async fn socket(&self) {
        self.socket.notified().await;
    }

    fn wake(&self) {
        self.polled.notify_one();
        self.socket.notify_one();
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
    }
}
