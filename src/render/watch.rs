//! Sockets that change: a picture that is drawn again and again in place, one line an event, JSON, sentences.
//! Not here: comparing (`ports`), waiting and the terminal (`cli`).

use super::changing::{self, Mark, Row};
use super::value::{self, decimal, zero_padded};
use super::{Style, json, quantity};

/// A program: its short name, untrusted, and its number.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The name.
    pub name: Vec<u8>,
    /// The number.
    pub pid: u32,
}

/// What happened to a socket.
#[derive(Debug, Clone)]
pub struct Event {
    /// Nanoseconds since 1970.
    pub time: u64,
    /// The socket; its mark says what happened.
    pub row: Row,
    /// Who holds it.
    pub holders: Vec<Holder>,
    /// Who held it before, where that has changed.
    pub before: Option<Vec<Holder>>,
}

/// What has happened since the beginning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Sockets that appeared.
    pub opened: u64,
    /// That went.
    pub closed: u64,
    /// That changed their state.
    pub moved: u64,
    /// That changed their program.
    pub handed: u64,
}

impl Counts {
    /// "3 opened, 1 closed, 2 state changes, 1 handed over"
    pub fn words(&self) -> String {
        let moves = quantity::counted(self.moved, "state change");
        let [opened, closed, handed] = [self.opened, self.closed, self.handed].map(quantity::grouped);
        format!("{opened} opened, {closed} closed, {moves}, {handed} handed over")
    }
}

/// A picture of this moment.
pub struct Screen<'a> {
    /// Nanoseconds since 1970.
    pub time: u64,
    /// "every 1 s"
    pub interval: String,
    /// What is watched: "all sockets", "port 3000".
    pub what: &'a str,
    /// All rows, in the order of a list.
    pub rows: &'a [Row],
    /// Since the beginning.
    pub counts: Counts,
}

impl Event {
    fn word(&self) -> &'static str {
        match self.row.mark {
            Mark::New | Mark::Same => "opened",
            Mark::Gone => "closed",
            Mark::Moved(_) => "moved",
            Mark::Handed => "owner",
        }
    }
}

/// "node (4711), nginx (12)"; empty for nobody.
pub fn names(holders: &[Holder], style: Style) -> String {
    let one = |h: &Holder| format!("{} ({})", changing::text(&h.name, style), h.pid);
    match holders {
        [] => String::new(),
        [first] => one(first),
        [first, rest @ ..] => format!("{} and {} more", one(first), rest.len()),
    }
}

/// Appends "14:03:22 opened tcp 127.0.0.1:3000 LISTEN by node (4711)".
pub fn line(out: &mut Vec<u8>, style: Style, event: &Event) {
    let row = &event.row;
    clock(out, event.time);
    match row.mark {
        Mark::Gone => style.warn(out),
        _ => style.strong(out),
    }
    out.extend_from_slice(format!(" {:<6}", event.word()).as_bytes());
    style.end(out);
    out.extend_from_slice(format!(" {} {}", row.protocol, changing::end(row.local)).as_bytes());
    if let Some(remote) = row.remote {
        out.extend_from_slice(format!(" with {}", changing::end(remote)).as_bytes());
    }
    out.push(b' ');
    if let Mark::Moved(from) = row.mark {
        out.extend_from_slice(format!("{from} {} ", style.arrow()).as_bytes());
    }
    out.extend_from_slice(row.state.as_bytes());
    let who = names(&event.holders, style);
    match &event.before {
        Some(before) if before.is_empty() => out.extend_from_slice(format!(" now {who}, before nobody").as_bytes()),
        Some(before) => out.extend_from_slice(format!(" now {who}, before {}", names(before, style)).as_bytes()),
        None if who.is_empty() => {}
        None => out.extend_from_slice(format!(" by {who}").as_bytes()),
    }
    out.push(b'\n');
}

/// Appends the same as a sentence.
pub fn describe(out: &mut Vec<u8>, style: Style, event: &Event) {
    let row = &event.row;
    let protocol = row.protocol.to_ascii_uppercase();
    let remote = row.remote.map_or_else(String::new, |r| format!(" with {}", changing::end(r)));
    out.extend_from_slice(b"At ");
    clock(out, event.time);
    let mut words = format!(" UTC the {protocol} socket {}{remote} ", changing::end(row.local));
    words += &match row.mark {
        Mark::New | Mark::Same => format!("opened, in state {}", row.state),
        Mark::Gone => format!("closed, last in state {}", row.state),
        Mark::Moved(from) => format!("went from {from} to {}", row.state),
        Mark::Handed => "got another program".to_owned(),
    };
    let who = names(&event.holders, style);
    if !who.is_empty() {
        words += &format!("; its program is {who}");
    }
    out.extend_from_slice(words.as_bytes());
    out.extend_from_slice(b".\n");
}

/// Appends the same as one JSON object.
pub fn json(out: &mut Vec<u8>, event: &Event) {
    out.extend_from_slice(b"{\"time\":\"");
    decimal(out, event.time / 1_000_000_000);
    out.push(b'.');
    zero_padded(out, event.time % 1_000_000_000, 9);
    out.extend_from_slice(format!("\",\"event\":\"{}\",", event.word()).as_bytes());
    changing::members(out, &event.row);
    if let Mark::Moved(from) = event.row.mark {
        out.extend_from_slice(b",\"from\":");
        json::string(out, changing::key(from).as_bytes());
    }
    out.extend_from_slice(b",\"processes\":");
    holders(out, &event.holders);
    if let Some(before) = &event.before {
        out.extend_from_slice(b",\"before\":");
        holders(out, before);
    }
    out.extend_from_slice(b"}\n");
}

fn holders(out: &mut Vec<u8>, holders: &[Holder]) {
    out.push(b'[');
    for (at, holder) in holders.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"{\"name\":" } else { b",{\"name\":" });
        json::string(out, &holder.name);
        out.extend_from_slice(b",\"pid\":");
        decimal(out, u64::from(holder.pid));
        out.push(b'}');
    }
    out.push(b']');
}

/// The time of day, UTC as everywhere.
fn clock(out: &mut Vec<u8>, nanos: u64) {
    let mut whole = Vec::new();
    value::time(&mut whole, nanos);
    out.extend_from_slice(whole.get(11..19).unwrap_or_default());
}

/// Appends the picture in at most `height` lines. Where there is no room for all rows, those that changed stay.
pub fn screen(out: &mut Vec<u8>, style: Style, height: usize, screen: &Screen<'_>) {
    let room = height.saturating_sub(4).max(1);
    let changed = screen.rows.iter().filter(|r| r.mark != Mark::Same).count();
    let mut spare = room.saturating_sub(changed);
    let mut kept = Vec::new();
    for row in screen.rows {
        let same = row.mark == Mark::Same;
        if kept.len() < room && (!same || spare > 0) {
            spare -= usize::from(same);
            kept.push(row.clone());
        }
    }
    let mut title = Vec::new();
    clock(&mut title, screen.time);
    let there = screen.rows.iter().filter(|r| r.mark != Mark::Gone).count() as u64;
    let dot = style.dot();
    let title = format!(
        "{} UTC {dot} {} {dot} {} {dot} {}",
        String::from_utf8_lossy(&title),
        quantity::counted(there, "socket"),
        screen.what,
        screen.interval
    );
    style.strong(out);
    out.extend_from_slice(changing::cut(&title, style.width, style).as_bytes());
    style.end(out);
    out.push(b'\n');
    let widths = changing::widths(&kept, 0, style);
    changing::head(out, style, 0, widths);
    for row in &kept {
        changing::row(out, style, 0, widths, row);
    }
    let hidden = screen.rows.len() - kept.len();
    let more = if hidden > 0 {
        format!("{} {} {dot} ", style.ellipsis(), quantity::counted(hidden as u64, "more row"))
    } else {
        String::new()
    };
    let last = format!("{more}{}", screen.counts.words());
    out.extend_from_slice(changing::cut(&last, style.width, style).as_bytes());
    out.push(b'\n');
    let gone = style.pick("−", "-");
    let legend = format!("+ new  {gone} gone  ~ changed {dot} Ctrl-C ends");
    out.extend_from_slice(changing::cut(&legend, style.width, style).as_bytes());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Charset;

    fn style(charset: Charset) -> Style {
        Style { width: 80, color: false, charset, explain: false }
    }

    fn row(mark: Mark, port: u16, remote: bool, state: &'static str) -> Row {
        Row {
            mark,
            protocol: "tcp",
            local: ([127, 0, 0, 1], port).into(),
            remote: remote.then(|| ([127, 0, 0, 1], 51_234).into()),
            state,
            who: "node (4711)".to_owned(),
        }
    }

    fn event(row: Row) -> Event {
        let name = b"no\x1bde".to_vec();
        Event { time: 1_795_529_002_000_000_001, row, holders: vec![Holder { name, pid: 4711 }], before: None }
    }

    fn said(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn an_event_is_one_line_that_cannot_steer_the_terminal() {
        let opened = event(row(Mark::New, 3000, false, "LISTEN"));
        let moved = event(row(Mark::Moved("ESTABLISHED"), 3000, true, "CLOSE-WAIT"));
        assert_eq!(
            said(|out| [&opened, &moved].iter().for_each(|e| line(out, style(Charset::Ascii), e))),
            "14:03:22 opened tcp 127.0.0.1:3000 LISTEN by no\\x1bde (4711)\n\
             14:03:22 moved  tcp 127.0.0.1:3000 with 127.0.0.1:51234 ESTABLISHED -> CLOSE-WAIT by no\\x1bde (4711)\n"
        );
        assert_eq!(
            said(|out| json(out, &moved)),
            "{\"time\":\"1795529002.000000001\",\"event\":\"moved\",\"protocol\":\"tcp\",\"local_address\":\
             \"127.0.0.1\",\"local_port\":3000,\"remote_address\":\"127.0.0.1\",\"remote_port\":51234,\"state\":\
             \"close-wait\",\"from\":\"established\",\"processes\":[{\"name\":\"no\\u001bde\",\"pid\":4711}]}\n"
        );
        assert_eq!(
            said(|out| describe(out, style(Charset::Unicode), &moved)),
            "At 14:03:22 UTC the TCP socket 127.0.0.1:3000 with 127.0.0.1:51234 went from ESTABLISHED to CLOSE-WAIT; \
             its program is no\\x1bde (4711).\n"
        );
    }

    #[test]
    fn a_picture_fits_the_screen_and_keeps_what_has_changed() {
        let mut rows: Vec<Row> = (0..60).map(|n| row(Mark::Same, 1000 + n, false, "LISTEN")).collect();
        rows.push(row(Mark::Moved("FIN-WAIT-2"), 9999, true, "TIME-WAIT"));
        for charset in [Charset::Unicode, Charset::Ascii] {
            let (interval, counts) = ("every 1 s".to_owned(), Counts::default());
            let picture = Screen { time: 0, interval, what: "all sockets", rows: &rows, counts };
            let text = said(|out| screen(out, style(charset), 23, &picture));
            assert_eq!(text.lines().count(), 23, "{text}");
            assert!(text.lines().all(|l| unicode_width::UnicodeWidthStr::width(l) <= 80), "{text}");
            assert!(text.contains("9999") && text.contains("42 more rows"), "{text}");
            assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
        }
    }
}
