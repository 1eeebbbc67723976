//! PPP, RFC 1661: two machines and a line between them. DSL, mobile modems and old VPNs speak it.
//! Not here: what the control protocols (LCP, IPCP, logins) say; their bytes stay data.

use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Hex, Names},
    field, name,
};

static ADDRESS: Field = field("address", "address", Hex)
    .spec("RFC 1662 §3.1")
    .explain("Always ff, 'everybody': a line has one other end only. Kept from the days of lines with many stations, and often left out.")
    .quiet();
static CONTROL: Field = field("control", "control", Hex)
    .spec("RFC 1662 §3.1")
    .explain("Always 03, 'just bytes, not numbered'. Often left out together with the address.")
    .quiet();
static KIND: Field = field(
    "protocol",
    "inside me",
    Names(&[
        name(0x0021, "IPv4", ""),
        name(0x0057, "IPv6", ""),
        name(0x0281, "MPLS", ""),
        name(0x00fd, "compressed", "Packed by an agreed method."),
        name(0x8021, "IPCP", "Agrees on IPv4 addresses: this is how a DSL line gets its own."),
        name(0x8057, "IPV6CP", "Agrees on the last half of the IPv6 addresses."),
        name(0x80fd, "CCP", "Agrees on a compression."),
        name(0xc021, "LCP", "Sets the line up and tests it."),
        name(0xc023, "PAP", "A login with the password in the clear."),
        name(0xc223, "CHAP", "A login by question and answer; the password is not sent."),
    ]),
)
.spec("RFC 1661 §2")
.explain("What the line carries now. The numbers are PPP's own: not those of Ethernet, and one or two bytes long.");

/// The Point-to-Point Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "ppp",
    name: "PPP",
    level: Level::Link,
    explain: "Carries packets over a line with one other end: no addresses are needed, but a login and an agreement are.",
    spec: "RFC 1661",
    claims: &[Claim::Link(9), Claim::EtherType(0x880b)],
    fields: &[&ADDRESS, &CONTROL, &KIND],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    if r.rest().starts_with(&[0xff, 0x03]) {
        r.u8(&ADDRESS)?;
        r.u8(&CONTROL)?;
    }
    // Numbers end with a set bit: a first byte that has it set is a number of one byte (compressed).
    let kind = if r.rest().first().is_some_and(|b| b & 1 == 1) { u16::from(r.u8(&KIND)?) } else { r.u16(&KIND)? };
    Ok(match kind {
        0x0021 => Next::EtherType(0x0800),
        0x0057 => Next::EtherType(0x86dd),
        0x0281 => Next::EtherType(0x8847),
        _ => Next::Data,
    })
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn address_and_control_may_be_left_out_and_the_number_may_have_one_byte() {
        for bytes in ["ff03 0021 45", "0021 45", "21 45"] {
            assert_eq!(read(9, bytes).layers(), "ppp ipv4");
        }
        assert_eq!(read(9, "c021 0101").layers(), "ppp data");
    }
}
