//! A WebSocket server of ours as its clients come and talk: a line each, with the connection's number in front.
//! Drawn from what the server tells. Not here: the client's side (`trace`), bits (`frame_bits`).

use std::time::Duration;

use super::{Charset, Style, quantity, value, wrap};

/// Columns before what is said.
const INDENT: usize = 18;
/// Bytes of a payload that a line shows.
const TEXT: usize = 160;
const NUMBERS: usize = 16;
/// Characters of a head's line.
const HEAD: usize = 300;
/// Lines of a head.
const LINES: usize = 40;

/// Draws one server.
pub struct Served {
    style: Style,
    /// In whole sentences.
    spoken: bool,
}

/// A frame.
pub struct Frame<'a> {
    /// To the server.
    pub from_client: bool,
    /// "text", "ping".
    pub kind: &'static str,
    /// The last piece of its message.
    pub fin: bool,
    /// RSV1 as 4.
    pub rsv: u8,
    /// It is masked.
    pub masked: bool,
    /// Bytes of payload.
    pub length: u64,
    /// The beginning of the payload, unmasked.
    pub payload: &'a [u8],
    /// It can be shown as text.
    pub text: bool,
    /// It is a goodbye: code and reason.
    pub close: bool,
}

impl Served {
    /// `spoken` for whole sentences instead of columns and marks.
    pub fn new(style: Style, spoken: bool) -> Self {
        Served { style, spoken }
    }

    /// The server is there: what it is called, and how it can be reached.
    pub fn begin(&self, title: &str, lines: &[(&str, String)], out: &mut Vec<u8>) {
        if self.spoken {
            let rest: Vec<String> = lines.iter().map(|(name, text)| format!("{name}: {text}")).collect();
            return self.sentence(&format!("{title}. {}.", rest.join("; ")), out);
        }
        out.push(b' ');
        self.style.strong(out);
        out.extend_from_slice(self.clean(title.as_bytes()).as_bytes());
        self.style.end(out);
        out.push(b'\n');
        for (name, text) in lines {
            out.extend_from_slice(format!("   {name:<8} ").as_bytes());
            self.hanging(&self.clean(text.as_bytes()), 12, out);
        }
        out.push(b'\n');
    }

    /// Something about one connection, or about the server.
    pub fn line(&self, at: Duration, number: Option<u64>, text: &str, out: &mut Vec<u8>) {
        let text = self.clean(text.as_bytes());
        if self.spoken {
            let who = number.map_or_else(|| "The server".to_owned(), |number| format!("Connection {number}"));
            return self.sentence(&format!("After {}, {who}: {text}.", self.span(at)), out);
        }
        self.front(at, number, out);
        self.hanging(&text, INDENT, out);
    }

    /// The same where something was wrong, with its reasons below.
    pub fn wrong(&self, at: Duration, number: Option<u64>, text: &str, reasons: &[String], out: &mut Vec<u8>) {
        if self.spoken {
            self.line(at, number, &format!("Wrong: {text}"), out);
        } else {
            self.front(at, number, out);
            self.style.warn(out);
            self.hanging(&format!("{} {}", self.style.pick("✗", "!"), self.clean(text.as_bytes())), INDENT, out);
            self.style.end(out);
        }
        for reason in reasons {
            let reason = self.clean(reason.as_bytes());
            if self.spoken { self.sentence(&reason, out) } else { wrap::wrap(out, &reason, INDENT + 2, &self.style) }
        }
    }

    /// The lines of a head as it crossed.
    pub fn head(&self, from_client: bool, lines: &[String], out: &mut Vec<u8>) {
        for line in lines.iter().take(LINES) {
            let cut: String = line.chars().take(HEAD).collect();
            let more = if cut.len() < line.len() { self.style.ellipsis() } else { "" };
            let text = format!("{}{more}", self.clean(cut.as_bytes()));
            if self.spoken {
                let who = if from_client { "The client's" } else { "The server's" };
                self.sentence(&format!("{who} line `{text}`."), out);
            } else {
                out.resize(out.len() + INDENT, b' ');
                out.extend_from_slice(format!("{} ", self.arrow(from_client)).as_bytes());
                self.hanging(&text, INDENT + 3, out);
            }
        }
        if lines.len() > LINES {
            self.sentence(&format!("{:INDENT$}{} more lines", "", lines.len() - LINES), out);
        }
    }

    /// A frame that crossed.
    pub fn frame(&self, at: Duration, number: Option<u64>, frame: &Frame<'_>, out: &mut Vec<u8>) {
        let payload = self.payload(frame);
        let mut facts = vec![quantity::counted(frame.length, "byte")];
        if !frame.fin {
            facts.push("not the last piece".to_owned());
        }
        if frame.rsv == 4 {
            facts.push("compressed".to_owned());
        } else if frame.rsv != 0 {
            facts.push(format!("RSV bits {:03b}", frame.rsv));
        }
        if frame.masked || self.spoken {
            facts.push(if frame.masked { "masked" } else { "not masked" }.to_owned());
        }
        if self.spoken {
            let who = if frame.from_client { "client" } else { "server" };
            let number = number.unwrap_or_default();
            let said = if payload.is_empty() { String::new() } else { format!(": {payload}") };
            let text = format!(
                "After {}, on connection {number} the {who} sends {}, {}",
                self.span(at),
                frame.kind,
                facts.join(", ")
            );
            return self.sentence(&format!("{text}{said}."), out);
        }
        self.front(at, number, out);
        out.extend_from_slice(self.arrow(frame.from_client).as_bytes());
        out.push(b' ');
        self.style.strong(out);
        out.extend_from_slice(format!("{:<6}", frame.kind).as_bytes());
        self.style.end(out);
        let dot = self.style.dot();
        let text = format!(" {}", facts.join(&format!(" {dot} ")));
        out.extend_from_slice(format!("{text:<18}").as_bytes());
        while out.last() == Some(&b' ') && payload.is_empty() {
            out.pop();
        }
        let indent = INDENT + 8 + text.chars().count().max(18) + 2;
        if payload.is_empty() {
            out.push(b'\n');
        } else if indent + payload.chars().count().min(24) <= self.style.width {
            // Short facts stand below one another, what is said beside them.
            out.extend_from_slice(b"  ");
            self.hanging(&payload, indent, out);
        } else {
            out.push(b'\n');
            wrap::wrap(out, &payload, INDENT + 2, &self.style);
        }
    }

    fn payload(&self, frame: &Frame<'_>) -> String {
        let (mut bytes, mut code) = (frame.payload, String::new());
        if frame.close
            && let Some((two, reason)) = bytes.split_first_chunk::<2>()
        {
            code = u16::from_be_bytes(*two).to_string();
            bytes = reason;
        }
        let text = match (frame.text, bytes.is_empty()) {
            (_, true) => String::new(),
            (true, _) => {
                let mut end = bytes.len().min(TEXT);
                while end < bytes.len() && end > TEXT - 4 && bytes[end] & 0xc0 == 0x80 {
                    end -= 1; // a character that is cut by us is not wrong
                }
                let more =
                    if (end as u64) < frame.length - code.len().min(2) as u64 { self.style.ellipsis() } else { "" };
                format!("\"{}\"{more}", self.clean(&bytes[..end]))
            }
            (false, _) => {
                let all: Vec<String> = bytes.iter().take(NUMBERS).map(|byte| format!("{byte:02x}")).collect();
                let more =
                    if frame.length > NUMBERS as u64 { format!(" {}", self.style.ellipsis()) } else { String::new() };
                format!("{}{more}", all.join(" "))
            }
        };
        [code, text].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// From the client, or to it.
    fn arrow(&self, from_client: bool) -> &'static str {
        if from_client { self.style.arrow() } else { self.style.pick("←", "<-") }
    }

    /// Time and number.
    fn front(&self, at: Duration, number: Option<u64>, out: &mut Vec<u8>) {
        let span = self.span(at);
        let number = number.map(|number| format!("#{number}")).unwrap_or_default();
        let pad = 9usize.saturating_sub(span.chars().count());
        out.resize(out.len() + pad, b' ');
        out.extend_from_slice(format!("{span}  {number:<6} ").as_bytes());
    }

    #[expect(clippy::unused_self, reason = "all that draws is asked in the same way")]
    fn span(&self, time: Duration) -> String {
        let seconds = time.as_secs_f64();
        if seconds < 1000.0 { format!("{seconds:.3} s") } else { format!("{seconds:.0} s") }
    }

    /// Lines after the first one are indented; the cursor stands at the indentation already.
    fn hanging(&self, text: &str, indent: usize, out: &mut Vec<u8>) {
        let mut lines = Vec::new();
        wrap::wrap(&mut lines, text, indent, &self.style);
        out.extend_from_slice(lines.get(indent..).unwrap_or_default());
    }

    #[expect(clippy::unused_self, reason = "all that draws is asked in the same way")]
    fn sentence(&self, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(text.as_bytes());
        out.push(b'\n');
    }

    /// Words of others, made harmless for a terminal.
    fn clean(&self, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        let spelled: String;
        let mut bytes = bytes;
        if self.style.charset == Charset::Ascii
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            let ours = |c: char| if "→§…·µ".contains(c) { wrap::spell(&c.to_string()) } else { c.to_string() };
            spelled = text.chars().map(ours).collect();
            bytes = spelled.as_bytes();
        }
        value::text(&mut out, bytes, self.style.charset);
        String::from_utf8_lossy(&out).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(charset: Charset, spoken: bool, draw: impl Fn(&Served, &mut Vec<u8>)) -> String {
        let style = Style { width: 80, color: false, charset, explain: false };
        let mut out = Vec::new();
        draw(&Served::new(style, spoken), &mut out);
        String::from_utf8(out).expect("text")
    }

    fn frame(payload: &[u8]) -> Frame<'_> {
        let length = payload.len() as u64;
        Frame {
            from_client: true,
            kind: "text",
            fin: true,
            rsv: 0,
            masked: true,
            length,
            payload,
            text: true,
            close: false,
        }
    }

    #[test]
    fn a_frame_is_one_line() {
        let draw = |served: &Served, out: &mut Vec<u8>| {
            served.frame(Duration::from_millis(1204), Some(3), &frame(b"Hello"), out);
        };
        assert_eq!(drawn(Charset::Unicode, false, draw), "  1.204 s  #3     → text   5 bytes · masked   \"Hello\"\n");
        let spoken = "After 1.204 s, on connection 3 the client sends text, 5 bytes, masked: \"Hello\".\n";
        assert_eq!(drawn(Charset::Unicode, true, draw), spoken);
    }

    #[test]
    fn nothing_of_a_stranger_reaches_the_terminal_as_it_is() {
        for (charset, spoken) in [(Charset::Unicode, false), (Charset::Ascii, false), (Charset::Ascii, true)] {
            let text = drawn(charset, spoken, |served, out| {
                served.frame(Duration::ZERO, Some(1), &frame(b"\x1b[2J\x07"), out);
                served.head(true, &["X: \x1b]0;x\x07".into()], out);
                served.line(Duration::ZERO, None, "\u{202e}\x1b", out);
                served.wrong(Duration::ZERO, None, "\x1b", &["\x1b§".into()], out);
            });
            assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{text:?}");
            assert!(charset == Charset::Unicode || text.is_ascii(), "{text:?}");
        }
    }
}
