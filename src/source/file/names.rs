//! The names of machines that a pcapng file brings (a name resolution block, draft-ietf-opsawg-pcapng §4.5).
//! Not here: asking anybody for a name; nothing leaves this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most names that are kept of a file.
const MAX_NAMES: usize = 4096;
/// Most letters of a name, RFC 1035 §2.3.4.
const MAX_NAME: usize = 255;

/// Adds the names in the `body` of a block; what makes no sense is left out.
pub(super) fn read(body: &[u8], big_endian: bool, names: &mut Vec<(IpAddr, String)>) {
    let half = |at: usize| {
        let two = [*body.get(at)?, *body.get(at + 1)?];
        Some(if big_endian { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    };
    let mut at = 0;
    while let (Some(kind @ 1..), Some(length)) = (half(at), half(at + 2)) {
        let length = usize::from(length);
        let Some(record) = body.get(at + 4..at + 4 + length) else { return };
        at += 4 + length.next_multiple_of(4);
        let found = match kind {
            1 => record.split_first_chunk::<4>().map(|(ip, name)| (IpAddr::V4(Ipv4Addr::from(*ip)), name)),
            2 => record.split_first_chunk::<16>().map(|(ip, name)| (IpAddr::V6(Ipv6Addr::from(*ip)), name)),
            _ => None,
        };
        // Several names may follow each other; the first is the one that people know it by.
        let name = found.and_then(|(ip, rest)| Some((ip, rest.split(|b| *b == 0).next()?)));
        let Some((ip, name)) = name.filter(|(_, name)| !name.is_empty() && name.len() <= MAX_NAME) else { continue };
        if names.len() < MAX_NAMES && !names.iter().any(|(known, _)| *known == ip) {
            names.push((ip, String::from_utf8_lossy(name).into_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_of_an_address_counts_and_cut_records_are_left_out() {
        let body = [
            &[1, 0, 11, 0, 192, 0, 2, 1][..],
            b"client\0\0",
            &[1, 0, 7, 0, 192, 0, 2, 9],
            b"s\0\0\0",
            &[9, 0, 4, 0, 1, 2, 3, 4, 1, 0, 200, 0, 192],
        ]
        .concat();
        let mut names = Vec::new();
        read(&body, false, &mut names);
        let expected = [("192.0.2.1", "client"), ("192.0.2.9", "s")];
        assert_eq!(names, expected.map(|(ip, name)| (ip.parse().expect("an address"), name.to_owned())));
    }

    #[test]
    fn any_bytes_end() {
        let mut names = Vec::new();
        for length in 0..64 {
            read(&vec![1; length], true, &mut names);
            read(&vec![0xff; length], false, &mut names);
        }
        assert!(names.len() <= 64);
    }
}
