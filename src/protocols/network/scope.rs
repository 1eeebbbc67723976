//! How far an address reaches, where that is not simply "the internet": IANA's registries of
//! special-purpose addresses (RFC 6890) and multicast.

use crate::dissect::{Name, name};

/// Kinds of addresses.
pub(super) const NAMES: &[Name] = &[
    name(1, "this machine only", "Packets to it never leave the machine and meet no card."),
    name(
        2,
        "private",
        "Anybody may use it inside; routers of the internet drop it. A NAT box swaps it on the way out.",
    ),
    name(3, "this wire only", "Given by the machine to itself; no router passes it on."),
    name(4, "everybody on this wire", "Every machine on the link takes it: broadcast."),
    name(5, "a group", "Whoever has joined the group takes it: multicast."),
    name(6, "nobody yet", "The sender has no address so far, or any address will do."),
    name(7, "for documentation", "Reserved for examples in books; nobody owns it."),
    name(8, "shared by a provider", "Between a provider's customers and its big NAT box."),
];

/// The kind of an IPv4 address; `None` for an ordinary public one.
pub(super) fn v4(address: [u8; 4]) -> Option<u64> {
    Some(match address {
        [127, ..] => 1,
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => 2,
        [169, 254, ..] => 3,
        [255, 255, 255, 255] => 4,
        [224..=239, ..] => 5,
        [0, ..] => 6,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => 7,
        [100, 64..=127, ..] => 8,
        _ => return None,
    })
}

/// The kind of an IPv6 address; `None` for an ordinary public one.
pub(super) fn v6(address: [u8; 16]) -> Option<u64> {
    Some(match address {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] => 1,
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] => 6,
        [0xfc | 0xfd, ..] => 2,
        [0xfe, 0x80..=0xbf, ..] => 3,
        [0xff, ..] => 5,
        [0x20, 0x01, 0x0d, 0xb8, ..] | [0x3f, 0xff, 0x00..=0x0f, ..] => 7,
        _ => return None,
    })
}
