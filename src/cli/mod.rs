//! The command line: one file per subcommand, each only wires rooms together.
//! Only this folder knows clap, only `console` writes to stdout.

mod book;
mod browse;
mod capture;
mod class;
mod completions;
mod console;
mod desk;
mod doctor;
mod error;
mod explain;
mod flows;
mod follow;
mod help;
mod interfaces;
mod keys;
mod ladder;
mod lesson;
mod listen;
mod live;
mod open;
mod output;
mod peel;
mod ports;
mod press;
mod progress;
mod reel;
mod scout;
mod seen;
mod sio;
mod sockets;
mod start;
mod stats;
mod step;
mod stop;
mod trust;
mod vocabulary;
mod wire;
mod ws;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use error::Error;

use console::{Console, Look};

const AFTER_HELP: &str = "\
Begin here:
  layercake peel                     one packet, opened layer by layer
  layercake peel --step              the same, one layer per key press
  layercake capture --demo           a whole WebSocket conversation, one line a packet
  layercake capture -r FILE          what is in a capture file
  layercake browse FILE              walk through it: packets, layers, bytes
  layercake ladder --demo            the same as arrows between two machines
  layercake flows -r FILE            who talks to whom in it
  layercake ports                    which program sits behind which port
  layercake ports why 3000           can a server start there, and who has it
  layercake ports map                all 65,536 ports of this machine
  layercake sockets compare          TCP beside UDP: the same done with both
  layercake sockets serve tcp        a server that tells every call to the kernel
  layercake ws trace URL             a WebSocket, step by step, then every frame
  layercake ws versus                a message by polling, events, WebSocket: the cost
  layercake wire run four-routers    a network that exists only here: traceroute
  layercake sio serve                Socket.IO, every packet told
  layercake explain tcp.window       what any field or value means
  layercake book                     the whole course as a book, in your browser
  layercake doctor                   what works on this machine

Exit codes: 0 done, 1 something could not be read, opened or written, 2 wrong arguments.";

/// Look at every layer of the network on your own machine, and learn from what you see.
#[derive(Parser)]
#[command(name = "layercake", version, after_help = AFTER_HELP, max_term_width = help::WIDEST)]
struct Args {
    #[command(flatten)]
    look: Look,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Peel(peel::Args),
    Capture(capture::Args),
    Browse(browse::Args),
    Live(live::Args),
    Flows(flows::Args),
    Follow(follow::Args),
    Ladder(ladder::Args),
    Stats(stats::Args),
    Ports(ports::Args),
    Sockets(sockets::Args),
    Wire(wire::Args),
    Ws(ws::Args),
    Lesson(lesson::Args),
    Progress(class::ProgressArgs),
    Class(class::Args),
    Demo(lesson::demo::Args),
    Book(book::Args),
    Sio(sio::Args),
    Explain(explain::Args),
    Fields(explain::FieldsArgs),
    Interfaces(interfaces::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(completions::ManArgs),
}

/// The words of the command line; wrong ones, and those that ask for help, end the program here.
fn parsed() -> Args {
    let mut command = Args::command();
    if help::asked(std::env::args_os().skip(1)) {
        command = help::folded(command, help::room());
    }
    Args::from_arg_matches(&command.get_matches()).unwrap_or_else(|wrong| wrong.exit())
}

/// All commands with their options, words and examples, for the guide that the book prints.
pub fn command() -> clap::Command {
    let mut command = Args::command();
    command.build();
    command
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let args = parsed();
    let mut console = Console::new(&args.look);
    let result = match args.command {
        Some(Command::Peel(args)) => peel::run(&args, &mut console),
        Some(Command::Browse(args)) => browse::run(&args, &mut console),
        Some(Command::Live(args)) => live::run(&args, &mut console),
        Some(Command::Capture(args)) => capture::run(&args, &mut console),
        Some(Command::Flows(args)) => flows::run(&args, &mut console),
        Some(Command::Follow(args)) => follow::run(&args, &mut console),
        Some(Command::Ladder(args)) => ladder::run(&args, &mut console),
        Some(Command::Stats(args)) => stats::run(&args, &mut console),
        Some(Command::Ports(args)) => ports::run(&args, &mut console),
        Some(Command::Sockets(args)) => sockets::run(&args, &mut console),
        Some(Command::Wire(args)) => wire::run(&args, &mut console),
        Some(Command::Ws(args)) => ws::run(&args, &mut console),
        Some(Command::Lesson(args)) => lesson::run(&args, &mut console),
        Some(Command::Progress(args)) => class::progress(&args, &mut console),
        Some(Command::Class(args)) => class::run(&args, &mut console),
        Some(Command::Demo(args)) => lesson::demo::run(&args, &mut console),
        Some(Command::Book(args)) => book::run(&args, &mut console),
        Some(Command::Sio(args)) => sio::run(&args, &mut console),
        Some(Command::Explain(args)) => explain::run(&args, &mut console),
        Some(Command::Fields(args)) => explain::fields(&args, &mut console),
        Some(Command::Interfaces(args)) => interfaces::run(&args, &mut console),
        Some(Command::Doctor(args)) => doctor::run(&args, &mut console),
        Some(Command::Completions(args)) => completions::run(&args, &mut console),
        Some(Command::Man(args)) => completions::man(&args, &mut console),
        None => start::run(&mut console),
    };
    let result = result.and_then(|code| console.flush().map(|()| code));
    match result {
        Ok(code) => code,
        Err(Error::Closed) => ExitCode::SUCCESS, // the reader has seen enough: `layercake … | head`
        Err(error) => {
            // What was written before the error still goes out.
            let _ = console.flush();
            console.complain(&error);
            ExitCode::FAILURE
        }
    }
}
