//! IP over InfiniBand (LINKTYPE 242), RFC 4391: the network of supercomputers, dressed up for IP.
//! Not here: InfiniBand itself; the routing header is kept as bytes, apart from its two addresses.

use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Hex, Ip, Names},
    field,
};

use super::ethertype;

static ROUTE: Field = field("route", "route", Bytes)
    .spec("InfiniBand 1.2.1 §8.3")
    .explain(
        "Version, class and length of InfiniBand's routing header; drivers leave it empty where no router is crossed.",
    )
    .quiet();
static SRC: Field = field("src", "from port", Ip).spec("InfiniBand 1.2.1 §8.3").explain(
    "The sender's port on the InfiniBand network; it has the form of an IPv6 address. Some drivers leave it out.",
);
static DST: Field = field("dst", "to port", Ip)
    .spec("InfiniBand 1.2.1 §8.3")
    .explain("The receiver's port on the InfiniBand network; it has the form of an IPv6 address.");
static KIND: Field = field("protocol", "inside me", Names(ethertype::NAMES))
    .spec("RFC 4391 §6")
    .explain("Which protocol reads the bytes that follow: an EtherType, though no Ethernet is near.");
static RESERVED: Field = field("reserved", "reserved", Hex)
    .spec("RFC 4391 §6")
    .explain("Zero; it keeps the packet inside at a multiple of four bytes.")
    .quiet();

/// IP over InfiniBand.
pub static PROTOCOL: Protocol = Protocol {
    key: "ipoib",
    name: "IP over InfiniBand",
    level: Level::Link,
    explain: "Carries IP packets over the network of supercomputers, which has addresses of 20 bytes.",
    spec: "RFC 4391",
    claims: &[Claim::Link(242)],
    fields: &[&ROUTE, &SRC, &DST, &KIND, &RESERVED],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    r.bytes(&ROUTE, 8)?;
    r.array::<16>(&SRC)?;
    r.array::<16>(&DST)?;
    let kind = r.u16(&KIND)?;
    r.u16(&RESERVED)?;
    Ok(Next::EtherType(kind))
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn a_routing_header_and_a_type_stand_before_the_packet() {
        assert_eq!(read(242, &format!("{} 0800 0000 45", "00".repeat(40))).layers(), "ipoib ipv4");
        assert!(read(242, &"00".repeat(41)).cut("ipoib"));
    }
}
