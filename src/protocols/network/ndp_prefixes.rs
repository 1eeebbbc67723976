//! Options of a router advertisement that speak of parts of the address space: the wire's prefix (RFC 4861
//! §4.6.2), routes (RFC 4191), the prefix that stands for IPv4 (RFC 8781).
//! Not here: what a machine does with them (RFC 4862).

use super::ndp::PREFERENCES;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Flags, Hex, Ip, Names, Unit},
    field, name,
};

pub(super) static PREFIX_LENGTH: Field = field("prefix_length", "prefix length", Unit("bits"))
    .spec("RFC 4861 §4.6.2")
    .explain("How many bits at the front of the address belong to this wire; nearly always 64, as machines make up the other 64 themselves.");
pub(super) static PREFIX_FLAGS: Field = field(
    "prefix_flags",
    "prefix is",
    Flags(&[
        name(0x80, "on-link", "L: who has such an address is on this wire; no router is needed to reach it."),
        name(0x40, "autonomous", "A: make yourself an address out of it, and ask nobody."),
        name(0x20, "router address", "R: the prefix below is the router's own whole address."),
    ]),
)
.spec("RFC 4861 §4.6.2, RFC 6275 §7.2")
.explain("What the prefix is good for: to make addresses of it, to find out who is a neighbour, or both.");
pub(super) static PREFIX_RESERVED: Field = field("prefix_reserved", "reserved", Hex)
    .spec("RFC 4861 §4.6.2")
    .explain("Bits of the prefix option that no standard uses, five beside the flags and 32 before the prefix.")
    .quiet();
pub(super) static VALID: Field = field("valid_lifetime", "valid for", Unit("seconds")).spec("RFC 4861 §4.6.2").explain(
    "How long addresses made of this prefix work at all; 4294967295 means for ever. It counts anew with each message.",
);
pub(super) static PREFERRED: Field = field("preferred_lifetime", "preferred for", Unit("seconds"))
    .spec("RFC 4861 §4.6.2, RFC 4862 §5.5.4")
    .explain("How long new connections may begin with such an address. After that old ones may go on, so that a network can be renumbered without breaking them.");
pub(super) static PREFIX: Field = field("prefix", "prefix", Ip)
    .gist("prefix ")
    .spec("RFC 4861 §4.6.2")
    .explain("The front of every address on this wire. A machine appends a number of its own, and so has an address that works in the whole internet.");

pub(super) static ROUTE_LENGTH: Field = field("route_length", "route's prefix length", Unit("bits"))
    .spec("RFC 4191 §2.3")
    .explain("How many bits of an address decide whether it takes this route; 0 means all addresses.");
pub(super) static ROUTE_PREFERENCE: Field = field("route_preference", "route's preference", Names(PREFERENCES))
    .spec("RFC 4191 §2.3")
    .explain("Which of several routers to take for this part of the network.");
pub(super) static ROUTE_RESERVED: Field = field("route_reserved", "reserved bits", Hex)
    .spec("RFC 4191 §2.3")
    .explain("Three bits on each side of the preference, which sits where it does in the message's own flags.")
    .quiet();
pub(super) static ROUTE_LIFETIME: Field = field("route_lifetime", "route for", Unit("seconds"))
    .spec("RFC 4191 §2.3")
    .explain("How long the route may be used; 0 takes it back, 4294967295 means for ever.");
pub(super) static ROUTE_PREFIX: Field = field("route_prefix", "route to", Ip)
    .gist("route to ")
    .spec("RFC 4191 §2.3")
    .explain("Where this router leads. Only the bytes that count are sent, so the rest of the address shown here is filled up with zeros.");

pub(super) static NAT64_LIFETIME: Field = field("nat64_lifetime", "NAT64 prefix for", Unit("seconds"))
    .spec("RFC 8781 §4.1")
    .explain("How long the prefix may be used; 13 bits that count units of 8 seconds, so at most some 18 hours.");
pub(super) static NAT64_LENGTH: Field = field(
    "nat64_length",
    "NAT64 prefix length",
    Names(&[
        name(0, "96 bits", "The IPv4 address stands at the end."),
        name(1, "64 bits", ""),
        name(2, "56 bits", ""),
        name(3, "48 bits", ""),
        name(4, "40 bits", ""),
        name(5, "32 bits", ""),
    ]),
)
.spec("RFC 8781 §4, RFC 6052 §2.2")
.explain("Where in the IPv6 address the four bytes of the IPv4 address go. Three bits name the six lengths that are allowed.");
pub(super) static NAT64_PREFIX: Field = field("nat64_prefix", "NAT64 prefix", Ip)
    .gist("nat64 ")
    .spec("RFC 8781 §4, RFC 6146")
    .explain("Put in front of an IPv4 address it makes an IPv6 one that a gateway translates: a phone without IPv4 reaches the old internet by it.");

/// The prefix of this wire.
pub(super) fn prefix(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u8(&PREFIX_LENGTH)?;
    let bits = r.raw::<1>()?;
    r.note_at(&PREFIX_FLAGS, r.behind(1), bits.value & 0xe0);
    r.part(&PREFIX_RESERVED, bits, 3..8);
    r.u32(&VALID)?;
    r.u32(&PREFERRED)?;
    r.u32(&PREFIX_RESERVED)?;
    r.array::<16>(&PREFIX)?;
    Ok(())
}

/// A way to a part of the network; its prefix has 0, 8 or 16 bytes.
pub(super) fn route(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u8(&ROUTE_LENGTH)?;
    let bits = r.raw::<1>()?;
    r.part(&ROUTE_RESERVED, bits, 0..3);
    r.part(&ROUTE_PREFERENCE, bits, 3..5);
    r.part(&ROUTE_RESERVED, bits, 5..8);
    r.u32(&ROUTE_LIFETIME)?;
    address(r, &ROUTE_PREFIX, r.left().min(16));
    Ok(())
}

/// The prefix that stands for IPv4.
pub(super) fn nat64(r: &mut Reader<'_>) -> Result<(), Cut> {
    let bits = r.raw::<2>()?;
    r.part_times(&NAT64_LIFETIME, bits, 0..13, 8);
    r.part(&NAT64_LENGTH, bits, 13..16);
    if r.left() < 12 {
        return Err(Cut);
    }
    address(r, &NAT64_PREFIX, 12);
    Ok(())
}

/// Notes an address of which only the first `n` bytes are sent.
fn address(r: &mut Reader<'_>, field: &'static Field, n: usize) {
    let at = r.span(n);
    let sent = r.rest().get(..n).unwrap_or(&[]);
    r.made(field, at, |made| {
        made.extend_from_slice(sent);
        made.extend_from_slice(&[0; 16][sent.len().min(16)..]);
    });
    r.skip(n);
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read};

    fn advertisement(options: &str) -> Seen {
        let message = format!("8600 0000 40 00 0708 00000000 00000000 {options}");
        let addresses = "fe800000000000000000000000000001 ff020000000000000000000000000001";
        read(101, &format!("60000000 {:04x} 3a ff {addresses} {message}", hex(&message).len()))
    }

    fn address(seen: &Seen, key: &str) -> Vec<u8> {
        seen.tape.bytes_of(&seen.nodes(key)[0], &seen.bytes).to_vec()
    }

    #[test]
    fn a_route_sends_only_the_bytes_of_its_prefix_that_count() {
        let seen = advertisement("1802 30 08 00000708 20010db8 00050000");
        assert_eq!(address(&seen, "icmpv6.route_prefix"), hex("20010db8000500000000000000000000"));
        assert_eq!(seen.numbers("icmpv6.route_preference"), [1]);
        let everything = advertisement("1801 00 00 00000708");
        assert_eq!(address(&everything, "icmpv6.route_prefix"), [0; 16]);
    }

    #[test]
    fn the_prefix_for_ipv4_packs_lifetime_and_length_into_two_bytes() {
        let seen = advertisement("2602 0709 0064ff9b 0000000000000000");
        assert_eq!(seen.numbers("icmpv6.nat64_lifetime"), [1800]);
        assert_eq!(seen.numbers("icmpv6.nat64_length"), [1]);
        assert_eq!(address(&seen, "icmpv6.nat64_prefix"), hex("0064ff9b000000000000000000000000"));
    }

    #[test]
    fn a_prefix_says_what_it_is_good_for() {
        let seen = advertisement("0304 40 c0 00015180 00003840 00000000 20010db8000000000000000000000000");
        assert_eq!(seen.numbers("icmpv6.prefix_flags"), [0xc0]);
        assert_eq!(seen.numbers("icmpv6.preferred_lifetime"), [14400]);
    }
}
