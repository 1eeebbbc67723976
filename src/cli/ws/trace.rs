//! `layercake ws trace`: a client that shows every step, and then every frame.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use tokio::sync::watch;

use super::bits::Bits;
use super::lines;
use super::told::{Nothing, Teller};
use crate::cli::capture::duration;
use crate::cli::error::why;
use crate::cli::seen::{Show, Showing};
use crate::cli::stop::Stop;
use crate::cli::trust::Trusting;
use crate::cli::{Console, Error};
use crate::render::trace::Trace;
use crate::source::seen;
use crate::websocket::Limits;
use crate::websocket::client::{End, Failure, Order, Plan, Proxy, Url, run as connect};

const EXAMPLES: &str = "\
Examples:
  layercake ws trace ws://localhost:8000/chat                then type; /help lists what may be typed
  layercake ws trace ws://localhost:8000 --send hello        send, listen for a second, say goodbye
  layercake ws trace ws://localhost:8000 --bits --send hello       every bit of every frame
  layercake ws trace ws://localhost:8000 --deflate --send hello    with compression
  layercake ws trace ws://localhost:8000 --script talk.txt   lines from a file, also /wait 1s, /expect text
  layercake ws trace wss://localhost:8443 --insecure         a certificate that nobody vouches for
  layercake ws trace ws://localhost:8000 --origin http://evil.example    as a foreign page would ask
  layercake ws trace wss://example.org -w talk.pcapng        save it; the keys are in the file
  layercake ws trace ws://localhost:8000 --send hi --format ladder       as packets

Exit codes: 0 closed normally, 1 no WebSocket came about or it broke, 2 wrong arguments.";

/// Events that may wait to be drawn.
const QUEUE: usize = 4096;
/// Bytes of a message that is taken.
const MOST: usize = 16 << 20;

/// Open a WebSocket: every step of the handshake explained, then every frame, live
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Where to: `ws://host:port/path`, or `wss://` with TLS
    url: String,
    /// Send this; may be given several times
    #[arg(long, value_name = "TEXT")]
    send: Vec<String>,
    /// Send the lines of FILE, and do its commands (/help shows them)
    #[arg(long, value_name = "FILE")]
    script: Option<String>,
    /// Send each message back, and leave the goodbye to the server: what a test suite such as Autobahn asks of a client
    #[arg(long)]
    echo: bool,
    /// After the last line, listen so long, then say goodbye
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1s")]
    wait: Duration,
    /// A header of your own: `Name: value`; may be given several times
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = header, help_heading = "Handshake")]
    header: Vec<(String, String)>,
    /// Offer this subprotocol; may be given several times, the favourite first
    #[arg(long, value_name = "NAME", value_parser = token, help_heading = "Handshake")]
    protocol: Vec<String>,
    /// The page that a browser would ask from
    #[arg(long, value_name = "URL", value_parser = value, help_heading = "Handshake")]
    origin: Option<String>,
    /// Send a cookie: `name=value`; may be given several times
    #[arg(long, value_name = "COOKIE", value_parser = value, help_heading = "Handshake")]
    cookie: Vec<String>,
    /// Offer compression (permessage-deflate)
    #[arg(long, help_heading = "Handshake")]
    deflate: bool,
    /// Go through a proxy: `http://host:port`, also `http://user:password@host:port`
    #[arg(long, value_name = "URL", value_parser = Proxy::parse, help_heading = "Connection")]
    proxy: Option<Proxy>,
    #[command(flatten)]
    trust: Trusting,
    /// Do not answer pings: how long does the server wait?
    #[arg(long, help_heading = "Connection")]
    no_pong: bool,
    /// Each frame also bit by bit, its mask undone byte by byte
    #[arg(long, conflicts_with_all = ["format", "quiet"])]
    bits: bool,
    #[command(flatten)]
    showing: Showing,
}

pub(in crate::cli) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let plan = plan(args)?;
    let first = first(args)?;
    let stop = Stop::listen();
    let listens = first.is_empty() && !args.echo;
    let (reporter, mut source) = seen::channel();
    let own = args.showing.format.is_none() && !args.showing.quiet;
    let mut show = Show::new(&args.showing, Box::new(Nothing), console)?;
    let (told, events) = sync_channel(QUEUE);
    let (style, spoken) = (console.style(), console.describe());
    let bits = args.bits.then(|| Bits::new(style, spoken));
    let mut teller = Teller::new(events, own.then(|| Trace::new(style, spoken)), bits);
    teller.begin(&plan, console);
    if listens && std::io::stdin().is_terminal() {
        console.remark("What you type is sent line by line; /help lists commands, Ctrl-D says goodbye.");
    }
    let orders = lines::orders(first, listens);
    let (halt, halted) = watch::channel(false);
    let client = std::thread::spawn(move || connect(&plan, reporter, orders, halted, told));
    let mut shown = show.play(&mut source, &stop, console, |console| teller.draw(console).map(|()| true));
    if shown.is_ok() && stop.asked() {
        // It says goodbye first, and that is shown, too.
        halt.send_replace(true);
        shown = show.play(&mut source, &Stop::never(), console, |console| teller.draw(console).map(|()| true));
    }
    halt.send_replace(true);
    let ended = client.join().unwrap_or(Ok(End::Stopped));
    let drawn = shown.and_then(|_| teller.draw(console));
    show.finish(console)?;
    drawn?;
    ended.map(|_| ExitCode::SUCCESS).map_err(|failure| refused(&failure))
}

fn refused(failure: &Failure) -> Error {
    Error::asked(failure.to_string(), failure.hint())
}

fn plan(args: &Args) -> Result<Plan, Error> {
    let mut headers = Vec::new();
    headers.extend(args.origin.iter().map(|origin| ("Origin".to_owned(), origin.clone())));
    if !args.cookie.is_empty() {
        headers.push(("Cookie".to_owned(), args.cookie.join("; ")));
    }
    headers.extend(args.header.iter().cloned());
    Ok(Plan {
        url: Url::parse(&args.url).map_err(|failure| refused(&failure))?,
        proxy: args.proxy.clone(),
        headers,
        protocols: args.protocol.clone(),
        deflate: args.deflate,
        trust: args.trust.trust(),
        pongs: !args.no_pong,
        echo: args.echo,
        linger: args.wait,
        limits: Limits { message: MOST, frame: MOST },
    })
}

/// What --send and --script say.
fn first(args: &Args) -> Result<Vec<Order>, Error> {
    let mut all: Vec<Order> = args.send.iter().map(|text| Order::Text(text.clone(), 1)).collect();
    if let Some(path) = &args.script {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::asked(
                format!("the script {path} cannot be read: {}", why(&error)),
                "one line each: text, or a command such as /wait 1s",
            )
        })?;
        let lines = lines::script(&text);
        all.extend(lines.map_err(|why| {
            Error::asked(format!("the script {path} has a mistake in {why}"), "/help lists the commands")
        })?);
    }
    Ok(all)
}

/// `Name: value`, without anything that could begin a header of its own.
fn header(text: &str) -> Result<(String, String), String> {
    let (name, rest) = text.split_once(':').ok_or("write it so: 'Name: value'")?;
    Ok((token(name.trim())?, value(rest.trim())?))
}

fn token(text: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if text.is_empty() || !text.bytes().all(fits) {
        return Err("a name has only letters, digits, and some signs such as - and _ (RFC 9110 §5.6.2)".to_owned());
    }
    Ok(text.to_owned())
}

fn value(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("a header ends where its line ends: no control characters".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_argument_can_smuggle_in_a_header() {
        assert_eq!(header("X-Mine:  a b "), Ok(("X-Mine".into(), "a b".into())));
        for wrong in ["X-Mine", "X Mine: a", ": a", "X: a\r\nY: b"] {
            assert!(header(wrong).is_err(), "{wrong}");
        }
        assert!(token("chat, v2").is_err() && value("http://a\n").is_err());
    }
}
