//! Link-Local Multicast Name Resolution, RFC 4795: what Windows asked its neighbours before mDNS.
//! Not here: the message itself (`dns`).

use super::{dns, dns_fields};
use crate::dissect::{Claim, Level, Protocol};

/// Link-Local Multicast Name Resolution.
pub static PROTOCOL: Protocol = Protocol {
    key: "llmnr",
    name: "LLMNR",
    level: Level::Application,
    explain: "Windows asks its neighbours for a name that no DNS server knows. Any neighbour may answer, also a dishonest one.",
    spec: "RFC 4795",
    claims: &[Claim::UdpPort(5355), Claim::TcpPort(5355)],
    fields: dns_fields::ALL,
    read: |r| dns::read(r, dns::Kind::LinkLocal),
    frame: None,
};
