//! The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words.

use std::net::IpAddr;

/// Adds up 16-bit big-endian words; a last odd byte counts as the high half of a word. To be folded by the caller,
/// together with what else belongs to it.
pub fn sum(bytes: &[u8]) -> u64 {
    // In the machine's own byte order and four bytes at a time: the folded sum only has to be swapped (RFC 1071 §2).
    let (words, rest) = bytes.as_chunks::<4>();
    let total: u64 = words.iter().map(|word| u64::from(u32::from_ne_bytes(*word))).sum();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    u64::from(u16::from_be(fold(total + u64::from(u32::from_ne_bytes(last)))))
}

/// Folds a sum to 16 bits.
pub fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// The sum of the pseudo-header that TCP, UDP and `ICMPv6` add (RFC 9293 §3.1, RFC 8200 §8.1).
pub fn pseudo_header(src: IpAddr, dst: IpAddr, proto: u8, length: usize) -> u64 {
    let address = |a: IpAddr| match a {
        IpAddr::V4(a) => sum(&a.octets()),
        IpAddr::V6(a) => sum(&a.octets()),
    };
    address(src) + address(dst) + u64::from(proto) + length as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_adds_up() {
        assert_eq!(fold(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])), 0xddf2);
    }

    #[test]
    fn an_odd_last_byte_is_the_high_half_of_a_word() {
        assert_eq!(fold(sum(&[0x12])), 0x1200);
        assert_eq!(fold(sum(&[0x12, 0x34, 0x56])), fold(0x1234 + 0x5600));
    }

    #[test]
    fn a_header_with_its_checksum_sums_to_all_ones() {
        let header = [
            0x45, 0x00, 0x00, 0x33, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06, 0x9b, 0x20, 0xc0, 0xa8, 0x01, 0x05, 0xc0, 0xa8,
            0x01, 0x09,
        ];
        assert_eq!(fold(sum(&header)), 0xffff);
    }
}
