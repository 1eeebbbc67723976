//! A WebSocket after its handshake: bytes from the socket through the `Endpoint` and back, goodbyes, pings, and the end
//! of those who are silent or do not read. RFC 6455 §5 to §7. Not here: what is said (`Talk`).

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, Sleep};

use super::stream::Stream;
use crate::websocket::{Broken, Endpoint, Incoming, Limits, Role};

/// Nothing is read while more than so many bytes wait to be written.
const FULL: usize = 256 * 1024;
/// Bytes that are read at a time: a frame of 16 KiB has to fit with its head, or it costs a second call. They lie on the
/// stack, and nobody writes zeros there before: a silent client costs no buffer.
const READ: usize = 64 * 1024;
/// What an endpoint may keep of its outgoing buffer.
const KEPT: usize = 64 * 1024;

/// How patient a session is.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// A client that is silent for this time is pinged; after twice this time it is given up. `None`: it may be silent.
    pub ping: Option<Duration>,
    /// A client that reads nothing for this time, though something waits for it, is given up.
    pub stall: Duration,
    /// How long a client has to say goodbye and to hang up.
    pub goodbye: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { ping: None, stall: Duration::from_secs(30), goodbye: Duration::from_secs(2) }
    }
}

/// What is to be sent to a client, from elsewhere.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// A sign of life is asked for.
    Ping(Vec<u8>),
    /// Bytes as they are.
    Raw(Vec<u8>),
    /// Whole frames that many clients are sent: made once, see [`shared`].
    Shared(Arc<[u8]>),
    /// Goodbye.
    Close(Option<u16>, String),
}

/// A text as the frame that every client without compression is sent: a server masks nothing (RFC 6455 §5.1), so that
/// it is the same for all.
pub fn shared(text: &str) -> Arc<[u8]> {
    let mut end = Endpoint::new(Role::Server, Limits::default(), None);
    end.text(text);
    Arc::from(end.outbox().as_slice())
}

/// Who hears what a client says.
pub trait Talk: Send {
    /// A message came. Answers go into `end`. Pings and goodbyes are answered by the session; they are told all the same.
    fn heard(&mut self, message: Incoming, end: &mut Endpoint);
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Both said goodbye; the client's code.
    Closed(Option<u16>),
    /// The client broke a rule.
    Broken(Broken),
    /// The client hung up without a goodbye: 1006 for who looks from inside.
    Gone,
    /// It did not answer pings.
    Silent(Duration),
    /// It did not read.
    Stalled(Duration),
    /// We said goodbye, and it did not.
    Rude(Duration),
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Closed(Some(code)) => write!(f, "closed, both said goodbye with code {code}"),
            End::Closed(None) => write!(f, "closed, both said goodbye"),
            End::Broken(broken) => write!(f, "closed with {}: {}, {}", broken.code, broken.what, broken.rule),
            End::Gone => write!(f, "hung up without a goodbye (programs call this 1006)"),
            End::Silent(time) => write!(f, "given up: no sign of life for {} s", time.as_secs_f32()),
            End::Stalled(time) => write!(f, "given up: it read nothing for {} s", time.as_secs()),
            End::Rude(time) => write!(f, "given up: it did not say goodbye within {} s", time.as_secs()),
        }
    }
}

/// The connection, once hyper has written the 101; and what the client has sent already.
///
/// # Errors
/// The connection broke before.
pub async fn open(upgrade: OnUpgrade) -> io::Result<(Stream, Vec<u8>)> {
    let upgraded = upgrade.await.map_err(io::Error::other)?;
    let parts = upgraded.downcast::<TokioIo<Stream>>().map_err(|_| io::Error::other("not a connection of ours"))?;
    Ok((parts.io.into_inner(), parts.read_buf.to_vec()))
}

/// Drives a session to its end. `messages` come from elsewhere; when their senders are gone, the session goes on.
pub async fn drive<S, T>(
    mut stream: S,
    rest: &[u8],
    mut end: Endpoint,
    pace: Pace,
    mut messages: Receiver<Outgoing>,
    talk: &mut T,
) -> End
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    T: Talk,
{
    let now = Instant::now();
    let mut session = Session { pace, heard: now, pinged: false, read: now, waits: false, leaving: None, sent: 0 };
    let mut clock = Box::pin(tokio::time::sleep_until(session.deadline(&mut end)));
    let mut others = true;
    end.receive(rest);
    let ended = loop {
        if let Some(ended) = Session::listen(&mut end, talk) {
            break ended;
        }
        session.hurry(&mut end, clock.as_mut());
        tokio::select! {
            biased;
            step = session.step(&mut stream, &mut end) => if let Err(ended) = step { break ended },
            message = messages.recv(), if others && end.outbox().len() < FULL => match message {
                Some(message) => Session::say(message, &mut end),
                None => others = false,
            },
            () = clock.as_mut() => match session.late(&mut end) {
                Some(ended) => break ended,
                None => clock.as_mut().reset(session.deadline(&mut end)),
            },
        }
    };
    let _ = tokio::time::timeout(pace.goodbye, hang_up(&mut stream, &mut end, session.sent)).await;
    ended
}

struct Session {
    pace: Pace,
    /// When the client was last heard.
    heard: Instant,
    /// It was asked for a sign of life since.
    pinged: bool,
    /// When it last took something that waited for it, or when that began to wait.
    read: Instant,
    /// Something waits for it.
    waits: bool,
    /// We have said goodbye; until then the client may.
    leaving: Option<Instant>,
    /// Bytes of the outbox that are written.
    sent: usize,
}

impl Session {
    /// All messages that are there, as long as their answers find room.
    fn listen(end: &mut Endpoint, talk: &mut impl Talk) -> Option<End> {
        while end.outbox().len() < FULL {
            match end.next() {
                Ok(None) => return None,
                Ok(Some(message)) => {
                    let close = match &message {
                        Incoming::Close(close) => Some(close.as_ref().map(|(code, _)| *code)),
                        Incoming::Ping(bytes) if !end.said_goodbye() => {
                            end.pong(bytes);
                            None
                        }
                        _ => None,
                    };
                    talk.heard(message, end);
                    if let Some(code) = close {
                        end.close(code, "");
                        return Some(End::Closed(code));
                    }
                }
                Err(broken) => {
                    end.close(Some(broken.code), broken.what);
                    return Some(End::Broken(broken));
                }
            }
        }
        None
    }

    /// Writes or reads something.
    async fn step<S>(&mut self, stream: &mut S, end: &mut Endpoint) -> Result<(), End>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        poll_fn(|cx| {
            let waiting = end.outbox().len() - self.sent;
            if waiting > 0 && !std::mem::replace(&mut self.waits, waiting > 0) {
                self.read = Instant::now();
            }
            if waiting > 0
                && let Poll::Ready(written) = Pin::new(&mut *stream).poll_write(cx, &end.outbox()[self.sent..])
            {
                let Ok(taken @ 1..) = written else { return Poll::Ready(Err(End::Gone)) };
                self.sent += taken;
                self.read = Instant::now();
                if self.sent == end.outbox().len() {
                    (self.sent, self.waits) = (0, false);
                    end.outbox().clear();
                    end.outbox().shrink_to(KEPT);
                }
                return Poll::Ready(Ok(()));
            }
            if waiting > FULL {
                return Poll::Pending;
            }
            #[expect(clippy::large_stack_arrays, reason = "nothing is written there before the read")]
            let mut room = [const { MaybeUninit::uninit() }; READ];
            let mut buffer = ReadBuf::uninit(&mut room);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    (self.heard, self.pinged) = (Instant::now(), false);
                    end.receive(buffer.filled());
                    Poll::Ready(Ok(()))
                }
                Poll::Ready(_) => Poll::Ready(Err(End::Gone)),
            }
        })
        .await
    }

    fn say(message: Outgoing, end: &mut Endpoint) {
        if end.said_goodbye() {
            return; // RFC 6455 §5.5.1: nothing follows a close frame
        }
        match message {
            Outgoing::Text(text) => end.text(&text),
            Outgoing::Binary(bytes) => end.binary(&bytes),
            Outgoing::Ping(bytes) => end.ping(&bytes),
            Outgoing::Raw(bytes) => end.raw(&bytes),
            Outgoing::Shared(bytes) => end.raw(&bytes),
            Outgoing::Close(code, reason) => end.close(code, &reason),
        }
    }

    /// A goodbye of ours has its own, shorter patience.
    fn hurry(&mut self, end: &mut Endpoint, clock: Pin<&mut Sleep>) {
        if end.said_goodbye() && self.leaving.is_none() {
            let until = Instant::now() + self.pace.goodbye;
            self.leaving = Some(until);
            clock.reset(until);
        }
    }

    /// When to look at the clock again, at the latest.
    fn deadline(&self, end: &mut Endpoint) -> Instant {
        let stalled = if end.outbox().is_empty() { Instant::now() } else { self.read } + self.pace.stall;
        let quiet = self.pace.ping.map(|ping| self.heard + if self.pinged { ping * 2 } else { ping });
        [self.leaving, quiet].into_iter().flatten().fold(stalled, Instant::min)
    }

    /// What the clock says.
    fn late(&mut self, end: &mut Endpoint) -> Option<End> {
        let now = Instant::now();
        if self.leaving.is_some_and(|until| now >= until) {
            return Some(End::Rude(self.pace.goodbye));
        }
        if !end.outbox().is_empty() && now >= self.read + self.pace.stall {
            return Some(End::Stalled(self.pace.stall));
        }
        let ping = self.pace.ping?;
        if now >= self.heard + ping * 2 && self.pinged {
            end.close(Some(1001), "no answer to our pings");
            return Some(End::Silent(ping * 2));
        }
        if now >= self.heard + ping && !std::mem::replace(&mut self.pinged, true) {
            end.ping(b"layercake");
        }
        None
    }
}

/// Writes what is left, ends our half of TCP, and waits for the client's, so that our last words are not lost to a reset.
async fn hang_up<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, end: &mut Endpoint, sent: usize) {
    if stream.write_all(&end.outbox()[sent..]).await.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    let mut over = false;
    while !over {
        over = poll_fn(|cx| {
            #[expect(clippy::large_stack_arrays, reason = "nothing is written there before the read")]
            let mut room = [const { MaybeUninit::uninit() }; READ];
            let mut buffer = ReadBuf::uninit(&mut room);
            let read = Pin::new(&mut *stream).poll_read(cx, &mut buffer);
            read.map(|read| read.is_err() || buffer.filled().is_empty())
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::sync::mpsc;

    use super::*;

    struct Echo;

    impl Talk for Echo {
        fn heard(&mut self, message: Incoming, end: &mut Endpoint) {
            if let Incoming::Text(text) = message {
                end.text(&text);
            }
        }
    }

    /// What a client reads that has sent `bytes`, and how the session ended.
    fn meets(bytes: &[u8], pace: Pace, hangs_up: bool) -> (Vec<u8>, End) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(async {
            let (mut client, server) = tokio::io::duplex(1 << 20);
            let (_sender, messages) = mpsc::channel(1);
            client.write_all(bytes).await.expect("room");
            if hangs_up {
                client.shutdown().await.expect("open");
            }
            let limits = Limits { message: 1000, frame: 1000 };
            let end = Endpoint::new(Role::Server, limits, None);
            let ended = drive(server, &[], end, pace, messages, &mut Echo).await;
            let mut read = Vec::new();
            client.read_to_end(&mut read).await.expect("read");
            (read, ended)
        })
    }

    fn said(tell: impl FnOnce(&mut Endpoint)) -> Vec<u8> {
        let mut client = Endpoint::new(Role::Client, Limits::default(), None);
        tell(&mut client);
        std::mem::take(client.outbox())
    }

    #[test]
    fn texts_come_back_pings_are_answered_and_goodbyes_returned() {
        let bytes = said(|client| {
            client.text("Hello");
            client.ping(b"?");
            client.close(Some(1000), "bye");
        });
        let (read, ended) = meets(&bytes, Pace::default(), false);
        assert_eq!(read, b"\x81\x05Hello\x8a\x01?\x88\x02\x03\xe8");
        assert_eq!(ended, End::Closed(Some(1000)));
    }

    #[test]
    fn a_breach_ends_with_its_code() {
        let (read, ended) = meets(b"\x81\x01a", Pace::default(), false);
        assert_eq!(read[2..4], [0x03, 0xea]);
        assert!(matches!(ended, End::Broken(Broken { code: 1002, .. })));
        let (read, _) = meets(&said(|client| client.text(&"a".repeat(1001))), Pace::default(), false);
        assert_eq!(read[2..4], [0x03, 0xf1]);
    }

    #[test]
    fn who_hangs_up_is_gone_and_who_is_silent_is_pinged_and_then_given_up() {
        assert_eq!(meets(b"", Pace::default(), true).1, End::Gone);
        let pace = Pace { ping: Some(Duration::from_secs(5)), ..Pace::default() };
        let (read, ended) = meets(b"", pace, false);
        assert!(read.starts_with(b"\x89\x09layercake\x88"), "{read:?}");
        assert_eq!(ended, End::Silent(Duration::from_secs(10)));
    }
}
