//! The part of a QUIC packet that can be read without keys: RFC 8999 for all versions, RFC 9000 §17.2 and
//! RFC 9369 §3.2 for versions 1 and 2. Plain slices in, positions out; decrypting begins here.
//! Not here: the fields and how they are noted (`quic`); Google's QUIC before the standard.

/// Longest connection id of versions 1 and 2 (RFC 9000 §17.2).
const LONGEST_ID: usize = 20;
/// Shortest protected part: receivers take 16 bytes, four behind where the packet number begins (RFC 9001 §5.4.2).
const LEAST_PROTECTED: usize = 20;

pub(super) const VERSION_1: u32 = 1;
pub(super) const VERSION_2: u32 = 0x6b33_43cf;

/// Which long-header packet; the numbers of version 1 (RFC 9000 §17.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
    /// Not a version but the list of those that the server speaks.
    Negotiation,
    /// Of a version that nobody here knows: only ids can be read.
    Unknown,
}

impl Kind {
    /// What the two type bits of `first` mean in `version`.
    pub(super) fn of(first: u8, version: u32) -> Kind {
        let bits = (first >> 4) & 3;
        // Version 2 counts from one further on, so that no box on the way can rely on the numbers (RFC 9369 §3.2).
        let number = match version {
            0 => return Kind::Negotiation,
            VERSION_2 => bits.wrapping_sub(1) & 3,
            _ if is_known(version) => bits,
            _ => return Kind::Unknown,
        };
        [Kind::Initial, Kind::ZeroRtt, Kind::Handshake, Kind::Retry][usize::from(number)]
    }
}

/// A long header, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub version: u32,
    pub kind: Kind,
    /// To whom: the receiver's connection id.
    pub destination: &'a [u8],
    /// Bytes up to the protected part, or up to what a Retry or a negotiation lists.
    pub size: usize,
    /// Bytes of the protected part, packet number included; for the others all that remain.
    pub length: usize,
}

impl<'a> Header<'a> {
    /// Reads a long header at the front of a datagram or behind another packet. None where it is none, or
    /// where a length reaches beyond the end.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Header<'a>> {
        let [first, ref rest @ ..] = *bytes else { return None };
        let (version, rest) = rest.split_first_chunk()?;
        let version = u32::from_be_bytes(*version);
        let kind = Kind::of(first, version);
        if first & 0x80 == 0 || (first & 0x40 == 0 && kind != Kind::Negotiation) {
            return None;
        }
        let (destination, rest) = id(rest)?;
        let (_source, mut rest) = id(rest)?;
        if kind == Kind::Initial {
            let (token, after) = varint(rest)?;
            rest = after.get(usize::try_from(token).ok()?..)?;
        }
        let mut length = rest.len();
        if matches!(kind, Kind::Initial | Kind::ZeroRtt | Kind::Handshake) {
            let (stated, after) = varint(rest)?;
            rest = after;
            length = usize::try_from(stated).ok()?;
        }
        let size = bytes.len() - rest.len();
        (length <= rest.len()).then_some(Header { version, kind, destination, size, length })
    }

    /// Whether it is one beyond doubt, to be called QUIC whatever the port.
    pub(super) fn is_plausible(&self, datagram: &[u8]) -> bool {
        let rest = datagram.get(self.size..).unwrap_or(&[]);
        match self.kind {
            Kind::Initial | Kind::ZeroRtt | Kind::Handshake => self.length >= LEAST_PROTECTED,
            Kind::Retry => rest.len() > 16,
            Kind::Negotiation => {
                let mut versions = rest.chunks(4).map(|v| <[u8; 4]>::try_from(v).map(u32::from_be_bytes));
                rest.len().is_multiple_of(4) && versions.any(|v| v.is_ok_and(is_known))
            }
            // A client that tries out whether the server copes: as long as every first packet must be.
            Kind::Unknown => is_grease(self.version) && datagram.len() >= 1200 && self.destination.len() >= 8,
        }
    }
}

/// A version whose packets are taken apart: 1, 2 and the drafts with the same form.
pub(super) fn is_known(version: u32) -> bool {
    matches!(version, VERSION_1 | VERSION_2 | 0xff00_0017..=0xff00_0022)
}

/// A version that nobody will ever speak (RFC 9000 §15).
pub(super) fn is_grease(version: u32) -> bool {
    version & 0x0f0f_0f0f == 0x0a0a_0a0a
}

fn id(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let length = usize::from(*length);
    if length > LONGEST_ID { None } else { rest.split_at_checked(length) }
}

/// A number of one, two, four or eight bytes; its first two bits say which (RFC 9000 §16).
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let n = 1 << (bytes.first()? >> 6);
    let (number, rest) = bytes.split_at_checked(n)?;
    let all = number.iter().fold(0, |v, b| (v << 8) | u64::from(*b));
    Some((all & (u64::MAX >> (66 - 8 * n).min(63)), rest))
}

#[cfg(test)]
mod tests {
    use super::{Header, Kind, varint};
    use crate::protocols::testing::hex;

    // The four samples of RFC 9000 §A.1.
    #[test]
    fn numbers_are_as_long_as_their_first_two_bits_say() {
        let number = |text: &str| varint(&hex(text)).map(|(n, _)| n);
        assert_eq!(number("c2197c5eff14e88c"), Some(151_288_809_941_952_652));
        assert_eq!(number("9d7f3e7d"), Some(494_878_333));
        assert_eq!(number("7bbd"), Some(15_293));
        assert_eq!(number("25"), Some(37));
        assert_eq!(number("ffffffffffffffff"), Some((1 << 62) - 1));
        assert_eq!(number("c219"), None);
        assert_eq!(number(""), None);
    }

    #[test]
    fn version_2_numbers_its_packets_otherwise() {
        assert_eq!(
            [0xc0, 0xd0, 0xe0, 0xf0].map(|b| Kind::of(b, 1)),
            [Kind::Initial, Kind::ZeroRtt, Kind::Handshake, Kind::Retry]
        );
        assert_eq!(
            [0xd0, 0xe0, 0xf0, 0xc0].map(|b| Kind::of(b, super::VERSION_2)),
            [Kind::Initial, Kind::ZeroRtt, Kind::Handshake, Kind::Retry]
        );
    }

    #[test]
    fn an_id_of_more_than_20_bytes_or_a_length_beyond_the_end_is_no_header() {
        let whole = hex(&format!("c0 00000001 01 aa 00 00 14 {}", "00".repeat(20)));
        let header = Header::of(&whole).map(|h| (h.size, h.length));
        assert_eq!(header, Some((10, 20)));
        assert_eq!(Header::of(&whole[..29]), None);
        assert_eq!(Header::of(&hex(&format!("c0 00000001 15 {}", "00".repeat(60)))), None);
        assert_eq!(Header::of(&hex("c0 00000001 00 00 ffffffffffffffff 00")), None);
    }

    #[test]
    fn a_negotiation_must_offer_something_that_exists() {
        let plausible = |text: &str| {
            let bytes = hex(text);
            Header::of(&bytes).is_some_and(|h| h.is_plausible(&bytes))
        };
        assert!(plausible("80 00000000 00 00 00000001 1a2a3a4a"));
        assert!(!plausible("80 00000000 00 00"));
        assert!(!plausible("80 00000000 00 00 00000000"));
        assert!(!plausible("80 00000000 00 00 00000001 00"));
    }
}
