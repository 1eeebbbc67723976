//! Accepts connections, as many and as fast as the bounds allow; who comes beyond them is told 503 and let go.
//! Not here: what is spoken (`http`, `session`).

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::http::{self, Handler};
use super::stream::{Stream, Tee};
use crate::source::seen::Reporter;

/// Clients that are shown out at a time; more are dropped without a word.
const SHOWN_OUT: usize = 64;
/// How long accepting rests where the system has no room for another connection.
const REST: Duration = Duration::from_millis(100);
/// What a client hears who comes when there is no room.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 47\r\n\r\nThis server has as many clients as it may have.";

/// What is too much for one server.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections at a time.
    pub clients: usize,
    /// New connections in one second.
    pub per_second: u32,
    /// The time that a client has for the head of a request; the next request on the same connection, too.
    pub head_time: Duration,
    /// Bytes of a head; hyper allows no less than 8192.
    pub head_size: usize,
    /// Headers of a request.
    pub headers: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            clients: 10_000,
            per_second: 1000,
            head_time: Duration::from_secs(10),
            head_size: 16 * 1024,
            headers: 100,
        }
    }
}

/// Who watches the connections.
#[derive(Clone, Default)]
pub struct Watchers {
    /// The dissector.
    pub reporter: Option<Reporter>,
    /// Whoever else wants every byte.
    pub tee: Option<Arc<dyn Tee>>,
}

/// A client. It takes a place as long as anyone keeps this.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The first connection of a server is number 1.
    pub number: u64,
    /// Where it reached us.
    pub local: SocketAddr,
    /// Where it comes from.
    pub remote: SocketAddr,
    _place: Arc<Place>,
}

#[derive(Debug)]
struct Place(Arc<AtomicUsize>);

impl Place {
    /// `None` where all are taken.
    fn take(taken: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let place = Place(Arc::clone(taken));
        (taken.fetch_add(1, Ordering::Relaxed) < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A limit was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// All places are taken; so many.
    Full(usize),
    /// More new connections in this second than are allowed.
    TooFast(u32),
    /// The head of a request did not come in time.
    SlowHead(Duration),
    /// It was longer than so many bytes, or had too many headers.
    LongHead(usize),
    /// It was no HTTP.
    NoHttp,
    /// The system gives no more connections.
    System(String),
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Full(most) => write!(f, "turned away with 503: {most} clients are here already, no more are allowed"),
            Told::TooFast(most) => {
                write!(f, "turned away with 503: more than {most} new connections in one second")
            }
            Told::SlowHead(time) => {
                write!(f, "hung up: the head of a request did not arrive within {} s", time.as_secs())
            }
            Told::LongHead(size) => {
                write!(f, "answered 431: the head of the request is larger than {size} bytes")
            }
            Told::NoHttp => write!(f, "answered 400: this is no HTTP request"),
            Told::System(why) => write!(f, "the system accepts no more connections: {why}"),
        }
    }
}

/// Serves until `stop` says true or its sender is gone.
pub async fn serve<H: Handler>(
    listener: TcpListener,
    bounds: Bounds,
    watchers: Watchers,
    handler: Arc<H>,
    mut stop: watch::Receiver<bool>,
) {
    let (taken, shown_out) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut pace = Tempo { second: Instant::now(), count: 0, most: bounds.per_second };
    let mut number = 0;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let (tcp, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if gone_already(&error) => continue,
            Err(error) => {
                handler.told(None, &Told::System(error.to_string()));
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let Ok(local) = tcp.local_addr() else { continue };
        let refused = if pace.allows(Instant::now()) { None } else { Some(Told::TooFast(bounds.per_second)) };
        let place = Place::take(&taken, bounds.clients);
        let (None, Some(place)) = (&refused, place) else {
            handler.told(None, &refused.unwrap_or(Told::Full(bounds.clients)));
            if let Some(place) = Place::take(&shown_out, SHOWN_OUT) {
                tokio::spawn(show_out(tcp, place));
            }
            continue;
        };
        number += 1;
        let _ = tcp.set_nodelay(true);
        let tee = watchers.tee.as_ref().filter(|tee| tee.wants()).map(|tee| (number, Arc::clone(tee)));
        let stream = Stream::new(tcp, (local, remote), watchers.reporter.as_ref(), tee);
        let peer = Peer { number, local, remote, _place: Arc::new(place) };
        tokio::spawn(http::speak(stream, peer, Arc::clone(&handler), bounds));
    }
}

/// The client went away before it was accepted: nobody's fault.
fn gone_already(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// Says 503 and waits a moment for the client to hear it, so that the answer is not lost to a reset.
async fn show_out(mut tcp: TcpStream, _place: Place) {
    let _ = tokio::time::timeout(Duration::from_secs(1), async {
        if tcp.write_all(FULL).await.is_ok() && tcp.shutdown().await.is_ok() {
            let mut rest = [0; 512];
            while matches!(tcp.read(&mut rest).await, Ok(1..)) {}
        }
    })
    .await;
}

/// Counts the connections of a second.
struct Tempo {
    second: Instant,
    count: u32,
    most: u32,
}

impl Tempo {
    fn allows(&mut self, now: Instant) -> bool {
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            (self.second, self.count) = (now, 0);
        }
        self.count += 1;
        self.count <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_who_finds_no_room_counts_its_letters() {
        let text = std::str::from_utf8(FULL).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{}", body.len());
    }

    #[test]
    fn a_second_has_room_for_so_many_and_the_next_one_again() {
        let begun = Instant::now();
        let mut tempo = Tempo { second: begun, count: 0, most: 2 };
        let later = begun + Duration::from_secs(1);
        let said: Vec<bool> = [begun, begun, begun, later].into_iter().map(|at| tempo.allows(at)).collect();
        assert_eq!(said, [true, true, false, true]);
    }

    #[test]
    fn a_place_is_free_again_when_it_is_left() {
        let taken = Arc::default();
        let first = Place::take(&taken, 1);
        assert!(first.is_some() && Place::take(&taken, 1).is_none());
        drop(first);
        assert!(Place::take(&taken, 1).is_some());
    }
}
