//! What is wrong in a script, and where.

/// A sentence about a place in a script, with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}, column {column}: {what}")]
pub struct ScriptError {
    /// As the user wrote it, or the name of a built-in script.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// The same before lines are counted: a byte of the text.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) what: String,
    pub(super) hint: Option<String>,
}

impl Wrong {
    pub(super) fn new(at: usize, what: impl Into<String>) -> Self {
        Wrong { at, what: what.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Wrong { hint: Some(hint.into()), ..self }
    }

    pub(super) fn locate(self, file: &str, text: &str) -> ScriptError {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ScriptError { file: file.to_owned(), line, column, what: self.what, hint: self.hint }
    }
}

/// "did you mean `server`?", or the list of what there is.
pub(super) fn meant(wrong: &str, known: &[&str]) -> String {
    let near = known.iter().map(|k| (strsim::osa_distance(wrong, k), k)).min();
    match near {
        Some((distance, name)) if distance <= 2.max(name.len() / 3) => format!("did you mean `{name}`?"),
        _ if known.is_empty() => "there is none".to_owned(),
        _ => format!("known here: {}", known.join(", ")),
    }
}
