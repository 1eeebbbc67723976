//! A server of Socket.IO: Engine.IO protocol 4 over HTTP requests and WebSockets, Socket.IO protocol 5 on top, in one
//! thread. Nothing is printed here: it tells events, and what crosses goes to a reporter.

mod chat;
mod http;
mod hub;
mod outbox;
mod session;
mod socket;

use std::cell::RefCell;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

use self::hub::Hub;
use super::engine::Packet;
use super::told::{Teller, Told};
use crate::source::seen::Reporter;
use crate::websocket::{Side, Witness};

/// Connections at the same time.
const MOST_CONNECTIONS: usize = 4096;
/// How long the head of a request may take.
const HEAD: Duration = Duration::from_secs(10);
/// How long goodbyes may take when the server stops.
const GOODBYE: Duration = Duration::from_millis(300);
/// After a failure to accept (too many files are open) it is tried again.
const REST: Duration = Duration::from_millis(50);

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

/// What all connections share.
type Shared = Rc<RefCell<Hub>>;

/// Serves until it is told to stop. Blocks.
///
/// # Errors
/// The system gives no event queue.
pub fn run(
    options: Options,
    listeners: Vec<TcpListener>,
    reporter: &Reporter,
    mut stop: watch::Receiver<bool>,
    events: std::sync::mpsc::SyncSender<Told>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let hub: Shared = Rc::new(RefCell::new(Hub::new(options, Teller::new(events))));
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        for listener in listeners {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tokio::task::spawn_local(accept(listener, Rc::clone(&hub), reporter.clone(), Arc::clone(&room)));
        }
        let _ = stop.wait_for(|stop| *stop).await;
        let all: Vec<String> = hub.borrow().sessions.keys().cloned().collect();
        for sid in all {
            hub.borrow_mut().close(&sid, "the server stops", Some(Packet::Close));
        }
        tokio::time::sleep(GOODBYE).await;
        Ok(())
    })
}

async fn accept(listener: tokio::net::TcpListener, hub: Shared, reporter: Reporter, room: Arc<Semaphore>) {
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((tcp, remote)) = listener.accept().await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let (hub, reporter) = (Rc::clone(&hub), reporter.clone());
        tokio::task::spawn_local(async move {
            serve(tcp, remote, hub, reporter).await;
            drop(place);
        });
    }
}

async fn serve(tcp: TcpStream, remote: SocketAddr, hub: Shared, reporter: Reporter) {
    // Small packets go out at once: with Nagle's algorithm each would wait for an acknowledgement, about 40 ms.
    let _ = tcp.set_nodelay(true);
    let Ok(local) = tcp.local_addr() else { return };
    let witness = Witness::new(tcp, reporter, Side::Server, local, remote);
    let service = hyper::service::service_fn(move |request| http::answer(request, Rc::clone(&hub)));
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(64 * 1024);
    // Whatever a stranger does wrong, only his own connection ends.
    let _ = builder.serve_connection(TokioIo::new(witness), service).with_upgrades().await;
}
