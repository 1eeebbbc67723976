//! The book: what its pages show is what the program prints, every command in it is one, no link leads nowhere, no
//! picture is without words; and `layercake book` finds it or says what to do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::error::ErrorKind;

use crate::support::{LAYERCAKE, files, root};

/// Folders whose pages are made while the book is built.
const MADE: &[&str] = &["lessons/", "commands/", "fields/"];

#[test]
fn what_the_book_shows_is_what_the_program_prints() {
    let cases = trycmd::TestCases::new();
    cases.env("LC_ALL", "C.UTF-8").env("COLUMNS", "80").env("TERM", "xterm");
    cases.case("book/src/*.md");
}

#[test]
fn every_link_between_pages_that_people_wrote_leads_to_one() {
    let folder = root().join("book/src");
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if file.contains("://") || MADE.iter().any(|made| file.starts_with(made)) {
                continue;
            }
            let other = if file.is_empty() { page.clone() } else { folder.join(file) };
            assert!(other.is_file(), "{}: {target}", page.display());
            assert!(anchor.is_empty() || anchors(&other).contains(&anchor.to_owned()), "{}: {target}", page.display());
        }
    }
}

/// Nobody can run `ws tap` or `capture -i` in a book; but a spelling mistake in them is found here.
#[test]
fn every_command_in_the_pages_is_understood() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let mut within = false;
        for line in text.lines() {
            if line.starts_with("```") {
                within = !within && (line == "```text" || line == "```console");
            } else if within && line.trim_start_matches("$ ").starts_with("layercake ") {
                faults.extend(fault(line.trim_start_matches("$ "), &page.display().to_string()));
                seen += 1;
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen > 60, "{seen}");
}

#[test]
fn every_example_of_every_help_is_understood() {
    let mut faults = Vec::new();
    let mut seen = 0;
    each_command(&layercake::cli::command(), "layercake", &mut |command, words| {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = after.lines().filter(|line| line.starts_with("  ") && line.contains("layercake "));
        for example in examples {
            faults.extend(fault(&example[example.find("layercake ").expect("it is there")..], words));
            seen += 1;
        }
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen > 150, "{seen}");
}

/// What is wrong with a command: up to what a shell would do with it, and up to its explanation, which two blanks
/// divide from it.
fn fault(line: &str, place: &str) -> Option<String> {
    let mut quotation = None;
    let end = line.char_indices().find(|(at, letter)| {
        match quotation {
            Some(mark) if mark == *letter => quotation = None,
            None if matches!(letter, '\'' | '"') => quotation = Some(*letter),
            None => return ["  ", " | ", " > ", " < ", "; "].iter().any(|end| line[*at..].starts_with(end)),
            Some(_) => {}
        }
        false
    });
    let line = end.map_or(line, |(at, _)| &line[..at]);
    let words = shlex::split(line).unwrap_or_default();
    let error = layercake::cli::command().try_get_matches_from(&words).err()?;
    // `ws`, `wire` and others print their help when nothing else is said.
    let helps =
        [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand];
    (!helps.contains(&error.kind())).then(|| format!("{place}: {line}\n{error}"))
}

fn each_command(command: &clap::Command, words: &str, see: &mut dyn FnMut(&clap::Command, &str)) {
    see(command, words);
    for below in command.get_subcommands().filter(|below| below.get_name() != "help" && !below.is_hide_set()) {
        each_command(below, &format!("{words} {}", below.get_name()), see);
    }
}

fn pages() -> Vec<PathBuf> {
    files(&root().join("book/src"), &[".md"])
}

/// What mdBook calls the headings of a page.
fn anchors(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).expect("a page");
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let plain = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings
        .map(|line| line.trim_start_matches('#').trim().to_lowercase().chars().filter(plain).collect::<String>())
        .map(|heading| heading.replace(' ', "-"))
        .collect()
}

/// Builds the book as a reader would get it. mdBook is no part of the project: where it is not, this is not tested.
#[test]
fn the_built_book_has_all_pages_no_dead_link_and_no_picture_without_words() {
    let own = root().join("target/mdbook/bin/mdbook");
    let there = Command::new("mdbook").arg("--version").output().is_ok_and(|output| output.status.success());
    if !there && !own.is_file() {
        eprintln!("skipped: mdBook is not here; `cargo xtask book` builds it once");
        return;
    }
    let mut build = Command::new("cargo");
    build.args(["xtask", "book", "--program", LAYERCAKE]).current_dir(root());
    let output = build.output().expect("cargo runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let book = root().join("target/book/html");
    let mut wanted: Vec<String> = layercake::protocols::ALL.iter().map(|p| format!("fields/{}.html", p.key)).collect();
    let lessons = files(&root().join("lessons"), &[""]);
    wanted.extend(lessons.iter().filter_map(|l| Some(format!("lessons/{}.html", l.file_name()?.to_string_lossy()))));
    each_command(&layercake::cli::command(), "", &mut |_, words| {
        if !words.is_empty() {
            wanted.push(format!("commands/{}.html", words.trim().replace(' ', "-")));
        }
    });
    for page in &wanted {
        assert!(book.join(page).is_file(), "{page} is missing");
    }
    let mut pictures = 0;
    for page in html(&book) {
        let text = fs::read_to_string(&page).expect("a page");
        for image in tags(&text, "img") {
            let alternative = attribute(image, "alt").unwrap_or_default();
            assert!(alternative.len() > 20, "{}: a picture without words: {image}", page.display());
            pictures += usize::from(image.contains(".svg"));
        }
        for target in ["a", "img", "link", "script"].iter().flat_map(|tag| tags(&text, tag)) {
            let Some(target) = attribute(target, "href").or_else(|| attribute(target, "src")) else { continue };
            leads_somewhere(&page, target);
        }
    }
    assert!(pictures > 30, "{pictures}");
}

fn leads_somewhere(page: &Path, target: &str) {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    if file.contains("://") || file.starts_with("data:") {
        return;
    }
    let other = if file.is_empty() { page.to_owned() } else { page.parent().expect("a folder").join(file) };
    // The page of a server for addresses that are not there is never looked at in a folder.
    assert!(other.is_file() || page.ends_with("404.html"), "{}: {target}", page.display());
    if !anchor.is_empty() && other.extension().is_some_and(|end| end == "html") {
        let text = fs::read_to_string(&other).expect("a page");
        assert!(text.contains(&format!("id=\"{anchor}\"")), "{}: {target}", page.display());
    }
}

fn html(folder: &Path) -> BTreeSet<PathBuf> {
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(html(&path));
        } else if path.extension().is_some_and(|end| end == "html") {
            all.insert(path);
        }
    }
    all
}

/// The insides of all tags of one name.
fn tags<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!("<{name} ");
    text.split(&begin).skip(1).filter_map(|rest| rest.split('>').next()).collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let begin = format!("{name}=\"");
    tag.split(&begin).nth(1)?.split('"').next()
}

/// A small book in a folder, and a place for programs that the test makes.
fn small_book() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for page in ["book/index", "book/toc", "book/lessons/07-loss", "bin/nothing"] {
        let path = folder.path().join(page).with_extension("html");
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, "<title>book</title>").expect("written");
    }
    folder
}

fn open(folder: &Path, program: &Path, args: &[&str], screen: bool) -> Output {
    let mut command = Command::new(program);
    command.arg("book").args(args).current_dir(folder);
    command.env_clear().env("HOME", folder).env("PATH", folder.join("bin"));
    if screen {
        command.env("DISPLAY", ":7");
    }
    command.output().expect("layercake runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_book_says_where_it_is() {
    let folder = small_book();
    let output = open(folder.path(), Path::new(LAYERCAKE), &["--book", "book", "--print-path", "7"], false);
    assert!(text(&output.stdout).ends_with("book/lessons/07-loss.html\n"), "{}", text(&output.stdout));
    assert!(output.status.success() && output.stderr.is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_screen_or_browser_is_told_which_file_to_open() {
    use std::os::unix::fs::PermissionsExt;
    let folder = small_book();
    let browser = folder.path().join("bin/xdg-open");
    let here = |screen| open(folder.path(), Path::new(LAYERCAKE), &["--book", "book"], screen);
    let complains = |output: &Output, why: &str| {
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(why) && said.contains("\nhint: ") && said.contains("book/index.html"), "{said}");
    };
    complains(&here(false), "no screen");
    complains(&here(true), "no browser");
    for (script, works) in [("exit 3", false), ("echo \"$1\" > opened", true)] {
        fs::write(&browser, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("made a program");
        let output = here(true);
        if works {
            assert!(output.status.success() && text(&output.stderr).contains("opened"), "{}", text(&output.stderr));
            let opened = fs::read_to_string(folder.path().join("opened")).expect("the browser was called");
            assert!(opened.trim().ends_with("book/index.html"), "{opened}");
        } else {
            complains(&output, "no browser");
        }
    }
}

#[test]
fn without_a_book_the_hint_says_how_one_is_built() {
    let folder = small_book();
    let program = folder.path().join("bin/layercake");
    // Beside the tests' own program there may be a book.
    if fs::hard_link(LAYERCAKE, &program).is_err() {
        fs::copy(LAYERCAKE, &program).expect("copied");
    }
    let output = open(folder.path(), &program, &["--print-path"], false);
    if Path::new("/usr/share/doc/layercake/book").exists() {
        return eprintln!("skipped: this machine has a book");
    }
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("\nhint: ") && said.contains("cargo xtask book"), "{said}");
    fs::rename(folder.path().join("book"), folder.path().join("bin/book")).expect("moved");
    assert!(open(folder.path(), &program, &["--print-path"], false).status.success(), "beside the program");
}
