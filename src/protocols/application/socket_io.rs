//! Socket.IO, protocol revisions 2 to 5, in messages of Engine.IO: events by name, with arguments and answers.
//! `42/chat,7["hello",1]` is, in this order: (4: Engine.IO's message,) 2: event, the namespace, the number under
//! which an answer is wanted, the event's name and arguments as JSON.
//! Not here: which answer belongs to which event, and bytes to their event (`socket_io_talk`).

use std::ops::Range;

use super::{json, socket_io_talk as talk};
use crate::dissect::{
    Cut, Field, GistForm, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Names, Text},
    Span, field, name,
};

static TYPE: Field = field(
    "type",
    "kind of packet",
    Names(&[
        name(CONNECT, "connect", "Enters a namespace; the server's answer carries the new session's id."),
        name(DISCONNECT, "disconnect", "Leaves the namespace; the connection stays for others."),
        name(EVENT, "event", "A name and arguments: calls the functions that listen for this name on the other side."),
        name(ACK, "ack", "The answer to an event, by its number."),
        name(ERROR, "connect error", "The namespace does not exist, or the server's checks refused the client."),
        name(BINARY_EVENT, "binary event", "An event with bytes, which follow as messages of their own."),
        name(BINARY_ACK, "binary ack", "An answer with bytes, which follow as messages of their own."),
    ]),
)
.gist("")
.spec("Socket.IO protocol §Packet types")
.explain("One digit. Together with Engine.IO's digit in front it makes the famous \"42\" before every event.");
static ATTACHMENTS: Field = field("attachments", "bytes that follow", Dec)
    .gist("attachments=")
    .spec("Socket.IO protocol §Packet encoding")
    .explain("How many binary messages come right behind. JSON can hold no bytes, so they are taken out and sent by themselves.");
static NAMESPACE: Field = field("namespace", "namespace", Text)
    .gist("")
    .spec("Socket.IO protocol §Namespaces")
    .explain("A channel of its own on the same connection, with its own checks on who may enter. Left out where it is the main one, \"/\".");
static ACK_ID: Field = field("ack_id", "wants an answer under", Dec)
    .gist("ack ")
    .spec("Socket.IO protocol §Acknowledgement")
    .explain("The program gave a function that is to be called with the answer; this number finds it again. Each side counts for itself.");
static ANSWERS_ID: Field = field("answers_id", "answer to number", Dec)
    .gist("")
    .spec("Socket.IO protocol §Acknowledgement")
    .explain("Repeats the number of the event that is answered. Answers may come in any order, or never.");
static EVENT_NAME: Field = field("event", "event", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("Socket.IO protocol §Sending events")
    .explain("The first element of the array: for which listeners the rest is. The protocol reserves only a few, such as \"connect\" and \"disconnect\".");
static ARGUMENTS: Field = field("arguments", "arguments", Text)
    .gist("")
    .spec("Socket.IO protocol §Sending events")
    .explain("What the listening functions are called with. A placeholder stands where bytes were taken out.");
static DATA: Field = field("data", "details", Text)
    .gist("")
    .spec("Socket.IO protocol §Connection to a namespace")
    .explain("What a client shows in order to be let in, the session's id from the server, or why it was refused. Not readable as HTTP headers by proxies.");
static ATTACHMENT_FIELD: Field = field("attachment", "attached bytes", Bytes)
    .spec("Socket.IO protocol §Packet encoding")
    .explain("Bytes that belong into an event or an answer. Only their order says where: they come right behind it.");

pub(super) const CONNECT: u64 = 0;
pub(super) const DISCONNECT: u64 = 1;
pub(super) const EVENT: u64 = 2;
pub(super) const ACK: u64 = 3;
pub(super) const ERROR: u64 = 4;
pub(super) const BINARY_EVENT: u64 = 5;
pub(super) const BINARY_ACK: u64 = 6;

/// Socket.IO, one packet.
pub static PROTOCOL: Protocol = variant(read);
/// A binary message that belongs to a packet before it.
pub(super) static ATTACHMENT: Protocol = variant(|r| {
    talk::attachment_of(r);
    let bytes = r.all(&ATTACHMENT_FIELD);
    talk::attached(r, bytes);
    Ok(Next::Data)
});

static FIELDS: &[&Field] = &[
    &TYPE,
    &ATTACHMENTS,
    &NAMESPACE,
    &EVENT_NAME,
    &ARGUMENTS,
    &DATA,
    &ACK_ID,
    &ANSWERS_ID,
    &talk::OF,
    &talk::ROUND_TRIP,
    &talk::ANSWERED_EVENT,
    &talk::ATTACHMENT_NUMBER,
    &talk::ATTACHMENT_OF,
    &ATTACHMENT_FIELD,
    &talk::COMPLETE,
];

const fn variant(read: fn(&mut Reader<'_>) -> Result<Next, Cut>) -> Protocol {
    Protocol {
        key: "socket_io",
        name: "Socket.IO",
        level: Level::Application,
        explain: "Calls functions on the other side by the name of an event, with answers and bytes. Rooms are never on the wire: they are lists inside the server, which sends each member a packet of its own.",
        spec: "Socket.IO protocol, revisions 2 to 5",
        claims: &[],
        fields: FIELDS,
        read,
        frame: None,
    }
}

/// Where the parts of a packet stand.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    kind: u64,
    attachments: Option<(Range<usize>, u64)>,
    namespace: Range<usize>,
    id: Option<(Range<usize>, u64)>,
    /// JSON, or nothing.
    data: Range<usize>,
}

impl Parts {
    fn of(bytes: &[u8]) -> Option<Parts> {
        let kind = u64::from(bytes.first().filter(|b| matches!(b, b'0'..=b'6'))? - b'0');
        let mut at = 1;
        let mut attachments = None;
        if kind >= BINARY_EVENT {
            let (digits, n) = number(bytes, at)?;
            at = (bytes.get(digits.end)? == &b'-').then_some(digits.end + 1)?;
            attachments = Some((digits, n));
        }
        let mut namespace = at..at;
        if bytes.get(at) == Some(&b'/') {
            let rest = bytes.get(at..)?;
            let length = memchr::memchr(b',', rest).unwrap_or(rest.len());
            namespace = at..at + length;
            at = (namespace.end + 1).min(bytes.len());
        }
        let id = number(bytes, at);
        at = id.as_ref().map_or(at, |(digits, _)| digits.end);
        let parts = Parts { kind, attachments, namespace, id, data: at..bytes.len() };
        parts.fits(bytes.get(at..)?).then_some(parts)
    }

    /// Whether this kind of packet can say this.
    fn fits(&self, data: &[u8]) -> bool {
        let array = data.first() == Some(&b'[') && json::whole(data);
        match self.kind {
            CONNECT => self.id.is_none() && (data.is_empty() || data.first() == Some(&b'{') && json::whole(data)),
            DISCONNECT => self.id.is_none() && data.is_empty(),
            EVENT | BINARY_EVENT => {
                array && json::elements(data).next().is_some_and(|at| data.get(at.start) == Some(&b'"'))
            }
            ERROR => matches!(data.first(), Some(b'{' | b'"')) && json::whole(data),
            _ => array && self.id.is_some(),
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Option<(Range<usize>, u64)> {
    let digits = bytes.get(at..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    let value = std::str::from_utf8(bytes.get(at..at + digits)?).ok()?.parse().ok()?;
    Some((at..at + digits, value))
}

/// Whether the bytes are one packet of Socket.IO and nothing else.
pub(super) fn looks(bytes: &[u8]) -> bool {
    Parts::of(bytes).is_some()
}

/// Whether a binary message belongs to a packet of this side.
pub(super) fn expects_attachment(r: &mut Reader<'_>) -> bool {
    talk::expects_attachment(r)
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let bytes = r.rest();
    let parts = Parts::of(bytes).ok_or(Cut)?;
    let start = r.position();
    let place = |at: &Range<usize>| Span::new(start + at.start, start + at.end);
    r.note_at(&TYPE, place(&(0..1)), parts.kind);
    if let Some((at, n)) = &parts.attachments {
        r.note_at(&ATTACHMENTS, place(at), *n);
    }
    if !parts.namespace.is_empty() {
        r.note_bytes(&NAMESPACE, place(&parts.namespace));
    }
    let namespace = bytes.get(parts.namespace.clone()).unwrap_or(&[]);
    let data = bytes.get(parts.data.clone()).unwrap_or(&[]);
    let answers = matches!(parts.kind, ACK | BINARY_ACK);
    if let (true, Some((at, id))) = (answers, &parts.id) {
        r.note_at(&ANSWERS_ID, place(at), *id);
        talk::answered(r, namespace, *id);
    }
    let mut event: &[u8] = &[];
    if matches!(parts.kind, EVENT | BINARY_EVENT) {
        let name = json::elements(data).next().map_or(0..0, |at| json::unquoted(data, at));
        event = data.get(name.clone()).unwrap_or(&[]);
        r.note_bytes(&EVENT_NAME, place(&(parts.data.start + name.start..parts.data.start + name.end)));
        // The array without its first element.
        let rest = data.get(name.end + 1..).unwrap_or(&[]);
        let comma = memchr::memchr(b',', rest).filter(|_| json::elements(data).nth(1).is_some());
        if let Some(comma) = comma {
            let from = name.end + 1 + comma + 1;
            let at = parts.data.start + from..parts.data.end - 1;
            let arguments = data.get(from..data.len() - 1).unwrap_or(&[]).trim_ascii();
            r.made(&ARGUMENTS, place(&at), |out| {
                out.push(b'[');
                out.extend_from_slice(arguments);
                out.push(b']');
            });
        }
    } else if !data.is_empty() {
        r.note_bytes(if answers { &ARGUMENTS } else { &DATA }, place(&parts.data));
    }
    if let (false, Some((at, id))) = (answers, &parts.id) {
        r.note_at(&ACK_ID, place(at), *id);
        talk::asked(r, namespace, *id, event);
    }
    if let Some((_, n)) = parts.attachments {
        talk::announced(r, n, data);
    }
    r.skip(bytes.len());
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The packet's parts in a row: kind, attachments, namespace, number, data.
    fn parts(text: &str) -> Option<String> {
        let found = Parts::of(text.as_bytes())?;
        let n = |part: Option<(Range<usize>, u64)>| part.map_or("-".to_owned(), |(_, n)| n.to_string());
        let (attachments, id) = (n(found.attachments), n(found.id));
        Some(format!("{} {attachments} {} {id} {}", found.kind, &text[found.namespace], &text[found.data]))
    }

    #[test]
    fn the_examples_of_the_specification_are_read() {
        let examples = [
            ("0/admin,{\"sid\":\"oS\"}", "0 - /admin - {\"sid\":\"oS\"}"),
            ("2[\"foo\"]", "2 -  - [\"foo\"]"),
            ("2/admin,12[\"foo\"]", "2 - /admin 12 [\"foo\"]"),
            ("3/admin,13[\"bar\"]", "3 - /admin 13 [\"bar\"]"),
            ("51-[\"a\",{\"_placeholder\":true,\"num\":0}]", "5 1  - [\"a\",{\"_placeholder\":true,\"num\":0}]"),
            ("61-/admin,15[1]", "6 1 /admin 15 [1]"),
            ("1/admin,", "1 - /admin - "),
            ("0", "0 -  - "), // revision 4: connected without more
        ];
        for (text, expected) in examples {
            assert_eq!(parts(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_a_kind_of_packet_cannot_say_is_no_socket_io() {
        for text in ["", "7", "2", "2{}", "2[1]", "2[\"a\"", "3[1]", "1x", "5[\"a\"]", "5-[\"a\"]", "0[]", "4", "hello"]
        {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
