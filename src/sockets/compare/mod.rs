//! TCP beside UDP, question by question: the same small play with both, on this machine's loopback. One file a
//! scenario; each returns what was called and what was found, and knows the answer that most people would not give.
//! Not here: text beyond the scenario's own sentences (`render::beside`), packets (`cli` captures them beside the run).

mod closed_port;
mod edges;
mod half_close;
mod headers;
mod latency;
mod round_trips;
mod set_up;
mod slow_reader;
mod stage;
#[cfg(test)]
mod tests;
mod throughput;
mod too_large;
mod vanish;

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use super::{Event, Kernel, Transport};
pub use headers::SIZES;
use stage::Stage;

/// A question that both protocols answer by doing it.
#[derive(Debug)]
pub struct Scenario {
    /// As it is typed: "half-close".
    pub key: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What is to be predicted, in one sentence.
    pub question: &'static str,
    /// Possible answers, one of them right.
    pub choices: &'static [Choice],
    /// Why the two differ.
    pub explain: &'static str,
    /// What the picture does not show, where that matters.
    pub caution: Option<&'static str>,
    play: fn(&mut Stage<'_>) -> io::Result<()>,
}

/// One answer to the question.
#[derive(Debug)]
pub struct Choice {
    /// The answer.
    pub text: &'static str,
    /// Why it is right, or what is wrong with it.
    pub why: &'static str,
    /// Whether it is the right one.
    pub right: bool,
}

const fn right(text: &'static str, why: &'static str) -> Choice {
    Choice { text, why, right: true }
}

const fn wrong(text: &'static str, why: &'static str) -> Choice {
    Choice { text, why, right: false }
}

/// All of them, in the order in which they are best seen.
pub static ALL: [&Scenario; 11] = [
    &set_up::SCENARIO,
    &round_trips::SCENARIO,
    &headers::SCENARIO,
    &edges::SCENARIO,
    &too_large::SCENARIO,
    &closed_port::SCENARIO,
    &vanish::SCENARIO,
    &half_close::SCENARIO,
    &slow_reader::SCENARIO,
    &latency::SCENARIO,
    &throughput::SCENARIO,
];

/// What one protocol did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Every call, in the order in which they returned.
    pub events: Vec<Event>,
    /// What was found.
    pub facts: Vec<Fact>,
    /// The ports of its sockets.
    pub ports: Vec<u16>,
    /// Why it ended before its end: "ENOBUFS".
    pub trouble: Option<String>,
}

/// Something that was found out about one protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is; both protocols use the same words.
    pub label: &'static str,
    /// What it came to.
    pub value: Value,
}

/// What was measured, counted or seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Number(u64, Unit),
    /// A number that is best compared as a length.
    Bar(u64, Unit),
    /// Seen.
    Text(Cow<'static, str>),
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things without a name.
    Count,
    /// Bytes.
    Bytes,
    /// Nanoseconds.
    Nanoseconds,
    /// Bytes in a second.
    BytesPerSecond,
    /// Hundredths.
    Percent,
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Value::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Value::Number(number as u64, Unit::Count)
    }
}

impl From<Duration> for Value {
    fn from(time: Duration) -> Self {
        Value::Number(nanos(time), Unit::Nanoseconds)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn bytes(number: usize) -> Value {
    Value::Number(number as u64, Unit::Bytes)
}

/// The same label for both, with what each came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub label: &'static str,
    /// TCP's, where it has one.
    pub tcp: Option<Value>,
    /// UDP's.
    pub udp: Option<Value>,
}

/// The scenario with this name.
pub fn named(key: &str) -> Option<&'static Scenario> {
    ALL.into_iter().find(|s| s.key == key)
}

/// Plays the scenario with one of the two protocols. Takes a second at most where loopback answers.
pub fn play(scenario: &Scenario, transport: Transport, kernel: &mut dyn Kernel) -> Side {
    let mut stage = Stage::new(transport, kernel);
    let trouble = (scenario.play)(&mut stage).err().map(|error| stage::name(&error));
    Side { events: stage.events, facts: stage.facts, ports: stage.ports, trouble }
}

/// What was found with both, row by row, in the order in which it was found.
pub fn findings(tcp: &Side, udp: &Side) -> Vec<Finding> {
    let mut rows: Vec<Finding> = Vec::new();
    for (side, is_tcp) in [(tcp, true), (udp, false)] {
        for fact in &side.facts {
            let at = rows.iter().position(|row| row.label == fact.label).unwrap_or_else(|| {
                rows.push(Finding { label: fact.label, tcp: None, udp: None });
                rows.len() - 1
            });
            let row = &mut rows[at];
            *(if is_tcp { &mut row.tcp } else { &mut row.udp }) = Some(fact.value.clone());
        }
    }
    rows
}
