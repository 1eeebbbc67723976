//! The server for all four ways: hyper speaks HTTP/1.1 with connections that stay open, we the rest.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming as Asked, SizeHint};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tungstenite::handshake::derive_accept_key;

use crate::websocket::{Endpoint, Incoming, Limits, Role};

type News = mpsc::Receiver<String>;

/// What all connections share.
#[derive(Default)]
struct Office {
    /// Whoever waits for news has taken them.
    news: Mutex<Option<News>>,
    /// Messages of the client.
    heard: AtomicU64,
    /// A connection that becomes a WebSocket.
    upgrade: Mutex<Option<OnUpgrade>>,
}

/// Serves until `closed` and until all connections have ended; gives the number of messages that were heard.
pub(super) async fn serve(listener: TcpListener, news: News, mut closed: mpsc::Receiver<()>) -> u64 {
    let office = Arc::new(Office { news: Mutex::new(Some(news)), ..Office::default() });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((tcp, _)) = accepted {
                let _ = tcp.set_nodelay(true);
                connections.spawn(connection(tcp, Arc::clone(&office)));
            },
            _ = closed.recv() => break,
        }
    }
    while connections.join_next().await.is_some() {}
    office.heard.load(Ordering::Relaxed)
}

async fn connection(tcp: TcpStream, office: Arc<Office>) {
    let service = service_fn(|request| answer(Arc::clone(&office), request));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(tcp), service).with_upgrades().await;
    let upgrade = office.upgrade.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(upgrade) = upgrade
        && let Ok(upgraded) = upgrade.await
        && let Some(news) = office.take()
    {
        let _ = talk(TokioIo::new(upgraded), news, &office).await;
    }
}

async fn answer(office: Arc<Office>, mut request: Request<Asked>) -> Result<Response<Reply>, Infallible> {
    Ok(match (request.method(), request.uri().path()) {
        (&Method::GET, "/poll") => {
            let mut news = office.news.lock().unwrap_or_else(PoisonError::into_inner);
            text(news.as_mut().and_then(|news| news.try_recv().ok()))
        }
        (&Method::GET, "/wait") => {
            let mut news = office.take();
            let message = match &mut news {
                Some(news) => news.recv().await,
                None => None,
            };
            office.give(news);
            text(message)
        }
        (&Method::GET, "/events") => {
            let mut response = Response::new(office.take().map_or(Reply::Whole(None), Reply::Events));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
        (&Method::GET, "/ws") => {
            *office.upgrade.lock().unwrap_or_else(PoisonError::into_inner) = Some(hyper::upgrade::on(&mut request));
            switching(&request)
        }
        (&Method::POST, "/say") => {
            if request.into_body().collect().await.is_ok() {
                office.heard.fetch_add(1, Ordering::Relaxed);
            }
            text(None)
        }
        _ => {
            let mut response = Response::new(Reply::Whole(None));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    })
}

/// An answer that carries a message, or says that there is none.
fn text(message: Option<String>) -> Response<Reply> {
    let status = if message.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT };
    let carries = message.is_some();
    let mut response = Response::new(Reply::Whole(message.map(Bytes::from)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if carries {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// RFC 6455 §4.2.2; the offer of compression is not taken.
fn switching(request: &Request<Asked>) -> Response<Reply> {
    let key = request.headers().get("sec-websocket-key").map(HeaderValue::as_bytes).unwrap_or_default();
    let accept = HeaderValue::from_str(&derive_accept_key(key)).unwrap_or(HeaderValue::from_static(""));
    let mut response = Response::new(Reply::Whole(None));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, mut news: News, office: &Office) -> io::Result<()> {
    let mut end = Endpoint::new(Role::Server, Limits::default(), None);
    let (mut buffer, mut open) = (vec![0; 16 * 1024], true);
    loop {
        stream.write_all(&std::mem::take(end.outbox())).await?;
        stream.flush().await?;
        if end.said_goodbye() {
            return stream.shutdown().await;
        }
        tokio::select! {
            message = news.recv(), if open => match message {
                Some(message) => end.text(&message),
                None => open = false,
            },
            read = stream.read(&mut buffer) => {
                let length = read?;
                if length == 0 {
                    return Ok(());
                }
                end.receive(&buffer[..length]);
                while let Some(message) = end.next().map_err(io::Error::other)? {
                    match message {
                        Incoming::Close(close) => end.close(close.map(|(code, _)| code), ""),
                        Incoming::Text(_) => {
                            office.heard.fetch_add(1, Ordering::Relaxed);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

impl Office {
    fn take(&self) -> Option<News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn give(&self, news: Option<News>) {
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = news;
    }
}

/// What an answer carries.
enum Reply {
    /// Something of known length, or nothing.
    Whole(Option<Bytes>),
    /// News as they come, each an event of a stream (WHATWG HTML §9.2.5).
    Events(News),
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Reply::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Reply::Events(news) => news.poll_recv(cx).map(|message| {
                let event = format!("data: {}\n\n", message?);
                Some(Ok(Frame::data(Bytes::from(event))))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Reply::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Reply::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Reply::Events(_) => SizeHint::default(),
        }
    }
}
