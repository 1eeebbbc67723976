//! What is remembered between the packets of one conversation, so that a reader can say what a packet means
//! *there*: "again", "the answer to packet 4". A packet that is read alone has no memory, and reads on.
//! Not here: which packets belong together (`flow`), what is worth remembering (`protocols`).

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::rc::Rc;

use super::inner::Inner;
use super::{Facts, Packet, Protocol, Secrets};

/// Most connections that one packet may announce.
const MAX_EXPECTED: usize = 8;

/// A connection that was announced in another one: who waits where, and what will be spoken.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// The machine that waits.
    pub address: IpAddr,
    /// The port at which it waits.
    pub port: u16,
    /// What will be spoken.
    pub protocol: &'static Protocol,
    /// The packet that said so.
    pub packet: u64,
}

/// Most sessions over several conversations that are remembered; the one that was silent longest gives way.
const MAX_SESSIONS: usize = 64;
/// Most bytes of a session's name.
const MAX_NAME: usize = 64;

/// What conversations that belong to one session remember together.
#[derive(Default, Clone)]
pub struct Sessions(Rc<RefCell<VecDeque<Session>>>);

struct Session {
    name: Vec<u8>,
    memory: Vec<Box<dyn Any + Send>>,
}

/// One end of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Side {
    /// The one that spoke first, or sent the SYN.
    #[default]
    Client,
    /// The other one.
    Server,
}

impl Side {
    /// Both ends, as [`index`](Self::index) counts them.
    pub const BOTH: [Side; 2] = [Side::Client, Side::Server];

    /// The other end.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }

    /// 0 or 1, for arrays of two.
    pub fn index(self) -> usize {
        usize::from(self == Side::Server)
    }
}

/// What the reader of a transport layer counts of a conversation, for everybody who lists conversations.
/// Nothing where it does not number its segments (UDP).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Segments that client and server sent again.
    pub resent: [u64; 2],
    /// Nanoseconds from the first step of the handshake to its last: one round trip, as the capture saw it.
    pub handshake: Option<u64>,
}

/// The memory of one conversation. Each reader keeps what it needs in a type of its own.
#[derive(Default)]
pub struct Talk {
    /// The conversation's number among those of its transport protocol, from 0.
    pub stream: u64,
    /// The conversation's number among all, from 1.
    pub flow: u64,
    /// Who speaks in the present packet.
    pub side: Side,
    /// The packet of another conversation that announced this one.
    pub announced: Option<u64>,
    /// Connections that this packet announces; whoever tracks conversations takes them.
    pub expected: Vec<Expected>,
    /// What lists of conversations count.
    pub counters: Counters,
    /// Secrets that were noted down, so that what is encrypted can be read.
    pub secrets: Option<Secrets>,
    /// The stream that an encryption hides.
    pub(super) inner: Option<Box<Inner>>,
    memory: Vec<Box<dyn Any + Send>>,
    stored: Vec<(&'static str, u64, Side, Vec<u8>)>,
    sessions: Sessions,
    session: Option<Vec<u8>>,
}

impl Talk {
    /// A conversation that begins: its number among all, and among those of its transport protocol.
    pub fn new(flow: u64, stream: u64) -> Self {
        Talk { stream, flow, ..Talk::default() }
    }

    /// The same, with what sessions over several conversations remember.
    #[must_use]
    pub fn among(self, sessions: &Sessions) -> Self {
        Talk { sessions: sessions.clone(), ..self }
    }

    /// From now on it belongs to the session with this name, as other conversations do or will; or to none.
    pub fn belongs_to(&mut self, session: Option<&[u8]>) {
        if self.session.as_deref() != session {
            self.session = session.filter(|name| (1..=MAX_NAME).contains(&name.len())).map(<[u8]>::to_vec);
        }
    }

    /// Name of the session that it belongs to.
    pub fn session(&self) -> Option<&[u8]> {
        self.session.as_deref()
    }

    /// Lends the memory of type `T` that all conversations of the session share; its own, where it belongs to none.
    pub fn common<T: Any + Send + Default, R>(&mut self, see: impl FnOnce(&mut T) -> R) -> R {
        let Some(name) = &self.session else { return see(self.memory()) };
        let mut all = self.sessions.0.borrow_mut();
        let known = all.iter().position(|s| s.name == *name).and_then(|at| all.remove(at));
        let mut session = known.unwrap_or_else(|| Session { name: name.clone(), memory: Vec::new() });
        if all.len() >= MAX_SESSIONS {
            all.pop_front();
        }
        let result = see(typed(&mut session.memory));
        all.push_back(session);
        result
    }

    /// Says that a connection to this address and port will speak `protocol`.
    pub fn expect(&mut self, address: IpAddr, port: u16, protocol: &'static Protocol, packet: u64) {
        if self.expected.len() < MAX_EXPECTED {
            self.expected.push(Expected { address, port, protocol, packet });
        }
    }

    /// The memory of type `T`, empty at first.
    pub fn memory<T: Any + Send + Default>(&mut self) -> &mut T {
        typed(&mut self.memory)
    }

    /// Puts bytes aside for this side, under a name: more than a few, which may be lost where all conversations
    /// together keep too much.
    pub fn store(&mut self, name: &'static str, side: Side, bytes: Vec<u8>) {
        self.store_of(name, 0, side, bytes);
    }

    /// The same for one of several streams within the conversation.
    pub fn store_of(&mut self, name: &'static str, stream: u64, side: Side, bytes: Vec<u8>) {
        self.fetch_of(name, stream, side);
        if !bytes.is_empty() {
            self.stored.push((name, stream, side, bytes));
        }
    }

    /// Takes back what was put aside; nothing, where it had to be given up.
    pub fn fetch(&mut self, name: &'static str, side: Side) -> Option<Vec<u8>> {
        self.fetch_of(name, 0, side)
    }

    /// The same for one of several streams within the conversation.
    pub fn fetch_of(&mut self, name: &'static str, stream: u64, side: Side) -> Option<Vec<u8>> {
        let at = self.stored.iter().position(|(n, k, s, _)| (*n, *k, *s) == (name, stream, side))?;
        Some(self.stored.swap_remove(at).3)
    }

    /// How many bytes are put aside.
    pub fn stored(&self) -> usize {
        self.stored.iter().map(|(.., bytes)| bytes.capacity()).sum::<usize>()
            + self.inner.as_ref().map_or(0, |i| i.held())
    }

    /// Gives up what was put aside.
    pub fn give_up_stored(&mut self) {
        self.stored.clear();
        if let Some(inner) = &mut self.inner {
            inner.give_up();
        }
    }

    /// The memory of type `T`, if there is one.
    pub fn recall<T: Any + Send>(&mut self) -> Option<&mut T> {
        self.memory.iter_mut().find_map(|m| m.downcast_mut())
    }

    /// Forgets what readers remember; the numbers stay.
    pub fn forget(&mut self) {
        self.memory = Vec::new();
        (self.inner, self.secrets) = (None, None);
    }
}

/// The one of type `T` among these, empty at first.
fn typed<T: Any + Send + Default>(memory: &mut Vec<Box<dyn Any + Send>>) -> &mut T {
    let known = memory.iter().position(|m| m.is::<T>());
    let place = known.unwrap_or_else(|| {
        memory.push(Box::<T>::default());
        memory.len() - 1
    });
    // The place holds a `T`: it was found by its type, or made just now.
    memory[place].downcast_mut().unwrap_or_else(|| unreachable!("found by its type"))
}

/// Finds the conversation of a packet.
pub trait Talks {
    /// The conversation between the addresses and ports of `facts`; a new one where there is none.
    fn talk(&mut self, facts: &Facts, packet: &Packet<'_>) -> Option<&mut Talk>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_of_one_session_share_a_memory_and_sessions_are_bounded() {
        let sessions = Sessions::default();
        let [mut one, mut two] = [1, 2].map(|flow| Talk::new(flow, 0).among(&sessions));
        one.common(|n: &mut u32| *n = 1);
        one.belongs_to(Some(b"abc"));
        two.belongs_to(Some(b"abc"));
        one.common(|n: &mut u32| *n += 7);
        assert_eq!(two.common(|n: &mut u32| *n), 7, "what it said before it belonged to the session is its own");
        for name in 0..10_000_u32 {
            two.belongs_to(Some(&name.to_be_bytes()));
            two.common(|n: &mut u32| *n = 1);
        }
        assert!(sessions.0.borrow().len() <= MAX_SESSIONS);
        assert_eq!(one.common(|n: &mut u32| *n), 0, "it gave way");
    }
}
