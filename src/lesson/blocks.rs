//! A lesson's file, taken apart: front matter in TOML between lines of `+++`, then Markdown with fenced blocks. Each
//! block is a step. Not here: what a question is (`question`).

use serde::Deserialize;

use super::case::{Case, GENERATORS};
use super::fault::Fault;
use super::question::Question;

/// One lesson.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The name of its folder: `07-loss`.
    pub id: String,
    /// What the learner reads first.
    pub title: String,
    /// How long it takes.
    pub minutes: u16,
    /// What the learner can do afterwards.
    pub objective: String,
    /// What comes, in order.
    pub steps: Vec<Step>,
    /// Its case, where each student has another one.
    pub case: Option<Case>,
}

/// One screen of a lesson.
#[derive(Debug, Clone)]
pub enum Step {
    /// Words, in Markdown.
    Prose(String),
    /// A question before the run.
    Predict(Box<Question>),
    /// Commands.
    Run(Run),
    /// What to look at.
    Observe(String),
    /// A question after it.
    Check(Box<Question>),
    /// Why it is so.
    Explain(String),
    /// For the teacher only.
    Teacher(String),
}

/// Commands that are really run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Each begins with `layercake`.
    pub commands: Vec<String>,
    /// They go on until the lesson ends.
    pub background: bool,
    /// They show one thing a key press.
    pub step: bool,
    /// They look at the real network, where rights allow it.
    pub live: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    title: String,
    minutes: u16,
    objective: String,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    generate: Option<String>,
}

impl Lesson {
    /// Reads a lesson; `id` is the name of its folder, `file` what errors call it.
    ///
    /// # Errors
    /// The first mistake, with its line.
    pub fn parse(id: &str, file: &str, text: &str) -> Result<Self, Fault> {
        Self::parse_for(id, file, text, 0)
    }

    /// The same; where each student has another case, with the one of this seed.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_for(id: &str, file: &str, text: &str, seed: u64) -> Result<Self, Fault> {
        parse(id, text, seed).map_err(|fault| fault.within(file))
    }

    /// Its number in the course, from the name of its folder.
    pub fn number(&self) -> u16 {
        self.id.split('-').next().and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    /// All questions, in order; whether it is a prediction.
    pub fn questions(&self) -> impl Iterator<Item = (&Question, bool)> {
        self.steps.iter().filter_map(|step| match step {
            Step::Predict(question) => Some((&**question, true)),
            Step::Check(question) => Some((&**question, false)),
            _ => None,
        })
    }
}

fn parse(id: &str, text: &str, seed: u64) -> Result<Lesson, Fault> {
    let front_hint = "+++ / title = \"…\" / minutes = 15 / objective = \"…\" / +++";
    let rest =
        text.strip_prefix("+++\n").ok_or_else(|| Fault::new(1, "a lesson begins with front matter", front_hint))?;
    let (front, body) =
        rest.split_once("\n+++\n").ok_or_else(|| Fault::new(1, "the front matter does not end", "a line of +++"))?;
    let Front { title, minutes, objective, needs, generate } = toml::from_str(front).map_err(|error| {
        let line = error.span().map_or(0, |span| front[..span.start.min(front.len())].matches('\n').count());
        Fault::new(line + 2, error.message().lines().next().unwrap_or_default(), front_hint)
    })?;
    if !needs.is_empty() {
        return Err(Fault::new(1, "a lesson needs nothing: it works for everybody, offline", "needs = []"));
    }
    let first = front.matches('\n').count() + 4;
    let case = generate.map(|name| case(&name, seed)).transpose()?;
    let body = &filled(body, case.as_ref(), first)?;
    let mut steps = Vec::new();
    let mut prose: Vec<&str> = Vec::new();
    // Its name, its first line, what it holds.
    let mut block: Option<(&str, usize, Vec<&str>)> = None;
    for (line, number) in body.lines().zip(first..) {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(info)) => {
                // A block without a name is an example within the prose.
                let name = info.split_whitespace().next().unwrap_or_default();
                if NAMES.contains(&name) {
                    push(&mut steps, &mut prose);
                } else if name.is_empty() {
                    prose.push(line);
                } else {
                    let known = NAMES.join(", ");
                    return Err(Fault::new(number, format!("there is no block `{name}`"), known));
                }
                block = Some((info.trim(), number, Vec::new()));
            }
            (None, None) => prose.push(line),
            (Some((info, at, lines)), Some("")) => {
                match step(info, *at, &lines.join("\n"))? {
                    Some(step) => steps.push(step),
                    None => prose.push(line),
                }
                block = None;
            }
            (Some((info, _, lines)), _) => {
                lines.push(line);
                if !NAMES.contains(&info.split_whitespace().next().unwrap_or_default()) {
                    prose.push(line);
                }
            }
        }
    }
    if let Some((info, at, _)) = block {
        return Err(Fault::new(at, format!("the block `{info}` does not end"), "a line of ```"));
    }
    push(&mut steps, &mut prose);
    Ok(Lesson { id: id.to_owned(), title, minutes, objective, steps, case })
}

fn case(name: &str, seed: u64) -> Result<Case, Fault> {
    let known = || Fault::new(1, format!("nothing is called `{name}` that makes cases"), GENERATORS.join(", "));
    Case::new(name, seed).ok_or_else(known)
}

/// The text with the values of its case; `first` is its first line's number.
fn filled(body: &str, case: Option<&Case>, first: usize) -> Result<String, Fault> {
    let Some(case) = case else { return Ok(body.to_owned()) };
    case.fill(body).map_err(|name| {
        let at = body.lines().position(|line| line.contains(&format!("{{case:{name}"))).unwrap_or(0);
        Fault::new(first + at, format!("the case has no value `{name}`"), "src/lesson/case says which there are")
    })
}

const NAMES: [&str; 6] = ["predict", "run", "observe", "check", "explain", "teacher"];

fn push(steps: &mut Vec<Step>, prose: &mut Vec<&str>) {
    let text = prose.join("\n").trim().to_owned();
    prose.clear();
    if !text.is_empty() {
        steps.push(Step::Prose(text));
    }
}

/// What a block is; `None` for one that is none of ours.
fn step(info: &str, at: usize, text: &str) -> Result<Option<Step>, Fault> {
    let question =
        || Question::parse(text).map(Box::new).map_err(|(what, line, hint)| Fault::new(at + 1 + line, what, hint));
    let mut words = info.split_whitespace();
    Ok(Some(match words.next().unwrap_or_default() {
        "predict" => Step::Predict(question()?),
        "check" => Step::Check(question()?),
        "observe" => Step::Observe(text.trim().to_owned()),
        "explain" => Step::Explain(text.trim().to_owned()),
        "teacher" => Step::Teacher(text.trim().to_owned()),
        "run" => Step::Run(run(words, at, text)?),
        _ => return Ok(None),
    }))
}

fn run<'a>(words: impl Iterator<Item = &'a str>, at: usize, text: &str) -> Result<Run, Fault> {
    let mut run = Run::default();
    for word in words {
        match word {
            "background" => run.background = true,
            "step" => run.step = true,
            "live" => run.live = true,
            _ => return Err(Fault::new(at, format!("`{word}` says nothing about a run"), "background, step, live")),
        }
    }
    for (line, number) in text.lines().zip(at + 1..) {
        match line.strip_prefix("$ ") {
            Some(command) if command == "layercake" || command.starts_with("layercake ") => {
                run.commands.push(command.trim().to_owned());
            }
            None if line.trim().is_empty() => {}
            _ => return Err(Fault::new(number, "a run holds commands of layercake", "$ layercake peel")),
        }
    }
    if run.commands.is_empty() {
        return Err(Fault::new(at, "this run has no command", "$ layercake peel"));
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "+++\ntitle = \"T\"\nminutes = 5\nobjective = \"o\"\n+++\n\nHello.\n\n```run step\n$ layercake peel\n```\n\n```observe\nLook.\n```\nAn example:\n```\nx\n```\n";

    #[test]
    fn prose_and_blocks_become_steps_in_order() {
        let lesson = Lesson::parse("07-loss", "lesson.md", SMALL).expect("a lesson");
        assert_eq!((lesson.number(), lesson.steps.len()), (7, 4));
        assert!(matches!(&lesson.steps[0], Step::Prose(text) if text == "Hello."));
        assert!(matches!(&lesson.steps[1], Step::Run(run) if run.step && run.commands == ["layercake peel"]));
        assert!(matches!(&lesson.steps[3], Step::Prose(text) if text == "An example:\n```\nx\n```"));
    }

    #[test]
    fn mistakes_have_a_line() {
        let wrong = |from: &str, to: &str| {
            let fault = Lesson::parse("a", "lesson.md", &SMALL.replace(from, to)).expect_err("a mistake");
            (fault.line, fault.to_string())
        };
        assert_eq!(wrong("$ layercake", "$ rm").0, 10);
        assert_eq!(wrong("run step", "run fast").0, 9);
        assert_eq!(wrong("minutes = 5", "minutes = \"five\"").0, 3);
        assert!(wrong("Look.\n```", "Look.").1.contains("lesson.md:"));
        assert!(Lesson::parse("a", "f", "hello").is_err());
    }
}
