//! IPv4, RFC 791 §3.1, as far as a router reads it: the header that every datagram carries.
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! |Version|  IHL  |Type of Service|          Total Length         |   0
//! |         Identification        |Flags|      Fragment Offset    |   4
//! |  Time to Live |    Protocol   |         Header Checksum       |   8
//! |                       Source Address                          |  12
//! |                    Destination Address                        |  16
//! |                    Options                    |    Padding    |  20
//! ```
//! Not here: what options ask for; they travel along unread (source routes: RFC 7126 tells routers to ignore them).

use std::net::Ipv4Addr;

use super::did::Flaw;
use crate::dissect::{fold, sum};

pub(super) const ICMP: u8 = 1;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;

/// Bytes of a header without options.
pub(super) const HEADER: usize = 20;
/// The time to live of what the router itself sends (RFC 1700).
const TTL: u8 = 64;

/// A datagram whose header has been checked. Everything below may rely on that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Datagram(Vec<u8>);

impl Datagram {
    /// RFC 1812 §5.2.2: the five things that a router must check before it touches a datagram.
    ///
    /// # Errors
    /// The first thing that is wrong; such a datagram is thrown away without a word.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let [first, ..] = bytes else { return Err(Flaw::Short) };
        let header = usize::from(first & 0x0f) * 4;
        if bytes.len() < HEADER {
            return Err(Flaw::Short);
        }
        if first >> 4 != 4 {
            return Err(Flaw::Version);
        }
        let total = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
        if header < HEADER || total < header || total > bytes.len() {
            return Err(Flaw::Length);
        }
        if fold(sum(&bytes[..header])) != 0xffff {
            return Err(Flaw::Checksum);
        }
        Ok(Datagram(bytes[..total].to_vec())) // what follows is padding of the frame
    }

    /// A datagram of the router itself, without options, free to be cut in pieces.
    pub(super) fn new(from: Ipv4Addr, to: Ipv4Addr, protocol: u8, tos: u8, id: u16, payload: &[u8]) -> Self {
        let mut bytes = vec![0x45, tos, 0, 0];
        bytes.extend_from_slice(&id.to_be_bytes());
        bytes.extend_from_slice(&[0, 0, TTL, protocol, 0, 0]);
        bytes.extend_from_slice(&from.octets());
        bytes.extend_from_slice(&to.octets());
        bytes.extend_from_slice(payload);
        let mut datagram = Datagram(bytes);
        datagram.finish();
        datagram
    }

    /// A piece of a datagram, from `header` (a whole number of 32-bit words) and its part of the payload.
    pub(super) fn piece(header: &[u8], payload: &[u8], offset: usize, more: bool) -> Self {
        let mut bytes = [header, payload].concat();
        bytes[0] = 0x40 | (header.len() / 4) as u8;
        let place = (offset / 8) as u16 | u16::from(more) << 13;
        bytes[6..8].copy_from_slice(&place.to_be_bytes());
        let mut datagram = Datagram(bytes);
        datagram.finish();
        datagram
    }

    /// Fills in the length and the checksum.
    fn finish(&mut self) {
        let total = self.0.len() as u16;
        self.0[2..4].copy_from_slice(&total.to_be_bytes());
        self.0[10..12].fill(0);
        let check = !fold(sum(self.header()));
        self.0[10..12].copy_from_slice(&check.to_be_bytes());
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// For address translation only, which keeps the header sound.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn header(&self) -> &[u8] {
        &self.0[..usize::from(self.0[0] & 0x0f) * 4]
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.0[self.header().len()..]
    }

    pub(super) fn tos(&self) -> u8 {
        self.0[1]
    }

    pub(super) fn id(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    /// DF: the sender wants it whole or not at all.
    pub(super) fn dont_fragment(&self) -> bool {
        self.0[6] & 0x40 != 0
    }

    /// MF: it is a piece, and not the last one.
    pub(super) fn more_fragments(&self) -> bool {
        self.0[6] & 0x20 != 0
    }

    /// Where in the payload of the original datagram this piece begins, in bytes.
    pub(super) fn offset(&self) -> usize {
        usize::from(u16::from_be_bytes([self.0[6] & 0x1f, self.0[7]])) * 8
    }

    pub(super) fn is_piece(&self) -> bool {
        self.more_fragments() || self.offset() > 0
    }

    pub(super) fn ttl(&self) -> u8 {
        self.0[8]
    }

    pub(super) fn protocol(&self) -> u8 {
        self.0[9]
    }

    pub(super) fn from(&self) -> Ipv4Addr {
        Ipv4Addr::new(self.0[12], self.0[13], self.0[14], self.0[15])
    }

    pub(super) fn to(&self) -> Ipv4Addr {
        Ipv4Addr::new(self.0[16], self.0[17], self.0[18], self.0[19])
    }

    /// One hop less to live (RFC 1812 §5.3.1). The checksum is corrected, not computed anew (RFC 1624): had a bit
    /// of the header gone wrong in this router's memory, a fresh checksum would bless the damage.
    pub(super) fn spend_a_hop(&mut self) {
        let was = [self.0[8], self.0[9]];
        self.0[8] = self.0[8].saturating_sub(1);
        let check = adjusted(u16::from_be_bytes([self.0[10], self.0[11]]), &was, &self.0[8..10]);
        self.0[10..12].copy_from_slice(&check.to_be_bytes());
    }
}

/// RFC 1624 §3, equation 3: HC' = ~(~HC + ~m + m'), where the words `was` became the words `is`.
pub(super) fn adjusted(check: u16, was: &[u8], is: &[u8]) -> u16 {
    !fold(u64::from(!check) + u64::from(!fold(sum(was))) + sum(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_datagram() -> Datagram {
        Datagram::new(Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 9, 9), UDP, 0, 7, &[1, 2, 3, 4])
    }

    #[test]
    fn the_checksum_is_corrected_as_in_rfc_1624_section_4() {
        // Its example: HC = 0xDD2F, m = 0x5555, m' = 0x3285, and the answer is 0x0000, not 0xFFFF.
        assert_eq!(adjusted(0xdd2f, &[0x55, 0x55], &[0x32, 0x85]), 0x0000);
    }

    #[test]
    fn a_hop_less_leaves_a_header_that_still_adds_up_for_every_ttl() {
        for ttl in 1..=255 {
            let mut datagram = a_datagram();
            datagram.0[8] = ttl;
            datagram.finish();
            datagram.spend_a_hop();
            assert_eq!(datagram.ttl(), ttl - 1);
            assert_eq!(Datagram::read(datagram.bytes()), Ok(datagram.clone()));
        }
    }

    #[test]
    fn a_damaged_header_stays_damaged_after_a_hop() {
        let mut datagram = a_datagram();
        datagram.0[19] ^= 0x10;
        datagram.spend_a_hop();
        assert_eq!(Datagram::read(datagram.bytes()), Err(Flaw::Checksum));
    }

    #[test]
    fn padding_of_the_frame_is_cut_off() {
        let datagram = a_datagram();
        let mut padded = datagram.bytes().to_vec();
        padded.resize(46, 0xaa);
        assert_eq!(Datagram::read(&padded), Ok(datagram));
    }

    #[test]
    fn what_rfc_1812_section_5_2_2_forbids_is_refused() {
        let good = a_datagram().bytes().to_vec();
        let with = |at: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[at] = value;
            Datagram::read(&bytes)
        };
        assert_eq!(Datagram::read(&good[..19]), Err(Flaw::Short));
        assert_eq!(Datagram::read(&[]), Err(Flaw::Short));
        assert_eq!(with(0, 0x65), Err(Flaw::Version));
        assert_eq!(with(0, 0x44), Err(Flaw::Length), "a header of 16 bytes");
        assert_eq!(with(0, 0x47), Err(Flaw::Length), "a header longer than the datagram");
        assert_eq!(with(3, 25), Err(Flaw::Length), "longer than what arrived");
        assert_eq!(with(3, 19), Err(Flaw::Length), "shorter than its header");
        assert_eq!(with(11, good[11] ^ 1), Err(Flaw::Checksum));
    }
}
