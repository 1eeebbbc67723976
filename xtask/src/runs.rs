//! The commands of a page, run while the book is built: what a reader would see in a terminal of 80 columns.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use layercake::lesson::Lesson;

use crate::book::{copy, write};
use crate::picture::{self, Seen};

/// Ports as a reader would take them; others where they are taken.
const PORTS: [u16; 2] = [8765, 8766];
/// A server needs a moment until it listens.
const MOMENT: Duration = Duration::from_millis(20);
const MOMENTS: u32 = 150;

/// A folder in which a page's commands are run.
pub struct Runs {
    program: PathBuf,
    folder: PathBuf,
    lesson: String,
    ports: [u16; 2],
    background: Vec<Child>,
    /// Where pictures go, what this page's are called, and how many there are.
    pictures: (PathBuf, String, u32),
}

impl Runs {
    /// Lays out the lesson's files, and its capture where each student has another one, below `folder`.
    ///
    /// # Errors
    /// What cannot be written or run.
    pub fn new(program: &Path, place: &Path, root: &Path, lesson: &Lesson) -> Result<Self, String> {
        let own = format!("lessons/{}", lesson.id);
        let mut runs = Runs::plain(program, place, root, &lesson.id);
        runs.folder = place.join("run");
        copy(&root.join(&own), &runs.folder.join(&own))?;
        runs.lesson = own;
        if let Some(case) = &lesson.case {
            write(&runs.folder.join("case.toml"), &case.script)?;
            runs.take("layercake capture --wire case.toml --quiet -w case.pcapng")?;
        }
        Ok(runs)
    }

    /// A page without a lesson: its commands run in the project's folder.
    pub fn plain(program: &Path, place: &Path, root: &Path, page: &str) -> Self {
        Runs {
            program: program.to_owned(),
            folder: root.to_owned(),
            lesson: String::new(),
            ports: PORTS.map(|port| if is_taken(port) { free().unwrap_or(port) } else { port }),
            background: Vec::new(),
            pictures: (place.join("src/pictures"), page.to_owned(), 0),
        }
    }

    /// A text with its placeholders filled in, as a reader of the book would type it.
    pub fn fill(&self, text: &str) -> String {
        text.replace("{case}", "case.pcapng")
            .replace("{lesson}", &self.lesson)
            .replace("{port}", &self.ports[0].to_string())
            .replace("{port2}", &self.ports[1].to_string())
            .replace("{seed}", "0")
            .replace("{file}", "talk.pcapng")
    }

    /// Runs a command and takes what it prints.
    ///
    /// # Errors
    /// It cannot be run, or fails.
    pub fn take(&self, line: &str) -> Result<String, String> {
        self.take_with(line, "--color=never")
    }

    /// Draws what a command prints, or one chapter of it; gives the figure for a page that lies `above` the pictures.
    ///
    /// # Errors
    /// It cannot be run, or fails; the picture cannot be written.
    pub fn figure(&mut self, line: &str, chapter: Option<&str>, above: &str) -> Result<String, String> {
        // A page has no keys to press: it shows at once what `--step` shows one after the other.
        let whole = line.replace(" --step", "");
        let seen = Seen::new(self.take_with(&whole, "--color=always")?, self.take_with(&whole, "--describe")?);
        let seen = match chapter {
            Some(chapter) => seen.chapter(chapter).ok_or_else(|| format!("`{line}` prints no chapter {chapter}"))?,
            None => seen,
        };
        let (folder, page, number) = &mut self.pictures;
        *number += 1;
        let name = format!("{page}-{number}.svg");
        write(&folder.join(&name), &picture::svg(&seen))?;
        Ok(picture::figure(&self.fill(line), &seen, &format!("{above}pictures/{name}")))
    }

    fn take_with(&self, line: &str, look: &str) -> Result<String, String> {
        let mut command = self.command(line)?;
        command.arg(look);
        let output = command.output().map_err(|error| format!("`{line}`: {error}"))?;
        // 3 is an answer ("the port is taken"), no mishap.
        if !output.status.success() && output.status.code() != Some(3) {
            return Err(format!("`{}` fails: {}", self.fill(line), String::from_utf8_lossy(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts a server that goes on until the lesson ends.
    ///
    /// # Errors
    /// It cannot be run.
    pub fn start(&mut self, line: &str) -> Result<(), String> {
        let child = self.command(line)?.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.background.push(child.map_err(|error| format!("`{line}`: {error}"))?);
        let port = if line.contains("{port2}") { self.ports[1] } else { self.ports[0] };
        for _ in 0..MOMENTS {
            if !line.contains("{port") || is_taken(port) {
                break;
            }
            std::thread::sleep(MOMENT);
        }
        Ok(())
    }

    fn command(&self, line: &str) -> Result<Command, String> {
        let words = shlex::split(&self.fill(line)).unwrap_or_default();
        let Some(("layercake", arguments)) = words.split_first().map(|(first, rest)| (first.as_str(), rest)) else {
            return Err(format!("`{line}` is no command of layercake"));
        };
        let mut command = Command::new(&self.program);
        // What it says of itself (`ports why`) is what a reader would see, not where the book was built.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, "layercake");
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        // Whoever builds the book has answers of their own; they are nobody's business.
        command.env("LAYERCAKE_HOME", self.pictures.0.with_file_name("../home"));
        command.env("COLUMNS", "80").env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
        Ok(command)
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        for child in &mut self.background {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        // What is left over does no harm.
        let _ = fs::remove_file(self.folder.join("talk.pcapng"));
    }
}

fn is_taken(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_err() || UdpSocket::bind(("127.0.0.1", port)).is_err()
}

fn free() -> Option<u16> {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).ok().map(|address| address.port())
}
