//! The talk itself: the greeting, the namespace, the change to a WebSocket, then orders out and events in.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

use super::http::{Lane, Web, refused};
use super::polling::{Brought, Polling};
use super::socket::Socket;
use super::{Failure, Order, Plan, Transport};
use crate::socket_io::engine::{self, Packet};
use crate::socket_io::packet::{self, Decoder, Kind};
use crate::socket_io::told::{Crossed, Event, Teller, Way};
use crate::source::seen::Reporter;

/// How long the namespace may take to let us in.
const ENTRY: Duration = Duration::from_secs(10);
/// Answers that are waited for at the same time.
const MOST_AWAITED: usize = 10_000;

/// How packets travel now.
enum Carrier {
    Polling(Polling),
    /// Both: the WebSocket is being tried.
    Trying(Polling, Socket),
    Socket(Socket),
}

/// What came.
enum Came {
    Packets(Vec<Packet>, Way),
    Paused,
    Over,
}

pub(super) struct Talk<'a> {
    plan: &'a Plan,
    web: Web,
    /// Up to `transport=`.
    target: String,
    sid: String,
    decoder: Decoder,
    awaited: BTreeMap<u64, Instant>,
    next: u64,
    entered: bool,
    /// The server offers a WebSocket, and we want it.
    upgrade: bool,
    /// Packets that wait for the change.
    held: VecDeque<Packet>,
    over: bool,
}

impl<'a> Talk<'a> {
    pub(super) fn new(plan: &'a Plan, reporter: Reporter, teller: Teller) -> Self {
        let path = if plan.url.target == "/" { "/socket.io/" } else { &plan.url.target };
        let joint = if path.contains('?') { '&' } else { '?' };
        Talk {
            plan,
            web: Web::new(plan.url.clone(), reporter, teller),
            target: format!("{path}{joint}EIO=4&transport="),
            sid: String::new(),
            decoder: Decoder::default(),
            awaited: BTreeMap::new(),
            next: 0,
            entered: false,
            upgrade: false,
            held: VecDeque::new(),
            over: false,
        }
    }

    /// From the first request to the goodbye.
    pub(super) async fn run(
        mut self,
        mut orders: Receiver<Order>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), Failure> {
        let mut carrier = tokio::select! {
            carrier = self.begin() => carrier?,
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        };
        let mut linger = None;
        let entry = tokio::time::Instant::now() + ENTRY;
        loop {
            let came = tokio::select! {
                came = come(&mut carrier) => came?,
                order = orders.recv(), if self.entered && linger.is_none() => {
                    match order {
                        Some(Order::Close) => break,
                        Some(order) => self.obey(order, &mut carrier).await?,
                        None => linger = Some(tokio::time::Instant::now() + self.plan.linger),
                    }
                    continue;
                }
                () = tokio::time::sleep_until(linger.unwrap_or(entry)), if linger.is_some() || !self.entered => {
                    if linger.is_some() { break }
                    return Err(Failure::new("the server did not let us into the namespace within 10 seconds", "its log says more"));
                }
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match came {
                Came::Over => {
                    self.web.tell(Event::Ended("transport close: the server ended the connection"));
                    return Err(Failure::new(
                        "the server ended the connection",
                        "its log says why; did it miss our pongs?",
                    ));
                }
                Came::Paused => carrier = self.moved(carrier).await?,
                Came::Packets(packets, way) => {
                    for packet in packets {
                        carrier = self.heard(packet, way, carrier).await?;
                    }
                    if self.over {
                        return self.goodbye(carrier, false).await;
                    }
                }
            }
        }
        self.goodbye(carrier, true).await
    }

    /// The first request, and the greeting that answers it.
    async fn begin(&mut self) -> Result<Carrier, Failure> {
        let mut carrier = if self.plan.transport == Transport::WebSocket {
            let mut socket = Socket::open(&self.web, &format!("{}websocket", self.target)).await?;
            let greeting = socket.next().await?;
            let greeting = greeting.ok_or_else(|| Failure::new("the server hung up", "its log says why"))?;
            self.greeted(&greeting, Way::WebSocket)?;
            Carrier::Socket(socket)
        } else {
            let mut lane = Lane::new(&self.web, "for the requests that wait");
            let (status, body) = lane.ask(&format!("{}polling", self.target), None).await?;
            if status != 200 {
                return Err(refused(status, &body));
            }
            let no = |_| Failure::new("what came back is no greeting of Engine.IO", "is this a server of Socket.IO?");
            let packets = engine::read_payload(&body).map_err(no)?;
            let sid = self.greeted(packets.first().ok_or_else(|| no(engine::Malformed))?, Way::Polling)?;
            Carrier::Polling(Polling::begin(&self.web, lane, format!("{}polling&sid={sid}", self.target)))
        };
        let connect = packet::Packet::new(Kind::Connect, &self.plan.namespace, self.plan.auth.clone());
        self.say(&connect, &mut carrier).await?;
        Ok(carrier)
    }

    /// Reads the greeting; gives the session's id.
    fn greeted(&mut self, packet: &Packet, way: Way) -> Result<String, Failure> {
        self.told(false, way, packet);
        let no =
            || Failure::new("what came back is no greeting of Engine.IO", "is this a server of Socket.IO 3 or later?");
        let Packet::Open(json) = packet else { return Err(no()) };
        let json: serde_json::Value = serde_json::from_str(json).map_err(|_| no())?;
        let fits =
            |sid: &&str| !sid.is_empty() && sid.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b));
        let sid = json["sid"].as_str().filter(fits).ok_or_else(no)?.to_owned();
        let offered = json["upgrades"].as_array().is_some_and(|all| all.iter().any(|one| one == "websocket"));
        self.upgrade = offered && self.plan.transport == Transport::Auto;
        self.sid.clone_from(&sid);
        Ok(sid)
    }

    fn told(&self, ours: bool, way: Way, packet: &Packet) {
        self.web.tell(Event::Crossed(Crossed::new(ours, way, packet)));
    }

    async fn say(&mut self, said: &packet::Packet, carrier: &mut Carrier) -> Result<(), Failure> {
        let packets: Vec<Packet> = said.write().into_iter().map(Packet::Message).collect();
        self.send(packets, carrier).await
    }

    async fn send(&mut self, packets: Vec<Packet>, carrier: &mut Carrier) -> Result<(), Failure> {
        let way = match carrier {
            Carrier::Polling(_) => Way::Polling,
            Carrier::Socket(_) => Way::WebSocket,
            // What is said now travels when it is clear how.
            Carrier::Trying(..) => {
                self.held.extend(packets);
                return Ok(());
            }
        };
        for packet in &packets {
            self.told(true, way, packet);
        }
        match carrier {
            Carrier::Socket(socket) => socket.send(&packets).await,
            Carrier::Polling(polling) | Carrier::Trying(polling, _) => {
                polling.send(&packets).await;
                Ok(())
            }
        }
    }

    async fn obey(&mut self, order: Order, carrier: &mut Carrier) -> Result<(), Failure> {
        let namespace = &self.plan.namespace;
        match order {
            Order::Emit(name, arguments) => {
                let mut said = packet::Packet::event(namespace, &name, &arguments);
                said.id = Some(self.next);
                self.awaited.insert(self.next, Instant::now());
                if self.awaited.len() > MOST_AWAITED {
                    self.awaited.pop_first();
                }
                self.next += 1;
                self.say(&said, carrier).await
            }
            Order::Ack(id, arguments) => self.say(&packet::Packet::ack(namespace, id, &arguments), carrier).await,
            Order::Aside(text) => {
                self.web.tell(Event::Aside(text));
                Ok(())
            }
            Order::Close => Ok(()),
        }
    }

    /// A packet came.
    async fn heard(&mut self, packet: Packet, way: Way, mut carrier: Carrier) -> Result<Carrier, Failure> {
        self.told(false, way, &packet);
        match packet {
            Packet::Pong(word) if word == "probe" => {
                if let Carrier::Trying(polling, _) = &carrier {
                    polling.pause();
                }
            }
            Packet::Ping(_) => {
                let pong = Packet::Pong(String::new());
                self.answer(pong, &mut carrier).await?;
            }
            Packet::Close => {
                self.web.tell(Event::Ended("transport close: the server said goodbye"));
                self.over = true;
            }
            Packet::Message(data) => {
                let wrong = |wrong: packet::Wrong| {
                    Failure::new(format!("the server broke a rule: {wrong}"), "is this Socket.IO?")
                };
                if let Some(whole) = self.decoder.take(data).map_err(wrong)? {
                    return self.understood(&whole, carrier).await;
                }
            }
            _ => {}
        }
        Ok(carrier)
    }

    /// A pong goes out at once, however the session travels.
    async fn answer(&mut self, pong: Packet, carrier: &mut Carrier) -> Result<(), Failure> {
        if let Carrier::Trying(polling, _) = carrier {
            self.told(true, Way::Polling, &pong);
            polling.send(&[pong]).await;
            return Ok(());
        }
        self.send(vec![pong], carrier).await
    }

    /// A packet of Socket.IO came.
    async fn understood(&mut self, whole: &packet::Packet, carrier: Carrier) -> Result<Carrier, Failure> {
        let ours = whole.namespace == self.plan.namespace;
        match whole.kind {
            Kind::Connect if ours => {
                self.entered = true;
                if std::mem::take(&mut self.upgrade) {
                    return self.probe(carrier).await;
                }
            }
            Kind::ConnectError if ours => {
                let why: String = whole.data.as_deref().unwrap_or_default().chars().take(200).collect();
                let hint = "--namespace and --auth say where to and who we are";
                return Err(Failure::new(format!("no way into {}: {why}", self.plan.namespace), hint));
            }
            Kind::Disconnect if ours => {
                self.web.tell(Event::Ended("io server disconnect: the server put us out of the namespace"));
                self.over = true;
            }
            Kind::Ack => {
                if let Some((id, sent)) = whole.id.and_then(|id| self.awaited.remove_entry(&id)) {
                    self.web.tell(Event::RoundTrip(id, sent.elapsed()));
                }
            }
            _ => {}
        }
        Ok(carrier)
    }

    /// Tries a WebSocket while requests go on; without one they just go on.
    async fn probe(&mut self, carrier: Carrier) -> Result<Carrier, Failure> {
        let Carrier::Polling(polling) = carrier else { return Ok(carrier) };
        let before = self.web.asked();
        let Ok(mut socket) = Socket::open(&self.web, &format!("{}websocket&sid={}", self.target, self.sid)).await
        else {
            self.web.tell(Event::NoSocket);
            return Ok(Carrier::Polling(polling));
        };
        self.web.tell(Event::Before(before));
        let probe = Packet::Ping("probe".to_owned());
        self.told(true, Way::WebSocket, &probe);
        socket.send(&[probe]).await?;
        Ok(Carrier::Trying(polling, socket))
    }

    /// No request waits any more: from now on over the WebSocket.
    async fn moved(&mut self, carrier: Carrier) -> Result<Carrier, Failure> {
        let Carrier::Trying(_, mut socket) = carrier else { return Ok(carrier) };
        let mut packets = vec![Packet::Upgrade];
        packets.extend(self.held.drain(..));
        for packet in &packets {
            self.told(true, Way::WebSocket, packet);
        }
        socket.send(&packets).await?;
        self.web.tell(Event::Moved);
        Ok(Carrier::Socket(socket))
    }

    /// Out of the namespace, and out of the session.
    async fn goodbye(mut self, mut carrier: Carrier, ours: bool) -> Result<(), Failure> {
        if ours {
            let leave = packet::Packet::new(Kind::Disconnect, &self.plan.namespace, None);
            if let Carrier::Trying(polling, socket) = carrier {
                drop(socket);
                carrier = Carrier::Polling(polling);
            }
            self.say(&leave, &mut carrier).await?;
            if let Carrier::Polling(_) = carrier {
                self.send(vec![Packet::Close], &mut carrier).await?;
            }
            self.web.tell(Event::Ended("io client disconnect: we said goodbye"));
        }
        match carrier {
            Carrier::Socket(socket) | Carrier::Trying(_, socket) => socket.close().await,
            Carrier::Polling(mut polling) => {
                polling.pause();
                let rest = async {
                    while !matches!(polling.brought.recv().await, None | Some(Brought::Paused | Brought::Broke(_))) {}
                };
                let _ = tokio::time::timeout(Duration::from_secs(1), rest).await;
            }
        }
        Ok(())
    }
}

/// The next thing that comes. May be dropped while it waits.
async fn come(carrier: &mut Carrier) -> Result<Came, Failure> {
    match carrier {
        Carrier::Polling(polling) => brought(polling.brought.recv().await),
        Carrier::Socket(socket) => Ok(spoken(socket.next().await?)),
        Carrier::Trying(polling, socket) => tokio::select! {
            news = polling.brought.recv() => brought(news),
            said = socket.next() => Ok(spoken(said?)),
        },
    }
}

fn brought(news: Option<Brought>) -> Result<Came, Failure> {
    match news {
        Some(Brought::Packets(packets)) => Ok(Came::Packets(packets, Way::Polling)),
        Some(Brought::Paused) => Ok(Came::Paused),
        Some(Brought::Broke(failure)) => Err(failure),
        None => Ok(Came::Over),
    }
}

fn spoken(packet: Option<Packet>) -> Came {
    packet.map_or(Came::Over, |packet| Came::Packets(vec![packet], Way::WebSocket))
}
