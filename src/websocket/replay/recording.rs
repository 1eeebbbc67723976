//! What both sides of a WebSocket said, put together from the bytes of its two streams. RFC 6455 §4 and §5.

use std::time::Duration;

use super::counts;
use crate::websocket::deflate::Agreement;
use crate::websocket::{Endpoint, Incoming, Limits, Role};

/// Bytes of a head, and messages of a talk, that are kept.
const HEAD: usize = 64 * 1024;
const MOST: usize = 100_000;

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Since the handshake was done.
    pub at: Duration,
    /// To the server.
    pub from_client: bool,
    /// What.
    pub what: Incoming,
}

/// One WebSocket, from its handshake on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// Path and query that were asked for.
    pub target: String,
    /// Headers of the request.
    pub headers: Vec<(String, String)>,
    /// The subprotocol that the server chose.
    pub protocol: Option<String>,
    /// What was said, in order.
    pub steps: Vec<Step>,
    /// Why it is not all that was said.
    pub lacks: Option<&'static str>,
}

impl Recording {
    /// A header of the request.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// How one side said goodbye: code and reason, where it gave any.
    pub(super) fn goodbye(&self, by_client: bool) -> Option<(u16, String)> {
        self.said(by_client).into_iter().find_map(|what| match what {
            Incoming::Close(said) => said.clone(),
            _ => None,
        })
    }

    /// What one side said that is compared and waited for.
    pub fn said(&self, by_client: bool) -> Vec<&Incoming> {
        let all = self.steps.iter().filter(|step| step.from_client == by_client);
        all.map(|step| &step.what).filter(|what| counts(what)).collect()
    }
}

/// Reads one conversation.
#[derive(Default)]
pub struct Reader {
    recording: Recording,
    /// Client's and server's bytes before their messages.
    heads: [Vec<u8>; 2],
    ends: Option<[Endpoint; 2]>,
    begun: u64,
    /// It is something else, or what follows cannot be read.
    over: [bool; 2],
}

impl Reader {
    /// Bytes of one side in order, `missing` others before them, at this time (nanoseconds).
    pub fn hear(&mut self, from_client: bool, time: u64, missing: u64, bytes: &[u8]) {
        let side = usize::from(!from_client);
        if missing > 0 {
            self.lost(side, "bytes are missing in the capture");
        }
        if self.over[side] || bytes.is_empty() {
            return;
        }
        if self.ends.is_none() {
            self.heads[side].extend_from_slice(bytes);
            return self.shake(time);
        }
        self.listen(side, time, bytes);
    }

    /// What came of it; nothing where it is no WebSocket.
    pub fn recording(self) -> Option<Recording> {
        self.ends.is_some().then_some(self.recording)
    }

    fn lost(&mut self, side: usize, why: &'static str) {
        self.over[side] = true;
        self.recording.lacks.get_or_insert(why);
    }

    /// Both heads, once they are there.
    fn shake(&mut self, time: u64) {
        let begins = |bytes: &[u8], with: &[u8]| bytes.starts_with(&with[..with.len().min(bytes.len())]);
        let mine = begins(&self.heads[0], b"GET ") && begins(&self.heads[1], b"HTTP/1.1 101");
        if !mine || self.heads.iter().any(|head| head.len() > HEAD) {
            self.over = [true; 2];
            self.heads = Default::default();
            return;
        }
        let end = |bytes: &[u8]| memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4);
        let [Some(asked), Some(answered)] = [end(&self.heads[0]), end(&self.heads[1])] else { return };
        let (first, headers) = lines(&self.heads[0][..asked]);
        let (_, answers) = lines(&self.heads[1][..answered]);
        let answer = |name: &str| answers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v);
        if !answer("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
            self.over = [true; 2];
            return;
        }
        let agreement = answer("sec-websocket-extensions").and_then(|value| Agreement::of_answer(value));
        self.recording.protocol = answer("sec-websocket-protocol").cloned();
        first.split(' ').nth(1).unwrap_or("/").clone_into(&mut self.recording.target);
        self.recording.headers = headers;
        let end = |role| Endpoint::new(role, Limits::default(), agreement);
        // Whoever hears the client is a server.
        self.ends = Some([end(Role::Server), end(Role::Client)]);
        self.begun = time;
        let rests = [self.heads[0].split_off(asked), self.heads[1].split_off(answered)];
        for (side, rest) in rests.iter().enumerate() {
            self.listen(side, time, rest);
        }
    }

    fn listen(&mut self, side: usize, time: u64, bytes: &[u8]) {
        let Some(ends) = &mut self.ends else { return };
        ends[side].receive(bytes);
        loop {
            match ends[side].next() {
                Ok(Some(what)) if self.recording.steps.len() < MOST => {
                    let at = Duration::from_nanos(time.saturating_sub(self.begun));
                    self.recording.steps.push(Step { at, from_client: side == 0, what });
                }
                Ok(Some(_)) => return self.lost(side, "there are more messages than are kept"),
                Ok(None) => return,
                Err(broken) => return self.lost(side, broken.what),
            }
        }
    }
}

/// The first line, and the headers.
pub(super) fn lines(head: &[u8]) -> (String, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default().to_owned();
    let headers = lines.filter_map(|line| line.split_once(':'));
    (first, headers.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::websocket::replay) fn recorded() -> Recording {
        let mut reader = Reader::default();
        let mut client = Endpoint::new(Role::Client, Limits::default(), None);
        let mut server = Endpoint::new(Role::Server, Limits::default(), None);
        reader.hear(true, 1_000, 0, b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nOrigin: http://b\r\n\r\n");
        server.text("welcome");
        let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
        reader.hear(false, 2_000, 0, &[answer, std::mem::take(server.outbox()).as_slice()].concat());
        client.message(crate::websocket::Opcode::Text, b"hello", 2);
        client.close(Some(1000), "bye");
        for byte in std::mem::take(client.outbox()) {
            reader.hear(true, 5_002_000, 0, &[byte]);
        }
        server.text("hello");
        server.close(Some(1000), "");
        reader.hear(false, 6_002_000, 0, &std::mem::take(server.outbox()));
        reader.recording().expect("a WebSocket")
    }

    #[test]
    fn what_both_sides_said_is_put_together() {
        let recording = recorded();
        assert_eq!(
            (recording.target.as_str(), recording.header("origin"), recording.lacks),
            ("/chat", Some("http://b"), None)
        );
        let text = |text: &str| Incoming::Text(text.into());
        let close = |reason: &str| Incoming::Close(Some((1000, reason.into())));
        assert_eq!(recording.said(true), [&text("hello"), &close("bye")]);
        assert_eq!(recording.said(false), [&text("welcome"), &text("hello"), &close("")]);
        assert_eq!(recording.steps[1].at, Duration::from_millis(5));
    }

    #[test]
    fn what_is_no_websocket_or_lacks_bytes_says_so() {
        let mut other = Reader::default();
        other.hear(true, 0, 0, b"GET / HTTP/1.1\r\n\r\n");
        other.hear(false, 0, 0, b"HTTP/1.1 200 OK\r\n\r\n");
        assert_eq!(other.recording(), None);
        let mut reader = Reader::default();
        reader.hear(true, 0, 0, b"GET / HTTP/1.1\r\n\r\n");
        reader.hear(false, 0, 0, b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n\x81\x01a");
        reader.hear(false, 0, 7, b"\x81\x01b");
        let recording = reader.recording().expect("a WebSocket");
        assert_eq!((recording.steps.len(), recording.lacks.is_some()), (1, true));
    }
}
