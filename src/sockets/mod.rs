//! TCP beside UDP with real sockets of this machine. What is done is returned as [`Event`]s.
//! Not here: text (`render`), the kernel's table (`ports`; whoever runs a demonstration lends it), the simulated wire
//! (`source::wire`).

mod client;
pub mod compare;
mod desk;
mod event;
mod line;
pub mod live;
mod open;
mod tcp;
mod udp;
mod voice;

pub use event::{Call, Event, KEPT, Outcome, Party, Role, Transport};

use std::net::SocketAddr;

/// Who can say in which state a socket is. `ports` can; tests answer in its place.
pub trait Kernel {
    /// The state of this socket now, by the name that `ss` and `ports` use; `None` where it stands in no table.
    fn state(&mut self, transport: Transport, local: SocketAddr, remote: Option<SocketAddr>) -> Option<&'static str>;
}
