//! `lesson check`: whether lessons are in order. Every run is run, every truth is asked, every answer is judged, every
//! screen is measured. For authors.

use std::collections::BTreeMap;
use std::process::ExitCode;

use super::grade;
use super::home::Home;
use super::machine::Machine;
use super::page::{expected, page};
use super::{Console, Error, Place};
use crate::lesson::{Deed, Found, Given, Key, Kind, Progress, Question, Session, Step};
use crate::render::{Charset, Style};

/// Say whether lessons are in order: every run, every answer, every screen
#[derive(clap::Args)]
pub(super) struct Args {
    /// One of them; all without it
    #[arg(value_name = "LESSON")]
    lesson: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Lines that a screen may have.
const LINES: usize = 24;

/// Complaints about one lesson.
struct Complaints<'a> {
    id: &'a str,
    list: Vec<String>,
}

impl Complaints<'_> {
    fn add(&mut self, what: impl AsRef<str>) {
        self.list.push(format!("{}: {}", self.id, what.as_ref()));
    }
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let mut home = Home::open(&args.place)?;
    let all = match &args.lesson {
        Some(name) => vec![args.place.one(name)?],
        None => args.place.all()?,
    };
    let all = all.into_iter().map(|found| home.deal(found)).collect::<Result<Vec<_>, _>>()?;
    home.progress = Progress::new(home.progress.seed);
    let mut found_in = BTreeMap::new();
    let mut bad = 0;
    for found in &all {
        let mut complaints = Complaints { id: &found.lesson.id, list: Vec::new() };
        for (question, _) in found.lesson.questions() {
            if let Some(other) = found_in.insert(question.id.clone(), found.lesson.id.clone()) {
                complaints.add(format!("question {} is in {other}, too", question.id));
            }
        }
        lesson(found, args, &home, &mut complaints)?;
        let words = if complaints.list.is_empty() {
            let questions = found.lesson.questions().count();
            format!("[ok] {}: {questions} questions, {} screens\n", found.lesson.id, found.lesson.steps.len())
        } else {
            complaints
                .list
                .iter()
                .fold(String::new(), |all, line| all + "[--] " + &super::super::console::tame(line) + "\n")
        };
        bad += complaints.list.len();
        console.print(words.as_bytes())?;
        console.flush()?;
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn lesson(found: &Found, args: &Args, home: &Home, complaints: &mut Complaints<'_>) -> Result<(), Error> {
    let mut machine = home.machine(&args.place, found)?;
    if found.lesson.questions().count() < 3 {
        complaints.add("a lesson has a prediction and two checks at least");
    }
    for ran in grade::runs(found, &mut machine)? {
        if ran["good"] != true {
            complaints.add(format!("`{}` fails: {}", ran["command"].as_str().unwrap_or(""), ran["complaint"]));
        }
    }
    for (question, _) in found.lesson.questions() {
        answers(question, home.progress.seed, &mut machine, complaints)?;
    }
    screens(found, home, &machine, complaints);
    if !found.lesson.steps.iter().any(|step| matches!(step, Step::Teacher(_))) {
        complaints.add("there is no note for the teacher");
    }
    Ok(())
}

/// The reference answer is right, an empty one is not, and each wrong one has its own why.
fn answers(
    question: &Question,
    seed: u64,
    machine: &mut Machine,
    complaints: &mut Complaints<'_>,
) -> Result<(), Error> {
    let id = &question.id;
    if question.hints.iter().any(|hint| hint.contains("://")) {
        complaints.add(format!("{id}: a hint holds a link"));
    }
    if grade::judge(question, "", seed).1.right {
        complaints.add(format!("{id}: an empty answer is right"));
    }
    if let Some(solution) = &question.solution {
        machine.start(solution)?;
        let typed = machine.fill(question.reference().as_deref().unwrap_or("{port}"));
        let verdict = grade::judge(question, &typed, seed).1;
        if !verdict.right {
            complaints.add(format!("{id}: its solution does not solve it: {}", verdict.why));
        }
    } else if let Some(reference) = question.reference() {
        let verdict = grade::judge(question, &reference, seed).1;
        if !verdict.right {
            complaints.add(format!("{id}: its own answer is wrong: {}", verdict.why));
        }
        match machine.truth(question)? {
            Some(Err(silence)) => complaints.add(format!("{id}: {silence}")),
            Some(Ok(truth)) if !agrees(question, &truth) => {
                complaints.add(format!("{id}: the machine says {truth:?}, the lesson says {reference:?}"));
            }
            _ => {}
        }
    } else {
        complaints.add(format!("{id}: nobody can tell what is right (answer or solution)"));
    }
    let right = question.reference().unwrap_or_default();
    for wrong in &question.wrong {
        let verdict = grade::judge(question, &wrong.text, seed).1;
        if verdict.right || !verdict.why.contains(&wrong.why) {
            complaints
                .add(format!("{id}: the wrong answer {:?} does not get its own why (right: {right:?})", wrong.text));
        }
    }
    Ok(())
}

/// Whether what a command says is the lesson's answer; a choice holds it as a word.
fn agrees(question: &Question, truth: &str) -> bool {
    if question.kind == Kind::Choice {
        let holds = |number: usize| {
            let option = question.option(number);
            option.split(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | ':' | '-')).any(|word| word == truth)
        };
        return holds(0);
    }
    question.read(truth, 0).is_ok_and(|given| question.verdict(&given).right)
}

/// Every screen, with all hints and the longest verdict, fits.
fn screens(found: &Found, home: &Home, machine: &Machine, complaints: &mut Complaints<'_>) {
    let style = Style { width: 80, color: false, charset: Charset::Unicode, explain: false };
    let mut progress = Progress::new(home.progress.seed);
    let mut session = Session::new(&found.lesson, &progress, true);
    loop {
        let (at, _) = session.place();
        let lines = page(&session, machine, progress.seed).lines(&style);
        if lines > LINES {
            complaints.add(format!("screen {at} has {lines} lines, and a terminal has {LINES}"));
        }
        let notes = expected(&session).map_or(0, |page| page.lines(&style));
        if notes > LINES {
            complaints.add(format!("what the teacher sees at screen {at} has {notes} lines, more than {LINES}"));
        }
        let mut moved = None;
        if let Some((question, _)) = session.question() {
            moved = longest(question, &mut session, &mut progress, machine, &style);
        }
        if let Some(lines) = moved.filter(|lines| *lines > LINES) {
            complaints.add(format!("screen {at} has {lines} lines with its longest why, and a terminal has {LINES}"));
        }
        let deed = if matches!(session.step(), Some(Step::Run(_))) {
            session.ran(&mut progress)
        } else {
            session.key(Key::Next, &mut progress)
        };
        if deed == Deed::Done || deed == Deed::Nothing {
            break;
        }
    }
}

/// Lines of a question's screen with two hints and the answer that is told the most.
fn longest(
    question: &Question,
    session: &mut Session<'_>,
    progress: &mut Progress,
    machine: &Machine,
    style: &Style,
) -> Option<usize> {
    let most = question.wrong.iter().enumerate().max_by_key(|(_, wrong)| wrong.why.len());
    let given = match question.kind {
        Kind::Choice => Given::Choice(most?.0 + 1),
        _ => question.read(&question.reference()?, progress.seed).ok()?,
    };
    session.key(Key::Hint, progress);
    session.key(Key::Hint, progress);
    let verdict = question.verdict(&given);
    session.judged(given, verdict, progress);
    let asked = page(session, machine, progress.seed).lines(style);
    session.key(Key::Char('1'), progress);
    Some(asked.max(page(session, machine, progress.seed).lines(style)))
}
