//! What somebody on the way learns from a conversation, and what stays hidden: built from fields that are marked as
//! telling, and from those that say that their bytes are sealed. What a key opened counts as hidden.
//! Not here: who speaks which protocol; a layer is sealed because a field of it says so.

mod picture;
mod told;

use std::net::IpAddr;

use super::{Charset, Style, View, quantity, value};
use crate::dissect::{Gossip, Level, Protocol, Side};

/// Rows of one field; further ones are counted.
const MAX_ROWS: usize = 6;
/// Rows in all.
const MAX_ALL: usize = 400;
/// Bytes of one value that are kept.
const MAX_VALUE: usize = 200;

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
                        value::value(&mut text, &view, node, Charset::Unicode);
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
