//! Layer 5: what the programs say to each other.

pub mod dns;
mod dns_edns;
mod dns_fields;
mod dns_header;
mod dns_name;
mod dns_records;
mod dns_security;
mod dns_svcb;
mod dns_types;
pub mod engine_io;
mod engine_io_polling;
pub mod http;
mod http_framing;
mod http_headers;
mod http_status;
mod json;
pub mod llmnr;
pub mod mdns;
pub mod socket_io;
mod socket_io_talk;
pub mod websocket;
mod websocket_close;
mod websocket_deflate;
mod websocket_handshake;
mod websocket_looks;
mod websocket_message;
mod websocket_talk;
