//! Frames on order, right ones and wrong ones: what an honest endpoint never sends is what its peer has to be tested with.
//! Every mistake names the rule of RFC 6455 that it breaks and the close code that a right peer answers.
//! Not here: sending them (`ask`).

use super::deflate::{Agreement, Deflate};
use super::frame::{Head, Opcode, mask};

/// A message or a control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text(String),
    /// Any bytes.
    Binary(Vec<u8>),
    /// Are you there?
    Ping(Vec<u8>),
    /// I am.
    Pong(Vec<u8>),
    /// Goodbye: a code and a reason, or nothing.
    Close(Option<(u16, String)>),
}

/// What is to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// What is said.
    pub content: Content,
    /// The masking key; `None` leaves it plain.
    pub key: Option<[u8; 4]>,
    /// Frames that a message is cut into; control frames are never cut.
    pub pieces: usize,
    /// Compresses messages as was agreed on.
    pub agreement: Option<Agreement>,
}

/// The frames of a message, one after another. Nothing is checked: whoever asks for a ping of 200 bytes gets it.
pub fn build(recipe: &Recipe) -> Vec<Vec<u8>> {
    let (opcode, mut payload) = match &recipe.content {
        Content::Text(text) => (Opcode::Text, text.clone().into_bytes()),
        Content::Binary(bytes) => (Opcode::Binary, bytes.clone()),
        Content::Ping(bytes) => (Opcode::Ping, bytes.clone()),
        Content::Pong(bytes) => (Opcode::Pong, bytes.clone()),
        Content::Close(None) => (Opcode::Close, Vec::new()),
        Content::Close(Some((code, reason))) => (Opcode::Close, [&code.to_be_bytes(), reason.as_bytes()].concat()),
    };
    if opcode.is_control() {
        return vec![frame(true, 0, opcode.bits(), recipe.key, &payload)];
    }
    let rsv = if recipe.agreement.is_some() { 4 } else { 0 };
    if let Some(agreement) = recipe.agreement {
        payload = Deflate::new(agreement, recipe.key.is_some()).deflate(&payload);
    }
    let pieces = recipe.pieces.max(1);
    let cut = |number: usize| (payload.len() as u128 * number as u128 / pieces as u128) as usize;
    let piece = |number: usize| {
        let (opcode, rsv) = if number == 0 { (opcode.bits(), rsv) } else { (0, 0) };
        frame(number + 1 == pieces, rsv, opcode, recipe.key, &payload[cut(number)..cut(number + 1)])
    };
    (0..pieces).map(piece).collect()
}

/// One frame, its length in the shortest form.
fn frame(fin: bool, rsv: u8, opcode: u8, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let head = Head { fin, rsv, opcode: Opcode::Text, mask: key, length: payload.len() as u64, size: 0 };
    let mut bytes = Vec::new();
    head.write(&mut bytes);
    // The head knows only opcodes that exist.
    bytes[0] = bytes[0] & 0xf0 | opcode;
    append(&mut bytes, key, payload);
    bytes
}

/// One frame whose length is written as it is given, whatever the payload has.
fn with_length(length: &[u8], key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x82, u8::from(key.is_some()) << 7 | length[0]];
    bytes.extend_from_slice(&length[1..]);
    bytes.extend_from_slice(key.as_ref().map_or(&[][..], |key| key));
    append(&mut bytes, key, payload);
    bytes
}

fn append(bytes: &mut Vec<u8>, key: Option<[u8; 4]>, payload: &[u8]) {
    let start = bytes.len();
    bytes.extend_from_slice(payload);
    if let Some(key) = key {
        mask(&mut bytes[start..], key, 0);
    }
}

/// A mistake that can be ordered.
pub struct Bad {
    /// What it is called.
    pub name: &'static str,
    /// What is wrong, in a few words.
    pub what: &'static str,
    /// Why the rule is there.
    pub why: &'static str,
    /// Where it stands.
    pub rule: &'static str,
    /// The close code of a right answer.
    pub code: u16,
    /// Only this side can make it: the client (true) or the server.
    pub only: Option<bool>,
    build: fn(Option<[u8; 4]>) -> Vec<Vec<u8>>,
}

impl Bad {
    /// The frames. `key` masks them, as a client has to, except where that is the mistake.
    pub fn build(&self, key: Option<[u8; 4]>) -> Vec<Vec<u8>> {
        (self.build)(key)
    }

    /// The same in a message of the user's own; `None` where the mistake is in what it carries, or does not fit this
    /// length.
    pub fn build_with(&self, key: Option<[u8; 4]>, text: &[u8]) -> Option<Vec<Vec<u8>>> {
        Some(match self.name {
            "unmasked" => vec![frame(true, 0, 1, None, text)],
            "masked" => vec![frame(true, 0, 1, Some(SOME_KEY), text)],
            "reserved-bit" => vec![frame(true, 1, 1, key, text)],
            "reserved-opcode" => vec![frame(true, 0, 3, key, text)],
            "message-in-message" => vec![frame(false, 0, 1, key, text), frame(true, 0, 1, key, text)],
            "long-length-form" if text.len() < 126 => vec![with_length(&[126, 0, text.len() as u8], key, text)],
            _ => return None,
        })
    }

    /// The mistake of this name.
    pub fn named(name: &str) -> Option<&'static Bad> {
        BAD.iter().find(|bad| bad.name == name)
    }
}

macro_rules! bad {
    ($name:literal, $what:literal, $code:literal, $section:literal, $why:literal, $build:expr) => {
        bad!($name, $what, $code, $section, $why, $build, None)
    };
    ($name:literal, $what:literal, $code:literal, $section:literal, $why:literal, $build:expr, $only:expr) => {
        Bad {
            name: $name,
            what: $what,
            why: $why,
            rule: concat!("RFC 6455 §", $section),
            code: $code,
            only: $only,
            build: $build,
        }
    };
}

/// A key for the mistake of masking where nobody may.
const SOME_KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// All of them.
pub static BAD: &[Bad] = &[
    bad!(
        "unmasked",
        "a client that does not mask",
        1002,
        "5.1",
        "A page could choose bytes that an old proxy takes for HTTP, and so write into its cache; a mask that it cannot foresee prevents that.",
        |_| vec![frame(true, 0, 1, None, b"Hello")],
        Some(true)
    ),
    bad!(
        "masked",
        "a server that masks",
        1002,
        "5.1",
        "Nobody writes scripts that run in a server's proxy: a mask would only cost time, so a client takes it for a mistake.",
        |_| vec![frame(true, 0, 1, Some(SOME_KEY), b"Hello")],
        Some(false)
    ),
    bad!(
        "reserved-bit",
        "RSV3 is set, but no extension uses it",
        1002,
        "5.2",
        "A bit that nobody agreed on may change what the payload means; to guess would be worse than to hang up.",
        |key| vec![frame(true, 1, 1, key, b"Hello")]
    ),
    bad!(
        "reserved-opcode",
        "an unknown kind of message (3)",
        1002,
        "5.2",
        "Opcodes 3 to 7 wait for later versions: who does not know them cannot even tell text from bytes.",
        |key| vec![frame(true, 0, 3, key, b"Hello")]
    ),
    bad!(
        "reserved-control",
        "an unknown kind of control frame (B)",
        1002,
        "5.2",
        "Opcodes B to F wait for later versions.",
        |key| vec![frame(true, 0, 0xb, key, b"")]
    ),
    bad!(
        "long-ping",
        "a ping of 126 bytes; 125 are allowed",
        1002,
        "5.5",
        "Control frames are small, so that every program can answer them at once, from a buffer of fixed size.",
        |key| vec![frame(true, 0, 9, key, &[b'!'; 126])]
    ),
    bad!(
        "fragmented-ping",
        "a ping that comes in pieces",
        1002,
        "5.5",
        "Control frames slip in between the pieces of a message; pieces of them would get mixed up with it.",
        |key| vec![frame(false, 0, 9, key, b"ping"), frame(true, 0, 0, key, b"pong")]
    ),
    bad!(
        "bad-utf8",
        "a text with a byte no UTF-8 has (ff)",
        1007,
        "8.1",
        "Text is UTF-8, always: so a page gets a string and never has to guess an encoding. Bytes have a kind of their own, binary.",
        |key| vec![frame(true, 0, 1, key, b"Hel\xffo")]
    ),
    bad!(
        "cut-utf8",
        "a text that ends within a character",
        1007,
        "8.1",
        "A frame may end within a character, a message may not.",
        |key| vec![frame(true, 0, 1, key, b"caf\xc3")]
    ),
    bad!(
        "surrogate",
        "half of a surrogate pair (U+D800)",
        1007,
        "8.1",
        "JavaScript strings can hold halves of pairs, UTF-8 cannot; a browser sends U+FFFD in their place.",
        |key| vec![frame(true, 0, 1, key, b"\xed\xa0\x80")]
    ),
    bad!(
        "half-close-code",
        "a close frame with half a code",
        1002,
        "5.5.1",
        "A close frame carries nothing, or a code of two bytes and then a reason.",
        |key| vec![frame(true, 0, 8, key, &[3])]
    ),
    bad!(
        "close-1005",
        "a close frame with code 1005",
        1002,
        "7.4",
        "1005 is what a program is told when no code came: sent, it would be a lie about itself.",
        |key| vec![frame(true, 0, 8, key, &1005_u16.to_be_bytes())]
    ),
    bad!(
        "close-999",
        "a close frame with code 999",
        1002,
        "7.4",
        "Codes below 1000 do not exist, those from 1016 to 2999 wait for later versions; 3000 to 4999 are yours.",
        |key| vec![frame(true, 0, 8, key, &999_u16.to_be_bytes())]
    ),
    bad!(
        "close-utf8",
        "a close frame whose reason is not UTF-8",
        1007,
        "8.1",
        "The reason of a close is text like any other.",
        |key| vec![frame(true, 0, 8, key, b"\x03\xe8by\xff")]
    ),
    bad!(
        "wrong-continuation",
        "a piece of a message that never began",
        1002,
        "5.4",
        "Only the first piece says whether a message is text or binary.",
        |key| vec![frame(true, 0, 0, key, b"lo")]
    ),
    bad!(
        "message-in-message",
        "a message inside another message",
        1002,
        "5.4",
        "Pieces have no number of their message: only control frames may come between them.",
        |key| vec![frame(false, 0, 1, key, b"Hel"), frame(true, 0, 1, key, b"Hello")]
    ),
    bad!(
        "long-length-form",
        "a short length, written the long way",
        1002,
        "5.2",
        "One length, one way to write it: two programs in a row must never read two different things in the same bytes.",
        |key| vec![with_length(&[126, 0, 5], key, b"Hello")]
    ),
    bad!(
        "negative-length",
        "a length whose first bit is set",
        1002,
        "5.2",
        "Many languages have no unsigned number of 64 bits: the first bit is 0, so that no length becomes negative.",
        |key| vec![with_length(&[127, 0x80, 0, 0, 0, 0, 0, 0, 5], key, b"Hello")]
    ),
    bad!(
        "huge-length",
        "4 exbibytes announced, 5 bytes sent",
        1009,
        "7.4.1",
        "Whoever sets memory aside because of an announcement can be stopped by 14 bytes; servers have a limit and say so.",
        |key| vec![with_length(&[127, 0x40, 0, 0, 0, 0, 0, 0, 0], key, b"Hello")]
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::{Anatomy, Broken, Endpoint, Incoming, Limits, Role};

    fn heard(role: Role, agreement: Option<Agreement>, frames: &[Vec<u8>]) -> Result<Vec<Incoming>, Broken> {
        let mut endpoint = Endpoint::new(role, Limits::default(), agreement);
        let mut messages = Vec::new();
        for frame in frames {
            endpoint.receive(frame);
            while let Some(message) = endpoint.next()? {
                messages.push(message);
            }
        }
        Ok(messages)
    }

    #[test]
    fn every_mistake_is_answered_as_it_says() {
        for bad in BAD {
            let client = bad.only.unwrap_or(true);
            let (role, key) = if client { (Role::Server, Some([1, 2, 3, 4])) } else { (Role::Client, None) };
            let broken = heard(role, None, &bad.build(key)).expect_err(bad.name);
            assert_eq!((broken.code, broken.rule), (bad.code, bad.rule), "{}", bad.name);
        }
    }

    #[test]
    fn a_mistake_in_a_text_of_ones_own_is_the_same_mistake() {
        let mut with_text = 0;
        for bad in BAD {
            let client = bad.only.unwrap_or(true);
            let (role, key) = if client { (Role::Server, Some([1, 2, 3, 4])) } else { (Role::Client, None) };
            for text in ["", "Grüße"] {
                let Some(frames) = bad.build_with(key, text.as_bytes()) else { continue };
                let broken = heard(role, None, &frames).expect_err(bad.name);
                assert_eq!((broken.code, broken.rule), (bad.code, bad.rule), "{}", bad.name);
                with_text += 1;
            }
        }
        assert_eq!(with_text, 12);
    }

    #[test]
    fn a_mistake_is_the_only_one_in_its_frames() {
        for bad in BAD.iter().filter(|bad| bad.only.is_none()) {
            let broken = heard(Role::Client, None, &bad.build(None)).expect_err(bad.name);
            assert_eq!((broken.code, broken.rule), (bad.code, bad.rule), "{}", bad.name);
        }
    }

    #[test]
    fn what_is_built_right_is_heard_as_it_was_meant() {
        let texts = ["", "Hello", "κόσμε 🙂", &"long ".repeat(20_000)];
        for (text, pieces) in texts.into_iter().flat_map(|text| [1, 2, 3, 7].map(|pieces| (text, pieces))) {
            for (key, role) in [(Some([9, 8, 7, 6]), Role::Server), (None, Role::Client)] {
                for agreement in [None, Some(Agreement::default())] {
                    let text_recipe = Recipe { content: Content::Text(text.into()), key, pieces, agreement };
                    let frames = build(&text_recipe);
                    assert_eq!(frames.len(), pieces);
                    assert_eq!(heard(role, agreement, &frames), Ok(vec![Incoming::Text(text.into())]));
                    let bytes = text.as_bytes().to_vec();
                    let frames = build(&Recipe { content: Content::Binary(bytes.clone()), ..text_recipe });
                    assert_eq!(heard(role, agreement, &frames), Ok(vec![Incoming::Binary(bytes)]));
                }
            }
        }
    }

    #[test]
    fn what_is_built_is_taken_apart_into_the_same() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536] {
            for key in [None, Some([0, 255, 1, 128])] {
                let bytes: Vec<u8> = (0..length).map(|n| (n * 31) as u8).collect();
                let content = Content::Binary(bytes.clone());
                let frames = build(&Recipe { content, key, pieces: 1, agreement: None });
                let (frame, rest) = Anatomy::take(&frames[0]).expect("a frame");
                assert_eq!((frame.plain(), frame.missing, rest.len()), (bytes, 0, 0));
                assert_eq!((frame.length, frame.key.len()), (Some(length), key.map_or(0, |key| key.len())));
            }
        }
    }
}
