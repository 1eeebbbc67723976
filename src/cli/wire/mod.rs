//! `layercake wire`: a network that exists only in this program, from a small script. One file a subcommand.

mod list;
mod pace;
mod play;
mod run;
mod script;
mod words;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Console, Error};

pub(super) use play::{Moment, Play};
pub(super) use script::{Change, load, opened};
pub(super) use words::told;

const EXAMPLES: &str = "\
Examples:
  layercake wire list                         the networks that come with layercake
  layercake wire run four-routers             traceroute: the way becomes visible
  layercake wire run lossy --step             one arrow per key press, explained
  layercake wire run slow-reader --speed 1    as fast as it would happen
  layercake wire show two-hosts > my.toml     a script to begin with
  layercake wire run my.toml -w my.pcapng     your own network, saved for Wireshark

Every command that reads packets plays them, too: `layercake flows --wire nat`.";

/// Play a network that exists only here: hosts, routers and cables from a small script
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Args),
    List(list::Args),
    Show(list::ShowArgs),
    Check(list::CheckArgs),
    Differences(list::DifferencesArgs),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Run(args) => run::run(args, console),
        Command::List(args) => list::run(args, console),
        Command::Show(args) => list::show(args, console),
        Command::Check(args) => list::check(args, console),
        Command::Differences(args) => list::differences(args, console),
    }
}
