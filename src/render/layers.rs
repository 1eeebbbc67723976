//! Every field of every layer, one a line: `--format layers`. With explanations it is the slowest thing to
//! print, so the wrapped explanation of each field is made once and copied from then on.

use rustc_hash::FxHashMap;

use super::value::{self, decimal};
use super::{Renderer, Style, View, wrap};
use crate::dissect::{Field, Layer, Name, Node, Show, Value};

/// Column at which values begin.
const VALUES: usize = 30;
/// Columns before an explanation.
const INDENT: usize = 8;

/// Writes one block a packet.
pub struct Layers {
    style: Style,
    cache: Cache,
}

impl Layers {
    /// With `style.explain` the explanation of each field and of its value stands below it.
    pub fn new(style: Style) -> Self {
        Layers { style, cache: Cache::default() }
    }
}

impl Renderer for Layers {
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>) {
        let style = self.style;
        style.strong(out);
        out.extend_from_slice(b"Packet ");
        decimal(out, view.packet.number);
        style.end(out);
        out.extend_from_slice(b"  ");
        value::counted(out, u64::from(view.packet.length), "bytes");
        if view.packet.bytes.len() < view.packet.length as usize {
            out.extend_from_slice(b", ");
            decimal(out, view.packet.bytes.len() as u64);
            out.extend_from_slice(b" captured");
        }
        out.push(b'\n');
        for (number, layer) in view.tape.layers.iter().enumerate() {
            self.heading(out, layer);
            for (place, node) in (layer.first as usize..).zip(view.tape.nodes_of(number)) {
                self.field(out, &view, place, node);
            }
        }
        out.push(b'\n');
    }
}

impl Layers {
    fn heading(&self, out: &mut Vec<u8>, layer: &Layer) {
        let style = &self.style;
        out.push(b' ');
        style.begin(out, layer.protocol.level);
        decimal(out, u64::from(layer.protocol.level.number()));
        out.push(b' ');
        out.extend_from_slice(layer.protocol.level.name().as_bytes());
        out.push(b' ');
        out.extend_from_slice(style.dot().as_bytes());
        out.push(b' ');
        out.extend_from_slice(layer.protocol.name.as_bytes());
        style.end(out);
        if !layer.at.is_empty() {
            out.extend_from_slice(b"   bytes ");
            decimal(out, u64::from(layer.at.start));
            out.push(b'-');
            decimal(out, u64::from(layer.at.end - 1));
        }
        if layer.joined {
            out.extend_from_slice(b", joined");
        }
        if layer.quoted {
            out.extend_from_slice(b"   quoted");
        }
        if layer.cut {
            out.extend_from_slice(b"   ! cut short here");
        }
        out.push(b'\n');
    }

    fn field(&mut self, out: &mut Vec<u8>, view: &View<'_>, place: usize, node: &Node) {
        let style = &self.style;
        let block = self.cache.block(place, node, view, style);
        out.extend_from_slice(&block.before);
        if !few_values(node) {
            valued(out, node, view, style, block.columns);
        }
        out.extend_from_slice(&block.after);
    }
}

/// Whether the field has few different values, so that its lines are worth keeping with their value.
fn few_values(node: &Node) -> bool {
    let named = matches!(node.field.show, Show::Names(_) | Show::Flags(_) | Show::Nothing);
    matches!(node.value, Value::Number(_)) && (named || node.bits > 0)
}

/// The value behind `columns`, and where its bits stand.
fn valued(out: &mut Vec<u8>, node: &Node, view: &View<'_>, style: &Style, columns: usize) {
    if matches!(node.field.show, Show::Nothing) {
        return;
    }
    let begin = out.len();
    value::value(out, view, node, style.charset);
    bits(out, node, view);
    fit(out, begin, style.width.saturating_sub(columns).max(20), style);
}

/// ` .... 0101` behind a bit field: where its bits stand in their bytes.
fn bits(out: &mut Vec<u8>, node: &Node, view: &View<'_>) {
    let all = 8 * node.at.len();
    let bytes = node.at.of(view.tape.home(usize::from(node.layer), view.packet.bytes));
    if node.bits == 0 || all > 16 || bytes.is_empty() {
        return;
    }
    let number = bytes.iter().fold(0u32, |n, b| (n << 8) | u32::from(*b));
    let (first, last) = (usize::from(node.bit), usize::from(node.bit) + usize::from(node.bits));
    let mut text = [b' '; 3 + 16 + 3];
    let mut at = 3;
    for bit in 0..all {
        at += usize::from(bit > 0 && bit % 4 == 0);
        text[at] = if bit >= first && bit < last { b'0' + (number >> (all - 1 - bit) & 1) as u8 } else { b'.' };
        at += 1;
    }
    out.extend_from_slice(&text[..at]);
}

/// Cuts what was appended since `begin` to `room` columns.
fn fit(out: &mut Vec<u8>, begin: usize, room: usize, style: &Style) {
    use unicode_width::UnicodeWidthChar;
    if out.len() - begin <= room {
        return;
    }
    let mark = style.ellipsis();
    let most = room.saturating_sub(mark.chars().count());
    if out[begin..].is_ascii() {
        out.truncate(begin + most); // the common case: a column a byte
        out.extend_from_slice(mark.as_bytes());
        return;
    }
    let Ok(text) = std::str::from_utf8(&out[begin..]) else { return };
    let (mut used, mut keep) = (0, text.len());
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > most && keep == text.len() {
            keep = at;
        }
        if used > room {
            out.truncate(begin + keep);
            out.extend_from_slice(mark.as_bytes());
            return;
        }
    }
}

/// What stands around a field's value, or with it where it has few: made once, then copied.
#[derive(Default)]
struct Block {
    /// Its name, up to the column of the values; its value too where it has few.
    before: Vec<u8>,
    /// Columns of the name and the space behind it.
    columns: usize,
    /// The line's end, its explanation and that of its named value.
    after: Vec<u8>,
}

/// Most blocks that are kept: hostile packets may name any value.
const MAX_BLOCKS: usize = 8192;

/// Field, its value where it has few, depth and place.
type Key = (usize, u64, u32);

/// Blocks by key.
#[derive(Default)]
struct Cache {
    blocks: Vec<Block>,
    index: FxHashMap<Key, usize>,
    /// What the node at the same place of the last packet had: mostly the same again.
    recent: Vec<(Key, usize)>,
    spare: Block,
}

impl Cache {
    fn block(&mut self, place: usize, node: &Node, view: &View<'_>, style: &Style) -> &Block {
        let key = key(node);
        match self.recent.get(place) {
            Some((last, at)) if *last == key => return &self.blocks[*at],
            Some(_) => {}
            None => self.recent.resize(place + 1, ((0, 0, 0), 0)),
        }
        let at = match self.index.get(&key) {
            Some(at) => *at,
            None if self.blocks.len() >= MAX_BLOCKS => {
                self.spare = block(node, view, style);
                return &self.spare;
            }
            None => {
                self.index.insert(key, self.blocks.len());
                self.blocks.push(block(node, view, style));
                self.blocks.len() - 1
            }
        };
        self.recent[place] = (key, at);
        &self.blocks[at]
    }
}

fn key(node: &Node) -> Key {
    let field = std::ptr::from_ref(node.field) as usize;
    match node.value {
        Value::Number(number) if few_values(node) => {
            let place = [node.depth, node.bit, node.bits, node.at.len().min(9) as u8];
            (field, number, u32::from_le_bytes(place))
        }
        _ => (field, 0, u32::from(node.depth)),
    }
}

fn block(node: &Node, view: &View<'_>, style: &Style) -> Block {
    // What has no place in the summary is a step of the ordinary course, no warning.
    let remark = node.at.is_empty() && matches!(node.field.show, Show::Nothing) && node.field.gist.is_some();
    let before = title(node, remark, style);
    let columns = String::from_utf8_lossy(&before).chars().count();
    let mut block = Block { before, columns, after: vec![b'\n'] };
    let mut named = None;
    if let Value::Number(number) = node.value
        && few_values(node)
    {
        valued(&mut block.before, node, view, style, columns);
        named = node.field.named(number);
    }
    if style.explain {
        explain(&mut block.after, node.field, named, style);
    }
    block
}

/// `   TTL                        `
fn title(node: &Node, remark: bool, style: &Style) -> Vec<u8> {
    let mut out = vec![b' '; 3 + 2 * usize::from(node.depth)];
    if remark {
        style.warn(&mut out);
        out.extend_from_slice(b"! ");
        out.extend_from_slice(node.field.name.as_bytes());
        style.end(&mut out);
        return out;
    }
    out.extend_from_slice(node.field.name.as_bytes());
    if !matches!(node.field.show, Show::Nothing) {
        out.resize(out.len() + VALUES.saturating_sub(out.len()).max(2), b' ');
    }
    out
}

fn explain(out: &mut Vec<u8>, field: &Field, named: Option<&Name>, style: &Style) {
    if let Some(name) = named.filter(|n| !n.explain.is_empty()) {
        let text = format!("{}: {}", name.name, name.explain);
        wrap::wrap(out, &text, INDENT, style);
    }
    let text = format!("{} [{}]", field.explain, field.spec);
    wrap::wrap(out, &text, INDENT, style);
}
