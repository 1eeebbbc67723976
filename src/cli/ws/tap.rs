//! `layercake ws tap`: between any client and any server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::cli::capture::duration;
use crate::cli::seen::{Show, Showing, give_way};
use crate::cli::stop::Stop;
use crate::cli::{Console, Error};
use crate::render::tap::{Tap, begin, wrong};
use crate::render::{Charset, quantity};
use crate::source::seen::{self, LABEL};
use crate::websocket::client::Failure;
use crate::websocket::tap::{Event, Plan, Target, is_itself, run as pass};

const EXAMPLES: &str = "\
Examples:
  layercake ws tap --listen 8001 --to localhost:8000     then let your page connect to port 8001
  layercake ws tap --listen 0 --to localhost:3000        any free port; its number is printed
  layercake ws tap --listen 8001 --to wss://example.org  TLS to the server, plain on your side
  layercake ws tap --listen 8001 --to localhost:8000 -w talk.pcapng    keep it for `ws replay`
  layercake ws tap --listen 8001 --to localhost:8000 --format ladder   as packets
  layercake ws tap --listen 8001 --to localhost:8000 --filter websocket

Every byte passes unchanged, in both directions. Host and Origin stay as the
client wrote them: a server that checks them sees port 8001 there. What passes
is shown afterwards, so a slow terminal slows nobody; what could not be shown
is counted. Ctrl-C ends the tap and its connections.

Exit codes: 0 ended by you, 1 it could not listen, 2 wrong arguments.";

/// Events that may wait to be drawn.
const QUEUE: usize = 256;
/// How often it is said that something is not shown.
const OFTEN: Duration = Duration::from_secs(1);

/// Sit between a client and a server: pass every byte on, show both directions
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Where your client connects to: a port of this machine (0: any free one), or address:port
    #[arg(long, value_name = "PORT", value_parser = place)]
    listen: SocketAddr,
    /// Your server: `host:port`, or `wss://host` with TLS
    #[arg(long, value_name = "SERVER", value_parser = Target::parse)]
    to: Target,
    /// Accept any certificate of the server (with wss://)
    #[arg(long, help_heading = "Connection")]
    insecure: bool,
    /// Trust the certificates in FILE (PEM) instead of the system's
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    ca: Option<String>,
    /// So many connections at once
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000), help_heading = "Connection")]
    max_clients: u32,
    /// How long the server may take to answer a connection
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s", help_heading = "Connection")]
    connect_timeout: Duration,
    #[command(flatten)]
    showing: Showing,
}

pub(in crate::cli) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let stop = Stop::listen();
    let listener = TcpListener::bind(args.listen).map_err(|error| unbound(args.listen, "--listen", &error))?;
    let listens = listener.local_addr().unwrap_or(args.listen);
    if is_itself(&args.to, listens).map_err(|failure| refused(&failure))? {
        return Err(Error::asked(
            format!("{} is this tap itself: it would pass on to itself for ever", args.to),
            "--to is the port of your server, --listen a port that is still free",
        ));
    }
    let (reporter, mut source) = seen::channel();
    // Nobody looks: nothing is reported either.
    let watched = !args.showing.quiet || args.showing.write.is_some();
    let own = Tap::new(console.style(), console.describe(), console.is_terminal().then_some(console.style().width));
    let mut show = Show::new(&args.showing, Box::new(own), console)?;
    let (told, events) = sync_channel(QUEUE);
    let (halt, halted) = watch::channel(false);
    let plan = Plan {
        to: args.to.clone(),
        insecure: args.insecure,
        ca: args.ca.clone(),
        clients: args.max_clients as usize,
        patience: args.connect_timeout,
    };
    greet(args, listens, console)?;
    let ours = reporter.clone();
    let tap = std::thread::spawn(move || pass(plan, listener, watched.then_some(ours), halted, told));
    give_way();
    let mut teller = Teller::new(args, events);
    let shown = show.play(&mut source, &stop, console, |console| {
        teller.tell(reporter.left_out(), false, console)?;
        Ok(!tap.is_finished())
    });
    halt.send_replace(true);
    let ended = tap.join().unwrap_or(Ok(()));
    let left_out = reporter.left_out();
    drop(reporter);
    // What has passed already is shown and saved, too.
    let rest = shown.and_then(|_| show.play(&mut source, &Stop::never(), console, |_| Ok(true)));
    let told = rest.and_then(|_| teller.tell(left_out, true, console));
    show.finish(console)?;
    told?;
    ended.map(|()| ExitCode::SUCCESS).map_err(|failure| refused(&failure))
}

/// Where it listens, and what to change in the program.
fn greet(args: &Args, listens: SocketAddr, console: &mut Console) -> Result<(), Error> {
    let port = listens.port();
    let advice = format!(
        "In your program, write new WebSocket('ws://localhost:{port}') or http://localhost:{port}. Host and Origin stay as it \
         writes them, so a server that checks them sees {port}."
    );
    if args.showing.format.is_some() || args.showing.quiet {
        console.remark(&format!("tap: {listens} passes on to {}; {advice}", args.to));
        return Ok(());
    }
    let (style, spoken) = (console.style(), console.describe());
    begin(style, spoken, LABEL, &listens.to_string(), &args.to.to_string(), &advice, console.buffer());
    console.flush()
}

/// Says what no packet tells: on the screen, or beside it where packets are shown.
struct Teller {
    events: Receiver<Event>,
    to: String,
    beside: bool,
    saved: bool,
    told: u64,
    last: Instant,
}

impl Teller {
    fn new(args: &Args, events: Receiver<Event>) -> Self {
        let beside = args.showing.format.is_some() || args.showing.quiet;
        let saved = args.showing.write.is_some();
        Teller { events, to: args.to.to_string(), beside, saved, told: 0, last: Instant::now() }
    }

    fn tell(&mut self, left_out: u64, finally: bool, console: &mut Console) -> Result<(), Error> {
        while let Ok(event) = self.events.try_recv() {
            self.say(&words(&self.to, event), console)?;
        }
        if left_out > self.told && (finally || self.last.elapsed() >= OFTEN) {
            let count = quantity::counted(left_out - self.told, "piece");
            let saved = if self.saved { ", nor is it in the file, which says where" } else { "" };
            self.say(&format!("{count} of what passed could not be shown{saved}: it came faster than it could be drawn, and passed on all the same"), console)?;
            (self.told, self.last) = (left_out, Instant::now());
        }
        Ok(())
    }

    fn say(&self, text: &str, console: &mut Console) -> Result<(), Error> {
        if self.beside {
            console.remark(&format!("tap: {}", crate::cli::console::tame(text)));
            return Ok(());
        }
        let (style, spoken) = (console.style(), console.describe());
        wrong(style, spoken, text, console.buffer());
        console.flush()
    }
}

fn words(to: &str, event: Event) -> String {
    match event {
        Event::Unreachable(client, failure, took) => {
            let took = quantity::span(took.as_nanos() as u64, Charset::Unicode);
            let hint = failure.hint();
            format!(
                "{client} was hung up on after {took}: {failure}. A proxy of HTTP would answer 502 Bad Gateway here. \
                 Advice: {hint}"
            )
        }
        Event::Full(client, most) => {
            format!("{client} was turned away: {most} connections are open already, and --max-clients allows no more")
        }
        Event::Refused(error) => {
            format!("the system gives no connection to {to}: {error}. `ulimit -n` says how many files may be open")
        }
    }
}

fn refused(failure: &Failure) -> Error {
    Error::asked(failure.to_string(), failure.hint())
}

pub(super) fn unbound(at: SocketAddr, flag: &str, error: &std::io::Error) -> Error {
    let port = at.port();
    let (why, hint) = match error.kind() {
        std::io::ErrorKind::AddrInUse => (
            "another program has that port already",
            format!("`layercake ports why {port}` says which; {flag} 0 takes a free one"),
        ),
        std::io::ErrorKind::PermissionDenied => {
            ("ports below 1024 are for the system's own services", format!("take one above, for example {flag} 8001"))
        }
        std::io::ErrorKind::AddrNotAvailable => {
            ("this machine does not have that address", "`layercake interfaces` lists those it has".to_owned())
        }
        _ => ("the system does not allow it", format!("{flag} 0 takes any free port")),
    };
    Error::asked(format!("cannot listen on {at}: {why}"), hint)
}

/// A port of loopback, or an address and a port.
fn place(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    named
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| "write a port, or an address and a port: 8001, 0.0.0.0:8001, [::1]:8001".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_port_is_one_of_loopback() {
        assert_eq!(place("8001").map(|at| at.to_string()), Ok("127.0.0.1:8001".into()));
        assert_eq!(place("localhost:0").map(|at| at.to_string()), Ok("127.0.0.1:0".into()));
        assert_eq!(place("[::1]:8001").map(|at| at.to_string()), Ok("[::1]:8001".into()));
        assert!(place("example.org:80").is_err() && place("70000").is_err());
    }
}
