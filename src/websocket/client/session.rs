//! The talk itself: orders go out as frames, what comes in is told, until both have said goodbye. RFC 6455 §5 to §7.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;
use tokio::time::Instant;

use super::dial::Opened;
use super::event::{Event, Frame, Teller};
use super::frames::Frames;
use super::{Failure, Plan};
use crate::websocket::{Endpoint, Incoming, Opcode, Role};

/// How long the other side has to say goodbye, and then to end TCP.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long `/expect` waits.
const EXPECT: Duration = Duration::from_secs(10);
/// Orders wait while more than so many bytes are to be written.
const FULL: usize = 1 << 20;
/// Whoever only echoes reads no more while so many bytes are to be written: a server that never listens fills no memory.
const ECHO_FULL: usize = 32 << 20;
/// Bytes of a message that are told.
const TOLD: usize = 4096;
/// Messages that `/expect` may still look at, pings whose answer is waited for.
const KEPT: usize = 1000;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Send a text, in so many frames.
    Text(String, usize),
    /// Send bytes.
    Binary(Vec<u8>),
    /// Ask for a sign of life.
    Ping(Vec<u8>),
    /// Give one.
    Pong(Vec<u8>),
    /// Say goodbye.
    Close(Option<u16>, String),
    /// Send bytes as they are.
    Raw(Vec<u8>),
    /// Do nothing for this time.
    Wait(Duration),
    /// Wait until a message with this text comes.
    Expect(String),
    /// Tell this.
    Aside(String),
}

/// How it ended, where nothing was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Both have said goodbye; the other side's code.
    Closed(Option<u16>),
    /// It was stopped before it began.
    Stopped,
}

/// What the conversation waits for before it takes the next order.
enum Pause {
    None,
    Until(Instant),
    Message(String, Instant),
    /// No order will come, and the goodbye is the server's.
    Theirs,
    /// No order will come: listen until then, then say goodbye.
    Linger(Instant),
    /// Goodbye is said: wait for theirs, and the end of TCP.
    Goodbye(Instant),
}

/// What a message takes on the wire.
#[derive(Debug, Default, Clone, Copy)]
struct Crossing {
    frames: u64,
    bytes: u64,
    packed: bool,
}

/// A message, as far as it is told.
struct Message {
    text: bool,
    bytes: Vec<u8>,
    length: u64,
}

impl Message {
    fn new(text: bool, bytes: &[u8]) -> Self {
        Message { text, bytes: bytes[..bytes.len().min(TOLD)].to_vec(), length: bytes.len() as u64 }
    }
}

struct Talk<'a> {
    end: Endpoint,
    plan: &'a Plan,
    frames: [Frames; 2],
    /// The message that is crossing, by direction.
    crossing: [Crossing; 2],
    /// Messages of ours on their way; `None` for one that was sent raw.
    sent: VecDeque<Option<Message>>,
    pings: VecDeque<(Vec<u8>, Instant)>,
    heard: VecDeque<String>,
    theirs: Option<(Option<u16>, String)>,
    /// Whether a close frame came, right or wrong.
    close_came: bool,
    broken: Option<Failure>,
    pause: Pause,
}

/// Talks until the end.
pub(super) async fn talk(
    opened: Opened,
    plan: &Plan,
    mut orders: Receiver<Order>,
    stop: &mut watch::Receiver<bool>,
    teller: &mut Teller,
) -> Result<End, Failure> {
    let (mut reader, mut writer) = tokio::io::split(opened.stream);
    let mut talk = Talk::new(plan, opened.agreed.deflate);
    let (mut buffer, mut outgoing) = (vec![0; 64 * 1024], VecDeque::new());
    let mut flushed = true;
    let mut stopped = false;
    talk.received(&opened.agreed.rest, teller);
    loop {
        let hears = !plan.echo || outgoing.len() < ECHO_FULL;
        outgoing.extend(std::mem::take(talk.end.outbox()));
        let until = talk.deadline();
        let takes = matches!(talk.pause, Pause::None) && outgoing.len() < FULL;
        tokio::select! {
            biased;
            written = push(&mut writer, outgoing.as_slices().0), if !outgoing.is_empty() || !flushed => {
                if let Ok(taken) = written {
                    flushed = outgoing.is_empty();
                    let bytes: Vec<u8> = outgoing.drain(..taken).collect();
                    talk.wrote(&bytes, teller);
                } else {
                    // Nobody takes it any more; what the other side has said before may still be read.
                    outgoing.clear();
                    flushed = true;
                }
            },
            read = reader.read(&mut buffer), if hears => match read {
                Ok(0) => break,
                Ok(length) => talk.received(&buffer[..length], teller),
                Err(error) => {
                    talk.broke(error);
                    break;
                }
            },
            _ = stop.wait_for(|stop| *stop), if !stopped => {
                stopped = true;
                talk.goodbye(Some(1001), "");
            }
            order = orders.recv(), if takes => match order {
                Some(order) => talk.obey(order, teller),
                None if plan.echo => talk.pause = Pause::Theirs,
                None => talk.pause = Pause::Linger(Instant::now() + plan.linger),
            },
            () = tokio::time::sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => {
                if talk.over() { break }
            }
        }
    }
    let _ = tokio::time::timeout(GOODBYE, writer.shutdown()).await;
    talk.ended(teller)
}

/// Writes something, or what was written goes out.
async fn push(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<usize> {
    if bytes.is_empty() { writer.flush().await.map(|()| 0) } else { writer.write(bytes).await }
}

impl<'a> Talk<'a> {
    fn new(plan: &'a Plan, agreement: Option<crate::websocket::deflate::Agreement>) -> Self {
        Talk {
            end: Endpoint::new(Role::Client, plan.limits, agreement),
            plan,
            frames: [Frames::new(true), Frames::new(false)],
            crossing: [Crossing::default(); 2],
            sent: VecDeque::new(),
            pings: VecDeque::new(),
            heard: VecDeque::new(),
            theirs: None,
            close_came: false,
            broken: None,
            pause: Pause::None,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.pause {
            Pause::None | Pause::Theirs => None,
            Pause::Until(at) | Pause::Message(_, at) | Pause::Linger(at) | Pause::Goodbye(at) => Some(*at),
        }
    }

    /// The time is up; whether the talk is over.
    fn over(&mut self) -> bool {
        match std::mem::replace(&mut self.pause, Pause::None) {
            Pause::None | Pause::Until(_) | Pause::Theirs => false,
            Pause::Message(text, _) => {
                self.broken.get_or_insert(Failure::Expected(text));
                self.goodbye(Some(1000), "");
                false
            }
            Pause::Linger(_) => {
                self.goodbye(Some(1000), "");
                false
            }
            Pause::Goodbye(_) => {
                if self.theirs.is_none() {
                    self.broken.get_or_insert(Failure::Silent(GOODBYE));
                }
                true
            }
        }
    }

    fn goodbye(&mut self, code: Option<u16>, reason: &str) {
        self.end.close(code, reason);
        self.pause = Pause::Goodbye(Instant::now() + GOODBYE);
    }

    fn broke(&mut self, error: std::io::Error) {
        // After both goodbyes it does not matter how TCP ends.
        let done = self.theirs.is_some() || error.kind() == std::io::ErrorKind::UnexpectedEof;
        if !done {
            self.broken.get_or_insert(Failure::Broke(error));
        }
    }

    fn obey(&mut self, order: Order, teller: &mut Teller) {
        match order {
            Order::Text(text, pieces) => {
                self.end.message(Opcode::Text, text.as_bytes(), pieces);
                self.sent.push_back(Some(Message::new(true, text.as_bytes())));
            }
            Order::Binary(bytes) => {
                self.end.binary(&bytes);
                self.sent.push_back(Some(Message::new(false, &bytes)));
            }
            Order::Ping(bytes) => {
                self.end.ping(&bytes);
                self.pings.push_back((bytes, Instant::now()));
                self.pings.truncate(KEPT);
            }
            Order::Pong(bytes) => self.end.pong(&bytes),
            Order::Close(code, reason) => self.goodbye(code, &reason),
            Order::Raw(bytes) => {
                self.end.raw(&bytes);
                // It may be right: then it is shown as the frames that it is.
                if let Some(count) = whole_messages(&bytes) {
                    self.sent.extend((0..count).map(|_| None));
                } else {
                    self.frames[0].lose();
                    teller.tell(Event::Raw(bytes.into_iter().take(TOLD).collect()));
                }
            }
            Order::Wait(time) => self.pause = Pause::Until(Instant::now() + time),
            Order::Expect(text) => {
                let found = self.heard.iter().position(|message| message.contains(&text));
                if let Some(at) = found {
                    self.heard.drain(..=at);
                } else {
                    self.heard.clear();
                    self.pause = Pause::Message(text, Instant::now() + EXPECT);
                }
            }
            Order::Aside(text) => teller.tell(Event::Aside(text)),
        }
    }

    fn wrote(&mut self, bytes: &[u8], teller: &mut Teller) {
        for frame in self.frames[0].take(bytes) {
            let crossed = self.count(&frame);
            teller.tell(Event::Frame(frame));
            if let Some(crossed) = crossed
                && let Some(Some(message)) = self.sent.pop_front()
            {
                tell(message, crossed, true, teller);
            }
        }
    }

    /// Counts a data frame; gives the sum where it is the last one of its message.
    fn count(&mut self, frame: &Frame) -> Option<Crossing> {
        if frame.opcode.is_control() {
            return None;
        }
        let sum = &mut self.crossing[usize::from(!frame.from_client)];
        sum.frames += 1;
        sum.bytes += frame.length;
        sum.packed |= frame.rsv & 4 != 0;
        frame.fin.then(|| std::mem::take(sum))
    }

    fn received(&mut self, bytes: &[u8], teller: &mut Teller) {
        self.end.receive(bytes);
        for frame in self.frames[1].take(bytes) {
            let crossed = self.count(&frame);
            self.close_came |= frame.opcode == Opcode::Close;
            let whole = frame.fin || frame.opcode.is_control();
            teller.tell(Event::Frame(frame));
            // A frame is told before its message is, and before the next frame.
            if whole {
                self.listen(crossed, teller);
            }
        }
        while self.listen(None, teller) {}
    }

    /// What the endpoint makes of it: one message; false where there is none.
    fn listen(&mut self, crossed: Option<Crossing>, teller: &mut Teller) -> bool {
        if self.broken.is_some() {
            return false;
        }
        let crossed = crossed.unwrap_or_default();
        match self.end.next() {
            Ok(Some(Incoming::Text(text))) => {
                tell(Message::new(true, text.as_bytes()), crossed, false, teller);
                self.echo(Opcode::Text, text.as_bytes());
                self.hear(text);
            }
            Ok(Some(Incoming::Binary(bytes))) => {
                tell(Message::new(false, &bytes), crossed, false, teller);
                self.echo(Opcode::Binary, &bytes);
            }
            Ok(Some(Incoming::Ping(bytes))) => {
                if self.plan.pongs && !self.end.said_goodbye() {
                    self.end.pong(&bytes);
                }
            }
            Ok(Some(Incoming::Pong(bytes))) => self.ponged(&bytes, teller),
            Ok(Some(Incoming::Close(close))) => {
                let (code, reason) = close.map_or((None, String::new()), |(code, reason)| (Some(code), reason));
                self.theirs = Some((code, reason));
                self.goodbye(code, "");
            }
            Ok(None) => return false,
            Err(broken) => {
                teller.tell(Event::Breach(broken));
                self.broken = Some(Failure::Breach(broken));
                self.goodbye(Some(broken.code), broken.what);
                return false;
            }
        }
        true
    }

    /// Sends a message back, where that is wanted.
    fn echo(&mut self, opcode: Opcode, bytes: &[u8]) {
        if self.plan.echo && !self.end.said_goodbye() {
            self.end.message(opcode, bytes, 1);
            self.sent.push_back(Some(Message::new(opcode == Opcode::Text, bytes)));
        }
    }

    fn hear(&mut self, text: String) {
        if let Pause::Message(wanted, _) = &self.pause {
            if text.contains(wanted.as_str()) {
                self.pause = Pause::None;
            }
            return;
        }
        self.heard.push_back(text);
        if self.heard.len() > KEPT {
            self.heard.pop_front();
        }
    }

    fn ponged(&mut self, bytes: &[u8], teller: &mut Teller) {
        if let Some(at) = self.pings.iter().position(|(sent, _)| sent == bytes) {
            // §5.5.3: an answer to a later ping answers the earlier ones, too.
            if let Some((_, sent)) = self.pings.drain(..=at).next_back() {
                teller.tell(Event::RoundTrip(sent.elapsed()));
            }
        }
    }

    fn ended(self, teller: &mut Teller) -> Result<End, Failure> {
        teller.tell(Event::Closed { close: self.theirs.clone(), came: self.close_came });
        if let Some(failure) = self.broken {
            return Err(failure);
        }
        match self.theirs {
            None => Err(Failure::Abnormal),
            Some((Some(code @ (1002..=1015)), _)) => Err(Failure::Closed(code)),
            Some((code, _)) => Ok(End::Closed(code)),
        }
    }
}

/// A message that is more than one plain frame is told by itself.
fn tell(message: Message, crossed: Crossing, from_client: bool, teller: &mut Teller) {
    let Message { text, bytes, length } = message;
    let Crossing { frames, bytes: travelled, packed } = crossed;
    if frames > 1 || packed {
        teller.tell(Event::Message { from_client, text, bytes, length, travelled, frames, packed });
    }
}

/// How many messages end in these bytes, where they are whole frames and nothing else.
fn whole_messages(bytes: &[u8]) -> Option<usize> {
    let mut frames = Frames::new(true);
    let all = frames.take(bytes);
    let size: u64 = all.iter().map(|frame| frame.head.len() as u64 + frame.length).sum();
    let right = !frames.is_lost() && size == bytes.len() as u64;
    right.then(|| all.iter().filter(|frame| frame.fin && !frame.opcode.is_control()).count())
}
