//! Names of ports: what usually waits behind a number.
//! A stand-in with a handful of names until the real list is merged.

use super::Protocol;

/// What usually waits behind a port.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// IANA's name, or for a habit the name of the program.
    pub name: &'static str,
    /// Who speaks there, and whether strangers can read it.
    pub explain: &'static str,
    /// The number is used so, whether or not IANA registered it for somebody else.
    pub habit: bool,
}

const fn service_named(name: &'static str) -> Service {
    Service { name, explain: "", habit: false }
}

static LIST: [(u16, Service); 6] = [
    (22, service_named("ssh")),
    (53, service_named("domain")),
    (80, service_named("http")),
    (443, service_named("https")),
    (5353, service_named("mdns")),
    (8080, service_named("http-alt")),
];

/// What usually waits behind this port, by its number alone.
pub fn service(_: Protocol, port: u16) -> Option<&'static Service> {
    LIST.iter().find(|(p, _)| *p == port).map(|(_, service)| service)
}
