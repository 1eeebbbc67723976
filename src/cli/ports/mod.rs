//! `layercake ports`: who sits behind which port of this machine. One file a subcommand.

mod explain;
mod list;
mod map;
mod open;
pub(super) mod parse;
mod picture;
mod rows;
#[cfg(test)]
mod tests;
mod wanted;
mod watch;
mod who;
mod why;
mod words;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Console, Error, vocabulary};
use crate::ports;

const EXAMPLES: &str = "\
Examples:
  layercake ports                            every TCP and UDP socket, and who holds it
  layercake ports 3000                       whoever uses port 3000, on either end
  layercake ports ssh                        by the name of a service
  layercake ports listening                  who waits for callers
  layercake ports :3000 listening            both
  layercake ports --process node             the sockets of one program
  layercake ports --state time-wait          ports that rest
  layercake ports 'host 127.0.0.1 and tcp'   filters of `capture` work, too
  layercake ports 'socket.reach == \"every card\" and socket.state == listen'
  layercake ports --format json              one JSON object a socket
  layercake ports why 3000                   can a server start there, and if not, why
  layercake ports map                        all 65,536 as one picture
  layercake ports watch                      sockets that open, close and change, live
  layercake ports open 9001                  a lesson: a room, its guests, and closing again
  layercake ports explain                    TCP's states drawn, your sockets counted in them
  layercake ports explain time-wait          what a state or a column means

Where the terminal is narrow, columns are left out; --width 140 shows them.";

/// List which program sits behind which port of this machine
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(flatten)]
    list: list::Args,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Why(why::Args),
    Map(map::Args),
    Watch(watch::Args),
    Open(open::Args),
    Explain(explain::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let mut system = ports::system();
    run_on(args, system.as_mut(), is_root(), console)
}

fn run_on(args: &Args, system: &mut dyn ports::System, root: bool, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        None => list::run(&args.list, system, root, console),
        Some(Command::Why(args)) => why::run(args, console),
        Some(Command::Map(args)) => map::run(args, console),
        Some(Command::Watch(args)) => watch::run(args, system, console),
        Some(Command::Open(args)) => open::run(args, system, console),
        Some(Command::Explain(args)) => explain::run(args, system, console),
    }
}

/// Who has a port, in one sentence, for others who want it.
pub(super) fn holder(udp: bool, address: std::net::IpAddr, port: u16) -> Option<String> {
    why::holder(if udp { ports::Protocol::Udp } else { ports::Protocol::Tcp }, address, port)
}

/// Whether advice to become root would be in vain.
fn is_root() -> bool {
    #[cfg(target_os = "linux")]
    return nix::unistd::geteuid().is_root();
    #[cfg(not(target_os = "linux"))]
    return false;
}

/// The system does not answer.
fn refused(error: &ports::Error) -> Error {
    Error::asked(error.to_string(), "`layercake doctor` says what works on this machine")
}
