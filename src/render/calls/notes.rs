//! What is said beside the calls: how to reach a server, and remarks in between.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::INDENT;
use crate::render::{Style, wrap};

/// A server that can be reached.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// Where it listens.
    pub at: SocketAddr,
    /// With UDP.
    pub udp: bool,
}

impl Open {
    /// An address that this machine can call.
    fn callable(&self) -> SocketAddr {
        let ip = match self.at.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.at.port())
    }

    fn commands(&self) -> Vec<String> {
        let to = self.callable();
        let (ip, port) = (to.ip(), to.port());
        if self.udp {
            return vec![format!("layercake sockets connect udp {to}"), format!("nc -u {ip} {port}")];
        }
        vec![format!("layercake sockets connect tcp {to}"), format!("nc {ip} {port}"), format!("curl telnet://{to}")]
    }

    fn warning(&self) -> Option<String> {
        let ip = self.at.ip().to_canonical();
        (!ip.is_loopback()).then(|| {
            let who = if ip.is_unspecified() { "stands for every card of this machine" } else { "is no loopback address" };
            format!("{ip} {who}: whoever reaches it over the network can talk to this server. Without --bind it keeps to this machine.")
        })
    }
}

/// Appends how to reach a server.
pub fn invite(out: &mut Vec<u8>, style: Style, open: Open) {
    if let Some(warning) = open.warning() {
        style.warn(out);
        wrap::wrap(out, &format!("! {warning}"), INDENT, &narrow(style));
        style.end(out);
    }
    out.push(b'\n');
    wrap::wrap(out, "In a second terminal, one of these:", INDENT, &style);
    for command in open.commands() {
        out.resize(out.len() + INDENT + 2, b' ');
        style.strong(out);
        out.extend_from_slice(command.as_bytes());
        style.end(out);
        out.push(b'\n');
    }
    let everybody = if open.udp { "everybody who has sent something" } else { "every client" };
    let hint = format!("Lines that you type here go to {everybody}; /help says more, Ctrl-C ends.");
    wrap::wrap(out, &hint, INDENT, &narrow(style));
    out.push(b'\n');
}

/// The same in sentences.
pub fn invite_spoken(out: &mut Vec<u8>, style: Style, open: Open) {
    let warning = open.warning().map(|w| format!("Warning: {w} ")).unwrap_or_default();
    let text = format!("{warning}To connect, in a second terminal: {}.", open.commands().join(", or "));
    out.extend_from_slice(super::line::plain(&text, style).as_bytes());
    out.push(b'\n');
}

/// Appends a remark of ours.
pub fn note(out: &mut Vec<u8>, style: Style, text: &str) {
    wrap::wrap(out, text, INDENT, &narrow(style));
}

fn narrow(style: Style) -> Style {
    Style { width: style.width.min(90), ..style }
}
