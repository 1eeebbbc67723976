//! `layercake ports`: who sits behind which port of this machine. One file per subcommand.

mod open;
mod picture;
mod watch;
mod wanted;

use std::process::ExitCode;

use super::{Console, Error};
use crate::ports;

/// Show who sits behind which port of this machine, live or as a lesson
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Watch(watch::Args),
    Open(open::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Watch(args) => watch::run(args, console),
        Command::Open(args) => open::run(args, console),
    }
}

/// The system cannot be asked for its sockets.
fn unanswered(error: &ports::Error) -> Error {
    Error::asked(error.to_string(), "`layercake doctor` says what works on this machine")
}
