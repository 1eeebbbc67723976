//! `layercake sockets compare`: the same small play with TCP and with UDP, side by side.
//! Ctrl-C keeps its usual meaning: the process ends, and with it all of its sockets; there is nothing to save.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::ValueEnum;

use super::packets::{self, Tap};
use super::{predict, told};
use crate::cli::{Console, Error};
use crate::ports::{self, System, Wants};
use crate::render::beside::{self, Prediction};
use crate::sockets::compare::{self, Scenario};
use crate::sockets::{Kernel, Transport};

const EXAMPLES: &str = "\
Examples:
  layercake sockets compare                          all of them: what was found, and why
  layercake sockets compare --list                   their names
  layercake sockets compare --scenario edges         one with every call, state and packet
  layercake sockets compare --scenario vanish --predict
                                                     say first what you expect: b, and how sure you are
  layercake sockets compare --scenario closed-port --sandbox
                                                     in a private network: packets without any rights
  layercake sockets compare --width 120              TCP and UDP in two columns
  layercake sockets compare --format json            one JSON object a scenario

Nothing leaves this machine: all sockets are bound to loopback, and closed at the end of each scenario.
Packets are shown with --scenario where this program may capture, or may make a private network.
Exit codes: 0 done, 1 something could not be played or captured, 2 wrong arguments.";

/// Do the same with TCP and with UDP, and look at the difference
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only this one, in full: every call, the states of the sockets, the packets
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// List the scenarios
    #[arg(long, conflicts_with_all = ["scenario", "predict"])]
    list: bool,
    /// Ask for your prediction first (a letter, and how sure you are: 1 to 3)
    #[arg(long)]
    predict: bool,
    /// The packets of the run beside its calls: `auto` shows them with --scenario where that needs no further rights
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
enum Format {
    /// For people
    Text,
    /// One JSON object a scenario
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    if args.list {
        return list(args.format, console);
    }
    let chosen = args.scenario.as_deref().map(named).transpose()?;
    let mut tap = packets::open(args.packets, args.sandbox, chosen.is_some())?;
    let mut table = Table(ports::system());
    let (mut predictions, mut failed) = (Vec::new(), None);
    let hint = args.packets != packets::When::Never;
    let all = chosen.map_or(compare::ALL.to_vec(), |one| vec![one]);
    for scenario in &all {
        let predicted = if args.predict { Some(ask(args, scenario, console)?) } else { None };
        let played = play(scenario, &mut table, &mut tap, predicted.clone(), hint, console)?;
        let trouble = [&played.tcp, &played.udp].into_iter().find_map(|side| side.trouble.clone());
        failed = failed.or(trouble.map(|why| (scenario.key, why)));
        show(args, chosen.is_some(), &played, console)?;
        predictions.extend(predicted);
    }
    if chosen.is_none() && args.format == Format::Text {
        let style = console.style();
        beside::more(console.buffer(), style);
    }
    if predictions.len() > 1 && args.format == Format::Text {
        let style = console.style();
        beside::tally(console.buffer(), style, &predictions);
    }
    match failed {
        None => Ok(ExitCode::SUCCESS),
        Some((key, why)) => Err(Error::asked(
            format!("scenario `{key}` could not be played to its end: {why}"),
            "a firewall on loopback may be the reason; `layercake doctor` says what works on this machine",
        )),
    }
}

fn list(format: Format, console: &mut Console) -> Result<ExitCode, Error> {
    let rows: Vec<_> = compare::ALL.iter().map(|s| (s.key, s.title, s.question)).collect();
    let style = console.style();
    match format {
        Format::Text => beside::list(console.buffer(), style, &rows),
        Format::Json => beside::list_json(console.buffer(), &rows),
    }
    console.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The scenario of this name.
fn named(name: &str) -> Result<&'static Scenario, Error> {
    let word = name.to_lowercase().replace(['_', ' '], "-");
    compare::named(&word).ok_or_else(|| {
        let scored = compare::ALL.into_iter().map(|s| (strsim::jaro_winkler(&word, s.key), s.key));
        let near = scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score >= 0.7);
        let list = "`layercake sockets compare --list` names them all";
        let hint = near.map_or_else(|| list.to_owned(), |(_, key)| format!("did you mean `{key}`? {list}"));
        Error::asked(format!("there is no scenario `{name}`"), hint)
    })
}

/// Asks on the screen; where the output is for a program, beside it.
fn ask(args: &Args, scenario: &Scenario, console: &mut Console) -> Result<Prediction, Error> {
    let mut question = Vec::new();
    let choices: Vec<_> = scenario.choices.iter().map(|choice| choice.text).collect();
    beside::ask(&mut question, console.style(), scenario.question, &choices);
    if args.format == Format::Json {
        console.remark(&String::from_utf8_lossy(&question));
    } else {
        console.print(&question)?;
        console.flush()?;
    }
    predict::read(scenario.key, scenario.choices, &mut std::io::stdin().lock(), console)
}

fn play(
    scenario: &'static Scenario,
    table: &mut Table,
    tap: &mut Option<Tap>,
    predicted: Option<Prediction>,
    hint: bool,
    console: &Console,
) -> Result<beside::Told, Error> {
    let [tcp, udp] = [Transport::Tcp, Transport::Udp].map(|transport| compare::play(scenario, transport, table));
    let mut played = told::scenario(scenario, &tcp, &udp, predicted);
    match tap {
        Some(tap) => {
            tap.collect()?;
            for (side, told, transport) in
                [(&tcp, &mut played.tcp, Transport::Tcp), (&udp, &mut played.udp, Transport::Udp)]
            {
                let seen = tap.of(transport, &side.ports, console)?;
                told.packets = Some(seen.packets);
                told.picture = seen.picture;
                told.headers = seen.headers;
            }
            played.packets = Some(tap.place());
            tap.forget();
        }
        None if hint => played.packets = Some(packets::HOW.to_owned()),
        None => {}
    }
    played.count();
    Ok(played)
}

fn show(args: &Args, full: bool, played: &beside::Told, console: &mut Console) -> Result<(), Error> {
    let (style, describe) = (console.style(), console.describe());
    let out = console.buffer();
    match args.format {
        Format::Json => beside::json(out, played),
        Format::Text if describe => beside::describe(out, style, played, full),
        Format::Text if full => beside::text(out, style, played),
        Format::Text => beside::brief(out, style, played),
    }
    console.flush()
}

/// The kernel's table of sockets, asked after each call.
struct Table(Box<dyn System>);

impl Kernel for Table {
    fn state(&mut self, transport: Transport, local: SocketAddr, remote: Option<SocketAddr>) -> Option<&'static str> {
        let protocol = match transport {
            Transport::Tcp => ports::Protocol::Tcp,
            Transport::Udp => ports::Protocol::Udp,
        };
        let table = self.0.table(Wants { owners: false, details: false, unix: false }).ok()?;
        let found = table.sockets.iter().find(|s| (s.protocol, s.local, s.remote) == (protocol, local, remote))?;
        Some(found.state.story().name)
    }
}
