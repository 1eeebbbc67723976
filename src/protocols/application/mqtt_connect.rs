//! The first packet of an MQTT client: who it is, how long it may be silent, and its last will (MQTT 5.0 §3.1).

use super::dialogue::is_text;
use super::mqtt::{QOS_NAMES, string};
use super::mqtt_properties;
use crate::dissect::{
    Cut, Field, Name, Reader,
    Show::{Bytes, Flags, Names, Nothing, Text, Unit},
    field, name,
};

pub(super) static PROTOCOL_NAME: Field = field("protocol_name", "protocol", Text).spec("MQTT 5.0 §3.1.2.1").explain(
    "Lets a server that speaks several protocols on one port tell them apart; MQIsdp was its name before 2014.",
);
pub(super) static VERSION: Field = field("version", "version", Names(VERSIONS))
    .gist("")
    .spec("MQTT 5.0 §3.1.2.2")
    .explain("How all packets that follow are built: only version 5 has properties and reasons. There never was a 1, 2 or 4 by name.");
pub(super) static CONNECT_FLAGS: Field = field("connect_flags", "what follows", Flags(FLAGS))
    .spec("MQTT 5.0 §3.1.2.3")
    .explain("Which parts the packet has behind its head; the receiver could not tell them apart without.");
pub(super) static WILL_QOS: Field = field("will_qos", "last will, how surely", Names(QOS_NAMES))
    .spec("MQTT 5.0 §3.1.2.6")
    .quiet()
    .explain("With which care the broker hands out the last will, should it ever come to that.");
pub(super) static KEEP_ALIVE: Field = field("keep_alive", "silent at most", Unit("seconds"))
    .gist("keep-alive=")
    .spec("MQTT 5.0 §3.1.2.10")
    .explain("If nothing comes for one and a half times as long, the broker takes the client for dead and publishes its last will. 0 switches it off.");
pub(super) static CLIENT_ID: Field = field("client_id", "client's name", Text).tells()
    .gist("")
    .spec("MQTT 5.0 §3.1.3.1")
    .explain("The broker keeps the session under it. If a second client comes with the same name, the first one is thrown out.");
pub(super) static WILL_TOPIC: Field = field("will_topic", "last will, topic", Text)
    .spec("MQTT 5.0 §3.1.3.3")
    .explain("Where the broker publishes the last will when the client vanishes without a DISCONNECT.");
pub(super) static WILL_TEXT: Field = field("will_text", "last will", Text)
    .spec("MQTT 5.0 §3.1.3.4")
    .explain("What all who subscribed will read then, such as \"offline\". It is deposited now, because later it would be too late.");
pub(super) static WILL_BYTES: Field = field("will_payload", "last will, bytes", Bytes)
    .spec("MQTT 5.0 §3.1.3.4")
    .explain("A last will that is no text; the broker hands it on as it is.");
pub(super) static USER_NAME: Field = field("user_name", "user", Text)
    .tells()
    .spec("MQTT 5.0 §3.1.3.5")
    .explain("Who logs in. Many brokers on the Internet ask for nobody's name.");
pub(super) static PASSWORD: Field = field("password_length", "password, not shown", Unit("bytes"))
    .spec("MQTT 5.0 §3.1.3.6")
    .explain("It stands here as it is, readable by everyone on the way unless the connection runs over TLS. layercake says only how long it is.");

pub(super) static IN_CLEAR: Field = field("password_in_clear", "password, readable by all", Nothing).tells()
    .gist("password in the clear")
    .spec("MQTT 5.0 §5.4.1")
    .explain("A device that cannot do TLS tells everyone on the way how to become it. Often all devices of a kind share one password.");

const VERSIONS: &[Name] =
    &[name(3, "3.1", "Before the standard."), name(4, "3.1.1", "OASIS 2014, ISO 2016."), name(5, "5.0", "OASIS 2019.")];

const FLAGS: &[Name] = &[
    name(0x80, "user name", "A user name stands at the end."),
    name(0x40, "password", "A password stands behind it."),
    name(0x20, "will retain", "The broker keeps the last will for later subscribers."),
    name(0x04, "will", "The client leaves a last will."),
    name(0x02, "clean start", "Forget what you know of my last session."),
    name(0x01, "reserved", "Must be 0; the broker must hang up otherwise."),
];

/// Takes the CONNECT behind its fixed header; gives the version.
pub(super) fn read(r: &mut Reader<'_>) -> Result<u8, Cut> {
    string(r, &PROTOCOL_NAME)?;
    let version = r.u8(&VERSION)?;
    let raw = r.ahead::<1>()?;
    let flags = r.u8(&CONNECT_FLAGS)?;
    if flags & 0x04 != 0 {
        r.part(&WILL_QOS, raw, 3..5);
    }
    r.u16(&KEEP_ALIVE)?;
    if version >= 5 {
        mqtt_properties::read(r)?;
    }
    string(r, &CLIENT_ID)?;
    if flags & 0x04 != 0 {
        if version >= 5 {
            mqtt_properties::read(r)?;
        }
        string(r, &WILL_TOPIC)?;
        let length = usize::from(r.ahead::<2>()?.value as u16);
        let will = r.rest().get(2..).unwrap_or(&[]);
        let text = is_text(will.get(..length).unwrap_or(will));
        string(r, if text { &WILL_TEXT } else { &WILL_BYTES })?;
    }
    if flags & 0x80 != 0 {
        string(r, &USER_NAME)?;
    }
    if flags & 0x40 != 0 {
        let length = r.raw::<2>()?.value;
        let n = length as usize;
        if n > r.left() {
            return Err(Cut);
        }
        r.note_at(&PASSWORD, r.span(n), length);
        r.skip(n);
        r.note(&IN_CLEAR, 1);
    }
    Ok(version)
}
