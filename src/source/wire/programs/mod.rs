//! The programs that scripts start. Each is a small state machine that looks at its socket whenever something
//! may have changed, does what it can without waiting, and says when it wants to look again.
//! Not here: sockets' homes (`station`), packets.

mod ping;
mod tcp_client;
mod tcp_server;
mod traceroute;
mod udp;

use std::net::Ipv4Addr;
use std::sync::Arc;

use smoltcp::socket::tcp;

use super::EPOCH;
use super::happening::{Bytes, Did, Happening, Log, Says};

pub(super) use ping::Ping;
pub(super) use tcp_client::TcpClient;
pub(super) use tcp_server::TcpServer;
pub(super) use traceroute::Traceroute;
pub(super) use udp::{UdpClient, UdpServer};

/// Who a program is.
#[derive(Debug, Clone)]
pub(super) struct Self_ {
    pub(super) host: Arc<str>,
    pub(super) program: u32,
    pub(super) run: u32,
    pub(super) port: u16,
    pub(super) peer: Option<(Ipv4Addr, u16)>,
}

/// The moment in which a program acts.
pub(super) struct Moment<'a> {
    /// Microseconds since the simulation began.
    pub(super) now: u64,
    pub(super) who: &'a Self_,
    pub(super) log: &'a mut Log,
    /// Whether a frame has just arrived, so that a socket that died did not die of waiting.
    pub(super) arrived: bool,
}

impl Moment<'_> {
    pub(super) fn tell(&mut self, what: Did) {
        self.tell_of(self.who.peer, what);
    }

    pub(super) fn tell_of(&mut self, peer: Option<(Ipv4Addr, u16)>, what: Did) {
        let Self_ { host, program, run, port, .. } = self.who;
        self.log.push(Happening {
            time: EPOCH + self.now * 1000,
            after: self.log.recorded,
            host: Arc::clone(host),
            program: *program,
            run: *run,
            port: *port,
            peer,
            what,
        });
    }
}

/// What an ICMP error says about a packet of this program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Complaint {
    pub(super) from: Ipv4Addr,
    pub(super) says: Says,
    /// The other side's port or the echo's number in the packet that is quoted.
    pub(super) about: u16,
}

/// Takes everything that a TCP socket has, at most `most` bytes.
fn read_all(socket: &mut tcp::Socket<'_>, most: usize) -> Vec<u8> {
    let mut read = Vec::new();
    while socket.can_recv() && read.len() < most {
        let room = most - read.len();
        let taken = socket.recv(|bytes| {
            let taken = bytes.len().min(room);
            read.extend_from_slice(&bytes[..taken]);
            (taken, taken)
        });
        if !taken.is_ok_and(|n| n > 0) {
            break;
        }
    }
    read
}

/// How a connection ended that nobody of this side closed.
fn died(connected: bool, arrived: bool) -> Did {
    match (connected, arrived) {
        (_, false) => Did::TimedOut,
        (false, true) => Did::Refused,
        (true, true) => Did::Reset,
    }
}

fn bytes(bytes: &[u8]) -> Bytes {
    Bytes::of(bytes)
}
