//! `layercake browse`: walk through a capture with the keys: packets, layers, bytes, and what each field is for.
//! What is chosen is `view`'s, what it looks like is `render::tui`'s; here are keys, mouse and the terminal.

mod app;
mod canvas;
mod export;
mod job;
mod keys;
mod paint;
pub(super) mod source;
mod spoken;
mod typing;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::ValueEnum;

use super::{Console, Error, open};
use crate::render::tui::Theme;
use crate::view::{View, gather};

use app::App;

const EXAMPLES: &str = "\
Examples:
  layercake browse --demo                 a WebSocket conversation on a simulated wire
  layercake browse FILE                   a capture file (pcap, pcapng, gzip)
  layercake browse FILE -f http           only packets that match; `f` changes it later
  layercake browse FILE --keys KEYS       TLS decrypted, with the keys that a browser noted down
  layercake browse -i lo                  live, on this machine's loopback; space pauses
  layercake browse --wire lossy           a network that exists only here
  layercake browse FILE --theme light     for white backgrounds
  layercake browse FILE --describe        the same in sentences, by commands typed in

Keys: arrows or j and k walk, Tab goes from part to part, / searches, f filters, c follows a
conversation, ? shows all keys, q leaves. The mouse works, too.";

/// Walk through a capture: packets, layers, bytes, and what every field is for
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A capture file (pcap, pcapng, also gzipped); `-` is standard input
    #[arg(value_name = "FILE", conflicts_with_all = ["read", "interface", "demo", "wire"])]
    file: Option<String>,
    #[command(flatten)]
    from: open::From,
    /// Begin with only those packets that match
    #[arg(short, long, value_name = "EXPR")]
    filter: Option<String>,
    /// Colours for a dark or a light background, or none
    #[arg(long, value_name = "THEME", value_enum, default_value_t = ThemeName::Dark)]
    theme: ThemeName,
    /// Leave the mouse to the terminal, to select text
    #[arg(long)]
    no_mouse: bool,
    /// Keep so many MB of packets where they cannot be read again: live, from a pipe, gzipped
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    keep: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ThemeName {
    /// The terminal's own colours
    Dark,
    /// The darker ones of them
    Light,
    /// No colours: bold, reversed and marks say the same
    Mono,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let spoken = console.describe();
    // Where packets come through standard input, keys come from the terminal itself.
    let piped = [&args.file, &args.from.read].into_iter().flatten().any(|path| path == "-");
    let seen = console.is_terminal() && (piped || std::io::stdin().is_terminal());
    if !spoken && !seen {
        console.complain(&Error::asked(
            "browse needs a terminal with a keyboard",
            "add --describe to type commands instead, or use `layercake capture`, which prints",
        ));
        return Ok(ExitCode::from(2));
    }
    let opened = source::order(args.file.as_ref(), &args.from, args.keep, true, console)?;
    let (secrets, live) = (opened.order.secrets.clone(), opened.live);
    let shelf = gather(opened.order)?;
    if live {
        // The socket is open: from here on no right is needed any more.
        crate::source::live::rights::drop_privileges().map_err(crate::source::Error::from)?;
    }
    let mut view = View::new(&shelf, secrets.clone(), live);
    if let Some(text) = &args.filter {
        view.narrow(text).map_err(|error| Error::Filter { error, text: text.clone() })?;
    }
    let outcome = if spoken {
        spoken::run(view, &opened.title, live, console)
    } else {
        let theme = match (console.style().color, args.theme) {
            (false, _) | (_, ThemeName::Mono) => Theme::Mono,
            (true, ThemeName::Dark) => Theme::Dark,
            (true, ThemeName::Light) => Theme::Light,
        };
        App::new(view, secrets, opened.title, opened.label, theme, live, console).run(!args.no_mouse, console)
    };
    shelf.stop();
    let trouble = shelf.trouble().take();
    outcome?;
    // What ended the file too early was said on the screen; it is said again where it stays.
    trouble.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
}
