//! Prose broken into lines.

use unicode_width::UnicodeWidthStr;

use super::{Charset, Style};

/// Appends `text`, written by us, in lines of at most `style.width` columns, each after `indent` spaces.
/// In ASCII the few other characters that our texts use are spelled.
pub fn wrap(out: &mut Vec<u8>, text: &str, indent: usize, style: &Style) {
    let room = style.width.saturating_sub(indent).max(20);
    let mut used = 0;
    for word in text.split(' ') {
        let plain = if style.charset == Charset::Ascii { spell(word) } else { word.to_owned() };
        let width = plain.width();
        if used > 0 && used + 1 + width > room {
            out.push(b'\n');
            used = 0;
        }
        if used == 0 {
            out.resize(out.len() + indent, b' ');
        } else {
            out.push(b' ');
            used += 1;
        }
        out.extend_from_slice(plain.as_bytes());
        used += width;
    }
    out.push(b'\n');
}

/// The same lines, not yet appended: nothing is spelled, no word is lost, a word that is longer than `room` has a line alone.
pub fn fold(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().filter(|line| line.is_empty() || line.width() + 1 + word.width() <= room);
        match last {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A word of ours in ASCII.
pub fn spell(word: &str) -> String {
    let mut plain = String::new();
    for c in word.chars() {
        match c {
            c if c.is_ascii() => plain.push(c),
            '→' => plain.push_str("->"),
            '←' => plain.push_str("<-"),
            '↑' => plain.push_str("Up"),
            '↓' => plain.push_str("Down"),
            '●' | '•' => plain.push('*'),
            '×' | '✕' => plain.push('x'),
            '✗' => plain.push('!'),
            '✓' => plain.push_str("ok"),
            '█' => plain.push('#'),
            '…' => plain.push_str("..."),
            '·' | '–' | '—' | '−' => plain.push('-'),
            '⊕' => plain.push_str("XOR"),
            '≤' => plain.push_str("<="),
            '≥' => plain.push_str(">="),
            '§' => plain.push_str("s."),
            '’' | '‘' => plain.push('\''),
            '“' | '”' => plain.push('"'),
            'µ' => plain.push('u'),
            _ => plain.push('?'),
        }
    }
    plain
}
