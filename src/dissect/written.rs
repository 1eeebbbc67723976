//! A tape about something that is no packet: a socket of this machine. Its values come from the system instead of a
//! wire, so they have no place; filters, JSON and explanations work on it like on any other.

use super::{By, Dissection, Field, Layer, MAX_LAYERS, MAX_MADE, MAX_NODES, Node, Protocol, Span, Value};

impl Dissection {
    /// Empties the tape before something new is written on it.
    pub fn begin(&mut self) {
        self.clear();
    }

    /// Begins a layer; what is noted next belongs to it. Beyond [`MAX_LAYERS`] nothing more is noted.
    pub fn begin_layer(&mut self, protocol: &'static Protocol) {
        if self.layers.len() >= MAX_LAYERS {
            self.full = true;
            return;
        }
        let first = self.nodes.len() as u32;
        let nest = self.layers.len() as u8;
        let at = Span::default();
        self.layers.push(Layer {
            protocol,
            at,
            inner_end: 0,
            first,
            last: first,
            nest,
            by: By::Parent,
            cut: false,
            quoted: false,
            behind: false,
            joined: false,
            made: false,
        });
    }

    /// Notes a number in the layer begun last.
    pub fn note_number(&mut self, field: &'static Field, value: u64) {
        self.note(field, Value::Number(value));
    }

    /// Notes text or an address in the layer begun last; what exceeds [`MAX_MADE`] is left out.
    pub fn note_made(&mut self, field: &'static Field, bytes: &[u8]) {
        let start = self.made.len();
        let room = MAX_MADE.saturating_sub(start);
        self.made.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.note(field, Value::Made(Span::new(start, self.made.len())));
    }

    fn note(&mut self, field: &'static Field, value: Value) {
        if self.full || self.nodes.len() >= MAX_NODES {
            self.full = true;
            return;
        }
        let number = (self.layers.len() as u8).saturating_sub(1);
        let Some(layer) = self.layers.last_mut() else { return };
        let at = Span::default();
        self.nodes.push(Node { field, at, value, layer: number, depth: 0, bit: 0, bits: 0, hushed: false });
        layer.last = self.nodes.len() as u32;
    }
}
