//! What somebody on the way learns from a conversation, and what stays hidden: built from fields that are marked as
//! telling, and from those that say that their bytes are sealed. What a key opened counts as hidden.
//! Not here: who speaks which protocol; a layer is sealed because a field of it says so.

use std::net::IpAddr;

use unicode_width::UnicodeWidthStr;

use super::cake::{Ink, Line, clean, write};
use super::wrap::fold;
use super::{Style, View, json, quantity, value};
use crate::dissect::{Gossip, Level, Protocol, Side};

/// Rows of one field; further ones are counted.
const MAX_ROWS: usize = 6;
/// Rows in all.
const MAX_ALL: usize = 400;
/// Bytes of one value that are kept.
const MAX_VALUE: usize = 200;
/// Lines of one value.
const MAX_LINES: usize = 3;
/// Columns of the names at the left.
const NAMES: usize = 22;

/// Something that is seen, or hidden.
struct Row {
    protocol: &'static str,
    key: &'static str,
    what: String,
    value: Vec<u8>,
    packet: u64,
}

/// What is sealed, by kind: records and bytes of both sides.
struct Sealed {
    what: &'static str,
    detail: &'static str,
    records: [u64; 2],
    bytes: [u64; 2],
}

/// The numbers of a conversation that nobody can hide.
pub struct Outside {
    /// Its number in the list.
    pub number: u64,
    /// Transport protocol.
    pub transport: &'static str,
    /// Address and port of client and server.
    pub ends: [(IpAddr, u16); 2],
    /// Packets of client and server.
    pub packets: [u64; 2],
    /// Bytes of client and server, with all headers.
    pub bytes: [u64; 2],
    /// Nanoseconds from the first packet to the last.
    pub lasted: Option<u64>,
}

/// Listens to one conversation.
#[derive(Default)]
pub struct Eavesdropper {
    seen: Vec<Row>,
    hidden: Vec<Row>,
    sealed: Vec<Sealed>,
    /// Protocols that have sealed something: what is read of others inside them was opened with a key.
    sealing: Vec<&'static Protocol>,
    left_out: [u64; 2],
    /// Bytes that programs said in the clear.
    clear: u64,
}

impl Eavesdropper {
    /// Takes one packet of the conversation; `side` speaks in it.
    pub fn listen(&mut self, view: View<'_>, side: Side) {
        let mut cover = None;
        let mut around: Option<(u8, &'static Protocol)> = None;
        for (number, layer) in view.tape.layers.iter().enumerate() {
            if layer.quoted || layer.protocol.level != Level::Application {
                continue;
            }
            let opened = around.is_some_and(|(nest, by)| layer.nest > nest && !std::ptr::eq(by, layer.protocol));
            let covered = layer.joined && (opened || cover.is_some_and(|nest| layer.nest > nest));
            if !covered {
                cover = None;
                let seals = self.sealing.iter().any(|p| std::ptr::eq(*p, layer.protocol));
                around = seals.then_some((layer.nest, layer.protocol));
            }
            let nodes = view.tape.nodes_of(number);
            for node in nodes {
                match node.field.gossip {
                    Some(Gossip::Seals(what, detail)) if !covered => {
                        cover = Some(layer.nest);
                        if !self.sealing.iter().any(|p| std::ptr::eq(*p, layer.protocol)) {
                            self.sealing.push(layer.protocol);
                        }
                        self.seal((what, detail), side, node.at.len() as u64);
                    }
                    Some(Gossip::Tells) => {
                        let mut text = Vec::new();
                        value::value(&mut text, &view, node, super::Charset::Unicode);
                        text.truncate(MAX_VALUE);
                        let (key, what) = (node.field.key, node.field.name.to_owned());
                        let row =
                            Row { protocol: layer.protocol.name, key, what, value: text, packet: view.packet.number };
                        self.row(row, covered);
                    }
                    _ => {}
                }
            }
            let sealed = nodes.iter().any(|n| matches!(n.field.gossip, Some(Gossip::Seals(..))));
            if !covered && !sealed && layer.nest > 0 && !layer.behind {
                self.clear += layer.at.len() as u64;
            }
        }
    }

    fn seal(&mut self, (what, detail): (&'static str, &'static str), side: Side, bytes: u64) {
        let known = self.sealed.iter().position(|s| s.what == what);
        let at = known.unwrap_or_else(|| {
            self.sealed.push(Sealed { what, detail, records: [0; 2], bytes: [0; 2] });
            self.sealed.len() - 1
        });
        let sealed = &mut self.sealed[at];
        sealed.records[side.index()] += 1;
        sealed.bytes[side.index()] += bytes;
    }

    fn row(&mut self, row: Row, hidden: bool) {
        let rows = if hidden { &mut self.hidden } else { &mut self.seen };
        let same = |r: &&Row| r.protocol == row.protocol && r.key == row.key;
        if rows.iter().filter(same).any(|r| r.value == row.value) {
            return;
        }
        if rows.iter().filter(same).count() >= MAX_ROWS || rows.len() >= MAX_ALL {
            self.left_out[usize::from(hidden)] += 1;
        } else {
            rows.push(row);
        }
    }

    /// Draws both parts.
    pub fn write(&self, outside: &Outside, style: Style, out: &mut Vec<u8>) {
        title("CAN SEE", "whoever carries the packets: Wi-Fi, provider, employer", style, out);
        for (what, text, _) in facts(outside, style) {
            pair(&what, &text, "", style, out);
        }
        rows(&self.seen, self.left_out[0], style, out);
        if self.clear > 0 && self.sealed.is_empty() {
            let words = format!("everything: {} in the clear", quantity::counted(self.clear, "byte"));
            pair("what is said", &words, "", style, out);
        }
        out.push(b'\n');
        title(
            "CANNOT SEE",
            if self.sealed.is_empty() { "there are no keys" } else { "only the two ends have the keys" },
            style,
            out,
        );
        if self.sealed.is_empty() {
            pair("nothing is hidden", "no byte of this conversation is encrypted", "", style, out);
        }
        for sealed in &self.sealed {
            let sides = ["client", "server"].into_iter().zip(sealed.records).zip(sealed.bytes);
            pair(sealed.what, sealed.detail, "", style, out);
            for ((who, records), bytes) in sides.filter(|((_, n), _)| *n > 0) {
                let (bytes, records) = (quantity::counted(bytes, "byte"), quantity::counted(records, "record"));
                pair("", &format!("{who}: {bytes} in {records}"), "", style, out);
            }
        }
        if !self.hidden.is_empty() {
            out.push(b'\n');
            title("WITH THE KEYS", "you can, because one of the two ends has noted them down", style, out);
        }
        rows(&self.hidden, self.left_out[1], style, out);
    }

    /// The same in sentences, one a line.
    pub fn describe(&self, outside: &Outside, style: Style, out: &mut Vec<u8>) {
        let mut say = |line: String| {
            out.extend_from_slice(clean(&line, style.charset).as_bytes());
            out.push(b'\n');
        };
        let tell = |row: &Row| {
            let value = String::from_utf8_lossy(&row.value).into_owned();
            format!("{}: {value}; {}, packet {}.", row.what, row.protocol, row.packet)
        };
        say("Whoever carries the packets, Wi-Fi, provider or employer, can see:".to_owned());
        for (what, text, _) in facts(outside, style) {
            say(format!("{what}: {text}."));
        }
        for row in &self.seen {
            say(tell(row));
        }
        if self.left_out[0] > 0 {
            say(format!("And {} more of these.", quantity::grouped(self.left_out[0])));
        }
        if self.sealed.is_empty() {
            say(format!(
                "Nothing is hidden: no byte of this conversation is encrypted{}.",
                if self.clear > 0 {
                    format!(", {} are said in the clear", quantity::counted(self.clear, "byte"))
                } else {
                    String::new()
                }
            ));
        }
        for sealed in &self.sealed {
            let amount = |n: usize| {
                let (bytes, records) = (sealed.bytes[n], sealed.records[n]);
                format!("{} in {}", quantity::counted(bytes, "byte"), quantity::counted(records, "record"))
            };
            say(format!(
                "Cannot be seen without the keys: {}, {}; from the client {}, from the server {}.",
                sealed.what,
                sealed.detail,
                amount(0),
                amount(1)
            ));
        }
        if !self.hidden.is_empty() {
            say("With the keys that one of the two ends has noted down, you can see:".to_owned());
        }
        for row in &self.hidden {
            say(tell(row));
        }
        if self.left_out[1] > 0 {
            say(format!("And {} more of these.", quantity::grouped(self.left_out[1])));
        }
    }

    /// The same as one JSON object.
    pub fn json(&self, outside: &Outside, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{{\"flow\":{},\"can_see\":[", outside.number).as_bytes());
        let style = Style { width: 80, color: false, charset: super::Charset::Ascii, explain: false };
        let mut comma = "";
        for (what, text, key) in facts(outside, style) {
            object(
                &[("what", what.as_bytes()), ("value", text.as_bytes()), ("field", key.as_bytes())],
                None,
                comma,
                out,
            );
            comma = ",";
        }
        let list = |rows: &[Row], mut comma: &'static str, out: &mut Vec<u8>| {
            for row in rows {
                let pairs = [
                    ("what", row.what.as_bytes()),
                    ("value", &row.value),
                    ("protocol", row.protocol.as_bytes()),
                    ("field", row.key.as_bytes()),
                ];
                object(&pairs, Some(row.packet), comma, out);
                comma = ",";
            }
        };
        list(&self.seen, ",", out);
        out.extend_from_slice(format!("],\"in_the_clear\":{},\"sealed\":[", self.clear).as_bytes());
        for (number, s) in self.sealed.iter().enumerate() {
            out.extend_from_slice(if number > 0 { b",{\"what\":" } else { b"{\"what\":" });
            json::string(out, s.what.as_bytes());
            for (key, [client, server]) in [("records", s.records), ("bytes", s.bytes)] {
                out.extend_from_slice(format!(",\"{key}\":{{\"client\":{client},\"server\":{server}}}").as_bytes());
            }
            out.push(b'}');
        }
        out.extend_from_slice(b"],\"cannot_see\":[");
        list(&self.hidden, "", out);
        out.extend_from_slice(b"]}\n");
    }
}

/// The head of a part.
fn title(words: &str, who: &str, style: Style, out: &mut Vec<u8>) {
    let mut line = Line::default();
    line.push(words, Ink::Title(if words == "CAN SEE" { Level::Transport } else { Level::Application }));
    line.push(&clean(&format!("  {who}"), style.charset), Ink::Faint);
    line.shorten(style.width, style.ellipsis());
    write(&[line], style, out);
}

/// What was learned, a row each.
fn rows(rows: &[Row], left_out: u64, style: Style, out: &mut Vec<u8>) {
    for row in rows {
        let from = format!("{}, packet {}", row.protocol, row.packet);
        pair(&row.what, &String::from_utf8_lossy(&row.value), &from, style, out);
    }
    if left_out > 0 {
        pair("", &format!("and {} more of these", quantity::grouped(left_out)), "", style, out);
    }
}

/// What every conversation shows: who, how much, how long.
fn facts(outside: &Outside, style: Style) -> Vec<(String, String, &'static str)> {
    let end = |(address, port): (IpAddr, u16)| match address {
        IpAddr::V6(_) => format!("[{address}]:{port}"),
        IpAddr::V4(_) => format!("{address}:{port}"),
    };
    let amount = |n: usize| {
        format!(
            "{} in {}",
            quantity::counted(outside.bytes[n], "byte"),
            quantity::counted(outside.packets[n], "packet")
        )
    };
    let mut facts = vec![
        ("client".to_owned(), format!("{}, sends {}", end(outside.ends[0]), amount(0)), "client"),
        ("server".to_owned(), format!("{}, sends {}", end(outside.ends[1]), amount(1)), "server"),
    ];
    if let Some(lasted) = outside.lasted {
        let text = format!("for {}, and when each packet came", quantity::span(lasted, style.charset));
        facts.push((format!("they speak {}", outside.transport), text, "duration"));
    }
    facts
}

/// One object of a list.
fn object(pairs: &[(&str, &[u8])], packet: Option<u64>, comma: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(comma.as_bytes());
    for (number, (key, text)) in pairs.iter().enumerate() {
        out.extend_from_slice(format!("{}\"{key}\":", if number == 0 { '{' } else { ',' }).as_bytes());
        json::string(out, text);
    }
    if let Some(packet) = packet {
        out.extend_from_slice(format!(",\"packet\":{packet}").as_bytes());
    }
    out.push(b'}');
}

/// A name, what is known of it, and where from; what does not fit beside the name goes below.
fn pair(what: &str, text: &str, from: &str, style: Style, out: &mut Vec<u8>) {
    let room = style.width.saturating_sub(NAMES + 3).max(20);
    let mut said = fold(&clean(text, style.charset), room);
    if said.len() > MAX_LINES {
        said.truncate(MAX_LINES);
        said.extend(Some(style.ellipsis().to_owned()));
    }
    let from = if from.is_empty() { String::new() } else { format!("({from})") };
    if said.last().is_some_and(|last| last.width() + 2 + from.len() > room) {
        said.push(String::new());
    }
    let mut first = Line::default();
    first.push("  ", Ink::Plain);
    first.push(&clean(what, style.charset), Ink::Faint);
    let mut lines = Vec::new();
    if what.width() > NAMES {
        lines.push(std::mem::take(&mut first));
    }
    let last = said.len() - 1;
    for (number, words) in said.iter().enumerate() {
        // Only the first line has the name in front.
        let mut line = std::mem::take(&mut first);
        line.reach(NAMES + 3);
        line.push(words, Ink::Plain);
        // A word that is longer than the line.
        line.shorten(style.width, style.ellipsis());
        if number == last && !from.is_empty() {
            line.push(
                &format!("{}{}", if words.is_empty() { "" } else { "  " }, clean(&from, style.charset)),
                Ink::Faint,
            );
        }
        lines.push(line);
    }
    write(&lines, style, out);
}

#[cfg(test)]
mod tests {
    use super::{Eavesdropper, Outside};
    use crate::dissect::{
        DATA, Dissection, Field, Layer, Level, Node, Packet, Protocol, Show, Side, Span, Value, field,
    };
    use crate::render::{Charset, Style, View};

    static NAME: Field = field("name", "to whom", Show::Text).tells();
    static SEALED: Field = field("sealed", "sealed", Show::Bytes).seals("letters", "what people write");
    static ENVELOPE: Protocol = Protocol { key: "envelope", name: "Envelope", level: Level::Application, ..DATA };
    static LETTER: Protocol = Protocol { key: "letter", name: "Letter", level: Level::Application, ..DATA };

    /// A name outside, and one inside of what may be sealed.
    fn listen(sealed: bool) -> String {
        let layer = |protocol, first, last, nest, joined| Layer {
            protocol,
            at: Span::new(0, 3),
            inner_end: 3,
            first,
            last,
            nest,
            by: crate::dissect::By::Parent,
            cut: false,
            quoted: false,
            behind: false,
            joined,
            made: false,
        };
        let node = |field, layer| Node {
            field,
            at: Span::new(0, 3),
            value: Value::Wire,
            layer,
            depth: 0,
            bit: 0,
            bits: 0,
            hushed: false,
        };
        let mut tape = Dissection::new();
        tape.nodes = vec![node(&NAME, 0), node(if sealed { &SEALED } else { &NAME }, 0), node(&NAME, 1)];
        tape.layers = vec![layer(&ENVELOPE, 0, 2, 4, false), layer(&LETTER, 2, 3, 5, true)];
        tape.joined = b"Bob".to_vec();
        let packet = Packet { number: 4, bytes: b"Ann", ..Packet::default() };
        let mut eavesdropper = Eavesdropper::default();
        eavesdropper.listen(View { packet: &packet, tape: &tape }, Side::Server);
        let ends = [([192, 0, 2, 1].into(), 1), ([192, 0, 2, 9].into(), 443)];
        let outside = Outside { number: 1, transport: "TCP", ends, packets: [1, 2], bytes: [3, 4], lasted: None };
        let mut out = Vec::new();
        let style = Style { width: 80, color: false, charset: Charset::Ascii, explain: false };
        eavesdropper.write(&outside, style, &mut out);
        eavesdropper.json(&outside, &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn what_is_sealed_is_not_seen_though_a_key_has_opened_it() {
        let text = listen(true);
        let (seen, hidden) = text.split_once("CANNOT SEE").expect("two parts");
        assert!(seen.contains("Ann  (Envelope, packet 4)") && !seen.contains("Bob"), "{text}");
        assert!(hidden.contains("server: 3 bytes in 1 record") && hidden.contains("Bob  (Letter, packet 4)"), "{text}");
        assert!(text.contains("\"cannot_see\":[{\"what\":\"to whom\",\"value\":\"Bob\""), "{text}");
    }

    #[test]
    fn without_a_seal_everything_is_seen() {
        let text = listen(false);
        let (seen, hidden) = text.split_once("CANNOT SEE").expect("two parts");
        assert!(seen.contains("Bob") && hidden.contains("nothing is hidden"), "{text}");
    }
}
