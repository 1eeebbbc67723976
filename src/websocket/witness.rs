//! A connection whose bytes are reported as they cross: what a program really read and wrote, byte for byte, to the same
//! dissector that reads captures. Nobody who reads or writes waits for whoever looks.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::source::seen::{Reporter, What};

/// Bytes that are kept back at most.
const MOST_HELD: usize = 256 * 1024;
/// Numbers of connections, over all reporters of the process.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Where one end of a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// We are the client: what we write goes to the server.
    Client,
    /// We are the server.
    Server,
}

/// A stream that tells what crosses it.
#[derive(Debug)]
pub struct Witness<S> {
    inner: S,
    reporter: Reporter,
    connection: u64,
    side: Side,
    /// Bytes to the server and from it that found no room in the queue.
    skipped: [u64; 2],
    ended: [bool; 2],
    /// What crossed while nothing was to be reported yet, and when.
    held: Option<Vec<(SystemTime, bool, Vec<u8>)>>,
    holding: usize,
}

/// The number of the next connection, for who reports without a witness.
pub(super) fn number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl<S> Witness<S> {
    /// Reports that the connection is open. `local` is our end of it.
    pub fn new(inner: S, reporter: Reporter, side: Side, local: SocketAddr, remote: SocketAddr) -> Self {
        let connection = number();
        let (client, server) = if side == Side::Client { (local, remote) } else { (remote, local) };
        reporter.report(connection, What::Opened { client, server });
        Witness { inner, reporter, connection, side, skipped: [0; 2], ended: [false; 2], held: None, holding: 0 }
    }

    /// What it is wrapped around.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Its number, for whoever reports more about it.
    pub fn connection(&self) -> u64 {
        self.connection
    }

    /// From now on what crosses is kept, with its time, until [`release`](Self::release): during a TLS handshake, so
    /// that nobody reads its packets before their keys are known.
    pub fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Reports what was kept, and all that follows at once.
    pub fn release(&mut self) {
        for (time, to_server, bytes) in self.held.take().unwrap_or_default() {
            self.tell(time, to_server, &bytes);
        }
    }

    fn crossed(&mut self, to_server: bool, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let now = SystemTime::now();
        if let Some(held) = &mut self.held {
            held.push((now, to_server, bytes.to_vec()));
            self.holding += bytes.len();
            if self.holding > MOST_HELD {
                self.release();
            }
        } else {
            self.tell(now, to_server, bytes);
        }
    }

    fn tell(&mut self, time: SystemTime, to_server: bool, bytes: &[u8]) {
        let at = usize::from(!to_server);
        if self.skipped[at] > 0 {
            let what = What::Skipped { to_server, bytes: self.skipped[at] };
            if !self.reporter.report(self.connection, what) {
                self.skipped[at] += bytes.len() as u64;
                return;
            }
            self.skipped[at] = 0;
        }
        self.skipped[at] += self.reporter.bytes_at(time, self.connection, to_server, bytes);
    }

    fn end(&mut self, by_client: bool) {
        self.release();
        let at = usize::from(!by_client);
        if !std::mem::replace(&mut self.ended[at], true) {
            self.reporter.report(self.connection, What::Ended { by_client });
        }
    }

    fn is_client(&self) -> bool {
        self.side == Side::Client
    }

    fn broke(&mut self, error: &io::Error) {
        let reset = matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe);
        self.release();
        if reset && self.ended != [true; 2] {
            self.ended = [true; 2];
            self.reporter.report(self.connection, What::Reset { by_client: !self.is_client() });
        }
    }
}

impl<S> Drop for Witness<S> {
    fn drop(&mut self) {
        // Whoever drops a socket says FIN by it.
        self.end(self.is_client());
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Witness<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.inner).poll_read(cx, buffer));
        let to_server = !self.is_client();
        match &read {
            Ok(()) if buffer.filled().len() == before && buffer.remaining() > 0 => self.end(to_server),
            Ok(()) => {
                let filled = buffer.filled();
                self.crossed(to_server, &filled[before..]);
            }
            Err(error) => self.broke(error),
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Witness<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes));
        let to_server = self.is_client();
        match &written {
            Ok(taken) => self.crossed(to_server, &bytes[..*taken]),
            Err(error) => self.broke(error),
        }
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = ready!(Pin::new(&mut self.inner).poll_shutdown(cx));
        let client = self.is_client();
        self.end(client);
        Poll::Ready(done)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::source::{Event, Source, seen};

    #[test]
    fn what_crosses_is_seen_in_both_directions_and_both_ends() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (reporter, mut source) = seen::channel();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("bound");
            let (client, accepted) = tokio::join!(tokio::net::TcpStream::connect(address), listener.accept());
            let (client, (mut server, _)) = (client.expect("connected"), accepted.expect("accepted"));
            let local = client.local_addr().expect("connected");
            let mut witness = Witness::new(client, reporter, Side::Client, local, address);
            witness.write_all(b"hello").await.expect("written");
            server.write_all(b"world").await.expect("written");
            drop(server);
            let mut heard = Vec::new();
            let _ = witness.read_to_end(&mut heard).await;
        });
        let mut payloads = Vec::new();
        while let Ok(Event::Packet(packet)) = source.next() {
            payloads.push(String::from_utf8_lossy(&packet.bytes[40..]).into_owned());
        }
        assert_eq!(payloads[..5], ["", "", "", "hello", "world"], "after the handshake");
        assert!(payloads.len() > 5, "ends are seen, too: {payloads:?}");
    }
}
