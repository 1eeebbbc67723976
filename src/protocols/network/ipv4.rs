//! placeholder to be written by its helper
use crate::dissect::{
    CHECKSUM_STATUS, CHECKSUM_WRONG, Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Dec, Hex, Ip, Unit},
    field,
};
static VERSION: Field = field("version", "version", Dec);
static HEADER_LENGTH: Field = field("header_length", "header", Unit("bytes"));
static TOTAL_LENGTH: Field = field("total_length", "length", Unit("bytes"));
static TTL: Field = field("ttl", "TTL", Unit("hops left")).gist("ttl=");
static PROTO: Field = field("proto", "inside me", Dec);
static CHECKSUM: Field = field("checksum", "checksum", Hex).quiet();
static SRC: Field = field("src", "from IP", Ip);
static DST: Field = field("dst", "to IP", Ip);
/// IPv4.
pub static PROTOCOL: Protocol = Protocol {
    key: "ipv4",
    name: "IPv4",
    level: Level::Network,
    explain: "",
    spec: "RFC 791",
    claims: &[Claim::EtherType(0x800), Claim::IpProto(4), Claim::Link(228)],
    fields: &[
        &VERSION,
        &HEADER_LENGTH,
        &TOTAL_LENGTH,
        &TTL,
        &PROTO,
        &CHECKSUM,
        &CHECKSUM_STATUS,
        &CHECKSUM_WRONG,
        &SRC,
        &DST,
    ],
    read,
};
fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let head = r.raw::<1>()?;
    r.part(&VERSION, head, 0..4);
    let header = r.part_times(&HEADER_LENGTH, head, 4..8, 4) as usize;
    r.skip(1);
    let total = r.u16(&TOTAL_LENGTH)?;
    r.skip(4);
    r.u8(&TTL)?;
    let proto = r.u8(&PROTO)?;
    let covered = r.whole().get(..header);
    r.checksum(&CHECKSUM, covered)?;
    let src = r.array::<4>(&SRC)?;
    let dst = r.array::<4>(&DST)?;
    r.facts().addresses = Some((src.into(), dst.into()));
    r.trim(usize::from(total).saturating_sub(header));
    Ok(Next::IpProto(proto))
}
