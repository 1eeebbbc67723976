//! X.509 certificates as TLS 1.2 and before show them, RFC 5280: who it is, who vouches for it, from when to when.
//! Not here: whether the signature is right and whether the issuer deserves trust; other extensions.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::tls_extensions::{self as extensions, Hello};
use super::tls_fields::{HANDSHAKE_DATA, LIST_LENGTH};
use super::tls_handshake::u24;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Names, Nothing, Text, Unit},
    Span, field, name as named,
};

pub(super) static CERTIFICATE: Field = field("certificate", "certificate", Nothing)
    .spec("RFC 5246 §7.4.2, RFC 5280 §4.1")
    .explain("Ties a name to a public key, signed by somebody else. The server's comes first, then that of its issuer, up to one that the client knows.");
pub(super) static LENGTH: Field = field("certificate_length", "length of certificate", Unit("bytes"))
    .spec("RFC 5246 §7.4.2")
    .explain("Three bytes, for certificates with thousands of names.")
    .quiet();
pub(super) static SERIAL: Field = field("serial", "serial number", Bytes).spec("RFC 5280 §4.1.2.2").explain(
    "The issuer's number for this certificate, at least half of it chance; lists of revoked certificates name it.",
);
pub(super) static ISSUER: Field = field("issuer", "issued by", Text).tells().spec("RFC 5280 §4.1.2.4").explain(
    "Who has checked and signed. Where it is the same as the subject, nobody vouches but the owner: self-signed.",
);
pub(super) static NOT_BEFORE: Field = field("not_before", "good from", Text)
    .spec("RFC 5280 §4.1.2.5")
    .explain("Before this moment the certificate does not count; a clock that is slow finds fresh ones invalid.");
pub(super) static NOT_AFTER: Field = field("not_after", "good until", Text)
    .spec("RFC 5280 §4.1.2.5")
    .explain("After it browsers refuse. Short lives limit the harm of a stolen key, so issuers give ever less time.");
pub(super) static SUBJECT: Field = field("subject", "whose it is", Text)
    .gist("")
    .tells()
    .spec("RFC 5280 §4.1.2.6")
    .explain("The owner's name. Browsers no longer look here: only the alternative names count.");
pub(super) static KEY: Field = field("key", "public key", Text)
    .spec("RFC 5280 §4.1.2.7")
    .explain("Which kind of key belongs to the name. Everybody may know it; only the owner has the private half.");
pub(super) static SAN: Field = field("alternative_name", "is good for", Text)
    .tells().spec("RFC 5280 §4.2.1.6")
    .explain("One name or address that the certificate is good for. One certificate often lists many sites, which tells who lives together.");
pub(super) static CA: Field =
    field("may_issue", "may issue others", Names(&[named(0, "no", ""), named(1, "yes", "A certificate authority's.")]))
        .spec("RFC 5280 §4.2.1.9")
        .explain("Without this mark the owner of any website could sign certificates for all others.");
pub(super) static UNREADABLE: Field = field("bad_certificate", "unreadable certificate", Nothing)
    .gist("unreadable certificate")
    .spec("RFC 5280 §4.1, X.690")
    .explain(
        "Its lengths contradict each other. Programs that read such bytes carelessly have been taken over this way.",
    );

/// Certificates of one chain that are taken apart.
const MAX_CHAIN: usize = 16;
/// Names of one certificate that are noted.
const MAX_NAMES: usize = 256;
/// Bytes of a name that are kept.
const MAX_NAME: usize = 1024;

const SEQUENCE: u8 = 0x30;
const OID: u8 = 6;

/// Takes the chain of a certificate message. TLS 1.3 puts a context in front, empty for a server, and extensions behind
/// each certificate (RFC 8446 §4.4.2); the lengths tell which form it is.
pub(super) fn chain(r: &mut Reader<'_>) -> Result<(), Cut> {
    let extended = !matches!(*r.rest(), [a, b, c, ..] if u32::from_be_bytes([0, a, b, c]) as usize + 3 == r.left())
        && matches!(*r.rest(), [n, ..] if usize::from(n) + 4 <= r.left());
    if extended {
        let n = usize::from(r.u8(&LIST_LENGTH)?);
        if n > 0 {
            r.bytes(&HANDSHAKE_DATA, n)?;
        }
    }
    let all = u24(r, &LIST_LENGTH)?;
    r.within(all, |r| {
        for _ in 0..MAX_CHAIN {
            if r.left() == 0 {
                break;
            }
            r.group(&CERTIFICATE, |r| {
                let n = u24(r, &LENGTH)?;
                r.within(n, |r| {
                    if certificate(r).is_err() {
                        r.note(&UNREADABLE, 1);
                    }
                    Ok(())
                })?;
                if extended { extensions::all(r, &mut Hello::default()) } else { Ok(()) }
            })?;
        }
        Ok(())
    })
}

/// Kind and length of the DER element that begins here, and the bytes of its head (X.690 §8.1).
fn head(bytes: &[u8]) -> Result<(u8, usize, usize), Cut> {
    let &[tag, first, ..] = bytes else { return Err(Cut) };
    if first < 0x80 {
        return Ok((tag, usize::from(first), 2));
    }
    let count = usize::from(first & 0x7f);
    let digits = bytes.get(2..2 + count).filter(|d| (1..=3).contains(&d.len())).ok_or(Cut)?;
    Ok((tag, digits.iter().fold(0, |n, d| (n << 8) | usize::from(*d)), 2 + count))
}

/// Splits the first element off: its kind, its content, what follows.
fn split(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), Cut> {
    let (tag, length, head) = head(bytes)?;
    let content = bytes.get(head..head + length).ok_or(Cut)?;
    Ok((tag, content, bytes.get(head + length..).unwrap_or(&[])))
}

/// The contents of all elements in a row; those that are broken end it.
fn elements(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, content, rest) = split(bytes).ok()?;
        bytes = rest;
        Some((tag, content))
    })
}

/// Steps into the next element, which has to be of this kind.
fn enter<T>(r: &mut Reader<'_>, tag: u8, body: impl FnOnce(&mut Reader<'_>) -> Result<T, Cut>) -> Result<T, Cut> {
    let (found, length, head) = head(r.rest())?;
    if found != tag {
        return Err(Cut);
    }
    r.skip(head);
    r.within(length, body)
}

/// Steps over the next element and gives its kind, its place and its content.
fn take<'a>(r: &mut Reader<'a>) -> Result<(u8, Span, &'a [u8]), Cut> {
    let (tag, length, head) = head(r.rest())?;
    let content = r.rest().get(head..head + length).ok_or(Cut)?;
    let at = Span::new(r.position() + head, r.position() + head + length);
    r.skip(head + length);
    Ok((tag, at, content))
}

fn certificate(r: &mut Reader<'_>) -> Result<(), Cut> {
    enter(r, SEQUENCE, |r| enter(r, SEQUENCE, body))
}

fn body(r: &mut Reader<'_>) -> Result<(), Cut> {
    if r.rest().first() == Some(&0xa0) {
        take(r)?; // the version of the form: nearly always 3
    }
    let (_, serial, _) = take(r)?;
    r.note_bytes(&SERIAL, serial);
    take(r)?; // how it is signed: stands once more behind the body
    distinguished(r, &ISSUER)?;
    enter(r, SEQUENCE, |r| {
        for field in [&NOT_BEFORE, &NOT_AFTER] {
            let (tag, at, text) = take(r)?;
            r.made(field, at, |out| time(tag, text, out));
        }
        Ok(())
    })?;
    distinguished(r, &SUBJECT)?;
    let (_, at, key) = take(r)?;
    let kind = key_kind(key)?;
    r.made(&KEY, at, |out| out.extend_from_slice(kind.as_bytes()));
    while r.left() > 0 {
        if r.rest().first() == Some(&0xa3) {
            enter(r, 0xa3, |r| {
                enter(r, SEQUENCE, |r| {
                    while r.left() > 0 {
                        enter(r, SEQUENCE, extension)?;
                    }
                    Ok(())
                })
            })?;
        } else {
            take(r)?;
        }
    }
    Ok(())
}

fn distinguished(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    let (_, length, head) = head(r.rest())?;
    let bytes = r.rest().get(..head + length).ok_or(Cut)?;
    let at = r.span(head + length);
    r.made(field, at, |out| name(bytes, out));
    r.skip(head + length);
    Ok(())
}

/// Appends a name as people write it: "CN=example.com, O=Example" (RFC 5280 §4.1.2.4, RFC 4514).
pub(super) fn name(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let Ok((_, sets, _)) = split(bytes) else { return };
    for (_, set) in elements(sets) {
        for (_, pair) in elements(set) {
            let mut parts = elements(pair);
            let (Some((OID, oid)), Some((tag, value))) = (parts.next(), parts.next()) else { continue };
            if out.len() > start {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(attribute(oid).as_bytes());
            out.push(b'=');
            if tag == 0x1e {
                let units = value.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]]));
                out.extend(char::decode_utf16(units).flat_map(|c| c.unwrap_or('\u{fffd}').to_string().into_bytes()));
            } else {
                out.extend_from_slice(value);
            }
            if out.len() > start + MAX_NAME {
                out.truncate(start + MAX_NAME);
                return;
            }
        }
    }
}

fn attribute(oid: &[u8]) -> &'static str {
    match oid {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "street",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 12] => "title",
        [0x55, 4, 15] => "businessCategory",
        [0x55, 4, 17] => "postalCode",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "emailAddress",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        _ => "?",
    }
}

/// Appends a time as "2026-11-24 20:02:19 UTC"; its year has two digits or four (RFC 5280 §4.1.2.5).
fn time(tag: u8, text: &[u8], out: &mut Vec<u8>) {
    let (year, rest) = match (tag, text) {
        (0x17, [a, b, rest @ ..]) => ([if *a < b'5' { *b"20" } else { *b"19" }, [*a, *b]].concat(), rest),
        (_, [a, b, c, d, rest @ ..]) => (vec![*a, *b, *c, *d], rest),
        _ => return out.extend_from_slice(text),
    };
    let [m1, m2, d1, d2, h1, h2, n1, n2, s1, s2, b'Z'] = *rest else { return out.extend_from_slice(text) };
    out.extend(year);
    out.extend([b'-', m1, m2, b'-', d1, d2, b' ', h1, h2, b':', n1, n2, b':', s1, s2]);
    out.extend_from_slice(b" UTC");
}

/// Kind and size of a public key.
fn key_kind(key: &[u8]) -> Result<String, Cut> {
    let (_, algorithm, rest) = split(key)?;
    let (_, oid, parameters) = split(algorithm)?;
    let curve = split(parameters).map_or(&[][..], |p| p.1);
    Ok(match oid {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1] => {
            let (_, bits, _) = split(rest)?;
            let (_, pair, _) = split(bits.get(1..).unwrap_or(&[]))?;
            let (_, modulus, _) = split(pair)?;
            let zeros = modulus.iter().take_while(|b| **b == 0).count();
            let first = modulus.get(zeros).map_or(0, |b| b.leading_zeros() as usize);
            format!("RSA, {} bits", (modulus.len() - zeros) * 8 - first)
        }
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1] => match curve {
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] => "elliptic curve P-256".into(),
            [0x2b, 0x81, 4, 0, 0x22] => "elliptic curve P-384".into(),
            [0x2b, 0x81, 4, 0, 0x23] => "elliptic curve P-521".into(),
            _ => "another elliptic curve".into(),
        },
        [0x2b, 0x65, 0x70] => "Ed25519".into(),
        [0x2b, 0x65, 0x71] => "Ed448".into(),
        [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1] => "DSA".into(),
        _ => "of another kind".into(),
    })
}

fn extension(r: &mut Reader<'_>) -> Result<(), Cut> {
    let (_, _, oid) = take(r)?;
    if r.rest().first() == Some(&1) {
        take(r)?; // critical: who does not understand it must refuse
    }
    match oid {
        [0x55, 0x1d, 17] => enter(r, 4, |r| enter(r, SEQUENCE, names)),
        [0x55, 0x1d, 19] => {
            let (_, at, value) = take(r)?;
            let (_, content, _) = split(value)?;
            r.note_at(&CA, at, u64::from(matches!(*content, [1, 1, 1..=255, ..])));
            Ok(())
        }
        _ => take(r).map(|_| ()),
    }
}

fn names(r: &mut Reader<'_>) -> Result<(), Cut> {
    for _ in 0..MAX_NAMES {
        if r.left() == 0 {
            break;
        }
        let (tag, at, value) = take(r)?;
        let address = match (tag, value.len()) {
            (0x87, 4) => <[u8; 4]>::try_from(value).ok().map(|a| Ipv4Addr::from(a).to_string()),
            (0x87, 16) => <[u8; 16]>::try_from(value).ok().map(|a| Ipv6Addr::from(a).to_string()),
            _ => None,
        };
        match (tag, address) {
            (_, Some(text)) => r.made(&SAN, at, |out| out.extend_from_slice(text.as_bytes())),
            (0x81 | 0x82 | 0x86, _) => r.note_bytes(&SAN, at),
            (0xa4, _) => r.made(&SAN, at, |out| name(value, out)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{head, name, time};
    use crate::dissect::Cut;

    #[test]
    fn a_length_above_127_says_first_how_many_bytes_it_has() {
        assert_eq!(head(&[0x30, 0x82, 1, 0, 9]), Ok((0x30, 256, 4)));
        assert_eq!(head(&[0x30, 0x80, 0, 0]), Err(Cut), "without a stated end it is no DER");
        assert_eq!(head(&[0x30, 0x88, 1, 1, 1, 1, 1, 1, 1, 1]), Err(Cut), "too long to be true");
    }

    #[test]
    fn a_name_is_written_as_people_write_it() {
        let mut out = Vec::new();
        name(
            b"\x30\x1c\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02US\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04a.bc",
            &mut out,
        );
        assert_eq!(String::from_utf8_lossy(&out), "C=US, CN=a.bc");
    }

    #[test]
    fn two_digits_of_a_year_mean_1950_to_2049() {
        let write = |tag, text: &[u8]| {
            let mut out = Vec::new();
            time(tag, text, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        };
        assert_eq!(write(0x17, b"491231235959Z"), "2049-12-31 23:59:59 UTC");
        assert_eq!(write(0x17, b"500101000000Z"), "1950-01-01 00:00:00 UTC");
        assert_eq!(write(0x18, b"20500101000000Z"), "2050-01-01 00:00:00 UTC");
        assert_eq!(write(0x17, b"nonsense"), "nonsense");
    }
}
