//! The server: a page for who has a key, a WebSocket for its questions. Not here: answers (`cli`), what they look like.

use std::io;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use hyper::header::{ALLOW, HeaderValue};
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::sync::watch;

use super::seats::{Frame, Seats};
use super::{Ask, Wish};
use crate::websocket::server::handshake::{judge, own_host, wanted};
use crate::websocket::server::http::{Handler, Request, Response, plain};
use crate::websocket::server::session::{Pace, Talk, drive, open};
use crate::websocket::server::{Bounds, Offer, Origins, Peer, Single, Told, Watchers, serve};
use crate::websocket::{Endpoint, Incoming, Limits, Role};

const PAGE: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/app.js");
const STRANGER: &str = include_str!("page/stranger.html");
/// Frames that may wait for a browser; one that has more waiting is skipped.
const QUEUE: usize = 8;
/// Bytes of a browser's message.
const MESSAGE: usize = 256;
/// Questions of a browser in one second.
const FAST: u32 = 80;
/// A browser that is silent for this time is asked for a sign of life.
const SILENT: Duration = Duration::from_secs(20);
/// How long browsers have to hear that it is over.
const FAREWELL: Duration = Duration::from_millis(400);

/// What has to be in the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Who has it may look.
    pub viewer: String,
    /// Who has it chooses what all look at.
    pub teacher: String,
}

impl Keys {
    /// Two that nobody guesses.
    pub fn random() -> Self {
        let key = || HEXLOWER.encode(&rand::random::<[u8; 12]>());
        Keys { viewer: key(), teacher: key() }
    }
}

/// See the module. Clones are the same one.
#[derive(Clone)]
pub struct Gallery(Arc<Inner>);

struct Inner {
    keys: Keys,
    most: usize,
    source: Value,
    asks: SyncSender<Ask>,
    page: Single,
    stranger: Single,
    seats: Mutex<Seats>,
}

/// What a browser says.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Said {
    Rows(u64),
    Packet(u64),
    Choose(u64, i64),
}

impl Gallery {
    /// At most so many viewers look at `source` (JSON for the page), and what they want goes to `asks`.
    pub fn new(keys: Keys, most: usize, source: Value, asks: SyncSender<Ask>) -> Self {
        let page = Single::new(PAGE.replace("/*style*/", STYLE).replace("/*script*/", SCRIPT));
        let stranger = Single::new(STRANGER);
        Gallery(Arc::new(Inner { keys, most, source, asks, page, stranger, seats: Mutex::default() }))
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.0.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many look on.
    pub fn here(&self) -> usize {
        self.seats().here()
    }

    /// Answers one viewer; where it has too much waiting it will ask again.
    pub fn answer(&self, viewer: u64, frame: &Frame) {
        self.seats().tell(viewer, frame);
    }

    /// Tells all; who has too much waiting is skipped.
    pub fn tell_all(&self, frame: &Frame) {
        let mut seats = self.seats();
        seats.catch_up();
        seats.tell_all(frame);
    }

    /// The teacher points: who comes later hears it, too.
    pub fn point(&self, frame: Frame) {
        self.seats().point(frame);
    }

    /// Those who were skipped hear what the teacher points at now.
    pub fn catch_up(&self) {
        self.seats().catch_up();
    }

    /// Serves until `stop` says so; blocks.
    ///
    /// # Errors
    /// The system gives no runtime, or the socket cannot be used.
    pub fn serve(&self, listener: std::net::TcpListener, stop: watch::Receiver<bool>) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let bounds = Bounds { clients: 3 * self.0.most + 32, per_second: 600, ..Bounds::default() };
            serve(listener, bounds, Watchers::default(), Arc::new(self.clone()), stop).await;
            self.seats().dismiss();
            let begun = Instant::now();
            while self.here() > 0 && begun.elapsed() < FAREWELL {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        })
    }

    fn respond(&self, request: Request, peer: Peer) -> Response {
        if !own_host(request.headers()) {
            let wrong = "This page is reached by the address that layercake printed: a foreign name in Host is how a page \
                elsewhere would try to pass for ours (DNS rebinding).\n";
            return plain(StatusCode::FORBIDDEN, wrong);
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "Here one can only look.\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let query = request.uri().query().unwrap_or_default();
        let key = query.split('&').find_map(|pair| pair.strip_prefix("key=")).unwrap_or_default();
        let teacher = key == self.0.keys.teacher;
        if !teacher && key != self.0.keys.viewer {
            return self.0.stranger.answer(StatusCode::FORBIDDEN);
        }
        match request.uri().path() {
            "/" => self.0.page.answer(StatusCode::OK),
            "/look" if wanted(request.headers()) => self.join(request, peer, teacher),
            _ => plain(StatusCode::NOT_FOUND, "Here is nothing; the page is at /.\n"),
        }
    }

    fn join(&self, mut request: Request, peer: Peer, teacher: bool) -> Response {
        let offer = Offer { origins: Origins::Same, ..Offer::default() };
        let accepted = match judge(&request, &offer) {
            Ok(accepted) => accepted,
            Err(refusal) => return refusal.response(),
        };
        let (sender, messages) = mpsc::channel(QUEUE);
        let Some(number) = self.seats().take(sender, self.0.most) else {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "As many look on as may.\n");
        };
        let (upgrade, gallery) = (hyper::upgrade::on(&mut request), self.clone());
        tokio::spawn(async move {
            if let Ok((stream, rest)) = open(upgrade).await {
                let mut end = Endpoint::new(Role::Server, Limits { message: MESSAGE, frame: MESSAGE }, None);
                // The viewers' key, so that the teacher's need not stay in the address that is projected.
                let keys = &gallery.0.keys;
                end.text(
                    &json!({ "t": "hello", "teacher": teacher, "key": keys.viewer, "source": gallery.0.source })
                        .to_string(),
                );
                let mut viewer = Viewer { gallery: &gallery, number, teacher, second: Instant::now(), count: 0 };
                let pace = Pace { ping: Some(SILENT), ..Pace::default() };
                drive(stream, &rest, end, pace, messages, &mut viewer).await;
            }
            gallery.seats().leave(number);
            drop(peer); // its place is free now
        });
        accepted.response()
    }
}

impl Handler for Gallery {
    async fn answer(self: Arc<Self>, request: Request, peer: Peer) -> Response {
        self.respond(request, peer)
    }

    fn told(&self, _: Option<&Peer>, _: &Told) {}
}

/// Hears one browser.
struct Viewer<'a> {
    gallery: &'a Gallery,
    number: u64,
    teacher: bool,
    second: Instant,
    count: u32,
}

impl Talk for Viewer<'_> {
    fn heard(&mut self, message: Incoming, end: &mut Endpoint) {
        let text = match message {
            Incoming::Text(text) => text,
            Incoming::Binary(_) => return end.close(Some(1003), "only text is understood here"),
            _ => return,
        };
        if self.second.elapsed() >= Duration::from_secs(1) {
            (self.second, self.count) = (Instant::now(), 0);
        }
        self.count += 1;
        if self.count > FAST {
            return end.close(Some(1008), "too many questions in one second");
        }
        let wish = match serde_json::from_str(&text) {
            Ok(Said::Rows(block)) => Wish::Rows(block),
            Ok(Said::Packet(number)) => Wish::Packet(number),
            Ok(Said::Choose(number, choice)) if self.teacher => Wish::Choose(number, choice),
            Ok(Said::Choose(..)) => return end.close(Some(1008), "only the teacher chooses for all"),
            Err(_) => return end.close(Some(1008), "that is no question"),
        };
        // Where too many ask, this one asks again.
        let _ = self.gallery.0.asks.try_send(Ask { viewer: self.number, wish });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_fetches_nothing_from_elsewhere_and_writes_no_markup() {
        assert_eq!((PAGE.matches("<script>").count(), PAGE.matches("<style>").count()), (1, 1));
        for part in [PAGE, STYLE, SCRIPT, STRANGER] {
            assert!(!part.contains("http://") && !part.contains("https://") && !part.contains("innerHTML"));
            assert!(!part.contains(" style=") && !part.contains(" onclick"), "the policy forbids them");
        }
    }
}
