//! The cake: one packet as boxes within boxes, a layer each, its bytes as hex and every field labelled
//! below its bytes.
//! Not here: where the labels stand (`labels`, `rows`, `list`), what they say (`units`), the frames (`boxes`).

mod beside;
mod boxes;
mod explain;
mod head;
mod labels;
mod list;
mod page;
mod rows;
#[cfg(test)]
mod tests;
mod units;

use self::beside::Beside;
use self::boxes::{Boxes, glyphs};
pub(super) use self::explain::Length;
pub(super) use self::page::{Ink, Line};
use self::page::{clean, wrap};
use self::rows::{Rows, plural, thousands, widest};
use self::units::{Detail, Words, addresses};
use super::{Renderer, Style, View};
use crate::dissect::{By, DATA, Layer, Level};

/// Below this width every layer is a list.
const NARROW: usize = 60;
/// Rows of one long field before it is elided.
const ROWS: usize = 8;

/// What of the packet is drawn.
#[derive(Debug, Clone, Default)]
pub struct CakeOptions {
    /// Key of the one protocol that is opened alone, with all its fields, each explained below.
    pub only: Option<String>,
    /// How many layers are open, the frame counted; the rest is one closed box.
    pub opened: Option<usize>,
    /// Said in the heading: "simulated wire".
    pub source_note: Option<String>,
}

/// Draws packets as cakes.
pub struct Cake {
    style: Style,
    options: CakeOptions,
    drawn: bool,
}

impl Cake {
    /// A cake in this style.
    pub fn new(style: Style, options: CakeOptions) -> Self {
        let style = Style { width: style.width.clamp(40, 200), ..style };
        Cake { style, options, drawn: false }
    }
}

impl Renderer for Cake {
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>) {
        if self.drawn {
            out.push(b'\n');
        }
        self.drawn = true;
        let lines = Picture::new(view, self.style).cake(&self.options);
        write(&lines, self.style, out);
    }
}

/// Appends lines to `out`.
pub(super) fn write(lines: &[Line], style: Style, out: &mut Vec<u8>) {
    for line in lines {
        line.write(style.color, out);
    }
}

/// How much of a layer's box is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// Its title only.
    Title,
    /// Its fields.
    Fields,
    /// All its fields, the quiet ones too, and all its bytes.
    All,
}

/// One packet being drawn.
pub(super) struct Picture<'a> {
    words: Words<'a>,
    style: Style,
    /// Columns of the boxes.
    width: usize,
    /// Most rows of one long field.
    pub(super) rows: usize,
}

impl<'a> Picture<'a> {
    pub(super) fn new(view: View<'a>, style: Style) -> Self {
        let words = Words { view, charset: style.charset };
        let width = if style.width >= beside::FROM { style.width - beside::COLUMNS } else { style.width };
        Picture { words, style, width, rows: ROWS }
    }

    fn cake(mut self, options: &CakeOptions) -> Vec<Line> {
        let mut lines = vec![self.heading(options.source_note.as_deref(), self.style.width)];
        let layers = self.words.view.tape.layers.len();
        if let Some(key) = &options.only {
            self.width = self.style.width;
            let mut boxes = Boxes::new(self.width, self.style.charset);
            let chosen = (0..layers).filter(|at| self.layer(*at).is_some_and(|l| l.protocol.key == key));
            for at in chosen.clone() {
                if at == 0 {
                    boxes.lines.extend(self.physical());
                } else {
                    self.layer_box(&mut boxes, at, 0, Open::All);
                }
            }
            boxes.close_to(0);
            lines.extend(boxes.lines);
            lines.push(Line::default());
            for at in chosen {
                lines.extend(self.explain(at));
            }
            return lines;
        }
        lines.extend(self.physical());
        lines.extend(self.nested(1, options.opened.unwrap_or(layers), |_| Open::Fields, true));
        if self.style.explain {
            lines.push(Line::default());
            for at in 0..layers.min(options.opened.unwrap_or(layers)) {
                lines.extend(self.explain(at));
            }
        }
        lines
    }

    /// The boxes of layers `first..opened`, one within the other, what follows as a closed box.
    pub(super) fn nested(&self, first: usize, opened: usize, open: impl Fn(usize) -> Open, wide: bool) -> Vec<Line> {
        let tape = self.words.view.tape;
        let mut boxes = Boxes::new(self.width, self.style.charset);
        let mut beside = Beside::default();
        let outermost = self.layer(first).map_or(0, |l| l.nest);
        let deepest = boxes.deepest();
        let depth = |layer: &Layer| usize::from(layer.nest.saturating_sub(outermost)).min(deepest);
        for (at, layer) in tape.layers.iter().enumerate().take(opened).skip(first) {
            self.layer_box(&mut boxes, at, depth(layer), open(at));
            let fits = wide && self.style.width >= beside::FROM;
            if fits && layer.protocol.level != Level::Physical && !layer.at.is_empty() && !is_data(layer) {
                let top = boxes.top(at);
                beside.note(top + 1, layer.protocol.level, tape.nodes_of(at), self.style.charset);
            }
        }
        if let Some(next) = self.layer(opened.max(first)) {
            let end = tape.layers.iter().skip(opened).map(|l| l.inner_end).max().unwrap_or(next.inner_end);
            let hidden = end.saturating_sub(next.at.start) as usize;
            let more = glyphs(self.style.charset).more;
            let title = format!("{more} {} {} for the next layer", thousands(hidden), plural(hidden));
            boxes.open(depth(next), next.protocol.level, &title, "");
        }
        boxes.close_to(0);
        let mut lines = boxes.lines;
        beside.lay(&mut lines, self.width);
        lines
    }

    /// The explanations of one layer.
    fn explain(&self, at: usize) -> Vec<Line> {
        let blocks = self.explanations(at, Length::Full);
        blocks.into_iter().map(|block| [block, vec![Line::default()]].concat()).collect::<Vec<_>>().concat()
    }

    /// The same as blocks: the layer, then each of its fields.
    pub(super) fn explanations(&self, at: usize, length: Length) -> Vec<Vec<Line>> {
        explain::explain(&self.words, at, self.style.width.min(100), length)
    }

    fn layer(&self, at: usize) -> Option<&'a Layer> {
        self.words.view.tape.layers.get(at)
    }

    fn layer_box(&self, boxes: &mut Boxes, at: usize, depth: usize, open: Open) {
        let Some(layer) = self.layer(at) else { return };
        let own = layer.at.len();
        let all = layer.inner_end.saturating_sub(layer.at.start) as usize;
        boxes.open(
            depth,
            layer.protocol.level,
            &self.title(at, layer),
            &format!("{} of {} B", thousands(own), thousands(all)),
        );
        boxes.mark(at);
        if open == Open::Title {
            return;
        }
        let room = boxes.room(boxes.depth() - 1);
        for line in self.body(at, layer, room, open) {
            boxes.line(&line);
        }
    }

    fn title(&self, at: usize, layer: &Layer) -> String {
        if is_data(layer) {
            return format!("no reader: {} {}", thousands(layer.at.len()), plural(layer.at.len()));
        }
        let level = layer.protocol.level;
        let mut title = format!("{} {}  {}", level.number(), level.name().to_uppercase(), layer.protocol.name);
        if let Some((from, to)) = addresses(self.words.view.tape, at).filter(|_| level == Level::Network) {
            let arrow = glyphs(self.style.charset).arrow;
            title = format!("{title}  {} {arrow} {}", self.words.value(from), self.words.value(to));
        }
        if layer.by == By::Port {
            title += "  (by its port)";
        }
        if layer.quoted {
            title += "  (quoted)";
        }
        if layer.joined {
            title += "  (joined)";
        }
        clean(&title, self.style.charset)
    }

    /// Bytes, labels and remarks of one layer.
    fn body(&self, at: usize, layer: &Layer, room: usize, open: Open) -> Vec<Line> {
        let complete = open == Open::All;
        let most = if complete { usize::MAX } else { self.rows };
        let rows = Rows {
            bytes: self.words.view.tape.home(at, self.words.view.packet.bytes),
            room,
            ink: Ink::Of(layer.protocol.level),
            glyphs: glyphs(self.style.charset),
            most,
        };
        let mut lines = if is_data(layer) { rows.plain(layer.at) } else { self.labelled(at, &rows, complete) };
        let detail = if complete { Detail::All } else { Detail::Fields };
        for remark in self.words.remarks(at, detail) {
            let (mark, ink) = if remark.loud { ("! ", Ink::Alarm) } else { ("= ", Ink::Faint) };
            for (number, part) in wrap(&remark.text, room.saturating_sub(2)).iter().enumerate() {
                let mut line = Line::of(if number == 0 { mark } else { "  " }, ink);
                line.push(part, if remark.loud { Ink::Alarm } else { Ink::Plain });
                lines.push(line);
            }
        }
        if layer.cut {
            lines.push(Line::of("! cut short here", Ink::Alarm));
        }
        lines
    }

    /// Brackets where they are readable, else a list.
    fn labelled(&self, at: usize, rows: &Rows<'_>, complete: bool) -> Vec<Line> {
        let mut units = self.words.units(at, if complete { Detail::All } else { Detail::Fields });
        let labels = units.iter().filter(|unit| !unit.full.is_empty()).count();
        let text: usize = units.iter().filter(|unit| unit.text).map(|unit| unit.at.len()).sum();
        let total: usize = units.iter().map(|unit| unit.at.len()).sum();
        let wordy = labels > 4 && text * 2 > total;
        let brackets = if self.style.width < NARROW || wordy { None } else { rows.draw(&self.words.apart(at, &units)) };
        let listed = list::list(rows, &units, complete);
        let dense = |lines: &Vec<Line>| lines.len() <= listed.len() + 4 || (total <= 20 && !complete);
        if let Some(lines) = brackets.filter(|lines| widest(lines) <= rows.room).filter(dense) {
            return lines;
        }
        if !complete && listed.len() > 3 * self.rows {
            units = self.words.units(at, Detail::Groups);
            return list::list(rows, &units, complete);
        }
        listed
    }
}

fn is_data(layer: &Layer) -> bool {
    std::ptr::eq(layer.protocol, &raw const DATA)
}
