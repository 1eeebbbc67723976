//! `layercake ws forge`: frames on order, right and wrong, and what a server says to them.

mod words;

use std::process::ExitCode;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use clap::ValueEnum;

use super::super::stop::Stop;
use super::super::{Console, Error};
use super::frame::{ROWS, pictures};
use super::picture::{From, Reader};
use crate::render::frame_bits::{self, Fact};
use crate::source::hex::Hex;
use crate::source::{Event, Source};
use crate::websocket::ask::{self, Place};
use crate::websocket::deflate::Agreement;
use crate::websocket::forge::{BAD, Bad, Content, Recipe, build};

const EXAMPLES: &str = "\
Examples:
  layercake ws forge --text Hello                        as a browser would send it
  layercake ws forge --text Hello --mask 37fa213d        RFC 6455's own example
  layercake ws forge --text Hello --fragments 3          one message, three frames
  layercake ws forge --close 1000 --reason bye --from server
  layercake ws forge --list                              mistakes that can be ordered
  layercake ws forge --bad unmasked                      one of them, and what a server says
  layercake ws forge --bad unmasked --text hi            … in a message of your own
  layercake ws forge --bad bad-utf8 --ask ws://localhost:8000/   … what a real one says
  layercake ws forge --text Hello --format hex | layercake ws frame -";

/// How often is looked whether the user has asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Build WebSocket frames, right or wrong, and see what a server answers
#[derive(clap::Args)]
#[command(override_usage = "layercake ws forge [OPTIONS] <WHAT>, one of --text, --binary, --ping, --pong, --close, --bad", after_help = EXAMPLES)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
#[command(group = clap::ArgGroup::new("kind"))]
pub(super) struct Args {
    /// A text message
    #[arg(long, value_name = "TEXT", group = "what", conflicts_with_all = ["binary", "ping", "pong", "close", "list"])]
    text: Option<String>,
    /// A binary message, as hex digits
    #[arg(long, value_name = "HEX", groups = ["what", "kind"])]
    binary: Option<String>,
    /// Are you there?
    #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "", groups = ["what", "kind"])]
    ping: Option<String>,
    /// I am
    #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "", groups = ["what", "kind"])]
    pong: Option<String>,
    /// Goodbye, with or without a code
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "none", value_parser = close_code, groups = ["what", "kind"])]
    close: Option<Close>,
    /// A mistake: `--list` names them; with --text in a message of your own, where the mistake leaves it one
    #[arg(long, value_name = "KIND", groups = ["what", "kind"])]
    bad: Option<String>,
    /// List the mistakes
    #[arg(long, groups = ["what", "kind"])]
    list: bool,
    /// Why, in words, with --close
    #[arg(long, value_name = "TEXT", requires = "close")]
    reason: Option<String>,
    /// Four bytes as hex digits, `random` or `none`; without it as the sender has to
    #[arg(long, value_name = "KEY", value_parser = mask)]
    mask: Option<Mask>,
    /// Who sends it
    #[arg(long, value_name = "WHO", value_enum, default_value_t = Sender::Client)]
    from: Sender,
    /// Cut the message into so many frames
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    fragments: u16,
    /// Compress the message (permessage-deflate, RFC 7692)
    #[arg(long)]
    deflate: bool,
    /// Send it to a server and show what comes back
    #[arg(long, value_name = "URL")]
    ask: Option<String>,
    /// How long the server is listened to after its last word, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=60_000), requires = "ask")]
    wait: u64,
    /// Write the bytes themselves, for a file or a pipe
    #[arg(long, conflicts_with_all = ["format", "ask"])]
    raw: bool,
    /// How it is shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Picture)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Bit by bit, with what a server says
    Picture,
    /// One JSON object a frame, and one for what a server says
    Json,
    /// Only the bytes, as hex digits
    Hex,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sender {
    /// Has to mask
    Client,
    /// Must not mask
    Server,
}

#[derive(Debug, Clone, Copy)]
struct Close(Option<u16>);

#[derive(Debug, Clone, Copy)]
enum Mask {
    Random,
    None,
    Key([u8; 4]),
}

fn close_code(text: &str) -> Result<Close, String> {
    match text {
        "none" => Ok(Close(None)),
        _ => text.parse().map(|code| Close(Some(code))).map_err(|_| "a close code is a number up to 65535".to_owned()),
    }
}

fn mask(text: &str) -> Result<Mask, String> {
    match text {
        "random" => Ok(Mask::Random),
        "none" => Ok(Mask::None),
        _ => {
            let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
            let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).unwrap_or_default();
            let key = bytes.try_into().map_err(|_| "a key is four bytes, for example 37fa213d".to_owned())?;
            Ok(Mask::Key(key))
        }
    }
}

/// What was ordered, built.
struct Forged {
    frames: Vec<Vec<u8>>,
    bad: Option<&'static Bad>,
    by_client: bool,
    agreement: Option<Agreement>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    if args.list {
        list(args, console);
        return Ok(ExitCode::SUCCESS);
    }
    let forged = forge(args)?;
    let bytes = forged.frames.concat();
    if args.raw {
        if console.is_terminal() {
            let hint = "send them to a file or a pipe: --raw > frames.bin; or leave --raw out";
            return Err(Error::asked("bytes as they are would spoil a terminal", hint));
        }
        console.print(&bytes)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.format == Format::Hex {
        console.print(format!("{}\n", words::hex(&bytes)).as_bytes())?;
    } else {
        show(args, &forged, &bytes, console)?;
    }
    if let Some(url) = &args.ask {
        console.flush()?;
        ask(args, url, &forged, &bytes, console)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(args: &Args, forged: &Forged, bytes: &[u8], console: &mut Console) -> Result<(), Error> {
    let picture = args.format == Format::Picture;
    if picture {
        say(console, "The bytes, to copy", &[words::hex(bytes)]);
        console.print(b"\n")?;
    }
    let from = if forged.by_client { From::Client } else { From::Server };
    let format = if picture { super::frame::Format::Picture } else { super::frame::Format::Json };
    pictures(Reader::new(from, forged.agreement.is_some(), ROWS), bytes, format, console)?;
    let verdict = words::prove(forged);
    if !picture {
        frame_bits::object(console.buffer(), &verdict.facts);
        return Ok(());
    }
    if let Some(bad) = forged.bad {
        console.print(b"\n")?;
        say(console, &format!("The mistake: {} ({})", bad.what, bad.rule), &[bad.why.to_owned()]);
    }
    console.print(b"\n")?;
    let peer = if forged.by_client { "server" } else { "client" };
    say(console, &format!("What a {peer} makes of it, tried on ours"), &verdict.sentences);
    Ok(())
}

fn say(console: &mut Console, title: &str, sentences: &[String]) {
    let (style, spoken) = (console.style(), console.describe());
    frame_bits::section(console.buffer(), style, spoken, title, sentences);
}

fn forge(args: &Args) -> Result<Forged, Error> {
    let by_client = args.from == Sender::Client;
    let key = match args.mask {
        Some(Mask::None) => None,
        Some(Mask::Key(key)) => Some(key),
        Some(Mask::Random) => Some(rand::random()),
        None => by_client.then(rand::random),
    };
    if let Some(name) = &args.bad {
        let bad = named(name)?;
        if bad.only.is_some_and(|client| client != by_client) {
            let other = if by_client { "server" } else { "client" };
            return Err(Error::asked(
                format!("only a {other} can make the mistake `{name}`"),
                format!("add --from {other}"),
            ));
        }
        let frames = match &args.text {
            None => bad.build(key),
            Some(text) => bad.build_with(key, text.as_bytes()).ok_or_else(|| {
                Error::asked(
                    format!("the mistake `{name}` is in what it carries, so it cannot carry a text of yours"),
                    format!("leave --text out; it goes with {}", own_text()),
                )
            })?,
        };
        return Ok(Forged { frames, bad: Some(bad), by_client, agreement: None });
    }
    let agreement = args.deflate.then(Agreement::default);
    let recipe = Recipe { content: content(args)?, key, pieces: usize::from(args.fragments), agreement };
    Ok(Forged { frames: build(&recipe), bad: None, by_client, agreement })
}

fn content(args: &Args) -> Result<Content, Error> {
    let bytes = |text: &String| text.clone().into_bytes();
    if let Some(text) = &args.text {
        return Ok(Content::Text(text.clone()));
    }
    if let Some(hex) = &args.binary {
        let mut source = Hex::parse(hex, None)?;
        let mut all = Vec::new();
        while let Event::Packet(packet) = source.next()? {
            all.extend_from_slice(packet.bytes);
        }
        return Ok(Content::Binary(all));
    }
    let close = |Close(code): &Close| match (code, &args.reason) {
        (None, Some(_)) => {
            Err(Error::asked("a reason needs a code before it", "for example --close 1000 --reason bye"))
        }
        (code, reason) => Ok(Content::Close(code.map(|code| (code, reason.clone().unwrap_or_default())))),
    };
    match (&args.ping, &args.pong, &args.close) {
        (Some(text), ..) => Ok(Content::Ping(bytes(text))),
        (_, Some(text), _) => Ok(Content::Pong(bytes(text))),
        (.., Some(code)) => close(code),
        _ => Ok(Content::Text(String::new())),
    }
}

/// The mistakes that leave the text to the user.
fn own_text() -> String {
    let all = BAD.iter().filter(|bad| bad.build_with(None, b"x").is_some());
    all.map(|bad| bad.name).collect::<Vec<_>>().join(", ")
}

fn named(name: &str) -> Result<&'static Bad, Error> {
    Bad::named(name).ok_or_else(|| {
        let near = BAD.iter().map(|bad| (strsim::jaro(name, bad.name), bad.name)).max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = near.filter(|(likeness, _)| *likeness > 0.7).map(|(_, near)| format!("did you mean `{near}`? "));
        Error::asked(
            "there is no mistake of this name",
            format!("{}`layercake ws forge --list` lists them", hint.unwrap_or_default()),
        )
    })
}

fn list(args: &Args, console: &mut Console) {
    if args.format == Format::Json {
        for bad in BAD {
            frame_bits::object(console.buffer(), &words::facts(bad));
        }
        return;
    }
    let rows: Vec<[String; 4]> = BAD
        .iter()
        .map(|bad| [bad.name.to_owned(), bad.code.to_string(), bad.rule.replace("RFC 6455 ", ""), bad.what.to_owned()])
        .collect();
    let (style, spoken) = (console.style(), console.describe());
    frame_bits::table(console.buffer(), style, spoken, ["--bad", "answer", "RFC 6455", "what is wrong"], &rows);
}

fn ask(args: &Args, url: &str, forged: &Forged, bytes: &[u8], console: &mut Console) -> Result<(), Error> {
    let place = Place::parse(url).ok_or_else(|| {
        Error::asked("this is no address of a WebSocket without TLS", "write it like ws://localhost:8000/path")
    })?;
    if !forged.by_client {
        return Err(Error::asked("a server is asked by a client only", "leave --from server out"));
    }
    let offer = forged.agreement.map(|_| Agreement::OFFER);
    let asked = {
        let (place, bytes, wait) = (place.clone(), bytes.to_vec(), Duration::from_millis(args.wait));
        interruptible(move || ask::ask(&place, offer, &bytes, wait))
    };
    let Some(answer) = asked else {
        return Err(Error::asked("stopped before the server had answered", "--wait says how long it is listened to"));
    };
    let answer = answer.map_err(|failed| {
        let hint = match failed {
            ask::Failed::Io(ref error) if error.kind() == std::io::ErrorKind::TimedOut => {
                "something listens there, but says nothing that ends: is it a WebSocket server?"
            }
            ask::Failed::Io(_) => "is it running? `layercake ports` lists the servers of this machine",
            ask::Failed::Refused(_) => "the path may be another one, or the server wants to know who asks",
        };
        Error::asked(format!("no answer from ws://{}:{}: {failed}", place.host, place.port), hint)
    })?;
    let verdict = words::answered(forged, &answer);
    if args.format == Format::Json {
        frame_bits::object(console.buffer(), &verdict.facts);
    } else {
        console.print(b"\n")?;
        say(console, &format!("What ws://{}:{} answered, really", place.host, place.port), &verdict.sentences);
    }
    Ok(())
}

/// Does something that may wait for a stranger; `None` where the user does not want to wait any longer.
fn interruptible<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let stop = Stop::listen();
    let (sender, done) = std::sync::mpsc::channel();
    // Where it is given up, the end of the program ends it.
    std::thread::spawn(move || sender.send(work()));
    while !stop.asked() {
        match done.recv_timeout(LOOK) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    None
}

/// What somebody said to the frames.
struct Verdict {
    sentences: Vec<String>,
    facts: Vec<(&'static str, Fact)>,
}
