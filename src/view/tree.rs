//! The layers and fields of a packet as rows of a tree, some of them folded away.

use rustc_hash::{FxHashMap, FxHashSet};

use super::lit::Choice;
use crate::dissect::{Dissection, Field, Protocol};

/// One row of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeRow {
    /// What stands in it.
    pub choice: Choice,
    /// How far it is moved to the right: 0 a layer, 1 a field of it, 2 a field of a group.
    pub depth: u8,
    /// Whether it can be opened and is: `None` where nothing is inside.
    pub open: Option<bool>,
}

/// Which layers and groups are open; it holds for every packet.
#[derive(Debug, Default)]
pub struct Open {
    /// Protocols whose layers were closed, or opened, by hand.
    protocols: FxHashMap<usize, bool>,
    groups: FxHashSet<usize>,
    /// What holds for the others: all open, all closed, or as `speaking` says.
    all: Option<bool>,
}

fn id<T>(one: &'static T) -> usize {
    std::ptr::from_ref(one).addr()
}

impl Open {
    /// Whether a layer shows its fields: the innermost ones do by themselves, where most of what is said stands.
    fn layer(&self, tape: &Dissection, number: usize) -> bool {
        let Some(layer) = tape.layers.get(number) else { return false };
        let key = id(layer.protocol);
        let chosen = self.protocols.get(&key).copied().or(self.all);
        chosen.unwrap_or_else(|| Some(number) == speaking(tape))
    }

    fn group(&self, field: &'static Field) -> bool {
        !self.groups.contains(&id(field))
    }

    /// Opens or closes the row.
    pub fn set(&mut self, tape: &Dissection, choice: Choice, open: bool) {
        match choice {
            Choice::Layer(number) => {
                let Some(layer) = tape.layers.get(number) else { return };
                self.set_protocol(layer.protocol, open);
            }
            Choice::Node(place) => {
                let Some(node) = tape.nodes.get(place) else { return };
                if open {
                    self.groups.remove(&id(node.field));
                } else {
                    self.groups.insert(id(node.field));
                }
            }
        }
    }

    fn set_protocol(&mut self, protocol: &'static Protocol, open: bool) {
        self.protocols.insert(id(protocol), open);
    }

    /// Opens or closes all layers.
    pub fn all(&mut self, open: bool) {
        *self = Open { all: Some(open), ..Open::default() };
    }

    /// Opens what hides this.
    pub fn reveal(&mut self, tape: &Dissection, choice: Choice) {
        let Choice::Node(place) = choice else { return };
        let Some(node) = tape.nodes.get(place) else { return };
        if !self.layer(tape, usize::from(node.layer)) {
            self.set(tape, Choice::Layer(usize::from(node.layer)), true);
        }
        let mut depth = node.depth;
        for at in (0..place).rev() {
            let outer = &tape.nodes[at];
            if outer.layer != node.layer || depth == 0 {
                break;
            }
            if outer.depth < depth {
                depth = outer.depth;
                self.groups.remove(&id(outer.field));
            }
        }
    }

    /// The rows that are to be seen.
    pub fn rows(&self, tape: &Dissection) -> Vec<TreeRow> {
        let mut rows = Vec::new();
        for (number, layer) in tape.layers.iter().enumerate() {
            let some = layer.last > layer.first;
            let open = self.layer(tape, number);
            rows.push(TreeRow { choice: Choice::Layer(number), depth: 0, open: some.then_some(open) });
            let mut closed = u8::MAX;
            for place in (layer.first as usize..layer.last as usize).take_while(|_| open) {
                let node = &tape.nodes[place];
                if node.depth > closed {
                    continue;
                }
                closed = u8::MAX;
                let inside = tape.nodes.get(place + 1).is_some_and(|n| n.layer == node.layer && n.depth > node.depth);
                let shows = self.group(node.field);
                if inside && !shows {
                    closed = node.depth;
                }
                rows.push(TreeRow {
                    choice: Choice::Node(place),
                    depth: node.depth.saturating_add(1),
                    open: inside.then_some(shows),
                });
            }
        }
        rows
    }
}

/// The layer that says most: the innermost of which something was read.
fn speaking(tape: &Dissection) -> Option<usize> {
    let speaks = |(_, l): &(usize, &crate::dissect::Layer)| {
        !l.quoted && !l.behind && l.last > l.first && !std::ptr::eq(l.protocol, &raw const crate::dissect::DATA)
    };
    tape.layers.iter().enumerate().rev().find(speaks).map(|(number, _)| number)
}
