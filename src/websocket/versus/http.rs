//! HTTP/1.1 from the client's side as far as our own server needs it: RFC 9112, one request after the other on a
//! connection that stays open. Not here: a client for strangers.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::headers::{Asker, request};
use crate::websocket::Witness;

/// Bytes of a head, of a line of a chunk, and of a body.
const MOST: usize = 1 << 20;
/// Bytes of one read.
const READ: usize = 16 * 1024;

/// A connection to the server.
pub(super) struct Http {
    stream: Witness<TcpStream>,
    host: String,
    buffer: Vec<u8>,
}

/// What an answer says before its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    length: usize,
    chunked: bool,
}

/// The other side did something else than our own server does.
pub(super) fn strange(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

impl Http {
    pub(super) fn new(stream: Witness<TcpStream>, host: String) -> Self {
        Http { stream, host, buffer: Vec::new() }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Sends a request, all at once.
    pub(super) async fn ask(&mut self, asker: Asker, target: &str, body: &[u8]) -> io::Result<()> {
        let mut bytes = request(asker, target, &self.host, body.len()).into_bytes();
        bytes.extend_from_slice(body);
        self.write(&bytes).await
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// More bytes; gives all that wait.
    pub(super) async fn more(&mut self) -> io::Result<&mut Vec<u8>> {
        if self.buffer.len() > MOST {
            return Err(strange("an answer is too long"));
        }
        // One write of the server's is one read of ours.
        self.buffer.reserve(READ);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(&mut self.buffer),
        }
    }

    /// What has come and was not read yet.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    pub(super) async fn head(&mut self) -> io::Result<Head> {
        loop {
            if let Some((head, size)) = parse(&self.buffer)? {
                self.buffer.drain(..size);
                return Ok(head);
            }
            self.more().await?;
        }
    }

    /// An answer whole: its status, and what it carries.
    pub(super) async fn answer(&mut self) -> io::Result<(u16, Vec<u8>)> {
        let head = self.head().await?;
        if head.chunked {
            return Err(strange("this answer should have a length"));
        }
        Ok((head.status, self.exactly(head.length).await?))
    }

    /// The next piece of an answer that comes in pieces (RFC 9112 §7.1); `None` at its end.
    pub(super) async fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            match httparse::parse_chunk_size(&self.buffer) {
                Ok(httparse::Status::Complete((size, length))) => {
                    self.buffer.drain(..size);
                    let length = usize::try_from(length).ok().filter(|length| *length <= MOST);
                    let length = length.ok_or_else(|| strange("a piece is too long"))?;
                    let mut piece = self.exactly(length + 2).await?;
                    piece.truncate(length);
                    return Ok((length > 0).then_some(piece));
                }
                Ok(httparse::Status::Partial) => {
                    self.more().await?;
                }
                Err(_) => return Err(strange("a piece has no length")),
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        let rest = self.buffer.split_off(length);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }
}

/// The head and its size, once it is whole.
fn parse(bytes: &[u8]) -> io::Result<Option<(Head, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut answer = httparse::Response::new(&mut headers);
    let Ok(parsed) = answer.parse(bytes) else { return Err(strange("an answer is no HTTP")) };
    let httparse::Status::Complete(size) = parsed else { return Ok(None) };
    let value = |name: &str| {
        let found = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.and_then(|header| std::str::from_utf8(header.value).ok())
    };
    let length = value("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let chunked = value("transfer-encoding") == Some("chunked");
    Ok(Some((Head { status: answer.code.unwrap_or(0), length, chunked }, size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        assert!(matches!(parse(b"HTTP/1.1 200 OK\r\ncontent-le"), Ok(None)));
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nmessage";
        assert_eq!(parse(whole).expect("HTTP"), Some((Head { status: 200, length: 7, chunked: false }, 38)));
        assert!(parse(b"\x81\x05Hello").is_err());
    }
}
