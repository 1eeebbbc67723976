//! Telling a sender that its packet did not make it (RFC 1812 §4.3.2): to whom, from which address, and when
//! better not.
//! Not here: the bytes of the message (`icmp`).

use super::datagram::Datagram;
use super::icmp::{Error, may_be_reported};
use super::{Router, Turn};

impl Router {
    /// Reports `error` to the sender of `about`; whether it did.
    pub(super) fn complain(&mut self, about: &Datagram, error: Error, turn: &mut Turn<'_>) -> bool {
        if !may_be_reported(about) {
            return false;
        }
        let about = self.as_it_was_sent(about, turn.now);
        if self.is_mine(about.from()) {
            return false;
        }
        let Some((port, neighbour)) = self.routes.next_hop(about.from()) else { return false };
        if !self.patience.take(turn.now) {
            return false;
        }
        // §4.3.2.4: the address of the port through which the message leaves.
        let (from, id) = (self.ports[port].address, self.next_id());
        self.send(port, neighbour, error.write(&about, from, id), turn);
        true
    }

    /// Its sender would not know its own packet again after NAT (RFC 5508 §4).
    fn as_it_was_sent(&self, about: &Datagram, now: u64) -> Datagram {
        let mut about = about.clone();
        let Some((outside, nat)) = &self.nat else { return about };
        let left = about.from() == nat.outside;
        if left {
            nat.undo_leave(&mut about, now);
        }
        let to_outside = self.routes.next_hop(about.from()).is_some_and(|(port, _)| port == *outside);
        if left || to_outside {
            nat.undo_arrive(&mut about, now);
        }
        about
    }

    /// Sends a datagram of the router's own.
    pub(super) fn originate(&mut self, datagram: Datagram, turn: &mut Turn<'_>) {
        if let Some((port, neighbour)) = self.routes.next_hop(datagram.to())
            && !self.is_mine(datagram.to())
        {
            self.send(port, neighbour, datagram, turn);
        }
    }
}
