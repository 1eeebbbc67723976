//! The terminal: entered and left, and only those cells written that have changed. All goes through the console.

use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::{Command, cursor, event, terminal};
use ratatui_core::buffer::{Buffer, Cell};
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier};

use super::super::{Console, Error};

/// Another thread has panicked: what is on the screen may be wrong.
static BROKEN: AtomicBool = AtomicBool::new(false);

/// The screen as it is.
pub(super) struct Canvas {
    shown: Buffer,
    /// Nothing of what is shown is known: all is written again.
    stale: bool,
}

/// What enters the screen, and what leaves it.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[0m\x1b[?25h\x1b[?1049l";

/// Around a picture: a terminal that knows them shows it at once, not line by line (synchronized output).
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

fn ansi(command: impl Command) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = command.write_ansi(&mut text);
    text
}

/// The terminal as long as it is ours; restored however we leave: at the end, with an error, in a panic.
pub(super) struct Stage;

impl Stage {
    pub fn enter(mouse: bool, console: &mut Console) -> Result<Self, Error> {
        terminal::enable_raw_mode().map_err(|error| {
            Error::asked(
                format!("this terminal gives no single keys: {error}"),
                "add --describe to type commands instead",
            )
        })?;
        let stage = Stage;
        console.print(ENTER.as_bytes())?;
        if mouse {
            console.print(ansi(event::EnableMouseCapture).as_bytes())?;
        }
        console.flush()?;
        let before = std::panic::take_hook();
        let main = std::thread::current().id();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().id() == main {
                leave();
                before(panic);
            } else {
                BROKEN.store(true, Ordering::Relaxed);
            }
        }));
        Ok(stage)
    }

    /// Whether a thread has panicked.
    pub fn is_broken() -> bool {
        BROKEN.load(Ordering::Relaxed)
    }
}

/// Gives the terminal back; twice does no harm.
fn leave() {
    let text = format!("{}{LEAVE}", ansi(event::DisableMouseCapture));
    super::super::console::last_words(text.as_bytes());
    // Nothing can be done if the terminal is gone.
    let _ = terminal::disable_raw_mode();
}

impl Drop for Stage {
    fn drop(&mut self) {
        leave();
    }
}

impl Canvas {
    pub fn new() -> Self {
        Canvas { shown: Buffer::empty(Rect::new(0, 0, 0, 0)), stale: true }
    }

    /// The window as it is now.
    pub fn area() -> Rect {
        let (width, height) = terminal::size().unwrap_or((80, 24));
        Rect::new(0, 0, width.max(1), height.max(1))
    }

    /// Everything is to be written again.
    pub fn forget(&mut self) {
        self.stale = true;
    }

    /// Writes what has changed.
    pub fn show(&mut self, buffer: Buffer, console: &mut Console) -> Result<(), Error> {
        if !self.stale && self.shown == buffer {
            return Ok(());
        }
        let out = console.buffer();
        out.extend_from_slice(BEGIN);
        if self.stale || self.shown.area != buffer.area {
            out.extend_from_slice(b"\x1b[0m\x1b[2J");
            self.shown = Buffer::empty(buffer.area);
            self.stale = false;
        }
        write(out, self.shown.diff(&buffer));
        out.extend_from_slice(END);
        self.shown = buffer;
        console.flush()
    }
}

fn write(out: &mut Vec<u8>, cells: Vec<(u16, u16, &Cell)>) {
    let mut dress = None;
    let mut next = None;
    for (x, y, cell) in cells {
        if next != Some((x, y)) {
            out.extend_from_slice(ansi(cursor::MoveTo(x, y)).as_bytes());
        }
        let style = (cell.fg, cell.modifier);
        if dress != Some(style) {
            out.extend_from_slice(codes(style.0, style.1).as_bytes());
            dress = Some(style);
        }
        out.extend_from_slice(cell.symbol().as_bytes());
        next = Some((x + unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1) as u16, y));
    }
    if dress.is_some() {
        out.extend_from_slice(b"\x1b[0m");
    }
}

/// The codes of a style, from none on.
fn codes(colour: Color, modifier: Modifier) -> String {
    let mut text = String::from("\x1b[0");
    for (bit, code) in [(Modifier::BOLD, 1), (Modifier::UNDERLINED, 4), (Modifier::REVERSED, 7)] {
        if modifier.contains(bit) {
            text += &format!(";{code}");
        }
    }
    let number = match colour {
        Color::Black => Some(30),
        Color::Red => Some(31),
        Color::Green => Some(32),
        Color::Yellow => Some(33),
        Color::Blue => Some(34),
        Color::Magenta => Some(35),
        Color::Cyan => Some(36),
        Color::Gray => Some(37),
        Color::DarkGray => Some(90),
        Color::LightBlue => Some(94),
        Color::Indexed(n @ 0..8) => Some(30 + u16::from(n)),
        _ => None,
    };
    if let Some(number) = number {
        text += &format!(";{number}");
    }
    text.push('m');
    text
}
