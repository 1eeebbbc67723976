//! What a learner hands in: the answers of one person in one file, in a shape with a version. No captured byte, no
//! address of a machine, no name unless somebody gave one. Not here: what it is worth (`gradebook`, `regrade`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::csv;
use crate::lesson::{Answered, Found, Progress};

/// What the file says that it is.
const SCHEMA: &str = "layercake-progress";
/// Version of its shape.
const VERSION: u32 = 1;
/// Bytes of the largest file that is read.
pub(super) const LARGEST: usize = 4 << 20;
/// Bytes of an answer that is handed in.
const ANSWER: usize = 4096;
/// Letters of a name.
const NAME: usize = 80;

/// One learner's answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Always `layercake-progress`.
    pub schema: String,
    /// Of this file's shape.
    pub version: u32,
    /// The program that wrote it.
    pub layercake: String,
    /// Who it is; empty unless that was given. Any text.
    #[serde(default)]
    pub student: String,
    /// Decides the capstone's capture.
    pub seed: u64,
    /// Lessons that were gone through to their end.
    #[serde(default)]
    pub done: Vec<String>,
    /// The step at which each lesson was left.
    #[serde(default)]
    pub places: BTreeMap<String, usize>,
    /// The answers, in the order of the course.
    pub answers: Vec<Entry>,
}

/// The answers to one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The lesson, as `07-loss`.
    pub lesson: String,
    /// The question, as `07-what-is-read`.
    pub question: String,
    /// Whether it was asked before the run.
    pub prediction: bool,
    /// The first answer: `right`, `wrong-2` of a choice, else as it was given.
    pub first: String,
    /// Whether that was right.
    pub first_right: bool,
    /// The last answer.
    pub last: String,
    /// Whether that is right.
    pub right: bool,
    /// How often it was answered.
    pub tries: u32,
    /// How many hints were looked at, 0 to 3.
    pub hints: u32,
    /// 1 guess, 2 think so, 3 certain; 0 was not asked.
    pub sure: u8,
    /// Seconds from the question to the first answer.
    pub seconds: u64,
}

impl Record {
    /// What is handed in of `progress`. `student` replaces the name that the folder has.
    pub fn of(progress: &Progress, course: &[Found], student: Option<&str>) -> Self {
        let place = |id: &str| course.iter().flat_map(|found| found.lesson.questions()).position(|(q, _)| q.id == id);
        let mut answers: Vec<(Option<usize>, Entry)> = progress
            .answers
            .iter()
            .filter(|(_, kept)| kept.tries > 0)
            .map(|(id, kept)| (place(id), Entry::of(id, kept, course)))
            .collect();
        // A question of other lessons comes last.
        answers.sort_by_key(|(place, entry)| (place.unwrap_or(usize::MAX), entry.question.clone()));
        Record {
            schema: SCHEMA.to_owned(),
            version: VERSION,
            layercake: env!("CARGO_PKG_VERSION").to_owned(),
            student: cut(student.unwrap_or(&progress.student).trim(), NAME),
            seed: progress.seed,
            done: progress.done.clone(),
            places: progress.places.clone(),
            answers: answers.into_iter().map(|(_, entry)| entry).collect(),
        }
    }

    /// Reads what [`json`](Self::json) wrote.
    ///
    /// # Errors
    /// One sentence that follows the file's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LARGEST {
            return Err("is larger than any file of answers".to_owned());
        }
        if text.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| format!("is no JSON ({error}); was it cut off?"))?;
        if value["schema"] != SCHEMA {
            return Err("is no file of `layercake progress export`".to_owned());
        }
        if value["version"].as_u64().is_none_or(|version| version > u64::from(VERSION)) {
            return Err("was written by a later layercake".to_owned());
        }
        let mut record: Record = serde_json::from_value(value).map_err(|error| format!("has been changed: {error}"))?;
        record.student = cut(record.student.trim(), NAME);
        Ok(record)
    }

    /// As text.
    pub fn json(&self) -> String {
        // Strings and numbers can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// As a table, one line an answer, with a head.
    pub fn csv(&self) -> String {
        let head = [
            "student",
            "lesson",
            "question",
            "prediction",
            "first",
            "first_right",
            "last",
            "right",
            "tries",
            "hints",
            "sure",
            "seconds",
            "seed",
            "layercake",
            "version",
        ];
        let rows = self.answers.iter().map(|e| {
            csv(&[
                self.student.clone(),
                e.lesson.clone(),
                e.question.clone(),
                e.prediction.to_string(),
                e.first.clone(),
                e.first_right.to_string(),
                e.last.clone(),
                e.right.to_string(),
                e.tries.to_string(),
                e.hints.to_string(),
                e.sure.to_string(),
                e.seconds.to_string(),
                self.seed.to_string(),
                self.layercake.clone(),
                self.version.to_string(),
            ])
        });
        std::iter::once(csv(&head)).chain(rows).collect()
    }

    /// Puts these answers beside those of a folder: what was answered there first stays. How many came, and how many were
    /// there already. Answers to a lesson with cases count only for the same seed; how many were left out for that.
    pub fn into_progress(&self, progress: &mut Progress, course: &[Found]) -> Imported {
        let new = progress.answers.is_empty();
        if new {
            progress.seed = self.seed;
        }
        if progress.student.is_empty() {
            progress.student.clone_from(&self.student);
        }
        let foreign = progress.seed != self.seed;
        let has_case = |id: &str| course.iter().any(|found| found.lesson.id == id && found.lesson.case.is_some());
        let mut imported = Imported::default();
        for entry in &self.answers {
            if foreign && has_case(&entry.lesson) {
                imported.other_case += 1;
            } else if progress.answers.get(&entry.question).is_some_and(|kept| kept.tries > 0) {
                imported.there += 1;
            } else {
                imported.came += 1;
                progress.answers.insert(entry.question.clone(), entry.answered());
            }
        }
        for id in self.done.iter().filter(|id| !(foreign && has_case(id))) {
            if !progress.done.contains(id) {
                progress.done.push(id.clone());
            }
        }
        for (id, place) in &self.places {
            if !progress.done.contains(id) {
                progress.places.entry(id.clone()).or_insert(*place);
            }
        }
        imported
    }
}

/// What an import did, in answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Came.
    pub came: usize,
    /// Were there already.
    pub there: usize,
    /// Belong to another student's capture.
    pub other_case: usize,
}

impl Entry {
    fn of(id: &str, kept: &Answered, course: &[Found]) -> Self {
        Entry {
            lesson: kept.lesson.clone(),
            question: id.to_owned(),
            prediction: kept.prediction,
            first: shortened(&kept.first, id, course),
            first_right: kept.first_right,
            last: shortened(&kept.last, id, course),
            right: kept.right,
            tries: kept.tries,
            hints: kept.hints,
            sure: kept.sure,
            seconds: kept.seconds,
        }
    }

    fn answered(&self) -> Answered {
        Answered {
            lesson: self.lesson.clone(),
            prediction: self.prediction,
            first: self.first.clone(),
            first_right: self.first_right,
            last: self.last.clone(),
            right: self.right,
            tries: self.tries,
            hints: self.hints,
            sure: self.sure.min(3),
            seconds: self.seconds,
        }
    }
}

/// An answer as it is handed in: a MAC that is not the lesson's own is somebody's card, and only its maker's half stays.
fn shortened(answer: &str, id: &str, course: &[Found]) -> String {
    let question = course.iter().flat_map(|found| found.lesson.questions()).find(|(q, _)| q.id == id);
    let known = |word: &str| {
        question.is_some_and(|(q, _)| {
            let texts = q.reference().into_iter().chain(q.wrong.iter().map(|wrong| wrong.text.clone()));
            texts.map(|text| text.to_lowercase()).any(|text| text.contains(&word.to_lowercase()))
        })
    };
    let mut out = String::new();
    let mut rest = answer;
    while let Some(at) = mac(rest) {
        let word = &rest[at..at + 17];
        out += &rest[..at];
        out += if known(word) { word } else { &word[..9] };
        if !known(word) {
            out += "..";
        }
        rest = &rest[at + 17..];
    }
    out += rest;
    cut(&out, ANSWER)
}

/// Where the first MAC begins: six pairs of hex digits with colons or dashes.
fn mac(text: &str) -> Option<usize> {
    let is = |window: &[u8]| {
        window.iter().enumerate().all(|(at, byte)| match at % 3 {
            2 => matches!(byte, b':' | b'-'),
            _ => byte.is_ascii_hexdigit(),
        })
    };
    text.as_bytes().windows(17).position(is)
}

/// At most so many bytes, and no half letter.
fn cut(text: &str, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::lesson::{Given, Shelf};

    /// Somebody who answered every question as the file says is right; the first of each lesson wrongly at first.
    pub(in crate::class) fn diligent(seed: u64) -> (Progress, Vec<Found>) {
        let course = Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault}"));
        let mut progress = Progress::new(seed);
        for found in &course {
            let lesson = found.dealt(seed).unwrap_or_else(|fault| panic!("{fault}"));
            for (question, prediction) in lesson.questions() {
                let Some(right) = question.reference() else { continue };
                let given = question.read(&right, 0).unwrap_or_else(|e| panic!("{}: {e:?}", question.id));
                let verdict = question.judged(&given).unwrap_or_else(|| question.verdict(&given));
                assert!(verdict.right, "{}", question.id);
                progress.answer(&question.id, &lesson.id, prediction, &given, &verdict).sure = 2;
            }
        }
        (progress, course)
    }

    #[test]
    fn what_is_handed_in_comes_back_and_holds_no_name_unless_one_was_given() {
        let (progress, course) = diligent(5);
        let record = Record::of(&progress, &course, None);
        assert_eq!(record.student, "");
        assert_eq!(Record::parse(&record.json()), Ok(record.clone()));
        let mut other = Progress::new(9);
        let imported = record.into_progress(&mut other, &course);
        assert_eq!((imported.came, other.seed, &other.answers), (record.answers.len(), 5, &progress.answers));
        let again = record.into_progress(&mut other, &course);
        assert_eq!((again.came, again.there), (0, record.answers.len()));
        assert_eq!(Record::of(&progress, &course, Some(" Ada ")).student, "Ada");
        assert_eq!(record.csv().lines().count(), record.answers.len() + 1 + newlines(&record));
    }

    fn newlines(record: &Record) -> usize {
        record.answers.iter().map(|e| e.first.matches('\n').count() + e.last.matches('\n').count()).sum()
    }

    #[test]
    fn answers_to_another_students_capture_are_left_out() {
        let (progress, course) = diligent(5);
        let record = Record::of(&progress, &course, None);
        let mut other = Progress::new(9);
        other.answer(
            "01-own",
            "01-x",
            true,
            &Given::Number(1.0),
            &crate::lesson::Verdict { right: true, why: String::new() },
        );
        let imported = record.into_progress(&mut other, &course);
        assert!(imported.other_case > 5 && imported.came > 50, "{imported:?}");
        assert_eq!(other.seed, 9);
    }

    #[test]
    fn the_address_of_somebodys_card_is_not_handed_in() {
        let course = Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(shortened("it is 3c:22:fb:12:34:56, mine", "03-x", &course), "it is 3c:22:fb:.., mine");
        let question =
            course[2].lesson.questions().find(|(q, _)| q.reference().as_deref() == Some("02:00:00:01:00:01"));
        let id = &question.expect("lesson 03 asks for one").0.id;
        assert_eq!(shortened("02:00:00:01:00:01", id, &course), "02:00:00:01:00:01");
    }

    #[test]
    fn a_foreign_file_is_named_in_one_sentence() {
        assert_eq!(Record::parse(" "), Err("is empty".to_owned()));
        assert!(Record::parse("{\"schema\":").expect_err("cut").contains("cut off"));
        assert!(Record::parse("{\"a\":1}").expect_err("foreign").contains("no file of"));
        let later = "{\"schema\":\"layercake-progress\",\"version\":9}";
        assert!(Record::parse(later).expect_err("later").contains("later"));
        let changed = "{\"schema\":\"layercake-progress\",\"version\":1,\"seed\":\"x\"}";
        assert!(Record::parse(changed).expect_err("changed").contains("changed"));
    }
}
