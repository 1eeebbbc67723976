//! `class board`: predictions without names, from what was handed in or from codes; revealed, voted again and run by key.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use super::{files, projector};
use crate::class::{Board, Gathered, Record, codes_in};
use crate::cli::console::tame;
use crate::cli::lesson::Place;
use crate::cli::{Console, Error};
use crate::lesson::Found;
use crate::render::board;

const EXAMPLES: &str = "\
Examples:
  layercake class board *.json                            what was predicted in the files that were handed in
  layercake class board -                                 paste codes here (`layercake progress code`), Ctrl-D ends
  layercake class board *.json --question 07-what-is-read --reveal
  layercake class board before.txt --second after.txt     first vote and second vote beside each other
  layercake class board *.json --format json              for programs

A text file may hold a whole chat: only codes of eight letters in it count. After a line that says `again` codes belong to
the second vote. Equal answers have equal codes, so a code that is pasted twice counts twice.";

/// Who predicted what, without names: for the projector
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What `progress export` wrote, or texts with codes; - or nothing reads codes from the input
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,
    /// Only this question, as 07-what-is-read
    #[arg(long, value_name = "ID")]
    question: Option<String>,
    /// The same after neighbours have talked
    #[arg(long, value_name = "FILES", num_args = 1..)]
    second: Vec<PathBuf>,
    /// How many students there are
    #[arg(long, value_name = "N")]
    of: Option<usize>,
    /// Show what is right at once
    #[arg(long)]
    reveal: bool,
    /// A picture, or one JSON document a question
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"], default_value = "text")]
    format: String,
    #[command(flatten)]
    place: Where,
}

#[derive(clap::Args)]
struct Where {
    /// A folder of lessons instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    lessons: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let place = Place::of(args.place.lessons.as_ref(), None);
    let course = place.all()?;
    let mut gathered = Gathered::default();
    let mut bad = 0;
    let stdin = [PathBuf::from("-")];
    let first = if args.files.is_empty() { &stdin[..] } else { &args.files };
    for (files, second) in [(first, false), (&args.second[..], true)] {
        for path in files {
            if let Err(why) = gather(path, second, &course, &mut gathered, console) {
                bad += 1;
                console.remark(&format!("left out: {} {}", files::name(path), tame(&why)));
            }
        }
    }
    let ids = questions(args, &course, &gathered)?;
    let drawn = console.is_terminal()
        && !console.describe()
        && args.format == "text"
        && (io::stdin().is_terminal() || cfg!(unix));
    if drawn {
        projector::show(&ids, gathered, args.of, args.reveal, &place, &course, console)?;
    } else {
        for (at, id) in ids.iter().enumerate() {
            let Some(counted) = gathered.board(&course, id, args.of) else { continue };
            let text = shown(&counted, args, console);
            let gap: &[u8] = if at > 0 && args.format == "text" { b"\n" } else { b"" };
            console.print(gap)?;
            console.print(&text)?;
        }
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The questions to be shown: the one that was named, or all with votes.
fn questions(args: &Args, course: &[Found], gathered: &Gathered) -> Result<Vec<String>, Error> {
    let voted: Vec<String> = gathered.questions(course).into_iter().map(|(id, _)| id).collect();
    match &args.question {
        Some(id) if gathered.board(course, id, None).is_some() => Ok(vec![id.clone()]),
        Some(id) => Err(Error::asked(
            format!("there is no question {}", tame(id)),
            if voted.is_empty() {
                "it looks like 07-what-is-read".to_owned()
            } else {
                format!("there are votes for {}", voted.join(", "))
            },
        )),
        None if voted.is_empty() => Err(Error::asked(
            "nobody has predicted anything yet",
            "students give `layercake progress code`, or hand in `layercake progress export --out NAME.json`",
        )),
        None => Ok(voted),
    }
}

/// Takes the votes of a file.
fn gather(
    path: &Path,
    second: bool,
    course: &[Found],
    gathered: &mut Gathered,
    console: &Console,
) -> Result<(), String> {
    let text = if path.as_os_str() == "-" && io::stdin().is_terminal() { pasted(console) } else { files::text(path)? };
    if text.trim_start().starts_with('{') {
        gathered.record(&Record::parse(&text)?, course, second);
        return Ok(());
    }
    let found = take_codes(&text, second, course, gathered, console);
    if found == 0 && path.as_os_str() != "-" { Err("holds no code and no answers".to_owned()) } else { Ok(()) }
}

/// Lines until an empty one.
pub(super) fn pasted(console: &Console) -> String {
    console.remark("Paste the codes, a whole chat if you like; an empty line ends.");
    let mut text = String::new();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        if line.trim().is_empty() {
            break;
        }
        text += &line;
        text.push('\n');
    }
    text
}

/// Counts the codes of a text, and says which words look like one and are none. How many were counted.
pub(super) fn take_codes(
    text: &str,
    second: bool,
    course: &[Found],
    gathered: &mut Gathered,
    console: &Console,
) -> usize {
    let (mut second, mut count) = (second, 0);
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        // As `class serve --save` writes it, round by round.
        match line.trim().to_ascii_lowercase().as_str() {
            "first" => second = false,
            "again" => second = true,
            _ => {}
        }
        let (coded, strange) = codes_in(course, line);
        count += coded.len();
        gathered.codes(&coded, second);
        for (word, why) in strange {
            console.remark(&format!("not counted: {}: {why}", tame(&word)));
        }
    }
    count
}

/// A board as it is printed where nobody presses keys.
fn shown(counted: &Board, args: &Args, console: &Console) -> Vec<u8> {
    let mut out = Vec::new();
    if args.format == "json" {
        out = format!("{}\n", document(counted)).into_bytes();
        return out;
    }
    let picture = picture(counted, args.reveal);
    if console.describe() {
        picture.speak(&mut out, &console.style());
    } else {
        picture.draw(&mut out, &console.style());
    }
    out
}

/// The picture of a board.
pub(super) fn picture(counted: &Board, revealed: bool) -> board::Board {
    let bar = |bar: &crate::class::Bar| board::Bar {
        letter: bar.letter,
        words: bar.words.clone(),
        right: bar.right,
        rounds: bar.rounds.map(|round| (round.count, round.sure)),
    };
    let [first, second] = counted.answered;
    let of = counted.of.map_or(String::new(), |of| format!(" of {of}"));
    let again = if second > 0 { format!(", {second} again") } else { String::new() };
    board::Board {
        title: format!("class board · {}", counted.question),
        state: format!("{first}{of} answered{again}"),
        prompt: counted.prompt.clone(),
        bars: counted.bars.iter().map(bar).collect(),
        voters: counted.answered,
        second: second > 0,
        revealed,
        talk: if revealed || second > 0 { None } else { counted.talk() },
        why: counted.why.clone(),
        ..board::Board::default()
    }
}

fn document(counted: &Board) -> serde_json::Value {
    let round = |round: crate::class::Round| json!({ "count": round.count, "sure": round.sure });
    let bars: Vec<_> = counted
        .bars
        .iter()
        .map(|bar| {
            json!({
                "letter": bar.letter.to_string(), "text": bar.words, "right": bar.right,
                "first": round(bar.rounds[0]), "second": round(bar.rounds[1]),
            })
        })
        .collect();
    json!({
        "question": counted.question, "lesson": counted.lesson, "prompt": counted.prompt, "of": counted.of,
        "answered": counted.answered[0], "answered_again": counted.answered[1], "options": bars,
        "talk": counted.talk().map(|at| counted.bars[at].letter.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::Vote;
    use crate::lesson::Shelf;
    use crate::render::{Charset, Style};

    #[test]
    fn the_board_of_every_prediction_fits_80_columns_and_24_lines() {
        let course = Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault}"));
        let predictions =
            course.iter().flat_map(|found| found.lesson.questions()).filter(|(_, prediction)| *prediction);
        for (question, _) in predictions {
            let mut gathered = Gathered::default();
            for (answer, second) in [(0, false), (1, false), (2, true)] {
                gathered.vote(&question.id, second, Vote { answer, sure: 2 });
            }
            let counted = gathered.board(&course, &question.id, Some(200)).expect("a board");
            for (revealed, charset) in [(false, Charset::Unicode), (true, Charset::Ascii)] {
                let mut shown = picture(&counted, revealed);
                shown.notes = vec![
                    "Join at http://192.168.100.100:8120 or http://10.0.0.100:8120 with the code K32PTD".to_owned(),
                    "Names: none.".to_owned(),
                ];
                shown.keys = vec![("n", "next question"); 8];
                let style = Style { width: 80, color: false, charset, explain: false };
                shown.fit(&style, 24);
                assert!(shown.lines(&style) <= 24, "{} takes {} lines", question.id, shown.lines(&style));
            }
        }
    }
}
