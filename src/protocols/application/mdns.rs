//! Multicast DNS, RFC 6762: DNS messages to everybody on this network, without a server.
//! Not here: the message itself (`dns`).

use super::{dns, dns_fields};
use crate::dissect::{Claim, Level, Protocol};

/// Multicast DNS.
pub static PROTOCOL: Protocol = Protocol {
    key: "mdns",
    name: "mDNS",
    level: Level::Application,
    explain: "Asks all machines on this network at once, and the one that bears the name answers: how printers and speakers are found without a server.",
    spec: "RFC 6762",
    claims: &[Claim::UdpPort(5353)],
    fields: dns_fields::ALL,
    read: |r| dns::read(r, dns::Kind::Multicast),
    frame: None,
};
