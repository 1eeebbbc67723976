//! `layercake sockets lossy`: TCP beside UDP while the wire loses packets. Both programs say the same, and the wire
//! loses the same: what the programs read is compared with what the wire had to carry.

use std::net::IpAddr;
use std::process::ExitCode;

use clap::ValueEnum;

use super::predict;
use crate::cli::output::Output;
use crate::cli::wire::{Change, Moment, Play, load, opened, told};
use crate::cli::{Console, Error};
use crate::render::ladder::Pair;
use crate::render::{beside, lossy, wire as drawn};
use crate::sockets::compare::Choice;
use crate::source::wire::{Count, Did, Only, Script};

const EXAMPLES: &str = "\
Examples:
  layercake sockets lossy                         the sixth TCP packet is lost, and UDP's same message
  layercake sockets lossy --drop 6 --predict      say first what the server will read
  layercake sockets lossy --drop 1                the first knock is lost
  layercake sockets lossy --drop-chance 20% --seed 3
  layercake sockets lossy --width 120             both beside each other, on one clock
  layercake sockets lossy -w lossy.pcapng         for Wireshark: TCP first, then UDP

Simulated: no rights, no network, the same bytes on every machine for the same seed.";

/// What the programs say; the script has the same words.
const SAID: &str = "Hello";

const QUESTION: &str = "The client's program says \"Hel\" and then \"lo\". The wire loses the packet with \"lo\". \
                        What does the server's program read with TCP, and what with UDP?";
const CHOICES: &[Choice] = &[
    Choice {
        text: "\"Hel\" with both: what is lost is lost",
        why: "TCP numbers every byte and waits for an answer. Nobody acknowledged \"lo\", so the same bytes went again.",
        right: false,
    },
    Choice {
        text: "An error with TCP: the connection breaks; \"Hel\" with UDP",
        why: "One lost packet is nothing to TCP: it sends again, for minutes if it must, before it gives up.",
        right: false,
    },
    Choice {
        text: "\"Hello\" with TCP, after a pause; \"Hel\" with UDP",
        why: "TCP repairs in the kernel and the program notices only a pause. UDP does not even know that something is missing.",
        right: true,
    },
    Choice {
        text: "\"lo\" before \"Hel\" with TCP; \"Hel\" with UDP",
        why: "Bytes of a TCP stream are read in order, however they arrive: that is what their numbers are for.",
        right: false,
    },
];

/// Lose packets on a simulated wire: what TCP repairs, and what UDP never notices
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    change: Change,
    /// Ask for your prediction first (a letter, and how sure you are: 1 to 3)
    #[arg(long)]
    predict: bool,
    /// Save the packets of both runs to a pcapng file
    #[arg(short, long, value_name = "FILE")]
    write: Option<String>,
    /// How it is told
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Both ladders, and what came of it
    Text,
    /// One JSON object: what was read, what was carried
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let predicted = args.predict.then(|| ask(args, console)).transpose()?;
    let script = load("lossy")?;
    let by_number = args.change.drop_chance.is_none();
    let drop = match args.change.drop.as_slice() {
        [] if by_number => vec![6],
        numbers => numbers.to_vec(),
    };
    let change = Change { drop: drop.clone(), at: None, ..args.change.clone() };
    let tcp = change.apply(script.clone().only(Only::Tcp).with_drop(0, Count::Ip, &[]))?;
    let mut output = args.write.as_deref().map(Output::create).transpose()?;
    let titles = ["TCP: a phone call. Set up, numbered, repaired", "UDP: a postcard. No call, no numbers, no repair"];
    let mut pair = Pair::new(console.style(), console.describe(), titles);
    let (one, lost_data) = play(&tcp, 0, &mut pair, &mut output)?;
    // What carried the same message is lost with UDP, too; a handshake it has not got.
    let udp = script.only(Only::Udp).with_seed(tcp.seed).with_drop(0, Count::Data, &lost_data);
    let (two, _) = play(&udp, 1, &mut pair, &mut output)?;
    output.as_mut().map_or(Ok(()), Output::flush)?;
    let (style, describe) = (console.style(), console.describe());
    let out = console.buffer();
    match args.format {
        Format::Json => lossy::object(out, tcp.seed, &drop, SAID, &one, &two),
        Format::Text => {
            drawn::head(out, style, "TCP beside UDP under the same loss", "", tcp.seed);
            pair.finish(out);
            out.push(b'\n');
            if describe {
                lossy::describe(out, style, SAID, &one, &two);
            } else {
                lossy::text(out, style, SAID, &one, &two);
            }
            if one.lost > 0 && lost_data.is_empty() {
                lossy::nothing_alike(out, style);
            }
            if let Some(predicted) = &predicted {
                beside::verdict(out, style, predicted);
            }
            drawn::foot(out, style, &[], &[]);
        }
    }
    console.flush()?;
    if let Some(path) = &args.write {
        console.remark(&format!("saved in {path}: TCP first, then UDP; Wireshark opens it, too"));
    }
    Ok(ExitCode::SUCCESS)
}

fn ask(args: &Args, console: &mut Console) -> Result<beside::Prediction, Error> {
    let mut question = Vec::new();
    let choices: Vec<_> = CHOICES.iter().map(|choice| choice.text).collect();
    beside::ask(&mut question, console.style(), QUESTION, &choices);
    if args.format == Format::Json {
        console.remark(&String::from_utf8_lossy(&question));
    } else {
        console.print(&question)?;
        console.flush()?;
    }
    predict::read("lossy", CHOICES, &mut std::io::stdin().lock(), console)
}

/// Plays one of the two; what came of it, and which messages were lost.
fn play(
    script: &Script,
    side: usize,
    pair: &mut Pair,
    output: &mut Option<Output>,
) -> Result<(lossy::Run, Vec<u64>), Error> {
    let mut play = Play::new(opened(script)?);
    let names: Vec<(IpAddr, String)> = play.wire.names().to_vec();
    let mut run = lossy::Run { round_trips: u32::from(side == 0), ..lossy::Run::default() };
    let mut times: Option<(u64, u64)> = None;
    play.each(|moment| {
        match moment {
            Moment::Packet(view) => {
                if let Some(output) = output {
                    output.packet(view.packet)?;
                }
                // ARP belongs to neither of them.
                if view.tape.facts.addresses.is_some() {
                    run.packets += 1;
                    run.bytes += u64::from(view.packet.length);
                    run.lost += u64::from(view.packet.fate.is_gone());
                    let time = view.packet.time.unwrap_or(0);
                    times = Some((times.map_or(time, |(first, _)| first), time));
                    pair.packet(side, view);
                }
            }
            Moment::Step(step) => {
                if let (Did::Read(bytes), "server") = (&step.what, &*step.host) {
                    run.reads.push(bytes.bytes.clone());
                }
                if matters(&step.what) {
                    pair.tell(side, told(&step, &names));
                }
            }
            Moment::Idle => {}
        }
        Ok(true)
    })?;
    run.took = times.map_or(0, |(first, last)| last - first);
    run.again = play.tracker.conversations().iter().map(|c| c.talk.counters.resent.iter().sum::<u64>()).sum();
    let lost = play.wire.links().flat_map(|link| link.lost_data.clone()).collect();
    Ok((run, lost))
}

/// Steps that say what the programs notice of the loss; the packets show the others.
fn matters(what: &Did) -> bool {
    matches!(what, Did::Sent(_) | Did::Read(_) | Did::TimedOut | Did::Reset | Did::Refused | Did::EndOfStream)
}
