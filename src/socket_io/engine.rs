//! Packets of Engine.IO protocol 4: one digit says what a packet is. A WebSocket message carries one; the body of an
//! HTTP request carries several, with 0x1E between them and bytes as base64 behind a "b" (§Packet encoding).
//! Not here: sessions, heartbeats (`server`, `client`).

use data_encoding::BASE64;

/// Between two packets of one body: "record separator" of ASCII.
const BETWEEN: char = '\u{1e}';

/// What a program says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// Words.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

/// One packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// 0: the server's greeting, JSON.
    Open(String),
    /// 1: this session ends.
    Close,
    /// 2: are you there? With "probe" a new WebSocket is tried.
    Ping(String),
    /// 3: yes.
    Pong(String),
    /// 4: what the program says.
    Message(Data),
    /// 5: from now on over this WebSocket.
    Upgrade,
    /// 6: nothing; ends a waiting request.
    Noop,
}

/// No packet of Engine.IO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no packet of Engine.IO: it begins with none of the digits 0 to 6, or its base64 is broken")]
pub struct Malformed;

impl Packet {
    /// A text of a program.
    pub fn text(text: impl Into<String>) -> Self {
        Packet::Message(Data::Text(text.into()))
    }

    /// Reads a text: a WebSocket message, or one packet of a body.
    ///
    /// # Errors
    /// It is none.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let mut letters = text.chars();
        let first = letters.next().ok_or(Malformed)?;
        let rest = letters.as_str();
        Ok(match first {
            '0' => Packet::Open(rest.to_owned()),
            '1' => Packet::Close,
            '2' => Packet::Ping(rest.to_owned()),
            '3' => Packet::Pong(rest.to_owned()),
            '4' => Packet::text(rest),
            '5' => Packet::Upgrade,
            '6' => Packet::Noop,
            'b' => Packet::Message(Data::Binary(BASE64.decode(rest.as_bytes()).map_err(|_| Malformed)?)),
            _ => return Err(Malformed),
        })
    }

    /// As text; bytes become base64.
    pub fn write(&self) -> String {
        match self {
            Packet::Open(json) => format!("0{json}"),
            Packet::Close => "1".to_owned(),
            Packet::Ping(word) => format!("2{word}"),
            Packet::Pong(word) => format!("3{word}"),
            Packet::Message(Data::Text(text)) => format!("4{text}"),
            Packet::Message(Data::Binary(bytes)) => format!("b{}", BASE64.encode(bytes)),
            Packet::Upgrade => "5".to_owned(),
            Packet::Noop => "6".to_owned(),
        }
    }

    /// Bytes that it takes at least.
    pub fn size(&self) -> usize {
        match self {
            Packet::Open(text) | Packet::Ping(text) | Packet::Pong(text) | Packet::Message(Data::Text(text)) => {
                1 + text.len()
            }
            Packet::Message(Data::Binary(bytes)) => bytes.len(),
            _ => 1,
        }
    }
}

/// Packets as the body of a request or of an answer.
pub fn payload<'a>(packets: impl IntoIterator<Item = &'a Packet>) -> String {
    let all: Vec<String> = packets.into_iter().map(Packet::write).collect();
    all.join("\u{1e}")
}

/// The packets of a body.
///
/// # Errors
/// One of them is none.
pub fn read_payload(body: &str) -> Result<Vec<Packet>, Malformed> {
    body.split(BETWEEN).map(Packet::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_packet_reads_back_as_it_was_written() {
        for text in ["0{\"sid\":\"a\"}", "1", "2", "2probe", "3probe", "4hello", "4", "5", "6", "bAQIDBA=="] {
            assert_eq!(Packet::read(text).expect("a packet").write(), text);
        }
        assert_eq!(Packet::read("bAQIDBA=="), Ok(Packet::Message(Data::Binary(vec![1, 2, 3, 4]))));
    }

    #[test]
    fn a_body_carries_several_packets_with_a_separator_between() {
        let packets =
            [Packet::text("hello €"), Packet::Message(Data::Binary(vec![1, 2, 3, 4])), Packet::Ping(String::new())];
        let body = payload(&packets);
        assert_eq!(body, "4hello €\u{1e}bAQIDBA==\u{1e}2");
        assert_eq!(read_payload(&body).as_deref(), Ok(&packets[..]));
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for wrong in ["", "abc", "7", "b!", "4a\u{1e}", "\u{1e}4a", "€"] {
            assert_eq!(read_payload(wrong), Err(Malformed), "{wrong:?}");
        }
    }
}
