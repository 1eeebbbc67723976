//! A program and its socket on a host.

use std::sync::Arc;

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::{icmp, tcp, udp};
use smoltcp::time::Duration;

use super::programs::{Complaint, Moment, Ping, Self_, TcpClient, TcpServer, Traceroute, UdpClient, UdpServer};
use super::sight::Key;

/// TCP gives up on a silent peer after this. Linux tries for two minutes (connect) to fifteen (data).
const PATIENCE: Duration = Duration::from_secs(30);
/// Datagrams that wait in a socket's buffer, and their bytes.
const DATAGRAMS: usize = 32;
const DATAGRAM_BYTES: usize = 32_768;

pub(super) enum Role {
    TcpClient(TcpClient),
    TcpServer(TcpServer),
    UdpClient(UdpClient),
    UdpServer(UdpServer),
    Ping(Ping),
    TracerouteUdp(Traceroute),
    TracerouteIcmp(Traceroute),
}

/// Each socket has a set of its own, so that a frame costs the same however many sockets the host has.
pub(super) struct Seat {
    pub(super) sockets: SocketSet<'static>,
    pub(super) socket: SocketHandle,
    pub(super) role: Role,
    pub(super) who: Self_,
    pub(super) key: Key,
    /// When its program wants to act; without its socket's timers.
    pub(super) act_at: Option<u64>,
    /// When it is looked at next.
    pub(super) wakes: Option<u64>,
}

impl Seat {
    pub(super) fn new(socket: impl Into<AnySocket>, role: Role, who: Self_, key: Key) -> Self {
        let mut sockets = SocketSet::new(Vec::with_capacity(1));
        let socket = match socket.into() {
            AnySocket::Tcp(socket) => sockets.add(*socket),
            AnySocket::Udp(socket) => sockets.add(*socket),
            AnySocket::Icmp(socket) => sockets.add(*socket),
        };
        Seat { sockets, socket, role, who, key, act_at: None, wakes: None }
    }

    pub(super) fn tcp(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.socket)
    }

    pub(super) fn act(&mut self, moment: &mut Moment<'_>) {
        let Seat { sockets, socket, role, .. } = self;
        self.act_at = match role {
            Role::TcpClient(program) => program.act(sockets.get_mut(*socket), moment),
            Role::TcpServer(program) => program.act(sockets.get_mut(*socket), moment),
            Role::UdpClient(program) => program.act(sockets.get_mut(*socket), moment),
            Role::UdpServer(program) => {
                program.act(sockets.get_mut(*socket), moment);
                None
            }
            Role::Ping(program) => program.act(sockets.get_mut(*socket), moment),
            Role::TracerouteUdp(program) => program.act_udp(sockets.get_mut(*socket), moment),
            Role::TracerouteIcmp(program) => program.act_icmp(sockets.get_mut(*socket), moment),
        };
    }

    pub(super) fn complain(&mut self, complaint: Complaint, moment: &mut Moment<'_>) {
        match &mut self.role {
            Role::UdpClient(program) => program.complain(complaint, moment),
            Role::Ping(program) => program.answered(complaint, moment),
            Role::TracerouteUdp(program) | Role::TracerouteIcmp(program) => program.answered(complaint, moment),
            Role::TcpClient(_) | Role::TcpServer(_) | Role::UdpServer(_) => {}
        }
    }

    /// Whether nothing will ever happen here again.
    pub(super) fn over(&self) -> bool {
        match &self.role {
            Role::TcpClient(program) => program.over(),
            Role::TcpServer(program) => program.over(),
            _ => false,
        }
    }
}

pub(super) enum AnySocket {
    Tcp(Box<tcp::Socket<'static>>),
    Udp(Box<udp::Socket<'static>>),
    Icmp(Box<icmp::Socket<'static>>),
}

pub(super) fn tcp_socket(buffer: usize) -> AnySocket {
    let buffer = || tcp::SocketBuffer::new(vec![0; buffer]);
    let mut socket = tcp::Socket::new(buffer(), buffer());
    socket.set_timeout(Some(PATIENCE));
    // Linux, too, acknowledges at once when a connection begins (tcp_enter_quickack_mode).
    socket.set_ack_delay(None);
    AnySocket::Tcp(Box::new(socket))
}

pub(super) fn udp_socket(port: u16) -> AnySocket {
    let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; DATAGRAMS], vec![0; DATAGRAM_BYTES]);
    let mut socket = udp::Socket::new(buffer(), buffer());
    let _ = socket.bind(port); // fails only for port 0, which no script can name
    AnySocket::Udp(Box::new(socket))
}

pub(super) fn icmp_socket(ident: u16, ttl: u8) -> AnySocket {
    let buffer = || icmp::PacketBuffer::new(vec![icmp::PacketMetadata::EMPTY; DATAGRAMS], vec![0; DATAGRAM_BYTES]);
    let mut socket = icmp::Socket::new(buffer(), buffer());
    let _ = socket.bind(icmp::Endpoint::Ident(ident)); // fails only for a socket that is bound already
    socket.set_hop_limit(Some(ttl.max(1)));
    AnySocket::Icmp(Box::new(socket))
}

/// What a program needs to know about itself, cheaply copied.
pub(super) fn someone(host: &Arc<str>, program: u32, run: u32, port: u16) -> Self_ {
    Self_ { host: Arc::clone(host), program, run, port, peer: None }
}
