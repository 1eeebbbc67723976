//! DNS, RFC 1035: names to addresses. A message is a header, questions, and records in three sections.
//! Multicast DNS and LLMNR share the message and differ in a few bits.
//! Not here: the header (`dns_header`), names (`dns_name`), what a record says (`dns_records`), joining a message that TCP has split.

use super::dns_name::{Message, name as take_name};
use super::{dns_edns, dns_fields, dns_header, dns_records, dns_types};
use crate::dissect::{
    Claim, Cut, Field, Framing, Level, Name, Next, Protocol, Reader,
    Show::{Bytes, Names, Nothing, Text, Unit},
    Talk, field, name,
};

pub(super) const NO_YES: &[Name] = &[name(0, "no", ""), name(1, "yes", "")];

pub(super) static MESSAGE_LENGTH: Field = field("message_length", "message length", Unit("bytes"))
    .spec("RFC 1035 §4.2.2")
    .explain("Stands in front of the message over TCP only: a stream has no edges, so the receiver must be told where the message ends.");
pub(super) static PARTIAL: Field = field("partial", "part of a message", Nothing)
    .gist("part of a message")
    .spec("RFC 1035 §4.2.2")
    .explain("The message begins or goes on in other segments, so that this one alone cannot be read.");
pub(super) static UNREAD: Field = field("unread", "left unread", Bytes)
    .spec("RFC 1035 §4.2.2")
    .explain("Bytes within the stated length of the message that no count in its header accounts for, or that follow a broken record.");
pub(super) static QUESTION: Field = field("question", "question", Nothing)
    .spec("RFC 1035 §4.1.2")
    .explain("What is asked: a name, and which kind of record about it. Answers repeat it.");
pub(super) static ANSWER: Field = field("answer", "answer", Nothing)
    .spec("RFC 1035 §4.1.3")
    .explain("A record that answers the question, or an alias on the way to the answer.");
pub(super) static AUTHORITY: Field = field("authority", "authority", Nothing)
    .spec("RFC 1035 §4.1.3")
    .explain("A record that says who knows more about the name, or proves that there is nothing.");
pub(super) static ADDITIONAL: Field = field("additional", "additional", Nothing)
    .spec("RFC 1035 §4.1.3")
    .explain("A record nobody asked for but will probably need next; the options of EDNS travel here too.");
pub(super) static QNAME: Field = field("qname", "asked name", Text).tells().gist("? ").titles().spec("RFC 1035 §4.1.2").explain(
    "The name to look up. It travels unencrypted, so that everyone on the way sees which site you are about to visit.",
);
pub(super) static QTYPE: Field = field("qtype", "asked type", Names(dns_types::TYPES))
    .gist("")
    .spec("RFC 1035 §3.2.2")
    .explain("Which kind of record is wanted: the same name can have addresses, mail servers and texts.");
pub(super) static QCLASS: Field = field("qclass", "class", Names(dns_types::CLASSES))
    .spec("RFC 1035 §3.2.4")
    .explain("The family of networks; only the Internet is left, the others are history.")
    .quiet();
pub(super) static UNICAST: Field = field("unicast_response", "answer only to me", Names(NO_YES))
    .spec("RFC 6762 §5.4")
    .explain("Multicast DNS uses the top bit of the class: yes asks for an answer to the asker alone instead of to everybody.")
    .quiet();
pub(super) static RR_NAME: Field = field("rr_name", "name", Text)
    .tells()
    .gist("= ")
    .spec("RFC 1035 §4.1.3")
    .explain("Whom the record is about. Mostly two bytes that point back to the question, to save space.");
pub(super) static RR_TYPE: Field = field("rr_type", "type", Names(dns_types::TYPES))
    .gist("")
    .spec("RFC 1035 §3.2.2")
    .explain("How the record's data is to be read; an unknown type can still be passed on, as its length is known.");
pub(super) static RR_CLASS: Field = field("rr_class", "class", Names(dns_types::CLASSES))
    .spec("RFC 1035 §3.2.4")
    .explain("The family of networks; in multicast DNS its top bit has another use.")
    .quiet();
pub(super) static CACHE_FLUSH: Field = field("cache_flush", "forget older ones", Names(NO_YES))
    .spec("RFC 6762 §10.2")
    .explain("Multicast DNS uses the top bit of the class: yes says that this replaces all that was known of the name.")
    .quiet();
pub(super) static TTL: Field = field("ttl", "may be kept", Unit("seconds"))
    .spec("RFC 1035 §4.1.3")
    .explain("How long the record may be remembered. It is why a change of address takes minutes or hours to be seen everywhere.");
pub(super) static RDLENGTH: Field = field("rdlength", "data length", Unit("bytes"))
    .spec("RFC 1035 §4.1.3")
    .explain("Bytes of data that follow; with it a reader can step over types it does not know.")
    .quiet();

/// Which of the three protocols that share the message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Ordinary DNS.
    Unicast,
    /// Multicast DNS, RFC 6762.
    Multicast,
    /// LLMNR, RFC 4795.
    LinkLocal,
}

/// The Domain Name System.
pub static PROTOCOL: Protocol = Protocol {
    key: "dns",
    name: "DNS",
    level: Level::Application,
    explain: "Turns names into addresses. Nearly every connection begins with one small question and one small answer.",
    spec: "RFC 1035",
    claims: &[Claim::UdpPort(53), Claim::TcpPort(53)],
    fields: dns_fields::ALL,
    read: |r| read(r, Kind::Unicast),
    frame: Some(frame),
};

/// Over TCP two bytes in front say how long the message is (RFC 1035 §4.2.2).
fn frame(bytes: &[u8], _: &mut Talk, _: bool) -> Framing {
    let [high, low, ..] = *bytes else { return Framing::More(None) };
    let all = 2 + usize::from(u16::from_be_bytes([high, low]));
    if all <= bytes.len() { Framing::Message(all) } else { Framing::More(Some(all as u64)) }
}

/// Takes one message, over TCP with the length in front of it.
pub(super) fn read(r: &mut Reader<'_>, kind: Kind) -> Result<Next, Cut> {
    if r.facts().transport != Some(6) || r.is_made() {
        message(r, kind)?;
        return Ok(Next::Data);
    }
    let length = match *r.rest() {
        [high, low, ref rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            rest.get(..length).filter(|message| plausible(message)).map(|_| length)
        }
        _ => None,
    };
    let Some(length) = length else {
        r.note(&PARTIAL, 1);
        return Ok(Next::Data);
    };
    r.u16(&MESSAGE_LENGTH)?;
    r.within(length, |r| {
        let read = message(r, kind);
        r.all(&UNREAD);
        read
    })?;
    Ok(Next::Again)
}

/// Whether the counts fit: a segment on port 53 may as well hold the middle of a long message.
pub(super) fn plausible(message: &[u8]) -> bool {
    let Some(&[_, _, flags, _, q1, q2, a1, a2, n1, n2, x1, x2]) = message.first_chunk() else { return false };
    let count = |high, low| usize::from(u16::from_be_bytes([high, low]));
    let least = count(q1, q2) * 5 + (count(a1, a2) + count(n1, n2) + count(x1, x2)) * 11;
    (flags >> 3) & 0xf <= 6 && 12 + least <= message.len()
}

fn message(r: &mut Reader<'_>, kind: Kind) -> Result<(), Cut> {
    let message = Message { bytes: r.rest(), start: r.position() };
    let [questions, answers, authorities, additionals] = dns_header::read(r, kind)?;
    for _ in 0..questions {
        r.group(&QUESTION, |r| question(r, kind, message))?;
    }
    for (section, count) in [(&ANSWER, answers), (&AUTHORITY, authorities), (&ADDITIONAL, additionals)] {
        for _ in 0..count {
            r.group(section, |r| record(r, kind, message))?;
        }
    }
    Ok(())
}

fn question(r: &mut Reader<'_>, kind: Kind, message: Message<'_>) -> Result<(), Cut> {
    take_name(r, &QNAME, message)?;
    r.u16(&QTYPE)?;
    class(r, &QCLASS, &UNICAST, kind)
}

fn class(r: &mut Reader<'_>, class: &'static Field, top: &'static Field, kind: Kind) -> Result<(), Cut> {
    if kind == Kind::Multicast {
        let bits = r.raw::<2>()?;
        r.part(top, bits, 0..1);
        r.part(class, bits, 1..16);
    } else {
        r.u16(class)?;
    }
    Ok(())
}

fn record(r: &mut Reader<'_>, kind: Kind, message: Message<'_>) -> Result<(), Cut> {
    take_name(r, &RR_NAME, message)?;
    let rr_type = r.u16(&RR_TYPE)?;
    if rr_type == dns_types::OPT {
        dns_edns::class_and_ttl(r)?;
    } else {
        class(r, &RR_CLASS, &CACHE_FLUSH, kind)?;
        r.u32(&TTL)?;
    }
    let length = r.u16(&RDLENGTH)?;
    let complete = r.left() >= usize::from(length);
    r.within(usize::from(length), |r| {
        // A record that contradicts its own length spoils only itself.
        if r.left() > 0 && dns_records::read(r, rr_type, message).is_err() && complete {
            r.bad_length();
        }
        r.all(&dns_records::RDATA);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, read};

    /// A UDP datagram from and to these ports (hex) with this payload.
    fn udp(ports: &str, payload: &str) -> Seen {
        let bytes = payload.chars().filter(char::is_ascii_hexdigit).count() / 2;
        let (ip, udp) = (bytes + 28, bytes + 8);
        read(
            1,
            &format!(
                "020000000009 020000000005 0800 4500{ip:04x}00000000 4011 0000 c0000201 c0000202 {ports} {udp:04x} 0000 {payload}"
            ),
        )
    }

    const EXAMPLE: &str = "076578616d706c6503636f6d00";

    #[test]
    fn a_question_and_its_answer_with_a_pointer_back_to_the_name() {
        let seen = udp(
            "00351234",
            &format!("1234 8180 0001 0001 0000 0000 {EXAMPLE} 0001 0001 c00c 0001 0001 0000003c 0004 c0000207"),
        );
        assert_eq!(seen.layers(), "ethernet ipv4 udp dns");
        assert_eq!(seen.texts("dns.qname"), ["example.com"]);
        assert_eq!(seen.texts("dns.rr_name"), ["example.com"]);
        assert_eq!(seen.nodes("dns.a")[0].at.len(), 4);
        assert_eq!(seen.nodes("dns.a")[0].depth, 1);
        assert_eq!(seen.numbers("dns.rcode"), [0]);
    }

    #[test]
    fn a_question_has_no_outcome() {
        let seen = udp("12340035", &format!("1234 0100 0001 0000 0000 0000 {EXAMPLE} 001c 0001"));
        assert!(seen.numbers("dns.rcode").is_empty());
        assert_eq!(seen.numbers("dns.qtype"), [28]);
    }

    #[test]
    fn an_unknown_name_stands_out() {
        let seen = udp("00351234", &format!("1234 8183 0001 0000 0000 0000 {EXAMPLE} 0001 0001"));
        assert_eq!(seen.numbers("dns.failure"), [3]);
    }

    #[test]
    fn multicast_dns_takes_the_top_bit_off_the_class() {
        let seen = udp(
            "14e914e9",
            &format!("0000 8400 0001 0001 0000 0000 {EXAMPLE} 0001 8001 c00c 0001 8001 00000078 0004 c0000207"),
        );
        assert_eq!(seen.layers(), "ethernet ipv4 udp mdns");
        assert_eq!((seen.numbers("mdns.unicast_response"), seen.numbers("mdns.qclass")), (vec![1], vec![1]));
        assert_eq!((seen.numbers("mdns.cache_flush"), seen.numbers("mdns.rr_class")), (vec![1], vec![1]));
    }

    #[test]
    fn a_record_with_a_wrong_length_spoils_only_itself() {
        let seen = udp(
            "00351234",
            "1234 8180 0000 0002 0000 0000 00 0001 0001 0000003c 0003 c00002 00 0001 0001 0000003c 0004 c0000207",
        );
        assert_eq!(seen.nodes("dns.rdata").len(), 1);
        assert_eq!(seen.numbers("dns.bad_length"), [1]);
        assert_eq!(seen.nodes("dns.a").len(), 1);
    }

    // tshark files the types of an NSEC map under the type of the record itself (dns.resp.type).
    #[test]
    fn the_types_in_an_nsec_map_are_not_types_of_records() {
        let seen = udp("00351234", "1234 8180 0000 0001 0000 0000 0161 00 002f 0001 0000003c 0008 c00c 0004 40000008");
        assert_eq!(seen.numbers("dns.rr_type"), [47]);
        assert_eq!(seen.numbers("dns.has_type"), [1, 28]);
    }

    // tshark takes the name of an SRV record apart (service, protocol, name) and shows no whole one.
    #[test]
    fn an_srv_record_has_a_name_like_any_other() {
        let seen = udp(
            "14e914e9",
            "0000 8400 0000 0001 0000 0000 045f697070045f74637000 0021 0001 0000003c 0009 0000 0000 0277 016100",
        );
        assert_eq!(seen.texts("mdns.rr_name"), ["_ipp._tcp"]);
        assert_eq!(seen.texts("mdns.target"), ["a"]);
    }

    #[test]
    fn counts_that_promise_more_than_is_there_end_in_cut() {
        assert!(udp("00351234", "1234 8180 ffff ffff ffff ffff 00 0001 0001").cut("dns"));
    }

    #[test]
    fn over_tcp_two_messages_in_one_segment_are_two_layers_and_half_a_one_is_not_guessed_at() {
        let message = format!("001d 1234 0100 0001 0000 0000 0000 {EXAMPLE} 0001 0001");
        let head = "020000000009 020000000005 0800 45000100 00000000 4006 0000 c0000201 c0000202 12340035 00000001 00000001 5018 fa00 0000 0000";
        assert_eq!(read(1, &format!("{head}{message}{message}")).layers(), "ethernet ipv4 tcp dns dns");
        let half = read(1, &format!("{head}{}", &message[..40]));
        assert_eq!(half.numbers("dns.partial"), [1]);
        assert!(half.numbers("dns.id").is_empty());
    }
}
