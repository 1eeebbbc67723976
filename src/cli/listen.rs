//! Servers with a page: where browsers find them, and why one could not be opened.

use std::io;
use std::net::{IpAddr, SocketAddr};

use super::Error;
use super::error::why;
use crate::source::live::interfaces::list;

/// Where browsers find it. At all addresses: those of the cards that are not loopback, IPv4 first as it is short to type.
pub(super) fn addresses(address: SocketAddr) -> Vec<String> {
    let port = address.port();
    if !address.ip().is_unspecified() {
        let local = address.ip().is_loopback() && address.is_ipv4();
        return vec![if local { format!("http://localhost:{port}") } else { format!("http://{address}") }];
    }
    let cards = list();
    let all = cards.iter().flat_map(|card| card.addresses.iter().map(|(ip, _)| *ip));
    let near = |ip: &IpAddr| matches!(ip, IpAddr::V4(ip) if !ip.is_loopback() && !ip.is_link_local());
    let mut found: Vec<String> = all.filter(near).map(|ip| format!("http://{ip}:{port}")).collect();
    found.dedup();
    found.truncate(3);
    if found.is_empty() { vec![format!("http://localhost:{port}")] } else { found }
}

/// Why a server of ours cannot be at this address, and what to do next.
pub(super) fn refused(what: &str, error: &io::Error, address: SocketAddr) -> Error {
    let port = address.port();
    let (reason, hint) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            "somebody listens there already".to_owned(),
            format!("`layercake ports why {port}` says who has it; --port 0 takes any free one"),
        ),
        io::ErrorKind::PermissionDenied => (
            "the system does not allow it".to_owned(),
            "ports below 1024 are for administrators: choose another with --port".to_owned(),
        ),
        io::ErrorKind::AddrNotAvailable => (
            "this machine does not have that address".to_owned(),
            "`layercake interfaces` shows its addresses; --lan takes all of them".to_owned(),
        ),
        _ => (why(error), "choose another port with --port, or another address with --listen".to_owned()),
    };
    Error::asked(format!("cannot serve {what} at {address}: {reason}"), hint)
}
