//! `layercake ws replay`: a recorded WebSocket once more.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::told_again::{Teller, replied};
use crate::cli::capture::duration;
use crate::cli::reel::{Moment, Reel};
use crate::cli::stop::Stop;
use crate::cli::{Console, Error, open};
use crate::dissect::Side;
use crate::flow::Tracker;
use crate::render::replay::Row;
use crate::websocket::Limits;
use crate::websocket::client::{Failure, Plan, Url};
use crate::websocket::replay::{Course, Door, Event, Reader, Recording, play, serve};

const EXAMPLES: &str = "\
Examples:
  layercake ws tap --listen 8001 --to localhost:8000 -w talk.pcapng    record one
  layercake ws replay talk.pcapng                            the WebSockets in it
  layercake ws replay talk.pcapng --to ws://localhost:8000   the same again: same answers?
  layercake ws replay talk.pcapng 3 --to ws://localhost:8000 --speed 10
  layercake ws replay talk.pcapng 3 --to ws://localhost:8000 --dry-run
  layercake ws replay talk.pcapng --serve 8000               play the server, for your page

Any capture will do, also one of tcpdump or Wireshark. What TLS hides cannot be
played: record it with `ws tap --to wss://...`. Pings are answered live and not
compared. Before each message as many answers are waited for as came then.

Exit codes: 0 all answers as recorded, 1 they differ or it failed, 2 wrong arguments.";

/// Events that may wait to be drawn.
const QUEUE: usize = 4096;
/// Bytes of a message that is taken.
const MOST: usize = 64 << 20;

/// Play a recorded WebSocket again: against your server, or for your page
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// The recording: pcap or pcapng
    file: String,
    /// Which conversation, by its number in the list (needed where there are several)
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    number: Option<u64>,
    /// Play the client against this server; without a path, the recorded one is asked for
    #[arg(long, value_name = "URL", conflicts_with = "serve")]
    to: Option<String>,
    /// Play the server on this port of loopback (0: any free one)
    #[arg(long, value_name = "PORT")]
    serve: Option<u16>,
    /// 1 as then, 2 twice as fast, 0 without pauses
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// How long an answer is waited for, beyond the time that it took then
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "2s")]
    patience: Duration,
    /// Only say what would be sent, and when
    #[arg(long)]
    dry_run: bool,
    /// With --serve: let pages of other machines connect, too
    #[arg(long, requires = "serve")]
    any_origin: bool,
    /// Accept any certificate (with wss://)
    #[arg(long)]
    insecure: bool,
    /// Trust the certificates in FILE (PEM) instead of the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<String>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// A WebSocket of the file.
struct Kept {
    number: u64,
    ends: [SocketAddr; 2],
    recording: Recording,
}

pub(in crate::cli) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let all = read(args, console)?;
    let teller = Teller::new(console, args.format == Format::Json);
    if args.to.is_none() && args.serve.is_none() && !args.dry_run && args.number.is_none() {
        for kept in &all {
            row(&teller, kept, console);
        }
        console.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    let kept = choose(all, args.number)?;
    if let Some(why) = kept.recording.lacks {
        console.remark(&format!("the recording is not whole: {why}; what was said before is played"));
    }
    if args.dry_run || args.to.is_none() && args.serve.is_none() {
        teller.steps(&kept.recording, args.speed, console);
        console.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    match (&args.to, args.serve) {
        (Some(url), _) => again(args, url, &kept.recording, &teller, console),
        (None, port) => stand_in(args, port.unwrap_or(0), kept.recording, &teller, console),
    }
}

/// All conversations of the file that are WebSocket.
fn read(args: &Args, console: &mut Console) -> Result<Vec<Kept>, Error> {
    let from = open::From::file(&args.file);
    let mut reel = Reel::new(&from, &[], Tracker::new().listen(), console)?;
    let mut all: Vec<(u64, [SocketAddr; 2], Reader)> = Vec::new();
    reel.each(console, |moment, tracker, _| {
        let Moment::Packet(view, _) = moment else { return Ok(true) };
        let Some(conversation) = tracker.current() else { return Ok(true) };
        let number = conversation.talk.flow;
        for heard in tracker.heard() {
            let at = all.iter().rposition(|(known, ..)| *known == number).unwrap_or_else(|| {
                let ends = [conversation.client, conversation.server].map(|end| SocketAddr::new(end.address, end.port));
                all.push((number, ends, Reader::default()));
                all.len() - 1
            });
            all[at].2.hear(heard.side == Side::Client, view.packet.time.unwrap_or(0), heard.missing, &heard.bytes);
        }
        Ok(true)
    })?;
    let kept = all
        .into_iter()
        .filter_map(|(number, ends, reader)| Some(Kept { number, ends, recording: reader.recording()? }));
    let kept: Vec<Kept> = kept.collect();
    if kept.is_empty() {
        return Err(Error::asked(
            format!("there is no WebSocket with its handshake in {}", args.file),
            "record one: `layercake ws tap --listen 8001 --to localhost:8000 -w FILE`; what TLS hides cannot be played",
        ));
    }
    Ok(kept)
}

fn row(teller: &Teller, kept: &Kept, console: &mut Console) {
    let recording = &kept.recording;
    teller.row(
        &Row {
            number: kept.number,
            target: &recording.target,
            ends: kept.ends.map(|end| end.to_string()),
            counts: [true, false].map(|client| recording.said(client).len()),
            lasted: recording.steps.last().map_or(0, |step| step.at.as_nanos() as u64),
            lacks: recording.lacks,
        },
        console,
    );
}

fn choose(mut all: Vec<Kept>, number: Option<u64>) -> Result<Kept, Error> {
    let numbers: Vec<String> = all.iter().map(|kept| kept.number.to_string()).collect();
    let hint = format!("there are WebSockets in {}; without a number they are listed", numbers.join(", "));
    let at = match number {
        None if all.len() == 1 => Some(0),
        None => return Err(Error::asked("the file has several WebSockets: which one?", hint)),
        Some(number) => all.iter().position(|kept| kept.number == number),
    };
    let at = at.ok_or_else(|| Error::asked("that conversation is no WebSocket", hint))?;
    Ok(all.swap_remove(at))
}

/// The client's side, against a real server.
fn again(
    args: &Args,
    url: &str,
    recording: &Recording,
    teller: &Teller,
    console: &mut Console,
) -> Result<ExitCode, Error> {
    let plan = plan(args, url, recording).map_err(|failure| refused(&failure))?;
    let course = Course { speed: args.speed, patience: args.patience };
    let stop = Stop::listen();
    let (told, events) = sync_channel(QUEUE);
    let (halt, halted) = watch::channel(false);
    teller.note(&format!("The client's side of the recording, to {}:", plan.url), console);
    console.live();
    let ours = recording.clone();
    let playing = std::thread::spawn(move || play(&ours, &plan, course, halted, told));
    let told = listen(&events, teller, &stop, console);
    halt.send_replace(true);
    let heard = playing.join().unwrap_or(Ok(Vec::new()));
    told?;
    let heard = heard.map_err(|failure| refused(&failure))?;
    if stop.asked() {
        return Ok(ExitCode::FAILURE);
    }
    let same = replied(teller, &recording.said(false), &heard, console);
    console.flush()?;
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tells what happens until nothing more does, or the user has had enough.
fn listen(events: &Receiver<Event>, teller: &Teller, stop: &Stop, console: &mut Console) -> Result<(), Error> {
    let begun = Instant::now();
    while !stop.asked() {
        match events.recv_timeout(Duration::from_millis(50)) {
            Ok(event) => {
                teller.event(begun.elapsed(), event, console);
                console.turn()?;
            }
            Err(RecvTimeoutError::Timeout) => console.flush()?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    console.flush()
}

/// Asks as the recorded client did; pages, cookies and subprotocols are part of that.
fn plan(args: &Args, url: &str, recording: &Recording) -> Result<Plan, Failure> {
    let mut url = Url::parse(url)?;
    if url.target == "/" {
        url.target.clone_from(&recording.target);
    }
    let kept = ["origin", "cookie", "authorization"];
    let headers = recording.headers.iter().filter(|(name, _)| kept.contains(&name.to_ascii_lowercase().as_str()));
    let offered = |name| recording.header(name).unwrap_or_default();
    let protocols = offered("sec-websocket-protocol").split(',').map(str::trim).filter(|name| !name.is_empty());
    Ok(Plan {
        url,
        proxy: None,
        headers: headers.cloned().collect(),
        protocols: protocols.map(str::to_owned).collect(),
        deflate: offered("sec-websocket-extensions").contains("permessage-deflate"),
        insecure: args.insecure,
        ca: args.ca.clone(),
        pongs: true,
        echo: false,
        linger: Duration::ZERO,
        limits: Limits { message: MOST, frame: MOST },
    })
}

/// The server's side, for real clients.
fn stand_in(
    args: &Args,
    port: u16,
    recording: Recording,
    teller: &Teller,
    console: &mut Console,
) -> Result<ExitCode, Error> {
    let stop = Stop::listen();
    let wanted = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let listener = TcpListener::bind(wanted).map_err(|error| super::tap::unbound(wanted, "--serve", &error))?;
    let port = listener.local_addr().map_or(port, |at| at.port());
    let (told, events) = sync_channel(QUEUE);
    let (halt, halted) = watch::channel(false);
    let door = Door { speed: args.speed, any_origin: args.any_origin };
    teller.note(
        &format!(
            "The server's side of the recording waits at ws://localhost:{port}{} for a client. Before each message it waits for \
             what the client said then.",
            recording.target
        ),
        console,
    );
    console.live();
    console.flush()?;
    let teller = teller.expecting(recording.said(true).into_iter().cloned().collect());
    let serving = std::thread::spawn(move || serve(recording, listener, door, halted, &told));
    let told = listen(&events, &teller, &stop, console);
    halt.send_replace(true);
    let ended = serving.join().unwrap_or(Ok(()));
    told?;
    ended.map(|()| ExitCode::SUCCESS).map_err(|failure| refused(&failure))
}

fn refused(failure: &Failure) -> Error {
    Error::asked(failure.to_string(), failure.hint())
}

fn speed(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "a factor is a number: 1, 2, 0.5, 0".to_owned())?;
    if (0.0..=1_000_000.0).contains(&factor) { Ok(factor) } else { Err("a factor is 0 or more".to_owned()) }
}
