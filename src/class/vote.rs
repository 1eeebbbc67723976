//! One answer to one prediction, without who gave it: to which bar of the board it belongs, and how sure somebody was.

use crate::lesson::{Given, Kind, Question, order};

/// The order of options that a whole class sees: on the projector, and in everybody's browser.
pub const CLASS_SEED: u64 = 0;

/// An answer that nobody foresaw.
pub const OTHER: u16 = 0x3ff;

/// A vote. Two that say the same are the same: nothing in it tells who gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vote {
    /// 0 the right answer, 1 and more the wrong ones that the question foresees, [`OTHER`] any other; of ticks, a bit
    /// for each option that was ticked. 10 bits.
    pub answer: u16,
    /// 1 guess, 2 think so, 3 certain; 0 was not asked.
    pub sure: u8,
}

impl Vote {
    /// The vote that an answer is.
    pub fn new(question: &Question, given: &Given, sure: u8) -> Self {
        let answer = match given {
            Given::Choice(number) => u16::try_from(*number).unwrap_or(OTHER).min(OTHER),
            Given::Ticks(ticked) => ticked.iter().filter(|at| **at < 10).fold(0, |bits, at| bits | 1 << at),
            _ => foreseen(question, given),
        };
        Vote { answer, sure: sure.min(3) }
    }

    /// Whether it belongs to a bar: see [`bars`].
    pub(super) fn is_in(self, kind: Kind, bar: u16) -> bool {
        if kind == Kind::Ticks { self.answer >> bar & 1 == 1 } else { self.answer == bar }
    }
}

fn foreseen(question: &Question, given: &Given) -> u16 {
    if question.verdict(given).right {
        return 0;
    }
    let code = given.code();
    let is = |text: &str| question.read(text, CLASS_SEED).is_ok_and(|other| same(&other.code(), &code));
    question.wrong.iter().position(|wrong| is(&wrong.text)).map_or(OTHER, |at| (at as u16 + 1).min(OTHER))
}

/// Case and spaces do not make two answers of one.
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain(one) == plain(other)
}

/// The bars of a question from top to bottom, each with its words. Where the right one stands must say nothing: numbers
/// stand by size, all else in the order of the class.
pub(super) fn bars(question: &Question) -> Vec<(u16, String)> {
    let words = |bar: usize| match question.kind {
        Kind::Choice | Kind::Ticks => question.option(bar).to_owned(),
        _ if bar == 0 => with_unit(&question.reference().unwrap_or_default(), question),
        _ => with_unit(question.wrong.get(bar - 1).map_or("", |wrong| &wrong.text), question),
    };
    let count = match question.kind {
        Kind::Choice | Kind::Ticks => question.options(),
        _ => 1 + question.wrong.len(),
    };
    let mut bars: Vec<usize> = order(&question.id, CLASS_SEED, count);
    if question.kind == Kind::Number {
        bars.sort_by(|a, b| value(question, *a).total_cmp(&value(question, *b)));
    }
    let mut bars: Vec<(u16, String)> = bars.into_iter().map(|bar| (bar as u16, words(bar))).collect();
    if !matches!(question.kind, Kind::Choice | Kind::Ticks) {
        bars.push((OTHER, "something else".to_owned()));
    }
    bars
}

fn value(question: &Question, bar: usize) -> f64 {
    let text = if bar == 0 { question.reference().unwrap_or_default() } else { question.wrong[bar - 1].text.clone() };
    match question.read(&text, CLASS_SEED) {
        Ok(Given::Number(number)) => number,
        _ => f64::INFINITY,
    }
}

fn with_unit(text: &str, question: &Question) -> String {
    let bare = question.unit.is_empty() || text.ends_with(&question.unit);
    if bare { text.to_owned() } else { format!("{text} {}", question.unit) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Shelf;

    #[test]
    fn every_foreseen_answer_of_every_prediction_has_a_bar_of_its_own() {
        for found in Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault}")) {
            for (question, _) in found.lesson.questions().filter(|(_, prediction)| *prediction) {
                let bars = bars(question);
                assert!(bars.len() >= 3, "{}", question.id);
                let right = question.reference().expect("a prediction has an answer");
                let given = question.read(&right, CLASS_SEED).unwrap_or_else(|e| panic!("{}: {e:?}", question.id));
                let vote = Vote::new(question, &given, 2);
                for (bar, words) in &bars {
                    assert!(!words.is_empty(), "{} {bar}", question.id);
                    let right = question.ticks.get(*bar as usize).map_or(*bar == 0, |tick| tick.right);
                    assert_eq!(vote.is_in(question.kind, *bar), right, "{} {bar}", question.id);
                }
                for (at, wrong) in question.wrong.iter().enumerate() {
                    let given =
                        question.read(&wrong.text, CLASS_SEED).unwrap_or_else(|e| panic!("{}: {e:?}", question.id));
                    assert_eq!(Vote::new(question, &given, 1).answer, at as u16 + 1, "{}", question.id);
                }
            }
        }
    }
}
