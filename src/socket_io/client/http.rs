//! Requests of the client, each on one of two connections: one waits for news, the other one sends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Failure;
use crate::socket_io::told::{Event, Teller};
use crate::source::seen::Reporter;
use crate::websocket::client::Url;
use crate::websocket::{Side, Witness};

/// How long a connection may take to open.
const OPEN: Duration = Duration::from_secs(10);
/// Bytes of an answer.
const MOST: usize = 16 << 20;
/// Bytes of an error's words that are repeated.
const WORDS: usize = 200;

/// What all requests share.
#[derive(Clone)]
pub(super) struct Web {
    pub(super) url: Url,
    pub(super) reporter: Reporter,
    teller: Arc<Mutex<(Teller, u64)>>,
}

impl Web {
    pub(super) fn new(url: Url, reporter: Reporter, teller: Teller) -> Self {
        Web { url, reporter, teller: Arc::new(Mutex::new((teller, 0))) }
    }

    pub(super) fn tell(&self, event: Event) {
        self.teller.lock().unwrap_or_else(PoisonError::into_inner).0.tell(0, event);
    }

    /// Counts a request and tells it; gives its number.
    pub(super) fn ask(&self, what: String) -> u64 {
        let mut state = self.teller.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 += 1;
        let number = state.1;
        state.0.tell(0, Event::Asked(number, what));
        number
    }

    /// Requests so far.
    pub(super) fn asked(&self) -> u64 {
        self.teller.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Opens TCP, for this.
    pub(super) async fn open(&self, why: &'static str) -> Result<Witness<TcpStream>, Failure> {
        let refused = |why: &str| {
            let hint = "is the server running? `layercake ports` lists what listens on this machine";
            Failure::new(format!("{} cannot be reached: {why}", self.url.place()), hint)
        };
        let tcp = tokio::time::timeout(OPEN, TcpStream::connect((self.url.host.as_str(), self.url.port))).await;
        let tcp = tcp.map_err(|_| refused("nobody answers"))?.map_err(|error| {
            refused(error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase().as_str())
        })?;
        let _ = tcp.set_nodelay(true);
        let (Ok(local), Ok(remote)) = (tcp.local_addr(), tcp.peer_addr()) else { return Err(refused("it broke off")) };
        self.tell(Event::Connected(local, remote, why));
        Ok(Witness::new(tcp, self.reporter.clone(), Side::Client, local, remote))
    }
}

/// A connection for requests, opened when it is needed.
pub(super) struct Lane {
    web: Web,
    why: &'static str,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Lane {
    pub(super) fn new(web: &Web, why: &'static str) -> Self {
        Lane { web: web.clone(), why, sender: None }
    }

    /// Sends a request; gives status and body of its answer.
    pub(super) async fn ask(&mut self, target: &str, body: Option<String>) -> Result<(u16, String), Failure> {
        let broke = |_| Failure::new("the connection broke before the answer came", "the server's log may say why");
        let mut ready = self.sender.take();
        if let Some(sender) = &mut ready
            && sender.ready().await.is_err()
        {
            ready = None; // the server has closed it meanwhile, as it may
        }
        let sender = if let Some(sender) = ready {
            sender
        } else {
            let stream = TokioIo::new(self.web.open(self.why).await?);
            let (sender, connection) = handshake(stream).await.map_err(broke)?;
            tokio::spawn(connection);
            sender
        };
        let sender = self.sender.insert(sender);
        let method = if body.is_some() { "POST" } else { "GET" };
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, self.web.url.authority())
            .header(header::CONTENT_TYPE, "text/plain;charset=UTF-8")
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .map_err(|_| Failure::new("this address cannot be asked for", "look at its path"))?;
        let number = self.web.ask(format!("{method} {target}"));
        let begun = Instant::now();
        let answer = sender.send_request(request).await.map_err(broke)?;
        let status = answer.status().as_u16();
        let long = |_| Failure::new("the answer is longer than 16 MB, or broke off", "this is no server of Socket.IO");
        let bytes = Limited::new(answer.into_body(), MOST).collect().await.map_err(long)?.to_bytes();
        self.web.tell(Event::Answered(number, status, bytes.len(), begun.elapsed()));
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// What a status other than 200 means.
pub(super) fn refused(status: u16, body: &str) -> Failure {
    let json = serde_json::from_str::<serde_json::Value>(body).ok();
    let words = json.as_ref().and_then(|json| json["message"].as_str()).unwrap_or_default();
    let words: String = words.chars().take(WORDS).collect();
    let hint = match (status, words.as_str()) {
        (404, _) => "no Socket.IO at this path: it is /socket.io/ unless the server was told otherwise",
        (_, "Unsupported protocol version") => "the server speaks an older Engine.IO (version 3, Socket.IO 1 and 2)",
        (_, "Session ID unknown") => {
            "the server forgot the session: did it restart, or is there more than one behind a balancer?"
        }
        _ => "the server's log says more",
    };
    let words = if words.is_empty() { String::new() } else { format!(" \"{words}\"") };
    Failure::new(format!("the server answered {status}{words}"), hint)
}
