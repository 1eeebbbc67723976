//! The ladder: hosts as columns, time runs down, every packet an arrow. What an arrow means in its
//! conversation stands at the right. It streams: only the first packets are held back, to choose the columns.
//! Not here: the picture of a row (`draw`), which key does what (`step`).

mod draw;
mod hosts;
mod step;

use super::cake::{Line, write};
use super::line::Line as Summary;
use super::value;
use super::{Charset, Renderer, Style, View};
use crate::dissect::{Field, Level, Show};
use hosts::{End, Hosts};
pub use step::Ladder as Steps;

/// Packets that are looked at before the columns are chosen.
const AHEAD: usize = 200;

/// What a packet says about itself beside its arrow.
#[derive(Debug, Clone, Copy)]
struct Remark {
    field: &'static Field,
    /// Something went wrong.
    alarm: bool,
}

/// One packet, as it is drawn.
#[derive(Debug, Clone)]
struct Arrow {
    number: u64,
    time: Option<u64>,
    from: End,
    to: End,
    level: Level,
    pieces: Vec<String>,
    remarks: Vec<Remark>,
    /// Bytes that should have come before it from its sender, and from its receiver.
    lost: [u32; 2],
    /// What became of them.
    fate: Fate,
    /// The earlier packet whose gap it fills; whether it was overtaken.
    fills: Option<(u64, bool)>,
    /// The packet that brought the same bytes first.
    repeats: Option<u64>,
    /// The packet that brings the same bytes again.
    again_in: Option<u64>,
}

/// What became of bytes that did not come in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fate {
    /// Nothing, as far as the picture knows.
    #[default]
    Unknown,
    /// They were sent again in this packet.
    Again(u64),
    /// They came a little later.
    Overtaken,
}

impl Fate {
    fn words(self) -> String {
        match self {
            Fate::Again(packet) => format!("again in packet {packet}"),
            _ => "not seen here".to_owned(),
        }
    }
}

/// Adds an arrow, and tells the earlier ones what it says about them. Their numbers rise.
fn add(arrows: &mut Vec<Arrow>, arrow: Arrow) {
    let at = |number: u64| arrows.binary_search_by_key(&number, |a| a.number).ok();
    let (gap, first) = (arrow.fills.and_then(|(gap, _)| at(gap)), arrow.repeats.and_then(at));
    let fate = match arrow.fills {
        Some((_, true)) => Fate::Overtaken,
        _ => Fate::Again(arrow.number),
    };
    if let Some(behind) = gap.and_then(|at| arrows.get_mut(at)).filter(|a| a.fate == Fate::Unknown) {
        behind.fate = fate;
    }
    if let Some(first) = first.and_then(|at| arrows.get_mut(at)) {
        first.again_in.get_or_insert(arrow.number);
    }
    arrows.push(arrow);
}

impl Arrow {
    fn of(view: View<'_>, summary: &mut Summary) -> Self {
        let (from, to) = hosts::ends(view.tape);
        let (level, pieces) = summary.pieces(view).unwrap_or((Level::Physical, Vec::new()));
        let mut remarks: Vec<Remark> = Vec::new();
        let quoted = |layer: u8| view.tape.layers.get(usize::from(layer)).is_some_and(|l| l.quoted);
        for node in &view.tape.nodes {
            let says = matches!(node.field.show, Show::Nothing) && node.at.is_empty() && !quoted(node.layer);
            if says && !remarks.iter().any(|r| std::ptr::eq(r.field, node.field)) {
                remarks.push(Remark { field: node.field, alarm: node.field.gist.is_some() });
            }
        }
        let facts = &view.tape.facts;
        Arrow {
            number: view.packet.number,
            time: view.packet.time,
            from,
            to,
            level,
            pieces,
            remarks,
            lost: facts.lost,
            fate: Fate::Unknown,
            fills: facts.fills,
            repeats: facts.repeats,
            again_in: None,
        }
    }

    /// Bytes that are lost before it: how many, from whom, to whom.
    fn losses(&self) -> impl Iterator<Item = (u32, End, End)> {
        let [mine, others] = self.lost;
        let known = self.fate != Fate::Overtaken;
        let losses = [(mine, self.from, self.to), (others, self.to, self.from)];
        losses.into_iter().filter(move |(bytes, ..)| *bytes > 0 && known)
    }

    /// What else is to be said of it: where the same bytes are.
    fn elsewhere(&self) -> Option<String> {
        let first = self.repeats.map(|packet| format!("first in packet {packet}"));
        first.or_else(|| self.again_in.map(|packet| format!("sent again in packet {packet}")))
    }

    /// The arrow in a sentence.
    fn sentence(&self, hosts: &Hosts, first: Option<u64>, charset: Charset) -> String {
        let mut words = String::new();
        for (bytes, from, to) in self.losses() {
            let bytes = super::quantity::counted(u64::from(bytes), "byte");
            words += &format!("Lost: {bytes} from {} to {}, {}. ", hosts.name(from), hosts.name(to), self.fate.words());
        }
        words += &format!("Packet {}", self.number);
        if let (Some(time), Some(first)) = (self.time, first) {
            words += &format!(", {} ms", milliseconds(time, first));
        }
        words += &format!(", {} to {}: {}", hosts.name(self.from), hosts.name(self.to), self.pieces.join(" "));
        for remark in &self.remarks {
            words += &format!(". {}", capital(remark.field.name));
        }
        if let Some(elsewhere) = self.elsewhere() {
            words += &format!(", {elsewhere}");
        }
        if !words.ends_with(['?', '.']) {
            words.push('.');
        }
        if charset == Charset::Ascii { super::wrap::spell(&words) } else { words }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Milliseconds since the first packet, with as many digits as there is room for.
fn milliseconds(time: u64, first: u64) -> String {
    let sign = if time < first { "-" } else { "" };
    let value = time.abs_diff(first) as f64 / 1e6;
    match value {
        0.0..10_000.0 => format!("{sign}{value:.2}"),
        10_000.0..1_000_000.0 => format!("{sign}{value:.1}"),
        _ => format!("{sign}{value:.0}"),
    }
}

/// Draws a ladder.
pub struct Ladder {
    style: Style,
    /// Sentences instead of the picture.
    describe: bool,
    note: Option<String>,
    summary: Summary,
    hosts: Hosts,
    waiting: Vec<Arrow>,
    decided: bool,
    first: Option<u64>,
    last: Option<u64>,
    /// The usual time between two packets, a sliding mean in nanoseconds.
    usual: u64,
    /// Packets without an arrow since the last one that has one.
    hidden: u64,
}

impl Ladder {
    /// `note` is said in the heading ("simulated wire"); with `describe` sentences come instead of the picture.
    pub fn new(style: Style, note: Option<&str>, describe: bool) -> Self {
        let style = Style { width: style.width.clamp(40, 200), ..style };
        Ladder {
            style,
            describe,
            note: note.map(str::to_owned),
            summary: Summary::new(Style { color: false, ..style }, None),
            hosts: Hosts::default(),
            waiting: Vec::new(),
            decided: false,
            first: None,
            last: None,
            usual: 0,
            hidden: 0,
        }
    }

    /// Chooses the columns and draws what was held back.
    fn decide(&mut self, out: &mut Vec<u8>) {
        if self.decided || self.waiting.is_empty() {
            return;
        }
        self.decided = true;
        let waiting = std::mem::take(&mut self.waiting);
        self.hosts.choose(&waiting, draw::most_columns(self.style.width));
        if !self.describe {
            write(&self.head(), self.style, out);
        }
        for arrow in waiting {
            self.draw(&arrow, out);
        }
    }

    fn draw(&mut self, arrow: &Arrow, out: &mut Vec<u8>) {
        let first = *self.first.get_or_insert(arrow.time.unwrap_or(0));
        if self.describe {
            let sentence = arrow.sentence(&self.hosts, Some(first), self.style.charset);
            out.extend_from_slice(sentence.as_bytes());
            out.push(b'\n');
            return;
        }
        let lines = self.block(arrow);
        write(&lines, self.style, out);
    }

    /// The rows of an arrow: what changed before it, and the arrow.
    fn block(&mut self, arrow: &Arrow) -> Vec<Line> {
        let mut lines = Vec::new();
        self.first.get_or_insert(arrow.time.unwrap_or(0));
        let news = self.hosts.welcome(arrow, draw::most_columns(self.style.width));
        if news {
            lines.push(Line::default());
            lines.extend(self.names());
        }
        if !self.hosts.has_place(arrow) {
            self.hidden += 1;
            return lines;
        }
        if self.hidden > 0 {
            let packets = super::quantity::counted(self.hidden, "packet");
            lines.push(self.pause(&format!("{packets} between other hosts")));
            self.hidden = 0;
        }
        if let Some(gap) = self.gap(arrow.time) {
            let dots = self.style.ellipsis();
            lines.push(self.pause(&format!("{dots} {} {dots}", super::quantity::span(gap, self.style.charset))));
        }
        for (bytes, from, to) in arrow.losses() {
            lines.extend(self.lost(bytes, from, to, arrow.fate));
        }
        lines.extend(self.arrow(arrow));
        lines
    }

    /// The silence before this packet, where it is much longer than usual.
    fn gap(&mut self, time: Option<u64>) -> Option<u64> {
        let time = time?;
        let gap = time.saturating_sub(self.last.replace(time)?);
        let long = gap >= 100_000_000 && gap >= 4 * self.usual;
        self.usual = self.usual - self.usual / 8 + gap / 8;
        long.then_some(gap)
    }
}

impl Renderer for Ladder {
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>) {
        self.hosts.learn(&view.tape.facts);
        let arrow = Arrow::of(view, &mut self.summary);
        if self.decided {
            self.draw(&arrow, out);
        } else {
            add(&mut self.waiting, arrow);
            if self.waiting.len() >= AHEAD {
                self.decide(out);
            }
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        self.decide(out);
        if self.hidden > 0 && !self.describe {
            let packets = super::quantity::counted(std::mem::take(&mut self.hidden), "packet");
            let line = self.pause(&format!("{packets} between other hosts"));
            write(&[line], self.style, out);
        }
    }
}

/// Appends the escaped text of an address.
fn address_text(address: std::net::IpAddr) -> String {
    let mut out = Vec::new();
    match address {
        std::net::IpAddr::V4(a) => value::ip(&mut out, &a.octets()),
        std::net::IpAddr::V6(a) => value::ip(&mut out, &a.octets()),
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::field;
    use crate::render::step::{Action, Key, Screens};
    use hosts::Host;

    static MAY_I: Field = field("asks", "may I?", Show::Nothing).explain("Asks to begin.");
    static AGAIN: Field = field("again", "sent again", Show::Nothing).gist("sent again");

    fn host(last: u8) -> End {
        End::One(Host::Ip([192, 0, 2, last].into()), Some(u16::from(last)))
    }

    fn arrow(number: u64, time: u64, from: End, to: End, words: &str) -> Arrow {
        let pieces = words.split(' ').map(str::to_owned).collect();
        let level = Level::Transport;
        Arrow {
            number,
            time: Some(time),
            from,
            to,
            level,
            pieces,
            remarks: Vec::new(),
            lost: [0; 2],
            fate: Fate::Unknown,
            fills: None,
            repeats: None,
            again_in: None,
        }
    }

    fn style(width: usize, charset: Charset) -> Style {
        Style { width, color: false, charset, explain: false }
    }

    fn drawn(width: usize, charset: Charset, arrows: Vec<Arrow>) -> String {
        let mut ladder = Ladder::new(style(width, charset), None, false);
        ladder.waiting = arrows;
        let mut out = Vec::new();
        ladder.flush(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn an_arrow_points_from_the_sender_and_its_meaning_stands_at_the_right() {
        let mut first = arrow(1, 0, host(1), host(2), "TCP [SYN]");
        first.remarks.push(Remark { field: &MAY_I, alarm: false });
        let mut second = arrow(2, 40_000, host(2), host(1), "TCP [SYN+ACK]");
        second.remarks.push(Remark { field: &AGAIN, alarm: true });
        let text = drawn(60, Charset::Unicode, vec![first, second]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1..],
            [
                "       ms 192.0.2.1:1          192.0.2.2:2",
                "            │                       │",
                "     0.00   │── TCP [SYN] ─────────▶│ may I?",
                "     0.04   │◀─ TCP [SYN+ACK] ──────│ ! sent again",
            ]
        );
    }

    #[test]
    fn every_width_and_both_sets_of_characters_fit() {
        for width in [40, 80, 120, 200] {
            for charset in [Charset::Unicode, Charset::Ascii] {
                for hosts in 1..=6 {
                    let all = (0..40)
                        .map(|n| {
                            let to = if n % 7 == 0 { End::All } else { host((n % (hosts + 1)) as u8) };
                            let mut arrow = arrow(n, n * n * 90_000_000, host((n % hosts) as u8), to, "P one=1 two=2");
                            arrow.remarks.push(Remark { field: &AGAIN, alarm: true });
                            arrow
                        })
                        .collect();
                    let text = drawn(width, charset, all);
                    assert!(text.lines().all(|l| l.chars().count() <= width), "{width} {hosts}\n{text}");
                    assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_long_silence_is_left_out_and_said() {
        let all = vec![
            arrow(1, 0, host(1), host(2), "A"),
            arrow(2, 1_000_000, host(2), host(1), "B"),
            arrow(3, 1_201_000_000, host(1), host(2), "C"),
        ];
        let text = drawn(80, Charset::Unicode, all);
        let pause = text.lines().find(|l| l.contains('┊')).expect("a pause");
        assert!(pause.contains("… 1.2 s …"), "{pause}");
    }

    #[test]
    fn of_many_hosts_the_busiest_have_columns_and_the_others_are_counted() {
        let mut all: Vec<Arrow> = (0..20).map(|n| arrow(n, n, host(1), host(2), "busy")).collect();
        all.extend((3..12).map(|n| arrow(u64::from(n) + 20, 20, host(n), host(n + 1), "quiet")));
        let text = drawn(80, Charset::Unicode, all);
        assert!(text.contains("8 more hosts without a column"), "{text}");
        assert!(text.contains("192.0.2.1") && text.contains("packets between other hosts"), "{text}");
    }

    #[test]
    fn a_lost_segment_ends_in_a_cross_and_says_what_became_of_it() {
        let mut behind = arrow(2, 1000, host(1), host(2), "TCP");
        behind.lost = [1448, 0];
        let mut again = arrow(3, 2000, host(1), host(2), "TCP");
        again.fills = Some((2, false));
        let play = |last: Option<&Arrow>| {
            let mut all = Vec::new();
            add(&mut all, arrow(1, 0, host(1), host(2), "TCP"));
            add(&mut all, behind.clone());
            if let Some(last) = last {
                add(&mut all, last.clone());
            }
            drawn(80, Charset::Unicode, all)
        };
        let cross = |text: &str| text.lines().find(|l| l.contains('✕')).map(str::to_owned);
        let never = cross(&play(None)).expect("a cross");
        assert!(never.contains("── 1,448 bytes ─") && never.ends_with("! lost: not seen here"), "{never}");
        let resent = cross(&play(Some(&again))).expect("a cross");
        assert!(resent.ends_with("! lost: again in packet 3"), "{resent}");
        again.fills = Some((2, true));
        assert_eq!(cross(&play(Some(&again))), None, "only overtaken");
    }

    #[test]
    fn a_label_that_has_no_room_loses_whole_numbers_and_says_so() {
        let text = drawn(60, Charset::Unicode, vec![arrow(1, 0, host(1), host(2), "TCP seq=12345678901234567890")]);
        assert!(text.contains(" TCP … "), "{text}");
    }

    #[test]
    fn a_sentence_says_when_who_what_and_what_it_means() {
        let mut ladder = Ladder::new(style(80, Charset::Unicode), None, true);
        let mut first = arrow(3, 0, host(1), End::All, "TCP [SYN]");
        first.remarks.push(Remark { field: &MAY_I, alarm: false });
        ladder.waiting.push(first);
        let mut out = Vec::new();
        ladder.flush(&mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            "Packet 3, 0.00 ms, 192.0.2.1:1 to everybody: TCP [SYN]. May I?.\n".replace("?.", "?")
        );
    }

    #[test]
    fn stepping_shows_one_more_arrow_and_what_it_means() {
        let style = style(80, Charset::Unicode);
        let mut steps = Steps::new(style, None);
        let mut first = arrow(1, 0, host(1), host(2), "TCP [SYN]");
        first.remarks.push(Remark { field: &MAY_I, alarm: false });
        steps.arrows = vec![first, arrow(2, 1000, host(2), host(1), "TCP [ACK]")];
        let screen = |steps: &Steps| String::from_utf8(steps.screen(style)).expect("UTF-8");
        let one = screen(&steps);
        assert!(one.contains("Asks to begin.") && !one.contains("[ACK]") && one.contains("[space]"), "{one}");
        assert_eq!(steps.key(Key::Next, style), Action::Draw);
        let two = screen(&steps);
        assert!(two.contains("[ACK]") && two.contains("the last packet"), "{two}");
        assert_eq!(one.lines().count(), 24);
        assert_eq!((steps.key(Key::Next, style), steps.key(Key::Quit, style)), (Action::Stay, Action::Quit));
    }
}
