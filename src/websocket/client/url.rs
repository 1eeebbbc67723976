//! `ws://` and `wss://`, RFC 6455 §3. Not here: names in other scripts than ASCII.

use super::Failure;

/// Where a WebSocket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// With TLS.
    pub secure: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// 80 or 443 where none is written.
    pub port: u16,
    /// Path and query, at least "/".
    pub target: String,
}

impl Url {
    /// Reads one.
    ///
    /// # Errors
    /// It is none, and why.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        read(text.trim()).map_err(|why| Failure::Url { url: text.to_owned(), why })
    }

    /// For `Host:`; the port only where it is not the usual one (RFC 9110 §7.2).
    pub fn authority(&self) -> String {
        let usual = if self.secure { 443 } else { 80 };
        if self.port == usual { bracketed(&self.host) } else { format!("{}:{}", bracketed(&self.host), self.port) }
    }

    /// Host and port, always both.
    pub fn place(&self) -> String {
        format!("{}:{}", bracketed(&self.host), self.port)
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}{}", if self.secure { "wss" } else { "ws" }, self.authority(), self.target)
    }
}

/// An IPv6 address gets its brackets.
pub(super) fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

fn read(text: &str) -> Result<Url, &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or("it does not begin with ws:// or wss://")?;
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "ws" | "http" => false,
        "wss" | "https" => true,
        _ => return Err("it does not begin with ws:// or wss://"),
    };
    if rest.contains('#') {
        return Err("it has a #fragment, which a WebSocket's URL may not have (RFC 6455 §3)");
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Err("user and password do not belong there; send them with --header 'Authorization: …'");
    }
    let (host, port) = place(authority, if secure { 443 } else { 80 })?;
    let slash = if path.starts_with('/') { "" } else { "/" };
    Ok(Url { secure, host, port, target: format!("{slash}{}", escaped(path)) })
}

/// `host`, `host:port`, `[address]:port`.
pub(super) fn place(authority: &str, usual: u16) -> Result<(String, u16), &'static str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or("the bracket of the IPv6 address is not closed")?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| "there is no IPv6 address between the brackets")?;
            (host, port.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err("an IPv6 address stands in brackets: ws://[::1]:8000/");
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return Err("the host is missing");
    }
    if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b)) {
        return Err("a host has only letters of ASCII, digits, dots and hyphens");
    }
    let port = match port {
        None | Some("") => usual,
        Some(digits) => digits.parse().ok().filter(|p| *p > 0).ok_or("the port is not a number from 1 to 65535")?,
    };
    Ok((host.to_ascii_lowercase(), port))
}

/// What may not stand in a request line is written as %XX.
fn escaped(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host_a_port_and_a_path_and_says_them_again() {
        let url = |text| Url::parse(text).expect("a URL");
        assert_eq!(url("ws://localhost:8000/chat?a=1").target, "/chat?a=1");
        assert_eq!(url("wss://Example.org").to_string(), "wss://example.org/");
        assert_eq!((url("wss://a").port, url("ws://a").port, url("ws://a:443").port), (443, 80, 443));
        assert_eq!(url("ws://[::1]:9/").authority(), "[::1]:9");
        assert_eq!(url("ws://a?q").target, "/?q");
        assert_eq!(url("ws://a/ä b\r\nX: y").target, "/%C3%A4%20b%0D%0AX:%20y");
    }

    #[test]
    fn what_is_no_url_says_why() {
        for wrong in [
            "localhost:8000",
            "ftp://a/",
            "ws://",
            "ws://a:0/",
            "ws://a:70000/",
            "ws://::1/",
            "ws://[x]/",
            "ws://a/#b",
            "ws://u:p@a/",
            "ws://a\r\nb/",
        ] {
            assert!(matches!(Url::parse(wrong), Err(Failure::Url { .. })), "{wrong}");
        }
    }
}
