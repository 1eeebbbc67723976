//! One JSON object a packet. The contract is published; keys are those of the fields, and of `Packet`.

use super::value::{self, byte, decimal, zero_padded};
use super::{Charset, Renderer, Style, View};
use crate::dissect::{By, Direction, Layer, Level, Node, Show, Value};

/// Names of common link types, as libpcap writes them in small letters.
const LINKS: &[(u32, &str)] = &[
    (0, "null"),
    (1, "ethernet"),
    (12, "raw"),
    (14, "raw"),
    (101, "raw"),
    (105, "ieee802_11"),
    (108, "loop"),
    (113, "linux_sll"),
    (127, "ieee802_11_radiotap"),
    (192, "ppi"),
    (228, "ipv4"),
    (229, "ipv6"),
    (276, "linux_sll2"),
];

/// Writes NDJSON.
pub struct Json {
    explain: bool,
    /// Addresses of the fields that were written.
    seen: Vec<usize>,
    text: Vec<u8>,
}

impl Json {
    /// With `style.explain` each field is an object with its text and explanation.
    pub fn new(style: Style) -> Self {
        Json { explain: style.explain, seen: Vec::new(), text: Vec::new() }
    }
}

impl Renderer for Json {
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>) {
        let packet = view.packet;
        out.extend_from_slice(b"{\"number\":");
        decimal(out, packet.number);
        if let Some(time) = packet.time {
            out.extend_from_slice(b",\"timestamp\":\"");
            decimal(out, time / 1_000_000_000);
            out.push(b'.');
            zero_padded(out, time % 1_000_000_000, 9);
            out.push(b'"');
        }
        out.extend_from_slice(b",\"length\":");
        decimal(out, u64::from(packet.length));
        out.extend_from_slice(b",\"captured\":");
        decimal(out, packet.bytes.len() as u64);
        out.extend_from_slice(b",\"link\":\"");
        match LINKS.iter().find(|(number, _)| *number == packet.link) {
            Some((_, name)) => out.extend_from_slice(name.as_bytes()),
            None => decimal(out, u64::from(packet.link)),
        }
        out.push(b'"');
        if let Some(interface) = packet.interfaces.get(packet.interface as usize).filter(|i| !i.name.is_empty()) {
            out.extend_from_slice(b",\"interface\":");
            string(out, interface.name.as_bytes());
        }
        let direction = match packet.direction {
            Direction::Unknown => "",
            Direction::In => ",\"direction\":\"in\"",
            Direction::Out => ",\"direction\":\"out\"",
            Direction::Passing => ",\"direction\":\"passing\"",
        };
        out.extend_from_slice(direction.as_bytes());
        if let Some(comment) = packet.comment {
            out.extend_from_slice(b",\"comment\":");
            string(out, comment.as_bytes());
        }
        out.extend_from_slice(b",\"layers\":[");
        let mut first = true;
        for (number, layer) in view.tape.layers.iter().enumerate() {
            if layer.protocol.level == Level::Physical {
                continue; // its fields are the keys above
            }
            if !first {
                out.push(b',');
            }
            first = false;
            self.layer(out, view, layer, view.tape.nodes_of(number));
        }
        out.extend_from_slice(b"]}\n");
    }
}

impl Json {
    fn layer(&mut self, out: &mut Vec<u8>, view: View<'_>, layer: &Layer, nodes: &[Node]) {
        out.extend_from_slice(b"{\"protocol\":\"");
        out.extend_from_slice(layer.protocol.key.as_bytes());
        out.extend_from_slice(b"\",\"level\":\"");
        out.extend_from_slice(layer.protocol.level.name().as_bytes());
        out.extend_from_slice(b"\",\"span\":[");
        decimal(out, u64::from(layer.at.start));
        out.push(b',');
        decimal(out, u64::from(layer.at.end));
        out.extend_from_slice(if layer.cut { b"],\"cut\":true,\"by\":\"" } else { b"],\"cut\":false,\"by\":\"" });
        out.extend_from_slice(match layer.by {
            By::Parent => b"parent\"",
            By::Port => b"port\"",
            By::Content => b"content\"",
        });
        if layer.quoted {
            out.extend_from_slice(b",\"quoted\":true");
        }
        if layer.joined {
            out.extend_from_slice(b",\"joined\":true");
        }
        out.extend_from_slice(b",\"fields\":");
        if self.explain {
            self.explained(out, view, nodes);
        } else {
            self.plain(out, view, nodes);
        }
        out.push(b'}');
    }

    /// `{"key": value, "key seen twice": [value, value]}`
    fn plain(&mut self, out: &mut Vec<u8>, view: View<'_>, nodes: &[Node]) {
        out.push(b'{');
        self.seen.clear();
        let mut first = true;
        for (number, node) in nodes.iter().enumerate() {
            let field = std::ptr::from_ref(node.field).addr();
            if is_group(node) || self.seen.contains(&field) {
                continue;
            }
            if !first {
                out.push(b',');
            }
            first = false;
            out.push(b'"');
            out.extend_from_slice(node.field.key.as_bytes());
            out.extend_from_slice(b"\":");
            let again = |n: &&Node| std::ptr::eq(n.field, node.field);
            if nodes[number + 1..].iter().any(|n| again(&n)) {
                self.seen.push(field);
                for (count, node) in nodes[number..].iter().filter(again).enumerate() {
                    out.push(if count == 0 { b'[' } else { b',' });
                    scalar(out, view, node);
                }
                out.push(b']');
            } else {
                scalar(out, view, node);
            }
        }
        out.push(b'}');
    }

    fn explained(&mut self, out: &mut Vec<u8>, view: View<'_>, nodes: &[Node]) {
        out.push(b'[');
        for (number, node) in nodes.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"key\":\"");
            out.extend_from_slice(node.field.key.as_bytes());
            out.extend_from_slice(b"\",\"name\":");
            string(out, node.field.name.as_bytes());
            if !is_group(node) {
                out.extend_from_slice(b",\"value\":");
                scalar(out, view, node);
                out.extend_from_slice(b",\"text\":");
                self.text.clear();
                value::value(&mut self.text, &view, node, Charset::Unicode);
                string(out, &self.text);
            }
            out.extend_from_slice(b",\"span\":[");
            decimal(out, u64::from(node.at.start));
            out.push(b',');
            decimal(out, u64::from(node.at.end));
            out.push(b']');
            if node.bits > 0 {
                out.extend_from_slice(b",\"bits\":[");
                decimal(out, u64::from(node.bit));
                out.push(b',');
                decimal(out, u64::from(node.bit) + u64::from(node.bits));
                out.push(b']');
            }
            out.extend_from_slice(b",\"depth\":");
            decimal(out, u64::from(node.depth));
            out.extend_from_slice(b",\"explain\":");
            string(out, node.field.explain.as_bytes());
            out.extend_from_slice(b",\"spec\":");
            string(out, node.field.spec.as_bytes());
            out.push(b'}');
        }
        out.push(b']');
    }
}

/// A group only holds the fields below it.
fn is_group(node: &Node) -> bool {
    matches!(node.field.show, Show::Nothing) && !matches!(node.value, Value::Number(_))
}

fn scalar(out: &mut Vec<u8>, view: View<'_>, node: &Node) {
    match (node.value, node.field.show) {
        (Value::Number(_), Show::Nothing) => out.extend_from_slice(b"true"),
        (Value::Number(number), Show::Signed(_)) => {
            if number.cast_signed() < 0 {
                out.push(b'-');
            }
            decimal(out, number.cast_signed().unsigned_abs());
        }
        (Value::Number(number), _) => decimal(out, number),
        (_, show) => {
            let bytes = view.tape.bytes_of(node, view.packet.bytes);
            match show {
                Show::Text => string(out, bytes),
                Show::Mac | Show::Ip => {
                    out.push(b'"');
                    if matches!(show, Show::Ip) {
                        value::ip(out, bytes);
                    } else {
                        value::mac(out, bytes);
                    }
                    out.push(b'"');
                }
                _ => {
                    out.push(b'"');
                    for b in bytes {
                        byte(out, *b);
                    }
                    out.push(b'"');
                }
            }
        }
    }
}

/// A JSON string, pure ASCII: what is not printable is escaped; bytes that are no UTF-8 become U+FFFD.
pub(super) fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.extend_from_slice(b"\\\""),
                '\\' => out.extend_from_slice(b"\\\\"),
                '\n' => out.extend_from_slice(b"\\n"),
                '\r' => out.extend_from_slice(b"\\r"),
                '\t' => out.extend_from_slice(b"\\t"),
                ' '..='~' => out.push(c as u8),
                c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escape(out, *unit)),
            }
        }
        if !chunk.invalid().is_empty() {
            escape(out, 0xfffd);
        }
    }
    out.push(b'"');
}

fn escape(out: &mut Vec<u8>, unit: u16) {
    out.extend_from_slice(b"\\u");
    unit.to_be_bytes().iter().for_each(|b| byte(out, *b));
}
