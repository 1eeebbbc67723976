//! What becomes of a packet (RFC 1812 §5.2.1): is it for the router itself, for everybody on the cable, or to
//! be passed on? The heart of the router.
//! Not here: ICMP messages (`complain`), frames and cards (`send`).

use std::net::Ipv4Addr;

use super::datagram::{Datagram, ICMP, TCP, UDP};
use super::did::{Flaw, What};
use super::icmp::{self, Error};
use super::{Router, Turn};

/// Addresses that no packet can come from (RFC 1812 §5.3.7).
pub(super) fn is_of_nobody(address: Ipv4Addr) -> bool {
    let first = address.octets()[0];
    first == 0 || first == 127 || first >= 224
}

impl Router {
    /// A packet came in at `port`; `to_all` says that its frame was for every card on the cable.
    pub(super) fn take(&mut self, port: usize, mut datagram: Datagram, to_all: bool, turn: &mut Turn<'_>) {
        let from = datagram.from();
        if is_of_nobody(from) || self.is_for_everybody(from) || self.is_mine(from) {
            return self.note(turn, What::Refused(Flaw::Sender), &datagram);
        }
        // A broadcast is for its own network only (RFC 1812 §5.3.4, §5.3.5), and nothing in this router waits for one.
        if to_all || is_of_nobody(datagram.to()) || self.is_for_everybody(datagram.to()) {
            return self.note(turn, What::Refused(Flaw::Broadcast), &datagram);
        }
        let meant_inside = match self.enter(port, &mut datagram, turn) {
            Ok(translated) => translated,
            Err(what) => return self.note(turn, what, &datagram),
        };
        if self.is_mine(datagram.to()) {
            self.deliver(port, &datagram, turn);
        } else if self.is_outside(port) && !meant_inside && self.leads_inside(datagram.to()) {
            self.note(turn, What::NobodyAsked, &datagram);
        } else {
            self.forward(port, datagram, turn);
        }
    }

    fn is_for_everybody(&self, address: Ipv4Addr) -> bool {
        self.ports.iter().any(|p| p.network.is_for_everybody(address))
    }

    pub(super) fn is_outside(&self, port: usize) -> bool {
        self.nat.as_ref().is_some_and(|(outside, _)| *outside == port)
    }

    fn leads_inside(&self, address: Ipv4Addr) -> bool {
        self.routes.next_hop(address).is_some_and(|(port, _)| !self.is_outside(port))
    }

    /// NAT on the way in: whether somebody inside is meant. Somebody inside may write to the outside address, too;
    /// then the answer must come back here, so the sender is translated as well (RFC 4787 REQ-9, hairpinning).
    fn enter(&mut self, port: usize, datagram: &mut Datagram, turn: &mut Turn<'_>) -> Result<bool, What> {
        let Some((outside, nat)) = &mut self.nat else { return Ok(false) };
        if datagram.to() != nat.outside {
            return Ok(false);
        }
        let (from, to) = (datagram.from(), datagram.to());
        let Some((before, after)) = nat.arrive(datagram, turn.now) else { return Ok(false) };
        let mut changes = vec![(before, after)];
        if *outside != port {
            changes.push(nat.leave(datagram, turn.now)?);
        }
        for (before, after) in changes {
            self.diary.note(turn.now, What::Translated { before, after }, from, to);
        }
        Ok(true)
    }

    /// It is for the router itself (RFC 1812 §5.2.3). No program runs here, so all it can do is answer a ping.
    fn deliver(&mut self, port: usize, datagram: &Datagram, turn: &mut Turn<'_>) {
        if datagram.is_piece() {
            return self.note(turn, What::Refused(Flaw::Piece), datagram);
        }
        match datagram.protocol() {
            ICMP => self.answer(datagram, turn),
            // To strangers the outside of a NAT is silent: "no such port" would tell them which ones exist.
            UDP | TCP if self.is_outside(port) => self.note(turn, What::NobodyAsked, datagram),
            UDP => {
                let told = self.complain(datagram, Error::PortUnreachable, turn);
                self.note(turn, What::NobodyAtPort { told }, datagram);
            }
            _ => {
                let told = self.complain(datagram, Error::ProtocolUnreachable, turn);
                self.note(turn, What::NoSuchProtocol { told }, datagram);
            }
        }
    }

    fn answer(&mut self, datagram: &Datagram, turn: &mut Turn<'_>) {
        let id = self.next_id();
        if let Some(pong) = icmp::pong(datagram, id) {
            self.note(turn, What::Pong, datagram);
            self.originate(pong, turn);
        }
    }

    /// It is for somebody else: RFC 1812 §5.2.1.2, in its order.
    fn forward(&mut self, from_port: usize, mut datagram: Datagram, turn: &mut Turn<'_>) {
        let Some((port, neighbour)) = self.routes.next_hop(datagram.to()) else {
            let told = self.complain(&datagram, Error::NetUnreachable, turn);
            return self.note(turn, What::NoRoute { told }, &datagram);
        };
        if datagram.ttl() <= 1 {
            let told = self.complain(&datagram, Error::TtlExpired, turn);
            return self.note(turn, What::TtlExpired { told }, &datagram);
        }
        let mtu = self.ports[port].mtu;
        if datagram.len() > mtu && datagram.dont_fragment() {
            let told = self.complain(&datagram, Error::TooBig(mtu), turn);
            return self.note(turn, What::TooBig { mtu, told }, &datagram);
        }
        if port == from_port {
            self.redirect(port, neighbour, &datagram, turn);
        }
        datagram.spend_a_hop();
        self.note(turn, What::Forwarded { port, ttl: datagram.ttl() }, &datagram);
        if let Some(datagram) = self.exit(from_port, port, datagram, turn) {
            self.send(port, neighbour, datagram, turn);
        }
    }

    /// It leaves the way it came: if the neighbour is in the sender's own network, the sender could have asked it
    /// directly (RFC 1812 §5.2.7.2). The packet is passed on all the same.
    fn redirect(&mut self, port: usize, via: Ipv4Addr, datagram: &Datagram, turn: &mut Turn<'_>) {
        let close = self.ports[port].network.holds(datagram.from()) && self.ports[port].network.holds(via);
        if close && self.complain(datagram, Error::Redirect(via), turn) {
            self.note(turn, What::Redirected { via }, datagram);
        }
    }

    /// NAT on the way out: only from an inside port to the outside one.
    fn exit(&mut self, from: usize, to: usize, mut datagram: Datagram, turn: &mut Turn<'_>) -> Option<Datagram> {
        let Some((outside, nat)) = &mut self.nat else { return Some(datagram) };
        if to != *outside || from == *outside {
            return Some(datagram);
        }
        let (sender, receiver) = (datagram.from(), datagram.to());
        match nat.leave(&mut datagram, turn.now) {
            Ok((before, after)) => {
                self.diary.note(turn.now, What::Translated { before, after }, sender, receiver);
                Some(datagram)
            }
            Err(what) => {
                self.note(turn, what, &datagram);
                None
            }
        }
    }

    pub(super) fn note(&mut self, turn: &Turn<'_>, what: What, datagram: &Datagram) {
        self.diary.note(turn.now, what, datagram.from(), datagram.to());
    }
}
