//! BER, ITU-T X.690, as far as SNMP needs it: every value says what it is and how long. Definite lengths
//! only (RFC 3417 §8), one-byte types, numbers of up to 64 bits.
//! Not here: nesting. Who calls knows what must come next, so that no input can make it go deeper.

use crate::dissect::{
    Cut, Field, Reader,
    Show::{Names, Nothing},
    field, name,
};

pub(super) static TYPE: Field = field(
    "ber_type",
    "type and length",
    Names(&[
        name(INTEGER, "integer", ""),
        name(OCTETS, "octet string", "Text or bytes."),
        name(NULL, "null", "No value: what shall be filled in."),
        name(OID, "object identifier", ""),
        name(SEQUENCE, "sequence", "Several values that belong together."),
        name(0x40, "IP address", ""),
        name(0x41, "counter, 32 bits", "Only grows, and starts again at 0 when it is full."),
        name(0x42, "gauge, 32 bits", "Goes up and down, and stops at its ends."),
        name(0x43, "time ticks", "Hundredths of a second."),
        name(0x44, "opaque", "Something else, wrapped."),
        name(0x46, "counter, 64 bits", "For lines so fast that 32 bits are full in half a minute."),
        name(0x80, "no such object", ""),
        name(0x81, "no such instance", ""),
        name(0x82, "end of MIB view", ""),
    ]),
)
.spec("ITU-T X.690 §8.1, RFC 3417 §8")
.explain("In front of every value stand its type and its length, so that a reader who knows neither can still step over it. The price is two bytes or more for each number.")
.quiet();
pub(super) static BROKEN: Field = field("broken_encoding", "broken encoding", Nothing)
    .gist("broken encoding")
    .spec("ITU-T X.690 §8.1, RFC 3417 §8")
    .explain("A type, a length or a value is not what must stand here. Readers of BER are a classic way into a machine, so a careful one stops.");

/// Types of X.690 §8.
pub(super) const INTEGER: u64 = 0x02;
pub(super) const OCTETS: u64 = 0x04;
pub(super) const NULL: u64 = 0x05;
pub(super) const OID: u64 = 0x06;
pub(super) const SEQUENCE: u64 = 0x30;

/// What stands in front of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Header {
    /// Type with class and form, as the byte stands on the wire.
    pub kind: u64,
    /// Bytes of the value.
    pub length: usize,
    size: usize,
}

impl Header {
    /// Reads it at the front of these bytes. None where they end early or where it is of no form that SNMP may use.
    pub(super) fn of(bytes: &[u8]) -> Option<Header> {
        let [kind, first, ref rest @ ..] = *bytes else { return None };
        let more = if first < 0x80 { 0 } else { usize::from(first & 0x7f) };
        // 0x80 alone is an indefinite length; a type of 31 goes on in further bytes.
        if first == 0x80 || more > 4 || kind & 0x1f == 0x1f {
            return None;
        }
        let length = match more {
            0 => usize::from(first),
            _ => rest.get(..more)?.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)),
        };
        Some(Header { kind: u64::from(kind), length, size: 2 + more })
    }

    /// The value and what follows it, where all of it is there.
    pub(super) fn split(self, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
        bytes.get(self.size..)?.split_at_checked(self.length)
    }
}

/// Takes the type and length in front of a value.
pub(super) fn header(r: &mut Reader<'_>) -> Result<Header, Cut> {
    let header = Header::of(r.rest()).ok_or(Cut)?;
    r.note_at(&TYPE, r.span(header.size), header.kind);
    r.skip(header.size);
    Ok(header)
}

/// As [`header`], for a type that says something of its own: which kind of message. Its number is noted as `field`.
pub(super) fn header_as(r: &mut Reader<'_>, field: &'static Field) -> Result<Header, Cut> {
    let header = Header::of(r.rest()).ok_or(Cut)?;
    r.note_at(field, r.span(header.size), header.kind & 0x1f);
    r.skip(header.size);
    Ok(header)
}

/// Takes type and length and refuses another type than `kind`; gives the length.
pub(super) fn expect(r: &mut Reader<'_>, kind: u64) -> Result<usize, Cut> {
    let header = header(r)?;
    if header.kind == kind { Ok(header.length) } else { Err(Cut) }
}

/// Takes a value of type `kind` and has `body` read its inside, which must not reach beyond it.
pub(super) fn inside<T>(
    r: &mut Reader<'_>,
    kind: u64,
    body: impl FnOnce(&mut Reader<'_>) -> Result<T, Cut>,
) -> Result<T, Cut> {
    let length = expect(r, kind)?;
    r.within(length, body)
}

/// Takes an integer with its type and length.
pub(super) fn integer(r: &mut Reader<'_>, field: &'static Field) -> Result<i64, Cut> {
    let length = expect(r, INTEGER)?;
    signed(r, field, length)
}

/// Takes `length` bytes as a number that may be negative.
pub(super) fn signed(r: &mut Reader<'_>, field: &'static Field, length: usize) -> Result<i64, Cut> {
    let bytes = r.rest().get(..length).ok_or(Cut)?;
    if !(1..=8).contains(&length) {
        return Err(Cut);
    }
    let sign = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
    let value = bytes.iter().fold(sign, |value, byte| (value << 8) | i64::from(*byte));
    r.note_at(field, r.span(length), value.cast_unsigned());
    r.skip(length);
    Ok(value)
}

/// Takes `length` bytes as a number that is never negative; a ninth byte in front may be zero.
pub(super) fn unsigned(r: &mut Reader<'_>, field: &'static Field, length: usize) -> Result<(), Cut> {
    let bytes = r.rest().get(..length).ok_or(Cut)?;
    let fits = (1..=8).contains(&length) || (length == 9 && bytes[0] == 0);
    if !fits {
        return Err(Cut);
    }
    let value = bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte));
    r.note_at(field, r.span(length), value);
    r.skip(length);
    Ok(())
}

/// Takes an octet string with its type and length; notes nothing of an empty one.
pub(super) fn octets(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    inside(r, OCTETS, |r| {
        r.all(field);
        Ok(())
    })
}

/// Takes `length` bytes as an object identifier and notes it with dots.
pub(super) fn oid(r: &mut Reader<'_>, field: &'static Field, length: usize) -> Result<(), Cut> {
    let bytes = r.rest().get(..length).ok_or(Cut)?;
    if !is_oid(bytes) {
        return Err(Cut);
    }
    r.made(field, r.span(length), |out| dotted(bytes, out));
    r.skip(length);
    Ok(())
}

/// Whether every number of the identifier is complete and fits 32 bits (RFC 3416 §2.5).
fn is_oid(bytes: &[u8]) -> bool {
    let mut number = 0u64;
    for byte in bytes {
        number = (number << 7) | u64::from(byte & 0x7f);
        if number > u64::from(u32::MAX) + 80 {
            return false;
        }
        if byte & 0x80 == 0 {
            number = 0;
        }
    }
    bytes.last().is_some_and(|last| last & 0x80 == 0)
}

/// Appends an identifier with dots. Seven bits a byte; the first number holds two (X.690 §8.19).
fn dotted(bytes: &[u8], out: &mut Vec<u8>) {
    use std::io::Write;
    let (mut number, mut first) = (0u64, true);
    for byte in bytes {
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        // Writing to a vector cannot fail.
        let _ = if first {
            let root = (number / 40).min(2);
            write!(out, "{root}.{}", number - 40 * root)
        } else {
            write!(out, ".{number}")
        };
        (number, first) = (0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, dotted, is_oid};

    fn header(bytes: &[u8]) -> Option<(u64, usize)> {
        Header::of(bytes).map(|h| (h.kind, h.length))
    }

    #[test]
    fn lengths_above_127_have_bytes_of_their_own() {
        assert_eq!(header(b"\x04\x7f"), Some((4, 127)));
        assert_eq!(header(b"\x04\x81\x80"), Some((4, 128)));
        assert_eq!(header(b"\x04\x82\x01\x00"), Some((4, 256)));
        assert_eq!(header(b"\x04\x84\xff\xff\xff\xff"), Some((4, 0xffff_ffff)));
        assert_eq!(header(b"\x04\x82\x01"), None, "the length itself is cut");
    }

    #[test]
    fn indefinite_and_absurd_lengths_and_long_types_are_refused() {
        assert_eq!(header(b"\x30\x80\x00\x00"), None);
        assert_eq!(header(b"\x30\x85\x00\x00\x00\x00\x01"), None);
        assert_eq!(header(b"\x3f\x81\x01\x00"), None);
    }

    #[test]
    fn the_first_byte_of_an_identifier_holds_two_numbers() {
        let text = |bytes: &[u8]| {
            let mut out = Vec::new();
            dotted(bytes, &mut out);
            String::from_utf8(out).unwrap_or_default()
        };
        assert_eq!(text(b"\x2b\x06\x01\x02\x01"), "1.3.6.1.2.1");
        assert_eq!(text(b"\x88\x37\x03"), "2.999.3");
        assert_eq!(text(b"\x2b\x8f\xff\xff\xff\x7f"), "1.3.4294967295");
    }

    #[test]
    fn an_identifier_that_is_cut_or_too_large_is_none() {
        assert!(!is_oid(b""));
        assert!(!is_oid(b"\x2b\x86"));
        assert!(!is_oid(b"\x2b\xff\xff\xff\xff\xff\x7f"));
        assert!(is_oid(b"\x2b\x8f\xff\xff\xff\x7f"));
    }
}
