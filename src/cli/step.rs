//! `--step`: one layer, or one packet, per key press. The pictures are `render`'s; here are only keys and screen.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::{cursor, execute, terminal};

use super::{Console, Error};
use crate::render::View;
use crate::render::step::{Action, Key, Layers, Screens, Step};

/// Shows `view` layer by layer.
pub(super) fn run(view: View<'_>, label: Option<&str>, console: &mut Console) -> Result<ExitCode, Error> {
    walk(&mut Layers { view, step: Step::new(view, label) }, console)
}

/// Shows one screen per key press. Without a terminal all screens come one below the other.
pub(super) fn walk(screens: &mut dyn Screens, console: &mut Console) -> Result<ExitCode, Error> {
    let style = console.style();
    if !(console.is_terminal() && io::stdin().is_terminal()) || console.describe() {
        loop {
            console.print(&screens.screen(style))?;
            console.print(b"\n")?;
            if screens.key(Key::Next, style) != Action::Draw {
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    let _screen = Screen::enter()?;
    loop {
        let (width, height) = terminal::size().unwrap_or((80, 24));
        let style = crate::render::Style { width: usize::from(width).clamp(40, 200), ..style };
        draw(console, &screens.screen(style), height)?;
        let Some(key) = next_key()? else { continue };
        if screens.key(key, style) == Action::Quit {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

fn draw(console: &mut Console, screen: &[u8], height: u16) -> Result<(), Error> {
    let mut picture = b"\x1b[2J\x1b[H".to_vec();
    for (number, line) in screen.split(|b| *b == b'\n').take(usize::from(height)).enumerate() {
        if number > 0 {
            picture.extend_from_slice(b"\r\n");
        }
        picture.extend_from_slice(line);
    }
    console.print(&picture)?;
    console.flush()
}

fn next_key() -> Result<Option<Key>, Error> {
    let event = read().map_err(|error| Error::asked(format!("cannot read a key: {error}"), "run it in a terminal"))?;
    Ok(match event {
        Event::Key(KeyEvent { kind: KeyEventKind::Release, .. }) => None,
        Event::Key(KeyEvent { code: KeyCode::Char('c'), modifiers: KeyModifiers::CONTROL, .. }) => Some(Key::Quit),
        Event::Key(KeyEvent { code, .. }) => match code {
            KeyCode::Char(' ' | 'n' | 'j' | 'l')
            | KeyCode::Enter
            | KeyCode::Right
            | KeyCode::Down
            | KeyCode::PageDown => Some(Key::Next),
            KeyCode::Char('b' | 'p' | 'k' | 'h')
            | KeyCode::Backspace
            | KeyCode::Left
            | KeyCode::Up
            | KeyCode::PageUp => Some(Key::Back),
            KeyCode::Home | KeyCode::Char('g') => Some(Key::First),
            KeyCode::End | KeyCode::Char('G') => Some(Key::Last),
            KeyCode::Char('q') | KeyCode::Esc => Some(Key::Quit),
            _ => None,
        },
        _ => None,
    })
}

/// The alternate screen with raw keys; restored however we leave.
pub(super) struct Screen;

impl Screen {
    pub(super) fn enter() -> Result<Self, Error> {
        let entered = terminal::enable_raw_mode()
            .and_then(|()| execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide));
        entered.map_err(|error| {
            Error::asked(
                format!("this terminal has no screen of its own: {error}"),
                "leave out --step, or add --describe",
            )
        })?;
        Ok(Screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing can be done if the terminal is gone.
        let _ = execute!(io::stdout(), cursor::Show, terminal::LeaveAlternateScreen);
        let _ = terminal::disable_raw_mode();
    }
}
