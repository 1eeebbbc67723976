//! The numbers of TLS: IANA's registries of its parameters and extensions, and GREASE (RFC 8701).
//! Not here: the cipher suites (`tls_ciphers`), what an extension holds (`tls_extensions`).

use crate::dissect::{Name, name};

/// What GREASE values are for, wherever they stand.
pub(super) const GREASE: &str =
    "A number that means nothing (RFC 8701): browsers throw it in so that servers stay used to unknown ones.";

/// The table with the sixteen GREASE values of two bytes in front of it.
macro_rules! with_grease {
    ($($rest:expr),* $(,)?) => {
        &[
            name(0x0a0a, "GREASE", GREASE),
            name(0x1a1a, "GREASE", GREASE),
            name(0x2a2a, "GREASE", GREASE),
            name(0x3a3a, "GREASE", GREASE),
            name(0x4a4a, "GREASE", GREASE),
            name(0x5a5a, "GREASE", GREASE),
            name(0x6a6a, "GREASE", GREASE),
            name(0x7a7a, "GREASE", GREASE),
            name(0x8a8a, "GREASE", GREASE),
            name(0x9a9a, "GREASE", GREASE),
            name(0xaaaa, "GREASE", GREASE),
            name(0xbaba, "GREASE", GREASE),
            name(0xcaca, "GREASE", GREASE),
            name(0xdada, "GREASE", GREASE),
            name(0xeaea, "GREASE", GREASE),
            name(0xfafa, "GREASE", GREASE),
            $($rest),*
        ]
    };
}
pub(super) use with_grease;

pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(super) const ALERT: u8 = 21;
pub(super) const HANDSHAKE: u8 = 22;
pub(super) const APPLICATION_DATA: u8 = 23;
pub(super) const HEARTBEAT: u8 = 24;

/// Kinds of records.
pub(super) const CONTENT_TYPES: &[Name] = &[
    name(
        CHANGE_CIPHER_SPEC as u64,
        "change cipher spec",
        "From the next record on this side encrypts. TLS 1.3 sends it only so that old middleboxes see what they expect.",
    ),
    name(ALERT as u64, "alert", "Something is over or has gone wrong."),
    name(HANDSHAKE as u64, "handshake", "The two sides agree on keys."),
    name(APPLICATION_DATA as u64, "application data", "What the programs say, encrypted."),
    name(HEARTBEAT as u64, "heartbeat", "Are you there? Famous for the bug Heartbleed (2014)."),
];

/// Versions, as records and hellos write them.
pub(super) const VERSIONS: &[Name] = with_grease![
    name(0x0002, "SSL 2.0", "From 1995, broken, forbidden by RFC 6176."),
    name(0x0300, "SSL 3.0", "From 1996, broken by POODLE, forbidden by RFC 7568."),
    name(0x0301, "1.0", "From 1999; browsers have dropped it (RFC 8996)."),
    name(0x0302, "1.1", "From 2006; browsers have dropped it (RFC 8996)."),
    name(
        0x0303,
        "1.2",
        "From 2008, sound with modern ciphers. TLS 1.3 writes this number too, where old machines look."
    ),
    name(0x0304, "1.3", "From 2018: one round trip, and even the certificate is encrypted."),
    name(0x7f17, "1.3 draft 23", ""),
    name(0x7f1c, "1.3 draft 28", ""),
];

pub(super) const HELLO_REQUEST: u8 = 0;
pub(super) const CLIENT_HELLO: u8 = 1;
pub(super) const SERVER_HELLO: u8 = 2;
pub(super) const NEW_SESSION_TICKET: u8 = 4;
pub(super) const ENCRYPTED_EXTENSIONS: u8 = 8;
pub(super) const CERTIFICATE: u8 = 11;
pub(super) const SERVER_KEY_EXCHANGE: u8 = 12;
pub(super) const CERTIFICATE_REQUEST: u8 = 13;
pub(super) const SERVER_HELLO_DONE: u8 = 14;
pub(super) const CERTIFICATE_VERIFY: u8 = 15;
pub(super) const CLIENT_KEY_EXCHANGE: u8 = 16;
pub(super) const FINISHED: u8 = 20;
pub(super) const CERTIFICATE_STATUS: u8 = 22;
pub(super) const KEY_UPDATE: u8 = 24;

/// Kinds of handshake messages.
pub(super) const HANDSHAKE_TYPES: &[Name] = &[
    name(HELLO_REQUEST as u64, "hello request", "The server asks the client to begin anew."),
    name(CLIENT_HELLO as u64, "client hello", "The client says what it can, and often to whom it wants to talk."),
    name(SERVER_HELLO as u64, "server hello", "The server chooses version and cipher."),
    name(3, "hello verify request", "DTLS: prove first that you can be reached."),
    name(NEW_SESSION_TICKET as u64, "new session ticket", "Something to show next time, to get in faster."),
    name(5, "end of early data", "What was sent before the answer ends here."),
    name(8, "encrypted extensions", "The rest of the server's choices, hidden."),
    name(CERTIFICATE as u64, "certificate", "Who I am, and who vouches for it."),
    name(SERVER_KEY_EXCHANGE as u64, "server key exchange", "The server's half of the key agreement, signed."),
    name(CERTIFICATE_REQUEST as u64, "certificate request", "The server wants to know who the client is."),
    name(SERVER_HELLO_DONE as u64, "server hello done", "Your turn."),
    name(CERTIFICATE_VERIFY as u64, "certificate verify", "A signature: I do own the key of the certificate."),
    name(CLIENT_KEY_EXCHANGE as u64, "client key exchange", "The client's half of the key agreement."),
    name(20, "finished", "A checksum over all that was said: nobody has changed a word."),
    name(21, "certificate url", "Fetch my certificate there."),
    name(CERTIFICATE_STATUS as u64, "certificate status", "A fresh note by the issuer: not revoked."),
    name(24, "key update", "New keys from here on."),
    name(25, "compressed certificate", "As certificate, but smaller."),
    name(254, "message hash", ""),
];

/// How bad an alert is.
pub(super) const ALERT_LEVELS: &[Name] = &[
    name(1, "warning", "The connection may go on."),
    name(2, "fatal", "The connection ends here and its keys must not be used again."),
];

/// What an alert is about (RFC 8446 §6, RFC 5246 §7.2).
pub(super) const ALERTS: &[Name] = &[
    name(
        0,
        "close notify",
        "All is said. Without it nobody could tell an end from a cut cable, or from an attacker who cuts.",
    ),
    name(10, "unexpected message", "A message that must not come now."),
    name(20, "bad record mac", "A record does not fit its checksum: damaged, forged, or encrypted with another key."),
    name(21, "decryption failed", "Abolished: its difference from the one above helped attackers."),
    name(22, "record overflow", "A record is longer than allowed."),
    name(30, "decompression failure", "Abolished together with compression."),
    name(40, "handshake failure", "No version and cipher that both can."),
    name(41, "no certificate", "SSL 3: I have none."),
    name(42, "bad certificate", "The certificate is damaged or its signature is wrong."),
    name(43, "unsupported certificate", "A kind of certificate that is not understood."),
    name(44, "certificate revoked", "The issuer has taken it back."),
    name(45, "certificate expired", "Past its last day, or a clock is wrong."),
    name(46, "certificate unknown", "The certificate is not accepted, for another reason."),
    name(47, "illegal parameter", "A field contradicts another or the rules."),
    name(48, "unknown ca", "Nobody the receiver trusts has issued the certificate: mostly a self-signed one."),
    name(49, "access denied", "The certificate is right but may not enter."),
    name(50, "decode error", "A message could not be taken apart."),
    name(51, "decrypt error", "A signature or a finished message is wrong."),
    name(60, "export restriction", "Abolished."),
    name(70, "protocol version", "The other side speaks only versions that are not accepted here."),
    name(71, "insufficient security", "The ciphers on offer are too weak."),
    name(80, "internal error", "Trouble that has nothing to do with the other side."),
    name(
        86,
        "inappropriate fallback",
        "The client came back with an older version although both can do better: an attack?",
    ),
    name(90, "user canceled", "Somebody pressed cancel."),
    name(100, "no renegotiation", "Keys are not agreed on anew here."),
    name(109, "missing extension", "Something that must be said was not."),
    name(110, "unsupported extension", "An answer to a question that nobody asked."),
    name(111, "certificate unobtainable", ""),
    name(112, "unrecognized name", "No site of that name lives on this server."),
    name(113, "bad certificate status response", "The issuer's note is not valid."),
    name(114, "bad certificate hash value", ""),
    name(115, "unknown psk identity", "The server does not know the key that the client wants to use."),
    name(116, "certificate required", "The client has to show a certificate."),
    name(120, "no application protocol", "No common language above TLS."),
    name(121, "ech required", "The hidden hello could not be read; come back with fresh keys."),
];

/// Kinds of extensions that are taken apart.
pub(super) mod extension {
    pub(in super::super) const SERVER_NAME: u16 = 0;
    pub(in super::super) const MAX_FRAGMENT: u16 = 1;
    pub(in super::super) const STATUS_REQUEST: u16 = 5;
    pub(in super::super) const GROUPS: u16 = 10;
    pub(in super::super) const POINT_FORMATS: u16 = 11;
    pub(in super::super) const SIGNATURES: u16 = 13;
    pub(in super::super) const HEARTBEAT: u16 = 15;
    pub(in super::super) const ALPN: u16 = 16;
    pub(in super::super) const SCT: u16 = 18;
    pub(in super::super) const PADDING: u16 = 21;
    pub(in super::super) const COMPRESS_CERTIFICATE: u16 = 27;
    pub(in super::super) const RECORD_SIZE_LIMIT: u16 = 28;
    pub(in super::super) const SESSION_TICKET: u16 = 35;
    pub(in super::super) const PRE_SHARED_KEY: u16 = 41;
    pub(in super::super) const ENCRYPT_THEN_MAC: u16 = 22;
    pub(in super::super) const EARLY_DATA: u16 = 42;
    pub(in super::super) const SUPPORTED_VERSIONS: u16 = 43;
    pub(in super::super) const COOKIE: u16 = 44;
    pub(in super::super) const PSK_MODES: u16 = 45;
    pub(in super::super) const SIGNATURES_CERT: u16 = 50;
    pub(in super::super) const KEY_SHARE: u16 = 51;
    pub(in super::super) const QUIC: u16 = 57;
    pub(in super::super) const QUIC_DRAFT: u16 = 0xffa5;
    pub(in super::super) const ECH: u16 = 0xfe0d;
    pub(in super::super) const RENEGOTIATION: u16 = 0xff01;
}

/// Kinds of extensions.
pub(super) const EXTENSIONS: &[Name] = with_grease![
    name(0, "server_name", "Which site is wanted. In the clear: everybody on the way can read it."),
    name(1, "max_fragment_length", "Shorter records, for small devices."),
    name(5, "status_request", "Send the issuer's note that the certificate is not revoked (OCSP stapling)."),
    name(10, "supported_groups", "On which curves and groups a key may be agreed on."),
    name(11, "ec_point_formats", "How points on curves are written."),
    name(13, "signature_algorithms", "Which signatures can be checked."),
    name(14, "use_srtp", "Keys for telephony."),
    name(15, "heartbeat", "May be asked whether it is still there."),
    name(
        16,
        "application_layer_protocol_negotiation",
        "What is to be spoken inside, agreed on without another round trip."
    ),
    name(17, "status_request_v2", "As status_request, for the whole chain."),
    name(18, "signed_certificate_timestamp", "Proof that the certificate stands in a public log."),
    name(21, "padding", "Zeros that make the hello longer: some servers choke on certain lengths."),
    name(22, "encrypt_then_mac", "Check before decrypting: closes the attacks on CBC."),
    name(23, "extended_master_secret", "The keys depend on the whole handshake: closes the triple handshake attack."),
    name(27, "compress_certificate", "Certificates may come compressed."),
    name(28, "record_size_limit", "Longest record that is welcome."),
    name(34, "delegated_credential", "A short-lived key may sign in place of the certificate's."),
    name(35, "session_ticket", "What the server gave last time, to skip the long handshake."),
    name(41, "pre_shared_key", "A key that both know already, often from last time."),
    name(42, "early_data", "Data follows at once, before the server has answered (0-RTT). It can be replayed."),
    name(43, "supported_versions", "The versions in truth; the old field is kept at 1.2 for old middleboxes."),
    name(44, "cookie", "Given back to a server that did not want to remember."),
    name(45, "psk_key_exchange_modes", "Whether a known key is mixed with a fresh one."),
    name(47, "certificate_authorities", "Who may have issued the certificate."),
    name(48, "oid_filters", ""),
    name(49, "post_handshake_auth", "The client may be asked for its certificate later."),
    name(50, "signature_algorithms_cert", "Which signatures within certificates can be checked."),
    name(51, "key_share", "The half of a key agreement: sent at once, so that one round trip is enough."),
    name(57, "quic_transport_parameters", "QUIC's settings ride along."),
    name(0xffa5, "quic_transport_parameters (draft)", "QUIC's settings, before the standard."),
    name(0x3374, "next_protocol_negotiation", "ALPN's predecessor."),
    name(0x4469, "application_settings", "Settings of HTTP/2, early (Chrome)."),
    name(0x44cd, "application_settings", "Settings of HTTP/2, early (Chrome)."),
    name(0xfe0d, "encrypted_client_hello", "The true hello, encrypted: the site's name inside it is hidden."),
    name(0xff01, "renegotiation_info", "Ties a later handshake to this one: closes an attack of 2009."),
];

/// Groups for key agreement.
pub(super) const GROUPS: &[Name] = with_grease![
    name(1, "sect163k1", ""),
    name(2, "sect163r1", ""),
    name(3, "sect163r2", ""),
    name(4, "sect193r1", ""),
    name(5, "sect193r2", ""),
    name(6, "sect233k1", ""),
    name(7, "sect233r1", ""),
    name(8, "sect239k1", ""),
    name(9, "sect283k1", ""),
    name(10, "sect283r1", ""),
    name(11, "sect409k1", ""),
    name(12, "sect409r1", ""),
    name(13, "sect571k1", ""),
    name(14, "sect571r1", ""),
    name(15, "secp160k1", ""),
    name(16, "secp160r1", ""),
    name(17, "secp160r2", ""),
    name(18, "secp192k1", ""),
    name(19, "secp192r1", ""),
    name(20, "secp224k1", ""),
    name(21, "secp224r1", ""),
    name(22, "secp256k1", "The curve of Bitcoin."),
    name(23, "secp256r1", "NIST's curve P-256."),
    name(24, "secp384r1", "NIST's curve P-384."),
    name(25, "secp521r1", "NIST's curve P-521."),
    name(26, "brainpoolP256r1", ""),
    name(27, "brainpoolP384r1", ""),
    name(28, "brainpoolP512r1", ""),
    name(
        29,
        "x25519",
        "Fast, and hard to get wrong; what nearly everybody used before quantum computers became a worry."
    ),
    name(30, "x448", "As x25519, with a larger margin."),
    name(256, "ffdhe2048", ""),
    name(257, "ffdhe3072", ""),
    name(258, "ffdhe4096", ""),
    name(259, "ffdhe6144", ""),
    name(260, "ffdhe8192", ""),
    name(0x0200, "MLKEM512", "Holds against quantum computers."),
    name(0x0201, "MLKEM768", "Holds against quantum computers."),
    name(0x0202, "MLKEM1024", "Holds against quantum computers."),
    name(0x11eb, "SecP256r1MLKEM768", "P-256 and ML-KEM at once."),
    name(
        0x11ec,
        "X25519MLKEM768",
        "x25519 and ML-KEM at once: what is recorded today shall hold against tomorrow's quantum computers."
    ),
    name(0x11ed, "SecP384r1MLKEM1024", "P-384 and ML-KEM at once."),
    name(0x6399, "X25519Kyber768Draft00", "A draft of X25519MLKEM768."),
];

/// Signature schemes; before TLS 1.3 a hash and a kind of key.
pub(super) const SIGNATURES: &[Name] = with_grease![
    name(0x0101, "rsa_md5", "Broken."),
    name(0x0201, "rsa_pkcs1_sha1", "SHA-1 is broken."),
    name(0x0202, "dsa_sha1", "SHA-1 is broken."),
    name(0x0203, "ecdsa_sha1", "SHA-1 is broken."),
    name(0x0301, "rsa_sha224", ""),
    name(0x0302, "dsa_sha224", ""),
    name(0x0303, "ecdsa_sha224", ""),
    name(0x0401, "rsa_pkcs1_sha256", ""),
    name(0x0402, "dsa_sha256", ""),
    name(0x0403, "ecdsa_secp256r1_sha256", ""),
    name(0x0501, "rsa_pkcs1_sha384", ""),
    name(0x0502, "dsa_sha384", ""),
    name(0x0503, "ecdsa_secp384r1_sha384", ""),
    name(0x0601, "rsa_pkcs1_sha512", ""),
    name(0x0602, "dsa_sha512", ""),
    name(0x0603, "ecdsa_secp521r1_sha512", ""),
    name(0x0804, "rsa_pss_rsae_sha256", ""),
    name(0x0805, "rsa_pss_rsae_sha384", ""),
    name(0x0806, "rsa_pss_rsae_sha512", ""),
    name(0x0807, "ed25519", ""),
    name(0x0808, "ed448", ""),
    name(0x0809, "rsa_pss_pss_sha256", ""),
    name(0x080a, "rsa_pss_pss_sha384", ""),
    name(0x080b, "rsa_pss_pss_sha512", ""),
    name(0x081a, "ecdsa_brainpoolP256r1tls13_sha256", ""),
    name(0x081b, "ecdsa_brainpoolP384r1tls13_sha384", ""),
    name(0x081c, "ecdsa_brainpoolP512r1tls13_sha512", ""),
    name(0x0904, "mldsa44", "Holds against quantum computers."),
    name(0x0905, "mldsa65", "Holds against quantum computers."),
    name(0x0906, "mldsa87", "Holds against quantum computers."),
];
