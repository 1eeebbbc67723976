//! The one folder that layercake writes to: what a learner answered, and files that lessons need while they run.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{Console, Error, Place};
use crate::lesson::Progress;

/// Forget answers: of one lesson, or of all
#[derive(clap::Args)]
pub(super) struct Args {
    /// Its number or a word of its name; all without it
    #[arg(value_name = "LESSON")]
    lesson: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    place: Place,
}

/// The folder and what is in it.
pub(super) struct Home {
    pub(super) path: PathBuf,
    pub(super) progress: Progress,
}

impl Home {
    /// Finds the folder and reads what was answered so far.
    pub(super) fn open(place: &Place) -> Result<Self, Error> {
        let named = place
            .home
            .clone()
            .or_else(|| std::env::var_os("LAYERCAKE_HOME").filter(|v| !v.is_empty()).map(PathBuf::from));
        let path = named.or_else(|| dirs::data_dir().map(|data| data.join("layercake"))).ok_or_else(|| {
            Error::asked("this user has no folder for data", "name one: --home DIR, or LAYERCAKE_HOME")
        })?;
        let progress = match Progress::load(&path) {
            Ok(Some(progress)) => progress,
            Ok(None) => Progress::new(seed()),
            Err(error) => {
                let file = Progress::path(&path);
                return Err(Error::asked(
                    format!("your answers in {} cannot be read: {error}", file.display()),
                    "move that file away to begin anew, or name another folder with --home",
                ));
            }
        };
        Ok(Home { path, progress })
    }

    /// Keeps the answers.
    pub(super) fn keep(&self) -> Result<(), Error> {
        self.progress.save(&self.path).map_err(|error| self.cannot(&error))
    }

    pub(super) fn cannot(&self, error: &io::Error) -> Error {
        Error::asked(
            format!("cannot write to {}: {error}", self.path.display()),
            "name a folder that you may write to: --home DIR, or LAYERCAKE_HOME",
        )
    }
}

/// Another order of options for everybody.
fn seed() -> u64 {
    rand::random::<u64>() >> 16
}

pub(super) fn reset(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let mut home = Home::open(&args.place)?;
    let lesson = args.lesson.as_deref().map(|name| args.place.one(name)).transpose()?;
    let what = lesson.as_ref().map_or("all lessons".to_owned(), |found| format!("lesson {}", found.lesson.id));
    if !args.yes {
        console.print(format!("Forget your answers to {what}? Type yes: ").as_bytes())?;
        console.flush()?;
        let mut line = String::new();
        // Whoever cannot answer has not said yes.
        let _ = io::stdin().read_line(&mut line);
        if line.trim() != "yes" {
            console.print(b"Nothing was forgotten.\n")?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    home.progress.reset(lesson.as_ref().map(|found| found.lesson.id.as_str()));
    home.keep()?;
    console.print(format!("Forgotten: {what}.\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
