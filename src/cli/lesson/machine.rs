//! The commands of a lesson, really run: this program again, as a child, in the same terminal or with its output taken.
//! Servers of a lesson live until the lesson ends. Not here: what a lesson says.

use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::Error;
use crate::lesson::{Given, Question, Verdict};
use crate::ports::{self, Protocol, State, Wants};
use crate::render::Charset;

/// A server needs a moment until it listens.
const MOMENT: Duration = Duration::from_millis(20);
const MOMENTS: u32 = 150;
/// Bytes of a command's output that are read.
const MOST: u64 = 4 << 20;

/// A place where commands are run, with the values of their placeholders.
pub(in crate::cli) struct Machine {
    program: PathBuf,
    lesson: PathBuf,
    folder: PathBuf,
    ports: [u16; 2],
    seed: u64,
    case: Option<PathBuf>,
    /// How commands are to look: as the lesson does.
    look: Vec<&'static str>,
    background: Vec<Child>,
}

/// What a command did.
pub(in crate::cli) struct Ran {
    pub(in crate::cli) output: String,
    pub(in crate::cli) complaint: String,
    pub(in crate::cli) good: bool,
}

impl Machine {
    /// For a lesson whose files are in `lesson` and whose capture, if it deals one, is `case`; temporary files go to
    /// `folder`.
    pub(super) fn new(lesson: PathBuf, folder: PathBuf, seed: u64, case: Option<PathBuf>) -> Result<Self, Error> {
        let program = std::env::current_exe().map_err(|error| {
            Error::asked(format!("this program does not find itself: {error}"), "start it by its path")
        })?;
        Ok(Machine {
            program,
            lesson,
            folder,
            ports: [free()?, free()?],
            seed,
            case,
            look: Vec::new(),
            background: Vec::new(),
        })
    }

    /// A text of the lesson with its placeholders filled in.
    pub(in crate::cli) fn fill(&self, text: &str) -> String {
        let case = self.case.as_ref().map_or_else(String::new, |path| path.display().to_string());
        text.replace("{case}", &case)
            .replace("{lesson}", &self.lesson.display().to_string())
            .replace("{port}", &self.ports[0].to_string())
            .replace("{port2}", &self.ports[1].to_string())
            .replace("{seed}", &self.seed.to_string())
            .replace("{file}", &self.folder.join("lesson.pcapng").display().to_string())
    }

    /// Commands are spoken where the lesson is spoken, and drawn in ASCII where it is.
    pub(in crate::cli) fn looks(&mut self, describe: bool, charset: Charset) {
        let said = [(describe, ["--describe"].as_slice()), (charset == Charset::Ascii, &["--charset", "ascii"])];
        self.look =
            said.into_iter().filter(|(wanted, _)| *wanted).flat_map(|(_, words)| words.iter().copied()).collect();
    }

    /// Commands use colours, though nobody's terminal sees them.
    pub(in crate::cli) fn coloured(&mut self) {
        self.look.extend(["--color", "always"]);
    }

    fn command(&self, line: &str) -> Result<Command, Error> {
        let line = self.fill(line);
        let words = shlex::split(&line).unwrap_or_default();
        let Some((_, arguments)) = words.split_first().filter(|(first, _)| *first == "layercake") else {
            return Err(Error::asked(
                format!("`{}` is no command of layercake", super::super::console::tame(&line)),
                "a run and a truth begin with `layercake`",
            ));
        };
        let mut command = Command::new(&self.program);
        command.args(&self.look).args(arguments);
        Ok(command)
    }

    /// Runs a command in this terminal; whether it ended well.
    pub(in crate::cli) fn show(&self, line: &str) -> Result<bool, Error> {
        let status = self.command(line)?.status().map_err(|error| lost(line, &error))?;
        // 3 is an answer ("the port is taken"), no mishap.
        Ok(status.success() || status.code() == Some(3))
    }

    /// Runs a command and takes what it prints. Nobody types; it is drawn for 80 columns.
    pub(in crate::cli) fn take(&self, line: &str) -> Result<Ran, Error> {
        let mut command = self.command(line)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("COLUMNS", "80");
        let mut child = command.spawn().map_err(|error| lost(line, &error))?;
        let complaints = child.stderr.take();
        let reader = std::thread::spawn(move || text(complaints));
        let output = text(child.stdout.take());
        let status = child.wait().map_err(|error| lost(line, &error))?;
        let complaint = reader.join().unwrap_or_default();
        Ok(Ran { output, complaint, good: status.success() || status.code() == Some(3) })
    }

    /// Starts a server that goes on. It has a moment until it listens on a port of ours.
    pub(in crate::cli) fn start(&mut self, line: &str) -> Result<(), Error> {
        let mut command = self.command(line)?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| lost(line, &error))?;
        self.background.push(child);
        let port = if line.contains("{port2}") { self.ports[1] } else { self.ports[0] };
        for _ in 0..MOMENTS {
            let ended = self.background.last_mut().is_none_or(|child| child.try_wait().is_ok_and(|s| s.is_some()));
            if ended || !line.contains("{port") || is_taken(port) {
                break;
            }
            std::thread::sleep(MOMENT);
        }
        Ok(())
    }

    /// The right answer, as the machine says it now; inside, why it says none: the command fails, or prints nothing
    /// to be found there. Silence must never pass for agreement.
    pub(super) fn truth(&self, question: &Question) -> Result<Option<Result<String, String>>, Error> {
        let Some(line) = &question.truth else { return Ok(None) };
        let ran = self.take(line)?;
        if !ran.good {
            return Ok(Some(Err(format!("its truth fails: `{line}`: {}", ran.complaint.trim()))));
        }
        let Some(pick) = &question.pick else { return Ok(Some(Ok(ran.output.trim().to_owned()))) };
        let first = serde_json::Deserializer::from_str(&ran.output).into_iter::<serde_json::Value>().next();
        let found = first.and_then(Result::ok).and_then(|json| json.pointer(pick).cloned());
        let nothing = || format!("its truth prints nothing at {pick}: `{line}`");
        let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(Some(found.map(text).ok_or_else(nothing)))
    }

    /// Judges what only this machine knows: whether somebody listens on a port.
    pub(super) fn judge(question: &Question, given: &Given) -> Verdict {
        let typed = match given {
            Given::Number(number) => number.to_string(),
            Given::Text(text) => text.trim().to_owned(),
            _ => String::new(),
        };
        let udp = question.require.protocol.as_deref() == Some("udp");
        let no = |why: String| Verdict { right: false, why };
        let Some(port) = typed.parse::<u16>().ok().filter(|port| *port > 0) else {
            let why = question.verdict(given).why;
            return no(format!("A port is a number from 1 to 65,535: type the one that you opened. {why}"));
        };
        if listens(port, udp) {
            return Verdict { right: true, why: question.why.clone() };
        }
        let protocol = if udp { "UDP" } else { "TCP" };
        let foreseen = question.verdict(given).why;
        no(format!("Nobody listens on {protocol} port {port} of this machine now. {foreseen}"))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        for child in &mut self.background {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn lost(line: &str, error: &std::io::Error) -> Error {
    Error::asked(format!("`{line}` cannot be run: {error}"), "start layercake by its path")
}

fn text(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // What was read before an error is what there is.
        let _ = stream.take(MOST).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn free() -> Result<u16, Error> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map(|a| a.port());
    port.map_err(|error| Error::asked(format!("this machine gives no port: {error}"), "`layercake doctor` says more"))
}

fn is_taken(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_err() || UdpSocket::bind(("127.0.0.1", port)).is_err()
}

/// Whether a program of this machine listens there, as its socket table says; where there is no table, as binding says.
fn listens(port: u16, udp: bool) -> bool {
    let wants = Wants { owners: false, details: false, unix: false };
    let wanted = if udp { Protocol::Udp } else { Protocol::Tcp };
    match ports::system().table(wants) {
        Ok(table) => table.sockets.iter().any(|socket| {
            socket.local.port() == port && socket.protocol == wanted && (udp || socket.state == State::Listen)
        }),
        Err(_) if udp => UdpSocket::bind(("127.0.0.1", port)).is_err(),
        Err(_) => TcpListener::bind(("127.0.0.1", port)).is_err(),
    }
}
