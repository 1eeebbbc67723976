//! `class regrade`: verdicts made anew from the answers, seeds from the class's word; what a file says of itself is only
//! compared.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::files::{self, HandedIn};
use super::merge;
use crate::class::{Finding, Gradebook, Regraded, regrade};
use crate::cli::console::tame;
use crate::cli::{Console, Error};
use crate::render::quantity::counted;

const EXAMPLES: &str = "\
Examples:
  layercake class regrade *.json                              what the files say, checked against the lessons
  layercake class regrade *.json --class tea                  seeds, too: from the class's word and the student's id
  layercake class regrade *.json --class tea -o grades.csv    the table, with verdicts of our own

This is tamper-evident at best: a changed verdict, a foreign seed and somebody else's capstone are found. Who writes the
right answers into the file has them right, and no program can tell.

Exit codes: 0 all is as the files say, 1 something differs or a file was left out, 2 wrong arguments.";

/// Grade again: derive seeds and right answers instead of believing the files
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What `progress export` wrote
    #[arg(value_name = "FILES", required = true)]
    files: Vec<PathBuf>,
    /// The word of the class, as in `lesson start --student ID --class WORD`; without it the files' seeds are believed
    #[arg(long, value_name = "WORD")]
    class: Option<String>,
    /// A table of grades with our verdicts
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Sentences, or one JSON document a file
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"], default_value = "text")]
    format: String,
    /// A folder of lessons instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    lessons: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let HandedIn { course, records, bad } = files::handed_in(&args.files, args.lessons.as_ref(), console)?;
    let mut book = Gradebook::new(&course);
    let mut differs = 0;
    for (name, record) in &records {
        let regraded = regrade(record, &course, args.class.as_deref())
            .map_err(|fault| Error::asked(fault.to_string(), fault.hint.clone()))?;
        differs += usize::from(!regraded.findings.is_empty());
        let text = if args.format == "json" { document(name, &regraded) } else { said(name, &regraded) };
        console.print(text.as_bytes())?;
        files::enter(&mut book, name, &regraded.record, console);
    }
    if args.format == "text" {
        console.print(verdict(records.len(), differs, args.class.is_some()).as_bytes())?;
    }
    if args.out.is_some() {
        merge::finish(&book, args.out.as_ref(), console)?;
    }
    Ok(if bad + differs == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn verdict(files: usize, differ: usize, class: bool) -> String {
    let what = match differ {
        0 => "all is as the files say".to_owned(),
        1 => "one does not say what is so".to_owned(),
        n => format!("{n} do not say what is so"),
    };
    let seeds = if class { "" } else { " Their seeds were believed: --class WORD derives them." };
    format!(
        "{}: {what}.{seeds}\nThis is tamper-evident at best: who writes right answers into a file has them right.\n",
        counted(files as u64, "file")
    )
}

fn said(name: &str, regraded: &Regraded) -> String {
    let student = &regraded.record.student;
    let who = if student.is_empty() { "no name".to_owned() } else { tame(student) };
    let graded = counted(regraded.graded as u64, "answer");
    let mut text = format!("{name}: {who}, {graded} graded again");
    if !regraded.believed.is_empty() {
        text += &format!(", {} believed (only that machine knew)", regraded.believed.len());
    }
    text += if regraded.findings.is_empty() { ": as it says\n" } else { "\n" };
    for finding in &regraded.findings {
        text += &format!("  differs: {}\n", tame(&sentence(finding)));
    }
    text
}

fn sentence(finding: &Finding) -> String {
    let word = |right: bool| if right { "right" } else { "wrong" };
    match finding {
        Finding::Seed(says, is) => format!("the seed is {says}, and this student's is {is}"),
        Finding::Verdict { question, first, says } => {
            let which = if *first { "first" } else { "last" };
            format!("{question}: the {which} answer is said to be {}, and is {}", word(*says), word(!*says))
        }
        Finding::Kind(question) => format!("{question}: a prediction is said to be a check, or the other way round"),
        Finding::Twice(question) => format!("{question} is there more than once; the first counts"),
        Finding::Unknown(question) => format!("there is no question {question}"),
        Finding::Tries(question) => format!("{question}: the number of tries cannot be"),
    }
}

fn document(name: &str, regraded: &Regraded) -> String {
    let findings: Vec<String> = regraded.findings.iter().map(sentence).collect();
    let document = json!({
        "file": name, "student": regraded.record.student, "seed": regraded.record.seed, "graded": regraded.graded,
        "believed": regraded.believed, "differs": findings,
    });
    format!("{document}\n")
}
