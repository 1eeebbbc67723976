//! The book as a whole: the pages that people wrote, those that are made from the program, then mdBook over both.
//! Everything that is made goes to target/book; `book/` holds only what people write.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use layercake::lesson::Shelf;
use layercake::protocols;

use crate::runs::Runs;
use crate::{chapter, commands, fields};

/// The mdBook that builds the book. It is run, not linked: its licence (MPL-2.0) and its 200 crates stay outside.
const MDBOOK: &str = "0.5.4";

/// What is asked for.
pub struct Plan {
    /// A layercake that is already built.
    pub program: Option<PathBuf>,
    /// Whether to stop before mdBook.
    pub sources_only: bool,
}

/// Builds the book of the project in `root`; says where it is.
///
/// # Errors
/// One sentence: what cannot be read, run or written.
pub fn build(root: &Path, plan: &Plan) -> Result<String, String> {
    let program = match &plan.program {
        Some(program) => program.canonicalize().map_err(|e| format!("{}: {e}", program.display()))?,
        None => program(root)?,
    };
    let place = root.join("target/book");
    let source = place.join("src");
    if source.exists() {
        fs::remove_dir_all(&source).map_err(|e| format!("{}: {e}", source.display()))?;
    }
    copy(&root.join("book"), &place)?;
    let lessons = lessons(root, &place, &program)?;
    let protocols = reference(&source)?;
    let commands = guide(root, &place, &program)?;
    illustrate(root, &place, &program)?;
    let summary = source.join("SUMMARY.md");
    let contents = read(&summary)?
        .replace("<!-- lessons -->", &lessons)
        .replace("<!-- protocols -->", &protocols)
        .replace("<!-- commands -->", &commands);
    write(&summary, &contents)?;
    if plan.sources_only {
        return Ok(format!("the pages are in {}", source.display()));
    }
    let html = place.join("html");
    mdbook(root, &place, &html)?;
    Ok(format!("the book is in {}", html.join("index.html").display()))
}

/// A page for each lesson, with what its commands really print; their lines of the table of contents.
fn lessons(root: &Path, place: &Path, program: &Path) -> Result<String, String> {
    let shelf = Shelf::Folder(root.join("lessons"));
    let mut contents = String::new();
    for found in shelf.all().map_err(|fault| fault.to_string())? {
        let lesson = &found.lesson;
        eprintln!("lesson {}", lesson.id);
        let mut runs = Runs::new(program, place, root, lesson)?;
        let page = chapter::page(lesson, &mut runs)?;
        write(&place.join(format!("src/lessons/{}.md", lesson.id)), &page)?;
        contents += &format!("- [{:02} {}](lessons/{}.md)\n", lesson.number(), lesson.title, lesson.id);
    }
    Ok(contents.trim_end().to_owned())
}

/// What people wrote: blocks behind this remark become pictures; a number in it is the chapter to be drawn.
const PICTURE: &str = "<!-- picture ";

/// Draws the pictures of the pages that people wrote.
fn illustrate(root: &Path, place: &Path, program: &Path) -> Result<(), String> {
    let source = place.join("src");
    for entry in fs::read_dir(&source).map_err(|error| format!("{}: {error}", source.display()))? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let page = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut runs = Runs::plain(program, place, root, &page);
        let text = read(&path)?;
        let mut parts = text.split(PICTURE);
        let mut made = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let odd = || format!("{page}: a picture without a command or without an end");
            let (block, rest) = part.split_once("\n```\n").ok_or_else(odd)?;
            let (chapter, block) = block.split_once("-->\n```console\n$ ").ok_or_else(odd)?;
            let chapter = Some(chapter.trim()).filter(|chapter| !chapter.is_empty());
            made += &runs.figure(block.lines().next().unwrap_or_default(), chapter, "")?;
            made += rest;
        }
        write(&path, &made)?;
    }
    Ok(())
}

/// A page for each command, and the options that all of them know.
fn guide(root: &Path, place: &Path, program: &Path) -> Result<String, String> {
    let source = place.join("src");
    let all = layercake::cli::command();
    let mut contents = String::new();
    for guide in commands::guide(&all, &|page| Runs::plain(program, place, root, page))? {
        let depth = guide.words.split(' ').count();
        contents += &format!("{}- [{}](commands/{}.md)\n", "  ".repeat(depth), guide.words, guide.key);
        write(&source.join(format!("commands/{}.md", guide.key)), &guide.page)?;
    }
    let looks: String = all.get_arguments().filter(|argument| argument.is_global_set()).map(commands::option).collect();
    let overview = source.join("commands.md");
    write(&overview, &read(&overview)?.replace("<!-- looks -->", looks.trim_end()))?;
    Ok(contents.trim_end().to_owned())
}

/// A page for each protocol.
fn reference(source: &Path) -> Result<String, String> {
    let mut contents = String::new();
    for protocol in protocols::ALL {
        write(&source.join(format!("fields/{}.md", protocol.key)), &fields::page(protocol))?;
        contents += &format!("  - [{}](fields/{}.md)\n", protocol.name, protocol.key);
    }
    Ok(contents.trim_end().to_owned())
}

/// Builds the program, as the project's own settings say.
fn program(root: &Path) -> Result<PathBuf, String> {
    run(Command::new("cargo").args(["build", "--quiet", "--locked"]).current_dir(root))?;
    Ok(root.join("target/debug/layercake"))
}

/// Runs mdBook: that of the path, or one that is built once into target/mdbook. A warning is an error.
fn mdbook(root: &Path, place: &Path, html: &Path) -> Result<(), String> {
    let own = root.join("target/mdbook");
    let there = Command::new("mdbook").arg("--version").output().is_ok_and(|output| output.status.success());
    let mdbook = if there { PathBuf::from("mdbook") } else { own.join("bin/mdbook") };
    if !there && !mdbook.is_file() {
        eprintln!("mdBook {MDBOOK} is built once, into {}: some minutes", own.display());
        let version = [
            "install",
            "mdbook",
            "--version",
            MDBOOK,
            "--locked",
            "--no-default-features",
            "--features",
            "search",
            "--debug",
        ];
        run(Command::new("cargo").args(version).arg("--root").arg(&own).current_dir(root))?;
    }
    let output = Command::new(&mdbook).arg("build").arg(place).arg("--dest-dir").arg(html).output();
    let output = output.map_err(|error| format!("{}: {error}", mdbook.display()))?;
    let words = String::from_utf8_lossy(&output.stderr);
    if output.status.success() && !words.contains("WARN") && !words.contains("ERROR") {
        return Ok(());
    }
    Err(format!("mdBook is not content:\n{words}"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    status.success().then_some(()).ok_or_else(|| format!("{command:?} fails: {status}"))
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let lost = |error: std::io::Error| format!("{}: {error}", from.display());
    fs::create_dir_all(to).map_err(lost)?;
    for entry in fs::read_dir(from).map_err(lost)? {
        let entry = entry.map_err(lost)?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied)?;
        } else {
            fs::copy(&path, &copied).map_err(lost)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a file, and the folders above it.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let lost = |error: std::io::Error| format!("{}: {error}", path.display());
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(lost)?;
    fs::write(path, text).map_err(lost)
}
