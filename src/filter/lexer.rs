//! Text → tokens. Knows no field: only words, quoted texts, operators and brackets.

use std::ops::Range;

use super::Error;

/// Longest filter: far above what people write, far below what could hurt.
pub(super) const MAX_TEXT: usize = 16 * 1024;

/// One piece of a filter and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub at: Range<usize>,
}

/// What a piece is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A key, a number, an address, an operator in letters: whatever stands between spaces.
    Word(String),
    /// A text in quotes, without them and with its escapes replaced.
    Text(Vec<u8>),
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Open,
    Close,
    BraceOpen,
    BraceClose,
    Comma,
}

/// Splits `text` into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::new(format!("a filter has at most {MAX_TEXT} bytes"), MAX_TEXT..MAX_TEXT));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..], at)?;
        tokens.push(Token { kind, at: at..at + length });
        at += length;
    }
    Ok(tokens)
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: &[(&str, Kind)] = &[
    ("==", Kind::Equal),
    ("!=", Kind::NotEqual),
    ("<=", Kind::LessEqual),
    (">=", Kind::GreaterEqual),
    ("&&", Kind::And),
    ("||", Kind::Or),
    ("=", Kind::Equal),
    ("<", Kind::Less),
    (">", Kind::Greater),
    ("!", Kind::Not),
    ("(", Kind::Open),
    (")", Kind::Close),
    ("{", Kind::BraceOpen),
    ("}", Kind::BraceClose),
    (",", Kind::Comma),
];

fn token(rest: &str, at: usize) -> Result<(Kind, usize), Error> {
    if let Some((symbol, kind)) = SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol)) {
        return Ok((kind.clone(), symbol.len()));
    }
    match rest.as_bytes()[0] {
        quote @ (b'"' | b'\'') => quoted(rest, quote, at),
        b'[' => Err(Error::new("bytes are not counted here, fields have names", at..at + 1)
            .hint("for example tcp.flags.syn instead of tcp[13] & 2 != 0")),
        b'&' => Err(Error::new("a single & means nothing here", at..at + 1).hint("write and, or &&")),
        b'|' => Err(Error::new("a single | means nothing here", at..at + 1).hint("write or, or ||")),
        b']' | b'~' | b';' | b'^' | b'`' | b'$' => {
            Err(Error::new("this character means nothing here", at..at + 1).hint("put texts in quotes"))
        }
        _ => {
            let end = rest.find(|c: char| c.is_whitespace() || "()!=<>&|{}\",'[]~;^`$".contains(c));
            let word = &rest[..end.unwrap_or(rest.len())];
            Ok((keyword(word), word.len()))
        }
    }
}

fn keyword(word: &str) -> Kind {
    match word.to_ascii_lowercase().as_str() {
        "and" => Kind::And,
        "or" => Kind::Or,
        "not" => Kind::Not,
        "eq" => Kind::Equal,
        "ne" => Kind::NotEqual,
        "lt" => Kind::Less,
        "le" => Kind::LessEqual,
        "gt" => Kind::Greater,
        "ge" => Kind::GreaterEqual,
        _ => Kind::Word(word.to_owned()),
    }
}

/// A text in quotes; `\"`, `\\`, `\n`, `\r`, `\t`, `\0` and `\x1b` stand for one byte.
fn quoted(rest: &str, quote: u8, at: usize) -> Result<(Kind, usize), Error> {
    let bytes = rest.as_bytes();
    let mut text = Vec::new();
    let mut i = 1;
    while let Some(&byte) = bytes.get(i) {
        i += 1;
        match byte {
            b'\\' => {
                let (value, length) = escape(rest, i).ok_or_else(|| {
                    Error::new("no such escape", at + i - 1..at + i).hint("a backslash is written \\\\")
                })?;
                text.push(value);
                i += length;
            }
            byte if byte == quote => return Ok((Kind::Text(text), i)),
            byte => text.push(byte),
        }
    }
    Err(Error::new("this quote is never closed", at..at + 1))
}

fn escape(rest: &str, i: usize) -> Option<(u8, usize)> {
    match rest.as_bytes().get(i)? {
        b'n' => Some((b'\n', 1)),
        b'r' => Some((b'\r', 1)),
        b't' => Some((b'\t', 1)),
        b'0' => Some((0, 1)),
        b'x' => {
            let digits = rest.get(i + 1..i + 3).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u8::from_str_radix(digits, 16).ok().map(|value| (value, 3))
        }
        &byte @ (b'\\' | b'"' | b'\'') => Some((byte, 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).map(|t| t.into_iter().map(|t| t.kind).collect()).unwrap_or_default()
    }

    #[test]
    fn operators_need_no_spaces() {
        let expected = [Kind::Word("a.b".into()), Kind::LessEqual, Kind::Word("0x1f".into()), Kind::And, Kind::Not];
        assert_eq!(kinds("a.b<=0x1f&&!"), expected);
    }

    #[test]
    fn addresses_nets_and_ranges_are_single_words() {
        for word in ["fe80::1", "10.0.0.0/8", "02:00:00:00:00:01", "8000-8010", "8000..8010", "\\tcp"] {
            assert_eq!(kinds(word), [Kind::Word(word.into())]);
        }
    }

    #[test]
    fn escapes_stand_for_one_byte() {
        assert_eq!(kinds(r#""a\"\\\x1b\n""#), [Kind::Text(b"a\"\\\x1b\n".to_vec())]);
        assert_eq!(tokens(r#""a\q""#).map_err(|e| e.at), Err(2..3));
        assert_eq!(tokens(r#""\x1é""#).map_err(|e| e.at), Err(1..2));
    }

    #[test]
    fn an_open_quote_is_pointed_at() {
        assert_eq!(tokens("a == \"b and c").map_err(|e| e.at), Err(5..6));
        assert_eq!(tokens("'").map_err(|e| e.at), Err(0..1));
    }

    #[test]
    fn byte_offsets_are_answered_with_field_names() {
        assert_eq!(tokens("tcp[13]").map_err(|e| e.at), Err(3..4));
    }
}
