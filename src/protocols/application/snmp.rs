//! SNMP: asks routers, printers and servers how they are. One format in three dresses: version 1
//! (RFC 1157) and 2c (RFC 1901, RFC 3416) with a password in the clear, version 3 (RFC 3412) with real security.
//! Not here: what version 3 carries behind its header, mostly encrypted; BER (`ber`), values (`snmp_values`), its header (`snmp_v3`).

use super::{ber, snmp_v3 as v3, snmp_values as values};
use crate::dissect::{
    Claim, Cut, Field, GistForm, Level, Name, Next, Protocol, Reader,
    Show::{Bytes, Dec, Ip, Names, Signed, Text, Unit},
    field, name,
};

static VERSION: Field = field(
    "version",
    "version",
    Names(&[
        name(0, "v1", "1988: with a password in the clear."),
        name(1, "v2c", "1996: asks for much at once; still with a password in the clear."),
        name(V3, "v3", "2002: with signatures and encryption."),
    ]),
)
.gist("")
.spec("RFC 1157 §4, RFC 3412 §6")
.explain("The number is one less than the name for the first two, since counting began at 0; version 3 is a 3.");
static COMMUNITY: Field = field("community", "community", Text).tells()
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 1157 §3.2.5, RFC 1901 §3")
    .explain("A password that everybody on the way can read. Most devices are delivered with \"public\" for reading and \"private\" for changing.");
static PDU_TYPE: Field = field(
    "pdu_type",
    "kind of message",
    Names(&[
        name(0, "get-request", "Tell me these values."),
        name(
            1,
            "get-next-request",
            "Tell me what comes after these: so a whole table is walked without knowing its rows.",
        ),
        name(2, "response", "The answer."),
        name(3, "set-request", "Change these values."),
        name(TRAP_V1, "trap", "Something has happened; unasked. The form of version 1."),
        name(GET_BULK, "get-bulk-request", "Walk on for many rows at once."),
        name(6, "inform-request", "Something has happened; tell me that you know."),
        name(7, "trap", "Something has happened; unasked and unanswered."),
        name(8, "report", "I could not even read your message."),
    ]),
)
.gist_as(GistForm::First, "")
.spec("RFC 1157 §4, RFC 3416 §3")
.explain("Asking and answering have one form: a question lists names with empty values, the answer fills them in.");
static REQUEST_ID: Field = field("request_id", "request", Signed(""))
    .spec("RFC 3416 §3, RFC 1157 §4.1.1")
    .explain("Ties an answer to its question, as many are under way at once and UDP may lose or swap them.");
static ERROR_STATUS: Field = field("error_status", "error", Names(ERRORS))
    .gist_as(GistForm::NonZero, "error: ")
    .spec("RFC 3416 §3, RFC 1157 §4.1.1")
    .explain("Why the device could not do it. Always 0 in a question.");
static ERROR_INDEX: Field = field("error_index", "error at value", Dec)
    .spec("RFC 3416 §3, RFC 1157 §4.1.1")
    .explain("Which of the values below is to blame, counted from 1; all of them fail together.")
    .quiet();
static NON_REPEATERS: Field = field("non_repeaters", "asked once", Dec)
    .spec("RFC 3416 §4.2.3")
    .explain("How many of the first names are asked for a single value, such as the time since the device started.");
static MAX_REPETITIONS: Field = field("max_repetitions", "rows wanted", Dec)
    .gist("rows=")
    .spec("RFC 3416 §4.2.3")
    .explain("How many rows to walk on for all other names. A small question makes a large answer: attackers flood victims with it under a false address.");
static ENTERPRISE: Field = field("enterprise", "kind of device", Text)
    .gist("")
    .spec("RFC 1157 §4.1.6")
    .explain("The vendor's name for this kind of device; with it the numbers below get their meaning.");
static AGENT_ADDRESS: Field = field("agent_address", "device's address", Ip)
    .spec("RFC 1157 §4.1.6")
    .explain("Who has something to report, by its own word: behind address translation it differs from the sender in the IP header.");
static GENERIC_TRAP: Field = field(
    "generic_trap",
    "event",
    Names(&[
        name(0, "cold start", "Started anew; settings may have changed."),
        name(1, "warm start", "Started anew, with the same settings."),
        name(2, "link down", ""),
        name(3, "link up", ""),
        name(4, "authentication failure", "Somebody used a wrong community."),
        name(5, "EGP neighbour lost", "A routing protocol long gone."),
        name(6, "vendor's own", "The next number says which."),
    ]),
)
.gist("")
.spec("RFC 1157 §4.1.6")
.explain("What has happened. Six events were thought of in 1988; everything else is the vendor's own.");
static SPECIFIC_TRAP: Field = field("specific_trap", "vendor's event", Dec)
    .spec("RFC 1157 §4.1.6")
    .explain("Which of the vendor's own events; the vendor's documents say what it means.");
static UPTIME: Field = field("uptime", "running for", Unit("hundredths of a second"))
    .spec("RFC 1157 §4.1.6")
    .explain("How long the device had been up when it happened. It starts again at 0 after 497 days.");
static UNREAD: Field = field("unread", "left unread", Bytes)
    .spec("RFC 3416 §3")
    .explain("Bytes within the stated length that no rule accounts for, or that follow a broken value.");

const V3: u64 = 3;
const TRAP_V1: u64 = 4;
const GET_BULK: u64 = 5;

const ERRORS: &[Name] = &[
    name(0, "none", ""),
    name(1, "too big", "The answer does not fit into one message."),
    name(2, "no such name", "Version 1 only."),
    name(3, "bad value", "Version 1 only."),
    name(4, "read only", "Version 1 only."),
    name(5, "general error", ""),
    name(6, "no access", ""),
    name(7, "wrong type", ""),
    name(8, "wrong length", ""),
    name(9, "wrong encoding", ""),
    name(10, "wrong value", ""),
    name(11, "no creation", ""),
    name(12, "inconsistent value", ""),
    name(13, "resource unavailable", ""),
    name(14, "commit failed", ""),
    name(15, "undo failed", "It is now neither as before nor as wanted."),
    name(16, "authorization error", ""),
    name(17, "not writable", ""),
    name(18, "inconsistent name", ""),
];

/// The Simple Network Management Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "snmp",
    name: "SNMP",
    level: Level::Application,
    explain: "Asks routers, printers and servers how they are: every number of a device has a name made of numbers, and all devices answer alike.",
    spec: "RFC 3411",
    claims: &[Claim::UdpLooks(looks), Claim::UdpPort(161), Claim::UdpPort(162)],
    fields: &[
        &ber::TYPE,
        &VERSION,
        &COMMUNITY,
        &PDU_TYPE,
        &REQUEST_ID,
        &ERROR_STATUS,
        &ERROR_INDEX,
        &NON_REPEATERS,
        &MAX_REPETITIONS,
        &ENTERPRISE,
        &AGENT_ADDRESS,
        &GENERIC_TRAP,
        &SPECIFIC_TRAP,
        &UPTIME,
        &values::BINDING,
        &values::NAME,
        &values::INTEGER,
        &values::NUMBER,
        &values::TICKS,
        &values::TEXT,
        &values::BYTES,
        &values::IDENTIFIER,
        &values::ADDRESS,
        &values::MISSING,
        &v3::MESSAGE_ID,
        &v3::MAX_SIZE,
        &v3::FLAGS,
        &v3::SECURITY_MODEL,
        &v3::SECURITY_PARAMETERS,
        &v3::SCOPED_DATA,
        &UNREAD,
        &ber::BROKEN,
    ],
    read,
    frame: None,
};

/// A sequence that fills the datagram, a known version, and what must come behind it.
fn looks(payload: &[u8]) -> bool {
    let part = |bytes, kind| ber::Header::of(bytes).filter(|h| h.kind == kind)?.split(bytes);
    let Some((message, [])) = part(payload, ber::SEQUENCE) else { return false };
    let Some(([version], rest)) = part(message, ber::INTEGER) else { return false };
    match version {
        0 | 1 => part(rest, ber::OCTETS).is_some_and(|(_, pdu)| matches!(pdu.first(), Some(0xa0..=0xa8))),
        3 => part(rest, ber::SEQUENCE).is_some_and(|(_, rest)| part(rest, ber::OCTETS).is_some()),
        _ => false,
    }
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let Some(header) = ber::Header::of(r.rest()).filter(|h| h.kind == ber::SEQUENCE) else {
        r.note(&ber::BROKEN, 1);
        r.all(&UNREAD);
        return Ok(Next::Data);
    };
    ber::header(r)?;
    let complete = r.left() >= header.length;
    r.within(header.length, |r| {
        // Values that contradict their own length are a finding; bytes that the capture lacks are not.
        if message(r).is_err() && complete {
            r.note(&ber::BROKEN, 1);
        }
        r.all(&UNREAD);
        Ok(())
    })?;
    Ok(Next::Data)
}

fn message(r: &mut Reader<'_>) -> Result<(), Cut> {
    if ber::integer(r, &VERSION)? == V3.cast_signed() {
        return v3::read(r);
    }
    ber::octets(r, &COMMUNITY)?;
    if !matches!(r.rest().first(), Some(0xa0..=0xa8)) {
        return Err(Cut);
    }
    let header = ber::header_as(r, &PDU_TYPE)?;
    r.within(header.length, |r| match header.kind & 0x1f {
        TRAP_V1 => trap(r),
        kind => pdu(r, kind),
    })
}

fn pdu(r: &mut Reader<'_>, kind: u64) -> Result<(), Cut> {
    ber::integer(r, &REQUEST_ID)?;
    let (status, index) =
        if kind == GET_BULK { (&NON_REPEATERS, &MAX_REPETITIONS) } else { (&ERROR_STATUS, &ERROR_INDEX) };
    ber::integer(r, status)?;
    ber::integer(r, index)?;
    values::bindings(r)
}

fn trap(r: &mut Reader<'_>) -> Result<(), Cut> {
    let length = ber::expect(r, ber::OID)?;
    ber::oid(r, &ENTERPRISE, length)?;
    values::address(r, &AGENT_ADDRESS)?;
    ber::integer(r, &GENERIC_TRAP)?;
    ber::integer(r, &SPECIFIC_TRAP)?;
    let ticks = ber::header(r)?;
    ber::unsigned(r, &UPTIME, ticks.length)?;
    values::bindings(r)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::protocols::testing::{Seen, udp};

    /// A value with its type and a short length in front, all in hex.
    pub(in super::super) fn tlv(kind: u8, content: &str) -> String {
        let content: String = content.chars().filter(char::is_ascii_hexdigit).collect();
        format!("{kind:02x}{:02x}{content}", content.len() / 2)
    }

    /// What SNMP reads in a version 2c message of this kind with these values.
    pub(in super::super) fn message(pdu: u8, bindings: &str) -> Seen {
        let pdu = tlv(pdu, &format!("020101 020100 020100 {}", tlv(0x30, bindings)));
        udp("c00100a1", &tlv(0x30, &format!("020101 04067075626c6963 {pdu}")))
    }

    #[test]
    fn a_question_on_any_port_is_recognised_by_its_form() {
        let pdu = tlv(0xa0, "020101 020100 020100 3000");
        let text = tlv(0x30, &format!("020101 04067075626c6963 {pdu}"));
        let seen = udp("c001c002", &text);
        assert_eq!(seen.layers(), "ethernet ipv4 udp snmp");
        assert_eq!(seen.texts("snmp.community"), ["public"]);
        assert_eq!(seen.numbers("snmp.pdu_type"), [0]);
        assert_eq!(udp("c001c002", &format!("{text}00")).layers(), "ethernet ipv4 udp data", "a byte is over");
    }

    #[test]
    fn get_bulk_has_counts_where_the_others_have_an_error() {
        let seen = message(0xa5, "");
        assert_eq!(seen.numbers("snmp.non_repeaters").len(), 1);
        assert!(seen.numbers("snmp.error_status").is_empty());
    }

    #[test]
    fn a_request_number_may_be_negative() {
        let pdu = tlv(0xa0, "0204ffffff85 020100 020100 3000");
        let seen = udp("c00100a1", &tlv(0x30, &format!("020100 0400 {pdu}")));
        assert_eq!(seen.numbers("snmp.request_id")[0].cast_signed(), -123);
    }

    #[test]
    fn a_wrong_type_is_broken_and_bytes_that_are_missing_are_cut() {
        let seen = udp("c00100a1", &tlv(0x30, "040101"));
        assert_eq!(seen.numbers("snmp.broken_encoding"), [1]);
        assert!(!seen.cut("snmp"));
        let seen = udp("c00100a1", "3020 020101 0406 7075");
        assert!(seen.cut("snmp") && seen.numbers("snmp.broken_encoding").is_empty());
        assert_eq!(udp("c00100a1", "ffff").numbers("snmp.broken_encoding"), [1]);
    }
}
