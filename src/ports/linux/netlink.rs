//! A conversation with the kernel over netlink: one request, many answers, an end (RFC 3549; `man 7 sock_diag`).
//! Not here: what the answers mean (`inet`, `unix`).

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};

/// `SOCK_DIAG_BY_FAMILY`: sockets of one family and protocol.
pub const BY_FAMILY: u16 = 20;
/// `TCPDIAG_GETSOCK`: TCP of both families. Older, but it spares a walk through the kernel's hash table.
pub const ALL_TCP: u16 = 18;
/// `NLM_F_REQUEST | NLM_F_DUMP`: all of them, please.
const REQUEST_DUMP: u16 = 0x301;
/// The table changed while it was read; what was told may not fit together.
const INTERRUPTED: u16 = 0x10;
/// How often an interrupted table is asked for again before it is taken as it is.
const ATTEMPTS: usize = 4;
/// The kernel fills at most 32 KiB of it at a time.
const BUFFER: usize = 64 << 10;
/// More rows than a machine has memory for: an endless answer ends here.
const MOST_ROWS: usize = 1 << 23;
/// Length of `struct nlmsghdr`.
pub const HEADER: usize = 16;

const ERROR: u16 = 2;
const DONE: u16 = 3;

/// An open line to the kernel.
pub struct Netlink {
    socket: OwnedFd,
    buffer: Box<[u8]>,
    sequence: u32,
}

/// What a piece of the answer asks its reader to do next.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    More,
    Done,
    Failed(i32),
}

impl Netlink {
    /// Opens it; needs no rights.
    pub fn open() -> io::Result<Netlink> {
        let kind = SockType::Raw;
        let socket = socket(AddressFamily::Netlink, kind, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkSockDiag)?;
        // Neither is vital: small buffers only cost more calls, and kernels that answer do so at once.
        let _ = setsockopt(&socket, sockopt::RcvBuf, &(1 << 20));
        let _ = setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::seconds(2));
        Ok(Netlink { socket, buffer: vec![0; BUFFER].into_boxed_slice(), sequence: 0 })
    }

    /// Asks for a table of this kind; `read` makes rows of the bodies of the answers and refuses what makes no sense.
    pub fn dump<T>(
        &mut self,
        kind: u16,
        question: &[u8],
        rows: &mut Vec<T>,
        mut read: impl FnMut(&[u8]) -> Option<T>,
    ) -> io::Result<()> {
        let before = rows.len();
        for _ in 0..ATTEMPTS {
            rows.truncate(before);
            if !self.once(kind, question, rows, &mut read)? {
                break;
            }
        }
        Ok(())
    }

    /// One attempt; says whether it was interrupted.
    fn once<T>(
        &mut self,
        kind: u16,
        question: &[u8],
        rows: &mut Vec<T>,
        read: &mut impl FnMut(&[u8]) -> Option<T>,
    ) -> io::Result<bool> {
        self.sequence = self.sequence.wrapping_add(1);
        let request = request(kind, question, self.sequence);
        sendto(self.socket.as_raw_fd(), &request, &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
        let mut interrupted = false;
        loop {
            let length = match recv(self.socket.as_raw_fd(), &mut self.buffer, MsgFlags::empty()) {
                Err(nix::errno::Errno::EINTR) => continue,
                other => other?,
            };
            let piece = self.buffer.get(..length).unwrap_or_default();
            if piece.is_empty() || rows.len() > MOST_ROWS {
                return Err(io::ErrorKind::InvalidData.into());
            }
            match messages(piece, (kind, self.sequence), &mut interrupted, |body| rows.extend(read(body))) {
                Step::More => {}
                Step::Done => return Ok(interrupted),
                Step::Failed(number) => return Err(io::Error::from_raw_os_error(number)),
            }
        }
    }
}

fn request(kind: u16, question: &[u8], sequence: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + question.len());
    bytes.extend_from_slice(&((HEADER + question.len()) as u32).to_ne_bytes());
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(&REQUEST_DUMP.to_ne_bytes());
    bytes.extend_from_slice(&sequence.to_ne_bytes());
    bytes.extend_from_slice(&0u32.to_ne_bytes());
    bytes.extend_from_slice(question);
    bytes
}

/// Walks the messages of one datagram. Late answers to an earlier question are passed over.
fn messages(mut piece: &[u8], asked: (u16, u32), interrupted: &mut bool, mut each: impl FnMut(&[u8])) -> Step {
    while let Some(header) = piece.first_chunk::<HEADER>() {
        let length = u32_of(header, 0) as usize;
        let Some(body) = piece.get(HEADER..length) else { break };
        let (kind, flags) = (u16_of(header, 4), u16_of(header, 6));
        if u32_of(header, 8) == asked.1 {
            *interrupted |= flags & INTERRUPTED != 0;
            match kind {
                // Both carry an error's number, negated; an end without one is a good end.
                DONE | ERROR => {
                    let code = body.first_chunk::<4>().map_or(0, |b| i32::from_ne_bytes(*b));
                    return if code == 0 { Step::Done } else { Step::Failed(code.saturating_neg()) };
                }
                kind if kind == asked.0 => each(body),
                _ => {}
            }
        }
        piece = piece.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Step::More
}

/// Two bytes of a part whose size is known, in this machine's order.
pub fn u16_of<const N: usize>(bytes: &[u8; N], at: usize) -> u16 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_ne_bytes(*b))
}

/// Four of them.
pub fn u32_of<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_ne_bytes(*b))
}

/// The attributes behind a fixed part: (kind, value), as far as they are whole.
pub fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let header = bytes.first_chunk::<4>()?;
        let length = usize::from(u16_of(header, 0));
        // The two top bits of a kind say "nested" and "network order".
        let kind = u16_of(header, 2) & 0x3fff;
        let value = bytes.get(4..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message with this kind, flags, sequence number and body.
    fn message(kind: u16, flags: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
        let mut bytes = request(kind, body, sequence);
        bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn walk(piece: &[u8]) -> (Step, bool, Vec<Vec<u8>>) {
        let (mut interrupted, mut bodies) = (false, Vec::new());
        let step = messages(piece, (20, 7), &mut interrupted, |body| bodies.push(body.to_vec()));
        (step, interrupted, bodies)
    }

    #[test]
    fn answers_are_read_until_the_end_is_said() {
        let piece = [message(20, 2, 7, b"one.."), message(20, 2, 7, b"two"), message(3, 2, 7, &[0; 4])].concat();
        assert_eq!(walk(&piece), (Step::Done, false, vec![b"one..".to_vec(), b"two".to_vec()]));
    }

    #[test]
    fn answers_to_an_earlier_question_are_passed_over() {
        let piece = [message(20, 2, 6, b"late"), message(3, 2, 6, &[0; 4]), message(20, 2, 7, b"mine")].concat();
        assert_eq!(walk(&piece), (Step::More, false, vec![b"mine".to_vec()]));
    }

    #[test]
    fn an_interrupted_table_and_a_refusal_are_noticed() {
        assert!(walk(&message(20, INTERRUPTED, 7, b"body")).1);
        assert_eq!(walk(&message(2, 0, 7, &(-2i32).to_ne_bytes())).0, Step::Failed(2));
        assert_eq!(walk(&message(2, 0, 7, &i32::MIN.to_ne_bytes())).0, Step::Failed(i32::MAX));
    }

    #[test]
    fn lengths_that_lie_end_the_walk() {
        for length in [0u32, 1, 15, 17, 4000, u32::MAX] {
            let mut piece = message(20, 0, 7, b"");
            piece[..4].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(walk(&piece), (Step::More, false, Vec::new()), "{length}");
        }
        assert_eq!(walk(&[16, 0, 0]).0, Step::More);
    }

    #[test]
    fn attributes_are_read_as_far_as_they_are_whole() {
        let u16s = |n: u16| n.to_ne_bytes();
        // Kind 11 with one byte and its padding, kind 4 flagged as nested with two, then one that claims too much.
        let bytes = [&u16s(5)[..], &u16s(11), &[1, 0, 0, 0], &u16s(6), &u16s(0x8004), b"hi\0\0", &u16s(9), &u16s(1)];
        let bytes = bytes.concat();
        let all: Vec<_> = attributes(&bytes).collect();
        assert_eq!(all, [(11, &[1u8][..]), (4, b"hi")]);
        assert_eq!(attributes(&[0, 0, 0, 0, 0, 0, 0, 0]).count(), 0);
    }
}
