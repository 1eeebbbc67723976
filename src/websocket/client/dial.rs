//! From a URL to a WebSocket: name, TCP, proxy, TLS, handshake, each told with its time.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::event::{Event, Teller};
use super::handshake::{Agreed, shake};
use super::{Failure, Plan, tls};
use crate::source::seen::Reporter;
use crate::websocket::{Side, Witness};

/// Addresses of one name that are tried, and how long each.
const TRIED: usize = 8;
const EACH: Duration = Duration::from_secs(4);

/// Bytes in both directions.
pub(in crate::websocket) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// A WebSocket that has just been opened.
pub(in crate::websocket) struct Opened {
    pub(in crate::websocket) stream: Box<dyn Stream>,
    pub(in crate::websocket) agreed: Agreed,
}

/// All the way.
pub(in crate::websocket) async fn open(
    plan: &Plan,
    reporter: Reporter,
    teller: &mut Teller,
) -> Result<Opened, Failure> {
    let (host, port) = plan.proxy.as_ref().map_or((&plan.url.host, plan.url.port), |proxy| (&proxy.host, proxy.port));
    let tcp = connect(host, port, teller).await?;
    // Small frames go out at once.
    let _ = tcp.set_nodelay(true);
    let (local, remote) = ends(&tcp).map_err(Failure::Broke)?;
    let mut witness = Witness::new(tcp, reporter.clone(), Side::Client, local, remote);
    if let Some(proxy) = &plan.proxy {
        proxy.connect(&mut witness, &plan.url, teller).await?;
    }
    let mut stream: Box<dyn Stream> = if plan.url.secure {
        Box::new(tls::wrap(witness, plan, reporter, teller).await?)
    } else {
        drop(reporter);
        Box::new(witness)
    };
    let agreed = shake(&mut stream, plan, teller).await?;
    Ok(Opened { stream, agreed })
}

fn ends(tcp: &TcpStream) -> io::Result<(SocketAddr, SocketAddr)> {
    Ok((tcp.local_addr()?, tcp.peer_addr()?))
}

/// One address after the other, until somebody answers.
pub(in crate::websocket) async fn connect(host: &str, port: u16, teller: &mut Teller) -> Result<TcpStream, Failure> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses(host, port, teller).await? {
        let begun = Instant::now();
        let tried = tokio::time::timeout(EACH, TcpStream::connect(address)).await;
        match tried.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(tcp) => {
                if let Ok((local, remote)) = ends(&tcp) {
                    teller.tell(Event::Connected(local, remote, begun.elapsed()));
                }
                return Ok(tcp);
            }
            Err(error) => {
                teller.tell(Event::Refused(address, error.kind(), begun.elapsed()));
                last = error;
            }
        }
    }
    Err(Failure::Reach(format!("{}:{port}", super::url::bracketed(host)), last))
}

pub(in crate::websocket) async fn addresses(
    host: &str,
    port: u16,
    teller: &mut Teller,
) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found = tokio::net::lookup_host((host, port)).await.map_err(|_| Failure::Name(host.to_owned()))?;
    let mut all: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !all.contains(&address) && all.len() < TRIED {
            all.push(address);
        }
    }
    teller.tell(Event::Named(host.to_owned(), all.iter().map(SocketAddr::ip).collect()));
    if all.is_empty() { Err(Failure::Name(host.to_owned())) } else { Ok(all) }
}
