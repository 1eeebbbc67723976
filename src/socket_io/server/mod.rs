//! A server of Socket.IO: Engine.IO protocol 4 over HTTP and WebSocket, Socket.IO protocol 5 on top, in one thread.
//! Nothing is printed here: it tells events, and what crosses goes to a reporter.

mod chat;
mod http;
mod hub;
mod outbox;
mod session;
mod socket;

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use self::hub::Hub;
use super::engine::Packet;
use super::told::{Event, Teller, Told};
use crate::source::seen::Reporter;
use crate::websocket::server::{Bounds, Handler, Peer, Request, Response, Watchers, listen, serve};

/// How long goodbyes may take when the server stops.
const GOODBYE: Duration = Duration::from_millis(300);

/// How it behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often a client is asked for a sign of life.
    pub ping_interval: Duration,
    /// How long it has to answer.
    pub ping_timeout: Duration,
    /// How long it has to enter a namespace.
    pub connect_timeout: Duration,
    /// Bytes of one body or one message.
    pub max_payload: usize,
    /// Namespaces that there are.
    pub namespaces: Vec<String>,
    /// Answer as the protocol's test suites expect, instead of being a chat.
    pub echo: bool,
    /// `socket.io.js` for the page.
    pub client: Option<Vec<u8>>,
    /// Pages of other machines that may speak to it, as `https://example.org`.
    pub origins: Vec<String>,
    /// Only names of this machine are answered to, so that no page of a stranger reaches it by a name of its own.
    pub local: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(45),
            max_payload: 1_000_000,
            namespaces: vec!["/".to_owned(), "/custom".to_owned()],
            echo: false,
            client: None,
            origins: Vec::new(),
            local: true,
        }
    }
}

/// What all connections share. One thread serves them all, so nobody ever waits for the lock.
#[derive(Clone)]
struct Shared(Arc<Mutex<Hub>>);

impl Shared {
    fn hub(&self) -> MutexGuard<'_, Hub> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Shared {
    async fn answer(self: Arc<Self>, request: Request, peer: Peer) -> Response {
        http::answer(request, Shared::clone(&self), peer).await
    }

    fn told(&self, _: Option<&Peer>, what: &listen::Told) {
        self.hub().tell(0, Event::Limit(what.to_string()));
    }
}

/// Serves until it is told to stop. Blocks.
///
/// # Errors
/// The system gives no event queue.
pub fn run(
    options: Options,
    listeners: Vec<TcpListener>,
    reporter: Reporter,
    mut stop: watch::Receiver<bool>,
    events: std::sync::mpsc::SyncSender<Told>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shared = Shared(Arc::new(Mutex::new(Hub::new(options, Teller::new(events)))));
    let watchers = Watchers { reporter: Some(reporter), tee: None };
    runtime.block_on(async {
        for listener in listeners {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let handler = Arc::new(shared.clone());
            tokio::spawn(serve(listener, Bounds::default(), watchers.clone(), handler, stop.clone()));
        }
        let _ = stop.wait_for(|stop| *stop).await;
        let all: Vec<String> = shared.hub().sessions.keys().cloned().collect();
        for sid in &all {
            shared.hub().close(sid, "the server stops", Some(Packet::Close));
        }
        if !all.is_empty() {
            tokio::time::sleep(GOODBYE).await;
        }
        Ok(())
    })
}
