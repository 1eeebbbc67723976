//! ICMP, RFC 792: what the network itself has to say. Errors quote the packet that caused them; ping asks.
//! Not here: what the numbers mean (`icmpv4_types`), what stands behind a quotation (`icmp_extensions`).

use super::icmp_extensions;
use super::icmpv4_fields::{
    ACTIVE, ADDRESS_COUNT, CHECKSUM, CODE, DATA, ENTRY_LENGTH, EXTENDED_SEQ, GATEWAY, ID, IPV4, IPV6, LIFETIME, LOCAL,
    MASK, MESSAGE, MTU, ODD_CODE, ODD_TYPE, ORIGINATE, POINTER, PREFERENCE, QUOTE_LENGTH, RECEIVE, ROUTER,
    ROUTER_ADDRESS, SEQ, STATE, TRANSMIT, TYPE, UNUSED,
};
use crate::dissect::{BAD_LENGTH, CHECKSUM_STATUS, CHECKSUM_WRONG, Claim, Cut, Level, Next, Protocol, Reader, Span};

/// The Internet Control Message Protocol, for IPv4.
pub static PROTOCOL: Protocol = Protocol {
    key: "icmp",
    name: "ICMP",
    level: Level::Network,
    explain: "The network's own messages: why a packet did not arrive, and whether anybody is there. IP promises nothing; this is how it says sorry.",
    spec: "RFC 792",
    claims: &[Claim::IpProto(1)],
    fields: &[
        &TYPE,
        &CODE,
        &MESSAGE,
        &ODD_TYPE,
        &ODD_CODE,
        &CHECKSUM,
        &CHECKSUM_STATUS,
        &CHECKSUM_WRONG,
        &UNUSED,
        &ID,
        &SEQ,
        &DATA,
        &ORIGINATE,
        &RECEIVE,
        &TRANSMIT,
        &MASK,
        &QUOTE_LENGTH,
        &BAD_LENGTH,
        &MTU,
        &GATEWAY,
        &POINTER,
        &ADDRESS_COUNT,
        &ENTRY_LENGTH,
        &LIFETIME,
        &ROUTER,
        &ROUTER_ADDRESS,
        &PREFERENCE,
        &EXTENDED_SEQ,
        &LOCAL,
        &STATE,
        &ACTIVE,
        &IPV4,
        &IPV6,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let at = r.span(2);
    let kind = r.u8(&TYPE)?;
    let code = r.u8(&CODE)?;
    let message = u64::from(kind) << 8 | u64::from(code);
    if MESSAGE.named(message).is_some() {
        r.note_at(&MESSAGE, at, message);
    } else {
        r.note_at(&ODD_TYPE, Span { end: at.start + 1, ..at }, u64::from(kind));
        r.note_at(&ODD_CODE, r.behind(1), u64::from(code));
    }
    r.checksum(&CHECKSUM, r.complete())?;
    match kind {
        0 | 8 => {
            r.u16(&ID)?;
            r.u16(&SEQ)?;
            r.all(&DATA);
            Ok(Next::Data)
        }
        3 | 11 | 12 => error(r, kind, code),
        4 => {
            r.bytes(&UNUSED, 4)?;
            Ok(Next::QuotedIp)
        }
        5 => {
            r.array::<4>(&GATEWAY)?;
            Ok(Next::QuotedIp)
        }
        9 => routers(r),
        10 => {
            r.bytes(&UNUSED, 4)?;
            Ok(Next::Data)
        }
        13..=18 => {
            r.u16(&ID)?;
            r.u16(&SEQ)?;
            if kind <= 14 {
                r.u32(&ORIGINATE)?;
                r.u32(&RECEIVE)?;
                r.u32(&TRANSMIT)?;
            } else if kind >= 17 {
                r.array::<4>(&MASK)?;
            }
            Ok(Next::Data)
        }
        42 | 43 => extended_echo(r, kind),
        _ => Ok(Next::Data),
    }
}

/// An error that may carry extensions behind the quotation (RFC 4884).
fn error(r: &mut Reader<'_>, kind: u8, code: u8) -> Result<Next, Cut> {
    if kind == 12 {
        r.u8(&POINTER)?;
    } else {
        r.bytes(&UNUSED, 1)?;
    }
    let words = r.raw::<1>()?;
    let length = r.part_times(&QUOTE_LENGTH, words, 0..8, 4) as usize;
    if (kind, code) == (3, 4) {
        r.u16(&MTU)?;
    } else {
        r.bytes(&UNUSED, 2)?;
    }
    if length > r.left() && !r.captured_short() && !r.quoted() {
        r.bad_length();
    } else if let Some(quoted) = icmp_extensions::begin(length, r.rest()) {
        r.append(quoted, &icmp_extensions::PROTOCOL);
    }
    Ok(Next::QuotedIp)
}

/// RFC 1256: a list of routers, each with its preference.
fn routers(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let count = r.u8(&ADDRESS_COUNT)?;
    let words = r.raw::<1>()?;
    let length = r.part_times(&ENTRY_LENGTH, words, 0..8, 4) as usize;
    r.u16(&LIFETIME)?;
    if length < 8 {
        r.bad_length();
        return Ok(Next::Data);
    }
    for _ in 0..count {
        r.group(&ROUTER, |r| {
            r.array::<4>(&ROUTER_ADDRESS)?;
            let preference = r.raw::<4>()?.value as u32;
            r.note_at(&PREFERENCE, r.behind(4), i64::from(preference.cast_signed()).cast_unsigned());
            if length > 8 {
                r.bytes(&UNUSED, length - 8)?;
            }
            Ok(())
        })?;
    }
    Ok(Next::Data)
}

/// RFC 8335: the question names a card in an extension, the answer says how it is.
fn extended_echo(r: &mut Reader<'_>, kind: u8) -> Result<Next, Cut> {
    r.u16(&ID)?;
    r.u8(&EXTENDED_SEQ)?;
    let bits = r.raw::<1>()?;
    if kind == 42 {
        r.part(&LOCAL, bits, 7..8);
        r.append(0, &icmp_extensions::PROTOCOL);
    } else {
        r.part(&STATE, bits, 0..3);
        r.part(&ACTIVE, bits, 5..6);
        r.part(&IPV4, bits, 6..7);
        r.part(&IPV6, bits, 7..8);
        r.all(&DATA);
    }
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read};

    /// An ICMP message in an IPv4 packet with the right length.
    fn icmp(message: &str) -> Seen {
        let length = 20 + hex(message).len();
        read(101, &format!("4500{length:04x} 00000000 4001 0000 c0000201 c0000202 {message}"))
    }

    const QUOTE: &str = "4500001c 00010000 0111 0000 c0000202 c6336409 9c40829b 00080000";

    #[test]
    fn ping_has_an_id_a_number_and_cargo_and_its_checksum_covers_all_of_it() {
        let seen = icmp("0800 3336 0001 0002 6162 6364");
        assert_eq!(seen.layers(), "raw_ip ipv4 icmp");
        assert_eq!((seen.numbers("icmp.id"), seen.numbers("icmp.seq")), (vec![1], vec![2]));
        assert_eq!(seen.texts("icmp.data"), ["abcd"]);
        assert_eq!(seen.numbers("icmp.message"), [0x0800]);
        assert_eq!(seen.numbers("icmp.checksum_status"), [0]);
        assert_eq!(icmp("0800 3336 0001 0002 6162 6365").numbers("icmp.checksum_wrong"), [1]);
    }

    #[test]
    fn a_piece_of_a_message_cannot_be_verified() {
        let seen = read(101, "45000020 00002000 4001 0000 c0000201 c0000202 0800 1234 0001 0002 6162 6364");
        assert_eq!(seen.numbers("icmp.checksum_status"), [4]);
    }

    #[test]
    fn an_error_quotes_the_packet_and_the_quotation_may_end_anywhere() {
        let seen = icmp(&format!("0303 0000 00000000 {QUOTE}"));
        assert_eq!(seen.layers(), "raw_ip ipv4 icmp ipv4 udp");
        assert!(!seen.tape.layers[3].quoted && seen.tape.layers[4].quoted && seen.tape.layers[5].quoted);
        assert_eq!(seen.numbers("udp.checksum_status"), [3]);
        let seen = icmp("0303 0000 00000000 4500001c 00010000 0111 0000 c0000202 c6336409 9c40");
        assert!(seen.cut("udp") && !seen.cut("icmp"));
    }

    #[test]
    fn a_quotation_of_a_ping_is_not_verified_because_it_may_be_incomplete() {
        let seen = icmp("0301 0000 00000000 45000024 00010000 4001 0000 c0000202 c6336409 0800 1234 0001 0002");
        assert_eq!(seen.layers(), "raw_ip ipv4 icmp ipv4 icmp");
        assert_eq!(seen.numbers("icmp.checksum_status")[1], 4);
    }

    #[test]
    fn only_code_4_of_unreachable_tells_a_size() {
        assert_eq!(icmp(&format!("0304 0000 00000578 {QUOTE}")).numbers("icmp.mtu"), [1400]);
        let other = icmp(&format!("0301 0000 00000578 {QUOTE}"));
        assert!(other.numbers("icmp.mtu").is_empty());
        assert_eq!(other.nodes("icmp.unused").len(), 2);
    }

    #[test]
    fn extensions_begin_where_the_length_says_and_stand_behind_the_quotation() {
        let padded = format!("{QUOTE} {}", "00".repeat(100));
        let seen = icmp(&format!("0b00 0000 00200000 {padded} 2000 0000 0008 0101 05dc1101"));
        assert_eq!(seen.layers(), "raw_ip ipv4 icmp ipv4 udp trailer icmp_extensions");
        let (icmp_layer, extensions) = (seen.tape.layers[3], seen.tape.layers[7]);
        assert_eq!((extensions.nest, extensions.quoted, extensions.behind), (icmp_layer.nest + 1, false, true));
        assert_eq!(extensions.at.end, icmp_layer.inner_end);
        assert!(seen.tape.nodes.is_sorted_by_key(|n| n.layer));
    }

    #[test]
    fn a_length_beyond_the_message_is_impossible_and_loses_no_byte() {
        let seen = icmp(&format!("0b00 0000 00200000 {QUOTE}"));
        assert_eq!(seen.numbers("icmp.bad_length"), [1]);
        assert_eq!(seen.layers(), "raw_ip ipv4 icmp ipv4 udp");
    }

    #[test]
    fn a_pair_of_type_and_code_that_no_standard_knows_is_said_in_numbers() {
        let seen = icmp("0809 0000 0001 0002");
        assert!(seen.numbers("icmp.message").is_empty());
        assert_eq!((seen.numbers("icmp.odd_type"), seen.numbers("icmp.odd_code")), (vec![8], vec![9]));
        assert_eq!(icmp("c807 0000 01020304").layers(), "raw_ip ipv4 icmp data");
    }

    #[test]
    fn a_preference_can_be_negative_and_entries_can_be_longer_than_known() {
        let seen = icmp("0900 0000 01 03 0708 c0000201 80000000 00000000");
        assert_eq!(seen.numbers("icmp.preference"), [i64::from(i32::MIN).cast_unsigned()]);
        assert_eq!(seen.nodes("icmp.unused")[0].at.len(), 4);
        assert_eq!(icmp("0900 0000 01 01 0708 c0000201").numbers("icmp.bad_length"), [1]);
        assert!(icmp("0900 0000 ff 02 0708 c0000201 00000000").cut("icmp"));
    }
}
