//! A WebSocket that carries a session, from its beginning or after a test (Engine.IO protocol §Upgrade).

use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::Shared;
use super::outbox::Outbox;
use crate::socket_io::engine::{Data, Packet};
use crate::websocket::server::{Peer, Stream, session};
use crate::websocket::{Endpoint, Incoming, Limits, Role};

/// How long a test may take.
const TRIAL: Duration = Duration::from_secs(10);
/// How long the goodbyes may take.
const GOODBYE: Duration = Duration::from_secs(1);

struct Socket {
    stream: Stream,
    end: Endpoint,
    buffer: Vec<u8>,
}

/// Carries `sid`, once HTTP has given the connection away. `tried`: it travels over requests so far.
pub(super) async fn carry(upgrade: OnUpgrade, sid: String, tried: bool, hub: Shared, _peer: Peer) {
    let Ok((stream, rest)) = session::open(upgrade).await else {
        if tried {
            hub.hub().upgrade(&sid, false);
        } else {
            hub.hub().close(&sid, "transport error: the WebSocket did not begin", None);
        }
        return;
    };
    let limit = hub.hub().options.max_payload;
    let mut end = Endpoint::new(Role::Server, Limits { message: limit, frame: limit }, None);
    end.receive(&rest);
    let mut socket = Socket { stream, end, buffer: vec![0; 16 * 1024] };
    if tried {
        let passed = tokio::time::timeout(TRIAL, socket.trial(&sid, &hub)).await.is_ok_and(|passed| passed);
        if !hub.hub().upgrade(&sid, passed) || !passed {
            return socket.goodbye(1000, "").await;
        }
    }
    let outbox = hub.hub().outbox(&sid);
    let Some(outbox) = outbox else { return socket.goodbye(1000, "").await };
    let (why, code, words) = socket.talk(&sid, &hub, &outbox).await;
    hub.hub().close(&sid, why, None);
    socket.goodbye(code, words).await;
}

/// For a session that has a WebSocket already.
pub(super) async fn turn_away(upgrade: OnUpgrade) {
    let Ok((stream, _)) = session::open(upgrade).await else { return };
    let end = Endpoint::new(Role::Server, Limits { message: 4096, frame: 4096 }, None);
    Socket { stream, end, buffer: vec![0; 4096] }.goodbye(1000, "").await;
}

impl Socket {
    /// `2probe`, `3probe`, `5`: whether it was passed.
    async fn trial(&mut self, sid: &str, hub: &Shared) -> bool {
        let mut probed = false;
        loop {
            while let Ok(Some(message)) = self.end.next() {
                let Incoming::Text(text) = message else {
                    if !self.control(message) {
                        return false;
                    }
                    continue;
                };
                let Ok(packet) = Packet::read(&text) else { return false };
                hub.hub().tried(sid, false, &packet);
                match packet {
                    Packet::Ping(word) if word == "probe" => {
                        let answer = Packet::Pong(word);
                        self.end.text(&answer.write());
                        hub.hub().tried(sid, true, &answer);
                        hub.hub().probed(sid);
                        probed = true;
                    }
                    Packet::Upgrade => return probed,
                    _ => return false,
                }
            }
            if self.flush().await.is_err() || !self.read().await {
                return false;
            }
        }
    }

    /// Passes packets on in both directions; gives why it ended, for us and for the other side.
    async fn talk(&mut self, sid: &str, hub: &Shared, outbox: &Arc<Outbox>) -> (&'static str, u16, &'static str) {
        loop {
            loop {
                let packet = match self.end.next() {
                    Ok(None) => break,
                    Ok(Some(Incoming::Text(text))) => Packet::read(&text).ok().filter(|_| !text.starts_with('b')),
                    Ok(Some(Incoming::Binary(bytes))) => Some(Packet::Message(Data::Binary(bytes))),
                    Ok(Some(message)) if self.control(message.clone()) => continue,
                    Ok(Some(_)) => return ("transport close: the WebSocket said goodbye", 1000, ""),
                    Err(broken) => return (broken.what, broken.code, broken.what),
                };
                let Some(packet) = packet else { return ("parse error: no packet of Engine.IO", 1000, "") };
                let received = hub.hub().receive(sid, packet, Instant::now());
                if let Err(why) = received {
                    return (why, 1000, "");
                }
            }
            for packet in outbox.take() {
                match packet {
                    Packet::Message(Data::Binary(bytes)) => self.end.binary(&bytes),
                    other => self.end.text(&other.write()),
                }
            }
            let written = tokio::select! {
                biased;
                written = self.flush() => written.is_ok(),
                () = closed(outbox) => true,
            };
            if outbox.is_closed() {
                return ("it is over", 1000, "");
            }
            if !written {
                return ("transport close: nobody takes what we send", 1000, "");
            }
            tokio::select! {
                more = self.read() => if !more {
                    return ("transport close: TCP ended without a goodbye", 1000, "");
                },
                () = outbox.socket() => {}
            }
        }
    }

    /// Pings of the WebSocket itself; false when it says goodbye.
    fn control(&mut self, message: Incoming) -> bool {
        match message {
            Incoming::Ping(bytes) => self.end.pong(&bytes),
            Incoming::Close(_) => return false,
            _ => {}
        }
        true
    }

    async fn read(&mut self) -> bool {
        match self.stream.read(&mut self.buffer).await {
            Ok(0) | Err(_) => false,
            Ok(length) => {
                self.end.receive(&self.buffer[..length]);
                true
            }
        }
    }

    async fn flush(&mut self) -> std::io::Result<()> {
        let bytes = std::mem::take(self.end.outbox());
        self.stream.write_all(&bytes).await?;
        self.stream.flush().await
    }

    /// Our close frame, and the wait for theirs.
    async fn goodbye(mut self, code: u16, why: &str) {
        self.end.close(Some(code), why);
        let _ = tokio::time::timeout(GOODBYE, async {
            if self.flush().await.is_err() {
                return;
            }
            while !self.end.is_closed() && self.read().await {
                while let Ok(Some(_)) = self.end.next() {}
            }
            let _ = self.stream.shutdown().await;
        })
        .await;
    }
}

async fn closed(outbox: &Outbox) {
    while !outbox.is_closed() {
        outbox.socket().await;
    }
}
