//! Where all connections of a run report: one queue, one clock, one place that asks the kernel.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::LocalSet;
use tokio::time::MissedTickBehavior;

use super::live::{End, Failure, Told};
use super::voice::Tally;
use super::{Call, Event, Kernel, Outcome, Party, Transport};

/// How soon Ctrl-C is noticed; busy connections are summed up every other time at most.
const TICK: Duration = Duration::from_millis(50);
/// How long the kernel may take to move a closed connection on before we stop looking.
const SETTLES: Duration = Duration::from_secs(3);
/// Told at once before the rest is left out, and how many a tick adds: many short connections are a flood, too.
const BURST: u32 = 40;

/// What the connections of a run share.
pub(super) struct Desk {
    kernel: RefCell<Box<dyn Kernel>>,
    pub(super) transport: Transport,
    begin: Instant,
    news: Notify,
    queue: RefCell<VecDeque<Told>>,
    busy: RefCell<Vec<Rc<Tally>>>,
    /// Connections that may still be told in full.
    spare: std::cell::Cell<u32>,
}

impl Desk {
    pub(super) fn new(kernel: Box<dyn Kernel>, transport: Transport) -> Self {
        Desk {
            kernel: RefCell::new(kernel),
            transport,
            begin: Instant::now(),
            news: Notify::new(),
            queue: RefCell::default(),
            busy: RefCell::default(),
            spare: std::cell::Cell::new(BURST),
        }
    }

    /// Runs `work` and whatever it spawns; dropping them closes every socket.
    pub(super) fn run(
        &self,
        stop: &dyn Fn() -> bool,
        sink: &mut dyn FnMut(Told) -> bool,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<End, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure { call: Call::Socket(self.transport), error })?;
        LocalSet::new().block_on(&runtime, self.drive(stop, sink, work))
    }

    async fn drive(
        &self,
        stop: &dyn Fn() -> bool,
        sink: &mut dyn FnMut(Told) -> bool,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<End, Failure> {
        let mut work = pin!(work);
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                biased;
                () = self.news.notified() => None,
                _ = tick.tick() => {
                    self.sum_up();
                    self.spare.set((self.spare.get() + 1).min(BURST));
                    None
                }
                done = &mut work => Some(done),
            };
            // What a sink hears it may take long to print; others go on only when the queue is empty.
            loop {
                let told = self.queue.borrow_mut().pop_front();
                let Some(told) = told else { break };
                if !sink(told) {
                    return Ok(End::Stopped);
                }
            }
            match done {
                Some(done) => return done.map(|()| End::Done),
                None if stop() => return Ok(End::Stopped),
                None => {}
            }
        }
    }

    pub(super) fn tell(&self, told: Told) {
        self.queue.borrow_mut().push_back(told);
        self.news.notify_one();
    }

    pub(super) fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    pub(super) fn state(&self, local: SocketAddr, remote: Option<SocketAddr>) -> Option<&'static str> {
        self.kernel.borrow_mut().state(self.transport, local, remote)
    }

    /// Tells of a call that has just returned; `began` is when it was made. Gives the state that was told.
    pub(super) fn call(
        &self,
        who: Party,
        call: Call,
        outcome: Outcome,
        began: Duration,
        ends: Ends,
    ) -> Option<&'static str> {
        let at = self.now();
        let (local, remote) = ends;
        let state = local.and_then(|local| self.state(local, remote));
        let took = at.saturating_sub(began);
        self.tell(Told::Call(Event { at, took, who, call, outcome, local, remote, state }));
        state
    }

    /// Whether one more connection is told in full.
    pub(super) fn has_time(&self) -> bool {
        let spare = self.spare.get();
        self.spare.set(spare.saturating_sub(1));
        spare > 0
    }

    /// From now on what this connection does is summed up now and then.
    pub(super) fn watch(&self, tally: &Rc<Tally>) {
        self.busy.borrow_mut().push(Rc::clone(tally));
    }

    fn sum_up(&self) {
        let mut busy = self.busy.borrow_mut();
        // The more of them talk at once, the more seldom each is told.
        let patience = 2 * (busy.len() as u32 / 4).max(1);
        busy.retain(|tally| {
            tally.tick(self, patience);
            tally.is_open()
        });
    }

    /// Tells what becomes of a connection after `close()`, until it rests or is gone.
    pub(super) async fn settle(
        &self,
        who: Party,
        local: SocketAddr,
        remote: SocketAddr,
        mut was: Option<&'static str>,
    ) {
        let end = self.now() + SETTLES;
        while was.is_some_and(|state| state != "TIME-WAIT") && self.now() < end {
            tokio::time::sleep(TICK / 2).await;
            let state = self.state(local, Some(remote));
            if state != was {
                was = state;
                self.tell(Told::Moved { at: self.now(), who, local, remote, state });
            }
        }
    }
}

/// Own end and other end, as far as a socket has them.
pub(super) type Ends = (Option<SocketAddr>, Option<SocketAddr>);
