//! Which translation the first piece of a datagram had: later pieces carry no ports to look it up by (RFC 4787
//! REQ-14). They are passed on as they come; nothing is put together here.
//! Not here: pieces that overtake the first one; they are lost, and whoever sent them sends again.

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use super::datagram::Datagram;
use super::ends::End;

/// Datagrams remembered.
const MOST: usize = 64;
/// RFC 791 §3.2 lets a receiver wait for pieces; nobody needs to remember for longer.
const REMEMBERED: u64 = 30_000_000;

/// What all pieces of one datagram have in common (RFC 791 §2.3).
type Key = (Ipv4Addr, Ipv4Addr, u8, u16);

/// The datagrams in pieces that pass at the moment.
#[derive(Default)]
pub(super) struct Pieces(VecDeque<(Key, (End, End), u64)>);

fn key(datagram: &Datagram) -> Key {
    (datagram.from(), datagram.to(), datagram.protocol(), datagram.id())
}

impl Pieces {
    /// Remembers the translation of a first piece; does nothing for a whole datagram.
    pub(super) fn keep(&mut self, datagram: &Datagram, change: (End, End), now: u64) {
        if !datagram.more_fragments() {
            return;
        }
        self.0.retain(|(k, ..)| *k != key(datagram));
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((key(datagram), change, now.saturating_add(REMEMBERED)));
    }

    /// The translation that the first piece had.
    pub(super) fn find(&self, datagram: &Datagram, now: u64) -> Option<(End, End)> {
        self.0.iter().find(|(k, _, until)| *k == key(datagram) && now < *until).map(|(_, change, _)| *change)
    }
}
