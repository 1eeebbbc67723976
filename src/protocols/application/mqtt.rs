//! MQTT 3.1.1 and 5 (OASIS): devices publish short messages under a topic, a broker hands them to all who subscribed.
//! Not here: what acknowledges what (`mqtt_acks`), what the CONNECT says (`mqtt_connect`), version 5's properties (`mqtt_properties`), the reasons' names
//! (`mqtt_reasons`), MQTT-SN.

use super::{dialogue::is_text, mqtt_acks as acks, mqtt_connect, mqtt_properties, mqtt_reasons};
use crate::dissect::{
    Claim, Cut, Field, Framing, GistForm, Level, Name, Next, Protocol, Reader,
    Show::{Bytes, Dec, Hex, Names, Nothing, Text, Unit},
    Talk, field, name,
};

static TYPE: Field = field("type", "kind of packet", Names(TYPES))
    .gist_as(GistForm::First, "")
    .spec("MQTT 5.0 §2.1.2")
    .explain("What it is about. Two bytes are enough for the shortest one: MQTT was made for oil pipelines with expensive satellite links.");
static DUP: Field =
    field("dup", "sent again", Dec).gist_as(GistForm::NonZero, "again=").spec("MQTT 5.0 §3.3.1.1").explain(
        "1 says that it may be a repetition. The receiver must not rely on it: what counts is the packet's number.",
    );
static QOS: Field = field("qos", "how surely", Names(QOS_NAMES))
    .gist_as(GistForm::NonZero, "qos=")
    .spec("MQTT 5.0 §3.3.1.2, §4.3")
    .explain("How much is done so that the message arrives once. It holds for one leg, to the broker or from it, not from end to end.");
static RETAIN: Field = field("retain", "keep the last one", Dec)
    .gist_as(GistForm::NonZero, "retain=")
    .spec("MQTT 5.0 §3.3.1.3")
    .explain("1 lets the broker keep this message for those who subscribe later: so a new screen knows the temperature at once.");
static FLAGS: Field = field("flags", "reserved bits", Hex)
    .spec("MQTT 5.0 §2.1.3")
    .quiet()
    .explain("Fixed for every kind but PUBLISH; another value is malformed and the receiver must hang up.");
static REMAINING: Field = field("remaining_length", "bytes that follow", Unit("bytes"))
    .spec("MQTT 5.0 §2.1.4, §1.5.5")
    .explain("Seven bits per byte, the eighth says that another one follows: small packets need one byte, the largest (256 MB) four.");
static SESSION_PRESENT: Field = field("session_present", "still knows me", Dec).spec("MQTT 5.0 §3.2.2.1.1").explain(
    "1: the broker has kept the subscriptions and messages of the last session. 0: the client has to subscribe anew.",
);
static RETURN_CODE: Field = field("return_code", "answer", Names(mqtt_reasons::RETURN_CODES))
    .gist("")
    .spec("MQTT 3.1.1 §3.2.2.3")
    .explain("Whether the broker takes the client. After a refusal it closes the connection.");
pub(super) static REASON: Field = field("reason_code", "how it went", Names(mqtt_reasons::REASONS))
    .gist("")
    .spec("MQTT 5.0 §2.4")
    .explain("Below 128 it went well. Version 3 could only hang up without a word.");
static TOPIC: Field = field("topic", "topic", Text).tells().gist("").spec("MQTT 5.0 §3.3.2.1, §4.7").explain(
    "A path with slashes that nobody has to create before. Who may read or write it only the broker's rules decide.",
);
static PAYLOAD_TEXT: Field =
    field("payload_text", "message", Text).tells().gist_as(GistForm::Quoted, "").spec("MQTT 5.0 §3.3.3").explain(
        "Shown as text because it is UTF-8; MQTT itself never looks at it. Without TLS it is readable on every hop.",
    );
static PAYLOAD: Field = field("payload", "message", Bytes)
    .spec("MQTT 5.0 §3.3.3")
    .explain("Any bytes: a picture, a sensor's numbers. Only publisher and subscribers know how to read them.");
static SUBSCRIPTION: Field = field("subscription", "subscription", Nothing)
    .spec("MQTT 5.0 §3.8.3")
    .explain("One wish of several in the packet; each gets an answer of its own, in the same order.");
static FILTER: Field = field("topic_filter", "which topics", Text).tells()
    .gist("")
    .spec("MQTT 5.0 §4.7.1")
    .explain("+ stands for one part of the path, # for all the rest. A subscriber of # sees everything that the broker lets it see.");
static MAX_QOS: Field = field("maximum_qos", "at most how surely", Names(QOS_NAMES))
    .spec("MQTT 5.0 §3.8.3.1")
    .explain("Messages that were published with more are handed on with this; the broker never raises it.");
static NO_LOCAL: Field = field("no_local", "not my own", Dec)
    .spec("MQTT 5.0 §3.8.3.1")
    .quiet()
    .explain("1 spares the client its own messages; without it two bridged brokers would play ping-pong.");
static AS_PUBLISHED: Field = field("retain_as_published", "leave the retain bit", Dec)
    .spec("MQTT 5.0 §3.8.3.1")
    .quiet()
    .explain("1 hands the bit on as the publisher set it; else it is only set on what was kept from before.");
static RETAIN_HANDLING: Field = field("retain_handling", "send kept messages", Names(RETAIN_HANDLINGS))
    .spec("MQTT 5.0 §3.8.3.1")
    .quiet()
    .explain("Whether the subscriber wants what the broker has kept, or only what comes from now on.");
static GRANTED: Field = field("granted", "answer to a wish", Names(mqtt_reasons::GRANTED))
    .gist("")
    .spec("MQTT 5.0 §3.9.3, §3.11.3")
    .explain("One byte per topic asked for, in the same order: what was granted, or why not.");
static BAD_FLAGS: Field = field("bad_flags", "forbidden bits", Nothing)
    .gist("forbidden flags")
    .spec("MQTT 5.0 §2.1.3, §3.3.1.2")
    .explain("The lower four bits are not those that this kind must have, or both QoS bits are set. The receiver must hang up.");

const TYPES: &[Name] = &[
    name(1, "CONNECT", "A client says who it is and what it wants."),
    name(2, "CONNACK", "The broker takes it or not."),
    name(3, "PUBLISH", "A message under a topic."),
    name(4, "PUBACK", "Got it (QoS 1)."),
    name(5, "PUBREC", "Got it (QoS 2), please confirm that you know."),
    name(6, "PUBREL", "I know, forget the number (QoS 2)."),
    name(7, "PUBCOMP", "Forgotten; done (QoS 2)."),
    name(8, "SUBSCRIBE", "Send me these topics."),
    name(9, "SUBACK", "Granted or refused, topic by topic."),
    name(10, "UNSUBSCRIBE", "No longer these topics."),
    name(11, "UNSUBACK", "All right."),
    name(12, "PINGREQ", "Are you still there?"),
    name(13, "PINGRESP", "Still here."),
    name(14, "DISCONNECT", "Goodbye: do not send my last will."),
    name(15, "AUTH", "Another step of logging in (version 5)."),
];

pub(super) const QOS_NAMES: &[Name] = &[
    name(0, "at most once", "Sent and forgotten."),
    name(1, "at least once", "Repeated until it is acknowledged; it may come twice."),
    name(2, "exactly once", "Four packets make sure of it."),
    name(3, "forbidden", "There is no such level."),
];

const RETAIN_HANDLINGS: &[Name] =
    &[name(0, "at every subscription", ""), name(1, "at a new subscription", ""), name(2, "never", "")];

/// Message Queuing Telemetry Transport.
pub static PROTOCOL: Protocol = Protocol {
    key: "mqtt",
    name: "MQTT",
    level: Level::Application,
    explain: "Sensors publish short messages under topics; a broker in the middle hands them to whoever subscribed. Sender and receiver never meet.",
    spec: "MQTT 5.0",
    claims: &[Claim::TcpLooks(looks), Claim::TcpPort(1883)],
    fields: &[
        &TYPE,
        &DUP,
        &QOS,
        &RETAIN,
        &FLAGS,
        &BAD_FLAGS,
        &REMAINING,
        &mqtt_connect::PROTOCOL_NAME,
        &mqtt_connect::VERSION,
        &mqtt_connect::CONNECT_FLAGS,
        &mqtt_connect::WILL_QOS,
        &mqtt_connect::KEEP_ALIVE,
        &mqtt_connect::CLIENT_ID,
        &mqtt_connect::WILL_TOPIC,
        &mqtt_connect::WILL_TEXT,
        &mqtt_connect::WILL_BYTES,
        &mqtt_connect::USER_NAME,
        &mqtt_connect::PASSWORD,
        &mqtt_connect::IN_CLEAR,
        &SESSION_PRESENT,
        &RETURN_CODE,
        &TOPIC,
        &acks::PACKET_ID,
        &REASON,
        &mqtt_properties::LENGTH,
        &mqtt_properties::PROPERTY,
        &mqtt_properties::ID,
        &mqtt_properties::NUMBER,
        &mqtt_properties::STRING,
        &mqtt_properties::BINARY,
        &mqtt_properties::NAME,
        &mqtt_properties::VALUE,
        &SUBSCRIPTION,
        &FILTER,
        &RETAIN_HANDLING,
        &AS_PUBLISHED,
        &NO_LOCAL,
        &MAX_QOS,
        &GRANTED,
        &PAYLOAD_TEXT,
        &PAYLOAD,
        &acks::ANSWERS,
        &acks::TOOK,
    ],
    read,
    frame: Some(frame),
};

/// What is remembered of one connection.
#[derive(Default)]
struct Memory {
    version: Option<u8>,
}

/// A CONNECT: nothing else has its name in it.
fn looks(bytes: &[u8]) -> bool {
    let Some((_, header)) = remaining(bytes) else { return false };
    let name = bytes.get(header..).unwrap_or(&[]);
    bytes.first() == Some(&0x10) && (name.starts_with(b"\0\x04MQTT") || name.starts_with(b"\0\x06MQIsdp"))
}

/// The remaining length, and the bytes of the fixed header; `None` where it does not end.
fn remaining(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (place, byte) in bytes.iter().skip(1).take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, place + 2));
        }
    }
    None
}

fn frame(bytes: &[u8], _: &mut Talk, _: bool) -> Framing {
    let kind = bytes.first().map_or(0, |b| b >> 4);
    match remaining(bytes) {
        _ if kind == 0 => Framing::Alien,
        Some((length, header)) if length + header <= bytes.len() => Framing::Message(length + header),
        Some((length, header)) => Framing::More(Some((length + header) as u64)),
        None if bytes.len() < 5 => Framing::More(None),
        None => Framing::Alien,
    }
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let (length, header) = remaining(r.rest()).ok_or(Cut)?;
    let first = r.raw::<1>()?;
    let kind = r.part(&TYPE, first, 0..4);
    let mut qos = 0;
    if kind == 3 {
        r.part(&DUP, first, 4..5);
        qos = r.part(&QOS, first, 5..7);
        r.part(&RETAIN, first, 7..8);
    } else {
        r.part(&FLAGS, first, 4..8);
    }
    if qos == 3 || kind != 3 && first.bits(4..8) != if matches!(kind, 6 | 8 | 10) { 2 } else { 0 } {
        r.note(&BAD_FLAGS, 1);
    }
    r.note_at(&REMAINING, r.span(header - 1), length as u64);
    r.skip(header - 1);
    r.within(length, |r| body(r, kind, qos))?;
    // CONNECT settles what is spoken here, whatever the port.
    Ok(if kind == 1 { Next::Switch(&PROTOCOL) } else { Next::Again })
}

fn body(r: &mut Reader<'_>, kind: u64, qos: u64) -> Result<(), Cut> {
    if kind == 1 {
        let version = mqtt_connect::read(r)?;
        if let Some(talk) = r.talk() {
            talk.memory::<Memory>().version = Some(version);
        }
        return Ok(());
    }
    let five = r.talk().and_then(|talk| talk.recall::<Memory>()?.version) == Some(5);
    match kind {
        2 => {
            let flags = r.raw::<1>()?;
            r.part(&SESSION_PRESENT, flags, 7..8);
            r.u8(if five || r.left() > 1 { &REASON } else { &RETURN_CODE })?;
            if r.left() > 0 {
                mqtt_properties::read(r)?;
            }
        }
        3 => publish(r, qos, five)?,
        4..=7 => {
            let id = acks::packet_id(r, kind)?;
            if kind == 5 || kind == 6 {
                acks::wait(r, kind, id);
            }
            reason(r)?;
        }
        8 | 10 => {
            let id = acks::packet_id(r, kind)?;
            acks::wait(r, kind, id);
            if five {
                mqtt_properties::read(r)?;
            }
            while r.left() > 0 {
                r.group(&SUBSCRIPTION, |r| subscription(r, kind == 8, five))?;
            }
        }
        9 | 11 => {
            acks::packet_id(r, kind)?;
            if five {
                mqtt_properties::read(r)?;
            }
            while r.left() > 0 {
                r.u8(&GRANTED)?;
            }
        }
        14 | 15 => reason(r)?,
        _ => {}
    }
    Ok(())
}

/// Version 5 leaves out a reason that is "all well".
fn reason(r: &mut Reader<'_>) -> Result<(), Cut> {
    if r.left() > 0 {
        r.u8(&REASON)?;
    }
    if r.left() > 0 {
        mqtt_properties::read(r)?;
    }
    Ok(())
}

fn publish(r: &mut Reader<'_>, qos: u64, five: bool) -> Result<(), Cut> {
    string(r, &TOPIC)?;
    if qos > 0 {
        let id = acks::packet_id(r, 3)?;
        acks::wait(r, 3, id);
    }
    if five {
        mqtt_properties::read(r)?;
    }
    let text = is_text(r.rest());
    r.all(if text { &PAYLOAD_TEXT } else { &PAYLOAD });
    Ok(())
}

fn subscription(r: &mut Reader<'_>, options: bool, five: bool) -> Result<(), Cut> {
    string(r, &FILTER)?;
    if options {
        let bits = r.raw::<1>()?;
        if five {
            r.part(&RETAIN_HANDLING, bits, 2..4);
            r.part(&AS_PUBLISHED, bits, 4..5);
            r.part(&NO_LOCAL, bits, 5..6);
        }
        r.part(&MAX_QOS, bits, 6..8);
    }
    Ok(())
}

/// Takes two bytes of length and the bytes; nothing is noted of an empty one.
pub(super) fn string<'a>(r: &mut Reader<'a>, field: &'static Field) -> Result<&'a [u8], Cut> {
    let length = r.raw::<2>()?.value as usize;
    if length == 0 { Ok(&[]) } else { r.bytes(field, length) }
}

#[cfg(test)]
mod tests {
    use super::{looks, remaining};
    use crate::protocols::testing::{Seen, hex, read_bytes};

    fn tcp(payload: &str) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d2075b 00000001 00000001 5018 fa00 0000 0000";
        read_bytes(1, hex(&format!("{head}{payload}")))
    }

    #[test]
    fn the_remaining_length_has_seven_bits_a_byte() {
        assert_eq!(remaining(&hex("30 7f")), Some((127, 2)));
        assert_eq!(remaining(&hex("30 8001")), Some((128, 3)));
        assert_eq!(remaining(&hex("30 ffffff7f")), Some((268_435_455, 5)));
        assert_eq!(remaining(&hex("30 ffffffff7f")), None, "five bytes are too many");
    }

    #[test]
    fn a_connect_is_known_by_its_name_on_any_port() {
        assert!(looks(&hex("10 10 0004 4d515454 04 02 003c 0004 6c616d70")));
        assert!(looks(&hex("10 12 0006 4d5149736470 03 02 003c 0004 6c616d70")));
        assert!(!looks(&hex("10 10 0004 4d515455")));
    }

    #[test]
    fn a_password_is_there_but_not_shown() {
        let seen = tcp("10 18 0004 4d515454 04 c2 003c 0001 61 0003 626f62 0004 6c6f6e67");
        assert_eq!(seen.texts("mqtt.user_name"), ["bob"]);
        assert_eq!(seen.numbers("mqtt.password_length"), [4]);
        assert!(!seen.cut("mqtt"));
    }

    #[test]
    fn a_message_is_text_where_it_is_utf8() {
        assert_eq!(tcp("30 05 0001 61 6869").texts("mqtt.payload_text"), ["hi"]);
        assert_eq!(tcp("30 05 0001 61 ff00").nodes("mqtt.payload").len(), 1);
        assert_eq!(tcp("36 05 0001 61 0001").numbers("mqtt.bad_flags"), [1], "QoS 3");
    }
}
