//! Leases of `DHCPv6`, RFC 8415 §21.4 to §21.6, §21.21 and §21.22: addresses and whole prefixes, each with
//! two lifetimes, gathered in "identity associations".

use super::dhcpv6_options::{Place, inner};
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Hex, Ip, Text, Unit},
    field,
};
use std::io::Write;
use std::net::Ipv6Addr;

pub(super) static IAID: Field = field("iaid", "lease of the client", Hex)
    .spec("RFC 8415 §12, §21.4")
    .explain("The client's own number for one of its leases, mostly one for each card; it must stay the same when the machine starts again.");
pub(super) static T1: Field = field("t1", "ask to renew after", Unit("seconds")).spec("RFC 8415 §21.4, §14.2").explain(
    "From then on the client asks its own server whether it may keep the lease. 0 leaves the moment to the client.",
);
pub(super) static T2: Field = field("t2", "ask anybody after", Unit("seconds"))
    .spec("RFC 8415 §21.4, §14.2")
    .explain("The own server has not answered, so the client asks all of them.");
pub(super) static ADDRESS: Field = field("address", "address", Ip)
    .gist("")
    .spec("RFC 8415 §21.6")
    .explain("What the client gets, or would like to get. A machine may have many: one for each network, and others that change daily.");
pub(super) static PREFERRED: Field = field("preferred_lifetime", "use freely for", Unit("seconds"))
    .spec("RFC 8415 §21.6, RFC 4862 §5.5.4")
    .explain("After that the address only serves connections that are already open; new ones take another one. So a network can be renumbered gently.");
pub(super) static VALID: Field = field("valid_lifetime", "gone after", Unit("seconds"))
    .spec("RFC 8415 §21.6")
    .explain("When it runs out, the address or network must not be used at all. 4294967295 means never.");
pub(super) static PREFIX: Field = field("prefix", "network", Text).gist("").spec("RFC 8415 §21.22").explain(
    "A whole network for a home router to hand on to its machines: with /56 it can make 256 networks of its own.",
);

/// Takes a lease or what a lease holds.
pub(super) fn read(r: &mut Reader<'_>, code: u16, place: Place) -> Result<(), Cut> {
    match code {
        4 => _ = r.u32(&IAID)?, // temporary addresses are never renewed
        5 => {
            r.array::<16>(&ADDRESS)?;
            r.u32(&PREFERRED)?;
            r.u32(&VALID)?;
        }
        26 => {
            r.u32(&PREFERRED)?;
            r.u32(&VALID)?;
            prefix(r)?;
        }
        _ => {
            r.u32(&IAID)?;
            r.u32(&T1)?;
            r.u32(&T2)?;
        }
    }
    inner(r, place)
}

/// One byte of length and always sixteen of address.
fn prefix(r: &mut Reader<'_>) -> Result<(), Cut> {
    let bytes: [u8; 17] = *r.rest().first_chunk().ok_or(Cut)?;
    let [length, ref address @ ..] = bytes;
    r.made(&PREFIX, r.span(17), |out| {
        let _ = write!(out, "{}/{length}", Ipv6Addr::from(*address)); // writing to a vector cannot fail
    });
    r.skip(17);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::dhcpv6::tests::options;

    #[test]
    fn an_address_and_its_status_lie_within_the_lease() {
        let seen = options(
            "0003 002e 00000001 00000e10 00001518 0005 001e 20010db8000000000000000000000007 00001c20 00002a30 000d 0002 0002",
        );
        assert_eq!(seen.numbers("dhcpv6.iaid"), [1]);
        assert_eq!(seen.nodes("dhcpv6.address")[0].depth, 2);
        assert_eq!((seen.numbers("dhcpv6.status_code"), seen.nodes("dhcpv6.status_code")[0].depth), (vec![2], 3));
        assert!(!seen.cut("dhcpv6"));
    }

    #[test]
    fn a_temporary_lease_has_no_times_to_renew_it() {
        let seen = options("0004 0004 00000009");
        assert_eq!(seen.numbers("dhcpv6.iaid"), [9]);
        assert!(seen.numbers("dhcpv6.t1").is_empty());
        assert!(seen.numbers("dhcpv6.bad_length").is_empty());
    }

    #[test]
    fn a_prefix_is_a_network_with_its_length() {
        let seen = options("001a 0019 00001c20 00002a30 38 20010db8010000000000000000000000");
        assert_eq!(seen.texts("dhcpv6.prefix"), ["2001:db8:100::/56"]);
    }
}
