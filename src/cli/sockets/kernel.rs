//! The kernel's table, asked for one socket.

use std::net::SocketAddr;

use crate::ports::{self, Protocol, System, Wants};
use crate::sockets::{Kernel, Transport};

/// `ports`, lent to a demonstration.
pub(super) struct Table(Box<dyn System>);

impl Table {
    pub(super) fn new() -> Self {
        Table(ports::system())
    }
}

impl Kernel for Table {
    fn state(&mut self, transport: Transport, local: SocketAddr, remote: Option<SocketAddr>) -> Option<&'static str> {
        let table = self.0.table(Wants { owners: false, details: false, unix: false }).ok()?;
        let protocol = match transport {
            Transport::Tcp => Protocol::Tcp,
            Transport::Udp => Protocol::Udp,
        };
        // Linux tells of a resting IPv4 connection of an IPv6 socket as IPv4.
        let plain = |end: SocketAddr| (end.ip().to_canonical(), end.port());
        let wanted = (plain(local), remote.map(plain));
        let ours = |s: &&ports::Socket| s.protocol == protocol && (plain(s.local), s.remote.map(plain)) == wanted;
        table.sockets.iter().find(ours).map(|socket| socket.state.name(protocol))
    }
}
