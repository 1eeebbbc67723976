//! What was *seen*: a flat list of (field, byte range, value), filled by `Reader`, read by everybody.
//! Cleared and reused: after warm-up a packet costs no allocation.
//! Not here: explanations (`field`), text (`render`).

use std::net::IpAddr;

use super::{Field, Protocol};

/// Most layers in one packet; the rest is shown as bytes with a remark.
pub const MAX_LAYERS: usize = 64;
/// Most fields in one packet; further ones are dropped with a remark.
pub const MAX_NODES: usize = 4096;
/// Most bytes made (unmasked, decompressed names) for one packet.
pub const MAX_MADE: usize = 256 * 1024;

/// A range of bytes, counted from the start of the packet; `end` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end.max(start) as u32 }
    }

    /// Bytes covered.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it covers no byte, as a remark does.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The bytes it covers; empty where `bytes` is too short.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or(&[])
    }
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Number(u64),
    /// The bytes at the node's span are the value.
    Wire,
    /// Unmasked, joined or decompressed bytes, at this range of `Dissection::made`.
    Made(Span),
}

/// One field as seen in a packet.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// What it is.
    pub field: &'static Field,
    /// Where it stands in the packet; empty for a remark.
    pub at: Span,
    /// Its value.
    pub value: Value,
    /// Index of its layer in `Dissection::layers`.
    pub layer: u8,
    /// 0 directly in the layer, 1 within a group, and so on.
    pub depth: u8,
    /// First bit of a bit field, counted from the most significant bit of `at`'s first byte.
    pub bit: u8,
    /// Bits of a bit field; 0 where the field is whole bytes.
    pub bits: u8,
    /// The summary leaves it out: it has no gist, or another node says the same better.
    pub hushed: bool,
}

/// Who decided that these bytes are of this protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The layer around it says so (`EtherType`, IP protocol number).
    Parent,
    /// Only the port number hints at it, and its reader left bytes over.
    Port,
    /// The bytes look like it, or the port hinted at it and its reader made sense of every byte.
    Content,
}

/// One layer of a packet.
#[derive(Debug, Clone, Copy)]
pub struct Layer {
    /// Its protocol.
    pub protocol: &'static Protocol,
    /// Its own bytes (header, or header and body), without the layers inside it.
    pub at: Span,
    /// Up to where its content reaches: `at.start..inner_end` holds the layer and all inside it.
    pub inner_end: u32,
    /// First node; its nodes are `nodes[first..last]`.
    pub first: u32,
    /// One past its last node.
    pub last: u32,
    /// How deep it is nested; siblings (two frames in one segment) share a number.
    pub nest: u8,
    /// Who decided.
    pub by: By,
    /// The bytes ended before the layer did: "cut short here".
    pub cut: bool,
    /// Part of a packet that an ICMP error quotes, not of this packet's own layers.
    pub quoted: bool,
    /// Stands behind all that the layer it belongs to carries: padding, extensions of ICMP.
    pub behind: bool,
    /// Its bytes are not in the packet: they were joined from several, or made out of it. Places count in
    /// `Dissection::joined`.
    pub joined: bool,
    /// The layer around it has made its bytes: unmasked, inflated, decrypted. Its transport's rules end there.
    pub made: bool,
}

/// The few typed facts that flows and summaries need, of the innermost packet that is not a quotation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts {
    /// Sender and receiver of the network layer.
    pub addresses: Option<(IpAddr, IpAddr)>,
    /// Sender's and receiver's Ethernet address.
    pub macs: Option<([u8; 6], [u8; 6])>,
    /// Whose card the sender says it is: an Ethernet address and the IP address behind it.
    pub card: Option<([u8; 6], IpAddr)>,
    /// Whom a question to everybody is looking for.
    pub asked: Option<IpAddr>,
    /// Sender's and receiver's port.
    pub ports: Option<(u16, u16)>,
    /// IP protocol number of the transport layer.
    pub transport: Option<u8>,
    /// TCP numbers, where there is a TCP header.
    pub tcp: Option<TcpFacts>,
    /// Whether this is a piece of a larger IP packet.
    pub fragment: bool,
    /// Which piece, so that the pieces can be put together.
    pub piece: Option<Piece>,
    /// What the transport layer carries.
    pub payload: Span,
    /// Bytes that the innermost length field announces and that the packet does not hold.
    pub missing: u32,
    /// Bytes of the stream that nobody has seen before this packet: its sender's, its receiver's.
    pub lost: [u32; 2],
    /// The packet before which the bytes of this one were missing; whether they were only overtaken.
    pub fills: Option<(u64, bool)>,
    /// The packet that brought the same bytes first.
    pub repeats: Option<u64>,
}

/// A piece of a larger IP packet (RFC 791 §3.2, RFC 8200 §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Piece {
    /// The number that all pieces share.
    pub id: u32,
    /// IP protocol number of the whole.
    pub protocol: u8,
    /// Where it belongs, in bytes.
    pub offset: u32,
    /// Whether others follow behind it.
    pub more: bool,
    /// Its bytes.
    pub at: Span,
}

/// What a conversation needs of a TCP header.
#[derive(Debug, Clone, Copy, Default)]
pub struct TcpFacts {
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// The nine flag bits.
    pub flags: u16,
    /// Window as sent, not scaled.
    pub window: u16,
    /// The window scale that a SYN offers.
    pub scale: Option<u8>,
}

/// One packet, read. `layers[0]` is the frame as the capture delivered it (the physical layer).
#[derive(Debug, Default)]
pub struct Dissection {
    /// Layers, outermost first.
    pub layers: Vec<Layer>,
    /// Fields, layer by layer, in the order of the bytes.
    pub nodes: Vec<Node>,
    /// Bytes that had to be made, see [`Value::Made`].
    pub made: Vec<u8>,
    /// Bytes that layers were read in though the packet does not hold them, see [`Layer::joined`].
    pub joined: Vec<u8>,
    /// Typed facts of the innermost packet that is not a quotation.
    pub facts: Facts,
    /// Facts of quotations: written by readers, kept apart.
    pub(super) quoted_facts: Facts,
    pub(super) full: bool,
}

impl Dissection {
    /// An empty tape.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn clear(&mut self) {
        self.layers.clear();
        self.nodes.clear();
        self.made.clear();
        self.joined.clear();
        self.facts = Facts::default();
        self.quoted_facts = Facts::default();
        self.full = false;
    }

    /// Copies what a summary tells to another tape: facts, layers, nodes that are not hushed, and no more bytes than
    /// those need. Gives how many of the packet's bytes they need.
    pub fn copy_loud(&self, to: &mut Dissection) -> usize {
        to.clear();
        to.facts = self.facts;
        let [mut packet, mut joined, mut made] = [0; 3];
        for layer in &self.layers {
            let first = to.nodes.len();
            let nodes = &self.nodes[layer.first as usize..layer.last as usize];
            for node in nodes.iter().filter(|n| !n.hushed) {
                match node.value {
                    Value::Number(_) => {}
                    Value::Made(at) => made = at.end.max(made),
                    Value::Wire if layer.joined => joined = node.at.end.max(joined),
                    Value::Wire => packet = node.at.end.max(packet),
                }
                to.nodes.push(*node);
            }
            to.layers.push(Layer { first: first as u32, last: to.nodes.len() as u32, ..*layer });
        }
        to.made.extend_from_slice(front(&self.made, made));
        to.joined.extend_from_slice(front(&self.joined, joined));
        packet as usize
    }

    /// The nodes of layer number `index`, in the order of the bytes.
    pub fn nodes_of(&self, index: usize) -> &[Node] {
        self.layers.get(index).map_or(&[], |l| &self.nodes[l.first as usize..l.last as usize])
    }

    /// The bytes that the places of layer number `index` count in: the packet's, or the joined ones.
    pub fn home<'b>(&'b self, index: usize, packet: &'b [u8]) -> &'b [u8] {
        if self.layers.get(index).is_some_and(|l| l.joined) { &self.joined } else { packet }
    }

    /// The bytes of a node's value: from the wire, or made. Empty for a number.
    pub fn bytes_of<'b>(&'b self, node: &Node, packet: &'b [u8]) -> &'b [u8] {
        match node.value {
            Value::Number(_) => &[],
            Value::Wire => node.at.of(self.home(usize::from(node.layer), packet)),
            Value::Made(at) => at.of(&self.made),
        }
    }
}

/// The first `n` bytes, or as many as there are.
fn front(bytes: &[u8], n: u32) -> &[u8] {
    bytes.get(..n as usize).unwrap_or(bytes)
}
