//! A packet as the page of `layercake live` gets it: layers, fields and bytes as JSON, with what is lit for each of them
//! and which of them a byte belongs to. The page knows no protocol: everything it says stands here.

use serde_json::{Value as Json, json};

use super::line::Columns;
use super::value;
use super::{Charset, View};
use crate::dissect::{Layer, Name, Node, Show, Span};

/// Bytes of a packet that a page is shown; fields further behind are shown without theirs.
pub const BYTES: usize = 4096;
/// Fields that a page is shown.
pub const FIELDS: usize = 2000;

/// What is lit where a layer or a field is chosen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Light {
    /// 0 the packet's bytes, 1 the joined ones, 2 the made ones.
    pub home: u8,
    /// Which of them.
    pub at: Span,
    /// The bytes that were made out of them.
    pub made: Option<Span>,
}

/// What the view model says of a packet. Choices are numbers: fields from 0, layers from -1 downwards.
#[derive(Debug, Default)]
pub struct Sight {
    /// Of each layer: what is lit, whether it is open at first.
    pub layers: Vec<(Light, bool)>,
    /// Of each field: what is lit, what its value means.
    pub nodes: Vec<(Light, Vec<&'static Name>)>,
    /// For the three homes: up to which byte (excluded) which choice is meant.
    pub runs: [Vec<(u32, Option<i64>)>; 3],
    /// The choice that says most.
    pub best: Option<i64>,
}

/// A row of the list: number, time, ends, what is said, layer, whether something is remarked.
pub fn row(number: u64, columns: &Columns) -> Json {
    json!([number, columns.time, columns.ends, columns.saying, columns.level.number(), columns.warns])
}

/// The packet whole.
pub fn packet(view: View<'_>, sight: &Sight, homes: [&[u8]; 3]) -> Json {
    let layers = view.tape.layers.iter().enumerate().map(|(n, l)| layer(view, sight, n, l));
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(&bytes[..bytes.len().min(BYTES)]);
    json!({
        "number": view.packet.number,
        "length": view.packet.length,
        "layers": layers.collect::<Vec<_>>(),
        "homes": homes.map(|bytes| json!({ "bytes": hex(bytes), "all": bytes.len() })),
        "runs": sight.runs,
        "best": sight.best,
    })
}

fn layer(view: View<'_>, sight: &Sight, number: usize, layer: &Layer) -> Json {
    let (light, open) = sight.layers.get(number).copied().unwrap_or_default();
    let protocol = layer.protocol;
    let nodes = (layer.first as usize..).zip(view.tape.nodes_of(number)).take_while(|(place, _)| *place < FIELDS);
    json!({
        "id": -1 - number.cast_signed() as i64,
        "name": protocol.name,
        "key": protocol.key,
        "level": protocol.level.number(),
        "level_name": protocol.level.name(),
        "explain": protocol.explain,
        "spec": protocol.spec,
        "nest": layer.nest,
        "quoted": layer.quoted,
        "cut": layer.cut,
        "light": lit(light),
        "open": open,
        "fields": nodes.map(|(place, node)| field(view, sight, place, node)).collect::<Vec<_>>(),
    })
}

fn field(view: View<'_>, sight: &Sight, place: usize, node: &Node) -> Json {
    let none = (Light::default(), Vec::new());
    let (light, named) = sight.nodes.get(place).unwrap_or(&none);
    let mut text = Vec::new();
    if !matches!(node.field.show, Show::Nothing) {
        value::value(&mut text, &view, node, Charset::Unicode);
    }
    let meanings = named.iter().filter(|n| !n.explain.is_empty());
    json!({
        "id": place,
        "key": node.field.key,
        "name": node.field.name,
        "text": String::from_utf8_lossy(&text),
        "depth": node.depth,
        "explain": node.field.explain,
        "spec": node.field.spec,
        "bits": (node.bits > 0).then(|| [node.bit, node.bit + node.bits]),
        "meanings": meanings.map(|n| format!("{}: {}", n.name, n.explain)).collect::<Vec<_>>(),
        "light": lit(*light),
    })
}

fn lit(light: Light) -> Json {
    json!({ "home": light.home, "at": [light.at.start, light.at.end], "made": light.made.map(|m| [m.start, m.end]) })
}
