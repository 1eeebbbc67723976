//! Making sockets, call by call: tokio's own constructors would hide half of them.
//! The order is POSIX': `socket()`, `setsockopt()`, `bind()`, then `listen()` or `connect()`.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};

use super::desk::Desk;
use super::line::Line;
use super::live::{ANSWERS, Connect, Failure};
use super::voice::refusal;
use super::{Call, Outcome, Party, Transport};

/// Callers that may wait until they are accepted.
const BACKLOG: u32 = 128;
/// After so long a silence it is said that nobody answers yet.
const SILENCE: Duration = Duration::from_secs(1);

/// A server's socket: bound, and for TCP listening.
pub(super) fn server(desk: &Desk, who: Party, at: SocketAddr) -> Result<Socket, Failure> {
    let socket = make(desk, who, at)?;
    // Without it a server cannot be started again while its last connections rest. On Windows, and for UDP, it would
    // let two programs share the port.
    if cfg!(unix) && desk.transport == Transport::Tcp {
        step(desk, who, &socket, Call::Option("SO_REUSEADDR", 1), || socket.set_reuse_address(true))?;
    }
    step(desk, who, &socket, Call::Bind(at), || socket.bind(&at.into()))?;
    if desk.transport == Transport::Tcp {
        step(desk, who, &socket, Call::Listen(BACKLOG), || socket.listen(BACKLOG.cast_signed()))?;
    }
    Ok(socket)
}

/// Tries each address until one answers.
pub(super) async fn client(desk: &Rc<Desk>, who: Party, plan: &Connect) -> Result<Line, Failure> {
    let mut last = Failure { call: Call::Socket(desk.transport), error: io::ErrorKind::AddrNotAvailable.into() };
    for address in &plan.addresses {
        match attempt(desk, who, plan, *address).await {
            Ok(line) => return Ok(line),
            Err(failure) => last = failure,
        }
    }
    Err(last)
}

async fn attempt(desk: &Rc<Desk>, who: Party, plan: &Connect, to: SocketAddr) -> Result<Line, Failure> {
    let socket = make(desk, who, to)?;
    if let Some(port) = plan.from {
        let any = match to {
            SocketAddr::V4(_) => SocketAddr::from(([0, 0, 0, 0], port)),
            SocketAddr::V6(_) => SocketAddr::from(([0u16; 8], port)),
        };
        // The same four numbers may still rest from the last time; then connect() says so, not bind().
        if cfg!(unix) && desk.transport == Transport::Tcp {
            step(desk, who, &socket, Call::Option("SO_REUSEADDR", 1), || socket.set_reuse_address(true))?;
        }
        step(desk, who, &socket, Call::Bind(any), || socket.bind(&any.into()))?;
    }
    let call = Call::Connect(to);
    let began = desk.now();
    let connected = match desk.transport {
        Transport::Udp => {
            let made = socket.connect(&to.into()).and_then(|()| UdpSocket::from_std(socket.into()));
            made.map(Line::Udp)
        }
        Transport::Tcp => {
            let local = socket.local_addr().ok().and_then(|a| a.as_socket());
            call_tcp(desk, who, TcpSocket::from_std_stream(socket.into()), to, local).await.map(Line::Tcp)
        }
    };
    match connected {
        Ok(line) => {
            desk.call(who, call, Outcome::Done, began, line.ends());
            Ok(line)
        }
        Err(error) => {
            desk.call(who, call.clone(), refusal(&error), began, (None, Some(to)));
            desk.call(who, Call::Close, Outcome::Done, desk.now(), (None, None));
            Err(Failure { call, error })
        }
    }
}

/// `connect()` of TCP takes a round trip, or for ever.
async fn call_tcp(
    desk: &Desk,
    who: Party,
    socket: TcpSocket,
    to: SocketAddr,
    local: Option<SocketAddr>,
) -> io::Result<TcpStream> {
    let began = desk.now();
    let mut connecting = std::pin::pin!(socket.connect(to));
    if let Ok(answer) = tokio::time::timeout(SILENCE, &mut connecting).await {
        return answer;
    }
    desk.call(who, Call::Connect(to), Outcome::TimedOut, began, (local, Some(to)));
    match tokio::time::timeout(ANSWERS.saturating_sub(SILENCE), connecting).await {
        Ok(answer) => answer,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

fn make(desk: &Desk, who: Party, at: SocketAddr) -> Result<Socket, Failure> {
    let kind = if desk.transport == Transport::Tcp { Type::STREAM } else { Type::DGRAM };
    let call = Call::Socket(desk.transport);
    let began = desk.now();
    let made = Socket::new(Domain::for_address(at), kind, None).and_then(|socket| {
        socket.set_nonblocking(true)?;
        Ok(socket)
    });
    match made {
        Ok(socket) => {
            desk.call(who, call, Outcome::Done, began, (None, None));
            Ok(socket)
        }
        Err(error) => Err(told(desk, who, call, error, began)),
    }
}

fn step(
    desk: &Desk,
    who: Party,
    socket: &Socket,
    call: Call,
    perform: impl FnOnce() -> io::Result<()>,
) -> Result<(), Failure> {
    let began = desk.now();
    match perform() {
        Ok(()) => {
            let local = socket.local_addr().ok().and_then(|a| a.as_socket()).filter(|a| a.port() != 0);
            desk.call(who, call, Outcome::Done, began, (local, None));
            Ok(())
        }
        Err(error) => Err(told(desk, who, call, error, began)),
    }
}

fn told(desk: &Desk, who: Party, call: Call, error: io::Error, began: Duration) -> Failure {
    desk.call(who, call.clone(), refusal(&error), began, (None, None));
    Failure { call, error }
}
