//! A tap between any client and any server: it takes connections, opens one to the server for each, passes every byte on
//! and reports it. Nothing is added, nothing changed: `Host` and `Origin` stay as the client wrote them, a half-closed
//! connection stays half open, a broken one breaks. TLS to the server is ended here, so that what it hides can be shown.
//! Not here: what the bytes mean (`protocols`), what they look like (`render::tap`).

mod account;
mod relay;
mod target;

use std::net::{SocketAddr, TcpListener as Listener};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use target::Target;

use self::account::Account;
use super::client::Failure;
use super::client::event::Teller;
use super::client::{dial, tls};
use crate::source::seen::Reporter;

/// After the system refused a connection: files are freed meanwhile.
const BREATH: Duration = Duration::from_millis(100);

/// What to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where to.
    pub to: Target,
    /// Accept any certificate.
    pub insecure: bool,
    /// A file of certificates (PEM) that are trusted instead of the system's.
    pub ca: Option<String>,
    /// Connections at once.
    pub clients: usize,
    /// How long the server may take to answer a connection.
    pub patience: Duration,
}

/// What no packet tells.
#[derive(Debug)]
pub enum Event {
    /// The server could not be reached for this client, and how long that was tried.
    Unreachable(SocketAddr, Failure, Duration),
    /// A client was turned away: so many are here already.
    Full(SocketAddr, usize),
    /// The system gives no connection.
    Refused(std::io::Error),
}

/// What all connections share.
struct Shared {
    plan: Plan,
    tls: Option<TlsConnector>,
    reporter: Option<Reporter>,
    events: SyncSender<Event>,
}

/// Whether the tap would pass on to itself.
///
/// # Errors
/// The system gives no event queue. A name that nobody knows is no error here: its server may come later.
pub fn is_itself(target: &Target, listens: SocketAddr) -> Result<bool, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let found = runtime.block_on(async {
        let mut mute = Teller::mute();
        let asked = dial::addresses(&target.host, target.port, &mut mute);
        let soon = tokio::time::timeout(Duration::from_secs(2), asked).await;
        soon.ok().and_then(Result::ok).unwrap_or_default()
    });
    runtime.shutdown_background();
    Ok(found.into_iter().any(|address| Target::is(address, listens)))
}

/// Takes connections until `stop` says so. Blocks. What happens beside the bytes goes to `events`, which never makes it
/// wait; the bytes go to `reporter`, if somebody looks.
///
/// # Errors
/// The tap could not begin.
pub fn run(
    plan: Plan,
    listener: Listener,
    reporter: Option<Reporter>,
    stop: watch::Receiver<bool>,
    events: SyncSender<Event>,
) -> Result<(), Failure> {
    let tls = if plan.to.secure { Some(tls::connector(plan.insecure, plan.ca.as_deref())?) } else { None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let shared = Arc::new(Shared { plan, tls, reporter, events });
    let ended = runtime.block_on(async {
        listener.set_nonblocking(true).map_err(Failure::Runtime)?;
        let listener = TcpListener::from_std(listener).map_err(Failure::Runtime)?;
        accept(&listener, shared, stop).await;
        Ok(())
    });
    // A name server that does not answer shall not hold us.
    runtime.shutdown_background();
    ended
}

async fn accept(listener: &TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let mut all = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => return,
            Some(_) = all.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((client, address)) if all.len() >= shared.plan.clients => {
                    drop(client);
                    let _ = shared.events.try_send(Event::Full(address, shared.plan.clients));
                }
                Ok((client, address)) => {
                    all.spawn(serve(client, address, Arc::clone(&shared)));
                }
                Err(error) => {
                    let _ = shared.events.try_send(Event::Refused(error));
                    tokio::time::sleep(BREATH).await;
                }
            },
        }
    }
}

/// One connection, from beginning to end.
async fn serve(client: TcpStream, address: SocketAddr, shared: Arc<Shared>) {
    let begun = Instant::now();
    let opened = tokio::time::timeout(shared.plan.patience, open(&shared)).await;
    match opened.unwrap_or(Err(Failure::Slow(shared.plan.patience))) {
        Ok(server) => {
            // Small messages go out at once, as they came.
            let _ = client.set_nodelay(true);
            let far = server.tcp().peer_addr().unwrap_or(address);
            let account = Account::open(shared.reporter.clone(), address, far);
            match server {
                Server::Plain(server) => pass(client, server, |server| server, account).await,
                Server::Tls(server) => pass(client, *server, |server| server.get_ref().0, account).await,
            }
        }
        Err(failure) => {
            let _ = shared.events.try_send(Event::Unreachable(address, failure, begun.elapsed()));
        }
    }
}

/// The way to the server.
enum Server {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Server {
    fn tcp(&self) -> &TcpStream {
        match self {
            Server::Plain(tcp) => tcp,
            Server::Tls(stream) => stream.get_ref().0,
        }
    }
}

async fn open(shared: &Shared) -> Result<Server, Failure> {
    let to = &shared.plan.to;
    let server = dial::connect(&to.host, to.port, &mut Teller::mute()).await?;
    let _ = server.set_nodelay(true);
    let Some(connector) = &shared.tls else { return Ok(Server::Plain(server)) };
    let shaken = connector.connect(tls::name(&to.host)?, server).await;
    shaken.map(|stream| Server::Tls(Box::new(stream))).map_err(|error| tls::explained(&error))
}

/// Passes on until the end; who did not break off is told of it in the same way (RST, RFC 9293 §3.5.2).
async fn pass<S>(mut client: TcpStream, mut server: S, tcp: impl Fn(&S) -> &TcpStream, mut account: Account)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if let Err(broke) = relay::relay(&mut client, &mut server, &mut account).await {
        account.reset(broke.by_client);
        let left = if broke.by_client { tcp(&server) } else { &client };
        // Fails only for a socket that is gone already.
        let _ = socket2::SockRef::from(left).set_linger(Some(Duration::ZERO));
    }
}
