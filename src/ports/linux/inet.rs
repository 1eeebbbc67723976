//! TCP and UDP sockets as `sock_diag` tells them (`linux/inet_diag.h`).
//! Not here: TCP's own numbers (`info`), who holds them (`owners`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::info;
use super::netlink::{attributes, u16_of, u32_of};
use crate::ports::{Protocol, Socket, State, Timer, TimerKind};

/// `AF_INET` and `AF_INET6`.
pub const FAMILIES: [u8; 2] = [2, 10];
/// Bits 1 to 13: every state. Kernels before 6.8 know no `BOUND_INACTIVE` and pass over its bit.
const ALL_STATES: u32 = 0x3ffe;
/// Attributes that cost something are wanted by a bit each, number − 1.
const WANT_DETAILS: u8 = 1 << (info::INFO - 1) | 1 << (info::CONGESTION - 1) | 1 << (info::MEMORY - 1);
/// Comes unasked for IPv6 sockets that listen or are closed.
const V6_ONLY: u16 = 11;
/// Length of `struct inet_diag_msg`.
const FIXED: usize = 72;

/// `struct inet_diag_req_v2`.
pub fn question(family: u8, protocol: Protocol, details: bool) -> [u8; 56] {
    let mut bytes = [0; 56];
    bytes[0] = family;
    bytes[1] = match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
    };
    bytes[2] = if details { WANT_DETAILS } else { 0 };
    bytes[4..8].copy_from_slice(&ALL_STATES.to_ne_bytes());
    bytes
}

/// `struct inet_diag_req`: TCP of both families at once.
pub fn question_all_tcp(details: bool) -> [u8; 60] {
    let mut bytes = [0; 60];
    bytes[3] = if details { WANT_DETAILS } else { 0 };
    bytes[52..56].copy_from_slice(&ALL_STATES.to_ne_bytes());
    bytes
}

/// One answer; `None` where it makes no sense.
pub fn read(body: &[u8], protocol: Protocol, details: bool) -> Option<Socket> {
    let (fixed, rest) = body.split_first_chunk::<FIXED>()?;
    let local = end(fixed, 4, 8)?;
    let state = state(fixed[1], protocol, local.port())?;
    let mut socket = Socket::new(protocol, state, local, partner(end(fixed, 6, 24)?));
    socket.interface = u32_of(fixed, 40);
    socket.cookie = u64::from(u32_of(fixed, 44)) | u64::from(u32_of(fixed, 48)) << 32;
    socket.timer = timer(fixed[2], fixed[3], u64::from(u32_of(fixed, 52)));
    socket.receive_queue = u32_of(fixed, 56);
    socket.send_queue = u32_of(fixed, 60);
    socket.uid = Some(u32_of(fixed, 64));
    socket.inode = u64::from(u32_of(fixed, 68));
    if local.is_ipv6() || details {
        for (kind, value) in attributes(rest) {
            if kind == V6_ONLY {
                socket.v6_only = value.first().map(|v| *v != 0);
            } else if details {
                info::read(kind, value, &mut socket.details);
            }
        }
    }
    Some(socket)
}

/// A closed TCP socket is only told of where it is bound: older kernels leave such out.
pub fn state(number: u8, protocol: Protocol, port: u16) -> Option<State> {
    Some(match State::numbered(number)? {
        State::Closed if protocol == Protocol::Tcp && port != 0 => State::BoundInactive,
        other => other,
    })
}

/// Nobody at port 0 of no address is nobody.
pub fn partner(end: SocketAddr) -> Option<SocketAddr> {
    (end.port() != 0 || !end.ip().is_unspecified()).then_some(end)
}

/// The clock with this number, which rings in so many milliseconds.
pub fn timer(number: u8, repeats: u8, milliseconds: u64) -> Option<Timer> {
    let kind = match number {
        1 => TimerKind::Retransmit,
        2 => TimerKind::KeepAlive,
        3 => TimerKind::TimeWait,
        4 => TimerKind::Probe,
        _ => return None,
    };
    Some(Timer { kind, rings_in: Duration::from_millis(milliseconds), repeats })
}

/// Port and address lie in network order, wherever the machine's own points to.
fn end(fixed: &[u8; FIXED], port: usize, address: usize) -> Option<SocketAddr> {
    let bytes = fixed.get(address..)?.first_chunk::<16>()?;
    let address: IpAddr = match fixed[0] {
        2 => Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]).into(),
        10 => Ipv6Addr::from(*bytes).into(),
        _ => return None,
    };
    Some(SocketAddr::new(address, u16::from_be(u16_of(fixed, port))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 127.0.0.1:3000 ← 127.0.0.1:40000, with a cookie, queues 5 and 6, uid 1000, inode 4242.
    pub fn answer(state: u8, timer: u8) -> Vec<u8> {
        let mut bytes = vec![2, state, timer, 1];
        bytes.extend(3000u16.to_be_bytes());
        bytes.extend(40000u16.to_be_bytes());
        bytes.extend([127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for word in [2u32, 0x11, 0x22, 1500, 5, 6, 1000, 4242] {
            bytes.extend(word.to_ne_bytes());
        }
        bytes
    }

    #[test]
    fn every_word_of_an_answer_finds_its_place() {
        let socket = read(&answer(6, 3), Protocol::Tcp, false).expect("a socket");
        assert_eq!(socket.state, State::TimeWait);
        assert_eq!(socket.local, "127.0.0.1:3000".parse().expect("an address"));
        assert_eq!(socket.remote, Some("127.0.0.1:40000".parse().expect("an address")));
        assert_eq!((socket.interface, socket.cookie), (2, 0x22_0000_0011));
        let timer = Timer { kind: TimerKind::TimeWait, rings_in: Duration::from_millis(1500), repeats: 1 };
        assert_eq!(socket.timer, Some(timer));
        assert_eq!((socket.receive_queue, socket.send_queue), (5, 6));
        assert_eq!((socket.uid, socket.inode), (Some(1000), 4242));
    }

    #[test]
    fn a_closed_tcp_socket_with_a_port_is_bound_and_a_closed_udp_socket_is_open_to_all() {
        assert_eq!(read(&answer(7, 0), Protocol::Tcp, false).map(|s| s.state), Some(State::BoundInactive));
        assert_eq!(read(&answer(7, 0), Protocol::Udp, false).map(|s| s.state), Some(State::Closed));
    }

    #[test]
    fn an_ipv6_listener_says_whether_it_answers_ipv4_and_has_no_partner() {
        let mut bytes = answer(10, 0);
        bytes[0] = 10;
        bytes[6..40].fill(0);
        bytes.extend([5u16.to_ne_bytes(), 11u16.to_ne_bytes()].concat());
        bytes.extend([0, 0, 0, 0]);
        let socket = read(&bytes, Protocol::Tcp, false).expect("a socket");
        assert_eq!((socket.local, socket.remote), ("[::]:3000".parse().expect("an address"), None));
        assert!(socket.answers_ipv4_too());
    }

    #[test]
    fn short_and_senseless_answers_are_refused() {
        let whole = answer(1, 0);
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length], Protocol::Tcp, true), None);
        }
        assert_eq!(read(&answer(0, 0), Protocol::Tcp, false), None);
        assert_eq!(read(&answer(200, 0), Protocol::Tcp, false), None);
        let mut strange = answer(1, 0);
        strange[0] = 16;
        assert_eq!(read(&strange, Protocol::Tcp, false), None);
    }

    #[test]
    fn the_question_names_family_protocol_states_and_wishes() {
        let bytes = question(10, Protocol::Udp, true);
        assert_eq!(bytes[..4], [10, 17, 0b0100_1010, 0]);
        assert_eq!(bytes[4..8], 0x3ffeu32.to_ne_bytes());
        assert!(bytes[8..].iter().all(|b| *b == 0));
    }
}
