//! A client of Socket.IO that tells every step: the requests that a session begins with, the change to a WebSocket, then
//! events and answers. Engine.IO protocol 4, Socket.IO protocol 5, over plain HTTP. Nothing is printed here.
//! Not here: https and wss (`websocket::client` has TLS).

mod http;
mod polling;
mod socket;
mod talk;

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

use self::talk::Talk;
use super::told::{Teller, Told};
use crate::source::seen::Reporter;
use crate::websocket::client::Url;

/// How it travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Requests first, then a WebSocket if the server has one: what every client does by itself.
    Auto,
    /// Only requests.
    Polling,
    /// A WebSocket from the start.
    WebSocket,
}

/// What to ask for, and of whom.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where to; without a path it is /socket.io/.
    pub url: Url,
    /// Which namespace.
    pub namespace: String,
    /// Credentials, a JSON object.
    pub auth: Option<String>,
    /// How it travels.
    pub transport: Transport,
    /// How long to listen after the last order.
    pub linger: Duration,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Send an event: its name, its arguments as JSON. An answer is asked for.
    Emit(String, Vec<String>),
    /// Answer an event of the server.
    Ack(u64, Vec<String>),
    /// Leave the namespace and say goodbye.
    Close,
    /// Tell this.
    Aside(String),
}

/// Why it did not work, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    /// One sentence.
    pub what: String,
    /// Another one.
    pub hint: &'static str,
}

impl Failure {
    fn new(what: impl Into<String>, hint: &'static str) -> Self {
        Failure { what: what.into(), hint }
    }
}

/// Talks until the end. Blocks; `orders` end the talk when they end, `stop` ends it soon.
///
/// # Errors
/// Why there is no session, or why it broke.
pub fn run(
    plan: &Plan,
    reporter: Reporter,
    orders: Receiver<Order>,
    stop: watch::Receiver<bool>,
    events: std::sync::mpsc::SyncSender<Told>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Failure::new("the network cannot be used", "are too many files open?"))?;
    let ended = runtime.block_on(Talk::new(plan, reporter, Teller::new(events)).run(orders, stop));
    // A name server that does not answer shall not hold us.
    runtime.shutdown_background();
    ended
}
