//! Router renumbering, RFC 2894: one signed message gives all routers of a site new addresses. Hardly used, as a
//! mistake in it takes the whole site off the network.
//! Not here: the signature that has to protect it (`ipsec`).

use super::icmpv6;
use crate::dissect::{
    Cut, Field, Name, Reader,
    Show::{Dec, Flags, Hex, Ip, Names, Nothing, Unit},
    field, name,
};

pub(super) static SEQUENCE: Field = field("rr_seq", "number of the change", Dec)
    .gist("seq=")
    .spec("RFC 2894 §3.1")
    .explain("Must be higher than that of the last change, so that nobody can record an old change and send it again.");
pub(super) static SEGMENT: Field = field("rr_segment", "part of the change", Dec)
    .spec("RFC 2894 §3.1")
    .explain("Tells apart the messages of one change, when one message cannot hold it all; each is carried out once.");
pub(super) static FLAGS: Field = field(
    "rr_flags",
    "how to carry it out",
    Flags(&[
        name(0x80, "test", "T: only say what would happen, change nothing."),
        name(0x40, "result wanted", "R: report what was changed."),
        name(0x20, "all interfaces", "A: also those that are switched off."),
        name(0x10, "site-specific", "S: not on interfaces that belong to another site."),
        name(0x08, "processed before", "P: the whole change was already carried out earlier."),
    ]),
)
.spec("RFC 2894 §3.1")
.explain("Whether it is a rehearsal, whom it concerns, and whether a report is wanted: a site is changed once it has been rehearsed.");
pub(super) static FLAGS_RESERVED: Field = field("rr_reserved", "reserved bits", Hex)
    .spec("RFC 2894 §3")
    .explain("Bits beside the flags of renumbering that have no meaning so far.")
    .quiet();
pub(super) static MAX_DELAY: Field = field("rr_max_delay", "report within", Unit("ms"))
    .spec("RFC 2894 §3.1")
    .explain("Routers wait a random time up to this before they report, so that not all of them speak at once.");
pub(super) static CHANGE: Field = field("rr_change", "change", Nothing)
    .spec("RFC 2894 §3.2")
    .explain("One rule: which prefixes it looks for, and what becomes of them.");
pub(super) static OPERATION: Field = field(
    "rr_operation",
    "operation",
    Names(&[
        name(1, "add", "The new prefixes beside the one that fits."),
        name(2, "change", "The one that fits goes, the new ones come."),
        name(3, "set global", "All global prefixes go, the new ones come."),
    ]),
)
.gist("")
.spec("RFC 2894 §3.2.1.1")
.explain("What happens to a prefix that fits the rule. Sites add first and remove later, so that connections can end in peace.");
pub(super) static CHANGE_LENGTH: Field = field("rr_change_length", "length of the rule", Unit("bytes"))
    .spec("RFC 2894 §3.2.1.1")
    .explain("Bytes of the rule with its new prefixes: 24, and 32 more for each of them. It counts units of 8.")
    .quiet();
pub(super) static ORDINAL: Field = field("rr_ordinal", "number of the rule", Dec)
    .spec("RFC 2894 §3.2.1.1")
    .explain("Tells apart the rules of one message; reports name it.");
pub(super) static MATCH_LENGTH: Field = field("rr_match_length", "bits that must fit", Unit("bits"))
    .spec("RFC 2894 §3.2.1.1")
    .explain("How many bits at the front of a router's prefix must equal the pattern for the rule to apply.");
pub(super) static MIN_LENGTH: Field = field("rr_min_length", "shortest that fits", Unit("bits"))
    .spec("RFC 2894 §3.2.1.1")
    .explain("Prefixes with fewer bits are left alone by the rule, whatever they begin with.")
    .quiet();
pub(super) static MAX_LENGTH: Field = field("rr_max_length", "longest that fits", Unit("bits"))
    .spec("RFC 2894 §3.2.1.1")
    .explain("Prefixes with more bits than this do not fall under the rule.")
    .quiet();
pub(super) static MATCH_PREFIX: Field = field("rr_match_prefix", "pattern", Ip)
    .spec("RFC 2894 §3.2.1.1")
    .explain("What the router compares its own prefixes with, to find those that the rule is about.");
pub(super) static USE_LENGTH: Field = field("rr_use_length", "bits taken from the new", Unit("bits"))
    .spec("RFC 2894 §3.2.1.2")
    .explain("How many bits at the front of the address are replaced by those of the new prefix.");
pub(super) static KEEP_LENGTH: Field = field("rr_keep_length", "bits kept of the old", Unit("bits"))
    .spec("RFC 2894 §3.2.1.2")
    .explain("How many bits behind them stay as they were: the numbers of the wires within the site.");
pub(super) static FLAG_MASK: Field = field("rr_flag_mask", "which flags to set", Flags(PREFIX_FLAGS))
    .spec("RFC 2894 §3.2.1.2")
    .explain("A flag that is not named here keeps the value that the old prefix had.")
    .quiet();
pub(super) static USE_FLAGS: Field = field("rr_use_flags", "flags of the new prefix", Flags(PREFIX_FLAGS))
    .spec("RFC 2894 §3.2.1.2, RFC 4861 §4.6.2")
    .explain("What the routers will then advertise of the new prefix: who is a neighbour, and who may make an address of it.")
    .quiet();
pub(super) static USE_VALID: Field = field("rr_valid_lifetime", "new prefix valid for", Unit("seconds"))
    .spec("RFC 2894 §3.2.1.2")
    .explain("How long addresses made of the new prefix shall work at all.");
pub(super) static USE_PREFERRED: Field = field("rr_preferred_lifetime", "new prefix preferred for", Unit("seconds"))
    .spec("RFC 2894 §3.2.1.2")
    .explain("How long new connections shall begin with addresses made of it.");
pub(super) static COUNTDOWN: Field = field(
    "rr_countdown",
    "lifetimes run down",
    Flags(&[
        name(0x8000_0000, "valid", "V: the valid lifetime shrinks second by second from now on."),
        name(0x4000_0000, "preferred", "P: the preferred lifetime shrinks second by second from now on."),
    ]),
)
.spec("RFC 2894 §3.2.1.2")
.explain("Normally each advertisement starts the lifetimes anew; a prefix that shall die needs a clock that runs down.")
.quiet();
pub(super) static USE_PREFIX: Field = field("rr_use_prefix", "new prefix", Ip)
    .gist("")
    .spec("RFC 2894 §3.2.1.2")
    .explain("The address range that the routers shall use and advertise.");
pub(super) static RESULT: Field = field("rr_result", "what was done", Nothing)
    .spec("RFC 2894 §3.3")
    .explain("One prefix that a router found by a rule, and whether the change could be made.");
pub(super) static RESULT_FLAGS: Field = field(
    "rr_result_flags",
    "trouble",
    Flags(&[
        name(0x2, "out of bounds", "B: the new prefix would have more than 128 bits."),
        name(0x1, "forbidden", "F: the router was told not to let its addresses be changed so."),
    ]),
)
.spec("RFC 2894 §3.3")
.explain("Why a change was not made; none means that it was.");
pub(super) static MATCHED_LENGTH: Field = field("rr_matched_length", "found prefix length", Unit("bits"))
    .spec("RFC 2894 §3.3")
    .explain("How many bits the prefix had that the rule found on this router.");
pub(super) static INTERFACE: Field = field("rr_interface", "on interface", Dec)
    .spec("RFC 2894 §3.3")
    .explain("The router's own number for the cable or radio on which the prefix was in use.");
pub(super) static MATCHED_PREFIX: Field = field("rr_matched_prefix", "found prefix", Ip)
    .gist("")
    .spec("RFC 2894 §3.3")
    .explain("The prefix that the rule found on this router, as it was before the change.");

const PREFIX_FLAGS: &[Name] = &[
    name(0x80, "on-link", "L: who has such an address is on this wire."),
    name(0x40, "autonomous", "A: machines may make themselves an address of it."),
];

/// Takes what follows the checksum; `code` says whether it is a command or a result.
pub(super) fn read(r: &mut Reader<'_>, code: u8) -> Result<(), Cut> {
    r.u32(&SEQUENCE)?;
    r.u8(&SEGMENT)?;
    let bits = r.raw::<1>()?;
    r.note_at(&FLAGS, r.behind(1), bits.value & 0xf8);
    r.part(&FLAGS_RESERVED, bits, 5..8);
    r.u16(&MAX_DELAY)?;
    r.u32(&icmpv6::RESERVED)?;
    while code == 0 && r.left() > 0 {
        // A rule's length stands in its second byte; a shorter one than its own head would never end.
        let length = r.rest().get(1).map_or(HEAD, |units| 8 * usize::from(*units));
        if length < HEAD {
            r.bad_length();
            break;
        }
        r.group(&CHANGE, |r| r.within(length, change))?;
    }
    while code == 1 && r.left() > 0 {
        r.group(&RESULT, result)?;
    }
    Ok(())
}

/// Bytes of a rule without new prefixes.
const HEAD: usize = 24;

fn change(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u8(&OPERATION)?;
    let units = r.raw::<1>()?;
    r.note_at(&CHANGE_LENGTH, r.behind(1), 8 * units.value);
    r.u8(&ORDINAL)?;
    r.u8(&MATCH_LENGTH)?;
    r.u8(&MIN_LENGTH)?;
    r.u8(&MAX_LENGTH)?;
    r.u16(&icmpv6::RESERVED)?;
    r.array::<16>(&MATCH_PREFIX)?;
    while r.left() > 0 {
        new_prefix(r)?;
    }
    Ok(())
}

fn new_prefix(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u8(&USE_LENGTH)?;
    r.u8(&KEEP_LENGTH)?;
    r.u8(&FLAG_MASK)?;
    r.u8(&USE_FLAGS)?;
    r.u32(&USE_VALID)?;
    r.u32(&USE_PREFERRED)?;
    let word = r.raw::<4>()?;
    r.note_at(&COUNTDOWN, r.behind(4), word.value & 0xc000_0000);
    r.part(&FLAGS_RESERVED, word, 2..32);
    r.array::<16>(&USE_PREFIX)?;
    Ok(())
}

fn result(r: &mut Reader<'_>) -> Result<(), Cut> {
    let bits = r.raw::<2>()?;
    r.part(&FLAGS_RESERVED, bits, 0..14);
    r.note_at(&RESULT_FLAGS, r.behind(2), bits.value & 3);
    r.u8(&ORDINAL)?;
    r.u8(&MATCHED_LENGTH)?;
    r.u32(&INTERFACE)?;
    r.array::<16>(&MATCHED_PREFIX)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read};

    const PREFIX: &str = "20010db800aa00000000000000000000";

    fn renumbering(code: &str, rest: &str) -> Seen {
        let message = format!("8a{code} 0000 00000007 00 d0 03e8 00000000 {rest}");
        let addresses = "20010db8000000000000000000000001 ff050000000000000000000000000002";
        read(101, &format!("60000000 {:04x} 3a ff {addresses} {message}", hex(&message).len()))
    }

    #[test]
    fn a_rule_without_new_prefixes_takes_prefixes_away() {
        let seen = renumbering("00", &format!("02 03 00 30 00 80 0000 {PREFIX}"));
        assert_eq!(seen.numbers("icmpv6.rr_operation"), [2]);
        assert!(seen.nodes("icmpv6.rr_use_prefix").is_empty());
        assert_eq!(seen.numbers("icmpv6.rr_flags"), [0xd0]);
    }

    #[test]
    fn each_four_units_beyond_the_head_are_a_new_prefix() {
        let new = format!("30 10 c0 c0 00278d00 00093a80 c0000000 {PREFIX}");
        let seen = renumbering("00", &format!("01 0b 00 30 00 80 0000 {PREFIX} {new} {new}"));
        assert_eq!(seen.nodes("icmpv6.rr_use_prefix").len(), 2);
        assert_eq!(seen.numbers("icmpv6.rr_countdown"), [0xc000_0000; 2]);
    }

    #[test]
    fn a_rule_of_length_zero_ends_the_list_instead_of_looping() {
        let seen = renumbering("00", &format!("01 00 00 30 00 80 0000 {PREFIX}"));
        assert_eq!(seen.numbers("icmpv6.bad_length"), [1]);
        assert_eq!(seen.nodes("icmpv6.body")[0].at.len(), 24);
    }

    #[test]
    fn a_result_names_what_could_not_be_done() {
        let seen = renumbering("01", &format!("0003 01 40 00000003 {PREFIX}"));
        assert_eq!(seen.numbers("icmpv6.rr_result_flags"), [3]);
        assert_eq!(seen.numbers("icmpv6.rr_interface"), [3]);
    }
}
