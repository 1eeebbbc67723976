//! A TCP client: connects, sends its messages, reads what comes, closes when everything was acknowledged.

use std::sync::Arc;

use smoltcp::socket::tcp::{Socket, State};

use super::{Did, Moment, bytes, died, read_all};
use crate::source::wire::script::{Client, Then};

/// Bytes of one write of a long transfer.
const CHUNK: u64 = 8192;
/// What a long transfer carries.
const TEXT: &[u8] = b"All work and no play makes TCP a dull boy. ";

pub(in crate::source::wire) struct TcpClient {
    spec: Arc<Client>,
    connected: bool,
    /// The message that is being sent, and how much of it the socket took.
    next: usize,
    taken: usize,
    /// What is left of the long transfer behind the messages.
    left: u64,
    ready_at: u64,
    waits: bool,
    blocked: bool,
    ended: bool,
    closed: bool,
    over: bool,
}

impl TcpClient {
    pub(in crate::source::wire) fn new(spec: Arc<Client>) -> Self {
        TcpClient {
            left: spec.bytes,
            spec,
            connected: false,
            next: 0,
            taken: 0,
            ready_at: 0,
            waits: false,
            blocked: false,
            ended: false,
            closed: false,
            over: false,
        }
    }

    /// Returns when it wants to act next, if nothing happens before.
    pub(in crate::source::wire) fn act(&mut self, socket: &mut Socket<'_>, moment: &mut Moment<'_>) -> Option<u64> {
        if self.over {
            return None;
        }
        if !self.connected && socket.may_send() {
            self.connected = true;
            self.ready_at = moment.now;
            moment.tell(Did::Connected);
        }
        self.read(socket, moment);
        if socket.state() == State::Closed {
            self.over = true;
            if !self.closed {
                moment.tell(died(self.connected, moment.arrived));
            }
            return None;
        }
        if self.connected && !self.closed {
            self.send(socket, moment);
            self.finish(socket, moment);
        }
        let pausing = self.connected && !self.waits && !self.blocked && self.more() && self.ready_at > moment.now;
        pausing.then_some(self.ready_at)
    }

    pub(in crate::source::wire) fn connected(&self) -> bool {
        self.connected
    }

    pub(in crate::source::wire) fn over(&self) -> bool {
        self.over
    }

    fn read(&mut self, socket: &mut Socket<'_>, moment: &mut Moment<'_>) {
        let read = read_all(socket, usize::MAX);
        if !read.is_empty() {
            self.waits = false;
            moment.tell(Did::Read(bytes(&read)));
        }
        if self.connected && !self.ended && !socket.may_recv() && socket.state() != State::Closed {
            self.ended = true;
            moment.tell(Did::EndOfStream);
        }
    }

    fn more(&self) -> bool {
        self.next < self.spec.send.len() || self.left > 0
    }

    fn send(&mut self, socket: &mut Socket<'_>, moment: &mut Moment<'_>) {
        while self.more() && !self.waits && moment.now >= self.ready_at && socket.may_send() {
            let made;
            let message = if let Some(message) = self.spec.send.get(self.next) {
                &message[self.taken..]
            } else {
                made = chunk(self.spec.bytes - self.left, self.left.min(CHUNK) as usize);
                &made
            };
            let sent = socket.send_slice(message).unwrap_or(0);
            if self.blocked && sent > 0 {
                self.blocked = false;
                moment.tell(Did::Unblocked);
            }
            if sent > 0 {
                moment.tell(Did::Sent(bytes(&message[..sent])));
            }
            let whole = sent == message.len();
            self.advance(sent, whole, moment.now);
            if !whole {
                if !self.blocked {
                    self.blocked = true;
                    moment.tell(Did::Blocked);
                }
                return;
            }
        }
    }

    fn advance(&mut self, sent: usize, whole: bool, now: u64) {
        if self.next < self.spec.send.len() {
            self.taken += sent;
            if whole {
                self.next += 1;
                self.taken = 0;
                self.waits = self.spec.answers;
                self.ready_at = now + self.spec.every;
            }
        } else {
            self.left -= sent as u64;
        }
    }

    fn finish(&mut self, socket: &mut Socket<'_>, moment: &mut Moment<'_>) {
        if self.more() || self.waits || socket.send_queue() > 0 {
            return;
        }
        match self.spec.then {
            Then::Stay if !self.ended => return,
            Then::Stay | Then::Close => socket.close(),
            Then::Abort => socket.abort(),
        }
        self.closed = true;
        moment.tell(Did::Closed);
    }
}

/// Bytes of the long text, from a place in it on.
fn chunk(from: u64, length: usize) -> Vec<u8> {
    let start = (from % TEXT.len() as u64) as usize;
    TEXT.iter().copied().cycle().skip(start).take(length).collect()
}
