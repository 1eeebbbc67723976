//! The examples below a command's `--help`, folded for the terminal: what an example shows stays in a column of its own.
//! clap breaks long lines too, but begins the rest at the left edge, in the middle of the commands.
//!
//! Not here: the examples themselves, which stand in each command's file.

use clap::Command;
use unicode_width::UnicodeWidthStr;

use super::console;
use crate::render::wrap::fold;

/// The widest that help is drawn; clap is told the same.
pub const WIDEST: usize = 100;
/// What an example's explanation needs beside the command; with less room it goes below.
const BESIDE: usize = 30;
/// A line that was filled to its end, so that the next one goes on with its sentence.
const FILLED: usize = 90;

/// The command and all below it, with their examples folded to `room` columns.
pub fn folded(command: Command, room: usize) -> Command {
    let examples = command.get_after_help().map(|text| fold_all(&text.to_string(), room));
    let command = command.mut_subcommands(|below| folded(below, room));
    match examples {
        Some(examples) => command.after_help(examples),
        None => command,
    }
}

/// Whether one of these words asks for help, so that the work above is worth it.
pub fn asked(mut words: impl Iterator<Item = std::ffi::OsString>) -> bool {
    words.any(|word| word == "-h" || word == "--help" || word == "help")
}

/// Columns that help has: the terminal's, or as many as clap takes where there is none.
pub fn room() -> usize {
    console::terminal_columns().unwrap_or(WIDEST).min(WIDEST)
}

fn fold_all(text: &str, room: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut filled = false;
    for line in text.lines() {
        let goes_on = filled && !line.is_empty() && !line.starts_with(' ');
        filled = line.width() >= FILLED && !line.starts_with(' ');
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push(' ');
                last.push_str(line);
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines.iter().flat_map(|line| fold_one(line, room)).collect::<Vec<_>>().join("\n")
}

fn fold_one(line: &str, room: usize) -> Vec<String> {
    if line.width() <= room {
        return vec![line.to_owned()];
    }
    let Some((command, why)) = example(line) else {
        let begin = line.len() - line.trim_start().len();
        let (first, rest) = (" ".repeat(begin), " ".repeat(if begin == 0 { 0 } else { begin + 4 }));
        let parts = fold(line.trim_start(), room - rest.len()).into_iter().enumerate();
        return parts.map(|(n, part)| format!("{}{part}", if n == 0 { &first } else { &rest })).collect();
    };
    let column = line.width() - why.width();
    if column + BESIDE <= room {
        let beside = fold(why, room - column).into_iter().enumerate();
        return beside.map(|(n, part)| format!("{:column$}{part}", if n == 0 { command } else { "" })).collect();
    }
    let below = fold(why, room.saturating_sub(6)).into_iter().map(|part| format!("      {part}"));
    std::iter::once(command.to_owned()).chain(below).collect()
}

/// `  layercake ports    which program …` in its two parts; a line of prose has none.
fn example(line: &str) -> Option<(&str, &str)> {
    let begin = line.len() - line.trim_start().len();
    if begin == 0 {
        return None;
    }
    let gap = begin + line[begin..].rfind("  ")?;
    Some((line[..gap].trim_end(), line[gap..].trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_s_explanation_stays_in_its_column() {
        let line = "  layercake ports why 53 --udp   UDP's 53 is another room than TCP's, and other guests live there";
        let lines = fold_one(line, 70);
        assert_eq!(
            lines,
            [
                "  layercake ports why 53 --udp   UDP's 53 is another room than TCP's,",
                "                                 and other guests live there"
            ]
        );
    }

    #[test]
    fn a_long_command_has_its_explanation_below() {
        let line = "  layercake sio trace http://localhost:3000 --transport polling        without any WebSocket";
        let lines = fold_one(line, 80);
        assert_eq!(
            lines,
            ["  layercake sio trace http://localhost:3000 --transport polling", "      without any WebSocket"]
        );
    }

    #[test]
    fn a_paragraph_that_was_broken_at_120_is_one_again_and_short_lines_stay() {
        let text = format!("Examples:\n  a  b\n\n{}\nrest of it\nExit codes: 0 done", "word ".repeat(20).trim_end());
        let lines = fold_all(&text, 60);
        assert!(lines.starts_with("Examples:\n  a  b\n\nword"), "{lines}");
        assert!(lines.contains("word rest of it\nExit codes: 0 done"), "{lines}");
        assert!(lines.lines().all(|line| line.width() <= 60), "{lines}");
    }

    #[test]
    fn help_is_noticed_wherever_it_stands() {
        let asked = |words: &[&str]| asked(words.iter().map(std::ffi::OsString::from));
        assert!(asked(&["ports", "--help"]) && asked(&["help", "ports"]) && asked(&["-h"]));
        assert!(!asked(&["ports", "why", "3000"]));
    }
}
