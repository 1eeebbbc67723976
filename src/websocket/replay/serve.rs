//! Plays the server's side of a recording to whoever comes: a page can be developed without the server. RFC 6455 §4.2.
//! Before each message as many of the client's are waited for as there were then.

use std::net::{IpAddr, SocketAddr, TcpListener as Listener};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::line::{FOREVER, Line, paced};
use super::recording::lines;
use super::{Event, Recording, counts};
use crate::websocket::client::Failure;
use crate::websocket::{Endpoint, Limits, Role};

/// Bytes of a request, and how long it may take.
const HEAD: usize = 64 * 1024;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Clients at once.
const CLIENTS: usize = 100;
/// Bytes of a message of theirs.
const MESSAGE: usize = 16 << 20;

/// Who may come, and how fast it goes.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// 1 as then, 2 twice as fast, 0 without pauses.
    pub speed: f64,
    /// Also pages of other machines may connect; else only those of this one, and programs.
    pub any_origin: bool,
}

/// Takes clients until `stop` says so. Blocks.
///
/// # Errors
/// It could not begin.
pub fn serve(
    recording: Recording,
    listener: Listener,
    door: Door,
    mut stop: watch::Receiver<bool>,
    events: &SyncSender<Event>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let recording = Arc::new(recording);
    runtime.block_on(async {
        listener.set_nonblocking(true).map_err(Failure::Runtime)?;
        let listener = TcpListener::from_std(listener).map_err(Failure::Runtime)?;
        let mut all = JoinSet::new();
        loop {
            tokio::select! {
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
                Some(_) = all.join_next() => {}
                accepted = listener.accept(), if all.len() < CLIENTS => match accepted {
                    Ok((stream, from)) => {
                        all.spawn(welcome(stream, from, Arc::clone(&recording), door, events.clone()));
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                },
            }
        }
    })
}

async fn welcome(
    mut stream: TcpStream,
    from: SocketAddr,
    recording: Arc<Recording>,
    door: Door,
    events: SyncSender<Event>,
) {
    let _ = stream.set_nodelay(true);
    let asked = timeout(HANDSHAKE, head(&mut stream)).await.ok().flatten();
    let (answer, refused) = answer(asked.as_deref().unwrap_or_default(), &recording, door);
    if stream.write_all(answer.as_bytes()).await.is_err() {
        return;
    }
    if let Some(why) = refused {
        let _ = events.try_send(Event::Refused(from, why));
        return;
    }
    let _ = events.try_send(Event::Came(from));
    let end = Endpoint::new(Role::Server, Limits { message: MESSAGE, frame: MESSAGE }, None);
    let mut line = Line { stream, end, heard: Vec::new(), over: false, goodbye: recording.goodbye(false), events };
    if let Err(Failure::Breach(broken)) = talk(&mut line, &recording, door).await {
        line.end.close(Some(broken.code), broken.what);
        let _ = line.hear(0, Instant::now()).await;
    }
    let _ = line.events.try_send(Event::Gone(from, line.heard));
}

async fn talk(line: &mut Line<TcpStream>, recording: &Recording, door: Door) -> Result<(), Failure> {
    let (mut before, mut said) = (Duration::ZERO, 0);
    for step in &recording.steps {
        if step.from_client {
            said += usize::from(counts(&step.what));
            line.hear(said, Instant::now() + FOREVER).await?;
        } else {
            line.hear(usize::MAX, Instant::now() + paced(step.at.saturating_sub(before), door.speed)).await?;
        }
        before = step.at;
        if line.over {
            return Ok(());
        }
        if !step.from_client {
            line.say(&step.what).await?;
        }
    }
    line.hear(usize::MAX, Instant::now() + FOREVER).await
}

/// A request, up to its empty line.
async fn head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if bytes.len() > HEAD || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(bytes)
}

/// What is answered, and why it is a refusal.
fn answer(head: &[u8], recording: &Recording, door: Door) -> (String, Option<String>) {
    let (first, headers) = lines(head);
    let header =
        |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let refuse = |status: &str, more: &str, why: &str| {
        let length = why.len() + 1;
        let text = format!(
            "HTTP/1.1 {status}\r\n{more}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{why}\n"
        );
        (text, Some(why.to_owned()))
    };
    let Some(key) = header("sec-websocket-key").filter(|_| first.starts_with("GET ")) else {
        let why = "only WebSockets are played here: connect with new WebSocket(...)";
        return refuse("426 Upgrade Required", "Upgrade: websocket\r\nConnection: Upgrade\r\n", why);
    };
    if let Some(origin) = header("origin").filter(|origin| !door.any_origin && !is_ours(origin)) {
        let why = format!("a page of {origin} may not read this recording; --any-origin allows it");
        return refuse("403 Forbidden", "", &why);
    }
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let offered = header("sec-websocket-protocol").unwrap_or_default();
    let chosen = recording.protocol.as_ref().filter(|chosen| offered.split(',').any(|one| one.trim() == **chosen));
    let protocol = chosen.map(|chosen| format!("Sec-WebSocket-Protocol: {chosen}\r\n")).unwrap_or_default();
    let text = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"
    );
    (text, None)
}

/// A page of this machine.
fn is_ours(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let host = host.unwrap_or_default();
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_may_read_a_recording() {
        for (origin, ours) in [
            ("http://localhost:3000", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:8000", true),
            ("http://localhost.evil.example", false),
            ("null", false),
        ] {
            assert_eq!(is_ours(origin), ours, "{origin}");
        }
        let asked =
            b"GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://evil.example\r\n\r\n";
        let door = |any_origin| Door { speed: 1.0, any_origin };
        let recording = Recording::default();
        assert!(answer(asked, &recording, door(false)).0.starts_with("HTTP/1.1 403"));
        assert!(answer(asked, &recording, door(true)).0.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(answer(b"GET / HTTP/1.1\r\n\r\n", &recording, door(false)).0.starts_with("HTTP/1.1 426"));
    }
}
