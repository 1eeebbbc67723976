//! Cipher suites by number: IANA's registry "TLS Cipher Suites", the ones that are met in the wild.
//! Not here: pre-shared keys, ARIA and suites without a certificate, which show as numbers.

use super::tls_names::{GREASE, with_grease};
use crate::dissect::{Name, name};

/// How keys are agreed on, who signs, how bytes are encrypted and checked; in TLS 1.3 only the last two.
pub(super) const CIPHER_SUITES: &[Name] = with_grease![
    name(0x0000, "TLS_NULL_WITH_NULL_NULL", "Encrypts nothing."),
    name(0x0001, "TLS_RSA_WITH_NULL_MD5", "Encrypts nothing."),
    name(0x0002, "TLS_RSA_WITH_NULL_SHA", "Encrypts nothing."),
    name(0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "Weakened on purpose for export laws of the 1990s."),
    name(0x0004, "TLS_RSA_WITH_RC4_128_MD5", "RC4 is broken."),
    name(0x0005, "TLS_RSA_WITH_RC4_128_SHA", "RC4 is broken."),
    name(
        0x0007,
        "TLS_RSA_WITH_IDEA_CBC_SHA",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", "Weakened on purpose for export laws of the 1990s."),
    name(0x0009, "TLS_RSA_WITH_DES_CBC_SHA", "DES has keys so short that they can be tried out."),
    name(0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "Slow, and blocks so short that long transfers leak (Sweet32)."),
    name(0x000d, "TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA", "Slow, and blocks so short that long transfers leak (Sweet32)."),
    name(0x0010, "TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA", "Slow, and blocks so short that long transfers leak (Sweet32)."),
    name(0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA", "Slow, and blocks so short that long transfers leak (Sweet32)."),
    name(0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA", "DES has keys so short that they can be tried out."),
    name(0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", "Slow, and blocks so short that long transfers leak (Sweet32)."),
    name(
        0x002f,
        "TLS_RSA_WITH_AES_128_CBC_SHA",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x0032,
        "TLS_DHE_DSS_WITH_AES_128_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x0033,
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x0035,
        "TLS_RSA_WITH_AES_256_CBC_SHA",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x0038,
        "TLS_DHE_DSS_WITH_AES_256_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x0039,
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(0x003b, "TLS_RSA_WITH_NULL_SHA256", "Encrypts nothing."),
    name(
        0x003c,
        "TLS_RSA_WITH_AES_128_CBC_SHA256",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x003d,
        "TLS_RSA_WITH_AES_256_CBC_SHA256",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x0040,
        "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x0041,
        "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x0044,
        "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x0045,
        "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x0067,
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x006a,
        "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x006b,
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x0084,
        "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x0087,
        "TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x0088,
        "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x0096,
        "TLS_RSA_WITH_SEED_CBC_SHA",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x009a,
        "TLS_DHE_RSA_WITH_SEED_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x009c,
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x009d,
        "TLS_RSA_WITH_AES_256_GCM_SHA384",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", ""),
    name(0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", ""),
    name(0x00a2, "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", ""),
    name(0x00a3, "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384", ""),
    name(
        0x00ba,
        "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x00bd,
        "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x00be,
        "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x00c0,
        "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0x00c3,
        "TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0x00c4,
        "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "No cipher: says that renegotiation is guarded (RFC 5746)."),
    name(0x1301, "TLS_AES_128_GCM_SHA256", "The one that every TLS 1.3 program must know: AES with a key of 128 bits."),
    name(0x1302, "TLS_AES_256_GCM_SHA384", "AES with a key of 256 bits."),
    name(0x1303, "TLS_CHACHA20_POLY1305_SHA256", "Faster than AES on machines without AES in hardware: many phones."),
    name(0x1304, "TLS_AES_128_CCM_SHA256", ""),
    name(0x1305, "TLS_AES_128_CCM_8_SHA256", ""),
    name(0x5600, "TLS_FALLBACK_SCSV", "No cipher: says that this is a second try with an older version (RFC 7507)."),
    name(0xc002, "TLS_ECDH_ECDSA_WITH_RC4_128_SHA", "RC4 is broken."),
    name(
        0xc003,
        "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA",
        "Slow, and blocks so short that long transfers leak (Sweet32)."
    ),
    name(
        0xc004,
        "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc005,
        "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(0xc006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA", "Encrypts nothing."),
    name(0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "RC4 is broken."),
    name(
        0xc008,
        "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
        "Slow, and blocks so short that long transfers leak (Sweet32)."
    ),
    name(
        0xc009,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc00a,
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(0xc00c, "TLS_ECDH_RSA_WITH_RC4_128_SHA", "RC4 is broken."),
    name(0xc00d, "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA", "Slow, and blocks so short that long transfers leak (Sweet32)."),
    name(
        0xc00e,
        "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc00f,
        "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA", "Encrypts nothing."),
    name(0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA", "RC4 is broken."),
    name(
        0xc012,
        "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
        "Slow, and blocks so short that long transfers leak (Sweet32)."
    ),
    name(
        0xc013,
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc014,
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc023,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc024,
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc027,
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc028,
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ""),
    name(0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", ""),
    name(0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", ""),
    name(0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", ""),
    name(
        0xc072,
        "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc073,
        "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc076,
        "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc077,
        "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384",
        "CBC mode: sound only where every implementation step takes equal time."
    ),
    name(
        0xc09c,
        "TLS_RSA_WITH_AES_128_CCM",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0xc09d,
        "TLS_RSA_WITH_AES_256_CCM",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(0xc09e, "TLS_DHE_RSA_WITH_AES_128_CCM", ""),
    name(0xc09f, "TLS_DHE_RSA_WITH_AES_256_CCM", ""),
    name(
        0xc0a0,
        "TLS_RSA_WITH_AES_128_CCM_8",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(
        0xc0a1,
        "TLS_RSA_WITH_AES_256_CCM_8",
        "No forward secrecy: who steals the server's key later can read all that was recorded."
    ),
    name(0xc0a2, "TLS_DHE_RSA_WITH_AES_128_CCM_8", ""),
    name(0xc0a3, "TLS_DHE_RSA_WITH_AES_256_CCM_8", ""),
    name(0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", ""),
    name(0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", ""),
    name(0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", ""),
    name(0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", ""),
    name(0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", ""),
    name(0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", ""),
    name(0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", ""),
];
