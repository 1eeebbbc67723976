//! Multicast listener discovery, RFC 2710 and RFC 3810: which machine listens to which group. Routers ask,
//! machines report; what IGMP does for IPv4.
//! Not here: how switches use it to spare ports that nobody listens on (RFC 4541).

use super::icmpv6;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Ip, Names, Nothing, Unit},
    Span, field, name,
};

pub(super) static MAX_RESPONSE: Field = field("max_response", "answer within", Unit("ms"))
    .spec("RFC 2710 §3.4, RFC 3810 §5.1.3")
    .explain("Each listener waits a random time up to this, so that not all answer at once. Above 32767 the two bytes hold a number and how often to double it.");
pub(super) static GROUP: Field = field("group", "group", Ip)
    .spec("RFC 2710 §3.6, RFC 3810 §5.1.5")
    .explain("The group that the message is about. In a question :: means all groups.");
pub(super) static MLD_RESERVED: Field = field("mld_reserved", "reserved bits", Dec)
    .spec("RFC 3810 §5.1.6")
    .explain("Four bits beside the router's settings that nobody uses so far.")
    .quiet();
pub(super) static SUPPRESS: Field =
    field("suppress", "do not restart timers", Names(&[name(0, "no", ""), name(1, "yes", "")]))
        .spec("RFC 3810 §5.1.7")
        .explain("Set on a repeated question: other routers that hear it shall not begin to wait anew.")
        .quiet();
pub(super) static ROBUSTNESS: Field = field("robustness", "robustness", Dec)
    .spec("RFC 3810 §5.1.8")
    .explain("How many times everything is said, since nothing is confirmed: 2 survives the loss of one message.")
    .quiet();
pub(super) static QUERY_INTERVAL: Field = field("query_interval", "asks every", Unit("seconds"))
    .spec("RFC 3810 §5.1.9")
    .explain("How often the router asks. Who does not answer two or three times is taken to have stopped listening.");
pub(super) static SOURCE_COUNT: Field = field("source_count", "senders listed", Dec)
    .spec("RFC 3810 §5.1.10, §5.2.7")
    .explain("How many addresses of senders follow; with none the group is meant whoever speaks to it.")
    .quiet();
pub(super) static SOURCE: Field = field("source", "sender", Ip).spec("RFC 3810 §5.1.11, §5.2.9").explain(
    "A sender that the listener wants to hear, or does not: television providers send each channel from one address.",
);
pub(super) static RECORD_COUNT: Field = field("record_count", "groups reported", Dec)
    .spec("RFC 3810 §5.2.3")
    .explain("How many groups the report speaks of: the newer form tells all of a machine's groups in one message.")
    .quiet();
pub(super) static RECORD: Field = field("record", "group report", Nothing)
    .spec("RFC 3810 §5.2.4")
    .explain("What the machine wants of one group: which senders, or all but some.");
pub(super) static RECORD_TYPE: Field = field(
    "record_type",
    "what it says",
    Names(&[
        name(1, "hears only", "State: the listed senders and no others."),
        name(2, "hears all but", "State: everybody except the listed senders."),
        name(3, "changes to only", "From now on the listed senders; with none listed it leaves the group."),
        name(4, "changes to all but", "From now on everybody except those listed; with none listed it joins."),
        name(5, "allows new", "The listed senders too."),
        name(6, "blocks old", "The listed senders no longer."),
    ]),
)
.spec("RFC 3810 §5.2.12")
.explain("Whether it is an answer that tells how things are, or a change that the machine tells unasked. Leaving is \"only these\" with an empty list.");
pub(super) static AUX_LENGTH: Field = field("aux_length", "further data", Unit("bytes"))
    .spec("RFC 3810 §5.2.6")
    .explain("Bytes behind the senders, counted in words of 4 on the wire. No standard defines any.")
    .quiet();
pub(super) static AUX: Field = field("aux", "further data of a group", Bytes)
    .spec("RFC 3810 §5.2.10")
    .explain("Something that a later standard appended to the record; receivers step over it.");
pub(super) static ASKS: Field = field("asks", "who listens to", Ip)
    .gist("who listens to ")
    .spec("RFC 3810 §5.1")
    .explain("The question in plain words: asked after somebody left, to learn whether others remain.")
    .quiet();
pub(super) static LISTENS: Field = field("listens", "listens to", Ip)
    .gist("listens to ")
    .spec("RFC 3810 §5.2.12")
    .explain("The answer in plain words: keep sending me what is sent to this group.")
    .quiet();
pub(super) static JOINS: Field = field("joins", "joins", Ip)
    .gist("joins ")
    .spec("RFC 3810 §5.2.12")
    .explain("The change in plain words: from now on I want to hear this group. Each address of a machine has such a group too, so this is seen at every start.")
    .quiet();
pub(super) static LEAVES: Field = field("leaves", "leaves", Ip)
    .gist("leaves ")
    .spec("RFC 3810 §5.2.12")
    .explain("The change in plain words: I no longer need this group, unless somebody else on this wire does.")
    .quiet();

/// Whether a query is about one group; the bytes begin with the checksum.
pub(super) fn asks_for_one_group(bytes: &[u8]) -> bool {
    bytes.get(6..22).is_some_and(|group| group != [0; 16])
}

/// Whether a report has a first record that the summary can tell; the bytes begin with the checksum.
pub(super) fn says_something(bytes: &[u8]) -> bool {
    let Some(&[kind, _, high, low]) = bytes.get(6..).and_then(<[u8]>::first_chunk) else { return false };
    bytes.len() >= 26 && in_words(kind, u16::from_be_bytes([high, low])).is_some()
}

/// A query, in the older form or the newer one, which is longer than 24 bytes.
pub(super) fn query(r: &mut Reader<'_>) -> Result<(), Cut> {
    let newer = r.left() > 20;
    let code = r.raw::<2>()?;
    let wait = if newer { float(code.value, 12) } else { code.value };
    r.note_at(&MAX_RESPONSE, r.behind(2), wait);
    r.u16(&icmpv6::RESERVED)?;
    if group(r)?.1 {
        r.note_bytes(&ASKS, r.behind(16));
    }
    if newer {
        let bits = r.raw::<1>()?;
        r.part(&MLD_RESERVED, bits, 0..4);
        r.part(&SUPPRESS, bits, 4..5);
        r.part(&ROBUSTNESS, bits, 5..8);
        let interval = r.raw::<1>()?;
        r.note_at(&QUERY_INTERVAL, r.behind(1), float(interval.value, 4));
        let count = r.u16(&SOURCE_COUNT)?;
        sources(r, count)?;
    }
    Ok(())
}

/// A report or a goodbye in the older form.
pub(super) fn one_group(r: &mut Reader<'_>, kind: u8) -> Result<(), Cut> {
    r.u16(&MAX_RESPONSE)?;
    r.u16(&icmpv6::RESERVED)?;
    let (at, _) = group(r)?;
    r.note_bytes(if kind == 131 { &LISTENS } else { &LEAVES }, at);
    Ok(())
}

/// A report in the newer form.
pub(super) fn report(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16(&icmpv6::RESERVED)?;
    let count = r.u16(&RECORD_COUNT)?;
    for _ in 0..count {
        r.group(&RECORD, record)?;
    }
    Ok(())
}

fn record(r: &mut Reader<'_>) -> Result<(), Cut> {
    let kind = r.u8(&RECORD_TYPE)?;
    let words = r.raw::<1>()?;
    let aux = 4 * words.value as usize;
    r.note_at(&AUX_LENGTH, r.behind(1), aux as u64);
    let count = r.u16(&SOURCE_COUNT)?;
    let (at, _) = group(r)?;
    if let Some(words) = in_words(kind, count) {
        r.note_bytes(words, at);
    }
    sources(r, count)?;
    if aux > 0 {
        r.bytes(&AUX, aux)?;
    }
    Ok(())
}

/// What a record says of its group in plain words; blocking some senders is neither joining nor leaving.
fn in_words(kind: u8, senders: u16) -> Option<&'static Field> {
    match (kind, senders) {
        (3, 0) => Some(&LEAVES),
        (3..=5, _) => Some(&JOINS),
        (2, _) | (1, 1..) => Some(&LISTENS),
        _ => None,
    }
}

/// A group: where it stands, and whether it is one.
fn group(r: &mut Reader<'_>) -> Result<(Span, bool), Cut> {
    let address = r.array::<16>(&GROUP)?;
    Ok((r.behind(16), address != [0; 16]))
}

fn sources(r: &mut Reader<'_>, count: u16) -> Result<(), Cut> {
    for _ in 0..count {
        r.array::<16>(&SOURCE)?;
    }
    Ok(())
}

/// A number whose top bit says that it is a mantissa of `mantissa` bits and three bits of exponent before it.
fn float(code: u64, mantissa: u32) -> u64 {
    if code >> (mantissa + 3) == 0 {
        return code;
    }
    let exponent = (code >> mantissa) & 7;
    ((code & ((1 << mantissa) - 1)) | (1 << mantissa)) << (exponent + 3)
}

#[cfg(test)]
mod tests {
    use super::float;
    use crate::protocols::testing::{Seen, hex, read};

    const GROUP: &str = "ff0200000000000000000000000000fb";
    const SENDER: &str = "20010db8000000000000000000000033";

    fn mld(message: &str) -> Seen {
        let addresses = "fe800000000000000000000000000005 ff020000000000000000000000000016";
        read(101, &format!("60000000 {:04x} 3a 01 {addresses} {message}", hex(message).len()))
    }

    #[test]
    fn a_query_of_24_bytes_is_the_older_form() {
        let seen = mld(&format!("8200 0000 9800 0000 {GROUP}"));
        assert_eq!(seen.numbers("icmpv6.max_response"), [0x9800]);
        assert!(seen.nodes("icmpv6.robustness").is_empty());
    }

    #[test]
    fn a_longer_query_writes_large_numbers_as_floating_ones() {
        let seen = mld(&format!("8200 0000 9800 0000 {GROUP} 0a a4 0001 {SENDER}"));
        assert_eq!(seen.numbers("icmpv6.max_response"), [98304]);
        assert_eq!(seen.numbers("icmpv6.query_interval"), [640]);
        assert_eq!(seen.numbers("icmpv6.suppress"), [1]);
        assert_eq!(seen.nodes("icmpv6.source").len(), 1);
    }

    #[test]
    fn floating_numbers_begin_where_the_plain_ones_end() {
        assert_eq!((float(0x7f, 4), float(0x80, 4), float(0xff, 4)), (127, 128, 31744));
        assert_eq!((float(0x7fff, 12), float(0x8000, 12), float(0xffff, 12)), (32767, 32768, 8_387_584));
    }

    #[test]
    fn a_query_for_no_group_asks_for_all_of_them() {
        let seen = mld("8200 0000 2710 0000 00000000000000000000000000000000");
        assert!(seen.nodes("icmpv6.asks").is_empty());
        assert_eq!(seen.numbers("icmpv6.message"), [130]);
    }

    #[test]
    fn wanting_everybody_but_nobody_is_joining_and_only_nobody_is_leaving() {
        let seen = mld(&format!("8f00 0000 0000 0002 04 00 0000 {GROUP} 03 00 0000 {GROUP}"));
        assert_eq!(seen.nodes("icmpv6.joins").len(), 1);
        assert_eq!(seen.nodes("icmpv6.leaves").len(), 1);
        assert!(seen.nodes("icmpv6.message").is_empty());
    }

    #[test]
    fn blocking_a_sender_is_not_leaving_the_group() {
        let seen = mld(&format!("8f00 0000 0000 0001 06 01 0001 {GROUP} {SENDER} 01020304"));
        assert!(seen.nodes("icmpv6.leaves").is_empty());
        assert_eq!(seen.numbers("icmpv6.message"), [143]);
        assert_eq!(seen.nodes("icmpv6.aux")[0].at.len(), 4);
    }

    #[test]
    fn more_groups_than_there_are_bytes_for_are_cut_short() {
        assert!(mld(&format!("8f00 0000 0000 ffff 04 00 0000 {GROUP}")).cut("icmpv6"));
    }
}
