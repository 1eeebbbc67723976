//! Connections that pass through a tap, several at once: a line for each thing that is said, with the connection's number,
//! its time and its direction; the lines of HTTP heads, and long messages, below.
//! Not here: what the words mean (each protocol's fields).

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::line::Line;
use super::line_cut::cut;
use super::{Charset, Renderer, Style, View, quantity, value, wrap};
use crate::dissect::{DATA, Layer, Level, PART, Show};

const FIN: u16 = 1;
const SYN: u16 = 2;
const RST: u16 = 4;
const ACK: u16 = 16;
/// Columns before what is said.
const INDENT: usize = 19;
/// Connections that are told apart; beyond that all are forgotten and counted on.
const MOST: usize = 65_536;
/// Lines of a head that are shown, and bytes of each.
const LINES: usize = 24;
const LONGEST: usize = 200;
/// A text that is longer stands below its line, and so much of it.
const SHORT: usize = 48;
const TEXT: usize = 240;
/// Bytes that nobody can read are shown up to here.
const BYTES: usize = 32;

type End = (IpAddr, u16);

/// Draws what passes.
pub struct Tap {
    style: Style,
    spoken: bool,
    limit: Option<usize>,
    line: Line,
    first: Option<u64>,
    /// Numbers of connections by their client's end.
    open: FxHashMap<End, u64>,
    begun: u64,
}

impl Tap {
    /// `spoken` for whole sentences; lines of a terminal are cut at its edge (`limit`).
    pub fn new(style: Style, spoken: bool, limit: Option<usize>) -> Self {
        Tap { style, spoken, limit, line: Line::new(style, None), first: None, open: FxHashMap::default(), begun: 0 }
    }

    /// The connection's number, and whether its client speaks.
    fn which(&mut self, from: End, to: End, flags: u16) -> Option<(u64, bool)> {
        if flags & (SYN | ACK) == SYN {
            if self.open.len() >= MOST {
                self.open.clear();
            }
            self.begun += 1;
            self.open.insert(from, self.begun);
        }
        let client = self.open.get(&from).map(|number| (*number, true));
        client.or_else(|| self.open.get(&to).map(|number| (*number, false)))
    }

    fn row(&self, number: u64, at: u64, arrow: &str, words: &[u8], out: &mut Vec<u8>) {
        let mut line = Vec::with_capacity(words.len() + 40);
        let connection = format!("#{number}");
        let span = quantity::span(at, self.style.charset);
        let pad = 10usize.saturating_sub(span.chars().count());
        line.extend_from_slice(format!("{connection:<5}{:pad$}{span} ", "").as_bytes());
        self.style.strong(&mut line);
        line.extend_from_slice(format!("{arrow:<2}").as_bytes());
        self.style.end(&mut line);
        line.push(b' ');
        line.extend_from_slice(words);
        self.put(&line, out);
    }

    fn below(&self, text: &[u8], out: &mut Vec<u8>) {
        let mut line = vec![b' '; INDENT + 1];
        value::text(&mut line, text, self.style.charset);
        self.put(&line, out);
    }

    fn put(&self, line: &[u8], out: &mut Vec<u8>) {
        cut(out, line, self.limit.unwrap_or(usize::MAX), &self.style);
        out.push(b'\n');
    }

    /// The head of an HTTP message and the like: text in lines that ends with an empty one. False where it is none.
    fn head(&self, bytes: &[u8], told: bool, out: &mut Vec<u8>) -> bool {
        let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return false };
        let lines: Vec<&[u8]> = bytes[..end].split(|b| *b == b'\n').collect();
        // The first line may be what the row above says.
        for line in lines.iter().skip(usize::from(told)).take(LINES) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.below(&line[..line.len().min(LONGEST)], out);
        }
        let more = lines.len().saturating_sub(LINES + usize::from(told));
        if more > 0 {
            self.below(quantity::counted(more as u64, "more line").as_bytes(), out);
        }
        true
    }

    /// A message that is longer than what its line shows of it.
    fn message(&self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut end = bytes.len().min(TEXT);
        while end < bytes.len() && end > TEXT - 4 && bytes[end] & 0xc0 == 0x80 {
            end -= 1;
        }
        self.wrapped(&bytes[..end], out);
        if end < bytes.len() {
            self.below(quantity::counted((bytes.len() - end) as u64, "more byte").as_bytes(), out);
        }
    }

    fn wrapped(&self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut text = Vec::new();
        value::text(&mut text, bytes, self.style.charset);
        let text = String::from_utf8_lossy(&text).into_owned();
        let room = self.style.width.saturating_sub(INDENT + 1).max(20);
        let letters: Vec<char> = text.chars().collect();
        for line in letters.chunks(room) {
            out.resize(out.len() + INDENT + 1, b' ');
            out.extend_from_slice(line.iter().collect::<String>().trim_end().as_bytes());
            out.push(b'\n');
        }
    }

    /// What stands below the line.
    fn details(&self, view: View<'_>, out: &mut Vec<u8>) {
        let tape = view.tape;
        let said = |l: &Layer| {
            l.protocol.level == Level::Application && !l.quoted && !std::ptr::eq(l.protocol, &raw const PART)
        };
        for (number, layer) in tape.layers.iter().enumerate().filter(|(_, l)| said(l)) {
            let bytes = tape.home(number, view.packet.bytes).get(layer.at.start as usize..layer.at.end as usize);
            let Some(bytes) = bytes else { continue };
            if std::ptr::eq(layer.protocol, &raw const DATA) {
                continue;
            }
            let inner = tape.layers.get(number + 1).is_some_and(|next| next.nest > layer.nest && said(next));
            // Where another layer speaks for the head, its first line is not told yet.
            if bytes.first().is_some_and(u8::is_ascii_uppercase) && self.head(bytes, !inner, out) {
                continue;
            }
            let texts = tape.nodes_of(number).iter().filter(|n| matches!(n.field.show, Show::Text) && n.depth == 0);
            let longest = texts.map(|n| tape.bytes_of(n, view.packet.bytes)).max_by_key(|text| text.len());
            if let Some(text) = longest.filter(|text| text.len() > SHORT && !inner && !text.contains(&b'\r')) {
                self.message(text, out);
            }
        }
    }

    /// What a packet without words tells: how the connection begins and ends.
    fn bare(from_client: bool, flags: u16, from: End) -> Option<String> {
        let who = if from_client { "the client" } else { "the server" };
        if flags & RST != 0 {
            return Some(format!("{who} broke the connection off (RST)"));
        }
        match flags & (SYN | ACK) {
            SYN => {
                let (address, port) = from;
                let bracketed = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
                Some(format!("opened by {bracketed}:{port}"))
            }
            _ if flags & FIN != 0 => Some(format!("{who} sends no more (FIN)")),
            _ => None,
        }
    }

    /// What a packet says: a row a message.
    fn rows(&mut self, view: View<'_>, payload: &[u8]) -> Vec<Vec<u8>> {
        // What nobody can read is shown as it is.
        let read = |l: &Layer| l.protocol.level == Level::Application && !std::ptr::eq(l.protocol, &raw const DATA);
        if !view.tape.layers.iter().any(read) {
            return vec![self.unread(payload)];
        }
        let (level, pieces) = self.line.pieces(view).unwrap_or((Level::Application, Vec::new()));
        let Some((name, pieces)) = pieces.split_first().filter(|(_, rest)| rest.iter().any(|piece| piece == "|"))
        else {
            let mut words = Vec::new();
            self.line.saying(&mut words, view);
            return vec![words];
        };
        let row = |message: &[String]| {
            let mut words = Vec::new();
            self.style.begin(&mut words, level);
            words.extend_from_slice(name.as_bytes());
            self.style.end(&mut words);
            words.push(b' ');
            words.extend_from_slice(message.join(" ").as_bytes());
            words
        };
        pieces.split(|piece| piece == "|").map(row).collect()
    }

    fn unread(&self, payload: &[u8]) -> Vec<u8> {
        let mut words = quantity::counted(payload.len() as u64, "byte").into_bytes();
        words.extend_from_slice(b": ");
        let shown = &payload[..payload.len().min(BYTES)];
        if std::str::from_utf8(shown).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace())) {
            words.push(b'"');
            value::text(&mut words, shown, self.style.charset);
            words.push(b'"');
        } else {
            let hex: Vec<String> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
            words.extend_from_slice(hex.join(" ").as_bytes());
        }
        if shown.len() < payload.len() {
            words.extend_from_slice(self.style.pick(" …", " ...").as_bytes());
        }
        words
    }
}

impl Renderer for Tap {
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>) {
        let facts = &view.tape.facts;
        let (Some(addresses), Some(ports), Some(tcp)) = (facts.addresses, facts.ports, facts.tcp) else { return };
        let (from, to) = ((addresses.0, ports.0), (addresses.1, ports.1));
        let Some((number, from_client)) = self.which(from, to, tcp.flags) else { return };
        let time = view.packet.time.unwrap_or(0);
        let at = time.saturating_sub(*self.first.get_or_insert(time));
        let payload = facts.payload.of(view.packet.bytes);
        let arrow = if from_client { self.style.arrow() } else { self.style.pick("←", "<-") };
        let who = if from_client { "the client says" } else { "the server says" };
        let said = if payload.is_empty() { Self::bare(from_client, tcp.flags, from) } else { None };
        if payload.is_empty() && said.is_none() {
            return;
        }
        let bare = said.is_some();
        let rows = match said {
            Some(said) => vec![said.into_bytes()],
            None => self.rows(view, payload),
        };
        for words in &rows {
            if self.spoken {
                let span = quantity::span(at, self.style.charset);
                let text = String::from_utf8_lossy(words);
                let lead = if bare { String::new() } else { format!("{who}: ") };
                out.extend_from_slice(format!("Connection {number}, after {span}: {lead}{text}.\n").as_bytes());
            } else {
                self.row(number, at, if bare { self.style.pick("·", "-") } else { arrow }, words, out);
            }
        }
        if !bare && !self.spoken {
            self.details(view, out);
        }
        if tcp.flags & RST != 0 {
            self.open.remove(&from);
            self.open.remove(&to);
        }
    }
}

/// What is said before anything passes.
pub fn begin(style: Style, spoken: bool, label: &str, listens: &str, to: &str, advice: &str, out: &mut Vec<u8>) {
    if spoken {
        out.extend_from_slice(
            format!("The tap listens on {listens} and passes on to {to}. {advice} Packets are {label}.\n").as_bytes(),
        );
        return;
    }
    let arrow = style.arrow();
    out.push(b' ');
    style.strong(out);
    out.extend_from_slice(format!("{listens} {arrow} {to}").as_bytes());
    style.end(out);
    out.extend_from_slice(format!("  {label}\n").as_bytes());
    wrap::wrap(out, advice, 1, &style);
    out.push(b'\n');
}

/// Something that no packet tells.
pub fn wrong(style: Style, spoken: bool, text: &str, out: &mut Vec<u8>) {
    let mut clean = Vec::new();
    value::text(&mut clean, text.as_bytes(), Charset::Unicode);
    let text = String::from_utf8_lossy(&clean);
    if spoken {
        out.extend_from_slice(format!("Attention: {text}.\n").as_bytes());
        return;
    }
    style.warn(out);
    wrap::wrap(out, &format!("{} {text}", style.pick("✗", "!")), 1, &style);
    style.end(out);
}
