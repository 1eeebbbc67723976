//! The loopback header of BSD and macOS (LINKTYPE 0 and 108): four bytes where Ethernet has fourteen.
//! Not here: Linux, whose loopback shows Ethernet frames with addresses of zeros.

use crate::dissect::{Claim, Cut, Field, Level, Next, Protocol, Reader, Show::Names, field, name};

static FAMILY: Field = field(
    "family",
    "inside me",
    Names(&[
        name(2, "IPv4", "AF_INET, the same number on every system."),
        name(7, "OSI", ""),
        name(10, "IPv6 (Linux)", "AF_INET6 as Linux numbers it."),
        name(23, "IPv6 (Windows, IPX on BSD)", "AF_INET6 as Windows numbers it."),
        name(24, "IPv6 (NetBSD, OpenBSD)", "AF_INET6 as these systems number it."),
        name(28, "IPv6 (FreeBSD)", "AF_INET6 as this system numbers it."),
        name(30, "IPv6 (macOS)", "AF_INET6 as this system numbers it."),
    ]),
)
.spec("LINKTYPE_NULL, LINKTYPE_LOOP")
.explain("The number by which programs ask the kernel for a socket of this kind. It is written in the byte order of the machine that captured, and IPv6 has another number on every system.");

/// The BSD loopback header.
pub static PROTOCOL: Protocol = Protocol {
    key: "null",
    name: "loopback",
    level: Level::Link,
    explain: "A machine talks to itself: no card, no wire, no addresses, only the kind of packet.",
    spec: "LINKTYPE_NULL, LINKTYPE_LOOP",
    claims: &[Claim::Link(0), Claim::Link(108)],
    fields: &[&FAMILY],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let value = r.raw::<4>()?.value as u32;
    // All families are small numbers: one that looks large was written by the other kind of machine.
    let family = if value > 0xffff { value.swap_bytes() } else { value };
    let at = r.behind(4);
    r.note_at(&FAMILY, at, u64::from(family));
    Ok(match family {
        2 => Next::EtherType(0x0800),
        10 | 23 | 24 | 28 | 30 => Next::EtherType(0x86dd),
        _ => Next::Data,
    })
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn the_family_is_read_in_both_byte_orders() {
        for bytes in ["02000000 45", "00000002 45"] {
            let seen = read(0, bytes);
            assert_eq!(seen.numbers("null.family"), [2]);
            assert_eq!(seen.layers(), "null ipv4");
        }
        assert_eq!(read(108, "00000018 60").numbers("null.family"), [24]);
    }

    #[test]
    fn an_unknown_family_stays_data() {
        assert_eq!(read(0, "63000000 4500").layers(), "null data");
    }
}
