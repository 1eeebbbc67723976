//! VXLAN, RFC 7348: whole Ethernet frames in UDP, so that a data centre's networks can cross routers.
//! Not here: the generic protocol extension, which carries other things than Ethernet.

use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Dec, Flags, Hex},
    field, name,
};

use super::ethernet;

static FLAGS: Field = field("flags", "flags", Flags(&[name(0x08, "I", "The network number is valid; always set.")]))
    .spec("RFC 7348 §5")
    .explain("Says that the network number below counts; the other bits wait for a use.")
    .quiet();
static RESERVED: Field = field("reserved", "reserved", Hex)
    .spec("RFC 7348 §5")
    .explain("Zero when sent, not looked at when received: room for later ideas; some makers put a group number here.")
    .quiet();
static VNI: Field = field("vni", "virtual network", Dec)
    .gist("vni ")
    .spec("RFC 7348 §5")
    .explain("Which virtual network the frame belongs to: 16 million of them, where a VLAN tag knows 4094.");
static RESERVED_2: Field = field("reserved_2", "reserved", Hex)
    .spec("RFC 7348 §5")
    .explain("One more byte that is zero when sent and not looked at when received.")
    .quiet();

/// Virtual extensible LAN.
pub static PROTOCOL: Protocol = Protocol {
    key: "vxlan",
    name: "VXLAN",
    level: Level::Link,
    explain: "Carries whole Ethernet frames inside UDP: machines in two halls believe that they share one switch.",
    spec: "RFC 7348",
    claims: &[Claim::UdpPort(4789)],
    fields: &[&FLAGS, &RESERVED, &VNI, &RESERVED_2],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let valid = r.u8(&FLAGS)? & 0x08 != 0;
    let middle = r.raw::<3>()?;
    r.part(&RESERVED, middle, 0..24);
    let end = r.raw::<4>()?;
    r.part(&VNI, end, 0..24);
    r.part(&RESERVED_2, end, 24..32);
    Ok(if valid { Next::To(&ethernet::PROTOCOL) } else { Next::Data })
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    /// UDP from port 49152 to port 4789 over bare IPv4, 44 bytes in all before `rest`'s 8 + 14.
    fn vxlan(flags: &str) -> crate::protocols::testing::Seen {
        read(
            101,
            &format!(
                "45000032000000004011 0000 c0000201 c0000202 c00012b5001e0000 {flags} 000000 00002a 00 020000000001 020000000002 9000"
            ),
        )
    }

    #[test]
    fn the_number_has_24_bits_and_a_frame_follows() {
        let seen = vxlan("08");
        assert_eq!(seen.layers(), "raw_ip ipv4 udp vxlan ethernet");
        assert_eq!(seen.numbers("vxlan.vni"), [42]);
    }

    #[test]
    fn without_the_valid_bit_it_is_not_taken_for_a_frame() {
        assert_eq!(vxlan("00").layers(), "raw_ip ipv4 udp vxlan data");
    }
}
