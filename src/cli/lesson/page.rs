//! A session as a screen: which pieces stand on it, and which keys there are.

use crate::lesson::{Given, Kind, Question, Session, Step, Verdict, Waits, order};
use crate::render::lesson::{Mark, Page, Piece};

use super::machine::Machine;

/// The present screen. `keys` are those of this terminal.
pub(super) fn page(session: &Session<'_>, machine: &Machine, seed: u64) -> Page {
    let lesson = session.lesson();
    let mut page = Page {
        title: format!("lesson {:02} · {}", lesson.number(), lesson.title),
        place: session.place(),
        ..Page::default()
    };
    if session.place().0 == 1 {
        page.pieces.push(Piece::Said(
            Mark::Note,
            format!("{} minutes. After this you can {}.", lesson.minutes, lesson.objective),
        ));
    }
    decided(session, seed, &mut page);
    match session.step() {
        None => page.pieces.push(Piece::Words("This lesson is empty.".to_owned())),
        Some(Step::Prose(words)) => words_of(words, "", machine, &mut page),
        Some(Step::Observe(words)) => words_of(words, "OBSERVE", machine, &mut page),
        Some(Step::Explain(words)) => words_of(words, "EXPLAIN", machine, &mut page),
        Some(Step::Teacher(words)) => words_of(words, "FOR THE TEACHER", machine, &mut page),
        Some(Step::Run(run)) => {
            page.kind = if run.background { "RUN, and it goes on until the lesson ends" } else { "RUN" };
            page.pieces.extend(run.commands.iter().map(|line| Piece::Command(machine.fill(line))));
            if run.live {
                page.pieces.push(Piece::Said(
                    Mark::Note,
                    "This looks at the real network of this machine, which needs rights; without them go on."
                        .to_owned(),
                ));
            }
        }
        Some(Step::Predict(question)) => asked(session, question, "PREDICT", seed, &mut page),
        Some(Step::Check(question)) => asked(session, question, "CHECK", seed, &mut page),
    }
    keys(session, &mut page);
    page
}

/// For the teacher alone: what will be answered to the present question, and what is to be said to it.
pub(super) fn expected(session: &Session<'_>) -> Option<Page> {
    let (question, prediction) = session.question()?;
    let lesson = session.lesson();
    let mut page = Page {
        title: format!("lesson {:02} · {}", lesson.number(), lesson.title),
        place: session.place(),
        kind: "FOR THE TEACHER: what they will say",
        keys: vec![("Tab", "the question".to_owned()), ("Esc", "leave".to_owned())],
        ..Page::default()
    };
    for tick in &question.ticks {
        let mark = if tick.right { Mark::Good } else { Mark::Bad };
        page.pieces.push(Piece::Said(mark, format!("{}: {}", tick.text, tick.why)));
    }
    if question.ticks.is_empty() {
        let right = question.reference().map(|answer| answer.replace('\n', " / ") + ": ").unwrap_or_default();
        page.pieces.push(Piece::Said(Mark::Good, format!("{right}{}", question.why)));
    }
    for wrong in &question.wrong {
        page.pieces.push(Piece::Said(Mark::Bad, format!("{}: {}", wrong.text.replace('\n', " / "), wrong.why)));
    }
    if prediction {
        let words = "A prediction: do not say what is right. Let two who differ convince each other, then run.";
        page.pieces.push(Piece::Said(Mark::Note, words.to_owned()));
    }
    Some(page)
}

fn words_of(words: &str, kind: &'static str, machine: &Machine, page: &mut Page) {
    page.kind = kind;
    page.pieces.push(Piece::Words(machine.fill(words)));
}

/// What the run before this screen says to the predictions.
fn decided(session: &Session<'_>, seed: u64, page: &mut Page) {
    for (question, (given, verdict)) in session.decided() {
        let said = shown(question, given, seed);
        let words = if verdict.right {
            format!("You predicted {said}: so it was. {}", verdict.why)
        } else {
            format!("You predicted {said}. {}", verdict.why)
        };
        page.pieces.push(Piece::Said(if verdict.right { Mark::Good } else { Mark::Bad }, words));
    }
}

fn asked(session: &Session<'_>, question: &Question, kind: &'static str, seed: u64, page: &mut Page) {
    page.kind = kind;
    page.pieces.push(Piece::Words(question.prompt.clone()));
    let said = session.said(&question.id);
    let chosen = |number: usize| match said {
        Some((Given::Choice(chosen), _)) => *chosen == number,
        Some((Given::Ticks(chosen), _)) => chosen.contains(&number),
        _ => false,
    };
    for (at, number) in order(&question.id, seed, question.options()).into_iter().enumerate() {
        let letter = char::from(b'a' + at.min(25) as u8);
        page.pieces.push(Piece::Option(letter, question.option(number).to_owned(), chosen(number)));
    }
    match session.waits() {
        Waits::Answer => {
            let label = label(question);
            page.pieces.push(Piece::Input(label, session.typed().to_owned()));
        }
        Waits::Sure => {
            // What was chosen is marked among the options; what was typed would be gone.
            if let Some((given @ (Given::Number(_) | Given::Bytes(_) | Given::Order(_)), _)) = said {
                page.pieces.push(Piece::Said(Mark::Note, format!("You say {}.", shown(question, given, seed))));
            }
            let label = "How sure are you?  1 guess  2 think so  3 certain: ".to_owned();
            page.pieces.push(Piece::Input(label, String::new()));
        }
        Waits::Nothing if !session.typed().is_empty() => {
            page.pieces.push(Piece::Input(label(question), session.typed().to_owned()));
        }
        Waits::Run | Waits::Nothing => {}
    }
    if let Some(why) = session.misread() {
        page.pieces.push(Piece::Said(Mark::Note, why.to_owned()));
    }
    for (number, hint) in session.hints().iter().enumerate() {
        page.pieces.push(Piece::Said(Mark::Hint(number + 1), hint.clone()));
    }
    let Some((given, verdict)) = said else { return };
    let answer = shown(question, given, seed);
    match session.waits() {
        Waits::Run => {
            page.pieces.push(Piece::Said(Mark::Note, format!("You say {answer}. It is locked: the run will tell.")));
        }
        Waits::Nothing => verdict_on(&answer, verdict, page),
        Waits::Answer | Waits::Sure => {}
    }
}

fn verdict_on(answer: &str, verdict: &Verdict, page: &mut Page) {
    let mark = if verdict.right { Mark::Good } else { Mark::Bad };
    let begins = if verdict.right { format!("{answer}: right. ") } else { format!("{answer}: no. ") };
    let mut lines = verdict.why.lines();
    let first = format!("{begins}{}", lines.next().unwrap_or_default());
    page.pieces.push(Piece::Said(mark, first));
    page.pieces.extend(lines.map(|line| Piece::Said(mark, line.to_owned())));
}

fn label(question: &Question) -> String {
    match question.kind {
        Kind::Choice => "your answer, a letter: ".to_owned(),
        Kind::Number if question.unit.is_empty() => "your answer, a number: ".to_owned(),
        Kind::Number => format!("your answer, in {}: ", question.unit),
        Kind::Order => "the letters in the right order: ".to_owned(),
        Kind::Bytes => "the bytes in hex: ".to_owned(),
        Kind::Ticks => "the letters of all that are right: ".to_owned(),
        Kind::Text => "your answer: ".to_owned(),
    }
}

/// An answer as the learner gave it.
fn shown(question: &Question, given: &Given, seed: u64) -> String {
    let shown = order(&question.id, seed, question.options());
    let letter =
        |number: &usize| shown.iter().position(|n| n == number).map_or('?', |at| char::from(b'a' + at.min(25) as u8));
    match given {
        Given::Choice(number) => format!("{} ({})", letter(number), question.option(*number)),
        Given::Order(all) | Given::Ticks(all) => all.iter().map(letter).collect(),
        Given::Number(number) if question.unit.is_empty() => number.to_string(),
        Given::Number(number) => format!("{number} {}", question.unit),
        Given::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
        Given::Text(text) => format!("\"{}\"", text.lines().next().unwrap_or_default().trim()),
    }
}

fn keys(session: &Session<'_>, page: &mut Page) {
    let mut keys: Vec<(&'static str, String)> = Vec::new();
    let mut say = |key, does: &str| keys.push((key, does.to_owned()));
    match (session.step(), session.waits()) {
        (Some(Step::Run(_)), _) => say("Enter", "run it"),
        (_, Waits::Answer) => say("Enter", "answer"),
        (_, Waits::Sure) => say("1 2 3", "how sure"),
        (_, Waits::Nothing) if !session.typed().is_empty() => say("Enter", "answer again"),
        _ => say("Enter", "go on"),
    }
    let wrong = session.question().and_then(|(question, _)| session.said(&question.id)).is_some_and(|(_, v)| !v.right);
    if wrong
        && session.typed().is_empty()
        && session.waits() == Waits::Nothing
        && session.question().is_some_and(|(_, prediction)| !prediction)
    {
        say("type", "try again");
    }
    let hints = session.hints().len();
    if session.waits() == Waits::Answer && hints < 3 {
        say("?", &format!("hint {} of 3", hints + 1));
    }
    say("←", "back");
    say("→", "on");
    say("Esc", "leave");
    page.keys = keys;
}
