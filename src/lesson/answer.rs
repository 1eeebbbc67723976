//! What somebody typed, as an answer, and what is to be said to it.

use std::fmt::Write as _;

use toml::Value;

use super::question::{Kind, Question};
use super::shuffle;

/// An answer, independent of the order in which options were shown and of the language they were in.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// The option's number in the file; 0 is the right one.
    Choice(usize),
    /// A number.
    Number(f64),
    /// The items' places in the right order: 0, 1, 2 is right.
    Order(Vec<usize>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// What was ticked, by number in the file.
    Ticks(Vec<usize>),
    /// Words.
    Text(String),
}

/// Why what was typed is no answer at all; one sentence for the learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread(pub String);

/// What is to be said to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is right.
    pub right: bool,
    /// Why it is, or is not.
    pub why: String,
}

/// "81 85 37fa", "0x81,0x85" as bytes; `None` where it is no hex.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .replace("0x", " ")
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b':' | b'-'))
        .collect();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    data_encoding::HEXLOWER_PERMISSIVE.decode(&digits).ok()
}

/// Case, spaces at the ends and several spaces in a row never matter.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// "1,460", "1 460", "0.5", "0,5" as a number.
fn number(text: &str, unit: &str) -> Option<f64> {
    let text = plain(text);
    let text = text.strip_suffix(&unit.to_lowercase()).unwrap_or(&text).trim();
    let joined: String = text.chars().filter(|c| !matches!(c, ' ' | '_' | '\'')).collect();
    if let Some(hex) = joined.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(|n| n as f64);
    }
    let groups = joined.rsplit_once(',').is_some_and(|(_, last)| last.len() == 3) && !joined.starts_with("0,");
    let joined = if groups { joined.replace(',', "") } else { joined.replace(',', ".") };
    joined.parse().ok().filter(|n: &f64| n.is_finite())
}

impl Question {
    /// Reads what was typed; letters mean the options as they were shown for `seed`.
    ///
    /// # Errors
    /// It is no answer to this kind of question.
    pub fn read(&self, typed: &str, seed: u64) -> Result<Given, Misread> {
        let no = |what: &str| Err(Misread(what.to_owned()));
        if typed.trim().is_empty() {
            return no("nothing was typed");
        }
        match self.kind {
            Kind::Choice => self
                .named(typed, seed)
                .map(Given::Choice)
                .map_or_else(|| no(&format!("type one of the letters a to {}", letter(self.options() - 1))), Ok),
            Kind::Number => number(typed, &self.unit).map(Given::Number).map_or_else(|| no("type a number"), Ok),
            Kind::Bytes => hex(typed).map(Given::Bytes).map_or_else(|| no("type bytes in hex, as in 81 05"), Ok),
            Kind::Text => Ok(Given::Text(typed.trim_end().to_owned())),
            Kind::Order | Kind::Ticks => self.several(typed, seed),
        }
    }

    fn several(&self, typed: &str, seed: u64) -> Result<Given, Misread> {
        let letters = || typed.chars().filter(|c| !c.is_whitespace() && *c != ',' && *c != '>');
        let parts: Vec<String> = if letters().all(|c| c.is_ascii_alphabetic()) && letters().count() <= self.options() {
            letters().map(String::from).collect()
        } else {
            typed.split('>').map(str::to_owned).collect()
        };
        let found: Option<Vec<usize>> = parts.iter().map(|part| self.named(part, seed)).collect();
        let words = match self.kind {
            Kind::Order => format!("type all {} letters in the right order, as in cab", self.options()),
            _ => "type the letters of all that are right, as in acd".to_owned(),
        };
        let mut found = found.ok_or_else(|| Misread(words.clone()))?;
        let mut sorted = found.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() != found.len() || (self.kind == Kind::Order && found.len() != self.options()) {
            return Err(Misread(words));
        }
        Ok(if self.kind == Kind::Order {
            Given::Order(found)
        } else {
            found.sort_unstable();
            Given::Ticks(found)
        })
    }

    /// An option by the letter under which it was shown, or by its words.
    fn named(&self, typed: &str, seed: u64) -> Option<usize> {
        let typed = plain(typed);
        let shown = shuffle::order(&self.id, seed, self.options());
        let by_letter = |(at, _): &(usize, &usize)| typed == letter(*at).to_string();
        let lettered = shown.iter().enumerate().find(by_letter).map(|(_, number)| *number);
        lettered.or_else(|| (0..self.options()).find(|number| plain(self.option(*number)) == typed))
    }

    /// The answer that was saved as this [`Given::code`]; `None` where no answer to this question is saved so.
    pub fn recall(&self, code: &str) -> Option<Given> {
        let below = |number: usize| (number < self.options()).then_some(number);
        let numbers = || -> Option<Vec<usize>> {
            let all: Option<Vec<usize>> =
                code.split(',').filter(|n| !n.is_empty()).map(|n| n.parse().ok().and_then(below)).collect();
            all.filter(|all| all.iter().enumerate().all(|(at, n)| !all[..at].contains(n)))
        };
        match self.kind {
            Kind::Choice if code == "right" => Some(Given::Choice(0)),
            Kind::Choice => {
                let number: usize = code.strip_prefix("wrong-")?.parse().ok()?;
                below(number).filter(|number| *number > 0).map(Given::Choice)
            }
            Kind::Number => code.parse().ok().filter(|n: &f64| n.is_finite()).map(Given::Number),
            Kind::Order => numbers().filter(|all| all.len() == self.options()).map(Given::Order),
            Kind::Ticks => numbers().map(Given::Ticks),
            Kind::Bytes => hex(code).map(Given::Bytes),
            Kind::Text => Some(Given::Text(code.to_owned())),
        }
    }

    /// What is to be said to an answer. Where a judge is needed, only he knows (`judge`).
    pub fn verdict(&self, given: &Given) -> Verdict {
        let right = self.is_right(given);
        let why = if right { self.why.clone() } else { self.why_not(given) };
        Verdict { right, why }
    }

    fn is_right(&self, given: &Given) -> bool {
        match (given, &self.right) {
            (Given::Choice(number), _) => *number == 0,
            (Given::Number(number), Some(value)) => {
                let right = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
                right.is_some_and(|right| (right - number).abs() <= self.tolerance + 1e-9)
            }
            (Given::Order(order), _) => order.is_sorted(),
            (Given::Bytes(bytes), Some(Value::String(text))) => hex(text).as_ref() == Some(bytes),
            (Given::Ticks(ticked), _) => {
                self.ticks.iter().enumerate().all(|(at, tick)| tick.right == ticked.contains(&at))
            }
            (Given::Text(text), Some(Value::String(right))) => {
                std::iter::once(right).chain(&self.accept).any(|word| plain(word) == plain(text))
            }
            _ => false,
        }
    }

    fn why_not(&self, given: &Given) -> String {
        let foreseen = match given {
            Given::Choice(number) => return self.wrong.get(number - 1).map_or_else(String::new, |w| w.why.clone()),
            Given::Ticks(ticked) => return self.wrong_ticks(ticked),
            Given::Number(n) => self.wrong.iter().find(|w| number(&w.text, &self.unit) == Some(*n)),
            Given::Bytes(bytes) => self.wrong.iter().find(|w| hex(&w.text).as_ref() == Some(bytes)),
            Given::Text(text) => self.wrong.iter().find(|w| plain(&w.text) == plain(text)),
            Given::Order(order) => {
                let items = self.items();
                let said: Vec<&str> = order.iter().filter_map(|n| items.get(*n).copied()).collect();
                self.wrong.iter().find(|w| plain(&w.text) == plain(&said.join(" > ")))
            }
        };
        foreseen.map_or_else(|| self.otherwise.clone(), |wrong| wrong.why.clone())
    }

    /// The reasons of all that was ticked wrongly, or left out wrongly.
    fn wrong_ticks(&self, ticked: &[usize]) -> String {
        let mut words = String::new();
        for (at, tick) in self.ticks.iter().enumerate().filter(|(at, tick)| tick.right != ticked.contains(at)) {
            let mark = if ticked.contains(&at) { "no" } else { "yes" };
            let _ = writeln!(words, "{}: {mark}. {}", tick.text, tick.why);
        }
        words.trim_end().to_owned()
    }
}

/// The letter of the option that is shown at this place.
fn letter(at: usize) -> char {
    char::from(b'a' + (at.min(25) as u8))
}

impl Given {
    /// As it is saved: by numbers of the file, so that it means the same in every language.
    pub fn code(&self) -> String {
        let numbers = |all: &[usize]| all.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        match self {
            Given::Choice(0) => "right".to_owned(),
            Given::Choice(number) => format!("wrong-{number}"),
            Given::Number(number) => number.to_string(),
            Given::Order(order) => numbers(order),
            Given::Ticks(ticked) => numbers(ticked),
            Given::Bytes(bytes) => data_encoding::HEXLOWER.encode(bytes),
            Given::Text(text) => text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::question::Question;
    use super::*;

    fn question(rest: &str) -> Question {
        let text = format!("id = \"07-x\"\nprompt = \"p?\"\nwhy = \"because\"\nhints = [\"a\",\"b\",\"c\"]\n{rest}");
        Question::parse(&text).unwrap_or_else(|error| panic!("{error:?}"))
    }

    const CHOICE: &str = "kind = \"choice\"\nanswer = \"yes\"\n[[wrong]]\ntext = \"no\"\nwhy = \"not no\"\n\
        [[wrong]]\ntext = \"maybe\"\nwhy = \"not maybe\"\n[[wrong]]\ntext = \"never\"\nwhy = \"not never\"";

    #[test]
    fn each_wrong_choice_has_its_own_why_whatever_its_letter() {
        let question = question(CHOICE);
        for seed in 0..20 {
            let shown = shuffle::order("07-x", seed, 4);
            for (place, number) in shown.iter().enumerate() {
                let given = question.read(&letter(place).to_string(), seed).expect("a letter");
                assert_eq!(given, Given::Choice(*number));
                let words = question.option(*number).to_owned();
                assert_eq!(question.read(&words.to_uppercase(), seed), Ok(given.clone()));
                let verdict = question.verdict(&given);
                assert_eq!(verdict.right, *number == 0);
                assert_eq!(verdict.why, if *number == 0 { "because".to_owned() } else { format!("not {words}") });
            }
        }
        assert!(question.read("e", 1).is_err() && question.read(" ", 1).is_err());
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let question = question(
            "kind = \"number\"\nanswer = 1460\nunit = \"bytes\"\notherwise = \"other\"\n[[wrong]]\ntext = \"1500\"\nwhy = \"mtu\"\n[[wrong]]\ntext = \"5\"\nwhy = \"text\"",
        );
        for typed in ["1460", " 1,460 bytes", "1 460", "1_460", "0x5b4", "1460.0"] {
            assert!(question.verdict(&question.read(typed, 0).expect("a number")).right, "{typed}");
        }
        assert_eq!(question.verdict(&Given::Number(1500.0)).why, "mtu");
        assert_eq!(question.verdict(&Given::Number(7.0)).why, "other");
        assert!(question.read("many", 0).is_err());
        assert_eq!(number("0,5", ""), Some(0.5));
    }

    #[test]
    fn order_ticks_bytes_and_text() {
        let order = question(
            "kind = \"order\"\nanswer = [\"eth\", \"ip\", \"tcp\"]\notherwise = \"other\"\n[[wrong]]\ntext = \"tcp > ip > eth\"\nwhy = \"inside out\"\n[[wrong]]\ntext = \"ip > eth > tcp\"\nwhy = \"x\"",
        );
        let shown = shuffle::order("07-x", 3, 3);
        let typed: String = (0..3).map(|n| letter(shown.iter().position(|s| *s == n).expect("shown"))).collect();
        assert!(order.verdict(&order.read(&typed, 3).expect("letters")).right);
        assert_eq!(order.verdict(&order.read("tcp > ip > eth", 3).expect("words")).why, "inside out");
        assert!(order.read("ab", 3).is_err() && order.read("aab", 3).is_err());
        let ticks = question(
            "kind = \"ticks\"\n[[option]]\ntext = \"ip\"\nright = true\nwhy = \"routers need it\"\n[[option]]\ntext = \"path\"\nright = false\nwhy = \"inside\"\n[[option]]\ntext = \"port\"\nright = true\nwhy = \"tcp\"\n[[option]]\ntext = \"cookie\"\nright = false\nwhy = \"inside too\"",
        );
        assert!(ticks.verdict(&Given::Ticks(vec![0, 2])).right);
        assert_eq!(ticks.verdict(&Given::Ticks(vec![1, 2])).why, "ip: yes. routers need it\npath: no. inside");
        let bytes = question(
            "kind = \"bytes\"\nanswer = \"81 05\"\notherwise = \"o\"\n[[wrong]]\ntext = \"82 05\"\nwhy = \"binary\"\n[[wrong]]\ntext = \"01 05\"\nwhy = \"fin\"",
        );
        assert!(bytes.verdict(&bytes.read("0x81, 0x05", 0).expect("hex")).right);
        assert_eq!(bytes.verdict(&bytes.read("8205", 0).expect("hex")).why, "binary");
        let text = question(
            "kind = \"text\"\nanswer = \"the router\"\naccept = [\"router\"]\notherwise = \"o\"\n[[wrong]]\ntext = \"server\"\nwhy = \"s\"\n[[wrong]]\ntext = \"me\"\nwhy = \"m\"",
        );
        assert!(text.verdict(&Given::Text("  The  ROUTER".into())).right);
        assert!(text.verdict(&Given::Text("Router".into())).right);
        assert_eq!(text.verdict(&Given::Text("Server".into())).why, "s");
    }

    #[test]
    fn what_an_author_forgot_is_said() {
        let few = Question::parse(
            "id = \"a\"\nkind = \"choice\"\nprompt = \"p\"\nwhy = \"w\"\nhints = [\"1\"]\nanswer = \"x\"",
        );
        assert!(few.expect_err("no hints").0.contains("three hints"));
        let unknown = Question::parse("id = \"a\"\nkind = \"riddle\"").expect_err("no kind");
        assert_eq!(unknown.1, 1, "{unknown:?}");
    }
}
