//! `layercake ws`: live `WebSocket`s. One file a subcommand.

mod lines;
mod told;
mod trace;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Console, Error};

const EXAMPLES: &str = "\
Examples:
  layercake ws trace ws://localhost:8000/      open a WebSocket, see every step, then type
  layercake ws trace wss://example.org/ --send hello";

/// Open and watch a live `WebSocket`, frame by frame
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Trace(trace::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Trace(args) => trace::run(args, console),
    }
}
