//! What a router did with what it got, as data; whoever draws puts it into words.
//! Not here: text. The bytes themselves are in the capture.

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use super::ends::End;

/// Most deeds remembered; older ones are forgotten.
const MOST: usize = 256;

/// One thing that a router did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Did {
    /// Microseconds since the simulation began.
    pub at: u64,
    /// What.
    pub what: What,
    /// Who sent the packet that it was done to.
    pub from: Ipv4Addr,
    /// Whom that packet was for.
    pub to: Ipv4Addr,
}

/// What a router can do. `told` says whether the sender hears of it by ICMP: errors about errors, about
/// broadcasts and beyond the rate stay silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Passed it on through this port, with so many hops left.
    Forwarded {
        /// Counted from 0.
        port: usize,
        /// Hops left.
        ttl: u8,
    },
    /// Threw it away: its time to live was used up.
    TtlExpired {
        /// Whether its sender hears of it.
        told: bool,
    },
    /// Threw it away: no route leads there.
    NoRoute {
        /// Whether its sender hears of it.
        told: bool,
    },
    /// Threw it away: the last network did not answer who has that address.
    HostSilent {
        /// Whether its sender hears of it.
        told: bool,
    },
    /// Threw it away: more than the next link carries, and it must not be cut.
    TooBig {
        /// Bytes that fit.
        mtu: usize,
        /// Whether its sender hears of it.
        told: bool,
    },
    /// Cut it into so many pieces.
    Fragmented {
        /// How many.
        pieces: usize,
    },
    /// Told the sender of a shorter way through a neighbour, and passed it on this once.
    Redirected {
        /// That neighbour.
        via: Ipv4Addr,
    },
    /// It was for the router itself: answered a ping.
    Pong,
    /// It was for the router itself, where nobody listens on any port.
    NobodyAtPort {
        /// Whether its sender hears of it.
        told: bool,
    },
    /// It was for the router itself, which does not speak that protocol.
    NoSuchProtocol {
        /// Whether its sender hears of it.
        told: bool,
    },
    /// NAT: wrote another sender or receiver on it.
    Translated {
        /// What was on it.
        before: End,
        /// What is on it now.
        after: End,
    },
    /// NAT threw it away: nobody inside has sent anything from there.
    NobodyAsked,
    /// NAT threw it away: it has no port or id that could be translated.
    NoPorts,
    /// NAT threw it away: all places of its table are in use.
    TableFull,
    /// Asked the cable which card has this address.
    ArpAsked {
        /// Whose.
        address: Ipv4Addr,
    },
    /// Told a neighbour its card.
    ArpAnswered,
    /// Threw away the oldest of too many that waited for an ARP answer.
    QueueFull,
    /// Threw it away without a word.
    Refused(Flaw),
}

/// Why a router does not even look further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Less than a header.
    Short,
    /// Not version 4.
    Version,
    /// Its lengths contradict each other or what arrived.
    Length,
    /// Its checksum is wrong: it was damaged on the way.
    Checksum,
    /// Nobody can have that sender address (RFC 1812 §5.3.7).
    Sender,
    /// A broadcast or multicast, which stays in its network.
    Broadcast,
    /// A piece for the router itself, which puts nothing together.
    Piece,
}

/// The last deeds of a router.
#[derive(Default)]
pub(super) struct Diary(VecDeque<Did>);

impl Diary {
    pub(super) fn note(&mut self, at: u64, what: What, from: Ipv4Addr, to: Ipv4Addr) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(Did { at, what, from, to });
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = Did> + '_ {
        self.0.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_deeds_are_forgotten_first() {
        let mut diary = Diary::default();
        for at in 0..300 {
            diary.note(at, What::Pong, Ipv4Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED);
        }
        let kept: Vec<u64> = diary.drain().map(|d| d.at).collect();
        assert_eq!((kept.len(), kept[0], kept[255]), (256, 44, 299));
        assert_eq!(diary.drain().count(), 0);
    }
}
