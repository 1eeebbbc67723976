//! `ICMPv6`, RFC 4443: IPv6's own messages. Errors about other packets, ping, and all that ARP and IGMP do for
//! IPv4. Here are the head, the errors (§3) and echo (§4, RFC 8335).
//! Not here: names of kinds and codes (`icmpv6_types`), neighbours and routers (`ndp`), multicast (`mld`),
//! renumbering, node information; RPL, mobility and SEND are named and their bytes kept.

use super::{icmp_extensions, icmpv6_fields, icmpv6_types, mld, ndp, node_information, router_renumbering};
use crate::dissect::{
    Claim, Cut, Field, GistForm, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Flags, Hex, Names, Unit},
    field, name,
};

pub(super) static TYPE: Field = field("type", "kind of message", icmpv6_types::SHOW)
    .spec("RFC 4443 §2.1, IANA ICMPv6 parameters")
    .explain("What the message is about. Below 128 it reports an error, and nobody may answer an error with an error: two machines would never stop.");
pub(super) static MESSAGE: Field = field("message", "in words", icmpv6_types::SHOW)
    .gist_as(GistForm::First, "")
    .spec("RFC 4443 §2.1")
    .explain("The message's kind once more, for the one-line summary, where its code adds nothing to it.")
    .quiet();
pub(super) static UNKNOWN_TYPE: Field = field("unknown_type", "kind without a name", Dec)
    .gist("unknown kind ")
    .spec("RFC 4443 §2.4")
    .explain("No standard names this kind. A receiver hands an unknown error to the program it concerns and drops any other unknown message without a word.")
    .quiet();
pub(super) static CODE: Field = field("code", "code", Dec)
    .spec("RFC 4443 §2.1")
    .explain("Says more exactly what the kind leaves open. For most kinds there is nothing to say and it is 0.")
    .quiet();
pub(super) static CHECKSUM: Field = field("checksum", "checksum", Hex)
    .spec("RFC 4443 §2.3")
    .explain("Covers the message and the addresses of the IPv6 header, which has no checksum of its own: a packet gone astray is noticed here.")
    .quiet();
pub(super) static RESERVED: Field = field("reserved", "reserved", Hex)
    .spec("RFC 4443 §3, RFC 4861 §4")
    .explain("Kept free for later: senders write zeros, receivers do not look.")
    .quiet();
pub(super) static QUOTED_LENGTH: Field = field("quoted_length", "quoted bytes", Unit("bytes"))
    .spec("RFC 4884 §4.4")
    .explain("How much of the packet is quoted, where more about the error follows the quotation; 0 where the quotation goes to the end. It counts units of 8 bytes.")
    .quiet();
pub(super) static MTU: Field = field("mtu", "largest packet", Unit("bytes"))
    .gist("mtu=")
    .spec("RFC 4443 §3.2, RFC 8201")
    .explain("What fits through the narrow link. A firewall that swallows this message makes connections open and then hang, as no router cuts packets in IPv6.");
pub(super) static POINTER: Field = field("pointer", "trouble at byte", Dec)
    .gist("at byte ")
    .spec("RFC 4443 §3.4")
    .explain("Where in the quoted packet the reader gave up, counted from 0; it may lie beyond the quotation.");
pub(super) static ID: Field = field("id", "id", Dec)
    .gist("id=")
    .spec("RFC 4443 §4.1")
    .explain("Comes back unchanged in the answer: with it two pings on one machine know which answer is whose. It does what a port does for UDP.");
pub(super) static SEQ: Field = field("seq", "number", Dec)
    .gist("seq=")
    .spec("RFC 4443 §4.1")
    .explain("Counts the questions of one ping, so that lost and overtaken answers show as gaps.");
pub(super) static ECHO_DATA: Field = field("echo_data", "echoed bytes", Bytes)
    .spec("RFC 4443 §4.1")
    .explain("Whatever the asker likes; the answer brings it back unchanged. Linux writes the time into it and so need not remember when it asked.");
pub(super) static PROBE_SEQ: Field = field("probe_seq", "number of the probe", Dec)
    .gist("seq=")
    .spec("RFC 8335 §2")
    .explain("Counts the probes as ping's number does, in one byte only: the other one went to the flags.");
pub(super) static PROBE_LOCAL: Field = field(
    "probe_local",
    "whose interface",
    Names(&[
        name(0, "a neighbour's", "The machine shall look up in its table of neighbours."),
        name(1, "its own", "The machine shall look at its own interface."),
    ]),
)
.spec("RFC 8335 §2")
.explain("Whether the probed interface belongs to the machine that is asked or to a neighbour of it.");
pub(super) static PROBE_STATE: Field = field(
    "probe_state",
    "state of the neighbour",
    Names(&[
        name(0, "not asked for", "The probe was about the machine's own interface."),
        name(1, "incomplete", "The neighbour is being looked for."),
        name(2, "reachable", ""),
        name(3, "stale", "It was there some time ago."),
        name(4, "delay", "About to be checked."),
        name(5, "probe", "Being checked."),
        name(6, "failed", "It does not answer."),
    ]),
)
.spec("RFC 8335 §3")
.explain("What the machine's table of neighbours says of the probed address: whether it was heard of lately.");
pub(super) static PROBE_FLAGS: Field = field(
    "probe_flags",
    "interface is",
    Flags(&[
        name(0x4, "active", "The interface is up."),
        name(0x2, "IPv4", "IPv4 runs on the interface."),
        name(0x1, "IPv6", "IPv6 runs on the interface."),
    ]),
)
.gist("")
.spec("RFC 8335 §3")
.explain("The answer itself: an interface without an address of its own can be asked after, which ping cannot do.");
pub(super) static BODY: Field = field("body", "content", Bytes)
    .spec("RFC 4443 §2.1")
    .explain("What this kind of message holds, where it is not taken apart any further here.");

/// The Internet Control Message Protocol for IPv6.
pub static PROTOCOL: Protocol = Protocol {
    key: "icmpv6",
    name: "ICMPv6",
    level: Level::Network,
    explain: "IPv6's own messages: what went wrong with a packet, ping, and who lives on this wire. A network that blocks all of it does not work.",
    spec: "RFC 4443",
    claims: &[Claim::IpProto(58)],
    fields: icmpv6_fields::ALL,
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let kind = r.u8(&TYPE)?;
    let at_kind = r.behind(1);
    if !icmpv6_types::known(kind) {
        r.note_at(&UNKNOWN_TYPE, at_kind, u64::from(kind));
    }
    let code = r.u8(&CODE)?;
    let reason = icmpv6_types::reason(kind, code);
    if let Some(reason) = reason {
        r.note_at(reason, r.behind(1), u64::from(code));
    }
    let told = reason.is_some_and(|reason| reason.gist.is_some()) || says_itself(kind, r.rest());
    if icmpv6_types::known(kind) && !told {
        r.note_at(&MESSAGE, at_kind, u64::from(kind));
    }
    r.transport_checksum(&CHECKSUM, 58)?;
    match kind {
        1 | 3 => {
            let units = r.raw::<1>()?;
            let quoted = 8 * units.value as usize;
            r.note_at(&QUOTED_LENGTH, r.behind(1), quoted as u64);
            let unused = r.raw::<3>()?;
            r.part(&RESERVED, unused, 0..24);
            match icmp_extensions::begin(quoted, r.rest()) {
                Some(quoted) => r.append(quoted, &icmp_extensions::PROTOCOL),
                None if quoted > 0 => r.trim(quoted), // what follows is about the error, not part of the quotation
                None => {}
            }
            return Ok(Next::QuotedIp);
        }
        2 => {
            r.u32(&MTU)?;
            return Ok(Next::QuotedIp);
        }
        4 => {
            r.u32(&POINTER)?;
            return Ok(Next::QuotedIp);
        }
        128 | 129 => echo(r)?,
        130 => mld::query(r)?,
        131 | 132 => mld::one_group(r, kind)?,
        143 => mld::report(r)?,
        133..=137 | 141 | 142 => return ndp::read(r, kind),
        138 => router_renumbering::read(r, code)?,
        139 | 140 => node_information::read(r, kind, code)?,
        160 => probe(r)?,
        161 => probe_answer(r)?,
        _ => {}
    }
    r.all(&BODY);
    Ok(Next::Data)
}

/// Whether what follows gives a summary that needs no name of its kind in front: who has this address?
fn says_itself(kind: u8, checksum_and_body: &[u8]) -> bool {
    match kind {
        130 => mld::asks_for_one_group(checksum_and_body),
        131 | 132 | 135 | 136 => checksum_and_body.len() >= 22,
        143 => mld::says_something(checksum_and_body),
        _ => false,
    }
}

fn echo(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16(&ID)?;
    r.u16(&SEQ)?;
    r.all(&ECHO_DATA);
    Ok(())
}

fn probe(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16(&ID)?;
    r.u8(&PROBE_SEQ)?;
    let bits = r.raw::<1>()?;
    r.part(&RESERVED, bits, 0..7);
    r.part(&PROBE_LOCAL, bits, 7..8);
    r.append(0, &icmp_extensions::PROTOCOL);
    Ok(())
}

fn probe_answer(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16(&ID)?;
    r.u8(&PROBE_SEQ)?;
    let bits = r.raw::<1>()?;
    r.part(&PROBE_STATE, bits, 0..3);
    r.part(&RESERVED, bits, 3..5);
    r.part(&PROBE_FLAGS, bits, 5..8);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::icmpv6_fields;
    use crate::dissect::{GistForm, Node, Show, Value};
    use crate::protocols::testing::{Seen, hex, read, read_bytes};

    const ADDRESSES: &str = "20010db8000000000000000000000001 20010db8000000000000000000000002";

    fn icmpv6(message: &str) -> Seen {
        read(101, &format!("60000000 {:04x} 3a 40 {ADDRESSES} {message}", hex(message).len()))
    }

    /// What stands in the summary first, in words.
    fn first_words(seen: &Seen) -> Vec<&'static str> {
        let words = |node: &Node| match node.value {
            Value::Number(n) if node.field.gist_form == GistForm::First => node.field.named(n),
            _ => None,
        };
        seen.tape.nodes.iter().filter(|n| n.field.key != "flags").filter_map(words).map(|n| n.name).collect()
    }

    #[test]
    fn the_code_decides_what_the_summary_says() {
        let quoted = format!("60000000 0000 3b 40 {ADDRESSES}");
        assert_eq!(first_words(&icmpv6(&format!("0104 0000 00000000 {quoted}"))), ["port unreachable"]);
        assert_eq!(first_words(&icmpv6(&format!("0300 0000 00000000 {quoted}"))), ["hop limit exceeded"]);
        assert_eq!(first_words(&icmpv6("8000 0000 0001 0002")), ["echo request"]);
    }

    #[test]
    fn a_code_without_a_name_leaves_the_kind_to_speak() {
        let seen = icmpv6("0163 0000 00000000");
        assert_eq!(first_words(&seen), ["destination unreachable"]);
        assert_eq!(seen.numbers("icmpv6.code"), [99]);
        assert!(seen.nodes("icmpv6.unreachable").is_empty());
    }

    #[test]
    fn the_checksum_covers_the_addresses_of_the_ipv6_header() {
        // 8000 + 0001 + 0002, addresses 2 × 2001 + 2 × 0db8 + 1 + 2, length 8, next header 3a: complement 2445.
        assert_eq!(icmpv6("8000 2445 0001 0002").numbers("icmpv6.checksum_status"), [0]);
        assert_eq!(icmpv6("8000 2446 0001 0002").numbers("icmpv6.checksum_status"), [1]);
    }

    #[test]
    fn a_message_that_the_packet_does_not_hold_whole_is_not_judged() {
        let seen = read(101, &format!("60000000 0010 3a 40 {ADDRESSES} 8000 ffff 0001 0002"));
        assert_eq!(seen.numbers("icmpv6.checksum_status"), [4]);
    }

    #[test]
    fn an_error_quotes_the_packet_that_caused_it() {
        let seen = icmpv6(&format!("0104 0000 00000000 60000000 0008 11 40 {ADDRESSES} 00350036 00080000"));
        assert_eq!(seen.layers(), "raw_ip ipv6 icmpv6 ipv6 udp");
        let quoted: Vec<bool> = seen.tape.layers.iter().map(|l| l.quoted).collect();
        assert_eq!(quoted, [false, false, false, false, true, true]);
    }

    #[test]
    fn a_length_in_an_error_ends_the_quotation() {
        let quoted = format!("60000000 0008 11 40 {ADDRESSES} 00350036 00080000");
        let seen = icmpv6(&format!("0100 0000 06000000 {quoted} 2000daff 00080101 00019 1ff"));
        assert_eq!(seen.layers(), "raw_ip ipv6 icmpv6 ipv6 udp icmp_extensions");
        assert_eq!(seen.numbers("icmpv6.quoted_length"), [48]);
    }

    #[test]
    fn a_kind_without_a_name_is_said_to_be_one_and_its_bytes_are_kept() {
        let seen = icmpv6("de05 0000 0badcafe");
        assert_eq!(seen.numbers("icmpv6.unknown_type"), [222]);
        assert_eq!(seen.nodes("icmpv6.body")[0].at.len(), 4);
    }

    #[test]
    fn an_extended_echo_reply_tells_the_state_of_an_interface() {
        let seen = icmpv6("a100 0000 0007 02 45");
        assert_eq!(seen.numbers("icmpv6.probe_state"), [2]);
        assert_eq!(seen.numbers("icmpv6.probe_flags"), [5]);
    }

    #[test]
    fn every_kind_may_end_anywhere() {
        let body = hex(&"01020304 05060708".repeat(9));
        for kind in 0..=255u8 {
            for code in [0, 1, 255] {
                let message: Vec<u8> = [kind, code, 0, 0].into_iter().chain(body.iter().copied()).collect();
                for length in (1..message.len()).step_by(3) {
                    let mut packet = hex(&format!("60000000 {length:04x} 3a 40 {ADDRESSES}"));
                    packet.extend_from_slice(&message[..length]);
                    let seen = read_bytes(101, packet);
                    let noted = seen.tape.nodes.iter().map(|n| n.at.end as usize).max();
                    assert_eq!(noted, Some(seen.bytes.len()), "kind {kind}, code {code}, {length} bytes");
                }
            }
        }
    }

    #[test]
    fn fields_that_name_codes_name_them_in_the_order_of_the_codes() {
        for field in icmpv6_fields::ALL {
            if let Show::Names(names) = field.show {
                assert!(names.is_sorted_by_key(|n| n.value), "{}", field.key);
            }
        }
    }
}
