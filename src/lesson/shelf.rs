//! Where lessons come from: those that are built in, or a folder of an author's. A folder of its own holds `lesson.md`
//! and the small captures and wire scripts that its runs need; built in, they are laid out on disk when they are run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::{Fault, Lesson};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lessons");

/// A lesson's text must be smaller.
const LONGEST: u64 = 256 * 1024;

/// All lessons of one course.
#[derive(Debug, Clone)]
pub enum Shelf {
    /// Those in the program.
    BuiltIn,
    /// Those in a folder.
    Folder(PathBuf),
}

/// A lesson on the shelf.
#[derive(Debug)]
pub struct Found {
    /// The lesson.
    pub lesson: Lesson,
    /// Its text; of a lesson with cases, the one of its case.
    pub text: String,
    file: String,
    raw: String,
}

impl Found {
    /// The same lesson with the case of this seed; where there are no cases, the same.
    ///
    /// # Errors
    /// The case lacks a value that the text names.
    pub fn deal(self, seed: u64) -> Result<Self, Fault> {
        if self.lesson.case.as_ref().is_none_or(|case| case.seed == seed) {
            return Ok(self);
        }
        read(&(self.lesson.id, self.file, self.raw), seed)
    }

    /// The lesson alone, with the case of this seed: for graders, who need the lessons of many students.
    ///
    /// # Errors
    /// As [`deal`](Self::deal).
    pub fn dealt(&self, seed: u64) -> Result<Lesson, Fault> {
        Lesson::parse_for(&self.lesson.id, &self.file, &self.raw, seed)
    }
}

impl Shelf {
    /// All lessons, in the order of their numbers.
    ///
    /// # Errors
    /// A lesson that has a mistake, or cannot be read.
    pub fn all(&self) -> Result<Vec<Found>, Fault> {
        let mut found: Vec<Found> = self.texts()?.into_iter().map(|text| read(&text, 0)).collect::<Result<_, _>>()?;
        found.sort_by(|a, b| a.lesson.id.cmp(&b.lesson.id));
        Ok(found)
    }

    /// One lesson, by its number ("7", "07"), its folder's name, or the part of it that is a word ("loss").
    ///
    /// # Errors
    /// As those of [`all`](Self::all); `Ok(None)` where there is none of that name.
    pub fn one(&self, name: &str) -> Result<Option<Found>, Fault> {
        let name = name.to_lowercase();
        let wanted: Option<u16> = name.parse().ok();
        let is = |found: &Found| {
            let id = found.lesson.id.to_lowercase();
            wanted.map_or(id == name || id.split_once('-').is_some_and(|(_, word)| word.starts_with(&name)), |number| {
                number == found.lesson.number()
            })
        };
        Ok(self.all()?.into_iter().find(is))
    }

    /// Identifier, name for errors, and text of each lesson.
    fn texts(&self) -> Result<Vec<(String, String, String)>, Fault> {
        match self {
            Shelf::BuiltIn => Ok(BUILT_IN
                .dirs()
                .filter_map(|dir| {
                    let id = dir.path().to_string_lossy().into_owned();
                    let text = dir.get_file(dir.path().join("lesson.md"))?.contents_utf8()?;
                    Some((id.clone(), format!("lessons/{id}/lesson.md"), text.to_owned()))
                })
                .collect()),
            Shelf::Folder(folder) => in_folder(folder),
        }
    }

    /// The folder with a lesson's files, for its runs. Built-in ones are laid out below `home`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn files(&self, id: &str, home: &Path) -> io::Result<PathBuf> {
        match self {
            Shelf::Folder(folder) => Ok(folder.join(id)),
            Shelf::BuiltIn => {
                let folder = home.join("lessons").join(id);
                fs::create_dir_all(&folder)?;
                for file in BUILT_IN.get_dir(id).into_iter().flat_map(Dir::files) {
                    let Some(name) = file.path().file_name() else { continue };
                    let path = folder.join(name);
                    if name != "lesson.md" && fs::read(&path).ok().as_deref() != Some(file.contents()) {
                        fs::write(path, file.contents())?;
                    }
                }
                Ok(folder)
            }
        }
    }
}

fn read((id, file, raw): &(String, String, String), seed: u64) -> Result<Found, Fault> {
    let lesson = Lesson::parse_for(id, file, raw, seed)?;
    // Every name has a value: the lesson could be read.
    let text = lesson.case.as_ref().and_then(|case| case.fill(raw).ok()).unwrap_or_else(|| raw.clone());
    Ok(Found { lesson, text, file: file.clone(), raw: raw.clone() })
}

fn in_folder(folder: &Path) -> Result<Vec<(String, String, String)>, Fault> {
    let fault =
        |path: &Path, error: &io::Error| Fault::unread(path, error, "a folder of lessons holds NN-name/lesson.md");
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| fault(folder, &error))? {
        let path = entry.map_err(|error| fault(folder, &error))?.path();
        let file = path.join("lesson.md");
        if !file.is_file() {
            continue;
        }
        if fs::metadata(&file).is_ok_and(|m| m.len() > LONGEST) {
            let large = io::Error::other("it is larger than 256 KiB");
            return Err(fault(&file, &large));
        }
        let text = fs::read_to_string(&file).map_err(|error| fault(&file, &error))?;
        let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        texts.push((id, file.display().to_string(), text));
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::lesson::Step;

    #[test]
    fn all_built_in_lessons_can_be_read_and_have_a_prediction_before_each_run() {
        let lessons = Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault} ({})", fault.hint));
        let mut ids = BTreeSet::new();
        for Found { lesson, .. } in &lessons {
            let mut predicted = false;
            for step in &lesson.steps {
                match step {
                    Step::Predict(_) => predicted = true,
                    Step::Run(run) if !run.background && !run.live => {
                        assert!(predicted, "{}: a run without a prediction: {:?}", lesson.id, run.commands);
                    }
                    _ => {}
                }
            }
            for (question, _) in lesson.questions() {
                assert!(ids.insert(question.id.clone()), "{} is there twice", question.id);
                assert!(question.id.starts_with(&lesson.id[..2]), "{} in {}", question.id, lesson.id);
                assert!(!question.hints.iter().any(|hint| hint.contains("://")), "{}", question.id);
            }
        }
    }

    #[test]
    fn a_lesson_is_found_by_number_and_by_word() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("07-loss");
        fs::create_dir(&path).expect("a folder");
        fs::write(path.join("lesson.md"), "+++\ntitle = \"T\"\nminutes = 5\nobjective = \"o\"\n+++\nHello.\n")
            .expect("a file");
        let shelf = Shelf::Folder(folder.path().to_owned());
        for name in ["7", "07", "07-loss", "loss", "LOSS"] {
            assert!(shelf.one(name).expect("reads").is_some(), "{name}");
        }
        assert!(shelf.one("8").expect("reads").is_none());
        fs::write(path.join("lesson.md"), "nothing").expect("a file");
        assert!(shelf.all().expect_err("no front matter").to_string().contains("lesson.md:1"));
    }
}
