//! The start page: what can be looked at on this machine now, what works here, the next lesson. 80 columns and 24
//! lines, spoken instead where wanted. Not here: finding these facts out (`cli`).

use unicode_width::UnicodeWidthStr;

use super::quantity::counted;
use super::wrap::{spell, wrap};
use super::{Charset, Style};

/// What was found out about this machine and whoever asks.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Sockets, if the kernel tells.
    pub sockets: Option<Sockets>,
    /// Names of the network cards that are switched on.
    pub cards: Vec<String>,
    /// Whether packets of real cards can be seen.
    pub capture: bool,
    /// Whether a private network can be made.
    pub sandbox: bool,
    /// The lesson that comes next; `None` when all are finished.
    pub next: Option<Next>,
    /// Lessons finished, and how many there are.
    pub lessons: (usize, usize),
    /// Demos for teachers, and the shortest and longest in minutes; none where there is no demo.
    pub demos: Option<(usize, u16, u16)>,
}

/// TCP sockets of this machine, counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sockets {
    /// Waiting for callers.
    pub listen: usize,
    /// Connected.
    pub open: usize,
}

/// A lesson.
#[derive(Debug, Clone)]
pub struct Next {
    /// In the course.
    pub number: u16,
    /// What it is called.
    pub title: String,
    /// How long it takes.
    pub minutes: u16,
    /// Whether it was begun and left.
    pub begun: bool,
}

/// Columns of a command, and of what comes before it.
const COMMAND: usize = 28;
/// Names of cards that are listed.
const CARDS: usize = 4;
/// Longest line.
const COLUMNS: usize = 80;

impl Start {
    /// Draws the page, at most `style.width` and 80 columns wide.
    pub fn draw(&self, out: &mut Vec<u8>, style: &Style) {
        let style = &Style { width: style.width.min(COLUMNS), ..*style };
        out.push(b' ');
        strong("layercake", out, style);
        let motto = format!(" {} every layer of the network, on your own machine\n ", style.dot());
        out.extend_from_slice(motto.as_bytes());
        out.extend_from_slice(style.pick("─", "-").repeat(style.width.saturating_sub(2)).as_bytes());
        out.push(b'\n');
        for (heading, rows) in self.sections() {
            out.push(b' ');
            strong(heading, out, style);
            out.push(b'\n');
            for (command, words) in rows {
                row(command, &words, out, style);
            }
            out.push(b'\n');
        }
        wrap(out, &self.works(), 1, style);
        wrap(out, "layercake --help lists every command; --help after any of them says more.", 1, style);
    }

    /// The same in whole sentences.
    pub fn speak(&self, out: &mut Vec<u8>, style: &Style) {
        let mut say = |line: &str| {
            let line = if style.charset == Charset::Ascii { spell(line) } else { line.to_owned() };
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        };
        say("layercake: every layer of the network, on your own machine.");
        for (heading, rows) in self.sections() {
            say(&format!("{heading}."));
            for (command, words) in rows {
                say(&format!("{command}: {words}."));
            }
        }
        say(&self.works());
        say("layercake --help lists every command. --help after any of them says more.");
    }

    fn sections(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        let mut sections = vec![("Look now", self.look()), ("Learn", self.learn())];
        if let Some((number, shortest, longest)) = self.demos {
            let words = format!("{number} demos for a projector, {shortest} to {longest} minutes");
            sections.push(("Teach", vec![("layercake demo", words)]));
        }
        sections
    }

    fn look(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![("layercake peel", "one packet, opened layer by layer".to_owned())];
        if let Some(sockets) = self.sockets {
            rows.push(("layercake ports", sockets.words()));
        }
        if !self.cards.is_empty() {
            rows.push(("layercake interfaces", self.cards_up()));
        }
        if self.capture {
            rows.push(("layercake capture -i lo", "packets between programs of this machine, live".to_owned()));
        } else if self.sandbox {
            let words = "live packets, without rights, in a private network";
            rows.push(("layercake ws versus --sandbox", words.to_owned()));
        }
        rows.push(("layercake ladder --demo", "a WebSocket from its first packet to its last".to_owned()));
        rows
    }

    fn cards_up(&self) -> String {
        let mut names = self.cards.iter().take(CARDS).map(|name| tame(name)).collect::<Vec<_>>().join(", ");
        if self.cards.len() > CARDS {
            names += ", …";
        }
        format!("{} switched on: {names}", counted(self.cards.len() as u64, "network card"))
    }

    fn learn(&self) -> Vec<(&'static str, String)> {
        let (done, all) = self.lessons;
        let next = self.next.as_ref().map(|next| {
            let (command, begun) =
                if next.begun { ("layercake lesson resume", ", begun") } else { ("layercake lesson next", "") };
            (command, format!("{:02} {}, {} minutes{begun}", next.number, tame(&next.title), next.minutes))
        });
        let list = match done {
            0 => format!("{all} lessons: predict, run, look, understand"),
            done if done >= all => format!("all {all} lessons, and you finished every one"),
            done => format!("{all} lessons, {done} finished"),
        };
        next.into_iter().chain([("layercake lesson list", list)]).collect()
    }

    /// What works for this user, in one line.
    fn works(&self) -> String {
        match (self.capture, self.sandbox) {
            (true, true) => "Everything works here: files, simulated networks, ports, live capture.",
            (true, false) => "All works here but private networks: layercake doctor tells why.",
            (false, true) => "All works here but live capture of real cards: layercake doctor tells how.",
            (false, false) => "Files, simulated networks and ports work here; the rest: layercake doctor.",
        }
        .to_owned()
    }
}

impl Sockets {
    fn words(self) -> String {
        let waits = if self.listen == 1 { "socket waits" } else { "sockets wait" };
        let open = counted(self.open as u64, "connection");
        format!("{} {waits} for callers, {open} open", self.listen)
    }
}

/// A command, and what it is for beside it, or below it where it is too long.
fn row(command: &str, words: &str, out: &mut Vec<u8>, style: &Style) {
    out.extend_from_slice(b"   ");
    strong(command, out, style);
    let indent = COMMAND + 5;
    if command.width() > COMMAND + 1 {
        out.push(b'\n');
        return wrap(out, words, indent, style);
    }
    let mut lines = Vec::new();
    wrap(&mut lines, words, indent, style);
    out.extend_from_slice(&lines[(3 + command.width()).min(lines.len())..]);
}

fn strong(words: &str, out: &mut Vec<u8>, style: &Style) {
    style.strong(out);
    out.extend_from_slice(words.as_bytes());
    style.end(out);
}

/// Names of the system, and titles of authors, cannot steer the terminal.
fn tame(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Start {
        Start {
            sockets: Some(Sockets { listen: 1, open: 0 }),
            cards: ["lo", "eth0", "wlp0s20f3", "docker0", "br-aabbccddeeff"].map(str::to_owned).to_vec(),
            capture: false,
            sandbox: true,
            next: Some(Next { number: 7, title: "Loss: TCP repairs, UDP shrugs".into(), minutes: 20, begun: true }),
            lessons: (6, 15),
            demos: Some((7, 5, 10)),
        }
    }

    fn drawn(start: &Start, width: usize, charset: Charset) -> String {
        let mut out = Vec::new();
        start.draw(&mut out, &Style { width, color: false, charset, explain: false });
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_page_fits_a_terminal_of_80_columns_and_24_lines() {
        for (start, charset) in
            [(start(), Charset::Unicode), (start(), Charset::Ascii), (Start::default(), Charset::Ascii)]
        {
            let page = drawn(&start, 120, charset);
            assert!(page.lines().count() <= 23, "{page}");
            assert!(page.lines().all(|line| line.width() <= 80), "{page}");
            assert!(charset == Charset::Unicode || page.is_ascii(), "{page}");
        }
    }

    #[test]
    fn numbers_and_the_lesson_that_was_left_are_named() {
        let page = drawn(&start(), 80, Charset::Unicode);
        assert!(page.contains("1 socket waits for callers, 0 connections open"), "{page}");
        assert!(page.contains("layercake lesson resume       07 Loss: TCP repairs"), "{page}");
        assert!(page.contains("5 network cards switched on: lo, eth0, wlp0s20f3, docker0, …"), "{page}");
    }

    #[test]
    fn whoever_has_finished_all_is_told_so_and_gets_no_next_lesson() {
        let page = drawn(&Start { next: None, lessons: (15, 15), ..start() }, 80, Charset::Unicode);
        assert!(page.contains("all 15 lessons, and you finished every one") && !page.contains("lesson next"), "{page}");
    }

    #[test]
    fn a_narrow_terminal_loses_no_word() {
        let flat = |page: &str| page.split_whitespace().filter(|w| !w.contains('─')).collect::<Vec<_>>().join(" ");
        let (wide, narrow) = (drawn(&start(), 80, Charset::Unicode), drawn(&start(), 60, Charset::Unicode));
        assert_eq!(flat(&wide), flat(&narrow));
    }
}
