//! The map as a picture for slides and pages: one square a port, 256 rooms on each of 256 floors. Self-contained,
//! light and dark, with words for screen readers, no script.

use std::fmt::Write as _;

use super::{Kind, Map, Realm, label};
use crate::render::{Charset, quantity};

/// Where the squares begin, and how wide they are together.
const LEFT: f64 = 92.0;
const TOP: f64 = 92.0;
const SIDE: f64 = 768.0;
/// The whole picture's width.
const WIDTH: f64 = 1200.0;
/// From one name to the next.
const LINE: f64 = 18.0;
/// Names beside the squares.
const NAMES: usize = 42;
/// Squares that are larger carry their number.
const ROOMY: f64 = 40.0;

const CSS: &str = "\
svg{--paper:#fbfaf7;--ink:#22252b;--soft:#6b7078;--known:#d9e4f5;--registered:#eef0f2;--lent:#f6ead3;--dynamic:#e4e4e8;\
--listen:#7a1fa2;--bound:#1c4fd0;--talk:#0b7f93;--wait:#b36b00;background:var(--paper)}\
@media(prefers-color-scheme:dark){svg{--paper:#16181d;--ink:#e8e6e1;--soft:#9aa0a8;--known:#22324d;--registered:#23262c;\
--lent:#3b3220;--dynamic:#2c2c33;--listen:#d79bf0;--bound:#8fb0ff;--talk:#5fd0e0;--wait:#f0b45a}}\
text{font:13px system-ui,sans-serif;fill:var(--ink)}.big{font-size:24px;font-weight:600}.soft{fill:var(--soft)}\
.num{font:12px ui-monospace,monospace;fill:var(--soft);text-anchor:end}.in{font:11px ui-monospace,monospace;\
fill:var(--soft);text-anchor:middle}.known{fill:var(--known)}.registered{fill:var(--registered)}.lent{fill:var(--lent)}\
.dynamic{fill:var(--dynamic)}.room{fill:none;stroke:var(--paper);stroke-width:2}.listen{fill:var(--listen)}.bound{fill:none;stroke:var(--bound);stroke-width:2}\
.talk{fill:var(--talk)}.wait{fill:none;stroke:var(--wait);stroke-width:1.2}\
.lead{fill:none;stroke:var(--soft);stroke-width:.8;opacity:.55}";

/// How the squares lie.
struct Grid {
    first: usize,
    last: usize,
    columns: usize,
    cell: f64,
}

impl Grid {
    fn new(map: &Map) -> Self {
        let (first, last) = (usize::from(map.first), usize::from(map.last));
        let mut columns = 8;
        while columns * columns < map.len() {
            columns *= 2;
        }
        Grid { first, last, columns, cell: SIDE / columns as f64 }
    }

    fn rows(&self) -> usize {
        (self.last - self.first + 1).div_ceil(self.columns)
    }

    /// The middle of a port's square.
    fn middle(&self, port: u16) -> (f64, f64) {
        let place = usize::from(port).saturating_sub(self.first);
        let (row, column) = (place / self.columns, place % self.columns);
        (LEFT + (column as f64 + 0.5) * self.cell, TOP + (row as f64 + 0.5) * self.cell)
    }

    fn height(&self) -> f64 {
        self.rows() as f64 * self.cell
    }
}

/// Appends the picture as an SVG document.
pub fn svg(out: &mut Vec<u8>, map: &Map) {
    let grid = Grid::new(map);
    let names = map.named().count().min(NAMES + 1) as f64 * LINE;
    let bottom = TOP + grid.height().max(names);
    let height = bottom + 92.0;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" \
         aria-labelledby=\"title desc\"><title id=\"title\">{} ports {} to {} of this machine</title>\
         <desc id=\"desc\">{}</desc><style>{CSS}</style>",
        map.protocol,
        map.first,
        map.last,
        escape(&spoken(map))
    );
    let heading = if map.is_whole() {
        format!("{}: 16 bits of number, 65,536 rooms", map.protocol)
    } else {
        format!("{}: ports {} to {}", map.protocol, map.first, map.last)
    };
    let _ = write!(text, "<text class=\"big\" x=\"{LEFT}\" y=\"46\">{heading}</text>");
    let floor = format!("one square a port, {} a row · {}", grid.columns, map.share());
    let _ = write!(text, "<text class=\"soft\" x=\"{LEFT}\" y=\"70\">{floor}</text>");
    grounds(&mut text, map, &grid);
    numbers(&mut text, map, &grid);
    marks(&mut text, map, &grid);
    beside(&mut text, map, &grid);
    legend(&mut text, map, bottom + 36.0);
    text.push_str("</svg>\n");
    out.extend_from_slice(text.as_bytes());
}

/// What the picture says, for those who do not see it.
fn spoken(map: &Map) -> String {
    let mut text = map.share();
    for kind in Kind::ALL {
        let _ = write!(text, ", {} {}", quantity::grouped(map.count(kind)), kind.name());
    }
    let names: Vec<String> = map.named().take(NAMES).map(|room| label(room, Charset::Unicode)).collect();
    if !names.is_empty() {
        let _ = write!(text, ". Programs wait at {}", names.join(", "));
    }
    text + "."
}

fn class(realm: Realm) -> &'static str {
    match realm {
        Realm::WellKnown => "known",
        Realm::Registered => "registered",
        Realm::Ephemeral => "lent",
        Realm::Dynamic => "dynamic",
    }
}

/// The ranges: a range that begins or ends within a row is up to three rectangles.
fn grounds(text: &mut String, map: &Map, grid: &Grid) {
    for span in &map.spans {
        let first = usize::from(span.first).max(grid.first);
        let last = usize::from(span.last).min(grid.last);
        if first > last {
            continue;
        }
        let (mut from, end) = (first - grid.first, last - grid.first + 1);
        while from < end {
            let (row, column) = (from / grid.columns, from % grid.columns);
            let rows = (end - from) / grid.columns;
            let (wide, high) = if column == 0 && rows > 0 {
                (grid.columns, rows)
            } else {
                ((grid.columns - column).min(end - from), 1)
            };
            let _ = write!(
                text,
                "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                class(span.realm),
                LEFT + column as f64 * grid.cell,
                TOP + row as f64 * grid.cell,
                wide as f64 * grid.cell,
                high as f64 * grid.cell
            );
            from += wide * high;
        }
    }
}

/// The first port of some rows, and in large squares each port's own number.
fn numbers(text: &mut String, map: &Map, grid: &Grid) {
    let rows = grid.rows();
    let step = rows.div_ceil(16);
    for row in (0..rows).step_by(step) {
        let y = TOP + row as f64 * grid.cell + if step > 1 { 10.0 } else { grid.cell / 2.0 + 4.0 };
        let port = grid.first + row * grid.columns;
        let _ = write!(text, "<text class=\"num\" x=\"{}\" y=\"{y}\">{port}</text>", LEFT - 10.0);
    }
    if grid.cell >= ROOMY {
        for port in map.first..=map.last {
            let (x, y) = grid.middle(port);
            let (half, cell) = (grid.cell / 2.0, grid.cell);
            let (left, top) = (x - half, y - half);
            let room = "class=\"room\"";
            let _ = write!(text, "<rect {room} x=\"{left}\" y=\"{top}\" width=\"{cell}\" height=\"{cell}\"/>");
            let y = y + half - 5.0;
            let _ = write!(text, "<text class=\"in\" x=\"{x}\" y=\"{y}\">{port}</text>");
        }
    }
}

fn marks(text: &mut String, map: &Map, grid: &Grid) {
    let size = (grid.cell * 0.45).clamp(3.6, 9.0);
    // The rarer ones last: they lie on top.
    for kind in Kind::ALL.into_iter().rev() {
        for room in map.rooms.iter().filter(|r| r.kind == kind) {
            let (x, y) = grid.middle(room.port);
            mark(text, kind, x, if grid.cell >= ROOMY { y - 6.0 } else { y }, size);
            if kind >= Kind::Bound || grid.cell >= ROOMY {
                // What a mouse over it shows; replaces the end of the empty element.
                text.truncate(text.len() - 2);
                let tag = if matches!(kind, Kind::Connected | Kind::Waiting) { "circle" } else { "rect" };
                let _ = write!(text, "><title>{}</title></{tag}>", escape(&label(room, Charset::Unicode)));
            }
        }
    }
}

/// Squares for programs that wait, circles for connections; full ones are alive.
fn mark(text: &mut String, kind: Kind, x: f64, y: f64, size: f64) {
    let square = |text: &mut String, class: &str| {
        let (x, y, side) = (x - size, y - size, 2.0 * size);
        let _ = write!(
            text,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{side:.1}\" height=\"{side:.1}\"/>"
        );
    };
    match kind {
        Kind::Listening => square(text, "listen"),
        Kind::Bound => square(text, "bound"),
        Kind::Connected | Kind::Waiting => {
            let class = if kind == Kind::Connected { "talk" } else { "wait" };
            let _ = write!(text, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{:.1}\"/>", size * 0.9);
        }
    }
}

/// The names of those that wait, each with a line to its square.
fn beside(text: &mut String, map: &Map, grid: &Grid) {
    let rooms: Vec<_> = map.named().take(NAMES).collect();
    let mut places: Vec<f64> = Vec::new();
    for room in &rooms {
        let wish = grid.middle(room.port).1;
        places.push(places.last().map_or(wish, |last: &f64| wish.max(last + LINE)));
    }
    // What has run over the end moves up again.
    let mut limit = TOP + grid.height().max(rooms.len() as f64 * LINE) - 4.0;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - LINE;
    }
    let edge = LEFT + SIDE;
    for (room, y) in rooms.iter().zip(&places) {
        let (x, from) = grid.middle(room.port);
        let _ = write!(
            text,
            "<path class=\"lead\" d=\"M{x:.1} {from:.1}H{:.1}L{:.1} {y:.1}H{:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            edge + 4.0,
            edge + 26.0,
            edge + 34.0,
            edge + 40.0,
            y + 4.5,
            escape(&short(&label(room, Charset::Unicode)))
        );
    }
    let more = map.named().count() - rooms.len();
    if more > 0 {
        let y = places.last().map_or(TOP, |y| y + LINE) + 4.5;
        let _ = write!(text, "<text class=\"soft\" x=\"{}\" y=\"{y:.1}\">and {more} more</text>", edge + 40.0);
    }
}

fn legend(text: &mut String, map: &Map, y: f64) {
    let mut x = LEFT;
    for kind in Kind::ALL {
        mark(text, kind, x + 7.0, y - 4.5, 5.0);
        let words = format!("{} {}", quantity::grouped(map.count(kind)), kind.name());
        let _ = write!(text, "<text x=\"{}\" y=\"{y}\">{words}</text>", x + 20.0);
        x += 205.0;
    }
    x = LEFT;
    let y = y + 28.0;
    for (realm, first, last) in map.extents() {
        let _ = write!(
            text,
            "<rect class=\"{}\" x=\"{x}\" y=\"{}\" width=\"14\" height=\"14\" stroke=\"currentColor\" \
             stroke-opacity=\".3\"/><text x=\"{}\" y=\"{y}\">{} {first}–{last}</text>",
            class(realm),
            y - 11.5,
            x + 20.0,
            realm.name()
        );
        x += 205.0;
    }
}

/// A name that fits beside the squares.
fn short(text: &str) -> String {
    let cut: String = text.chars().take(38).collect();
    if cut.len() < text.len() { cut + "…" } else { cut }
}

/// Text of an XML document. Controls became visible escapes before; these two are no characters of XML.
fn escape(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('?'),
            c => safe.push(c),
        }
    }
    safe
}
