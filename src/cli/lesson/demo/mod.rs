//! `layercake demo`: a demo for the projector, screen by screen; commands run as those of a lesson do. Nothing goes on
//! by itself. Not here: what a demo says (`demos/`, read by `lesson`).

mod keys;
mod show;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use self::show::Show;
use super::machine::Machine;
use super::{Console, Error, fault};
use crate::cli::console::tame;
use crate::lesson::{Demo, Shelf};
use crate::render::{Charset, Style, table, wrap};

/// Columns that every screen fits in.
const COLUMNS: usize = 80;

const EXAMPLES: &str = "\
Examples:
  layercake demo                          all demos
  layercake demo handshake                one of them, screen by screen
  layercake demo handshake --notes        with what the teacher says
  layercake demo handshake --notes-only   on the teacher's second screen
  layercake demo https --big              for the last row of the room
  layercake demo https | less             the whole demo as text
  layercake demo --demos mine             demos of your own: mine/NAME.toml

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
