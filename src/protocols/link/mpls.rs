//! MPLS, RFC 3032: labels in front of a packet, by which a provider's routers forward without looking inside.
//! Not here: Ethernet behind labels (pseudowires); nothing in the packet says that it is one.

use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Dec, Names, Unit},
    field, name,
};

static LABEL: Field = field("label", "label", Dec)
    .gist("label ")
    .spec("RFC 3032 §2.1")
    .explain("What the next router looks up instead of the IP address. It means something to this one router only, which puts another in its place.");
static TRAFFIC_CLASS: Field = field("traffic_class", "traffic class", Dec)
    .spec("RFC 5462")
    .explain("Which packets a busy router sends first; three bits where IP has six.")
    .quiet();
static BOTTOM: Field = field(
    "bottom",
    "last label",
    Names(&[name(0, "no", "Another label follows."), name(1, "yes", "The packet itself follows.")]),
)
.spec("RFC 3032 §2.1")
.explain("Labels can be stacked, a tunnel in a tunnel; this bit marks the innermost. Nothing says what follows it: routers just know.")
.quiet();
static TTL: Field = field("ttl", "TTL", Unit("hops left"))
    .spec("RFC 3032 §2.4")
    .explain("Takes over the counting of hops while the packet's own TTL sleeps; without it a loop of labels would turn forever.");

/// One label of a stack.
pub static PROTOCOL: Protocol = Protocol {
    key: "mpls",
    name: "MPLS",
    level: Level::Link,
    explain: "A label that leads a packet through a provider's network without anyone looking at its IP address.",
    spec: "RFC 3032",
    claims: &[Claim::EtherType(0x8847), Claim::EtherType(0x8848), Claim::IpProto(137)],
    fields: &[&LABEL, &TRAFFIC_CLASS, &BOTTOM, &TTL],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let entry = r.raw::<4>()?;
    r.part(&LABEL, entry, 0..20);
    r.part(&TRAFFIC_CLASS, entry, 20..23);
    let last = r.part(&BOTTOM, entry, 23..24) == 1;
    r.part(&TTL, entry, 24..32);
    Ok(if last { Next::Ip } else { Next::Again })
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn labels_are_stacked_until_the_bottom_bit() {
        let seen = read(1, "020000000001 020000000002 8847 00010040 00011140 45");
        assert_eq!(seen.layers(), "ethernet mpls mpls ipv4");
        assert_eq!(seen.numbers("mpls.label"), [16, 17]);
        assert_eq!(seen.numbers("mpls.ttl"), [64, 64]);
    }

    #[test]
    fn what_is_not_ip_behind_the_labels_stays_data() {
        assert_eq!(read(1, "020000000001 020000000002 8847 00011140 0000").layers(), "ethernet mpls data");
    }
}
