//! What is wrong in a lesson's file: where, what, and what to write instead. For authors.

use std::io;
use std::path::Path;

fn place(line: usize) -> String {
    if line == 0 { String::new() } else { format!(":{line}") }
}

/// A mistake of an author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {what}", place(*.line))]
pub struct Fault {
    /// The lesson's file.
    pub file: String,
    /// Line, from 1; 0 where it is about the whole file.
    pub line: usize,
    /// One sentence.
    pub what: String,
    /// What to write instead.
    pub hint: String,
}

impl Fault {
    pub(super) fn new(line: usize, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Fault { file: String::new(), line, what: what.into(), hint: hint.into() }
    }

    /// A file, or a folder, that cannot be read.
    pub(super) fn unread(path: &Path, error: &io::Error, hint: &str) -> Self {
        let text = error.to_string();
        let why = text.split(" (os error").next().unwrap_or_default().to_lowercase();
        Fault::new(0, format!("cannot be read: {why}"), hint).within(&path.display().to_string())
    }

    pub(super) fn within(self, file: &str) -> Self {
        Fault { file: file.to_owned(), ..self }
    }
}
