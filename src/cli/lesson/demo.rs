//! `layercake demo`: a demo for the projector, screen by screen; commands run as those of a lesson do. Nothing goes on
//! by itself. Not here: what a demo says (`demos/`, read by `lesson`).

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::terminal;

use super::machine::Machine;
use super::{Console, Error, fault, play};
use crate::cli::console::tame;
use crate::cli::step::Screen;
use crate::lesson::{Demo, DemoStep, Shelf};
use crate::render::lesson::{Mark, Page, Piece};
use crate::render::{Charset, Style, table, wrap};

/// Columns that every screen fits in.
const COLUMNS: usize = 80;

const EXAMPLES: &str = "\
Examples:
  layercake demo                        all demos
  layercake demo handshake              one of them, screen by screen
  layercake demo handshake --notes      with what the teacher says
  layercake demo handshake --notes-only on the teacher's second screen
  layercake demo https --big            for the last row of the room
  layercake demo https | less           the whole demo as text
  layercake demo --demos mine           demos of your own: mine/NAME.toml

Keys: space or n goes on, b goes back, r runs again, s shows and hides the notes, q leaves.
No demo needs rights or a network.";

/// Demos for the projector: a question to the room, a run, what it shows
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Its name; `list`, or nothing, lists all
    #[arg(value_name = "NAME", default_value = "list", hide_default_value = true)]
    name: String,
    /// Show what the teacher says, too
    #[arg(long)]
    notes: bool,
    /// Show only that: for the teacher's second screen
    #[arg(long, conflicts_with = "notes")]
    notes_only: bool,
    /// One thing a screen, and more air where there is room
    #[arg(long)]
    big: bool,
    /// How all of it is written, without being asked for keys
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    format: Option<String>,
    /// A folder of demos instead of the built-in ones
    #[arg(long, value_name = "DIR", help_heading = "Where")]
    demos: Option<PathBuf>,
}

/// How many demos there are, and the shortest and longest in minutes, for the start page.
pub(in crate::cli) fn demos() -> Option<(usize, u16, u16)> {
    let all = Demo::all(None).ok()?;
    Some((all.len(), all.first()?.minutes, all.last()?.minutes))
}

pub(in crate::cli) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let all = Demo::all(args.demos.as_ref()).map_err(fault)?;
    if args.name == "list" {
        return list(&all, args, console);
    }
    let demo = all.iter().find(|demo| demo.name.starts_with(&args.name.to_lowercase())).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|demo| demo.name.as_str()).collect();
        Error::asked(format!("there is no demo {}", tame(&args.name)), format!("there are: {}", names.join(", ")))
    })?;
    let folder = Folder::new()?;
    let files = Shelf::BuiltIn.files(&demo.files, &folder.0);
    let files = files.map_err(|source| Error::Write { path: folder.0.display().to_string(), source })?;
    let mut machine = Machine::new(files, folder.0.clone(), 7, None)?;
    machine.looks(console.describe(), console.style().charset);
    let ran = vec![None; demo.steps.len()];
    let notes = args.notes || args.notes_only;
    let mut show = Show { demo, args, machine, ran, notes, spoken: console.describe() };
    let keys = console.is_terminal() && io::stdin().is_terminal() && args.format.is_none();
    match (args.format.as_deref(), keys && !console.describe()) {
        (Some("json"), _) => show.json(console)?,
        (_, true) => show.drawn(console)?,
        (_, false) => show.whole(keys, console)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(all: &[Demo], args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let style = console.style();
    let mut out = Vec::new();
    if args.format.as_deref() == Some("json") {
        for demo in all {
            let line = serde_json::json!({
                "name": demo.name, "title": demo.title, "minutes": demo.minutes, "purpose": demo.purpose,
                "steps": demo.steps.len(),
            });
            out.extend_from_slice(format!("{line}\n").as_bytes());
        }
    } else if console.describe() {
        for demo in all {
            let Demo { name, title, minutes, purpose, .. } = demo;
            let dot = if title.ends_with(['?', '!', '.']) { "" } else { "." };
            let line = format!("Demo {}, {minutes} minutes: {}{dot} {}\n", tame(name), tame(title), tame(purpose));
            out.extend_from_slice(in_style(&line, style).as_bytes());
        }
    } else {
        let row = |demo: &Demo| vec![demo.name.clone(), demo.minutes.to_string(), demo.purpose.clone()];
        let rows: Vec<_> = all.iter().map(row).collect();
        table::dense(&mut out, style, &["demo", "min", "what it is for"], &[1], &rows);
        let words = "`layercake demo NAME` plays one, a key press a screen; --notes shows what the teacher says.";
        wrap::wrap(&mut out, words, 0, &style);
    }
    console.print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn in_style(line: &str, style: Style) -> String {
    if style.charset == Charset::Unicode {
        return line.to_owned();
    }
    line.lines().map(|line| wrap::spell(line) + "\n").collect()
}

/// A folder for what a demo's commands read and write, gone when it ends. A demo needs no home.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Error> {
        let path = std::env::temp_dir().join(format!("layercake-{:08x}", rand::random::<u32>()));
        // It fails where there is something of that name: nobody can lay out a link for us.
        std::fs::create_dir(&path).map_err(|error| {
            let what = format!("there is no room for temporary files in {}: {error}", path.display());
            Error::asked(what, "TMPDIR names another folder for them")
        })?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now, the system removes some day.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Longer lines of a command's output go on below, so that every line is one line of a terminal.
fn folded(output: &str) -> String {
    let mut text = String::new();
    for line in output.lines() {
        let mut rest: Vec<char> = line.chars().collect();
        while rest.len() > COLUMNS {
            let blank = rest[..COLUMNS].iter().rposition(|c| *c == ' ').filter(|at| *at > COLUMNS / 2);
            let tail = rest.split_off(blank.unwrap_or(COLUMNS));
            text.extend(rest.iter());
            text.push('\n');
            rest = " ".repeat(6).chars().chain(tail.into_iter().skip_while(|c| *c == ' ')).collect();
        }
        text.extend(rest.iter());
        text.push('\n');
    }
    text
}

/// What a screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// What the demo is about.
    Title,
    /// The question to the room.
    Ask(usize),
    /// The output of a step's command.
    Run(usize, usize),
    /// What to look at, and the answer.
    Look(usize),
    /// The answer alone.
    Answer(usize),
    /// What to remember.
    End,
}

/// A demo that is being shown.
struct Show<'a> {
    demo: &'a Demo,
    args: &'a Args,
    machine: Machine,
    /// What each step's commands printed; none before they ran.
    ran: Vec<Option<Vec<String>>>,
    notes: bool,
    /// Whether it is spoken, not drawn.
    spoken: bool,
}

impl Show<'_> {
    /// All screens, in order.
    fn views(&self) -> Vec<View> {
        let mut views = vec![View::Title];
        for (at, step) in self.demo.steps.iter().enumerate() {
            views.push(View::Ask(at));
            if !self.args.notes_only {
                views.extend((0..step.run.len()).map(|number| View::Run(at, number)));
            }
            views.push(View::Look(at));
            if self.args.big && !step.answer.is_empty() {
                views.push(View::Answer(at));
            }
        }
        views.push(View::End);
        views
    }

    /// A command as it is run. A dump of bytes cannot be spoken: its command says sentences instead.
    fn command(&self, at: usize, number: usize) -> String {
        let line = &self.demo.steps[at].run[number];
        if self.spoken { line.replace(" --format hex", "") } else { line.clone() }
    }

    /// Runs a step's commands unless they ran already.
    fn perform(&mut self, at: usize) -> Result<&[String], Error> {
        if self.ran[at].is_none() {
            let step = &self.demo.steps[at];
            if let Some(server) = &step.background {
                self.machine.start(server)?;
            }
            let mut outputs = Vec::new();
            for number in 0..step.run.len() {
                let ran = self.machine.take(&self.command(at, number))?;
                let complaint = if ran.good { String::new() } else { format!("\n[--] {}", ran.complaint.trim()) };
                let said = ran.output + &complaint;
                outputs.push(if said.trim().is_empty() { "(It printed nothing.)".to_owned() } else { said });
            }
            self.ran[at] = Some(outputs);
        }
        Ok(self.ran[at].as_deref().unwrap_or_default())
    }

    /// A screen without what a command printed.
    fn page(&self, view: View, views: &[View]) -> Page {
        let at = views.iter().position(|other| *other == view).unwrap_or(0);
        let mut page = Page { title: tame(&self.demo.title), place: (at + 1, views.len()), ..Page::default() };
        let audience = !self.args.notes_only;
        match view {
            View::Title => {
                page.kind = "WHAT FOR";
                page.pieces.push(Piece::Words(self.demo.purpose.clone()));
                page.pieces.push(Piece::Said(Mark::Note, format!("About {} minutes.", self.demo.minutes)));
            }
            View::Ask(at) => self.ask(&self.demo.steps[at], audience, &mut page),
            View::Run(at, number) => {
                page.pieces.push(Piece::Command(self.machine.fill(&self.command(at, number))));
            }
            View::Look(at) => {
                let step = &self.demo.steps[at];
                page.kind = "LOOK";
                if audience {
                    page.pieces.push(Piece::Words(step.look.clone()));
                }
                if !step.answer.is_empty() && !self.args.big {
                    page.pieces.push(Piece::Said(Mark::Good, step.answer.clone()));
                }
                self.note(&step.tell, &mut page);
            }
            View::Answer(at) => {
                page.kind = "ANSWER";
                page.pieces.push(Piece::Said(Mark::Good, self.demo.steps[at].answer.clone()));
            }
            View::End => {
                page.kind = "TO REMEMBER";
                page.pieces.push(Piece::Words(self.demo.takeaway.clone()));
            }
        }
        page
    }

    fn ask(&self, step: &DemoStep, audience: bool, page: &mut Page) {
        page.kind = if step.ask.is_empty() { "NEXT" } else { "QUESTION" };
        page.pieces.push(Piece::Words(format!("**{}**", step.title)));
        if !step.ask.is_empty() && audience {
            page.pieces.push(Piece::Words(format!("\n{}", step.ask)));
        }
        if let Some(server) = &step.background {
            let words = format!("A server runs behind the scenes: {}", self.machine.fill(server));
            page.pieces.push(Piece::Said(Mark::Note, words));
        }
        self.note(&step.say, page);
    }

    fn note(&self, words: &str, page: &mut Page) {
        if self.notes && !words.is_empty() {
            page.pieces.push(Piece::Words(format!("\n**Say:** {words}")));
        }
    }

    /// What a command printed, cut into pieces that fit below its command.
    fn cut(&mut self, view: View, page: &Page, height: usize, style: &Style) -> Result<Vec<String>, Error> {
        let View::Run(at, number) = view else { return Ok(Vec::new()) };
        let room = height.saturating_sub(page.lines(style) + 1).max(4);
        let output = folded(self.perform(at)?[number].trim_end());
        let lines: Vec<&str> = output.lines().collect();
        Ok(lines.chunks(room).map(|lines| lines.join("\n")).collect())
    }

    /// The demo with keys.
    fn drawn(&mut self, console: &mut Console) -> Result<(), Error> {
        let _screen = Screen::enter()?;
        let views = self.views();
        // The screen, and the part of what its command printed.
        let (mut at, mut part) = (0, 0);
        loop {
            let (width, height) = terminal::size().unwrap_or((80, 24));
            let style = Style { width: usize::from(width).clamp(40, 80), ..console.style() };
            let mut page = self.page(views[at], &views);
            page.keys = keys();
            let parts = self.cut(views[at], &page, usize::from(height), &style)?;
            part = part.min(parts.len().saturating_sub(1));
            if let Some(lines) = parts.get(part) {
                page.pieces.push(Piece::Lines(lines.clone()));
                if parts.len() > 1 {
                    page.keys.push(("", format!("part {} of {}", part + 1, parts.len())));
                }
            }
            play::draw(&page, self.args.big, console)?;
            match pressed()? {
                Pressed::Next if part + 1 < parts.len() => part += 1,
                Pressed::Next if at + 1 < views.len() => (at, part) = (at + 1, 0),
                Pressed::Back if part > 0 => part -= 1,
                Pressed::Back if at > 0 => (at, part) = (at - 1, usize::MAX),
                Pressed::Again => {
                    if let View::Ask(step) | View::Run(step, _) | View::Look(step) | View::Answer(step) = views[at] {
                        self.ran[step] = None;
                        let run = views.iter().position(|view| *view == View::Run(step, 0));
                        (at, part) = (run.unwrap_or(at), 0);
                    }
                }
                Pressed::Notes => self.notes = !self.notes || self.args.notes_only,
                Pressed::Leave => return Ok(()),
                Pressed::Next | Pressed::Back | Pressed::Nothing => {}
            }
        }
    }

    /// All of it, one screen below the other; `waits` for Enter after each.
    fn whole(&mut self, waits: bool, console: &mut Console) -> Result<(), Error> {
        let views = self.views();
        let style = Style { width: console.style().width.min(80), ..console.style() };
        for view in &views {
            let mut page = self.page(*view, &views);
            if let View::Run(at, number) = *view {
                let lines = self.perform(at)?[number].trim_end();
                let lines = if console.describe() { lines.to_owned() } else { folded(lines) };
                page.pieces.push(Piece::Lines(lines.trim_end().to_owned()));
            }
            if console.describe() {
                page.speak(console.buffer(), &style);
                console.print(b"\n")?;
            } else {
                page.draw(console.buffer(), &style);
            }
            console.turn()?;
            if waits {
                console.print(b"Enter goes on. ")?;
                console.flush()?;
                let mut line = String::new();
                if !io::stdin().read_line(&mut line).is_ok_and(|n| n > 0) || line.trim() == "q" {
                    break;
                }
            }
        }
        Ok(())
    }

    /// One JSON object a step.
    fn json(&mut self, console: &mut Console) -> Result<(), Error> {
        for (at, step) in self.demo.steps.iter().enumerate() {
            let outputs = self.perform(at)?.to_vec();
            let runs: Vec<_> = step
                .run
                .iter()
                .zip(outputs)
                .map(|(line, output)| serde_json::json!({ "command": self.machine.fill(line), "output": output }))
                .collect();
            let line = serde_json::json!({
                "demo": self.demo.name, "step": at + 1, "title": step.title, "ask": step.ask, "say": step.say,
                "runs": runs, "look": step.look, "answer": step.answer, "tell": step.tell,
            });
            console.print(format!("{line}\n").as_bytes())?;
        }
        Ok(())
    }
}

fn keys() -> Vec<(&'static str, String)> {
    let keys = [("space", "on"), ("b", "back"), ("r", "run again"), ("s", "notes"), ("q", "leave")];
    keys.map(|(key, does)| (key, does.to_owned())).to_vec()
}

/// What was pressed.
enum Pressed {
    Next,
    Back,
    Again,
    Notes,
    Leave,
    Nothing,
}

fn pressed() -> Result<Pressed, Error> {
    let event = read().map_err(|error| Error::asked(format!("cannot read a key: {error}"), "run it in a terminal"))?;
    let Event::Key(KeyEvent { code, modifiers, kind, .. }) = event else { return Ok(Pressed::Nothing) };
    if kind == KeyEventKind::Release {
        return Ok(Pressed::Nothing);
    }
    Ok(match code {
        KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => Pressed::Leave,
        KeyCode::Char(' ' | 'n') | KeyCode::Enter | KeyCode::Right | KeyCode::Down | KeyCode::PageDown => Pressed::Next,
        KeyCode::Char('b') | KeyCode::Backspace | KeyCode::Left | KeyCode::Up | KeyCode::PageUp => Pressed::Back,
        KeyCode::Char('r') => Pressed::Again,
        KeyCode::Char('s') => Pressed::Notes,
        KeyCode::Char('q') | KeyCode::Esc => Pressed::Leave,
        _ => Pressed::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A demo that was run, and printed this.
    fn show<'a>(demo: &'a Demo, args: &'a Args, output: &str) -> Show<'a> {
        let machine = Machine::new(PathBuf::new(), PathBuf::new(), 0, None).expect("a machine");
        let ran = demo.steps.iter().map(|step| Some(vec![output.to_owned(); step.run.len()])).collect();
        Show { demo, args, machine, ran, notes: true, spoken: false }
    }

    #[test]
    fn every_screen_of_every_demo_fits_80_columns_and_24_lines_with_its_notes() {
        let output = "a word of many that stand in a line which is longer than a screen is wide ".repeat(40) + "\nend";
        for (big, charset) in [(false, Charset::Unicode), (true, Charset::Unicode), (false, Charset::Ascii)] {
            let args = Args { name: String::new(), notes: true, notes_only: false, big, format: None, demos: None };
            let style = Style { width: COLUMNS, color: false, charset, explain: false };
            for demo in Demo::all(None).expect("demos") {
                let mut show = show(&demo, &args, &output);
                let views = show.views();
                for view in &views {
                    let mut page = show.page(*view, &views);
                    page.keys = keys();
                    let parts = show.cut(*view, &page, 24, &style).expect("cut");
                    for part in parts.iter().map(Some).chain(parts.is_empty().then_some(None)) {
                        let mut page = page.clone();
                        page.pieces.extend(part.map(|lines| Piece::Lines(lines.clone())));
                        let mut out = Vec::new();
                        page.draw(&mut out, &style);
                        let text = String::from_utf8(out).expect("text");
                        assert!(text.lines().count() <= 24, "{} {view:?}:\n{text}", demo.name);
                        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{}:\n{text}", demo.name);
                    }
                }
            }
        }
    }

    #[test]
    fn no_word_of_a_long_line_is_lost() {
        let long = "one two three ".repeat(20);
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(flat(&folded(&long)), flat(&long));
        assert!(folded(&"x".repeat(200)).lines().all(|line| line.chars().count() <= COLUMNS));
    }
}
