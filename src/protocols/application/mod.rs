//! Layer 5: what the programs say to each other.

pub mod dhcp;
mod dhcp_client;
mod dhcp_codes;
mod dhcp_duid;
mod dhcp_fields;
mod dhcp_lease;
mod dhcp_network;
mod dhcp_options;
mod dhcp_relay;
pub mod dns;
mod dns_edns;
mod dns_fields;
mod dns_header;
mod dns_name;
mod dns_records;
mod dns_security;
mod dns_svcb;
mod dns_types;
pub mod http;
mod http_headers;
mod http_status;
pub mod llmnr;
pub mod mdns;
pub mod websocket;
mod websocket_close;
mod websocket_looks;
