//! What somebody types who wants to be elsewhere: a packet's number, or a time.

/// Where to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goto {
    /// To the packet with this number.
    Number(u64),
    /// To the first packet so many nanoseconds after the capture's first.
    After(u64),
    /// To the first packet at or after this time of day (UTC), in nanoseconds since midnight.
    Clock(u64),
}

const SECOND: u64 = 1_000_000_000;

impl Goto {
    /// Understands `120`, `1.5s`, `250ms`, `2m`, `14:05`, `14:05:30.25`.
    ///
    /// # Errors
    /// One sentence that says what can be typed.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let wrong =
            "type a packet's number (120), seconds after the first packet (1.5s), or a time of day in UTC (14:05:30)";
        let text = text.trim();
        if text.contains(':') {
            return clock(text).map(Goto::Clock).ok_or(wrong);
        }
        if let Ok(number) = text.replace([',', '_'], "").parse() {
            return Ok(Goto::Number(number));
        }
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &text[digits.len()..] {
            "" | "s" => SECOND as f64,
            "ms" => 1e6,
            "us" => 1e3,
            "m" | "min" => 60.0 * SECOND as f64,
            "h" => 3600.0 * SECOND as f64,
            _ => return Err(wrong),
        };
        let number: f64 = digits.parse().map_err(|_| wrong)?;
        let nanos = number * unit;
        if (0.0..1e18).contains(&nanos) { Ok(Goto::After(whole(nanos))) } else { Err(wrong) }
    }
}

/// As a whole number; nobody asks with a negative one.
#[expect(clippy::cast_sign_loss, reason = "the callers have looked at the sign")]
fn whole(number: f64) -> u64 {
    number as u64
}

fn clock(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let hours: u64 = parts.next()?.parse().ok().filter(|h| *h < 24)?;
    let minutes: u64 = parts.next()?.parse().ok().filter(|m| *m < 60)?;
    let seconds: f64 = parts.next().map_or(Some(0.0), |s| s.parse().ok()).filter(|s| (0.0..60.0).contains(s))?;
    parts.next().is_none().then_some((hours * 3600 + minutes * 60) * SECOND + whole(seconds * SECOND as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_seconds_and_times_of_day_are_told_apart() {
        assert_eq!(Goto::parse("120"), Ok(Goto::Number(120)));
        assert_eq!(Goto::parse("1,000,000"), Ok(Goto::Number(1_000_000)));
        assert_eq!(Goto::parse("1.5s"), Ok(Goto::After(1_500_000_000)));
        assert_eq!(Goto::parse("0.25"), Ok(Goto::After(250_000_000)));
        assert_eq!(Goto::parse("250ms"), Ok(Goto::After(250_000_000)));
        assert_eq!(Goto::parse("14:05"), Ok(Goto::Clock(50_700 * SECOND)));
        assert_eq!(Goto::parse("00:00:01.5"), Ok(Goto::Clock(1_500_000_000)));
        for wrong in ["", "x", "-1s", "25:00", "1:60", "1:2:3:4", "5 apples", "s", "1e30s", "ü"] {
            assert!(Goto::parse(wrong).is_err(), "{wrong}");
        }
    }
}
