//! Records that prove something: DNSSEC (RFC 4034, RFC 5155), TLSA (RFC 6698), SSHFP (RFC 4255).
//! Not here: checking the proofs.

use super::dns_name::{Message, name as take_name};
use super::dns_types;
use crate::dissect::{
    Cut, Field, Name, Reader,
    Show::{Bytes, Dec, Flags, Names, Text, Time, Unit},
    field, name,
};

pub(super) static KEY_FLAGS: Field = field(
    "key_flags",
    "key flags",
    Flags(&[
        name(0x0100, "ZONE", "The key signs records of this zone."),
        name(0x0080, "REVOKE", "Do not trust this key any longer, RFC 5011."),
        name(0x0001, "SEP", "The key signs only the other keys; the zone above vouches for it."),
    ]),
)
.spec("RFC 4034 §2.1.1")
.explain("Tells the key that signs records from the key that signs the keys.");
pub(super) static KEY_PROTOCOL: Field = field("key_protocol", "key protocol", Dec)
    .spec("RFC 4034 §2.1.2")
    .explain("Always 3 for DNSSEC: what is left of an idea to keep keys for everything in the DNS.")
    .quiet();
pub(super) static ALGORITHM: Field = field("algorithm", "algorithm", Names(ALGORITHMS))
    .spec("RFC 4034 §2.1.3, RFC 8624")
    .explain("How signatures are made with the key; a resolver that does not know it treats the zone as unsigned.");
pub(super) static PUBLIC_KEY: Field = field("public_key", "public key", Bytes)
    .spec("RFC 4034 §2.1.4")
    .explain("With it anyone can check the signatures; only the holder of its secret half can make them.");
pub(super) static KEY_TAG: Field = field("key_tag", "key tag", Dec)
    .spec("RFC 4034 §3.1.6, §5.1.1")
    .explain("A short sum of the key, to pick the right one out of several. Two keys can share it by chance.");
pub(super) static DIGEST_TYPE: Field = field(
    "digest_type",
    "digest",
    Names(&[name(1, "SHA-1", "Weak by now."), name(2, "SHA-256", ""), name(3, "GOST", ""), name(4, "SHA-384", "")]),
)
.spec("RFC 4034 §5.1.3")
.explain("Which hash function shortened the key of the zone below.");
pub(super) static DIGEST: Field = field("digest", "digest of the key", Bytes)
    .spec("RFC 4034 §5.1.4")
    .explain("The zone above vouches for the key of the zone below by its hash: a link in the chain from the root.");
pub(super) static TYPE_COVERED: Field = field("type_covered", "signs the type", Names(dns_types::TYPES))
    .spec("RFC 4034 §3.1.1")
    .explain("The signature covers all records of this type under the name, and nothing else.");
pub(super) static LABELS: Field = field("labels", "labels", Dec)
    .spec("RFC 4034 §3.1.3")
    .explain("How many labels the signed name has; fewer than the name shown mean that a wildcard made the answer.")
    .quiet();
pub(super) static ORIGINAL_TTL: Field = field("original_ttl", "signed TTL", Unit("seconds"))
    .spec("RFC 4034 §3.1.4")
    .explain("The TTL when it was signed. Resolvers count the other one down, which would break the signature.")
    .quiet();
pub(super) static EXPIRATION: Field = field("expiration", "valid until", Time)
    .spec("RFC 4034 §3.1.5")
    .explain("After it the signature is worthless, so that old answers cannot be played back for ever. Forgetting to sign again takes sites offline.");
pub(super) static INCEPTION: Field = field("inception", "valid from", Time)
    .spec("RFC 4034 §3.1.5")
    .explain("Before it the signature does not hold. A wrong clock on your machine is enough to fail here.");
pub(super) static SIGNER: Field =
    field("signer", "signed by", Text).spec("RFC 4034 §3.1.7").explain("The zone whose key made the signature.");
pub(super) static SIGNATURE: Field = field("signature", "signature", Bytes).spec("RFC 4034 §3.1.8").explain(
    "Proof that the records are as the owner of the zone wrote them. They stay readable: signed is not encrypted.",
);
pub(super) static NEXT_NAME: Field = field("next_name", "next name", Text)
    .spec("RFC 4034 §4.1.1")
    .explain("The next name that exists in the zone. Being signed, it proves that there is nothing in between, and lets anyone list the zone.");
pub(super) static HAS_TYPE: Field = field("has_type", "has records of type", Names(dns_types::TYPES))
    .spec("RFC 4034 §4.1.2")
    .explain("One bit of a map: the name has records of this type, and provably none of the types left out.");
pub(super) static HASH_ALGORITHM: Field =
    field("hash_algorithm", "hash", Names(&[name(1, "SHA-1", "The only one defined; good enough for this.")]))
        .spec("RFC 5155 §3.1.1")
        .explain("Which hash function hides the names of the zone.");
pub(super) static NSEC3_FLAGS: Field =
    field("nsec3_flags", "flags", Flags(&[name(1, "OPT-OUT", "Unsigned zones below may be missing here.")]))
        .spec("RFC 5155 §3.1.2")
        .explain("Whether unsigned zones below are left out, which spares large zones millions of records.");
pub(super) static ITERATIONS: Field = field("iterations", "extra rounds", Dec)
    .spec("RFC 5155 §3.1.3, RFC 9276")
    .explain("How often the hash is repeated. 0 is the advice today: more only costs the servers.");
pub(super) static SALT: Field = field("salt", "salt", Bytes)
    .spec("RFC 5155 §3.1.5, RFC 9276")
    .explain("Random bytes hashed along with the name, against prepared tables; mostly empty today.");
pub(super) static NEXT_HASH: Field = field("next_hash", "next hash", Bytes)
    .spec("RFC 5155 §3.1.7")
    .explain("The hash of the next name that exists: proves a gap without saying which names lie around it.");
pub(super) static USAGE: Field = field(
    "tlsa_usage",
    "certificate usage",
    Names(&[
        name(0, "CA constraint", "The chain must pass this authority."),
        name(1, "service certificate constraint", "It must be this certificate, from a known authority."),
        name(2, "trust anchor", "This authority is to be trusted for the name."),
        name(3, "domain-issued", "This very certificate, whoever issued it."),
    ]),
)
.spec("RFC 6698 §2.1.1")
.explain("Whether the record narrows what authorities may do, or replaces them.");
pub(super) static SELECTOR: Field = field(
    "tlsa_selector",
    "compares",
    Names(&[name(0, "whole certificate", ""), name(1, "public key only", "Survives a renewal with the same key.")]),
)
.spec("RFC 6698 §2.1.2")
.explain("Which part of the server's certificate is compared with the data.");
pub(super) static MATCHING: Field = field(
    "tlsa_matching",
    "compares as",
    Names(&[name(0, "bytes", ""), name(1, "SHA-256", ""), name(2, "SHA-512", "")]),
)
.spec("RFC 6698 §2.1.3")
.explain("Whether the data is that part itself or its hash.");
pub(super) static CERTIFICATE: Field = field("tlsa_data", "certificate or digest", Bytes)
    .spec("RFC 6698 §2.1.4")
    .explain("What the TLS server must show; a false server with a certificate from a careless authority fails here.");
pub(super) static SSH_ALGORITHM: Field = field(
    "ssh_algorithm",
    "kind of SSH key",
    Names(&[
        name(1, "RSA", ""),
        name(2, "DSA", ""),
        name(3, "ECDSA", ""),
        name(4, "Ed25519", ""),
        name(6, "Ed448", ""),
    ]),
)
.spec("RFC 4255 §3.1.1, RFC 7479")
.explain("Which of the server's keys the fingerprint belongs to.");
pub(super) static FINGERPRINT_TYPE: Field =
    field("fingerprint_type", "fingerprint", Names(&[name(1, "SHA-1", ""), name(2, "SHA-256", "")]))
        .spec("RFC 4255 §3.1.2, RFC 6594")
        .explain("Which hash function made the fingerprint.");
pub(super) static FINGERPRINT: Field = field("fingerprint", "fingerprint", Bytes)
    .spec("RFC 4255 §3.1.3")
    .explain("Answers the question that ssh asks at the first visit: is this the right server?");

const ALGORITHMS: &[Name] = &[
    name(1, "RSA/MD5", "Must not be used."),
    name(3, "DSA/SHA-1", "Must not be used."),
    name(5, "RSA/SHA-1", "Weak by now."),
    name(7, "RSA/SHA-1, NSEC3", "Weak by now."),
    name(8, "RSA/SHA-256", ""),
    name(10, "RSA/SHA-512", ""),
    name(12, "GOST", ""),
    name(13, "ECDSA P-256", "The usual choice today: short signatures."),
    name(14, "ECDSA P-384", ""),
    name(15, "Ed25519", ""),
    name(16, "Ed448", ""),
];

/// Takes the data of a record of this type; of other types it takes nothing.
pub(super) fn read(r: &mut Reader<'_>, rr_type: u16, message: Message<'_>) -> Result<(), Cut> {
    match rr_type {
        43 | 59 => {
            r.u16(&KEY_TAG)?;
            r.u8(&ALGORITHM)?;
            r.u8(&DIGEST_TYPE)?;
            r.all(&DIGEST);
        }
        44 => {
            r.u8(&SSH_ALGORITHM)?;
            r.u8(&FINGERPRINT_TYPE)?;
            r.all(&FINGERPRINT);
        }
        46 => signature(r, message)?,
        47 => {
            take_name(r, &NEXT_NAME, message)?;
            types(r)?;
        }
        48 | 60 => {
            r.u16(&KEY_FLAGS)?;
            r.u8(&KEY_PROTOCOL)?;
            r.u8(&ALGORITHM)?;
            r.all(&PUBLIC_KEY);
        }
        50 => {
            hashing(r)?;
            let length = usize::from(r.raw::<1>()?.bits(0..8) as u8);
            r.bytes(&NEXT_HASH, length)?;
            types(r)?;
        }
        51 => hashing(r)?,
        52 | 53 => {
            r.u8(&USAGE)?;
            r.u8(&SELECTOR)?;
            r.u8(&MATCHING)?;
            r.all(&CERTIFICATE);
        }
        _ => {}
    }
    Ok(())
}

fn signature(r: &mut Reader<'_>, message: Message<'_>) -> Result<(), Cut> {
    r.u16(&TYPE_COVERED)?;
    r.u8(&ALGORITHM)?;
    r.u8(&LABELS)?;
    r.u32(&ORIGINAL_TTL)?;
    for field in [&EXPIRATION, &INCEPTION] {
        let at = r.span(4);
        let seconds = r.raw::<4>()?.value;
        r.note_at(field, at, seconds * 1_000_000_000);
    }
    r.u16(&KEY_TAG)?;
    take_name(r, &SIGNER, message)?;
    r.all(&SIGNATURE);
    Ok(())
}

fn hashing(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u8(&HASH_ALGORITHM)?;
    r.u8(&NSEC3_FLAGS)?;
    r.u16(&ITERATIONS)?;
    let length = usize::from(r.raw::<1>()?.bits(0..8) as u8);
    r.bytes(&SALT, length)?;
    Ok(())
}

/// A map of types in windows of 256: window number, length, bits (RFC 4034 §4.1.2).
fn types(r: &mut Reader<'_>) -> Result<(), Cut> {
    while let [window, length, bits @ ..] = r.rest() {
        let bits = bits.get(..usize::from(*length)).ok_or(Cut)?;
        r.skip(2);
        for (place, byte) in (0u64..).zip(bits) {
            let at = r.span(1);
            for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
                r.note_at(&HAS_TYPE, at, u64::from(*window) * 256 + place * 8 + bit);
            }
            r.skip(1);
        }
    }
    Ok(())
}
