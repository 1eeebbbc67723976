//! Packets from a live interface: one question (`open`), one answer (a [`Source`]).
//! On Linux the kernel's ring (`ring`), on other systems `pnet`. Who may do so is in `rights`, a
//! private network for those who may not is in `sandbox`.
//!
//! Not here: sending, text, command lines. `unsafe` is in `linux` alone.

mod error;
pub mod interfaces;
#[cfg(target_os = "linux")]
mod linux;
mod pnet;
pub mod rights;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
pub mod sandbox;
#[cfg(all(test, target_os = "linux"))]
mod testing;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use ::pnet::datalink::NetworkInterface;

pub use error::Error;

use super::Source;

/// The name that stands for all interfaces at once.
pub const ANY: &str = "any";

/// What to capture and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Name of the interface: "lo", "eth0"; on Linux also "any".
    pub interface: String,
    /// Most bytes kept of a packet; 0 means all.
    pub snaplen: u32,
    /// Ask the card for frames that are meant for other machines too.
    pub promiscuous: bool,
    /// Bytes the kernel may hold for us while we are busy.
    pub buffer_bytes: usize,
    /// Who fetches the packets.
    pub backend: Backend,
}

impl Options {
    /// Whole packets from `interface`, with the defaults for all else.
    pub fn new(interface: &str) -> Self {
        Options {
            interface: interface.to_owned(),
            snaplen: 0,
            promiscuous: false,
            buffer_bytes: 16 << 20,
            backend: Backend::Auto,
        }
    }
}

/// Who fetches the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// The ring on Linux, pnet elsewhere.
    #[default]
    Auto,
    /// Linux: a ring shared with the kernel; kernel clock, drop counts, direction.
    Ring,
    /// Any system: one call per packet, our own clock, no drop counts.
    Pnet,
}

/// Opens the interface. Packets are collected from now on, whether or not they are asked for.
///
/// # Errors
/// No such interface, it is down, this process has no right to capture, the device refuses.
pub fn open(options: &Options) -> Result<Box<dyn Source>, super::Error> {
    match options.backend {
        #[cfg(target_os = "linux")]
        Backend::Auto | Backend::Ring => Ok(Box::new(ring::RingSource::open(options)?)),
        #[cfg(not(target_os = "linux"))]
        Backend::Ring => Err(Error::NoRing.into()),
        _ => Ok(Box::new(pnet::PnetSource::open(options)?)),
    }
}

/// The interface called `name`, which has to be up.
fn find(name: &str) -> Result<NetworkInterface, Error> {
    let all = ::pnet::datalink::interfaces();
    let Some(found) = all.iter().find(|card| card.name == name) else {
        return Err(Error::no_interface(name, all.into_iter().map(|card| card.name).collect()));
    };
    if found.is_up() { Ok(found.clone()) } else { Err(Error::Down { name: name.to_owned() }) }
}
