//! Where packets come from, all behind one trait: files, live interfaces, the simulated wire.

pub mod wire;

use crate::dissect::{Interface, Packet};

/// Delivers packets one by one. A packet is borrowed until the next call: no copy, no allocation.
pub trait Source {
    /// The next packet, or that nothing came for a moment (live: about 100 ms), or the end.
    ///
    /// # Errors
    /// A file that cannot be read further, a device that went away. What was delivered stays valid.
    fn next(&mut self) -> Result<Event<'_>, Error>;

    /// The interfaces seen so far; `Packet::interface` indexes them. A pcapng file may add some later.
    fn interfaces(&self) -> &[Interface];

    /// What the capture counted.
    fn counters(&mut self) -> Counters;
}

/// What a source has to say.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A packet.
    Packet(Packet<'a>),
    /// Nothing came for a moment; a chance to look at the clock and at Ctrl-C.
    Idle,
    /// There is no more.
    End,
}

/// What a capture counted, in packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Delivered by this source.
    pub seen: u64,
    /// Lost by the kernel because the program did not read fast enough.
    pub lost: u64,
}

/// Why packets cannot be had, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened.
    #[error("cannot open {path}: {source}")]
    Open {
        /// As the user wrote it.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// What to do next, on this machine.
    pub fn hint(&self) -> Option<String> {
        None
    }
}
