//! The opening handshake from the client's side, RFC 6455 §4.1: a request, and an answer of bounded length.

use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::event::{Event, Teller};
use super::judge::{Answer, derive};
use super::{Failure, Plan};
use crate::websocket::deflate::Agreement;

/// Bytes of an answer's head.
const HEAD: usize = 64 * 1024;
/// Bytes of the body of a refusal.
const BODY: usize = 4096;
/// How long a refusal's body is waited for.
const BODY_TIME: Duration = Duration::from_secs(1);

/// What was agreed on, and bytes that came with the answer.
pub(in crate::websocket) struct Agreed {
    pub(in crate::websocket) deflate: Option<Agreement>,
    pub(in crate::websocket) rest: Vec<u8>,
}

/// Asks and judges the answer.
pub(super) async fn shake<S>(stream: &mut S, plan: &Plan, teller: &mut Teller) -> Result<Agreed, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // A key that the user gives is the one that is sent, so the proof has to come from it.
    let own = plan.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
    let key = own.map_or_else(random_key, |(_, key)| key.trim().to_owned());
    let lines = request(plan, &key);
    let text = lines.join("\r\n") + "\r\n\r\n";
    let asked = Instant::now();
    stream.write_all(text.as_bytes()).await.map_err(Failure::Broke)?;
    stream.flush().await.map_err(Failure::Broke)?;
    teller.tell(Event::Asked(lines));
    let (head, mut rest) = head(stream).await?;
    let mut answer = Answer::read(&head)?;
    let took = asked.elapsed();
    if answer.status != 101 {
        answer.body = body(stream, &answer, rest).await;
        let rest = answer.header("location").map(|to| format!(" and points to {to}")).unwrap_or_default();
        let status = answer.status;
        teller.tell(Event::Answered(answer, took));
        return Err(Failure::Status { status, rest });
    }
    let (digest, expected) = derive(&key);
    let said = answer.header("sec-websocket-accept");
    let breaches = answer.breaches(plan, &expected);
    let deflate = answer.header("sec-websocket-extensions").and_then(|value| Agreement::of_answer(&value));
    let protocol = answer.header("sec-websocket-protocol");
    teller.tell(Event::Answered(answer, took));
    teller.tell(Event::Derived { key, digest, expected, said });
    if let Some(first) = breaches.first().cloned() {
        teller.tell(Event::Broke(breaches));
        return Err(Failure::Handshake(first.rule, first.what));
    }
    teller.tell(Event::Open(protocol, deflate));
    Ok(Agreed { deflate, rest: std::mem::take(&mut rest) })
}

fn random_key() -> String {
    data_encoding::BASE64.encode(&rand::random::<[u8; 16]>())
}

/// The request; a header that the user gives replaces ours of the same name.
pub(super) fn request(plan: &Plan, key: &str) -> Vec<String> {
    let mut headers = vec![
        ("Host".to_owned(), plan.url.authority()),
        ("Upgrade".to_owned(), "websocket".to_owned()),
        ("Connection".to_owned(), "Upgrade".to_owned()),
        ("Sec-WebSocket-Key".to_owned(), key.to_owned()),
        ("Sec-WebSocket-Version".to_owned(), "13".to_owned()),
    ];
    if !plan.protocols.is_empty() {
        headers.push(("Sec-WebSocket-Protocol".to_owned(), plan.protocols.join(", ")));
    }
    if plan.deflate {
        headers.push(("Sec-WebSocket-Extensions".to_owned(), Agreement::OFFER.to_owned()));
    }
    headers.retain(|(name, _)| !plan.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)));
    headers.extend(plan.headers.iter().cloned());
    let first = format!("GET {} HTTP/1.1", plan.url.target);
    std::iter::once(first).chain(headers.iter().map(|(name, value)| format!("{name}: {value}"))).collect()
}

/// Reads up to the empty line, and gives what came behind it.
pub(super) async fn head<S: AsyncRead + Unpin>(stream: &mut S) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let mut bytes = Vec::new();
    let mut searched = 0;
    loop {
        if let Some(at) = memchr::memmem::find(&bytes[searched..], b"\r\n\r\n") {
            let rest = bytes.split_off(searched + at + 4);
            return Ok((bytes, rest));
        }
        searched = bytes.len().saturating_sub(3);
        if bytes.len() >= HEAD {
            return Err(Failure::Long(HEAD));
        }
        // What is no HTTP says so at once, and not after a silence.
        if !bytes.is_empty() && !bytes.starts_with(&b"HTTP/"[..bytes.len().min(5)]) {
            return Err(Failure::NoHttp("it does not begin with HTTP/1.1"));
        }
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) if bytes.is_empty() => return Err(Failure::HungUp),
            Ok(0) => return Err(Failure::NoHttp("it ends in the middle of the head")),
            Ok(_) => {}
            Err(error) => return Err(Failure::Broke(error)),
        }
    }
}

/// The beginning of a refusal's body: as much as comes soon.
async fn body<S: AsyncRead + Unpin>(stream: &mut S, answer: &Answer, mut bytes: Vec<u8>) -> Vec<u8> {
    let length = answer.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(usize::MAX);
    let wanted = if matches!(answer.status, 100..=199 | 204 | 304) { 0 } else { length.min(BODY) };
    let _ = tokio::time::timeout(BODY_TIME, async {
        while bytes.len() < wanted && stream.read_buf(&mut bytes).await.is_ok_and(|n| n > 0) {}
    })
    .await;
    bytes.truncate(wanted);
    bytes
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::websocket::Limits;
    use crate::websocket::client::Url;

    pub(in crate::websocket::client) fn plan(url: &str) -> Plan {
        Plan {
            url: Url::parse(url).expect("a URL"),
            proxy: None,
            headers: Vec::new(),
            protocols: Vec::new(),
            deflate: false,
            insecure: false,
            ca: None,
            pongs: true,
            echo: false,
            linger: Duration::ZERO,
            limits: Limits::default(),
        }
    }

    #[test]
    fn a_header_of_the_users_own_replaces_ours() {
        let mut plan = plan("ws://localhost:8000/chat");
        plan.headers = vec![("host".into(), "other".into()), ("Cookie".into(), "a=1".into())];
        plan.protocols = vec!["chat".into(), "v2".into()];
        let lines = request(&plan, "KEY");
        assert_eq!(lines[0], "GET /chat HTTP/1.1");
        assert_eq!(lines.iter().filter(|l| l.to_lowercase().starts_with("host:")).count(), 1);
        assert!(lines.contains(&"host: other".to_owned()) && lines.contains(&"Cookie: a=1".to_owned()));
        assert!(lines.contains(&"Sec-WebSocket-Protocol: chat, v2".to_owned()));
    }

    #[test]
    fn a_head_is_read_to_its_end_and_not_without_end() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let mut stream: &[u8] = b"HTTP/1.1 101 x\r\nA: b\r\n\r\n\x81\x00";
            let (first, rest) = head(&mut stream).await.expect("a head");
            assert!(first.ends_with(b"\r\n\r\n") && rest == [0x81, 0]);
            let endless = [b"HTTP/1.1 101 x\r\nA: ".to_vec(), vec![b'a'; 100_000]].concat();
            assert!(matches!(head(&mut &endless[..]).await, Err(Failure::Long(_))));
            assert!(matches!(head(&mut &b"SSH-2.0"[..]).await, Err(Failure::NoHttp(_))));
            assert!(matches!(head(&mut &b""[..]).await, Err(Failure::HungUp)));
        });
    }
}
