//! IGMP, RFC 3376 (version 3), RFC 2236 (2), RFC 1112 (1): which multicast groups are wanted on this wire?
//! Not here: IPv6's MLD (`icmpv6`), multicast routing (DVMRP, PIM); those are named and their bytes kept.

use super::igmp_fields::{
    AUX, AUX_LENGTH, CHECKSUM, CODE, DROPS, EVERY_GROUP, GROUP, INTERVAL, JOINS, LEAVES, MAX_RESPONSE, ONE_GROUP,
    OTHER, RECORD, RECORD_COUNT, RECORD_TYPE, RESERVED, ROBUSTNESS, SOURCE, SOURCE_COUNT, SUPPRESS, TYPE, UNUSED,
    VERSION,
};
use crate::dissect::{BAD_LENGTH, CHECKSUM_STATUS, CHECKSUM_WRONG, Claim, Cut, Level, Next, Protocol, Reader, Span};

/// The Internet Group Management Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "igmp",
    name: "IGMP",
    level: Level::Network,
    explain: "Tells routers which multicast groups somebody on this wire listens to. Switches overhear it and spare the other cables.",
    spec: "RFC 3376",
    claims: &[Claim::IpProto(2)],
    fields: &[
        &TYPE,
        &OTHER,
        &CODE,
        &VERSION,
        &MAX_RESPONSE,
        &UNUSED,
        &CHECKSUM,
        &CHECKSUM_STATUS,
        &CHECKSUM_WRONG,
        &GROUP,
        &EVERY_GROUP,
        &ONE_GROUP,
        &JOINS,
        &LEAVES,
        &DROPS,
        &RESERVED,
        &SUPPRESS,
        &ROBUSTNESS,
        &INTERVAL,
        &RECORD_COUNT,
        &RECORD,
        &RECORD_TYPE,
        &AUX_LENGTH,
        &SOURCE_COUNT,
        &SOURCE,
        &AUX,
        &BAD_LENGTH,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let length = r.left() + r.facts().missing as usize;
    let at = r.span(1);
    let kind = r.u8(&TYPE)?;
    match kind {
        0x11 => query(r, length)?,
        0x12 | 0x16 | 0x17 => {
            r.note(&VERSION, if kind == 0x12 { 1 } else { 2 });
            r.bytes(&UNUSED, 1)?;
            r.checksum(&CHECKSUM, r.complete())?;
            let at = r.span(4);
            r.array::<4>(&GROUP)?;
            r.note_bytes(if kind == 0x17 { &LEAVES } else { &JOINS }, at);
        }
        0x22 => {
            r.note(&VERSION, 3);
            r.bytes(&UNUSED, 1)?;
            r.checksum(&CHECKSUM, r.complete())?;
            r.u16(&RESERVED)?;
            let records = r.u16(&RECORD_COUNT)?;
            for _ in 0..records {
                r.group(&RECORD, record)?;
            }
        }
        _ => {
            r.note_at(&OTHER, at, u64::from(kind));
            r.u8(&CODE)?;
            r.checksum(&CHECKSUM, r.complete())?;
        }
    }
    Ok(Next::Data)
}

/// The question of a router; its length and its wait say which version asks.
fn query(r: &mut Reader<'_>, length: usize) -> Result<(), Cut> {
    let wait = r.raw::<1>()?.value;
    let version = match (length, wait) {
        (12.., _) => 3,
        (_, 0) => 1,
        _ => 2,
    };
    match version {
        1 => r.note_bytes(&UNUSED, r.behind(1)),
        2 => r.note_at(&MAX_RESPONSE, r.behind(1), wait),
        _ => r.note_at(&MAX_RESPONSE, r.behind(1), unpacked(wait)),
    }
    r.note(&VERSION, version);
    r.checksum(&CHECKSUM, r.complete())?;
    let at = r.span(4);
    if r.array::<4>(&GROUP)? == [0; 4] {
        r.note(&EVERY_GROUP, 1);
    } else {
        r.note_bytes(&ONE_GROUP, at);
    }
    if version == 3 {
        let bits = r.raw::<1>()?;
        r.part(&RESERVED, bits, 0..4);
        r.part(&SUPPRESS, bits, 4..5);
        r.part(&ROBUSTNESS, bits, 5..8);
        let interval = r.raw::<1>()?.value;
        r.note_at(&INTERVAL, r.behind(1), unpacked(interval));
        sources(r)?;
    }
    Ok(())
}

/// One group of a version 3 report.
fn record(r: &mut Reader<'_>) -> Result<(), Cut> {
    let kind = r.u8(&RECORD_TYPE)?;
    let words = r.raw::<1>()?;
    let aux = r.part_times(&AUX_LENGTH, words, 0..8, 4) as usize;
    let count = r.u16(&SOURCE_COUNT)?;
    let at = r.span(4);
    r.array::<4>(&GROUP)?;
    in_words(r, kind, count, at);
    list(r, count)?;
    if aux > 0 {
        r.bytes(&AUX, aux)?;
    }
    Ok(())
}

/// Says joining and leaving in the words that people use for it.
fn in_words(r: &mut Reader<'_>, kind: u8, sources: u16, group: Span) {
    match (kind, sources) {
        (1 | 3, 0) => r.note_bytes(&LEAVES, group),
        (1..=5, _) => r.note_bytes(&JOINS, group),
        (6, _) => r.note_bytes(&DROPS, group),
        _ => {}
    }
}

fn sources(r: &mut Reader<'_>) -> Result<(), Cut> {
    let count = r.u16(&SOURCE_COUNT)?;
    list(r, count)
}

fn list(r: &mut Reader<'_>, count: u16) -> Result<(), Cut> {
    if usize::from(count) * 4 > r.left() && !r.captured_short() && !r.quoted() {
        r.bad_length();
    }
    for _ in 0..count {
        r.array::<4>(&SOURCE)?;
    }
    Ok(())
}

/// RFC 3376 §4.1.1: from 128 on, three bits of exponent and four of mantissa.
fn unpacked(code: u64) -> u64 {
    if code < 128 { code } else { (code & 0x0f | 0x10) << ((code >> 4 & 7) + 3) }
}

#[cfg(test)]
mod tests {
    use super::unpacked;
    use crate::protocols::testing::{Seen, hex, read};

    fn igmp(message: &str) -> Seen {
        let length = 20 + hex(message).len();
        read(101, &format!("4500{length:04x} 00000000 0102 0000 c0000201 e0000001 {message}"))
    }

    #[test]
    fn length_and_wait_say_which_version_asks() {
        assert_eq!(igmp("1100 eeff 00000000").numbers("igmp.version"), [1]);
        assert_eq!(igmp("1164 ee9b 00000000").numbers("igmp.version"), [2]);
        assert_eq!(igmp("1164 ec1e 00000000 027d0000").numbers("igmp.version"), [3]);
        assert_eq!(igmp("1100 ec82 00000000 027d0000").numbers("igmp.version"), [3]);
    }

    #[test]
    fn padding_of_the_frame_does_not_make_a_version_3_query() {
        let seen = read(
            1,
            "01005e000001 020000000001 0800 4500001c 00000000 0102 0000 c0000201 e0000001 1164ee9b 00000000 0000000000000000",
        );
        assert_eq!(seen.numbers("igmp.version"), [2]);
        assert_eq!(seen.numbers("igmp.checksum_status"), [0]);
    }

    #[test]
    fn from_128_on_times_are_small_floating_point_numbers() {
        assert_eq!([0, 127, 128, 140, 255].map(unpacked), [0, 127, 128, 224, 31744]);
    }

    #[test]
    fn only_version_3_unpacks_the_time_to_answer() {
        assert_eq!(igmp("118c 0000 00000000").numbers("igmp.max_response"), [140]);
        assert_eq!(igmp("118c 0000 00000000 02950000").numbers("igmp.max_response"), [224]);
        assert_eq!(igmp("118c 0000 00000000 02950000").numbers("igmp.interval"), [336]);
    }

    #[test]
    fn to_want_no_sender_is_to_leave_and_to_refuse_none_is_to_join() {
        let seen = igmp("2200 0000 0000 0002 04000000 e9fc0009 03000000 e9fc000a");
        assert_eq!(seen.nodes("igmp.joins")[0].at, seen.nodes("igmp.group")[0].at);
        assert_eq!(seen.nodes("igmp.leaves")[0].at, seen.nodes("igmp.group")[1].at);
        assert_eq!((seen.nodes("igmp.joins").len(), seen.nodes("igmp.leaves").len()), (1, 1));
    }

    #[test]
    fn additional_data_stands_behind_the_senders_and_counts_in_words() {
        let seen = igmp("2200 0000 0000 0001 01010001 e9fc0009 c6336401 deadbeef");
        assert_eq!(seen.nodes("igmp.source").len(), 1);
        assert_eq!(seen.nodes("igmp.aux")[0].at.len(), 4);
    }

    #[test]
    fn more_senders_than_bytes_are_impossible_and_end_the_layer() {
        let seen = igmp("2200 0000 0000 ffff 0100ffff e9fc0009 c6336401");
        assert_eq!(seen.numbers("igmp.bad_length"), [1]);
        assert!(seen.cut("igmp"));
    }

    #[test]
    fn other_protocols_under_the_number_are_named_and_keep_their_bytes() {
        let seen = igmp("1301 0000 000aff03");
        assert_eq!(seen.layers(), "raw_ip ipv4 igmp data");
        assert_eq!(seen.numbers("igmp.other"), [0x13]);
    }
}
