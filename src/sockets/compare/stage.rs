//! Where a scenario plays: sockets of both sides on loopback, every call noted with its answer and the socket's state.
//! All waits have an end; sockets close when the scenario returns, however it does.
//! Not here: what is played (one file a scenario), text (`render`).

use std::io::{self, ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::{Fact, Value};
use crate::sockets::{Call, Event, KEPT, Kernel, Outcome, Party, Role, Transport};

/// Loopback answers at once; whoever filters it must not make us wait for ever.
pub(super) const ANSWERS: Duration = Duration::from_secs(2);
/// How long silence is listened to before it counts as silence.
pub(super) const SILENCE: Duration = Duration::from_millis(100);
/// Callers that are asked for at once.
const BACKLOG: u32 = 16;
/// Other programs may call our port meanwhile: so many are sent away.
const STRANGERS: usize = 64;

pub(super) const SERVER: Party = Party { role: Role::Server, number: 0 };
pub(super) const CLIENT: Party = Party { role: Role::Client, number: 0 };
const CONNECTION: Party = Party { role: Role::Connection, number: 0 };

/// One end: a socket and whose it is.
pub(super) struct End {
    pub(super) who: Party,
    pub(super) socket: Socket,
    local: Option<SocketAddr>,
    remote: Option<SocketAddr>,
}

impl End {
    /// Where it can be called.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.local.ok_or_else(|| ErrorKind::AddrNotAvailable.into())
    }

    /// How long `recv` and `accept` wait from now on.
    pub(super) fn wait(&self, time: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(Some(time))
    }
}

/// The sockets' run, noted call by call.
pub(super) struct Stage<'a> {
    pub(super) transport: Transport,
    begin: Instant,
    kernel: &'a mut dyn Kernel,
    pub(super) events: Vec<Event>,
    pub(super) facts: Vec<Fact>,
    pub(super) ports: Vec<u16>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(transport: Transport, kernel: &'a mut dyn Kernel) -> Self {
        Stage { transport, begin: Instant::now(), kernel, events: Vec::new(), facts: Vec::new(), ports: Vec::new() }
    }

    pub(super) fn is_tcp(&self) -> bool {
        self.transport == Transport::Tcp
    }

    /// Notes what was found; the same label on both sides makes one row.
    pub(super) fn fact(&mut self, label: &'static str, value: impl Into<Value>) {
        self.facts.push(Fact { label, value: value.into() });
    }

    /// A server's socket with a free port, which listens if it is TCP's.
    pub(super) fn server(&mut self) -> io::Result<End> {
        let server = self.socket(SERVER)?;
        self.serve(server)
    }

    /// Binds a socket to a free port.
    pub(super) fn bound(&mut self, mut end: End) -> io::Result<End> {
        self.bind(&mut end)?;
        Ok(end)
    }

    /// Binds a server's socket to a free port and, if it is TCP's, listens.
    pub(super) fn serve(&mut self, server: End) -> io::Result<End> {
        let server = self.bound(server)?;
        if self.is_tcp() {
            self.perform(&server, Call::Listen(BACKLOG), |end| end.socket.listen(BACKLOG.cast_signed()).map(done))?;
        }
        Ok(server)
    }

    /// A client's socket that is connected to the server; for UDP that only notes the address.
    pub(super) fn client(&mut self, server: &End) -> io::Result<End> {
        let mut client = self.socket(CLIENT)?;
        self.connect(&mut client, server.address()?)?;
        Ok(client)
    }

    /// Both ends ready to talk: the client's, and the one that the server's program talks through. For UDP that is
    /// the server's only socket, so nothing is accepted.
    pub(super) fn pair(&mut self) -> io::Result<Pair> {
        let server = self.server()?;
        self.pair_with(server)
    }

    /// The same with a server that is there already.
    pub(super) fn pair_with(&mut self, server: End) -> io::Result<Pair> {
        let client = self.client(&server)?;
        if self.is_tcp() {
            let host = self.accept(&server, &client)?;
            return Ok(Pair { client, host, listener: Some(server) });
        }
        Ok(Pair { client, host: server, listener: None })
    }

    pub(super) fn socket(&mut self, who: Party) -> io::Result<End> {
        let kind = if self.is_tcp() { Type::STREAM } else { Type::DGRAM };
        let asked = Instant::now();
        let socket = Socket::new(Domain::IPV4, kind, None)?;
        let took = asked.elapsed();
        socket.set_read_timeout(Some(ANSWERS))?;
        socket.set_write_timeout(Some(ANSWERS))?;
        let end = End { who, socket, local: None, remote: None };
        self.note(&end, Call::Socket(self.transport), Outcome::Done, took);
        Ok(end)
    }

    pub(super) fn option(
        &mut self,
        end: &End,
        name: &'static str,
        value: i64,
        set: impl FnOnce(&Socket) -> io::Result<()>,
    ) -> io::Result<()> {
        self.perform(end, Call::Option(name, value), |end| set(&end.socket).map(done)).map(drop)
    }

    fn bind(&mut self, end: &mut End) -> io::Result<()> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let asked = Instant::now();
        let result = end.socket.bind(&any.into());
        let took = asked.elapsed();
        self.learn(end);
        self.noted(end, Call::Bind(any), result.map(done), took).map(drop)
    }

    pub(super) fn connect(&mut self, end: &mut End, to: SocketAddr) -> io::Result<()> {
        let asked = Instant::now();
        let result = match self.transport {
            Transport::Tcp => end.socket.connect_timeout(&to.into(), ANSWERS),
            Transport::Udp => end.socket.connect(&to.into()),
        };
        let took = asked.elapsed();
        self.learn(end);
        self.noted(end, Call::Connect(to), result.map(done), took).map(drop)
    }

    pub(super) fn accept(&mut self, server: &End, guest: &End) -> io::Result<End> {
        let asked = Instant::now();
        for _ in 0..STRANGERS {
            let (socket, from) = match server.socket.accept() {
                Ok(accepted) => accepted,
                Err(error) => {
                    self.note(server, Call::Accept, refusal(&error), asked.elapsed());
                    return Err(error);
                }
            };
            if from.as_socket() == guest.local {
                let took = asked.elapsed();
                socket.set_read_timeout(Some(ANSWERS))?;
                socket.set_write_timeout(Some(ANSWERS))?;
                let mut end = End { who: SERVER, socket, local: None, remote: None };
                self.learn(&mut end);
                self.note(&end, Call::Accept, Outcome::Done, took);
                return Ok(End { who: CONNECTION, ..end });
            }
        }
        Err(ErrorKind::TimedOut.into())
    }

    /// Sends on a connected socket; says how many bytes the kernel took.
    pub(super) fn send(&mut self, end: &End, bytes: &[u8]) -> io::Result<usize> {
        let outcome = self.perform(end, sending(bytes, None), |end| end.socket.send(bytes).map(Outcome::Sent))?;
        Ok(length(&outcome))
    }

    /// Sends from a socket that is not connected.
    pub(super) fn send_to(&mut self, end: &mut End, bytes: &[u8], to: SocketAddr) -> io::Result<usize> {
        let asked = Instant::now();
        let result = end.socket.send_to(bytes, &to.into()).map(Outcome::Sent);
        let took = asked.elapsed();
        self.learn(end);
        self.noted(end, sending(bytes, Some(to)), result, took).map(|outcome| length(&outcome))
    }

    /// Reads once, as a program does; silence is no error.
    pub(super) fn receive(&mut self, end: &End, room: usize) -> io::Result<Outcome> {
        let tcp = self.is_tcp();
        self.perform(end, Call::Receive(room), |end| match read(end, room) {
            Ok((bytes, _)) if bytes.is_empty() && tcp => Ok(Outcome::End),
            Ok((mut bytes, from)) => {
                let length = bytes.len();
                bytes.truncate(KEPT);
                Ok(Outcome::Received { bytes, length, from })
            }
            Err(error) if silent(&error) => Ok(Outcome::TimedOut),
            Err(error) => Err(error),
        })
    }

    /// "I have said everything": `shutdown(SHUT_WR)`.
    pub(super) fn shutdown(&mut self, end: &End) -> io::Result<()> {
        self.perform(end, Call::Shutdown, |end| end.socket.shutdown(std::net::Shutdown::Write).map(done)).map(drop)
    }

    /// Closes; the state noted is what the kernel keeps of it.
    pub(super) fn close(&mut self, end: End) {
        let End { who, socket, local, remote } = end;
        let asked = Instant::now();
        drop(socket);
        let took = asked.elapsed();
        let state = self.state(local, remote);
        self.push(Event {
            at: self.begin.elapsed(),
            took,
            who,
            call: Call::Close,
            outcome: Outcome::Done,
            local,
            remote,
            state,
        });
    }

    /// Ends a talk, the client first; says in which state the kernel goes on to keep the client's end, if it does.
    pub(super) fn part(&mut self, pair: Pair) -> Option<&'static str> {
        let (local, remote) = (pair.client.local, pair.client.remote);
        self.close(pair.client);
        self.close(pair.host);
        if let Some(listener) = pair.listener {
            self.close(listener);
        }
        self.state(local, remote)
    }

    /// Many calls of one kind that are not told one by one.
    pub(super) fn more(&mut self, end: &End, call: Call, calls: u64, bytes: u64, took: Duration) {
        if calls > 0 {
            self.note(end, call, Outcome::More { calls, bytes }, took);
        }
    }

    fn perform(&mut self, end: &End, call: Call, act: impl FnOnce(&End) -> io::Result<Outcome>) -> io::Result<Outcome> {
        let asked = Instant::now();
        let result = act(end);
        let took = asked.elapsed();
        self.noted(end, call, result, took)
    }

    fn noted(&mut self, end: &End, call: Call, result: io::Result<Outcome>, took: Duration) -> io::Result<Outcome> {
        let outcome = result.as_ref().map_or_else(refusal, Clone::clone);
        self.note(end, call, outcome, took);
        result
    }

    pub(super) fn note(&mut self, end: &End, call: Call, outcome: Outcome, took: Duration) {
        let (who, local, remote) = (end.who, end.local, end.remote);
        let state = self.state(local, remote);
        self.push(Event { at: self.begin.elapsed(), took, who, call, outcome, local, remote, state });
    }

    fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    fn state(&mut self, local: Option<SocketAddr>, remote: Option<SocketAddr>) -> Option<&'static str> {
        self.kernel.state(self.transport, local?, remote)
    }

    /// Reads the ends of a socket from the kernel.
    fn learn(&mut self, end: &mut End) {
        end.local = end.socket.local_addr().ok().and_then(|a| a.as_socket()).filter(|a| a.port() != 0);
        end.remote = end.socket.peer_addr().ok().and_then(|a| a.as_socket());
        for port in end.local.iter().chain(&end.remote).map(SocketAddr::port) {
            if !self.ports.contains(&port) {
                self.ports.push(port);
            }
        }
    }
}

/// Two ends that talk.
pub(super) struct Pair {
    pub(super) client: End,
    /// The server's end of it.
    pub(super) host: End,
    /// TCP's socket that goes on waiting for callers.
    pub(super) listener: Option<End>,
}

fn done((): ()) -> Outcome {
    Outcome::Done
}

fn sending(bytes: &[u8], to: Option<SocketAddr>) -> Call {
    Call::Send { bytes: bytes[..bytes.len().min(KEPT)].to_vec(), length: bytes.len(), to }
}

/// How many bytes an outcome is about.
pub(super) fn length(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Sent(length) | Outcome::Received { length, .. } => *length,
        _ => 0,
    }
}

/// One `recv`; with the sender, where the socket has no fixed partner.
fn read(end: &End, room: usize) -> io::Result<(Vec<u8>, Option<SocketAddr>)> {
    let from = match end.remote {
        None => end.socket.peek_sender()?.as_socket(),
        Some(_) => None,
    };
    let mut bytes = vec![0; room];
    let length = (&end.socket).read(&mut bytes)?;
    bytes.truncate(length);
    Ok((bytes, from))
}

/// Nothing came in time.
pub(super) fn silent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// An error as programs call it, and as the system says it.
pub(super) fn refusal(error: &io::Error) -> Outcome {
    let message = error.to_string();
    let message = message.split(" (os error").next().unwrap_or_default().to_owned();
    Outcome::Refused { name: name(error), message }
}

/// "ECONNREFUSED"
pub(super) fn name(error: &io::Error) -> String {
    #[cfg(target_os = "linux")]
    if let Some(code) = error.raw_os_error() {
        return format!("{:?}", nix::errno::Errno::from_raw(code));
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => "ECONNREFUSED".to_owned(),
        ErrorKind::ConnectionReset => "ECONNRESET".to_owned(),
        ErrorKind::BrokenPipe => "EPIPE".to_owned(),
        ErrorKind::WouldBlock => "EAGAIN".to_owned(),
        ErrorKind::TimedOut => "ETIMEDOUT".to_owned(),
        kind => format!("{kind:?}"),
    }
}
