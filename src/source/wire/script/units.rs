//! Durations, sizes and speeds as people write them: "200us", "1.5 ms", "10 kB", "1 Mbit/s".
//! Whole numbers only, so that every machine rounds alike.

/// Units and what one of them is in millionths of the result's unit.
type Units = &'static [(&'static [&'static str], u64)];

/// In microseconds.
const TIMES: Units = &[
    (&["us", "µs", "μs"], 1_000_000),
    (&["ms"], 1_000_000_000),
    (&["s", "sec"], 1_000_000_000_000),
    (&["min"], 60_000_000_000_000),
];

/// In bytes.
const SIZES: Units = &[
    (&["", "B", "byte", "bytes"], 1_000_000),
    (&["kB", "KB", "k"], 1_000_000_000),
    (&["KiB"], 1_024_000_000),
    (&["MB"], 1_000_000_000_000),
    (&["MiB"], 1_048_576_000_000),
];

/// In bits a second.
const SPEEDS: Units = &[
    (&["bit/s", "bps"], 1_000_000),
    (&["kbit/s", "kbps"], 1_000_000_000),
    (&["Mbit/s", "Mbps"], 1_000_000_000_000),
    (&["Gbit/s", "Gbps"], 1_000_000_000_000_000),
    (&["kB/s"], 8_000_000_000),
    (&["MB/s"], 8_000_000_000_000),
];

/// Microseconds.
pub(super) fn duration(text: &str) -> Option<u64> {
    quantity(text, TIMES)
}

/// Bytes.
pub(super) fn size(text: &str) -> Option<u64> {
    quantity(text, SIZES)
}

/// Bits a second.
pub(super) fn speed(text: &str) -> Option<u64> {
    quantity(text, SPEEDS).filter(|bits| *bits > 0)
}

/// "500 bytes every 100ms": bytes and microseconds.
pub(super) fn pace(text: &str) -> Option<(u64, u64)> {
    let (bytes, time) = text.split_once(" every ")?;
    Some((size(bytes).filter(|b| *b > 0)?, duration(time).filter(|t| *t > 0)?))
}

/// A probability from 0 to 1 as parts of a million.
pub(super) fn chance(text: &str) -> Option<u32> {
    millionths(text).filter(|m| *m <= 1_000_000).and_then(|m| u32::try_from(m).ok())
}

fn quantity(text: &str, units: Units) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && !"._".contains(c)).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim();
    let (_, factor) = units.iter().find(|(names, _)| names.contains(&unit))?;
    let product = u128::from(millionths(number)?) * u128::from(*factor);
    u64::try_from(product / 1_000_000_000_000).ok()
}

/// A decimal number in millionths: "1.5" is 1,500,000.
fn millionths(text: &str) -> Option<u64> {
    let text = text.replace('_', "");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) {
        return None;
    }
    let part: String = part.chars().chain("000000".chars()).take(6).collect();
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(part.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_units_with_and_without_spaces_and_with_decimals() {
        assert_eq!(duration("200us"), Some(200));
        assert_eq!(duration("1.5 ms"), Some(1500));
        assert_eq!(duration("1 min"), Some(60_000_000));
        assert_eq!(size("10 kB"), Some(10_000));
        assert_eq!(size("2 KiB"), Some(2048));
        assert_eq!(speed("1 Mbit/s"), Some(1_000_000));
        assert_eq!(speed("1 MB/s"), Some(8_000_000));
        assert_eq!(pace("500 bytes every 100ms"), Some((500, 100_000)));
        assert_eq!(chance("0.1"), Some(100_000));
        assert_eq!(chance("1"), Some(1_000_000));
    }

    #[test]
    fn nonsense_and_what_does_not_fit_is_no_quantity() {
        for text in ["", "ms", "5", "5 parsecs", "-1s", "1.2.3s", "99999999999999999999s", "18446744073709551615 min"] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(speed("0 bit/s"), None);
        assert_eq!(chance("1.1"), None);
        assert_eq!(chance("-0.1"), None);
    }
}
