//! How far a long file has been read, on stderr, where a person looks at it.

use std::io::{IsTerminal, Read};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that appears once patience is needed.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// For a file of so many bytes; `None` where nobody looks.
    pub(super) fn new(bytes: u64) -> Option<Self> {
        if !std::io::stderr().is_terminal() || bytes == 0 {
            return None;
        }
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("reading {bar:30} {percent}% of {total_bytes}, {eta} to go");
        Some(Progress(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "))))
    }

    /// The same bytes, counted.
    pub(super) fn watch<R: Read>(&self, file: R) -> impl Read + use<R> {
        self.0.wrap_read(file)
    }

    /// Appears after some time.
    pub(super) fn show_after(&self, elapsed: Duration, patience: Duration) {
        if elapsed > patience && self.0.is_hidden() {
            self.0.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    /// Leaves no trace.
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
