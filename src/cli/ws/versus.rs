//! `layercake ws versus`: the same messages by polling, long polling, Server-Sent Events and WebSocket, counted.
//! Ctrl-C keeps its usual meaning: the process ends, and with it all of its sockets; there is nothing to save.

use std::process::ExitCode;

use clap::ValueEnum;

use crate::cli::sockets::packets::{self, Tap};
use crate::cli::sockets::predict;
use crate::cli::{Console, Error};
use crate::render::beside::{self, Prediction};
use crate::render::quantity::counted;
use crate::render::versus::{self as picture, Told};
use crate::sockets::{Transport, compare};
use crate::websocket::versus::{self, BROWSER, Outcome, Plan, QUESTIONS, Question, WAYS, Way};

const EXAMPLES: &str = "\
Examples:
  layercake ws versus                                10 messages, four ways, counted
  layercake ws versus --predict                      say first what you expect: b, and how sure you are
  layercake ws versus --messages 100 --size 200      more of them, longer ones
  layercake ws versus --direction both               the page speaks, too
  layercake ws versus --sandbox                      in a private network: packets without any rights
  layercake ws versus --format json                  one JSON object a way

Nothing leaves this machine: a server and a client of ours talk on loopback, with the headers of a browser.
Exit codes: 0 done, 1 something could not be played or captured, 2 wrong arguments.";

/// The same messages by polling, long polling, Server-Sent Events and WebSocket: what does each of them cost?
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Messages in one direction
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    messages: u16,
    /// Bytes of each
    #[arg(long, value_name = "BYTES", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=4096))]
    size: u16,
    /// Only this direction; without it both are played, one after the other
    #[arg(long, value_name = "WHICH", value_enum)]
    direction: Option<Direction>,
    /// Ask for your predictions first (a letter, and how sure you are: 1 to 3)
    #[arg(long)]
    predict: bool,
    /// Capture the packets, to count them: `auto` where that needs no further rights
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = packets::When::Auto)]
    packets: packets::When,
    /// Play in a private network, where packets can be captured without any rights (Linux)
    #[arg(long)]
    sandbox: bool,
    /// How it is told
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// From the server to the page
    Down,
    /// The page says as much as it hears
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a way
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let mut tap = packets::open(args.packets, args.sandbox, true)?;
    let all = args.direction.map_or(vec![Direction::Down, Direction::Both], |one| vec![one]);
    let mut predictions = Vec::new();
    let last = all.len();
    for (number, direction) in (1..).zip(all) {
        let plan = Plan { messages: args.messages, size: usize::from(args.size), both: direction == Direction::Both };
        if number > 1 && args.format == Format::Text {
            console.print(b"\n")?;
        }
        let predicted = if args.predict { predict(args, plan, console)? } else { Vec::new() };
        let mut told = play(plan, &mut tap, console)?;
        if number < last {
            told.how.clear(); // it is the same for both
        }
        show(args, &told, &predicted, console)?;
        predictions.extend(predicted);
    }
    if predictions.len() > 1 && args.format == Format::Text {
        let style = console.style();
        let all: Vec<Prediction> = predictions.into_iter().map(|(_, prediction)| prediction).collect();
        beside::tally(console.buffer(), style, &all);
    }
    console.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Asks on the screen; where the output is for a program, beside it.
fn predict(args: &Args, plan: Plan, console: &mut Console) -> Result<Vec<(&'static Question, Prediction)>, Error> {
    let mut all = Vec::new();
    for question in QUESTIONS.iter().filter(|question| question.both == plan.both) {
        let mut text = Vec::new();
        let choices: Vec<_> = question.choices.iter().map(|choice| choice.text).collect();
        beside::ask(&mut text, console.style(), question.text, &choices);
        if args.format == Format::Json {
            console.remark(&String::from_utf8_lossy(&text));
        } else {
            console.print(&text)?;
            console.flush()?;
        }
        let choices: Vec<compare::Choice> = question
            .choices
            .iter()
            .map(|choice| compare::Choice { text: choice.text, why: choice.why, right: choice.right })
            .collect();
        all.push((question, predict::read(question.key, &choices, &mut std::io::stdin().lock(), console)?));
        if args.format == Format::Text {
            console.print(b"\n")?;
        }
    }
    Ok(all)
}

fn play(plan: Plan, tap: &mut Option<Tap>, console: &Console) -> Result<Told, Error> {
    let mut ways = Vec::new();
    for way in WAYS {
        let outcome = versus::play(way, plan).map_err(|error| {
            Error::asked(
                format!("{} could not be played to its end: {error}", words(way).0),
                "a firewall on loopback may be the reason; `layercake doctor` says what works on this machine",
            )
        })?;
        let packets = match tap {
            Some(tap) => {
                tap.collect()?;
                let seen = tap.of(Transport::Tcp, &[outcome.count.server.port()], console)?;
                tap.forget();
                Some(seen.packets)
            }
            None => None,
        };
        ways.push((outcome, packets));
    }
    let captured = ways.iter().all(|(_, packets)| packets.is_some());
    let outcomes: Vec<&Outcome> = ways.iter().map(|(outcome, _)| outcome).collect();
    let packets = [0, 1, 2, 3].map(|at| ways.get(at).and_then(|(_, packets)| *packets));
    let (how, meaning) = (how(captured), meaning(&plan, &outcomes, packets));
    let ways = ways.iter().map(|(outcome, packets)| row(&plan, outcome, packets.filter(|_| captured))).collect();
    Ok(Told { messages: plan.in_all(), size: plan.size as u64, both: plan.both, ways, captured, how, meaning })
}

fn words(way: Way) -> (&'static str, &'static str) {
    match way {
        Way::Polling => ("polling", "polling"),
        Way::LongPolling => ("long polling", "long-polling"),
        Way::Events => ("Server-Sent Events", "events"),
        Way::WebSocket => ("WebSocket", "websocket"),
    }
}

fn row(plan: &Plan, outcome: &Outcome, packets: Option<u64>) -> picture::Way {
    let (name, key) = words(outcome.way);
    let count = &outcome.count;
    picture::Way {
        name,
        key,
        requests: count.requests,
        up: count.up,
        down: count.down,
        opening: outcome.idle,
        around: outcome.around(plan),
        round_trips: count.round_trips,
        packets: packets.unwrap_or(count.rebuilt),
        connections: count.connections,
    }
}

fn how(captured: bool) -> Vec<String> {
    let packets = if captured {
        "The packets are those that the kernel exchanged, acknowledgements among them."
    } else {
        "Packets are one for each write or read, and TCP's own at both ends: acknowledgements come on top, and are \
         counted where this program may capture (`layercake doctor`)."
    };
    vec![format!(
        "Really played on loopback, bytes counted as they crossed. The page's headers are those of {BROWSER}. Polling \
         asks twice a message: every other answer is empty. Messages come one by one. {packets}"
    )]
}

/// What a web developer takes home.
fn meaning(plan: &Plan, outcomes: &[&Outcome], packets: [Option<u64>; 4]) -> Vec<String> {
    let around = |way: Way| {
        let outcome = outcomes.iter().find(|outcome| outcome.way == way);
        counted(outcome.map_or(0, |outcome| (outcome.around(plan) + 50) / 100), "byte")
    };
    let idle = |way: Way| outcomes.iter().find(|outcome| outcome.way == way).map_or(0, |outcome| outcome.idle);
    // RFC 6455 §5.2: a longer length takes two bytes of its own.
    let head = if plan.size < 126 { 2 } else { 4 };
    if plan.both {
        return vec![
            format!(
                "What the page says is a whole request with three of the four: {} around each message on average even \
                 with events. Only the WebSocket carries both directions in frames: {head} bytes around a message from \
                 the server, and {} from the page, whose frames carry a mask.",
                around(Way::Events),
                head + 4,
            ),
            "Both who wait for news keep a connection busy, so the page speaks on a second one. A browser opens six to \
             one host with HTTP/1.1, for all tabs together: that is how a chat in six tabs hangs."
                .to_owned(),
        ];
    }
    let [_, long, _, socket] = packets;
    let surprise = long.zip(socket).is_some_and(|(long, socket)| plan.messages >= 10 && socket >= long);
    let mut all = vec![
        format!(
            "Polling pays {} for each message: a browser's headers go with every request, also where the answer is \
             empty. Long polling saves the empty answers ({}), not the headers.",
            around(Way::Polling),
            around(Way::LongPolling)
        ),
        format!(
            "Events and WebSocket pay for headers once ({} and {}), then {} and {} a message. Where only the server \
             speaks, EventSource is enough: plain HTTP, and the browser reconnects by itself, which WebSocket does not.",
            counted(idle(Way::Events), "byte"),
            counted(idle(Way::WebSocket), "byte"),
            around(Way::Events),
            around(Way::WebSocket)
        ),
        "Not in these bytes: IP and TCP, 40 or more a packet, and TLS, 22 or more a record. HTTP/2 packs headers that \
         repeat: there polling pays tens of bytes, not hundreds."
            .to_owned(),
    ];
    if surprise {
        let text = "In packets there is nothing to win: a question that follows an answer acknowledges it by the way. \
                    Whoever only listens has to send an acknowledgement of its own for what comes.";
        all.insert(2, text.to_owned());
    }
    all
}

fn show(
    args: &Args,
    told: &Told,
    predicted: &[(&'static Question, Prediction)],
    console: &mut Console,
) -> Result<(), Error> {
    let (style, describe) = (console.style(), console.describe());
    let out = console.buffer();
    match args.format {
        Format::Json => {
            picture::json(out, told);
            for (question, said) in predicted {
                picture::json_prediction(out, question.key, said);
            }
        }
        Format::Text => {
            if describe {
                picture::describe(out, style, told);
            } else {
                picture::text(out, style, told);
            }
            for (_, said) in predicted {
                out.push(b'\n');
                beside::verdict(out, style, said);
            }
        }
    }
    console.flush()
}
