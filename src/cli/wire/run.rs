//! `layercake wire run`: a script, played: as a ladder with what the programs did, or in any format of `capture`.

use std::process::ExitCode;

use super::pace::{Pace, speed};
use super::{Change, Moment, Play, opened, script, told};
use crate::cli::capture::Format;
use crate::cli::output::Output;
use crate::cli::stop::Stop;
use crate::cli::{Console, Error, step};
use crate::filter::Filter;
use crate::protocols;
use crate::render::ladder::Steps;
use crate::render::{Ladder, Renderer, wire as drawn};
use crate::source::wire::{LABEL, LinkCounters, Script};

const EXAMPLES: &str = "\
Examples:
  layercake wire run two-hosts                      ARP, a handshake, an echo, a goodbye
  layercake wire run lossy --drop 6 --seed 7        lose the sixth packet and watch the repair
  layercake wire run four-routers --at all          the same packets on every link of their way
  layercake wire run slow-reader --speed 0.5        half as fast as it would happen
  layercake wire run nat --format layers --explain  every field of every packet
  layercake wire run my.toml -w my.pcapng -q        only save it
  layercake wire run two-hosts arp                  only packets that match

The same seed gives the same bytes on every machine. No rights, no network.";

/// Play a script: a name from `wire list`, or a file
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A name from `layercake wire list`, or a TOML file
    #[arg(value_name = "SCRIPT")]
    script: String,
    #[command(flatten)]
    change: Change,
    /// Play in time: 1 as it would happen, 0.1 ten times slower
    #[arg(long, value_name = "FACTOR", value_parser = speed)]
    speed: Option<f64>,
    /// One arrow per key press, with what it means
    #[arg(long, conflicts_with_all = ["format", "speed"])]
    step: bool,
    /// How packets are shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Ladder)]
    format: Format,
    /// Say what each field is for
    #[arg(long)]
    explain: bool,
    /// Save the packets to a pcapng file; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    write: Option<String>,
    /// Show no packets
    #[arg(short, long)]
    quiet: bool,
    /// Only packets that match
    #[arg(value_name = "EXPR")]
    expression: Vec<String>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let filter = filter(&args.expression)?;
    let script = args.change.apply(script::load(&args.script)?)?;
    let mut output = args.write.as_deref().map(Output::create).transpose()?;
    let quiet = args.quiet || args.write.as_deref() == Some("-");
    let mut play = Play::new(opened(&script)?);
    if args.step && !console.describe() && !quiet {
        return stepwise(&script, &mut play, filter.as_ref(), &mut output, console);
    }
    let stop = Stop::listen();
    let ladder = args.format == Format::Ladder;
    let mut view = Screen::new(args, quiet, console);
    if ladder && !quiet {
        let style = console.style();
        drawn::head(console.buffer(), style, &script.title, &script.about, script.seed);
    }
    let names = play.wire.names().to_vec();
    let mut pace = args.speed.map(Pace::new);
    if pace.is_some() {
        console.live();
    }
    let outcome = play.each(|moment| {
        if stop.asked() {
            return Ok(false);
        }
        match moment {
            Moment::Packet(seen) => {
                if filter.as_ref().is_some_and(|f| !f.matches(seen.packet, seen.tape)) {
                    return Ok(true);
                }
                if let Some(output) = &mut output {
                    output.packet(seen.packet)?;
                }
                if !waited(&mut pace, seen.packet.time.unwrap_or(0), &stop, &mut view, console)? {
                    return Ok(false);
                }
                view.packet(seen, console);
            }
            Moment::Step(step) => {
                if filter.is_some() || !view.tells() {
                    return Ok(true);
                }
                if !waited(&mut pace, step.time, &stop, &mut view, console)? {
                    return Ok(false);
                }
                view.tell(told(&step, &names), console);
            }
            Moment::Idle => {}
        }
        console.turn()?;
        Ok(true)
    });
    view.flush(console);
    let saved = output.as_mut().map_or(Ok(()), Output::flush);
    outcome.and(saved)?;
    if ladder && !quiet {
        let rows: Vec<_> = play.wire.links().map(|link| counted(link, &script)).collect();
        let style = console.style();
        drawn::foot(console.buffer(), style, &rows, &script.differs);
    }
    if let Some(path) = args.write.as_ref().filter(|path| *path != "-") {
        console.flush()?;
        console.remark(&format!("saved in {path}; Wireshark opens it, too"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits for the moment of the replay; what was drawn before is shown meanwhile.
fn waited(
    pace: &mut Option<Pace>,
    time: u64,
    stop: &Stop,
    view: &mut Screen,
    console: &mut Console,
) -> Result<bool, Error> {
    let Some(pace) = pace else { return Ok(true) };
    view.flush(console);
    console.flush()?;
    Ok(pace.wait(time, stop))
}

fn filter(words: &[String]) -> Result<Option<Filter>, Error> {
    if words.is_empty() {
        return Ok(None);
    }
    let text = words.join(" ");
    Filter::parse(&text, protocols::index()).map(Some).map_err(|error| Error::Filter { error, text })
}

fn counted(link: &LinkCounters, script: &Script) -> drawn::Link {
    let captured = script.links().any(|(name, captured)| name == link.name && captured);
    drawn::Link {
        name: link.name.clone(),
        captured,
        packets: link.frames,
        bytes: link.bytes,
        lost: link.lost,
        doubled: link.doubled,
        damaged: link.damaged,
        delayed: link.delayed,
        overflowed: link.overflowed,
    }
}

fn stepwise(
    script: &Script,
    play: &mut Play,
    filter: Option<&Filter>,
    output: &mut Option<Output>,
    console: &mut Console,
) -> Result<ExitCode, Error> {
    let note = format!("{LABEL}: {}, seed {}", script.title, script.seed);
    let mut steps = Steps::new(console.style(), Some(&note));
    let names = play.wire.names().to_vec();
    play.each(|moment| match moment {
        Moment::Packet(view) => {
            if filter.is_some_and(|f| !f.matches(view.packet, view.tape)) {
                return Ok(true);
            }
            if let Some(output) = output {
                output.packet(view.packet)?;
            }
            Ok(steps.add(view))
        }
        Moment::Step(step) => {
            if filter.is_none() {
                steps.tell(told(&step, &names));
            }
            Ok(true)
        }
        Moment::Idle => Ok(true),
    })?;
    output.as_mut().map_or(Ok(()), Output::flush)?;
    if steps.is_empty() {
        return Err(Error::asked("no packet matches", "leave out the filter"));
    }
    step::walk(&mut steps, console)
}

/// Where it is drawn.
enum Screen {
    Nobody,
    Ladder(Box<Ladder>),
    Other(Box<dyn Renderer>),
}

impl Screen {
    fn new(args: &Args, quiet: bool, console: &Console) -> Self {
        match args.format {
            _ if quiet => Screen::Nobody,
            Format::Ladder => Screen::Ladder(Box::new(Ladder::new(console.style(), Some(LABEL), console.describe()))),
            format => Screen::Other(format.renderer(console, args.explain, Some(LABEL))),
        }
    }

    /// Whether steps of programs are told.
    fn tells(&self) -> bool {
        matches!(self, Screen::Ladder(_))
    }

    fn packet(&mut self, view: crate::render::View<'_>, console: &mut Console) {
        match self {
            Screen::Nobody => {}
            Screen::Ladder(ladder) => ladder.packet(view, console.buffer()),
            Screen::Other(renderer) => renderer.packet(view, console.buffer()),
        }
    }

    fn tell(&mut self, told: crate::render::ladder::Told, console: &mut Console) {
        if let Screen::Ladder(ladder) = self {
            ladder.tell(told, console.buffer());
        }
    }

    fn flush(&mut self, console: &mut Console) {
        match self {
            Screen::Nobody => {}
            Screen::Ladder(ladder) => ladder.flush(console.buffer()),
            Screen::Other(renderer) => renderer.flush(console.buffer()),
        }
    }
}
