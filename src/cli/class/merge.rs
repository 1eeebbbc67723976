//! `class merge`: what students handed in, as one table.

use std::path::PathBuf;
use std::process::ExitCode;

use super::files::{self, HandedIn};
use crate::class::Gradebook;
use crate::cli::console::tame;
use crate::cli::{Console, Error};
use crate::render::quantity::counted;

const EXAMPLES: &str = "\
Examples:
  layercake class merge *.json -o grades.csv     one line a student, for any spreadsheet
  layercake class merge handed-in/*.json         the same on the screen

Predictions count as taking part, never as right or wrong: who risks a guess learns the most. Each check that is right in
the end gives a point. The files are believed; `layercake class regrade` does not believe them.

Exit codes: 0 all files are in the table, 1 at least one was left out (the others are in it), 2 wrong arguments.";

/// Merge what students handed in into one table of grades
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What `progress export` wrote
    #[arg(value_name = "FILES", required = true)]
    files: Vec<PathBuf>,
    /// The table [default: the standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A folder of lessons instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    lessons: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let HandedIn { course, records, bad } = files::handed_in(&args.files, args.lessons.as_ref(), console)?;
    let mut book = Gradebook::new(&course);
    for (name, record) in &records {
        files::enter(&mut book, name, record, console);
    }
    finish(&book, args.out.as_ref(), console)?;
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the table, and says so where it goes into a file.
pub(super) fn finish(book: &Gradebook<'_>, out: Option<&PathBuf>, console: &mut Console) -> Result<(), Error> {
    let Some(path) = out else { return console.print(book.csv().as_bytes()) };
    files::write(path, &book.csv())?;
    let students = counted(book.rows().len() as u64, "student");
    let (predictions, checks) = book.most();
    let words = format!(
        "{students}: {}\nTaking part: of {predictions} predictions. Points: of {checks} checks.\n",
        tame(&path.display().to_string())
    );
    console.print(words.as_bytes())
}
