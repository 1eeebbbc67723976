//! A question to a real server: a handshake, some bytes, right or wrong, and what comes back (RFC 6455 §4.1).
//! One connection, blocking, soon over. Not here: a client for more than that.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;

/// How long a server may take to be reached and to answer the handshake, all in all.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of an answer's head, and of what comes later.
const MOST: usize = 64 * 1024;

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A name or an address, IPv6 in brackets.
    pub host: String,
    /// TCP's port.
    pub port: u16,
    /// From the slash on.
    pub path: String,
}

impl Place {
    /// Reads `ws://host:port/path`; `None` where it is something else.
    pub fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("ws://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, 80),
        };
        let tidy = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b'@');
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        (!host.is_empty() && tidy(host) && tidy(&path)).then(|| Place { host: host.to_owned(), port, path })
    }
}

/// What the server said to our frames.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// All bytes behind its handshake.
    pub bytes: Vec<u8>,
    /// It has ended the connection.
    pub ended: bool,
    /// It agreed on permessage-deflate.
    pub deflate: bool,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// No connection, or it broke.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It does not speak WebSocket here: its first line.
    #[error("the server refused the handshake: {0}")]
    Refused(String),
}

/// Calls a server, shakes hands, sends the bytes, and listens until it ends the connection or was quiet for `listen`.
///
/// # Errors
/// The server cannot be reached, or refuses.
pub fn ask(place: &Place, extension: Option<&str>, bytes: &[u8], listen: Duration) -> Result<Answer, Failed> {
    let deadline = Instant::now() + PATIENCE;
    let mut stream = connect(place, deadline)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let key = generate_key();
    let extension = extension.map_or_else(String::new, |offer| format!("Sec-WebSocket-Extensions: {offer}\r\n"));
    write!(
        stream,
        "GET {} HTTP/1.1\r\nHost: {}:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{extension}\r\n",
        place.path, place.host, place.port
    )?;
    let (head, rest) = head(&mut stream, deadline)?;
    let value = |name: &str| {
        let line = head.lines().find_map(|line| line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case(name)));
        line.map(|(_, value)| value.trim().to_owned())
    };
    let first = head.lines().next().unwrap_or_default().to_owned();
    if first.split(' ').nth(1) != Some("101") {
        return Err(Failed::Refused(first));
    }
    if value("sec-websocket-accept") != Some(derive_accept_key(key.as_bytes())) {
        return Err(Failed::Refused("its Sec-WebSocket-Accept does not fit our key".into()));
    }
    let deflate = value("sec-websocket-extensions").is_some_and(|agreed| agreed.contains("permessage-deflate"));
    // A server that hangs up while we still talk has answered, too.
    let sent = stream.write_all(bytes);
    let mut answer = Answer { bytes: rest, ended: sent.is_err(), deflate };
    let deadline = Instant::now() + 4 * listen;
    let mut piece = [0; 4096];
    while answer.bytes.len() < MOST {
        match read(&mut stream, &mut piece, deadline.min(Instant::now() + listen)) {
            Ok(0) => answer.ended = true,
            Ok(read) => {
                answer.bytes.extend_from_slice(&piece[..read]);
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
            Err(_) => answer.ended = true,
        }
        break;
    }
    Ok(answer)
}

/// Reads what comes until then; a server that sends a byte now and then gets no more time than others.
fn read(stream: &mut TcpStream, piece: &mut [u8], until: Instant) -> io::Result<usize> {
    let rest = until.saturating_duration_since(Instant::now());
    if rest.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    stream.set_read_timeout(Some(rest))?;
    // Unix calls it WouldBlock where the time is up.
    stream.read(piece).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
        _ => error,
    })
}

fn connect(place: &Place, until: Instant) -> io::Result<TcpStream> {
    use std::net::ToSocketAddrs;
    let host = place.host.trim_start_matches('[').trim_end_matches(']');
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (host, place.port).to_socket_addrs()? {
        let rest = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&address, rest) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The answer's head, and what came behind it.
fn head(stream: &mut TcpStream, until: Instant) -> Result<(String, Vec<u8>), Failed> {
    let mut bytes = Vec::new();
    let mut piece = [0; 1024];
    while bytes.len() < MOST {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), rest));
        }
        match read(stream, &mut piece, until)? {
            0 => return Err(Failed::Refused("it hung up without an answer".into())),
            read => bytes.extend_from_slice(&piece[..read]),
        }
    }
    Err(Failed::Refused("its answer's head has no end".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_drips_gets_no_more_time_than_others() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        let dripping = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            while stream.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let mut stream = TcpStream::connect(address).expect("connected");
        let asked = head(&mut stream, Instant::now() + Duration::from_millis(200));
        assert!(matches!(asked, Err(Failed::Io(error)) if error.kind() == io::ErrorKind::TimedOut));
        drop(stream);
        dripping.join().expect("it ends");
    }

    #[test]
    fn places_are_read_from_urls() {
        let place = |host: &str, port, path: &str| Some(Place { host: host.into(), port, path: path.into() });
        assert_eq!(Place::parse("ws://localhost:8000/chat?a=b"), place("localhost", 8000, "/chat?a=b"));
        assert_eq!(Place::parse("ws://[::1]:8000"), place("[::1]", 8000, "/"));
        assert_eq!(Place::parse("ws://[::1]"), place("[::1]", 80, "/"));
        assert_eq!(Place::parse("ws://host?x"), place("host", 80, "/?x"));
        for wrong in
            ["wss://host/", "http://host", "ws://", "ws://:80/", "ws://host:99999/", "ws://a b/", "ws://h/\r\nX: y"]
        {
            assert_eq!(Place::parse(wrong), None, "{wrong}");
        }
    }
}
