//! Engine.IO's requests: a GET waits for packets, a POST brings some, a WebSocket begins or takes over. Wrong ones are
//! answered with the codes and words of Engine.IO's own server. Not here: what packets do (`hub`).

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use tokio::time::Instant;

use super::Shared;
use super::hub::{self, Refusal};
use super::outbox::Outbox;
use super::socket;
use crate::socket_io::engine::{self, Packet};
use crate::socket_io::told::{Event, Way};
use crate::websocket::server::{Offer, Peer, Request, Response, handshake, http};

/// How long the body of a POST may take.
const BODY: Duration = Duration::from_secs(30);
const TEXT: &str = "text/plain; charset=utf-8";
const PAGE: &str = include_str!("page.html");
const NO_CLIENT: &str = "// This server sends no JavaScript by itself: start it with --client FILE, where FILE is\n\
    // node_modules/socket.io-client/dist/socket.io.min.js (npm install socket.io-client).\n";

/// Answers one request.
pub(super) async fn answer(request: Request, hub: Shared, peer: Peer) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let path = request.uri().path().trim_end_matches('/').to_owned();
    let response = match path.as_str() {
        "/socket.io" | "/engine.io" => {
            let bare = path == "/engine.io";
            if bare && !hub.hub().options.echo {
                http::plain(StatusCode::NOT_FOUND, "Only Socket.IO is spoken here, at /socket.io/.\n")
            } else {
                engine_io(request, hub, peer, bare).await.unwrap_or_else(|(refusal, hub)| refused(&refusal, &hub))
            }
        }
        "/socket.io/socket.io.js" => client(&hub),
        "" => http::whole(StatusCode::OK, "text/html; charset=utf-8", PAGE),
        _ => http::plain(StatusCode::NOT_FOUND, "There is nothing here. The chat is at /, Socket.IO at /socket.io/.\n"),
    };
    shared_with(response, origin)
}

fn client(hub: &Shared) -> Response {
    let script = hub.hub().options.client.clone();
    let status = if script.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    http::whole(status, "text/javascript; charset=utf-8", script.unwrap_or_else(|| NO_CLIENT.into()))
}

type Refused = (Refusal, Shared);

async fn engine_io(request: Request, hub: Shared, peer: Peer, bare: bool) -> Result<Response, Refused> {
    let query = Query::read(request.uri().query().unwrap_or_default());
    let refuse = |refusal: Refusal| Err((refusal, hub.clone()));
    if !welcome(request.headers(), &hub) {
        return refuse(hub::FORBIDDEN);
    }
    if request.method() == Method::OPTIONS {
        return Ok(http::plain(StatusCode::NO_CONTENT, ""));
    }
    let way = match query.transport.as_str() {
        "polling" => Way::Polling,
        "websocket" => Way::WebSocket,
        _ => return refuse(hub::UNKNOWN_TRANSPORT),
    };
    let asked = request.method().clone();
    match (query.sid, way) {
        (None, _) if asked != Method::GET => refuse(hub::BAD_METHOD),
        (None, Way::WebSocket) if !handshake::wanted(request.headers()) => refuse(hub::BAD_REQUEST),
        (None, _) if query.version != "4" => refuse(hub::BAD_VERSION),
        (None, Way::Polling) => Ok(greet(&hub, bare).map_err(|refusal| (refusal, hub.clone()))?),
        (sid, Way::WebSocket) => websocket(request, hub, peer, sid, bare),
        (Some(sid), Way::Polling) if asked == Method::GET => {
            let outbox = hub.hub().get(&sid, Instant::now());
            let outbox = outbox.map_err(|refusal| (refusal, hub.clone()))?;
            wait(sid, hub, outbox).await
        }
        (Some(sid), Way::Polling) if asked == Method::POST => take(request, sid, hub).await,
        (Some(_), Way::Polling) => refuse(hub::BAD_REQUEST),
    }
}

/// What the address says.
#[derive(Default)]
struct Query {
    version: String,
    transport: String,
    sid: Option<String>,
}

impl Query {
    fn read(text: &str) -> Self {
        let mut query = Query::default();
        for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "EIO" => value.clone_into(&mut query.version),
                "transport" => value.clone_into(&mut query.transport),
                "sid" if !value.is_empty() => query.sid = Some(value.to_owned()),
                _ => {}
            }
        }
        query
    }
}

/// A new session that travels over requests.
fn greet(hub: &Shared, bare: bool) -> Result<Response, Refusal> {
    let (sid, outbox) = {
        let mut state = hub.hub();
        let sid = state.open(bare, Way::Polling, Instant::now())?;
        let outbox = state.outbox(&sid).ok_or(hub::UNKNOWN_SESSION)?;
        (sid, outbox)
    };
    tokio::spawn(heart(sid, hub.clone()));
    Ok(http::whole(StatusCode::OK, TEXT, engine::payload(&outbox.take())))
}

/// Asks for signs of life, until the session is over.
async fn heart(sid: String, hub: Shared) {
    loop {
        let Some((due, pulse)) = hub.hub().sessions.get(&sid).map(|s| (s.due(), Arc::clone(&s.pulse))) else { return };
        tokio::select! {
            () = tokio::time::sleep_until(due) => {
                hub.hub().beat(&sid, Instant::now());
            }
            () = pulse.notified() => {}
        }
    }
}

/// A GET that waits. A client that hangs up meanwhile is gone: what it was sent would be lost.
struct Waiting(Shared, String, bool);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.0.hub();
        if !self.2 {
            state.close(&self.1, "transport close: the client gave up its waiting request", None);
        } else if let Some(session) = state.sessions.get_mut(&self.1) {
            session.getting = false;
        }
    }
}

async fn wait(sid: String, hub: Shared, outbox: Arc<Outbox>) -> Result<Response, Refused> {
    let mut waiting = Waiting(hub.clone(), sid.clone(), false);
    loop {
        let packets = outbox.take();
        let body = if !packets.is_empty() {
            engine::payload(&packets)
        } else if outbox.is_closed() {
            waiting.2 = true;
            return Err((hub::UNKNOWN_SESSION, hub));
        } else if outbox.is_moving() {
            hub.hub().noop(&sid);
            engine::payload(&[Packet::Noop])
        } else {
            outbox.polled().await;
            continue;
        };
        waiting.2 = true;
        return Ok(http::whole(StatusCode::OK, TEXT, body));
    }
}

/// A POST is being read; whatever becomes of it, the next one may come.
struct Posting(Shared, String);

impl Drop for Posting {
    fn drop(&mut self) {
        self.0.hub().posted(&self.1);
    }
}

async fn take(request: Request, sid: String, hub: Shared) -> Result<Response, Refused> {
    let begun = hub.hub().post(&sid, Instant::now());
    begun.map_err(|refusal| (refusal, hub.clone()))?;
    let _posting = Posting(hub.clone(), sid.clone());
    let most = hub.hub().options.max_payload;
    let give_up = |why: &'static str, refusal: Refusal| {
        hub.hub().close(&sid, why, Some(Packet::Close));
        Err((refusal, hub.clone()))
    };
    let body = tokio::time::timeout(BODY, Limited::new(request.into_body(), most).collect()).await;
    let bytes = match body {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return give_up("transport error: a body larger than maxPayload", hub::TOO_LARGE);
        }
        Ok(Err(_)) => return give_up("transport error: a request broke off", hub::BAD_REQUEST),
        Err(_) => return give_up("transport error: a body without end", hub::BAD_REQUEST),
    };
    let packets = std::str::from_utf8(&bytes).ok().and_then(|text| engine::read_payload(text).ok());
    let Some(packets) = packets else {
        return give_up("parse error: no packet of Engine.IO", hub::BAD_REQUEST);
    };
    for packet in packets {
        let received = hub.hub().receive(&sid, packet, Instant::now());
        match received {
            Ok(()) => {}
            Err(_) if !hub.hub().sessions.contains_key(&sid) => break,
            Err(why) => return give_up(why, hub::BAD_REQUEST),
        }
    }
    Ok(http::whole(StatusCode::OK, "text/html", "ok"))
}

/// A WebSocket that begins a session, or takes one over.
fn websocket(
    mut request: Request,
    hub: Shared,
    peer: Peer,
    sid: Option<String>,
    bare: bool,
) -> Result<Response, Refused> {
    let Ok(accepted) = handshake::judge(&request, &Offer::default()) else { return Err((hub::BAD_REQUEST, hub)) };
    let now = Instant::now();
    let tried = sid.is_some();
    let opened = match sid {
        Some(sid) => hub.hub().probe(&sid, now).map(|()| sid),
        None => hub.hub().open(bare, Way::WebSocket, now),
    };
    // Engine.IO's own server closes a WebSocket that comes too late instead of refusing it; clients rely on that.
    if opened == Err(hub::BAD_REQUEST) {
        tokio::spawn(socket::turn_away(hyper::upgrade::on(&mut request)));
        return Ok(accepted.response());
    }
    let sid = opened.map_err(|refusal| (refusal, hub.clone()))?;
    if !tried {
        tokio::spawn(heart(sid.clone(), hub.clone()));
    }
    tokio::spawn(socket::carry(hyper::upgrade::on(&mut request), sid, tried, hub, peer));
    Ok(accepted.response())
}

fn refused(refusal: &Refusal, hub: &Shared) -> Response {
    hub.hub().tell(0, Event::Refused(refusal.status, refusal.message));
    let body = format!("{{\"code\":{},\"message\":\"{}\"}}", refusal.code, refusal.message);
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
    http::whole(status, "application/json", body)
}

/// Pages of this machine may ask, and those that were named; programs that are no browser say nothing of a page.
fn welcome(headers: &HeaderMap, hub: &Shared) -> bool {
    let state = hub.hub();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Some(origin) = headers.get(header::ORIGIN) else { return !state.options.local || is_local(host) };
    let origin = origin.to_str().unwrap_or_default();
    let named = state.options.origins.iter().any(|one| one.eq_ignore_ascii_case(origin));
    let page = origin.split_once("://").map_or("", |(_, host)| host);
    named || is_local(page) || (!state.options.local && page.eq_ignore_ascii_case(host))
}

/// Whether `host` or `host:port` is this machine.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    address || name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// Lets the page that asked read the answer: who may not ask was refused before.
fn shared_with(mut response: Response, origin: Option<HeaderValue>) -> Response {
    let allowed = response.status() != StatusCode::FORBIDDEN;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(origin) = origin.filter(|_| allowed) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_this_machine() {
        for host in ["localhost:3000", "127.0.0.1", "[::1]:3000", "LOCALHOST", "app.localhost:1", "127.9.9.9:1"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "192.0.2.1:3000", "127.0.0.1.evil.example", "null"] {
            assert!(!is_local(host), "{host}");
        }
    }

    #[test]
    fn the_address_says_version_transport_and_session() {
        let query = Query::read("EIO=4&transport=polling&t=x&sid=abc");
        assert_eq!(
            (query.version.as_str(), query.transport.as_str(), query.sid.as_deref()),
            ("4", "polling", Some("abc"))
        );
        assert_eq!(Query::read("sid=&x").sid, None);
    }
}
