//! What two ends said to each other, in order. The client's words begin at the left edge behind `→`, the
//! server's are indented behind `←`. As text: messages as their readers understood them, bodies decoded;
//! as hex: the bytes of the stream.

use super::cake::{Ink, Line, clean, columns, write};
use super::line::Line as Summary;
use super::value;
use super::{Style, View, quantity};
use crate::dissect::{DATA, Layer, Level, Node, Protocol, Show, Side};

/// Columns by which the server's words are indented.
const INDENT: usize = 8;
/// Bytes of a body that is no text, as hex.
const BINARY: usize = 64;

/// Draws a conversation.
pub struct Follow {
    style: Style,
    describe: bool,
    summary: Summary,
    /// The layer of parts: what they belong to is told where it is complete.
    parts: &'static Protocol,
    first: Option<u64>,
    offsets: [u64; 2],
    last: Option<Side>,
}

impl Follow {
    /// `parts` is the layer of bytes that are told elsewhere; with `describe` sides are named in words.
    pub fn new(style: Style, parts: &'static Protocol, describe: bool) -> Self {
        let summary = Summary::new(Style { color: false, ..style }, None);
        Follow { style, describe, summary, parts, first: None, offsets: [0; 2], last: None }
    }

    /// Tells the messages of one packet. False where nobody has read them: then its bytes are to be told.
    pub fn messages(&mut self, view: View<'_>, side: Side, out: &mut Vec<u8>) -> bool {
        self.tick(view);
        let layers = &view.tape.layers;
        let is_part = |l: &Layer| std::ptr::eq(l.protocol, self.parts);
        let speaks = |l: &Layer| {
            let ours = l.protocol.level == Level::Application && !l.quoted && !l.behind;
            ours && !is_part(l) && !std::ptr::eq(l.protocol, &raw const DATA)
        };
        if !layers.iter().any(speaks) {
            return layers.iter().any(is_part) && !layers.iter().any(|l| std::ptr::eq(l.protocol, &raw const DATA));
        }
        let mut told = None;
        for (number, layer) in layers.iter().enumerate().filter(|(_, l)| speaks(l)) {
            let within = |l: &Layer| l.nest > layer.nest && (speaks(l) || l.joined && is_part(l));
            let opened = layers.get(number + 1).is_some_and(within);
            if told != Some(std::ptr::from_ref(layer.protocol)) {
                let pieces = self.summary.pieces_of(view, layer.protocol);
                // What an encryption hid is told where it is complete; the envelope itself has nothing to say.
                if opened && pieces.len() == 1 {
                    continue;
                }
                let words = pieces.join(" ");
                self.heading(view, side, &words, Ink::Title(Level::Application), out);
                told = Some(std::ptr::from_ref(layer.protocol));
            }
            self.content(view, number, layer, side, opened, out);
        }
        true
    }

    /// Tells bytes of the stream as text.
    pub fn text(&mut self, view: View<'_>, side: Side, bytes: &[u8], out: &mut Vec<u8>) {
        self.tick(view);
        let words = quantity::counted(bytes.len() as u64, "byte");
        self.heading(view, side, &words, Ink::Title(Level::Transport), out);
        self.body(bytes, side, out);
    }

    /// Tells bytes of the stream as a hex dump; places count from the first byte of each side.
    pub fn hex(&mut self, view: View<'_>, side: Side, bytes: &[u8], out: &mut Vec<u8>) {
        self.tick(view);
        let words = quantity::counted(bytes.len() as u64, "byte");
        self.heading(view, side, &words, Ink::Title(Level::Transport), out);
        let offset = self.offsets[side.index()];
        self.offsets[side.index()] += bytes.len() as u64;
        self.dump(bytes, offset, side, out);
    }

    /// Tells a message that nothing completes: what came of it since `packet`, of `needed` bytes where it says so.
    pub fn unfinished(
        &mut self,
        side: Side,
        packet: u64,
        of: Option<&str>,
        (bytes, needed): (&[u8], Option<u64>),
        out: &mut Vec<u8>,
    ) {
        let have = quantity::counted(bytes.len() as u64, "byte");
        let of = of.map_or(String::new(), |name| format!("{name} "));
        let words = match needed {
            Some(needed) => format!("{of}unfinished, {have} of {}", quantity::grouped(needed)),
            None => format!("{of}unfinished, {have}"),
        };
        self.open(packet, None, side, &words, Ink::Alarm, out);
        self.body(bytes, side, out);
        self.row("! the rest is not in this capture", side, Ink::Alarm, out);
    }

    /// Tells bytes that waited for others that never came.
    pub fn waiting(&mut self, side: Side, packet: u64, bytes: &[u8], hex: bool, out: &mut Vec<u8>) {
        let words = quantity::counted(bytes.len() as u64, "byte");
        self.open(packet, None, side, &words, Ink::Title(Level::Transport), out);
        if hex {
            let offset = self.offsets[side.index()];
            self.offsets[side.index()] += bytes.len() as u64;
            self.dump(bytes, offset, side, out);
        } else {
            self.body(bytes, side, out);
        }
    }

    /// Bytes that were never captured.
    pub fn missing(&mut self, side: Side, bytes: u64, out: &mut Vec<u8>) {
        self.offsets[side.index()] += bytes;
        let text = format!("! {} never captured", quantity::counted(bytes, "byte"));
        self.row(&text, side, Ink::Alarm, out);
    }

    /// Times count from the first packet that is shown here.
    pub fn tick(&mut self, view: View<'_>) {
        self.first = self.first.or(view.packet.time);
    }

    fn heading(&mut self, view: View<'_>, side: Side, words: &str, ink: Ink, out: &mut Vec<u8>) {
        let time = view.packet.time.zip(self.first).map(|(time, first)| time.saturating_sub(first));
        self.open(view.packet.number, time, side, words, ink, out);
    }

    fn open(&mut self, packet: u64, time: Option<u64>, side: Side, words: &str, ink: Ink, out: &mut Vec<u8>) {
        if self.last.replace(side).is_some() {
            out.push(b'\n');
        }
        let (arrow, who) = match side {
            Side::Client => (self.style.pick("→", "->"), "client"),
            Side::Server => (self.style.pick("←", "<-"), "server"),
        };
        let mut line = Line::default();
        if self.describe {
            line.push(&format!("The {who} says in packet {packet}: "), Ink::Plain);
        } else {
            line.reach(if side == Side::Server { INDENT } else { 0 });
            line.push(&format!("{arrow} {who}  "), color_of(side));
            let time = time.map_or(String::new(), |t| format!(" at {}", quantity::span(t, self.style.charset)));
            line.push(&clean(&format!("packet {packet}{time}  "), self.style.charset), Ink::Faint);
        }
        line.push(&clean(words, self.style.charset), ink);
        if !self.describe {
            line.shorten(self.style.width, self.style.ellipsis());
        }
        write(&[line], self.style, out);
    }

    /// The head of a message where it is text, and its body as it was meant.
    fn content(&self, view: View<'_>, number: usize, layer: &Layer, side: Side, opened: bool, out: &mut Vec<u8>) {
        let nodes = view.tape.nodes_of(number);
        let home = view.tape.home(number, view.packet.bytes);
        let shows_bytes = |n: &&Node| matches!(n.field.show, Show::Text | Show::Bytes) && !n.at.is_empty();
        // The body is what reaches to the end of the layer; it may have been decoded.
        let body = nodes.iter().rev().filter(shows_bytes).find(|n| n.at.end == layer.at.end && n.depth == 0);
        let head_end = body.map_or(layer.at.end, |n| n.at.start);
        let head = home.get(layer.at.start as usize..head_end as usize).unwrap_or(&[]);
        let head_speaks = is_text(head) && !head.is_empty();
        if head_speaks {
            self.lines(trim_end(head), side, out);
            if body.is_some() && !opened {
                self.row("", side, Ink::Plain, out);
            }
        }
        match body {
            Some(node) if !opened => self.body(view.tape.bytes_of(node, view.packet.bytes), side, out),
            None if !head_speaks => {
                let said = nodes.iter().filter(|n| matches!(n.field.show, Show::Text) && !n.field.quiet);
                for node in said {
                    let mut text = Vec::new();
                    value::text(&mut text, view.tape.bytes_of(node, view.packet.bytes), self.style.charset);
                    let words = format!("{}: {}", node.field.name, String::from_utf8_lossy(&text));
                    self.wrapped(&words, side, out);
                }
            }
            _ => {}
        }
    }

    fn body(&self, bytes: &[u8], side: Side, out: &mut Vec<u8>) {
        if is_text(bytes) {
            return self.lines(trim_end(bytes), side, out);
        }
        self.dump(&bytes[..bytes.len().min(BINARY)], 0, side, out);
        if bytes.len() > BINARY {
            let more = quantity::counted((bytes.len() - BINARY) as u64, "more byte");
            self.row(&format!("{} {more}; --as hex shows all", self.style.ellipsis()), side, Ink::Faint, out);
        }
    }

    /// Text, line by line, without anything that could steer a terminal.
    fn lines(&self, bytes: &[u8], side: Side, out: &mut Vec<u8>) {
        for line in bytes.split(|b| *b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let mut text = Vec::with_capacity(line.len());
            for (number, piece) in line.split(|b| *b == b'\t').enumerate() {
                if number > 0 {
                    text.extend_from_slice(b"    ");
                }
                value::text(&mut text, piece, self.style.charset);
            }
            self.wrapped(&String::from_utf8_lossy(&text), side, out);
        }
    }

    /// A line of text; a long one goes on below, broken anywhere: it is shown as it was sent.
    fn wrapped(&self, text: &str, side: Side, out: &mut Vec<u8>) {
        let room = self.style.width.saturating_sub(self.gutter(side) + 1).max(10);
        let (mut row, mut used) = (String::new(), 0);
        for c in text.chars() {
            let width = columns(c.encode_utf8(&mut [0; 4]));
            if used + width > room {
                self.row(&std::mem::take(&mut row), side, Ink::Plain, out);
                used = 0;
            }
            row.push(c);
            used += width;
        }
        self.row(&row, side, Ink::Plain, out);
    }

    fn gutter(&self, side: Side) -> usize {
        match side {
            _ if self.describe => 0,
            Side::Client => 2,
            Side::Server => INDENT + 2,
        }
    }

    fn row(&self, text: &str, side: Side, ink: Ink, out: &mut Vec<u8>) {
        let mut line = Line::default();
        if !self.describe {
            line.reach(self.gutter(side) - 2);
            line.push(self.style.pick("│", "|"), color_of(side));
            line.push(" ", Ink::Plain);
        }
        line.push(&clean(text, self.style.charset), ink);
        write(&[line], self.style, out);
    }

    fn dump(&self, bytes: &[u8], offset: u64, side: Side, out: &mut Vec<u8>) {
        // 16 bytes take 8 + 2 + 48 + 1 + 16 columns.
        let per = if self.style.width >= self.gutter(side) + 75 { 16 } else { 8 };
        for (number, chunk) in bytes.chunks(per).enumerate() {
            let mut text = format!("{:08x}  ", offset + (number * per) as u64);
            for b in chunk {
                text += &format!("{b:02x} ");
            }
            text += &" ".repeat(3 * (per - chunk.len()) + 1);
            text.extend(chunk.iter().map(|b| if (0x20..0x7f).contains(b) { char::from(*b) } else { '.' }));
            self.row(&text, side, Ink::Plain, out);
        }
    }
}

fn color_of(side: Side) -> Ink {
    match side {
        Side::Client => Ink::Of(Level::Network),
        Side::Server => Ink::Of(Level::Transport),
    }
}

/// Whether bytes are text that a person can read: UTF-8 without control characters but line ends and tabs.
fn is_text(bytes: &[u8]) -> bool {
    let control = |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t');
    match std::str::from_utf8(bytes) {
        Ok(text) => !text.chars().any(control),
        // Cut within a character at the end of a packet.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => is_text(&bytes[..error.valid_up_to()]),
        Err(_) => false,
    }
}

fn trim_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |last| last + 1);
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::{Dissection, Packet};
    use crate::render::Charset;

    fn style(charset: Charset) -> Style {
        Style { width: 60, color: false, charset, explain: false }
    }

    fn tell(side: Side, bytes: &[u8], charset: Charset) -> String {
        let (packet, tape) = (Packet { number: 7, ..Packet::default() }, Dissection::new());
        let mut out = Vec::new();
        Follow::new(style(charset), &DATA, false).text(View { packet: &packet, tape: &tape }, side, bytes, &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn who_speaks_is_said_by_arrow_word_and_indentation() {
        assert_eq!(tell(Side::Client, b"hello\r\n", Charset::Unicode), "→ client  packet 7  7 bytes\n│ hello\n");
        assert_eq!(tell(Side::Server, b"hi", Charset::Ascii), "        <- server  packet 7  2 bytes\n        | hi\n");
    }

    #[test]
    fn what_could_steer_the_terminal_comes_as_hex() {
        let text = tell(Side::Client, b"\x1b[2Jgone", Charset::Unicode);
        assert!(!text.contains('\u{1b}') && text.contains("1b 5b 32 4a"), "{text}");
    }

    #[test]
    fn long_lines_go_on_below_and_fit() {
        let text = tell(Side::Server, &[b'x'; 200], Charset::Unicode);
        assert!(text.lines().all(|l| l.chars().count() <= 60), "{text}");
        assert_eq!(text.matches('x').count(), 200);
    }

    #[test]
    fn a_hex_dump_goes_on_counting_for_each_side() {
        let (packet, tape) = (Packet { number: 1, ..Packet::default() }, Dissection::new());
        let view = View { packet: &packet, tape: &tape };
        let mut follow = Follow::new(Style { width: 100, ..style(Charset::Ascii) }, &DATA, false);
        let mut out = Vec::new();
        follow.hex(view, Side::Client, b"0123456789abcdefgh", &mut out);
        follow.missing(Side::Client, 14, &mut out);
        follow.hex(view, Side::Client, b"z", &mut out);
        let text = String::from_utf8(out).expect("UTF-8");
        assert!(text.contains("| 00000010  67 68") && text.contains("| 00000020  7a"), "{text}");
        assert!(text.contains("! 14 bytes never captured"), "{text}");
    }
}
