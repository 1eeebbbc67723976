//! The edges of JSON values (RFC 8259), enough to point at the parts of a message: where a value ends, what the
//! elements of an array and the members of an object are. Copies nothing, and never goes deeper than a fixed depth.
//! Not here: what numbers and escapes mean.

use std::ops::Range;

/// Arrays and objects within each other.
const MAX_DEPTH: usize = 128;

/// One past the value that begins at `at`.
pub(super) fn value(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut open = [0u8; MAX_DEPTH];
    let mut depth = 0;
    loop {
        at = blank(bytes, at);
        match bytes.get(at)? {
            b'"' => at = string(bytes, at)?,
            bracket @ (b'[' | b'{') => {
                *open.get_mut(depth)? = *bracket;
                depth += 1;
                at = blank(bytes, at + 1);
                if bytes.get(at).is_some_and(|b| matches!(b, b']' | b'}')) {
                    at = close(bytes, at, &open, &mut depth)?;
                } else {
                    at = key(bytes, at, *bracket)?;
                    continue;
                }
            }
            _ => at = word(bytes, at)?,
        }
        // A value has ended: so may what holds it.
        loop {
            if depth == 0 {
                return Some(at);
            }
            at = blank(bytes, at);
            if bytes.get(at)? == &b',' {
                at = key(bytes, blank(bytes, at + 1), *open.get(depth - 1)?)?;
                break;
            }
            at = close(bytes, at, &open, &mut depth)?;
        }
    }
}

/// Whether the bytes are one value and nothing else.
pub(super) fn whole(bytes: &[u8]) -> bool {
    value(bytes, 0) == Some(bytes.len()) && std::str::from_utf8(bytes).is_ok()
}

/// Where the elements of the array at the front stand; empty where it is none.
pub(super) fn elements(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = if bytes.first() == Some(&b'[') { 1 } else { bytes.len() };
    std::iter::from_fn(move || {
        let start = blank(bytes, at);
        if bytes.get(start)? == &b']' {
            return None;
        }
        let end = value(bytes, start)?;
        at = blank(bytes, end) + 1;
        Some(start..end)
    })
}

/// Where name (without quotes) and value of each member of the object at the front stand.
pub(super) fn members(bytes: &[u8]) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let mut at = if bytes.first() == Some(&b'{') { 1 } else { bytes.len() };
    std::iter::from_fn(move || {
        let start = blank(bytes, at);
        let end = string(bytes, start)?;
        let from = key(bytes, start, b'{')?;
        let to = value(bytes, from)?;
        at = blank(bytes, to) + 1;
        Some((start + 1..end - 1, from..to))
    })
}

/// The text between the quotes, where the value is a string.
pub(super) fn unquoted(bytes: &[u8], at: Range<usize>) -> Range<usize> {
    if bytes.get(at.start) == Some(&b'"') && at.len() >= 2 { at.start + 1..at.end - 1 } else { at }
}

fn blank(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or(&[]);
    at + rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count()
}

fn string(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = (bytes.get(at)? == &b'"').then_some(at + 1)?;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            0..=0x1f => return None,
            _ => at += 1,
        }
    }
}

/// A number, true, false or null.
fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    if let Some(word) = [&b"true"[..], b"false", b"null"].iter().find(|w| rest.starts_with(w)) {
        return Some(at + word.len());
    }
    let n = rest.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E')).count();
    let begins = rest.first().is_some_and(|b| b.is_ascii_digit() || *b == b'-');
    (begins && rest.get(..n)?.iter().any(u8::is_ascii_digit)).then_some(at + n)
}

/// In an object a name and a colon come before each value.
fn key(bytes: &[u8], at: usize, bracket: u8) -> Option<usize> {
    if bracket == b'[' {
        return Some(at);
    }
    let colon = blank(bytes, string(bytes, at)?);
    (bytes.get(colon)? == &b':').then(|| blank(bytes, colon + 1))
}

fn close(bytes: &[u8], at: usize, open: &[u8], depth: &mut usize) -> Option<usize> {
    let fits = matches!((open.get(*depth - 1)?, bytes.get(at)?), (b'[', b']') | (b'{', b'}'));
    *depth -= 1;
    fits.then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_with_its_last_bracket_and_not_with_one_inside_a_string() {
        assert!(whole(br#"["]", {"a\"}": [1, -2.5e3, null]}, true, [], {}]"#));
        assert!(whole(b"\"hi\"") && whole(b"12") && whole(b"[[[]]]"));
        for broken in ["", "[", "[1", "[1}", "{1:2}", "[1,]", "\"a", "nul", "[1] ", "{\"a\" 1}", "-"] {
            assert!(!whole(broken.as_bytes()), "{broken}");
        }
    }

    #[test]
    fn elements_and_members_are_found_in_order() {
        let text = br#"["chat", {"a":[1,2]} ,7]"#;
        let parts: Vec<&[u8]> = elements(text).map(|at| &text[at]).collect();
        assert_eq!(parts, [&b"\"chat\""[..], br#"{"a":[1,2]}"#, b"7"]);
        let text = br#"{"sid":"x", "upgrades":["websocket"]}"#;
        let names: Vec<(&[u8], &[u8])> = members(text).map(|(name, value)| (&text[name], &text[value])).collect();
        assert_eq!(names, [(&b"sid"[..], &b"\"x\""[..]), (b"upgrades", br#"["websocket"]"#)]);
        assert_eq!(elements(b"{}").count() + members(b"[]").count(), 0);
    }

    #[test]
    fn ten_thousand_brackets_are_refused_without_going_deep() {
        assert!(!whole(&[b'['; 10_000]));
    }
}
