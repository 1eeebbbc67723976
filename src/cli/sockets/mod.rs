//! `layercake sockets`: TCP beside UDP with real sockets. One file a subcommand.

mod compare;
mod connect;
mod kernel;
mod lossy;
pub(super) mod packets;
pub(super) mod predict;
mod refusal;
mod serve;
mod teller;
mod told;
mod typed;

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use super::{Console, Error};
use crate::sockets::Transport;

const EXAMPLES: &str = "\
Examples:
  layercake sockets compare                          TCP beside UDP: eleven questions, answered by doing it
  layercake sockets compare --predict                the same, but you say first what you expect
  layercake sockets compare --scenario edges         one of them with every call and every packet
  layercake sockets lossy --drop 6 --seed 7          the same loss for both, on a simulated wire
  layercake sockets serve tcp --echo                 a server; it says how to reach it
  layercake sockets connect tcp 127.0.0.1:40123      in a second terminal: a client
  layercake sockets serve udp                        the same without connections
  layercake sockets connect udp 127.0.0.1:40123 --send hello

Both work with other programs, too: nc, curl, telnet, a browser.";

/// Open real sockets and watch every call to the kernel: TCP beside UDP
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Compare(compare::Args),
    Lossy(lossy::Args),
    Serve(serve::Args),
    Connect(connect::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Compare(args) => compare::run(args, console),
        Command::Lossy(args) => lossy::run(args, console),
        Command::Serve(args) => serve::run(args, console),
        Command::Connect(args) => connect::run(args, console),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// A stream of bytes, set up, repaired and in order
    Tcp,
    /// Single messages: no greeting, no order, no repair
    Udp,
}

impl Protocol {
    fn transport(self) -> Transport {
        match self {
            Protocol::Tcp => Transport::Tcp,
            Protocol::Udp => Transport::Udp,
        }
    }
}

/// How calls are told.
#[derive(clap::Args, Debug, Clone, Copy)]
struct Telling {
    /// No explanations
    #[arg(long, short)]
    quiet: bool,
    /// Show the bytes as numbers, too
    #[arg(long)]
    hex: bool,
    /// How it is told
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a call
    Json,
}
