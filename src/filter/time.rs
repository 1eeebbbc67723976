//! Times as people write them → nanoseconds since 1970. UTC only: a filter must mean the same everywhere.

/// Seconds since 1970 ("1460986800.5"), a day ("2026-01-31"), or a day and a time
/// ("2026-01-31 12:00:00.25", also with `T` and `Z`).
pub(super) fn parse(text: &str) -> Option<u64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    if !text.contains('-') {
        return seconds(text);
    }
    let (day, clock) = text.split_once([' ', 'T']).unwrap_or((text, "0:0:0"));
    let mut day = day.split('-');
    let (year, month, date) = (number(day.next()?)?, number(day.next()?)?, number(day.next()?)?);
    let mut clock = clock.split(':');
    let (hour, minute) = (number(clock.next()?)?, number(clock.next()?)?);
    let nanos = seconds(clock.next().unwrap_or("0"))?;
    let fits = (1970..2500).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&date)
        && hour < 24
        && minute < 60
        && nanos < 61_000_000_000;
    if !fits || day.next().is_some() || clock.next().is_some() {
        return None;
    }
    let minutes = (days(year, month, date) * 24 + hour) * 60 + minute;
    minutes.checked_mul(60_000_000_000)?.checked_add(nanos)
}

/// Decimal seconds with up to nine places → nanoseconds.
fn seconds(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if part.len() > 9 {
        return None;
    }
    let nanos = number(part)? * 10u64.pow(9 - part.len() as u32);
    number(whole)?.checked_mul(1_000_000_000)?.checked_add(nanos)
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Days from 1970-01-01, counted in years that begin in March so that the leap day comes last.
fn days(year: u64, month: u64, date: u64) -> u64 {
    let year = if month < 3 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_seconds_name_the_same_moment() {
        assert_eq!(parse("1970-01-01"), Some(0));
        assert_eq!(parse("2016-04-18 13:40:00"), parse("1460986800"));
        assert_eq!(parse("2016-04-18T13:40:00.123Z"), Some(1_460_986_800_123_000_000));
        assert_eq!(parse("2024-02-29 23:59"), Some(1_709_251_140_000_000_000));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for wrong in ["", "now", "2026-13-01", "2026-01-32", "2026-01-01 25:00", "2026-01-01-01", "1.1234567890", "-1"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
