//! Packets of Socket.IO protocol 5, inside messages of Engine.IO: a digit, how many attachments follow, the namespace, the
//! number of an answer, JSON (§Packet encoding). `51-/news,7["picture",{"_placeholder":true,"num":0}]` and then one
//! binary message. Not here: who is connected to what (`server`).

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::engine::Data;

/// Attachments of one packet.
const MOST_ATTACHMENTS: usize = 10;
/// Names that an event may not have: they mean something in every program (§Packet types, EVENT).
const RESERVED: &[&str] = &["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// What a packet is for. With attachments, events and answers are written as 5 and 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 0: into a namespace, please; or: you are in.
    Connect,
    /// 1: out of a namespace.
    Disconnect,
    /// 2, 5: a name and arguments.
    Event,
    /// 3, 6: the answer to an event.
    Ack,
    /// 4: you may not come in.
    ConnectError,
}

/// One packet, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// What it is for.
    pub kind: Kind,
    /// "/" where none is written.
    pub namespace: String,
    /// Which answer is asked for, or which event is answered.
    pub id: Option<u64>,
    /// JSON, as it was written.
    pub data: Option<String>,
    /// Bytes that placeholders stand for.
    pub attachments: Vec<Vec<u8>>,
}

/// What is no packet of Socket.IO, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub &'static str);

/// The beginning of a packet, before its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head<'a> {
    /// The digit.
    pub digit: u8,
    /// What it is for.
    pub kind: Kind,
    /// How many binary messages follow.
    pub attachments: usize,
    /// "/" where none is written.
    pub namespace: &'a str,
    /// Number of the answer.
    pub id: Option<u64>,
    /// JSON, unread; perhaps nothing.
    pub data: &'a str,
}

impl<'a> Head<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &'a str) -> Result<Self, Wrong> {
        let (digit, kind) = match text.as_bytes().first() {
            Some(digit @ b'0') => (digit, Kind::Connect),
            Some(digit @ b'1') => (digit, Kind::Disconnect),
            Some(digit @ (b'2' | b'5')) => (digit, Kind::Event),
            Some(digit @ (b'3' | b'6')) => (digit, Kind::Ack),
            Some(digit @ b'4') => (digit, Kind::ConnectError),
            _ => return Err(Wrong("a packet of Socket.IO begins with a digit from 0 to 6")),
        };
        let mut rest = &text[1..];
        let mut attachments = 0;
        if matches!(digit, b'5' | b'6') {
            let (count, more) = rest.split_once('-').ok_or(Wrong("the number of attachments is missing"))?;
            let fits = |count: &usize| *count <= MOST_ATTACHMENTS;
            let digits = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
            attachments = count.parse().ok().filter(fits).filter(|_| digits).ok_or(Wrong("too many attachments"))?;
            rest = more;
        }
        let mut namespace = "/";
        if rest.starts_with('/') {
            (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        }
        let end = rest.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
        let id = match &rest[..end] {
            "" => None,
            digits => Some(digits.parse().map_err(|_| Wrong("the number of the answer is too large"))?),
        };
        Ok(Head { digit: digit - b'0', kind, attachments, namespace, id, data: &rest[end..] })
    }
}

impl Packet {
    /// An event: name and arguments, each JSON.
    pub fn event<S: AsRef<str>>(namespace: &str, name: &str, arguments: &[S]) -> Self {
        let name = Value::from(name).to_string();
        let all: Vec<&str> = std::iter::once(name.as_str()).chain(arguments.iter().map(AsRef::as_ref)).collect();
        Packet::new(Kind::Event, namespace, Some(format!("[{}]", all.join(","))))
    }

    /// The answer to an event.
    pub fn ack<S: AsRef<str>>(namespace: &str, id: u64, arguments: &[S]) -> Self {
        let all: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        Packet { id: Some(id), ..Packet::new(Kind::Ack, namespace, Some(format!("[{}]", all.join(",")))) }
    }

    /// One without number and attachments.
    pub fn new(kind: Kind, namespace: &str, data: Option<String>) -> Self {
        Packet { kind, namespace: namespace.to_owned(), id: None, data, attachments: Vec::new() }
    }

    /// Name and arguments of an event, or what an answer says: each one's JSON.
    pub fn arguments(&self) -> Vec<&str> {
        let all: Vec<&RawValue> = self.data.as_deref().and_then(|d| serde_json::from_str(d).ok()).unwrap_or_default();
        all.into_iter().map(RawValue::get).collect()
    }

    /// The name of an event; the rest are its arguments.
    pub fn named(&self) -> Option<(String, Vec<&str>)> {
        let mut all = self.arguments();
        if self.kind != Kind::Event || all.is_empty() {
            return None;
        }
        let name = all.remove(0);
        Some((serde_json::from_str(name).unwrap_or_else(|_| name.to_owned()), all))
    }

    /// As messages of Engine.IO: a text, and one message of bytes for each attachment.
    pub fn write(&self) -> Vec<Data> {
        let binary = !self.attachments.is_empty();
        let digit = match self.kind {
            Kind::Connect => '0',
            Kind::Disconnect => '1',
            Kind::Event if binary => '5',
            Kind::Ack if binary => '6',
            Kind::Event => '2',
            Kind::Ack => '3',
            Kind::ConnectError => '4',
        };
        let mut text = String::from(digit);
        if binary {
            text.push_str(&format!("{}-", self.attachments.len()));
        }
        if self.namespace != "/" {
            text.push_str(&self.namespace);
            text.push(',');
        }
        if let Some(id) = self.id {
            text.push_str(&id.to_string());
        }
        text.push_str(self.data.as_deref().unwrap_or_default());
        std::iter::once(Data::Text(text)).chain(self.attachments.iter().cloned().map(Data::Binary)).collect()
    }
}

/// Puts packets together from messages.
#[derive(Debug, Default)]
pub struct Decoder {
    /// A packet whose attachments are still to come, and how many.
    begun: Option<(Packet, usize)>,
}

impl Decoder {
    /// Takes a message; gives the packet that it completes.
    ///
    /// # Errors
    /// It is none: the connection has to be closed.
    pub fn take(&mut self, message: Data) -> Result<Option<Packet>, Wrong> {
        match (message, self.begun.take()) {
            (Data::Text(text), None) => {
                let (packet, attachments) = read(&text)?;
                if attachments == 0 {
                    return Ok(Some(packet));
                }
                self.begun = Some((packet, attachments));
                Ok(None)
            }
            (Data::Binary(bytes), Some((mut packet, missing))) => {
                packet.attachments.push(bytes);
                if missing == 1 {
                    return Ok(Some(packet));
                }
                self.begun = Some((packet, missing - 1));
                Ok(None)
            }
            (Data::Text(_), Some(_)) => Err(Wrong("a new packet begins before all attachments of the last one came")),
            (Data::Binary(_), None) => Err(Wrong("bytes came that no packet has announced")),
        }
    }
}

fn read(text: &str) -> Result<(Packet, usize), Wrong> {
    let head = Head::read(text)?;
    let data = Some(head.data).filter(|data| !data.is_empty());
    check(head.kind, data)?;
    if head.attachments > 0 && !data.is_some_and(|data| placeholders(data, head.attachments)) {
        return Err(Wrong("a placeholder stands for an attachment that was not announced"));
    }
    if head.kind == Kind::Ack && head.id.is_none() {
        return Err(Wrong("an answer without the number of its event"));
    }
    let packet = Packet {
        kind: head.kind,
        namespace: head.namespace.to_owned(),
        id: head.id,
        data: data.map(str::to_owned),
        attachments: Vec::new(),
    };
    Ok((packet, head.attachments))
}

/// What JSON each kind may have (§Packet types). Arguments keep their spelling, so they are only checked to be JSON: a number
/// may be too large for us and right all the same.
fn check(kind: Kind, data: Option<&str>) -> Result<(), Wrong> {
    let Some(data) = data else {
        return match kind {
            Kind::Connect | Kind::Disconnect => Ok(()),
            _ => Err(Wrong("what it says is missing")),
        };
    };
    let object = || serde_json::from_str::<Map<String, Value>>(data).is_ok();
    let array = || serde_json::from_str::<Vec<&RawValue>>(data).ok();
    match kind {
        Kind::Connect if object() => Ok(()),
        Kind::Connect => Err(Wrong("the credentials of a connect are a JSON object")),
        Kind::Disconnect => Err(Wrong("a disconnect carries nothing")),
        Kind::ConnectError if object() || serde_json::from_str::<String>(data).is_ok() => Ok(()),
        Kind::ConnectError => Err(Wrong("a refusal says why in a JSON object")),
        Kind::Ack if array().is_some() => Ok(()),
        Kind::Ack => Err(Wrong("an answer is a JSON array")),
        Kind::Event => {
            let all = array().ok_or(Wrong("an event is a JSON array"))?;
            match all.first().and_then(|name| serde_json::from_str(name.get()).ok()) {
                Some(Value::Number(_)) => Ok(()),
                Some(Value::String(name)) if !RESERVED.contains(&name.as_str()) => Ok(()),
                Some(Value::String(_)) => Err(Wrong("this name of an event is reserved")),
                _ => Err(Wrong("an event begins with its name")),
            }
        }
    }
}

/// Whether all placeholders stand for one of so many attachments.
fn placeholders(data: &str, attachments: usize) -> bool {
    fn right(value: &Value, attachments: usize) -> bool {
        match value {
            Value::Array(all) => all.iter().all(|v| right(v, attachments)),
            Value::Object(all) if all.get("_placeholder") == Some(&Value::Bool(true)) => {
                all.get("num").and_then(Value::as_u64).is_some_and(|n| n < attachments as u64)
            }
            Value::Object(all) => all.values().all(|v| right(v, attachments)),
            _ => true,
        }
    }
    serde_json::from_str(data).is_ok_and(|value| right(&value, attachments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<Packet, Wrong> {
        Decoder::default().take(Data::Text(text.to_owned())).map(|packet| packet.expect("whole"))
    }

    #[test]
    fn packets_read_back_as_they_were_written() {
        for text in [
            "0",
            "0{\"token\":\"123\"}",
            "0/admin,{\"sid\":\"a\"}",
            "1/admin,",
            "2[\"hey\",1,\"2\",{\"3\":[true]}]",
            "2/admin,456[\"hey\"]",
            "3456[1e400, 2]",
            "4/random,{\"message\":\"Invalid namespace\"}",
        ] {
            assert_eq!(one(text).expect("a packet").write(), [Data::Text(text.to_owned())]);
        }
        assert_eq!(one("1/admin").map(|p| p.namespace), Ok("/admin".to_owned()), "the comma may be missing");
    }

    #[test]
    fn arguments_keep_their_own_spelling() {
        let packet = one("2[\"a b\", 1.0 ,{\"z\":1,\"a\":2}]").expect("an event");
        assert_eq!(packet.named(), Some(("a b".to_owned(), vec!["1.0", "{\"z\":1,\"a\":2}"])));
    }

    #[test]
    fn attachments_follow_in_messages_of_their_own() {
        let mut decoder = Decoder::default();
        let text = "52-/news,7[\"pair\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
        assert_eq!(decoder.take(Data::Text(text.into())), Ok(None));
        assert_eq!(decoder.take(Data::Binary(vec![1])), Ok(None));
        let packet = decoder.take(Data::Binary(vec![2])).expect("right").expect("whole");
        assert_eq!((packet.id, packet.attachments.clone()), (Some(7), vec![vec![1], vec![2]]));
        assert_eq!(packet.write(), [Data::Text(text.into()), Data::Binary(vec![1]), Data::Binary(vec![2])]);
        assert!(decoder.take(Data::Binary(vec![3])).is_err(), "nobody announced it");
        assert_eq!(decoder.take(Data::Text(text.into())), Ok(None));
        assert!(decoder.take(Data::Text("2[\"a\"]".into())).is_err(), "attachments are missing");
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for wrong in [
            "",
            "abc",
            "7",
            "2{}",
            "2",
            "2[]",
            "2[{}]",
            "2abc[\"a\",1]",
            "2[\"disconnect\"]",
            "3[1]",
            "0[]",
            "1{}",
            "2[\"a\"",
            "5[\"a\"]",
            "5-[\"a\"]",
            "5+1-[\"a\"]",
            "511-[\"a\"]",
            "51-[\"a\",{\"_placeholder\":true,\"num\":1}]",
            "299999999999999999999[\"a\"]",
        ] {
            assert!(one(wrong).is_err(), "{wrong}");
        }
        let deep = format!("2[\"a\",{}", "[".repeat(100_000));
        assert!(one(&deep).is_err(), "and nobody's stack overflows");
    }
}
