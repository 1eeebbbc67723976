//! What the handshake says about the frames behind it: whether the proof fits the key (RFC 6455 §4.2.2) and how
//! messages are compressed (RFC 7692 §7.1). Remembered for the conversation.
//! Not here: the header lines (`http_headers`), the frames (`websocket`).

use super::websocket_talk::Memory;
use crate::dissect::{
    Field, Reader,
    Show::{Names, Nothing},
    field, name,
};

pub(super) static ACCEPT_STATUS: Field = field(
    "sec_websocket_accept_status",
    "does the proof fit the key",
    Names(&[
        name(RIGHT, "right", "Computed from the key that the client sent: the server has read this very request."),
        name(WRONG, "wrong", "Not what the client's key gives: the client must hang up."),
    ]),
)
.spec("RFC 6455 §4.2.2 step 5.4")
.explain("Computed again here: SHA-1 over key and fixed text. It keeps a cache or a confused server from answering in the place of one that really speaks WebSocket.");
pub(super) static ACCEPT_WRONG: Field = field("sec_websocket_accept_wrong", "proof does not fit", Nothing)
    .gist("wrong Sec-WebSocket-Accept")
    .spec("RFC 6455 §4.1")
    .explain("The client must break the connection off here; whoever answered has not understood the question.");

const RIGHT: u64 = 0;
const WRONG: u64 = 1;
/// A key has 24 characters; what is much longer is none.
const MAX_KEY: usize = 256;

/// What the request and its answer have said so far.
#[derive(Default)]
pub(super) struct Handshake {
    key: Vec<u8>,
    deflate: Option<Deflate>,
}

/// permessage-deflate, as both sides agreed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deflate {
    /// Whether client and server go on with the memory of their earlier messages.
    pub takeover: [bool; 2],
}

/// Hears one header of the request (without a status) or of its answer.
pub(super) fn header(r: &mut Reader<'_>, key: &str, value: &[u8], status: Option<u16>) {
    let Some(talk) = r.talk() else { return };
    match (key, status) {
        ("sec_websocket_key", None) if value.len() <= MAX_KEY => {
            *talk.memory::<Handshake>() = Handshake { key: value.to_vec(), deflate: None };
        }
        ("sec_websocket_accept", Some(101)) => {
            let Some(Handshake { key, .. }) = talk.recall().filter(|h: &&mut Handshake| !h.key.is_empty()) else {
                return;
            };
            let fits = tungstenite::handshake::derive_accept_key(key).as_bytes() == value;
            r.note(&ACCEPT_STATUS, if fits { RIGHT } else { WRONG });
            if !fits {
                r.note(&ACCEPT_WRONG, 1);
            }
        }
        ("sec_websocket_extensions", Some(101)) => talk.memory::<Handshake>().deflate = agreed(value),
        _ => {}
    }
}

/// The answer was 101: frames follow.
pub(super) fn opened(r: &mut Reader<'_>) {
    let Some(talk) = r.talk() else { return };
    let deflate = std::mem::take(talk.memory::<Handshake>()).deflate;
    *talk.memory::<Memory>() = Memory::opened(deflate);
}

/// The server's choice: `permessage-deflate; server_no_context_takeover; client_max_window_bits=12`.
fn agreed(value: &[u8]) -> Option<Deflate> {
    let mut parts =
        value.split(|b| *b == b',').map(|extension| extension.split(|b| *b == b';').map(<[u8]>::trim_ascii));
    let parameters = parts.find_map(|mut p| (p.next()? == b"permessage-deflate").then_some(p))?;
    let mut deflate = Deflate { takeover: [true; 2] };
    for parameter in parameters {
        match parameter {
            b"client_no_context_takeover" => deflate.takeover[0] = false,
            b"server_no_context_takeover" => deflate.takeover[1] = false,
            _ => {} // a smaller window is read with the largest one just as well
        }
    }
    Some(deflate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_each_side_is_agreed_on_by_itself() {
        assert_eq!(agreed(b"permessage-deflate"), Some(Deflate { takeover: [true, true] }));
        assert_eq!(
            agreed(b"x-other, permessage-deflate; server_no_context_takeover; client_max_window_bits=9"),
            Some(Deflate { takeover: [true, false] })
        );
        assert_eq!(agreed(b"permessage-bzip2"), None);
    }
}
