//! The hotel lesson: a port is a room, its number stands on the door. Real sockets on loopback are opened, called
//! and closed one step after the other; after each, the kernel's own table says what it has made of them.
//! Each call of [`Hotel::next`] takes one step; dropping a `Hotel` closes all of its sockets.
//! Not here: printing and keys (`render`, `cli`).

mod call;
mod script;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use super::{Protocol, Socket, State, System, Wants};
use call::{Call, House};
use script::Act;

/// How long the kernel may take until its table shows what a call has brought about.
const SETTLES: Duration = Duration::from_millis(5);
const PATIENCE: usize = 100;

/// What is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The room's number; 0: any free one.
    pub port: u16,
    /// UDP instead of TCP.
    pub udp: bool,
    /// How often the same room is asked for; the second and later times in vain.
    pub times: u32,
    /// IPv6 sockets keep to IPv6 (`IPV6_V6ONLY`).
    pub v6_only: bool,
    /// How many guests come.
    pub guests: u32,
    /// Who closes first and keeps the TIME-WAIT.
    pub close_first: Side,
    /// Also ask for `[::]`, the room with a door on every card.
    pub every_card: bool,
}

/// One of two who talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Who waits.
    Server,
    /// Who calls.
    Client,
}

/// A part of the lesson.
#[derive(Debug, PartialEq, Eq)]
pub struct Chapter {
    /// In a few words.
    pub title: &'static str,
    /// Whether nothing after it makes sense where it fails.
    essential: bool,
}

/// Who does something: the word and a number, 0 for the only one of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Role(&'static str, u32);

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.1 {
            0 => f.write_str(self.0),
            number => write!(f, "{} {number}", self.0),
        }
    }
}

/// What the system answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It did it; with what it told, if anything.
    Done(Option<String>),
    /// It did not.
    Refused {
        /// As programs call it: "EADDRINUSE".
        name: String,
        /// As the system says it.
        message: String,
    },
}

/// One call to the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who called.
    pub who: Role,
    /// As a programmer writes it.
    pub call: String,
    /// What came back.
    pub answer: Answer,
}

/// How a row compares with the step before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// As before.
    Same,
    /// Not there before.
    New,
    /// In another state before.
    Moved(State),
    /// No longer there.
    Gone,
}

/// A row of the kernel's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// As the kernel tells it.
    pub socket: Socket,
    /// Compared with the step before.
    pub mark: Mark,
    /// Whose it is, where this lesson knows.
    pub role: Option<Role>,
    /// Whether a program holds it, and not only the kernel.
    pub held: bool,
}

/// One step of the lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Counted from 1.
    pub number: usize,
    /// How many there are, if nothing is left out.
    pub steps: usize,
    /// The part it belongs to.
    pub chapter: &'static Chapter,
    /// The number of that part, from 1.
    pub chapter_number: usize,
    /// Whether it is the first step of it.
    pub begins: bool,
    /// What was done.
    pub said: Vec<Said>,
    /// What it means.
    pub why: String,
    /// Whether the system answered otherwise than the lesson expects.
    pub surprise: bool,
    /// The rows of this port, as the kernel has them now.
    pub rows: Vec<Row>,
    /// Why they could not be read.
    pub unread: Option<String>,
    /// The room could not be had, or a guest could not come: the lesson is over.
    pub fatal: bool,
}

/// The lesson while it runs.
pub struct Hotel {
    house: House,
    acts: VecDeque<Act>,
    steps: usize,
    told: usize,
    chapter: (usize, Option<&'static Chapter>),
    before: Vec<Row>,
}

impl Hotel {
    /// Nothing is open yet.
    pub fn new(plan: Plan) -> Self {
        let acts = script::write(plan);
        Hotel { house: House::new(plan), steps: acts.len(), acts, told: 0, chapter: (0, None), before: Vec::new() }
    }

    /// The room's number: the one asked for, or the one that was free.
    pub fn port(&self) -> u16 {
        self.house.port
    }

    /// Takes the next step; `None` at the end.
    pub fn next(&mut self, system: &mut dyn System) -> Option<Step> {
        let act = self.acts.pop_front()?;
        self.told += 1;
        let begins = self.chapter.1 != Some(act.chapter);
        if begins {
            self.chapter = (self.chapter.0 + 1, Some(act.chapter));
        }
        let said = self.perform(&act.calls);
        let refusal = said.iter().find(|s| matches!(s.answer, Answer::Refused { .. }));
        let surprise = refusal.is_some() != act.refused;
        let mut why = act.why.replace("{port}", &self.house.port.to_string());
        let mut fatal = false;
        if surprise {
            fatal = refusal.is_some() && act.chapter.essential;
            why = unforeseen(refusal, fatal);
            if refusal.is_some() {
                self.acts.retain(|later| !fatal && later.chapter != act.chapter);
                self.steps = self.told + self.acts.len();
            }
        }
        let settled = if surprise { None } else { act.settles };
        let (rows, unread) = self.read_back(system, settled);
        let (chapter_number, _) = self.chapter;
        let (number, steps, chapter) = (self.told, self.steps, act.chapter);
        Some(Step { number, steps, chapter, chapter_number, begins, said, why, surprise, rows, unread, fatal })
    }

    /// After a refusal only what closes is still done.
    fn perform(&mut self, calls: &[(Role, Call)]) -> Vec<Said> {
        let mut refused = false;
        let mut said = Vec::new();
        for (who, call) in calls {
            if refused && *call != Call::Close {
                continue;
            }
            let words = self.house.words(*call);
            let answer = match self.house.perform(*who, *call) {
                Ok(told) => Answer::Done(told),
                Err(error) => {
                    refused = true;
                    Answer::Refused { name: name(&error), message: message(&error) }
                }
            };
            said.push(Said { who: *who, call: words, answer });
        }
        said
    }

    /// The rows of this port, once so many of them have the state that is awaited.
    fn read_back(&mut self, system: &mut dyn System, settles: Option<(State, usize)>) -> (Vec<Row>, Option<String>) {
        let mut tries = 0;
        let sockets = loop {
            let table = match system.table(Wants { owners: false, details: false, unix: false }) {
                Ok(table) => table,
                Err(error) => return (Vec::new(), Some(error.to_string())),
            };
            let port = self.house.port;
            let ours = |s: &Socket| port != 0 && (s.local.port() == port || s.remote.is_some_and(|r| r.port() == port));
            let mut sockets: Vec<Socket> = table.sockets.into_iter().filter(ours).collect();
            let enough = |(state, count)| sockets.iter().filter(|s| s.state == state).count() >= count;
            if tries == PATIENCE || settles.is_none_or(enough) {
                sockets.sort_by_key(|s| self.order(s));
                break sockets;
            }
            tries += 1;
            std::thread::sleep(SETTLES);
        };
        let mut before = std::mem::take(&mut self.before);
        before.retain(|row| row.mark != Mark::Gone);
        let mut rows: Vec<Row> = sockets.into_iter().map(|socket| self.row(socket, &mut before)).collect();
        self.before.clone_from(&rows);
        rows.extend(before.into_iter().map(|row| Row { mark: Mark::Gone, ..row }));
        (rows, None)
    }

    /// The room first, then its guests in the order in which they came, both ends of a talk side by side.
    fn order(&self, socket: &Socket) -> (bool, Protocol, u16, bool, SocketAddr) {
        let port = self.house.port;
        let guest = socket.remote.map_or(0, |r| if r.port() == port { socket.local.port() } else { r.port() });
        let came = self.house.came(guest);
        (socket.remote.is_some(), socket.protocol, came, socket.local.port() == port, socket.local)
    }

    fn row(&self, socket: Socket, before: &mut Vec<Row>) -> Row {
        let same = |row: &Row| {
            (row.socket.protocol, row.socket.local, row.socket.remote) == (socket.protocol, socket.local, socket.remote)
        };
        let mark = match before.iter().position(same).map(|at| before.remove(at).socket.state) {
            // Before the first step nothing was ours.
            None if self.told == 1 => Mark::Same,
            None => Mark::New,
            Some(state) if state != socket.state => Mark::Moved(state),
            Some(_) => Mark::Same,
        };
        let (role, held) = self.house.whose(&socket);
        Row { socket, mark, role, held }
    }
}

fn unforeseen(refusal: Option<&Said>, fatal: bool) -> String {
    match refusal {
        Some(Said { answer: Answer::Refused { message, .. }, .. }) if fatal => {
            format!("This was not foreseen, and nothing after it would make sense without it: {message}.")
        }
        Some(Said { answer: Answer::Refused { message, .. }, .. }) => {
            format!("This machine says no: {message}. The rest of this chapter is left out.")
        }
        _ => "This system allows it. Linux, for which this lesson was written, refuses.".to_owned(),
    }
}

/// The name that programmers know an error by.
fn name(error: &std::io::Error) -> String {
    use std::io::ErrorKind as Kind;
    let known = match error.kind() {
        Kind::AddrInUse => "EADDRINUSE",
        Kind::AddrNotAvailable => "EADDRNOTAVAIL",
        Kind::PermissionDenied => "EACCES",
        Kind::InvalidInput => "EINVAL",
        Kind::Unsupported => "EAFNOSUPPORT",
        Kind::ConnectionRefused => "ECONNREFUSED",
        Kind::TimedOut | Kind::WouldBlock => "ETIMEDOUT",
        _ => return error.raw_os_error().map_or_else(|| "an error".to_owned(), |code| format!("error {code}")),
    };
    known.to_owned()
}

/// Without the "(os error 98)" of the standard library: the name says it better.
fn message(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
