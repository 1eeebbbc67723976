//! What somebody looks at who walks through a capture: which packets are listed, which one is chosen, which of its
//! layers, fields and bytes, what is lit and what is explained. Knows neither screen nor keys: `cli` wires it to a
//! terminal, or to anything else that shows the same.
//!
//! * [`gather`] reads a source in a thread into a [`Shelf`]: an index of a file, or a bounded ring of packets
//! * [`Reader`] reads any packet again; [`Replay`] reads it within its conversation
//! * [`Hunt`] finds packets in a thread
//! * [`View`] is what is chosen; [`Lit`] are the bytes that belong to it
//!
//! Not here: text (`render`), keys and terminals (`cli`).

mod chosen;
mod entry;
mod gather;
mod goto;
mod guard;
mod hunt;
mod lit;
mod loaded;
mod reader;
mod replay;
mod shelf;
#[cfg(test)]
mod tests;
mod tree;

pub use chosen::{Jump, Row, Status, View};
pub use entry::Entry;
pub use gather::{Opening, Order, gather, gather_beside};
pub use goto::Goto;
pub use guard::without_payload;
pub use hunt::{Hunt, Query};
pub use lit::{Choice, Home, Lit, choose};
pub use loaded::{Explained, Loaded};
pub use reader::Reader;
pub use replay::{Memory, Replay};
pub use shelf::{Keep, Shelf};
pub use tree::{Open, TreeRow};
