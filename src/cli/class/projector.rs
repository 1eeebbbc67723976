//! The board on a projector: keys reveal, ask for the second vote, go to the next question, and run what was predicted.

use std::io::{self, IsTerminal};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::terminal;

use super::board::{pasted, picture, take_codes};
use crate::class::Gathered;
use crate::cli::lesson::{Home, Place, perform};
use crate::cli::step::Screen;
use crate::cli::{Console, Error};
use crate::lesson::{Found, Run, Step};
use crate::render::Style;

/// What the teacher wants.
enum Wish {
    Reveal,
    Again,
    Next,
    Back,
    Run,
    Quit,
    Nothing,
}

/// Shows the boards of these questions until the teacher leaves. The one with the most votes is first.
pub(super) fn show(
    ids: &[String],
    mut gathered: Gathered,
    of: Option<usize>,
    reveal: bool,
    place: &Place,
    course: &[Found],
    console: &mut Console,
) -> Result<(), Error> {
    let votes = gathered.questions(course);
    let most = |id: &String| votes.iter().find(|(other, _)| other == id).map_or(0, |(_, count)| *count);
    let mut at = (0..ids.len()).max_by_key(|at| (most(&ids[*at]), *at)).unwrap_or(0);
    let mut revealed = reveal;
    let mut screen = Some(Screen::enter()?);
    loop {
        draw(&ids[at], &gathered, of, revealed, ids.len() > 1, course, console)?;
        match wish()? {
            Wish::Reveal => revealed = !revealed,
            Wish::Next if at + 1 < ids.len() => (at, revealed) = (at + 1, reveal),
            Wish::Back if at > 0 => (at, revealed) = (at - 1, reveal),
            Wish::Again => {
                drop(screen.take());
                again(course, &mut gathered, console);
                screen = Some(Screen::enter()?);
            }
            Wish::Run => {
                drop(screen.take());
                let ran = run(&ids[at], place, console);
                screen = Some(Screen::enter()?);
                ran?;
            }
            Wish::Quit => return Ok(()),
            Wish::Next | Wish::Back | Wish::Nothing => {}
        }
    }
}

fn draw(
    id: &str,
    gathered: &Gathered,
    of: Option<usize>,
    revealed: bool,
    several: bool,
    course: &[Found],
    console: &mut Console,
) -> Result<(), Error> {
    let Some(counted) = gathered.board(course, id, of) else { return Ok(()) };
    let mut picture = picture(&counted, revealed);
    picture.keys = vec![("space", if revealed { "hide" } else { "reveal *" }), ("v", "vote again"), ("r", "run it")];
    if several {
        picture.keys.extend([("n", "next"), ("b", "back")]);
    }
    picture.keys.push(("q", "quit"));
    let (width, height) = terminal::size().unwrap_or((80, 24));
    let style = Style { width: usize::from(width).clamp(40, 200), ..console.style() };
    picture.fit(&style, usize::from(height));
    let mut out = Vec::new();
    picture.draw(&mut out, &style);
    let mut drawn = b"\x1b[2J\x1b[H".to_vec();
    let lines = out.strip_suffix(b"\n").unwrap_or(&out).split(|byte| *byte == b'\n');
    for (number, line) in lines.take(usize::from(height)).enumerate() {
        drawn.extend_from_slice(if number > 0 { b"\r\n" } else { b"" });
        drawn.extend_from_slice(line);
    }
    console.print(&drawn)?;
    console.flush()
}

/// The second vote, pasted.
fn again(course: &[Found], gathered: &mut Gathered, console: &Console) {
    if !io::stdin().is_terminal() {
        console.remark("The input is at its end: give the second vote as --second FILE.");
        std::thread::sleep(std::time::Duration::from_secs(2));
        return;
    }
    let text = pasted(console);
    take_codes(&text, true, course, gathered, console);
}

/// Runs what was predicted, on the ordinary screen, and waits for Enter.
fn run(id: &str, place: &Place, console: &mut Console) -> Result<(), Error> {
    let home = Home::open(place)?;
    let course = place.all()?;
    let Some(found) = course.into_iter().find(|found| found.lesson.questions().any(|(q, _)| q.id == id)) else {
        return Ok(());
    };
    let found = home.deal(found)?;
    let mut machine = home.machine(place, &found)?;
    for run in runs(&found, id) {
        perform(run, &mut machine, console)?;
    }
    Ok(())
}

/// The run that a prediction is about, and servers that are started before it.
pub(super) fn runs<'a>(found: &'a Found, id: &str) -> Vec<&'a Run> {
    let steps = &found.lesson.steps;
    let is = |step: &Step| matches!(step, Step::Predict(question) if question.id == id);
    let Some(at) = steps.iter().position(is) else { return Vec::new() };
    let run = |step: &'a Step| match step {
        Step::Run(run) if !run.live => Some(run),
        _ => None,
    };
    let mut all: Vec<&Run> = steps[..at].iter().filter_map(run).filter(|run| run.background).collect();
    for run in steps[at..].iter().filter_map(run) {
        all.push(run);
        if !run.background {
            break;
        }
    }
    all
}

fn wish() -> Result<Wish, Error> {
    let event = read().map_err(|error| Error::asked(format!("cannot read a key: {error}"), "run it in a terminal"))?;
    let Event::Key(KeyEvent { code, modifiers, kind, .. }) = event else { return Ok(Wish::Nothing) };
    if kind == KeyEventKind::Release {
        return Ok(Wish::Nothing);
    }
    Ok(match code {
        KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => Wish::Quit,
        KeyCode::Char('q') | KeyCode::Esc => Wish::Quit,
        KeyCode::Char(' ') | KeyCode::Enter => Wish::Reveal,
        KeyCode::Char('v') => Wish::Again,
        KeyCode::Char('r') => Wish::Run,
        KeyCode::Char('n') | KeyCode::Right | KeyCode::PageDown => Wish::Next,
        KeyCode::Char('b' | 'p') | KeyCode::Left | KeyCode::PageUp => Wish::Back,
        _ => Wish::Nothing,
    })
}
