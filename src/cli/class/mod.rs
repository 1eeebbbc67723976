//! `layercake class` and `layercake progress`: answers handed in, merged, shown and graded again. One file a subcommand.

mod board;
mod export;
mod files;
mod merge;
mod projector;
mod regrade;
mod serve;
mod teacher;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Console, Error};

pub(super) use export::{Args as ProgressArgs, run as progress};

const EXAMPLES: &str = "\
Examples:
  layercake class merge *.json -o grades.csv     what students handed in, as one table
  layercake class board *.json                   who predicted what, without names, for the projector
  layercake class board -                        the same from codes that are pasted here
  layercake class regrade *.json --class tea     verdicts are made anew, files are not believed
  layercake class serve 07 --lan                 students vote in their browsers, and see what you show

Students hand in with `layercake progress export --out NAME.json`, or one prediction as a code of eight letters with
`layercake progress code`. Nothing leaves a machine by itself.";

/// For the teacher: merge what students hand in, show predictions, grade again
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Merge(merge::Args),
    Board(board::Args),
    Regrade(regrade::Args),
    Serve(serve::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Merge(args) => merge::run(args, console),
        Command::Board(args) => board::run(args, console),
        Command::Regrade(args) => regrade::run(args, console),
        Command::Serve(args) => serve::run(args, console),
    }
}
