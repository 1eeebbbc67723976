//! The last yard: cut what is too long, find the neighbour's card, write the frame; and what ARP needs for that.
//! Not here: the tables (`neighbours`), ARP's bytes (`arp`).

use std::net::Ipv4Addr;

use super::arp::{Arp, Operation};
use super::datagram::Datagram;
use super::did::{Flaw, What};
use super::icmp::Error;
use super::neighbours::{Due, Next};
use super::{Router, Turn, ethernet, forward, fragment};

impl Router {
    /// Sends a packet through `port` to a neighbour there, in pieces where it must be.
    pub(super) fn send(&mut self, port: usize, neighbour: Ipv4Addr, datagram: Datagram, turn: &mut Turn<'_>) {
        let mtu = self.ports[port].mtu;
        if datagram.len() <= mtu {
            return self.hand_over(port, neighbour, datagram, turn);
        }
        let pieces = fragment::cut(&datagram, mtu);
        if pieces.is_empty() {
            return self.note(turn, What::Refused(Flaw::Length), &datagram);
        }
        self.note(turn, What::Fragmented { pieces: pieces.len() }, &datagram);
        for piece in pieces {
            self.hand_over(port, neighbour, piece, turn);
        }
    }

    /// Sends one packet if the neighbour's card is known; else it waits for ARP.
    fn hand_over(&mut self, port: usize, neighbour: Ipv4Addr, datagram: Datagram, turn: &mut Turn<'_>) {
        match self.ports[port].neighbours.next(neighbour, datagram, turn.now) {
            Next::Send(mac, datagram) => self.emit(port, mac, ethernet::IPV4, datagram.bytes(), turn),
            Next::Ask => self.ask(port, neighbour, turn),
            Next::Wait(None) => {}
            Next::Wait(Some(datagram)) | Next::Full(datagram) => self.note(turn, What::QueueFull, &datagram),
        }
    }

    /// "Who has this address?", to everybody on the cable.
    fn ask(&mut self, port: usize, address: Ipv4Addr, turn: &mut Turn<'_>) {
        let card = &self.ports[port];
        let sender = (card.mac, card.address);
        let request = Arp { operation: Operation::Request, sender, target: ([0; 6], address) };
        self.emit(port, ethernet::BROADCAST, ethernet::ARP, &request.write(), turn);
        self.diary.note(turn.now, What::ArpAsked { address }, sender.1, address);
    }

    /// An ARP packet arrived: RFC 826, "Packet Reception".
    pub(super) fn hear(&mut self, port: usize, bytes: &[u8], turn: &mut Turn<'_>) {
        let Some(arp) = Arp::read(bytes) else { return };
        let card = &mut self.ports[port];
        let (mac, address) = arp.sender;
        let meant = arp.target.1 == card.address;
        // Nobody can take over the router's own address, or speak for a network that is elsewhere.
        let credible = card.network.holds(address)
            && !card.network.is_for_everybody(address)
            && !forward::is_of_nobody(address)
            && address != card.address
            && !ethernet::is_group(mac);
        let waited = if credible { card.neighbours.learn(address, mac, meant, turn.now) } else { [].into() };
        for datagram in waited {
            self.emit(port, mac, ethernet::IPV4, datagram.bytes(), turn);
        }
        if meant && arp.operation == Operation::Request && !ethernet::is_group(mac) {
            self.tell(port, arp, turn);
        }
    }

    /// "That is me, and this is my card."
    fn tell(&mut self, port: usize, request: Arp, turn: &mut Turn<'_>) {
        let card = &self.ports[port];
        let reply = Arp { operation: Operation::Reply, sender: (card.mac, card.address), target: request.sender };
        self.diary.note(turn.now, What::ArpAnswered, request.sender.1, card.address);
        self.emit(port, request.sender.0, ethernet::ARP, &reply.write(), turn);
    }

    /// Asks again for silent neighbours, and gives up on those that were asked often enough (RFC 1812 §5.2.7.1:
    /// host unreachable).
    pub(super) fn overdue(&mut self, port: usize, turn: &mut Turn<'_>) {
        while let Some(due) = self.ports[port].neighbours.due(turn.now) {
            match due {
                Due::Ask(address) => self.ask(port, address, turn),
                Due::GiveUp(packets) => {
                    for datagram in packets {
                        let told = self.complain(&datagram, Error::HostUnreachable, turn);
                        self.note(turn, What::HostSilent { told }, &datagram);
                    }
                }
            }
        }
    }

    fn emit(&mut self, port: usize, to: ethernet::Mac, kind: u16, payload: &[u8], turn: &mut Turn<'_>) {
        turn.out.push((port, ethernet::write(to, self.ports[port].mac, kind, payload)));
    }
}
