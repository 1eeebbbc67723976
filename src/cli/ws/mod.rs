//! `layercake ws`: WebSocket, frame by frame. One file a subcommand.

mod frame;
mod picture;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Console, Error};

const EXAMPLES: &str = "\
Examples:
  layercake ws frame \"81 85 37 fa 21 3d 7f 9f 4d 51 58\"   a frame, bit by bit (RFC 6455's own example)
  layercake ws frame --help                              where else the bytes may come from";

/// Take WebSocket apart: every bit of every frame
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Frame(frame::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Frame(args) => frame::run(args, console),
    }
}
