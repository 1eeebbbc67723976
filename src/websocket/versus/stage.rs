//! Where a way is played: a server, its news, and clients whose bytes are counted.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Plan;
use super::headers::Asker;
use super::http::{Http, strange};
use super::server;
use crate::source::seen::Reporter;
use crate::websocket::{Side, Witness};

/// A play on loopback that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was counted beside the bytes.
pub(super) struct Ended {
    pub(super) requests: u64,
    pub(super) round_trips: u64,
    pub(super) server: SocketAddr,
}

pub(super) struct Stage {
    pub(super) plan: Plan,
    reporter: Reporter,
    server: SocketAddr,
    /// What happens at the server goes in here; dropped when nothing more will.
    news: Option<mpsc::Sender<String>>,
    serving: JoinHandle<u64>,
    closing: mpsc::Sender<()>,
    requests: u64,
    round_trips: u64,
}

impl Stage {
    pub(super) async fn new(plan: Plan, reporter: Reporter) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let server = listener.local_addr()?;
        let (news, receiver) = mpsc::channel(1);
        let (closing, closed) = mpsc::channel(1);
        let serving = tokio::spawn(server::serve(listener, receiver, closed));
        Ok(Stage { plan, reporter, server, news: Some(news), serving, closing, requests: 0, round_trips: 0 })
    }

    /// One more connection: a round trip of TCP's.
    pub(super) async fn connect(&mut self) -> io::Result<Http> {
        let tcp = TcpStream::connect(self.server).await?;
        tcp.set_nodelay(true)?;
        let (local, remote) = (tcp.local_addr()?, tcp.peer_addr()?);
        self.round_trips += 1;
        let witness = Witness::new(tcp, self.reporter.clone(), Side::Client, local, remote);
        Ok(Http::new(witness, self.server.to_string()))
    }

    /// A request has gone out, and its answer was waited for.
    pub(super) fn asked(&mut self) {
        self.requests += 1;
        self.round_trips += 1;
    }

    /// Asks, and gives what the answer carries; `None` where it carries nothing (204).
    pub(super) async fn get(&mut self, http: &mut Http, target: &str) -> io::Result<Option<Vec<u8>>> {
        http.ask(Asker::Fetch, target, b"").await?;
        self.answer(http).await
    }

    /// The answer to what was asked before.
    pub(super) async fn answer(&mut self, http: &mut Http) -> io::Result<Option<Vec<u8>>> {
        let (status, body) = timeout(PATIENCE, http.answer()).await??;
        self.asked();
        match status {
            200 => Ok(Some(body)),
            204 => Ok(None),
            _ => Err(strange("the server answers something else")),
        }
    }

    /// The client has something to say.
    pub(super) async fn say(&mut self, http: &mut Http, number: u16) -> io::Result<()> {
        http.ask(Asker::Post, "/say", self.plan.message(number).as_bytes()).await?;
        self.answer(http).await.map(|_| ())
    }

    /// Something happens at the server.
    pub(super) async fn happens(&mut self, number: u16) -> io::Result<()> {
        let message = self.plan.message(number);
        let news = self.news.as_ref().ok_or_else(|| strange("the play is over"))?;
        news.send(message).await.map_err(|_| strange("the server is gone"))
    }

    /// Nothing more will happen.
    pub(super) fn silence(&mut self) {
        self.news = None;
    }

    /// Whether this is the message that was sent.
    pub(super) fn expect(&self, number: u16, got: &[u8]) -> io::Result<()> {
        if got == self.plan.message(number).as_bytes() { Ok(()) } else { Err(strange("another message came")) }
    }

    /// All clients are gone: the server ends, and tells how many messages it has heard.
    pub(super) async fn end(mut self) -> io::Result<Ended> {
        self.silence();
        drop(self.closing);
        let heard = timeout(PATIENCE, self.serving).await?.map_err(io::Error::other)?;
        if heard != if self.plan.both { u64::from(self.plan.messages) } else { 0 } {
            return Err(strange("the server has not heard all messages"));
        }
        Ok(Ended { requests: self.requests, round_trips: self.round_trips, server: self.server })
    }
}
