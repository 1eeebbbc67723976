//! Below the cake: every field of a layer with its bytes, its value, what it is for and where it is specified.

use super::page::{Ink, Line, clean, columns, wrap};
use super::units::Words;
use crate::dissect::{Field, Name, Node, Show, Value};

/// How much is said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// Every field, with its specification and what its value means.
    Full,
    /// The fields that carry a label, one sentence each.
    Brief,
}

/// Draws the explanations of one layer in `width` columns: a block for the layer, then one for each field.
pub(super) fn explain(words: &Words<'_>, index: usize, width: usize, length: Length) -> Vec<Vec<Line>> {
    let Some(layer) = words.view.tape.layers.get(index) else { return Vec::new() };
    let (protocol, level) = (layer.protocol, layer.protocol.level);
    let title = format!(" {} {}  {}", level.number(), level.name().to_uppercase(), protocol.name);
    let mut head = Line::of(&title, Ink::Title(level));
    head.push(&clean(&format!("  {}", protocol.spec), words.charset), Ink::Faint);
    head.shorten(width, "");
    let mut block = vec![head];
    paragraph(&clean(protocol.explain, words.charset), 3, width, &mut block);
    let mut blocks = vec![block];
    let mut told: Vec<&Field> = Vec::new();
    let nodes = words.view.tape.nodes_of(index).iter();
    for node in nodes.filter(|node| length == Length::Full || !node.field.quiet) {
        let known = told.iter().any(|f| std::ptr::eq(*f, node.field));
        blocks.push(field(words, node, width, length, known));
        told.push(node.field);
    }
    blocks
}

/// One field: its line, and, unless it was told before, what it is for.
fn field(words: &Words<'_>, node: &Node, width: usize, length: Length, known: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let indent = 3 + 2 * usize::from(node.depth).min(6);
    let ink = words.view.tape.layers.get(usize::from(node.layer)).map_or(Ink::Plain, |l| Ink::Of(l.protocol.level));
    let place = place(node);
    let text = match node.field.show {
        Show::Bytes => format!("{} {}", words.label(node), words.value(node)),
        _ => words.label(node),
    };
    let room = width.saturating_sub(indent + columns(&place) + 2);
    for (number, part) in wrap(&text, room).iter().take(4).enumerate() {
        let mut line = Line::default();
        line.put(indent, part, ink);
        if number == 0 {
            line.put(width.saturating_sub(columns(&place)), &place, Ink::Faint);
        }
        lines.push(line);
    }
    let (text, spec) = match length {
        Length::Full => (node.field.explain, format!(" ({})", node.field.spec)),
        Length::Brief => (first_sentence(node.field.explain), String::new()),
    };
    if !known && !text.is_empty() {
        paragraph(&clean(&format!("{text}{spec}"), words.charset), indent + 2, width, &mut lines);
    }
    if length == Length::Brief {
        return lines;
    }
    for name in meanings(node) {
        let text = clean(&format!("{}: {}", name.name, name.explain), words.charset);
        paragraph(&text, indent + 4, width, &mut lines);
    }
    lines
}

/// The names of this value that have an explanation.
fn meanings(node: &Node) -> impl Iterator<Item = &'static Name> {
    let (names, value): (&'static [Name], u64) = match (node.field.show, node.value) {
        (Show::Names(names) | Show::Flags(names), Value::Number(value)) => (names, value),
        _ => (&[], 0),
    };
    let flags = matches!(node.field.show, Show::Flags(_));
    let fits = move |name: &&Name| if flags { name.value & value != 0 } else { name.value == value };
    names.iter().filter(fits).filter(|name| !name.explain.is_empty())
}

/// "byte 14, bits 0-3", "bytes 0-5"; empty where the field has no bytes.
fn place(node: &Node) -> String {
    let (first, last) = (node.at.start, node.at.end.saturating_sub(1));
    if node.at.is_empty() {
        return String::new();
    }
    let bytes = if first == last { format!("byte {first}") } else { format!("bytes {first}-{last}") };
    let (bit, bits) = (node.bit, node.bits);
    match bits {
        0 => bytes,
        1 => format!("{bytes}, bit {bit}"),
        _ => format!("{bytes}, bits {bit}-{}", u16::from(bit) + u16::from(bits) - 1),
    }
}

fn paragraph(text: &str, indent: usize, width: usize, lines: &mut Vec<Line>) {
    if text.is_empty() {
        return;
    }
    for part in wrap(text, width.saturating_sub(indent)) {
        let mut line = Line::default();
        line.put(indent, &part, Ink::Plain);
        lines.push(line);
    }
}

fn first_sentence(text: &str) -> &str {
    text.find(". ").and_then(|end| text.get(..=end)).unwrap_or(text)
}
