//! `ws serve`: a WebSocket on every path, a page at `/`, and `/live` for pages that look on. Every wrong request gets its
//! right answer, in words.

use std::io;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::header::{ALLOW, HeaderValue};
use hyper::{Method, StatusCode};
use rustc_hash::FxHashMap;
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::watch;

use super::chat::Chat;
use super::eye::{Eye, News, What};
use super::handshake::{judge, own_host, wanted};
use super::http::{Handler, Request, Response, plain};
use super::live::{MOST, Viewer};
use super::modes::Counterpart;
use super::page::Pages;
use super::session::{Outgoing, Pace, Talk, drive, open};
use super::{Bounds, Offer, Origins, Peer, Told, Watchers, serve};
use crate::source::seen::Reporter;
use crate::websocket::{Endpoint, Incoming, Limits, Role};

pub use super::modes::Mode;

/// Messages from elsewhere that may wait for a client.
const QUEUE: usize = 64;
/// The same for a page that looks on.
const LIVE_QUEUE: usize = 256;
/// How long clients have to hear that the server stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// How to serve.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How it behaves.
    pub mode: Mode,
    /// Whether the first word is ours.
    pub welcome: bool,
    /// What a handshake may agree on.
    pub offer: Offer,
    /// What is too much for the server.
    pub bounds: Bounds,
    /// What is too much for a message.
    pub limits: Limits,
    /// How patient it is.
    pub pace: Pace,
    /// Pages may see what others say.
    pub show_all: bool,
}

/// Serves until `stop` says so; blocks. `news` never makes it wait.
///
/// # Errors
/// The system gives no runtime, or the socket cannot be used.
pub fn run(
    listener: std::net::TcpListener,
    plan: Plan,
    reporter: Option<Reporter>,
    news: Option<SyncSender<News>>,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let local = listener.local_addr()?.ip().is_loopback();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let bounds = plan.bounds;
        let eye = Arc::new(Eye::new(news));
        let watchers = Watchers { reporter, tee: Some(eye.clone()) };
        let (chat, pages, sessions) = (Chat::default(), Pages::default(), Mutex::default());
        let lab = Arc::new(Lab { plan, local, eye, chat, pages, sessions });
        serve(listener, bounds, watchers, Arc::clone(&lab), stop).await;
        lab.farewell().await;
        Ok(())
    })
}

struct Lab {
    plan: Plan,
    /// Only this machine can reach it.
    local: bool,
    eye: Arc<Eye>,
    chat: Chat,
    pages: Pages,
    sessions: Mutex<FxHashMap<u64, Sender<Outgoing>>>,
}

impl Handler for Lab {
    async fn answer(self: Arc<Self>, request: Request, peer: Peer) -> Response {
        let line: String = format!("{} {}", request.method(), request.uri()).chars().take(200).collect();
        let (response, wrong) = self.respond(request, &peer);
        let status = response.status();
        if status != StatusCode::SWITCHING_PROTOCOLS {
            let what = What::Asked { remote: peer.remote, line, status: status.as_u16(), wrong };
            self.eye.tell(Some(peer.number), what);
        }
        response
    }

    fn told(&self, peer: Option<&Peer>, what: &Told) {
        self.eye.tell(peer.map(|peer| peer.number), What::Limit(what.clone()));
    }
}

impl Lab {
    /// The answer, and what was wrong.
    fn respond(self: &Arc<Self>, mut request: Request, peer: &Peer) -> (Response, Vec<String>) {
        if !self.host_is_ours(&request) {
            let wrong = "This server answers only to localhost: a foreign name in Host is how a page elsewhere would try to \
                pass for one of ours (DNS rebinding).";
            return refuse(StatusCode::FORBIDDEN, wrong);
        }
        let live = request.uri().path() == "/live";
        if !wanted(request.headers()) {
            return self.file(&request, live);
        }
        let offer = if live { Offer { origins: Origins::Same, ..Offer::default() } } else { self.plan.offer.clone() };
        let accepted = match judge(&request, &offer) {
            Ok(accepted) => accepted,
            Err(refusal) => return (refusal.response(), refusal.wrong),
        };
        let query = request.uri().query().unwrap_or_default();
        let asked = |name: &str| query.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name));
        if live {
            let Some(page) = asked("token").and_then(|(_, token)| self.pages.of(token)) else {
                return refuse(StatusCode::FORBIDDEN, "Only a page of this server may look on; load the page again.");
            };
            let (sender, messages) = mpsc::channel(LIVE_QUEUE);
            if !self.eye.viewers.add(Viewer { page, all: self.plan.show_all, sender, missed: 0 }) {
                let wrong = format!("{MOST} pages look on already, no more are allowed.");
                return refuse(StatusCode::SERVICE_UNAVAILABLE, &wrong);
            }
            self.eye.opens();
            self.eye.ignore(peer.number);
            let end = Endpoint::new(Role::Server, Limits { message: 1000, frame: 1000 }, None);
            let (upgrade, pace, peer) = (hyper::upgrade::on(&mut request), self.plan.pace, peer.clone());
            tokio::spawn(async move {
                let Ok((stream, rest)) = open(upgrade).await else { return };
                drive(stream, &rest, end, pace, messages, &mut Deaf).await;
                drop(peer); // its place is free now
            });
            return (accepted.response(), Vec::new());
        }
        if let Some(page) = asked("page").and_then(|(_, page)| page.parse().ok()) {
            self.eye.viewers.belongs(peer.number, page);
        }
        let (upgrade, peer, lab) = (hyper::upgrade::on(&mut request), peer.clone(), Arc::clone(self));
        let end = Endpoint::new(Role::Server, self.plan.limits, accepted.agreement());
        tokio::spawn(lab.talk(upgrade, end, peer));
        (accepted.response(), Vec::new())
    }

    /// Plain HTTP.
    fn file(&self, request: &Request, live: bool) -> (Response, Vec<String>) {
        let path = request.uri().path();
        let Some(response) = self.pages.answer(path, self.plan.mode.name()) else {
            let wrong = if live {
                "Here is only a WebSocket for the page, no page."
            } else {
                "Here is no page; the only one is at /. A WebSocket may be opened at any path: ask with Upgrade: websocket."
            };
            return refuse(StatusCode::NOT_FOUND, wrong);
        };
        if request.method() == Method::GET || request.method() == Method::HEAD {
            return (response, Vec::new());
        }
        let (mut response, wrong) =
            refuse(StatusCode::METHOD_NOT_ALLOWED, "The page can be read with GET, and no more.");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        (response, wrong)
    }

    /// On loopback, names that are not this machine's are somebody's trick.
    fn host_is_ours(&self, request: &Request) -> bool {
        !self.local || own_host(request.headers())
    }

    /// One WebSocket, to its end.
    async fn talk(self: Arc<Self>, upgrade: hyper::upgrade::OnUpgrade, mut end: Endpoint, peer: Peer) {
        let number = peer.number;
        let Ok((stream, rest)) = open(upgrade).await else { return self.eye.viewers.forget(number) };
        let (sender, messages) = mpsc::channel(QUEUE);
        self.sessions().insert(number, sender.clone());
        let mut counterpart = Counterpart::new(self.plan.mode, number, &self.chat, sender);
        if self.plan.welcome {
            end.text(&counterpart.welcome());
        }
        let ended = drive(stream, &rest, end, self.plan.pace, messages, &mut counterpart).await;
        self.sessions().remove(&number);
        self.eye.tell(Some(number), What::Ended(ended));
        // Nobody else forgets it where nobody watches the bytes.
        self.eye.viewers.forget(number);
    }

    fn sessions(&self) -> MutexGuard<'_, FxHashMap<u64, Sender<Outgoing>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody that the server stops, and waits a moment.
    async fn farewell(&self) {
        for sender in self.sessions().values() {
            let _ = sender.try_send(Outgoing::Close(Some(1001), "the server stops".to_owned()));
        }
        let _ = tokio::time::timeout(FAREWELL, async {
            while !self.sessions().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

fn refuse(status: StatusCode, wrong: &str) -> (Response, Vec<String>) {
    (plain(status, format!("{wrong}\n")), vec![wrong.to_owned()])
}

/// Hears nothing: pages that look on have nothing to say.
struct Deaf;

impl Talk for Deaf {
    fn heard(&mut self, message: Incoming, end: &mut Endpoint) {
        if matches!(message, Incoming::Text(_) | Incoming::Binary(_)) {
            end.close(Some(1008), "this WebSocket only tells");
        }
    }
}
