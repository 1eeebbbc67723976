//! From a chosen layer or field to the bytes that are lit, and from a byte back to the field that explains it best.

use crate::dissect::{Dissection, Node, Span, Value};

/// Which bytes a place counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Home {
    /// Those of the packet.
    #[default]
    Packet,
    /// Those joined from several packets, or unpacked: [`Dissection::joined`].
    Joined,
    /// Those that were made for one value: [`Dissection::made`].
    Made,
}

/// What is chosen in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// A layer, by its number.
    Layer(usize),
    /// A field, by its place in [`Dissection::nodes`].
    Node(usize),
}

/// The bytes that are lit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lit {
    /// The bytes that are shown.
    pub home: Home,
    /// Those of the field, or of the layer's own header; nothing for a remark.
    pub at: Span,
    /// The layer around them.
    pub around: Span,
    /// The bytes that were made out of them, in [`Dissection::made`].
    pub made: Option<Span>,
}

impl Lit {
    /// What is lit where this is chosen.
    pub fn of(choice: Choice, tape: &Dissection) -> Self {
        let layer_of = |number: usize| tape.layers.get(number);
        let home = |number: usize| if layer_of(number).is_some_and(|l| l.joined) { Home::Joined } else { Home::Packet };
        match choice {
            Choice::Layer(number) => {
                let at = layer_of(number).map(|l| l.at).unwrap_or_default();
                Lit { home: home(number), at, around: at, made: None }
            }
            Choice::Node(place) => {
                let Some(node) = tape.nodes.get(place) else { return Lit::default() };
                let number = usize::from(node.layer);
                let made = if let Value::Made(at) = node.value { Some(at) } else { None };
                Lit {
                    home: home(number),
                    at: node.at,
                    around: layer_of(number).map(|l| l.at).unwrap_or_default(),
                    made,
                }
            }
        }
    }
}

/// What explains byte `at` of `home` best: the smallest field there, else the innermost layer. Of fields that share the
/// byte as bits, the first one.
pub fn choose(home: Home, at: u32, tape: &Dissection) -> Option<Choice> {
    let holds = |span: Span| span.start <= at && at < span.end;
    let here = |node: &Node| match home {
        Home::Made => matches!(node.value, Value::Made(span) if holds(span)),
        home => holds(node.at) && is_home(home, usize::from(node.layer), tape),
    };
    let nodes = tape.nodes.iter().enumerate().filter(|(_, node)| here(node));
    // An inner layer says more of a byte than the field around it that carries it.
    let best = nodes.min_by_key(|(place, node)| {
        (std::cmp::Reverse(nest(tape, node)), node.at.len(), std::cmp::Reverse(node.depth), *place)
    });
    let layers = || {
        let own = tape.layers.iter().enumerate().filter(|(n, l)| holds(l.at) && is_home(home, *n, tape));
        own.max_by_key(|(n, l)| (l.nest, *n))
    };
    match (best, layers()) {
        (Some((_, node)), Some((number, layer))) if layer.nest > nest(tape, node) => Some(Choice::Layer(number)),
        (Some((place, _)), _) => Some(Choice::Node(place)),
        (None, layer) => layer.map(|(number, _)| Choice::Layer(number)),
    }
}

fn nest(tape: &Dissection, node: &Node) -> u8 {
    tape.layers.get(usize::from(node.layer)).map_or(0, |l| l.nest)
}

fn is_home(home: Home, layer: usize, tape: &Dissection) -> bool {
    tape.layers.get(layer).is_some_and(|l| l.joined == (home == Home::Joined))
}
