//! What the chosen field or layer is for, and what this value of it means.

use ratatui_core::layout::Rect;

use super::text::Pen;
use super::tree::What;
use crate::dissect::{Field, Name, Protocol, Show};
use crate::render::{Charset, View, value, wrap};

/// What is to be read about the chosen field.
#[derive(Debug, Default)]
pub struct Explain {
    /// "4 TCP · window 502".
    pub title: String,
    /// "tcp.window · RFC 9293 §3.1".
    pub reference: String,
    /// What it is for.
    pub purpose: String,
    /// What this value means.
    pub meanings: Vec<String>,
    /// What else is to be said: that the filter matches here, that a conversation is too long to be read whole.
    pub remarks: Vec<String>,
}

/// Lines that the explanation has in a window of this height.
pub fn height(window: u16) -> u16 {
    (window.saturating_sub(4) / 5 + 1).clamp(4, 9)
}

impl Explain {
    /// All that the field and its value say of themselves.
    pub fn of(
        view: &View<'_>,
        what: What,
        protocol: &Protocol,
        field: Option<&Field>,
        named: &[&'static Name],
        charset: Charset,
    ) -> Self {
        let level = protocol.level.number();
        let Some(field) = field else {
            return Explain {
                title: format!("{level} {}: layer {level}, {}", protocol.name, protocol.level.name()),
                reference: format!("{} · {}", protocol.key, protocol.spec),
                purpose: protocol.explain.to_owned(),
                ..Explain::default()
            };
        };
        let mut text = Vec::new();
        if let What::Node(place) = what
            && let Some(node) = view.tape.nodes.get(place)
            && !matches!(field.show, Show::Nothing)
        {
            value::value(&mut text, view, node, charset);
        }
        let shown = String::from_utf8_lossy(&text);
        let colon = if shown.is_empty() { "" } else { ": " };
        let meaning = |name: &&&Name| !name.explain.is_empty();
        let meanings = named.iter().filter(meaning).map(|n| format!("{}: {}", n.name, n.explain)).collect();
        Explain {
            title: format!("{level} {} · {}{colon}{shown}", protocol.name, field.name),
            reference: format!("{}.{} · {}", protocol.key, field.key, field.spec),
            purpose: field.explain.to_owned(),
            meanings,
            remarks: Vec::new(),
        }
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, explain: &Explain) {
    let room = usize::from(area.width.saturating_sub(3).min(110));
    let look = pen.look;
    let parts = std::iter::once((&explain.purpose, look.plain()))
        .chain(explain.meanings.iter().map(|m| (m, look.strong())))
        .chain(explain.remarks.iter().map(|r| (r, look.dim())));
    let mut lines = Vec::new();
    for (text, style) in parts.filter(|(text, _)| !text.is_empty()) {
        lines.extend(wrap::fold(text, room).into_iter().map(|line| (line, style)));
    }
    let fits = usize::from(area.height);
    let cut = lines.len() > fits;
    for (number, (line, style)) in lines.iter().take(fits).enumerate() {
        let more = if cut && number + 1 == fits { look.pick(" …", " ...") } else { "" };
        let text = format!("{line}{more}");
        pen.put(area.x + 2, area.y + number as u16, &text, area.width.saturating_sub(2), *style);
    }
}
