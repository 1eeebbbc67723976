//! The fields of TLS records and handshake messages, RFC 8446 and RFC 5246, and the list of all TLS fields.
//! Not here: the fields of extensions (`tls_extensions`) and certificates (`tls_certificate`).

use super::tls_ciphers::CIPHER_SUITES;
use super::tls_names as names;
use super::{quic_parameters as quic, tls_certificate as cert, tls_extensions as ext, tls_heartbeat as beat};
use crate::dissect::{
    Field, GistForm,
    Show::{Bytes, Hex, Names, Nothing, Unit},
    field, name,
};

/// What records of data hide.
const SAID: (&str, &str) = ("what is said", "paths, headers, cookies, passwords, pages");

pub(super) static RECORD_TYPE: Field =
    field("record_type", "kind of record", Names(names::CONTENT_TYPES)).spec("RFC 8446 §5.1").explain(
        "What the record carries. Up to TLS 1.2 everybody on the way can read it, also when the content is encrypted.",
    );
pub(super) static OPAQUE_TYPE: Field = field("opaque_type", "kind, as a disguise", Names(names::CONTENT_TYPES))
    .spec("RFC 8446 §5.2")
    .explain("TLS 1.3 hides what a record is: outside it always says application data, the true kind stands encrypted at the end.");
pub(super) static RECORD_VERSION: Field = field("record_version", "version on the outside", Names(names::VERSIONS))
    .spec("RFC 8446 §5.1")
    .explain("An old number that must be ignored: middleboxes hung up when they saw a new one, so it stays at 1.0 or 1.2 for ever.");
pub(super) static RECORD_LENGTH: Field = field("record_length", "length of record", Unit("bytes"))
    .spec("RFC 8446 §5.1")
    .explain("Bytes behind these five; at most 16,384, and a little more once encryption adds its own.");
pub(super) static APPLICATION_DATA: Field = field("application_data", "encrypted data", Unit("bytes"))
    .gist_as(GistForm::Counted, "application data ")
    .seals(SAID.0, SAID.1).spec("RFC 8446 §5.2")
    .explain("Who listens sees that something was said, when, by whom and about how long it is, and nothing of what it says.");
pub(super) static HIDDEN_HANDSHAKE: Field = field("encrypted_handshake", "encrypted handshake", Unit("bytes"))
    .gist_as(GistForm::Counted, "encrypted handshake ")
    .seals("rest of the handshake", "in TLS 1.3 also who the server proves to be").spec("RFC 8446 §2, RFC 5246 §7.4.9")
    .explain("The keys are there already, so the rest of the handshake is hidden. TLS 1.3 hides even the certificate; earlier versions hide only the last message, finished.");
pub(super) static HIDDEN_ALERT: Field = field("encrypted_alert", "encrypted alert", Unit("bytes"))
    .gist_as(GistForm::Counted, "encrypted alert ")
    .seals("alerts", "mostly the goodbye").spec("RFC 5246 §6.2.3")
    .explain("That it is an alert is plain to see, what it says is not. As the last record it is nearly always: all is said.");
pub(super) static CCS: Field = field(
    "change_cipher_spec",
    "switch to encryption",
    Names(&[name(1, "change cipher spec", "")]),
)
.gist("")
.spec("RFC 5246 §7.1, RFC 8446 §5")
.explain(
    "Up to TLS 1.2: from here on I encrypt. TLS 1.3 needs no such signal and sends it as theatre for old middleboxes.",
);
pub(super) static ALERT_LEVEL: Field = field("alert_level", "how bad", Names(names::ALERT_LEVELS))
    .spec("RFC 8446 §6")
    .explain("Whether the connection can live on; TLS 1.3 decides by the alert alone and ignores this.");
pub(super) static ALERT: Field = field("alert", "alert", Names(names::ALERTS))
    .gist("alert ")
    .spec("RFC 8446 §6")
    .explain("Why somebody hangs up, as one number, so that attackers learn little; the details stand in the program's own log.");
pub(super) static SSLV2: Field = field("sslv2_hello", "SSL 2 hello", Nothing)
    .gist("SSL 2 client hello")
    .spec("RFC 6101 appendix E")
    .explain("A client greets in the form of 1995. Only scanners and very old devices still do; layercake names it and goes no further.");
pub(super) static MESSAGE: Field = field("handshake", "handshake message", Nothing)
    .spec("RFC 8446 §4")
    .explain("One step in agreeing on keys. Several may stand in one record, and a long one may take several records.");
pub(super) static JOINED: Field = field("joined", "joined from records", Bytes)
    .spec("RFC 8446 §5.1")
    .explain("A message longer than one record, put together again; the edges of records mean nothing to it.")
    .quiet();
pub(super) static HANDSHAKE_TYPE: Field = field("handshake_type", "step", Names(names::HANDSHAKE_TYPES))
    .gist("")
    .spec("RFC 8446 §4")
    .explain("Which step of the handshake this is; one out of order ends the connection.");
pub(super) static HANDSHAKE_LENGTH: Field = field("handshake_length", "length of message", Unit("bytes"))
    .spec("RFC 8446 §4")
    .explain("Three bytes: chains of certificates can be longer than 64 kilobytes.")
    .quiet();
pub(super) static HANDSHAKE_DATA: Field = field("handshake_data", "content", Bytes)
    .spec("RFC 8446 §4")
    .explain("Bytes of a step that layercake does not take apart, shown as they crossed the wire.");
pub(super) static HANDSHAKE_VERSION: Field = field("handshake_version", "version, the old place", Names(names::VERSIONS))
    .spec("RFC 8446 §4.1.2")
    .explain("Up to 1.2 the newest version that is spoken. Since then it stays at 1.2 and an extension tells the truth, because servers failed on larger numbers.");
pub(super) static RANDOM: Field = field("random", "random bytes", Bytes)
    .spec("RFC 8446 §4.1.2")
    .explain("Never the same twice: it goes into the keys, so that a recorded handshake cannot be played again.");
pub(super) static RETRY: Field = field("hello_retry", "asks for another hello", Names(&[name(1, "asks for another hello", "")]))
    .gist("")
    .spec("RFC 8446 §4.1.3, §4.1.4")
    .explain("A fixed value in place of the random bytes says: I cannot use your half of a key, send one for the group that I name. Costs a round trip.");
pub(super) static DOWNGRADE: Field = field("downgrade", "could do better", Nothing)
    .spec("RFC 8446 §4.1.3")
    .explain("The random bytes end with DOWNGRD: a server that knows TLS 1.3 was asked for less. A client that did offer 1.3 sees an attack and hangs up.");
pub(super) static SESSION_ID: Field = field("session_id", "session", Bytes)
    .spec("RFC 5246 §7.4.1.2, RFC 8446 §4.1.2")
    .explain("Once a way to go on with earlier keys. TLS 1.3 fills it with noise, so that it looks like that to old middleboxes.");
pub(super) static LIST_LENGTH: Field = field("list_length", "length of list", Unit("bytes"))
    .spec("RFC 8446 §3.4")
    .explain("Bytes of what follows. Lists in TLS always say how long they are, so that a reader can step over what it does not know.")
    .quiet();
pub(super) static CIPHER_SUITE: Field = field("cipher_suite", "cipher", Names(CIPHER_SUITES))
    .spec("RFC 8446 §4.1.2, appendix B.4")
    .explain("How to encrypt and to check. The client lists what it can, best first; the server takes one. The list gives away which program asks.");
pub(super) static CIPHER_CHOSEN: Field = field("cipher_chosen", "encrypts with", Names(CIPHER_SUITES))
    .gist("")
    .tells().spec("RFC 8446 §4.1.3")
    .explain("What the two have settled on. All security from here hangs on this one choice, which is why the handshake is protected as a whole.");
pub(super) static VERSION: Field = field("version", "TLS version in truth", Names(names::VERSIONS))
    .gist("")
    .tells().spec("RFC 8446 §4.2.1")
    .explain("The newest that a client offers or the one that a server takes, once the old field and the extension have both been read.");
pub(super) static COMPRESSION: Field = field(
    "compression",
    "compression",
    Names(&[name(0, "none", ""), name(1, "DEFLATE", "Leaks secrets (CRIME, 2012).")]),
)
.spec("RFC 8446 §4.1.2")
.explain(
    "Compressing before encrypting lets an attacker guess cookies by watching lengths, so nobody does it any more.",
)
.quiet();
pub(super) static CURVE_TYPE: Field = field(
    "curve_type",
    "kind of curve",
    Names(&[name(3, "named curve", ""), name(1, "explicit prime", ""), name(2, "explicit char2", "")]),
)
.spec("RFC 8422 §5.4")
.explain("Named curves are well studied; those made up on the spot have been forbidden.")
.quiet();
pub(super) static NAMED_CURVE: Field = field("named_curve", "curve", Names(names::GROUPS))
    .gist("")
    .spec("RFC 8422 §5.4")
    .explain("On which curve the two agree on a key, fresh for this connection: forward secrecy comes from here.");
pub(super) static PUBLIC_KEY: Field = field("public_key", "half of the key agreement", Bytes)
    .spec("RFC 8422 §5.4, §5.7")
    .explain("Who knows only the two public halves cannot compute the common secret; that is the whole trick of Diffie and Hellman.");
pub(super) static ENCRYPTED_SECRET: Field = field("encrypted_secret", "secret, encrypted", Bytes)
    .spec("RFC 5246 §7.4.7.1")
    .explain("The seed of all keys, locked with the key of the certificate. Who gets that key one day can open every recording.");
pub(super) static SIGNATURE_SCHEME: Field = field("signature_scheme", "signed with", Names(names::SIGNATURES))
    .spec("RFC 5246 §7.4.3")
    .explain("Which hash and which kind of key made the signature below; it has to be among those that the client can check.");
pub(super) static SIGNATURE: Field = field("signature", "signature", Bytes).spec("RFC 5246 §7.4.3, §7.4.8").explain(
    "Made with the private key of the certificate: without it anybody in the middle could offer a half of his own.",
);
pub(super) static CERTIFICATE_TYPE: Field = field(
    "certificate_type",
    "accepted kind",
    Names(&[name(1, "rsa_sign", ""), name(2, "dss_sign", ""), name(64, "ecdsa_sign", "")]),
)
.spec("RFC 5246 §7.4.4")
.explain("With which kinds of keys the client may prove who it is.");
pub(super) static AUTHORITY: Field =
    field("authority", "accepted issuer", crate::dissect::Show::Text).spec("RFC 5246 §7.4.4").explain(
        "A client certificate has to come from one of these; browsers use the list to choose which ones to offer.",
    );
pub(super) static TICKET_LIFETIME: Field = field("ticket_lifetime", "ticket is good for", Unit("s"))
    .spec("RFC 5077 §3.3")
    .explain("How long the client may come back with the ticket; the server's key for tickets must live as long.");
pub(super) static TICKET: Field = field("ticket", "ticket", Bytes)
    .spec("RFC 5077 §3.3, §4")
    .explain("The server's own notes about this connection, encrypted for itself: so it need not remember anybody.");
pub(super) static OCSP: Field = field("ocsp_response", "note: not revoked", Bytes)
    .spec("RFC 6066 §8")
    .explain("Signed by the certificate's issuer and only days old. With it the client need not ask, and so need not tell the issuer which site it visits.");
pub(super) static INNER_TYPE: Field = field("inner_type", "kind in truth", Names(names::CONTENT_TYPES))
    .spec("RFC 8446 §5.2")
    .explain("The last byte inside the encryption that is not zero. Outside everything looks like application data, so that nobody can tell handshakes and alerts from words.");
pub(super) static INNER_PADDING: Field = field("inner_padding", "filling inside", Unit("bytes"))
    .spec("RFC 8446 §5.4")
    .explain("Zeros behind the true kind: they hide how long the text is. Few programs bother, so lengths give away which page was read.");
pub(super) static DECRYPTED: Field = field("decrypted", "decrypted", Bytes)
    .seals(SAID.0, SAID.1).spec("RFC 8446 §5.2, RFC 5246 §6.2.3")
    .explain("The text of the record, opened with a key that one of the two ends has noted down. Without the key log these are only numbers.")
    .quiet();
pub(super) static EMPTY: Field = field("empty_record", "holds nothing", Unit("bytes"))
    .gist_as(GistForm::Counted, "empty record, ")
    .spec("RFC 5246 §6.2.1")
    .explain("A record without any text. OpenSSL sent them ahead of others, so that nobody could foresee what the next one is mixed with (BEAST, 2011).");
pub(super) static WRONG_KEY: Field = field("wrong_key", "key does not fit", Nothing)
    .gist("the key log's key does not fit")
    .spec("RFC 8446 §5.2, RFC 9850")
    .explain("The key log names this conversation, but the check at the record's end fails: another key, a damaged packet, or too many lost ones before it.");
pub(super) static LOST_RECORDS: Field = field("lost_records", "records lost before it", Unit("records"))
    .gist_as(GistForm::Counted, "after lost ")
    .spec("RFC 8446 §5.3")
    .explain("Records are numbered, but the number is not sent: both sides count. Numbers behind the one due were tried until one fitted.");
pub(super) static VERIFY_DATA: Field = field("verify_data", "checksum over all", Bytes)
    .spec("RFC 8446 §4.4.4, RFC 5246 §7.4.9")
    .explain("Covers every message so far. If somebody on the way has removed a single cipher from the hello, the two sums differ and the connection ends.");
pub(super) static KEY_UPDATE: Field = field(
    "key_update",
    "asks for the same",
    Names(&[name(0, "update not requested", ""), name(1, "update requested", "")]),
)
.spec("RFC 8446 §4.6.3")
.explain("The sender makes its next key out of the present one and forgets that; whoever steals the new one cannot read what was before.");
pub(super) static TICKET_AGE_ADD: Field = field("ticket_age_add", "veil for the age", Hex)
    .spec("RFC 8446 §4.6.1")
    .explain("The client adds this to the ticket's age when it comes back, so that listeners cannot link the two visits by counting seconds.");
pub(super) static TICKET_NONCE: Field = field("ticket_nonce", "number of ticket", Bytes)
    .spec("RFC 8446 §4.6.1")
    .explain("Goes into the ticket's key, so that several tickets of one connection have different keys.");
pub(super) static CUSTOM: Field = field("client_version_hex", "SSL 2 version", Hex)
    .spec("RFC 6101 appendix E")
    .explain("The newest version that such a client speaks, in a frame that could not grow.");

/// Every field, in the order of the wire.
pub(super) static ALL: &[&Field] = &[
    &RECORD_TYPE,
    &OPAQUE_TYPE,
    &RECORD_VERSION,
    &RECORD_LENGTH,
    &APPLICATION_DATA,
    &HIDDEN_HANDSHAKE,
    &HIDDEN_ALERT,
    &beat::HIDDEN,
    &beat::TYPE,
    &beat::LENGTH,
    &beat::BLEED,
    &beat::MORE,
    &beat::PAYLOAD,
    &beat::PADDING,
    &CCS,
    &ALERT_LEVEL,
    &ALERT,
    &SSLV2,
    &CUSTOM,
    &LOST_RECORDS,
    &INNER_TYPE,
    &INNER_PADDING,
    &DECRYPTED,
    &EMPTY,
    &WRONG_KEY,
    &JOINED,
    &MESSAGE,
    &HANDSHAKE_TYPE,
    &HANDSHAKE_LENGTH,
    &HANDSHAKE_DATA,
    &HANDSHAKE_VERSION,
    &RANDOM,
    &RETRY,
    &DOWNGRADE,
    &SESSION_ID,
    &LIST_LENGTH,
    &CIPHER_SUITE,
    &COMPRESSION,
    &CIPHER_CHOSEN,
    &VERSION,
    &CURVE_TYPE,
    &NAMED_CURVE,
    &PUBLIC_KEY,
    &ENCRYPTED_SECRET,
    &SIGNATURE_SCHEME,
    &SIGNATURE,
    &CERTIFICATE_TYPE,
    &AUTHORITY,
    &VERIFY_DATA,
    &KEY_UPDATE,
    &TICKET_LIFETIME,
    &TICKET_AGE_ADD,
    &TICKET_NONCE,
    &TICKET,
    &OCSP,
    &ext::EXTENSION,
    &ext::TYPE,
    &ext::LENGTH,
    &ext::NAME_TYPE,
    &ext::SNI,
    &ext::ALPN,
    &ext::SUPPORTED_VERSION,
    &ext::SUPPORTED_GROUP,
    &ext::KEY_SHARE_GROUP,
    &ext::KEY_EXCHANGE,
    &ext::SIGNATURE_ALGORITHM,
    &ext::POINT_FORMAT,
    &ext::SESSION_TICKET,
    &ext::PSK_MODE,
    &ext::PSK_IDENTITY,
    &ext::TICKET_AGE,
    &ext::PSK_BINDER,
    &ext::PSK_SELECTED,
    &ext::COOKIE,
    &ext::STATUS_TYPE,
    &ext::ECH,
    &ext::MAX_FRAGMENT,
    &ext::RENEGOTIATION,
    &ext::SCT,
    &ext::PADDING,
    &ext::RECORD_SIZE_LIMIT,
    &ext::COMPRESS,
    &ext::HEARTBEAT_MODE,
    &ext::QUIC,
    &ext::MAX_EARLY_DATA,
    &quic::PARAMETER,
    &quic::ID,
    &quic::LENGTH,
    &quic::IDLE,
    &quic::PAYLOAD,
    &quic::MAX_DATA,
    &quic::BIDI_LOCAL,
    &quic::BIDI_REMOTE,
    &quic::UNI,
    &quic::STREAMS_BIDI,
    &quic::STREAMS_UNI,
    &quic::EXPONENT,
    &quic::ACK_DELAY,
    &quic::ID_LIMIT,
    &quic::SOURCE,
    &quic::VERSION,
    &quic::DATAGRAM,
    &quic::VALUE,
    &ext::DATA,
    &cert::CERTIFICATE,
    &cert::LENGTH,
    &cert::SERIAL,
    &cert::ISSUER,
    &cert::NOT_BEFORE,
    &cert::NOT_AFTER,
    &cert::SUBJECT,
    &cert::KEY,
    &cert::SAN,
    &cert::CA,
    &cert::UNREADABLE,
];
