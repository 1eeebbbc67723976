//! Who looks on in a browser: a page, a WebSocket (RFC 6455) for each viewer, and a teacher whose selection all follow.
//! Viewers ask for rows and packets; who does not read is skipped, never waited for. What is answered is made elsewhere:
//! this room knows frames, not packets.

mod hall;
mod seats;

pub use hall::{Gallery, Keys};
pub use seats::Frame;

/// What somebody who looks on wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The rows of this block of the list, counted from 0.
    Rows(u64),
    /// A packet, whole.
    Packet(u64),
    /// The teacher points at a packet, and at a field (from 0) or a layer (-1 for the first) of it.
    Choose(u64, i64),
}

/// A wish, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The viewer, as [`Gallery::answer`] knows it.
    pub viewer: u64,
    /// What it wants.
    pub wish: Wish,
}
