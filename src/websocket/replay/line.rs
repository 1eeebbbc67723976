//! A WebSocket of ours that is open: says messages, and hears them until a time or a number of them.

use std::io;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::{Event, counts};
use crate::websocket::client::Failure;
use crate::websocket::{Endpoint, Incoming};

/// How long the other side may leave what we say unread.
const PATIENCE: Duration = Duration::from_secs(10);
/// "Without a limit", for a clock that has one.
pub(super) const FOREVER: Duration = Duration::from_hours(30 * 365 * 24);

/// One end, with its socket.
pub(super) struct Line<S> {
    pub(super) stream: S,
    pub(super) end: Endpoint,
    /// What was heard that counts.
    pub(super) heard: Vec<Incoming>,
    /// Nothing more will be heard.
    pub(super) over: bool,
    /// How our side said goodbye then.
    pub(super) goodbye: Option<(u16, String)>,
    pub(super) events: SyncSender<Event>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    /// Says what was recorded.
    pub(super) async fn say(&mut self, what: &Incoming) -> Result<(), Failure> {
        match what {
            Incoming::Text(text) => self.end.text(text),
            Incoming::Binary(bytes) => self.end.binary(bytes),
            Incoming::Ping(bytes) => self.end.ping(bytes),
            // It answers a ping of then.
            Incoming::Pong(_) => return Ok(()),
            Incoming::Close(_) if self.end.said_goodbye() => return Ok(()),
            Incoming::Close(None) => self.end.close(None, ""),
            Incoming::Close(Some((code, reason))) => self.end.close(Some(*code), reason),
        }
        let _ = self.events.try_send(Event::Said(what.clone()));
        self.push().await
    }

    async fn push(&mut self) -> Result<(), Failure> {
        let bytes = std::mem::take(self.end.outbox());
        if bytes.is_empty() {
            return Ok(());
        }
        let stream = &mut self.stream;
        let writing = async {
            stream.write_all(&bytes).await?;
            stream.flush().await
        };
        let written = timeout(PATIENCE, writing).await;
        written.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(Failure::Broke)
    }

    /// Hears until `count` messages are there, or this time has come, or the other side has gone.
    pub(super) async fn hear(&mut self, count: usize, until: Instant) -> Result<(), Failure> {
        let mut room = vec![0; 16 * 1024];
        loop {
            while let Some(message) = self.end.next().map_err(Failure::Breach)? {
                self.take(message);
            }
            self.push().await?;
            if self.over || self.heard.len() >= count {
                return Ok(());
            }
            match timeout_at(until, self.stream.read(&mut room)).await {
                Err(_) => return Ok(()),
                Ok(Ok(0) | Err(_)) => self.over = true,
                Ok(Ok(length)) => self.end.receive(&room[..length]),
            }
        }
    }

    fn take(&mut self, message: Incoming) {
        match &message {
            Incoming::Ping(bytes) => self.end.pong(bytes),
            Incoming::Close(said) => {
                self.over = true;
                let code = said.as_ref().map(|(code, _)| *code);
                // The recorded reason belongs to the recorded code.
                let then = self.goodbye.as_ref().filter(|(then, _)| Some(*then) == code);
                self.end.close(code, then.map_or("", |(_, reason)| reason));
            }
            _ => {}
        }
        if counts(&message) {
            let _ = self.events.try_send(Event::Heard(message.clone()));
            self.heard.push(message);
        }
    }
}

/// A pause of then, as long as it is to be now.
pub(super) fn paced(pause: Duration, speed: f64) -> Duration {
    if speed <= 0.0 {
        Duration::ZERO
    } else {
        Duration::try_from_secs_f64(pause.as_secs_f64() / speed).unwrap_or(FOREVER)
    }
}
