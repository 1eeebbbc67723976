//! Why no WebSocket came about: one sentence, and what to do next.

use std::time::Duration;

/// What the system said, without its error number.
fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// A connection that failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The system gives no event queue.
    #[error("the network cannot be used: {0}")]
    Runtime(std::io::Error),
    /// The URL is none.
    #[error("`{url}` is no WebSocket URL: {why}")]
    Url {
        /// As it was written.
        url: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The name has no address.
    #[error("nobody knows an address of `{0}`")]
    Name(String),
    /// Nobody answered at any address.
    #[error("{} cannot be reached: {}", .0, words(.1))]
    Reach(String, std::io::Error),
    /// The proxy says no.
    #[error("the proxy does not connect us: {0}")]
    Proxy(String),
    /// TLS failed.
    #[error("TLS failed: {why}")]
    Tls {
        /// In words.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// Too slow.
    #[error("the handshake was not finished within {} seconds", .0.as_secs())]
    Slow(Duration),
    /// The head is endless.
    #[error("the answer's head is longer than {0} bytes and still has no end")]
    Long(usize),
    /// It is no HTTP.
    #[error("what came back is no HTTP: {0}")]
    NoHttp(&'static str),
    /// It hung up.
    #[error("the other side hung up before it answered the request")]
    HungUp,
    /// The answer is no 101.
    #[error("the server did not open a WebSocket: it answered {status}{rest}")]
    Status {
        /// Its number.
        status: u16,
        /// " and points to …", or nothing.
        rest: String,
    },
    /// The answer is wrong.
    #[error("the server's answer breaks {0}: {1}")]
    Handshake(&'static str, String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broke(std::io::Error),
    /// It ended without a close frame.
    #[error("the server ended TCP without a close frame: your program calls this 1006")]
    Abnormal,
    /// Our goodbye stays without answer.
    #[error("the server did not answer our close frame within {} seconds", .0.as_secs())]
    Silent(Duration),
    /// A rule of the protocol.
    #[error("the server broke a rule: {}", .0.what)]
    Breach(crate::websocket::Broken),
    /// It said goodbye because something was wrong.
    #[error("the connection was closed with {0}")]
    Closed(u16),
    /// `/expect` waited in vain.
    #[error("no message with `{0}` came")]
    Expected(String),
}

impl Failure {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Failure::Runtime(_) => "are too many files open? `ulimit -n` says how many may be".into(),
            Failure::Url { .. } => "write it so: ws://localhost:8000/chat, or wss://example.org/".into(),
            Failure::Name(_) => "is it written right? `getent hosts NAME` asks the same source".into(),
            Failure::Reach(_, error) => reach(error.kind()).into(),
            Failure::Proxy(_) => {
                "the proxy's own log says more; a password goes into --proxy http://user:password@host:port".into()
            }
            Failure::Tls { hint, .. } => (*hint).into(),
            Failure::Slow(_) => {
                "something listens there, but perhaps no WebSocket server: is the port right, and ws or wss?".into()
            }
            Failure::Long(_) => "this is no WebSocket server, or it means harm".into(),
            Failure::NoHttp(_) => "is it another protocol's port, or does it want wss:// instead of ws://?".into(),
            Failure::HungUp => "a server that wants TLS hangs up on ws://; then write wss://".into(),
            Failure::Status { status, .. } => status_hint(*status).into(),
            Failure::Handshake(..) => "the lines above show which header; a proxy between may have changed it".into(),
            Failure::Broke(_) | Failure::Abnormal => {
                "the server crashed, was restarted, or a proxy lost patience: its log says which".into()
            }
            Failure::Breach(broken) => format!("{} says what is right", broken.rule),
            Failure::Silent(_) => "a server has to answer a close frame with one of its own (RFC 6455 §5.5.1)".into(),
            Failure::Closed(_) => "the code and the reason above say why".into(),
            Failure::Expected(_) => "the messages that came stand above".into(),
        }
    }
}

fn reach(kind: std::io::ErrorKind) -> &'static str {
    match kind {
        std::io::ErrorKind::ConnectionRefused => {
            "nothing listens on that port: is the server running? `layercake ports` lists what is"
        }
        std::io::ErrorKind::TimedOut => "a firewall swallows the packets, or the machine is off",
        _ => "`layercake ports why PORT` looks at a port of this machine",
    }
}

fn status_hint(status: u16) -> &'static str {
    match status {
        300..=399 => "browsers do not follow redirects of WebSockets; ask for the new address yourself",
        401 | 403 => "--header, --cookie and --origin send what the server may want to see",
        404 => "the path is part of the URL: many servers have WebSockets only at /ws or the like",
        407 => "the proxy wants a password: --proxy http://user:password@host:port",
        426 => "the headers above name the version that the server wants",
        500..=599 => "the server's log says what went wrong there",
        _ => "this address answers plain HTTP; is it the right path?",
    }
}
