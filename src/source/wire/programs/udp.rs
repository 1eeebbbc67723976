//! UDP's programs: one send is one datagram is one read, or none.

use std::net::Ipv4Addr;
use std::sync::Arc;

use smoltcp::socket::udp::Socket;
use smoltcp::wire::{IpAddress, IpEndpoint};

use super::{Complaint, Did, Moment, bytes};
use crate::source::wire::happening::Says;
use crate::source::wire::script::{Client, Mode, Server};

pub(in crate::source::wire) struct UdpServer {
    spec: Arc<Server>,
    /// Datagrams of a dialogue that were answered.
    answered: usize,
}

impl UdpServer {
    pub(in crate::source::wire) fn new(spec: Arc<Server>) -> Self {
        UdpServer { spec, answered: 0 }
    }

    pub(in crate::source::wire) fn act(&mut self, socket: &mut Socket<'_>, moment: &mut Moment<'_>) {
        while let Some((from, read)) = receive(socket) {
            let peer = place(from);
            moment.tell_of(peer, Did::Read(bytes(&read)));
            let answer = match &self.spec.mode {
                Mode::Sink => continue,
                Mode::Echo => &read,
                Mode::Answer(answer) => answer,
                Mode::Dialogue(answers) => {
                    self.answered += 1;
                    let Some(answer) = answers.get(self.answered - 1) else { continue };
                    answer
                }
            };
            if socket.send_slice(answer, from).is_ok() {
                moment.tell_of(peer, Did::Sent(bytes(answer)));
            }
        }
    }
}

pub(in crate::source::wire) struct UdpClient {
    spec: Arc<Client>,
    next: usize,
    ready_at: u64,
    waits: bool,
}

impl UdpClient {
    pub(in crate::source::wire) fn new(spec: Arc<Client>) -> Self {
        UdpClient { spec, next: 0, ready_at: 0, waits: false }
    }

    /// Returns when it wants to act next, if nothing happens before.
    pub(in crate::source::wire) fn act(&mut self, socket: &mut Socket<'_>, moment: &mut Moment<'_>) -> Option<u64> {
        while let Some((from, read)) = receive(socket) {
            self.waits = false;
            moment.tell_of(place(from), Did::Read(bytes(&read)));
        }
        let (address, port) = self.spec.to;
        let to = IpEndpoint::new(IpAddress::Ipv4(address), port);
        while let Some(message) = self.spec.send.get(self.next)
            && !self.waits
            && moment.now >= self.ready_at
        {
            if socket.send_slice(message, to).is_err() {
                moment.tell(Did::Blocked);
                self.ready_at = moment.now + 1_000_000;
                break;
            }
            moment.tell(Did::Sent(bytes(message)));
            self.next += 1;
            self.waits = self.spec.answers;
            self.ready_at = moment.now + self.spec.every;
            if self.spec.every == 0 && message.len() > 1000 {
                self.ready_at += 1; // a datagram in pieces has to leave before the next one may come
            }
        }
        (self.next < self.spec.send.len() && !self.waits).then_some(self.ready_at.max(moment.now + 1))
    }

    /// Linux tells a connected UDP socket: ECONNREFUSED.
    pub(in crate::source::wire) fn complain(&mut self, complaint: Complaint, moment: &mut Moment<'_>) {
        if complaint.about == self.spec.to.1 && matches!(complaint.says, Says::Unreachable(_)) {
            moment.tell(Did::Refused);
        }
    }
}

fn receive(socket: &mut Socket<'_>) -> Option<(IpEndpoint, Vec<u8>)> {
    let (read, meta) = socket.recv().ok()?;
    Some((meta.endpoint, read.to_vec()))
}

fn place(endpoint: IpEndpoint) -> Option<(Ipv4Addr, u16)> {
    let IpAddress::Ipv4(address) = endpoint.addr;
    Some((address, endpoint.port))
}
