//! From the view to a picture: which rows are seen, and what they say.

use ratatui_core::buffer::Buffer;

use super::app::App;
use super::keys;
use crate::dissect::{Packet, Span};
use crate::render::quantity::grouped;
use crate::render::tui::{self, Branch, Bytes, Explain, ListRow, Page, Places, Rows, Screen, Tree};
use crate::render::{self, Line, Style};
use crate::view::{Home, Memory, Status, View};

/// Most rows whose words are kept.
const TOLD: usize = 8192;

/// The picture of what is seen now.
pub(super) fn paint(app: &mut App) -> Buffer {
    let mut buffer = Buffer::empty(app.area);
    if let Some(page) = &app.page {
        page.draw(&app.look, keys::PAGE, app.area, &mut buffer);
        return buffer;
    }
    if let Some(job) = &app.job {
        Page::new(&job.title(), b"").draw(&app.look, keys::PAGE, app.area, &mut buffer);
        return buffer;
    }
    let places = Places::of(app.area).unwrap_or_default();
    let rows = rows(app, usize::from(places.list.height).max(1));
    let tree = tree(app, usize::from(places.tree.height).max(1));
    let (mut bytes, _) = bytes(&app.view, app.tops[2]);
    app.tops[2] = bytes.scrolled(places.bytes);
    bytes.top = app.tops[2];
    let status = app.view.status();
    let explain = explain(app, &status);
    let told = told(&rows);
    let prompt = app.typing.as_ref().map(super::typing::Typing::prompt);
    let screen = Screen {
        title: &title(app),
        standing: &standing(&app.view, &status, app.live),
        pane: app.pane,
        rows: &rows,
        empty: empty(&app.view, &status),
        told: &told,
        tree: &tree,
        bytes: &bytes,
        explain: &explain,
        prompt: prompt.as_ref(),
        notice: app.notice.as_deref(),
        keys: &keys::hints(app.pane, app.live, app.view.narrowed().is_some()),
    };
    tui::draw(&screen, &app.look, app.area, &mut buffer);
    buffer
}

/// The name of the source, whether it is a real network, and what the list is narrowed to.
fn title(app: &App) -> String {
    let mut parts = vec![app.title.clone()];
    parts.extend(app.label.map(str::to_owned));
    parts.extend(app.view.narrowed().map(|words| format!("only {words}")));
    parts.join(" · ")
}

/// "packet 12 of 1,000,000 · 4 % read".
pub(super) fn standing(view: &View, status: &Status, live: bool) -> String {
    let mut parts = Vec::new();
    if status.number > 0 {
        parts.push(format!("packet {} of {}", grouped(status.number), grouped(status.last)));
    }
    if view.narrowed().is_some() {
        let at = view.position(status.number) + 1;
        let listed = view.at(at - 1) == Some(status.number);
        parts.push(match status.listed {
            0 => "none matches".to_owned(),
            n if listed => format!("match {} of {}", grouped(at as u64), grouped(n as u64)),
            n => format!("{} match", grouped(n as u64)),
        });
        parts.extend(status.filtered.map(|share| format!("{share} % looked at")));
    }
    parts.extend(status.percent.filter(|_| !status.done).map(|share| format!("{share} % read")));
    parts.extend(status.searched.map(|share| format!("{share} % searched")));
    match status.paused {
        Some(0) => parts.push("paused".to_owned()),
        Some(new) => parts.push(format!("paused, {} new", grouped(new))),
        None if live && !status.done => parts.push("live".to_owned()),
        None => {}
    }
    parts.extend((status.gone > 0).then(|| format!("the oldest {} are gone", grouped(status.gone))));
    parts.extend((status.lost > 0).then(|| format!("{} lost", grouped(status.lost))));
    parts.join(" · ")
}

/// What is said where no packet is listed.
fn empty(view: &View, status: &Status) -> &'static str {
    match (view.narrowed().is_some(), status.done, status.filtered.is_some()) {
        (true, _, true) => "looking for packets that match",
        (true, true, false) => "no packet matches; Esc lists all packets, f changes the filter",
        (true, false, false) => "no packet matches so far",
        (false, true, _) => "there are no packets",
        (false, false, _) => "waiting for packets",
    }
}

/// The rows that are seen; the chosen one is among them.
fn rows(app: &mut App, height: usize) -> Rows {
    let at = app.view.position(app.view.status().number);
    let top = &mut app.tops[0];
    *top = (*top).clamp((at + 1).saturating_sub(height), at).min(app.view.total().saturating_sub(height));
    let seen = app.view.rows(*top, height);
    if app.told.len() > TOLD {
        app.told.clear();
    }
    let first = app.view.shelf().entry(app.view.shelf().first()).and_then(|e| e.time());
    if app.told.is_empty() {
        let style = Style { width: 0, color: false, charset: app.look.charset, explain: false };
        app.line = Line::new(style, None).since(first);
    }
    for row in &seen {
        if !app.told.contains_key(&row.number) {
            let line = &mut app.line;
            let mut columns = None;
            app.view.read(row.number, |packet, tape| columns = Some(line.columns(render::View { packet, tape })));
            app.told.extend(columns.map(|c| (row.number, c)));
        }
    }
    let row = |row: crate::view::Row| {
        Some(ListRow {
            number: row.number,
            columns: app.told.get(&row.number)?.clone(),
            chosen: row.chosen,
            marked: row.marked,
            found: row.found,
        })
    };
    Rows { rows: seen.into_iter().filter_map(row).collect(), last: app.view.shelf().last() }
}

/// The line that tells what the chosen packet says, which the list has no room for.
fn told(rows: &Rows) -> String {
    rows.rows.iter().find(|r| r.chosen).map_or_else(String::new, |row| {
        let time = if row.columns.time.is_empty() { String::new() } else { format!(" · {} s", row.columns.time) };
        format!("{}{time} · {}", grouped(row.number), row.columns.saying)
    })
}

fn tree(app: &mut App, height: usize) -> Tree {
    let tree = app.view.tree();
    let at = tree.iter().position(|r| Some(r.choice) == app.view.choice()).unwrap_or(0);
    let top = &mut app.tops[1];
    *top = (*top).clamp((at + 1).saturating_sub(height), at).min(tree.len().saturating_sub(height));
    let Some(loaded) = app.view.packet() else { return Tree::default() };
    let packet = loaded.packet();
    let view = render::View { packet: &packet, tape: &loaded.tape };
    let why = app.view.why();
    let branch = |row: &crate::view::TreeRow| {
        let what = App::what(row.choice);
        let matches = |place: usize| u32::try_from(place).is_ok_and(|p| why.contains(&p));
        // A closed layer has the mark of what is inside it.
        let matches = match row.choice {
            crate::view::Choice::Node(place) => matches(place),
            crate::view::Choice::Layer(number) => {
                row.open == Some(false)
                    && loaded.tape.layers.get(number).is_some_and(|l| (l.first..l.last).any(|p| why.contains(&p)))
            }
        };
        let chosen = Some(row.choice) == app.view.choice();
        Branch { matches, chosen, ..Branch::new(&view, what, row.depth, row.open, app.look.charset) }
    };
    Tree { rows: tree.iter().skip(*top).take(height).map(branch).collect() }
}

/// The bytes that are seen, and which they are.
pub(super) fn bytes(view: &View, top: usize) -> (Bytes<'_>, Home) {
    let (Some(loaded), Some(lit)) = (view.packet(), view.lit()) else { return Default::default() };
    let joined = lit.home == Home::Joined;
    let layers = loaded.tape.layers.iter().filter(|l| l.joined == joined && !l.at.is_empty());
    let bytes = Bytes {
        bytes: view.bytes(lit.home),
        top,
        lit: lit.at,
        cursor: view.byte().filter(|(home, _)| *home == lit.home).map(|(_, at)| at),
        layers: layers.map(|l| (l.at, l.protocol.level)).collect(),
        joined,
        made: lit.made.map(|span: Span| span.of(view.bytes(Home::Made))),
    };
    (bytes, lit.home)
}

fn explain(app: &App, status: &Status) -> Explain {
    let (Some(loaded), Some(choice), Some(explained)) = (app.view.packet(), app.view.choice(), app.view.explained())
    else {
        return Explain {
            title: "what it is for".to_owned(),
            purpose: "Choose a packet, then a layer or a field of it: here stands what it is for.".to_owned(),
            ..Explain::default()
        };
    };
    let packet: Packet<'_> = loaded.packet();
    let view = render::View { packet: &packet, tape: &loaded.tape };
    let mut explain =
        Explain::of(&view, App::what(choice), explained.protocol, explained.field, &explained.named, app.look.charset);
    explain.remarks.extend(why(app));
    if let Memory::From(number) = loaded.memory {
        explain.remarks.push(format!(
            "Its conversation is long: its beginning was read, and again from packet {} on; what lies between is not known here.",
            grouped(number)
        ));
    }
    if status.gone > 0 && status.number == app.view.shelf().first() {
        explain.remarks.push("Packets before this one are gone: only the newest are kept (--keep).".to_owned());
    }
    explain
}

/// Why the packet matches the filter.
fn why(app: &App) -> Option<String> {
    let loaded = app.view.packet()?;
    let mut keys: Vec<String> = Vec::new();
    for place in app.view.why() {
        let node = loaded.tape.nodes.get(*place as usize)?;
        let layer = loaded.tape.layers.get(usize::from(node.layer))?;
        let key = format!("{}.{}", layer.protocol.key, node.field.key);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mark = app.look.pick("◆", "=");
    (!keys.is_empty()).then(|| format!("{mark} matches the filter by {}.", keys[..keys.len().min(6)].join(", ")))
}

/// The page of all keys.
pub(super) fn help(width: u16) -> Page {
    let mut text = String::new();
    for (part, keys) in keys::ALL {
        text += &format!("\n\x1b[1m  {part}\x1b[0m\n");
        for (key, what) in *keys {
            let room = usize::from(width).saturating_sub(20).clamp(30, 90);
            for (number, line) in render::wrap::fold(what, room).iter().enumerate() {
                let key = if number == 0 { *key } else { "" };
                let pad = 14usize.saturating_sub(key.chars().count());
                text += &format!("    {key}{}{line}\n", " ".repeat(pad));
            }
        }
    }
    Page::new("layercake browse · all keys", text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_keys_fits_eighty_columns() {
        assert!(help(80).lines.iter().all(|l| l.replace("\x1b[1m", "").replace("\x1b[0m", "").chars().count() <= 80));
    }
}
