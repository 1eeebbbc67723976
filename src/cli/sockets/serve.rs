//! `layercake sockets serve`: a server for people, on loopback unless told otherwise.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use super::kernel::Table;
use super::teller::Teller;
use super::typed::{self, Bytes};
use super::{Protocol, Telling, refusal};
use crate::cli::stop::Stop;
use crate::cli::{Console, Error};
use crate::sockets::live::{Around, End, MOST_CLIENTS, Serve, serve};

const EXAMPLES: &str = r"Examples:
  layercake sockets serve tcp                        any free port; it says how to reach it
  layercake sockets serve tcp --port 9001 --echo     what comes goes back
  layercake sockets serve tcp --send 'HTTP/1.0 200 OK\r\n\r\nhi'    for curl or a browser
  layercake sockets serve tcp --clients 2 --quiet    ends after two clients; no explanations
  layercake sockets serve udp --echo --hex           datagrams, with their bytes as numbers
  layercake sockets serve tcp --bind 0.0.0.0         other machines may come, too

What you type goes to every client; /to 2 text, /shutdown, /close, /help.
Exit codes: 0 done or Ctrl-C, 1 the port could not be had, 2 wrong arguments.";

/// Wait for clients, and tell every call with the state that the kernel has after it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Which protocol
    #[arg(value_enum)]
    protocol: Protocol,
    /// The port; 0 is any free one
    #[arg(long, short, default_value_t = 0)]
    port: u16,
    /// At which address of this machine; 0.0.0.0 or :: is all of them
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Send back what comes
    #[arg(long)]
    echo: bool,
    /// Send this to each new client; \n, \r, \t, \0, \\ and \x1b are understood
    #[arg(long, value_name = "TEXT", value_parser = typed::bytes)]
    send: Option<Bytes>,
    /// End after so many clients
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    clients: Option<u32>,
    #[command(flatten)]
    telling: Telling,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let plan = Serve {
        transport: args.protocol.transport(),
        at: SocketAddr::new(args.bind, args.port),
        echo: args.echo,
        greeting: args.send.as_ref().map(|bytes| bytes.0.clone()),
        clients: args.clients.map(|n| if args.protocol == Protocol::Udp { n.min(MOST_CLIENTS as u32) } else { n }),
    };
    let stop = Stop::listen();
    let mut teller = Teller::new(console, args.telling, plan.transport);
    let around = Around {
        kernel: Box::new(Table::new()),
        wishes: typed::listen(),
        stop: &|| stop.asked(),
        sink: &mut |told| teller.hear(told),
    };
    let ended = serve(plan, around);
    teller.finish()?;
    match ended {
        Ok(End::Stopped) => console.remark("stopped: every socket is closed"),
        Ok(End::Done) => {}
        Err(failure) => return Err(refusal::of_server(&failure, args.protocol, args.bind, args.port)),
    }
    Ok(ExitCode::SUCCESS)
}
