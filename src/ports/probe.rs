//! Asking the kernel by trying. A port is free when `bind` says so: every table is a moment old, and none tells
//! who may bind what.

use std::io;
use std::net::SocketAddr;

use super::Protocol;

/// One way to ask for a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// TCP is bound and made to listen, UDP only bound.
    pub protocol: Protocol,
    /// Where.
    pub address: SocketAddr,
    /// With `SO_REUSEADDR`, as servers ask that may be started again at once.
    pub reuse: bool,
    /// An IPv6 socket that leaves IPv4 alone.
    pub v6_only: bool,
}

/// Who can be asked for a port. Tests answer in its place.
pub trait Probe {
    /// Takes the port and gives it back at once.
    ///
    /// # Errors
    /// What the system answers: `AddrInUse`, `PermissionDenied`, `AddrNotAvailable`, …
    fn bind(&mut self, attempt: &Attempt) -> io::Result<()>;
}

/// The kernel of this machine.
pub struct Kernel;

impl Probe for Kernel {
    #[cfg(target_os = "linux")]
    fn bind(&mut self, attempt: &Attempt) -> io::Result<()> {
        use std::os::fd::AsRawFd;

        use nix::sys::socket::{self, AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, sockopt};

        let family = if attempt.address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
        let kind = match attempt.protocol {
            Protocol::Tcp => SockType::Stream,
            Protocol::Udp => SockType::Datagram,
        };
        let fd = socket::socket(family, kind, SockFlag::SOCK_CLOEXEC, None)?;
        if attempt.reuse {
            socket::setsockopt(&fd, sockopt::ReuseAddr, &true)?;
        }
        if attempt.address.is_ipv6() {
            socket::setsockopt(&fd, sockopt::Ipv6V6Only, &attempt.v6_only)?;
        }
        socket::bind(fd.as_raw_fd(), &SockaddrStorage::from(attempt.address))?;
        if attempt.protocol == Protocol::Tcp {
            // Two that share a port by SO_REUSEADDR find out only here that one of them listens.
            socket::listen(&fd, Backlog::new(1)?)?;
        }
        Ok(())
    }

    /// The standard library decides about `SO_REUSEADDR`: on UNIX it sets it.
    #[cfg(not(target_os = "linux"))]
    fn bind(&mut self, attempt: &Attempt) -> io::Result<()> {
        match attempt.protocol {
            Protocol::Tcp => std::net::TcpListener::bind(attempt.address).map(drop),
            Protocol::Udp => std::net::UdpSocket::bind(attempt.address).map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    fn attempt(protocol: Protocol, address: SocketAddr, reuse: bool) -> Attempt {
        Attempt { protocol, address, reuse, v6_only: false }
    }

    #[test]
    fn a_port_is_in_use_while_somebody_listens_and_free_afterwards() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        for reuse in [true, false] {
            let answer = Kernel.bind(&attempt(Protocol::Tcp, address, reuse));
            assert_eq!(answer.map_err(|e| e.kind()), Err(io::ErrorKind::AddrInUse));
        }
        drop(listener);
        assert!(Kernel.bind(&attempt(Protocol::Tcp, address, false)).is_ok());
        assert!(Kernel.bind(&attempt(Protocol::Tcp, address, false)).is_ok(), "it was given back");
    }

    #[test]
    fn the_same_number_in_the_other_protocol_is_another_room() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("an address");
        let answer = Kernel.bind(&attempt(Protocol::Udp, address, false));
        assert_eq!(answer.map_err(|e| e.kind()), Err(io::ErrorKind::AddrInUse));
    }

    #[test]
    fn an_address_of_another_machine_is_not_available() {
        let address = "192.0.2.77:0".parse().expect("an address");
        let answer = Kernel.bind(&attempt(Protocol::Tcp, address, true));
        assert_eq!(answer.map_err(|e| e.kind()), Err(io::ErrorKind::AddrNotAvailable));
    }
}
