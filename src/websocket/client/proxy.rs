//! Through a proxy: CONNECT (RFC 9110 §9.3.6) asks it for a tunnel, in which the bytes are ours alone.

use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::event::{Event, Teller};
use super::handshake::head;
use super::judge::Answer;
use super::url::place;
use super::{Failure, Url};

/// Who stands between.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Its name or address.
    pub host: String,
    /// 8080 where none is written.
    pub port: u16,
    /// "user:password".
    pub password: Option<String>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port) // no passwords in logs
    }
}

impl Proxy {
    /// `http://host:port`, also with `user:password@`.
    ///
    /// # Errors
    /// It is none, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
        if rest.contains("://") {
            return Err("only proxies that are reached by http:// are known".to_owned());
        }
        let (password, authority) = match rest.rsplit_once('@') {
            Some((password, authority)) => (Some(password.to_owned()), authority),
            None => (None, rest),
        };
        let (host, port) = place(authority, 8080)?;
        Ok(Proxy { host, port, password })
    }

    /// Asks for a tunnel to `url`.
    pub(super) async fn connect<S>(&self, stream: &mut S, url: &Url, teller: &mut Teller) -> Result<(), Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let place = url.place();
        let mut lines = vec![format!("CONNECT {place} HTTP/1.1"), format!("Host: {place}")];
        let mut text = lines.join("\r\n");
        if let Some(password) = &self.password {
            let packed = data_encoding::BASE64.encode(password.as_bytes());
            text += &format!("\r\nProxy-Authorization: Basic {packed}");
            lines.push("Proxy-Authorization: Basic ********".to_owned());
        }
        text += "\r\n\r\n";
        let asked = Instant::now();
        stream.write_all(text.as_bytes()).await.map_err(Failure::Broke)?;
        let (bytes, _) = head(stream).await?;
        let answer = Answer::read(&bytes)?;
        let first = answer.lines.first().cloned().unwrap_or_default();
        teller.tell(Event::Proxied(lines, answer.lines, asked.elapsed()));
        if (200..300).contains(&answer.status) { Ok(()) } else { Err(Failure::Proxy(first)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_a_place_and_perhaps_a_password() {
        let proxy = Proxy::parse("http://me:secret@localhost:3128/").expect("a proxy");
        assert_eq!(
            (proxy.host.as_str(), proxy.port, proxy.password.as_deref()),
            ("localhost", 3128, Some("me:secret"))
        );
        assert_eq!(Proxy::parse("localhost").expect("a proxy").port, 8080);
        assert!(!format!("{proxy:?}").contains("secret"));
        assert!(Proxy::parse("socks5://a").is_err() && Proxy::parse("http://:1").is_err());
    }
}
