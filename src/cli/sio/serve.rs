//! `layercake sio serve`: a server of Socket.IO that tells every packet.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use tokio::sync::watch;

use super::told::{Nothing, Teller};
use crate::cli::error::why;
use crate::cli::seen::{Show, Showing};
use crate::cli::stop::Stop;
use crate::cli::{Console, Error};
use crate::render::packets_told::PacketsTold;
use crate::socket_io::server::{Options, run as serve};
use crate::source::seen::{self, LABEL};

const EXAMPLES: &str = "\
Examples:
  layercake sio serve                            a chat on http://localhost:3000, every packet told
  layercake sio serve --client FILE              FILE is node_modules/socket.io-client/dist/socket.io.min.js
  layercake sio serve --port 0 --format ladder   the packets as arrows, on a free port
  layercake sio serve -w talk.pcapng             save what crosses
  layercake sio serve --namespace /news          one more namespace
  layercake sio serve --echo-suite               what the official test suites of the protocols expect

What clients may say: 'chat message' goes to all; 'join', 'leave' and 'room message' take a room's name first;
'disconnect me' is obeyed. Any other event that wants an answer gets its arguments back.

Exit codes: 0 stopped, 1 it could not listen, 2 wrong arguments.";

/// Events that may wait to be drawn.
const QUEUE: usize = 4096;

/// Serve Socket.IO: a small chat with rooms, every packet told as it comes
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Where to listen; 0 is any free port
    #[arg(short, long, default_value_t = 3000)]
    port: u16,
    /// The address to listen on, instead of this machine's own only
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    /// `socket.io.min.js` of the npm package socket.io-client, for the page at /
    #[arg(long, value_name = "FILE")]
    client: Option<String>,
    /// One more namespace; may be given several times. "/" and "/custom" are always there
    #[arg(long, value_name = "NAME", value_parser = namespace)]
    namespace: Vec<String>,
    /// Pages from there may connect, too: `https://example.org`; may be given several times
    #[arg(long, value_name = "URL")]
    origin: Vec<String>,
    /// Behave as the official test suites expect: quick pings, echoing events
    #[arg(long)]
    echo_suite: bool,
    #[command(flatten)]
    showing: Showing,
}

pub(in crate::cli) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let options = options(args)?;
    let listeners = listen(args)?;
    let port = listeners.first().and_then(|one| one.local_addr().ok()).map_or(args.port, |address| address.port());
    let stop = Stop::listen();
    let (reporter, mut source) = seen::channel();
    let own = args.showing.format.is_none() && !args.showing.quiet;
    let mut show = Show::new(&args.showing, Box::new(Nothing), console)?;
    let (told, events) = sync_channel(QUEUE);
    let mut teller = Teller::new(events, own.then(|| PacketsTold::new(console.style(), console.describe(), true)));
    let place = args.bind.map_or("localhost".to_owned(), |address| SocketAddr::new(address, 0).to_string());
    let place = place.trim_end_matches(":0");
    console.remark(&format!("Socket.IO is served on http://{place}:{port}/. Ctrl-C stops it."));
    teller.begin(&format!("Socket.IO on http://{place}:{port}/"), &introduction(), console);
    let (halt, halted) = watch::channel(false);
    let server = std::thread::spawn(move || serve(options, listeners, reporter, halted, told));
    let mut shown = show.play(&mut source, &stop, console, |console| teller.draw(console).map(|()| true));
    halt.send_replace(true);
    if shown.is_ok() {
        // It says goodbye first, and that is shown, too.
        shown = show.play(&mut source, &Stop::never(), console, |console| teller.draw(console).map(|()| true));
    }
    let served = server.join();
    let drawn = shown.and_then(|_| teller.draw(console));
    show.finish(console)?;
    drawn?;
    match served {
        Ok(Ok(())) => Ok(ExitCode::SUCCESS),
        _ => {
            Err(Error::asked("the server could not work", "are too many files open? `ulimit -n` says how many may be"))
        }
    }
}

fn introduction() -> Vec<String> {
    vec![
        format!("{LABEL}; lines with an arrow to the right are sent, to the left received"),
        "Two protocols, one digit each: Engine.IO carries (4 message), Socket.IO says what (2 event).".to_owned(),
    ]
}

fn options(args: &Args) -> Result<Options, Error> {
    let client = args.client.as_ref().map(|path| {
        std::fs::read(path).map_err(|error| {
            Error::asked(
                format!("the client {path} cannot be read: {}", why(&error)),
                "`npm install socket.io-client` brings it: node_modules/socket.io-client/dist/socket.io.min.js",
            )
        })
    });
    let mut options = Options {
        client: client.transpose()?,
        origins: args.origin.iter().map(|origin| origin.trim_end_matches('/').to_owned()).collect(),
        local: args.bind.is_none_or(|address| address.is_loopback()),
        echo: args.echo_suite,
        ..Options::default()
    };
    options.namespaces.extend(args.namespace.iter().cloned());
    if args.echo_suite {
        options.ping_interval = Duration::from_millis(300);
        options.ping_timeout = Duration::from_millis(200);
    }
    Ok(options)
}

/// `localhost` is 127.0.0.1 for some programs and `::1` for others: both are served.
fn listen(args: &Args) -> Result<Vec<TcpListener>, Error> {
    let first = args.bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let listener = TcpListener::bind((first, args.port)).map_err(|error| cannot(args.port, &error))?;
    let mut all = vec![listener];
    if args.bind.is_none() {
        let port = all[0].local_addr().map_or(args.port, |address| address.port());
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
            Ok(second) => all.push(second),
            Err(error) if error.kind() == ErrorKind::AddrInUse && args.port != 0 => return Err(cannot(port, &error)),
            Err(_) => {} // a machine without IPv6
        }
    }
    Ok(all)
}

fn cannot(port: u16, error: &std::io::Error) -> Error {
    let why = why(error);
    let hint = match error.kind() {
        ErrorKind::AddrInUse => format!("`layercake ports why {port}` says who has it; --port 0 takes a free one"),
        ErrorKind::PermissionDenied => "ports below 1024 are for the administrator; take a higher one".to_owned(),
        _ => "an address to listen on belongs to this machine; `layercake interfaces` lists them".to_owned(),
    };
    Error::asked(format!("nobody can listen on port {port}: {why}"), hint)
}

fn namespace(text: &str) -> Result<String, String> {
    if !text.starts_with('/') || text.contains(',') || text.chars().any(char::is_control) {
        return Err("a namespace begins with a slash and has no comma: /news".to_owned());
    }
    Ok(text.to_owned())
}
