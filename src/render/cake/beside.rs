//! The column beside the boxes, where the terminal is wide: who reads each layer, what becomes of it.

use super::page::{Ink, Line, clean};
use crate::dissect::{Level, Node, Show, Value};
use crate::render::Charset;

/// From this width on there is room beside the boxes.
pub(super) const FROM: usize = 118;
/// Columns that it takes, with the two that part it from the boxes.
pub(super) const COLUMNS: usize = 40;

const HEADING: &str = "WHO READS IT → WHAT BECOMES OF IT";

/// The lines for one level. The first begins with its name.
fn lines(level: Level, nodes: &[Node]) -> Vec<String> {
    let fixed = |lines: &[&str]| lines.iter().map(ToString::to_string).collect();
    match level {
        Level::Physical => Vec::new(),
        Level::Link => fixed(&["the next machine on this wire", "→ rewritten at EVERY hop"]),
        Level::Network => {
            let hops = nodes.iter().find_map(|n| match (n.field.show, n.value) {
                (Show::Unit("hops left"), Value::Number(left)) => Some(left),
                _ => None,
            });
            let mut lines = vec!["every router on the way".to_owned()];
            match hops {
                Some(left) if left > 2 => {
                    lines.push(format!("→ {left} hops become {}, {}, …", left - 1, left - 2));
                }
                Some(_) => lines.push("→ the hops run out: dropped soon".to_owned()),
                None => {}
            }
            if nodes.iter().any(|n| matches!(n.field.show, Show::Ip)) {
                lines.push("→ the two addresses stay *".to_owned());
                lines.push("* unless a NAT box is crossed".to_owned());
            }
            lines
        }
        Level::Transport => {
            fixed(&["only the two end machines", "→ the kernel picks the program", "  by room (port) number"])
        }
        Level::Application => {
            fixed(&["only the two programs", "→ but everyone on the way sees it,", "  unless it is encrypted"])
        }
    }
}

/// Notes to be laid beside the picture.
#[derive(Default)]
pub(super) struct Beside {
    notes: Vec<(usize, Line)>,
    next: usize,
    seen: Vec<Level>,
}

impl Beside {
    /// Notes what is to be said about a level whose first bytes stand on line `at`; once per level.
    pub fn note(&mut self, at: usize, level: Level, nodes: &[Node], charset: Charset) {
        let lines = lines(level, nodes);
        if lines.is_empty() || self.seen.contains(&level) {
            return;
        }
        if self.seen.is_empty() {
            let start = at.saturating_sub(1);
            self.notes.push((start, Line::of(&clean(HEADING, charset), Ink::Faint)));
            self.next = start + 1;
        }
        self.seen.push(level);
        let start = at.max(self.next);
        for (number, text) in lines.iter().enumerate() {
            let mut line = Line::default();
            if number == 0 {
                line.push(&format!("{:<8} ", level.name().to_uppercase()), Ink::Title(level));
            } else {
                line.push("  ", Ink::Plain);
            }
            line.push(&clean(text, charset), Ink::Plain);
            self.notes.push((start + number, line));
        }
        self.next = start + lines.len();
    }

    /// Lays the notes beside the lines, which are `width` wide.
    pub fn lay(self, lines: &mut Vec<Line>, width: usize) {
        for (at, note) in self.notes {
            while lines.len() <= at {
                lines.push(Line::default());
            }
            if let Some(line) = lines.get_mut(at) {
                line.reach(width + 2);
                line.join(&note);
                line.shorten(width + COLUMNS, "");
            }
        }
    }
}
