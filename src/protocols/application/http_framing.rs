//! Where an HTTP/1.x message ends, RFC 9112 §6.3: with its head, after so many bytes, after the last chunk, or
//! with the connection. Which of them holds for an answer depends on the question, so questions are remembered.
//! Not here: what the head says (`http`, `http_headers`).

use super::http::looks;
use super::http_exchange::Questions;
use crate::dissect::{Framing, Talk};

/// Bytes that a head may have; browsers and servers stop at 8 to 64 KiB.
const MAX_HEAD: usize = 128 * 1024;

/// What decides about the body.
#[derive(Default)]
struct Body {
    length: Option<u64>,
    chunked: bool,
    /// Ends with the connection.
    endless: bool,
}

/// How far the chunks of an unfinished message have been counted: so each of its segments is looked at once.
#[derive(Default)]
struct Counted {
    sides: [Option<Place>; 2],
}

/// Where a count stopped, in a message with this head, when it had so many bytes.
#[derive(Clone, Copy)]
struct Place {
    head: usize,
    bytes: usize,
    at: usize,
}

/// Finds the end of the message.
pub(super) fn frame(bytes: &[u8], talk: &mut Talk, last: bool) -> Framing {
    if alien(bytes) {
        return Framing::Alien;
    }
    let Some(head) = head_length(bytes) else {
        return match (last, bytes.len() > MAX_HEAD) {
            (true, _) => Framing::Message(bytes.len()),
            (_, true) => Framing::Alien,
            _ => Framing::More(None),
        };
    };
    let body = body(bytes.get(..head).unwrap_or(bytes), talk.memory());
    let end = match body {
        Body { endless: true, .. } if last => Some(bytes.len()),
        Body { endless: true, .. } => return Framing::More(None),
        Body { chunked: true, .. } => chunked_end(bytes, head, talk).or(last.then_some(bytes.len())),
        Body { length, .. } => {
            let all = head as u64 + length.unwrap_or(0);
            match usize::try_from(all) {
                Ok(all) if all <= bytes.len() || last => Some(all.min(bytes.len())),
                _ => return Framing::More(Some(all)),
            }
        }
    };
    end.map_or(Framing::More(None), Framing::Message)
}

/// Whether these bytes cannot be the beginning of a message: behind a CONNECT or an upgrade others speak.
fn alien(bytes: &[u8]) -> bool {
    let begin = bytes.get(..64).unwrap_or(bytes);
    match memchr::memchr(b'\n', begin) {
        Some(_) => !looks(bytes),
        None => !begin.iter().all(|b| (b' '..0x7f).contains(b) || *b >= 0x80 || matches!(b, b'\r' | b'\t')),
    }
}

/// Whether the last coding that Transfer-Encoding names is "chunked" (RFC 9112 §6.1). Other spaces than blanks
/// and tabs are part of a name that nobody knows.
pub(super) fn ends_chunked(value: &[u8]) -> bool {
    let last = value.rsplit(|b| *b == b',').next().unwrap_or(value);
    let blank = |b: &&u8| matches!(b, b' ' | b'\t' | b'\r');
    let (before, behind) = (last.iter().take_while(blank).count(), last.iter().rev().take_while(blank).count());
    last.get(before..last.len() - behind.min(last.len() - before)).is_some_and(|v| v.eq_ignore_ascii_case(b"chunked"))
}

/// Bytes up to and with the empty line.
fn head_length(bytes: &[u8]) -> Option<usize> {
    let bytes = bytes.get(..MAX_HEAD).unwrap_or(bytes);
    let mut at = 0;
    loop {
        at += memchr::memchr(b'\n', bytes.get(at..)?)? + 1;
        match bytes.get(at..)? {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
}

fn body(head: &[u8], questions: &Questions) -> Body {
    let (mut body, mut coded) = (Body::default(), false);
    for line in head.split(|b| *b == b'\n').skip(1) {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or(&[]).trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            body.length = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok());
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            (coded, body.chunked) = (true, ends_chunked(value));
        }
    }
    if let Some(status) = status(head) {
        if questions.bodiless(status) {
            return Body { length: Some(0), ..Body::default() };
        }
        body.endless = !body.chunked && (coded || body.length.is_none());
    }
    body
}

/// The status of an answer; a question has none.
fn status(head: &[u8]) -> Option<u16> {
    let rest = head.strip_prefix(b"HTTP/1.")?.get(1..)?;
    let digits = rest.strip_prefix(b" ").and_then(|r| r.get(..3)).unwrap_or(b"200");
    Some(std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()).unwrap_or(200))
}

/// One past the last chunk and its trailers, RFC 9112 §7.1; goes on counting where the last call stopped.
fn chunked_end(bytes: &[u8], head: usize, talk: &mut Talk) -> Option<usize> {
    let side = talk.side.index();
    let place = &mut talk.memory::<Counted>().sides[side];
    let known = place.filter(|p| p.head == head && p.bytes <= bytes.len());
    let mut at = known.map_or(head, |p| p.at);
    let end = chunks_end(bytes, &mut at);
    *place = end.is_none().then_some(Place { head, bytes: bytes.len(), at });
    end
}

/// The same from the chunk at `next` on, which moves on with every whole chunk.
fn chunks_end(bytes: &[u8], next: &mut usize) -> Option<usize> {
    let mut at = *next;
    loop {
        *next = at;
        let line = memchr::memchr(b'\n', bytes.get(at..)?)?;
        let size = bytes.get(at..at + line)?;
        let digits = size.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let size = std::str::from_utf8(size.get(..digits)?).ok()?;
        at += line + 1;
        match usize::from_str_radix(size, 16) {
            Ok(0) => break,
            Ok(size) => {
                at = at.checked_add(size)?;
                at += if bytes.get(at)? == &b'\r' { 2 } else { 1 };
            }
            // Not chunks at all: what is here is all there is to say.
            Err(_) => return Some(bytes.len()),
        }
    }
    loop {
        let line = memchr::memchr(b'\n', bytes.get(at..)?)?;
        let empty = bytes.get(at..at + line)?.trim_ascii().is_empty();
        at += line + 1;
        if empty {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::http_exchange::Question;
    use super::*;

    fn asked(text: &str) -> Talk {
        let mut talk = Talk::default();
        let question =
            Question { head: text.starts_with("HEAD"), connect: text.starts_with("CONNECT"), ..Question::default() };
        talk.memory::<Questions>().ask(question);
        talk
    }

    fn answer(text: &str) -> Framing {
        frame(text.as_bytes(), &mut asked("GET / HTTP/1.1\r\n\r\n"), false)
    }

    #[test]
    fn a_head_without_a_body_ends_with_its_empty_line() {
        let framing = frame(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET", &mut Talk::default(), false);
        assert_eq!(framing, Framing::Message(27));
        assert_eq!(frame(b"GET / HTTP/1.1\r\nHost", &mut Talk::default(), false), Framing::More(None));
    }

    #[test]
    fn a_content_length_says_where_the_body_ends() {
        assert_eq!(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello"), Framing::Message(43));
        assert_eq!(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHel"), Framing::More(Some(43)));
    }

    #[test]
    fn chunks_end_with_an_empty_one() {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nHel\r\n2;x=y\r\nlo\r\n0\r\n\r\nHTTP";
        assert_eq!(answer(text), Framing::Message(text.len() - 4));
        assert_eq!(answer(&text[..60]), Framing::More(None));
        let mut talk = asked("GET / HTTP/1.1\r\n\r\n");
        for end in 0..text.len() - 4 {
            assert_eq!(frame(&text.as_bytes()[..end], &mut talk, false), Framing::More(None), "{end} bytes");
        }
        assert_eq!(frame(text.as_bytes(), &mut talk, false), Framing::Message(text.len() - 4), "counted on the way");
    }

    #[test]
    fn without_a_length_an_answer_ends_with_the_connection() {
        let text = b"HTTP/1.0 200 OK\r\n\r\nHello";
        let mut talk = asked("GET / HTTP/1.0\r\n\r\n");
        assert_eq!(frame(text, &mut talk, false), Framing::More(None));
        assert_eq!(frame(text, &mut talk, true), Framing::Message(text.len()));
    }

    #[test]
    fn the_answer_to_head_has_no_body_whatever_its_length_says() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(frame(text, &mut asked("HEAD / HTTP/1.1\r\n\r\n"), false), Framing::Message(text.len()));
    }

    #[test]
    fn after_a_yes_to_connect_others_speak() {
        let text = b"HTTP/1.1 200 Go\r\n\r\n";
        let mut talk = asked("CONNECT a:443 HTTP/1.1\r\n\r\n");
        assert_eq!(frame(text, &mut talk, false), Framing::Message(text.len()));
        assert_eq!(frame(&[0x16, 3, 1, 2, 0], &mut talk, false), Framing::Alien);
        assert_eq!(frame(b"SSH-2.0-x\r\n", &mut talk, false), Framing::Alien);
    }

    #[test]
    fn a_vertical_tab_is_no_space_before_chunked() {
        assert!(ends_chunked(b"gzip , Chunked "));
        assert!(!ends_chunked(b"\x0bchunked"));
        assert!(!ends_chunked(b"chunked, gzip"));
    }
}
