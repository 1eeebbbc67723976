//! The rules of WebSocket frames that one frame alone can break (RFC 6455 §5.2, §5.5): the receiver must hang up.
//! Not here: rules that need the frames before it (`websocket_talk`).

use super::websocket::CLOSE;
use crate::dissect::{Field, Reader, Show::Nothing, field};

pub(super) static CONTROL_TOO_LONG: Field = field("control_too_long", "signal above 125 bytes", Nothing)
    .gist("control frame above 125 bytes")
    .spec("RFC 6455 §5.5")
    .explain("Close, ping and pong carry 125 bytes at most, so that they can always be handled at once. The receiver must hang up.");
pub(super) static CONTROL_FRAGMENTED: Field = field("control_fragmented", "signal in pieces", Nothing)
    .gist("fragmented control frame")
    .spec("RFC 6455 §5.4, §5.5")
    .explain("Close, ping and pong must not come in pieces: they may stand between the pieces of a message and could not be told apart.");
pub(super) static RESERVED_OPCODE: Field = field("reserved_opcode", "unknown kind of frame", Nothing)
    .gist("reserved opcode")
    .spec("RFC 6455 §5.2")
    .explain("Opcodes 3 to 7 and 11 to 15 are kept for later; a receiver that meets one must hang up.");
pub(super) static NOT_MINIMAL: Field = field("not_minimal", "length written too long", Nothing)
    .gist("length not minimal")
    .spec("RFC 6455 §5.2")
    .explain("A shorter form of the length would have done. Only one spelling is allowed, so that nobody can hide something in the others.");
pub(super) static LENGTH_TOO_BIG: Field = field("length_too_big", "length above 63 bits", Nothing)
    .gist("length above 63 bits")
    .spec("RFC 6455 §5.2")
    .explain("The top bit of a 64-bit length must be 0: many languages would take it for a negative number.");
pub(super) static BAD_UTF8: Field = field("bad_utf8", "text that is no UTF-8", Nothing)
    .gist("not UTF-8")
    .spec("RFC 6455 §8.1")
    .explain("Texts must be UTF-8; a receiver that finds something else hangs up with close code 1007.");
pub(super) static RSV_SET: Field = field("rsv_set", "extension bits set", Nothing).gist("RSV set").spec("RFC 6455 §5.2").explain(
    "Right only if an extension was agreed on in the handshake, such as compression; else the receiver must hang up.",
);

/// Notes which rules a frame breaks.
pub(super) fn judge(r: &mut Reader<'_>, fin: bool, opcode: u64, length: u64) {
    let control = opcode >= CLOSE;
    if matches!(opcode, 3..=7 | 11..=15) {
        r.note(&RESERVED_OPCODE, 1);
    }
    if control && length > 125 {
        r.note(&CONTROL_TOO_LONG, 1);
    }
    if control && !fin {
        r.note(&CONTROL_FRAGMENTED, 1);
    }
}
