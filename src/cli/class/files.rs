//! Files that were handed in, and files that are written. What is wrong with one is said in one sentence, and the others
//! still count.

use std::fs;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use crate::class::{Gradebook, Record};
use crate::cli::console::tame;
use crate::cli::error::why;
use crate::cli::lesson::Place;
use crate::cli::{Console, Error};
use crate::lesson::Found;

/// Bytes that are read of a file: more than any file of answers has.
const MOST: u64 = (4 << 20) + 1;

/// The text of a file; `-` is the standard input. What is wrong with it follows its name.
pub(super) fn text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(MOST).read_to_end(&mut bytes)
    } else if path.is_dir() {
        return Err("is a folder: name the files in it".to_owned());
    } else {
        fs::File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes))
    };
    read.map_err(|error| format!("cannot be read: {}", why(&error)))?;
    String::from_utf8(bytes).map_err(|_| "is no text".to_owned())
}

/// A name as it is shown: `answers/ada.json`, or the standard input.
pub(super) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "the input".to_owned() } else { tame(&path.display().to_string()) }
}

/// All files that can be read; each other one is named on stderr. How many those were.
pub(super) fn records(files: &[PathBuf], console: &Console) -> (Vec<(String, Record)>, usize) {
    let mut bad = 0;
    let mut good = Vec::new();
    for path in files {
        match text(path).and_then(|text| Record::parse(&text)) {
            Ok(record) => good.push((name(path), record)),
            Err(why) => {
                bad += 1;
                console.remark(&format!("left out: {} {}", name(path), tame(&why)));
            }
        }
    }
    (good, bad)
}

/// What was handed in, and the lessons it is about.
pub(super) struct HandedIn {
    pub course: Vec<Found>,
    /// By the name of the file.
    pub records: Vec<(String, Record)>,
    /// How many files could not be used.
    pub bad: usize,
}

/// Reads all files; who cannot be used is named.
///
/// # Errors
/// The lessons have a mistake, or no file can be used.
pub(super) fn handed_in(files: &[PathBuf], lessons: Option<&PathBuf>, console: &Console) -> Result<HandedIn, Error> {
    let course = Place::of(lessons, None).all()?;
    let (records, bad) = records(files, console);
    if records.is_empty() { Err(none(bad)) } else { Ok(HandedIn { course, records, bad }) }
}

/// Enters a file into the book; two files of one student are said.
pub(super) fn enter(book: &mut Gradebook<'_>, name: &str, record: &Record, console: &Console) {
    if let Some(other) = book.enter(name, record) {
        console.remark(&format!("twice: {other} is of {} too; the fuller file counts", tame(&record.student)));
    }
}

/// Writes a file whole, or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source: io::Error| Error::Write { path: path.display().to_string(), source };
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let written = fs::File::create(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&new, path));
    written.map_err(|error| {
        // What was begun is of no use to anybody.
        let _ = fs::remove_file(&new);
        failed(error)
    })
}

/// Nothing was left to work with.
pub(super) fn none(bad: usize) -> Error {
    let what = if bad == 0 { "no file was named" } else { "none of the files can be used" };
    Error::asked(what, "students hand in with `layercake progress export --out NAME.json`")
}
