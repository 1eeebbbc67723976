//! A server and a client for people: [`serve`] waits for callers, [`connect`] calls. Each call to the kernel is told
//! right after it has returned, with the state that the socket has then.
//! Not here: reading the keyboard and Ctrl-C (`cli`), the calls themselves (`tcp`, `udp`).

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::desk::Desk;
use super::{Call, Event, Kernel, Party, Transport, client, tcp, udp};

/// Clients that a server keeps at the same time.
pub const MOST_CLIENTS: usize = 256;
/// Reads and sends of one connection that are told one by one; what follows at once is summed up.
pub const ONE_BY_ONE: u32 = 20;
/// How long a `connect()` may take at one address.
pub const ANSWERS: Duration = Duration::from_secs(10);

/// What a server is to do.
#[derive(Debug, Clone)]
pub struct Serve {
    /// TCP or UDP.
    pub transport: Transport,
    /// Where; port 0 is any that is free.
    pub at: SocketAddr,
    /// What comes goes back.
    pub echo: bool,
    /// Sent to each new client.
    pub greeting: Option<Vec<u8>>,
    /// The end after so many clients.
    pub clients: Option<u32>,
}

/// What a client is to do.
#[derive(Debug, Clone)]
pub struct Connect {
    /// TCP or UDP.
    pub transport: Transport,
    /// Tried in this order until one answers.
    pub addresses: Vec<SocketAddr>,
    /// Each is one `send()`.
    pub send: Vec<Vec<u8>>,
    /// What follows after them.
    pub then: Then,
    /// How long answers may take then; `None`: TCP waits until the other side closes, UDP a second.
    pub wait: Option<Duration>,
    /// Its own port, where it is not the kernel's to choose.
    pub from: Option<u16>,
    /// So many clients at once.
    pub count: u32,
}

/// What a client does once it has sent what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Listens to the keyboard.
    Type,
    /// Says that it is done, and listens to the answer.
    Shutdown,
    /// Closes.
    Close,
}

/// What a person wants to happen meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Something for this client, or for all.
    Do(Option<u32>, Order),
    /// Said to the person in turn with what happens: the sink gets it back.
    Aside(String),
    /// The keyboard is closed.
    End,
}

/// What is done with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// `send()`
    Send(Vec<u8>),
    /// `shutdown(SHUT_WR)`
    Shutdown,
    /// `close()`
    Close,
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A call to the kernel.
    Call(Event),
    /// After `close()` the kernel itself has moved the connection on.
    Moved {
        /// Since the beginning of the run.
        at: Duration,
        /// Whose it was.
        who: Party,
        /// Its own end.
        local: SocketAddr,
        /// The other end.
        remote: SocketAddr,
        /// Its state; `None`: it stands in the table no more.
        state: Option<&'static str>,
    },
    /// There is no such client, or none at all.
    Nobody(Option<u32>),
    /// As many clients as fit are there; one more was sent away.
    Full,
    /// One more has come, of whom nothing else is told: very many come.
    Untold,
    /// Back from [`Wish::Aside`].
    Aside(String),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Done,
    /// Somebody asked for it.
    Stopped,
}

/// A call that failed and without which nothing goes on.
#[derive(Debug)]
pub struct Failure {
    /// What was asked of the kernel.
    pub call: Call,
    /// What it said.
    pub error: io::Error,
}

/// Whoever runs a demonstration lends it these.
pub struct Around<'a> {
    /// Asked after each call that is told.
    pub kernel: Box<dyn Kernel>,
    /// The keyboard.
    pub wishes: Receiver<Wish>,
    /// Whether to stop; asked twenty times a second.
    pub stop: &'a dyn Fn() -> bool,
    /// Hears of everything; says whether it wants more.
    pub sink: &'a mut dyn FnMut(Told) -> bool,
}

/// Waits for callers until somebody asks to stop, or enough have come.
///
/// # Errors
/// The call without which nobody can come: the port is taken, the address is another machine's.
pub fn serve(plan: Serve, around: Around<'_>) -> Result<End, Failure> {
    let Around { kernel, wishes, stop, sink } = around;
    let desk = Rc::new(Desk::new(kernel, plan.transport));
    let at_desk = Rc::clone(&desk);
    desk.run(stop, sink, async move {
        match plan.transport {
            Transport::Tcp => tcp::serve(at_desk, plan, wishes).await,
            Transport::Udp => udp::serve(&at_desk, plan, wishes).await,
        }
    })
}

/// Calls, and talks until both sides are done.
///
/// # Errors
/// The call that failed at the last address.
pub fn connect(plan: Connect, around: Around<'_>) -> Result<End, Failure> {
    let Around { kernel, wishes, stop, sink } = around;
    let desk = Rc::new(Desk::new(kernel, plan.transport));
    let at_desk = Rc::clone(&desk);
    desk.run(stop, sink, async move { client::connect(at_desk, plan, wishes).await })
}
