//! The exchange that `peel` and `capture --demo` show: a browser-like client opens a WebSocket on port
//! 8000, says "Hello", hears it back and closes. ARP, TCP and IP are smoltcp's; the server is
//! tungstenite's; the client writes what a browser writes, with the key and mask of RFC 6455's examples,
//! so that the bytes are the same everywhere.

use std::collections::VecDeque;
use std::io::{Read, Write};

use smoltcp::time::{Duration, Instant};
use tungstenite::handshake::server::NoCallback;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame};
use tungstenite::{HandshakeError, ServerHandshake, WebSocket};

use super::host::{Host, Pipe};
use super::{Sent, Wire};

/// How long a frame travels.
const DELAY: Duration = Duration::from_micros(200);
/// The script ends well before; this bounds it should a stack ever misbehave.
const LONGEST: Instant = Instant::from_micros_const(60_000_000);

const CLIENT: u8 = 5;
const SERVER: u8 = 9;
const CLIENT_PORT: u16 = 51_514;
const SERVER_PORT: u16 = 8000;

/// RFC 6455 §1.3 uses this key, §5.7 this mask.
const REQUEST: &str = "GET /chat HTTP/1.1\r\n\
    Host: 192.168.1.9:8000\r\n\
    Connection: Upgrade\r\n\
    Upgrade: websocket\r\n\
    Origin: http://192.168.1.9:8000\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    \r\n";
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Plays the exchange to its end and returns the frames that crossed the cable.
pub fn demo() -> Wire {
    let mut client = Host::new(CLIENT, 5);
    let mut server = Host::new(SERVER, 9);
    let mut browser = Browser::new();
    let mut program = Server::new();
    server.listen(SERVER_PORT);
    client.connect(SERVER, SERVER_PORT, CLIENT_PORT);

    let mut now = Instant::ZERO;
    let mut frames = Vec::new();
    let mut travelling: VecDeque<(Instant, bool, Vec<u8>)> = VecDeque::new();
    while now < LONGEST {
        while travelling.front().is_some_and(|(due, ..)| *due <= now) {
            if let Some((_, to_server, bytes)) = travelling.pop_front() {
                if to_server { &mut server } else { &mut client }.card.arrived.push_back(bytes);
            }
        }
        client.poll(now);
        server.poll(now);
        browser.act(&mut client);
        program.act(&mut server);
        client.poll(now);
        server.poll(now);
        for (host, to_server) in [(&mut client, true), (&mut server, false)] {
            for bytes in host.card.leaving.drain(..) {
                frames.push(Sent { micros: now.total_micros().cast_unsigned(), bytes: bytes.clone() });
                travelling.push_back((now + DELAY, to_server, bytes));
            }
        }
        let arrival = travelling.front().map(|(due, ..)| *due);
        if arrival.is_none() && !server.socket().is_open() {
            break; // the client still waits in TIME-WAIT, but nothing more will cross the cable
        }
        let next = [arrival, client.wakes_at(now), server.wakes_at(now)].into_iter().flatten().min();
        let Some(next) = next else { break };
        now = next.max(now + Duration::from_micros(10));
    }
    Wire::new(frames)
}

/// The client's program: a page that says `new WebSocket("ws://192.168.1.9:8000/chat")`.
struct Browser {
    pipe: Pipe,
    said: u8,
}

impl Browser {
    fn new() -> Self {
        Browser { pipe: Pipe::default(), said: 0 }
    }

    fn act(&mut self, host: &mut Host) {
        host.pump(&self.pipe);
        let heard = self.pipe.waiting() > 0;
        match self.said {
            0 if host.socket().may_send() => self.say(REQUEST.as_bytes()),
            1 if heard => self.say(&masked(Frame::message("Hello", OpCode::Data(Data::Text), true))),
            2 if heard => {
                let goodbye = CloseFrame { code: CloseCode::Normal, reason: "bye".into() };
                self.say(&masked(Frame::close(Some(goodbye))));
            }
            _ if !host.socket().may_recv() && self.said == 3 => host.socket().close(),
            _ => {}
        }
        host.pump(&self.pipe);
    }

    /// Every answer of the server fits one segment, so hearing anything means having heard it whole.
    fn say(&mut self, bytes: &[u8]) {
        let mut heard = vec![0; self.pipe.waiting()];
        let _ = self.pipe.read(&mut heard);
        let _ = self.pipe.write_all(bytes);
        self.said += 1;
    }
}

/// A client's frame: masked, as RFC 6455 §5.3 demands of every client.
fn masked(mut frame: Frame) -> Vec<u8> {
    frame.header_mut().mask = Some(MASK);
    let mut bytes = Vec::new();
    // Writing to a vector cannot fail.
    let _ = frame.format(&mut bytes);
    bytes
}

/// The server's program: accepts, echoes, says goodbye.
struct Server {
    pipe: Pipe,
    state: State,
}

enum State {
    Waiting,
    Greeting(Box<tungstenite::handshake::MidHandshake<ServerHandshake<Pipe, NoCallback>>>),
    Open(Box<WebSocket<Pipe>>),
    Gone,
}

impl Server {
    fn new() -> Self {
        Server { pipe: Pipe::default(), state: State::Waiting }
    }

    fn act(&mut self, host: &mut Host) {
        host.pump(&self.pipe);
        self.state = match std::mem::replace(&mut self.state, State::Gone) {
            State::Waiting if self.pipe.waiting() == 0 => State::Waiting,
            State::Waiting => greeted(tungstenite::accept(self.pipe.clone())),
            State::Greeting(half) => greeted(half.handshake()),
            State::Open(socket) => serve(socket),
            State::Gone => State::Gone,
        };
        host.pump(&self.pipe);
        if matches!(self.state, State::Gone) {
            host.socket().close();
        }
    }
}

fn greeted(outcome: Result<WebSocket<Pipe>, HandshakeError<ServerHandshake<Pipe, NoCallback>>>) -> State {
    match outcome {
        Ok(socket) => State::Open(Box::new(socket)),
        Err(HandshakeError::Interrupted(half)) => State::Greeting(Box::new(half)),
        Err(HandshakeError::Failure(_)) => State::Gone,
    }
}

/// Reads until nothing waits: echoes text, answers a close with a close.
fn serve(mut socket: Box<WebSocket<Pipe>>) -> State {
    loop {
        let answered = match socket.read() {
            Ok(message) if message.is_text() => socket.send(message),
            Ok(_) => socket.flush(),
            Err(error) => Err(error),
        };
        match answered {
            Ok(()) => {}
            Err(tungstenite::Error::Io(_)) => return State::Open(socket),
            Err(_) => return State::Gone, // both sides have said goodbye
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Event, Source};

    fn frames() -> Vec<(u64, Vec<u8>)> {
        let mut wire = demo();
        let mut all = Vec::new();
        while let Ok(Event::Packet(p)) = wire.next() {
            all.push((p.time.unwrap_or(0), p.bytes.to_vec()));
        }
        all
    }

    #[test]
    fn two_runs_give_the_same_bytes_at_the_same_times() {
        assert_eq!(frames(), frames());
    }

    #[test]
    fn it_asks_for_the_address_greets_upgrades_says_hello_and_closes() {
        let all = frames();
        let tail = |n: usize| all[n].1.clone();
        assert_eq!(tail(0)[12..14], [0x08, 0x06], "the first frame is ARP");
        let contains = |needle: &[u8]| all.iter().filter(|(_, b)| b.windows(needle.len()).any(|w| w == needle)).count();
        assert_eq!(contains(b"GET /chat HTTP/1.1\r\n"), 1);
        assert_eq!(contains(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), 1);
        assert_eq!(contains(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]), 1);
        assert_eq!(contains(b"\x81\x05Hello"), 1);
        let flags = |b: &[u8]| if b[12..14] == [8, 0] { b[47] } else { 0 };
        assert_eq!(all.iter().filter(|(_, b)| flags(b) & 2 != 0).count(), 2, "SYN and SYN+ACK");
        assert_eq!(all.iter().filter(|(_, b)| flags(b) & 1 != 0).count(), 2, "both say FIN");
    }
}
