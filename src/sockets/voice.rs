//! How one connection reports its reads and sends: the first ones each, then sums, so that a busy one does not flood.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use super::desk::{Desk, Ends};
use super::live::ONE_BY_ONE;
use super::{Call, KEPT, Outcome, Party};

/// Ticks without a call after which calls are told one by one again: it is a person who types.
const CALM: u32 = 20;
/// The same for calls that are told one by one.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest time between two sums, in ticks.
const SELDOM: u32 = 20;

/// What a busy connection did since it was told last. Counting allocates nothing and asks nobody.
pub(super) struct Tally {
    who: Party,
    ends: Ends,
    room: usize,
    told: Cell<u32>,
    /// When it was told of last.
    last: Cell<Duration>,
    open: Cell<bool>,
    received: Cell<(u64, u64)>,
    sent: Cell<(u64, u64)>,
    idle: Cell<u32>,
    waited: Cell<u32>,
    wait: Cell<u32>,
}

impl Tally {
    pub(super) fn is_open(&self) -> bool {
        self.open.get()
    }

    /// Once a tick: tells, where enough time has passed.
    pub(super) fn tick(&self, desk: &Desk, patience: u32) {
        let anything = self.received.get().0 + self.sent.get().0 > 0;
        self.idle.set(if anything { 0 } else { self.idle.get() + 1 });
        self.waited.set(self.waited.get() + 1);
        if anything && self.waited.get() >= self.wait.get().max(patience) {
            self.wait.set((self.wait.get() * 2).clamp(2, SELDOM));
            self.flush(desk);
        } else if self.idle.get() > CALM {
            self.told.set(0);
            self.open.set(false);
        }
    }

    fn flush(&self, desk: &Desk) {
        self.waited.set(0);
        let sums = [
            (&self.received, Call::Receive(self.room)),
            (&self.sent, Call::Send { bytes: Vec::new(), length: 0, to: None }),
        ];
        for (sum, call) in sums {
            let (calls, bytes) = sum.replace((0, 0));
            if calls > 0 {
                desk.call(self.who, call, Outcome::More { calls, bytes }, desk.now(), self.ends);
            }
        }
    }
}

/// One connection's way to the desk.
pub(super) struct Voice {
    desk: Rc<Desk>,
    tally: Rc<Tally>,
    quiet: bool,
    /// To whom, where the socket itself knows nobody: UDP's server.
    partner: Option<SocketAddr>,
    /// Said that a `send()` had to wait.
    full: Cell<bool>,
}

impl Voice {
    /// A connection with room for so many bytes a read.
    pub(super) fn new(desk: &Rc<Desk>, who: Party, ends: Ends, room: usize) -> Self {
        let zero = || Cell::new(0);
        let nothing = || Cell::new((0, 0));
        let tally = Tally {
            who,
            ends,
            room,
            told: zero(),
            last: Cell::new(Duration::ZERO),
            open: Cell::new(false),
            received: nothing(),
            sent: nothing(),
            idle: zero(),
            waited: zero(),
            wait: Cell::new(2),
        };
        Voice { desk: Rc::clone(desk), tally: Rc::new(tally), quiet: false, partner: None, full: Cell::new(false) }
    }

    /// Never tells anything: there are too many of its kind.
    pub(super) fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// One of several who talk to the same socket.
    pub(super) fn with(mut self, partner: SocketAddr) -> Self {
        self.partner = Some(partner);
        self
    }

    /// Bytes have come.
    pub(super) fn received(&self, bytes: &[u8], began: Duration) {
        self.count(&self.tally.received, bytes.len(), |room| {
            let from = self.partner;
            (Call::Receive(room), Outcome::Received { bytes: kept(bytes), length: bytes.len(), from }, began)
        });
    }

    /// The kernel took so many of these bytes.
    pub(super) fn sent(&self, bytes: &[u8], taken: usize, began: Duration) {
        self.count(&self.tally.sent, taken, |_| (self.send(bytes), Outcome::Sent(taken), began));
    }

    /// `send()` of these bytes, as it is told.
    pub(super) fn send(&self, bytes: &[u8]) -> Call {
        Call::Send { bytes: kept(bytes), length: bytes.len(), to: self.partner }
    }

    fn count(&self, sum: &Cell<(u64, u64)>, bytes: usize, tell: impl FnOnce(usize) -> (Call, Outcome, Duration)) {
        let tally = &self.tally;
        if self.quiet {
            return;
        }
        if tally.told.get() < ONE_BY_ONE {
            let (call, outcome, began) = tell(tally.room);
            // Who pauses between calls is no flood.
            let paused = began.saturating_sub(tally.last.replace(began)) > PAUSE;
            tally.told.set(if paused { 1 } else { tally.told.get() + 1 });
            self.desk.call(tally.who, call, outcome, began, tally.ends);
            return;
        }
        let (calls, total) = sum.get();
        sum.set((calls + 1, total + bytes as u64));
        if !tally.open.replace(true) {
            tally.idle.set(0);
            tally.wait.set(2);
            self.desk.watch(tally);
        }
    }

    /// Whether the next read or send is told by itself: only then it is worth looking at the clock.
    pub(super) fn began(&self) -> Duration {
        if self.quiet || self.tally.told.get() >= ONE_BY_ONE { Duration::ZERO } else { self.desk.now() }
    }

    /// Any other call; sums come before it.
    pub(super) fn call(&self, call: Call, outcome: Outcome, began: Duration) {
        if !self.quiet {
            self.tally.flush(&self.desk);
            self.desk.call(self.tally.who, call, outcome, began, self.tally.ends);
        }
    }

    /// A call that the kernel refused.
    pub(super) fn refused(&self, call: Call, error: &io::Error, began: Duration) {
        self.call(call, refusal(error), began);
    }

    /// The kernel's buffer is full: said once, since whoever reads slowly does so again and again.
    pub(super) fn waits(&self, bytes: &[u8], error: &io::Error, began: Duration) {
        if !self.full.replace(true) {
            self.refused(self.send(bytes), error, began);
        }
    }

    /// Closes the socket, and tells what becomes of the connection.
    pub(super) async fn closed<Socket>(self, socket: Socket) {
        let began = self.desk.now();
        drop(socket);
        if self.quiet {
            return;
        }
        self.tally.flush(&self.desk);
        let state = self.desk.call(self.tally.who, Call::Close, Outcome::Done, began, self.tally.ends);
        if let (Some(local), Some(remote)) = self.tally.ends {
            self.desk.settle(self.tally.who, local, remote, state).await;
        }
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.tally.open.set(false);
    }
}

/// As much of a message as is told.
fn kept(bytes: &[u8]) -> Vec<u8> {
    bytes.get(..KEPT).unwrap_or(bytes).to_vec()
}

/// The name that programs know an error by, and the system's words for it.
pub(super) fn refusal(error: &io::Error) -> Outcome {
    Outcome::Refused { name: name(error), message: message(error) }
}

#[cfg(target_os = "linux")]
fn name(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => format!("{:?}", nix::errno::Errno::from_raw(number)),
        None => format!("{:?}", error.kind()),
    }
}

#[cfg(not(target_os = "linux"))]
fn name(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let known = match error.kind() {
        Kind::ConnectionRefused => "ECONNREFUSED",
        Kind::ConnectionReset => "ECONNRESET",
        Kind::BrokenPipe => "EPIPE",
        Kind::AddrInUse => "EADDRINUSE",
        Kind::AddrNotAvailable => "EADDRNOTAVAIL",
        Kind::PermissionDenied => "EACCES",
        Kind::TimedOut => "ETIMEDOUT",
        Kind::NetworkUnreachable => "ENETUNREACH",
        Kind::HostUnreachable => "EHOSTUNREACH",
        Kind::WouldBlock => "EAGAIN",
        other => return format!("{other:?}"),
    };
    known.to_owned()
}

/// "Connection refused", without its number.
fn message(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
