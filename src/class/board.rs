//! Votes, counted: how many chose what, how sure they were, and the same again after neighbours have talked (peer
//! instruction). No names, no order of arrival. Not here: what it looks like (`render`).

use std::collections::BTreeMap;

use super::vote::{Vote, bars};
use super::{Coded, Record};
use crate::lesson::{Found, Question};

/// Above this share of one answer there is little left to talk about, in per cent.
const AGREED: usize = 80;

/// Votes by question, of both rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gathered(BTreeMap<String, [Vec<Vote>; 2]>);

/// How often an answer was given in one round.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Round {
    /// By how many.
    pub count: usize,
    /// Their mean sureness, 1 to 3; `None` where nobody was asked.
    pub sure: Option<f64>,
}

/// One answer of a board.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its letter.
    pub letter: char,
    /// Its words.
    pub words: String,
    /// Whether it is right.
    pub right: bool,
    /// The first vote, and the second.
    pub rounds: [Round; 2],
}

/// The board of one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// The question's id.
    pub question: String,
    /// The lesson's number.
    pub lesson: u16,
    /// What was asked.
    pub prompt: String,
    /// Several answers may be given at once.
    pub ticks: bool,
    /// The answers.
    pub bars: Vec<Bar>,
    /// How many voted in each round.
    pub answered: [usize; 2],
    /// How many could have voted, where that is known.
    pub of: Option<usize>,
    /// Why the right one is right.
    pub why: String,
}

impl Gathered {
    /// One vote of the first round, or the second.
    pub fn vote(&mut self, question: &str, second: bool, vote: Vote) {
        self.0.entry(question.to_owned()).or_default()[usize::from(second)].push(vote);
    }

    /// The predictions of a file.
    pub fn record(&mut self, record: &Record, course: &[Found], second: bool) {
        for entry in record.answers.iter().filter(|entry| entry.prediction) {
            let question = question(course, &entry.question);
            if let Some((_, question)) = question
                && let Some(given) = question.recall(&entry.first)
            {
                self.vote(&entry.question, second, Vote::new(question, &given, entry.sure));
            }
        }
    }

    /// Codes.
    pub fn codes(&mut self, codes: &[Coded], second: bool) {
        for coded in codes {
            self.vote(&coded.question, second, coded.vote);
        }
    }

    /// Questions with votes, and how many voted first; in the order of the course.
    pub fn questions(&self, course: &[Found]) -> Vec<(String, usize)> {
        let all = course.iter().flat_map(|found| found.lesson.questions());
        all.filter_map(|(q, _)| Some((q.id.clone(), self.0.get(&q.id)?[0].len()))).collect()
    }

    /// The board of a question; `None` where there is no such question.
    pub fn board(&self, course: &[Found], id: &str, of: Option<usize>) -> Option<Board> {
        let (found, question) = question(course, id)?;
        let none = [Vec::new(), Vec::new()];
        Some(board(found.lesson.number(), question, self.0.get(id).unwrap_or(&none), of))
    }

    /// The votes of one question.
    pub fn of(&self, id: &str) -> Option<&[Vec<Vote>; 2]> {
        self.0.get(id)
    }
}

fn question<'a>(course: &'a [Found], id: &str) -> Option<(&'a Found, &'a Question)> {
    course.iter().find_map(|found| Some((found, found.lesson.questions().find(|(q, _)| q.id == id)?.0)))
}

/// Counts the votes of one question.
pub(super) fn board(lesson: u16, question: &Question, votes: &[Vec<Vote>; 2], of: Option<usize>) -> Board {
    let kind = question.kind;
    let count = |votes: &[Vote], bar: u16| {
        let mine = votes.iter().filter(|vote| vote.is_in(kind, bar));
        let sure: Vec<f64> = mine.clone().filter(|vote| vote.sure > 0).map(|vote| f64::from(vote.sure)).collect();
        let mean = (!sure.is_empty()).then(|| sure.iter().sum::<f64>() / sure.len() as f64);
        Round { count: mine.count(), sure: mean }
    };
    let bars = bars(question).into_iter().enumerate().map(|(at, (bar, words))| Bar {
        letter: char::from(b'a' + at.min(25) as u8),
        words,
        right: question.ticks.get(usize::from(bar)).map_or(bar == 0, |tick| tick.right),
        rounds: [count(&votes[0], bar), count(&votes[1], bar)],
    });
    Board {
        question: question.id.clone(),
        lesson,
        prompt: question.prompt.clone(),
        ticks: !question.ticks.is_empty(),
        bars: bars.collect(),
        answered: [votes[0].len(), votes[1].len()],
        of,
        why: question.why.clone(),
    }
}

impl Board {
    /// The answer worth talking about: what most chose, right or wrong, weighted by how sure they are; `None` where
    /// nearly all agree, or too few have voted. It must not tell what is right.
    pub fn talk(&self) -> Option<usize> {
        let all = self.answered[0];
        if self.ticks || all < 3 {
            return None;
        }
        let weight = |bar: &Bar| bar.rounds[0].count as f64 * bar.rounds[0].sure.unwrap_or(2.0);
        let (at, most) = self.bars.iter().enumerate().max_by(|a, b| weight(a.1).total_cmp(&weight(b.1)))?;
        (most.rounds[0].count * 100 < AGREED * all).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::diligent;
    use super::*;
    use crate::lesson::Shelf;

    #[test]
    fn votes_of_both_rounds_are_counted_beside_each_other() {
        let course = Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault}"));
        let id = course[6].lesson.questions().next().expect("a question").0.id.clone();
        let mut gathered = Gathered::default();
        for (answer, sure, times) in [(0, 2, 3), (1, 3, 5), (2, 1, 2)] {
            for _ in 0..times {
                gathered.vote(&id, false, Vote { answer, sure });
            }
        }
        gathered.vote(&id, true, Vote { answer: 0, sure: 3 });
        let board = gathered.board(&course, &id, Some(12)).expect("a board");
        assert_eq!((board.answered, board.of), ([10, 1], Some(12)));
        let right = board.bars.iter().find(|bar| bar.right).expect("one is right");
        assert_eq!(right.rounds, [Round { count: 3, sure: Some(2.0) }, Round { count: 1, sure: Some(3.0) }]);
        let talk = board.talk().expect("they differ");
        assert_eq!(board.bars[talk].rounds[0].count, 5);
        assert!(board.bars.iter().map(|bar| bar.letter).collect::<String>().starts_with("abcd"));
    }

    #[test]
    fn every_prediction_of_a_file_is_on_its_board() {
        let (progress, course) = diligent(5);
        let record = Record::of(&progress, &course, None);
        let mut gathered = Gathered::default();
        gathered.record(&record, &course, false);
        let questions = gathered.questions(&course);
        assert_eq!(questions.len(), record.answers.iter().filter(|entry| entry.prediction).count());
        for (id, votes) in questions {
            let board = gathered.board(&course, &id, None).expect("a board");
            assert_eq!(votes, 1);
            if !id.starts_with("15") {
                assert!(board.bars.iter().all(|bar| (bar.rounds[0].count == 1) == bar.right), "{id}");
            }
        }
    }
}
