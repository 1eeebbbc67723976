//! `layercake ports`: who sits behind which port of this machine; one file a subcommand.

mod map;
mod parse;
mod who;
mod why;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Console, Error};

/// Who sits behind which port of this machine
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Why(why::Args),
    Map(map::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Why(args) => why::run(args, console),
        Command::Map(args) => map::run(args, console),
    }
}
