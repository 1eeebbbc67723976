//! A host on the simulated wire: a card, a TCP/IP stack and one TCP socket.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::rc::Rc;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, Ipv4Address};

use super::cable::Card;

/// Bytes of a socket's buffers, as many as one window without scaling.
const BUFFER: usize = 65_535;

pub(super) struct Host {
    pub(super) card: Card,
    stack: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
}

impl Host {
    /// A host 192.168.1.`last` with MAC 02:00:00:00:00:`last`; `seed` decides its sequence numbers.
    pub(super) fn new(last: u8, seed: u64) -> Self {
        let mut card = Card::default();
        let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, last]).into());
        config.random_seed = seed;
        let mut stack = Interface::new(config, &mut card, Instant::ZERO);
        stack.update_ip_addrs(|addresses| {
            // The list holds at least one address, so this cannot fail.
            let _ = addresses.push(IpCidr::new(address(last).into(), 24));
        });
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
        let mut sockets = SocketSet::new(Vec::new());
        let socket = sockets.add(tcp::Socket::new(buffer(), buffer()));
        Host { card, stack, sockets, socket }
    }

    pub(super) fn listen(&mut self, port: u16) {
        // Fails only for port 0 and for a socket in use: neither happens in a script of ours.
        let _ = self.socket().listen(port);
    }

    pub(super) fn connect(&mut self, last: u8, port: u16, from: u16) {
        let socket = self.sockets.get_mut::<tcp::Socket>(self.socket);
        let _ = socket.connect(self.stack.context(), (IpAddress::from(address(last)), port), from);
    }

    pub(super) fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.socket)
    }

    pub(super) fn poll(&mut self, now: Instant) {
        self.stack.poll(now, &mut self.card, &mut self.sockets);
    }

    /// When the stack next has something to do by itself.
    pub(super) fn wakes_at(&mut self, now: Instant) -> Option<Instant> {
        self.stack.poll_at(now, &self.sockets)
    }

    /// Moves bytes between the socket and a program's pipe.
    pub(super) fn pump(&mut self, pipe: &Pipe) {
        let socket = self.socket();
        let mut ends = pipe.0.borrow_mut();
        while socket.can_recv() {
            let taken = socket.recv(|bytes| {
                ends.incoming.extend(bytes.iter());
                (bytes.len(), ())
            });
            if taken.is_err() {
                break;
            }
        }
        while socket.can_send() && !ends.outgoing.is_empty() {
            let sent = socket.send_slice(ends.outgoing.make_contiguous()).unwrap_or(0);
            ends.outgoing.drain(..sent);
            if sent == 0 {
                break;
            }
        }
    }
}

fn address(last: u8) -> Ipv4Address {
    Ipv4Address::new(192, 168, 1, last)
}

#[derive(Default)]
struct Ends {
    incoming: VecDeque<u8>,
    outgoing: VecDeque<u8>,
}

/// What a program on a host reads from and writes to, as it would a socket that never blocks.
#[derive(Clone, Default)]
pub(super) struct Pipe(Rc<RefCell<Ends>>);

impl Pipe {
    /// How many bytes wait to be read.
    pub(super) fn waiting(&self) -> usize {
        self.0.borrow().incoming.len()
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut ends = self.0.borrow_mut();
        if ends.incoming.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        ends.incoming.read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().outgoing.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
