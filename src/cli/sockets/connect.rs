//! `layercake sockets connect`: a client for people.

use std::io::IsTerminal;
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use super::kernel::Table;
use super::teller::Teller;
use super::typed::{self, Bytes};
use super::{Protocol, Telling, refusal};
use crate::cli::capture::duration;
use crate::cli::ports::parse;
use crate::cli::stop::Stop;
use crate::cli::{Console, Error};
use crate::sockets::live::{Around, Connect, End, Then, connect};

const EXAMPLES: &str = r"Examples:
  layercake sockets connect tcp 127.0.0.1:40123      then type lines; Ctrl-D half-closes
  layercake sockets connect tcp localhost:9001 --send one --send two --close
  layercake sockets connect tcp example.org:80 --send 'GET / HTTP/1.0\r\n\r\n' --shutdown
  layercake sockets connect udp 127.0.0.1:40123 --send hello --shutdown --wait 500ms
  layercake sockets connect tcp 127.0.0.1:40123 --count 3    three clients, one port there
  layercake sockets connect tcp [::1]:9001 --from 50000      its own port, chosen

Each --send is one send(). A name may have several addresses: each is tried in turn.
Exit codes: 0 done or Ctrl-C, 1 nobody answers there, 2 wrong arguments.";

/// Addresses of one name that are tried.
const TRIED: usize = 8;

/// Call a server, and tell every call with the state that the kernel has after it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Which protocol
    #[arg(value_enum)]
    protocol: Protocol,
    /// Where to: 127.0.0.1:9001, localhost:http, `[::1]:9001`
    #[arg(value_name = "HOST:PORT")]
    to: String,
    /// Send this; may be given several times; \n, \r, \t, \0, \\ and \x1b are understood
    #[arg(long, value_name = "TEXT", value_parser = typed::bytes)]
    send: Vec<Bytes>,
    /// After that, wait so long for answers, then close: 500ms, 3s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,
    /// Close after sending, without listening to the keyboard
    #[arg(long, conflicts_with = "shutdown")]
    close: bool,
    /// Half-close after sending (`SHUT_WR`): say no more, but listen
    #[arg(long)]
    shutdown: bool,
    /// Its own port, instead of one that the kernel picks
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "count")]
    from: Option<u16>,
    /// So many clients at once, each with a port of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=50))]
    count: u32,
    #[command(flatten)]
    telling: Telling,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let (host, port) = target(&args.to)?;
    let addresses = addresses(host, port)?;
    let plan = Connect {
        transport: args.protocol.transport(),
        addresses: addresses.clone(),
        send: args.send.iter().map(|bytes| bytes.0.clone()).collect(),
        then: match (args.close, args.shutdown) {
            (true, _) => Then::Close,
            (_, true) => Then::Shutdown,
            _ => Then::Type,
        },
        wait: args.wait,
        from: args.from,
        count: args.count,
    };
    let types = plan.then == Then::Type;
    let stop = Stop::listen();
    let mut teller = Teller::new(console, args.telling, plan.transport);
    if host.parse::<std::net::IpAddr>().is_err() {
        let list: Vec<String> = addresses.iter().map(|a| a.ip().to_string()).collect();
        teller.note(&format!("The name {} stands for {}.", crate::cli::console::tame(host), list.join(", then ")));
    }
    if types && std::io::stdin().is_terminal() {
        teller.note("What you type is sent line by line; Ctrl-D says that you are done, Ctrl-C ends.");
    }
    let around = Around {
        kernel: Box::new(Table::new()),
        wishes: if types { typed::listen() } else { typed::nobody() },
        stop: &|| stop.asked(),
        sink: &mut |told| teller.hear(told),
    };
    let ended = connect(plan, around);
    teller.finish()?;
    match ended {
        Ok(End::Stopped) => console.remark("stopped: every socket is closed"),
        Ok(End::Done) => {}
        Err(failure) => return Err(refusal::of_client(&failure, args.protocol, &args.to, args.from)),
    }
    Ok(ExitCode::SUCCESS)
}

/// "host:port", with an IPv6 address in brackets.
fn target(text: &str) -> Result<(&str, u16), Error> {
    let wrong = |why: &str| {
        let shown = crate::cli::console::tame(text);
        Error::asked(format!("`{shown}` is no HOST:PORT: {why}"), "write it so: 127.0.0.1:9001, or [::1]:9001")
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(|| wrong("the port is missing"))?;
    let port = parse::port(port).map_err(|why| wrong(&why))?;
    let host = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(inside) => inside,
        None if host.contains(':') => return Err(wrong("an IPv6 address stands in brackets")),
        None if host.is_empty() => "localhost",
        None => host,
    };
    Ok((host, port))
}

fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let shown = crate::cli::console::tame(host);
    let hint = "is it written right? `getent hosts NAME` asks the same source as every program here";
    let found = (host, port).to_socket_addrs().map_err(|error| {
        let why = error.to_string();
        let why = why.rsplit(": ").next().unwrap_or_default();
        Error::asked(format!("nobody knows an address of `{shown}`: {why}"), hint)
    })?;
    let mut all: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !all.contains(&address) && all.len() < TRIED {
            all.push(address);
        }
    }
    if all.is_empty() { Err(Error::asked(format!("`{shown}` has no address"), hint)) } else { Ok(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_host_and_port_and_ipv6_stands_in_brackets() {
        let good = |text| target(text).expect("a target");
        assert_eq!(good("127.0.0.1:9001"), ("127.0.0.1", 9001));
        assert_eq!(good("[::1]:80"), ("::1", 80));
        assert_eq!((good("localhost:http"), good(":80")), (("localhost", 80), ("localhost", 80)));
        for wrong in ["localhost", "::1:80", "a:0", "a:70000", "a:", ""] {
            assert!(target(wrong).is_err(), "{wrong}");
        }
    }
}
