//! Packets around bytes that a program of ours saw: a client, a server or a tap knows what it reads and writes, and from
//! whom, but not the packets that carried it. The headers are rebuilt: addresses and ports are the real ones, sequence
//! numbers count from 0, and how bytes were cut into segments is not known. So every view of a capture works without
//! rights. Whoever shows it says so ([`LABEL`]). Not here: who reads and writes (`websocket`).

mod notice;
mod rebuild;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

pub use notice::{Notice, Reporter, What, channel};

use self::rebuild::Connections;
pub use self::rebuild::Totals;
use super::{Counters, Error, Event, Source};
use crate::dissect::{Interface, Packet, Secrets};

/// What every view calls this source.
pub const LABEL: &str = "seen by the program, TCP rebuilt";
/// How long the source waits before it says that nothing came.
const PATIENCE: Duration = Duration::from_millis(100);
/// While bytes cross, the source looks for them that often and does not let itself be woken for each: waking costs whoever
/// reports more than reporting.
const LOOK: Duration = Duration::from_millis(2);
/// A packet without a link header: IPv4 or IPv6 as its first bits say.
const RAW_IP: u32 = 101;

/// Packets rebuilt from notices, in the order in which they came.
pub struct Seen {
    notices: Receiver<Notice>,
    connections: Connections,
    ready: VecDeque<rebuild::Rebuilt>,
    current: Vec<u8>,
    interfaces: [Interface; 1],
    secrets: Secrets,
    delivered: u64,
    comment: Option<Cow<'static, str>>,
    /// Something came a moment ago.
    busy: bool,
}

impl Seen {
    fn new(notices: Receiver<Notice>, secrets: Secrets) -> Self {
        let interface = Interface { name: LABEL.to_owned(), link: RAW_IP, snaplen: 0 };
        Seen {
            notices,
            connections: Connections::default(),
            ready: VecDeque::new(),
            current: Vec::new(),
            interfaces: [interface],
            secrets,
            delivered: 0,
            comment: None,
            busy: false,
        }
    }

    /// The next notice, if one comes soon.
    fn wait(&mut self) -> Result<Notice, RecvTimeoutError> {
        let begun = Instant::now();
        loop {
            match self.notices.try_recv() {
                Ok(notice) => {
                    self.busy = true;
                    return Ok(notice);
                }
                Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
                Err(TryRecvError::Empty) if !self.busy => {
                    let notice = self.notices.recv_timeout(PATIENCE);
                    self.busy = notice.is_ok();
                    return notice;
                }
                Err(TryRecvError::Empty) if begun.elapsed() < PATIENCE => std::thread::sleep(LOOK),
                Err(TryRecvError::Empty) => {
                    self.busy = false;
                    return Err(RecvTimeoutError::Timeout);
                }
            }
        }
    }
}

impl Seen {
    /// What has crossed so far, as far as it was read.
    pub fn totals(&self) -> Totals {
        self.connections.totals
    }
}

impl Source for Seen {
    fn next(&mut self) -> Result<Event<'_>, Error> {
        while self.ready.is_empty() {
            match self.wait() {
                Ok(notice) => self.connections.rebuild(notice, &mut self.ready),
                Err(RecvTimeoutError::Timeout) => return Ok(Event::Idle),
                Err(RecvTimeoutError::Disconnected) => return Ok(Event::End),
            }
        }
        let Some(packet) = self.ready.pop_front() else { return Ok(Event::Idle) };
        self.delivered += 1;
        self.current = packet.bytes;
        self.comment = packet.comment;
        Ok(Event::Packet(Packet {
            number: self.delivered,
            time: Some(packet.time),
            length: self.current.len() as u32,
            bytes: &self.current,
            link: RAW_IP,
            interfaces: &self.interfaces,
            comment: self.comment.as_deref(),
            ..Packet::default()
        }))
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    fn secrets(&self) -> Option<Secrets> {
        Some(self.secrets.clone())
    }

    fn counters(&mut self) -> Counters {
        Counters { seen: self.delivered, lost: 0 }
    }
}
