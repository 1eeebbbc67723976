//! A DUID, RFC 8415 §11: the name that a machine keeps for ever, whichever card or address it uses. `DHCPv6`
//! knows its clients and servers by nothing else; DHCP can carry one in option 61 (RFC 4361).

use super::dhcp::HARDWARE;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Mac, Names, Time},
    field, name,
};

pub(super) static KIND: Field = field(
    "duid_type",
    "name made of",
    Names(&[
        name(1, "link address and time", "DUID-LLT: the usual one."),
        name(2, "vendor's number", "DUID-EN: set in the factory."),
        name(3, "link address", "DUID-LL: for machines without memory or clock."),
        name(4, "UUID", "DUID-UUID: printed into the machine's firmware."),
    ]),
)
.spec("RFC 8415 §11, RFC 6355 §4")
.explain("How the machine once made up its name. Everybody else must take the name as a whole and not look inside; layercake does.");
pub(super) static HARDWARE_TYPE: Field = field("duid_hardware_type", "kind of link", Names(HARDWARE))
    .spec("RFC 8415 §11.2")
    .explain("Which kind of address the name was made of; the card may long be in the bin.")
    .quiet();
pub(super) static TIME: Field = field("duid_time", "made up at", Time).spec("RFC 8415 §11.2").explain(
    "When the name was made, counted from the year 2000. It keeps two machines apart that once held the same card.",
);
pub(super) static MAC: Field = field("duid_mac", "MAC of one of its cards", Mac)
    .spec("RFC 8415 §11.2, §11.4")
    .explain("Not necessarily the card that sends this: the name stays when the card changes. So it can be followed from network to network.");
pub(super) static ADDRESS: Field = field("duid_address", "link address of one card", Bytes)
    .spec("RFC 8415 §11.2, §11.4")
    .explain("What the name was made of, on a link whose addresses do not have six bytes.");
pub(super) static ENTERPRISE: Field = field("duid_enterprise", "vendor", Dec)
    .spec("RFC 8415 §11.3, IANA private enterprise numbers")
    .explain("The vendor's number with IANA; it vouches that it gives no two machines the same identifier.");
pub(super) static IDENTIFIER: Field = field("duid_identifier", "vendor's identifier", Bytes)
    .spec("RFC 8415 §11.3")
    .explain("Whatever the vendor chose, a serial number perhaps; systemd puts a hash of the machine's own id here.");
pub(super) static UUID: Field = field("duid_uuid", "UUID", Bytes)
    .spec("RFC 6355 §4")
    .explain("Sixteen bytes that the firmware knows, so that a boot loader and the system it starts go by one name.");
pub(super) static OTHER: Field = field("duid_data", "name's bytes", Bytes).spec("RFC 8415 §11.1").explain(
    "A kind of name that layercake does not know, or the rest of one; a server compares it byte by byte all the same.",
);

/// Seconds from 1970 to 2000, where the time of a DUID begins.
const YEAR_2000: u64 = 946_684_800;

/// Takes all that remains as a DUID.
pub(super) fn read(r: &mut Reader<'_>) -> Result<(), Cut> {
    match r.u16(&KIND)? {
        1 => {
            let hardware = r.u16(&HARDWARE_TYPE)?;
            let seconds = r.raw::<4>()?.value;
            r.note_at(&TIME, r.behind(4), (seconds + YEAR_2000) * 1_000_000_000);
            address(r, hardware);
        }
        2 => {
            r.u32(&ENTERPRISE)?;
            r.all(&IDENTIFIER);
        }
        3 => {
            let hardware = r.u16(&HARDWARE_TYPE)?;
            address(r, hardware);
        }
        4 => _ = r.array::<16>(&UUID)?,
        _ => {}
    }
    r.all(&OTHER);
    Ok(())
}

fn address(r: &mut Reader<'_>, hardware: u16) {
    r.all(if matches!(hardware, 1 | 6) && r.left() == 6 { &MAC } else { &ADDRESS });
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::dhcp::tests::options;

    #[test]
    fn the_time_of_a_duid_begins_in_2000() {
        let seen = options("3d 13 ff 00000007 0001 0001 00000001 020000000005 ff");
        assert_eq!(seen.numbers("dhcp.duid_time"), [946_684_801_000_000_000]);
        assert_eq!(seen.nodes("dhcp.duid_mac").len(), 1);
        assert_eq!(seen.numbers("dhcp.client_iaid"), [7]);
    }

    #[test]
    fn a_uuid_of_the_wrong_length_is_kept_as_bytes() {
        let seen = options("3d 0a ff 00000007 0004 010203 ff");
        assert_eq!(seen.numbers("dhcp.bad_length"), [1]);
        assert_eq!(seen.nodes("dhcp.option_data")[0].at.len(), 3);
    }
}
