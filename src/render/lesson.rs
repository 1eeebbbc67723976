//! The screen of a lesson: where one is, what is said, what is asked, what was answered, and which keys there are.
//! 80 columns and 24 lines, spoken instead where wanted. Not here: what a key does (`lesson`), reading keys (`cli`).

use unicode_width::UnicodeWidthStr;

use super::wrap::spell;
use super::{Charset, Style};

/// Columns of text: longer lines are hard to read.
const COLUMNS: usize = 80;

/// What a part of a screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Right, or as it should be.
    Good,
    /// Not so.
    Bad,
    /// Something to know.
    Note,
    /// A hint, with its number.
    Hint(usize),
}

/// One piece of a screen, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words in Markdown: paragraphs, lists, `code`, **bold**.
    Words(String),
    /// A command that can be run.
    Command(String),
    /// An option by its letter; whether it was chosen.
    Option(char, String, bool),
    /// Where an answer is typed, and what was typed.
    Input(String, String),
    /// A remark with a mark.
    Said(Mark, String),
    /// What a command of ours printed, as it is.
    Lines(String),
}

/// A screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// "lesson 07 · Loss".
    pub title: String,
    /// The present screen, from 1, and how many there are.
    pub place: (usize, usize),
    /// "PREDICT", or empty for prose.
    pub kind: &'static str,
    /// What is on it.
    pub pieces: Vec<Piece>,
    /// Keys and what they do.
    pub keys: Vec<(&'static str, String)>,
}

/// A word or several, drawn in one way.
struct Ink<'a> {
    out: &'a mut Vec<u8>,
    style: &'a Style,
    bold: bool,
    code: bool,
}

impl Page {
    /// Draws it, at most `style.width` columns wide.
    pub fn draw(&self, out: &mut Vec<u8>, style: &Style) {
        let style = Style { width: style.width.min(COLUMNS), ..*style };
        self.head(out, &style);
        let mut remark = false;
        for piece in &self.pieces {
            // What is said about a prediction, or about the lesson, is not the beginning of what follows.
            if remark && matches!(piece, Piece::Words(_)) {
                out.push(b'\n');
            }
            remark = matches!(piece, Piece::Said(..));
            piece.draw(out, &style);
        }
        rule(out, &style);
        self.foot(out, &style);
    }

    /// How many lines it takes.
    pub fn lines(&self, style: &Style) -> usize {
        let mut out = Vec::new();
        self.draw(&mut out, &Style { color: false, ..*style });
        out.split(|byte| *byte == b'\n').count().saturating_sub(1)
    }

    fn head(&self, out: &mut Vec<u8>, style: &Style) {
        let (at, all) = self.place;
        let bar = 14;
        let full = if all == 0 { 0 } else { (at * bar).div_ceil(all).min(bar) };
        let right = format!("[{}{}] {at}/{all}", "#".repeat(full), "-".repeat(bar - full));
        let left = format!(" layercake {} {}", style.dot(), text(&self.title, style));
        let room = style.width.saturating_sub(right.width() + 1);
        let left: String = left.chars().take(room.saturating_sub(1)).collect();
        style.strong(out);
        out.extend_from_slice(left.as_bytes());
        style.end(out);
        out.resize(out.len() + room.saturating_sub(left.width()), b' ');
        out.extend_from_slice(right.as_bytes());
        out.push(b'\n');
        rule(out, style);
        if !self.kind.is_empty() {
            out.push(b' ');
            style.strong(out);
            out.extend_from_slice(self.kind.as_bytes());
            style.end(out);
            out.push(b'\n');
        }
    }

    fn foot(&self, out: &mut Vec<u8>, style: &Style) {
        let keys = self
            .keys
            .iter()
            .map(|(key, does)| if key.is_empty() { does.clone() } else { format!("[{}] {does}", text(key, style)) });
        let mut line = String::new();
        for key in keys {
            if !line.is_empty() && line.width() + 3 + key.width() > style.width {
                out.extend_from_slice(line.as_bytes());
                out.push(b'\n');
                line.clear();
            }
            line.push_str(if line.is_empty() { " " } else { "   " });
            line.push_str(&key);
        }
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }

    /// The same in whole sentences, one a line, without pictures.
    pub fn speak(&self, out: &mut Vec<u8>, style: &Style) {
        let mut say = |line: &str| {
            out.extend_from_slice(text(line, style).as_bytes());
            out.push(b'\n');
        };
        let (at, all) = self.place;
        say(&format!("{}, screen {at} of {all}.", self.title));
        if !self.kind.is_empty() {
            say(&format!("{}.", self.kind));
        }
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => words.lines().filter(|l| !l.trim().is_empty()).for_each(|l| say(&plain(l))),
                Piece::Command(command) => say(&format!("Command: {command}")),
                Piece::Option(letter, words, chosen) => {
                    let chosen = if *chosen { " Your answer." } else { "" };
                    say(&format!("Option {letter}: {}{chosen}", plain(words)));
                }
                Piece::Input(label, typed) if typed.is_empty() => say(label.trim_end()),
                Piece::Input(label, typed) => {
                    say(label.trim_end());
                    typed.lines().for_each(&mut say);
                }
                Piece::Lines(lines) => lines.lines().for_each(&mut say),
                Piece::Said(mark, words) => {
                    let begins = match mark {
                        Mark::Good => "Right: ".to_owned(),
                        Mark::Bad => "Not so: ".to_owned(),
                        Mark::Note => String::new(),
                        Mark::Hint(number) => format!("Hint {number}: "),
                    };
                    say(&format!("{begins}{}", plain(words)));
                }
            }
        }
        let keys: Vec<String> = self.keys.iter().map(|(key, does)| format!("{key} {does}")).collect();
        if !keys.is_empty() {
            say(&format!("Keys: {}.", keys.join(", ")));
        }
    }
}

impl Piece {
    fn draw(&self, out: &mut Vec<u8>, style: &Style) {
        match self {
            Piece::Words(words) => markdown(words, 2, out, style),
            Piece::Command(command) => {
                out.extend_from_slice(b"   $ ");
                style.strong(out);
                let lines = folded(&text(command, style), style.width.saturating_sub(5));
                out.extend_from_slice(lines.join("\n     ").as_bytes());
                style.end(out);
                out.push(b'\n');
            }
            Piece::Option(letter, words, chosen) => {
                let sign = if *chosen { style.pick("▸", ">") } else { " " };
                let first = format!("  {sign} {letter}  ");
                hang(&first, &plain(words), out, style);
            }
            Piece::Input(label, typed) => {
                let mut lines = typed.split('\n').peekable();
                let mut label = format!("  {label}");
                while let Some(line) = lines.next() {
                    out.extend_from_slice(text(&label, style).as_bytes());
                    out.extend_from_slice(text(line, style).as_bytes());
                    if lines.peek().is_none() {
                        out.extend_from_slice(style.pick("▏", "_").as_bytes());
                    }
                    out.push(b'\n');
                    label = " ".repeat(label.width());
                }
            }
            Piece::Lines(lines) => {
                out.extend_from_slice(lines.as_bytes());
                out.push(b'\n');
            }
            Piece::Said(mark, words) => {
                let sign = match mark {
                    Mark::Good => "[ok] ".to_owned(),
                    Mark::Bad => "[--] ".to_owned(),
                    Mark::Note => "[i] ".to_owned(),
                    Mark::Hint(number) => format!("[hint {number}] "),
                };
                for line in words.lines() {
                    hang(&format!("  {sign}"), &plain(line), out, style);
                }
            }
        }
    }
}

/// Words of ours in the characters that the terminal has. Control characters never pass.
fn text(words: &str, style: &Style) -> String {
    let tame: String = words.chars().filter(|c| !c.is_control()).collect();
    if style.charset == Charset::Ascii { spell(&tame) } else { tame }
}

/// Without the marks of Markdown.
fn plain(words: &str) -> String {
    words.replace("**", "").replace('`', "")
}

/// A command in lines of at most so many columns, cut at its spaces where that is possible; no word is lost.
fn folded(command: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in command.split(' ') {
        let last = lines.last_mut().filter(|line| line.is_empty() || line.width() + 1 + word.width() <= width);
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

fn rule(out: &mut Vec<u8>, style: &Style) {
    out.push(b' ');
    out.extend_from_slice(style.pick("─", "-").repeat(style.width.saturating_sub(2)).as_bytes());
    out.push(b'\n');
}

/// `first`, then words, whose further lines stand below the first one's words.
fn hang(first: &str, words: &str, out: &mut Vec<u8>, style: &Style) {
    let first = text(first, style);
    let indent = first.width();
    out.extend_from_slice(first.as_bytes());
    let mut ink = Ink { out, style, bold: false, code: false };
    ink.flow(words, indent, indent);
    out.push(b'\n');
}

/// Paragraphs, lists and examples.
fn markdown(words: &str, indent: usize, out: &mut Vec<u8>, style: &Style) {
    let mut paragraph = String::new();
    let mut example = false;
    for line in words.lines().chain([""]) {
        let begins = line.starts_with("```");
        let item = line
            .strip_prefix("- ")
            .or_else(|| line.strip_prefix("* "))
            .map(|rest| (format!("{} ", style.pick("•", "-")), rest));
        let item = item.or_else(|| numbered(line));
        if begins || example || item.is_some() || line.trim().is_empty() || line.starts_with('#') {
            flush(&mut paragraph, indent, out, style);
        }
        if begins {
            example = !example;
        } else if example {
            hang(&" ".repeat(indent + 2), line, out, style);
        } else if let Some((mark, rest)) = item {
            paragraph = format!("{mark}\u{0}{rest}");
        } else if let Some(heading) = line.strip_prefix("## ") {
            flush(&mut format!("**{heading}**"), indent, out, style);
        } else if line.trim().is_empty() {
            if out.last() == Some(&b'\n') && !out.ends_with(b"\n\n") {
                out.push(b'\n');
            }
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
}

/// "1. words" as its mark and the rest.
fn numbered(line: &str) -> Option<(String, &str)> {
    let (number, rest) = line.split_once(". ")?;
    let digits = !number.is_empty() && number.len() < 3 && number.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| (format!("{number}. "), rest))
}

fn flush(paragraph: &mut String, indent: usize, out: &mut Vec<u8>, style: &Style) {
    if paragraph.is_empty() {
        return;
    }
    let (mark, words) = paragraph.split_once('\u{0}').unwrap_or(("", paragraph));
    let first = format!("{}{}", " ".repeat(indent), text(mark, style));
    out.extend_from_slice(first.as_bytes());
    let mut ink = Ink { out, style, bold: false, code: false };
    ink.flow(words, first.width(), first.width());
    out.push(b'\n');
    paragraph.clear();
}

impl Ink<'_> {
    /// Words in lines; the first begins at column `used`.
    fn flow(&mut self, words: &str, indent: usize, mut used: usize) {
        let mut first = true;
        for word in words.split(' ').filter(|word| !word.is_empty()) {
            let width = plain(&text(word, self.style)).width();
            if !first && used + 1 + width > self.style.width {
                self.out.push(b'\n');
                self.out.resize(self.out.len() + indent, b' ');
                used = indent;
            } else if !first {
                self.out.push(b' ');
                used += 1;
            }
            self.word(word);
            used += width;
            first = false;
        }
        if self.bold || self.code {
            self.style.end(self.out);
        }
    }

    /// A word with its marks of Markdown.
    fn word(&mut self, word: &str) {
        let word = text(word, self.style);
        let mut rest = word.as_str();
        while let Some(at) = rest.find(['*', '`']) {
            self.out.extend_from_slice(&rest.as_bytes()[..at]);
            let marked = &rest[at..];
            let long = if marked.starts_with('`') {
                self.code = !self.code;
                1
            } else if marked.starts_with("**") && !self.code {
                self.bold = !self.bold;
                2
            } else {
                self.out.push(b'*');
                rest = &marked[1..];
                continue;
            };
            if self.bold || self.code {
                self.style.strong(self.out);
            } else {
                self.style.end(self.out);
            }
            rest = &marked[long..];
        }
        self.out.extend_from_slice(rest.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { width: 80, color: false, charset: Charset::Ascii, explain: false };

    fn page() -> Page {
        Page {
            title: "lesson 07 · Loss".into(),
            place: (3, 12),
            kind: "PREDICT",
            pieces: vec![
                Piece::Words("The wire eats **one** packet. What does `read()` give?\n\n- this\n- that, which is so long that it needs a second line because there is more to say".into()),
                Piece::Option('a', "nothing".into(), false),
                Piece::Option('b', "everything, after a pause".into(), true),
                Piece::Input("your answer: ".into(), "b".into()),
                Piece::Said(Mark::Bad, "You said b.".into()),
                Piece::Command("layercake capture -r /home/ann/.local/share/15.pcapng tcp".into()),
            ],
            keys: vec![("Enter", "answer".into()), ("?", "hint".into())],
        }
    }

    fn drawn(style: &Style) -> String {
        let mut out = Vec::new();
        page().draw(&mut out, style);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_screen_has_its_place_its_words_and_its_keys() {
        let text = drawn(&PLAIN);
        assert!(text.contains("[####----------] 3/12"), "{text}");
        assert!(text.contains("The wire eats one packet. What does read() give?"), "{text}");
        assert!(text.contains("  > b  everything"), "{text}");
        assert!(
            text.contains("your answer: b_") && text.contains("[--] You said b.") && text.contains("[?] hint"),
            "{text}"
        );
        assert!(text.contains("\n    "), "a list's second line stands below its first: {text}");
    }

    #[test]
    fn lists_begin_with_a_dash_or_a_star() {
        for mark in ["-", "*"] {
            let mut out = Vec::new();
            markdown(&format!("{mark} one\n{mark} two"), 2, &mut out, &PLAIN);
            assert_eq!(String::from_utf8(out).expect("text"), "  - one\n  - two\n\n", "{mark}");
        }
    }

    #[test]
    fn a_command_that_is_too_long_goes_on_below_and_loses_no_word() {
        let command = "layercake capture -r /tmp/x.pcapng tcp";
        assert_eq!(folded(command, 40), [command]);
        assert_eq!(folded(command, 20), ["layercake capture -r", "/tmp/x.pcapng tcp"]);
        assert_eq!(folded(command, 5).join(" "), command);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_ascii_is_ascii() {
        for width in [40, 60, 80, 120] {
            let text = drawn(&Style { width, ..PLAIN });
            assert!(text.is_ascii());
            let widest = text.lines().map(UnicodeWidthStr::width).max().expect("lines");
            assert!(widest <= width.min(80), "{widest} at {width}:\n{text}");
        }
    }

    #[test]
    fn spoken_it_has_no_boxes_and_says_which_option_was_chosen() {
        let mut out = Vec::new();
        page().speak(&mut out, &PLAIN);
        let text = String::from_utf8(out).expect("text");
        assert!(text.contains("Option b: everything, after a pause Your answer."), "{text}");
        assert!(text.contains("Not so: You said b.") && !text.contains("---"), "{text}");
    }

    #[test]
    fn escape_sequences_of_a_lesson_never_pass() {
        let page = Page { pieces: vec![Piece::Words("a\u{1b}[2Jb".into())], ..Page::default() };
        let mut out = Vec::new();
        page.draw(&mut out, &PLAIN);
        assert!(!out.contains(&0x1b));
    }
}
