//! Where the tap passes on to: `host:port`, `ws://…`, or `wss://…` with TLS.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::websocket::client::{Failure, Url};

/// The server behind the tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// With TLS.
    pub secure: bool,
}

impl Target {
    /// Reads one. A bare number is a port of this machine; a path is refused, because the client says its own.
    ///
    /// # Errors
    /// It is none, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written = text.trim();
        if let Ok(port @ 1..) = written.parse::<u16>() {
            return Ok(Target { host: "localhost".to_owned(), port, secure: false });
        }
        let whole = if written.contains("://") { written.to_owned() } else { format!("ws://{written}") };
        let url = Url::parse(&whole).map_err(|failure| match failure {
            Failure::Url { why, .. } => why.to_owned(),
            other => other.to_string(),
        })?;
        if url.target != "/" {
            return Err("the path comes from the client: write only host and port".to_owned());
        }
        let bare = written.rsplit(['/', ']']).next().is_some_and(|rest| !rest.contains(':'));
        if bare && !written.contains("://") {
            return Err("the port is missing: write it as localhost:8000".to_owned());
        }
        Ok(Target { host: url.host, port: url.port, secure: url.secure })
    }

    /// Whether this address of it is where we listen: whatever came would go round for ever.
    pub(super) fn is(address: SocketAddr, listens: SocketAddr) -> bool {
        let same = |ip: IpAddr| ip.to_canonical() == listens.ip().to_canonical();
        let any = listens.ip().is_unspecified() && (address.ip().is_loopback() || address.ip().is_unspecified());
        address.port() == listens.port() && (same(address.ip()) || any || address.ip().is_unspecified())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss://" } else { "" };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}{open}{}{close}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_place_and_has_no_path() {
        let said = |text| Target::parse(text).map(|target| target.to_string());
        assert_eq!(said("localhost:8000"), Ok("localhost:8000".into()));
        assert_eq!(said("8000"), Ok("localhost:8000".into()));
        assert_eq!(said("ws://[::1]:9"), Ok("[::1]:9".into()));
        assert_eq!(said("wss://Example.org/"), Ok("wss://example.org:443".into()));
        for wrong in ["localhost", "[::1]", "ws://a/chat", "0", "ftp://a", "", "a b:1"] {
            assert!(said(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tap_knows_itself() {
        let at = |text: &str| text.parse::<SocketAddr>().expect("an address");
        assert!(Target::is(at("127.0.0.1:8001"), at("127.0.0.1:8001")));
        assert!(Target::is(at("127.0.0.1:8001"), at("0.0.0.0:8001")));
        assert!(!Target::is(at("127.0.0.1:8000"), at("127.0.0.1:8001")));
        assert!(!Target::is(at("192.0.2.1:8001"), at("127.0.0.1:8001")));
    }
}
