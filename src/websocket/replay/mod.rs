//! A WebSocket that was recorded, once more: what both sides said (`recording`), the client's side against a real server
//! (`play`), the server's side for a real client (`serve`), and how the answers differ (`compare`).
//! Pings and pongs belong to a connection, not to a talk: they are answered live and not compared.
//! Not here: packets (`flow`), words (`render::replay`).

mod compare;
mod line;
mod play;
mod recording;
mod serve;

use std::net::SocketAddr;

pub use compare::{Verdict, compare};
pub use play::{Course, play};
pub use recording::{Reader, Recording, Step};
pub use serve::{Door, serve};

use super::Incoming;

/// What happens while a recording is played.
#[derive(Debug)]
pub enum Event {
    /// We said this.
    Said(Incoming),
    /// The other side said this.
    Heard(Incoming),
    /// A client came to the recording.
    Came(SocketAddr),
    /// A client was refused, and why.
    Refused(SocketAddr, String),
    /// It has gone; what it said.
    Gone(SocketAddr, Vec<Incoming>),
}

/// Whether a recording's message is compared and waited for.
fn counts(message: &Incoming) -> bool {
    matches!(message, Incoming::Text(_) | Incoming::Binary(_) | Incoming::Close(_))
}
