//! One socket with a partner: reading, sending and shutting it, each call told as it was made.

use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpStream, UdpSocket};

use super::voice::Voice;
use super::{Call, Outcome};

/// Room for so many bytes a `recv()`.
pub(super) const ROOM: usize = 16 * 1024;

/// How often a UDP client looks for errors.
const LOOKS: Duration = Duration::from_millis(50);

/// A connection of TCP, or a UDP socket that has chosen its partner.
pub(super) enum Line {
    Tcp(TcpStream),
    Udp(UdpSocket),
}

impl Line {
    pub(super) fn ends(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        match self {
            Line::Tcp(stream) => (stream.local_addr().ok(), stream.peer_addr().ok()),
            Line::Udp(socket) => (socket.local_addr().ok(), socket.peer_addr().ok()),
        }
    }

    async fn readable(&self) -> io::Result<()> {
        match self {
            Line::Tcp(stream) => stream.readable().await,
            // What ICMP says about an earlier datagram is an error without a datagram, which wakes no reader.
            Line::Udp(socket) => tokio::time::timeout(LOOKS, socket.readable()).await.unwrap_or(Ok(())),
        }
    }

    async fn writable(&self) -> io::Result<()> {
        match self {
            Line::Tcp(stream) => stream.writable().await,
            Line::Udp(socket) => socket.writable().await,
        }
    }

    fn try_receive(&self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Line::Tcp(stream) => stream.try_read(room),
            Line::Udp(socket) => match (&*SockRef::from(socket)).read(room) {
                // Asked again by way of tokio, which then waits for the next datagram.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => socket.try_recv(room),
                answer => answer,
            },
        }
    }

    fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Line::Tcp(stream) => stream.try_write(bytes),
            Line::Udp(socket) => socket.try_send(bytes),
        }
    }

    /// One `recv()`; `None` is the end of a stream. An empty datagram is a message.
    pub(super) async fn receive(&self, voice: &Voice, room: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            let ready = self.readable().await;
            let began = voice.began();
            match ready.and_then(|()| self.try_receive(room)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    voice.refused(Call::Receive(room.len()), &error, began);
                    return Err(error);
                }
                Ok(0) if matches!(self, Line::Tcp(_)) => {
                    voice.call(Call::Receive(room.len()), Outcome::End, began);
                    return Ok(None);
                }
                Ok(length) => {
                    voice.received(room.get(..length).unwrap_or_default(), began);
                    return Ok(Some(length));
                }
            }
        }
    }

    /// As many `send()` as the kernel needs to take all of it; for UDP one.
    pub(super) async fn send(&self, voice: &Voice, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        loop {
            // Only then a refusal is the kernel's, and not tokio's that has not looked yet.
            self.writable().await?;
            let began = voice.began();
            match self.try_send(rest) {
                Ok(taken) => {
                    voice.sent(rest, taken, began);
                    rest = rest.get(taken..).unwrap_or_default();
                    if rest.is_empty() || matches!(self, Line::Udp(_)) {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => voice.waits(rest, &error, began),
                Err(error) => {
                    voice.refused(voice.send(rest), &error, began);
                    return Err(error);
                }
            }
        }
    }

    /// `shutdown(SHUT_WR)`. A datagram socket has nothing to finish.
    pub(super) fn shut_down(&self, voice: &Voice) {
        let Line::Tcp(stream) = self else { return };
        let began = voice.began();
        match SockRef::from(stream).shutdown(Shutdown::Write) {
            Ok(()) => voice.call(Call::Shutdown, Outcome::Done, began),
            Err(error) => voice.refused(Call::Shutdown, &error, began),
        }
    }
}
