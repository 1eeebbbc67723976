//! Why a WebSocket connection ends: the content of a close frame, RFC 6455 §5.5.1 and §7.4.
//! Not here: the frame around it (`websocket`).

use super::websocket::{Head, PAYLOAD, unmasked};
use super::websocket_looks::Text as Utf8;
use super::websocket_rules::BAD_UTF8;
use crate::dissect::{
    Cut, Field, GistForm, Name, Reader,
    Show::{Names, Nothing, Text},
    field, name,
};

pub(super) static CLOSE_CODE: Field = field("close_code", "why it ends", Names(CLOSE_CODES))
    .gist_as(GistForm::Numbered, "")
    .spec("RFC 6455 §7.4")
    .explain("The reason as a number. Programs can tell with it whether coming back makes sense.");
pub(super) static CLOSE_REASON: Field = field("close_reason", "why, in words", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 6455 §5.5.1, §7.1.6")
    .explain("The reason in words, for people who look for mistakes; never meant for users.");
pub(super) static BAD_CLOSE: Field = field("bad_close", "impossible close code", Nothing)
    .gist("impossible close code")
    .spec("RFC 6455 §5.5.1, §7.4")
    .explain("A close frame carries nothing or a code of two bytes that may be sent; 1005, 1006 and 1015 exist only inside programs.");

const CLOSE_CODES: &[Name] = &[
    name(1000, "normal", "All is said."),
    name(1001, "going away", "The page was left or the server shuts down."),
    name(1002, "protocol error", "The other side broke the rules of the protocol."),
    name(1003, "unsupported data", "This kind of data is not taken here."),
    name(1004, "reserved", "Must not be sent."),
    name(1005, "no code", "Must not be sent: programs say so when a close frame had no code."),
    name(1006, "abnormal", "Must not be sent: programs say so when the connection just broke."),
    name(1007, "invalid data", "A text was not UTF-8, or data contradicted its kind."),
    name(1008, "policy", "Against the rules of this service."),
    name(1009, "too big", "The message is larger than what is taken here."),
    name(1010, "extension missing", "The server did not agree to an extension that the client needs."),
    name(1011, "server error", "Something unexpected happened."),
    name(1012, "restart", "The server starts anew; come back in a moment."),
    name(1013, "try later", "The server has too much to do."),
    name(1014, "bad gateway", "The server behind this one gave a broken answer."),
    name(1015, "TLS failed", "Must not be sent: programs say so when encryption could not begin."),
    name(3000, "unauthorized", "Say who you are first."),
    name(3003, "forbidden", "Known, but not allowed."),
    name(3008, "timeout", "It took too long."),
];

/// Takes the `n` bytes of payload that are here.
pub(super) fn read(r: &mut Reader<'_>, head: &Head, n: usize) -> Result<(), Cut> {
    if n < 2 {
        r.note(&BAD_CLOSE, 1);
        unmasked(r, &PAYLOAD, head.key, 0, n)?;
        return Ok(());
    }
    let at = r.span(2);
    let mask = head.key.map_or(0, |key| u64::from(u16::from_be_bytes([key[0], key[1]])));
    let code = r.raw::<2>()?.value ^ mask;
    r.note_at(&CLOSE_CODE, at, code);
    if !may_be_sent(code) {
        r.note(&BAD_CLOSE, 1);
    }
    if n > 2 {
        let bytes = unmasked(r, &CLOSE_REASON, head.key, 2, n - 2)?;
        if head.fin && !Utf8::of(bytes, head.key, 2).complete() {
            r.note(&BAD_UTF8, 1);
        }
    }
    Ok(())
}

/// Whether a close frame may carry this code (RFC 6455 §7.4.2).
pub(super) fn may_be_sent(code: u64) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
