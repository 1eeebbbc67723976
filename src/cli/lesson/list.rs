//! `lesson list` and `lesson show`: what there is, how far somebody is, and a lesson's text.

use std::process::ExitCode;

use super::home::Home;
use super::{Console, Error, Place};
use crate::lesson::Found;
use crate::render::quantity::counted;
use crate::render::{table, wrap};

/// List all lessons, and how far you are
#[derive(clap::Args)]
pub(super) struct Args {
    /// One JSON document
    #[arg(long, value_name = "FORMAT", value_parser = ["table", "json"], default_value = "table")]
    format: String,
    #[command(flatten)]
    place: Place,
}

/// Print the text of a lesson as its author wrote it
#[derive(clap::Args)]
pub(super) struct ShowArgs {
    /// Its number or a word of its name
    #[arg(value_name = "LESSON")]
    lesson: String,
    #[command(flatten)]
    place: Place,
}

/// How far somebody is in a lesson.
fn state(found: &Found, home: &Home) -> &'static str {
    let id = &found.lesson.id;
    if home.progress.done.contains(id) {
        "finished"
    } else if home.progress.places.contains_key(id) {
        "begun"
    } else {
        ""
    }
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let home = Home::open(&args.place)?;
    let all = args.place.all()?;
    if args.format == "json" {
        let list: Vec<_> = all
            .iter()
            .map(|found| {
                let lesson = &found.lesson;
                serde_json::json!({
                    "id": lesson.id, "number": lesson.number(), "title": lesson.title, "minutes": lesson.minutes,
                    "objective": lesson.objective, "questions": lesson.questions().count(), "state": state(found, &home),
                })
            })
            .collect();
        console.print(format!("{}\n", serde_json::Value::from(list)).as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let style = console.style();
    if console.describe() {
        for found in &all {
            let lesson = &found.lesson;
            let state = state(found, &home);
            let state = if state.is_empty() { String::new() } else { format!(" {state}.") };
            let line = format!("Lesson {:02}: {}, {} minutes.{state}\n", lesson.number(), lesson.title, lesson.minutes);
            console.print(line.as_bytes())?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|found| {
            let lesson = &found.lesson;
            let number = format!("{:02}", lesson.number());
            let state = state(found, &home).to_owned();
            vec![number, lesson.title.clone(), lesson.minutes.to_string(), lesson.objective.clone(), state]
        })
        .collect();
    let mut out = Vec::new();
    table::dense(&mut out, style, &["", "lesson", "min", "afterwards you can", ""], &[2], &rows);
    let minutes: u16 = all.iter().map(|found| found.lesson.minutes).sum();
    let words = format!(
        "{}, {}. `layercake lesson start` begins with the first one that is not finished.",
        counted(all.len() as u64, "lesson"),
        counted(minutes.into(), "minute")
    );
    wrap::wrap(&mut out, &words, 0, &style);
    console.print(&out)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show(args: &ShowArgs, console: &mut Console) -> Result<ExitCode, Error> {
    let found = args.place.one(&args.lesson)?;
    let text: String = found.text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    console.print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
