//! Which packets belong together: two addresses, two ports, one transport protocol (RFC 9293 §3.3.1).

use std::net::IpAddr;

use crate::dissect::Facts;

/// One end: an address and a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The machine.
    pub address: IpAddr,
    /// The program on it.
    pub port: u16,
}

/// A conversation's five numbers, the same for both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    low: Endpoint,
    high: Endpoint,
    /// IP protocol number: 6 TCP, 17 UDP.
    pub transport: u8,
}

impl Key {
    /// The key of a packet, and its sender; `None` without ports (ICMP, ARP, later fragments).
    pub fn of(facts: &Facts) -> Option<(Key, Endpoint)> {
        let (from, to) = facts.addresses?;
        let (from_port, to_port) = facts.ports?;
        let (from, to) = (Endpoint { address: from, port: from_port }, Endpoint { address: to, port: to_port });
        let transport = facts.transport?;
        Some((Key { low: from.min(to), high: from.max(to), transport }, from))
    }

    /// The end that is not `one`.
    pub fn other(&self, one: Endpoint) -> Endpoint {
        if self.low == one { self.high } else { self.low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(from: (&str, u16), to: (&str, u16)) -> Facts {
        let address = |text: &str| text.parse().expect("an address");
        Facts {
            addresses: Some((address(from.0), address(to.0))),
            ports: Some((from.1, to.1)),
            transport: Some(6),
            ..Facts::default()
        }
    }

    #[test]
    fn both_directions_have_one_key() {
        let (there, sender) = Key::of(&facts(("192.0.2.1", 40_000), ("192.0.2.9", 80))).expect("a key");
        let (back, answerer) = Key::of(&facts(("192.0.2.9", 80), ("192.0.2.1", 40_000))).expect("a key");
        assert_eq!(there, back);
        assert_eq!((there.other(sender), there.other(answerer)), (answerer, sender));
    }

    #[test]
    fn another_port_is_another_conversation() {
        let one = Key::of(&facts(("192.0.2.1", 40_000), ("192.0.2.9", 80)));
        let two = Key::of(&facts(("192.0.2.1", 40_001), ("192.0.2.9", 80)));
        assert_ne!(one, two);
    }

    #[test]
    fn without_ports_there_is_no_key() {
        assert!(Key::of(&Facts { ports: None, ..facts(("192.0.2.1", 1), ("192.0.2.9", 2)) }).is_none());
    }
}
