//! A session over a WebSocket: the upgrade of HTTP, and one packet a message. Engine.IO protocol §WebSocket.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::upgrade::Upgraded;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Failure;
use super::http::{Web, refused};
use crate::socket_io::engine::{Data, Packet};
use crate::socket_io::told::Event;
use crate::websocket::{Endpoint, Incoming, Limits, Role};

/// Bytes of a message.
const MOST: usize = 16 << 20;

/// A WebSocket to the server.
pub(super) struct Socket {
    stream: TokioIo<Upgraded>,
    end: Endpoint,
    buffer: Vec<u8>,
}

impl Socket {
    /// Asks for one.
    pub(super) async fn open(web: &Web, target: &str) -> Result<Self, Failure> {
        let broke = |_| Failure::new("the connection broke before a WebSocket began", "the server's log may say why");
        let witness = web.open("for the WebSocket").await?;
        let (mut sender, connection) = handshake(TokioIo::new(witness)).await.map_err(broke)?;
        tokio::spawn(connection.with_upgrades());
        let key = data_encoding::BASE64.encode(&rand::random::<[u8; 16]>());
        let request = Request::builder()
            .uri(target)
            .header(header::HOST, web.url.authority())
            .header(header::UPGRADE, "websocket")
            .header(header::CONNECTION, "Upgrade")
            .header(header::SEC_WEBSOCKET_KEY, &key)
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .body(Empty::<Bytes>::new())
            .map_err(|_| Failure::new("this address cannot be asked for", "look at its path"))?;
        let number = web.ask(format!("GET {target}, upgrade to a WebSocket, please"));
        let begun = std::time::Instant::now();
        let answer = sender.send_request(request).await.map_err(broke)?;
        let status = answer.status().as_u16();
        web.tell(Event::Answered(number, status, 0, begun.elapsed()));
        if status != 101 {
            return Err(refused(status, ""));
        }
        let accept = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT).map(header::HeaderValue::as_bytes);
        if accept != Some(tungstenite::handshake::derive_accept_key(key.as_bytes()).as_bytes()) {
            let hint = "`layercake ws trace` shows the handshake line by line";
            return Err(Failure::new("the server's Sec-WebSocket-Accept is wrong (RFC 6455 §4.1)", hint));
        }
        let stream = TokioIo::new(hyper::upgrade::on(answer).await.map_err(broke)?);
        let end = Endpoint::new(Role::Client, Limits { message: MOST, frame: MOST }, None);
        Ok(Socket { stream, end, buffer: vec![0; 16 * 1024] })
    }

    /// Sends packets.
    pub(super) async fn send(&mut self, packets: &[Packet]) -> Result<(), Failure> {
        for packet in packets {
            match packet {
                Packet::Message(Data::Binary(bytes)) => self.end.binary(bytes),
                other => self.end.text(&other.write()),
            }
        }
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        let bytes = std::mem::take(self.end.outbox());
        let sent = match self.stream.write_all(&bytes).await {
            Ok(()) => self.stream.flush().await,
            error => error,
        };
        sent.map_err(|_| Failure::new("the WebSocket broke", "the server's log may say why"))
    }

    /// The next packet; `None` when the server said goodbye or hung up. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Result<Option<Packet>, Failure> {
        let wrong = |what: &str| Failure::new(format!("the server broke a rule: {what}"), "is this Socket.IO?");
        loop {
            match self.end.next().map_err(|broken| wrong(broken.what))? {
                Some(Incoming::Text(text)) => return Packet::read(&text).map(Some).map_err(|e| wrong(&e.to_string())),
                Some(Incoming::Binary(bytes)) => return Ok(Some(Packet::Message(Data::Binary(bytes)))),
                Some(Incoming::Ping(bytes)) => {
                    self.end.pong(&bytes);
                    self.flush().await?;
                }
                Some(Incoming::Close(_)) => return Ok(None),
                Some(Incoming::Pong(_)) => {}
                None => match self.stream.read(&mut self.buffer).await {
                    Ok(0) | Err(_) => return Ok(None),
                    Ok(length) => self.end.receive(&self.buffer[..length]),
                },
            }
        }
    }

    /// Says goodbye.
    pub(super) async fn close(mut self) {
        self.end.close(Some(1000), "");
        let _ = self.flush().await;
        let heard = async { while let Ok(Some(_)) = self.next().await {} };
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), heard).await;
        let _ = self.stream.shutdown().await;
    }
}
