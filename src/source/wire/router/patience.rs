//! How many errors a router reports at most: a bucket of permissions that fills slowly (RFC 1812 §4.3.2.8).
//! Not here: pings, which are answered always.

/// Reports in one go; three probes of a traceroute to 16 hops never notice.
const MOST: u64 = 50;
/// Microseconds until the bucket holds one more: 100 reports per second.
const EVERY: u64 = 10_000;

/// The bucket.
pub(super) struct Patience {
    left: u64,
    filled_at: u64,
}

impl Patience {
    pub(super) fn new() -> Self {
        Patience { left: MOST, filled_at: 0 }
    }

    /// Whether one more report is allowed now; if so, it is used up.
    pub(super) fn take(&mut self, now: u64) -> bool {
        let more = now.saturating_sub(self.filled_at) / EVERY;
        self.left = MOST.min(self.left.saturating_add(more));
        self.filled_at += more * EVERY;
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_at_once_then_a_hundred_per_second() {
        let mut patience = Patience::new();
        assert_eq!((0..80).filter(|_| patience.take(5)).count(), 50);
        let second = (0..100_000_u64).filter(|n| patience.take(n * 10)).count();
        assert_eq!(second, 99, "one every 10 ms");
        assert_eq!((0..80).filter(|_| patience.take(1 << 60)).count(), 50, "it never holds more than it can");
    }
}
