//! All sessions of a server, without any I/O: what comes from one of them changes the state, and fills outboxes.
//! Engine.IO protocol 4, Socket.IO protocol 5. Not here: HTTP, WebSocket, clocks; what events mean (`chat`).

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use rustc_hash::FxHashMap;
use tokio::time::Instant;

use super::outbox::Outbox;
use super::session::{Beat, Session};
use super::{Options, chat};
use crate::socket_io::engine::{Data, Packet};
use crate::socket_io::packet::{self, Kind};
use crate::socket_io::told::{Crossed, Event, Teller, Way};

/// Sessions at the same time.
const MOST: usize = 4096;
/// Namespaces that one session may be in.
const MOST_NAMESPACES: usize = 64;

/// Why a request is refused: Engine.IO's own codes and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// From 0 to 5.
    pub(super) code: u8,
    pub(super) message: &'static str,
}

const fn refusal(status: u16, code: u8, message: &'static str) -> Refusal {
    Refusal { status, code, message }
}

pub(super) const UNKNOWN_TRANSPORT: Refusal = refusal(400, 0, "Transport unknown");
pub(super) const UNKNOWN_SESSION: Refusal = refusal(400, 1, "Session ID unknown");
pub(super) const BAD_METHOD: Refusal = refusal(400, 2, "Bad handshake method");
pub(super) const BAD_REQUEST: Refusal = refusal(400, 3, "Bad request");
pub(super) const FORBIDDEN: Refusal = refusal(403, 4, "Forbidden");
pub(super) const BAD_VERSION: Refusal = refusal(400, 5, "Unsupported protocol version");
pub(super) const TOO_LARGE: Refusal = refusal(413, 3, "Payload too large");
const FULL: Refusal = refusal(503, 4, "Too many sessions");

/// Everything that the server knows.
pub(super) struct Hub {
    pub(super) options: Options,
    pub(super) sessions: FxHashMap<String, Session>,
    counted: u64,
    /// Who is gone, and whose rooms have not heard of it.
    gone: Vec<Session>,
    leaving: bool,
    /// Bytes that wait in all outboxes.
    waiting: Arc<AtomicUsize>,
    teller: Teller,
}

impl Hub {
    pub(super) fn new(options: Options, teller: Teller) -> Self {
        Hub {
            options,
            sessions: FxHashMap::default(),
            counted: 0,
            gone: Vec::new(),
            leaving: false,
            waiting: Arc::default(),
            teller,
        }
    }

    /// Begins a session; its greeting waits in its outbox.
    pub(super) fn open(&mut self, bare: bool, way: Way, now: Instant) -> Result<String, Refusal> {
        if self.sessions.len() >= MOST {
            return Err(FULL);
        }
        self.counted += 1;
        let (sid, options) = (id(), &self.options);
        let mut session = Session::new(
            self.counted,
            bare,
            way,
            Outbox::new(Arc::clone(&self.waiting)),
            Beat::Ask(now + options.ping_interval),
        );
        session.connect_by = (!bare).then(|| now + options.connect_timeout);
        let upgrades = if way == Way::Polling { "[\"websocket\"]" } else { "[]" };
        let greeting = format!(
            "{{\"sid\":\"{sid}\",\"upgrades\":{upgrades},\"pingInterval\":{},\"pingTimeout\":{},\"maxPayload\":{}}}",
            options.ping_interval.as_millis(),
            options.ping_timeout.as_millis(),
            options.max_payload
        );
        self.sessions.insert(sid.clone(), session);
        self.teller.tell(self.counted, Event::Began(sid.clone(), way));
        self.send(&sid, Packet::Open(greeting));
        Ok(sid)
    }

    pub(super) fn tell(&mut self, session: u64, event: Event) {
        self.teller.tell(session, event);
    }

    pub(super) fn outbox(&self, sid: &str) -> Option<Arc<Outbox>> {
        self.sessions.get(sid).map(|session| Arc::clone(&session.outbox))
    }

    /// Queues a packet; who takes none for too long is let go.
    pub(super) fn send(&mut self, sid: &str, packet: Packet) {
        let Some(session) = self.sessions.get(sid) else { return };
        let told = Crossed::new(true, session.way, &packet);
        let number = session.number;
        if session.outbox.push(packet) {
            self.teller.tell(number, Event::Crossed(told));
        } else {
            self.close(sid, "it does not fetch what waits for it", None);
        }
    }

    /// Queues a packet of Socket.IO.
    pub(super) fn say(&mut self, sid: &str, packet: &packet::Packet) {
        for data in packet.write() {
            self.send(sid, Packet::Message(data));
        }
    }

    /// Ends a session; `last` still reaches a request that waits.
    pub(super) fn close(&mut self, sid: &str, why: &'static str, last: Option<Packet>) {
        let Some(session) = self.sessions.remove(sid) else { return };
        if let Some(last) = last.filter(|_| session.getting || session.way == Way::WebSocket) {
            self.teller.tell(session.number, Event::Crossed(Crossed::new(true, session.way, &last)));
            session.outbox.push(last);
        }
        session.outbox.close();
        session.pulse.notify_one();
        self.teller.tell(session.number, Event::Ended(why));
        // Telling the rooms may fill the outboxes of others, who go, too: one after the other, not one inside the other.
        self.gone.push(session);
        if !std::mem::replace(&mut self.leaving, true) {
            while let Some(session) = self.gone.pop() {
                chat::left(self, session);
            }
            self.leaving = false;
        }
    }

    /// What is due for a session; whether it still is one.
    pub(super) fn beat(&mut self, sid: &str, now: Instant) -> bool {
        let timeout = self.options.ping_timeout;
        let Some(session) = self.sessions.get_mut(sid) else { return false };
        if session.connect_by.is_some_and(|by| now >= by) {
            self.close(sid, "it never entered a namespace", Some(Packet::Close));
        } else if now >= session.beat.at() {
            if let Beat::Answer(_) = session.beat {
                self.close(sid, "ping timeout: it gave no sign of life", Some(Packet::Close));
            } else {
                session.beat = session.beat.asked(now, timeout);
                self.send(sid, Packet::Ping(String::new()));
            }
        }
        self.sessions.contains_key(sid)
    }

    /// A packet came. An error ends the session.
    pub(super) fn receive(&mut self, sid: &str, packet: Packet, now: Instant) -> Result<(), &'static str> {
        let interval = self.options.ping_interval;
        let Some(session) = self.sessions.get_mut(sid) else { return Err("it is over") };
        let told = Crossed::new(false, session.way, &packet);
        self.teller.tell(session.number, Event::Crossed(told));
        match packet {
            Packet::Pong(_) => {
                session.beat = Beat::Ask(now + interval);
                session.pulse.notify_one();
            }
            Packet::Ping(_) => return Err("a client asks for no sign of life in version 4"),
            Packet::Message(data) if session.bare => self.send(sid, Packet::Message(data)),
            Packet::Message(data) => self.message(sid, data)?,
            Packet::Close => {
                let waiting = session.way == Way::Polling;
                self.close(sid, "transport close: the client said goodbye", waiting.then_some(Packet::Noop));
            }
            Packet::Open(_) | Packet::Upgrade | Packet::Noop => {}
        }
        Ok(())
    }

    fn message(&mut self, sid: &str, data: Data) -> Result<(), &'static str> {
        let Some(session) = self.sessions.get_mut(sid) else { return Ok(()) };
        let Some(packet) = session.decoder.take(data).map_err(|wrong| wrong.0)? else { return Ok(()) };
        if packet.kind == Kind::Connect {
            self.connect(sid, &packet);
            return Ok(());
        }
        if !session.members.contains_key(&packet.namespace) {
            return Err("it speaks to a namespace that it did not enter");
        }
        match packet.kind {
            Kind::Disconnect => {
                let member = session.members.remove(&packet.namespace);
                chat::out(self, &packet.namespace, member.into_iter());
            }
            Kind::Event => chat::event(self, sid, packet),
            Kind::Connect | Kind::Ack | Kind::ConnectError => {}
        }
        Ok(())
    }

    fn connect(&mut self, sid: &str, asked: &packet::Packet) {
        let name = asked.namespace.as_str();
        let Some(session) = self.sessions.get_mut(sid) else { return };
        if !self.options.namespaces.iter().any(|n| n == name) || session.members.len() >= MOST_NAMESPACES {
            let data = Some("{\"message\":\"Invalid namespace\"}".to_owned());
            return self.say(sid, &packet::Packet::new(Kind::ConnectError, name, data));
        }
        session.connect_by = None;
        let member = session.members.entry(name.to_owned()).or_default();
        if member.sid.is_empty() {
            member.sid = id();
        }
        let data = Some(format!("{{\"sid\":\"{}\"}}", member.sid));
        self.say(sid, &packet::Packet::new(Kind::Connect, name, data));
        chat::entered(self, sid, asked);
    }

    /// A GET begins to wait.
    pub(super) fn get(&mut self, sid: &str, now: Instant) -> Result<Arc<Outbox>, Refusal> {
        self.polls(sid, now)?;
        let session = self.sessions.get_mut(sid).ok_or(UNKNOWN_SESSION)?;
        if session.getting {
            self.close(sid, "two requests wait at the same time", Some(Packet::Close));
            return Err(BAD_REQUEST);
        }
        session.getting = true;
        Ok(Arc::clone(&session.outbox))
    }

    /// A POST begins; it has to end with [`posted`](Self::posted).
    pub(super) fn post(&mut self, sid: &str, now: Instant) -> Result<(), Refusal> {
        self.polls(sid, now)?;
        let session = self.sessions.get_mut(sid).ok_or(UNKNOWN_SESSION)?;
        if session.posting {
            self.close(sid, "two requests send at the same time", Some(Packet::Close));
            return Err(BAD_REQUEST);
        }
        session.posting = true;
        Ok(())
    }

    pub(super) fn posted(&mut self, sid: &str) {
        if let Some(session) = self.sessions.get_mut(sid) {
            session.posting = false;
        }
    }

    fn polls(&mut self, sid: &str, now: Instant) -> Result<(), Refusal> {
        if !self.beat(sid, now) {
            return Err(UNKNOWN_SESSION);
        }
        match self.sessions.get(sid) {
            Some(session) if session.way == Way::Polling => Ok(()),
            Some(_) => Err(BAD_REQUEST),
            None => Err(UNKNOWN_SESSION),
        }
    }

    /// A WebSocket wants to take a session over.
    pub(super) fn probe(&mut self, sid: &str, now: Instant) -> Result<(), Refusal> {
        self.polls(sid, now)?;
        let session = self.sessions.get_mut(sid).ok_or(UNKNOWN_SESSION)?;
        if std::mem::replace(&mut session.probing, true) { Err(BAD_REQUEST) } else { Ok(()) }
    }

    /// The new WebSocket passes bytes on: requests stop waiting.
    pub(super) fn probed(&mut self, sid: &str) {
        if let Some(session) = self.sessions.get_mut(sid) {
            session.outbox.move_on(true);
        }
    }

    /// A waiting request was ended, for the session moves.
    pub(super) fn noop(&mut self, sid: &str) {
        if let Some(session) = self.sessions.get(sid) {
            let number = session.number;
            self.teller.tell(number, Event::Crossed(Crossed::new(true, Way::Polling, &Packet::Noop)));
        }
    }

    /// A packet of the test that a new WebSocket undergoes.
    pub(super) fn tried(&mut self, sid: &str, ours: bool, packet: &Packet) {
        if let Some(session) = self.sessions.get(sid) {
            let number = session.number;
            self.teller.tell(number, Event::Crossed(Crossed::new(ours, Way::WebSocket, packet)));
        }
    }

    /// From now on over the WebSocket, or not after all. Says whether the session is still there.
    pub(super) fn upgrade(&mut self, sid: &str, done: bool) -> bool {
        let Some(session) = self.sessions.get_mut(sid) else { return false };
        session.probing = false;
        if done {
            session.way = Way::WebSocket;
            let number = session.number;
            session.outbox.move_on(true);
            self.teller.tell(number, Event::Moved);
        } else {
            session.outbox.move_on(false);
        }
        true
    }
}

/// Twenty letters and digits that nobody guesses.
pub(super) fn id() -> String {
    data_encoding::BASE64URL_NOPAD.encode(&rand::random::<[u8; 15]>())
}
