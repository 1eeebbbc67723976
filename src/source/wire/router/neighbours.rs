//! What one port knows of its cable: which card has which address, whom it is asking about, and which packets
//! wait for the answer (RFC 826, RFC 1122 §2.3.2, RFC 1812 §3.3.2).
//! Not here: the bytes of ARP (`arp`), what becomes of packets whose receiver stays silent (`forward`).

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;

use super::datagram::Datagram;
use super::ethernet::Mac;

/// An answer is believed for a minute (RFC 1122 §2.3.2.1); then the card may have been exchanged.
const BELIEVED: u64 = 60_000_000;
/// Time between two questions.
const PATIENCE: u64 = 1_000_000;
/// Questions before a neighbour counts as gone.
const ASKS: u32 = 3;
/// Packets that wait for one answer.
const WAITING: usize = 16;
/// Neighbours known, and neighbours asked for.
const MOST: usize = 512;

/// A question that is out.
struct Asking {
    asks: u32,
    again_at: u64,
    waiting: VecDeque<Datagram>,
}

/// What to do with a packet for a neighbour.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send it to this card.
    Send(Mac, Datagram),
    /// It waits; ask for the card.
    Ask,
    /// It waits, the question is out. Carries the packet that had to go to make room.
    Wait(Option<Datagram>),
    /// Too many questions are out.
    Full(Datagram),
}

/// What a silent neighbour makes of the port.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Ask again for this address.
    Ask(Ipv4Addr),
    /// These packets waited in vain.
    GiveUp(VecDeque<Datagram>),
}

/// One port's neighbours.
#[derive(Default)]
pub(super) struct Neighbours {
    known: BTreeMap<Ipv4Addr, (Mac, u64)>,
    asking: BTreeMap<Ipv4Addr, Asking>,
}

impl Neighbours {
    /// Where to send a packet for `address`, or that it waits.
    pub(super) fn next(&mut self, address: Ipv4Addr, datagram: Datagram, now: u64) -> Next {
        if let Some((mac, until)) = self.known.get(&address) {
            if now < *until {
                return Next::Send(*mac, datagram);
            }
            self.known.remove(&address);
        }
        if let Some(asking) = self.asking.get_mut(&address) {
            asking.waiting.push_back(datagram);
            let crowded = asking.waiting.len() > WAITING;
            return Next::Wait(if crowded { asking.waiting.pop_front() } else { None });
        }
        if self.asking.len() == MOST {
            return Next::Full(datagram);
        }
        self.asking
            .insert(address, Asking { asks: 1, again_at: now.saturating_add(PATIENCE), waiting: [datagram].into() });
        Next::Ask
    }

    /// A neighbour told its card, in an answer or because it asked. RFC 826: who is known already is always
    /// corrected; `meant` says that the packet was for this router, and only then is somebody new written down.
    /// Returns the packets that waited for this.
    pub(super) fn learn(&mut self, address: Ipv4Addr, mac: Mac, meant: bool, now: u64) -> VecDeque<Datagram> {
        let asked = self.asking.remove(&address);
        if meant || asked.is_some() || self.known.contains_key(&address) {
            self.make_room(address);
            self.known.insert(address, (mac, now.saturating_add(BELIEVED)));
        }
        asked.map(|a| a.waiting).unwrap_or_default()
    }

    /// Forgets who would be forgotten first, where the table is full and `newcomer` not in it.
    fn make_room(&mut self, newcomer: Ipv4Addr) {
        if self.known.len() >= MOST
            && !self.known.contains_key(&newcomer)
            && let Some(oldest) = self.known.iter().min_by_key(|(_, (_, until))| *until).map(|(a, _)| *a)
        {
            self.known.remove(&oldest);
        }
    }

    /// When somebody has been silent for too long.
    pub(super) fn wakes_at(&self) -> Option<u64> {
        self.asking.values().map(|a| a.again_at).min()
    }

    /// One thing that is due; to be called until there is none.
    pub(super) fn due(&mut self, now: u64) -> Option<Due> {
        let (&address, asking) = self.asking.iter_mut().find(|(_, a)| a.again_at <= now)?;
        if asking.asks < ASKS {
            asking.asks += 1;
            asking.again_at = now.saturating_add(PATIENCE);
            return Some(Due::Ask(address));
        }
        self.asking.remove(&address).map(|a| Due::GiveUp(a.waiting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
    const CARD: Mac = [2, 0, 0, 0, 0, 1];

    fn packet(id: u16) -> Datagram {
        Datagram::new(A, A, 17, 0, id, &[])
    }

    #[test]
    fn packets_wait_for_the_answer_and_leave_in_order() {
        let mut port = Neighbours::default();
        assert_eq!(port.next(A, packet(1), 0), Next::Ask);
        assert_eq!(port.next(A, packet(2), 5), Next::Wait(None));
        assert_eq!(port.learn(A, CARD, true, 10), [packet(1), packet(2)]);
        assert_eq!(port.next(A, packet(3), 20), Next::Send(CARD, packet(3)));
        assert_eq!(port.wakes_at(), None);
    }

    #[test]
    fn after_three_questions_a_second_apart_it_gives_up() {
        let mut port = Neighbours::default();
        assert_eq!(port.next(A, packet(1), 0), Next::Ask);
        for second in 1..=2 {
            assert_eq!(port.wakes_at(), Some(second * 1_000_000));
            assert_eq!(port.due(second * 1_000_000 - 1), None);
            assert_eq!(port.due(second * 1_000_000), Some(Due::Ask(A)));
        }
        assert_eq!(port.due(3_000_000), Some(Due::GiveUp([packet(1)].into())));
        assert_eq!((port.due(9_000_000), port.wakes_at()), (None, None));
    }

    #[test]
    fn of_too_many_waiting_packets_the_oldest_goes() {
        let mut port = Neighbours::default();
        assert_eq!(port.next(A, packet(0), 0), Next::Ask);
        for id in 1..16 {
            assert_eq!(port.next(A, packet(id), 0), Next::Wait(None));
        }
        assert_eq!(port.next(A, packet(16), 0), Next::Wait(Some(packet(0))));
    }

    #[test]
    fn an_answer_is_believed_for_a_minute() {
        let mut port = Neighbours::default();
        port.learn(A, CARD, true, 0);
        assert!(matches!(port.next(A, packet(1), 59_999_999), Next::Send(..)));
        assert_eq!(port.next(A, packet(1), 60_000_000), Next::Ask);
    }

    #[test]
    fn strangers_who_talk_to_others_are_not_written_down_but_known_ones_are_corrected() {
        let mut port = Neighbours::default();
        port.learn(A, CARD, false, 0);
        assert_eq!(port.next(A, packet(1), 1), Next::Ask);
        port.learn(A, CARD, true, 2);
        port.learn(A, [2, 0, 0, 0, 0, 9], false, 3);
        assert_eq!(port.next(A, packet(1), 4), Next::Send([2, 0, 0, 0, 0, 9], packet(1)));
    }

    #[test]
    fn neither_a_scan_nor_a_flood_of_answers_makes_the_tables_grow() {
        let mut port = Neighbours::default();
        for n in 0..2000 {
            port.next(Ipv4Addr::from_bits(n), packet(1), 0);
            port.learn(Ipv4Addr::from_bits(100_000 + n), CARD, true, u64::from(n));
        }
        assert_eq!((port.asking.len(), port.known.len()), (MOST, MOST));
    }
}
