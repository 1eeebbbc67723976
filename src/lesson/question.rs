//! A question: what is asked, what is right, and what each wrong answer has to learn from.
//! Not here: reading what somebody typed (`answer`), judging what somebody did (`judge`).

use serde::Deserialize;
use toml::Value;

use super::judge::{Judge, Requirement};

/// What an answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One of several.
    Choice,
    /// A number, perhaps with a unit.
    Number,
    /// Several things in the right order.
    Order,
    /// Bytes in hex.
    Bytes,
    /// Each of several things is so or not.
    Ticks,
    /// Words.
    Text,
}

/// An answer that is wrong, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// As the learner would say it.
    pub text: String,
    /// What is behind it, and what was to be seen.
    pub why: String,
}

/// One thing to tick, or not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    /// The thing.
    pub text: String,
    /// Whether it is to be ticked.
    pub right: bool,
    /// Why it is or is not.
    pub why: String,
}

/// A question of a lesson.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Unique in the course: the lesson's number and a word.
    pub id: String,
    /// What an answer looks like.
    pub kind: Kind,
    /// What is asked.
    pub prompt: String,
    #[serde(default, rename = "answer")]
    pub(super) right: Option<Value>,
    #[serde(default)]
    pub(super) accept: Vec<String>,
    /// What a number counts.
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub(super) tolerance: f64,
    /// Why the right answer is right.
    pub why: String,
    /// Three, each leading further than the one before.
    #[serde(default)]
    pub hints: Vec<String>,
    /// Why an answer is wrong that nobody foresaw.
    #[serde(default)]
    pub otherwise: String,
    /// The wrong answers that have a reason of their own.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
    /// What to tick.
    #[serde(default, rename = "option")]
    pub ticks: Vec<Tick>,
    /// The command whose output is the right answer.
    #[serde(default)]
    pub truth: Option<String>,
    /// Where in its JSON.
    #[serde(default)]
    pub pick: Option<String>,
    /// Who judges what was made.
    #[serde(default)]
    pub judge: Option<Judge>,
    /// What it must be like.
    #[serde(default)]
    pub require: Requirement,
    /// The command that does what is asked for, for the author's test.
    #[serde(default)]
    pub solution: Option<String>,
    /// The key of a handshake, for the judge of that name.
    #[serde(default)]
    pub key: Option<String>,
}

impl Question {
    /// Reads a block.
    ///
    /// # Errors
    /// One sentence, the line within the block (from 0), and a hint.
    pub(super) fn parse(text: &str) -> Result<Self, (String, usize, String)> {
        let question: Question = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count());
            let what = error.message().lines().next().unwrap_or_default().to_owned();
            (what, line, "keys of a question: id, kind, prompt, answer, why, hints, otherwise, [[wrong]]".to_owned())
        })?;
        question.check().map_err(|(what, hint)| (what, 0, hint))?;
        Ok(question)
    }

    /// Whether all is there that a learner will need.
    fn check(&self) -> Result<(), (String, String)> {
        let fail = |what: &str, hint: &str| Err((format!("question {}: {what}", self.id), hint.to_owned()));
        if self.hints.len() != 3 {
            return fail("it has no three hints", "hints = [\"a nudge\", \"more\", \"almost the answer\"]");
        }
        if self.prompt.trim().is_empty() || self.why.trim().is_empty() {
            return fail("`prompt` and `why` must say something", "why says why the right answer is right");
        }
        if self.kind == Kind::Ticks {
            if self.ticks.len() < 4 || self.ticks.iter().all(|t| t.right == self.ticks[0].right) {
                return fail("ticks needs four options, some right and some not", "[[option]] text, right, why");
            }
            return Ok(());
        }
        if self.judge.is_none() && self.right.is_none() {
            return fail("it has no answer", "answer = …, or judge = …");
        }
        let fits = match (self.kind, &self.right) {
            (_, None) => true,
            (Kind::Number, Some(value)) => value.is_integer() || value.is_float(),
            (Kind::Order, Some(Value::Array(items))) => items.len() >= 3 && items.iter().all(Value::is_str),
            (Kind::Bytes, Some(value)) => value.as_str().is_some_and(|text| super::answer::hex(text).is_some()),
            (Kind::Choice | Kind::Text, Some(value)) => value.is_str(),
            _ => false,
        };
        if !fits {
            return fail("`answer` does not fit `kind`", "number: 65, order: [\"a\", \"b\", \"c\"], bytes: \"81 05\"");
        }
        let least = if self.kind == Kind::Choice { 3 } else { 2 };
        if self.judge.is_none() && self.wrong.len() < least {
            let what = format!("it has {} wrong answers, and {least} are needed", self.wrong.len());
            return fail(&what, "[[wrong]] text = \"…\", why = \"what this answer has to learn\"");
        }
        if self.kind != Kind::Choice && self.otherwise.trim().is_empty() {
            return fail("`otherwise` is missing", "otherwise says why any other answer is wrong");
        }
        Ok(())
    }

    /// How many options are shown.
    pub fn options(&self) -> usize {
        match self.kind {
            Kind::Choice => 1 + self.wrong.len(),
            Kind::Order => self.items().len(),
            Kind::Ticks => self.ticks.len(),
            Kind::Number | Kind::Bytes | Kind::Text => 0,
        }
    }

    /// An option by its number in the file; of a choice, 0 is the right one.
    pub fn option(&self, number: usize) -> &str {
        match self.kind {
            Kind::Choice if number == 0 => self.right.as_ref().and_then(Value::as_str).unwrap_or_default(),
            Kind::Choice => self.wrong.get(number - 1).map_or("", |w| &w.text),
            Kind::Order => self.items().get(number).copied().unwrap_or_default(),
            Kind::Ticks => self.ticks.get(number).map_or("", |t| &t.text),
            Kind::Number | Kind::Bytes | Kind::Text => "",
        }
    }

    /// What is to be put in order, in the right order.
    pub(super) fn items(&self) -> Vec<&str> {
        let items = self.right.as_ref().and_then(Value::as_array);
        items.map(|items| items.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    /// The right answer as somebody would type it, for the author's test; `None` where something must be done.
    pub fn reference(&self) -> Option<String> {
        match (self.kind, &self.right) {
            (Kind::Ticks, _) => {
                let right = self.ticks.iter().filter(|tick| tick.right);
                Some(right.map(|tick| tick.text.as_str()).collect::<Vec<_>>().join(" > "))
            }
            (Kind::Order, Some(_)) => Some(self.items().join(" > ")),
            (_, Some(Value::String(text))) => Some(text.clone()),
            (_, Some(Value::Integer(number))) => Some(number.to_string()),
            (_, Some(Value::Float(number))) => Some(number.to_string()),
            _ => None,
        }
    }
}
