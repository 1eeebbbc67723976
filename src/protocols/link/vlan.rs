//! VLAN tags, IEEE 802.1Q: four bytes in an Ethernet frame that split one cable into many networks. The tag that
//! a provider puts around its customer's (802.1ad, `QinQ`) has the same bits and a layer of its own.
//! Not here: the priority tag of other link layers.

use crate::dissect::{
    BAD_LENGTH, Claim, Cut, Field,
    GistForm::Aside,
    Level, Next, Protocol, Reader,
    Show::{Dec, Names, Unit},
    field, name,
};

use super::ethertype;

static PCP: Field = field(
    "pcp",
    "priority",
    Names(&[
        name(0, "best effort", "Ordinary traffic, the default."),
        name(1, "background", "May wait behind everything else; less than best effort."),
        name(2, "excellent effort", ""),
        name(3, "critical applications", ""),
        name(4, "video", "Late by less than 100 ms."),
        name(5, "voice", "Late by less than 10 ms."),
        name(6, "internetwork control", ""),
        name(7, "network control", "What keeps the network itself running; goes first."),
    ]),
)
.spec("IEEE 802.1Q §9.6, Annex I")
.explain("Which frames a busy switch sends first. The surprise: 1 is lower than 0.")
.quiet();
static DEI: Field = field(
    "dei",
    "drop first",
    Names(&[name(0, "no", "Keep it as long as others."), name(1, "yes", "Throw this one away before others.")]),
)
.spec("IEEE 802.1Q §9.6")
.explain("Marks frames that a crowded switch may throw away before it touches the others.")
.quiet();
static ID: Field = field("id", "VLAN", Dec)
    .gist_as(Aside, "vlan ")
    .spec("IEEE 802.1Q §9.6")
    .explain("Which virtual network the frame belongs to: switches never let it cross into another. 0 means none, only a priority; 4095 is reserved.");
static SERVICE_ID: Field = field("id", "provider's VLAN", Dec)
    .gist_as(Aside, "service vlan ")
    .spec("IEEE 802.1Q §9.6, IEEE 802.1ad")
    .explain("Which customer the frame belongs to, in the provider's own network. The customer's tags inside are none of its business: two customers may use the same numbers.");
static ETHERTYPE: Field = field("ethertype", "inside me", Names(ethertype::NAMES))
    .spec("IEEE 802.1Q §9.4")
    .explain("The type that the frame had before the tag was pushed in between; a second tag is announced here too.");
static LENGTH: Field = field("length", "length", Unit("bytes")).spec("IEEE 802.1Q §9.4, IEEE 802.3 §3.2.6").explain(
    "In the older form of the frame this place counts the bytes that follow, and an LLC header says what they are.",
);

/// One VLAN tag.
pub static PROTOCOL: Protocol = Protocol {
    key: "vlan",
    name: "VLAN",
    level: Level::Link,
    explain: "Says to which virtual network a frame belongs, so that many networks share one cable.",
    spec: "IEEE 802.1Q §9",
    claims: &[Claim::EtherType(0x8100), Claim::EtherType(0x9100)],
    fields: &[&PCP, &DEI, &ID, &ETHERTYPE, &LENGTH, &BAD_LENGTH],
    read: |r| read(r, &ID),
    frame: None,
};

/// The tag around the customer's own.
pub static SERVICE: Protocol = Protocol {
    key: "service_vlan",
    name: "service VLAN",
    level: Level::Link,
    explain: "The provider's tag around the customer's: one line carries the networks of many customers, each with all its own VLANs.",
    spec: "IEEE 802.1ad, IEEE 802.1Q §9.5",
    claims: &[Claim::EtherType(0x88a8)],
    fields: &[&PCP, &DEI, &SERVICE_ID, &ETHERTYPE, &LENGTH, &BAD_LENGTH],
    read: |r| read(r, &SERVICE_ID),
    frame: None,
};

fn read(r: &mut Reader<'_>, id: &'static Field) -> Result<Next, Cut> {
    let tag = r.raw::<2>()?;
    r.part(&PCP, tag, 0..3);
    r.part(&DEI, tag, 3..4);
    r.part(id, tag, 4..16);
    ethertype::type_or_length(r, &ETHERTYPE, &LENGTH)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn the_tag_is_three_bits_one_bit_and_twelve_bits() {
        let seen = read(1, "ffffffffffff 020000000005 8100 b02a 9000");
        assert_eq!(seen.numbers("vlan.pcp"), [5]);
        assert_eq!(seen.numbers("vlan.dei"), [1]);
        assert_eq!(seen.numbers("vlan.id"), [42]);
    }

    #[test]
    fn a_tag_within_a_tag_is_read_twice() {
        let seen = read(1, "ffffffffffff 020000000005 88a8 0064 8100 000a 9000");
        assert_eq!(seen.layers(), "ethernet service_vlan vlan");
        assert_eq!((seen.numbers("service_vlan.id"), seen.numbers("vlan.id")), (vec![100], vec![10]));
        let old = read(1, "ffffffffffff 020000000005 9100 0064 8100 000a 9000");
        assert_eq!(old.numbers("vlan.id"), [100, 10], "before 802.1ad nothing told the two apart");
    }

    #[test]
    fn a_tagged_frame_may_carry_a_length() {
        let seen = read(1, "0180c2000000 020000000005 8100 0001 0004 424203 00 0000");
        assert_eq!(seen.layers(), "ethernet vlan llc data trailer");
        assert_eq!(seen.numbers("vlan.length"), [4]);
    }
}
