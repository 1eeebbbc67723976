//! UDP's server, RFC 768: one socket for everybody. There are no connections; who sent a datagram stands beside it.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::net::UdpSocket;
use tokio::sync::mpsc::Receiver;

use super::desk::Desk;
use super::live::{Failure, MOST_CLIENTS, Order, Serve, Told, Wish};
use super::voice::Voice;
use super::{Call, Outcome, Party, Role, open};

/// The largest datagram, RFC 768: a length of 16 bits.
const ROOM: usize = 65535;

/// Takes datagrams from anybody.
pub(super) async fn serve(desk: &Rc<Desk>, plan: Serve, mut wishes: Receiver<Wish>) -> Result<(), Failure> {
    let who = Party { role: Role::Server, number: 0 };
    let socket = open::server(desk, who, plan.at)?;
    let local = socket.local_addr().ok().and_then(|a| a.as_socket());
    let socket = UdpSocket::from_std(socket.into()).map_err(|error| Failure { call: Call::Receive(ROOM), error })?;
    let mut server = Server { desk, socket, local, senders: BTreeMap::new() };
    let mut room = vec![0; ROOM];
    let mut typing = true;
    while plan.clients.is_none_or(|most| (server.senders.len() as u32) < most) {
        tokio::select! {
            biased;
            wish = wishes.recv(), if typing => match wish {
                Some(Wish::Aside(text)) => desk.tell(Told::Aside(text)),
                Some(Wish::Do(to, order)) => {
                    if server.obey(to, &order).await {
                        break;
                    }
                }
                Some(Wish::End) | None => typing = false,
            },
            ready = server.socket.readable() => if ready.is_ok() {
                server.receive(&mut room, &plan).await;
            },
        }
    }
    drop(server.socket);
    desk.call(who, Call::Close, Outcome::Done, desk.now(), (local, None));
    Ok(())
}

struct Server<'a> {
    desk: &'a Rc<Desk>,
    socket: UdpSocket,
    local: Option<SocketAddr>,
    senders: BTreeMap<SocketAddr, (u32, Rc<Voice>)>,
}

impl Server<'_> {
    async fn receive(&mut self, room: &mut [u8], plan: &Serve) {
        let began = self.desk.now();
        let who = Party { role: Role::Server, number: 0 };
        let (length, from) = match self.socket.try_recv_from(room) {
            Ok(answer) => answer,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(error) => {
                let refused = super::voice::refusal(&error);
                self.desk.call(who, Call::Receive(ROOM), refused, began, (self.local, None));
                return;
            }
        };
        let bytes = room.get(..length).unwrap_or_default();
        let new = !self.senders.contains_key(&from);
        let Some(voice) = self.voice(from) else { return self.desk.tell(Told::Full) };
        voice.received(bytes, began);
        if let Some(greeting) = plan.greeting.as_ref().filter(|_| new) {
            self.send(&voice, greeting, from).await;
        }
        if plan.echo {
            self.send(&voice, bytes, from).await;
        }
    }

    /// Whoever sent something before is known again by address and port; there is nothing else to know them by.
    fn voice(&mut self, from: SocketAddr) -> Option<Rc<Voice>> {
        if let Some((_, voice)) = self.senders.get(&from) {
            return Some(Rc::clone(voice));
        }
        if self.senders.len() >= MOST_CLIENTS {
            return None;
        }
        let number = self.senders.len() as u32 + 1;
        let who = Party { role: Role::Connection, number };
        let voice = Rc::new(Voice::new(self.desk, who, (self.local, None), ROOM).with(from));
        self.senders.insert(from, (number, Rc::clone(&voice)));
        Some(voice)
    }

    async fn send(&self, voice: &Voice, bytes: &[u8], to: SocketAddr) {
        let began = self.desk.now();
        match self.socket.send_to(bytes, to).await {
            Ok(taken) => voice.sent(bytes, taken, began),
            Err(error) => voice.refused(voice.send(bytes), &error, began),
        }
    }

    /// Says whether that was the end.
    async fn obey(&self, to: Option<u32>, order: &Order) -> bool {
        let meant = |number: u32| to.is_none_or(|to| to == number);
        let mut anybody = false;
        for (address, (number, voice)) in &self.senders {
            if meant(*number) {
                anybody = true;
                if let Order::Send(bytes) = order {
                    self.send(voice, bytes, *address).await;
                }
            }
        }
        if order == &Order::Close {
            return true;
        }
        if !anybody {
            self.desk.tell(Told::Nobody(to));
        }
        false
    }
}
