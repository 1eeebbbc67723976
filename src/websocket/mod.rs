//! WebSocket spoken by programs of ours: client, server, tap. The bytes that cross are reported, so that the same
//! dissector reads them that reads captures.
//! Not here: what frames look like on a screen (`protocols`, `render`).

pub mod anatomy;
pub mod ask;
pub mod client;
pub mod deflate;
pub mod endpoint;
pub mod forge;
pub mod frame;
pub mod replay;
pub mod server;
pub mod tap;
mod utf8;
pub mod versus;
pub mod witness;

pub use anatomy::Anatomy;
pub use endpoint::{Endpoint, Incoming, Limits, Role};
pub use frame::{Broken, Opcode};
pub use witness::{Side, Witness};
