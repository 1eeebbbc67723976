//! Geneve, RFC 8926: VXLAN's successor, with options and with room for more than Ethernet.
//! Not here: what the options of single makers mean; they are kept as bytes.

use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Hex, Names, Nothing, Unit},
    field, name,
};

use super::ethertype;

static VERSION: Field = field("version", "version", Dec)
    .spec("RFC 8926 §3.4")
    .explain("0 so far; a receiver throws away what it does not know.")
    .quiet();
static OPTIONS_LENGTH: Field = field("options_length", "options", Unit("bytes"))
    .spec("RFC 8926 §3.4")
    .explain("How long the options are, so that a card can find the packet inside without reading them.")
    .quiet();
static CONTROL: Field =
    field("control", "control packet", Names(&[name(0, "no", ""), name(1, "yes", "For the tunnel's ends.")]))
        .spec("RFC 8926 §3.4")
        .explain("Whether the packet is meant for the tunnel's end itself and must not be passed on.")
        .quiet();
static CRITICAL: Field = field(
    "critical",
    "must understand",
    Names(&[name(0, "no", ""), name(1, "yes", "Throw the packet away unless every critical option is known.")]),
)
.spec("RFC 8926 §3.4")
.explain("Whether an option is so important that a receiver which does not know it must not pass the packet on.")
.quiet();
static KIND: Field = field("protocol", "inside me", Names(ethertype::NAMES))
    .spec("RFC 8926 §3.4")
    .explain("What the tunnel carries, by the numbers that Ethernet uses; 6558 means a whole Ethernet frame.");
static VNI: Field = field("vni", "virtual network", Dec)
    .gist("vni ")
    .spec("RFC 8926 §3.4")
    .explain("Which virtual network the packet belongs to: 16 million of them, where a VLAN tag knows 4094.");
static RESERVED: Field = field("reserved", "reserved", Hex)
    .spec("RFC 8926 §3.4")
    .explain("Zero when sent, not looked at when received: it keeps the header at a multiple of four bytes.")
    .quiet();
static OPTION: Field = field("option", "option", Nothing)
    .spec("RFC 8926 §3.5")
    .explain("Something that the two ends of the tunnel want to tell each other about this packet.");
static OPTION_CLASS: Field = field("option_class", "whose option", Hex)
    .spec("RFC 8926 §3.5")
    .explain("Which maker or standard defined the option: the same type means other things elsewhere.")
    .quiet();
static OPTION_TYPE: Field = field("option_type", "type", Hex)
    .spec("RFC 8926 §3.5")
    .explain("Which option it is; the highest bit says that a receiver must know it.")
    .quiet();
static OPTION_LENGTH: Field = field("option_length", "length", Unit("bytes"))
    .spec("RFC 8926 §3.5")
    .explain("How long the option's content is, so that an unknown one can be stepped over.")
    .quiet();
static OPTION_DATA: Field = field("option_data", "content", Bytes)
    .spec("RFC 8926 §3.5")
    .explain("What the option says, in the form that its maker chose.")
    .quiet();

/// Generic network virtualization encapsulation.
pub static PROTOCOL: Protocol = Protocol {
    key: "geneve",
    name: "Geneve",
    level: Level::Link,
    explain: "Carries frames or packets of a virtual network inside UDP, with notes for the other end.",
    spec: "RFC 8926",
    claims: &[Claim::UdpPort(6081)],
    fields: &[
        &VERSION,
        &OPTIONS_LENGTH,
        &CONTROL,
        &CRITICAL,
        &KIND,
        &VNI,
        &RESERVED,
        &OPTION,
        &OPTION_CLASS,
        &OPTION_TYPE,
        &OPTION_LENGTH,
        &OPTION_DATA,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let head = r.raw::<2>()?;
    r.part(&VERSION, head, 0..2);
    let options = r.part_times(&OPTIONS_LENGTH, head, 2..8, 4) as usize;
    r.part(&CONTROL, head, 8..9);
    r.part(&CRITICAL, head, 9..10);
    let kind = r.u16(&KIND)?;
    let network = r.raw::<4>()?;
    r.part(&VNI, network, 0..24);
    r.part(&RESERVED, network, 24..32);
    r.within(options, |r| {
        let mut result = Ok(());
        while r.left() > 0 && result.is_ok() {
            result = r.group(&OPTION, option);
        }
        r.all(&OPTION_DATA); // what is left of options that are cut short
        result
    })?;
    Ok(Next::EtherType(kind))
}

fn option(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16(&OPTION_CLASS)?;
    r.u8(&OPTION_TYPE)?;
    let raw = r.raw::<1>()?;
    let length = r.part_times(&OPTION_LENGTH, raw, 3..8, 4) as usize;
    if length > 0 {
        r.bytes(&OPTION_DATA, length)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    fn geneve(rest: &str) -> crate::protocols::testing::Seen {
        let length = 8 + crate::protocols::testing::hex(rest).len();
        let udp = format!("c00017c1{length:04x}0000");
        read(101, &format!("4500{:04x}000000004011 0000 c0000201 c0000202 {udp} {rest}", length + 20))
    }

    #[test]
    fn options_are_stepped_over_by_their_length_in_words() {
        let seen = geneve("0200 0800 00002a 00 0102 80 01 aabbccdd 45");
        assert_eq!(seen.layers(), "raw_ip ipv4 udp geneve ipv4");
        assert_eq!(seen.numbers("geneve.option_length"), [4]);
        assert_eq!(seen.numbers("geneve.vni"), [42]);
    }

    #[test]
    fn an_option_longer_than_all_options_is_cut_short() {
        assert!(geneve("0100 0800 00002a 00 0102 80 05 45").cut("geneve"));
    }
}
