//! What has changed between two looks at a machine's sockets: opened, closed, moved on to another state, handed
//! over to another program. Owners are looked up for new sockets only: that is the dear part of a look.
//! Not here: clocks and waiting (`cli`), text (`render`). What opens and closes between two looks is not seen.

use std::net::SocketAddr;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{Error, Owners, Protocol, Socket, State, System, Table, Wants};

/// More events than this of one look are counted, not kept.
pub const MOST_EVENTS: usize = 10_000;
/// Every so many looks all owners are looked up anew: a socket may be handed to a child without any other sign.
const OWNERS_AGAIN: u64 = 10;

/// A program that holds a socket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// Its short name; any byte may be in it.
    pub name: Vec<u8>,
}

/// Programs that hold one socket, by their number.
pub type Holders = Rc<[Holder]>;

/// What happened to a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    Opened,
    /// It is no longer there.
    Closed,
    /// It has another state now.
    Moved {
        /// The socket as it was.
        from: Box<Socket>,
    },
    /// Other programs hold it now: somebody accepted the call, forked or ended.
    Owner {
        /// Who held it.
        from: Holders,
    },
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub change: Change,
    /// The socket as it is now; a closed one as it was last.
    pub socket: Socket,
    /// Who holds it, or held it last.
    pub holders: Holders,
}

/// What one look has found.
#[derive(Debug, Default)]
pub struct Look {
    /// Changes since the look before; none at the first.
    pub events: Vec<Event>,
    /// Further changes that were too many to keep.
    pub left_out: usize,
}

/// By what a socket is known again. Linux numbers them (the number stays until TIME-WAIT is over); where
/// nobody does, a connection is its ends, and what has one end only also its inode: several may share a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Cookie(u64),
    Ends(Protocol, SocketAddr, Option<SocketAddr>, u64),
}

fn key(socket: &Socket) -> Key {
    match (socket.cookie, socket.remote) {
        (0, Some(_)) => Key::Ends(socket.protocol, socket.local, socket.remote, 0),
        (0, None) => Key::Ends(socket.protocol, socket.local, None, socket.inode),
        (cookie, _) => Key::Cookie(cookie),
    }
}

/// A socket that was there at the last look.
#[derive(Debug, Clone)]
pub struct Known {
    /// As it was.
    pub socket: Socket,
    /// Who holds it; the last ones, once it is only the kernel's.
    pub holders: Holders,
    seen: u64,
}

/// Remembers the sockets of the last look.
#[derive(Debug)]
pub struct Changes {
    known: FxHashMap<Key, Known>,
    looks: u64,
    owners: bool,
}

impl Changes {
    /// Nothing has been seen yet; `owners` says whether programs are looked up.
    pub fn new(owners: bool) -> Self {
        Changes { known: FxHashMap::default(), looks: 0, owners }
    }

    /// All sockets of the last look, in no order.
    pub fn sockets(&self) -> impl Iterator<Item = &Known> {
        self.known.values()
    }

    /// Asks the system and compares.
    ///
    /// # Errors
    /// Where the system does not answer.
    pub fn look(&mut self, system: &mut dyn System) -> Result<Look, Error> {
        let mut table = system.table(Wants { owners: false, details: false, unix: false })?;
        let sockets = std::mem::take(&mut table.sockets);
        let holders = if self.owners { self.find(&sockets, table, system) } else { FxHashMap::default() };
        Ok(self.compare(sockets, &holders))
    }

    /// Who holds the sockets that are new, or got a program since (a call that was accepted has one only then).
    fn find(&self, sockets: &[Socket], empty: Table, system: &mut dyn System) -> FxHashMap<u64, Holders> {
        let all = self.looks.is_multiple_of(OWNERS_AGAIN);
        let asked =
            |s: &&Socket| s.inode != 0 && (all || self.known.get(&key(s)).is_none_or(|k| k.socket.inode != s.inode));
        let mut few = Table { sockets: sockets.iter().filter(asked).cloned().collect(), ..empty };
        if few.sockets.is_empty() {
            return FxHashMap::default();
        }
        system.owners(&mut few);
        few.sockets.iter().map(|s| (s.inode, holders(&few.owners, s))).collect()
    }

    /// Notes these sockets and gives what has changed; `holders` by inode, where they were looked up.
    fn compare(&mut self, sockets: Vec<Socket>, holders: &FxHashMap<u64, Holders>) -> Look {
        let first = self.looks == 0;
        self.looks += 1;
        let nobody: Holders = Rc::new([]);
        let mut look = Look::default();
        let mut note = |change: Change, socket: &Socket, holders: &Holders| {
            if first {
            } else if look.events.len() < MOST_EVENTS {
                look.events.push(Event { change, socket: socket.clone(), holders: Rc::clone(holders) });
            } else {
                look.left_out += 1;
            }
        };
        for socket in sockets {
            let found = holders.get(&socket.inode);
            let key = key(&socket);
            let Some(known) = self.known.get_mut(&key) else {
                let holders = found.unwrap_or(&nobody).clone();
                note(Change::Opened, &socket, &holders);
                self.known.insert(key, Known { socket, holders, seen: self.looks });
                continue;
            };
            // Twice in one table: the kernel's list was read while it moved.
            if known.seen == self.looks {
                continue;
            }
            known.seen = self.looks;
            let before = std::mem::replace(&mut known.socket, socket);
            // Nobody found is no sign: a process may end while it is read, or another user's be shut.
            let handed_over = found.filter(|now| !now.is_empty() && **now != known.holders);
            let from = handed_over.map(|now| std::mem::replace(&mut known.holders, Rc::clone(now)));
            let now = &known.socket;
            if (before.state, before.local.port(), before.remote) != (now.state, now.local.port(), now.remote) {
                note(Change::Moved { from: Box::new(before) }, now, &known.holders);
            } else if let Some(from) = from {
                note(Change::Owner { from }, now, &known.holders);
            }
        }
        let looks = self.looks;
        let mut gone: Vec<Known> = self.known.extract_if(|_, k| k.seen != looks).map(|(_, k)| k).collect();
        gone.sort_by_key(|k| (k.socket.local, k.socket.remote));
        for known in &gone {
            note(Change::Closed, &known.socket, &known.holders);
        }
        look
    }
}

fn holders(owners: &Owners, socket: &Socket) -> Holders {
    let holder = |o: &super::Owner| Holder { pid: o.pid, name: o.name.clone() };
    let mut all: Vec<Holder> = owners.of(&socket.owners).map(holder).collect();
    all.sort_unstable();
    all.dedup();
    all.into()
}

/// Listening first, then open to anybody, then connections, each by port: the order of a list for people.
pub fn order(socket: &Socket) -> (u8, u16, SocketAddr, Option<SocketAddr>, u64) {
    let rank = match (socket.state, socket.remote) {
        (State::Listen, _) => 0,
        (_, None) => 1,
        (State::TimeWait, _) => 3,
        _ => 2,
    };
    (rank, socket.local.port(), socket.local, socket.remote, socket.cookie)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::ports::{Owner, Ranges};

    /// Answers one table after the other, and counts for how many sockets it was asked about owners.
    #[derive(Default)]
    struct Fake {
        tables: Vec<Vec<Socket>>,
        asked: Vec<usize>,
        pid: u32,
    }

    impl System for Fake {
        fn table(&mut self, wants: Wants) -> Result<Table, Error> {
            assert!(!wants.owners, "owners of all sockets are too dear");
            Ok(Table {
                sockets: if self.tables.is_empty() { Vec::new() } else { self.tables.remove(0) },
                unix: Vec::new(),
                owners: Owners::default(),
                read_at: SystemTime::UNIX_EPOCH,
                source: "a test",
                remarks: Vec::new(),
            })
        }

        fn ranges(&mut self) -> Result<Ranges, Error> {
            Err(Error::Unknown)
        }

        fn owners(&mut self, table: &mut Table) {
            self.asked.push(table.sockets.len());
            table.owners.all.push(Owner {
                pid: self.pid,
                name: b"node".to_vec(),
                command: Vec::new(),
                uid: None,
                user: None,
                unit: None,
                container: None,
                started: None,
            });
            table.sockets.iter_mut().for_each(|s| s.owners.push(0));
        }
    }

    fn socket(cookie: u64, state: State) -> Socket {
        let remote = (state != State::Listen).then(|| ([127, 0, 0, 1], 40_000).into());
        let inode = if state == State::TimeWait { 0 } else { 7 };
        Socket { inode, cookie, ..Socket::new(Protocol::Tcp, state, ([127, 0, 0, 1], 3000).into(), remote) }
    }

    fn events(tables: &[&[Socket]]) -> Vec<(Change, State)> {
        let mut fake = Fake { tables: tables.iter().map(|t| t.to_vec()).collect(), ..Fake::default() };
        let mut changes = Changes::new(false);
        let mut all = Vec::new();
        for _ in tables {
            let look = changes.look(&mut fake).expect("a look");
            all.extend(look.events.into_iter().map(|e| (e.change, e.socket.state)));
        }
        all
    }

    #[test]
    fn what_was_there_at_the_first_look_is_no_event() {
        assert_eq!(events(&[&[socket(1, State::Listen)], &[socket(1, State::Listen)]]), []);
    }

    #[test]
    fn a_socket_opens_moves_on_and_closes() {
        let (open, rest) = (socket(1, State::Established), socket(1, State::TimeWait));
        let from = Box::new(open.clone());
        assert_eq!(
            events(&[&[], &[open], &[rest], &[]]),
            [
                (Change::Opened, State::Established),
                (Change::Moved { from }, State::TimeWait),
                (Change::Closed, State::TimeWait)
            ]
        );
    }

    #[test]
    fn a_connection_without_a_number_is_known_by_its_ends_even_when_its_program_lets_go() {
        let all = events(&[&[socket(0, State::FinWait2)], &[socket(0, State::TimeWait)]]);
        assert!(matches!(all[..], [(Change::Moved { .. }, State::TimeWait)]), "{all:?}");
    }

    #[test]
    fn two_listeners_that_share_a_port_are_two() {
        let second = Socket { inode: 8, ..socket(0, State::Listen) };
        let all = events(&[&[socket(0, State::Listen), second.clone()], &[second]]);
        assert_eq!(all, [(Change::Closed, State::Listen)]);
    }

    #[test]
    fn owners_are_asked_for_new_sockets_only_and_now_and_then_for_all() {
        let old = socket(1, State::Listen);
        let waiting = Socket { inode: 0, ..socket(2, State::Established) };
        let accepted = Socket { inode: 9, ..socket(2, State::Established) };
        let mut tables = vec![vec![old.clone()], vec![old.clone(), waiting], vec![old.clone(), accepted]];
        tables.resize(12, vec![old]);
        let mut fake = Fake { tables, pid: 4711, ..Fake::default() };
        let mut changes = Changes::new(true);
        assert!(changes.look(&mut fake).expect("a look").events.is_empty());
        let opened = changes.look(&mut fake).expect("a look").events;
        assert!(opened[0].holders.is_empty(), "nobody has accepted it");
        let accepted = changes.look(&mut fake).expect("a look").events;
        assert!(matches!(accepted[0].change, Change::Owner { .. }) && accepted[0].holders[0].pid == 4711);
        for _ in 3..10 {
            changes.look(&mut fake).expect("a look");
        }
        fake.pid = 4712;
        let handed_over = changes.look(&mut fake).expect("a look").events;
        assert!(matches!(&handed_over[0].change, Change::Owner { from } if from[0].pid == 4711));
        assert_eq!(fake.asked, [1, 1, 1]);
    }

    #[test]
    fn a_flood_of_sockets_is_counted_beyond_what_is_kept() {
        let flood: Vec<Socket> = (1..=MOST_EVENTS as u64 + 5).map(|n| socket(n, State::Established)).collect();
        let mut fake = Fake { tables: vec![Vec::new(), flood], ..Fake::default() };
        let mut changes = Changes::new(false);
        changes.look(&mut fake).expect("a look");
        let look = changes.look(&mut fake).expect("a look");
        assert_eq!((look.events.len(), look.left_out), (MOST_EVENTS, 5));
    }
}
