//! `layercake live`: the same as `browse` on a page in the browser, for a room: the teacher chooses, all see it.
//! Off unless it is started, on this machine alone unless the network is asked for, and only for who has the address.

mod desk;
mod words;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;

use clap::ValueEnum;
use serde_json::json;
use tokio::sync::watch;

use super::browse::source;
use super::listen::{addresses, refused};
use super::stop::Stop;
use super::{Console, Error, open};
use crate::gallery::{Gallery, Keys};
use crate::view::gather_beside;
use desk::Desk;

/// Questions that may wait; whoever finds no room asks again.
const WAITING: usize = 1024;

const EXAMPLES: &str = "\
Examples:
  layercake live --demo                  a WebSocket conversation on a simulated wire, as a page
  layercake live FILE                    a capture file (pcap, pcapng, gzip)
  layercake live FILE --lan              for the whole room: other machines may look on
  layercake live -i lo                   live, on this machine's loopback
  layercake live --wire lossy            a network that exists only here
  layercake live FILE --format json      the two addresses for a script

Two addresses are printed. Who opens the viewers' can look around; who opens yours chooses what all see. Nothing is
encrypted: with --lan whoever listens on the network sees the page, too. The page's own packets are left out.

Exit codes: 0 Ctrl-C, 1 something could not be read or the port not be had, 2 wrong arguments.";

/// A page for the whole room: packets, layers, bytes; the teacher chooses, all see it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A capture file (pcap, pcapng, also gzipped); `-` is standard input
    #[arg(value_name = "FILE", conflicts_with_all = ["read", "interface", "demo", "wire"])]
    file: Option<String>,
    #[command(flatten)]
    from: open::From,
    /// The port; 0 is any free one
    #[arg(long, short, default_value_t = 8130, help_heading = "Where to")]
    port: u16,
    /// Other machines may look on: at every address of this machine
    #[arg(long, conflicts_with = "listen", help_heading = "Where to")]
    lan: bool,
    /// At which address of this machine
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), help_heading = "Where to")]
    listen: IpAddr,
    /// Browsers at most
    #[arg(long, value_name = "N", default_value_t = 250, value_parser = clap::value_parser!(u16).range(1..=2000))]
    viewers: u16,
    /// Show what other machines say to each other whole, not only their headers (live)
    #[arg(long)]
    payload: bool,
    /// Keep so many MB of packets where they cannot be read again: live, from a pipe, gzipped
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    keep: u32,
    /// How the addresses are told
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// In words
    Text,
    /// One JSON object
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let waiting = source::order(args.file.as_ref(), &args.from, args.keep, !args.payload, console)?;
    let ip = if args.lan { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { args.listen };
    let wanted = SocketAddr::new(ip, args.port);
    let listener = TcpListener::bind(wanted).map_err(|error| refused("the page", &error, wanted))?;
    let address = listener.local_addr().map_err(|error| refused("the page", &error, wanted))?;
    let stop = Stop::listen();
    let (secrets, live) = (waiting.order.secrets.clone(), waiting.live);
    let shelf = gather_beside(waiting.order, live.then_some(address.port()))?;
    if live {
        // The socket is open: from here on no right is needed any more.
        crate::source::live::rights::drop_privileges().map_err(crate::source::Error::from)?;
    }
    let keys = Keys::random();
    let about =
        json!({ "title": waiting.title, "label": waiting.label, "live": live, "headers": live && !args.payload });
    let (asks, asked) = sync_channel(WAITING);
    let gallery = Gallery::new(keys.clone(), usize::from(args.viewers), about, asks);
    let (halt, halted) = watch::channel(false);
    let serving = gallery.clone();
    let server = std::thread::spawn(move || serving.serve(listener, halted));
    let told = words::Told { title: &waiting.title, addresses: addresses(address), keys: &keys };
    let said = match args.format {
        Format::Text => told.text(),
        Format::Json => told.json(),
    };
    let outcome = console.print(said.as_bytes()).and_then(|()| console.flush());
    if outcome.is_ok() {
        Desk::new(&shelf, secrets, gallery, live).work(&asked, &stop);
    }
    halt.send_replace(true);
    shelf.stop();
    let ended = server.join().unwrap_or(Ok(()));
    let trouble = shelf.trouble().take();
    outcome?;
    ended.map_err(|error| Error::asked(format!("the page broke off: {error}"), "start it again"))?;
    trouble.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
}
