//! Some two thousand sockets of our own, in every state that a program can bring about on its loopback alone.

use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use layercake::ports::{Protocol, State};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, bind, connect, getsockname, listen, setsockopt,
    socket, sockopt,
};

/// What a table has to say of one socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    pub protocol: Protocol,
    pub state: State,
    pub local: SocketAddr,
    pub remote: Option<SocketAddr>,
    /// 0: closed by the program, kept by the kernel.
    pub inode: u64,
    pub v6_only: Option<bool>,
}

/// Open sockets, and what is known of them.
#[derive(Default)]
pub struct Rooms {
    pub all: Vec<Room>,
    held: Vec<OwnedFd>,
}

impl Rooms {
    /// Opens all of them.
    pub fn open() -> Rooms {
        // The usual limit is 1,024 open files.
        let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
        setrlimit(Resource::RLIMIT_NOFILE, most.min(20_000), most).expect("a higher limit");
        let mut rooms = Rooms::default();
        for _ in 0..200 {
            rooms.listener("127.0.0.1:0", None);
        }
        for _ in 0..100 {
            rooms.listener("[::]:0", Some(true));
            rooms.listener("[::]:0", Some(false));
        }
        rooms.connections("127.0.0.1:0", 300, State::Established);
        rooms.connections("[::1]:0", 50, State::Established);
        rooms.connections("127.0.0.1:0", 100, State::FinWait2);
        rooms.connections("[::1]:0", 50, State::FinWait2);
        rooms.connections("127.0.0.1:0", 100, State::TimeWait);
        rooms.connections("[::1]:0", 50, State::TimeWait);
        rooms.connections("127.0.0.1:0", 5, State::FinWait1);
        rooms.connections("127.0.0.1:0", 5, State::LastAck);
        rooms.unanswered();
        for _ in 0..100 {
            rooms.datagrams("127.0.0.1:0", false);
            rooms.datagrams("127.0.0.1:0", true);
            rooms.datagrams("[::1]:0", false);
            rooms.datagrams("[::1]:0", true);
        }
        for _ in 0..100 {
            rooms.bound("127.0.0.1:0");
            rooms.bound("[::1]:0");
        }
        rooms
    }

    /// How many of them are in a state.
    pub fn count(&self, state: State) -> usize {
        self.all.iter().filter(|r| r.state == state).count()
    }

    fn keep(&mut self, socket: OwnedFd, protocol: Protocol, state: State, ends: (SocketAddr, Option<SocketAddr>)) {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).expect("a link");
        let inode = link.to_string_lossy().trim_start_matches("socket:[").trim_end_matches(']').parse();
        let inode = inode.expect("an inode");
        self.all.push(Room { protocol, state, local: ends.0, remote: ends.1, inode, v6_only: None });
        self.held.push(socket);
    }

    fn listener(&mut self, address: &str, v6_only: Option<bool>) {
        let socket = raw(address, v6_only, SockFlag::empty());
        listen(&socket, Backlog::new(16).expect("a backlog")).expect("a listener");
        let local = name(&socket);
        self.keep(socket, Protocol::Tcp, State::Listen, (local, None));
        self.all.last_mut().expect("the one just kept").v6_only = v6_only;
    }

    fn bound(&mut self, address: &str) {
        let socket = raw(address, None, SockFlag::empty());
        let local = name(&socket);
        self.keep(socket, Protocol::Tcp, State::BoundInactive, (local, None));
    }

    fn datagrams(&mut self, address: &str, connected: bool) {
        let socket = UdpSocket::bind(address).expect("a socket");
        let local = socket.local_addr().expect("an address");
        let remote = connected.then(|| SocketAddr::new(local.ip(), 9));
        let state = if connected { State::Established } else { State::Closed };
        if let Some(remote) = remote {
            socket.connect(remote).expect("a partner");
        }
        self.keep(socket.into(), Protocol::Udp, state, (local, remote));
    }

    /// Connections whose calling end is brought into a state; the other end follows from it.
    fn connections(&mut self, address: &str, count: usize, state: State) {
        let listener = TcpListener::bind(address).expect("a listener");
        let server = listener.local_addr().expect("an address");
        for _ in 0..count {
            let caller = TcpStream::connect(server).expect("a connection");
            let (called, client) = listener.accept().expect("its other end");
            let other = match state {
                State::FinWait2 => {
                    caller.shutdown(Shutdown::Write).expect("a FIN");
                    State::CloseWait
                }
                State::FinWait1 => {
                    // The FIN waits behind bytes that nobody reads.
                    fill(&caller);
                    caller.shutdown(Shutdown::Write).expect("a FIN");
                    State::Established
                }
                State::LastAck => {
                    called.shutdown(Shutdown::Write).expect("a FIN");
                    fill(&caller);
                    caller.shutdown(Shutdown::Write).expect("a FIN");
                    State::FinWait2
                }
                State::TimeWait => {
                    // Not by dropping them: a program that another test starts holds copies for a moment.
                    caller.shutdown(Shutdown::Write).expect("a FIN");
                    called.shutdown(Shutdown::Write).expect("a FIN");
                    let protocol = Protocol::Tcp;
                    let remote = Some(server);
                    self.all.push(Room { protocol, state, local: client, remote, inode: 0, v6_only: None });
                    continue;
                }
                _ => State::Established,
            };
            self.keep(caller.into(), Protocol::Tcp, state, (client, Some(server)));
            self.keep(called.into(), Protocol::Tcp, other, (server, Some(client)));
        }
        self.keep(listener.into(), Protocol::Tcp, State::Listen, (server, None));
    }

    /// A listener whose queue is full does not answer: later callers keep on calling.
    fn unanswered(&mut self) {
        let listener = raw("127.0.0.1:0", None, SockFlag::empty());
        listen(&listener, Backlog::new(0).expect("a backlog")).expect("a listener");
        let server = name(&listener);
        let first = TcpStream::connect(server).expect("the only place in the queue");
        let client = first.local_addr().expect("an address");
        self.keep(first.into(), Protocol::Tcp, State::Established, (client, Some(server)));
        for _ in 0..20 {
            let caller = raw("127.0.0.1:0", None, SockFlag::SOCK_NONBLOCK);
            let _ = connect(caller.as_raw_fd(), &SockaddrStorage::from(server));
            let client = name(&caller);
            self.keep(caller, Protocol::Tcp, State::SynSent, (client, Some(server)));
        }
        self.keep(listener, Protocol::Tcp, State::Listen, (server, None));
    }
}

impl Drop for Rooms {
    /// Closes with a RST, so that no connection rests in `TIME_WAIT` for a minute afterwards.
    fn drop(&mut self) {
        let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
        for socket in &self.held {
            let _ = setsockopt(socket, sockopt::Linger, &linger);
        }
    }
}

/// A TCP socket that is bound and nothing else.
fn raw(address: &str, v6_only: Option<bool>, flags: SockFlag) -> OwnedFd {
    let address: SocketAddr = address.parse().expect("an address");
    let family = if address.is_ipv6() { AddressFamily::Inet6 } else { AddressFamily::Inet };
    let socket = socket(family, SockType::Stream, flags | SockFlag::SOCK_CLOEXEC, None).expect("a socket");
    if let Some(only) = v6_only {
        setsockopt(&socket.as_fd(), sockopt::Ipv6V6Only, &only).expect("an option");
    }
    bind(socket.as_raw_fd(), &SockaddrStorage::from(address)).expect("a port");
    socket
}

fn name(socket: &OwnedFd) -> SocketAddr {
    let storage: SockaddrStorage = getsockname(socket.as_raw_fd()).expect("a name");
    let v4 = storage.as_sockaddr_in().map(|a| SocketAddr::from(std::net::SocketAddrV4::from(*a)));
    v4.or_else(|| storage.as_sockaddr_in6().map(|a| std::net::SocketAddrV6::from(*a).into())).expect("an address")
}

fn fill(mut stream: &TcpStream) {
    stream.set_nonblocking(true).expect("a stream that does not wait");
    // Twice, for the kernel moves bytes to the other end meanwhile.
    for _ in 0..2 {
        while stream.write(&[0; 16_384]).is_ok() {}
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
