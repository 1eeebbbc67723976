//! `layercake lesson`: the course in the terminal. One file a subcommand.

mod check;
mod deal;
pub(super) mod demo;
mod grade;
mod home;
mod list;
mod machine;
mod new;
mod page;
mod play;
mod schedule;
mod spoken;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

pub(super) use home::Home;
pub(super) use play::perform;

use super::{Console, Error};
use crate::lesson::{Fault, Found, Shelf};
use crate::render::start::Next;

const EXAMPLES: &str = "\
Examples:
  layercake lesson list                 all lessons, and how far you are
  layercake lesson start                the first one that you have not finished
  layercake lesson start 07             one of them, by number or by a word of its name
  layercake lesson show 07              its text, without questions being asked
  layercake lesson run 07 --answers a.toml --non-interactive     graded, for scripts
  layercake lesson start 15 --student s12 --class tea            the capture of this student
  layercake lesson start --lessons mine 01                       a folder of your own lessons
  layercake lesson check --lessons mine                          and whether they are in order
  layercake lesson schedule                                      for the teacher: minutes, class by class

Answers are kept in one folder (--home, LAYERCAKE_HOME) and never leave this machine by themselves.";

/// Lessons: predict, run, observe, check
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

/// Where lessons and answers are.
#[derive(clap::Args, Clone, Default)]
pub(super) struct Place {
    /// A folder of lessons instead of the built-in ones
    #[arg(long, value_name = "DIR", help_heading = "Where")]
    lessons: Option<PathBuf>,
    /// The folder that keeps your answers [default: your data folder, or `LAYERCAKE_HOME`]
    #[arg(long, value_name = "DIR", help_heading = "Where")]
    home: Option<PathBuf>,
    /// Who you are in your class: lesson 15 gives each student a capture of their own
    #[arg(long, value_name = "ID", help_heading = "Who")]
    student: Option<String>,
    /// The word that your teacher gave the class; with the id it decides which capture
    #[arg(
        long,
        value_name = "WORD",
        requires = "student",
        default_value = "",
        hide_default_value = true,
        help_heading = "Who"
    )]
    class: String,
}

#[derive(Subcommand)]
enum Command {
    List(list::Args),
    Start(play::Args),
    /// Go on with the lesson after the last one that is finished
    Next(play::NextArgs),
    /// Go on where you stopped
    Resume(play::NextArgs),
    Show(list::ShowArgs),
    Reset(home::Args),
    Run(grade::Args),
    New(new::Args),
    Check(check::Args),
    Schedule(schedule::Args),
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::List(args) => list::run(args, console),
        Command::Start(args) => play::start(args, console),
        Command::Next(args) => play::next(args, console),
        Command::Resume(args) => play::resume(args, console),
        Command::Show(args) => list::show(args, console),
        Command::Reset(args) => home::reset(args, console),
        Command::Run(args) => grade::run(args, console),
        Command::New(args) => new::run(args, console),
        Command::Check(args) => check::run(args, console),
        Command::Schedule(args) => schedule::run(args, console),
    }
}

/// For the start page: the lesson that comes next, how many are finished and how many there are. Without a folder that
/// can be read nothing is finished.
pub(super) fn progress() -> (Option<Next>, (usize, usize)) {
    let place = Place::default();
    let all = place.all().unwrap_or_default();
    let progress = home::Home::open(&place).ok().map(|home| home.progress);
    let done = |found: &Found| progress.as_ref().is_some_and(|p| p.done.contains(&found.lesson.id));
    let begun = |found: &Found| progress.as_ref().is_some_and(|p| p.places.contains_key(&found.lesson.id));
    let left = progress.as_ref().and_then(|p| p.left());
    let next =
        all.iter().find(|found| left == Some(&found.lesson.id)).or_else(|| all.iter().find(|found| !done(found)));
    let next = next.map(|found| Next {
        number: found.lesson.number(),
        title: found.lesson.title.clone(),
        minutes: found.lesson.minutes,
        begun: begun(found),
    });
    (next, (all.iter().filter(|found| done(found)).count(), all.len()))
}

impl Place {
    /// These folders, and nobody's in particular.
    pub(super) fn of(lessons: Option<&PathBuf>, home: Option<&PathBuf>) -> Self {
        Place { lessons: lessons.cloned(), home: home.cloned(), ..Place::default() }
    }

    fn shelf(&self) -> Shelf {
        self.lessons.clone().map_or(Shelf::BuiltIn, Shelf::Folder)
    }

    pub(super) fn all(&self) -> Result<Vec<Found>, Error> {
        let all = self.shelf().all().map_err(fault)?;
        if all.is_empty() {
            return Err(Error::asked("there is no lesson", "a folder of lessons holds NN-name/lesson.md"));
        }
        Ok(all)
    }

    pub(super) fn one(&self, name: &str) -> Result<Found, Error> {
        self.shelf().one(name).map_err(fault)?.ok_or_else(|| {
            Error::asked(
                format!("there is no lesson {}", super::console::tame(name)),
                "`layercake lesson list` shows their numbers and names",
            )
        })
    }
}

fn fault(fault: Fault) -> Error {
    Error::asked(fault.to_string(), fault.hint)
}
