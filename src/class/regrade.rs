//! Grades again what a file says of itself: the seed from the class's word and the student's id, what is right from the
//! lessons of that seed, and each verdict from the answer. So a changed verdict is noticed. A changed answer is not: who
//! writes the right answers into the file has them right. This is tamper-evident at best, and no proof of anything.

use super::{Entry, Record};
use crate::lesson::{Fault, Found, Lesson, Question, seed_of};

/// What differs from what a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The seed is not the one of this student in this class: what the file says, and what is so.
    Seed(u64, u64),
    /// The file says so of the first or last answer to this question, and it is not so.
    Verdict {
        /// The question.
        question: String,
        /// Of the first answer, or the last.
        first: bool,
        /// What the file says.
        says: bool,
    },
    /// It says that a prediction was a check, or the other way round.
    Kind(String),
    /// It is there more than once; only the first counts.
    Twice(String),
    /// There is no such question.
    Unknown(String),
    /// Its counts contradict each other: one try, and yet two answers.
    Tries(String),
}

/// A file, graded again.
#[derive(Debug, Clone)]
pub struct Regraded {
    /// With our verdicts.
    pub record: Record,
    /// What differs.
    pub findings: Vec<Finding>,
    /// Questions about what only the learner's machine knew (an open port): the file is believed, or not.
    pub believed: Vec<String>,
    /// Answers that were graded again.
    pub graded: usize,
}

/// Grades a file again. Without the class's word its seed is believed.
///
/// # Errors
/// A lesson of the course cannot be dealt.
pub fn regrade(record: &Record, course: &[Found], class: Option<&str>) -> Result<Regraded, Fault> {
    let seed = class.map_or(record.seed, |word| seed_of(word, &record.student));
    let mut regraded = Regraded {
        record: Record { answers: Vec::new(), seed, ..record.clone() },
        findings: Vec::new(),
        believed: Vec::new(),
        graded: 0,
    };
    if seed != record.seed {
        regraded.findings.push(Finding::Seed(record.seed, seed));
    }
    let lessons: Vec<Lesson> = course.iter().map(|found| found.dealt(seed)).collect::<Result<_, _>>()?;
    for entry in &record.answers {
        regraded.entry(entry, &lessons);
    }
    Ok(regraded)
}

impl Regraded {
    fn entry(&mut self, entry: &Entry, lessons: &[Lesson]) {
        let found = lessons.iter().find_map(|lesson| {
            let (question, prediction) = lesson.questions().find(|(question, _)| question.id == entry.question)?;
            Some((question, prediction, lesson))
        });
        let Some((question, prediction, lesson)) = found else {
            return self.findings.push(Finding::Unknown(entry.question.clone()));
        };
        if self.record.answers.iter().any(|other| other.question == entry.question) {
            return self.findings.push(Finding::Twice(entry.question.clone()));
        }
        if prediction != entry.prediction {
            self.findings.push(Finding::Kind(entry.question.clone()));
        }
        if entry.tries == 0 || (entry.tries == 1 && entry.first != entry.last) {
            self.findings.push(Finding::Tries(entry.question.clone()));
        }
        let mut entry = Entry { prediction, lesson: lesson.id.clone(), ..entry.clone() };
        match (is_right(question, &entry.first), is_right(question, &entry.last)) {
            (Some(first), Some(last)) => {
                self.graded += 1;
                for (is, says, of_first) in [(first, entry.first_right, true), (last, entry.right, false)] {
                    if is != says {
                        let question = entry.question.clone();
                        self.findings.push(Finding::Verdict { question, first: of_first, says });
                    }
                }
                (entry.first_right, entry.right) = (first, last);
            }
            _ => self.believed.push(entry.question.clone()),
        }
        self.record.answers.push(entry);
    }
}

/// Whether an answer is right; `None` where only the learner's machine knew.
fn is_right(question: &Question, code: &str) -> Option<bool> {
    let Some(given) = question.recall(code) else { return Some(false) };
    if question.judge.is_none() {
        return Some(question.verdict(&given).right);
    }
    question.judged(&given).map(|verdict| verdict.right)
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::diligent;
    use super::*;

    #[test]
    fn an_honest_file_has_no_findings() {
        for seed in [5, seed_of("tea", "ada")] {
            let (progress, course) = diligent(seed);
            let record = Record::of(&progress, &course, Some("Ada"));
            let class = (seed != 5).then_some("tea");
            let regraded = regrade(&record, &course, class).expect("dealt");
            assert_eq!(regraded.findings, [], "seed {seed}");
            assert_eq!(regraded.record, record);
            assert!(regraded.graded > 60);
        }
    }

    #[test]
    fn a_changed_verdict_is_found_and_a_changed_seed_too() {
        let (progress, course) = diligent(seed_of("tea", "ada"));
        let mut record = Record::of(&progress, &course, Some("ada"));
        let check = record.answers.iter().position(|e| !e.prediction && e.last == "right").expect("a choice");
        record.answers[check].last = "wrong-1".to_owned();
        record.answers[check].tries = 2;
        let question = record.answers[check].question.clone();
        let twice = record.answers[0].clone();
        record.answers.push(twice.clone());
        record.answers.push(Entry { question: "99-x".to_owned(), ..twice.clone() });
        let regraded = regrade(&record, &course, Some("tea")).expect("dealt");
        assert_eq!(
            regraded.findings,
            [
                Finding::Verdict { question, first: false, says: true },
                Finding::Twice(twice.question),
                Finding::Unknown("99-x".to_owned())
            ]
        );
        assert!(!regraded.record.answers[check].right);
        // Somebody else's file, with only the name changed: its capstone has other answers.
        let mut stolen = Record::of(&progress, &course, Some("bob"));
        stolen.seed = seed_of("tea", "bob");
        let regraded = regrade(&stolen, &course, Some("tea")).expect("dealt");
        assert!(regraded.findings.len() >= 3, "{:?}", regraded.findings);
        assert!(
            regraded
                .findings
                .iter()
                .all(|f| matches!(f, Finding::Verdict { question, .. } if question.starts_with("15")))
        );
    }
}
