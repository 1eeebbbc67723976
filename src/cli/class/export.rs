//! `layercake progress`: a learner's answers as a file to hand in, from another machine, or one prediction as a code.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::files;
use crate::class::{Record, Vote, encode};
use crate::cli::console::tame;
use crate::cli::lesson::{Home, Place};
use crate::cli::{Console, Error};
use crate::render::quantity::counted;

const EXAMPLES: &str = "\
Examples:
  layercake progress export --out ada.json                 all answers, in one file to hand in
  layercake progress export --out ada.json --student ada   and whose they are
  layercake progress export --format csv                   as a table
  layercake progress import ada.json                       go on at another machine
  layercake progress code 07-what-is-read                  one prediction as eight letters, for any chat

The file says: lesson, question, answers, tries, hints, seconds, how sure. It holds no captured packet, no address of
your machine, and no name unless you give one.";

/// Your answers: hand them in, take them to another machine
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write your answers as a file to hand in
    Export(Export),
    /// Take over answers from another machine
    Import(Import),
    /// One prediction as a code of eight letters, to be pasted into a chat
    Code(Code),
}

/// Where lessons and answers are.
#[derive(clap::Args)]
struct Where {
    /// A folder of lessons instead of the built-in ones
    #[arg(long, value_name = "DIR", help_heading = "Where")]
    lessons: Option<PathBuf>,
    /// The folder that keeps your answers [default: your data folder, or `LAYERCAKE_HOME`]
    #[arg(long, value_name = "DIR", help_heading = "Where")]
    home: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Export {
    /// JSON can be read again, CSV is a table
    #[arg(long, value_name = "FORMAT", value_parser = ["json", "csv"], default_value = "json")]
    format: String,
    /// The file [default: the standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Who you are: any text; without it the file has no name
    #[arg(long, value_name = "NAME")]
    student: Option<String>,
    #[command(flatten)]
    place: Where,
}

#[derive(clap::Args)]
struct Import {
    /// What `progress export` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Where,
}

#[derive(clap::Args)]
struct Code {
    /// The question's id, as 07-what-is-read; without it your last prediction of the last lesson
    #[arg(value_name = "QUESTION")]
    question: Option<String>,
    #[command(flatten)]
    place: Where,
}

impl Where {
    fn place(&self) -> Place {
        Place::of(self.lessons.as_ref(), self.home.as_ref())
    }
}

pub(in crate::cli) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Export(args) => export(args, console),
        Command::Import(args) => import(args, console),
        Command::Code(args) => code(args, console),
    }
}

fn export(args: &Export, console: &mut Console) -> Result<ExitCode, Error> {
    let place = args.place.place();
    let (home, course) = (Home::open(&place)?, place.all()?);
    let owner = home.progress.student.trim();
    if let Some(student) = args.student.as_deref().map(str::trim)
        && !owner.is_empty()
        && !owner.eq_ignore_ascii_case(student)
    {
        return Err(Error::asked(
            format!("these answers are those of student {}, not of {}", tame(owner), tame(student)),
            "leave out --student, or name the other student's folder with --home",
        ));
    }
    let record = Record::of(&home.progress, &course, args.student.as_deref());
    if record.answers.is_empty() {
        return Err(Error::asked(
            format!("there are no answers in {} yet", home.path.display()),
            "`layercake lesson start` begins; --home DIR names another folder",
        ));
    }
    let text = if args.format == "csv" { record.csv() } else { record.json() };
    let Some(path) = &args.out else {
        console.print(text.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    };
    files::write(path, &text)?;
    let who = if record.student.is_empty() { "no name".to_owned() } else { format!("as {}", tame(&record.student)) };
    let answers = counted(record.answers.len() as u64, "answer");
    console.print(format!("{answers}, {who}: {}\n", tame(&path.display().to_string())).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn import(args: &Import, console: &mut Console) -> Result<ExitCode, Error> {
    let place = args.place.place();
    let (mut home, course) = (Home::open(&place)?, place.all()?);
    let record = files::text(&args.file).and_then(|text| Record::parse(&text)).map_err(|why| {
        Error::asked(
            format!("{} {}", files::name(&args.file), tame(&why)),
            "it reads what `layercake progress export --out FILE` wrote, in JSON",
        )
    })?;
    let owner = home.progress.student.clone();
    if !owner.is_empty() && !record.student.is_empty() && !owner.eq_ignore_ascii_case(&record.student) {
        return Err(Error::asked(
            format!("the file is {}'s, and the answers here are {}'s", tame(&record.student), tame(&owner)),
            "a second student of this machine takes a folder of their own: --home DIR",
        ));
    }
    let imported = record.into_progress(&mut home.progress, &course);
    home.keep()?;
    let mut words = format!("{} taken over", counted(imported.came as u64, "answer"));
    if imported.there > 0 {
        words += &format!(", {} kept as they were here", imported.there);
    }
    if imported.other_case > 0 {
        words += &format!(", {} left out: they are about another student's capture", imported.other_case);
    }
    console.print(format!("{words}.\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn code(args: &Code, console: &mut Console) -> Result<ExitCode, Error> {
    let place = args.place.place();
    let (home, course) = (Home::open(&place)?, place.all()?);
    let answered = |id: &str| home.progress.answers.get(id).filter(|kept| kept.tries > 0);
    let questions = course.iter().flat_map(|found| found.lesson.questions());
    let mut predictions = questions.filter(|(_, prediction)| *prediction).map(|(question, _)| question);
    let question = match &args.question {
        Some(id) => predictions.find(|question| question.id == *id).ok_or_else(|| {
            Error::asked(
                format!("there is no prediction {}", tame(id)),
                "`layercake progress export` shows the ids of what you answered; checks have no code",
            )
        })?,
        None => predictions.filter(|question| answered(&question.id).is_some()).last().ok_or_else(unanswered)?,
    };
    let kept = answered(&question.id).ok_or_else(unanswered)?;
    let vote = question.recall(&kept.first).map(|given| Vote::new(question, &given, kept.sure));
    let code = vote.and_then(|vote| encode(&course, &question.id, vote)).ok_or_else(|| {
        Error::asked(
            format!("your answer to {} has no code", tame(&question.id)),
            "a code needs a lesson of number 1 to 127 with at most 32 questions",
        )
    })?;
    console.print(format!("{code}\n").as_bytes())?;
    if console.is_terminal() {
        console.flush()?;
        console.remark(&format!("(your prediction to {}, how sure you were, no name)", question.id));
    }
    Ok(ExitCode::SUCCESS)
}

fn unanswered() -> Error {
    Error::asked("that prediction has not been given yet", "`layercake lesson start` asks for predictions")
}
