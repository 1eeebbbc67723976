//! What of the chosen packet is chosen: a layer, a field, a byte; what is lit and explained for it.

use super::View;
use crate::view::lit::{Choice, Home, Lit, choose};
use crate::view::loaded::Explained;
use crate::view::tree::TreeRow;

impl View {
    /// The layers and fields of the chosen packet that are to be seen.
    pub fn tree(&self) -> Vec<TreeRow> {
        self.packet().map(|p| self.open.rows(&p.tape)).unwrap_or_default()
    }

    /// What is chosen of the packet.
    pub fn choice(&self) -> Option<Choice> {
        self.choice
    }

    /// Chooses a layer or a field; it is opened to be seen.
    pub fn choose(&mut self, choice: Choice) {
        if let Some(what) = self.loaded.what(choice) {
            (self.choice, self.wanted, self.byte) = (Some(choice), Some(what), None);
            self.open.reveal(&self.loaded.tape, choice);
        }
    }

    /// Goes so many rows of the tree down, or up.
    pub fn tree_by(&mut self, rows: isize) {
        let tree = self.tree();
        let at = tree.iter().position(|r| Some(r.choice) == self.choice).unwrap_or(0);
        if let Some(row) = tree.get(at.saturating_add_signed(rows).min(tree.len().saturating_sub(1))) {
            self.choose(row.choice);
        }
    }

    /// Opens or closes what is chosen. Where there is nothing to open or close, goes to what is inside, or around it.
    pub fn open(&mut self, open: bool) {
        let tree = self.tree();
        let Some(at) = tree.iter().position(|r| Some(r.choice) == self.choice) else { return };
        match (tree[at].open, open) {
            (Some(is), wanted) if is != wanted => self.open.set(&self.loaded.tape, tree[at].choice, wanted),
            (Some(true), true) => self.tree_by(1),
            (_, false) => {
                let around = tree[..at].iter().rev().find(|r| r.depth < tree[at].depth);
                if let Some(around) = around {
                    self.choose(around.choice);
                }
            }
            _ => {}
        }
    }

    /// Opens or closes all layers.
    pub fn open_all(&mut self, open: bool) {
        self.open.all(open);
        if let (Some(Choice::Node(place)), false) = (self.choice, open)
            && let Some(node) = self.loaded.tape.nodes.get(place)
        {
            self.choose(Choice::Layer(usize::from(node.layer)));
        }
    }

    /// Chooses what explains this byte best.
    pub fn choose_byte(&mut self, home: Home, at: u32) {
        if let Some(choice) = choose(home, at, &self.loaded.tape) {
            self.choose(choice);
            self.byte = Some((home, at));
        }
    }

    /// Goes so many bytes on, or back, from the byte that was chosen, or from the first that is lit.
    pub fn byte_by(&mut self, bytes: isize) {
        let Some(lit) = self.lit() else { return };
        let (home, at) = self.byte.unwrap_or((lit.home, lit.at.start));
        let most = self.bytes(home).len().saturating_sub(1);
        let next = (at as usize).saturating_add_signed(bytes).min(most);
        self.choose_byte(home, next as u32);
        self.byte = Some((home, next as u32));
    }

    /// The byte that was chosen by hand.
    pub fn byte(&self) -> Option<(Home, u32)> {
        self.byte
    }

    /// The bytes that places of this home count in.
    pub fn bytes(&self, home: Home) -> &[u8] {
        match home {
            Home::Packet => self.loaded.packet_bytes(),
            Home::Joined => &self.loaded.tape.joined,
            Home::Made => &self.loaded.tape.made,
        }
    }

    /// The bytes that are lit.
    pub fn lit(&self) -> Option<Lit> {
        self.packet().and_then(|p| Some(Lit::of(self.choice?, &p.tape)))
    }

    /// What is explained.
    pub fn explained(&self) -> Option<Explained> {
        self.packet()?.explained(self.choice?)
    }

    /// What is chosen as a filter that matches the packet.
    pub fn as_filter(&self) -> Option<String> {
        self.packet()?.as_filter(self.choice?)
    }
}
