//! The extensions of a hello, RFC 8446 §4.2 and RFC 6066: nearly all that TLS has learned since 1999.
//! Not here: what a hidden hello holds (RFC 9849), the settings of QUIC (`quic_parameters`).

use super::quic_parameters;
use super::tls_fields::LIST_LENGTH;
use super::tls_names::{self as names, extension as kind};
use crate::dissect::{
    Cut, Field, Protocol, Reader,
    Show::{Bytes, Dec, Names, Nothing, Text, Unit},
    field, name,
};

pub(super) static EXTENSION: Field = field("extension", "extension", Nothing).spec("RFC 8446 §4.2").explain(
    "Something that may be said. Who does not know it steps over it, so TLS can learn without breaking old programs.",
);
pub(super) static TYPE: Field = field("extension_type", "extension", Names(names::EXTENSIONS))
    .spec("RFC 8446 §4.2")
    .explain("What it is about. Which ones are there and in what order gives the program away: fingerprints such as JA4 are made of it.");
pub(super) static LENGTH: Field = field("extension_length", "length of extension", Unit("bytes"))
    .spec("RFC 8446 §4.2")
    .explain("Bytes to step over for whoever does not understand what they say.")
    .quiet();
pub(super) static NAME_TYPE: Field = field("name_type", "kind of name", Names(&[name(0, "host name", "")]))
    .spec("RFC 6066 §3")
    .explain("Meant for other kinds than hosts; none was ever defined.")
    .quiet();
pub(super) static SNI: Field = field("sni", "to which site", Text)
    .gist("")
    .titles()
    .tells().spec("RFC 6066 §3")
    .explain("Many sites share one address; this tells the server whose certificate to show. It crosses the wire in the clear, for everyone on the way to read.");
pub(super) static ALPN: Field =
    field("alpn", "wants to speak", Text).gist("").tells().spec("RFC 7301 §3.1").explain(
        "Which protocol shall be spoken inside, such as h2 for HTTP/2. Agreed on here, it costs no round trip.",
    );
pub(super) static SUPPORTED_VERSION: Field = field("supported_version", "version", Names(names::VERSIONS))
    .spec("RFC 8446 §4.2.1")
    .explain("Here stands the truth about versions: offered by the client, chosen by the server.");
pub(super) static SUPPORTED_GROUP: Field = field("supported_group", "group", Names(names::GROUPS))
    .spec("RFC 8446 §4.2.7")
    .explain("A curve or group on which this side can agree on a key, the favourite first.");
pub(super) static KEY_SHARE_GROUP: Field = field("key_share_group", "group of the half", Names(names::GROUPS))
    .spec("RFC 8446 §4.2.8")
    .explain("The client guesses which group the server will take and sends its half right away; guessed wrong, it costs one round trip.");
pub(super) static KEY_EXCHANGE: Field = field("key_exchange", "public half", Bytes)
    .spec("RFC 8446 §4.2.8")
    .explain("Public by design: a secret comes out only where it meets the private half of the other side.");
pub(super) static SIGNATURE_ALGORITHM: Field =
    field("signature_algorithm", "can check", Names(names::SIGNATURES)).spec("RFC 8446 §4.2.3").explain(
        "A kind of signature that this side is able and willing to verify; the server picks its certificate by it.",
    );
pub(super) static POINT_FORMAT: Field = field(
    "point_format",
    "form of points",
    Names(&[name(0, "uncompressed", ""), name(1, "compressed prime", ""), name(2, "compressed char2", "")]),
)
.spec("RFC 8422 §5.1.2")
.explain("Points on a curve could be written shorter; nobody does, and TLS 1.3 has dropped the question.")
.quiet();
pub(super) static SESSION_TICKET: Field = field("session_ticket", "ticket from last time", Bytes)
    .spec("RFC 5077 §3.2")
    .explain("Shown again, it spares both sides the costly half of the handshake. It also lets a listener recognise the visitor.");
pub(super) static PSK_MODE: Field = field(
    "psk_mode",
    "use of a known key",
    Names(&[name(0, "psk_ke", "Alone."), name(1, "psk_dhe_ke", "Mixed with a fresh one.")]),
)
.spec("RFC 8446 §4.2.9")
.explain("A known key alone is fast; mixed with a fresh one it keeps old recordings shut even if it is stolen later.");
pub(super) static PSK_IDENTITY: Field = field("psk_identity", "which known key", Bytes)
    .spec("RFC 8446 §4.2.11")
    .explain("Mostly a ticket that the server gave last time: it alone can read in it which key is meant.");
pub(super) static TICKET_AGE: Field = field("obfuscated_ticket_age", "age of ticket, veiled", Unit("ms"))
    .spec("RFC 8446 §4.2.11.1")
    .explain("Tells the server whether early data is fresh. A secret number is added, so that nobody can link two visits by it.");
pub(super) static PSK_BINDER: Field = field("psk_binder", "proof of the known key", Bytes)
    .spec("RFC 8446 §4.2.11.2")
    .explain("A checksum over this hello, made with the known key: who merely copied the ticket cannot make it.");
pub(super) static PSK_SELECTED: Field = field("psk_selected", "known key taken", Dec)
    .spec("RFC 8446 §4.2.11")
    .explain("Which of the offered keys the server takes, counted from 0. Then it needs no certificate.");
pub(super) static COOKIE: Field = field("cookie", "cookie", Bytes).spec("RFC 8446 §4.2.2").explain(
    "The server puts its memory into the client's hands: repeating it proves that the client's address is not forged.",
);
pub(super) static STATUS_TYPE: Field =
    field("status_type", "kind of note", Names(&[name(1, "OCSP", "Online Certificate Status Protocol.")]))
        .spec("RFC 6066 §8")
        .explain("In what form the server shall prove that its certificate has not been taken back.");
pub(super) static ECH: Field = field("ech", "hidden hello", Bytes)
    .spec("RFC 9849 §5")
    .explain("The real hello, encrypted with a key from DNS. Browsers send noise of the same shape where they have no key, so that nobody stands out.");
pub(super) static MAX_FRAGMENT: Field = field(
    "max_fragment_length",
    "longest record",
    Names(&[name(1, "512 bytes", ""), name(2, "1024 bytes", ""), name(3, "2048 bytes", ""), name(4, "4096 bytes", "")]),
)
.spec("RFC 6066 §4")
.explain("A record can be checked only as a whole: devices with little memory ask for short ones.");
pub(super) static RENEGOTIATION: Field = field("renegotiated_connection", "earlier handshake", Bytes)
    .spec("RFC 5746 §3.2")
    .explain("Empty at first; later the proof of the handshake before. Without it an attacker could put words in front of the client's.");
pub(super) static SCT: Field = field("sct", "proofs of public logging", Bytes).spec("RFC 6962 §3.3").explain(
    "Signed by public logs: a certificate that is issued in secret is refused, so issuers cannot cheat unseen.",
);
pub(super) static PADDING: Field = field("padding", "filling", Bytes)
    .spec("RFC 7685 §3")
    .explain("Zeros. Some load balancers hang on hellos of 256 to 511 bytes, so browsers make theirs longer.")
    .quiet();
pub(super) static RECORD_SIZE_LIMIT: Field = field("record_size_limit", "longest record", Unit("bytes"))
    .spec("RFC 8449 §4")
    .explain("As max_fragment_length, but both sides state their own limit, and any number will do.");
pub(super) static COMPRESS: Field = field(
    "certificate_compression",
    "can unpack",
    Names(&[name(1, "zlib", ""), name(2, "brotli", ""), name(3, "zstd", "")]),
)
.spec("RFC 8879 §3")
.explain("Certificates make up most of a handshake; compressed, they fit into the first packets more often.");
pub(super) static HEARTBEAT_MODE: Field =
    field("heartbeat_mode", "heartbeats", Names(&[name(1, "welcome", ""), name(2, "not welcome", "")]))
        .spec("RFC 6520 §2")
        .explain("Whether the other side may ask for a sign of life; the servers that said yes were the ones that Heartbleed could bleed.");
pub(super) static QUIC: Field = field("quic_parameters", "settings of QUIC", Bytes)
    .spec("RFC 9001 §8.2")
    .explain("QUIC has no handshake of its own; its settings travel in that of TLS and are protected with it.");
pub(super) static MAX_EARLY_DATA: Field = field("max_early_data", "early data allowed", Unit("bytes"))
    .spec("RFC 8446 §4.6.1")
    .explain("How much the client may send with this ticket before the server has answered. Such data can be played again by anyone who recorded it.");
pub(super) static DATA: Field = field("extension_data", "content", Bytes)
    .spec("RFC 8446 §4.2")
    .explain("Content of an extension that layercake does not take apart, shown as it crossed the wire.");

/// What the extensions say about the hello.
#[derive(Default)]
pub(super) struct Hello {
    /// Who speaks: lists from a client, choices from a server.
    pub client: bool,
    /// Whether the server asks for another hello.
    pub retry: bool,
    /// Newest version offered, or the one chosen.
    pub version: u16,
    /// Whether data follows before the handshake is over.
    pub early_data: bool,
    /// Whether the check stands outside of the encryption (RFC 7366).
    pub encrypt_then_mac: bool,
    /// What the two speak inside, where this names exactly one that layercake reads.
    pub speaks: Option<&'static Protocol>,
}

/// Takes all extensions; SSL 3 and early TLS end without any.
pub(super) fn all(r: &mut Reader<'_>, hello: &mut Hello) -> Result<(), Cut> {
    if r.left() == 0 {
        return Ok(());
    }
    let n = usize::from(r.u16(&LIST_LENGTH)?);
    r.within(n, |r| {
        while r.left() > 0 {
            r.group(&EXTENSION, |r| {
                let kind = r.u16(&TYPE)?;
                let n = usize::from(r.u16(&LENGTH)?);
                r.within(n, |r| {
                    extension(r, kind, hello)?;
                    r.all(&DATA);
                    Ok(())
                })
            })?;
        }
        Ok(())
    })
}

/// Takes a list of numbers of two bytes behind its length.
fn list(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    let n = usize::from(r.u16(&LIST_LENGTH)?);
    r.within(n, |r| {
        while r.left() > 1 {
            r.u16(field)?;
        }
        Ok(())
    })
}

/// Takes a list of numbers of one byte behind its length.
fn short_list(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    let n = r.u8(&LIST_LENGTH)?;
    for _ in 0..n {
        r.u8(field)?;
    }
    Ok(())
}

/// Takes bytes behind their length of two bytes.
fn counted(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    let n = usize::from(r.u16(&LIST_LENGTH)?);
    r.bytes(field, n)?;
    Ok(())
}

fn extension(r: &mut Reader<'_>, kind: u16, hello: &mut Hello) -> Result<(), Cut> {
    if r.left() == 0 {
        hello.early_data |= kind == kind::EARLY_DATA;
        hello.encrypt_then_mac |= kind == kind::ENCRYPT_THEN_MAC;
        return Ok(()); // that it is there says it all
    }
    match kind {
        kind::SERVER_NAME => server_names(r),
        kind::MAX_FRAGMENT => r.u8(&MAX_FRAGMENT).map(|_| ()),
        kind::STATUS_REQUEST if hello.client => r.u8(&STATUS_TYPE).map(|_| ()),
        kind::GROUPS => list(r, &SUPPORTED_GROUP),
        kind::POINT_FORMATS => short_list(r, &POINT_FORMAT),
        kind::SIGNATURES | kind::SIGNATURES_CERT => list(r, &SIGNATURE_ALGORITHM),
        kind::HEARTBEAT => r.u8(&HEARTBEAT_MODE).map(|_| ()),
        kind::ALPN => {
            let n = usize::from(r.u16(&LIST_LENGTH)?);
            r.within(n, |r| {
                while r.left() > 0 {
                    let n = usize::from(r.u8(&LIST_LENGTH)?);
                    let name = r.bytes(&ALPN, n)?;
                    if !hello.client {
                        hello.speaks = protocol(name);
                    }
                }
                Ok(())
            })
        }
        kind::EARLY_DATA => r.u32(&MAX_EARLY_DATA).map(|_| ()),
        kind::SCT => noted(r, &SCT),
        kind::PADDING => noted(r, &PADDING),
        kind::COMPRESS_CERTIFICATE => {
            let n = usize::from(r.u8(&LIST_LENGTH)?);
            for _ in 0..n / 2 {
                r.u16(&COMPRESS)?;
            }
            Ok(())
        }
        kind::RECORD_SIZE_LIMIT => r.u16(&RECORD_SIZE_LIMIT).map(|_| ()),
        kind::SESSION_TICKET => noted(r, &SESSION_TICKET),
        kind::PRE_SHARED_KEY if hello.client => known_keys(r),
        kind::PRE_SHARED_KEY => r.u16(&PSK_SELECTED).map(|_| ()),
        kind::SUPPORTED_VERSIONS => versions(r, hello),
        kind::COOKIE => counted(r, &COOKIE),
        kind::PSK_MODES => short_list(r, &PSK_MODE),
        kind::KEY_SHARE => key_shares(r, hello),
        kind::QUIC | kind::QUIC_DRAFT => quic_parameters::all(r),
        kind::ECH => noted(r, &ECH),
        kind::RENEGOTIATION => {
            let n = usize::from(r.u8(&LIST_LENGTH)?);
            r.bytes(&RENEGOTIATION, n)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Who reads what ALPN calls so (IANA, "TLS Application-Layer Protocol Negotiation").
fn protocol(name: &[u8]) -> Option<&'static Protocol> {
    match name {
        b"h2" => Some(&super::http2::PROTOCOL),
        b"http/1.1" | b"http/1.0" => Some(&super::http::PROTOCOL),
        b"mqtt" => Some(&super::mqtt::PROTOCOL),
        b"ftp" => Some(&super::ftp::PROTOCOL),
        _ => None,
    }
}

fn noted(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    r.all(field);
    Ok(())
}

fn server_names(r: &mut Reader<'_>) -> Result<(), Cut> {
    let n = usize::from(r.u16(&LIST_LENGTH)?);
    r.within(n, |r| {
        while r.left() > 0 {
            r.u8(&NAME_TYPE)?;
            counted(r, &SNI)?;
        }
        Ok(())
    })
}

fn versions(r: &mut Reader<'_>, hello: &mut Hello) -> Result<(), Cut> {
    if !hello.client {
        hello.version = r.u16(&SUPPORTED_VERSION)?;
        return Ok(());
    }
    let n = usize::from(r.u8(&LIST_LENGTH)?);
    r.within(n, |r| {
        let mut newest = 0;
        while r.left() > 1 {
            let version = r.u16(&SUPPORTED_VERSION)?;
            newest = newest.max(if version >> 8 == 3 { version } else { 0 });
        }
        hello.version = if newest > 0 { newest } else { hello.version };
        Ok(())
    })
}

fn key_shares(r: &mut Reader<'_>, hello: &Hello) -> Result<(), Cut> {
    if hello.retry {
        return r.u16(&KEY_SHARE_GROUP).map(|_| ());
    }
    let n = if hello.client { usize::from(r.u16(&LIST_LENGTH)?) } else { r.left() };
    r.within(n, |r| {
        while r.left() > 0 {
            r.u16(&KEY_SHARE_GROUP)?;
            counted(r, &KEY_EXCHANGE)?;
        }
        Ok(())
    })
}

fn known_keys(r: &mut Reader<'_>) -> Result<(), Cut> {
    let n = usize::from(r.u16(&LIST_LENGTH)?);
    r.within(n, |r| {
        while r.left() > 0 {
            counted(r, &PSK_IDENTITY)?;
            r.u32(&TICKET_AGE)?;
        }
        Ok(())
    })?;
    let n = usize::from(r.u16(&LIST_LENGTH)?);
    r.within(n, |r| {
        while r.left() > 0 {
            let n = usize::from(r.u8(&LIST_LENGTH)?);
            r.bytes(&PSK_BINDER, n)?;
        }
        Ok(())
    })
}
