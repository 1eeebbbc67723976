//! What an ICMP error can carry behind the quoted packet, RFC 4884, and an extended ping as its question, RFC 8335.
//! The same for IPv4 and IPv6. Not here: how a message says where its extensions begin (`icmpv4`).

use super::icmp_extension_fields::{
    ADDRESS, ADDRESS_LENGTH, BOTTOM, BYTES, CHECKSUM, CLASS, DATA, FAMILY, HAS, INDEX, LABEL, LENGTH, MTU, NAME,
    NAME_LENGTH, OBJECT, PADDING, RESERVED, ROLE, SUBTYPE, TRAFFIC_CLASS, TTL, VERSION,
};
use crate::dissect::{BAD_LENGTH, CHECKSUM_STATUS, CHECKSUM_WRONG, Cut, Level, Next, Protocol, Reader, fold, sum};

/// The extension structure of ICMP.
pub static PROTOCOL: Protocol = Protocol {
    key: "icmp_extensions",
    name: "ICMP extensions",
    level: Level::Network,
    explain: "What a router adds to an error behind the packet that it quotes: the labels the packet wore, the card it came in by. Traceroute shows them.",
    spec: "RFC 4884",
    claims: &[],
    fields: &[
        &VERSION,
        &RESERVED,
        &CHECKSUM,
        &CHECKSUM_STATUS,
        &CHECKSUM_WRONG,
        &OBJECT,
        &LENGTH,
        &CLASS,
        &SUBTYPE,
        &LABEL,
        &TRAFFIC_CLASS,
        &BOTTOM,
        &TTL,
        &ROLE,
        &HAS,
        &INDEX,
        &FAMILY,
        &ADDRESS_LENGTH,
        &ADDRESS,
        &NAME_LENGTH,
        &NAME,
        &MTU,
        &BYTES,
        &PADDING,
        &DATA,
        &BAD_LENGTH,
    ],
    read,
    frame: None,
};

/// Bytes that routers from before RFC 4884 quote in front of their extensions.
const OLD_QUOTE: usize = 128;

/// How many of the bytes behind an error's header are the quotation, where extensions follow it. `length` is
/// what the message says; 0 where its sender did not know of extensions, or knew of them before the standard did.
pub(super) fn begin(length: usize, bytes: &[u8]) -> Option<usize> {
    let quote = if length == 0 { OLD_QUOTE } else { length };
    let extensions = bytes.get(quote..)?;
    let version = extensions.first()? >> 4;
    // Without a length these bytes can as well be more of the quoted packet (RFC 4884 §5.5).
    let certain = length > 0 || (extensions.len() >= 8 && fold(sum(extensions)) == 0xffff);
    (version == 2 && certain).then_some(quote)
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let length = structure(r.whole());
    let covered = r.complete().and_then(|bytes| bytes.get(..length));
    let head = r.raw::<2>()?;
    r.part(&VERSION, head, 0..4);
    r.part(&RESERVED, head, 4..16);
    r.optional_checksum(&CHECKSUM, covered)?;
    r.within(length.saturating_sub(4), objects)?;
    r.all(&DATA);
    Ok(Next::Data)
}

/// How many of the bytes belong to the extensions. Nothing says it: all of them do behind a quotation, but
/// extended pings carry data behind their object, and there the checksum tells.
fn structure(bytes: &[u8]) -> usize {
    let mut end = 4;
    while let Some([high, low]) = bytes.get(end..end + 2) {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        end += length;
        match bytes.get(..end) {
            Some(so_far) if length >= 4 && fold(sum(so_far)) == 0xffff => return end,
            Some(_) if length >= 4 => {}
            _ => break,
        }
    }
    bytes.len()
}

fn objects(r: &mut Reader<'_>) -> Result<(), Cut> {
    while r.left() >= 4 {
        let length = r.ahead::<2>()?.value as usize;
        if length < 4 || (length > r.left() && !r.captured_short()) {
            r.bad_length();
            break;
        }
        r.group(&OBJECT, |r| r.within(length, object))?;
    }
    r.all(&BYTES);
    Ok(())
}

fn object(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16(&LENGTH)?;
    let class = r.u8(&CLASS)?;
    match class {
        1 => {
            r.u8(&SUBTYPE)?;
            while r.left() >= 4 {
                let entry = r.raw::<4>()?;
                r.part(&LABEL, entry, 0..20);
                r.part(&TRAFFIC_CLASS, entry, 20..23);
                r.part(&BOTTOM, entry, 23..24);
                r.part(&TTL, entry, 24..32);
            }
        }
        2 => interface(r)?,
        3 => asked(r)?,
        _ => {
            r.u8(&SUBTYPE)?;
        }
    }
    r.all(&BYTES);
    Ok(())
}

/// RFC 5837: a card of the router, by up to four of its properties.
fn interface(r: &mut Reader<'_>) -> Result<(), Cut> {
    let form = r.raw::<1>()?;
    r.part(&ROLE, form, 0..2);
    let has = r.part(&HAS, form, 4..8);
    if has & 8 != 0 {
        r.u32(&INDEX)?;
    }
    if has & 4 != 0 {
        let family = r.u16(&FAMILY)?;
        r.bytes(&PADDING, 2)?;
        address(r, family, 0)?;
    }
    if has & 2 != 0 {
        let length = usize::from(r.u8(&NAME_LENGTH)?);
        r.within(length.saturating_sub(1), |r| {
            name_to_the_end(r);
            Ok(())
        })?;
    }
    if has & 1 != 0 {
        r.u32(&MTU)?;
    }
    Ok(())
}

/// RFC 8335 §2.1: the card that an extended ping asks about, by name, number or address.
fn asked(r: &mut Reader<'_>) -> Result<(), Cut> {
    match r.u8(&SUBTYPE)? {
        1 => name_to_the_end(r),
        2 => {
            r.u32(&INDEX)?;
        }
        3 => {
            let family = r.u16(&FAMILY)?;
            let length = r.u8(&ADDRESS_LENGTH)?;
            r.bytes(&PADDING, 1)?;
            address(r, family, usize::from(length))?;
        }
        _ => {}
    }
    Ok(())
}

/// An address of the family, or `length` bytes of one that is not known here.
fn address(r: &mut Reader<'_>, family: u16, length: usize) -> Result<(), Cut> {
    match family {
        1 => _ = r.array::<4>(&ADDRESS)?,
        2 => _ = r.array::<16>(&ADDRESS)?,
        _ if length > 0 => _ = r.bytes(&BYTES, length)?,
        _ => {}
    }
    if length > 0 && r.left() > 0 && r.left() < 4 {
        r.all(&PADDING);
    }
    Ok(())
}

fn name_to_the_end(r: &mut Reader<'_>) {
    let end = r.rest().iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    if end > 0 {
        _ = r.bytes(&NAME, end);
    }
    r.all(&PADDING);
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read};

    /// A time-exceeded message with `length` words and 128 quoted bytes, then `extensions`.
    fn error(length: &str, extensions: &str) -> Seen {
        let quote = "45000400 00010000 0111 0000 c0000202 c6336409 9c40829b 03ec0000";
        message(&format!("0b00 0000 00{length}0000 {quote} {} {extensions}", "aa".repeat(100)))
    }

    fn message(icmp: &str) -> Seen {
        let length = 20 + hex(icmp).len();
        read(101, &format!("4500{length:04x} 00000000 4001 0000 c0000201 c0000202 {icmp}"))
    }

    // 2000 + 0008 + 0101 + 05dc + 1101 = 37e6; its complement is c819.
    const LABEL: &str = "0008 0101 05dc1101";

    #[test]
    fn labels_come_with_class_ttl_and_bottom() {
        let seen = error("20", &format!("2000 c819 {LABEL}"));
        assert_eq!(seen.numbers("icmp_extensions.label"), [24001]);
        assert_eq!(seen.numbers("icmp_extensions.bottom"), [1]);
        assert_eq!(seen.numbers("icmp_extensions.ttl"), [1]);
        assert_eq!(seen.numbers("icmp_extensions.checksum_status"), [0]);
    }

    #[test]
    fn without_a_length_only_a_right_checksum_makes_extensions_of_bytes() {
        assert!(error("00", &format!("2000 c819 {LABEL}")).layers().ends_with("icmp_extensions"));
        assert!(error("00", &format!("2000 c81a {LABEL}")).layers().ends_with("udp data"));
        assert!(error("00", &format!("1000 d819 {LABEL}")).layers().ends_with("udp data"));
    }

    #[test]
    fn with_a_length_a_wrong_checksum_is_a_finding_and_zero_means_not_computed() {
        let wrong = error("20", &format!("2000 c81a {LABEL}"));
        assert_eq!(wrong.numbers("icmp_extensions.checksum_wrong"), [1]);
        let none = error("20", &format!("2000 0000 {LABEL}"));
        assert_eq!(none.numbers("icmp_extensions.checksum_status"), [3]);
    }

    #[test]
    fn an_object_of_impossible_length_ends_the_list_and_keeps_its_bytes() {
        for length in ["0000", "0003", "0009", "ffff"] {
            let seen = error("20", &format!("2000 0000 {length} 0101 05dc1101"));
            assert_eq!(seen.numbers("icmp_extensions.bad_length"), [1], "{length}");
            assert_eq!(seen.nodes("icmp_extensions.bytes")[0].at.len(), 8);
        }
    }

    #[test]
    fn a_card_is_told_by_number_address_name_and_size_in_this_order() {
        let object = "0020 020f 00000007 00010000 c6336401 0c67652d302f302f31000000 000005dc";
        let seen = error("20", &format!("2000 0000 {object}"));
        assert_eq!(seen.numbers("icmp_extensions.index"), [7]);
        assert_eq!(seen.texts("icmp_extensions.name"), ["ge-0/0/1"]);
        assert_eq!(seen.numbers("icmp_extensions.mtu"), [1500]);
        let only_name = error("20", "2000 0000 000c 0202 0865746830000000");
        assert_eq!(only_name.texts("icmp_extensions.name"), ["eth0"]);
        assert!(only_name.numbers("icmp_extensions.mtu").is_empty());
    }

    #[test]
    fn what_an_extended_ping_carries_behind_its_question_is_no_object() {
        // Of a real packet: the checksum covers the question alone. tshark takes the time for an object and
        // the checksum for wrong.
        let seen = message("2a00 b5d4 002a 2a01 2000 d819 000c0301 667870302e300000 6583629700022de3");
        assert_eq!(seen.texts("icmp_extensions.name"), ["fxp0.0"]);
        assert_eq!(seen.numbers("icmp_extensions.checksum_status"), [0]);
        assert_eq!(seen.nodes("icmp_extensions.data")[0].at.len(), 8);
        assert!(seen.numbers("icmp_extensions.bad_length").is_empty());
    }

    #[test]
    fn the_question_can_name_a_card_by_its_number_or_address() {
        assert_eq!(message("2a00 0000 0001 0101 2000 0000 0008 0302 00000003").numbers("icmp_extensions.index"), [3]);
        let seen = message("2a00 0000 0001 0101 2000 0000 000c 0303 00010400 c6336401");
        assert_eq!(seen.nodes("icmp_extensions.address")[0].at.len(), 4);
    }
}
