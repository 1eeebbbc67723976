//! A field's value as text, and THE place where text from packets becomes text for people: whatever could
//! steer a terminal or reorder a line is written as a visible escape.

use std::net::Ipv6Addr;

use super::{Charset, View};
use crate::dissect::{Name, Node, Show, Value};

/// Bytes of a long value that are shown before it is cut.
const LONGEST: usize = 32;

/// Appends the value of `node`: "64 hops left", "IPv4 (0x0800)", "SYN+ACK", "192.0.2.1".
pub fn value(out: &mut Vec<u8>, view: &View<'_>, node: &Node, charset: Charset) {
    match node.value {
        Value::Number(number) => {
            let from = out.len();
            self::number(out, node, number);
            spell_from(out, from, charset);
        }
        Value::Wire | Value::Made(_) => {
            let bytes = view.tape.bytes_of(node, view.packet.bytes);
            match node.field.show {
                Show::Mac => mac(out, bytes),
                Show::Ip => ip(out, bytes),
                Show::Text => text(out, bytes, charset),
                Show::Nothing => {}
                _ => elided(out, bytes, charset),
            }
        }
    }
}

/// Our own names and units may have letters beyond ASCII ("µs"): where only ASCII is wanted they are spelled.
fn spell_from(out: &mut Vec<u8>, from: usize, charset: Charset) {
    if charset == Charset::Ascii && !out[from..].is_ascii() {
        let plain = super::wrap::spell(&String::from_utf8_lossy(&out[from..]));
        out.truncate(from);
        out.extend_from_slice(plain.as_bytes());
    }
}

fn number(out: &mut Vec<u8>, node: &Node, number: u64) {
    match node.field.show {
        Show::Unit(unit) => counted(out, number, unit),
        Show::Signed(unit) => {
            let signed = number.cast_signed();
            if signed < 0 {
                out.push(b'-');
            }
            counted(out, signed.unsigned_abs(), unit);
        }
        Show::Hex => hex(out, number, digits(node)),
        Show::Time => time(out, number),
        Show::Names(names) => {
            let name = names.iter().find(|n| n.value == number);
            out.extend_from_slice(name.map_or("unknown", |n| n.name).as_bytes());
            // What stands nowhere on the wire is a finding of ours, and so is its number.
            if name.is_none() || !node.at.is_empty() {
                out.extend_from_slice(b" (");
                plain_or_hex(out, number, node);
                out.push(b')');
            }
        }
        Show::Flags(flags) => self::flags(out, number, flags),
        Show::Nothing => {}
        _ => decimal(out, number),
    }
}

/// Numbers of two bytes and more that have names (`EtherType`s, record types above 255) read better in hex
/// only where the standard writes them so; small ones are decimal.
fn plain_or_hex(out: &mut Vec<u8>, number: u64, node: &Node) {
    if node.bits == 0 && node.at.len() >= 2 && number >= 0x0600 {
        hex(out, number, digits(node));
    } else {
        decimal(out, number);
    }
}

/// Hexadecimal digits of a number: as wide as its bytes, or as its bits need.
fn digits(node: &Node) -> usize {
    if node.bits > 0 { usize::from(node.bits).div_ceil(4) } else { 2 * node.at.len().clamp(1, 8) }
}

/// The names of the flags that are set, joined by `+`; "none" where none is.
pub fn flags(out: &mut Vec<u8>, number: u64, flags: &[Name]) {
    let mut first = true;
    for flag in flags.iter().filter(|f| f.value != 0 && number & f.value != 0) {
        if !first {
            out.push(b'+');
        }
        first = false;
        out.extend_from_slice(flag.name.as_bytes());
    }
    if first {
        out.extend_from_slice(b"none");
    }
}

/// "1 byte", "51 bytes", "64 hops left".
pub fn counted(out: &mut Vec<u8>, number: u64, unit: &str) {
    decimal(out, number);
    if unit.is_empty() {
        return;
    }
    out.push(b' ');
    if number != 1 {
        out.extend_from_slice(unit.as_bytes());
        return;
    }
    let (noun, rest) = unit.split_once(' ').unwrap_or((unit, ""));
    let noun = if noun.len() > 2 { noun.strip_suffix('s').unwrap_or(noun) } else { noun };
    out.extend_from_slice(noun.as_bytes());
    if !rest.is_empty() {
        out.push(b' ');
        out.extend_from_slice(rest.as_bytes());
    }
}

/// A decimal number.
pub fn decimal(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A decimal number with leading zeros up to `width`.
pub fn zero_padded(out: &mut Vec<u8>, number: u64, width: usize) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number).as_bytes();
    out.resize(out.len() + width.saturating_sub(digits.len()), b'0');
    out.extend_from_slice(digits);
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// `0x0800`
pub fn hex(out: &mut Vec<u8>, number: u64, digits: usize) {
    out.extend_from_slice(b"0x");
    for digit in (0..digits.max(1)).rev() {
        out.push(HEX[(number.checked_shr(4 * digit as u32).unwrap_or(0) & 15) as usize]);
    }
}

/// Two digits of one byte.
pub fn byte(out: &mut Vec<u8>, byte: u8) {
    out.push(HEX[usize::from(byte >> 4)]);
    out.push(HEX[usize::from(byte & 15)]);
}

/// `02:00:00:00:00:09`
pub fn mac(out: &mut Vec<u8>, bytes: &[u8]) {
    for (i, b) in bytes.iter().enumerate() {
        if i > 0 {
            out.push(b':');
        }
        byte(out, *b);
    }
}

/// An IPv4 address, or an IPv6 address as RFC 5952 writes it.
pub fn ip(out: &mut Vec<u8>, bytes: &[u8]) {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        // Two addresses stand in every line: worth a table.
        let mut text = [0; 16];
        let mut length = 0;
        for part in v4 {
            let (digits, count) = OCTETS[usize::from(part)];
            text[length..length + 4].copy_from_slice(&digits);
            length += usize::from(count);
        }
        out.extend_from_slice(&text[..length - 1]);
    } else if let Ok(v6) = <[u8; 16]>::try_from(bytes) {
        use std::io::Write;
        // Writing to a vector cannot fail.
        let _ = write!(out, "{}", Ipv6Addr::from(v6));
    } else {
        mac(out, bytes);
    }
}

/// A number of an address with a dot behind it, and how many characters that makes.
static OCTETS: [([u8; 4], u8); 256] = {
    let mut table = [([0; 4], 0); 256];
    let mut number = 0;
    while number < 256 {
        let (high, middle, low) = (b'0' + number as u8 / 100, b'0' + number as u8 / 10 % 10, b'0' + number as u8 % 10);
        table[number] = match number {
            0..10 => ([low, b'.', 0, 0], 2),
            10..100 => ([middle, low, b'.', 0], 3),
            _ => ([high, middle, low, b'.'], 4),
        };
        number += 1;
    }
    table
};

/// Bytes in hexadecimal, long ones cut: `0a 0b … 1380 bytes`.
fn elided(out: &mut Vec<u8>, bytes: &[u8], charset: Charset) {
    for (i, b) in bytes.iter().take(LONGEST).enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        byte(out, *b);
    }
    if bytes.len() > LONGEST {
        out.extend_from_slice(if charset == Charset::Ascii { b" ... " } else { " … ".as_bytes() });
        counted(out, bytes.len() as u64, "bytes");
    }
}

/// `2026-01-01 00:00:00.001200000` UTC.
pub fn time(out: &mut Vec<u8>, nanos: u64) {
    let (seconds, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    for (number, width, mark) in [
        (year, 4, b'-'),
        (month, 2, b'-'),
        (day, 2, b' '),
        (second / 3600, 2, b':'),
        (second / 60 % 60, 2, b':'),
        (second % 60, 2, b'.'),
    ] {
        zero_padded(out, number, width);
        out.push(mark);
    }
    zero_padded(out, nanos, 9);
}

/// Year, month and day of a day counted from 1970-01-01. Counts in 400-year cycles of 146,097 days that
/// begin on the first of March, so that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (cycle, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (year + cycle * 400, if month < 10 { month + 3 } else { month - 9 });
    (year + u64::from(month <= 2), month, date)
}

/// Appends text from a packet. Control characters, bidirectional overrides, invisible characters and bytes
/// that are no UTF-8 become visible escapes; in ASCII so does everything beyond it.
pub fn text(out: &mut Vec<u8>, bytes: &[u8], charset: Charset) {
    for chunk in bytes.utf8_chunks() {
        tame(out, chunk.valid(), charset);
        for b in chunk.invalid() {
            out.extend_from_slice(b"\\x");
            byte(out, *b);
        }
    }
}

fn tame(out: &mut Vec<u8>, text: &str, charset: Charset) {
    // Nearly all text is harmless: copy it whole.
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for c in text.chars() {
        match c {
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            c if c.is_ascii_control() => {
                out.extend_from_slice(b"\\x");
                byte(out, c as u8);
            }
            c if c.is_ascii() || (charset == Charset::Unicode && is_visible(c)) => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            c => {
                out.extend_from_slice(b"\\u{");
                let digits = (8 - (u32::from(c) | 1).leading_zeros() / 4) as u64;
                for digit in (0..digits).rev() {
                    out.push(HEX[(u32::from(c) >> (4 * digit) & 15) as usize]);
                }
                out.push(b'}');
            }
        }
    }
}

/// Whether a character shows itself and only itself: no control, no override of direction, not invisible,
/// not a mark that melts into its neighbour.
pub(super) fn is_visible(c: char) -> bool {
    use unicode_width::UnicodeWidthChar;
    let hidden = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !hidden && !c.is_control() && c.width().is_some_and(|w| w > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], charset: Charset) -> String {
        let mut out = Vec::new();
        text(&mut out, bytes, charset);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        assert_eq!(shown(b"a\x1b[2Jb", Charset::Unicode), "a\\x1b[2Jb");
        assert_eq!(shown("\u{9b}31m".as_bytes(), Charset::Unicode), "\\u{9b}31m");
        assert_eq!(shown(b"\x9b31m\x7f", Charset::Unicode), "\\x9b31m\\x7f");
        assert_eq!(shown("evil\u{202e}gpj.exe".as_bytes(), Charset::Unicode), "evil\\u{202e}gpj.exe");
        assert_eq!(shown("a\u{200b}b\u{2028}".as_bytes(), Charset::Unicode), "a\\u{200b}b\\u{2028}");
    }

    #[test]
    fn words_in_other_alphabets_stay_words_unless_only_ascii_is_there() {
        assert_eq!(shown("Grüße, 世界".as_bytes(), Charset::Unicode), "Grüße, 世界");
        assert_eq!(shown("ü".as_bytes(), Charset::Ascii), "\\u{fc}");
    }

    #[test]
    fn times_are_dates() {
        let date = |seconds: u64| {
            let mut out = Vec::new();
            time(&mut out, seconds * 1_000_000_000 + 5);
            String::from_utf8(out).expect("UTF-8")
        };
        assert_eq!(date(0), "1970-01-01 00:00:00.000000005");
        assert_eq!(date(951_782_400), "2000-02-29 00:00:00.000000005");
        assert_eq!(date(1_767_225_599), "2025-12-31 23:59:59.000000005");
        assert_eq!(date(4_107_542_400), "2100-03-01 00:00:00.000000005");
    }

    #[test]
    fn one_byte_is_not_one_bytes() {
        let mut out = Vec::new();
        counted(&mut out, 1, "bytes");
        out.push(b'|');
        counted(&mut out, 1, "hops left");
        out.push(b'|');
        counted(&mut out, 2, "bytes");
        assert_eq!(out, b"1 byte|1 hop left|2 bytes");
    }
}
