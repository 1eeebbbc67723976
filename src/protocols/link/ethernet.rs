//! placeholder to be written by its helper
use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Hex, Mac},
    field,
};
static DST: Field = field("dst", "to MAC", Mac);
static SRC: Field = field("src", "from MAC", Mac);
static ETHERTYPE: Field = field("ethertype", "inside me", Hex);
/// Ethernet.
pub static PROTOCOL: Protocol = Protocol {
    key: "ethernet",
    name: "Ethernet",
    level: Level::Link,
    explain: "",
    spec: "",
    claims: &[Claim::Link(1)],
    fields: &[&DST, &SRC, &ETHERTYPE],
    read,
};
fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let dst = r.array::<6>(&DST)?;
    let src = r.array::<6>(&SRC)?;
    r.facts().macs = Some((src, dst));
    Ok(Next::EtherType(r.u16(&ETHERTYPE)?))
}
