//! From the system's sockets to rows of the list.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::SystemTime;

use rustc_hash::FxHashSet;

use super::who;
use crate::ports::socket::Unix;
use crate::ports::tape::Beside;
use crate::ports::{
    Details, Owner, Protocol, Reach, Socket, State, System, Table, Timer, TimerKind, confirm, services,
};
use crate::render::sockets::{Clock, End, Holder, Measured, Row};

/// What is looked up once for all rows.
pub(super) struct Lookup {
    listening: FxHashSet<(Protocol, u16)>,
    users: HashMap<u32, Option<Rc<str>>>,
    /// For each program of the table, in its order: many sockets share one.
    holders: Vec<(Rc<Holder>, Option<Rc<str>>)>,
}

impl Lookup {
    pub(super) fn new(table: &Table, system: &mut dyn System) -> Self {
        let waiting = table.sockets.iter().filter(|s| s.remote.is_none());
        let listening = waiting.map(|s| (s.protocol, s.local.port())).collect();
        let mut users: HashMap<u32, Option<Rc<str>>> = HashMap::new();
        for owner in &table.owners.all {
            if let (Some(uid), Some(user)) = (owner.uid, &owner.user) {
                users.insert(uid, Some(user.as_str().into()));
            }
        }
        for uid in table.sockets.iter().filter_map(|s| s.uid) {
            users.entry(uid).or_insert_with(|| system.user(uid).map(Into::into));
        }
        let user = |o: &Owner| o.user.as_deref().map(Rc::from);
        let holders = table.owners.all.iter().map(|o| (Rc::new(holder(o, table.read_at)), user(o))).collect();
        Lookup { listening, users, holders }
    }

    /// What usually waits behind the server's port: ours if somebody listens there, or else theirs.
    pub(super) fn service(&self, table: &Table, socket: &Socket) -> Option<(&'static str, bool)> {
        let ours = self.listening.contains(&(socket.protocol, socket.local.port()));
        let port = match socket.remote {
            Some(remote) if !ours => remote.port(),
            _ => socket.local.port(),
        };
        let name = services::service(socket.protocol, port)?.name;
        let confirmed = table.owners.of(&socket.owners).any(|o| confirm::confirms(name, &o.name));
        Some((name, confirmed))
    }

    /// The kernel says root of what nobody holds any more: that would name the wrong one.
    fn user<'a>(&'a self, owners: &'a [u32], uid: Option<u32>, held: bool) -> Option<&'a Rc<str>> {
        let owner = || self.of(owners).find_map(|(_, user)| user.as_ref());
        let asked = uid.filter(|_| held).and_then(|uid| self.users.get(&uid)?.as_ref());
        asked.or_else(owner)
    }

    fn of<'a>(&'a self, places: &'a [u32]) -> impl Iterator<Item = &'a (Rc<Holder>, Option<Rc<str>>)> {
        places.iter().filter_map(|at| self.holders.get(*at as usize))
    }

    /// What filters want to know of a socket beside itself.
    pub(super) fn beside<'a>(&'a self, table: &'a Table, socket: &'a Socket) -> Beside<'a> {
        Beside {
            user: self.user(&socket.owners, socket.uid, socket.inode != 0).map(|user| &**user),
            service: self.service(table, socket),
            age: table.owners.of(&socket.owners).next().and_then(|o| age(o, table.read_at)),
        }
    }

    pub(super) fn beside_unix<'a>(&'a self, table: &'a Table, socket: &'a Unix) -> Beside<'a> {
        Beside {
            user: self.user(&socket.owners, None, true).map(|user| &**user),
            service: None,
            age: table.owners.of(&socket.owners).next().and_then(|o| age(o, table.read_at)),
        }
    }

    pub(super) fn row(&self, table: &Table, socket: &Socket) -> Row {
        let reach = socket.remote.map_or_else(|| Reach::of_socket(socket), |remote| Reach::of(remote.ip()));
        let held = socket.inode != 0;
        Row {
            protocol: who::protocol(socket.protocol),
            kind: None,
            local: End::Port(socket.local),
            remote: socket.remote,
            reach: Some(reach.name()),
            answers_ipv4_too: socket.answers_ipv4_too(),
            state: socket.state.name(socket.protocol),
            meaning: meaning(socket.state, socket.protocol),
            listens: socket.state == State::Listen,
            service: self.service(table, socket),
            holders: self.of(&socket.owners).map(|(holder, _)| holder.clone()).collect(),
            unheld: if held { "?" } else { "(kernel)" },
            user: self.user(&socket.owners, socket.uid, held).cloned(),
            uid: socket.uid.filter(|_| held).or_else(|| table.owners.of(&socket.owners).find_map(|o| o.uid)),
            queues: [socket.receive_queue, socket.send_queue],
            clock: socket.timer.map(|timer| clock(timer, socket.state)),
            measured: socket.details.as_deref().map(|details| Box::new(measured(details))),
            inode: socket.inode,
            interface: socket.interface,
        }
    }

    pub(super) fn unix_row(&self, table: &Table, socket: &Unix) -> Row {
        Row {
            protocol: "UNIX",
            kind: Some(socket.kind),
            local: End::Path(socket.shown_path()),
            remote: None,
            reach: None,
            answers_ipv4_too: false,
            state: match socket.state {
                State::Established => "connected",
                State::Listen => "LISTEN",
                _ => "unconnected",
            },
            meaning: match socket.state {
                State::Established => "two programs of this machine talk.",
                State::Listen => "a program waits here for others of this machine.",
                _ => "it takes messages, or waits to be connected.",
            },
            listens: socket.state == State::Listen,
            service: None,
            holders: self.of(&socket.owners).map(|(holder, _)| holder.clone()).collect(),
            unheld: "?",
            user: self.user(&socket.owners, None, true).cloned(),
            uid: table.owners.of(&socket.owners).find_map(|o| o.uid),
            queues: [socket.receive_queue, socket.send_queue],
            clock: None,
            measured: None,
            inode: socket.inode,
            interface: 0,
        }
    }
}

/// The first sentence of the state's story.
fn meaning(state: State, protocol: Protocol) -> &'static str {
    match (state, protocol) {
        (State::Closed, Protocol::Udp) => "it takes datagrams from anybody.",
        (State::Established, Protocol::Udp) => "it has chosen one partner.",
        _ => {
            let story = state.story().meaning;
            story.find(". ").map_or(story, |end| &story[..=end])
        }
    }
}

fn holder(owner: &Owner, now: SystemTime) -> Holder {
    Holder {
        name: owner.name.clone(),
        pid: owner.pid,
        command: owner.command.split(|b| *b == 0).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(&b' '),
        unit: owner.unit.clone(),
        container: owner.container.clone(),
        age: age(owner, now),
    }
}

fn age(owner: &Owner, now: SystemTime) -> Option<u64> {
    // A clock that was set back makes nobody younger than born.
    Some(now.duration_since(owner.started?).map_or(0, |age| age.as_secs()))
}

fn clock(timer: Timer, state: State) -> Clock {
    Clock {
        what: match timer.kind {
            TimerKind::Retransmit => "send again",
            TimerKind::KeepAlive => "keep alive",
            TimerKind::TimeWait => "rest",
            TimerKind::Probe => "probe",
        },
        rings_in: u64::try_from(timer.rings_in.as_nanos()).unwrap_or(u64::MAX),
        repeats: timer.repeats,
        ends_state: state == State::TimeWait,
    }
}

fn measured(details: &Details) -> Measured {
    let times = [details.round_trip, details.round_trip_variance, details.retransmission_timeout];
    Measured {
        congestion: details.congestion.clone(),
        times: times.map(|t| t.and_then(|t| u64::try_from(t.as_nanos()).ok())),
        counts: [details.congestion_window, details.mss, details.retransmitted],
        bytes: [details.bytes_acked, details.bytes_received],
    }
}
