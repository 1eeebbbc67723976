//! layercake lets a learner look at every layer of the network on their own machine.
//!
//! A map of the house:
//!
//! * [`dissect`]: bytes → tape, the one idea; knows no protocol, makes no text
//! * [`protocols`]: one file a protocol, layer by layer
//! * [`source`]: where packets come from: files, live interfaces, the simulated wire
//! * [`save`]: where they go: pcapng
//! * [`flow`]: packets → conversations
//! * [`ports`]: which program sits behind which port of this machine
//! * [`sockets`]: TCP beside UDP with real sockets
//! * [`websocket`]: WebSocket spoken by programs of ours
//! * [`filter`]: expressions over field keys, and what any field means
//! * [`render`]: everything a person sees: line, cake, hex, JSON, description
//! * [`view`]: what somebody looks at who walks through a capture
//! * [`class`]: answers of many learners: merged, counted, graded again
//! * [`gallery`]: who looks on in a browser
//! * [`cli`]: one file per subcommand

pub mod class;
pub mod cli;
pub mod dissect;
pub mod filter;
pub mod flow;
pub mod gallery;
pub mod lesson;
pub mod ports;
pub mod protocols;
pub mod render;
pub mod save;
pub mod socket_io;
pub mod sockets;
pub mod source;
pub mod view;
pub mod websocket;

/// The worked example of CONTRIBUTING.md compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../CONTRIBUTING.md")]
struct Contributing;
