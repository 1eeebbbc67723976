//! UNIX sockets as `sock_diag` tells them (`linux/unix_diag.h`).

use super::netlink::{attributes, u32_of};
use crate::ports::State;
use crate::ports::socket::Unix;

/// `UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN`.
const SHOW: u32 = 0x01 | 0x04 | 0x10;
/// Length of `struct unix_diag_msg`.
const FIXED: usize = 16;

const NAME: u16 = 0;
const PEER: u16 = 2;
const QUEUES: u16 = 4;

/// `struct unix_diag_req`.
pub fn question() -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[0] = 1; // AF_UNIX
    bytes[4..8].copy_from_slice(&u32::MAX.to_ne_bytes());
    bytes[12..16].copy_from_slice(&SHOW.to_ne_bytes());
    bytes
}

/// One answer; `None` where it makes no sense.
pub fn read(body: &[u8]) -> Option<Unix> {
    let (fixed, rest) = body.split_first_chunk::<FIXED>()?;
    let mut socket = Unix {
        kind: kind(u16::from(fixed[1]))?,
        state: State::numbered(fixed[2])?,
        path: Vec::new(),
        inode: u64::from(u32_of(fixed, 4)),
        peer: 0,
        receive_queue: 0,
        send_queue: 0,
        owners: Vec::new(),
    };
    for (kind, value) in attributes(rest) {
        let word = |at: usize| value.get(at..).and_then(|v| v.first_chunk()).map_or(0, |v| u32::from_ne_bytes(*v));
        match kind {
            // A path ends where the first NUL is, an abstract name begins with one.
            NAME if value.first() == Some(&0) => socket.path = value.to_vec(),
            NAME => socket.path = value.split(|b| *b == 0).next().unwrap_or_default().to_vec(),
            PEER => socket.peer = u64::from(word(0)),
            QUEUES => (socket.receive_queue, socket.send_queue) = (word(0), word(4)),
            _ => {}
        }
    }
    Some(socket)
}

/// The word for `SOCK_STREAM` and its siblings.
pub fn kind(number: u16) -> Option<&'static str> {
    match number {
        1 => Some("stream"),
        2 => Some("datagram"),
        5 => Some("seqpacket"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![1, 1, 10, 0];
        bytes.extend([77u32, 1, 0].map(u32::to_ne_bytes).concat());
        for (kind, value) in attributes {
            bytes.extend((value.len() as u16 + 4).to_ne_bytes());
            bytes.extend(kind.to_ne_bytes());
            bytes.extend(*value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }

    #[test]
    fn a_listening_socket_has_its_path_and_its_queues() {
        let queues = [2u32, 128].map(u32::to_ne_bytes).concat();
        let socket = read(&answer(&[(0, b"/run/x.sock\0"), (4, &queues)])).expect("a socket");
        assert_eq!((socket.kind, socket.state, socket.inode), ("stream", State::Listen, 77));
        assert_eq!((&socket.path[..], socket.receive_queue, socket.send_queue), (&b"/run/x.sock"[..], 2, 128));
    }

    #[test]
    fn an_abstract_name_keeps_its_nul_bytes_and_a_peer_its_number() {
        let socket = read(&answer(&[(0, b"\0a\0b"), (2, &9u32.to_ne_bytes())])).expect("a socket");
        assert_eq!((&socket.path[..], socket.peer), (&b"\0a\0b"[..], 9));
    }

    #[test]
    fn short_and_senseless_answers_are_refused() {
        let whole = answer(&[]);
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None);
        }
        let mut strange = whole;
        strange[1] = 9;
        assert_eq!(read(&strange), None);
        assert!(read(&answer(&[(2, &[1]), (4, &[])])).is_some());
    }
}
