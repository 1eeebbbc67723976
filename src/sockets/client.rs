//! The client of both protocols: connects, sends what it was given, then what is typed, and reads until the end.
//! For UDP `connect()` only writes down the partner in the kernel: nothing is sent (connect(2), RFC 1122 §4.1.3.5).

use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::desk::Desk;
use super::line::{Line, ROOM};
use super::live::{Connect, Failure, Order, Then, Wish};
use super::tcp::{Guests, ORDERS, pass_on};
use super::voice::Voice;
use super::{Call, Party, Role, open};

/// UDP's partner never says that it is done: an answer that takes longer is not waited for.
const ANSWER: Duration = Duration::from_secs(1);

/// Runs all clients of a plan; the failure of one is the failure of all, once the others are done.
pub(super) async fn connect(desk: Rc<Desk>, plan: Connect, wishes: Receiver<Wish>) -> Result<(), Failure> {
    let plan = Rc::new(plan);
    let guests = Guests::new(BTreeMap::new().into());
    let mut talks = JoinSet::new();
    for place in 1..=plan.count {
        let number = if plan.count == 1 { 0 } else { place };
        let (way, orders) = mpsc::channel(ORDERS);
        if plan.then == Then::Type {
            guests.borrow_mut().insert(place, way);
        }
        let (desk, plan) = (Rc::clone(&desk), Rc::clone(&plan));
        talks.spawn_local(async move { one(&desk, Party { role: Role::Client, number }, &plan, orders).await });
    }
    let typing = tokio::task::spawn_local(async move {
        pass_on(desk, wishes, Rc::clone(&guests)).await;
        guests.borrow_mut().clear();
    });
    let mut result = Ok(());
    while let Some(done) = talks.join_next().await {
        result = result.and(done.unwrap_or(Ok(())));
    }
    typing.abort();
    result
}

async fn one(desk: &Rc<Desk>, who: Party, plan: &Connect, orders: Receiver<Order>) -> Result<(), Failure> {
    let line = open::client(desk, who, plan).await?;
    let voice = Voice::new(desk, who, line.ends(), ROOM);
    let mut talk = Talk { line, voice, plan, until: None, unheard: None };
    talk.run(orders).await;
    let unheard = talk.unheard.take();
    talk.voice.closed(talk.line).await;
    unheard.map_or(Ok(()), |error| Err(Failure { call: Call::Receive(ROOM), error }))
}

struct Talk<'a> {
    line: Line,
    voice: Voice,
    plan: &'a Connect,
    /// When it has waited long enough for answers.
    until: Option<Instant>,
    /// The last datagram came to a port where nobody is.
    unheard: Option<io::Error>,
}

/// Whether a talk goes on.
#[derive(PartialEq, Eq)]
enum Goes {
    On,
    Out,
}

impl Talk<'_> {
    async fn run(&mut self, mut orders: Receiver<Order>) {
        for bytes in &self.plan.send {
            if self.send(bytes).await == Goes::Out {
                return;
            }
        }
        let mut typing = self.plan.then == Then::Type;
        if !typing && self.finished() == Goes::Out {
            return;
        }
        let mut room = vec![0; ROOM];
        loop {
            let until = self.until;
            let goes = tokio::select! {
                biased;
                order = orders.recv(), if typing => match order {
                    Some(Order::Send(bytes)) => self.send(&bytes).await,
                    Some(Order::Shutdown) => {
                        self.line.shut_down(&self.voice);
                        Goes::On
                    }
                    Some(Order::Close) => Goes::Out,
                    None => {
                        typing = false;
                        self.finished()
                    }
                },
                answer = self.line.receive(&self.voice, &mut room) => self.heard(answer),
                () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => Goes::Out,
            };
            if goes == Goes::Out {
                return;
            }
        }
    }

    /// Nothing more will be sent.
    fn finished(&mut self) -> Goes {
        let udp = matches!(self.line, Line::Udp(_));
        let then = self.plan.then;
        if then != Then::Close {
            self.line.shut_down(&self.voice);
        } else if self.plan.wait.is_none() {
            return Goes::Out;
        }
        let wait = self.plan.wait.or(udp.then_some(ANSWER));
        self.until = wait.map(|wait| Instant::now() + wait);
        if udp && self.unheard.is_some() { Goes::Out } else { Goes::On }
    }

    async fn send(&mut self, bytes: &[u8]) -> Goes {
        let sent = self.line.send(&self.voice, bytes).await;
        self.failed(sent.err())
    }

    fn heard(&mut self, answer: io::Result<Option<usize>>) -> Goes {
        match answer {
            Ok(Some(_)) => {
                self.unheard = None;
                Goes::On
            }
            Ok(None) => Goes::Out,
            Err(error) => match self.failed(Some(error)) {
                // Nothing else will come, and nothing more is sent.
                Goes::On if self.until.is_some() => Goes::Out,
                goes => goes,
            },
        }
    }

    /// A UDP socket outlives its errors: they tell of an earlier datagram.
    fn failed(&mut self, error: Option<io::Error>) -> Goes {
        match (error, &self.line) {
            (None, _) => Goes::On,
            (Some(error), Line::Udp(_)) => {
                self.unheard = Some(error);
                Goes::On
            }
            (Some(_), Line::Tcp(_)) => Goes::Out,
        }
    }
}
