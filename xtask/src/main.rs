//! `cargo xtask book`: builds the book. A crate of its own, so that the program gets no heavier by it.

mod book;
mod chapter;
mod commands;
mod fields;
mod picture;
mod runs;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask book [--program FILE] [--sources-only]

  --program FILE   a layercake that is already built, instead of building one
  --sources-only   write the pages as Markdown to target/book/src and stop";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(words) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<String, String> {
    let mut words = words.iter().map(String::as_str);
    if words.next() != Some("book") {
        return Err(USAGE.to_owned());
    }
    let mut plan = book::Plan { program: None, sources_only: false };
    while let Some(word) = words.next() {
        match word {
            "--program" => plan.program = Some(words.next().ok_or(USAGE)?.into()),
            "--sources-only" => plan.sources_only = true,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask lies in no project")?;
    book::build(root, &plan)
}
