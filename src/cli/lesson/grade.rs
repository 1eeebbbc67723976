//! `lesson run --non-interactive`: all runs of a lesson, all its questions answered from a file, and a verdict for scripts.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::home::Home;
use super::machine::Machine;
use super::{Console, Error, Place};
use crate::cli::error::why;
use crate::lesson::{Found, Question, Step, Verdict};

/// Grade answers from a file: every run is run, every answer judged (exit code 1 if one is wrong)
#[derive(clap::Args)]
pub(super) struct Args {
    /// Its number or a word of its name
    #[arg(value_name = "LESSON")]
    lesson: String,
    /// TOML: question id = "answer" (a choice by its words)
    #[arg(long, value_name = "FILE")]
    answers: PathBuf,
    /// Ask nothing; needed, so that nobody waits for questions
    #[arg(long, required = true)]
    non_interactive: bool,
    /// Do not run the commands, judge only
    #[arg(long)]
    no_runs: bool,
    #[command(flatten)]
    place: Place,
}

/// Bytes of a file of answers.
const LARGEST: u64 = 1 << 20;

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let home = Home::open(&args.place)?;
    let found = home.deal(args.place.one(&args.lesson)?)?;
    let answers = read(&args.answers)?;
    let mut machine = home.machine(&args.place, &found)?;
    let runs = if args.no_runs { Vec::new() } else { runs(&found, &mut machine)? };
    let mut questions = Vec::new();
    for (question, prediction) in found.lesson.questions() {
        let typed = answers.get(&question.id).map(typed).unwrap_or_default();
        let (given, verdict) = judge(question, &typed, home.progress.seed);
        questions.push(json!({
            "id": question.id, "prediction": prediction, "answered": !typed.is_empty(), "answer": given,
            "right": verdict.right, "why": verdict.why,
        }));
    }
    let wrong = |list: &[serde_json::Value], key: &str| list.iter().filter(|item| item[key] != true).count();
    let checks: Vec<_> = questions.iter().filter(|q| q["prediction"] == false).cloned().collect();
    let good = wrong(&runs, "good") == 0 && wrong(&checks, "right") == 0 && wrong(&questions, "answered") == 0;
    let report = json!({
        "lesson": found.lesson.id, "student": home.progress.student, "seed": home.progress.seed, "layercake": env!("CARGO_PKG_VERSION"), "passed": good,
        "checks": checks.len(), "checks_right": checks.len() - wrong(&checks, "right"),
        "runs": runs, "questions": questions,
    });
    console.print(format!("{report:#}\n").as_bytes())?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(path: &PathBuf) -> Result<toml::Table, Error> {
    let name = path.display();
    let hint = "a line for each question: 07-what-is-read = \"the answer\"";
    let failed = |what: String| Error::asked(format!("the answers in {name} cannot be read: {what}"), hint);
    if std::fs::metadata(path).is_ok_and(|m| m.len() > LARGEST) {
        return Err(failed("the file is larger than 1 MiB".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(why(&error)))?;
    text.parse().map_err(|error: toml::de::Error| failed(error.message().to_owned()))
}

fn typed(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Array(items) => items.iter().map(typed).collect::<Vec<_>>().join(" > "),
        _ => String::new(),
    }
}

/// Runs all commands of a lesson that need no rights.
pub(super) fn runs(found: &Found, machine: &mut Machine) -> Result<Vec<serde_json::Value>, Error> {
    let mut ran = Vec::new();
    for step in &found.lesson.steps {
        let Step::Run(run) = step else { continue };
        for line in run.commands.iter().filter(|_| !run.live) {
            if run.background {
                machine.start(line)?;
                ran.push(json!({ "command": line, "background": true, "good": true }));
                continue;
            }
            let outcome = machine.take(line)?;
            let lines = outcome.output.lines().count();
            ran.push(
                json!({ "command": line, "good": outcome.good, "lines": lines, "complaint": outcome.complaint.trim() }),
            );
        }
    }
    Ok(ran)
}

/// The verdict about what was typed, and the answer as it is kept.
pub(super) fn judge(question: &Question, typed: &str, seed: u64) -> (Option<String>, Verdict) {
    let given = match question.read(typed, seed) {
        Ok(given) => given,
        Err(misread) => return (None, Verdict { right: false, why: misread.0 }),
    };
    let verdict = match (question.judge, question.judged(&given)) {
        (Some(_), None) => Machine::judge(question, &given),
        (_, Some(verdict)) => verdict,
        (None, None) => question.verdict(&given),
    };
    (Some(given.code()), verdict)
}
