//! The only door to stdout, and the place where "how does it look" is decided once: colour, characters,
//! width, spoken or drawn.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::Error;
use crate::render::{Charset, Style, value};

/// Output waits here until so many bytes are together.
const CHUNK: usize = 64 * 1024;
/// A live picture is never older than this.
const FRESH: Duration = Duration::from_millis(50);
/// Columns where the output is no terminal.
const COLUMNS: usize = 80;

/// How the output looks; the same for every command.
#[derive(Args, Debug, Clone)]
pub(super) struct Look {
    /// Colours: `auto` uses them on a terminal unless `NO_COLOR` or `CLICOLOR=0` is set
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = When::Auto, help_heading = "Look")]
    color: When,
    /// Characters: `auto` draws with Unicode unless the locale is not UTF-8
    #[arg(long, global = true, value_name = "SET", value_enum, default_value_t = Set::Auto, help_heading = "Look")]
    charset: Set,
    /// Columns to draw for, instead of the terminal's
    #[arg(long, global = true, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(20..=400), help_heading = "Look")]
    width: Option<u16>,
    /// Whole sentences instead of pictures, for screen readers (also with `TERM=dumb`)
    #[arg(long, global = true, help_heading = "Look")]
    describe: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Set {
    Auto,
    Unicode,
    Ascii,
}

/// Where a command writes.
pub(super) struct Console {
    buffer: Vec<u8>,
    style: Style,
    describe: bool,
    terminal: bool,
    fresh: Option<Instant>,
}

impl Console {
    pub(super) fn new(look: &Look) -> Self {
        let terminal = io::stdout().is_terminal();
        let dumb = variable("TERM").is_some_and(|t| t == "dumb");
        let style = Style {
            width: look.width.map_or_else(columns, usize::from),
            color: match look.color {
                When::Always => true,
                When::Never => false,
                When::Auto => {
                    let refused = variable("NO_COLOR").is_some() || variable("CLICOLOR").is_some_and(|v| v == "0");
                    terminal && !refused && !dumb
                }
            },
            charset: match look.charset {
                Set::Unicode => Charset::Unicode,
                Set::Ascii => Charset::Ascii,
                Set::Auto => locale_charset(),
            },
            explain: false,
        };
        let spoken = variable("LAYERCAKE_A11Y").is_some_and(|v| v == "text");
        let describe = look.describe || spoken || (terminal && dumb);
        Console { buffer: Vec::with_capacity(2 * CHUNK), style, describe, terminal, fresh: None }
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// Whether whole sentences are wanted instead of pictures.
    pub(super) fn describe(&self) -> bool {
        self.describe
    }

    /// Whether a person looks at a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// From now on what is written appears within a moment, even if little of it comes.
    pub(super) fn live(&mut self) {
        self.fresh = Some(Instant::now());
    }

    /// The buffer to append to; call [`Console::turn`] after each piece.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Writes out what is due.
    pub(super) fn turn(&mut self) -> Result<(), Error> {
        let due = self.fresh.is_some_and(|last| last.elapsed() >= FRESH);
        if due || self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Appends and writes out what is due.
    pub(super) fn print(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.buffer.extend_from_slice(bytes);
        self.turn()
    }

    /// Writes out everything.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if let Some(last) = &mut self.fresh {
            *last = Instant::now();
        }
        if self.buffer.is_empty() {
            return Ok(());
        }
        // Straight to the descriptor: `Stdout` would copy line by line once more.
        let mut out = io::stdout().lock();
        let result = out.write_all(&self.buffer).and_then(|()| out.flush());
        self.buffer.clear();
        result.map_err(|source| match source.kind() {
            io::ErrorKind::BrokenPipe => Error::Closed,
            _ => Error::Write { path: "the output".into(), source },
        })
    }

    /// Says something beside the output, on stderr.
    #[expect(clippy::unused_self, reason = "who speaks has the console, as for everything else that is said")]
    pub(super) fn remark(&self, text: &str) {
        // Nobody is left to tell if stderr is gone.
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
    }

    /// Says what went wrong and what to do next.
    pub(super) fn complain(&self, error: &Error) {
        let lines = |text: &str| text.lines().map(tame).collect::<Vec<_>>().join("\n");
        self.remark(&format!("layercake: {}", lines(&error.to_string())));
        if let Some(hint) = error.hint() {
            self.remark(&format!("hint: {}", lines(&hint)));
        }
    }
}

/// A picture that is drawn again in the same place. The cursor is hidden meanwhile, and comes back however we leave.
pub(super) struct InPlace {
    lines: usize,
}

impl InPlace {
    pub(super) fn begin(console: &mut Console) -> Result<Self, Error> {
        let place = InPlace { lines: 0 };
        console.print(b"\x1b[?25l")?;
        Ok(place)
    }

    /// Lines of the terminal, the last one left free so that nothing scrolls.
    pub(super) fn height() -> usize {
        terminal_size::terminal_size().map_or(24, |(_, height)| usize::from(height.0)).max(2) - 1
    }

    /// Columns of the terminal now: it may be made narrower while we draw.
    pub(super) fn width(wanted: usize) -> usize {
        terminal_size::terminal_size().map_or(wanted, |(width, _)| wanted.min(usize::from(width.0)).max(20))
    }

    /// Draws in place of what was drawn last.
    pub(super) fn draw(&mut self, console: &mut Console, picture: &[u8]) -> Result<(), Error> {
        let out = console.buffer();
        if self.lines > 0 {
            out.extend_from_slice(format!("\x1b[{}A\r", self.lines.min(Self::height())).as_bytes());
        }
        self.lines = 0;
        for line in picture.split_inclusive(|b| *b == b'\n') {
            out.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
            out.extend_from_slice(b"\x1b[K\n");
            self.lines += 1;
        }
        out.extend_from_slice(b"\x1b[J");
        console.flush()
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        // Nothing can be done if the terminal is gone.
        let _ = io::stdout().lock().write_all(b"\x1b[?25h");
        let _ = io::stdout().lock().flush();
    }
}

/// Gives the terminal back at once, also in a panic, when no console is at hand.
pub(super) fn last_words(bytes: &[u8]) {
    // Nothing can be done if the terminal is gone.
    let _ = io::stdout().lock().write_all(bytes);
    let _ = io::stdout().lock().flush();
}

/// An environment variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

fn columns() -> usize {
    terminal_columns().unwrap_or(COLUMNS).clamp(20, 400)
}

/// The terminal's columns, or those that the environment names; `None` where nobody says.
pub(super) fn terminal_columns() -> Option<usize> {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    terminal.or_else(|| variable("COLUMNS")?.parse().ok())
}

/// The first of the three variables that is set decides, as in setlocale(3).
fn locale_charset() -> Charset {
    match ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name)) {
        Some(locale) if !locale.to_ascii_lowercase().replace('-', "").contains("utf8") => Charset::Ascii,
        _ => Charset::Unicode,
    }
}

/// Words of the user or of the system, made harmless for a terminal.
pub(super) fn tame(text: &str) -> String {
    let mut out = Vec::new();
    value::text(&mut out, text.as_bytes(), Charset::Unicode);
    String::from_utf8_lossy(&out).into_owned()
}
