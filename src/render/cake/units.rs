//! Which runs of bytes of a layer get a label, and what it says. Fields that share bytes share a label.
//! Not here: where the label stands.

use std::ops::Range;

use super::page::clean;
use crate::dissect::{Dissection, Node, Show, Value};
use crate::render::{Charset, View, value};

/// A run of bytes of one layer, with what is to be said about it.
#[derive(Clone)]
pub(super) struct Unit {
    /// Its bytes, counted from the start of the packet.
    pub at: Range<usize>,
    /// Name and value; empty where nothing is to be said.
    pub full: String,
    /// The name alone, where the bytes above it (or the title) say the value.
    pub short: Option<String>,
    /// Names of fields that are passed over, for views with room for them.
    pub passed: String,
    /// Whether the value is text.
    pub text: bool,
    /// Whether any field covers it; what separates fields is covered by none.
    pub known: bool,
}

/// How much of a layer gets labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Groups as one label.
    Groups,
    /// Every field but the quiet ones.
    Fields,
    /// Every field.
    All,
}

/// A finding or a computed value: a field without bytes.
pub(super) struct Remark {
    /// Name and value.
    pub text: String,
    /// Whether it asks for attention.
    pub loud: bool,
}

/// Makes text of the nodes of one layer.
pub(super) struct Words<'a> {
    /// The packet.
    pub view: View<'a>,
    /// Which characters exist.
    pub charset: Charset,
}

impl Words<'_> {
    /// The units of a layer in the order of its bytes, without gaps and overlaps: joined they are its bytes.
    pub fn units(&self, index: usize, detail: Detail) -> Vec<Unit> {
        let Some(layer) = self.view.tape.layers.get(index) else { return Vec::new() };
        let own = layer.at.start as usize
            ..(layer.at.end as usize).min(self.view.tape.home(index, self.view.packet.bytes).len());
        let mut found = self.labelled(index, detail, &own);
        found.sort_by_key(|unit| (unit.at.start, unit.at.end));
        let mut units: Vec<Unit> = Vec::new();
        let mut at = own.start;
        for unit in found {
            match units.last_mut() {
                Some(last) if unit.at.start < last.at.end => {
                    merge(last, &unit);
                    at = at.max(last.at.end);
                }
                _ => {
                    if at < unit.at.start {
                        units.push(self.gap(index, at..unit.at.start));
                    }
                    at = unit.at.end;
                    units.push(unit);
                }
            }
        }
        if at < own.end {
            units.push(self.gap(index, at..own.end));
        }
        units
    }

    /// The same with unlabelled runs taken apart where fields begin in them, so that rows can break there.
    pub fn apart(&self, index: usize, units: &[Unit]) -> Vec<Unit> {
        let nodes = self.view.tape.nodes_of(index);
        let mut apart = Vec::with_capacity(units.len());
        for unit in units {
            let mut at = unit.at.clone();
            if unit.full.is_empty() {
                let mut starts: Vec<usize> = nodes.iter().map(|node| node.at.start as usize).collect();
                starts.retain(|start| at.start < *start && *start < at.end);
                starts.sort_unstable();
                starts.dedup();
                for start in starts {
                    apart.push(Unit { at: at.start..start, ..unit.clone() });
                    at.start = start;
                }
            }
            apart.push(Unit { at, ..unit.clone() });
        }
        apart
    }

    /// What the layer notes without bytes of its own.
    pub fn remarks(&self, index: usize, detail: Detail) -> Vec<Remark> {
        let nodes = self.view.tape.nodes_of(index).iter();
        let shown = nodes.filter(|n| n.at.is_empty() && (!n.field.quiet || detail == Detail::All));
        shown.map(|n| Remark { text: self.label(n), loud: warns(n) }).collect()
    }

    /// A node's value.
    pub fn value(&self, node: &Node) -> String {
        let mut out = Vec::new();
        match (node.value, node.field.show) {
            // The number stands above, in the hex.
            (Value::Number(number), Show::Names(_)) if node.field.named(number).is_some() => {
                out.extend(node.field.named(number).map_or("", |n| n.name).bytes());
            }
            _ => value::value(&mut out, &self.view, node, self.charset),
        }
        clean(&String::from_utf8_lossy(&out), self.charset)
    }

    /// Name and value of a node.
    pub fn label(&self, node: &Node) -> String {
        let name = node.field.name;
        let text = match node.field.show {
            Show::Nothing | Show::Bytes => String::new(),
            Show::Text => format!(" \"{}\"", self.value(node)),
            Show::Names(_) => format!(": {}", self.value(node)),
            _ => format!(" {}", self.value(node)),
        };
        clean(name, self.charset) + &text
    }

    fn labelled(&self, index: usize, detail: Detail, own: &Range<usize>) -> Vec<Unit> {
        let nodes = self.view.tape.nodes_of(index);
        let mut units = Vec::new();
        let mut skip_below = None;
        for (at, node) in nodes.iter().enumerate() {
            if skip_below.is_some_and(|depth| node.depth > depth) {
                continue;
            }
            skip_below = None;
            let inside = children(nodes, at);
            let group = matches!(node.field.show, Show::Nothing) && !inside.is_empty();
            if group && detail != Detail::Groups {
                continue; // its fields speak for it
            }
            let start = (node.at.start as usize).max(own.start);
            let end = (node.at.end as usize).min(own.end);
            if start >= end || (node.field.quiet && detail != Detail::All) {
                continue;
            }
            if group {
                skip_below = Some(node.depth);
            }
            let full = if group { self.group(node, inside) } else { self.label(node) };
            let short = self.says_itself(node, index).then(|| clean(node.field.name, self.charset));
            let text = matches!(node.field.show, Show::Text) && !group;
            units.push(Unit { at: start..end, full, short, passed: String::new(), text, known: true });
        }
        units
    }

    /// The group's name and the values of its fields.
    fn group(&self, node: &Node, inside: &[Node]) -> String {
        let loud = inside.iter().any(|n| !n.field.quiet);
        let values = inside.iter().filter(|n| n.field.quiet != loud);
        let values = values.filter(|n| !matches!(n.field.show, Show::Nothing | Show::Bytes));
        let values: Vec<String> = values.map(|n| self.value(n)).collect();
        format!("{}: {}", clean(node.field.name, self.charset), values.join(" "))
    }

    /// Bytes without a label of their own.
    fn gap(&self, index: usize, at: Range<usize>) -> Unit {
        let mut passed: Vec<&str> = Vec::new();
        let mut known = false;
        for node in self.view.tape.nodes_of(index) {
            let touches = (node.at.start as usize) < at.end && (node.at.end as usize) > at.start;
            if touches && !matches!(node.field.show, Show::Nothing) {
                known = true;
                if passed.len() < 8 && !passed.contains(&node.field.name) {
                    passed.push(node.field.name);
                }
            }
        }
        let passed = clean(&passed.join(", "), self.charset);
        Unit { at, full: String::new(), short: None, passed, text: false, known }
    }

    /// Whether the bytes themselves, or the title, show the value as well as text would.
    fn says_itself(&self, node: &Node, index: usize) -> bool {
        match node.field.show {
            Show::Mac | Show::Bytes | Show::Nothing => true,
            // Counters that begin at random: as a number they say no more than as hex.
            Show::Dec => node.at.len() >= 4,
            Show::Ip => addresses(self.view.tape, index)
                .is_some_and(|(from, to)| std::ptr::eq(from.field, node.field) || std::ptr::eq(to.field, node.field)),
            _ => false,
        }
    }
}

/// Whether a remark is a warning; what the summary leaves out is a step of the ordinary course.
fn warns(node: &Node) -> bool {
    !node.field.quiet && node.field.gist.is_some() && matches!(node.field.show, Show::Nothing)
}

/// The nodes within the node at `at`.
fn children(nodes: &[Node], at: usize) -> &[Node] {
    let Some((node, rest)) = nodes.get(at..).and_then(<[Node]>::split_first) else { return &[] };
    let end = rest.iter().position(|n| n.depth <= node.depth).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(&[])
}

fn merge(last: &mut Unit, unit: &Unit) {
    last.at.end = last.at.end.max(unit.at.end);
    if !last.full.contains(&unit.full) {
        last.full = format!("{}, {}", last.full, unit.full);
    }
    last.short = None;
    last.text |= unit.text;
}

/// From and to, where a layer carries two IP addresses of its own.
pub(super) fn addresses(tape: &Dissection, index: usize) -> Option<(&Node, &Node)> {
    let find = |key: &str| {
        let nodes = tape.nodes_of(index).iter();
        nodes.clone().find(|n| n.field.key == key && n.depth == 0 && matches!(n.field.show, Show::Ip))
    };
    Some((find("src")?, find("dst")?))
}
