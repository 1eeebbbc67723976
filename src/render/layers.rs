//! Every field of every layer, one a line: `--format layers`. With explanations it is the slowest thing to
//! print, so the wrapped explanation of each field is made once and copied from then on.

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
            for node in view.tape.nodes_of(number) {
                self.field(out, &view, node);
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
        if layer.quoted {
            out.extend_from_slice(b"   quoted");
        }
        if layer.cut {
            out.extend_from_slice(b"   ! cut short here");
        }
        out.push(b'\n');
    }

    fn field(&mut self, out: &mut Vec<u8>, view: &View<'_>, node: &Node) {
        let style = &self.style;
        let start = out.len();
        let remark = node.at.is_empty() && matches!(node.field.show, Show::Nothing);
        out.resize(out.len() + 3 + 2 * usize::from(node.depth), b' ');
        if remark {
            style.warn(out);
            out.extend_from_slice(b"! ");
        }
        out.extend_from_slice(node.field.name.as_bytes());
        if remark {
            style.end(out);
        }
        let colours = if remark && style.color { 9 } else { 0 };
        if !matches!(node.field.show, Show::Nothing) {
            let width = out.len() - start - colours;
            out.resize(out.len() + VALUES.saturating_sub(width).max(2), b' ');
            let begin = out.len();
            value::value(out, view, node, style.charset);
            bits(out, node);
            fit(out, begin, style.width.saturating_sub(VALUES).max(20), style);
        }
        out.push(b'\n');
        if style.explain {
            out.extend_from_slice(self.cache.explanation(node, style));
        }
    }
}

/// ` .... 0101` behind a bit field: where its bits stand in their bytes.
fn bits(out: &mut Vec<u8>, node: &Node) {
    let Value::Number(number) = node.value else { return };
    let all = 8 * node.at.len();
    if node.bits == 0 || all > 16 {
        return;
    }
    out.extend_from_slice(b"   ");
    let (first, last) = (usize::from(node.bit), usize::from(node.bit) + usize::from(node.bits));
    for bit in 0..all {
        if bit > 0 && bit % 4 == 0 {
            out.push(b' ');
        }
        out.push(match bit {
            b if b < first || b >= last => b'.',
            // A scaled value (a length in words) shows its unscaled bits only where they can be known.
            b => match number.checked_shr((last - 1 - b) as u32) {
                Some(shifted) if number < 1 << node.bits.min(63) => b'0' + (shifted & 1) as u8,
                _ => b'x',
            },
        });
    }
}

/// Cuts what was appended since `begin` to `room` columns.
fn fit(out: &mut Vec<u8>, begin: usize, room: usize, style: &Style) {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if out.len() - begin <= room {
        return;
    }
    let Ok(text) = std::str::from_utf8(&out[begin..]) else { return };
    if text.width() <= room {
        return;
    }
    let mark = style.ellipsis();
    let mut used = mark.len().min(3);
    let end = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > room
    });
    let keep = end.map_or(text.len(), |(at, _)| at);
    out.truncate(begin + keep);
    out.extend_from_slice(mark.as_bytes());
}

/// Wrapped explanations by field and by named value.
#[derive(Default)]
struct Cache {
    fields: Vec<(&'static Field, Option<&'static Name>, Vec<u8>)>,
    index: std::collections::HashMap<(usize, usize), usize>,
}

impl Cache {
    fn explanation(&mut self, node: &Node, style: &Style) -> &[u8] {
        let named = match node.value {
            Value::Number(number) => node.field.named(number),
            _ => None,
        };
        let key = (std::ptr::from_ref(node.field) as usize, named.map_or(0, |n| std::ptr::from_ref(n) as usize));
        let fields = &mut self.fields;
        let place = *self.index.entry(key).or_insert_with(|| {
            fields.push((node.field, named, explain(node.field, named, style)));
            fields.len() - 1
        });
        &self.fields[place].2
    }
}

fn explain(field: &Field, named: Option<&Name>, style: &Style) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(name) = named.filter(|n| !n.explain.is_empty()) {
        let text = format!("{}: {}", name.name, name.explain);
        wrap::wrap(&mut out, &text, INDENT, style);
    }
    let text = format!("{} [{}]", field.explain, field.spec);
    wrap::wrap(&mut out, &text, INDENT, style);
    out
}
