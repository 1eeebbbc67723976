//! `layercake ports open`: the hotel lesson, with real sockets on this machine's loopback.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::cli::capture::duration;
use crate::cli::stop::Stop;
use crate::cli::{Console, Error, step};
use crate::ports::hotel::{self, Answer, Hotel, Mark as Was, Plan, Side};
use crate::ports::{State, System};
use crate::render::changing::{Mark, Row};
use crate::render::hotel::{self as told, Said};
use crate::render::step::{Action, Key, Screens};
use crate::render::{Style, quantity};

const EXAMPLES: &str = "\
Examples:
  layercake ports open 9001                          the whole lesson
  layercake ports open 9001 --step                   one step per key press
  layercake ports open 9001 --udp                    the same with UDP: no guests, no goodbye
  layercake ports open 9001 --close-first client     who hangs up first keeps the TIME-WAIT
  layercake ports open --pause 3s                    any free port; in a second terminal:
  layercake ports watch                              see the same rows come and go

Nothing leaves this machine: all sockets are bound to loopback, and closed at the end and on Ctrl-C.
Exit codes: 0 done, 1 the port could not be had, 2 wrong arguments.";

/// Open a port, fill it with guests and close it again: a lesson with real sockets
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The port; 0 is any free one
    #[arg(default_value_t = 0)]
    port: u16,
    /// UDP instead of TCP
    #[arg(long)]
    udp: bool,
    /// How often the same port is asked for
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    times: u32,
    /// IPv6 sockets refuse IPv4 (`IPV6_V6ONLY`)
    #[arg(long)]
    v6only: bool,
    /// How many guests come
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=50))]
    guests: u32,
    /// Who hangs up first
    #[arg(long, value_name = "SIDE", value_enum, default_value_t = First::Server)]
    close_first: First,
    /// Also ask for [::], which stands for every card of this machine, for an instant
    #[arg(long)]
    every_card: bool,
    /// One step per key press
    #[arg(long, conflicts_with = "format")]
    step: bool,
    /// Wait so long after each step: 500ms, 3s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pause: Option<Duration>,
    /// How it is told
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum First {
    Server,
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a step
    Json,
}

/// How soon Ctrl-C is noticed.
const NAP: Duration = Duration::from_millis(50);

pub(super) fn run(args: &Args, system: &mut dyn System, console: &mut Console) -> Result<ExitCode, Error> {
    let plan = Plan {
        port: args.port,
        udp: args.udp,
        times: args.times,
        v6_only: args.v6only,
        guests: args.guests,
        close_first: if args.close_first == First::Server { Side::Server } else { Side::Client },
        every_card: args.every_card,
    };
    let mut lesson = Lesson { hotel: Hotel::new(plan), system, told: Vec::new(), at: 0, failed: None };
    if args.step && console.is_terminal() && !console.describe() {
        lesson.advance();
        let code = step::walk(&mut lesson, console)?;
        return lesson.failed.map_or(Ok(code), Err);
    }
    let stop = Stop::listen();
    console.live();
    while lesson.advance() {
        let (style, describe) = (console.style(), console.describe());
        let out = console.buffer();
        if let Some(step) = lesson.told.pop() {
            match args.format {
                Format::Json => told::json(out, &step),
                Format::Text if describe => told::describe(out, style, &step),
                Format::Text => told::text(out, style, &step),
            }
        }
        console.flush()?;
        if !rest(args.pause.unwrap_or_default(), &stop) {
            drop(lesson.hotel);
            console.remark("stopped: every socket of the lesson is closed");
            return Ok(ExitCode::SUCCESS);
        }
    }
    lesson.failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

/// Says whether the lesson goes on.
fn rest(pause: Duration, stop: &Stop) -> bool {
    let begin = Instant::now();
    while !stop.asked() && begin.elapsed() < pause {
        std::thread::sleep(NAP.min(pause.saturating_sub(begin.elapsed())));
    }
    !stop.asked()
}

/// The steps that were taken; the next one is taken only when it is asked for.
struct Lesson<'a> {
    hotel: Hotel,
    system: &'a mut dyn System,
    told: Vec<told::Step>,
    at: usize,
    failed: Option<Error>,
}

impl Lesson<'_> {
    /// Takes the next step; says whether there was one.
    fn advance(&mut self) -> bool {
        let port = self.hotel.port();
        let Some(step) = self.hotel.next(self.system) else { return false };
        if step.fatal {
            self.failed = Some(failure(&step, port));
        }
        self.told.push(translated(step));
        true
    }
}

impl Screens for Lesson<'_> {
    fn key(&mut self, key: Key, _: Style) -> Action {
        let before = self.at;
        match key {
            Key::Next if self.at + 1 < self.told.len() || self.advance() => self.at += 1,
            Key::Next => {}
            Key::Back => self.at = self.at.saturating_sub(1),
            Key::First => self.at = 0,
            Key::Last => self.at = self.told.len().saturating_sub(1),
            Key::Quit => return Action::Quit,
        }
        if self.at == before { Action::Stay } else { Action::Draw }
    }

    fn screen(&self, style: Style) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(step) = self.told.get(self.at) {
            told::screen(&mut out, style, step);
        }
        out
    }
}

fn failure(step: &hotel::Step, port: u16) -> Error {
    let refusal = step.said.iter().find_map(|s| match &s.answer {
        Answer::Refused { name, message } => Some((name.as_str(), message)),
        Answer::Done(_) => None,
    });
    match refusal {
        Some(("EADDRINUSE", message)) => Error::asked(
            format!("port {port} is taken: {message}"),
            format!("`layercake ports why {port}` says by whom; `layercake ports open` takes a free one"),
        ),
        Some(("EACCES", message)) => Error::asked(
            format!("port {port} may not be opened by this user: {message}"),
            format!("`layercake ports why {port}` says why; `layercake ports open` takes a free one"),
        ),
        Some((name, message)) => {
            Error::asked(format!("the lesson cannot go on: {message} ({name})"), "`layercake doctor` says what works")
        }
        None => Error::asked("the lesson cannot go on", "`layercake doctor` says what works"),
    }
}

fn translated(step: hotel::Step) -> told::Step {
    let begins = step.begins;
    let said = step.said.into_iter().map(|said| {
        let (told, refused) = match said.answer {
            Answer::Done(told) => (told.unwrap_or_default(), None),
            Answer::Refused { name, message } => (message, Some(name)),
        };
        Said { who: said.who.to_string(), call: said.call, told, refused }
    });
    told::Step {
        number: (step.number, step.steps),
        chapter: (step.chapter_number, step.chapter.title, begins),
        said: said.collect(),
        why: step.why,
        surprise: step.surprise,
        rows: step.rows.iter().map(row).collect(),
        unread: step.unread,
    }
}

fn row(row: &hotel::Row) -> (Row, Option<u64>) {
    let socket = &row.socket;
    let left = socket.timer.filter(|_| socket.state == State::TimeWait).map(|t| t.rings_in.as_secs());
    let who = match (row.role, row.held) {
        (Some(role), true) if socket.state == State::Listen && socket.receive_queue > 0 => {
            format!("{role}, {}", quantity::counted(u64::from(socket.receive_queue), "call"))
        }
        (Some(role), true) => role.to_string(),
        (None, true) => "another program".to_owned(),
        (None, false) if socket.state == State::Established => "not accepted".to_owned(),
        (_, false) => "nobody".to_owned(),
    };
    let mark = match row.mark {
        Was::Same => Mark::Same,
        Was::New => Mark::New,
        Was::Moved(from) => Mark::Moved(from.name(socket.protocol)),
        Was::Gone => Mark::Gone,
    };
    let row = Row {
        mark,
        protocol: socket.protocol.key(),
        local: socket.local,
        remote: socket.remote,
        state: socket.state.name(socket.protocol),
        who,
    };
    (row, left)
}
