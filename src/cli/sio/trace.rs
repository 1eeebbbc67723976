//! `layercake sio trace`: a client that shows how a session begins, moves to a WebSocket, and talks.

use std::io::{BufRead, IsTerminal, Read};
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::told::{Nothing, Teller};
use crate::cli::capture::duration;
use crate::cli::seen::{Show, Showing};
use crate::cli::stop::Stop;
use crate::cli::{Console, Error};
use crate::render::packets_told::PacketsTold;
use crate::socket_io::client::{Failure, Order, Plan, Transport, run as connect};
use crate::source::seen::{self, LABEL};
use crate::websocket::client::Url;

const EXAMPLES: &str = "\
Examples:
  layercake sio trace ws://localhost:3000                            then type; /help lists what may be typed
  layercake sio trace ws://localhost:3000 --emit 'chat message' --json '\"hi\"'
  layercake sio trace ws://localhost:3000 --transport polling        without any WebSocket
  layercake sio trace ws://localhost:3000 --namespace /custom --auth '{\"token\":\"123\"}'
  layercake sio trace ws://localhost:3000 --emit hi --format ladder  as packets

Exit codes: 0 closed normally, 1 no session came about or it broke, 2 wrong arguments.";

const HELP: &str = "\
What may be typed:
  chat message \"hi\"      send an event: its name, then its arguments as JSON
  /ack 0 \"fine\"          answer the server's event 0
  /join room             the same as: join \"room\"
  /leave room            the same as: leave \"room\"
  /close                 leave the namespace and say goodbye";

/// Events that may wait to be drawn.
const QUEUE: usize = 4096;
/// A longer line is cut.
const LONGEST: u64 = 1 << 20;

/// Open a Socket.IO session: requests, the change to a WebSocket, events, answers
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Where to: `ws://host:port`, or `http://host:port`; a path replaces /socket.io/
    url: String,
    /// Which namespace
    #[arg(long, value_name = "NAME", default_value = "/")]
    namespace: String,
    /// Credentials for the namespace, a JSON object
    #[arg(long, value_name = "JSON", value_parser = object)]
    auth: Option<String>,
    /// Send this event
    #[arg(long, value_name = "EVENT")]
    emit: Option<String>,
    /// An argument of the event, JSON; may be given several times
    #[arg(long, value_name = "JSON", value_parser = json, requires = "emit")]
    json: Vec<String>,
    /// How it travels
    #[arg(long, value_name = "WAY", value_enum, default_value_t = Travel::Auto)]
    transport: Travel,
    /// After the last event, listen so long, then say goodbye
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "1s")]
    time: Duration,
    #[command(flatten)]
    showing: Showing,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Travel {
    /// HTTP requests first, then a WebSocket
    Auto,
    /// Only HTTP requests
    Polling,
    /// A WebSocket from the start
    Websocket,
}

pub(in crate::cli) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let plan = plan(args)?;
    let first = args.emit.clone().map(|name| Order::Emit(name, args.json.clone()));
    let stop = Stop::listen();
    let (reporter, mut source) = seen::channel();
    let own = args.showing.format.is_none() && !args.showing.quiet;
    let mut show = Show::new(&args.showing, Box::new(Nothing), console)?;
    let (told, events) = sync_channel(QUEUE);
    let mut teller = Teller::new(events, own.then(|| PacketsTold::new(console.style(), console.describe(), false)));
    teller.begin(&format!("Socket.IO at {}", plan.url.place()), &[introduction(args.transport)], console);
    if first.is_none() && std::io::stdin().is_terminal() {
        console.remark("Type an event: name \"argument\". /help lists more, Ctrl-D says goodbye.");
    }
    let orders = orders(first);
    let (halt, halted) = watch::channel(false);
    let client = std::thread::spawn(move || connect(&plan, reporter, orders, halted, told));
    let mut shown = show.play(&mut source, &stop, console, |console| teller.draw(console).map(|()| true));
    halt.send_replace(true);
    if shown.is_ok() && stop.asked() {
        shown = show.play(&mut source, &Stop::never(), console, |console| teller.draw(console).map(|()| true));
    }
    let ended = client.join().unwrap_or(Ok(()));
    let drawn = shown.and_then(|_| teller.draw(console));
    show.finish(console)?;
    drawn?;
    ended.map(|()| ExitCode::SUCCESS).map_err(|Failure { what, hint }| Error::asked(what, hint))
}

fn introduction(travel: Travel) -> String {
    let first = match travel {
        Travel::Auto => "HTTP requests first, a WebSocket when one works",
        Travel::Polling => "only HTTP requests: one GET always waits for news",
        Travel::Websocket => "a WebSocket from the start",
    };
    format!("{LABEL}; {first}")
}

fn plan(args: &Args) -> Result<Plan, Error> {
    let url = Url::parse(&args.url)
        .map_err(|failure| Error::asked(failure.to_string(), "write it so: ws://localhost:3000"))?;
    if url.secure {
        return Err(Error::asked(
            "sio trace speaks no TLS yet",
            "`layercake ws trace 'wss://HOST/socket.io/?EIO=4&transport=websocket'` opens the same WebSocket; then type 40",
        ));
    }
    let right = args.namespace.starts_with('/') && !args.namespace.contains(',');
    if !right {
        return Err(Error::asked("a namespace begins with a slash and has no comma", "--namespace /custom"));
    }
    Ok(Plan {
        url,
        namespace: args.namespace.clone(),
        auth: args.auth.clone(),
        transport: match args.transport {
            Travel::Auto => Transport::Auto,
            Travel::Polling => Transport::Polling,
            Travel::Websocket => Transport::WebSocket,
        },
        linger: args.time,
    })
}

/// The first order, or the lines of whoever types.
fn orders(first: Option<Order>) -> mpsc::Receiver<Order> {
    let (way, orders) = mpsc::channel(16);
    // It may block for ever in a read; the end of the program ends it.
    std::thread::spawn(move || {
        let listens = first.is_none();
        let mut sent = first.into_iter().all(|order| way.blocking_send(order).is_ok());
        let input = std::io::stdin();
        let mut line = Vec::new();
        while listens && sent {
            line.clear();
            match input.lock().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) => match order(String::from_utf8_lossy(&line).trim()) {
                    Ok(Some(order)) => sent = way.blocking_send(order).is_ok(),
                    Ok(None) => {}
                    Err(why) => sent = way.blocking_send(Order::Aside(why)).is_ok(),
                },
            }
        }
    });
    orders
}

/// One line; an empty one is none.
fn order(line: &str) -> Result<Option<Order>, String> {
    if line.is_empty() {
        return Ok(None);
    }
    let Some(command) = line.strip_prefix('/') else {
        let at = arguments_begin(line);
        return Ok(Some(Order::Emit(line[..at].trim().to_owned(), values(&line[at..])?)));
    };
    let (command, rest) = command.split_once(' ').unwrap_or((command, ""));
    let room = || serde_json::Value::from(rest.trim()).to_string();
    match command {
        "help" => Err(HELP.to_owned()),
        "close" | "quit" => Ok(Some(Order::Close)),
        "join" | "leave" if !rest.trim().is_empty() => Ok(Some(Order::Emit(command.to_owned(), vec![room()]))),
        "ack" => {
            let (id, rest) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
            let id = id.parse().map_err(|_| "write it so: /ack 0 \"fine\"".to_owned())?;
            Ok(Some(Order::Ack(id, values(rest)?)))
        }
        _ => Err(format!("there is no command /{command}; /help lists them")),
    }
}

/// Where the JSON begins behind a name of several words: the first place from which all is JSON.
fn arguments_begin(line: &str) -> usize {
    let spaces = line.match_indices(' ').map(|(at, _)| at);
    spaces.filter(|at| !line[*at..].trim().is_empty()).find(|at| values(&line[*at..]).is_ok()).unwrap_or(line.len())
}

/// JSON values, one after the other.
fn values(text: &str) -> Result<Vec<String>, String> {
    let all = serde_json::Deserializer::from_str(text).into_iter::<Box<serde_json::value::RawValue>>();
    all.map(|value| value.map(|value| value.get().to_owned()))
        .collect::<Result<_, _>>()
        .map_err(|_| "arguments are JSON: \"a text\", 12, true, {\"a\":1}".to_owned())
}

fn json(text: &str) -> Result<String, String> {
    let value = serde_json::from_str::<Box<serde_json::value::RawValue>>(text);
    value.map(|value| value.get().to_owned()).map_err(|_| "this is no JSON; a text has quotes: '\"hi\"'".to_owned())
}

fn object(text: &str) -> Result<String, String> {
    let value = json(text)?;
    if value.starts_with('{') {
        Ok(value)
    } else {
        Err("credentials are a JSON object: {\"token\":\"123\"}".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_event_with_arguments_or_a_command() {
        let emit = |name: &str, all: &[&str]| {
            Ok(Some(Order::Emit(name.to_owned(), all.iter().map(ToString::to_string).collect())))
        };
        assert_eq!(order("chat message \"hi there\" 12"), emit("chat message", &["\"hi there\"", "12"]));
        assert_eq!(order("hello"), emit("hello", &[]));
        assert_eq!(order("/join kitchen"), emit("join", &["\"kitchen\""]));
        assert_eq!(order("/ack 7 {\"a\":1}"), Ok(Some(Order::Ack(7, vec!["{\"a\":1}".into()]))));
        assert_eq!(order("/close"), Ok(Some(Order::Close)));
        assert_eq!(order(""), Ok(None));
        for wrong in ["/nope", "/ack x", "/join", "/help"] {
            assert!(order(wrong).is_err(), "{wrong}");
        }
    }
}
