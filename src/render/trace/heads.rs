//! Request and answer, each line with what it is for, and the proof of RFC 6455 §4.2.2 step by step.

use std::time::Duration;

use super::{Trace, words};
use crate::render::wrap;

/// Bytes of a refusal's body that are shown.
const BODY: usize = 600;
/// Lines of a head that are shown, and characters of each.
const LINES: usize = 40;
const LONGEST: usize = 400;
/// Columns of a head's lines.
const INDENT: usize = 4;
/// Columns of their meaning where there is room beside.
const BESIDE: usize = 52;

impl Trace {
    /// The request.
    pub fn request(&self, at: Duration, lines: &[String], out: &mut Vec<u8>) {
        let first = "A WebSocket begins as a request of HTTP, so that it fits through port 80 and 443.";
        self.title(at, true, "request", "asks HTTP to become something else", out);
        self.head(lines, true, first, out);
    }

    /// The answer, which took so long, and the beginning of its body.
    pub fn answer(&self, at: Duration, status: u16, lines: &[String], body: &[u8], took: Duration, out: &mut Vec<u8>) {
        self.title(at, false, "answer", &format!("{} after the request", self.span(took)), out);
        self.head(lines, false, words::status(status), out);
        if !body.is_empty() {
            self.body(body, out);
        }
    }

    fn title(&self, at: Duration, outwards: bool, name: &str, text: &str, out: &mut Vec<u8>) {
        if self.spoken {
            let who = if outwards { "We send the" } else { "The server sends the" };
            return self.sentence(&format!("After {}: {who} {name}, {text}.", self.span(at)), out);
        }
        out.push(b'\n');
        self.time(at, out);
        self.style.strong(out);
        let arrow = if outwards { self.style.arrow() } else { self.style.pick("←", "<-") };
        out.extend_from_slice(format!("{arrow} {name}").as_bytes());
        self.style.end(out);
        out.extend_from_slice(format!(": {text}\n").as_bytes());
    }

    fn head(&self, lines: &[String], request: bool, first: &str, out: &mut Vec<u8>) {
        for (number, line) in lines.iter().take(LINES).enumerate() {
            let name = line.split(':').next().unwrap_or_default();
            let meaning = if number == 0 { first } else { words::header(name.trim(), request) };
            let cut: String = line.chars().take(LONGEST).collect();
            let more = if cut.len() < line.len() { self.style.ellipsis() } else { "" };
            self.line(&format!("{}{more}", self.clean(cut.as_bytes())), meaning, out);
        }
        if lines.len() > LINES {
            self.line(&format!("{} more lines", lines.len() - LINES), "", out);
        }
    }

    /// A line, and its meaning below or beside it.
    fn line(&self, line: &str, meaning: &str, out: &mut Vec<u8>) {
        if self.spoken {
            let meaning =
                if meaning.is_empty() { String::new() } else { format!(" {}", self.clean(meaning.as_bytes())) };
            return self.sentence(&format!("Line `{line}`.{meaning}"), out);
        }
        let start = out.len();
        out.resize(start + INDENT, b' ');
        self.style.strong(out);
        out.extend_from_slice(line.as_bytes());
        self.style.end(out);
        let used = INDENT + line.chars().count();
        let beside = self.style.width >= 2 * BESIDE && used + 2 <= BESIDE + INDENT;
        if meaning.is_empty() {
            out.push(b'\n');
        } else if beside {
            out.resize(out.len() + BESIDE + INDENT + 1 - used, b' ');
            self.hanging(meaning, BESIDE + INDENT + 1, out);
        } else {
            out.push(b'\n');
            wrap::wrap(out, meaning, 2 * INDENT, &self.style);
        }
    }

    fn body(&self, body: &[u8], out: &mut Vec<u8>) {
        let shown = &body[..body.len().min(BODY)];
        let more = if shown.len() < body.len() { self.style.ellipsis() } else { "" };
        let text = format!("{}{more}", self.clean(shown));
        if self.spoken {
            return self.sentence(&format!("The body says: {text}."), out);
        }
        self.gap(out);
        wrap::wrap(out, &format!("the body says: {text}"), INDENT, &self.style);
    }

    /// Key, GUID, SHA-1, Base64, and whether that is what the server said.
    pub fn proof(&self, key: &str, digest: &[u8; 20], expected: &str, said: Option<&str>, out: &mut Vec<u8>) {
        let right = said == Some(expected);
        let said = said.map_or_else(|| "nothing".to_owned(), |said| self.clean(said.as_bytes()));
        let verdict =
            if right { "the same: this is a WebSocket server" } else { "not the same: it did not read our key" };
        if !self.spoken {
            out.push(b'\n');
            self.style.strong(out);
            out.extend_from_slice(b"            proof");
            self.style.end(out);
            out.extend_from_slice(b": does the other side speak WebSocket at all?\n");
        }
        self.derivation("our key", key, digest, expected, out);
        if self.spoken {
            return self.sentence(&format!("The server said {said}, {verdict}."), out);
        }
        out.extend_from_slice(format!("    {:<16}{said}\n", "the server said").as_bytes());
        out.resize(out.len() + 20, b' ');
        if !right {
            self.style.warn(out);
        }
        let mark = if right { self.style.pick("✓", "=") } else { self.style.pick("✗", "!") };
        out.extend_from_slice(format!("{mark} {verdict}\n").as_bytes());
        self.style.end(out);
    }

    /// How the answer comes from the key, row by row (RFC 6455 §4.2.2, item 5).
    pub fn derivation(&self, whose: &str, key: &str, digest: &[u8; 20], expected: &str, out: &mut Vec<u8>) {
        const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = self.clean(key.as_bytes());
        if self.spoken {
            let text = format!(
                "The proof: key {key} and the fixed text {GUID}, joined and hashed with SHA-1, give {}; in Base64 that is \
                 {expected}.",
                hex.join(" ")
            );
            return self.sentence(&text, out);
        }
        let mut row = |name: &str, text: &str| out.extend_from_slice(format!("    {name:<16}{text}\n").as_bytes());
        row(whose, &key);
        row("+ a fixed text", GUID);
        row("SHA-1 of both", &hex[..10].join(" "));
        row("", &hex[10..].join(" "));
        row("in Base64", expected);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use crate::render::Charset;
    use std::time::Duration;

    fn request() -> Vec<String> {
        ["GET /chat HTTP/1.1", "Host: localhost", "Origin: http://example.org", "X-Mine: \x1b[2J"]
            .map(str::to_owned)
            .to_vec()
    }

    #[test]
    fn every_line_of_a_head_says_what_it_is_for() {
        for (width, charset) in [(80, Charset::Unicode), (120, Charset::Unicode), (80, Charset::Ascii)] {
            let text = drawn(width, charset, |trace, out| trace.request(Duration::ZERO, &request(), out));
            for word in ["GET /chat", "Which site is meant", "foreign pages"] {
                assert!(text.contains(word), "{word}: {text}");
            }
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            assert!(!text.contains('\x1b') && text.contains("X-Mine: \\"), "{text}");
        }
    }

    #[test]
    fn the_proof_shows_each_step_and_its_end() {
        let text = |said: Option<&str>| {
            drawn(80, Charset::Unicode, |trace, out| {
                trace.proof("dGhlIHNhbXBsZSBub25jZQ==", &[0xb3; 20], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", said, out);
            })
        };
        assert!(text(Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")).contains("✓ the same"));
        assert!(text(Some("x")).contains("✗ not the same") && text(None).contains("nothing"));
    }

    #[test]
    fn a_refusals_body_is_shown_harmless_and_bounded() {
        let body = [b"\x1b[31mno\xff".to_vec(), vec![b'x'; 4000]].concat();
        let text = drawn(80, Charset::Unicode, |trace, out| {
            trace.answer(Duration::ZERO, 403, &["HTTP/1.1 403 Forbidden".into()], &body, Duration::ZERO, out);
        });
        assert!(!text.contains('\x1b') && text.len() < 1500 && text.contains("Forbidden: it knows"), "{text}");
    }
}
