//! What can go wrong at the command line: one clear sentence, and what to do next.

use crate::{filter, source};

/// Why a command could not do its job.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Packets cannot be had.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// The filter expression has a mistake.
    #[error("the filter has a mistake\n{}", error.picture(text))]
    Filter {
        /// What is wrong and where.
        error: filter::Error,
        /// The filter.
        text: String,
    },
    /// The arguments ask for something that is not there.
    #[error("{message}")]
    Asked {
        /// One sentence.
        message: String,
        /// What to do next.
        hint: String,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {}", why(source))]
    Write {
        /// As the user wrote it.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Whoever read our output has closed it.
    #[error("the reader of the output has gone")]
    Closed,
}

impl Error {
    /// An answer to arguments that ask for something that is not there.
    pub(super) fn asked(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Asked { message: message.into(), hint: hint.into() }
    }

    /// What to do next, on this machine.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Source(error) => error.hint(),
            Error::Filter { error, .. } => {
                let more = "`layercake fields` lists all keys; tcpdump's words work too".to_owned();
                Some(error.hint.as_ref().map_or(more, |_| "`layercake fields` lists all keys".to_owned()))
            }
            Error::Asked { hint, .. } => Some(hint.clone()),
            Error::Write { source, .. } => Some(write_hint(source)),
            Error::Closed => None,
        }
    }
}

/// What the system said, as part of a sentence: without its error number.
pub(super) fn why(error: &std::io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}

fn write_hint(error: &std::io::Error) -> String {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull => {
            "the disk is full; all packets before this one are in the file: free some room, or write elsewhere".into()
        }
        Kind::PermissionDenied => "choose a folder that you may write to, for example -w ~/capture.pcapng".into(),
        Kind::NotFound => "the folder does not exist; create it first".into(),
        _ => "choose another file with -w".into(),
    }
}
