//! The frames of HTTP/2 that steer: settings, errors, pings, farewells and windows, RFC 9113 §6.4 to §6.9 and §7.
//! Not here: headers and data (`http2_headers`, `http2`).

use crate::dissect::{
    Cut, Field, GistForm, Name, Reader,
    Show::{Bytes, Dec, Names, Text, Unit},
    field, name,
};

pub(super) static PROMISED: Field = field("promised_stream", "announced stream", Dec)
    .gist("promises ")
    .spec("RFC 9113 §6.6")
    .explain("Where the answer will come that nobody asked for yet. Browsers have given it up: mostly they had the thing already.");
pub(super) static HEADER_TABLE_SIZE: Field = field("header_table_size", "memory for headers", Unit("bytes"))
    .spec("RFC 9113 §6.5.2")
    .explain("How much the sender of this frame remembers of headers said to it; the other side may refer to so much and no more.");
pub(super) static ENABLE_PUSH: Field = field("enable_push", "announcements", Names(NO_YES))
    .spec("RFC 9113 §6.5.2")
    .explain("Whether the server may send what nobody asked for. Clients mostly say no.");
pub(super) static MAX_CONCURRENT_STREAMS: Field = field("max_concurrent_streams", "exchanges at once", Dec)
    .spec("RFC 9113 §6.5.2")
    .explain("How many streams the other side may have open together. Without a limit one client could keep a server busy with thousands.");
pub(super) static INITIAL_WINDOW_SIZE: Field = field("initial_window_size", "window of a new stream", Unit("bytes"))
    .spec("RFC 9113 §6.5.2, §6.9.2")
    .explain("How much data may come on each stream before the receiver has asked for more, so that one slow reader stops only its own stream.");
pub(super) static MAX_FRAME_SIZE: Field = field("max_frame_size", "longest frame", Unit("bytes"))
    .spec("RFC 9113 §6.5.2")
    .explain("The largest payload that is taken. Small frames let urgent ones slip in between; large ones cost less.");
pub(super) static MAX_HEADER_LIST_SIZE: Field =
    field("max_header_list_size", "longest headers", Unit("bytes")).spec("RFC 9113 §6.5.2").explain(
        "How large a message's headers may be once unpacked. Only advice, but it saves sending what will be refused.",
    );
pub(super) static ENABLE_CONNECT_PROTOCOL: Field =
    field("enable_connect_protocol", "WebSocket on streams", Names(NO_YES)).spec("RFC 8441 §3").explain(
        "Whether a stream may turn into a WebSocket. The upgrade of HTTP/1.1 would take the whole connection along.",
    );
pub(super) static NO_PRIORITIES: Field = field("no_rfc7540_priorities", "old priorities are off", Names(NO_YES))
    .spec("RFC 9218 §2.1")
    .explain("Whether the sender ignores the tree of dependencies that RFC 7540 designed and hardly anybody built.");
pub(super) static SETTING: Field = field("setting", "another setting", Bytes)
    .spec("RFC 9113 §6.5.2")
    .explain("Two bytes of name and four of value that this standard does not know; a receiver must not mind. Some send random ones so that nobody forgets.");
pub(super) static PING_DATA: Field = field("ping_data", "to be echoed", Bytes).spec("RFC 9113 §6.7").explain(
    "Eight bytes that come back unchanged: the time in between is how far the other end is away, and that it lives.",
);
pub(super) static LAST_STREAM: Field = field("last_stream", "last stream that counts", Dec)
    .gist("last stream ")
    .spec("RFC 9113 §6.8")
    .explain("What was asked on later streams was not even looked at, so it can be asked again elsewhere without doing it twice.");
pub(super) static ERROR_CODE: Field = field("error_code", "why", Names(ERRORS))
    .gist("")
    .spec("RFC 9113 §7")
    .explain("The reason as a number. Zero in a farewell is a server that shuts down in peace.");
pub(super) static DEBUG: Field = field("debug_data", "why, in words", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 9113 §6.8")
    .explain("Anything that may help whoever looks for the mistake; programs must not act on it.");
pub(super) static INCREMENT: Field = field("increment", "room for more", Unit("bytes"))
    .gist("+")
    .spec("RFC 9113 §6.9")
    .explain("So many bytes of data may be sent on top of what was allowed before. TCP has a window too, but one for all streams together.");

const NO_YES: &[Name] = &[name(0, "no", ""), name(1, "yes", "")];
const ERRORS: &[Name] = &[
    name(0x0, "NO_ERROR", "Nothing is wrong; it just ends."),
    name(0x1, "PROTOCOL_ERROR", "The other side broke a rule."),
    name(0x2, "INTERNAL_ERROR", "The sender itself failed."),
    name(0x3, "FLOW_CONTROL_ERROR", "More data came than the window allowed."),
    name(0x4, "SETTINGS_TIMEOUT", "Settings were not confirmed in time."),
    name(0x5, "STREAM_CLOSED", "A frame came for a stream that was over."),
    name(0x6, "FRAME_SIZE_ERROR", "A frame was too short or too long."),
    name(0x7, "REFUSED_STREAM", "Not even begun; it may be tried again."),
    name(0x8, "CANCEL", "No longer wanted: the user has left the page."),
    name(0x9, "COMPRESSION_ERROR", "The tables of headers differ; nothing can be understood any more."),
    name(0xa, "CONNECT_ERROR", "The connection behind a CONNECT broke."),
    name(0xb, "ENHANCE_YOUR_CALM", "The other side does too much."),
    name(0xc, "INADEQUATE_SECURITY", "The encryption is too weak."),
    name(0xd, "HTTP_1_1_REQUIRED", "This only works over HTTP/1.1."),
];

/// Takes the stream that a `PUSH_PROMISE` announces.
pub(super) fn promised(r: &mut Reader<'_>) -> Result<u64, Cut> {
    let stream = r.raw::<4>()?;
    Ok(r.part(&PROMISED, stream, 1..32))
}

/// Takes settings, six bytes each.
pub(super) fn settings(r: &mut Reader<'_>) -> Result<(), Cut> {
    while r.left() >= 6 {
        let setting = r.ahead::<6>()?;
        let field = match setting.bits(0..16) {
            1 => &HEADER_TABLE_SIZE,
            2 => &ENABLE_PUSH,
            3 => &MAX_CONCURRENT_STREAMS,
            4 => &INITIAL_WINDOW_SIZE,
            5 => &MAX_FRAME_SIZE,
            6 => &MAX_HEADER_LIST_SIZE,
            8 => &ENABLE_CONNECT_PROTOCOL,
            9 => &NO_PRIORITIES,
            _ => {
                r.bytes(&SETTING, 6)?;
                continue;
            }
        };
        let at = r.span(6);
        r.note_at(field, at, setting.bits(16..48));
        r.skip(6);
    }
    Ok(())
}

/// Takes an error code.
pub(super) fn error(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u32(&ERROR_CODE).map(|_| ())
}

/// Takes a farewell.
pub(super) fn goaway(r: &mut Reader<'_>) -> Result<(), Cut> {
    let stream = r.raw::<4>()?;
    r.part(&LAST_STREAM, stream, 1..32);
    error(r)?;
    r.all(&DEBUG);
    Ok(())
}

/// Takes the room that a receiver gives.
pub(super) fn window_update(r: &mut Reader<'_>) -> Result<(), Cut> {
    let room = r.raw::<4>()?;
    r.part(&INCREMENT, room, 1..32);
    Ok(())
}
