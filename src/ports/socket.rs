//! One socket as the kernel describes it.

use std::net::SocketAddr;
use std::time::Duration;

/// Which numbers its ports are: TCP's 80 and UDP's 80 are two different rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// Streams, RFC 9293.
    Tcp,
    /// Datagrams, RFC 768.
    Udp,
}

impl Protocol {
    /// "tcp" or "udp".
    pub fn key(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }
}

/// The state of a TCP socket, RFC 9293 §3.3.2; numbered as Linux does (`include/net/tcp_states.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Both sides may talk. For UDP: it has one partner only.
    Established = 1,
    /// Our SYN is under way.
    SynSent = 2,
    /// Their SYN came, ours is under way.
    SynReceived = 3,
    /// We said FIN first; not yet acknowledged.
    FinWait1 = 4,
    /// Our FIN is acknowledged; the other side may still send.
    FinWait2 = 5,
    /// Closed by us first; the pair of ports rests until late packets have died.
    TimeWait = 6,
    /// No connection. For UDP: it takes datagrams from anybody.
    Closed = 7,
    /// The other side has closed; our program has not yet.
    CloseWait = 8,
    /// Our FIN is the last word; its ACK is missing.
    LastAck = 9,
    /// Waits for callers.
    Listen = 10,
    /// Both said FIN at once.
    Closing = 11,
    /// A request that Linux keeps in small until the handshake is done.
    NewSynReceived = 12,
    /// Bound to a port without listening or calling: taken, although most tools show it free.
    BoundInactive = 13,
}

impl State {
    /// All of them, in the order of their numbers.
    pub const ALL: [State; 13] = [
        State::Established,
        State::SynSent,
        State::SynReceived,
        State::FinWait1,
        State::FinWait2,
        State::TimeWait,
        State::Closed,
        State::CloseWait,
        State::LastAck,
        State::Listen,
        State::Closing,
        State::NewSynReceived,
        State::BoundInactive,
    ];

    /// The state with this number.
    pub fn numbered(number: u8) -> Option<State> {
        State::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
}

/// One TCP or UDP socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Its state.
    pub state: State,
    /// Its own end. Port 0: it has none yet.
    pub local: SocketAddr,
    /// The other end; `None` where anybody may call or send.
    pub remote: Option<SocketAddr>,
    /// An IPv6 socket that refuses IPv4 (`IPV6_V6ONLY`); `None` where nobody says.
    pub v6_only: Option<bool>,
    /// The number of the only card it uses; 0 for any.
    pub interface: u32,
    /// The number by which `/proc/PID/fd` names it; 0 once no program holds it any more (`TIME_WAIT`).
    pub inode: u64,
    /// The user whose program made it.
    pub uid: Option<u32>,
    /// A number of its own, for as long as the machine runs; 0 where nobody says.
    pub cookie: u64,
    /// Bytes that came and were not read yet. A listening socket: callers not yet accepted.
    pub receive_queue: u32,
    /// Bytes sent and not yet acknowledged. A listening socket: callers that may wait (the backlog).
    pub send_queue: u32,
    /// The clock that runs for it.
    pub timer: Option<Timer>,
    /// Further numbers; `None` unless wanted.
    pub details: Option<Box<Details>>,
    /// Who holds it: places in [`Table::owners`](super::Table::owners). Several after a fork; none where unknown.
    pub owners: Vec<u32>,
}

impl Socket {
    /// A socket of which nothing is known but its ends and its state.
    pub fn new(protocol: Protocol, state: State, local: SocketAddr, remote: Option<SocketAddr>) -> Self {
        Socket {
            protocol,
            state,
            local,
            remote,
            v6_only: None,
            interface: 0,
            inode: 0,
            uid: None,
            cookie: 0,
            receive_queue: 0,
            send_queue: 0,
            timer: None,
            details: None,
            owners: Vec::new(),
        }
    }

    /// Whether it is the one room that answers both families: `[::]` without `IPV6_V6ONLY`.
    pub fn answers_ipv4_too(&self) -> bool {
        self.local.is_ipv6() && self.local.ip().is_unspecified() && self.v6_only == Some(false)
    }
}

/// A clock of the kernel that runs for a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// What happens when it rings.
    pub kind: TimerKind,
    /// How long until then.
    pub rings_in: Duration,
    /// How often the same was sent in vain so far.
    pub repeats: u8,
}

/// What a clock is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// Send again what was not acknowledged.
    Retransmit,
    /// Ask whether the other side is still there, or retry a SYN.
    KeepAlive,
    /// Let the pair of ports be used again.
    TimeWait,
    /// Ask whether the shut window has opened.
    Probe,
}

/// What `--wide` shows of a connection (Linux' `tcp_info`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Which way of not flooding the network: "cubic", "bbr".
    pub congestion: String,
    /// Smoothed round trip.
    pub round_trip: Option<Duration>,
    /// How much it varies.
    pub round_trip_variance: Option<Duration>,
    /// Wait before sending again.
    pub retransmission_timeout: Option<Duration>,
    /// Segments that may be under way, in segments of `mss`.
    pub congestion_window: Option<u32>,
    /// Largest segment to send.
    pub mss: Option<u32>,
    /// Bytes sent and acknowledged.
    pub bytes_acked: Option<u64>,
    /// Bytes received.
    pub bytes_received: Option<u64>,
    /// Segments sent again so far.
    pub retransmitted: Option<u32>,
    /// Segments in and out.
    pub segments: Option<(u32, u32)>,
    /// Receive and send buffer as the kernel counts them (`sk_rmem`, `sk_wmem` limits).
    pub buffers: Option<(u32, u32)>,
}

/// One UNIX socket: a connection within the machine, with a file name instead of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unix {
    /// "stream", "datagram" or "seqpacket".
    pub kind: &'static str,
    /// Its state.
    pub state: State,
    /// Its name: a path, or behind a NUL byte an abstract one; empty where it has none.
    pub path: Vec<u8>,
    /// Its number in `/proc/PID/fd`.
    pub inode: u64,
    /// The number of its partner; 0 for none.
    pub peer: u64,
    /// As in [`Socket::receive_queue`].
    pub receive_queue: u32,
    /// As in [`Socket::send_queue`].
    pub send_queue: u32,
    /// As in [`Socket::owners`].
    pub owners: Vec<u32>,
}

impl Unix {
    /// Its name for people: an abstract one begins with @, as `ss` and unix(7) write it.
    pub fn shown_path(&self) -> Vec<u8> {
        self.path.iter().map(|b| if *b == 0 { b'@' } else { *b }).collect()
    }
}
