//! ARP, RFC 826: "who has this IP address? Tell me your card's." The 28 bytes, read and written.
//! Not here: who remembers the answers (`neighbours`), proxy ARP, reverse ARP.

use std::net::Ipv4Addr;

use super::ethernet::Mac;

/// Ethernet (1), IPv4 (0x0800), addresses of 6 and 4 bytes: the only kind that this wire knows.
const KIND: [u8; 6] = [0, 1, 8, 0, 6, 4];

/// `ar$op`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Request = 1,
    Reply = 2,
}

/// An ARP packet; the names are the RFC's sender and target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arp {
    pub(super) operation: Operation,
    pub(super) sender: (Mac, Ipv4Addr),
    pub(super) target: (Mac, Ipv4Addr),
}

impl Arp {
    /// Reads the 28 bytes; padding may follow. `None` for another kind and where bytes are missing.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&KIND)?;
        let (operation, rest) = rest.split_first_chunk::<2>()?;
        let (sender_mac, rest) = rest.split_first_chunk::<6>()?;
        let (sender, rest) = rest.split_first_chunk::<4>()?;
        let (target_mac, rest) = rest.split_first_chunk::<6>()?;
        let (target, _padding) = rest.split_first_chunk::<4>()?;
        let operation = match u16::from_be_bytes(*operation) {
            1 => Operation::Request,
            2 => Operation::Reply,
            _ => return None,
        };
        Some(Arp {
            operation,
            sender: (*sender_mac, Ipv4Addr::from(*sender)),
            target: (*target_mac, Ipv4Addr::from(*target)),
        })
    }

    /// The packet as bytes.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = KIND.to_vec();
        bytes.extend_from_slice(&(self.operation as u16).to_be_bytes());
        for (mac, address) in [self.sender, self.target] {
            bytes.extend_from_slice(&mac);
            bytes.extend_from_slice(&address.octets());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASK: [u8; 28] = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 5, 192, 168, 1, 5, 0, 0, 0, 0, 0, 0, 192, 168, 1, 9];

    #[test]
    fn a_request_is_read_and_written_as_the_same_bytes() {
        let arp = Arp::read(&ASK).expect("a request");
        assert_eq!(arp.operation, Operation::Request);
        assert_eq!(arp.sender, ([2, 0, 0, 0, 0, 5], Ipv4Addr::new(192, 168, 1, 5)));
        assert_eq!(arp.target.1, Ipv4Addr::new(192, 168, 1, 9));
        assert_eq!(arp.write(), ASK);
    }

    #[test]
    fn padding_of_the_frame_is_no_part_of_it_and_a_missing_byte_makes_it_nothing() {
        let mut padded = ASK.to_vec();
        padded.resize(46, 0);
        assert_eq!(Arp::read(&padded), Arp::read(&ASK));
        assert_eq!(Arp::read(&ASK[..27]), None);
    }
}
