//! What SNMP asks and answers: names and values, RFC 3416 §3 and RFC 2578 §7.1. A name is a path of numbers
//! through one tree of all things that can be managed.
//! Not here: what the names mean; that is written down in thousands of MIB files.

use super::ber;
use crate::dissect::{
    Cut, Field, GistForm, Reader,
    Show::{Bytes, Dec, Ip, Names, Nothing, Signed, Text, Unit},
    field, name,
};

pub(super) static BINDING: Field = field("binding", "name and value", Nothing)
    .spec("RFC 3416 §3")
    .explain("One thing of the device and how it stands; in a question the value is empty.");
pub(super) static NAME: Field = field("name", "name", Text)
    .gist("")
    .spec("RFC 3416 §3, RFC 2578 §3.5")
    .explain("A path through a tree: 1.3.6.1.2.1.1 is \"system\", 1.3.6.1.4.1 are vendors. The last numbers choose the row, 0 where there is only one.");
pub(super) static INTEGER: Field = field("value_integer", "value", Signed(""))
    .gist("= ")
    .spec("RFC 2578 §7.1.1")
    .explain("A number that may be negative, or one of several states whose names only the MIB file knows.");
pub(super) static NUMBER: Field = field("value_number", "count", Dec)
    .gist("= ")
    .spec("RFC 2578 §7.1.6, §7.1.7, §7.1.10")
    .explain("A counter says nothing by itself: two readings and the time between them give the rate. Its type stands in front.");
pub(super) static TICKS: Field = field("value_ticks", "time", Unit("hundredths of a second"))
    .gist("= ")
    .spec("RFC 2578 §7.1.8")
    .explain("Time since something began, mostly since the device started.");
pub(super) static TEXT: Field = field("value_text", "text", Text)
    .gist_as(GistForm::Quoted, "= ")
    .spec("RFC 2578 §7.1.2")
    .explain("Text and bytes share one type; this reads as text. Device descriptions here tell attackers the exact software version.");
pub(super) static BYTES: Field = field("value_bytes", "bytes", Bytes)
    .gist("= ")
    .spec("RFC 2578 §7.1.2, §7.1.9")
    .explain("An address, a date or a set of bits: which of them, only the MIB file says.");
pub(super) static IDENTIFIER: Field = field("value_oid", "identifier", Text)
    .gist("= ")
    .spec("RFC 2578 §7.1.3")
    .explain("A name as value: what kind of device this is, or which event a trap reports.");
pub(super) static ADDRESS: Field = field("value_ip", "address", Ip)
    .gist("= ")
    .spec("RFC 2578 §7.1.5")
    .explain("An IPv4 address; IPv6 did not exist when the type was made and travels as bytes.");
pub(super) static MISSING: Field = field(
    "value_missing",
    "no value",
    Names(&[
        name(0, "no such object", "The device knows nothing of that kind."),
        name(1, "no such instance", "It knows the kind, but has no such row."),
        name(2, "end of MIB view", "There is nothing behind this: the walk is over."),
    ]),
)
.gist("= ")
.spec("RFC 3416 §3, §4.2.1")
.explain("Why there is no value, for this name alone; in version 1 one unknown name spoiled the whole answer.");

const IP_ADDRESS: u64 = 0x40;

/// Takes all names and values.
pub(super) fn bindings(r: &mut Reader<'_>) -> Result<(), Cut> {
    ber::inside(r, ber::SEQUENCE, |r| {
        while r.left() > 0 {
            r.group(&BINDING, |r| ber::inside(r, ber::SEQUENCE, binding))?;
        }
        Ok(())
    })
}

fn binding(r: &mut Reader<'_>) -> Result<(), Cut> {
    let length = ber::expect(r, ber::OID)?;
    ber::oid(r, &NAME, length)?;
    let header = ber::header(r)?;
    r.within(header.length, |r| value(r, header))
}

fn value(r: &mut Reader<'_>, header: ber::Header) -> Result<(), Cut> {
    match (header.kind, header.length) {
        (ber::INTEGER, n) => _ = ber::signed(r, &INTEGER, n)?,
        (ber::OID, n) => ber::oid(r, &IDENTIFIER, n)?,
        (IP_ADDRESS, 4) => _ = r.array::<4>(&ADDRESS)?,
        (0x41 | 0x42 | 0x46 | 0x47, n) => ber::unsigned(r, &NUMBER, n)?,
        (0x43, n) => ber::unsigned(r, &TICKS, n)?,
        (0x80..=0x82, 0) => r.note_at(&MISSING, r.behind(2), header.kind & 3),
        (ber::OCTETS, n) if n > 0 && is_text(r.rest()) => _ = r.all(&TEXT),
        _ => _ = r.all(&BYTES),
    }
    Ok(())
}

/// Takes an IPv4 address with its type and length.
pub(super) fn address(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    ber::inside(r, IP_ADDRESS, |r| r.array::<4>(field))?;
    Ok(())
}

/// Whether the bytes read as text: UTF-8 without control characters but tab and line ends.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n')))
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::snmp::tests::{message, tlv};
    use crate::protocols::testing::Seen;

    fn value(value: &str) -> Seen {
        message(0xa2, &tlv(0x30, &format!("06072b060102010101 {value}")))
    }

    #[test]
    fn the_type_says_how_a_value_is_read() {
        assert_eq!(value("0201ff").numbers("snmp.value_integer")[0].cast_signed(), -1);
        assert_eq!(value("4100").numbers("snmp.value_number"), [0; 0]);
        assert_eq!(value("4105 00ffffffff").numbers("snmp.value_number"), [0xffff_ffff]);
        assert_eq!(value("4609 00ffffffffffffffff").numbers("snmp.value_number"), [u64::MAX]);
        assert_eq!(value("4302 0064").numbers("snmp.value_ticks"), [100]);
        assert_eq!(value("06032b0601").texts("snmp.value_oid"), ["1.3.6.1"]);
        assert_eq!(value("4004c0000201").nodes("snmp.value_ip").len(), 1);
        assert_eq!(value("8100").numbers("snmp.value_missing"), [1]);
    }

    #[test]
    fn a_string_is_text_when_it_reads_as_text() {
        assert_eq!(value("0404 6c696e75").texts("snmp.value_text"), ["linu"]);
        assert_eq!(value("0406 020000000005").nodes("snmp.value_bytes").len(), 1);
        let empty = value("0400");
        assert!(empty.nodes("snmp.value_text").is_empty() && empty.numbers("snmp.broken_encoding").is_empty());
    }

    #[test]
    fn a_value_longer_than_its_binding_is_broken() {
        let seen = message(0xa2, &tlv(0x30, "06032b0601 0409 61"));
        assert_eq!(seen.numbers("snmp.broken_encoding"), [1]);
        assert!(!seen.cut("snmp"));
    }

    #[test]
    fn a_number_without_bytes_or_with_too_many_is_broken() {
        assert_eq!(value("0200").numbers("snmp.broken_encoding"), [1]);
        assert_eq!(value("0209 010000000000000000").numbers("snmp.broken_encoding"), [1]);
    }
}
