//! Socket.IO spoken by programs of ours, a server and a client: events, answers and rooms (Socket.IO protocol 5) in
//! messages that travel over HTTP requests or a WebSocket (Engine.IO protocol 4).
//! Not here: how captures of it are read (`protocols`), what it looks like on a screen (`render`, `cli`).

pub mod client;
pub mod engine;
pub mod packet;
pub mod server;
mod told;

pub use told::{Crossed, Event, Told, Way};
