//! What a learner has answered so far: one small JSON file, written anew after each answer and put in place at once.
//! No captured byte, no address, no name unless somebody gave one. Not here: merging files of a class (`class`).

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::answer::{Given, Verdict};

/// Version of the file's shape.
const VERSION: u32 = 1;
/// The name of the file in the learner's folder.
const FILE: &str = "progress.json";
/// A file that is larger is none of ours.
const LARGEST: u64 = 4 << 20;

/// All that is kept of a learner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Of this file's shape.
    pub version: u32,
    /// The program that wrote it.
    pub layercake: String,
    /// Who it is, if that was said.
    #[serde(default)]
    pub student: String,
    /// Decides the order of options, and the capstone's capture.
    pub seed: u64,
    /// The lesson that was looked at last.
    #[serde(default)]
    pub last: String,
    /// The step at which each lesson was left.
    #[serde(default)]
    pub places: BTreeMap<String, usize>,
    /// Lessons that were gone through to their end.
    #[serde(default)]
    pub done: Vec<String>,
    /// Answers by question.
    #[serde(default)]
    pub answers: BTreeMap<String, Answered>,
}

/// What was answered to one question.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Answered {
    /// The lesson.
    pub lesson: String,
    /// Whether it was a prediction.
    pub prediction: bool,
    /// The first answer, as [`Given::code`].
    pub first: String,
    /// Whether that was right.
    pub first_right: bool,
    /// The last one.
    pub last: String,
    /// Whether that is right.
    pub right: bool,
    /// How often it was answered.
    pub tries: u32,
    /// How many hints were looked at.
    pub hints: u32,
    /// How sure: 1 guess, 2 think so, 3 certain; 0 was not asked.
    pub sure: u8,
    /// Seconds from the question to the first answer.
    pub seconds: u64,
}

impl Progress {
    /// The lesson to go on with: the one looked at last, if it is not finished, or else the last that was begun.
    #[must_use]
    pub fn left(&self) -> Option<&str> {
        let last = Some(&self.last).filter(|id| self.places.contains_key(*id));
        last.or_else(|| self.places.keys().next_back()).map(String::as_str)
    }

    /// Of somebody new.
    pub fn new(seed: u64) -> Self {
        Progress {
            version: VERSION,
            layercake: env!("CARGO_PKG_VERSION").to_owned(),
            student: String::new(),
            seed,
            last: String::new(),
            places: BTreeMap::new(),
            done: Vec::new(),
            answers: BTreeMap::new(),
        }
    }

    /// Reads the file in this folder; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read, or is none of ours.
    pub fn load(home: &Path) -> io::Result<Option<Self>> {
        let path = Self::path(home);
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
            Ok(metadata) if metadata.len() > LARGEST => return Err(io::Error::other("it is too large for progress")),
            Ok(_) => {}
        }
        Self::parse(&fs::read_to_string(path)?).map(Some)
    }

    /// Reads what [`json`](Self::json) wrote.
    ///
    /// # Errors
    /// It is none of ours, or of a later version.
    pub fn parse(text: &str) -> io::Result<Self> {
        let progress: Progress = serde_json::from_str(text).map_err(io::Error::other)?;
        if progress.version > VERSION {
            return Err(io::Error::other("a later layercake wrote it"));
        }
        Ok(progress)
    }

    /// Where the file is.
    pub fn path(home: &Path) -> PathBuf {
        home.join(FILE)
    }

    /// As text.
    pub fn json(&self) -> String {
        // A map of strings and numbers can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Writes the file beside the old one and puts it in its place: never half a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, home: &Path) -> io::Result<()> {
        fs::create_dir_all(home)?;
        let new = home.join(format!("{FILE}.new-{}", std::process::id()));
        let mut file = fs::File::create(&new)?;
        file.write_all(self.json().as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, Self::path(home))
    }

    /// Keeps an answer.
    pub fn answer(
        &mut self,
        id: &str,
        lesson: &str,
        prediction: bool,
        given: &Given,
        verdict: &Verdict,
    ) -> &mut Answered {
        let kept = self.answers.entry(id.to_owned()).or_default();
        if kept.tries == 0 {
            *kept = Answered {
                lesson: lesson.to_owned(),
                prediction,
                first: given.code(),
                first_right: verdict.right,
                hints: kept.hints,
                ..Answered::default()
            };
        }
        kept.tries += 1;
        kept.last = given.code();
        kept.right = verdict.right;
        kept
    }

    /// Keeps that a hint was looked at; how many were, with it.
    pub fn hint(&mut self, id: &str, lesson: &str, count: u32) {
        let kept = self.answers.entry(id.to_owned()).or_default();
        kept.lesson.clear();
        kept.lesson.push_str(lesson);
        kept.hints = kept.hints.max(count);
    }

    /// Forgets one lesson, or all.
    pub fn reset(&mut self, lesson: Option<&str>) {
        self.answers.retain(|_, answered| lesson.is_some_and(|id| answered.lesson != id));
        self.places.retain(|id, _| lesson.is_some_and(|lesson| id != lesson));
        self.done.retain(|id| lesson.is_some_and(|lesson| id != lesson));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(right: bool) -> Verdict {
        Verdict { right, why: String::new() }
    }

    #[test]
    fn the_first_answer_stays_and_the_last_one_counts() {
        let mut progress = Progress::new(7);
        progress.hint("07-x", "07-loss", 2);
        progress.answer("07-x", "07-loss", false, &Given::Choice(2), &verdict(false));
        progress.answer("07-x", "07-loss", false, &Given::Choice(0), &verdict(true));
        let kept = &progress.answers["07-x"];
        assert_eq!(
            (kept.first.as_str(), kept.first_right, kept.last.as_str(), kept.right),
            ("wrong-2", false, "right", true)
        );
        assert_eq!((kept.tries, kept.hints), (2, 2));
    }

    #[test]
    fn what_is_saved_is_read_again_and_no_half_file_is_left() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(Progress::load(home.path()).expect("no file"), None);
        let mut progress = Progress::new(3);
        progress.answer("01-a", "01-x", true, &Given::Number(65.0), &verdict(true)).sure = 3;
        progress.places.insert("01-x".into(), 4);
        progress.save(home.path()).expect("saved");
        assert_eq!(Progress::load(home.path()).expect("read"), Some(progress.clone()));
        assert_eq!(fs::read_dir(home.path()).expect("folder").count(), 1);
        progress.places.insert("09-y".into(), 1);
        progress.last = "01-x".into();
        assert_eq!(progress.left(), Some("01-x"), "not the one with the highest number");
        progress.reset(Some("01-x"));
        assert_eq!(progress.left(), Some("09-y"));
        progress.reset(Some("09-y"));
        assert!(progress.answers.is_empty() && progress.places.is_empty());
        fs::write(Progress::path(home.path()), "{ \"version\": 1").expect("written");
        assert!(Progress::load(home.path()).is_err());
        assert!(Progress::parse("{\"version\":99,\"layercake\":\"9\",\"seed\":1}").is_err());
    }
}
