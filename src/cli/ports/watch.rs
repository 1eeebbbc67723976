//! `layercake ports watch`: sockets that open, close and change, live.

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::ValueEnum;

use super::picture::Picture;
use super::refused;
use super::wanted::Wanted;
use crate::cli::capture::duration;
use crate::cli::stop::Stop;
use crate::cli::{Console, Error};
use crate::ports::changes::{self, Change, Changes, Known};
use crate::ports::{Socket, State, System};
use crate::render::changing::{Mark, Row};
use crate::render::watch::{self, Counts, Event, Holder};

const EXAMPLES: &str = "\
Examples:
  layercake ports watch                       all sockets of this machine, drawn anew each second
  layercake ports watch 3000                  only those with port 3000 at one end
  layercake ports watch listening             servers that come and go
  layercake ports watch 3000 --count 1        wait until something happens at port 3000
  layercake ports watch --events --for 1m     one line an event for a minute
  layercake ports watch --format json         one JSON object an event

What opens and closes again between two looks is not seen: a shorter --interval sees more.";

/// How soon Ctrl-C is noticed.
pub(super) const NAP: Duration = Duration::from_millis(100);

/// Watch sockets open, close and change their state, live
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only these: ports (3000), states (listening, time-wait), tcp, udp
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    /// Only sockets of programs whose name holds this
    #[arg(long, value_name = "NAME")]
    process: Vec<String>,
    /// Time between two looks, from 0.1s to 1h
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = interval)]
    interval: Duration,
    /// Stop after this time: 10s, 2m, 1h
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// Stop after so many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// One line an event, on a terminal too
    #[arg(long)]
    events: bool,
    /// How events are shown where no picture is drawn
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Do not look up which programs hold the sockets
    #[arg(long, conflicts_with = "process")]
    no_owners: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A picture on a terminal, else one line an event
    Text,
    /// One JSON object an event
    Json,
}

fn interval(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if (Duration::from_millis(100)..=Duration::from_hours(1)).contains(&time) {
        return Ok(time);
    }
    Err("looks can be 0.1s to 1h apart".to_owned())
}

pub(super) fn run(args: &Args, system: &mut dyn System, console: &mut Console) -> Result<ExitCode, Error> {
    let mut wanted = Wanted::parse(&args.words)?;
    wanted.processes.clone_from(&args.process);
    let stop = Stop::listen();
    let mut changes = Changes::new(!args.no_owners);
    changes.look(system).map_err(|e| refused(&e))?;
    let live = console.is_terminal() && !args.events && args.format == Format::Text && !console.describe();
    let mut picture = if live { Some(Picture::new(console)?) } else { None };
    let mut counts = Counts::default();
    let what = wanted.words();
    if !live {
        console.live();
        let there = changes.sockets().filter(|k| takes(&wanted, k)).count() as u64;
        let sockets = crate::render::quantity::counted(there, "socket");
        console.remark(&format!("watching {what}: {sockets} now, a look {}; Ctrl-C ends", every(args.interval)));
    }
    let begin = Instant::now();
    let mut seen = 0;
    'looks: loop {
        if let Some(picture) = &mut picture {
            picture.draw(&changes, &wanted, &what, args.interval, counts, console)?;
        }
        if !wait(args, begin, &stop) {
            break;
        }
        let look = changes.look(system).map_err(|e| refused(&e))?;
        let time = nanos();
        for event in look.events.iter().filter(|e| concerns(&wanted, e)) {
            count(&mut counts, &event.change);
            match &mut picture {
                Some(picture) => picture.note(event),
                None => tell(args, &translated(event, time), console),
            }
            seen += 1;
            if args.count.is_some_and(|most| seen >= most) {
                break 'looks;
            }
        }
        console.flush()?;
        if look.left_out > 0 {
            console.remark(&format!("{} more events at once were left out", look.left_out));
        }
    }
    if let Some(mut picture) = picture {
        picture.draw(&changes, &wanted, &what, args.interval, counts, console)?;
    }
    console.flush()?;
    let took = begin.elapsed().as_nanos() as u64;
    let took = crate::render::quantity::span(took, console.style().charset);
    console.remark(&format!("{} in {took}", counts.words()));
    Ok(ExitCode::SUCCESS)
}

/// Waits for the next look; says whether there is to be one.
fn wait(args: &Args, begin: Instant, stop: &Stop) -> bool {
    let next = Instant::now() + args.interval;
    loop {
        if stop.asked() || args.time.is_some_and(|most| begin.elapsed() >= most) {
            return false;
        }
        let rest = next.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return true;
        }
        let end = args.time.map_or(rest, |most| most.saturating_sub(begin.elapsed()));
        std::thread::sleep(rest.min(end).min(NAP));
    }
}

pub(super) fn takes(wanted: &Wanted, known: &Known) -> bool {
    wanted.takes(&known.socket, known.holders.iter().map(|h| &*h.name))
}

/// A state that was left concerns whoever watches it as much as one that was entered.
fn concerns(wanted: &Wanted, event: &changes::Event) -> bool {
    let names = || event.holders.iter().map(|h| &*h.name);
    let left = match &event.change {
        Change::Moved { from } => wanted.takes(from, names()),
        Change::Owner { from } => wanted.takes(&event.socket, from.iter().map(|h| &*h.name)),
        _ => false,
    };
    left || wanted.takes(&event.socket, names())
}

fn count(counts: &mut Counts, change: &Change) {
    match change {
        Change::Opened => counts.opened += 1,
        Change::Closed => counts.closed += 1,
        Change::Moved { .. } => counts.moved += 1,
        Change::Owner { .. } => counts.handed += 1,
    }
}

fn tell(args: &Args, event: &Event, console: &mut Console) {
    let (style, describe) = (console.style(), console.describe());
    let out = console.buffer();
    match args.format {
        Format::Json => watch::json(out, event),
        Format::Text if describe => watch::describe(out, style, event),
        Format::Text => watch::line(out, style, event),
    }
}

pub(super) fn nanos() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64)
}

pub(super) fn every(interval: Duration) -> String {
    format!("every {}", crate::render::quantity::span(interval.as_nanos() as u64, crate::render::Charset::Unicode))
}

fn translated(event: &changes::Event, time: u64) -> Event {
    let before = match &event.change {
        Change::Owner { from } => Some(holders(from)),
        _ => None,
    };
    Event {
        time,
        row: row(&event.socket, &event.holders, mark(&event.change)),
        holders: holders(&event.holders),
        before,
    }
}

fn holders(all: &[changes::Holder]) -> Vec<Holder> {
    all.iter().map(|h| Holder { name: h.name.clone(), pid: h.pid }).collect()
}

pub(super) fn mark(change: &Change) -> Mark {
    match change {
        Change::Opened => Mark::New,
        Change::Closed => Mark::Gone,
        Change::Moved { from } => Mark::Moved(from.state.name(from.protocol)),
        Change::Owner { .. } => Mark::Handed,
    }
}

pub(super) fn row(socket: &Socket, holders: &[changes::Holder], mark: Mark) -> Row {
    let name = |h: &changes::Holder| format!("{} ({})", String::from_utf8_lossy(&h.name), h.pid);
    let mut who = match (holders, socket.state, socket.inode) {
        ([], State::Established, 0) => "not accepted yet".to_owned(),
        (_, State::TimeWait, _) | ([], _, 0) => "nobody".to_owned(),
        ([], ..) => "unknown".to_owned(),
        ([one], ..) => name(one),
        ([first, rest @ ..], ..) => format!("{} and {} more", name(first), rest.len()),
    };
    if let (State::TimeWait, Some(timer)) = (socket.state, socket.timer) {
        who += &format!(", {} s", timer.rings_in.as_secs());
    }
    Row {
        mark,
        protocol: socket.protocol.key(),
        local: socket.local,
        remote: socket.remote,
        state: socket.state.name(socket.protocol),
        who,
    }
}
