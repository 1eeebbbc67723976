//! `PPPoE`, RFC 2516: a PPP line through Ethernet, as most DSL modems speak it.
//! Not here: the tags by which modem and provider find each other; they are kept as bytes.

use crate::dissect::{
    BAD_LENGTH, Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Hex, Names, Unit},
    field, name,
};

use super::ppp;

static VERSION: Field = field("version", "version", Dec)
    .spec("RFC 2516 §4")
    .explain("Always 1: a second version was never needed.")
    .quiet();
static TYPE: Field = field("type", "type", Dec)
    .spec("RFC 2516 §4")
    .explain("Always 1: the four bits were kept for other kinds that never came.")
    .quiet();
static CODE: Field = field(
    "code",
    "kind",
    Names(&[
        name(0x00, "session", "The line is up: PPP follows."),
        name(0x09, "initiation", "The modem asks everybody: who is a provider?"),
        name(0x07, "offer", "A provider answers."),
        name(0x19, "request", "The modem chooses one."),
        name(0x65, "confirmation", "The provider gives the session a number."),
        name(0xa7, "termination", "The line is closed."),
    ]),
)
.spec("RFC 2516 §4")
.explain("Which step of finding a provider this is, or that the line is in use.");
static SESSION: Field = field("session", "session", Hex)
    .spec("RFC 2516 §4")
    .explain("Which line it is: many customers share the provider's end, each with a number of its own.");
static LENGTH: Field = field("length", "length", Unit("bytes"))
    .spec("RFC 2516 §4")
    .explain("Bytes that follow, without the padding of short Ethernet frames.")
    .quiet();
static TAGS: Field = field("tags", "tags", Bytes)
    .spec("RFC 2516 Appendix A")
    .explain("Names of services and providers, and cookies against floods of false requests.");

/// PPP over Ethernet: discovery and session.
pub static PROTOCOL: Protocol = Protocol {
    key: "pppoe",
    name: "PPPoE",
    level: Level::Link,
    explain: "Draws a line to one provider through an Ethernet with many machines; the eight bytes that it takes are why DSL has an MTU of 1492.",
    spec: "RFC 2516",
    claims: &[Claim::EtherType(0x8863), Claim::EtherType(0x8864)],
    fields: &[&VERSION, &TYPE, &CODE, &SESSION, &LENGTH, &TAGS, &BAD_LENGTH],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let head = r.raw::<1>()?;
    r.part(&VERSION, head, 0..4);
    r.part(&TYPE, head, 4..8);
    let code = r.u8(&CODE)?;
    r.u16(&SESSION)?;
    let length = usize::from(r.u16(&LENGTH)?);
    if length > r.left() && !r.captured_short() {
        r.bad_length();
    }
    r.trim(length);
    if code == 0 {
        return Ok(Next::To(&ppp::PROTOCOL));
    }
    r.all(&TAGS);
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn a_session_carries_ppp_and_the_padding_is_cut_off() {
        let seen = read(1, "020000000001 020000000002 8864 11 00 0001 0003 0021 45 0000");
        assert_eq!(seen.layers(), "ethernet pppoe ppp ipv4 trailer");
    }

    #[test]
    fn discovery_has_tags() {
        let seen = read(1, "ffffffffffff 020000000002 8863 11 09 0000 0004 01010000");
        assert_eq!(seen.nodes("pppoe.tags")[0].at.len(), 4);
    }
}
