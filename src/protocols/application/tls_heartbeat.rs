//! Heartbeats of TLS, RFC 6520: a question with some bytes, and an answer that brings the same bytes back. In 2014
//! OpenSSL believed the length in the question and answered with its own memory: Heartbleed.
//! Not here: records (`tls`), the extension that allows heartbeats (`tls_extensions`).

use crate::dissect::{
    Cut, Field, GistForm, Reader,
    Show::{Bytes, Names, Nothing, Unit},
    field, name,
};

pub(super) static TYPE: Field = field(
    "heartbeat_type",
    "heartbeat",
    Names(&[
        name(1, "request", "Send this back to me, if you are still there."),
        name(2, "response", "Still here, and this is what you sent."),
    ]),
)
.gist("heartbeat ")
.spec("RFC 6520 §4")
.explain("Tells question from answer. The question keeps a silent connection alive in the tables of routers, and finds out whether anybody is left at the other end.");
pub(super) static LENGTH: Field = field("heartbeat_length", "to be sent back", Unit("bytes"))
    .gist_as(GistForm::Counted, "of ")
    .spec("RFC 6520 §4")
    .explain("How many of the bytes that follow come back. The record knows its own length, so this one has to be checked against it before anybody copies.");
pub(super) static PAYLOAD: Field = field("heartbeat_payload", "what comes back", Bytes)
    .spec("RFC 6520 §4")
    .explain("Anything at all, such as a counter: the answer has to bring exactly the same, so the asker knows which of its questions has arrived.");
pub(super) static PADDING: Field = field("heartbeat_padding", "filling", Bytes)
    .spec("RFC 6520 §4")
    .explain("At least 16 random bytes that the receiver ignores: questions of different lengths find out how large a packet may be on this way.")
    .quiet();
pub(super) static BLEED: Field = field("heartbleed", "wants more than it sent: Heartbleed", Nothing)
    .gist("wants more back than it sent: this is Heartbleed")
    .spec("RFC 6520 §4, CVE-2014-0160")
    .explain("The length goes beyond the end of the record. A healthy server says nothing; OpenSSL before 1.0.1g copied on behind the message, out of its memory: passwords, cookies, its private key.");
pub(super) static MORE: Field = field("heartbeat_more", "far more than was asked", Nothing)
    .gist("far longer than the other side's: perhaps Heartbleed")
    .spec("RFC 6520 §4, CVE-2014-0160")
    .explain("An answer is as long as its question. One that is much longer carries something else: so a leak can be seen from outside, even where it is encrypted.");
pub(super) static HIDDEN: Field = field("encrypted_heartbeat", "encrypted heartbeat", Unit("bytes"))
    .gist_as(GistForm::Counted, "encrypted heartbeat ")
    .spec("RFC 6520 §4")
    .explain("Whether it asks or answers is hidden. Its length is not, and that is enough to catch a server which answers with more than it was asked.");

/// Bytes of type and length.
const HEAD: usize = 3;
/// An answer may be so much longer than its question: encryption and filling differ a little.
const TOLERANCE: usize = 256;

/// The longest heartbeat of each side.
#[derive(Default)]
struct Longest([usize; 2]);

/// Takes the content of a record.
pub(super) fn read(r: &mut Reader<'_>, encrypted: bool) -> Result<(), Cut> {
    let length = r.left();
    if encrypted || !matches!(r.rest(), [1 | 2, ..]) {
        r.note_at(&HIDDEN, r.span(length), length as u64);
        surprise(r, length);
        r.skip(length);
        return Ok(());
    }
    r.u8(&TYPE)?;
    let claimed = usize::from(r.u16(&LENGTH)?);
    if claimed > r.left() {
        r.note(&BLEED, 1);
    }
    surprise(r, length.max(HEAD));
    if claimed.min(r.left()) > 0 {
        r.bytes(&PAYLOAD, claimed.min(r.left()))?;
    }
    r.all(&PADDING);
    Ok(())
}

/// Notes where a heartbeat is much longer than all that the other side has sent.
fn surprise(r: &mut Reader<'_>, length: usize) {
    let Some(talk) = r.talk() else { return };
    let side = talk.side.index();
    let Longest(longest) = talk.memory();
    longest[side] = longest[side].max(length);
    let other = longest[1 - side];
    if other > 0 && length > other + TOLERANCE {
        r.note(&MORE, 1);
    }
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read_bytes};

    fn tls(record: &str) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d201bb 00000001 00000001 5018 fa00 0000 0000";
        read_bytes(1, hex(&format!("{head}{record}")))
    }

    #[test]
    fn a_heartbeat_has_a_payload_and_padding() {
        let seen = tls("18 0303 0017 01 0004 70696e67 000102030405060708090a0b0c0d0e0f");
        assert_eq!(seen.numbers("tls.heartbeat_type"), [1]);
        assert_eq!(seen.nodes("tls.heartbeat_payload")[0].at.len(), 4);
        assert_eq!(seen.nodes("tls.heartbeat_padding")[0].at.len(), 16);
        assert!(seen.numbers("tls.heartbleed").is_empty());
    }

    #[test]
    fn a_length_beyond_the_record_is_heartbleed() {
        let seen = tls("18 0302 0003 01 4000");
        assert_eq!(seen.numbers("tls.heartbleed"), [1]);
        assert!(!seen.cut("tls"));
        assert!(seen.nodes("tls.heartbeat_payload").is_empty());
    }

    #[test]
    fn a_heartbeat_that_is_neither_question_nor_answer_is_encrypted() {
        let seen = tls("18 0303 0004 9f8e7d6c");
        assert_eq!(seen.numbers("tls.encrypted_heartbeat"), [4]);
    }

    #[test]
    fn a_heartbeat_that_ends_early_is_cut() {
        assert!(tls("18 0303 0001 01").cut("tls"));
    }
}
