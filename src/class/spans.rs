//! A picture from the terminal as text with colours, for a page: the few SGR codes that `render` uses (ECMA-48 §8.3.117)
//! become names, every other control character goes away. Nothing in it can become markup or a command.

use serde_json::{Value, json};

/// Lines of a picture, and letters of a line.
const LINES: usize = 120;
const COLUMNS: usize = 400;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The command that drew it.
    pub title: String,
    /// Lines of pieces: a colour's name, or none, and text.
    pub lines: Vec<Vec<(&'static str, String)>>,
    /// Lines that were left out.
    pub cut: usize,
}

impl Picture {
    /// What a command printed.
    pub fn new(title: &str, output: &str) -> Self {
        let mut style = "";
        let all: Vec<_> = output.trim_end().lines().map(|text| line(text, &mut style)).collect();
        let cut = all.len().saturating_sub(LINES);
        Picture { title: title.to_owned(), lines: all.into_iter().take(LINES).collect(), cut }
    }

    /// For the page.
    pub(super) fn json(&self) -> Value {
        let lines: Vec<Value> = self.lines.iter().map(|line| json!(line)).collect();
        json!({ "title": self.title, "lines": lines, "cut": self.cut })
    }
}

fn line(text: &str, style: &mut &'static str) -> Vec<(&'static str, String)> {
    let mut pieces = vec![(*style, String::new())];
    let mut letters = text.chars().take(4 * COLUMNS).peekable();
    while let Some(c) = letters.next() {
        if c == '\u{1b}' && letters.next_if_eq(&'[').is_some() {
            let mut code = String::new();
            let end = loop {
                match letters.next() {
                    Some(c) if c.is_ascii_digit() || c == ';' => code.push(c),
                    other => break other,
                }
            };
            if end == Some('m') {
                *style = named(&code);
                pieces.push((*style, String::new()));
            }
        } else if let Some((_, piece)) = pieces.last_mut().filter(|_| !c.is_control()) {
            piece.push(c);
        }
    }
    pieces.retain(|(_, piece)| !piece.is_empty());
    pieces
}

/// The name of a colour, as the page's style calls it.
fn named(code: &str) -> &'static str {
    match code.rsplit(';').next().unwrap_or_default() {
        "1" => "strong",
        "31" => "red",
        "32" => "green",
        "33" => "yellow",
        "34" => "blue",
        "35" => "magenta",
        "36" => "cyan",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_names_and_nothing_else_gets_through() {
        let picture = Picture::new("t", "a\u{1b}[34mb\u{1b}[0mc\nd\u{1b}[2J\u{7}\u{1b}]0;x\u{9b}e <b>\n\n");
        let piece = |style, text: &str| (style, text.to_owned());
        assert_eq!(picture.lines[0], [piece("", "a"), piece("blue", "b"), piece("", "c")]);
        assert_eq!(picture.lines[1], [piece("", "d]0;xe <b>")]);
        assert_eq!(picture.lines.len(), 2);
        let long = Picture::new("t", &"x\n".repeat(200));
        assert_eq!((long.lines.len(), long.cut), (120, 80));
    }
}
