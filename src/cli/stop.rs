//! Ctrl-C and its relatives: a flag that loops look at, so that everything is flushed and saved.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Set once the user has asked the program to stop.
#[derive(Clone)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Begins to listen. A second Ctrl-C ends the program at once.
    pub(super) fn listen() -> Self {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            // Registration fails only for signals that cannot be caught; then their default remains.
            let _ = signal_hook::flag::register_conditional_default(*signal, Arc::clone(&flag));
            let _ = signal_hook::flag::register(*signal, Arc::clone(&flag));
        }
        Stop(flag)
    }

    /// For what has to be finished after the user has asked to stop; a second Ctrl-C ends that at once.
    pub(super) fn never() -> Self {
        Stop(Arc::default())
    }

    pub(super) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// For a screen in a terminal. When the terminal is gone, `last` is done and the program ends: nobody is left to be asked, and
/// waiting for a key would never return (crossterm goes on reading a terminal that has hung up). A signal may not come: it
/// goes to the shell first.
pub(super) fn when_the_terminal_is_gone(last: impl FnOnce() + Send + 'static) {
    /// 128 and SIGHUP's number, as shells count.
    const HUNG_UP: i32 = 129;
    let is_there = || terminal_size::terminal_size().is_some();
    if !is_there() {
        return;
    }
    std::thread::spawn(move || {
        while is_there() {
            std::thread::sleep(Duration::from_millis(500));
        }
        last();
        std::process::exit(HUNG_UP);
    });
}

#[cfg(unix)]
const SIGNALS: &[i32] = &[signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const SIGNALS: &[i32] = &[signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];
