//! What an address says about who can be at the other end: 127.0.0.1 is nobody but this machine.

use std::net::IpAddr;

use crate::dissect::{Name, name};

use super::Socket;

/// How far an address reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// 127.0.0.0/8, `::1`.
    ThisMachine = 1,
    /// 0.0.0.0.
    EveryCard = 2,
    /// [::] that takes IPv4, too.
    BothFamilies = 3,
    /// [::] that refuses IPv4, or does not say.
    EveryCardV6 = 4,
    /// 169.254.0.0/16, `fe80::/10`.
    ThisLink = 5,
    /// RFC 1918, RFC 4193.
    Private = 6,
    /// RFC 6598.
    Provider = 7,
    /// Multicast and broadcast.
    Group = 8,
    /// The rest.
    Public = 9,
}

/// The values of `socket.reach`.
pub static NAMES: [Name; 9] = [
    name(1, "this machine only", "Loopback: packets to it never leave this machine, whatever the firewall says."),
    name(2, "every card", "0.0.0.0: it answers on all IPv4 addresses of this machine, also on those of tomorrow."),
    name(3, "every card, IPv4 too", "[::] without IPV6_V6ONLY: one socket that answers IPv6 and IPv4 (dual-stack)."),
    name(4, "every card, IPv6", "[::]: it answers on all IPv6 addresses of this machine; IPv4 needs another socket."),
    name(5, "this link only", "Link-local: an address that no router passes on; it reaches the same cable or Wi-Fi."),
    name(
        6,
        "private network",
        "A LAN address (RFC 1918, RFC 4193): used in many networks at once, not routed outside.",
    ),
    name(7, "provider's NAT", "100.64.0.0/10: between a provider and its customers, also used by some VPNs."),
    name(8, "a group", "Multicast or broadcast: all machines that have joined, at once."),
    name(9, "public address", "Unique in the Internet: anybody may reach it unless a firewall objects."),
];

impl Reach {
    /// What this address means by itself.
    pub fn of(address: IpAddr) -> Reach {
        match address.to_canonical() {
            ip if ip.is_loopback() => Reach::ThisMachine,
            ip if ip.is_multicast() => Reach::Group,
            IpAddr::V4(ip) => match ip.octets() {
                _ if ip.is_unspecified() => Reach::EveryCard,
                _ if ip.is_broadcast() => Reach::Group,
                _ if ip.is_private() => Reach::Private,
                _ if ip.is_link_local() => Reach::ThisLink,
                [100, 64..=127, ..] => Reach::Provider,
                _ => Reach::Public,
            },
            IpAddr::V6(ip) => match ip.segments()[0] {
                _ if ip.is_unspecified() => Reach::EveryCardV6,
                0xfe80..=0xfebf => Reach::ThisLink,
                0xfc00..=0xfdff => Reach::Private,
                _ => Reach::Public,
            },
        }
    }

    /// Who can reach this socket.
    pub fn of_socket(socket: &Socket) -> Reach {
        if socket.answers_ipv4_too() { Reach::BothFamilies } else { Reach::of(socket.local.ip()) }
    }

    /// A few words.
    pub fn name(self) -> &'static str {
        NAMES[self as usize - 1].name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_who_can_be_there() {
        let said = |text: &str| Reach::of(text.parse().expect("an address")).name();
        assert_eq!([said("127.0.0.53"), said("::1"), said("::ffff:127.0.0.1")], ["this machine only"; 3]);
        assert_eq!(
            [said("10.1.2.3"), said("172.31.0.1"), said("192.168.0.9"), said("fd00::1")],
            ["private network"; 4]
        );
        assert_eq!([said("0.0.0.0"), said("::")], ["every card", "every card, IPv6"]);
        assert_eq!([said("169.254.1.1"), said("fe80::1")], ["this link only"; 2]);
        assert_eq!([said("224.0.0.251"), said("255.255.255.255"), said("ff02::fb")], ["a group"; 3]);
        assert_eq!(
            [said("100.100.0.1"), said("192.0.2.1"), said("2001:db8::1")],
            ["provider's NAT", "public address", "public address"]
        );
    }
}
