//! `layercake ws serve`: a WebSocket server that shows what its clients say, and a page that shows it in the browser.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use clap::ValueEnum;
use tokio::sync::watch;

use super::told::Nothing;
use crate::cli::capture::duration;
use crate::cli::seen::{Show, Showing};
use crate::cli::stop::Stop;
use crate::cli::{Console, Error};
use crate::render::quantity;
use crate::render::served::{Frame, Served};
use crate::source::seen;
use crate::websocket::client::Frame as Crossed;
use crate::websocket::server::eye::{News, What};
use crate::websocket::server::lab::{Mode, Plan, run as serve};
use crate::websocket::server::{Bounds, End, Offer, Origins, Pace};
use crate::websocket::{Limits, Opcode};

const EXAMPLES: &str = "\
Examples:
  layercake ws serve                                 then open http://localhost:8000 in a browser
  layercake ws serve --mode chat                     rooms: /join tea, /name Ada, /who
  layercake ws serve --mode broken                   sends each violation of the protocol on request
  layercake ws serve --deflate --protocol chat.v1    what a handshake may agree on
  layercake ws serve --origin http://localhost:3000  only this page may connect, others hear 403
  layercake ws serve --ping 5                        who does not answer pings is given up
  layercake ws serve --format ladder -w talk.pcapng  as packets, and saved
  layercake ws serve --bind 0.0.0.0                  other machines may come, too

Exit codes: 0 Ctrl-C, 1 the port could not be had, 2 wrong arguments.";

/// News that may wait to be drawn.
const QUEUE: usize = 4096;

/// A WebSocket server with a page that shows its frames, bit by bit: for learning, and for testing your own client
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// The port; 0 is any free one
    #[arg(long, short, default_value_t = 8000)]
    port: u16,
    /// At which address of this machine; 0.0.0.0 or :: is all of them
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// What the server does
    #[arg(long, value_enum, default_value_t = Behaviour::Echo)]
    mode: Behaviour,
    /// Leave the first word to the client
    #[arg(long)]
    no_welcome: bool,
    /// A subprotocol that the server speaks; may be given several times
    #[arg(long, value_name = "NAME", help_heading = "Handshake")]
    protocol: Vec<String>,
    /// Compress, if the client offers it (permessage-deflate)
    #[arg(long, help_heading = "Handshake")]
    deflate: bool,
    /// Accept only pages from here: `http://host:port`; may be given several times
    #[arg(long, value_name = "ORIGIN", help_heading = "Handshake")]
    origin: Vec<String>,
    /// Ping who is silent for so many seconds; after twice that time it is given up
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Limits")]
    ping: Option<Duration>,
    /// Bytes of a message; a larger one ends its connection with 1009
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20, value_parser = clap::value_parser!(u32).range(1..=1 << 30), help_heading = "Limits")]
    max_message: u32,
    /// Clients at a time; more are told 503
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Limits")]
    max_clients: u32,
    /// Pages may see what other connections say, not only their own
    #[arg(long, help_heading = "Page")]
    show_all: bool,
    #[command(flatten)]
    showing: Showing,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Behaviour {
    /// What comes goes back
    Echo,
    /// Rooms, in which everybody hears everybody
    Chat,
    /// The time, every second
    Clock,
    /// Breaks the rules: send the name of a mistake, `help` lists them
    Broken,
}

/// `5` or `500ms`.
fn seconds(text: &str) -> Result<Duration, String> {
    let time = match text.parse::<u32>() {
        Ok(number) => Duration::from_secs(number.into()),
        Err(_) => duration(text)?,
    };
    if time < Duration::from_millis(10) { Err("at least 10 ms".to_owned()) } else { Ok(time) }
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let address = SocketAddr::new(args.bind, args.port);
    let listener = TcpListener::bind(address).map_err(|error| refused(&error, address))?;
    let address = listener.local_addr().map_err(|error| refused(&error, address))?;
    let (plan, stop) = (plan(args), Stop::listen());
    let (halt, halted) = watch::channel(false);
    let (reporter, mut source) = seen::channel();
    let own = args.showing.format.is_none() && !args.showing.quiet;
    let packets = args.showing.write.is_some() || (args.showing.format.is_some() && !args.showing.quiet);
    let (news, told) = if own { Some(sync_channel(QUEUE)).unzip() } else { (None, None) };
    let teller = told.map(|told| Teller {
        news: told,
        served: Served::new(console.style(), console.describe()),
        text: Texts::default(),
    });
    let mut show = Show::new(&args.showing, Box::new(Nothing), console)?;
    if let Some(teller) = &teller {
        teller.begin(args, address, console)?;
    } else if args.showing.format.is_none() {
        console.remark(&format!("serving at http://{address}"));
    }
    // The source lives as long as a reporter does, even where no packets are wanted.
    let keep = reporter.clone();
    let reporter = packets.then_some(reporter);
    let server = std::thread::spawn(move || {
        let ended = serve(listener, plan, reporter, news, halted);
        drop(keep);
        ended
    });
    let mut turn =
        |console: &mut Console| teller.as_ref().map_or(Ok(true), |teller| teller.draw(console).map(|()| true));
    let mut shown = show.play(&mut source, &stop, console, &mut turn);
    halt.send_replace(true);
    if shown.is_ok() {
        // The goodbyes are shown, too.
        shown = show.play(&mut source, &Stop::never(), console, &mut turn);
    }
    let ended = server.join().unwrap_or(Ok(()));
    let drawn = shown.and_then(|_| turn(console));
    show.finish(console)?;
    drawn?;
    ended.map_err(|error| Error::asked(format!("the server broke off: {error}"), "start it again"))?;
    Ok(ExitCode::SUCCESS)
}

fn plan(args: &Args) -> Plan {
    let most = args.max_message as usize;
    Plan {
        mode: match args.mode {
            Behaviour::Echo => Mode::Echo,
            Behaviour::Chat => Mode::Chat,
            Behaviour::Clock => Mode::Clock,
            Behaviour::Broken => Mode::Broken,
        },
        welcome: !args.no_welcome,
        offer: Offer {
            protocols: args.protocol.clone(),
            deflate: args.deflate,
            origins: if args.origin.is_empty() { Origins::Any } else { Origins::Only(args.origin.clone()) },
        },
        bounds: Bounds { clients: args.max_clients as usize, ..Bounds::default() },
        limits: Limits { message: most, frame: most },
        pace: Pace { ping: args.ping, ..Pace::default() },
        show_all: args.show_all,
    }
}

fn refused(error: &io::Error, address: SocketAddr) -> Error {
    let port = address.port();
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("`layercake ports why {port}` says who has it; --port 0 takes any free one")
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for administrators: choose another with --port".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "--bind needs an address of this machine; 0.0.0.0 is all of them".to_owned(),
        _ => "choose another port with --port, or another address with --bind".to_owned(),
    };
    let why = match error.kind() {
        io::ErrorKind::AddrInUse => "somebody listens there already".to_owned(),
        io::ErrorKind::PermissionDenied => "the system does not allow it".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        _ => error.to_string(),
    };
    Error::asked(format!("cannot serve at {address}: {why}"), hint)
}

/// Draws news as they come.
struct Teller {
    news: Receiver<News>,
    served: Served,
    text: Texts,
}

/// Which messages that go on in pieces are text: by connection and direction. The eldest is forgotten.
#[derive(Default)]
struct Texts(std::cell::RefCell<std::collections::VecDeque<(u64, bool)>>);

impl Texts {
    /// Whether this frame's payload is text that can be shown.
    fn of(&self, number: u64, frame: &Crossed) -> bool {
        let begun = &mut *self.0.borrow_mut();
        let mine = (number, frame.from_client);
        let packed = frame.rsv & 4 != 0;
        match frame.opcode {
            Opcode::Continuation => begun.contains(&mine),
            Opcode::Text | Opcode::Binary => {
                begun.retain(|one| *one != mine);
                let text = frame.opcode == Opcode::Text && !packed;
                if text && !frame.fin {
                    begun.push_back(mine);
                    begun.truncate(1000);
                }
                text
            }
            Opcode::Close | Opcode::Ping | Opcode::Pong => true,
        }
    }
}

impl Teller {
    fn begin(&self, args: &Args, address: SocketAddr, console: &mut Console) -> Result<(), Error> {
        let host = match address.ip() {
            ip if ip.is_loopback() && ip.is_ipv4() || ip.is_unspecified() => format!("localhost:{}", address.port()),
            _ => address.to_string(),
        };
        let mode = match args.mode {
            Behaviour::Echo => "echo: what comes goes back",
            Behaviour::Chat => "chat: everybody in a room hears everybody",
            Behaviour::Clock => "clock: the time, every second",
            Behaviour::Broken => "broken: send the name of a mistake, and it is made",
        };
        let lines = [
            ("page", format!("http://{host}")),
            ("socket", format!("new WebSocket('ws://{host}')")),
            ("mode", mode.to_owned()),
            ("stop", "Ctrl-C".to_owned()),
        ];
        self.served.begin(&format!("WebSocket server at {address}"), &lines, console.buffer());
        console.flush()
    }

    /// Draws all that has come.
    fn draw(&self, console: &mut Console) -> Result<(), Error> {
        let mut any = false;
        while let Ok(news) = self.news.try_recv() {
            any = true;
            if news.left_out > 0 {
                let text =
                    format!("{} not shown: more came than could be drawn", quantity::counted(news.left_out, "event"));
                self.served.wrong(news.at, None, &text, &[], console.buffer());
            }
            self.one(news, console.buffer());
            console.turn()?;
        }
        if any { console.flush() } else { Ok(()) }
    }

    fn one(&self, News { at, number, what, .. }: News, out: &mut Vec<u8>) {
        match what {
            What::Asked { remote, line, status, wrong } if wrong.is_empty() => {
                self.served.line(at, number, &format!("{line} → {status}, for {remote}"), out);
            }
            What::Asked { remote, line, status, wrong } => {
                self.served.wrong(at, number, &format!("{line} → {status}, for {remote}"), &wrong, out);
            }
            What::Opened(handshake) => {
                self.served.line(at, number, "opens a WebSocket", out);
                self.served.head(true, &handshake.request, out);
                self.served.head(false, &handshake.answer, out);
            }
            What::Frame(frame) => {
                let shown = Frame {
                    from_client: frame.from_client,
                    kind: kind(frame.opcode),
                    fin: frame.fin,
                    rsv: frame.rsv,
                    masked: frame.mask.is_some(),
                    length: frame.length,
                    payload: &frame.payload,
                    text: self.text.of(number.unwrap_or_default(), &frame),
                    close: frame.opcode == Opcode::Close,
                };
                self.served.frame(at, number, &shown, out);
            }
            What::NoFrame(from_client) => {
                let who = if from_client { "the client sends" } else { "the server sent" };
                self.served.wrong(
                    at,
                    number,
                    &format!("{who} what is no frame; nothing after it can be told apart"),
                    &[],
                    out,
                );
            }
            What::Ended(end @ End::Closed(_)) => self.served.line(at, number, &end.to_string(), out),
            What::Ended(end) => self.served.wrong(at, number, &end.to_string(), &[], out),
            What::Limit(told) => self.served.wrong(at, number, &told.to_string(), &[], out),
        }
    }
}

fn kind(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::Continuation => "more",
        Opcode::Text => "text",
        Opcode::Binary => "binary",
        Opcode::Close => "close",
        Opcode::Ping => "ping",
        Opcode::Pong => "pong",
    }
}
