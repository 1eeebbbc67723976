//! The chosen packet: its bytes and all that was read in them, kept until another one is chosen.

use std::net::IpAddr;

use super::reader::Reader;
use super::replay::{Memory, Replay};
use crate::dissect::{Dissection, Field, Interface, Name, Node, Packet, Protocol, Show, Value};
use crate::filter::Filter;
use crate::protocols;

use super::lit::Choice;

/// A packet that was read, with its bytes.
#[derive(Default)]
pub struct Loaded {
    head: Packet<'static>,
    bytes: Vec<u8>,
    comment: Option<String>,
    interfaces: Vec<Interface>,
    names: Vec<(IpAddr, String)>,
    /// What was read in it.
    pub tape: Dissection,
    /// How much of its conversation was read before it.
    pub memory: Memory,
    /// Number of its conversation, 0 for none.
    pub flow: u32,
}

/// What is to be explained.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Whose field, or the layer itself.
    pub protocol: &'static Protocol,
    /// The field; `None` where the layer is chosen.
    pub field: Option<&'static Field>,
    /// Its place in [`Dissection::nodes`].
    pub node: Option<usize>,
    /// What this value means: its name, or the flags that are set.
    pub named: Vec<&'static Name>,
}

impl Loaded {
    /// Reads packet `number`; whether there is one.
    pub(super) fn load(&mut self, reader: &mut Reader, replay: &mut Replay, number: u64) -> bool {
        let Some(memory) = replay.read(reader, number, &mut self.tape) else { return false };
        reader.shelf().catch_up(&mut self.interfaces, &mut self.names);
        let Some((packet, entry)) = reader.packet(number) else { return false };
        self.bytes.clear();
        self.bytes.extend_from_slice(packet.bytes);
        self.comment = packet.comment.map(str::to_owned);
        self.head = Packet { bytes: &[], comment: None, interfaces: &[], names: &[], ..packet };
        (self.memory, self.flow) = (memory, entry.flow);
        true
    }

    /// The packet.
    pub fn packet(&self) -> Packet<'_> {
        Packet {
            bytes: &self.bytes,
            comment: self.comment.as_deref(),
            interfaces: &self.interfaces,
            names: &self.names,
            ..self.head
        }
    }

    pub(super) fn packet_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The protocol of the layer that is chosen, or in which the chosen field stands, and the field.
    pub fn what(&self, choice: Choice) -> Option<(&'static Protocol, Option<&'static Field>)> {
        match choice {
            Choice::Layer(number) => Some((self.tape.layers.get(number)?.protocol, None)),
            Choice::Node(place) => {
                let node = self.tape.nodes.get(place)?;
                Some((self.tape.layers.get(usize::from(node.layer))?.protocol, Some(node.field)))
            }
        }
    }

    /// Where the same field stands in this packet, or else the same layer.
    pub fn same(&self, protocol: &'static Protocol, field: Option<&'static Field>) -> Option<Choice> {
        let layers = || self.tape.layers.iter().enumerate().filter(|(_, l)| std::ptr::eq(l.protocol, protocol));
        let Some(field) = field else { return layers().next().map(|(number, _)| Choice::Layer(number)) };
        let within = |(number, layer): (usize, &crate::dissect::Layer)| {
            let node = self.tape.nodes_of(number).iter().position(|n| std::ptr::eq(n.field, field))?;
            Some(Choice::Node(layer.first as usize + node))
        };
        layers().find_map(within).or_else(|| layers().next().map(|(number, _)| Choice::Layer(number)))
    }

    /// What is to be said about this.
    pub fn explained(&self, choice: Choice) -> Option<Explained> {
        let (protocol, field) = self.what(choice)?;
        let node = if let Choice::Node(place) = choice { Some(place) } else { None };
        let value = node.and_then(|place| match self.tape.nodes.get(place)?.value {
            Value::Number(number) => Some(number),
            _ => None,
        });
        let named = match (field.map(|f| f.show), value) {
            (Some(Show::Names(names)), Some(value)) => names.iter().filter(|n| n.value == value).collect(),
            (Some(Show::Flags(names)), Some(value)) => names.iter().filter(|n| n.value & value != 0).collect(),
            _ => Vec::new(),
        };
        Some(Explained { protocol, field, node, named })
    }

    /// The chosen field with its value, or the layer, as a filter that matches this packet.
    pub fn as_filter(&self, choice: Choice) -> Option<String> {
        let (protocol, field) = self.what(choice)?;
        let Some(field) = field else { return Some(protocol.key.to_owned()) };
        let Choice::Node(place) = choice else { return None };
        let key = format!("{}.{}", protocol.key, field.key);
        let exact = self.tape.nodes.get(place).and_then(|node| self.valued(&key, node));
        [exact, Some(key), Some(protocol.key.to_owned())].into_iter().flatten().find(|text| self.fits(text))
    }

    fn valued(&self, key: &str, node: &Node) -> Option<String> {
        let Value::Number(number) = node.value else {
            let bytes = self.tape.bytes_of(node, &self.bytes);
            return match node.field.show {
                Show::Ip => address(bytes).map(|a| format!("{key} == {a}")),
                Show::Text => quoted(bytes).map(|text| format!("{key} == {text}")),
                _ if (1..=16).contains(&bytes.len()) => Some(format!("{key} == {}", pairs(bytes))),
                _ => None,
            };
        };
        match node.field.show {
            Show::Nothing | Show::Time => None,
            Show::Signed(_) => Some(format!("{key} == {}", number.cast_signed())),
            Show::Hex | Show::Flags(_) => Some(format!("{key} == {number:#x}")),
            _ => Some(format!("{key} == {number}")),
        }
    }

    fn fits(&self, text: &str) -> bool {
        Filter::parse(text, protocols::index()).is_ok_and(|f| f.matches(&self.packet(), &self.tape))
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn pairs(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|b| format!("{b:02x}")).collect();
    pairs.join(":")
}

/// Text in quotes, where it can be written in them as it is.
fn quoted(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let plain =
        !text.is_empty() && text.len() <= 200 && !text.contains(['"', '\\']) && !text.contains(char::is_control);
    plain.then(|| format!("\"{text}\""))
}
