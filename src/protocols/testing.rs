//! For the unit tests of the protocol files: bytes written out as hex, and what was read in them.

use crate::dissect::{Dissection, LinkType, Node, Packet, Value, dissect};

/// A packet that was read, with its bytes.
pub struct Seen {
    /// The packet's bytes.
    pub bytes: Vec<u8>,
    /// What was read.
    pub tape: Dissection,
}

/// Bytes from hex digits; everything else is ignored.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |v, d| (v << 4) | d)).collect()
}

/// Reads the packet written as hex digits.
pub fn read(link: LinkType, text: &str) -> Seen {
    read_bytes(link, hex(text))
}

/// Reads the packet.
pub fn read_bytes(link: LinkType, bytes: Vec<u8>) -> Seen {
    let mut tape = Dissection::new();
    let packet =
        Packet { number: 1, time: Some(0), length: bytes.len() as u32, bytes: &bytes, link, ..Packet::default() };
    dissect(super::index(), &packet, &mut tape);
    Seen { bytes, tape }
}

/// Reads a UDP datagram over IPv4 from and to these ports (eight hex digits) with this payload.
pub fn udp(ports: &str, payload: &str) -> Seen {
    let bytes = payload.chars().filter(char::is_ascii_hexdigit).count() / 2;
    let (ip, udp) = (bytes + 28, bytes + 8);
    read(
        1,
        &format!(
            "020000000009 020000000005 0800 4500{ip:04x}00000000 4011 0000 c0000201 c0000202 {ports} {udp:04x} 0000 {payload}"
        ),
    )
}

impl Seen {
    /// Keys of the layers, outermost first, without the frame: "ethernet ipv4 udp dns".
    pub fn layers(&self) -> String {
        let keys: Vec<&str> = self.tape.layers.iter().skip(1).map(|l| l.protocol.key).collect();
        keys.join(" ")
    }

    /// All nodes with this full key, "`udp.src_port`".
    pub fn nodes(&self, key: &str) -> Vec<Node> {
        let full =
            |n: &&Node| format!("{}.{}", self.tape.layers[usize::from(n.layer)].protocol.key, n.field.key) == key;
        self.tape.nodes.iter().filter(full).copied().collect()
    }

    /// All numbers with this full key.
    pub fn numbers(&self, key: &str) -> Vec<u64> {
        let number = |n: Node| if let Value::Number(v) = n.value { Some(v) } else { None };
        self.nodes(key).into_iter().filter_map(number).collect()
    }

    /// All texts and bytes with this full key, as text (invalid UTF-8 replaced).
    pub fn texts(&self, key: &str) -> Vec<String> {
        let text = |n: Node| String::from_utf8_lossy(self.tape.bytes_of(&n, &self.bytes)).into_owned();
        self.nodes(key).into_iter().map(text).collect()
    }

    /// Whether the layer with this key was cut short.
    pub fn cut(&self, key: &str) -> bool {
        self.tape.layers.iter().any(|l| l.protocol.key == key && l.cut)
    }
}
