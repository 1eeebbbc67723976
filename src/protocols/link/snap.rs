//! The Subnetwork Access Protocol, RFC 1042: five bytes that bring the `EtherType` back into LLC frames.
//! Not here: the private protocols of single makers; their bytes stay data.

use crate::dissect::{
    Cut, Field, Level, Next, Protocol, Reader,
    Show::{Hex, Names},
    field, name,
};

use super::ethertype;

static OUI: Field = field(
    "oui",
    "whose number",
    Names(&[
        name(0x00_0000, "EtherType follows", "The next two bytes mean what they mean in Ethernet."),
        name(0x00_00f8, "EtherType follows (802.1H)", "A bridge marked that the frame was Ethernet II before."),
        name(0x00_000c, "Cisco", "The next two bytes are a protocol of Cisco's own: CDP, VTP."),
        name(0x00_80c2, "IEEE 802.1", "A bridged frame: the next two bytes say of which kind of network."),
    ]),
)
.spec("IEEE 802 §9.2.3")
.explain("Whose numbering the next two bytes follow: zero means EtherTypes, anything else the maker with these three bytes in its MAC addresses.")
.quiet();
static ETHERTYPE: Field = field("ethertype", "inside me", Names(ethertype::NAMES)).spec("RFC 1042").explain(
    "The same numbers as in Ethernet, so that a bridge can carry a packet from Wi-Fi to a cable and change only the frame around it.",
);
static PROTOCOL_ID: Field = field("protocol_id", "maker's protocol", Hex)
    .spec("IEEE 802 §9.2.3")
    .explain("A number that the maker named before gives out as it likes; only its own devices know the meaning.");

/// The Subnetwork Access Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "snap",
    name: "SNAP",
    level: Level::Link,
    explain: "Brings the EtherType back into frames that have none: every IP packet in Wi-Fi wears it.",
    spec: "RFC 1042",
    claims: &[],
    fields: &[&OUI, &ETHERTYPE, &PROTOCOL_ID],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let raw = r.raw::<3>()?;
    let oui = r.part(&OUI, raw, 0..24);
    if oui == 0 || oui == 0xf8 {
        return Ok(Next::EtherType(r.u16(&ETHERTYPE)?));
    }
    r.u16(&PROTOCOL_ID)?;
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn a_makers_protocol_stays_data() {
        let seen = read(1, "01000ccccccc 020000000005 0009 aaaa03 00000c 2000 02");
        assert_eq!(seen.layers(), "ethernet llc snap data");
        assert_eq!(seen.numbers("snap.protocol_id"), [0x2000]);
    }
}
