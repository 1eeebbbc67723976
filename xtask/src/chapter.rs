//! A lesson as a chapter: questions with their answers folded away, commands with what they really print.
//! Notes for teachers are not here: `layercake lesson start NN --instructor` shows them.

use layercake::lesson::{Kind, Lesson, Question, Run, Step, order};

use crate::picture::is_drawn;
use crate::runs::Runs;

/// The whole page, in Markdown.
///
/// # Errors
/// A command of the lesson fails.
pub fn page(lesson: &Lesson, runs: &mut Runs) -> Result<String, String> {
    let number = lesson.number();
    let mut page = format!(
        "# {}\n\n*Lesson {number}, {} minutes. After this you can {}.*\n\n\
         In a terminal the program asks the questions itself and remembers your answers: \
         `layercake lesson start {number:02}`. Here you answer in your head, **before** you unfold the answer and \
         before you read on.\n",
        lesson.title,
        lesson.minutes,
        prose(&lesson.objective),
    );
    if lesson.case.is_some() {
        page += "\nThis page shows one of many captures. Yours will differ: begin the lesson, and the program makes \
                 the file and says where it lies. In the commands below it is called `case.pcapng`.\n";
    }
    for step in &lesson.steps {
        page += "\n";
        page += &match step {
            Step::Prose(text) => fenced(&runs.fill(text)),
            Step::Predict(question) => asked(question, "Predict", runs),
            Step::Check(question) => asked(question, "Check", runs),
            Step::Run(run) => ran(run, runs)?,
            Step::Observe(text) => format!("**Look at this:**\n\n{}\n", fenced(&runs.fill(text))),
            Step::Explain(text) => format!("**Why it is so:**\n\n{}\n", fenced(&runs.fill(text))),
            Step::Teacher(_) => String::new(),
        };
        page += "\n";
    }
    Ok(page)
}

/// Commands and their output; of a server that goes on, only that it has to be started.
fn ran(run: &Run, runs: &mut Runs) -> Result<String, String> {
    let mut text = match (run.background, run.live) {
        (true, _) => "In a second terminal, and left open:\n\n".to_owned(),
        (_, true) => "Only where you may capture on your machine:\n\n".to_owned(),
        _ => String::new(),
    };
    let shown = !run.background && !run.live;
    let mut block = String::new();
    for command in &run.commands {
        if shown && is_drawn(command) {
            text += &console(&std::mem::take(&mut block));
            text += &(runs.figure(command, None, "../")? + "\n");
            continue;
        }
        block += &format!("$ {}\n", runs.fill(command));
        if run.background {
            runs.start(command)?;
        } else if shown {
            block += runs.take(command)?.trim_end();
            block += "\n\n";
        }
    }
    Ok(text + &console(&block))
}

fn console(block: &str) -> String {
    let block = block.trim_end();
    if block.is_empty() { String::new() } else { format!("```console\n{block}\n```\n") }
}

/// A question, with hints and answers folded away.
fn asked(question: &Question, title: &str, runs: &Runs) -> String {
    let mut text = format!("<div class=\"question\">\n\n**{title}.** {}\n\n", prose(&runs.fill(&question.prompt)));
    if matches!(question.kind, Kind::Choice | Kind::Order | Kind::Ticks) {
        for number in order(&question.id, 0, question.options()) {
            text += &format!("- {}\n", prose(question.option(number)));
        }
        let how = match question.kind {
            Kind::Order => "\nIn which order?\n",
            Kind::Ticks => "\nSeveral are right.\n",
            _ => "",
        };
        text += how;
    } else if !question.unit.is_empty() {
        text += &format!("Answer in {}.\n", prose(&question.unit));
    }
    let hints: String = question.hints.iter().map(|hint| format!("1. {}\n", prose(hint))).collect();
    text += &folded("Hints", &hints);
    text += &folded("Answer", &prose_all(&answer(question), runs));
    text + "\n</div>\n"
}

/// The right answer and why; then what each wrong one has to learn.
fn answer(question: &Question) -> String {
    let mut text = match (question.kind, question.reference()) {
        (Kind::Ticks, _) | (_, None) => format!("{}\n", question.why),
        (_, Some(reference)) if reference.contains('\n') => format!("```text\n{reference}\n```\n\n{}\n", question.why),
        (_, Some(reference)) => format!("**{}** {}\n", sentence(&reference), question.why),
    };
    if let Some(solution) = &question.solution {
        text += &format!("\nFor example: `{solution}`\n");
    }
    for tick in &question.ticks {
        text += &format!("\n- {} **{}** {}", if tick.right { "Yes:" } else { "No:" }, sentence(&tick.text), tick.why);
    }
    if !question.wrong.is_empty() {
        text += "\nAnd if you thought otherwise:\n";
    }
    for wrong in &question.wrong {
        let thought = wrong.text.split_whitespace().collect::<Vec<_>>().join(" ");
        text += &format!("\n- *{thought}*: {}", wrong.why);
    }
    text + "\n"
}

/// With a full stop where there is no other end.
fn sentence(text: &str) -> String {
    let ends = text.ends_with(['.', '?', '!']);
    if ends { text.to_owned() } else { format!("{text}.") }
}

fn prose_all(text: &str, runs: &Runs) -> String {
    fenced(&runs.fill(text))
}

fn folded(title: &str, text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    format!("\n<details><summary>{title}</summary>\n\n{}\n\n</details>\n", text.trim_end())
}

/// Markdown outside of examples is prose; an example is shown as it is, and nobody runs it.
fn fenced(text: &str) -> String {
    let mut within = false;
    let mut made = String::new();
    for line in text.lines() {
        if line.starts_with("```") {
            within = !within;
            made += if within && line == "```" { "```text" } else { line };
        } else if within {
            made += line;
        } else {
            made += &prose(line);
        }
        made.push('\n');
    }
    made
}

/// Words in which `<` is no tag, except within backquotes, where Markdown leaves it alone.
pub fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(n, part)| if n % 2 == 0 { part.replace('<', "&lt;") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_less_than_sign_is_no_tag_and_code_is_left_alone() {
        assert_eq!(prose("a <b> `c <d>`"), "a &lt;b> `c <d>`");
        assert_eq!(fenced("x\n```\n<y>\n```\n"), "x\n```text\n<y>\n```\n");
    }

    #[test]
    fn an_answer_ends_like_a_sentence() {
        assert_eq!((sentence("65535").as_str(), sentence("Why?").as_str()), ("65535.", "Why?"));
    }
}
