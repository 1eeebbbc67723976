//! Linux "cooked" captures: what `-i any` writes, because the link headers of different cards do not fit
//! into one file (LINKTYPE 113 SLL and 276 SLL2). The kernel makes this header; no wire carried it.
//! Not here: netlink messages and CAN frames, which such captures may hold too; they stay data.

use crate::dissect::{
    Claim, Cut, Field, Level, Name, Next, Protocol, Reader,
    Show::{Bytes, Dec, Hex, Mac, Names, Unit},
    field, name,
};

use super::{ethertype, llc, radiotap, wifi};

const GRE: u16 = 778;
const WIFI: u16 = 801;
const RADIOTAP: u16 = 803;
const NETLINK: u16 = 824;

const DEVICES: &[Name] = &[
    name(1, "Ethernet", "Also Wi-Fi, which Linux shows as Ethernet."),
    name(512, "PPP", "A dial-up, DSL or mobile link."),
    name(768, "IP in IP tunnel", ""),
    name(772, "loopback", "The machine talks to itself."),
    name(776, "IPv6 in IPv4 tunnel", ""),
    name(GRE as u64, "GRE tunnel", ""),
    name(WIFI as u64, "Wi-Fi", "As it is in the air."),
    name(RADIOTAP as u64, "Wi-Fi with radio header", "As it is in the air, with signal strength and channel."),
    name(NETLINK as u64, "netlink", "Not a network: the kernel talks to programs about its networks."),
    name(65534, "no link layer", "A tun device, as VPNs use them."),
];

static PACKET_TYPE: Field = field(
    "packet_type",
    "which way",
    Names(&[
        name(0, "to us", "Somebody sent it to this machine."),
        name(1, "to everybody", "A broadcast that this machine heard."),
        name(2, "to a group", "A multicast that this machine heard."),
        name(3, "between others", "Not meant for this machine; the card listens to everything."),
        name(4, "from us", "This machine sent it."),
    ]),
)
.gist("")
.spec("LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2")
.explain("Whether this machine sent or received the packet, and for how many it was meant. The receiver's address is not kept, so this is all that is left of it.");
static ARPHRD: Field = field("arphrd", "kind of card", Names(DEVICES))
    .spec("LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2")
    .explain("What kind of interface saw the packet, by the kernel's ARPHRD numbers; it decides how the protocol number is to be read.")
    .quiet();
static ADDRESS_LENGTH: Field = field("address_length", "address length", Unit("bytes"))
    .spec("LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2")
    .explain("How many of the eight bytes kept for the sender's address are in use; a tunnel may have none.")
    .quiet();
static ADDRESS: Field = field("address", "from MAC", Mac)
    .spec("LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2")
    .explain("Who sent the frame on this link. The receiver's address was thrown away when this header was made.");
static OTHER_ADDRESS: Field = field("other_address", "from address", Bytes)
    .spec("LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2")
    .explain("Who sent the frame, on a link whose addresses are not six bytes long: a tunnel has the IP address of its end here.");
static UNUSED: Field = field("unused", "unused", Bytes)
    .spec("LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2")
    .explain("The rest of the eight bytes kept for an address; the kernel does not promise zeros here.")
    .quiet();
static KIND: Field = field("protocol", "inside me", Names(ethertype::NAMES))
    .spec("LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2")
    .explain("Which protocol reads the bytes that follow: an EtherType, or one of Linux's own small numbers for frames that have none.");
static DEVICE_KIND: Field = field("device_protocol", "inside me, by the card's numbers", Hex)
    .spec("LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2")
    .explain(
        "What follows, as this kind of interface numbers it: a netlink family, or the type that stood in a GRE header.",
    );
static RESERVED: Field = field("reserved", "reserved", Hex)
    .spec("LINKTYPE_LINUX_SLL2")
    .explain("Must be zero today; two bytes kept so that a later version can say more.")
    .quiet();
static INTERFACE_INDEX: Field = field("interface_index", "interface number", Dec)
    .spec("LINKTYPE_LINUX_SLL2")
    .explain("Which of the machine's interfaces saw the packet, by the kernel's number (`ip link` shows them). The older header could not tell.");

/// The first version.
pub static SLL: Protocol = Protocol {
    key: "sll",
    name: "Linux cooked",
    level: Level::Link,
    explain: "Stands in for the link headers of several cards in one capture; the kernel makes it, no wire carries it.",
    spec: "LINKTYPE_LINUX_SLL",
    claims: &[Claim::Link(113)],
    fields: &[&PACKET_TYPE, &ARPHRD, &ADDRESS_LENGTH, &ADDRESS, &OTHER_ADDRESS, &UNUSED, &KIND, &DEVICE_KIND],
    read: read_sll,
    frame: None,
};

/// The second version, which names the interface.
pub static SLL2: Protocol = Protocol {
    key: "sll2",
    name: "Linux cooked 2",
    level: Level::Link,
    explain: "Stands in for the link headers of several cards in one capture, and says which card it was.",
    spec: "LINKTYPE_LINUX_SLL2",
    claims: &[Claim::Link(276)],
    fields: &[
        &KIND,
        &DEVICE_KIND,
        &RESERVED,
        &INTERFACE_INDEX,
        &ARPHRD,
        &PACKET_TYPE,
        &ADDRESS_LENGTH,
        &ADDRESS,
        &OTHER_ADDRESS,
        &UNUSED,
    ],
    read: read_sll2,
    frame: None,
};

fn read_sll(r: &mut Reader<'_>) -> Result<Next, Cut> {
    r.u16(&PACKET_TYPE)?;
    let device = r.u16(&ARPHRD)?;
    let length = r.u16(&ADDRESS_LENGTH)?;
    address(r, length)?;
    let kind = r.u16(kind_field(device))?;
    Ok(next(device, kind))
}

fn read_sll2(r: &mut Reader<'_>) -> Result<Next, Cut> {
    // The kind of card comes after the number whose meaning it decides.
    let device = r.rest().get(8..).and_then(|b| b.first_chunk().copied()).map_or(0, u16::from_be_bytes);
    let kind = r.u16(kind_field(device))?;
    r.u16(&RESERVED)?;
    r.u32(&INTERFACE_INDEX)?;
    r.u16(&ARPHRD)?;
    r.u8(&PACKET_TYPE)?;
    let length = r.u8(&ADDRESS_LENGTH)?;
    address(r, u16::from(length))?;
    Ok(next(device, kind))
}

/// Eight bytes, of which an address uses the first ones. Longer addresses are cut to eight by the kernel.
fn address(r: &mut Reader<'_>, length: u16) -> Result<(), Cut> {
    r.within(8, |r| {
        let result = match length {
            0 => Ok(()),
            6 => r.array::<6>(&ADDRESS).map(drop),
            n => r.bytes(&OTHER_ADDRESS, usize::from(n).min(8)).map(drop),
        };
        r.all(&UNUSED);
        result
    })
}

fn kind_field(device: u16) -> &'static Field {
    if matches!(device, GRE | NETLINK) { &DEVICE_KIND } else { &KIND }
}

fn next(device: u16, kind: u16) -> Next {
    match (device, kind) {
        (NETLINK, _) => Next::Data,
        (WIFI, _) => Next::To(&wifi::PROTOCOL),
        (RADIOTAP, _) => Next::To(&radiotap::PROTOCOL),
        (_, 4) => Next::To(&llc::PROTOCOL),
        (_, 0..1536) => Next::Data,
        (_, kind) => Next::EtherType(kind),
    }
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn the_address_uses_as_many_of_eight_bytes_as_its_length_says() {
        let seen = read(113, "0004 0001 0006 020000000005 abcd 9000 00");
        assert_eq!(seen.nodes("sll.address")[0].at.len(), 6);
        assert_eq!(seen.nodes("sll.unused")[0].at.len(), 2);
        let tunnel = read(113, "0004 0300 0004 c0000205 00000000 0800 45");
        assert_eq!(tunnel.nodes("sll.other_address")[0].at.len(), 4);
        let long = read(113, "0004 0020 0014 0102030405060708 0800 45");
        assert_eq!(long.nodes("sll.other_address")[0].at.len(), 8);
        assert_eq!(long.layers(), "sll ipv4");
    }

    #[test]
    fn small_numbers_are_linuxs_own() {
        assert_eq!(read(113, "0000 0001 0006 020000000005 0000 0004 424203 00").layers(), "sll llc data");
        assert_eq!(read(113, "0000 0001 0006 020000000005 0000 0001 ffff").layers(), "sll data");
        assert_eq!(read(113, "0000 0001 0006 020000000005 0000 000c 01").layers(), "sll data");
    }

    #[test]
    fn the_kind_of_card_decides_what_the_number_means() {
        let netlink = read(113, "0004 0338 0000 0000000000000000 0800 01");
        assert_eq!(netlink.layers(), "sll data");
        assert_eq!(netlink.numbers("sll.device_protocol"), [0x0800]);
        let gre = read(113, "0000 030a 0000 0000000000000000 0800 45");
        assert_eq!(gre.layers(), "sll ipv4");
        assert!(gre.nodes("sll.protocol").is_empty());
    }

    #[test]
    fn the_second_version_has_the_same_words_in_another_order() {
        let seen = read(276, "0800 0000 00000003 0001 04 06 020000000005 0000 45");
        assert_eq!(seen.layers(), "sll2 ipv4");
        assert_eq!(seen.numbers("sll2.interface_index"), [3]);
        assert_eq!(seen.numbers("sll2.packet_type"), [4]);
    }
}
