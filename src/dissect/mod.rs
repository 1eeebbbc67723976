//! Bytes → tape. No I/O, no text, no clock; knows no protocol by name.
//!
//! [`dissect`] reads a [`Packet`] once into a [`Dissection`]: layers, and a flat list of (field, byte
//! range, value). Everything a person ever sees is a rendering of that tape.

mod checksum;
mod field;
mod index;
mod inner;
mod packet;
mod part;
mod pass;
mod protocol;
mod reader;
mod remark;
mod secrets;
mod talk;
mod tape;
mod written;

pub use checksum::{fold, pseudo_header, sum};
pub use field::{Field, GistForm, Gossip, Name, Show, field, name};
pub use index::Index;
pub use inner::Stream;
pub use packet::{Checksum, Direction, Fate, Interface, LinkType, Packet};
pub use part::{PART, Part, Rest, carriers};
pub use pass::{Found, Pass, Pause};
pub use protocol::{Claim, Frame, Framing, Level, Next, Protocol};
pub use reader::{Cut, Raw, Reader};
pub use remark::{BAD_LENGTH, CHECKSUM_STATUS, CHECKSUM_WRONG, DATA, TRAILER};
pub use secrets::{SecretId, Secrets};
pub use talk::{Counters, Expected, Sessions, Side, Talk, Talks};
pub use tape::{By, Dissection, Facts, Layer, MAX_LAYERS, MAX_MADE, MAX_NODES, Node, Piece, Span, TcpFacts, Value};

/// Reads `packet` alone into `tape`, which is cleared first. Never fails: what cannot be read is shown as bytes.
pub fn dissect(index: &Index, packet: &Packet<'_>, tape: &mut Dissection) {
    let mut pass = Pass::new(index, packet, tape);
    let mut pause = pass.headers(tape, None);
    while let Some(here) = pause {
        pause = pass.payload(here, tape, None);
    }
    pass.finish(tape);
}
