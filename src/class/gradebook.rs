//! Many learners' answers as one table for a teacher. A prediction counts as taking part, never as right or wrong: who
//! risks a wrong guess learns the most. Checks give a point each, however many tries they took.

use std::collections::BTreeMap;

use super::{Record, csv};
use crate::lesson::Found;

/// The table while it is being filled.
pub struct Gradebook<'a> {
    course: &'a [Found],
    rows: Vec<Row>,
}

/// One learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Who; empty for somebody without a name.
    pub student: String,
    /// The file it came from.
    pub file: String,
    /// By lesson: predictions given, checks right.
    pub lessons: BTreeMap<String, (usize, usize)>,
    /// Tries of all checks together.
    pub tries: u32,
    /// Hints that were looked at.
    pub hints: u32,
    /// Lessons that were finished.
    pub done: usize,
    /// All answers, to tell which of two files is the fuller one.
    answers: usize,
}

impl Row {
    /// Predictions that were given.
    pub fn predicted(&self) -> usize {
        self.lessons.values().map(|(predicted, _)| predicted).sum()
    }

    /// Points: checks that are right.
    pub fn points(&self) -> usize {
        self.lessons.values().map(|(_, points)| points).sum()
    }
}

impl<'a> Gradebook<'a> {
    /// An empty one for a course.
    pub fn new(course: &'a [Found]) -> Self {
        Gradebook { course, rows: Vec::new() }
    }

    /// Enters what a file says. Where a student of that name is there already, the fuller file counts; the name of the
    /// other one comes back.
    pub fn enter(&mut self, file: &str, record: &Record) -> Option<String> {
        let row = self.row(file, record);
        let same = |other: &&mut Row| !row.student.is_empty() && other.student.eq_ignore_ascii_case(&row.student);
        let Some(other) = self.rows.iter_mut().find(same) else {
            self.rows.push(row);
            return None;
        };
        if row.answers > other.answers { Some(std::mem::replace(other, row).file) } else { Some(row.file) }
    }

    fn row(&self, file: &str, record: &Record) -> Row {
        let mut lessons = BTreeMap::new();
        let (mut tries, mut hints) = (0_u32, 0_u32);
        for found in self.course {
            let sums: &mut (usize, usize) = lessons.entry(found.lesson.id.clone()).or_default();
            // By the lesson's questions, so that an answer that is in the file twice counts once.
            for (question, prediction) in found.lesson.questions() {
                let Some(entry) = record.answers.iter().find(|e| e.question == question.id && e.tries > 0) else {
                    continue;
                };
                hints = hints.saturating_add(entry.hints);
                if prediction {
                    sums.0 += 1;
                } else {
                    sums.1 += usize::from(entry.right);
                    tries = tries.saturating_add(entry.tries);
                }
            }
        }
        let is_done = |found: &&Found| record.done.contains(&found.lesson.id);
        Row {
            student: record.student.clone(),
            file: file.to_owned(),
            lessons,
            tries,
            hints,
            done: self.course.iter().filter(is_done).count(),
            answers: record.answers.len(),
        }
    }

    /// The learners, by name.
    pub fn rows(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| (row.student.to_lowercase(), row.file.clone()));
        rows
    }

    /// How many predictions and checks there are in the course.
    pub fn most(&self) -> (usize, usize) {
        let all: Vec<bool> = self.course.iter().flat_map(|found| found.lesson.questions()).map(|(_, p)| p).collect();
        let predictions = all.iter().filter(|prediction| **prediction).count();
        (predictions, all.len() - predictions)
    }

    /// The table, with a head: a line a learner, two columns a lesson.
    pub fn csv(&self) -> String {
        let (predictions, checks) = self.most();
        let mut head: Vec<String> =
            ["student", "file", "predicted", "predicted_of", "points", "points_of", "tries", "hints"]
                .map(str::to_owned)
                .to_vec();
        head.push("lessons_done".to_owned());
        for found in self.course {
            let number = found.lesson.number();
            head.extend([format!("{number:02}_predicted"), format!("{number:02}_points")]);
        }
        let mut text = csv(&head);
        for row in self.rows() {
            let mut fields = vec![row.student.clone(), row.file.clone()];
            fields.extend([row.predicted(), predictions, row.points(), checks].map(|n| n.to_string()));
            fields.extend([row.tries.to_string(), row.hints.to_string(), row.done.to_string()]);
            fields.extend(row.lessons.values().flat_map(|(p, c)| [p.to_string(), c.to_string()]));
            text += &csv(&fields);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::diligent;
    use super::*;

    #[test]
    fn a_wrong_prediction_counts_as_much_as_a_right_one() {
        let (progress, course) = diligent(5);
        let mut record = Record::of(&progress, &course, Some("Ada"));
        let mut book = Gradebook::new(&course);
        assert_eq!(book.enter("a.json", &record), None);
        let right = book.rows()[0].clone();
        assert_eq!(right.predicted(), book.most().0);
        for entry in record.answers.iter_mut().filter(|entry| entry.prediction) {
            (entry.first_right, entry.right) = (false, false);
        }
        let mut other = Gradebook::new(&course);
        other.enter("a.json", &record);
        assert_eq!(*other.rows()[0], right);
        let wrong = record.answers.iter_mut().find(|entry| !entry.prediction && entry.right).expect("a check");
        wrong.right = false;
        let mut less = Gradebook::new(&course);
        less.enter("a.json", &record);
        assert_eq!(less.rows()[0].points(), right.points() - 1);
    }

    #[test]
    fn of_two_files_of_one_student_the_fuller_one_counts_and_an_answer_counts_once() {
        let (progress, course) = diligent(5);
        let full = Record::of(&progress, &course, Some("Ada"));
        let mut half = full.clone();
        half.answers.truncate(10);
        let mut book = Gradebook::new(&course);
        book.enter("half.json", &half);
        assert_eq!(book.enter("full.json", &full).as_deref(), Some("half.json"));
        assert_eq!(book.enter("half2.json", &half).as_deref(), Some("half2.json"));
        assert_eq!(book.rows().len(), 1);
        let points = book.rows()[0].points();
        let mut twice = full.clone();
        twice.answers.extend(full.answers.clone());
        let mut book = Gradebook::new(&course);
        book.enter("twice.json", &twice);
        assert_eq!(book.rows()[0].points(), points);
        let lines: Vec<usize> = book.csv().lines().map(|line| line.split(',').count()).collect();
        assert!(lines.iter().all(|count| *count == 9 + 2 * course.len()), "{lines:?}");
    }
}
