//! Whole sentences, for screen readers and for people who would rather read: `--describe`.

use super::value::{self, decimal};
use super::{Renderer, Style, View};
use crate::dissect::{Layer, Level, Node, Show};

/// Writes one paragraph a packet.
pub struct Describe {
    style: Style,
}

impl Describe {
    /// With `style.explain` each field gets a line of its own with its explanation.
    pub fn new(style: Style) -> Self {
        Describe { style }
    }
}

const COUNT: [&str; 13] =
    ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

impl Renderer for Describe {
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>) {
        let layers = view.tape.layers.len();
        out.extend_from_slice(b"Packet ");
        decimal(out, view.packet.number);
        out.extend_from_slice(b", ");
        value::counted(out, u64::from(view.packet.length), "bytes");
        out.extend_from_slice(b", ");
        match COUNT.get(layers) {
            Some(word) => out.extend_from_slice(word.as_bytes()),
            None => decimal(out, layers as u64),
        }
        out.extend_from_slice(if layers == 1 { b" layer." } else { b" layers." });
        out.extend_from_slice(b" Layer 1, physical: the card has turned the bits into bytes before the capture.\n");
        for (number, layer) in view.tape.layers.iter().enumerate() {
            if layer.protocol.level != Level::Physical {
                self.layer(out, &view, layer, view.tape.nodes_of(number));
            }
        }
        out.push(b'\n');
    }
}

impl Describe {
    fn layer(&self, out: &mut Vec<u8>, view: &View<'_>, layer: &Layer, nodes: &[Node]) {
        out.extend_from_slice(b"Layer ");
        decimal(out, u64::from(layer.protocol.level.number()));
        out.extend_from_slice(b", ");
        out.extend_from_slice(layer.protocol.level.name().as_bytes());
        out.extend_from_slice(b", ");
        out.extend_from_slice(layer.protocol.name.as_bytes());
        if layer.quoted {
            out.extend_from_slice(b", quoted");
        }
        if !layer.at.is_empty() {
            out.extend_from_slice(b", bytes ");
            decimal(out, u64::from(layer.at.start));
            out.extend_from_slice(b" to ");
            decimal(out, u64::from(layer.at.end - 1));
        }
        if layer.joined {
            out.extend_from_slice(b" of what was joined or unpacked");
        }
        if layer.cut {
            out.extend_from_slice(b", cut short here");
        }
        let mut mark: &[u8] = b": ";
        for node in nodes {
            let group = matches!(node.field.show, Show::Nothing) && !node.at.is_empty();
            if group || (node.field.quiet && !self.style.explain) {
                continue;
            }
            if self.style.explain {
                out.extend_from_slice(if mark == b": " { b":\n  " } else { b"\n  " });
            } else {
                out.extend_from_slice(mark);
            }
            mark = b", ";
            self.field(out, view, node);
        }
        out.extend_from_slice(if self.style.explain { b"\n" } else { b".\n" });
    }

    fn field(&self, out: &mut Vec<u8>, view: &View<'_>, node: &Node) {
        out.extend_from_slice(node.field.name.as_bytes());
        if !matches!(node.field.show, Show::Nothing) {
            out.push(b' ');
            let text = matches!(node.field.show, Show::Text);
            if text {
                out.push(b'"');
            }
            value::value(out, view, node, self.style.charset);
            if text {
                out.push(b'"');
            }
        }
        if self.style.explain {
            out.extend_from_slice(b". ");
            let words = super::wrap::spell(node.field.explain);
            out.extend_from_slice(self.style.pick(node.field.explain, &words).as_bytes());
        }
    }
}
