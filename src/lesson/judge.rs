//! Judges of what a learner made: a frame, a request, a handshake's answer, a rule for messages in a stream.
//! None of them knows the right answer by heart: each uses what a real program would use.
//! Not here: sockets that a learner opened (`cli`, which may ask the machine).

use serde::Deserialize;

use super::answer::{Given, Verdict};
use super::question::Question;
use crate::websocket::{Endpoint, Incoming, Limits, Role};

mod framing;

pub use framing::Rule;

/// Who judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judge {
    /// A real server end reads the frame.
    Frame,
    /// A parser reads the request, or the dialogue of a mail.
    Request,
    /// A rule takes a stream apart that arrives in a hundred different ways.
    Framing,
    /// The machine says whether somebody listens there.
    Listener,
    /// SHA-1 says whether the answer fits the key.
    Accept,
}

/// What must be true of what was made; what is not named may be anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requirement {
    /// Of a frame: text, binary, ping, pong, close.
    pub opcode: Option<String>,
    /// Of a frame.
    pub masked: Option<bool>,
    /// Of a frame: its text.
    pub payload: Option<String>,
    /// Of a request.
    pub method: Option<String>,
    /// Of a request.
    pub target: Option<String>,
    /// Of a request: names that must be there.
    pub headers: Vec<String>,
    /// Of a listener: tcp or udp; of a dialogue: smtp.
    pub protocol: Option<String>,
    /// Of a stream: its messages may hold any byte.
    pub binary: bool,
}

fn no(why: impl Into<String>) -> Verdict {
    Verdict { right: false, why: why.into() }
}

impl Question {
    /// Judges what was made. `None` where nobody but the machine can (a listener), or there is no judge.
    pub fn judged(&self, given: &Given) -> Option<Verdict> {
        let foreseen = self.verdict(given).why;
        let foreseen = if foreseen == self.why { String::new() } else { foreseen };
        let found = match (self.judge?, given) {
            (Judge::Frame, Given::Bytes(bytes)) => frame(bytes, &self.require),
            (Judge::Request, Given::Text(text)) if self.require.protocol.as_deref() == Some("smtp") => mail(text),
            (Judge::Request, Given::Text(text)) => request(text, &self.require),
            (Judge::Framing, Given::Text(text)) => {
                Rule::parse(text).and_then(|rule| framing::survives(&rule, self.require.binary))
            }
            (Judge::Accept, Given::Text(text)) => accept(text, self.key.as_deref().unwrap_or_default()),
            _ => return None,
        };
        Some(match found {
            Ok(()) => Verdict { right: true, why: self.why.clone() },
            // What the judge found comes first: it is about exactly this answer.
            Err(found) if foreseen.is_empty() => no(found),
            Err(found) => no(format!("{found}\n{foreseen}")),
        })
    }
}

/// Whether a server takes these bytes for one whole frame that is as required.
fn frame(bytes: &[u8], require: &Requirement) -> Result<(), String> {
    if let (Some(masked), Some(second)) = (require.masked, bytes.get(1))
        && masked != (second & 0x80 != 0)
    {
        let (is, means) = if masked { (0, "not masked") } else { (1, "masked") };
        return Err(format!("The first bit of the second byte is {is}: this frame is {means}."));
    }
    let role = if require.masked == Some(false) { Role::Client } else { Role::Server };
    let mut end = Endpoint::new(role, Limits::default(), None);
    end.receive(bytes);
    let heard = match end.next() {
        Err(broken) => return Err(format!("The other side hangs up: {broken}.")),
        Ok(None) => return Err("The other side still waits for bytes: the frame is not complete.".to_owned()),
        Ok(Some(heard)) => heard,
    };
    if end.waiting() > 0 {
        return Err(format!("The frame is good, but {} bytes are left over behind it.", end.waiting()));
    }
    let (opcode, payload) = match &heard {
        Incoming::Text(text) => ("text", text.clone().into_bytes()),
        Incoming::Binary(bytes) => ("binary", bytes.clone()),
        Incoming::Ping(bytes) => ("ping", bytes.clone()),
        Incoming::Pong(bytes) => ("pong", bytes.clone()),
        Incoming::Close(said) => ("close", said.as_ref().map_or_else(Vec::new, |(_, why)| why.clone().into_bytes())),
    };
    if let Some(wanted) = require.opcode.as_ref().filter(|wanted| *wanted != opcode) {
        return Err(format!("The other side reads a {opcode} frame, and a {wanted} frame was asked for."));
    }
    if let Some(wanted) = require.payload.as_ref().filter(|wanted| wanted.as_bytes() != payload) {
        let said = String::from_utf8_lossy(&payload).escape_debug().to_string();
        return Err(format!("The other side reads \"{said}\", and \"{wanted}\" was asked for."));
    }
    Ok(())
}

/// Whether a server takes these lines for a request (RFC 9112 §3).
fn request(text: &str, require: &Requirement) -> Result<(), String> {
    let mut lines = text.lines().map(str::trim_end).collect::<Vec<_>>();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let bytes = format!("{}\r\n\r\n", lines.join("\r\n"));
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(bytes.as_bytes()) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err("A server would still wait: the request does not end.".to_owned()),
        Err(error) => return Err(format!("A server answers 400 Bad Request: {error}.")),
    }
    let differs = |what: &str, is: Option<&str>, wanted: &Option<String>| match (is, wanted) {
        (is, Some(wanted)) if is != Some(wanted) => Err(format!(
            "The server reads the {what} {}, and {wanted} was asked for.",
            is.unwrap_or_default().escape_debug()
        )),
        _ => Ok(()),
    };
    differs("method", parsed.method, &require.method)?;
    differs("target", parsed.path, &require.target)?;
    let has = |name: &&String| !parsed.headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
    if let Some(missing) = require.headers.iter().find(has) {
        return Err(format!("The header {missing} is missing."));
    }
    Ok(())
}

/// Whether a mail server would take these lines, one after another (RFC 5321 §4.1.4).
fn mail(text: &str) -> Result<(), String> {
    let mut lines = text.lines().map(str::trim_end);
    for wanted in ["HELO ", "MAIL FROM:", "RCPT TO:", "DATA"] {
        let line = lines.next().unwrap_or_default();
        let upper = line.to_ascii_uppercase();
        let fits = upper.starts_with(wanted) || (wanted == "HELO " && upper.starts_with("EHLO "));
        if !fits {
            let said = line.escape_debug();
            return Err(format!(
                "The server answers 503 or 500 to \"{said}\": now it waits for {}.",
                wanted.trim_end()
            ));
        }
    }
    let rest: Vec<&str> = lines.collect();
    match rest.iter().position(|line| *line == ".") {
        Some(0) => Err("The mail is empty: between DATA and the dot comes its text.".to_owned()),
        Some(_) => Ok(()),
        None => Err("The server still waits: a line with only a dot ends the mail.".to_owned()),
    }
}

fn accept(text: &str, key: &str) -> Result<(), String> {
    let right = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let text = text.trim();
    if text == right {
        return Ok(());
    }
    match data_encoding::BASE64.decode(text.as_bytes()) {
        Ok(bytes) if bytes.len() == 20 => {
            Err("That is base64 of 20 bytes, as it must be, but of other ones.".to_owned())
        }
        Ok(bytes) => Err(format!("That is base64 of {} bytes; SHA-1 makes 20.", bytes.len())),
        Err(_) => Err("That is no base64.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_judged_by_a_real_end() {
        let hello = Requirement {
            opcode: Some("text".into()),
            masked: Some(true),
            payload: Some("Hello".into()),
            ..Requirement::default()
        };
        let good = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(frame(&good, &hello), Ok(()));
        assert!(frame(&good[..8], &hello).expect_err("short").contains("not complete"));
        assert!(frame(&[&good[..], &[1]].concat(), &hello).expect_err("long").contains("1 bytes are left"));
        let bare = [0x81, 0x05, b'H', b'e', b'l', b'l', b'o'];
        assert!(frame(&bare, &hello).expect_err("bare").contains("not masked"));
        let mut ping = good;
        ping[0] = 0x89;
        assert!(frame(&ping, &hello).expect_err("ping").contains("ping"));
    }

    #[test]
    fn a_request_must_parse_and_name_the_host() {
        let get = Requirement {
            method: Some("GET".into()),
            target: Some("/".into()),
            headers: vec!["Host".into()],
            ..Requirement::default()
        };
        assert_eq!(request("GET / HTTP/1.1\nHost: localhost\n\n", &get), Ok(()));
        assert!(request("GET / HTTP/1.1", &get).expect_err("no host").contains("Host"));
        assert!(request("GET /", &get).is_err());
        assert!(request("POST / HTTP/1.1\nHost: a", &get).expect_err("post").contains("POST"));
    }

    #[test]
    fn a_mail_has_its_order() {
        let good = "HELO me\nMAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\nHello\n.\nQUIT";
        assert_eq!(mail(good), Ok(()));
        assert!(mail("MAIL FROM:<a@b>").expect_err("no helo").contains("HELO"));
        assert!(mail("HELO me\nMAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\nHello").expect_err("no dot").contains("dot"));
    }

    #[test]
    fn an_accept_is_computed_not_remembered() {
        assert_eq!(accept("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "dGhlIHNhbXBsZSBub25jZQ=="), Ok(()));
        assert!(accept("aGVsbG8=", "dGhlIHNhbXBsZSBub25jZQ==").expect_err("wrong").contains("5 bytes"));
    }
}
