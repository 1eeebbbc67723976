//! TCP's server, RFC 9293: one socket that listens, and one more for each client.
//! Not here: the client (`client`), making sockets (`open`), reads and sends (`line`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;

use super::desk::Desk;
use super::line::{Line, ROOM};
use super::live::{Failure, MOST_CLIENTS, Order, Serve, Told, Wish};
use super::voice::{Voice, refusal};
use super::{Call, Outcome, Party, Role, open};

/// Orders that wait for a connection which is busy sending.
pub(super) const ORDERS: usize = 16;
/// Said to whoever comes when all places are taken.
const NO_ROOM: &[u8] = b"layercake: no room for more clients; try again later\r\n";
/// No descriptor is free: somebody has to go first.
const PAUSE: Duration = Duration::from_millis(100);

/// Ways to those who are connected, by their numbers.
pub(super) type Guests = Rc<RefCell<BTreeMap<u32, Sender<Order>>>>;

/// Accepts callers and lets each talk.
pub(super) async fn serve(desk: Rc<Desk>, plan: Serve, wishes: Receiver<Wish>) -> Result<(), Failure> {
    let who = Party { role: Role::Server, number: 0 };
    let socket = open::server(&desk, who, plan.at)?;
    let local = socket.local_addr().ok().and_then(|a| a.as_socket());
    let listener = TcpListener::from_std(socket.into());
    let listener = listener.map_err(|error| Failure { call: Call::Listen(0), error })?;
    let guests = Guests::default();
    let mut talks = JoinSet::new();
    let typing = tokio::task::spawn_local(pass_on(Rc::clone(&desk), wishes, Rc::clone(&guests)));
    let mut came = 0;
    while plan.clients.is_none_or(|most| came < most) {
        let (stream, remote) = next(&desk, who, &listener, local, &mut talks).await;
        if guests.borrow().len() >= MOST_CLIENTS {
            send_away(stream);
            desk.tell(Told::Full);
            continue;
        }
        came += 1;
        let (way, orders) = mpsc::channel(ORDERS);
        guests.borrow_mut().insert(came, way);
        let (line, voice) = welcome(&desk, came, stream, remote);
        let (echo, greeting, guests) = (plan.echo, plan.greeting.clone(), Rc::clone(&guests));
        talks.spawn_local(async move {
            talk(&line, &voice, orders, echo, greeting.as_deref()).await;
            guests.borrow_mut().remove(&came);
            voice.closed(line).await;
        });
    }
    drop(listener);
    desk.call(who, Call::Close, Outcome::Done, desk.now(), (local, None));
    while talks.join_next().await.is_some() {}
    typing.abort();
    Ok(())
}

async fn next(
    desk: &Desk,
    who: Party,
    listener: &TcpListener,
    local: Option<SocketAddr>,
    talks: &mut JoinSet<()>,
) -> (TcpStream, SocketAddr) {
    loop {
        tokio::select! {
            Some(_) = talks.join_next() => {}
            answer = listener.accept() => match answer {
                Ok(answer) => return answer,
                Err(error) => {
                    desk.call(who, Call::Accept, refusal(&error), desk.now(), (local, None));
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
}

/// Tells of a new connection, unless very many come.
fn welcome(desk: &Rc<Desk>, number: u32, stream: TcpStream, remote: SocketAddr) -> (Line, Voice) {
    let who = Party { role: Role::Connection, number };
    let ends = (stream.local_addr().ok(), Some(remote));
    let voice = Voice::new(desk, who, ends, ROOM);
    if desk.has_time() {
        desk.call(who, Call::Accept, Outcome::Done, desk.now(), ends);
        return (Line::Tcp(stream), voice);
    }
    desk.tell(Told::Untold);
    (Line::Tcp(stream), voice.quiet())
}

/// Says a polite word; what the client said is read, or the kernel would send RST and take the word back.
fn send_away(stream: TcpStream) {
    let polite = |stream: &mut std::net::TcpStream| -> io::Result<()> {
        stream.write_all(NO_ROOM)?;
        stream.read(&mut [0; 1024]).map(drop)
    };
    if let Ok(mut stream) = stream.into_std() {
        let _ = polite(&mut stream);
    }
}

/// What is typed goes to whom it is meant for, until the keyboard is closed.
pub(super) async fn pass_on(desk: Rc<Desk>, mut wishes: Receiver<Wish>, guests: Guests) {
    while let Some(wish) = wishes.recv().await {
        match wish {
            Wish::Aside(text) => desk.tell(Told::Aside(text)),
            Wish::End => return,
            Wish::Do(to, order) => {
                let meant = |number: &u32| to.is_none_or(|to| to == *number);
                let ways: Vec<_> =
                    guests.borrow().iter().filter(|(number, _)| meant(number)).map(|(_, way)| way.clone()).collect();
                if ways.is_empty() {
                    desk.tell(Told::Nobody(to));
                }
                for way in ways {
                    // Whoever is gone meanwhile needs it no more.
                    let _ = way.send(order.clone()).await;
                }
            }
        }
    }
}

/// One connection until either side ends it.
async fn talk(line: &Line, voice: &Voice, mut orders: Receiver<Order>, echo: bool, greeting: Option<&[u8]>) {
    if let Some(greeting) = greeting {
        // Whoever has gone already is noticed by the next recv().
        let _ = line.send(voice, greeting).await;
    }
    let mut room = vec![0; ROOM];
    loop {
        let sent = tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Send(bytes)) => line.send(voice, &bytes).await,
                Some(Order::Shutdown) => {
                    line.shut_down(voice);
                    Ok(())
                }
                Some(Order::Close) | None => return,
            },
            answer = line.receive(voice, &mut room) => match answer {
                Ok(None) | Err(_) => return,
                Ok(Some(length)) if echo => line.send(voice, room.get(..length).unwrap_or_default()).await,
                Ok(_) => Ok(()),
            },
        };
        if sent.is_err() {
            return;
        }
    }
}
