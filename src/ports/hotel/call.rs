//! The calls of the lesson and the sockets they are made on.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use rustc_hash::FxHashMap;
use socket2::{Domain, Type};

use super::{Plan, Role};
use crate::ports::{Protocol, Socket};

/// Loopback answers at once; whoever filters it must not make us wait for ever.
const ANSWERS: Duration = Duration::from_secs(2);
/// Other programs may call a room of ours meanwhile: so many are sent away.
const STRANGERS: usize = 64;

/// Something that a program asks of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Socket(Protocol, Family),
    Reuse,
    OnlyV6(bool),
    Bind(IpAddr),
    Listen,
    Connect,
    /// Takes the call of this guest; the new socket gets the role of its host.
    Accept(Role, Role),
    Send,
    Receive,
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

/// All sockets of the lesson, closed when it is dropped.
pub(super) struct House {
    pub(super) port: u16,
    udp: bool,
    sockets: FxHashMap<Role, (Protocol, socket2::Socket)>,
    /// Whose ends these are or were.
    known: Vec<(Protocol, SocketAddr, Option<SocketAddr>, Role)>,
}

impl House {
    pub(super) fn new(plan: Plan) -> Self {
        House { port: plan.port, udp: plan.udp, sockets: FxHashMap::default(), known: Vec::new() }
    }

    /// How a programmer would write it.
    pub(super) fn words(&self, call: Call) -> String {
        let at = |ip| SocketAddr::new(ip, self.port);
        match call {
            Call::Socket(protocol, family) => {
                let family = if family == Family::V4 { "AF_INET" } else { "AF_INET6" };
                let kind = if protocol == Protocol::Tcp { "SOCK_STREAM" } else { "SOCK_DGRAM" };
                format!("socket({family}, {kind})")
            }
            Call::Reuse => "setsockopt(SO_REUSEADDR, 1)".to_owned(),
            Call::OnlyV6(only) => format!("setsockopt(IPV6_V6ONLY, {})", u8::from(only)),
            Call::Bind(ip) => format!("bind({})", at(ip)),
            Call::Listen => "listen()".to_owned(),
            Call::Connect => format!("connect({})", at(LOOPBACK)),
            Call::Accept(..) => "accept()".to_owned(),
            Call::Send => "send(\"hello\")".to_owned(),
            Call::Receive => "recvfrom()".to_owned(),
            Call::Close => "close()".to_owned(),
        }
    }

    /// Does it; gives what the kernel told.
    pub(super) fn perform(&mut self, who: Role, call: Call) -> io::Result<Option<String>> {
        match call {
            Call::Socket(protocol, family) => {
                let domain = if family == Family::V4 { Domain::IPV4 } else { Domain::IPV6 };
                let kind = if protocol == Protocol::Tcp { Type::STREAM } else { Type::DGRAM };
                let socket = socket2::Socket::new(domain, kind, None)?;
                self.sockets.insert(who, (protocol, socket));
            }
            Call::Reuse => self.socket(who)?.set_reuse_address(true)?,
            Call::OnlyV6(only) => self.socket(who)?.set_only_v6(only)?,
            Call::Bind(ip) => {
                self.socket(who)?.bind(&SocketAddr::new(ip, self.port).into())?;
                let (local, _) = self.note(who)?;
                if self.port == 0 {
                    self.port = local.port();
                    return Ok(Some(format!("port {} was free", self.port)));
                }
            }
            Call::Listen => self.socket(who)?.listen(128)?,
            Call::Connect => {
                let room = SocketAddr::new(LOOPBACK, self.port);
                let socket = self.socket(who)?;
                if self.udp {
                    socket.connect(&room.into())?;
                } else {
                    socket.connect_timeout(&room.into(), ANSWERS)?;
                }
                let (local, _) = self.note(who)?;
                return Ok(Some(format!("its own port is {}", local.port())));
            }
            Call::Accept(guest, host) => return self.accept(who, guest, host).map(Some),
            Call::Send => {
                self.socket(who)?.send(b"hello")?;
            }
            Call::Receive => {
                let socket = self.socket(who)?;
                socket.set_read_timeout(Some(ANSWERS))?;
                let (_, from) = socket.recv_from(&mut [std::mem::MaybeUninit::uninit(); 64])?;
                return Ok(from.as_socket().map(|from| format!("from {from}")));
            }
            Call::Close => {
                self.sockets.remove(&who);
            }
        }
        Ok(None)
    }

    fn accept(&mut self, who: Role, guest: Role, host: Role) -> io::Result<String> {
        let expected = self.socket(guest)?.local_addr()?.as_socket();
        let listener = self.socket(who)?;
        listener.set_read_timeout(Some(ANSWERS))?;
        for _ in 0..STRANGERS {
            let (socket, from) = listener.accept()?;
            let from = from.as_socket();
            if let (Some(from), true) = (from, from == expected) {
                self.sockets.insert(host, (Protocol::Tcp, socket));
                self.note(host)?;
                return Ok(format!("for {from}"));
            }
        }
        Err(ErrorKind::TimedOut.into())
    }

    fn socket(&self, who: Role) -> io::Result<&socket2::Socket> {
        self.sockets.get(&who).map(|(_, socket)| socket).ok_or_else(|| ErrorKind::NotConnected.into())
    }

    /// Remembers whose ends these are, to find them in the kernel's table.
    fn note(&mut self, who: Role) -> io::Result<(SocketAddr, Option<SocketAddr>)> {
        let socket = self.socket(who)?;
        let local = socket.local_addr()?.as_socket().ok_or(ErrorKind::AddrNotAvailable)?;
        let remote = socket.peer_addr().ok().and_then(|a| a.as_socket());
        let protocol = self.sockets.get(&who).map_or(Protocol::Tcp, |(protocol, _)| *protocol);
        self.known.push((protocol, local, remote, who));
        Ok((local, remote))
    }

    /// Whose row this is, and whether a program still holds it.
    pub(super) fn whose(&self, socket: &Socket) -> (Option<Role>, bool) {
        let ends = (socket.protocol, socket.local, socket.remote);
        let mut ours = self.known.iter().rev().filter(|k| (k.0, k.1, k.2) == ends).map(|k| k.3).peekable();
        let last = ours.peek().copied();
        match ours.find(|role| self.sockets.contains_key(role)) {
            Some(role) => (Some(role), true),
            None => (last, last.is_none() && socket.inode != 0),
        }
    }

    /// The place of a guest's port in the order in which guests came.
    pub(super) fn came(&self, port: u16) -> u16 {
        if port == 0 {
            return 0;
        }
        self.known.iter().position(|k| k.1.port() == port).map_or(u16::MAX, |at| at as u16)
    }
}

pub(super) const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
pub(super) const LOOPBACK_6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
/// 127.0.0.1 as an IPv6 socket writes it, RFC 4291 §2.5.5.2.
pub(super) const LOOPBACK_MAPPED: IpAddr = IpAddr::V6(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1));
pub(super) const EVERY_CARD: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
