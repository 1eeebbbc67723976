//! Demos: what a teacher shows on a projector, as plain files in TOML. Each step asks the room, runs commands, tells
//! what to look at and what is right; notes for the teacher stand beside it. Not here: running and drawing (`cli`).

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::Fault;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/demos");

/// A demo's text must be smaller.
const LONGEST: u64 = 64 * 1024;
const HINT: &str = "a demo is NAME.toml: title, minutes, purpose, takeaway, and a [[step]] with title and run";

/// One demo.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demo {
    /// The name of its file, without the ending.
    #[serde(skip)]
    pub name: String,
    /// What the room reads first.
    pub title: String,
    /// How long it takes.
    pub minutes: u16,
    /// What it is for, in one sentence.
    pub purpose: String,
    /// The folder of the lesson whose files its commands read; empty if they need none.
    #[serde(default)]
    pub files: String,
    /// What to remember of it.
    pub takeaway: String,
    /// Numbers in its words that are known from elsewhere; all others come from what was run.
    #[serde(default)]
    pub known: Vec<String>,
    /// What comes, in order.
    #[serde(rename = "step")]
    pub steps: Vec<DemoStep>,
}

/// One step of a demo.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoStep {
    /// Its heading.
    pub title: String,
    /// A question to the room, before the run.
    #[serde(default)]
    pub ask: String,
    /// For the teacher: what to say before the run.
    #[serde(default)]
    pub say: String,
    /// A server that goes on until the demo ends.
    #[serde(default)]
    pub background: Option<String>,
    /// Commands, each beginning with `layercake`.
    pub run: Vec<String>,
    /// What to look at in their output.
    pub look: String,
    /// What is right.
    #[serde(default)]
    pub answer: String,
    /// For the teacher: what to say after it.
    #[serde(default)]
    pub tell: String,
}

impl Demo {
    fn parse(name: &str, file: &str, text: &str) -> Result<Self, Fault> {
        let mut demo: Demo = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count());
            Fault::new(line + 1, error.message().lines().next().unwrap_or_default(), HINT).within(file)
        })?;
        if demo.steps.iter().any(|step| step.run.is_empty() || step.ask.is_empty() != step.answer.is_empty()) {
            return Err(Fault::new(1, "a step runs something, and a question has an answer", HINT).within(file));
        }
        let trim = |words: &mut String| *words = words.trim().to_owned();
        for step in &mut demo.steps {
            [&mut step.ask, &mut step.say, &mut step.look, &mut step.answer, &mut step.tell].into_iter().for_each(trim);
        }
        trim(&mut demo.takeaway);
        name.clone_into(&mut demo.name);
        Ok(demo)
    }

    /// All demos of a folder, or those that are built in, shortest first.
    ///
    /// # Errors
    /// A demo that has a mistake, or cannot be read.
    pub fn all(folder: Option<&PathBuf>) -> Result<Vec<Self>, Fault> {
        let texts = folder.map_or_else(built_in, |folder| in_folder(folder))?;
        let mut all: Vec<Demo> = texts
            .iter()
            .map(|(file, text)| {
                let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
                Demo::parse(&name, file, text)
            })
            .collect::<Result<_, _>>()?;
        all.sort_by(|a, b| (a.minutes, &a.name).cmp(&(b.minutes, &b.name)));
        Ok(all)
    }
}

/// File and text of each.
type Texts = Vec<(String, String)>;

fn built_in() -> Result<Texts, Fault> {
    let text = |file: &include_dir::File<'_>| {
        Some((format!("demos/{}", file.path().display()), file.contents_utf8()?.to_owned()))
    };
    Ok(BUILT_IN.files().filter_map(text).collect())
}

fn in_folder(folder: &Path) -> Result<Texts, Fault> {
    let fault = |path: &Path, error: &std::io::Error| {
        Fault::new(1, format!("cannot be read: {error}"), HINT).within(&path.display().to_string())
    };
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| fault(folder, &error))? {
        let path = entry.map_err(|error| fault(folder, &error))?.path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        if std::fs::metadata(&path).is_ok_and(|m| m.len() > LONGEST) {
            return Err(fault(&path, &std::io::Error::other("it is larger than 64 KiB")));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| fault(&path, &error))?;
        texts.push((path.display().to_string(), text));
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_built_in_demos_can_be_read() {
        let all = Demo::all(None).unwrap_or_else(|fault| panic!("{fault} ({})", fault.hint));
        assert!(all.iter().any(|demo| demo.name == "handshake"));
    }

    #[test]
    fn a_mistake_is_found_with_its_line() {
        let text = "title = \"T\"\nminutes = \"five\"\n";
        assert_eq!(Demo::parse("t", "t.toml", text).expect_err("no number").line, 2);
        let text = "title = \"T\"\nminutes = 5\npurpose = \"p\"\ntakeaway = \"t\"\n[[step]]\ntitle = \"s\"\nask = \"Why?\"\nrun = [\"layercake peel\"]\nlook = \"l\"\n";
        assert!(Demo::parse("t", "t.toml", text).expect_err("no answer").to_string().contains("has an answer"));
    }
}
