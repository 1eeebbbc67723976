//! What happens at sockets of ours, call by call. Whoever runs sockets returns these; renderers tell them.

use std::net::SocketAddr;
use std::time::Duration;

/// Bytes of a message that an event keeps; of the others only the number is told.
pub const KEPT: usize = 256;

/// A call to the kernel, its outcome, and what the kernel has made of the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Since the beginning of the run, when the call had returned.
    pub at: Duration,
    /// How long the call took; what waits for somebody takes long.
    pub took: Duration,
    /// Who called.
    pub who: Party,
    /// What was asked of the kernel.
    pub call: Call,
    /// What it answered.
    pub outcome: Outcome,
    /// The socket's own end, once it has one.
    pub local: Option<SocketAddr>,
    /// The other end, where it has one.
    pub remote: Option<SocketAddr>,
    /// The socket's state after the call, as the kernel's table has it ("ESTABLISHED"); `None` where it stands in no
    /// table or was not asked for.
    pub state: Option<&'static str>,
}

/// Which protocol a socket speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A stream of bytes, RFC 9293.
    Tcp,
    /// Single datagrams, RFC 768.
    Udp,
}

/// Who acts: a role and a number, 0 for the only one of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Party {
    /// In which role.
    pub role: Role,
    /// Which one of them, counted from 1.
    pub number: u32,
}

/// The part that a program plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Waits for callers.
    Server,
    /// The server's end of one connection: what `accept` returned.
    Connection,
    /// Calls.
    Client,
}

/// What is asked of the kernel, as POSIX names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `socket()`
    Socket(Transport),
    /// `setsockopt()` with this option and value.
    Option(&'static str, i64),
    /// `bind()`
    Bind(SocketAddr),
    /// `listen()` with this backlog.
    Listen(u32),
    /// `accept()`
    Accept,
    /// `connect()`
    Connect(SocketAddr),
    /// `send()`, or `sendto()` where it names somebody.
    Send {
        /// The first [`KEPT`] bytes.
        bytes: Vec<u8>,
        /// How many there were.
        length: usize,
        /// To whom, where the socket is not connected.
        to: Option<SocketAddr>,
    },
    /// `recv()` or `recvfrom()` with room for so many bytes.
    Receive(usize),
    /// `shutdown(SHUT_WR)`: nothing more will be sent.
    Shutdown,
    /// `close()`
    Close,
}

/// What the kernel answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did it.
    Done,
    /// It took so many bytes; fewer than were offered if its buffer is full.
    Sent(usize),
    /// It gave bytes.
    Received {
        /// The first [`KEPT`] of them.
        bytes: Vec<u8>,
        /// How many there were.
        length: usize,
        /// From whom, where the socket is not connected.
        from: Option<SocketAddr>,
    },
    /// The other side sends no more: `recv()` gave 0.
    End,
    /// So many more calls of the same kind went well and are not told one by one.
    More {
        /// How many calls.
        calls: u64,
        /// How many bytes together.
        bytes: u64,
    },
    /// Nothing came, or nothing could be taken, in the time that the demonstration waits.
    TimedOut,
    /// It did not.
    Refused {
        /// As programs call it: "ECONNREFUSED".
        name: String,
        /// As the system says it.
        message: String,
    },
}
