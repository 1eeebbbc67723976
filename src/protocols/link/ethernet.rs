//! Ethernet, IEEE 802.3: from one card to the next one on the same wire or switch.
//! Not here: preamble and frame check sequence (the card keeps them), VLAN tags (`vlan`), LLC (`llc`).

use crate::dissect::{
    BAD_LENGTH, Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Mac, Names, Unit},
    field, name,
};

use super::ethertype;

static DST: Field = field("dst", "to MAC", Mac)
    .spec("IEEE 802.3 §3.2.4")
    .explain("Which card on this wire shall take the frame; every other card lets it pass. It reaches only as far as the next router, which writes a new one.");
static DST_GROUP: Field = field(
    "dst_group",
    "for how many",
    Names(&[
        name(0, "one card", "The address of a single card."),
        name(1, "a group", "Several cards take this frame; ff:ff:ff:ff:ff:ff means all of them."),
    ]),
)
.spec("IEEE 802.3 §3.2.3")
.explain("The lowest bit of the first byte: whether one card is meant or several. It is the first bit on the wire, so a switch knows at once.")
.quiet();
static SRC: Field = field("src", "from MAC", Mac)
    .spec("IEEE 802.3 §3.2.5")
    .explain("Which card sent the frame. Switches learn from it behind which socket that card sits; nothing stops a sender from writing another one.");
static SRC_LOCAL: Field = field(
    "src_local",
    "who gave the address",
    Names(&[
        name(0, "the maker", "Unique in the world: its first three bytes belong to the maker of the card."),
        name(1, "this machine", "Made up by software: a virtual machine, a container, or a phone that hides its own."),
    ]),
)
.spec("IEEE 802 §8.4")
.explain("Says whether the sender's address comes from the factory or was made up. Phones make up a new one per Wi-Fi network so that nobody can follow them.")
.quiet();
static ETHERTYPE: Field = field("ethertype", "inside me", Names(ethertype::NAMES))
    .spec("IEEE 802.3 §3.2.6")
    .explain("Which protocol reads the bytes that follow: without it the receiver could not tell IPv4 from ARP.");
static LENGTH: Field = field("length", "length", Unit("bytes"))
    .spec("IEEE 802.3 §3.2.6")
    .explain("In the older form of the frame this place counts the bytes that follow, and an LLC header says what they are. Values from 1536 on are types instead.");

/// Ethernet II and IEEE 802.3.
pub static PROTOCOL: Protocol = Protocol {
    key: "ethernet",
    name: "Ethernet",
    level: Level::Link,
    explain: "Carries bytes to another card on the same wire or switch, and no further.",
    spec: "IEEE 802.3 §3",
    claims: &[Claim::Link(1), Claim::EtherType(0x6558)],
    fields: &[&DST, &DST_GROUP, &SRC, &SRC_LOCAL, &ETHERTYPE, &LENGTH, &BAD_LENGTH],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let first = r.ahead::<1>()?;
    let dst = r.array::<6>(&DST)?;
    r.part(&DST_GROUP, first, 7..8);
    let first = r.ahead::<1>()?;
    let src = r.array::<6>(&SRC)?;
    r.part(&SRC_LOCAL, first, 6..7);
    r.facts().macs = Some((src, dst));
    ethertype::type_or_length(r, &ETHERTYPE, &LENGTH)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn the_two_low_bits_of_an_address_have_meanings() {
        let seen = read(1, "01005e0000fb 020000000005 9000");
        assert_eq!(seen.numbers("ethernet.dst_group"), [1]);
        assert_eq!(seen.numbers("ethernet.src_local"), [1]);
        let seen = read(1, "000c29000001 000c29000002 9000");
        assert_eq!(seen.numbers("ethernet.dst_group"), [0]);
        assert_eq!(seen.numbers("ethernet.src_local"), [0]);
    }

    #[test]
    fn a_value_below_1536_is_a_length_and_cuts_the_padding_off() {
        let seen = read(1, "0180c2000000 020000000005 0005 424203 0102 0000");
        assert_eq!(seen.layers(), "ethernet llc data trailer");
        assert_eq!(seen.numbers("ethernet.length"), [5]);
        assert!(seen.nodes("ethernet.ethertype").is_empty());
    }

    #[test]
    fn a_length_beyond_the_frame_is_impossible() {
        let seen = read(1, "0180c2000000 020000000005 0100 424203 0102");
        assert_eq!(seen.numbers("ethernet.bad_length"), [1]);
        assert_eq!(seen.layers(), "ethernet llc data");
    }

    #[test]
    fn novells_raw_frames_have_no_llc_header() {
        assert_eq!(read(1, "ffffffffffff 020000000005 0004 ffff0004").layers(), "ethernet data");
    }

    #[test]
    fn thirteen_bytes_are_cut_short_and_none_is_lost() {
        let seen = read(1, "ffffffffffff 020000000005 08");
        assert!(seen.cut("ethernet"));
        assert_eq!(seen.layers(), "ethernet data");
    }
}
