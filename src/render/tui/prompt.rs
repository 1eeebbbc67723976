//! A line that is being typed: what it is for, what is wrong with it, what could come next.

use ratatui_core::layout::Rect;
use ratatui_core::style::Modifier;

use super::text::Pen;

/// What is being typed.
#[derive(Debug, Clone)]
pub struct Prompt<'a> {
    /// "Filter: list only packets that match".
    pub title: &'a str,
    /// The text.
    pub text: &'a str,
    /// Where the next letter goes, in bytes.
    pub cursor: usize,
    /// What is wrong, and where, in bytes of the text.
    pub wrong: Option<(&'a str, std::ops::Range<usize>)>,
    /// What could stand here, and which one is chosen.
    pub offers: &'a [String],
    /// The chosen one.
    pub offered: Option<usize>,
    /// What else helps: examples.
    pub help: &'a str,
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, prompt: &Prompt<'_>) {
    let look = pen.look;
    let (begin, room) = (area.x + 4, area.width.saturating_sub(5));
    pen.put(area.x + 2, area.y, look.pick("❯", ">"), 1, look.strong());
    // What is before the cursor is seen: a long text moves to the left.
    let before = &prompt.text[..prompt.text.floor_char_boundary(prompt.cursor)];
    let mut skip = 0;
    while pen.width(&before[skip..]) + 1 > room {
        skip += before[skip..].chars().next().map_or(1, char::len_utf8);
    }
    pen.put(begin, area.y, &prompt.text[skip..], room, look.plain());
    let x = begin + pen.width(&before[skip..]);
    if let Some(cell) = pen.buffer.cell_mut((x.min(area.right() - 1), area.y)) {
        cell.set_style(look.plain().add_modifier(Modifier::REVERSED));
    }
    let mut y = area.y + 1;
    if let Some((words, at)) = &prompt.wrong {
        let start = prompt.text.floor_char_boundary(at.start.clamp(skip, prompt.text.len()));
        let end = prompt.text.ceil_char_boundary(at.end.clamp(start, prompt.text.len()));
        let column = begin + pen.width(&prompt.text[skip.min(start)..start]).min(room / 2);
        let carets = "^".repeat(usize::from(pen.width(&prompt.text[start..end]).clamp(1, room / 2)));
        let whole = format!("{carets} {words}");
        // Where the words would not fit behind the place, they stand below it.
        if column + pen.width(&whole) <= area.right() {
            pen.put(column, y, &whole, area.right() - column, look.warn());
        } else {
            pen.put(column, y, &carets, area.right() - column, look.warn());
            y += 1;
            pen.put(begin, y, words, room, look.warn());
        }
        y += 1;
    }
    y = offers(pen, Rect { x: begin, y, width: room, height: area.bottom().saturating_sub(y) }, prompt);
    if y < area.bottom() && prompt.wrong.is_none() {
        for (y, line) in (y..area.bottom()).zip(crate::render::wrap::fold(prompt.help, usize::from(room))) {
            pen.put(begin, y, &line, room, look.dim());
        }
    }
}

/// What could come next, beside each other; gives the row below.
fn offers(pen: &mut Pen<'_>, area: Rect, prompt: &Prompt<'_>) -> u16 {
    if prompt.offers.is_empty() || area.height == 0 {
        return area.y;
    }
    let (mut x, mut y) = (area.x, area.y);
    let last = area.y + area.height.min(2);
    for (number, offer) in prompt.offers.iter().enumerate() {
        let width = pen.width(offer);
        if x + width > area.right() {
            (x, y) = (area.x, y + 1);
        }
        if y >= last {
            return y;
        }
        let chosen = prompt.offered == Some(number);
        let style = if chosen { pen.look.lit() } else { pen.look.dim() };
        x += pen.put(x, y, offer, width, style) + 2;
    }
    y + 1
}
