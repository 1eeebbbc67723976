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
mod hpack;
mod hpack_tables;
pub mod http;
pub mod http2;
mod http2_frames;
mod http2_headers;
mod http2_streams;
mod http_body;
mod http_coding;
mod http_exchange;
mod http_framing;
mod http_headers;
mod http_status;
pub mod llmnr;
pub mod mdns;
pub mod websocket;
mod websocket_close;
mod websocket_looks;
