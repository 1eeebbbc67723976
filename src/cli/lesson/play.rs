//! `lesson start`, `next`, `resume`: a lesson, screen by screen, in the terminal. What a key does is decided by `lesson`,
//! what a screen shows by `page`.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::Instant;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::terminal;

use super::home::Home;
use super::machine::Machine;
use super::page::{expected, page};
use super::{Console, Error, Place, spoken};
use crate::cli::step::Screen;
use crate::lesson::{Deed, Found, Given, Key, Run, Session};
use crate::render::Style;
use crate::render::lesson::Page;

/// Lines and columns that every screen fits in.
const LINES: u16 = 24;

/// Take a lesson: predict, run, observe, check
#[derive(clap::Args)]
pub(super) struct Args {
    /// Its number or a word of its name; without it the first one that is not finished
    #[arg(value_name = "LESSON")]
    lesson: Option<String>,
    #[command(flatten)]
    options: Options,
}

#[derive(clap::Args)]
pub(super) struct NextArgs {
    #[command(flatten)]
    options: Options,
}

#[derive(clap::Args)]
struct Options {
    /// For the teacher: notes, the time beside the plan, and with Tab what will be answered
    #[arg(long)]
    instructor: bool,
    /// For a projector: more air between lines, where the terminal has room
    #[arg(long)]
    big: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) fn start(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let home = Home::open(&args.options.place)?;
    match &args.lesson {
        Some(name) => {
            let found = args.options.place.one(name)?;
            play(found, home, &args.options, console)
        }
        None => first_open(home, &args.options, console),
    }
}

pub(super) fn next(args: &NextArgs, console: &mut Console) -> Result<ExitCode, Error> {
    let home = Home::open(&args.options.place)?;
    first_open(home, &args.options, console)
}

pub(super) fn resume(args: &NextArgs, console: &mut Console) -> Result<ExitCode, Error> {
    let home = Home::open(&args.options.place)?;
    let left = home.progress.left().map(str::to_owned);
    match left {
        Some(id) => {
            let found = args.options.place.one(&id)?;
            play(found, home, &args.options, console)
        }
        None => first_open(home, &args.options, console),
    }
}

fn first_open(home: Home, options: &Options, console: &mut Console) -> Result<ExitCode, Error> {
    let all = options.place.all()?;
    if let Some(found) = all.into_iter().find(|found| !home.progress.done.contains(&found.lesson.id)) {
        return play(found, home, options, console);
    }
    console.print(b"All lessons are finished. `layercake lesson start 01` takes one again.\n")?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the lesson in the way that fits: drawn with keys, or spoken line by line.
fn play(found: Found, mut home: Home, options: &Options, console: &mut Console) -> Result<ExitCode, Error> {
    home.is_mine()?;
    let found = &home.deal(found)?;
    let mut machine = home.machine(&options.place, found)?;
    machine.looks(console.describe(), console.style().charset);
    let mut session = Session::new(&found.lesson, &home.progress, options.instructor);
    let drawn = console.is_terminal() && io::stdin().is_terminal() && !console.describe();
    let done = if drawn {
        drawn_loop(&mut session, &mut home, &mut machine, options, console)?
    } else {
        spoken::talk(&mut session, &mut home, &mut machine, console)?
    };
    home.keep()?;
    console.print(farewell(done, found, options).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn farewell(done: bool, found: &Found, options: &Options) -> String {
    let lesson = &found.lesson;
    if !done {
        return format!("Your answers are kept. `layercake lesson start {:02}` goes on here.\n", lesson.number());
    }
    let after = options.place.all().ok().and_then(|all| {
        let next = all.into_iter().find(|other| other.lesson.number() > lesson.number())?;
        Some(format!(" `layercake lesson next` goes on: {}", next.lesson.title))
    });
    format!("Lesson {:02} is finished.{}\n", lesson.number(), after.unwrap_or_default())
}

fn drawn_loop(
    session: &mut Session<'_>,
    home: &mut Home,
    machine: &mut Machine,
    options: &Options,
    console: &mut Console,
) -> Result<bool, Error> {
    let mut screen = Some(Screen::enter()?);
    let begun = Instant::now();
    let mut since = Instant::now();
    let mut notes = false;
    loop {
        let screen_now = shown(session, home, machine, options, notes, begun.elapsed().as_secs() / 60);
        draw(&screen_now, options.big, console)?;
        let key = match next_key(session)? {
            Some(Pressed::Notes) => {
                notes = !notes && options.instructor;
                continue;
            }
            Some(Pressed::Key(key)) => key,
            None => continue,
        };
        notes = false;
        session.waited(since.elapsed().as_secs());
        let place = session.place();
        match session.key(key, &mut home.progress) {
            Deed::Keep => home.keep()?,
            Deed::Run(run) => {
                drop(screen.take());
                let outcome = perform(&run, machine, console);
                screen = Some(Screen::enter()?);
                outcome?;
                session.ran(&mut home.progress);
                home.keep()?;
            }
            Deed::Judge(given) => judge(given, session, home)?,
            Deed::Done => return Ok(true),
            Deed::Leave => return Ok(false),
            Deed::Draw | Deed::Nothing => {}
        }
        if place != session.place() {
            since = Instant::now();
        }
    }
}

/// Judges an answer and keeps it.
pub(super) fn judge(given: Given, session: &mut Session<'_>, home: &mut Home) -> Result<(), Error> {
    let Some((question, _)) = session.question() else { return Ok(()) };
    let verdict = Machine::judge(question, &given);
    session.judged(given, verdict, &mut home.progress);
    home.keep()
}

/// Runs the commands of a run one after another, on the ordinary screen, and waits for a key.
pub(in crate::cli) fn perform(run: &Run, machine: &mut Machine, console: &mut Console) -> Result<(), Error> {
    for line in &run.commands {
        let shown = machine.fill(line);
        console.print(format!("\n$ {shown}\n").as_bytes())?;
        console.flush()?;
        if run.background {
            machine.start(line)?;
            console.print(b"It runs in the background.\n")?;
        } else if !machine.show(line)? {
            console.print(b"[--] That command did not end well; what it said stands above.\n")?;
        }
    }
    console.print(b"\nEnter goes on. ")?;
    console.flush()?;
    let mut line = String::new();
    // Whoever closes the input goes on, too.
    let _ = io::stdin().read_line(&mut line);
    Ok(())
}

/// The screen of this moment: the question, or what the teacher is told about it.
fn shown(session: &Session<'_>, home: &Home, machine: &Machine, options: &Options, notes: bool, minutes: u64) -> Page {
    let notes = if notes { expected(session) } else { None };
    let told = notes.is_some();
    let mut page = notes.unwrap_or_else(|| page(session, machine, home.progress.seed));
    if options.instructor {
        page.title = format!("minute {minutes} of {} · {}", session.lesson().minutes, page.title);
        if !told && session.question().is_some() {
            page.keys.insert(1, ("Tab", "what they will say".to_owned()));
        }
    }
    page
}

/// Draws a screen; `big` with an empty line after each, where there is room.
pub(super) fn draw(page: &Page, big: bool, console: &mut Console) -> Result<(), Error> {
    let (width, height) = terminal::size().unwrap_or((80, LINES));
    let style = Style { width: usize::from(width).clamp(40, 80), ..console.style() };
    let mut picture = Vec::new();
    page.draw(&mut picture, &style);
    let air = big && 2 * page.lines(&style) <= usize::from(height);
    let mut screen = b"\x1b[2J\x1b[H".to_vec();
    for (number, line) in picture.split(|b| *b == b'\n').take(usize::from(height)).enumerate() {
        if number > 0 {
            screen.extend_from_slice(if air { b"\r\n\r\n" } else { b"\r\n" });
        }
        screen.extend_from_slice(line);
    }
    console.print(&screen)?;
    console.flush()
}

/// What was pressed.
enum Pressed {
    /// Something that the lesson understands.
    Key(Key),
    /// Tab: the teacher's notes to a question, there and back.
    Notes,
}

/// A key as the lesson understands it. While something is typed, letters are letters.
fn next_key(session: &Session<'_>) -> Result<Option<Pressed>, Error> {
    let event = read().map_err(|error| Error::asked(format!("cannot read a key: {error}"), "run it in a terminal"))?;
    let Event::Key(KeyEvent { code, modifiers, kind, .. }) = event else { return Ok(None) };
    if kind == KeyEventKind::Release {
        return Ok(None);
    }
    let asked = session.question().is_some();
    if code == KeyCode::Tab {
        return Ok(Some(Pressed::Notes));
    }
    let key = match code {
        KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Leave),
        KeyCode::Char('?') => Some(Key::Hint),
        KeyCode::Char(' ' | 'n') if !asked => Some(Key::Next),
        KeyCode::Char('b') if !asked => Some(Key::Back),
        KeyCode::Char('q') if !asked => Some(Key::Leave),
        KeyCode::Char('r') if !asked => Some(Key::Enter),
        KeyCode::Char(c) => Some(Key::Char(c)),
        KeyCode::Enter => Some(Key::Enter),
        KeyCode::Backspace => Some(Key::Backspace),
        KeyCode::Right | KeyCode::PageDown => Some(Key::Next),
        KeyCode::Left | KeyCode::PageUp => Some(Key::Back),
        KeyCode::Esc => Some(Key::Leave),
        _ => None,
    };
    Ok(key.map(Pressed::Key))
}
