//! HTTP/1.1 for our servers (RFC 9112), spoken by hyper: one connection, its limits, and who answers.
//! Not here: accepting connections (`listen`), WebSocket's handshake (`handshake`).

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::StatusCode;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};

use super::listen::{Bounds, Peer, Told};
use super::stream::Stream;

/// What a client asks; its body is still on the way.
pub type Request = hyper::Request<Incoming>;
/// The body of an answer: whole or a stream.
pub type Body = BoxBody<Bytes, Infallible>;
/// What it is answered.
pub type Response = hyper::Response<Body>;

/// Who answers requests, and hears what the limits did.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request. A WebSocket is judged by [`super::handshake::judge`] and goes on in [`super::session::open`].
    fn answer(self: Arc<Self>, request: Request, peer: Peer) -> impl Future<Output = Response> + Send;

    /// A limit was met, by this client where it is known.
    fn told(&self, peer: Option<&Peer>, what: &Told);
}

/// An answer with a whole body; `kind` is its Content-Type.
pub fn whole(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = hyper::Response::new(Full::new(body.into()).boxed());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// An answer in plain words.
pub fn plain(status: StatusCode, body: impl Into<Bytes>) -> Response {
    whole(status, "text/plain; charset=utf-8", body)
}

/// A page of ours, or a file of one: it may load what `policy` allows (CSP) and nothing else, and nobody keeps it.
pub fn sealed(mut response: Response, policy: &str) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A policy that is no header allows nothing at all.
    let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// Speaks HTTP on a connection until it ends or becomes something else.
pub(super) async fn speak<H: Handler>(stream: Stream, peer: Peer, handler: Arc<H>, bounds: Bounds) {
    let answering = Arc::clone(&handler);
    let asking = peer.clone();
    let asked = Arc::new(AtomicBool::new(false));
    let once = Arc::clone(&asked);
    let service = hyper::service::service_fn(move |request| {
        once.store(true, Ordering::Relaxed);
        let (handler, peer) = (Arc::clone(&answering), asking.clone());
        async move { Ok::<_, Infallible>(handler.answer(request, peer).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_time)
        .max_buf_size(bounds.head_size.max(8192))
        .max_headers(bounds.headers)
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let Err(error) = connection.await else { return };
    let what = if error.is_timeout() && asked.load(Ordering::Relaxed) {
        return; // browsers keep connections in reserve; that one ends unused is nobody's fault
    } else if error.is_timeout() {
        Told::SlowHead(bounds.head_time)
    } else if error.is_parse_too_large() {
        Told::LongHead(bounds.head_size)
    } else if error.is_parse() {
        Told::NoHttp
    } else {
        return; // the client went away; that is its right
    };
    handler.told(Some(&peer), &what);
}
