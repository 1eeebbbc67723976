//! One end of a WebSocket without its socket: bytes in, messages out, and the other way round. RFC 6455 §5 and §7.
//! Reserved bits, masks, fragments, UTF-8, lengths and close codes are checked; a breach names its rule.
//! Not here: the handshake, sockets, time.

use std::collections::VecDeque;

use super::deflate::{Agreement, Deflate};
use super::frame::{Broken, Head, Opcode, breach, mask};
use super::utf8::Checker;

/// Who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Masks, and refuses masked frames.
    Client,
    /// The other way round.
    Server,
}

/// What is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message, all its pieces together and inflated.
    pub message: usize,
    /// Bytes of one frame.
    pub frame: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { message: 64 << 20, frame: 64 << 20 }
    }
}

/// What the other side says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text, whole.
    Text(String),
    /// Bytes, whole.
    Binary(Vec<u8>),
    /// Asks whether we are there. [`Endpoint::pong`] answers; nobody does so by himself.
    Ping(Vec<u8>),
    /// An answer to a ping, or a sign of life.
    Pong(Vec<u8>),
    /// Goodbye; `None` where no code was sent.
    Close(Option<(u16, String)>),
}

/// A message that is not complete.
struct Begun {
    text: bool,
    packed: bool,
    bytes: Vec<u8>,
    checker: Checker,
}

/// One end of a connection.
pub struct Endpoint {
    role: Role,
    limits: Limits,
    deflate: Option<Deflate>,
    inbox: Vec<u8>,
    /// Bytes of the inbox that were read.
    read: usize,
    begun: Option<Begun>,
    outbox: Vec<u8>,
    ready: VecDeque<Incoming>,
    closed: bool,
    said_goodbye: bool,
}

impl Endpoint {
    /// An end of a connection whose handshake is done.
    pub fn new(role: Role, limits: Limits, agreement: Option<Agreement>) -> Self {
        let deflate = agreement.map(|agreement| Deflate::new(agreement, role == Role::Client));
        Endpoint {
            role,
            limits,
            deflate,
            inbox: Vec::new(),
            read: 0,
            begun: None,
            outbox: Vec::new(),
            ready: VecDeque::new(),
            closed: false,
            said_goodbye: false,
        }
    }

    /// Takes bytes that came.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.inbox.drain(..self.read);
            self.read = 0;
        }
        self.inbox.extend_from_slice(bytes);
    }

    /// The next message, if it is complete. After a close frame nothing more comes.
    ///
    /// # Errors
    /// A rule that the other side broke: say so with [`close`](Self::close) and hang up.
    #[expect(clippy::should_implement_trait, reason = "it may be asked again after None, when more bytes came")]
    pub fn next(&mut self) -> Result<Option<Incoming>, Broken> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(Some(message));
            }
            if self.closed || !self.frame()? {
                return Ok(None);
            }
        }
    }

    /// Bytes that came and belong to no frame that was read.
    pub fn waiting(&self) -> usize {
        self.inbox.len() - self.read
    }

    /// Whether the other side has said goodbye.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Reads one frame, if it is there.
    fn frame(&mut self) -> Result<bool, Broken> {
        let waiting = &self.inbox[self.read..];
        let Some(head) = Head::read(waiting)? else {
            // A control frame's length is known from its second byte: it is refused before its payload comes.
            return Ok(false);
        };
        self.check(&head)?;
        let length = usize::try_from(head.length).unwrap_or(usize::MAX);
        if length > self.limits.frame {
            return Err(Broken { code: 1009, rule: "RFC 6455 §7.4.1", what: "the frame is larger than is allowed" });
        }
        if waiting.len() - head.size < length {
            return Ok(false);
        }
        let start = self.read + head.size;
        self.read = start + length;
        if let Some(key) = head.mask {
            mask(&mut self.inbox[start..start + length], key, 0);
        }
        let payload = start..start + length;
        if head.opcode.is_control() {
            let message = control(head.opcode, &self.inbox[payload])?;
            self.closed |= matches!(message, Incoming::Close(_));
            self.ready.push_back(message);
        } else {
            self.data(&head, payload)?;
        }
        Ok(true)
    }

    /// The rules that a head may break.
    fn check(&self, head: &Head) -> Result<(), Broken> {
        match (self.role, head.mask) {
            (Role::Server, None) => return Err(breach("RFC 6455 §5.1", "a client's frame is not masked")),
            (Role::Client, Some(_)) => return Err(breach("RFC 6455 §5.1", "a server's frame is masked")),
            _ => {}
        }
        let starts = matches!(head.opcode, Opcode::Text | Opcode::Binary);
        let allowed = if self.deflate.is_some() && starts { 4 } else { 0 };
        if head.rsv & !allowed != 0 {
            return Err(breach("RFC 6455 §5.2", "an extension bit is set that nobody agreed on"));
        }
        if head.opcode.is_control() {
            if !head.fin {
                return Err(breach("RFC 6455 §5.5", "a control frame comes in pieces"));
            }
            if head.length > 125 {
                return Err(breach("RFC 6455 §5.5", "a control frame has more than 125 bytes"));
            }
        } else if head.opcode == Opcode::Continuation && self.begun.is_none() {
            return Err(breach("RFC 6455 §5.4", "a piece goes on with a message that never began"));
        } else if starts && self.begun.is_some() {
            return Err(breach("RFC 6455 §5.4", "a new message begins before the last one has ended"));
        }
        Ok(())
    }

    /// A piece of a message.
    fn data(&mut self, head: &Head, payload: std::ops::Range<usize>) -> Result<(), Broken> {
        let mut begun = self.begun.take().unwrap_or_else(|| Begun {
            text: head.opcode == Opcode::Text,
            packed: head.rsv & 4 != 0,
            bytes: Vec::new(),
            checker: Checker::default(),
        });
        let piece = &self.inbox[payload];
        let from = begun.bytes.len();
        match &mut self.deflate {
            Some(deflate) if begun.packed => deflate.inflate(piece, head.fin, self.limits.message, &mut begun.bytes)?,
            _ if begun.bytes.len() + piece.len() > self.limits.message => {
                return Err(Broken {
                    code: 1009,
                    rule: "RFC 6455 §7.4.1",
                    what: "the message is larger than is allowed",
                });
            }
            _ => begun.bytes.extend_from_slice(piece),
        }
        let wrong = Broken { code: 1007, rule: "RFC 6455 §8.1", what: "a text is not UTF-8" };
        if begun.text && !begun.checker.piece(&begun.bytes[from..]) {
            return Err(wrong);
        }
        if !head.fin {
            self.begun = Some(begun);
            return Ok(());
        }
        let message = if !begun.text {
            Incoming::Binary(begun.bytes)
        } else if begun.checker.is_whole() {
            Incoming::Text(String::from_utf8(begun.bytes).map_err(|_| wrong)?)
        } else {
            return Err(wrong);
        };
        self.ready.push_back(message);
        Ok(())
    }

    /// Sends a text.
    pub fn text(&mut self, text: &str) {
        self.message(Opcode::Text, text.as_bytes(), 1);
    }

    /// Sends bytes.
    pub fn binary(&mut self, bytes: &[u8]) {
        self.message(Opcode::Binary, bytes, 1);
    }

    /// Sends a text or bytes in so many pieces.
    pub fn message(&mut self, opcode: Opcode, bytes: &[u8], pieces: usize) {
        let packed = self.deflate.as_mut().map(|deflate| deflate.deflate(bytes));
        let rsv = if packed.is_some() { 4 } else { 0 };
        let bytes = packed.as_deref().unwrap_or(bytes);
        let pieces = pieces.clamp(1, bytes.len().max(1));
        let size = bytes.len().div_ceil(pieces).max(1);
        let count = bytes.len().div_ceil(size).max(1);
        for number in 0..count {
            let piece = &bytes[(number * size).min(bytes.len())..((number + 1) * size).min(bytes.len())];
            let first = number == 0;
            let opcode = if first { opcode } else { Opcode::Continuation };
            self.write(number + 1 == count, if first { rsv } else { 0 }, opcode, piece);
        }
    }

    /// Asks whether the other side is there; at most 125 bytes, what is more is left out.
    pub fn ping(&mut self, bytes: &[u8]) {
        self.write(true, 0, Opcode::Ping, &bytes[..bytes.len().min(125)]);
    }

    /// Answers a ping with its own bytes.
    pub fn pong(&mut self, bytes: &[u8]) {
        self.write(true, 0, Opcode::Pong, &bytes[..bytes.len().min(125)]);
    }

    /// Says goodbye, once; a reason that is too long is cut.
    pub fn close(&mut self, code: Option<u16>, reason: &str) {
        if std::mem::replace(&mut self.said_goodbye, true) {
            return;
        }
        let mut payload = Vec::new();
        if let Some(code) = code {
            payload.extend_from_slice(&code.to_be_bytes());
            let end = (0..=reason.len().min(123)).rev().find(|at| reason.is_char_boundary(*at)).unwrap_or(0);
            payload.extend_from_slice(&reason.as_bytes()[..end]);
        }
        self.write(true, 0, Opcode::Close, &payload);
    }

    /// Whether we have said goodbye.
    pub fn said_goodbye(&self) -> bool {
        self.said_goodbye
    }

    /// Sends bytes as they are, right or wrong.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.outbox.extend_from_slice(bytes);
    }

    fn write(&mut self, fin: bool, rsv: u8, opcode: Opcode, payload: &[u8]) {
        let key = (self.role == Role::Client).then(rand::random);
        let head = Head { fin, rsv, opcode, mask: key, length: payload.len() as u64, size: 0 };
        head.write(&mut self.outbox);
        let start = self.outbox.len();
        self.outbox.extend_from_slice(payload);
        if let Some(key) = key {
            mask(&mut self.outbox[start..], key, 0);
        }
    }

    /// What waits to be written to the socket; whoever has written it clears it.
    pub fn outbox(&mut self) -> &mut Vec<u8> {
        &mut self.outbox
    }
}

/// A control frame's meaning.
fn control(opcode: Opcode, payload: &[u8]) -> Result<Incoming, Broken> {
    Ok(match opcode {
        Opcode::Ping => Incoming::Ping(payload.to_vec()),
        Opcode::Pong => Incoming::Pong(payload.to_vec()),
        _ => Incoming::Close(goodbye(payload)?),
    })
}

fn goodbye(payload: &[u8]) -> Result<Option<(u16, String)>, Broken> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload {
            [] => Ok(None),
            _ => Err(breach("RFC 6455 §5.5.1", "a close frame has half a code")),
        };
    };
    let code = u16::from_be_bytes(*code);
    // §7.4.1 and §7.4.2: 1004 to 1006 and 1015 are never sent, the rest below 3000 is kept for later.
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(breach("RFC 6455 §7.4", "this close code may not be sent"));
    }
    let reason = std::str::from_utf8(reason).map_err(|_| Broken {
        code: 1007,
        rule: "RFC 6455 §8.1",
        what: "the reason of a close is not UTF-8",
    })?;
    Ok(Some((code, reason.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(agreement: Option<Agreement>) -> (Endpoint, Endpoint) {
        let limits = Limits { message: 1 << 20, frame: 1 << 20 };
        (Endpoint::new(Role::Client, limits, agreement), Endpoint::new(Role::Server, limits, agreement))
    }

    /// What `to` hears, byte by byte.
    fn carry(from: &mut Endpoint, to: &mut Endpoint) -> Result<Vec<Incoming>, Broken> {
        let bytes = std::mem::take(from.outbox());
        let mut heard = Vec::new();
        for byte in bytes {
            to.receive(&[byte]);
            while let Some(message) = to.next()? {
                heard.push(message);
            }
        }
        Ok(heard)
    }

    #[test]
    fn messages_cross_in_both_directions_whole_in_pieces_and_compressed() {
        for agreement in [None, Some(Agreement::default())] {
            let (mut client, mut server) = pair(agreement);
            for (from, to) in [(true, false), (false, true)] {
                assert_ne!(from, to);
                let (a, b) = if from { (&mut client, &mut server) } else { (&mut server, &mut client) };
                a.text("Hello");
                a.message(Opcode::Text, "κόσμε".as_bytes(), 3);
                a.ping(b"there?");
                a.binary(&vec![7; 70_000]);
                a.text("");
                let heard = carry(a, b).expect("no breach");
                let expected = [
                    Incoming::Text("Hello".into()),
                    Incoming::Text("κόσμε".into()),
                    Incoming::Ping(b"there?".to_vec()),
                    Incoming::Binary(vec![7; 70_000]),
                    Incoming::Text(String::new()),
                ];
                assert_eq!(heard, expected);
            }
        }
    }

    #[test]
    fn goodbyes_carry_a_code_and_are_said_once() {
        let (mut client, mut server) = pair(None);
        client.close(Some(1000), "bye");
        client.close(Some(1001), "again");
        assert_eq!(carry(&mut client, &mut server), Ok(vec![Incoming::Close(Some((1000, "bye".into())))]));
        server.close(None, "");
        assert_eq!(carry(&mut server, &mut client), Ok(vec![Incoming::Close(None)]));
        assert!(client.is_closed() && server.is_closed());
    }

    #[test]
    fn every_breach_names_its_rule() {
        let said = |bytes: &[u8]| {
            let mut client = pair(None).0;
            client.receive(bytes);
            loop {
                match client.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(broken) => return Some((broken.code, broken.rule)),
                }
            }
        };
        let rule = |section| Some((1002, section));
        assert_eq!(said(&[0x81, 0x85, 1, 2, 3, 4, 0, 0, 0, 0, 0]), rule("RFC 6455 §5.1"));
        assert_eq!(said(&[0xc1, 0x00]), rule("RFC 6455 §5.2"));
        assert_eq!(said(&[0x83, 0x00]), rule("RFC 6455 §5.2"));
        assert_eq!(said(&[0x09, 0x00]), rule("RFC 6455 §5.5"));
        assert_eq!(said(&[0x89, 126, 0, 126]), rule("RFC 6455 §5.5"));
        assert_eq!(said(&[0x80, 0x00]), rule("RFC 6455 §5.4"));
        assert_eq!(said(&[0x01, 0x00, 0x81, 0x00]), rule("RFC 6455 §5.4"));
        assert_eq!(said(&[0x88, 1, 3]), rule("RFC 6455 §5.5.1"));
        assert_eq!(said(&[0x88, 2, 3, 0xed]), rule("RFC 6455 §7.4"));
        assert_eq!(said(&[0x81, 1, 0xff]), Some((1007, "RFC 6455 §8.1")));
        assert_eq!(said(&[0x01, 1, 0xce, 0x80, 0]), Some((1007, "RFC 6455 §8.1")));
        assert_eq!(said(&[0x82, 127, 0, 0, 0, 0, 1, 0, 0, 0]), Some((1009, "RFC 6455 §7.4.1")));
        assert_eq!(said(&[0x81, 1, b'a', 0x89, 0]), None);
        let mut server = pair(None).1;
        server.receive(&[0x81, 0x01, b'a']);
        assert_eq!(server.next().map_err(|broken| broken.rule), Err("RFC 6455 §5.1"));
    }

    #[test]
    fn a_wrong_byte_of_text_is_found_before_its_message_ends() {
        let mut client = pair(None).0;
        client.receive(&[0x01, 3, b'a', 0xff, b'b']);
        assert_eq!(client.next().map_err(|broken| broken.code), Err(1007));
    }
}
