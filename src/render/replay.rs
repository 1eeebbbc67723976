//! A recorded WebSocket: the list of those that a file holds, what is said while one is played, and how today's answers
//! differ from the recorded ones, in words.

use super::{Style, quantity, value, wrap};

/// Characters of a message that are shown, and bytes where it is no text.
const SHOWN: usize = 56;
const NUMBERS: usize = 16;

/// A message, in words.
pub struct Said<'a> {
    /// "text", "binary", "close", "ping", "pong".
    pub kind: &'a str,
    /// What it carries, without a close code.
    pub bytes: &'a [u8],
    /// It is text.
    pub text: bool,
    /// Of a close.
    pub code: Option<u16>,
}

/// What came of one recorded answer.
pub enum Found<'a> {
    /// As then.
    Same(Said<'a>),
    /// Then this, now that.
    Different(Said<'a>, Said<'a>),
    /// It did not come.
    Missing(Said<'a>),
    /// It was not recorded.
    New(Said<'a>),
}

/// One WebSocket of the list.
pub struct Row<'a> {
    /// Its number, as `layercake flows` counts.
    pub number: u64,
    /// What was asked for.
    pub target: &'a str,
    /// Who talked.
    pub ends: [String; 2],
    /// Messages of client and server.
    pub counts: [usize; 2],
    /// Nanoseconds from first to last.
    pub lasted: u64,
    /// Why it is not whole.
    pub lacks: Option<&'a str>,
}

/// Draws all of it.
#[derive(Clone, Copy)]
pub struct Replay {
    style: Style,
    spoken: bool,
}

impl Replay {
    /// `spoken` for whole sentences.
    pub fn new(style: Style, spoken: bool) -> Self {
        Replay { style, spoken }
    }

    /// One WebSocket of the file.
    pub fn row(&self, row: &Row<'_>, out: &mut Vec<u8>) {
        let (number, target) = (row.number, self.clean(row.target.as_bytes(), SHOWN));
        let [client, server] = &row.ends;
        let counts = format!("{} there, {} back", quantity::counted(row.counts[0] as u64, "message"), row.counts[1]);
        let lasted = quantity::span(row.lasted, self.style.charset);
        if self.spoken {
            let lacks = row.lacks.map_or(String::new(), |why| format!(" It is not whole: {why}."));
            let text =
                format!("Conversation {number}: {client} asks {server} for {target}; {counts} in {lasted}.{lacks}\n");
            return out.extend_from_slice(text.as_bytes());
        }
        self.style.strong(out);
        out.extend_from_slice(format!("{number:>5}  {target}").as_bytes());
        self.style.end(out);
        out.push(b'\n');
        let (arrow, dot) = (self.style.arrow(), self.style.dot());
        wrap::wrap(out, &format!("{client} {arrow} {server} {dot} {counts} {dot} {lasted}"), 7, &self.style);
        if let Some(why) = row.lacks {
            wrap::wrap(out, &format!("! not whole: {why}"), 7, &self.style);
        }
    }

    /// Something was said just now, or would be at this time.
    pub fn said(&self, outwards: bool, at: u64, said: &Said<'_>, out: &mut Vec<u8>) {
        let (span, words) = (quantity::span(at, self.style.charset), self.words(said));
        if self.spoken {
            let who = if outwards { "We say" } else { "The other side says" };
            return out.extend_from_slice(format!("After {span}: {who} {words}.\n").as_bytes());
        }
        let arrow = if outwards { self.style.arrow() } else { self.style.pick("←", "<-") };
        let pad = 10usize.saturating_sub(span.chars().count());
        out.extend_from_slice(format!("{:pad$}{span}  {arrow} {words}\n", "").as_bytes());
    }

    /// What came of one answer.
    pub fn found(&self, found: &Found<'_>, out: &mut Vec<u8>) {
        let (fine, text) = match found {
            Found::Same(said) => (true, format!("same: {}", self.words(said))),
            Found::Different(then, now) => (false, self.differ(then, now)),
            Found::Missing(said) => (false, format!("missing: {}", self.words(said))),
            Found::New(said) => (false, format!("not recorded: {}", self.words(said))),
        };
        if self.spoken {
            return out.extend_from_slice(format!("{text}.\n").as_bytes());
        }
        let mark = if fine { self.style.pick("✓", "=") } else { self.style.pick("✗", "!") };
        if !fine {
            self.style.warn(out);
        }
        out.extend_from_slice(format!("  {mark} {text}\n").as_bytes());
        self.style.end(out);
    }

    /// A sentence of ours beside it.
    pub fn note(&self, text: &str, out: &mut Vec<u8>) {
        wrap::wrap(out, &self.clean(text.as_bytes(), 1000), usize::from(!self.spoken), &self.style);
    }

    /// One sentence, or three lines one below the other, so that the eye finds where they part.
    fn differ(&self, then: &Said<'_>, now: &Said<'_>) -> String {
        let same = then.bytes.iter().zip(now.bytes).take_while(|(a, b)| a == b).count();
        let place = match (then.kind == now.kind, then.bytes == now.bytes) {
            (true, false) if same > 0 => format!(" from byte {} on", same + 1),
            _ => String::new(),
        };
        let (then, now) = (self.words(then), self.words(now));
        if self.spoken {
            return format!("different{place}: then {then}, now {now}");
        }
        format!("different{place}\n      then {then}\n      now  {now}")
    }

    fn words(&self, said: &Said<'_>) -> String {
        let code = said.code.map_or(String::new(), |code| format!(" {code}"));
        let kind = said.kind;
        if said.bytes.is_empty() {
            return if said.code.is_some() || kind == "close" {
                format!("{kind}{code}")
            } else {
                format!("{kind} without a byte")
            };
        }
        if said.text {
            return format!("{kind}{code} \"{}\"", self.clean(said.bytes, SHOWN));
        }
        let hex: Vec<String> = said.bytes.iter().take(NUMBERS).map(|byte| format!("{byte:02x}")).collect();
        let more = if said.bytes.len() > NUMBERS { self.style.pick(" …", " ...") } else { "" };
        format!("{kind} of {}: {}{more}", quantity::counted(said.bytes.len() as u64, "byte"), hex.join(" "))
    }

    /// Words of others, made harmless for a terminal, and cut.
    fn clean(&self, bytes: &[u8], most: usize) -> String {
        let mut out = Vec::new();
        value::text(&mut out, &bytes[..bytes.len().min(8 * most)], self.style.charset);
        let text = String::from_utf8_lossy(&out).into_owned();
        let cut: String = text.chars().take(most).collect();
        if cut.len() < text.len() || bytes.len() > 8 * most { cut + self.style.ellipsis() } else { cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Charset;

    fn said(text: &str) -> Said<'_> {
        Said { kind: "text", bytes: text.as_bytes(), text: true, code: None }
    }

    #[test]
    fn a_difference_says_both_and_where_they_part() {
        for charset in [Charset::Unicode, Charset::Ascii] {
            let replay = Replay::new(Style { width: 80, color: false, charset, explain: false }, false);
            let mut out = Vec::new();
            replay.found(&Found::Different(said("soup 1"), said("soup 2\x1b[2J")), &mut out);
            replay.found(&Found::Missing(Said { kind: "binary", bytes: &[0, 255], text: false, code: None }), &mut out);
            let text = String::from_utf8(out).expect("text");
            assert!(
                text.contains(
                    "different from byte 6 on\n      then text \"soup 1\"\n      now  text \"soup 2\\x1b[2J\""
                ),
                "{text}"
            );
            assert!(text.contains("missing: binary of 2 bytes: 00 ff") && !text.contains('\x1b'), "{text}");
        }
    }
}
