//! `layercake sockets`: TCP beside UDP with real sockets of this machine. One file a subcommand.

mod compare;
mod packets;
mod predict;
mod told;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Console, Error};

const EXAMPLES: &str = "\
Examples:
  layercake sockets compare                      TCP beside UDP: eleven questions, answered by doing it
  layercake sockets compare --predict            the same, but you say first what you expect
  layercake sockets compare --scenario edges     one of them with every call and every packet";

/// TCP beside UDP, with real sockets on this machine
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Compare(compare::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Compare(args) => compare::run(args, console),
    }
}
