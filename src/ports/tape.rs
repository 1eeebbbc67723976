//! Writes a socket onto a tape, as if it were a packet from the local end to the remote one: so the filter language
//! of `capture` works on sockets.

use std::net::{IpAddr, SocketAddr};

use crate::dissect::{self, Dissection, Field, Index};

use super::fields::{self, SOCKET};
use super::socket::Unix;
use super::{Owners, Protocol, Reach, Socket, Timer};

/// What the socket itself does not say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The name of its user.
    pub user: Option<&'a str>,
    /// What usually waits behind its port, and whether its program confirms that.
    pub service: Option<(&'a str, bool)>,
    /// For how many seconds its program has been running.
    pub age: Option<u64>,
}

/// The layers that a socket has beside its own, looked up once.
pub struct Writer {
    networks: [Option<Ends>; 2],
    transports: [Option<Ends>; 2],
}

/// A protocol with two ends.
struct Ends {
    protocol: &'static dissect::Protocol,
    from: &'static Field,
    to: &'static Field,
}

impl Ends {
    fn find(index: &Index, protocol: &str, from: &str, to: &str) -> Option<Ends> {
        let protocol = index.protocol(protocol)?;
        let field = |key| protocol.fields.iter().copied().find(|f| f.key == key);
        Some(Ends { protocol, from: field(from)?, to: field(to)? })
    }
}

impl Writer {
    /// Looks up IP, TCP and UDP; what is not there is not written.
    pub fn new(index: &Index) -> Self {
        let network = |key| Ends::find(index, key, "src", "dst");
        let transport = |key| Ends::find(index, key, "src_port", "dst_port");
        Writer { networks: ["ipv4", "ipv6"].map(network), transports: ["tcp", "udp"].map(transport) }
    }

    /// Writes a TCP or UDP socket.
    pub fn write(&self, tape: &mut Dissection, socket: &Socket, owners: &Owners, beside: Beside<'_>) {
        tape.begin();
        // An IPv6 socket that talks to an IPv4 address speaks IPv4 on the wire.
        let [local, remote] = [Some(socket.local), socket.remote].map(|end| end.map(canonical));
        let family = usize::from(local.is_some_and(|end| end.is_ipv6()));
        if let Some(ends) = &self.networks[family] {
            tape.begin_layer(ends.protocol);
            for (field, end) in [(ends.from, local), (ends.to, remote)] {
                if let Some(end) = end {
                    address(tape, field, end.ip());
                }
            }
        }
        if let Some(ends) = &self.transports[usize::from(socket.protocol == Protocol::Udp)] {
            tape.begin_layer(ends.protocol);
            for (field, end) in [(ends.from, local), (ends.to, remote)] {
                if let Some(end) = end {
                    tape.note_number(field, u64::from(end.port()));
                }
            }
        }
        tape.begin_layer(&SOCKET);
        tape.note_number(&fields::TRANSPORT, if socket.protocol == Protocol::Tcp { 6 } else { 17 });
        tape.note_number(&fields::STATE, socket.state as u64);
        address(tape, &fields::LOCAL, canonical(socket.local).ip());
        tape.note_number(&fields::LOCAL_PORT, u64::from(socket.local.port()));
        tape.note_number(&fields::REACH, Reach::of_socket(socket) as u64);
        if let Some(end) = remote {
            address(tape, &fields::REMOTE, end.ip());
            tape.note_number(&fields::REMOTE_PORT, u64::from(end.port()));
            tape.note_number(&fields::REMOTE_REACH, Reach::of(end.ip()) as u64);
        }
        if let Some((name, confirmed)) = beside.service {
            tape.note_made(&fields::SERVICE, name.as_bytes());
            if confirmed {
                tape.note_number(&fields::CONFIRMED, 1);
            }
        }
        holders(tape, &socket.owners, owners);
        if let Some(user) = beside.user {
            tape.note_made(&fields::USER, user.as_bytes());
        }
        if let Some(uid) = socket.uid {
            tape.note_number(&fields::UID, u64::from(uid));
        }
        if let Some(age) = beside.age {
            tape.note_number(&fields::AGE, age);
        }
        tape.note_number(&fields::RECEIVE_QUEUE, u64::from(socket.receive_queue));
        tape.note_number(&fields::SEND_QUEUE, u64::from(socket.send_queue));
        if let Some(timer) = socket.timer {
            self::timer(tape, timer);
        }
        details(tape, socket);
        tape.note_number(&fields::INODE, socket.inode);
        if socket.interface != 0 {
            tape.note_number(&fields::INTERFACE, u64::from(socket.interface));
        }
    }

    /// Writes a UNIX socket, which has neither address nor port.
    pub fn write_unix(&self, tape: &mut Dissection, socket: &Unix, owners: &Owners, beside: Beside<'_>) {
        tape.begin();
        tape.begin_layer(&SOCKET);
        tape.note_number(&fields::TRANSPORT, 1);
        tape.note_number(&fields::STATE, socket.state as u64);
        holders(tape, &socket.owners, owners);
        if let Some(user) = beside.user {
            tape.note_made(&fields::USER, user.as_bytes());
        }
        if let Some(age) = beside.age {
            tape.note_number(&fields::AGE, age);
        }
        tape.note_number(&fields::RECEIVE_QUEUE, u64::from(socket.receive_queue));
        tape.note_number(&fields::SEND_QUEUE, u64::from(socket.send_queue));
        tape.note_number(&fields::INODE, socket.inode);
        if !socket.path.is_empty() {
            tape.note_made(&fields::PATH, &socket.shown_path());
        }
    }
}

/// `::ffff:192.0.2.1` is 192.0.2.1.
fn canonical(end: SocketAddr) -> SocketAddr {
    SocketAddr::new(end.ip().to_canonical(), end.port())
}

fn address(tape: &mut Dissection, field: &'static Field, address: IpAddr) {
    match address {
        IpAddr::V4(ip) => tape.note_made(field, &ip.octets()),
        IpAddr::V6(ip) => tape.note_made(field, &ip.octets()),
    }
}

fn holders(tape: &mut Dissection, places: &[u32], owners: &Owners) {
    for owner in owners.of(places) {
        tape.note_made(&fields::PROCESS, &owner.name);
        tape.note_number(&fields::PID, u64::from(owner.pid));
        let command: Vec<u8> = owner.command.iter().map(|b| if *b == 0 { b' ' } else { *b }).collect();
        if !command.is_empty() {
            tape.note_made(&fields::COMMAND, command.trim_ascii_end());
        }
        for (field, text) in [(&fields::UNIT, &owner.unit), (&fields::CONTAINER, &owner.container)] {
            if let Some(text) = text {
                tape.note_made(field, text.as_bytes());
            }
        }
    }
}

fn timer(tape: &mut Dissection, timer: Timer) {
    tape.note_number(&fields::TIMER, timer.kind as u64 + 1);
    tape.note_number(&fields::COUNTDOWN, timer.rings_in.as_millis() as u64);
    if timer.repeats > 0 {
        tape.note_number(&fields::RETRIES, u64::from(timer.repeats));
    }
}

fn details(tape: &mut Dissection, socket: &Socket) {
    let Some(details) = &socket.details else { return };
    if !details.congestion.is_empty() {
        tape.note_made(&fields::CONGESTION, details.congestion.as_bytes());
    }
    for (field, span) in [(&fields::RTT, details.round_trip), (&fields::RTO, details.retransmission_timeout)] {
        if let Some(span) = span {
            tape.note_number(field, span.as_micros() as u64);
        }
    }
    let counts = [
        (&fields::CWND, details.congestion_window),
        (&fields::MSS, details.mss),
        (&fields::RETRANSMITTED, details.retransmitted),
    ];
    for (field, number) in counts {
        if let Some(number) = number {
            tape.note_number(field, u64::from(number));
        }
    }
}
