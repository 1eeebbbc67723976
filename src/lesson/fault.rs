//! What is wrong in a lesson's file: where, what, and what to write instead. For authors.

/// A mistake of an author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct Fault {
    /// The lesson's file.
    pub file: String,
    /// Line, from 1.
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

    pub(super) fn within(self, file: &str) -> Self {
        Fault { file: file.to_owned(), ..self }
    }
}
