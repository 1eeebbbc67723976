//! The one folder that layercake writes to: what a learner answered, and files that lessons need while they run.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use super::machine::Machine;
use super::{Console, Error, Place, deal, fault};
use crate::cli::console::tame;
use crate::cli::error::why;
use crate::lesson::{Found, Progress, seed_of};

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
pub(in crate::cli) struct Home {
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) progress: Progress,
    /// Whose answers the folder holds; empty if nobody said.
    owner: String,
}

impl Home {
    /// Finds the folder and reads what was answered so far.
    pub(in crate::cli) fn open(place: &Place) -> Result<Self, Error> {
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
                    format!("your answers in {} cannot be read: {}", file.display(), why(&error)),
                    "move that file away to begin anew, or name another folder with --home",
                ));
            }
        };
        let mut home = Home { path, progress, owner: String::new() };
        home.owner.clone_from(&home.progress.student);
        if let Some(student) = &place.student {
            // The first spelling stays.
            if !home.owner.eq_ignore_ascii_case(student.trim()) {
                student.trim().clone_into(&mut home.progress.student);
            }
            home.progress.seed = seed_of(&place.class, student);
        }
        Ok(home)
    }

    /// Whether the folder's answers are those of the student who was named.
    pub(super) fn is_mine(&self) -> Result<(), Error> {
        if self.owner.is_empty() || self.owner.eq_ignore_ascii_case(&self.progress.student) {
            return Ok(());
        }
        Err(Error::asked(
            format!("the answers in {} are those of student {}", self.path.display(), tame(&self.owner)),
            "a second student of this machine takes a folder of their own: --home DIR",
        ))
    }

    /// The lesson with this student's case.
    pub(in crate::cli) fn deal(&self, found: Found) -> Result<Found, Error> {
        found.deal(self.progress.seed).map_err(fault)
    }

    /// A machine for a lesson's commands: its files are laid out, and its capture where it has a case.
    pub(in crate::cli) fn machine(&self, place: &Place, found: &Found) -> Result<Machine, Error> {
        let files = place.shelf().files(&found.lesson.id, &self.path).map_err(|error| self.cannot(&error))?;
        let folder = self.path.join("run");
        std::fs::create_dir_all(&folder).map_err(|error| self.cannot(&error))?;
        let case = found.lesson.case.as_ref();
        let case = case.map(|case| deal::capture(case, found.lesson.number(), &self.path)).transpose()?;
        Machine::new(files, folder, self.progress.seed, case)
    }

    /// Keeps the answers.
    pub(in crate::cli) fn keep(&self) -> Result<(), Error> {
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
