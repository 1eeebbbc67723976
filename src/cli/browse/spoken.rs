//! The same view in sentences, for screen readers: commands are typed in, one a line, and answered.

use std::io::BufRead;
use std::time::Duration;

use super::super::stop::Stop;
use super::super::{Console, Error};
use super::paint::standing;
use crate::dissect::Level;
use crate::render::quantity::grouped;
use crate::render::tui::{Explain, What};
use crate::render::{self, Line, Style};
use crate::view::{Choice, Goto, Jump, TreeRow, View};

const HELP: &str = "\
Commands: next, back, first, last, or a packet's number or a time such as 1.5s. layers says what is in the packet, \
fields says the fields of the chosen layer, and a name such as tcp or ttl chooses one. inside and outside go through \
the layers. explain says again what is chosen. bytes says its bytes. filter and an expression lists only packets that \
match, all lists all again. search and a text goes to the next packet that has it, again goes on. conversation lists \
only the packets of this one. mark marks the packet. quit leaves.
";

/// Reads commands until somebody leaves.
/// `live`: more packets come, and nobody waits for the last one.
pub(super) fn run(view: View, title: &str, live: bool, console: &mut Console) -> Result<(), Error> {
    let stop = Stop::listen();
    let mut reader = Spoken { view, live, stop };
    reader.settle();
    console.print(format!("Browsing {title}. {}.\n", reader.standing()).as_bytes())?;
    console.print(b"Type a command, help says which there are.\n")?;
    reader.packet(console);
    console.flush()?;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| Error::asked(format!("cannot read a command: {error}"), "type one a line"))?;
        if reader.stop.asked() || !reader.command(line.trim(), console) {
            break;
        }
        console.flush()?;
    }
    console.flush()
}

struct Spoken {
    view: View,
    live: bool,
    stop: Stop,
}

impl Spoken {
    /// Waits until searches have come to their end, or the capture to its first packet.
    fn settle(&mut self) {
        let mut patience = 250; // of a live source: five seconds for its first packet
        loop {
            self.view.tick();
            let status = self.view.status();
            let waits = status.filtered.is_some() || status.searched.is_some() || !status.done && !self.live;
            let first = status.last == 0 && !status.done && patience > 0;
            if self.stop.asked() || !(waits || first) {
                break;
            }
            patience -= 1;
            std::thread::sleep(Duration::from_millis(20));
        }
        self.view.tick();
    }

    fn standing(&self) -> String {
        let words = standing(&self.view, &self.view.status(), false).replace(" · ", ", ");
        words.strip_prefix('p').map_or_else(|| words.clone(), |rest| format!("P{rest}"))
    }

    /// Does what the line says; whether it goes on.
    fn command(&mut self, line: &str, console: &mut Console) -> bool {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match word.to_ascii_lowercase().as_str() {
            "" | "next" | "n" => self.go(console, |view| view.by(1)),
            "back" | "b" => self.go(console, |view| view.by(-1)),
            "first" => self.go(console, View::first),
            "last" => self.go(console, View::last),
            "quit" | "q" | "exit" => return false,
            "help" | "?" => say(console, HELP.trim_end()),
            "layers" => self.layers(console),
            "fields" => self.fields(console),
            "inside" => self.chosen(console, 1),
            "outside" => self.chosen(console, -1),
            "explain" => self.explain(console),
            "bytes" => self.bytes(console),
            "filter" => self.filter(rest, console),
            "all" => {
                self.view.widen();
                say(console, &format!("All packets. {}.", self.standing()));
            }
            "search" => {
                let jump = self.view.search(rest);
                self.found(jump, console);
            }
            "again" => {
                let jump = self.view.find(true);
                self.found(jump, console);
            }
            "conversation" if self.view.follow() => {
                self.settle();
                say(console, &format!("Only this conversation. {}.", self.standing()));
            }
            "conversation" => say(console, "This packet belongs to no conversation: it has no ports."),
            "mark" => {
                self.view.mark();
                say(console, &format!("{} marked.", super::export::count(self.view.status().marks as u64, "packet")));
            }
            _ => self.other(line, console),
        }
        true
    }

    fn go(&mut self, console: &mut Console, go: impl FnOnce(&mut View)) {
        let before = self.view.status().number;
        self.view.tick();
        go(&mut self.view);
        if self.view.status().number == before {
            say(console, "There is no further packet in this direction.");
        } else {
            self.packet(console);
        }
    }

    /// A number or a time, or the name of a layer or a field.
    fn other(&mut self, line: &str, console: &mut Console) {
        if let Ok(to) = Goto::parse(line) {
            if self.view.go(to) == Jump::There {
                self.packet(console);
            } else {
                say(console, "There is no such packet.");
            }
            return;
        }
        let line = line.to_ascii_lowercase();
        let Some(loaded) = self.view.packet() else { return say(console, "There is no packet.") };
        let tape = &loaded.tape;
        let same = |key: &str, name: &str| key == line || name.to_ascii_lowercase() == line;
        let layer = tape.layers.iter().position(|l| same(l.protocol.key, l.protocol.name)).map(Choice::Layer);
        let fits = |n: &crate::dissect::Node| {
            let protocol = tape.layers.get(usize::from(n.layer)).map_or("", |l| l.protocol.key);
            same(n.field.key, n.field.name) || format!("{protocol}.{}", n.field.key) == line
        };
        // What several layers have is meant of the innermost one.
        let nodes = tape.nodes.iter().enumerate().filter(|(_, n)| fits(n));
        let node = nodes.min_by_key(|(place, n)| (std::cmp::Reverse(n.layer), *place)).map(|(place, _)| place);
        match layer.or(node.map(Choice::Node)) {
            Some(choice) => {
                self.view.choose(choice);
                self.explain(console);
            }
            None => say(
                console,
                "There is no such command, and no such layer or field in this packet; help says what there is.",
            ),
        }
    }

    /// One sentence about the chosen packet.
    fn packet(&mut self, console: &mut Console) {
        let style = Style { color: false, ..console.style() };
        let shelf = self.view.shelf();
        let first = shelf.entry(shelf.first()).and_then(|e| e.time());
        let Some(loaded) = self.view.packet() else { return say(console, "There is no packet.") };
        let packet = loaded.packet();
        let columns = Line::new(style, None).since(first).columns(render::View { packet: &packet, tape: &loaded.tape });
        let after = if columns.time.is_empty() { String::new() } else { format!(", {} seconds", columns.time) };
        let ends = columns.ends.replace(style.arrow(), "to");
        let ends = if ends.is_empty() { String::new() } else { format!(", {ends}") };
        let number = grouped(packet.number);
        say(console, &format!("Packet {number}{after}{ends}: {}.", columns.saying.trim_end_matches('.')));
    }

    fn layers(&mut self, console: &mut Console) {
        self.view.open_all(false);
        for row in self.view.tree() {
            let Some(loaded) = self.view.packet() else { return };
            if let Some((protocol, _)) = loaded.what(row.choice).filter(|(p, _)| p.level != Level::Physical) {
                let bytes = self.bytes_of(row);
                say(
                    console,
                    &format!("Layer {}, {}, {}{bytes}.", protocol.level.number(), protocol.level.name(), protocol.name),
                );
            }
        }
    }

    fn bytes_of(&self, row: TreeRow) -> String {
        let Some(loaded) = self.view.packet() else { return String::new() };
        let lit = crate::view::Lit::of(row.choice, &loaded.tape);
        match lit.at.len() {
            0 => String::new(),
            1 => format!(", byte {}", lit.at.start),
            _ => format!(", bytes {} to {}", lit.at.start, lit.at.end - 1),
        }
    }

    fn fields(&mut self, console: &mut Console) {
        let Some(loaded) = self.view.packet() else { return };
        let layer = match self.view.choice() {
            Some(Choice::Layer(number)) => number,
            Some(Choice::Node(place)) => loaded.tape.nodes.get(place).map_or(0, |n| usize::from(n.layer)),
            None => 0,
        };
        let packet = loaded.packet();
        let view = render::View { packet: &packet, tape: &loaded.tape };
        for node in loaded.tape.nodes_of(layer) {
            let mut value = Vec::new();
            render::value::value(&mut value, &view, node, console.style().charset);
            let value = String::from_utf8_lossy(&value);
            let text =
                if value.is_empty() { node.field.name.to_owned() } else { format!("{}: {value}", node.field.name) };
            say(console, &format!("{text}."));
        }
    }

    fn chosen(&mut self, console: &mut Console, by: isize) {
        self.view.open_all(false);
        self.view.tree_by(by);
        self.explain(console);
    }

    fn explain(&mut self, console: &mut Console) {
        let (Some(loaded), Some(choice), Some(e)) = (self.view.packet(), self.view.choice(), self.view.explained())
        else {
            return say(console, "Nothing is chosen.");
        };
        let packet = loaded.packet();
        let view = render::View { packet: &packet, tape: &loaded.tape };
        let what = match choice {
            Choice::Layer(number) => What::Layer(number),
            Choice::Node(place) => What::Node(place),
        };
        let explain = Explain::of(&view, what, e.protocol, e.field, &e.named, console.style().charset);
        let heading = explain.title.replacen(" · ", ", ", 1);
        say(console, &format!("Layer {heading}. {}", explain.purpose));
        explain.meanings.iter().for_each(|meaning| say(console, meaning));
        say(console, &format!("{}.", explain.reference.replace(" · ", ", ").trim_end_matches(['.', ',', ' '])));
    }

    fn bytes(&mut self, console: &mut Console) {
        let Some(lit) = self.view.lit() else { return say(console, "Nothing is chosen.") };
        let bytes = lit.at.of(self.view.bytes(lit.home));
        let pairs: Vec<_> = bytes.iter().take(64).map(|b| format!("{b:02x}")).collect();
        let more = if bytes.len() > 64 { format!(", and {} more", bytes.len() - 64) } else { String::new() };
        match bytes.len() {
            0 => say(console, "It has no bytes of its own."),
            _ => say(console, &format!("From byte {} on: {}{more}.", lit.at.start, pairs.join(" "))),
        }
    }

    fn filter(&mut self, text: &str, console: &mut Console) {
        match self.view.narrow(text) {
            Ok(()) => {
                self.settle();
                say(console, &format!("{}.", self.standing()));
                if self.view.total() > 0 {
                    self.packet(console);
                }
            }
            Err(error) => {
                let hint = error.hint.as_ref().map(|h| format!("; {h}")).unwrap_or_default();
                say(console, &format!("The filter has a mistake: {}{hint}.", error.message));
            }
        }
    }

    fn found(&mut self, jump: Jump, console: &mut Console) {
        let before = self.view.status().number;
        self.settle();
        match jump {
            Jump::Looking if self.view.status().number == before => say(console, "No listed packet has it."),
            Jump::Nowhere => say(console, "No listed packet has it."),
            Jump::Around => {
                say(console, "From the other end:");
                self.packet(console);
            }
            _ => self.packet(console),
        }
    }
}

fn say(console: &mut Console, text: &str) {
    let out = console.buffer();
    render::wrap::wrap(out, text, 0, &Style { color: false, ..console_style(text) });
}

/// Sentences are not broken for the eye: a screen reader reads on.
fn console_style(text: &str) -> Style {
    Style { width: text.len() + 20, color: false, charset: render::Charset::Unicode, explain: false }
}
