//! What version 5 of MQTT hangs on its packets: a number that says which property, then its value (MQTT 5.0 §2.2.2).

use super::mqtt::string;
use crate::dissect::{
    Cut, Field, Name, Reader,
    Show::{Bytes, Dec, Names, Nothing, Text, Unit},
    field, name,
};

pub(super) static LENGTH: Field = field("property_length", "properties", Unit("bytes"))
    .spec("MQTT 5.0 §2.2.2.1")
    .quiet()
    .explain("How long the list of properties is. Even a packet without any has to say so with a zero.");
pub(super) static PROPERTY: Field = field("property", "property", Nothing)
    .spec("MQTT 5.0 §2.2.2.2")
    .explain("A wish, a limit or a note that version 3 had no place for.");
pub(super) static ID: Field = field("property_id", "which one", Names(IDS))
    .spec("MQTT 5.0 §2.2.2.2")
    .explain("Says what it means and how long its value is: a reader that does not know it cannot step over it.");
pub(super) static NUMBER: Field = field("property_number", "its value", Dec)
    .spec("MQTT 5.0 §2.2.2.2")
    .explain("One, two or four bytes, or as few as the number needs; which, the property's kind says.");
pub(super) static STRING: Field = field("property_text", "its text", Text)
    .spec("MQTT 5.0 §1.5.4")
    .explain("UTF-8 with its length in front: a type, a topic for the answer, a reason for the log.");
pub(super) static BINARY: Field = field("property_bytes", "its bytes", Bytes)
    .spec("MQTT 5.0 §1.5.6")
    .explain("Meant for the program at the other end alone: a token that finds the question for an answer, a proof of who one is.");
pub(super) static NAME: Field = field("user_property_name", "name", Text)
    .spec("MQTT 5.0 §3.1.2.11.8")
    .explain("Programs may invent their own, as with HTTP's headers; the broker only hands them on.");
pub(super) static VALUE: Field = field("user_property_value", "what it says", Text)
    .spec("MQTT 5.0 §3.1.2.11.8")
    .explain("Free text for the name before it. The same name may come several times, and the order is kept.");

const IDS: &[Name] = &[
    name(1, "payload format", "1: the message is text in UTF-8."),
    name(2, "message expiry", "Seconds after which the message is worth nothing any more."),
    name(3, "content type", "What the message is, as in HTTP."),
    name(8, "response topic", "Answer here, please."),
    name(9, "correlation data", "Repeat this in the answer, so that I know to what it belongs."),
    name(11, "subscription identifier", "Which of my subscriptions brought this message."),
    name(17, "session expiry", "Seconds for which the session is kept after the connection."),
    name(18, "assigned client identifier", "The name that the broker found for a client without one."),
    name(19, "server keep alive", "Use this instead of the time that you named."),
    name(21, "authentication method", "How the login goes."),
    name(22, "authentication data", "What the method needs."),
    name(23, "request problem information", "0: spare me reasons in words."),
    name(24, "will delay", "Seconds to wait before the last will: perhaps I come back."),
    name(25, "request response information", "1: tell me a topic for answers."),
    name(26, "response information", "Make your topics for answers of this."),
    name(28, "server reference", "Use that server instead."),
    name(31, "reason string", "The reason in words."),
    name(33, "receive maximum", "So many unacknowledged messages at once."),
    name(34, "topic alias maximum", "So many short numbers for topics."),
    name(35, "topic alias", "A short number that stands for the topic from now on."),
    name(36, "maximum QoS", "No more than this is possible here."),
    name(37, "retain available", "0: nothing is kept for later here."),
    name(38, "user property", "A name and a value of the program's own."),
    name(39, "maximum packet size", "Send me nothing longer."),
    name(40, "wildcards available", "0: no + and # here."),
    name(41, "subscription identifiers available", "0: not here."),
    name(42, "shared subscriptions available", "0: not here."),
];

/// A number of one to four bytes with seven bits each; its value and its bytes.
fn variable(bytes: &[u8]) -> Result<(u64, usize), Cut> {
    let mut value = 0;
    for (place, byte) in bytes.iter().take(4).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok((value, place + 1));
        }
    }
    Err(Cut)
}

fn number(r: &mut Reader<'_>, field: &'static Field) -> Result<u64, Cut> {
    let (value, n) = variable(r.rest())?;
    r.note_at(field, r.span(n), value);
    r.skip(n);
    Ok(value)
}

/// Takes the list of properties with its length.
pub(super) fn read(r: &mut Reader<'_>) -> Result<(), Cut> {
    let length = number(r, &LENGTH)? as usize;
    r.within(length, |r| {
        while r.left() > 0 {
            r.group(&PROPERTY, property)?;
        }
        Ok(())
    })
}

fn property(r: &mut Reader<'_>) -> Result<(), Cut> {
    match number(r, &ID)? {
        1 | 23 | 25 | 36 | 37 | 40..=42 => _ = r.u8(&NUMBER)?,
        19 | 33..=35 => _ = r.u16(&NUMBER)?,
        2 | 17 | 24 | 39 => _ = r.u32(&NUMBER)?,
        11 => _ = number(r, &NUMBER)?,
        3 | 8 | 18 | 21 | 26 | 28 | 31 => _ = string(r, &STRING)?,
        9 | 22 => _ = string(r, &BINARY)?,
        38 => {
            string(r, &NAME)?;
            string(r, &VALUE)?;
        }
        _ => return Err(Cut), // how long its value is nobody knows
    }
    Ok(())
}
