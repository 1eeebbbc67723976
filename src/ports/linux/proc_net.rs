//! The kernel's sockets as text: `/proc/net/tcp` and its siblings (`man 5 proc_net`), for where netlink is refused.
//! A line that makes no sense is passed over: names of UNIX sockets may hold any byte, line ends too.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use super::inet;
use super::unix::kind;
use crate::ports::socket::Unix;
use crate::ports::{Protocol, Socket, State};

/// The kernel counts a second in so many ticks towards programs, on every machine that is built today.
const TICK_MILLISECONDS: u64 = 10;
/// `__SO_ACCEPTCON`: it listens.
const ACCEPTS: u32 = 1 << 16;

/// TCP or UDP sockets of one such file.
pub fn inet(path: &Path, protocol: Protocol) -> io::Result<Vec<Socket>> {
    let text = std::fs::read(path)?;
    Ok(text.split(|b| *b == b'\n').filter_map(|line| inet_line(std::str::from_utf8(line).ok()?, protocol)).collect())
}

/// The sockets of `/proc/net/unix`.
pub fn unix(path: &Path) -> io::Result<Vec<Unix>> {
    let text = std::fs::read(path)?;
    Ok(text.split(|b| *b == b'\n').filter_map(unix_line).collect())
}

fn inet_line(line: &str, protocol: Protocol) -> Option<Socket> {
    let mut words = line.split_ascii_whitespace();
    words.next()?.strip_suffix(':')?;
    let local = end(words.next()?)?;
    let remote = inet::partner(end(words.next()?)?);
    let state = inet::state(u8::try_from(hex(words.next()?)?).ok()?, protocol, local.port())?;
    let mut socket = Socket::new(protocol, state, local, remote);
    let (send, receive) = words.next()?.split_once(':')?;
    (socket.send_queue, socket.receive_queue) = (hex(send)?, hex(receive)?);
    let (timer, rings) = words.next()?.split_once(':')?;
    let milliseconds = u64::from(hex(rings)?) * TICK_MILLISECONDS;
    let repeats = hex(words.next()?)?.min(255) as u8;
    socket.timer = inet::timer(u8::try_from(hex(timer)?).ok()?, repeats, milliseconds);
    socket.uid = Some(words.next()?.parse().ok()?);
    socket.inode = words.nth(1)?.parse().ok()?;
    Some(socket)
}

/// `0100007F:0BB8`: the address as the machine's own numbers, the port as a number.
fn end(word: &str) -> Option<SocketAddr> {
    let (address, port) = word.split_once(':')?;
    let port = u16::try_from(hex(port)?).ok()?;
    let mut bytes = [0; 16];
    let address: IpAddr = match address.len() {
        8 => Ipv4Addr::from(hex(address)?.to_ne_bytes()).into(),
        32 => {
            for (at, chunk) in bytes.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&hex(address.get(at * 8..at * 8 + 8)?)?.to_ne_bytes());
            }
            Ipv6Addr::from(bytes).into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

fn hex(word: &str) -> Option<u32> {
    u32::from_str_radix(word, 16).ok()
}

fn unix_line(line: &[u8]) -> Option<Unix> {
    let (mut words, mut rest) = ([""; 7], line);
    for word in &mut words {
        rest = rest.trim_ascii_start();
        let length = rest.iter().position(|b| *b == b' ').unwrap_or(rest.len());
        let (taken, after) = rest.split_at_checked(length)?;
        (*word, rest) = (std::str::from_utf8(taken).ok()?, after);
    }
    let [_, _, _, flags, number, state, inode] = words;
    let mut path = rest.strip_prefix(b" ").unwrap_or_default().to_vec();
    // An abstract name begins with a NUL byte, for which the kernel writes '@'.
    if let Some(first) = path.first_mut().filter(|b| **b == b'@') {
        *first = 0;
    }
    Some(Unix {
        kind: kind(u16::try_from(hex(number)?).ok()?)?,
        state: match hex(state)? {
            _ if hex(flags)? & ACCEPTS != 0 => State::Listen,
            3 => State::Established,
            _ => State::Closed,
        },
        path,
        inode: inode.parse().ok()?,
        peer: 0,
        receive_queue: 0,
        send_queue: 0,
        owners: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ports::{Timer, TimerKind};

    fn tcp(line: &str) -> Option<Socket> {
        inet_line(line, Protocol::Tcp)
    }

    #[test]
    fn a_listener_on_this_machine_only_is_read() {
        let line =
            "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 4242 1 0";
        let socket = tcp(line).expect("a socket");
        if cfg!(target_endian = "little") {
            assert_eq!(socket.local, "127.0.0.1:3000".parse().expect("an address"));
        }
        assert_eq!((socket.state, socket.remote, socket.receive_queue), (State::Listen, None, 2));
        assert_eq!((socket.uid, socket.inode, socket.timer), (Some(1000), 4242, None));
    }

    #[test]
    fn a_time_wait_over_ipv6_tells_how_long_it_rests() {
        let line = "  12: 00000000000000000000000001000000:0BB8 00000000000000000000000001000000:9C40 06 \
                    00000000:00000000 03:000000FA 00000000     0        0 0 3 0";
        let socket = tcp(line).expect("a socket");
        if cfg!(target_endian = "little") {
            assert_eq!(socket.local, "[::1]:3000".parse().expect("an address"));
        }
        assert_eq!(socket.state, State::TimeWait);
        let timer = Timer { kind: TimerKind::TimeWait, rings_in: Duration::from_millis(2500), repeats: 0 };
        assert_eq!(socket.timer, Some(timer));
    }

    #[test]
    fn heads_and_hostile_lines_are_passed_over() {
        let hostile = [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "",
            "0:",
            "0: 0100007F:0BB8",
            "0: 0100007F:1FFFF 00000000:0000 0A 0:0 0:0 0 0 0 1",
            "0: é0100007:0BB8 00000000:0000 0A 0:0 0:0 0 0 0 1",
            "0: 0000000000000000000000000100000é:0BB8 00000000:0000 0A 0:0 0:0 0 0 0 1",
            "0: 0100007F:0BB8 00000000:0000 FF 0:0 0:0 0 0 0 1",
            "0: 0100007F:0BB8 00000000:0000 0A 0:0 0:0 0 0 0 99999999999999999999999",
        ];
        for line in hostile {
            assert_eq!(tcp(line), None, "{line}");
        }
        assert!(tcp("0: 0100007F:0BB8 00000000:0000 0A 0:0 0:FFFFFFFF FFFFFFFF 0 0 1").is_some());
    }

    #[test]
    fn unix_sockets_keep_their_names_whatever_bytes_they_hold() {
        let line = b"0000000000000000: 00000002 00000000 00010000 0001 01 4242 /run/a b\xff.sock";
        let socket = unix_line(line).expect("a socket");
        assert_eq!((socket.kind, socket.state, socket.inode), ("stream", State::Listen, 4242));
        assert_eq!(socket.path, b"/run/a b\xff.sock");
        let line = b"0000000000000000: 00000003 00000000 00000000 0002 03  7 @name";
        assert_eq!(
            unix_line(line).map(|s| (s.kind, s.state, s.path)),
            Some(("datagram", State::Established, b"\0name".to_vec()))
        );
        let line = b"0000000000000000: 00000003 00000000 00000000 0001 03 8";
        assert_eq!(unix_line(line).map(|s| s.path), Some(Vec::new()));
        for line in [
            &b"Num       RefCount Protocol Flags    Type St Inode Path"[..],
            b"",
            b" ",
            b"a b c d e f g",
            b"0: 1 0 0 9 1 1",
        ] {
            assert_eq!(unix_line(line), None);
        }
    }
}
