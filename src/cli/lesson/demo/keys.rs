//! The keys of a demo.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};

use crate::cli::Error;

/// The keys and what they do, for the last line of a screen.
pub(super) fn keys() -> Vec<(&'static str, String)> {
    let keys = [("space", "on"), ("b", "back"), ("r", "run again"), ("s", "notes"), ("q", "leave")];
    keys.map(|(key, does)| (key, does.to_owned())).to_vec()
}

/// What was pressed.
pub(super) enum Pressed {
    Next,
    Back,
    Again,
    Notes,
    Leave,
    Nothing,
}

/// Waits for a key.
///
/// # Errors
/// There is no keyboard.
pub(super) fn pressed() -> Result<Pressed, Error> {
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
