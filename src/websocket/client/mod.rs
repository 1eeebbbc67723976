//! A WebSocket client that tells every step: name, TCP, TLS, the two heads, then frames. RFC 6455 §4.1 and §5.
//! It returns events; nothing is printed here. Not here: what they look like (`render::trace`).

mod certificate;
pub(in crate::websocket) mod dial;
pub(in crate::websocket) mod event;
mod failure;
pub(super) mod frames;
pub(in crate::websocket) mod handshake;
pub(super) mod judge;
mod proxy;
mod session;
pub(in crate::websocket) mod tls;
mod url;

use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

pub use certificate::Certificate;
pub(crate) use dial::Stream;
pub use event::{Event, Frame, Told};
pub use failure::Failure;
pub use judge::{Answer, Breach, derive};
pub use proxy::Proxy;
pub use session::{End, Order};
pub(crate) use tls::secure;
pub use tls::{Secured, Trust};
pub use url::Url;

use self::event::Teller;
use super::Limits;
use crate::source::seen::Reporter;

/// A server that does not finish the handshake within this time is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// What to ask for, and of whom.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where to.
    pub url: Url,
    /// Through whom.
    pub proxy: Option<Proxy>,
    /// Headers of the user's own, name and value.
    pub headers: Vec<(String, String)>,
    /// Names for `Sec-WebSocket-Protocol`, the favourite first.
    pub protocols: Vec<String>,
    /// Offer compression.
    pub deflate: bool,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// Answer pings.
    pub pongs: bool,
    /// Send back each message, and leave the goodbye to the server.
    pub echo: bool,
    /// How long to listen after the last order.
    pub linger: Duration,
    /// What is too much.
    pub limits: Limits,
}

/// Opens the connection, does what it is told and closes it. Blocks; `orders` end the talk when they end, `stop` ends it
/// soon. What happens goes to `events`, which never makes it wait, what crosses goes to `reporter`.
///
/// # Errors
/// Why no WebSocket came about, or why it broke.
pub fn run(
    plan: &Plan,
    reporter: Reporter,
    orders: Receiver<Order>,
    mut stop: watch::Receiver<bool>,
    events: std::sync::mpsc::SyncSender<Told>,
) -> Result<End, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let mut teller = Teller { begun: Instant::now(), events, left_out: 0 };
    let ended = runtime.block_on(async {
        let mut stopped = stop.clone();
        let opened = tokio::select! {
            opened = tokio::time::timeout(PATIENCE, dial::open(plan, reporter, &mut teller)) => {
                opened.unwrap_or(Err(Failure::Slow(PATIENCE)))
            }
            _ = stopped.wait_for(|stopped| *stopped) => return Ok(End::Stopped),
        };
        session::talk(opened?, plan, orders, &mut stop, &mut teller).await
    });
    // A name server that does not answer shall not hold us.
    runtime.shutdown_background();
    ended
}
