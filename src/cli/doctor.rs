//! `layercake doctor`: what works on this machine, on one screen, and how to get the rest.

use std::process::ExitCode;

use super::{Console, Error};
use crate::source::live::interfaces::list;
use crate::source::live::rights::Rights;

/// Say what works on this machine and how to get the rest
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  layercake doctor
  layercake doctor --describe    without marks and columns")]
pub(super) struct Args {}

pub(super) fn run(_: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let rights = Rights::of_this_process();
    let cards = list();
    let up: Vec<&str> = cards.iter().filter(|c| c.up).map(|c| c.name.as_str()).collect();
    let style = console.style();
    let mut screen = Screen { console, spoken: false };
    screen.spoken = screen.console.describe();

    screen.line(true, "files and hex", "capture -r FILE, peel FILE, peel --hex: always")?;
    screen.line(true, "simulated wire", "peel, capture --demo: always, the same on every machine")?;
    let cards = if up.is_empty() { "none is switched on".to_owned() } else { up.join(", ") };
    screen.line(!up.is_empty(), "network cards", &cards)?;
    let live = match (rights.capture, rights.root) {
        (true, true) => "yes, as root; the right is given up once the capture is open",
        (true, false) => "yes, this program has the right",
        (false, _) => "no right to see packets (CAP_NET_RAW)",
    };
    screen.line(rights.capture, "live capture", live)?;
    match &rights.no_sandbox {
        None => screen.line(true, "sandbox", "capture --sandbox -- COMMAND: a private network, no rights needed")?,
        Some(why) => screen.line(false, "sandbox", &why.to_string())?,
    }
    let characters = style.pick(
        "Unicode: \u{2550}\u{2501}\u{2500}\u{254c} \u{2192} (if these look wrong: --charset ascii)",
        "ASCII (--charset unicode for box drawing)",
    );
    screen.line(true, "characters", characters)?;
    let colour = if style.color { "on" } else { "off (--color always switches them on)" };
    screen.line(true, "colours", colour)?;
    let enough = style.width >= 80;
    screen.line(
        enough,
        "columns",
        &format!("{}{}", style.width, if enough { "" } else { "; pictures are made for 80 and more" }),
    )?;

    let mut hints = String::new();
    if !rights.capture {
        hints += "\nTo capture live:\n";
        hints += &rights.how_to_get_them();
        hints.push('\n');
    }
    if let Some(why) = &rights.no_sandbox {
        hints += &format!("\nFor the sandbox:\n{}\n", why.hint());
    }
    console.print(hints.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

struct Screen<'a> {
    console: &'a mut Console,
    spoken: bool,
}

impl Screen<'_> {
    fn line(&mut self, works: bool, what: &str, words: &str) -> Result<(), Error> {
        let line = match (self.spoken, works) {
            (true, true) => format!("{what}: {words}.\n"),
            (true, false) => format!("{what}, does not work: {words}.\n"),
            (false, true) => format!("[ok] {what:<15} {words}\n"),
            (false, false) => format!("[--] {what:<15} {words}\n"),
        };
        self.console.print(line.as_bytes())
    }
}
