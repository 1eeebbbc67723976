//! `layercake ws`: WebSocket, live and frame by frame. One file a subcommand.

mod accept;
mod bits;
mod forge;
mod frame;
mod lines;
mod picture;
mod replay;
mod serve;
mod tap;
mod told;
mod told_again;
mod trace;
mod versus;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Console, Error};

const EXAMPLES: &str = "\
Examples:
  layercake ws trace ws://localhost:8000/                open a WebSocket, see every step, then type
  layercake ws trace wss://example.org/ --send hello     the same through TLS, opened for you
  layercake ws serve                                     a server and a page: open http://localhost:8000
  layercake ws tap --listen 8001 --to localhost:8000     who says what between
  layercake ws replay talk.pcapng                        a recorded talk, again
  layercake ws frame \"81 85 37 fa 21 3d 7f 9f 4d 51 58\"   a frame, bit by bit
  layercake ws forge --text Hello                        the other way round: bytes from words
  layercake ws forge --list                              mistakes, and what a server answers to each
  layercake ws forge --bad unmasked                      one of them, tried on our own server
  layercake ws accept dGhlIHNhbXBsZSBub25jZQ==           the answer that proves a server read the key
  layercake ws versus                                    polling, events and WebSocket, counted";

/// Take WebSocket apart: a live connection, and every bit of every frame
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Accept(accept::Args),
    Frame(frame::Args),
    Forge(forge::Args),
    Replay(replay::Args),
    Tap(tap::Args),
    Trace(trace::Args),
    Versus(versus::Args),
    Serve(serve::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Accept(args) => accept::run(args, console),
        Command::Frame(args) => frame::run(args, console),
        Command::Forge(args) => forge::run(args, console),
        Command::Replay(args) => replay::run(args, console),
        Command::Tap(args) => tap::run(args, console),
        Command::Trace(args) => trace::run(args, console),
        Command::Versus(args) => versus::run(args, console),
        Command::Serve(args) => serve::run(args, console),
    }
}
