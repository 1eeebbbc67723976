//! Node information queries, RFC 4620: ask a machine for its name or its addresses, without a name server.
//! Not here: who answers at all (hardly anybody any more).

use super::ndp_names;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Flags, Hex, Ip, Names, Text, Unit},
    field, name,
};

pub(super) static QTYPE: Field = field(
    "qtype",
    "what is asked",
    Names(&[
        name(0, "nothing", "Only whether the machine is there."),
        name(2, "name", ""),
        name(3, "IPv6 addresses", ""),
        name(4, "IPv4 addresses", ""),
    ]),
)
.gist("")
.spec("RFC 4620 §6")
.explain("What the asker wants to know. The answer repeats it, so that it can be read on its own.");
pub(super) static FLAGS: Field = field(
    "qflags",
    "which addresses",
    Flags(&[
        name(0x20, "global", "G: those that work in the whole internet."),
        name(0x10, "site-local", "S: those that work within the site."),
        name(0x08, "link-local", "L: those that work on one wire."),
        name(0x04, "compatible", "C: those that hold an IPv4 address."),
        name(0x02, "all interfaces", "A: of all its interfaces, not only of this one."),
        name(0x01, "truncated", "T: there are more than fitted."),
    ]),
)
.spec("RFC 4620 §6.3")
.explain("Which of its addresses the machine shall tell, or has told; without meaning where its name is asked.");
pub(super) static FLAGS_RESERVED: Field = field("qflags_reserved", "reserved bits", Hex)
    .spec("RFC 4620 §4")
    .explain("Ten bits beside the flags that no kind of question uses.")
    .quiet();
pub(super) static QNONCE: Field = field("qnonce", "nonce", Hex)
    .spec("RFC 4620 §4")
    .explain("A random number that comes back in the answer: who does not see the question cannot forge one.")
    .quiet();
pub(super) static SUBJECT: Field = field("subject", "asked machine", Ip)
    .gist("of ")
    .spec("RFC 4620 §4")
    .explain("The machine that the question is about, by its address.");
pub(super) static SUBJECT_NAME: Field = field("subject_name", "asked machine's name", Text)
    .gist("of ")
    .spec("RFC 4620 §4")
    .explain("The machine that the question is about, by its name as DNS writes it; who has that name answers.");
pub(super) static TTL: Field = field("ttl", "may be kept", Unit("seconds"))
    .spec("RFC 4620 §6.2, §6.3")
    .explain("How long the answer may be remembered; for names it has to be 0 or is not to be believed.")
    .quiet();
pub(super) static NODE_NAME: Field = field("node_name", "name", Text)
    .gist("")
    .spec("RFC 4620 §6.2")
    .explain("What the machine calls itself: no name server vouches for it.");
pub(super) static NODE_ADDRESS: Field = field("node_address", "address", Ip)
    .gist("")
    .spec("RFC 4620 §6.3, §6.4")
    .explain("One of the machine's own addresses, IPv6 or IPv4, as the question wanted.");
pub(super) static NODE_BYTES: Field = field("node_bytes", "content", Bytes)
    .spec("RFC 4620 §4")
    .explain("What follows in a form that belongs to no known question, or the end of a name that was cut to fit.");

/// Takes what follows the checksum of kinds 139 and 140.
pub(super) fn read(r: &mut Reader<'_>, kind: u8, code: u8) -> Result<(), Cut> {
    let qtype = r.u16(&QTYPE)?;
    let bits = r.raw::<2>()?;
    r.part(&FLAGS_RESERVED, bits, 0..10);
    r.note_at(&FLAGS, r.behind(2), bits.value & 0x3f);
    r.u64(&QNONCE)?;
    match (kind, code, qtype) {
        (139, 0, _) => _ = r.array::<16>(&SUBJECT)?,
        (139, 1, _) => names(r, &SUBJECT_NAME),
        (139, 2, _) => _ = r.array::<4>(&SUBJECT)?,
        (140, 0, 2) => {
            r.u32(&TTL)?;
            names(r, &NODE_NAME);
        }
        (140, 0, 3) => {
            while r.left() > 0 {
                r.u32(&TTL)?;
                r.array::<16>(&NODE_ADDRESS)?;
            }
        }
        (140, 0, 4) => {
            while r.left() > 0 {
                r.u32(&TTL)?;
                r.array::<4>(&NODE_ADDRESS)?;
            }
        }
        _ => {}
    }
    r.all(&NODE_BYTES);
    Ok(())
}

/// Names up to the end. A name without dots ends with two empty labels: it is meant as a beginning.
fn names(r: &mut Reader<'_>, field: &'static Field) {
    while r.rest().first().is_some_and(|length| *length > 0) {
        if ndp_names::name(r, field).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read};

    const NONCE: &str = "0123456789abcdef";

    fn node(message: &str) -> Seen {
        let addresses = "20010db8000000000000000000000001 20010db8000000000000000000000002";
        read(101, &format!("60000000 {:04x} 3a 40 {addresses} {message}", hex(message).len()))
    }

    #[test]
    fn the_code_says_how_the_question_names_the_machine() {
        let by_name = node(&format!("8b01 0000 0003 0038 {NONCE} 03 776562 00"));
        assert_eq!(by_name.texts("icmpv6.subject_name"), ["web"]);
        assert_eq!(by_name.numbers("icmpv6.qflags"), [0x38]);
        let by_ipv4 = node(&format!("8b02 0000 0004 0000 {NONCE} c0000209"));
        assert_eq!(by_ipv4.nodes("icmpv6.subject")[0].at.len(), 4);
    }

    #[test]
    fn each_address_in_an_answer_has_a_lifetime_before_it() {
        let seen = node(&format!("8c00 0000 0004 0000 {NONCE} 00000000 c0000209 0000003c c000020a"));
        assert_eq!(seen.numbers("icmpv6.ttl"), [0, 60]);
        assert_eq!(seen.nodes("icmpv6.node_address").len(), 2);
    }

    #[test]
    fn a_refusal_holds_nothing() {
        let seen = node(&format!("8c01 0000 0003 0000 {NONCE}"));
        assert_eq!(seen.numbers("icmpv6.outcome"), [1]);
        assert!(seen.nodes("icmpv6.ttl").is_empty() && !seen.cut("icmpv6"));
    }

    #[test]
    fn a_broken_name_is_kept_as_bytes() {
        let seen = node(&format!("8c00 0000 0002 0000 {NONCE} 00000000 03 776562 00 3f 61"));
        assert_eq!(seen.texts("icmpv6.node_name"), ["web"]);
        assert_eq!(seen.nodes("icmpv6.node_bytes")[0].at.len(), 2);
    }
}
