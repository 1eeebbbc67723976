//! An answer to the opening handshake, and what RFC 6455 §4.1 says a client has to check in it.

use super::{Failure, Plan};
use crate::websocket::deflate::Agreement;

/// The fixed half of the proof, RFC 6455 §1.3.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Headers that are read.
const HEADERS: usize = 256;

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// "101".
    pub status: u16,
    /// HTTP/1.x.
    pub minor: u8,
    /// The head as it came, line by line; bytes that are no UTF-8 replaced.
    pub lines: Vec<String>,
    /// Name and value.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

/// A rule that an answer breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Where it stands.
    pub rule: &'static str,
    /// In words.
    pub what: String,
}

impl Answer {
    /// Reads a head that ends with an empty line.
    ///
    /// # Errors
    /// It is no HTTP.
    pub fn read(head: &[u8]) -> Result<Self, Failure> {
        let mut room = [httparse::EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Response::new(&mut room);
        let whole = parsed.parse(head).map_err(|error| Failure::NoHttp(why(error)))?;
        let (Some(status), Some(minor), true) = (parsed.code, parsed.version, whole.is_complete()) else {
            return Err(Failure::NoHttp("the head has no end"));
        };
        let own = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = parsed.headers.iter().map(|header| (header.name.to_owned(), own(header.value))).collect();
        let lines = own(head).trim_end().lines().map(|line| line.trim_end_matches('\r').to_owned()).collect();
        Ok(Answer { status, minor, lines, headers, body: Vec::new() })
    }

    /// All values of a header, joined as RFC 9110 §5.3 allows.
    pub fn header(&self, name: &str) -> Option<String> {
        let all: Vec<&str> =
            self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim()).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    /// The rules that a 101 breaks, in the order of §4.1.
    pub fn breaches(&self, plan: &Plan, expected: &str) -> Vec<Breach> {
        let mut all = Vec::new();
        let mut broke = |rule, what: String| all.push(Breach { rule, what });
        if self.minor != 1 {
            broke("RFC 6455 §4.2.2", format!("the answer is HTTP/1.{}; only HTTP/1.1 can be upgraded", self.minor));
        }
        match self.header("upgrade") {
            None => broke("RFC 6455 §4.1, check 2", "the header Upgrade is missing; it has to say `websocket`".into()),
            Some(value) if !value.eq_ignore_ascii_case("websocket") => {
                broke("RFC 6455 §4.1, check 2", format!("Upgrade says `{value}` instead of `websocket`"));
            }
            Some(_) => {}
        }
        match self.header("connection") {
            None => broke("RFC 6455 §4.1, check 3", "the header Connection is missing; it has to say `Upgrade`".into()),
            Some(value) if !value.split(',').any(|word| word.trim().eq_ignore_ascii_case("upgrade")) => {
                broke("RFC 6455 §4.1, check 3", format!("Connection says `{value}`, and `Upgrade` is not among it"));
            }
            Some(_) => {}
        }
        match self.header("sec-websocket-accept") {
            None => broke(
                "RFC 6455 §4.1, check 4",
                "Sec-WebSocket-Accept is missing: nothing proves that the server read our key".into(),
            ),
            Some(value) if value != expected => {
                broke("RFC 6455 §4.1, check 4", "Sec-WebSocket-Accept does not come from our key".into());
            }
            Some(_) => {}
        }
        if let Some(value) = self.header("sec-websocket-extensions").filter(|value| !value.is_empty()) {
            if !plan.deflate {
                broke(
                    "RFC 6455 §4.1, check 5",
                    format!("the server uses an extension that nobody asked for: `{value}`"),
                );
            } else if Agreement::of_answer(&value).is_none() {
                broke("RFC 6455 §4.1, check 5", format!("this was not offered, or makes no sense: `{value}`"));
            }
        }
        if let Some(value) = self.header("sec-websocket-protocol").filter(|value| !plan.protocols.contains(value)) {
            broke(
                "RFC 6455 §4.1, check 6",
                format!("the server chose the subprotocol `{value}`, which nobody asked for"),
            );
        }
        all
    }
}

/// SHA-1 over key and GUID, and that as Base64 (RFC 6455 §4.2.2, item 5).
pub fn derive(key: &str) -> ([u8; 20], String) {
    use sha1::Digest;
    let digest = sha1::Sha1::digest(format!("{key}{GUID}").as_bytes()).into();
    (digest, tungstenite::handshake::derive_accept_key(key.as_bytes()))
}

fn why(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::Version => "the first line does not begin with HTTP/1.1",
        httparse::Error::Status => "the first line has no status number",
        httparse::Error::HeaderName => "a header's name has a character that may not be there",
        httparse::Error::HeaderValue => "a header's value has a character that may not be there",
        httparse::Error::TooManyHeaders => "it has too many headers",
        _ => "a line does not end as it should",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rfcs_own_key_gives_the_rfcs_own_answer() {
        let (digest, accept) = derive("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(digest[..4], [0xb3, 0x7a, 0x4f, 0x2c]);
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(data_encoding::BASE64.encode(&digest), accept);
    }

    #[test]
    fn every_check_of_the_rfc_is_made() {
        let plan = super::super::handshake::tests::plan("ws://localhost/");
        let broken = |head: &str| {
            let answer = Answer::read(format!("HTTP/1.1 101 ok\r\n{head}\r\n\r\n").as_bytes()).expect("HTTP");
            answer.breaches(&plan, "right").iter().map(|b| b.rule.chars().last().unwrap_or(' ')).collect::<String>()
        };
        let right = "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: right";
        assert_eq!(broken(right), "");
        assert_eq!(broken("Server: x"), "234");
        assert_eq!(broken(&right.replace("WebSocket\r", "h2c\r")), "2");
        assert_eq!(broken(&right.replace("keep-alive, Upgrade", "close")), "3");
        assert_eq!(broken(&right.replace(": right", ": wrong")), "4");
        assert_eq!(broken(&format!("{right}\r\nSec-WebSocket-Extensions: x")), "5");
        assert_eq!(broken(&format!("{right}\r\nSec-WebSocket-Protocol: x")), "6");
        assert!(matches!(Answer::read(b"220 mail.example ESMTP\r\n\r\n"), Err(Failure::NoHttp(_))));
    }
}
