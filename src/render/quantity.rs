//! Amounts as people say them: "1.2 kB", "1.6 ms", "2 h 3 min".

use super::{Charset, Style};

/// Bytes in at most five characters and a unit: "643 B", "1.2 kB".
pub fn bytes(number: u64) -> String {
    let mut value = number as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if value < 999.5 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    if unit == "B" || value >= 9.95 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// A span of nanoseconds: "200 µs", "1.6 ms", "12 s", "4 min 5 s".
pub fn span(nanos: u64, charset: Charset) -> String {
    let short = |value: f64, unit: &str| {
        if value < 9.95 && value.fract() > 0.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
    };
    let seconds = nanos / 1_000_000_000;
    match nanos {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => short(nanos as f64 / 1e3, if charset == Charset::Ascii { "us" } else { "µs" }),
        1_000_000..1_000_000_000 => short(nanos as f64 / 1e6, "ms"),
        _ if seconds < 60 => short(nanos as f64 / 1e9, "s"),
        _ if seconds < 3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ if seconds < 172_800 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// 1234567 → "1,234,567"
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 packet", "1,234 packets"
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A share of the whole as a percentage; a little that is not nothing is "<1 %".
pub fn share(part: u64, whole: u64) -> String {
    let percent = part as f64 * 100.0 / whole.max(1) as f64;
    if part > 0 && percent < 0.95 { "<1 %".to_owned() } else { format!("{percent:.0} %") }
}

/// A bar of at most `width` columns, to half a column; what is not nothing shows.
pub fn bar(part: u64, whole: u64, width: usize, style: Style) -> String {
    let whole = u128::from(whole.max(1));
    let halves = ((u128::from(part) * 2 * width as u128 + whole / 2) / whole) as usize;
    let halves = halves.clamp(usize::from(part > 0), 2 * width);
    let mut bar = style.pick("━", "=").repeat(halves / 2);
    if halves % 2 == 1 {
        bar.push_str(style.pick("╸", "-"));
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_at_most_three_digits_and_never_a_thousand_of_a_unit() {
        let said: Vec<String> = [0, 643, 999, 1000, 1234, 9_999, 999_999, 1_500_000].into_iter().map(bytes).collect();
        assert_eq!(said, ["0 B", "643 B", "999 B", "1.0 kB", "1.2 kB", "10 kB", "1.0 MB", "1.5 MB"]);
        assert_eq!(bytes(u64::MAX), "18 EB");
    }

    #[test]
    fn spans_are_said_in_the_unit_that_a_person_would_take() {
        let say = |nanos| span(nanos, Charset::Unicode);
        assert_eq!([say(0), say(200_000), say(1_600_000)], ["0 s", "200 µs", "1.6 ms"]);
        assert_eq!([say(12_300_000_000), say(245_000_000_000)], ["12 s", "4 min 5 s"]);
        assert_eq!(say(7_380_000_000_000), "2 h 3 min");
        assert_eq!(span(200_000, Charset::Ascii), "200 us");
    }

    #[test]
    fn a_bar_shows_the_smallest_share_and_never_grows_too_long() {
        let style = Style { width: 80, color: false, charset: Charset::Ascii, explain: false };
        assert_eq!(bar(1, 1_000_000, 10, style), "-");
        assert_eq!(bar(7, 5, 3, style), "===");
        assert_eq!(bar(0, 0, 3, style), "");
        assert_eq!((share(1, 1000), share(1, 4)), ("<1 %".to_owned(), "25 %".to_owned()));
    }
}
