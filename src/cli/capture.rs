//! `layercake capture`: a stream of packets, from a file, a live interface or the simulated wire, to the
//! screen and to a file.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use super::desk::Desk;
use super::output::Output;
use super::reel::{LOOK, PATIENCE};
use super::stop::Stop;
use super::{Console, Error, open, scout};
use crate::dissect::{Direction, dissect};
use crate::filter::Filter;
use crate::flow::Tracker;
use crate::protocols;
use crate::render::{self, Renderer, tally::Tally};
use crate::source::Event;
use crate::view::without_payload;

const EXAMPLES: &str = "\
Examples:
  layercake capture --demo                              a WebSocket conversation on a simulated wire
  layercake capture -r FILE                             what is in a capture file (pcap, pcapng, gzip)
  layercake capture -r FILE dns.qname contains example  only packets that match
  layercake capture -i lo port 8000                     live, on this machine's loopback
  layercake capture -i lo -w talk.pcapng -c 100         save the first hundred packets
  layercake capture --sandbox -- curl http://127.0.0.1  without rights: a private network for one command
  layercake capture -r FILE --keys KEYS                 TLS decrypted, with the keys that a browser noted down
  layercake capture -r FILE --format json | head -1     one JSON object a packet

Filters are field names (`layercake fields`) or the words of tcpdump: tcp.flags.syn, ip.ttl < 64,
http, port 80 or 443, net 192.168.0.0/16, not arp. Quote what your shell would eat.";

/// Show and save a stream of packets, every layer annotated
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    from: open::From,
    /// Run COMMAND in a private network (no rights needed) and capture what it does there
    #[arg(long, requires = "command", conflicts_with_all = ["read", "interface", "demo"], help_heading = "Where from")]
    sandbox: bool,
    /// Save packets to a pcapng file; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    write: Option<String>,
    /// Stop after so many packets (that match)
    #[arg(short = 'c', long, value_name = "N")]
    packets: Option<u64>,
    /// Stop after this time: 10s, 2m, 1h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// Only packets that match; the same as writing EXPR at the end
    #[arg(short, long, value_name = "EXPR")]
    filter: Option<String>,
    /// How packets are shown
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<Format>,
    /// Say what each field is for
    #[arg(long)]
    explain: bool,
    /// Only count
    #[arg(long)]
    count: bool,
    /// Show no packets (with -w) and no closing words
    #[arg(short, long)]
    quiet: bool,
    /// Show and save what other machines say to each other whole, not only their headers
    #[arg(long)]
    payload: bool,
    /// Only packets that match
    #[arg(value_name = "EXPR")]
    expression: Vec<String>,
    /// The command to run with --sandbox
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// How packets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One line a packet
    Line,
    /// The nested picture
    Cake,
    /// Every field of every layer, one a line
    Layers,
    /// The bytes, with a ribbon that says which layer they belong to
    Hex,
    /// One JSON object a packet
    Json,
    /// Hosts as columns, every packet an arrow
    Ladder,
    /// Whole sentences
    Describe,
}

impl Format {
    /// The renderer of this format; `label` names a source that is not a real network.
    pub(super) fn renderer(self, console: &Console, explain: bool, label: Option<&str>) -> Box<dyn Renderer> {
        let style = render::Style { explain, ..console.style() };
        match self {
            Format::Line => Box::new(render::Line::new(style, console.is_terminal().then_some(style.width))),
            Format::Cake => Box::new(render::Cake::new(
                style,
                render::CakeOptions { source_note: label.map(str::to_owned), ..render::CakeOptions::default() },
            )),
            Format::Layers => Box::new(render::Layers::new(style)),
            Format::Hex => Box::new(render::HexDump::new(style)),
            Format::Json => Box::new(render::Json::new(style)),
            Format::Ladder => Box::new(render::Ladder::new(style, label, console.describe())),
            Format::Describe => Box::new(render::Describe::new(style)),
        }
    }
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let filter = filter(args)?;
    let to_stdout = args.write.as_deref() == Some("-");
    let stop = Stop::listen();
    let mut output = args.write.as_deref().map(Output::create).transpose()?;
    let mut opened = open::open(&args.from, args.sandbox.then_some(&args.command[..]), console)?;
    let quiet = args.quiet || args.count || to_stdout;
    let format = args.format.unwrap_or(if console.describe() { Format::Describe } else { Format::Line });
    let renderer = (!quiet).then(|| format.renderer(console, args.explain, opened.label));
    // A line is short work beside reading its packet; the text of other formats is so much that passing it from one
    // core's cache to the other's costs more than it gains.
    let mut desk = Desk::new(renderer, opened.long && matches!(format, Format::Line));
    if opened.live {
        console.live();
        if let Some(words) = &opened.heading {
            console.remark(words);
        }
    }

    let mut reel = Reel { filter, limit: args.packets, shown: 0, guard: opened.live && !args.payload };
    let outcome = reel.play(args, &mut opened, &stop, &mut output, &mut desk, console);
    let outcome = outcome.and(desk.close(console));
    // Whatever happened: nothing that was captured is lost.
    let saved = output.as_mut().map_or(Ok(()), Output::flush);
    let flushed = console.flush();
    let counters = opened.source().counters();
    let tally = Tally {
        seen: counters.seen,
        lost: counters.lost,
        kept: reel.shown,
        filtered: reel.filter.is_some(),
        saved_to: args.write.clone().filter(|_| !to_stdout && saved.is_ok()),
        interrupted: stop.asked(),
    };
    if args.count {
        console.print(format!("{}\n", reel.shown).as_bytes())?;
    } else if !args.quiet
        && !matches!(outcome, Err(Error::Closed))
        && (opened.live || console.is_terminal() || args.write.is_some())
    {
        console.remark(&tally.words());
    }
    outcome.and(saved).and(flushed)?;
    Ok(opened.exit_code())
}

fn filter(args: &Args) -> Result<Option<Filter>, Error> {
    let text = match (&args.filter, args.expression.is_empty()) {
        (None, true) => return Ok(None),
        (Some(text), true) => text.clone(),
        (None, false) => args.expression.join(" "),
        (Some(text), false) => format!("({text}) and ({})", args.expression.join(" ")),
    };
    Filter::parse(&text, protocols::index()).map(Some).map_err(|error| Error::Filter { error, text })
}

/// "10s", "200ms", "5m"; bare numbers are seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().map_err(|_| "a time is a number and s, m or h, for example 10s".to_owned())?;
    let unit = match &text[digits.len()..] {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        other => return Err(format!("unknown unit of time `{other}`; use ms, s, m or h")),
    };
    Duration::try_from_secs_f64(number * unit).map_err(|_| "a time cannot be negative or endless".to_owned())
}

/// The state of one run over a source.
struct Reel {
    filter: Option<Filter>,
    limit: Option<u64>,
    shown: u64,
    guard: bool,
}

impl Reel {
    fn play(
        &mut self,
        args: &Args,
        opened: &mut open::Opened,
        stop: &Stop,
        output: &mut Option<Output>,
        desk: &mut Desk,
        console: &mut Console,
    ) -> Result<(), Error> {
        let index = protocols::index();
        let secrets = opened.secrets.clone();
        let mut tracker = Tracker::new().with_secrets(secrets.clone());
        // A line shows no place where a part's message is complete: it is not worth reading ahead.
        let shows = desk.shows() && !matches!(args.format, None | Some(Format::Line | Format::Ladder));
        let asks = args.filter.iter().chain(&args.expression).any(|text| text.contains("part."));
        if let Some(again) = open::again(&args.from).filter(|_| shows || asks || console.describe()) {
            tracker.foresee(scout::ahead(again));
        }
        let deadline = args.duration.map(|d| Instant::now() + d);
        // Counting or saving all needs no reading of the bytes.
        let progress = opened.progress.take().filter(|_| !desk.shows());
        let (begun, mut count) = (Instant::now(), 0_u64);
        let blind = self.filter.is_none() && !desk.shows() && !self.guard;
        while self.limit.is_none_or(|limit| self.shown < limit) && !stop.asked() {
            if deadline.is_some_and(|d| Instant::now() >= d) {
                break;
            }
            let mut packet = match opened.source().next()? {
                Event::Packet(packet) => packet,
                Event::Idle => {
                    desk.pause(console);
                    console.flush()?;
                    if let Some(output) = output {
                        output.flush()?;
                    }
                    continue;
                }
                Event::End => break,
            };
            count += 1;
            if let Some(progress) = progress.as_ref().filter(|_| count.is_multiple_of(LOOK)) {
                progress.show_after(begun.elapsed(), PATIENCE);
            }
            let tape = desk.tape();
            if !blind {
                tracker.read(index, &packet, tape);
                if self.filter.as_ref().is_some_and(|f| !f.matches(&packet, tape)) {
                    continue;
                }
            }
            if self.guard && packet.direction == Direction::Passing {
                packet = without_payload(packet, tape);
                dissect(index, &packet, tape);
            }
            self.shown += 1;
            if let Some(output) = output {
                output.secrets(&secrets)?;
                output.packet(&packet)?;
            }
            desk.show(&packet, console)?;
        }
        Ok(())
    }
}
