//! What the program tells people to type exists: each `layercake …` in its texts names a command.

use std::path::Path;

use crate::arrows::all_files;
use crate::support::root;

/// The words behind `layercake` that can only be commands: small letters, as far as they go.
fn words(line: &str) -> impl Iterator<Item = Vec<&str>> {
    line.split("`layercake ").skip(1).map(|rest| {
        let said = rest.split('`').next().unwrap_or_default();
        let is_word = |word: &&str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
        };
        said.split(' ').take_while(is_word).collect()
    })
}

#[test]
fn every_command_that_a_text_names_is_there() {
    let command = layercake::cli::command();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (_, path) in all_files() {
        let text = std::fs::read_to_string(&path).expect("read");
        for (number, line) in text.lines().enumerate() {
            for words in words(line) {
                let mut at = &command;
                for word in words {
                    let Some(below) = at.find_subcommand(word) else {
                        // A command without commands below takes words of its own: a file, a name.
                        if at.has_subcommands() {
                            wrong.push(format!("{}:{}: {}", short(&path), number + 1, line.trim()));
                        }
                        break;
                    };
                    at = below;
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 100, "{seen} commands were found in texts");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
