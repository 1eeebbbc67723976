//! An accepted connection, with whoever watches it: the dissector (`Witness`), and who else wants its bytes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::source::seen::Reporter;
use crate::websocket::{Side, Witness};

/// Hears every byte of every connection as it crosses. It must not take long.
pub trait Tee: Send + Sync {
    /// Whether a connection that opens now is of interest.
    fn wants(&self) -> bool {
        true
    }
    /// Bytes of connection `number` crossed, to the server or from it.
    fn crossed(&self, number: u64, to_server: bool, bytes: &[u8]);
    /// The connection is gone.
    fn gone(&self, number: u64);
}

/// A connection to a client.
pub struct Stream {
    inner: Inner,
    tee: Option<(u64, Arc<dyn Tee>)>,
}

enum Inner {
    Plain(TcpStream),
    Seen(Box<Witness<TcpStream>>),
}

impl Stream {
    pub(super) fn new(
        tcp: TcpStream,
        ends: (SocketAddr, SocketAddr),
        reporter: Option<&Reporter>,
        tee: Option<(u64, Arc<dyn Tee>)>,
    ) -> Self {
        let inner = match reporter {
            Some(reporter) => Inner::Seen(Box::new(Witness::new(tcp, reporter.clone(), Side::Server, ends.0, ends.1))),
            None => Inner::Plain(tcp),
        };
        Stream { inner, tee }
    }

    fn tell(&self, to_server: bool, bytes: &[u8]) {
        if let Some((number, tee)) = &self.tee
            && !bytes.is_empty()
        {
            tee.crossed(*number, to_server, bytes);
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some((number, tee)) = &self.tee {
            tee.gone(*number);
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Inner::Seen(witness) => Pin::new(witness).poll_read(cx, buffer),
        });
        self.tell(true, &buffer.filled()[before..]);
        Poll::Ready(read)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Inner::Seen(witness) => Pin::new(witness).poll_write(cx, bytes),
        });
        if let Ok(taken) = &written {
            self.tell(false, &bytes[..*taken]);
        }
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Inner::Seen(witness) => Pin::new(witness).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Inner::Seen(witness) => Pin::new(witness).poll_shutdown(cx),
        }
    }
}
