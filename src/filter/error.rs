//! What is wrong with a filter, where, and what to write instead.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Most characters of the filter that [`Error::picture`] shows on each side of the mistake.
const AROUND: usize = 36;

/// Why a text is no filter. `Display` says it in one sentence; [`picture`](Self::picture) points at it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// One sentence without a full stop: `tcp has no field "dst_prt"`.
    pub message: String,
    /// Where, as bytes of the text; empty at its end where something is missing.
    pub at: Range<usize>,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Error {
    pub(super) fn new(message: impl Into<String>, at: Range<usize>) -> Self {
        Error { message: message.into(), at, hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Two lines: the filter, and carets under the mistake with what is wrong and what to do.
    /// `text` is the text that was parsed. A long one is shown around the mistake only.
    pub fn picture(&self, text: &str) -> String {
        let (before, wrong, after) = self.split(text);
        let skip = before.chars().count().saturating_sub(AROUND);
        let mut first = String::from(if skip > 0 { "..." } else { "" });
        first.extend(before.chars().skip(skip).map(visible));
        let indent = width(&first);
        let shown: String = wrong.chars().take(2 * AROUND).map(visible).collect();
        first.push_str(&shown);
        let room = if shown.chars().count() < wrong.chars().count() { 0 } else { AROUND };
        first.extend(after.chars().take(room).map(visible));
        if room == 0 || after.chars().nth(room).is_some() {
            first.push_str("...");
        }
        let carets = "^".repeat(width(&shown).max(1));
        let hint = self.hint.as_ref().map(|h| format!("; {h}")).unwrap_or_default();
        format!("{}\n{}{carets} {}{hint}", first.trim_end(), " ".repeat(indent), self.message)
    }

    fn split<'t>(&self, text: &'t str) -> (&'t str, &'t str, &'t str) {
        let start = text.floor_char_boundary(self.at.start.min(text.len()));
        let end = text.ceil_char_boundary(self.at.end.clamp(start, text.len()));
        (&text[..start], &text[start..end], &text[end..])
    }
}

/// A filter may be pasted from anywhere: nothing in it may move the cursor.
fn visible(c: char) -> char {
    match c {
        c if c.is_whitespace() => ' ',
        c if c.is_control() || c.width().unwrap_or(0) == 0 => '?',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '?',
        c => c,
    }
}

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// A piece of the filter within a message: short and printable.
pub(super) fn quote(text: &str) -> String {
    let short: String = text.chars().take(40).map(visible).collect();
    if short.len() < text.len() { format!("\"{short}...\"") } else { format!("\"{short}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_points_at_the_bytes() {
        let error = Error::new("tcp has no field dst_prt", 4..11).hint("nearest: tcp.dst_port");
        assert_eq!(
            error.picture("tcp.dst_prt == 80"),
            "tcp.dst_prt == 80\n    ^^^^^^^ tcp has no field dst_prt; nearest: tcp.dst_port"
        );
    }

    #[test]
    fn what_is_missing_at_the_end_gets_one_caret() {
        assert_eq!(Error::new("gone", 3..3).picture("ip "), "ip\n   ^ gone");
    }

    #[test]
    fn wide_letters_take_two_columns_and_escapes_none() {
        assert_eq!(Error::new("no", 7..8).picture("\u{1b}\u{65e5}\u{672c}x"), "?\u{65e5}\u{672c}x\n     ^ no");
    }

    #[test]
    fn a_long_filter_is_shown_around_the_mistake() {
        let text = format!("{}x{}", "a".repeat(500), "b".repeat(500));
        let picture = Error::new("here", 500..501).picture(&text);
        let (first, second) = picture.split_once('\n').unwrap_or_default();
        assert_eq!(first.len(), 3 + AROUND + 1 + AROUND + 3);
        assert_eq!(second.find('^'), first.find('x'));
    }

    #[test]
    fn ranges_beyond_the_text_do_no_harm() {
        assert_eq!(Error::new("no", 90..95).picture("é"), "é\n ^ no");
        assert_eq!(Error::new("no", 1..1).picture("é"), "é\n^ no");
    }
}
