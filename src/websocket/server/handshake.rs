//! The opening handshake as a server judges it: RFC 6455 §4.2.1 and §4.2.2. Either the answer 101, or a refusal that says
//! which rule was broken. Not here: what follows (`session`).

use hyper::header::{HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyper::{Method, StatusCode, Version, header};

use super::http::{Response, plain, whole};
use crate::websocket::deflate::Agreement;

/// Which pages may connect: a browser says in `Origin` where its page came from, other programs say nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origins {
    /// All.
    #[default]
    Any,
    /// Those that came from this very server.
    Same,
    /// These: `http://localhost:3000`.
    Only(Vec<String>),
}

/// What a server can do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// Names of subprotocols that it speaks.
    pub protocols: Vec<String>,
    /// Whether it compresses, if the client asks for it.
    pub deflate: bool,
    /// Whose pages it speaks with.
    pub origins: Origins,
}

/// A handshake that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// `Sec-WebSocket-Key`.
    pub key: String,
    /// `Sec-WebSocket-Accept`, made of it.
    pub accept: String,
    /// The subprotocol: the client's first that the server speaks.
    pub protocol: Option<String>,
    /// Compression, where both want it, and its header.
    pub deflate: Option<(Agreement, String)>,
}

/// Why there is no WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The answer.
    pub status: StatusCode,
    /// What is wrong, a sentence each.
    pub wrong: Vec<String>,
    /// A header that belongs to the answer.
    pub header: Option<(HeaderName, &'static str)>,
}

/// Whether a request wants a WebSocket, however badly.
pub fn wanted(headers: &HeaderMap) -> bool {
    has(headers, &header::UPGRADE, "websocket") || headers.contains_key(header::SEC_WEBSOCKET_KEY)
}

/// Whether `Host` names a machine by its address, or as this one: any other name is how a page elsewhere would try to
/// pass for one of ours (DNS rebinding).
pub fn own_host(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return true };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let lower = bare.to_ascii_lowercase();
    lower == "localhost" || lower.ends_with(".localhost") || bare.parse::<std::net::IpAddr>().is_ok()
}

/// Judges the head of a request.
///
/// # Errors
/// Why it is refused.
pub fn judge<B>(request: &hyper::Request<B>, offer: &Offer) -> Result<Accepted, Refusal> {
    let headers = request.headers();
    if request.method() != Method::GET {
        let wrong = format!("A WebSocket begins with GET, not with {} (RFC 6455 §4.1).", request.method());
        return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, vec![wrong], Some((header::ALLOW, "GET"))));
    }
    let wrong = mistakes(request.version(), headers);
    if !wrong.is_empty() {
        return Err(refusal(StatusCode::BAD_REQUEST, wrong, None));
    }
    let version = text(headers, &header::SEC_WEBSOCKET_VERSION);
    if version != "13" {
        let wrong = format!("Sec-WebSocket-Version is {version}; this server speaks 13, as RFC 6455 does (§4.4).");
        let right = Some((header::SEC_WEBSOCKET_VERSION, "13"));
        return Err(refusal(StatusCode::UPGRADE_REQUIRED, vec![wrong], right));
    }
    if let Err(wrong) = welcome(headers, &offer.origins) {
        return Err(refusal(StatusCode::FORBIDDEN, vec![wrong], None));
    }
    let key = text(headers, &header::SEC_WEBSOCKET_KEY);
    let asked = all(headers, &header::SEC_WEBSOCKET_PROTOCOL);
    let protocol = asked.iter().find(|name| offer.protocols.contains(name)).cloned();
    let extensions = all(headers, &header::SEC_WEBSOCKET_EXTENSIONS).join(", ");
    Ok(Accepted {
        accept: tungstenite::handshake::derive_accept_key(key.as_bytes()),
        key,
        protocol,
        deflate: if offer.deflate { Agreement::accept(&extensions) } else { None },
    })
}

fn refusal(status: StatusCode, wrong: Vec<String>, header: Option<(HeaderName, &'static str)>) -> Refusal {
    Refusal { status, wrong, header }
}

/// Everything that makes it no handshake at all.
fn mistakes(version: Version, headers: &HeaderMap) -> Vec<String> {
    let mut wrong = Vec::new();
    if version < Version::HTTP_11 {
        wrong.push("The request is HTTP/1.0; only HTTP/1.1 can be upgraded (RFC 6455 §4.1).".to_owned());
    }
    if !headers.contains_key(header::HOST) {
        wrong.push("The header Host is missing (RFC 6455 §4.2.1, item 2).".to_owned());
    }
    for (name, shown, word, item) in
        [(header::UPGRADE, "Upgrade", "websocket", 3), (header::CONNECTION, "Connection", "Upgrade", 4)]
    {
        if !headers.contains_key(&name) {
            wrong.push(format!("The header {shown} is missing; it has to say {word} (RFC 6455 §4.2.1, item {item})."));
        } else if !has(headers, &name, word) {
            let said = text(headers, &name);
            wrong.push(format!("{shown} says \"{said}\", not {word} (RFC 6455 §4.2.1, item {item})."));
        }
    }
    wrong.extend(key(headers));
    if !headers.contains_key(header::SEC_WEBSOCKET_VERSION) {
        let name = "Sec-WebSocket-Version";
        wrong.push(format!("The header {name} is missing; it has to say 13 (RFC 6455 §4.2.1, item 6)."));
    }
    wrong
}

/// What is wrong with the key.
fn key(headers: &HeaderMap) -> Option<String> {
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    let Some(key) = keys.next() else {
        return Some("The header Sec-WebSocket-Key is missing (RFC 6455 §4.2.1, item 5).".to_owned());
    };
    if keys.next().is_some() {
        return Some("Sec-WebSocket-Key is there twice; it may come once (RFC 6455 §11.3.1).".to_owned());
    }
    let bytes = data_encoding::BASE64.decode(key.as_bytes());
    let right = bytes.is_ok_and(|bytes| bytes.len() == 16);
    (!right).then(|| "Sec-WebSocket-Key is not Base64 of 16 bytes, 24 characters (RFC 6455 §4.2.1, item 5).".to_owned())
}

/// Whether a page may connect.
fn welcome(headers: &HeaderMap, origins: &Origins) -> Result<(), String> {
    let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
    let origin = String::from_utf8_lossy(origin.as_bytes());
    let fits = match origins {
        Origins::Any => true,
        Origins::Same => {
            let host = text(headers, &header::HOST);
            origin.split_once("://").is_some_and(|(_, name)| name.eq_ignore_ascii_case(&host))
        }
        Origins::Only(all) => all.iter().any(|one| one.eq_ignore_ascii_case(&origin)),
    };
    if fits {
        return Ok(());
    }
    Err(format!(
        "A page from {origin} may not connect here (Origin, RFC 6455 §10.2): browsers let any page open a WebSocket to \
         any server, so the server has to look where the page came from."
    ))
}

/// The values of a header, joined.
fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    all(headers, name).join(", ")
}

/// The words of a header whose value is a list.
fn all(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter();
    let joined: Vec<String> = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    joined.iter().flat_map(|value| value.split(',')).map(|word| word.trim().to_owned()).collect()
}

fn has(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    all(headers, name).iter().any(|one| one.eq_ignore_ascii_case(word))
}

impl Accepted {
    /// The answer 101.
    pub fn response(&self) -> Response {
        let mut response = plain(StatusCode::SWITCHING_PROTOCOLS, "");
        let headers = response.headers_mut();
        headers.clear();
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        let more = [
            (header::SEC_WEBSOCKET_ACCEPT, Some(&self.accept)),
            (header::SEC_WEBSOCKET_PROTOCOL, self.protocol.as_ref()),
            (header::SEC_WEBSOCKET_EXTENSIONS, self.deflate.as_ref().map(|(_, header)| header)),
        ];
        for (name, value) in more {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }

    /// What was agreed on compression.
    pub fn agreement(&self) -> Option<Agreement> {
        self.deflate.as_ref().map(|(agreement, _)| *agreement)
    }
}

impl Refusal {
    /// The answer, with what is wrong in words.
    pub fn response(&self) -> Response {
        let body = format!("This is no WebSocket handshake that we can accept.\n{}\n", self.wrong.join("\n"));
        let mut response = whole(self.status, "text/plain; charset=utf-8", body);
        if let Some((name, value)) = &self.header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        if self.status == StatusCode::UPGRADE_REQUIRED {
            response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = "Host: localhost\nUpgrade: websocket\nConnection: keep-alive, Upgrade\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13";

    fn asked(method: &str, lines: &str) -> hyper::Request<()> {
        let mut request = hyper::Request::builder().method(method).uri("/");
        for line in lines.lines() {
            let (name, value) = line.split_once(": ").expect("a header");
            request = request.header(name, value);
        }
        request.body(()).expect("a request")
    }

    fn judged(lines: &str, offer: &Offer) -> Result<Accepted, (u16, String)> {
        judge(&asked("GET", lines), offer).map_err(|refusal| (refusal.status.as_u16(), refusal.wrong.join(" ")))
    }

    #[test]
    fn the_rfcs_own_handshake_is_accepted() {
        let accepted = judged(RIGHT, &Offer::default()).expect("right");
        assert_eq!(accepted.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        let response = accepted.response();
        assert_eq!((response.status().as_u16(), response.headers().len()), (101, 3));
    }

    #[test]
    fn every_mistake_has_its_status_and_its_words() {
        let offer = Offer { origins: Origins::Same, ..Offer::default() };
        for (right, wrong, status, word) in [
            ("Host: localhost\n", "", 400, "Host is missing"),
            ("Upgrade: websocket\n", "", 400, "Upgrade is missing"),
            ("Upgrade: websocket\n", "Upgrade: h2c\n", 400, "says \"h2c\""),
            ("keep-alive, Upgrade", "close", 400, "says \"close\""),
            ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n", "", 400, "Key is missing"),
            ("dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 400, "16 bytes"),
            ("Version: 13", "Version: 8", 426, "speaks 13"),
            ("Version: 13", "Version: 13\nOrigin: http://evil.example", 403, "evil.example"),
            ("Version: 13", "Version: 13\nOrigin: null", 403, "null"),
        ] {
            let (code, said) = judged(&RIGHT.replace(right, wrong), &offer).expect_err(wrong);
            assert!(code == status && said.contains(word), "{wrong}: {code} {said}");
        }
        assert!(judged(&format!("{RIGHT}\nOrigin: http://LOCALHOST"), &offer).is_ok());
        let post = judge(&asked("POST", RIGHT), &offer).expect_err("a POST");
        assert_eq!((post.status.as_u16(), post.response().headers()["allow"].as_bytes()), (405, &b"GET"[..]));
    }

    #[test]
    fn the_first_subprotocol_that_both_speak_is_chosen_and_compression_only_where_both_want_it() {
        let more = format!("{RIGHT}\nSec-WebSocket-Protocol: v3, chat\nSec-WebSocket-Extensions: permessage-deflate");
        let offer = Offer { protocols: vec!["chat".into(), "v3".into()], deflate: true, origins: Origins::Any };
        let accepted = judged(&more, &offer).expect("right");
        assert_eq!(accepted.protocol.as_deref(), Some("v3"));
        assert!(accepted.agreement().is_some() && accepted.response().headers().len() == 5);
        let accepted = judged(&more, &Offer::default()).expect("right");
        assert_eq!((accepted.protocol, accepted.deflate), (None, None));
    }
}
