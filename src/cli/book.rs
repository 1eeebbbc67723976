//! `layercake book`: finds the built book and opens it. Not here: building it, which is `cargo xtask book`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::{Console, Error};

const EXAMPLES: &str = "\
Examples:
  layercake book                    the book, in your browser
  layercake book 07                 a lesson
  layercake book ws frame           a command
  layercake book tcp                the fields of a protocol
  layercake book --print-path       only where it is, for scripts and other browsers

The book is a folder of files and needs no network.";

/// A starter that fails does so within this time; one that is still at work has found a browser.
const PATIENCE: Duration = Duration::from_secs(3);
const BUILD: &str = "it is built once, in the project's folder: `cargo xtask book`; then `layercake book` finds it there. \
                     If you have it elsewhere: `layercake book --book DIR`";

/// Open the book: the course, every command, every field
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A page: the number of a lesson, a command, a protocol, or a word of its name
    page: Vec<String>,
    /// Only print where it is
    #[arg(long)]
    print_path: bool,
    /// The folder of the built book
    #[arg(long, value_name = "DIR", help_heading = "Where")]
    book: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let book = match &args.book {
        Some(book) if is_book(book) => book.clone(),
        Some(book) => return Err(Error::asked(format!("there is no book in {}", book.display()), BUILD)),
        None => places()
            .into_iter()
            .find(|place| is_book(place))
            .ok_or_else(|| Error::asked("there is no built book on this machine yet", BUILD))?,
    };
    // Browsers have another idea of where they are.
    let book = book.canonicalize().unwrap_or(book);
    let page = match args.page.join(" ").as_str() {
        "" => book.join("index.html"),
        word => page(&book, word).ok_or_else(|| {
            let known = "a page is named by a lesson's number (07), a command (ws frame), a protocol (tcp) or a word of its name";
            Error::asked(format!("the book has no page for {word:?}"), known)
        })?,
    };
    if args.print_path {
        console.print(format!("{}\n", page.display()).as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    if !has_screen() {
        return Err(cannot(&page, "this terminal has no screen for a browser"));
    }
    open::that_detached_with_timeout(&page, PATIENCE)
        .map_err(|error| cannot(&page, &format!("no browser opens it: {error}")))?;
    console.remark(&format!("opened {}\nIf no page appears, open this file in a browser yourself.", page.display()));
    Ok(ExitCode::SUCCESS)
}

fn cannot(page: &Path, why: &str) -> Error {
    Error::asked(
        format!("the book is here, but {why}"),
        format!("open this file in any browser, or copy its folder to a machine that has one: {}", page.display()),
    )
}

/// Where a built book may lie, nearest first: beside the program, in the project it was built in, where packages put it.
fn places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    let program = std::env::current_exe().and_then(|program| program.canonicalize());
    if let Some(folder) = program.as_deref().ok().and_then(Path::parent) {
        places.push(folder.join("book"));
        places.push(folder.join("../book/html"));
        places.push(folder.join("../share/doc/layercake/book"));
    }
    places.extend(dirs::data_dir().map(|data| data.join("layercake/book")));
    places.push(PathBuf::from("/usr/share/doc/layercake/book"));
    places
}

/// mdBook's first page and its table of contents.
fn is_book(folder: &Path) -> bool {
    folder.join("index.html").is_file() && folder.join("toc.html").is_file()
}

/// The page whose name is nearest to a word: the same, or one that begins with it, or holds it.
fn page(book: &Path, word: &str) -> Option<PathBuf> {
    let word = word.to_lowercase().replace(' ', "-");
    let number = word.parse::<u8>().map_or_else(|_| word.clone(), |number| format!("{number:02}-"));
    let mut pages: Vec<(String, PathBuf)> = ["lessons", "commands", ".", "fields"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(book.join(folder)).ok())
        .flat_map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())))
        .filter(|path| path.extension().is_some_and(|end| end == "html"))
        .filter_map(|path| Some((path.file_stem()?.to_string_lossy().into_owned(), path)))
        .filter(|(name, _)| !matches!(name.as_str(), "index" | "toc" | "print" | "404"))
        .filter(|(name, _)| name.contains(&word) || name.starts_with(&number))
        .collect();
    // Stable: among equals a lesson comes before a command, and this before a protocol.
    pages.sort_by_key(|(name, _)| (*name != word, !name.starts_with(&number), name.len()));
    pages.into_iter().next().map(|(_, path)| path)
}

/// Whether a window could appear. `BROWSER` may name one that needs no window.
fn has_screen() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos")))
        || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER"].iter().any(|name| set(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> tempfile::TempDir {
        let book = tempfile::tempdir().expect("a folder");
        for page in [
            "index",
            "toc",
            "install",
            "lessons/07-loss",
            "commands/ws-frame",
            "commands/ws",
            "fields/tcp",
            "fields/websocket",
        ] {
            let path = book.path().join(format!("{page}.html"));
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "").expect("written");
        }
        book
    }

    #[test]
    fn a_word_finds_the_nearest_page() {
        let book = book();
        for (word, wanted) in [
            ("7", "lessons/07-loss"),
            ("07", "lessons/07-loss"),
            ("loss", "lessons/07-loss"),
            ("ws frame", "commands/ws-frame"),
            ("WS", "commands/ws"),
            ("tcp", "fields/tcp"),
            ("websock", "fields/websocket"),
            ("install", "install"),
        ] {
            let found = page(book.path(), word).expect(word);
            assert!(found.ends_with(format!("{wanted}.html")), "{word}: {}", found.display());
        }
        assert_eq!(page(book.path(), "nonsense"), None);
        assert_eq!(page(book.path(), "toc"), None);
    }

    #[test]
    fn a_folder_of_pages_is_a_book_only_with_its_contents() {
        let book = book();
        assert!(is_book(book.path()) && !is_book(&book.path().join("lessons")));
    }
}
