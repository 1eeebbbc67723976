//! traceroute: packets whose TTL runs out at the first router, the second, … Each complains, and so tells that
//! it is there. The destination answers the last one: "port unreachable" for UDP, an echo reply for ICMP.

use std::net::Ipv4Addr;
use std::sync::Arc;

use smoltcp::socket::{icmp, udp};
use smoltcp::wire::{IpAddress, IpEndpoint};

use super::{Complaint, Did, Moment, bytes, ping};
use crate::source::wire::happening::{Answer, Says};
use crate::source::wire::script::Probe;

/// The port that traceroute aims at, and counts up from; nobody is expected to listen there.
const PORT: u16 = 33_434;

pub(in crate::source::wire) struct Traceroute {
    spec: Arc<Probe>,
    ident: u16,
    hop: u32,
    sent_at: u64,
    open: bool,
    done: bool,
}

impl Traceroute {
    pub(in crate::source::wire) fn new(spec: Arc<Probe>, ident: u16) -> Self {
        Traceroute { spec, ident, hop: 0, sent_at: 0, open: false, done: false }
    }

    /// As `act_icmp`, with datagrams.
    pub(in crate::source::wire) fn act_udp(
        &mut self,
        socket: &mut udp::Socket<'_>,
        moment: &mut Moment<'_>,
    ) -> Option<u64> {
        if self.step(moment) {
            socket.set_hop_limit(Some(self.hop as u8));
            let to = IpEndpoint::new(IpAddress::Ipv4(self.spec.to), PORT + self.hop as u16);
            let data = vec![b'.'; self.spec.size];
            let _ = socket.send_slice(&data, to); // there is room: one probe at a time
            moment.tell_of(Some((self.spec.to, to.port)), Did::Sent(bytes(&data)));
        }
        self.deadline()
    }

    /// Returns when it wants to act next, if nothing happens before.
    pub(in crate::source::wire) fn act_icmp(
        &mut self,
        socket: &mut icmp::Socket<'_>,
        moment: &mut Moment<'_>,
    ) -> Option<u64> {
        while let Ok((data, IpAddress::Ipv4(from))) = socket.recv() {
            if let Some(number) = ping::reply(data) {
                self.answered(Complaint { from, says: Says::Here, about: number }, moment);
            }
        }
        if self.step(moment) {
            socket.set_hop_limit(Some(self.hop as u8));
            ping::send(socket, &self.spec, self.ident, self.hop as u16);
            moment.tell(Did::Sent(bytes(&vec![b'.'; self.spec.size])));
        }
        self.deadline()
    }

    /// Gives up on a probe that is late; true if the next one is due.
    fn step(&mut self, moment: &mut Moment<'_>) -> bool {
        if self.open && moment.now >= self.sent_at + self.spec.every {
            self.open = false;
            moment.tell(Did::NoAnswer(self.hop));
        }
        if self.open || self.done || self.hop >= self.spec.times {
            return false;
        }
        self.hop += 1;
        self.sent_at = moment.now;
        self.open = true;
        true
    }

    fn deadline(&self) -> Option<u64> {
        self.open.then_some(self.sent_at + self.spec.every)
    }

    pub(in crate::source::wire) fn answered(&mut self, complaint: Complaint, moment: &mut Moment<'_>) {
        let about = u32::from(if self.spec.udp { complaint.about.wrapping_sub(PORT) } else { complaint.about });
        if !self.open || about != self.hop {
            return; // an answer to a probe that was given up
        }
        self.open = false;
        self.done = complaint.says != Says::TimeExceeded || self.is_target(complaint.from);
        let rtt = moment.now - self.sent_at;
        moment.tell(Did::Answer(Answer { number: self.hop, from: complaint.from, says: complaint.says, rtt }));
    }

    fn is_target(&self, from: Ipv4Addr) -> bool {
        from == self.spec.to
    }
}
