//! The class in a network: browsers join by a code, vote through a WebSocket (RFC 6455) and see what the teacher shows.
//! Everything is bounded, nothing is looked up elsewhere, who does not read is skipped and told later what is so then.
//! Not here: what a vote does (`room`), what the teacher presses (`cli`).

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use hyper::header::{ALLOW, HeaderValue};
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::watch;

use super::room::Room;
use super::seats::{Seated, Seats};
use crate::websocket::server::handshake::{judge, own_host, wanted};
use crate::websocket::server::http::{Handler, Request, Response, plain};
use crate::websocket::server::session::{Outgoing, Pace, Talk, drive, open};
use crate::websocket::server::{Bounds, Offer, Origins, Peer, Single, Told, Watchers, serve};
use crate::websocket::{Endpoint, Incoming, Limits, Role};

const PAGE: &str = include_str!("page.html");
/// Messages that may wait for a browser; one that has more waiting is skipped.
const QUEUE: usize = 8;
/// Bytes of a browser's message.
const MESSAGE: usize = 4096;
/// Messages of a browser in one second.
const FAST: u32 = 10;
/// New connections in one second: each browser needs two or three to join.
const PER_SECOND: u32 = 600;
/// How often counts are told, and those who were skipped are told what is so now.
const BEAT: Duration = Duration::from_millis(300);
/// A phone that sleeps for this time is given up; it comes back by itself when it wakes.
const SILENT: Duration = Duration::from_secs(20);
/// How long browsers have to hear that the class is over.
const FAREWELL: Duration = Duration::from_millis(600);

/// A class that can be joined. Clones are the same class.
#[derive(Clone)]
pub struct Hall(Arc<Inner>);

struct Inner {
    code: String,
    page: Single,
    state: Mutex<State>,
}

struct State {
    room: Room,
    seats: Seats,
    /// The last counts that were told: votes, members here.
    told: (usize, usize),
}

impl State {
    /// How many have voted, and how many could have: who voted and left still counts, so that nobody reads "3 of 2".
    fn counts(&self) -> (usize, usize) {
        let answered = self.room.answered();
        (answered, self.seats.here().max(answered))
    }
}

/// What a browser says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    question: String,
    second: bool,
    answer: String,
    sure: u8,
}

impl Hall {
    /// A class of at most so many browsers; who knows `code` may join.
    pub fn new(room: Room, code: &str, students: usize) -> Self {
        let state = State { room, seats: Seats::new(students), told: (0, 0) };
        Hall(Arc::new(Inner { code: code.to_owned(), page: Single::new(PAGE), state: Mutex::new(state) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// By which one joins.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// Looks at the class.
    pub fn look<T>(&self, see: impl FnOnce(&Room, usize) -> T) -> T {
        let state = self.state();
        see(&state.room, state.counts().1)
    }

    /// Changes something, and tells everybody.
    pub fn change<T>(&self, change: impl FnOnce(&mut Room) -> T) -> T {
        let state = &mut *self.state();
        let changed = change(&mut state.room);
        state.seats.tell_all(&state.room.state().to_string());
        changed
    }

    /// Serves until `stop` says so; blocks.
    ///
    /// # Errors
    /// The system gives no runtime, or the socket cannot be used.
    pub fn serve(
        &self,
        listener: std::net::TcpListener,
        students: usize,
        stop: watch::Receiver<bool>,
    ) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let bounds = Bounds { clients: 3 * students + 32, per_second: PER_SECOND, ..Bounds::default() };
            let beating = tokio::spawn(self.clone().beat());
            serve(listener, bounds, Watchers::default(), Arc::new(self.clone()), stop).await;
            beating.abort();
            self.farewell().await;
            Ok(())
        })
    }

    /// Tells counts when they have changed, and those who were skipped what is so now.
    async fn beat(self) {
        loop {
            tokio::time::sleep(BEAT).await;
            let state = &mut *self.state();
            let counts = state.counts();
            if state.seats.any_behind() {
                state.seats.catch_up(&state.room.state().to_string());
            }
            if counts != state.told {
                state.told = counts;
                state.seats.whisper(&json!({ "t": "count", "answered": counts.0, "here": counts.1 }).to_string());
            }
        }
    }

    async fn farewell(&self) {
        self.state().seats.dismiss();
        let _ = tokio::time::timeout(FAREWELL, async {
            while self.state().seats.here() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    fn respond(&self, mut request: Request, peer: Peer) -> Response {
        if !own_host(request.headers()) {
            let wrong = "This class is reached by the address on the projector: a foreign name in Host is how a page \
                elsewhere would try to pass for ours (DNS rebinding).\n";
            return plain(StatusCode::FORBIDDEN, wrong);
        }
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let asked = |name: &str| query.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name));
        let knows = asked("code").is_some_and(|(_, code)| same_code(code, &self.0.code));
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "Here one can only look and join.\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match path.as_str() {
            "/" => self.0.page.answer(StatusCode::OK),
            "/check" if knows => plain(StatusCode::OK, "yes\n"),
            "/check" => plain(StatusCode::FORBIDDEN, "That is not the code of this class.\n"),
            "/join" if wanted(request.headers()) => {
                let offer = Offer { origins: Origins::Same, ..Offer::default() };
                let accepted = match judge(&request, &offer) {
                    Ok(accepted) => accepted,
                    Err(refusal) => return refusal.response(),
                };
                if !knows {
                    return plain(StatusCode::FORBIDDEN, "That is not the code of this class.\n");
                }
                let token = asked("token").map(|(_, token)| token.to_owned());
                let (sender, messages) = mpsc::channel(QUEUE);
                let Some(seated) = self.seat(token.as_deref(), sender) else {
                    return plain(StatusCode::SERVICE_UNAVAILABLE, "This class is full.\n");
                };
                let (upgrade, hall) = (hyper::upgrade::on(&mut request), self.clone());
                tokio::spawn(async move {
                    hall.talk(upgrade, messages, &seated).await;
                    hall.state().seats.leave(&seated);
                    drop(peer); // its place is free now
                });
                accepted.response()
            }
            _ => plain(StatusCode::NOT_FOUND, "Here is nothing; the class is at /.\n"),
        }
    }

    fn seat(&self, token: Option<&str>, sender: Sender<Outgoing>) -> Option<Seated> {
        self.state().seats.take(token, sender)
    }

    /// One browser, to its end.
    async fn talk(&self, upgrade: hyper::upgrade::OnUpgrade, messages: mpsc::Receiver<Outgoing>, seated: &Seated) {
        let Ok((stream, rest)) = open(upgrade).await else { return };
        let mut end = Endpoint::new(Role::Server, Limits { message: MESSAGE, frame: MESSAGE }, None);
        {
            let state = self.state();
            end.text(&json!({ "t": "welcome", "token": seated.token }).to_string());
            end.text(&state.room.state().to_string());
            if let Some(kept) = state.room.mine(seated.member) {
                end.text(&json!({ "t": "kept", "answer": kept.answer, "sure": kept.sure }).to_string());
            }
            let (answered, here) = state.counts();
            end.text(&json!({ "t": "count", "answered": answered, "here": here }).to_string());
        }
        let mut student = Student { hall: self, member: seated.member, second: Instant::now(), count: 0 };
        let pace = Pace { ping: Some(SILENT), ..Pace::default() };
        drive(stream, &rest, end, pace, messages, &mut student).await;
    }
}

impl Handler for Hall {
    async fn answer(self: Arc<Self>, request: Request, peer: Peer) -> Response {
        self.respond(request, peer)
    }

    fn told(&self, _: Option<&Peer>, _: &Told) {}
}

/// Capitals, dashes and spaces do not matter.
fn same_code(typed: &str, code: &str) -> bool {
    let typed = typed.replace("%20", "");
    let bare = typed.chars().filter(|c| !matches!(c, '-' | '+' | ' '));
    bare.map(|c| c.to_ascii_uppercase()).eq(code.chars())
}

/// Hears one browser.
struct Student<'a> {
    hall: &'a Hall,
    member: u64,
    second: Instant,
    count: u32,
}

impl Student<'_> {
    fn too_fast(&mut self) -> bool {
        if self.second.elapsed() >= Duration::from_secs(1) {
            (self.second, self.count) = (Instant::now(), 0);
        }
        self.count += 1;
        self.count > FAST
    }
}

impl Talk for Student<'_> {
    fn heard(&mut self, message: Incoming, end: &mut Endpoint) {
        let text = match message {
            Incoming::Text(text) => text,
            Incoming::Binary(_) => return end.close(Some(1003), "only text is understood here"),
            _ => return,
        };
        if self.too_fast() {
            return end.close(Some(1008), "more than 10 messages in one second");
        }
        let Ok(said) = serde_json::from_str::<Said>(&text) else {
            return end.close(Some(1008), "that is no vote");
        };
        let mut state = self.hall.state();
        let answer = match state.room.vote(self.member, &said.question, said.second, &said.answer, said.sure) {
            Ok(kept) => json!({ "t": "kept", "answer": kept.answer, "sure": kept.sure }),
            Err(why) => json!({ "t": "no", "why": why }),
        };
        drop(state);
        end.text(&answer.to_string());
    }
}

/// A code to join by: six letters that nobody takes for others. `chance` gives numbers.
pub fn join_code(chance: impl Iterator<Item = u64>) -> String {
    chance.take(6).map(|number| char::from(super::code::LETTERS[(number % 31) as usize])).collect()
}

/// A token by which a browser finds its seat again after its connection broke.
pub(super) fn token() -> String {
    HEXLOWER.encode(&rand::random::<[u8; 16]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_one_file_that_fetches_nothing_from_elsewhere() {
        assert_eq!(PAGE.matches("<script").count(), 1);
        assert_eq!(PAGE.matches("<style").count(), 1);
        assert!(!PAGE.contains("http://") && !PAGE.contains("https://") && !PAGE.contains("innerHTML"));
        assert!(!PAGE.contains(" style=") && !PAGE.contains(" onclick"), "the policy forbids them");
        let policy = Single::new(PAGE);
        let policy = policy.policy();
        assert!(policy.starts_with("default-src 'none'") && policy.matches("'sha256-").count() == 2, "{policy}");
    }

    #[test]
    fn a_code_is_typed_as_people_type() {
        let code = join_code([0, 8, 30, 61, 9, 10].into_iter());
        assert_eq!(code, "2AZZBC");
        assert!(same_code("2az-zbc", &code) && same_code("2AZ%20ZBC", &code));
        assert!(!same_code("2AZZB", &code) && !same_code("", &code));
    }
}
