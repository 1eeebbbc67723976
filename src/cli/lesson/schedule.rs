//! `lesson schedule`: minutes of each part of each lesson, in classes of so many minutes. For the teacher.

use std::process::ExitCode;

use serde_json::json;

use super::{Console, Error, Place};
use crate::class::{Plan, Planned, Sitting, schedule};
use crate::lesson::Lesson;
use crate::render::{table, wrap};

const EXAMPLES: &str = "\
Examples:
  layercake lesson schedule                       the whole course in classes of about 90 minutes
  layercake lesson schedule --minutes 45          in lessons of a school
  layercake lesson schedule --from 06             what is left after the first five";

/// Plan classes: minutes of each lesson and of its parts, over or under your time
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Minutes of one class
    #[arg(long, value_name = "MINUTES", default_value_t = 90, value_parser = clap::value_parser!(u16).range(5..=600))]
    minutes: u16,
    /// Begin with this lesson: its number or a word of its name
    #[arg(long, value_name = "LESSON")]
    from: Option<String>,
    /// A table, or one JSON document
    #[arg(long, value_name = "FORMAT", value_parser = ["table", "json"], default_value = "table")]
    format: String,
    #[command(flatten)]
    place: Place,
}

/// Names of the parts, as in [`Planned`].
const PARTS: [&str; 5] = ["read", "predict", "run", "check", "explain"];

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let first = args.from.as_deref().map(|name| args.place.one(name)).transpose()?;
    let first = first.map_or(0, |found| found.lesson.number());
    let all = args.place.all()?;
    let lessons: Vec<&Lesson> = all.iter().map(|found| &found.lesson).filter(|l| l.number() >= first).collect();
    let plan = schedule(&lessons, args.minutes);
    if args.format == "json" {
        console.print(format!("{}\n", document(&plan)).as_bytes())?;
    } else if console.describe() {
        console.print(spoken(&plan).as_bytes())?;
    } else {
        drawn(&plan, console)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn document(plan: &Plan) -> serde_json::Value {
    let lesson = |l: &Planned| {
        let parts: serde_json::Map<_, _> =
            PARTS.iter().zip(l.parts).map(|(name, minutes)| ((*name).to_owned(), minutes.into())).collect();
        json!({ "number": l.number, "title": l.title, "minutes": l.minutes, "parts": parts })
    };
    let class = |s: &Sitting| {
        json!({
            "minutes": s.minutes(), "over": i32::from(s.minutes()) - i32::from(plan.target),
            "lessons": s.lessons.iter().map(lesson).collect::<Vec<_>>(),
        })
    };
    json!({ "target": plan.target, "classes": plan.sittings.iter().map(class).collect::<Vec<_>>() })
}

/// "10 over", "on time".
fn beside(minutes: u16, target: u16) -> String {
    match i32::from(minutes) - i32::from(target) {
        0 => "on time".to_owned(),
        over @ 1.. => format!("{over} over"),
        under => format!("{} under", -under),
    }
}

fn spoken(plan: &Plan) -> String {
    let mut text = String::new();
    for (number, sitting) in (1..).zip(&plan.sittings) {
        let (minutes, beside) = (sitting.minutes(), beside(sitting.minutes(), plan.target));
        text += &format!("Class {number}: {minutes} minutes, {beside}.\n");
        for lesson in &sitting.lessons {
            let parts: Vec<String> = PARTS.iter().zip(lesson.parts).map(|(name, m)| format!("{name} {m}")).collect();
            text += &format!(
                "Lesson {:02}, {}: {} minutes: {}.\n",
                lesson.number,
                lesson.title,
                lesson.minutes,
                parts.join(", ")
            );
        }
    }
    text
}

fn drawn(plan: &Plan, console: &mut Console) -> Result<(), Error> {
    let style = console.style();
    let mut rows = Vec::new();
    for (number, sitting) in (1..).zip(&plan.sittings) {
        for lesson in &sitting.lessons {
            let mut row = vec![format!("{:02}", lesson.number), lesson.title.clone(), lesson.minutes.to_string()];
            row.extend(lesson.parts.map(|minutes| minutes.to_string()));
            rows.push(row);
        }
        let sums = (0..PARTS.len()).map(|part| sitting.lessons.iter().map(|l| l.parts[part]).sum::<u16>().to_string());
        let words = format!("= class {number}: {}", beside(sitting.minutes(), plan.target));
        let mut row = vec![String::new(), words, sitting.minutes().to_string()];
        row.extend(sums);
        rows.push(row);
    }
    let head = ["", "lesson", "min", "read", "predict", "run", "check", "explain"];
    let mut out = Vec::new();
    table::dense(&mut out, style, &head, &[2, 3, 4, 5, 6, 7], &rows);
    let words = format!(
        "Classes of about {} minutes. Of each lesson's minutes: reading, predicting and talking about it, running and \
         observing, checking, explaining.",
        plan.target
    );
    wrap::wrap(&mut out, &words, 0, &style);
    console.print(&out)
}
