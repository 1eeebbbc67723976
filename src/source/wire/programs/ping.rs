//! ping: an ICMP echo every second, and how long its answer takes (RFC 792).

use std::collections::BTreeMap;
use std::sync::Arc;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::icmp::Socket;
use smoltcp::wire::{Icmpv4Packet, Icmpv4Repr, IpAddress};

use super::{Complaint, Did, Moment, bytes};
use crate::source::wire::happening::{Answer, Says};
use crate::source::wire::script::Probe;

pub(in crate::source::wire) struct Ping {
    spec: Arc<Probe>,
    ident: u16,
    sent: u32,
    next_at: u64,
    /// When those left that nobody has answered yet.
    open: BTreeMap<u32, u64>,
}

impl Ping {
    pub(in crate::source::wire) fn new(spec: Arc<Probe>, ident: u16) -> Self {
        Ping { spec, ident, sent: 0, next_at: 0, open: BTreeMap::new() }
    }

    /// Returns when it wants to act next, if nothing happens before.
    pub(in crate::source::wire) fn act(&mut self, socket: &mut Socket<'_>, moment: &mut Moment<'_>) -> Option<u64> {
        while let Ok((data, IpAddress::Ipv4(from))) = socket.recv() {
            if let Some(number) = reply(data) {
                self.answered(Complaint { from, says: Says::Here, about: number }, moment);
            }
        }
        while let Some((number, _)) = self.open.first_key_value().filter(|(_, at)| moment.now >= *at + self.spec.every)
        {
            moment.tell(Did::NoAnswer(*number));
            self.open.pop_first();
        }
        if self.sent < self.spec.times && moment.now >= self.next_at {
            self.sent += 1;
            send(socket, &self.spec, self.ident, self.sent as u16);
            moment.tell(Did::Sent(bytes(&vec![b'.'; self.spec.size])));
            self.open.insert(self.sent, moment.now);
            self.next_at = moment.now + self.spec.every;
        }
        let next = (self.sent < self.spec.times).then_some(self.next_at);
        let late = self.open.first_key_value().map(|(_, at)| at + self.spec.every);
        next.into_iter().chain(late).min()
    }

    /// An answer of whatever kind to one of its echoes.
    pub(in crate::source::wire) fn answered(&mut self, complaint: Complaint, moment: &mut Moment<'_>) {
        let number = u32::from(complaint.about);
        let Some(at) = self.open.remove(&number) else { return };
        let answer = Answer { number, from: complaint.from, says: complaint.says, rtt: moment.now - at };
        moment.tell(Did::Answer(answer));
    }
}

/// The number of an echo reply.
pub(super) fn reply(data: &[u8]) -> Option<u16> {
    let packet = Icmpv4Packet::new_checked(data).ok()?;
    match Icmpv4Repr::parse(&packet, &ChecksumCapabilities::default()).ok()? {
        Icmpv4Repr::EchoReply { seq_no, .. } => Some(seq_no),
        _ => None,
    }
}

/// Sends an echo with the TTL that `spec` names, or with the socket's own.
pub(super) fn send(socket: &mut Socket<'_>, spec: &Probe, ident: u16, number: u16) {
    let data = vec![b'.'; spec.size];
    let echo = Icmpv4Repr::EchoRequest { ident, seq_no: number, data: &data };
    if let Ok(buffer) = socket.send(echo.buffer_len(), IpAddress::Ipv4(spec.to)) {
        echo.emit(&mut Icmpv4Packet::new_unchecked(buffer), &ChecksumCapabilities::default());
    }
}
