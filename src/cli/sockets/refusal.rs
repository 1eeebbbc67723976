//! When the kernel says no: one sentence, and what to do next.

use std::io::ErrorKind as Kind;
use std::net::IpAddr;

use super::Protocol;
use crate::cli::console::tame;
use crate::cli::{Error, ports};
use crate::sockets::Call;
use crate::sockets::live::{ANSWERS, Failure};

/// A server that cannot begin.
pub(super) fn of_server(failure: &Failure, protocol: Protocol, bind: IpAddr, port: u16) -> Error {
    let udp = protocol == Protocol::Udp;
    let (name, flag) = if udp { ("UDP", " --udp") } else { ("TCP", "") };
    match failure.error.kind() {
        Kind::AddrInUse => {
            let who = ports::holder(udp, bind, port);
            let who = who.map_or_else(|| "another program has it.".to_owned(), |who| tame(&who));
            Error::asked(
                format!("{name} port {port} is taken: {who}"),
                format!("`layercake ports why {port}{flag}` says more; without --port the kernel picks a free one"),
            )
        }
        Kind::PermissionDenied => Error::asked(
            format!("{name} port {port} is not for this user: low ports are root's"),
            format!("`layercake ports why {port}{flag}` says from where on and what to do; or take a port above 1023"),
        ),
        Kind::AddrNotAvailable => Error::asked(
            format!("no server can listen at {bind}: this machine has no such address"),
            "`layercake interfaces` lists its addresses; without --bind it is 127.0.0.1",
        ),
        _ => other(failure),
    }
}

/// A client that reaches nobody.
pub(super) fn of_client(failure: &Failure, protocol: Protocol, to: &str, from: Option<u16>) -> Error {
    let word = if protocol == Protocol::Udp { "udp" } else { "tcp" };
    let (at, port) = match failure.call {
        Call::Connect(at) => (at.to_string(), at.port().to_string()),
        _ => (tame(to), to.rsplit(':').next().map(tame).unwrap_or_default()),
    };
    let own = from.unwrap_or_default();
    match (failure.error.kind(), &failure.call) {
        (Kind::ConnectionRefused, Call::Connect(_)) => Error::asked(
            format!("nobody listens at {at}: the machine is there and its kernel answered RST, connection refused"),
            format!("start a server there first: layercake sockets serve {word} --port {port}"),
        ),
        (Kind::ConnectionRefused, _) => Error::asked(
            format!("nobody takes datagrams at {at}: an ICMP message \"port unreachable\" came back"),
            format!("start a server there first: layercake sockets serve {word} --port {port}"),
        ),
        (Kind::TimedOut, _) => Error::asked(
            format!("nobody answers at {at}, not even with a refusal, in {} seconds", ANSWERS.as_secs()),
            "is the address right, and the machine on? A firewall that drops in silence looks just like this",
        ),
        (Kind::NetworkUnreachable, _) => Error::asked(
            format!("there is no way to {at}: this machine knows no route to that network"),
            "`ip route` lists what it knows; is it connected, and has it an address of that family?",
        ),
        (Kind::HostUnreachable, _) => Error::asked(
            format!("{at} cannot be reached: a router, or this machine itself, says that nobody has the address"),
            "is the address right, and the machine on?",
        ),
        (Kind::AddrInUse, _) if from.is_some() => Error::asked(
            format!("port {own} cannot be the client's own: it is taken, or the same connection rests in TIME-WAIT"),
            format!("`layercake ports {own}` lists who uses it; without --from the kernel picks a free one"),
        ),
        (Kind::AddrNotAvailable, _) => Error::asked(
            format!("{at} cannot be called from here: the same connection still rests, or no card has its family"),
            "wait a minute, or leave out --from so that the kernel picks a free port",
        ),
        (Kind::PermissionDenied, Call::Bind(_)) => Error::asked(
            format!("port {own} may not be the client's own: low ports are root's"),
            "take a port above 1023, or leave out --from",
        ),
        _ => other(failure),
    }
}

fn other(failure: &Failure) -> Error {
    let call = match failure.call {
        Call::Socket(_) => "socket",
        Call::Option(..) => "setsockopt",
        Call::Bind(_) => "bind",
        Call::Listen(_) => "listen",
        Call::Accept => "accept",
        Call::Connect(_) => "connect",
        Call::Send { .. } => "send",
        Call::Receive(_) => "recv",
        Call::Shutdown => "shutdown",
        Call::Close => "close",
    };
    Error::asked(format!("{call}() fails: {}", failure.error), "`layercake doctor` says what works on this machine")
}
