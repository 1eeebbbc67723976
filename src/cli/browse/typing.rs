//! A line that is being typed: editing, completion, and what is wrong with it so far.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::filter::{self, Filter};
use crate::protocols;
use crate::render::tui::Prompt;

/// Most offers that are looked at.
const OFFERS: usize = 40;
/// Most bytes of a line.
const LONGEST: usize = 1000;

/// What it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Filter,
    Search,
    Go,
    Export,
}

pub(super) struct Typing {
    pub what: For,
    pub text: String,
    cursor: usize,
    pub wrong: Option<(String, Range<usize>)>,
    offers: Vec<String>,
    offered: Option<usize>,
    /// The word that the offers are for.
    word: Range<usize>,
    title: String,
}

/// What came of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    Goes,
    Done,
    Cancelled,
}

impl Typing {
    pub fn new(what: For, text: &str, title: String) -> Self {
        let mut typing = Typing {
            what,
            text: text.to_owned(),
            cursor: text.len(),
            wrong: None,
            offers: Vec::new(),
            offered: None,
            word: 0..0,
            title,
        };
        typing.changed();
        typing
    }

    pub fn prompt(&self) -> Prompt<'_> {
        let help = match self.what {
            For::Filter => {
                "for example: http · tcp.flags.syn · ip.ttl < 64 · dns.qname contains example · port 80 or 443 · not arp. Empty lists all packets."
            }
            For::Search => {
                "text in any case, in the bytes and in what was unmasked, unpacked or decrypted; or what it is called: SYN, dns, tcp.port == 80"
            }
            For::Go => {
                "a packet's number: 120 · seconds after the first packet: 1.5s, 250ms, 2m · a time of day in UTC: 14:05:30"
            }
            For::Export => {
                "a name that ends with .json gets one JSON object a packet, any other a pcapng file for Wireshark, tcpdump and layercake"
            }
        };
        Prompt {
            title: &self.title,
            text: &self.text,
            cursor: self.cursor,
            wrong: self.wrong.as_ref().map(|(words, at)| (words.as_str(), at.clone())),
            offers: &self.offers,
            offered: self.offered,
            help,
        }
    }

    pub fn key(&mut self, key: KeyEvent) -> Typed {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Typed::Cancelled,
            KeyCode::Char('c') if control => return Typed::Cancelled,
            KeyCode::Enter => return Typed::Done,
            KeyCode::Tab => self.offer(1),
            KeyCode::BackTab => self.offer(-1),
            KeyCode::Left => self.cursor = self.before(),
            KeyCode::Right => self.cursor = self.behind(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.text.len(),
            KeyCode::Char('u') if control => self.cut(0..self.cursor),
            KeyCode::Char('k') if control => self.cut(self.cursor..self.text.len()),
            KeyCode::Char('w') if control => {
                let kept = self.text[..self.cursor].trim_end();
                self.cut(kept.rfind(' ').map_or(0, |at| at + 1)..self.cursor);
            }
            KeyCode::Backspace => self.cut(self.before()..self.cursor),
            KeyCode::Delete => self.cut(self.cursor..self.behind()),
            KeyCode::Char(c) if !control && !c.is_control() && self.text.len() < LONGEST => {
                self.text.insert(self.cursor, c);
                self.cursor += c.len_utf8();
                self.changed();
            }
            _ => {}
        }
        Typed::Goes
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn behind(&self) -> usize {
        self.text[self.cursor..].chars().next().map_or(self.cursor, |c| self.cursor + c.len_utf8())
    }

    fn cut(&mut self, range: Range<usize>) {
        self.cursor = range.start;
        self.text.replace_range(range, "");
        self.changed();
    }

    /// Looks at what was typed: is it right so far, what could come next?
    fn changed(&mut self) {
        (self.wrong, self.offered) = (None, None);
        self.offers.clear();
        if self.what != For::Filter {
            return;
        }
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        let begin = self.text[..self.cursor].rfind(|c| !letter(c)).map_or(0, |at| at + 1);
        let begin = self.text.ceil_char_boundary(begin);
        self.word = begin.min(self.cursor)..self.cursor;
        let word = &self.text[self.word.clone()];
        if word.chars().any(|c| c.is_ascii_alphabetic()) {
            self.offers = filter::complete(word, protocols::index());
            self.offers.truncate(OFFERS);
            self.offers.retain(|offer| offer != word);
        }
        if !self.text.trim().is_empty()
            && let Err(error) = Filter::parse(&self.text, protocols::index())
            // A word that is being typed is not wrong yet.
            && (self.offers.is_empty() || error.at.end < self.word.start)
        {
            self.refuse(&error);
        }
    }

    /// Says what is wrong with the filter.
    pub fn refuse(&mut self, error: &filter::Error) {
        let hint = error.hint.as_ref().map(|h| format!("; {h}")).unwrap_or_default();
        self.wrong = Some((format!("{}{hint}", error.message), error.at.clone()));
    }

    fn offer(&mut self, by: isize) {
        let count = self.offers.len();
        if count == 0 {
            return;
        }
        let next = match self.offered {
            Some(at) => (at.cast_signed() + by).rem_euclid(count.cast_signed()).cast_unsigned(),
            None if by < 0 => count - 1,
            None => 0,
        };
        let offer = self.offers[next].clone();
        self.text.replace_range(self.word.clone(), &offer);
        self.word.end = self.word.start + offer.len();
        self.cursor = self.word.end;
        (self.offered, self.wrong) = (Some(next), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str, keys: &[KeyCode]) -> Typing {
        let mut typing = Typing::new(For::Filter, "", String::new());
        for c in text.chars() {
            typing.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        }
        for code in keys {
            typing.key(KeyEvent::new(*code, KeyModifiers::NONE));
        }
        typing
    }

    #[test]
    fn tab_completes_the_word_and_goes_on_to_the_next_offer() {
        assert_eq!(typed("arp or tcp.wind", &[KeyCode::Tab]).text, "arp or tcp.window");
        let first = typed("tcp.s", &[KeyCode::Tab]).text;
        let second = typed("tcp.s", &[KeyCode::Tab, KeyCode::Tab]).text;
        assert!(first.starts_with("tcp.s") && second.starts_with("tcp.s") && first != second, "{first} {second}");
        assert_eq!(typed("tcp.s", &[KeyCode::Tab, KeyCode::Tab, KeyCode::BackTab]).text, first);
    }

    #[test]
    fn what_is_wrong_is_said_but_a_begun_word_is_not_wrong_yet() {
        assert!(typed("tcp.windo", &[]).wrong.is_none());
        assert!(typed("tcp.zzz", &[]).wrong.is_some());
        assert!(typed("tcp.port == 80", &[]).wrong.is_none());
        assert!(typed("", &[]).wrong.is_none());
    }

    #[test]
    fn letters_of_every_length_can_be_edited() {
        let keys = [
            KeyCode::Left,
            KeyCode::Left,
            KeyCode::Backspace,
            KeyCode::Char('é'),
            KeyCode::Delete,
            KeyCode::Home,
            KeyCode::Left,
        ];
        assert_eq!(typed("aü世z", &keys).text, "aéz");
        assert_eq!(typed("ü", &[KeyCode::Backspace, KeyCode::Backspace, KeyCode::Delete]).text, "");
    }
}
