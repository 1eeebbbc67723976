//! Layers and fields of the chosen packet.

use ratatui_core::layout::Rect;

use super::text::Pen;
use crate::dissect::{Layer, Level, Node, Show};
use crate::render::{Charset, View, value};

/// What stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A layer, by its number.
    Layer(usize),
    /// A field, by its place among the nodes.
    Node(usize),
}

/// One row, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Branch {
    /// How far it is moved to the right.
    pub depth: u8,
    /// Whether it is open, where something is inside.
    pub open: Option<bool>,
    /// The layer's number of a layer.
    pub level: Option<Level>,
    /// What it is called.
    pub name: String,
    /// Its value, or how many bytes a layer has.
    pub value: String,
    /// Something to be warned of.
    pub warns: bool,
    /// It makes the packet match the filter.
    pub matches: bool,
    /// The chosen one.
    pub chosen: bool,
}

/// The rows that are to be seen.
#[derive(Debug, Default)]
pub struct Tree {
    /// From top to bottom.
    pub rows: Vec<Branch>,
}

impl Branch {
    /// A row without its marks.
    pub fn new(view: &View<'_>, what: What, depth: u8, open: Option<bool>, charset: Charset) -> Self {
        let blank = Branch {
            depth,
            open,
            level: None,
            name: String::new(),
            value: String::new(),
            warns: false,
            matches: false,
            chosen: false,
        };
        match what {
            What::Layer(number) => match view.tape.layers.get(number) {
                Some(layer) => Branch { level: Some(layer.protocol.level), ..blank }.layer(layer),
                None => blank,
            },
            What::Node(place) => match view.tape.nodes.get(place) {
                Some(node) => blank.node(view, node, charset),
                None => blank,
            },
        }
    }

    fn layer(mut self, layer: &Layer) -> Self {
        self.name = format!("{} {}", layer.protocol.level.number(), layer.protocol.name);
        let mut words = match layer.at.len() {
            0 => Vec::new(),
            1 => vec!["1 byte".to_owned()],
            n => vec![format!("{n} bytes")],
        };
        words.extend(layer.joined.then(|| "joined".to_owned()));
        words.extend(layer.quoted.then(|| "quoted".to_owned()));
        words.extend(layer.cut.then(|| "! cut short".to_owned()));
        self.warns = layer.cut;
        self.value = words.join(", ");
        self
    }

    fn node(mut self, view: &View<'_>, node: &Node, charset: Charset) -> Self {
        let mut text = Vec::new();
        value::value(&mut text, view, node, charset);
        self.value = String::from_utf8_lossy(&text).into_owned();
        // What covers no byte and has no value of its own is a finding of ours.
        self.warns = matches!(node.field.show, Show::Nothing) && node.at.is_empty();
        self.name = if self.warns { format!("! {}", node.field.name) } else { node.field.name.to_owned() };
        self
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, tree: &Tree, here: bool) {
    let indent = |row: &Branch| u16::from(row.depth) * 2 + 4;
    let named = |row: &&Branch| row.depth > 0 && !row.value.is_empty();
    let widest = tree.rows.iter().filter(named).map(|r| indent(r) + pen.width(&r.name)).max().unwrap_or(0);
    let values = (widest + 2).min(area.width * 3 / 5);
    for (y, row) in (area.y..area.bottom()).zip(&tree.rows) {
        branch(pen, Rect { y, height: 1, ..area }, row, indent(row), values, here);
    }
}

fn branch(pen: &mut Pen<'_>, area: Rect, row: &Branch, indent: u16, values: u16, here: bool) {
    let look = pen.look;
    let base = if row.chosen { look.chosen(here) } else { look.plain() };
    if row.chosen {
        pen.buffer.set_style(area, base);
        pen.put(area.x, area.y, look.pick("▶", ">"), 1, base);
    }
    if row.matches {
        pen.put(area.x + 1, area.y, look.pick("◆", "="), 1, base);
    }
    let fold = match row.open {
        Some(true) => look.pick("▾", "-"),
        Some(false) => look.pick("▸", "+"),
        None => " ",
    };
    let begin = area.x + indent;
    pen.put(begin.saturating_sub(2), area.y, fold, 1, base);
    let style = match (row.chosen, row.warns, row.level) {
        (true, ..) => base,
        (_, true, _) => look.warn(),
        (_, _, Some(level)) => look.level(level),
        (_, _, None) => look.dim(),
    };
    let end = area.right();
    if row.level.is_some() {
        let used = pen.put(begin, area.y, &row.name, end.saturating_sub(begin), style);
        let width = pen.width(&row.value);
        if begin + used + 2 + width <= end {
            pen.put(end - width, area.y, &row.value, width, if row.chosen { base } else { look.dim() });
        }
        return;
    }
    let at = (area.x + values).max(begin);
    let room = if row.value.is_empty() { end.saturating_sub(begin) } else { at.saturating_sub(begin + 1) };
    pen.put(begin, area.y, &row.name, room, style);
    pen.put(at, area.y, &row.value, end.saturating_sub(at), base);
}
