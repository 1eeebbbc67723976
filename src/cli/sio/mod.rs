//! `layercake sio`: Socket.IO, packet by packet. One file a subcommand.

mod serve;
mod told;
mod trace;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Console, Error};

const EXAMPLES: &str = "\
Examples:
  layercake sio serve                                    a chat on http://localhost:3000
  layercake sio serve --client socket.io.min.js          with the browser's half, for its page
  layercake sio trace ws://localhost:3000                open a session, then type";

/// Take Socket.IO apart: requests, the change to a WebSocket, events and answers
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Args),
    Trace(trace::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Serve(args) => serve::run(args, console),
        Command::Trace(args) => trace::run(args, console),
    }
}
