//! The board of a class: how many predicted what, without names; what is right only once that is revealed; the second
//! vote beside the first. 80 columns and 24 lines, spoken instead where wanted. Not here: counting (`class`).

use unicode_width::UnicodeWidthStr;

use super::wrap::{spell, wrap};
use super::{Charset, Style};

/// Widest board.
const COLUMNS: usize = 120;
/// An answer with at most so many columns stands beside its bar, a longer one above it.
const BESIDE: usize = 24;
/// Columns of what stands behind a bar: count, sureness, a mark.
const BEHIND: usize = 28;

/// A board.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Board {
    /// "class board · lesson 07 predict".
    pub title: String,
    /// "28 of 30 answered".
    pub state: String,
    /// What was asked.
    pub prompt: String,
    /// The answers.
    pub bars: Vec<Bar>,
    /// Voters of the first round, and of the second.
    pub voters: [usize; 2],
    /// Whether there was a second vote, or is one.
    pub second: bool,
    /// Whether what is right is shown.
    pub revealed: bool,
    /// Whether bars are shown: while votes come in they would decide the others.
    pub hidden: bool,
    /// Each answer has one line, its words cut off: where nothing else fits.
    pub compact: bool,
    /// The answer to talk about.
    pub talk: Option<usize>,
    /// Why the right one is right; shown when revealed.
    pub why: String,
    /// Remarks above the keys, such as the address to join at.
    pub notes: Vec<String>,
    /// Keys and what they do.
    pub keys: Vec<(&'static str, &'static str)>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its letter.
    pub letter: char,
    /// Its words.
    pub words: String,
    /// Whether it is right.
    pub right: bool,
    /// How many gave it in each round, and how sure they were.
    pub rounds: [(usize, Option<f64>); 2],
}

impl Board {
    /// Draws it, at most `style.width` columns wide.
    pub fn draw(&self, out: &mut Vec<u8>, style: &Style) {
        let style = &Style { width: style.width.min(COLUMNS), ..*style };
        self.head(out, style);
        for line in self.prompt.lines() {
            wrap(out, &plain(line, style), 2, style);
        }
        out.push(b'\n');
        let short = self.bars.iter().all(|bar| plain(&bar.words, style).width() <= BESIDE);
        let beside = self.compact || short;
        for (at, bar) in self.bars.iter().enumerate() {
            self.answer(at, bar, beside, out, style);
        }
        if self.revealed && !self.why.is_empty() {
            out.push(b'\n');
            for line in self.why.lines() {
                wrap(out, &plain(line, style), 2, style);
            }
        }
        self.foot(out, style);
    }

    /// Makes it fit so many lines: what can be missed best goes first, the words of the answers last.
    pub fn fit(&mut self, style: &Style, height: usize) {
        if self.lines(style) > height {
            self.why.clear();
        }
        while self.lines(style) > height && self.notes.len() > 1 {
            self.notes.pop();
        }
        self.compact = self.lines(style) > height;
    }

    /// How many lines it takes.
    pub fn lines(&self, style: &Style) -> usize {
        let mut out = Vec::new();
        self.draw(&mut out, &Style { color: false, ..*style });
        out.split(|byte| *byte == b'\n').count().saturating_sub(1)
    }

    fn head(&self, out: &mut Vec<u8>, style: &Style) {
        let dot = style.dot();
        let left = plain(&format!(" layercake {} {dot} {}", self.title, self.state), style);
        let right = "no names";
        style.strong(out);
        out.extend_from_slice(left.as_bytes());
        style.end(out);
        let gap = style.width.saturating_sub(left.width() + right.len() + 1);
        if gap > 0 {
            out.resize(out.len() + gap, b' ');
            out.extend_from_slice(right.as_bytes());
        }
        out.push(b'\n');
        rule(out, style);
    }

    fn foot(&self, out: &mut Vec<u8>, style: &Style) {
        rule(out, style);
        for note in &self.notes {
            wrap(out, &plain(note, style), 1, style);
        }
        let mut line = String::new();
        for (key, does) in &self.keys {
            let key = plain(&format!("[{key}] {does}"), style);
            if !line.is_empty() && line.width() + 3 + key.width() > style.width {
                out.extend_from_slice(format!("{line}\n").as_bytes());
                line.clear();
            }
            line += if line.is_empty() { " " } else { "   " };
            line += &key;
        }
        if !line.is_empty() {
            out.extend_from_slice(format!("{line}\n").as_bytes());
        }
    }

    fn answer(&self, at: usize, bar: &Bar, beside: bool, out: &mut Vec<u8>, style: &Style) {
        let mark = if self.revealed && bar.right { " *" } else { "" };
        let mut words = plain(&bar.words, style);
        if self.compact && words.width() > BESIDE {
            words = words.chars().take(BESIDE - style.ellipsis().width()).collect::<String>() + style.ellipsis();
        }
        let strong = !mark.is_empty();
        if strong {
            style.strong(out);
        }
        let first = format!("   {}  ", bar.letter);
        if beside || self.hidden {
            let line = format!("{first}{words}{mark}");
            out.extend_from_slice(line.as_bytes());
            if strong {
                style.end(out);
            }
            if self.hidden {
                out.push(b'\n');
                return;
            }
            let used = first.width() + BESIDE + 3;
            out.resize(out.len() + used.saturating_sub(line.width()), b' ');
            self.rounds(at, bar, used, out, style);
            return;
        }
        let mut lines = Vec::new();
        wrap(&mut lines, &format!("{words}{mark}"), first.len(), style);
        out.extend_from_slice(first.as_bytes());
        out.extend_from_slice(&lines[first.len().min(lines.len())..]);
        if strong {
            style.end(out);
        }
        out.resize(out.len() + first.len(), b' ');
        self.rounds(at, bar, first.len(), out, style);
    }

    /// The bars of one answer; the first line begins at column `indent` already.
    fn rounds(&self, at: usize, bar: &Bar, indent: usize, out: &mut Vec<u8>, style: &Style) {
        let label = if self.second { 4 } else { 0 };
        let room = style.width.saturating_sub(indent + label + BEHIND).clamp(10, 40);
        for round in 0..=usize::from(self.second) {
            if round > 0 {
                out.resize(out.len() + indent, b' ');
            }
            if self.second {
                out.extend_from_slice(if round == 0 { b"1st " } else { b"2nd " });
            }
            let (count, sure) = bar.rounds[round];
            let full = if self.voters[round] == 0 { 0 } else { (count * room).div_ceil(self.voters[round]).min(room) };
            let picture = style.pick("█", "#").repeat(full) + &style.pick("░", "-").repeat(room - full);
            out.extend_from_slice(picture.as_bytes());
            out.extend_from_slice(format!(" {count:>3}").as_bytes());
            if let Some(sure) = sure {
                out.extend_from_slice(format!("   sure {sure:.1}").as_bytes());
            }
            if round == 0 && self.talk == Some(at) {
                style.strong(out);
                out.extend_from_slice(b"  <- talk!");
                style.end(out);
            }
            out.push(b'\n');
        }
    }

    /// The same in whole sentences.
    pub fn speak(&self, out: &mut Vec<u8>, style: &Style) {
        let mut say = |line: &str| {
            out.extend_from_slice(plain(line, style).as_bytes());
            out.push(b'\n');
        };
        say(&format!("{}, {}. No names.", self.title, self.state));
        for line in self.prompt.lines() {
            say(line);
        }
        for (at, bar) in self.bars.iter().enumerate() {
            say(&format!("Option {}: {}{}", bar.letter, bar.words, self.spoken(at, bar)));
        }
        if self.revealed && !self.why.is_empty() {
            say(&format!("Why: {}", self.why));
        }
        for note in &self.notes {
            say(note);
        }
        if !self.keys.is_empty() {
            let keys: Vec<String> = self.keys.iter().map(|(key, does)| format!("{key} {does}")).collect();
            say(&format!("Keys: {}.", keys.join(", ")));
        }
    }

    fn spoken(&self, at: usize, bar: &Bar) -> String {
        if self.hidden {
            return String::new();
        }
        let mut words = String::from(":");
        for (round, name) in ["", " in the second vote"].into_iter().enumerate().take(1 + usize::from(self.second)) {
            let (count, sure) = bar.rounds[round];
            let sure = sure.map_or(String::new(), |sure| format!(", on average {sure:.1} of 3 sure"));
            words += &format!(" {count} of {}{name}{sure}.", self.voters[round]);
        }
        if self.talk == Some(at) {
            words += " Talk about this one.";
        }
        if self.revealed {
            words += if bar.right { " Right." } else { " Not so." };
        }
        words
    }
}

fn rule(out: &mut Vec<u8>, style: &Style) {
    out.push(b' ');
    out.extend_from_slice(style.pick("─", "-").repeat(style.width.saturating_sub(2)).as_bytes());
    out.push(b'\n');
}

/// Words of a lesson without its marks, in the characters that the terminal has. Control characters never pass.
fn plain(words: &str, style: &Style) -> String {
    let tame: String = words.chars().filter(|c| !c.is_control() && *c != '`').collect::<String>().replace("**", "");
    if style.charset == Charset::Ascii { spell(&tame) } else { tame }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { width: 80, color: false, charset: Charset::Ascii, explain: false };

    fn bar(letter: char, words: &str, right: bool, rounds: [(usize, Option<f64>); 2]) -> Bar {
        Bar { letter, words: words.to_owned(), right, rounds }
    }

    fn board() -> Board {
        Board {
            title: "class board · lesson 07 predict".into(),
            state: "28 of 30 answered".into(),
            prompt: "The wire eats a packet. What is read?".into(),
            bars: vec![
                bar('a', "\"Hel\" and nothing", false, [(16, Some(2.6)), (3, Some(2.0))]),
                bar('b', "\"Hello\", a pause", true, [(12, Some(1.9)), (25, Some(2.8))]),
            ],
            voters: [28, 28],
            talk: Some(0),
            why: "The same bytes again.".into(),
            keys: vec![("space", "reveal"), ("v", "vote again")],
            ..Board::default()
        }
    }

    fn drawn(board: &Board, style: &Style) -> String {
        let mut out = Vec::new();
        board.draw(&mut out, style);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn nothing_tells_what_is_right_until_it_is_revealed() {
        let mut board = board();
        let text = drawn(&board, &PLAIN);
        assert!(text.contains("<- talk!") && !text.contains(" *") && !text.contains("same bytes"), "{text}");
        let mut said = Vec::new();
        board.speak(&mut said, &PLAIN);
        assert!(!String::from_utf8_lossy(&said).contains("Right"));
        board.revealed = true;
        let text = drawn(&board, &PLAIN);
        assert!(text.contains("\"Hello\", a pause *") && text.contains("same bytes"), "{text}");
    }

    #[test]
    fn the_second_vote_stands_below_the_first_and_every_line_fits() {
        let mut board = board();
        board.second = true;
        board.bars.push(bar(
            'c',
            "an answer of so many words that they cannot stand beside their bar and need a second line, too",
            false,
            [(0, None), (0, None)],
        ));
        for style in [PLAIN, Style { charset: Charset::Unicode, ..PLAIN }, Style { width: 120, ..PLAIN }] {
            let text = drawn(&board, &style);
            assert!(text.contains("1st") && text.contains("2nd"), "{text}");
            assert!(text.lines().all(|line| line.width() <= style.width), "{text}");
            assert!(style.charset == Charset::Unicode || text.is_ascii(), "{text}");
        }
    }

    #[test]
    fn on_a_low_screen_words_are_cut_and_no_bar_is_lost() {
        let mut board = board();
        board.second = true;
        board
            .bars
            .extend(('c'..='f').map(|letter| bar(letter, &"many words ".repeat(10), false, [(1, None), (2, None)])));
        let before = board.lines(&PLAIN);
        board.fit(&PLAIN, 24);
        let text = drawn(&board, &PLAIN);
        assert!(before > 24 && board.lines(&PLAIN) <= 24, "{before}: {text}");
        assert_eq!(text.matches("2nd").count(), 6, "{text}");
    }

    #[test]
    fn while_votes_come_in_there_are_no_bars() {
        let board = Board { hidden: true, ..board() };
        let text = drawn(&board, &PLAIN);
        assert!(!text.contains('#') && !text.contains(" 16"), "{text}");
    }
}
