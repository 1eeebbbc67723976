//! Playing in time: what happened a millisecond later is shown a millisecond later, or faster, or slower.

use std::time::{Duration, Instant};

use crate::cli::stop::Stop;

/// How soon Ctrl-C is noticed.
const NAP: Duration = Duration::from_millis(20);

/// The clock of a replay.
pub(super) struct Pace {
    speed: f64,
    begun: Instant,
    first: Option<u64>,
}

impl Pace {
    /// `speed` 1 is as it was, 0.1 ten times slower.
    pub(super) fn new(speed: f64) -> Self {
        Pace { speed, begun: Instant::now(), first: None }
    }

    /// Waits until it is time for what happened at `time` (nanoseconds); false if Ctrl-C came first.
    pub(super) fn wait(&mut self, time: u64, stop: &Stop) -> bool {
        let first = *self.first.get_or_insert(time);
        let after = Duration::from_nanos(time.saturating_sub(first)).as_secs_f64() / self.speed;
        let due = Duration::try_from_secs_f64(after).unwrap_or(Duration::MAX);
        while !stop.asked() {
            let Some(left) = due.checked_sub(self.begun.elapsed()).filter(|left| !left.is_zero()) else { return true };
            std::thread::sleep(left.min(NAP));
        }
        false
    }
}

/// "1", "0.1", "10x".
pub(super) fn speed(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .trim_end_matches(['x', '×'])
        .parse()
        .map_err(|_| "a speed is a number: 1 as it is, 0.1 slower".to_owned())?;
    if number.is_finite() && (0.000_001..=1_000_000.0).contains(&number) {
        Ok(number)
    } else {
        Err("a speed is more than 0: 1 as it is, 0.1 ten times slower".to_owned())
    }
}
