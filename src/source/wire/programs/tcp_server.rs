//! A TCP server's side of one connection: reads at its own pace, answers, closes when the client has.

use std::sync::Arc;

use smoltcp::socket::tcp::{Socket, State};

use super::{Did, Moment, bytes, died, read_all};
use crate::source::wire::script::{Mode, Server};

/// Bytes that an echo holds back at most; it reads no more until they have left.
const HELD: usize = 65_536;

pub(in crate::source::wire) struct TcpServer {
    spec: Arc<Server>,
    connected: bool,
    /// Bytes to send that the socket has not taken yet.
    answer: Vec<u8>,
    /// Reads of a dialogue that were answered.
    answered: usize,
    next_read: u64,
    blocked: bool,
    closed: bool,
    over: bool,
}

impl TcpServer {
    pub(in crate::source::wire) fn new(spec: Arc<Server>) -> Self {
        TcpServer {
            spec,
            connected: false,
            answer: Vec::new(),
            answered: 0,
            next_read: 0,
            blocked: false,
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
            self.next_read = moment.now + self.spec.pace.map_or(0, |(_, pause)| pause);
            moment.tell(Did::Connected);
        }
        self.read(socket, moment);
        self.write(socket, moment);
        match socket.state() {
            State::Closed | State::Listen => {
                self.over = true;
                if self.connected && !self.closed {
                    moment.tell(died(true, moment.arrived));
                }
            }
            State::CloseWait if !self.closed && !socket.can_recv() && self.answer.is_empty() => {
                moment.tell(Did::EndOfStream);
                socket.close();
                self.closed = true;
                moment.tell(Did::Closed);
            }
            _ => {}
        }
        (self.spec.pace.is_some() && socket.can_recv()).then_some(self.next_read.max(moment.now + 1))
    }

    pub(in crate::source::wire) fn over(&self) -> bool {
        self.over
    }

    fn read(&mut self, socket: &mut Socket<'_>, moment: &mut Moment<'_>) {
        let most = match self.spec.pace {
            Some(_) if moment.now < self.next_read => 0,
            Some((most, _)) => most as usize,
            None => HELD.saturating_sub(self.answer.len()),
        };
        let read = read_all(socket, most);
        if read.is_empty() {
            return;
        }
        if let Some((_, pause)) = self.spec.pace {
            self.next_read = moment.now + pause;
        }
        moment.tell(Did::Read(bytes(&read)));
        match &self.spec.mode {
            Mode::Sink => {}
            Mode::Echo => self.answer.extend(read),
            Mode::Answer(answer) => self.answer.extend(answer),
            Mode::Dialogue(answers) => {
                self.answer.extend(answers.get(self.answered).into_iter().flatten());
                self.answered += 1;
            }
        }
    }

    fn write(&mut self, socket: &mut Socket<'_>, moment: &mut Moment<'_>) {
        if self.answer.is_empty() {
            return;
        }
        let sent = socket.send_slice(&self.answer).unwrap_or(0);
        if sent > 0 {
            if std::mem::take(&mut self.blocked) {
                moment.tell(Did::Unblocked);
            }
            moment.tell(Did::Sent(bytes(&self.answer[..sent])));
            self.answer.drain(..sent);
        }
        if !self.answer.is_empty() && !std::mem::replace(&mut self.blocked, true) {
            moment.tell(Did::Blocked);
        }
    }
}
