//! The command guide: a page for each command, from the words that `--help` prints. Examples that need no network card,
//! no server and no file of the reader's are run, and what they print is shown.

use clap::{Arg, Command};

use crate::chapter::prose;
use crate::picture::is_drawn;
use crate::runs::Runs;

/// Longer output is cut: who wants the rest runs the command.
const LINES: usize = 40;

/// A page of the guide.
pub struct Guide {
    /// The words of the command without the program's name, as `ws frame`; empty for the program itself.
    pub words: String,
    /// What the page is called, without folder and ending: `ws-frame`.
    pub key: String,
    /// Markdown.
    pub page: String,
}

/// The pages of all commands, each before its subcommands.
///
/// # Errors
/// An example cannot be run, or fails.
pub fn guide(program: &Command, runs: &dyn Fn(&str) -> Runs) -> Result<Vec<Guide>, String> {
    let mut pages = Vec::new();
    for command in program.get_subcommands().filter(|command| is_ours(command)) {
        add(command, command.get_name(), "", runs, &mut pages)?;
    }
    Ok(pages)
}

fn add(
    command: &Command,
    words: &str,
    above: &str,
    runs: &dyn Fn(&str) -> Runs,
    pages: &mut Vec<Guide>,
) -> Result<(), String> {
    let key = words.replace(' ', "-");
    let page = page(command, words, above, &mut runs(&format!("command-{key}")))?;
    pages.push(Guide { words: words.to_owned(), key, page });
    for below in command.get_subcommands().filter(|command| is_ours(command)) {
        add(below, &format!("{words} {}", below.get_name()), &after(command), runs, pages)?;
    }
    Ok(())
}

fn after(command: &Command) -> String {
    command.get_after_help().map(ToString::to_string).unwrap_or_default()
}

fn is_ours(command: &Command) -> bool {
    command.get_name() != "help" && !command.is_hide_set()
}

fn page(command: &Command, words: &str, above: &str, runs: &mut Runs) -> Result<String, String> {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let mut page = format!("# layercake {words}\n\n{}.\n\n```text\n{usage}\n```\n", prose(about.trim_end_matches('.')));
    let below: String = command
        .get_subcommands()
        .filter(|command| is_ours(command))
        .map(|below| {
            let name = below.get_name();
            let about = below.get_about().map(ToString::to_string).unwrap_or_default();
            format!("- [{words} {name}]({}-{name}.md): {}\n", words.replace(' ', "-"), prose(&about))
        })
        .collect();
    if !below.is_empty() {
        page += &format!("\n## More of it\n\n{below}");
    }
    let after = after(command);
    let mut shown = all_examples(&after);
    if shown.is_empty() {
        // Small commands are shown in the help of the one above them.
        let own = format!("layercake {words}");
        let is_own = |command: &str| command == own || command.starts_with(&format!("{own} "));
        shown = all_examples(above).into_iter().filter(|(command, _)| is_own(command)).collect();
    }
    page += &examples(&shown, runs)?;
    page += &options(command);
    page += &remarks(&after);
    Ok(page)
}

/// Examples with what they print, where they can be run here.
fn examples(all: &[(&str, &str)], runs: &mut Runs) -> Result<String, String> {
    let mut text = String::new();
    for (command, meaning) in all.iter().copied() {
        if !meaning.is_empty() {
            let end = if meaning.ends_with(['?', '…', '.', ':']) { "" } else { ":" };
            text += &format!("\n{}{end}\n", capital(&prose(meaning)));
        }
        if !is_pure(command) {
            text += &format!("\n```text\n{command}\n```\n");
        } else if is_drawn(command) {
            text += &format!("\n{}", runs.figure(command, None, "../")?);
        } else {
            let output = runs.take(command)?;
            text += &format!("\n```console\n$ {command}\n{}\n```\n", cut(&output));
        }
    }
    Ok(if text.is_empty() { text } else { format!("\n## Examples\n{text}") })
}

/// The examples of a help text: command and what it does. A meaning that found no room stands alone in the next line.
fn all_examples(after: &str) -> Vec<(&str, &str)> {
    let lines = after.lines().skip_while(|line| *line != "Examples:").skip(1).take_while(|line| !line.is_empty());
    let mut all: Vec<(&str, &str)> = Vec::new();
    for line in lines {
        match all.last_mut() {
            Some((_, meaning)) if line.starts_with("        ") => *meaning = line.trim(),
            _ => all.push(divide(line.trim())),
        }
    }
    all
}

/// A command ends before two blanks that stand in no quotation.
fn divide(line: &str) -> (&str, &str) {
    let mut quotation = None;
    for (at, letter) in line.char_indices() {
        match quotation {
            Some(mark) if mark == letter => quotation = None,
            None if matches!(letter, '\'' | '"') => quotation = Some(letter),
            None if line[at..].starts_with("  ") => return (&line[..at], line[at..].trim()),
            _ => {}
        }
    }
    (line, "")
}

/// Whether a command prints the same on every machine, at once, without a card, a server, a key press or another file.
fn is_pure(command: &str) -> bool {
    let words = shlex::split(command).unwrap_or_default();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |wanted: &str| words.contains(&wanted);
    let made_up = has("--demo") || has("--wire");
    let alien = [
        "FILE",
        "KEYS",
        "-r",
        "-i",
        "-w",
        "-",
        "|",
        ">",
        "--step",
        "--speed",
        "--predict",
        "--ask",
        "--svg",
        "--notes",
        "--notes-only",
    ];
    let files = words.iter().any(|word| word.ends_with(".pcapng") || word.ends_with(".toml") || *word == "mine");
    if words.first() != Some(&"layercake") || alien.iter().any(|word| has(word)) || files || command.contains('…') {
        return false;
    }
    match words[1..] {
        ["peel" | "explain" | "fields", ..] => true,
        ["capture" | "flows" | "ladder" | "follow" | "stats", ..] => made_up,
        ["wire", "list" | "run" | "show" | "check" | "differences", ..] => true,
        ["ws", "frame", ..] | ["ws", "forge", "--text" | "--list", ..] | ["sockets", "lossy", ..] => true,
        ["ports", "explain", ..] | ["demo"] | ["lesson", "list" | "schedule", ..] => true,
        _ => false,
    }
}

fn cut(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    if lines.len() <= LINES {
        return lines.join("\n");
    }
    format!("{}\n… and {} more lines", lines[..LINES - 1].join("\n"), lines.len() + 1 - LINES)
}

/// Arguments first, then options by their headings. Those of every command stand on a page of their own.
fn options(command: &Command) -> String {
    let mut groups: Vec<(String, String)> = Vec::new();
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if argument.is_hide_set() || argument.is_global_set() || matches!(id, "help" | "version") {
            continue;
        }
        let own = if argument.is_positional() { "Arguments" } else { "Options" };
        let heading = argument.get_help_heading().unwrap_or(own);
        let entry = option(argument);
        match groups.iter_mut().find(|(name, _)| name == heading) {
            Some((_, entries)) => *entries += &entry,
            None => groups.push((heading.to_owned(), entry)),
        }
    }
    groups.sort_by_key(|(name, _)| (name != "Arguments", name != "Options"));
    groups.iter().map(|(name, entries)| format!("\n## {name}\n\n{entries}")).collect()
}

/// One option, as an entry of a list.
pub fn option(argument: &Arg) -> String {
    let value =
        argument.get_value_names().unwrap_or_default().iter().map(|name| format!("<{name}>")).collect::<Vec<_>>();
    let value = if argument.get_action().takes_values() { value.join(" ") } else { String::new() };
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let shown = if names.is_empty() { value } else { format!("{} {value}", names.join(", ")).trim().to_owned() };
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut entry = format!(
        "- **`{shown}`**  \n  {}.",
        prose(&help.split_whitespace().collect::<Vec<_>>().join(" ")).trim_end_matches('.')
    );
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        entry += &format!(" One of {}.", values.join(", "));
    }
    let defaults: Vec<String> =
        argument.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if defaults.iter().any(|value| value != "``") && argument.get_action().takes_values() {
        entry += &format!(" Without it: {}.", defaults.join(", "));
    }
    entry + "\n"
}

/// What else the help says behind its examples.
fn remarks(after: &str) -> String {
    let parts = after.split("\n\n").filter(|part| !part.starts_with("Examples:") && !part.starts_with("Begin here:"));
    let parts: Vec<String> = parts.filter(|part| !part.trim().is_empty()).map(|part| prose(part.trim())).collect();
    if parts.is_empty() { String::new() } else { format!("\n## Good to know\n\n{}\n", parts.join("\n\n")) }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_ends_where_its_meaning_begins_but_not_within_quotes() {
        assert_eq!(divide("layercake peel   one packet"), ("layercake peel", "one packet"));
        assert_eq!(divide("layercake ws frame \"01 03  80\"   two"), ("layercake ws frame \"01 03  80\"", "two"));
        assert_eq!(divide("layercake man | man -l -"), ("layercake man | man -l -", ""));
    }

    #[test]
    fn what_needs_a_card_a_file_or_a_key_press_is_not_run() {
        assert!(is_pure("layercake peel") && is_pure("layercake flows --demo") && is_pure("layercake explain SYN"));
        for command in
            ["layercake peel -i lo", "layercake peel --step", "layercake flows -r FILE", "layercake ports", "curl x"]
        {
            assert!(!is_pure(command), "{command}");
        }
    }

    #[test]
    fn long_output_says_how_much_is_missing() {
        assert!(cut(&"line\n".repeat(50)).ends_with("line\n… and 11 more lines"));
        assert_eq!(cut("a\nb\n"), "a\nb");
    }
}
