//! The header of a DNS message, RFC 1035 §4.1.1: twelve bytes that tie an answer to its question, say
//! how it went and how many records follow.
//! Not here: the questions and records themselves (`dns`).

use super::dns::{Kind, NO_YES};
use crate::dissect::{
    Cut, Field, Name, Reader,
    Show::{Dec, Hex, Names},
    field, name,
};

pub(super) static ID: Field = field("id", "id", Hex)
    .spec("RFC 1035 §4.1.1")
    .explain("Ties the answer to its question. It is chosen at random, since whoever guesses it can slip in a false answer first.");
pub(super) static QR: Field = field("qr", "direction", Names(&[name(0, "query", ""), name(1, "response", "")]))
    .spec("RFC 1035 §4.1.1")
    .explain("Tells question from answer: both have the same form, and an answer repeats the question.");
pub(super) static OPCODE: Field = field(
    "opcode",
    "kind of request",
    Names(&[
        name(0, "query", "An ordinary look-up."),
        name(1, "inverse query", "Historic; reverse look-ups use PTR records instead."),
        name(2, "status", "Asks how the server is; never defined further."),
        name(4, "notify", "Tells a secondary server that the zone has changed."),
        name(5, "update", "Adds and removes records."),
        name(6, "stateful", "Keeps a session open, RFC 8490."),
    ]),
)
.spec("RFC 1035 §4.1.1")
.explain("Nearly always an ordinary query; the others let servers keep each other up to date.")
.quiet();
pub(super) static AA: Field = field("aa", "from the authority", Names(NO_YES))
    .spec("RFC 1035 §4.1.1")
    .explain("Whether this server itself is responsible for the name, or passes on what it heard and may have kept for hours.")
    .quiet();
pub(super) static TC: Field = field("tc", "truncated", Names(NO_YES))
    .spec("RFC 1035 §4.1.1, RFC 2181 §9")
    .explain("The answer did not fit into the datagram; the asker should ask again over TCP.")
    .quiet();
pub(super) static RD: Field = field("rd", "recursion desired", Names(NO_YES))
    .spec("RFC 1035 §4.1.1")
    .explain("Asks the server to find the answer itself by asking others. Without it a server only says what it knows.")
    .quiet();
pub(super) static RA: Field = field("ra", "recursion available", Names(NO_YES))
    .spec("RFC 1035 §4.1.1")
    .explain("Whether this server asks others on your behalf: resolvers do, the servers of a zone do not.")
    .quiet();
pub(super) static Z: Field = field("z", "reserved", Dec)
    .spec("RFC 1035 §4.1.1")
    .explain("Kept for later and zero until then, so that old software can tell when something new is used.")
    .quiet();
pub(super) static AD: Field = field("ad", "signatures checked", Names(NO_YES))
    .spec("RFC 4035 §3.2.3")
    .explain(
        "The resolver says that it has checked the signatures (DNSSEC); worth no more than the line to that resolver.",
    )
    .quiet();
pub(super) static CD: Field = field("cd", "do not check", Names(NO_YES))
    .spec("RFC 4035 §3.2.2")
    .explain("The asker checks signatures itself and wants even data that fails the check.")
    .quiet();
pub(super) static CONFLICT: Field = field("conflict", "name is contested", Names(NO_YES))
    .spec("RFC 4795 §2.1.1")
    .explain("Several neighbours answered to the same name (LLMNR); the asker lets them sort it out.")
    .quiet();
pub(super) static TENTATIVE: Field = field("tentative", "not yet sure", Names(NO_YES))
    .spec("RFC 4795 §2.1.1")
    .explain("The answering machine has not yet made sure that the name is its own alone (LLMNR).")
    .quiet();
pub(super) static RCODE: Field = field("rcode", "outcome", Names(RCODES))
    .spec("RFC 1035 §4.1.1, RFC 6895 §2.3")
    .explain("Whether the look-up worked; without it an empty answer could mean a missing name or a broken server.");
pub(super) static FAILURE: Field = field("failure", "failed", Names(RCODES))
    .gist("")
    .spec("RFC 1035 §4.1.1")
    .explain("Noted only where the outcome is not 0, so that failures stand out among many answers.");
pub(super) static QUESTIONS: Field = field("questions", "questions", Dec)
    .spec("RFC 1035 §4.1.1")
    .explain("How many questions follow; the format allows many, but servers answer exactly one.")
    .quiet();
pub(super) static ANSWERS: Field = field("answers", "answers", Dec)
    .spec("RFC 1035 §4.1.1")
    .explain("How many records answer the question; none, without an error, means that the name has no such record.")
    .quiet();
pub(super) static AUTHORITIES: Field = field("authorities", "authorities", Dec)
    .spec("RFC 1035 §4.1.1")
    .explain(
        "How many records say who is responsible: the way to the next server, or how long \"no\" may be remembered.",
    )
    .quiet();
pub(super) static ADDITIONALS: Field = field("additionals", "additional records", Dec)
    .spec("RFC 1035 §4.1.1")
    .explain("How many records come along to save a second question, such as the address of a name server just named.")
    .quiet();

const RCODES: &[Name] = &[
    name(0, "no error", "The look-up worked, even if there is no such record."),
    name(1, "format error", "The server could not read the question."),
    name(2, "server failure", "The server could not get an answer, or its signature was wrong."),
    name(3, "no such name", "NXDOMAIN: the name does not exist at all, for any type."),
    name(4, "not implemented", "The server does not do that kind of request."),
    name(5, "refused", "The server does not want to answer this asker."),
    name(6, "name exists", "An update would create a name that is there."),
    name(7, "record set exists", "An update would create records that are there."),
    name(8, "no such record set", "An update needs records that are missing."),
    name(9, "not authoritative", "Not responsible for the zone, or not allowed."),
    name(10, "not in zone", "A name of the update lies outside the zone."),
];

/// Takes the header; returns the four counts.
pub(super) fn read(r: &mut Reader<'_>, kind: Kind) -> Result<[u16; 4], Cut> {
    r.u16(&ID)?;
    flags(r, kind)?;
    Ok([r.u16(&QUESTIONS)?, r.u16(&ANSWERS)?, r.u16(&AUTHORITIES)?, r.u16(&ADDITIONALS)?])
}

fn flags(r: &mut Reader<'_>, kind: Kind) -> Result<(), Cut> {
    let bits = r.raw::<2>()?;
    let response = r.part(&QR, bits, 0..1) == 1;
    r.part(&OPCODE, bits, 1..5);
    if kind == Kind::LinkLocal {
        r.part(&CONFLICT, bits, 5..6);
        r.part(&TC, bits, 6..7);
        r.part(&TENTATIVE, bits, 7..8);
        r.part(&Z, bits, 8..12);
    } else {
        // What only an answer can say is left out of questions.
        if response {
            r.part(&AA, bits, 5..6);
        }
        r.part(&TC, bits, 6..7);
        r.part(&RD, bits, 7..8);
        if response {
            r.part(&RA, bits, 8..9);
        }
        r.part(&Z, bits, 9..10);
        r.part(&AD, bits, 10..11);
        r.part(&CD, bits, 11..12);
    }
    if response && r.part(&RCODE, bits, 12..16) != 0 {
        r.note(&FAILURE, bits.bits(12..16));
    }
    Ok(())
}
