//! ICMP, RFC 792 and RFC 1812 §4.3: how a router says that a packet did not make it, and answers a ping.
//! Not here: when to say so (`complain`), source quench (RFC 6633 buried it), timestamps, router discovery.

use std::net::Ipv4Addr;

use super::datagram::{Datagram, HEADER, ICMP};
use crate::dissect::{fold, sum};

/// RFC 1812 §4.3.2.3: quote as much as fits a message of 576 bytes.
const LONGEST: usize = 576;
/// RFC 1812 §4.3.2.5: "internetwork control", so that the bad news travels first.
const PRECEDENCE: u8 = 0xc0;

/// What a router has to say about a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Error {
    NetUnreachable,
    HostUnreachable,
    ProtocolUnreachable,
    PortUnreachable,
    /// Fragmentation needed and DF set; carries the MTU of the next link (RFC 1191 §4).
    TooBig(usize),
    /// There is a shorter way, through this neighbour of yours.
    Redirect(Ipv4Addr),
    TtlExpired,
}

impl Error {
    /// Type, code, and the four bytes behind the checksum.
    fn words(self) -> (u8, u8, [u8; 4]) {
        match self {
            Error::NetUnreachable => (3, 0, [0; 4]),
            Error::HostUnreachable => (3, 1, [0; 4]),
            Error::ProtocolUnreachable => (3, 2, [0; 4]),
            Error::PortUnreachable => (3, 3, [0; 4]),
            Error::TooBig(mtu) => (3, 4, u32::from(mtu.min(65_535) as u16).to_be_bytes()),
            Error::Redirect(via) => (5, 1, via.octets()),
            Error::TtlExpired => (11, 0, [0; 4]),
        }
    }

    /// The message to the sender of `about`, spoken by the router's address `from`.
    pub(super) fn write(self, about: &Datagram, from: Ipv4Addr, id: u16) -> Datagram {
        let (kind, code, rest) = self.words();
        let quote = &about.bytes()[..about.len().min(LONGEST - HEADER - 8)];
        let message = [&[kind, code, 0, 0], &rest[..], quote].concat();
        Datagram::new(from, about.from(), ICMP, PRECEDENCE, id, &finished(message))
    }
}

/// Fills in the checksum, which covers the whole message.
pub(super) fn finished(mut message: Vec<u8>) -> Vec<u8> {
    if message.len() >= 4 {
        message[2..4].fill(0);
        let check = !fold(sum(&message));
        message[2..4].copy_from_slice(&check.to_be_bytes());
    }
    message
}

/// Whether the message arrived as it was sent.
pub(super) fn is_sound(message: &[u8]) -> bool {
    message.len() >= 8 && fold(sum(message)) == 0xffff
}

/// Whether the message itself reports an error.
pub(super) fn is_error(message: &[u8]) -> bool {
    matches!(message.first(), Some(3 | 4 | 5 | 11 | 12))
}

/// The answer to a ping: the same bytes, from the address that was asked (RFC 1812 §4.3.3.6). `None` for
/// everything else.
pub(super) fn pong(ping: &Datagram, id: u16) -> Option<Datagram> {
    let message = ping.payload();
    if message.first() != Some(&8) || !is_sound(message) {
        return None;
    }
    let mut answer = message.to_vec();
    answer[0] = 0;
    Some(Datagram::new(ping.to(), ping.from(), ICMP, ping.tos(), id, &finished(answer)))
}

/// RFC 1812 §4.3.2.7: the packets about which nobody complains, lest one packet become a storm of them.
/// Broadcasts are the caller's part: only it knows the networks.
pub(super) fn may_be_reported(about: &Datagram) -> bool {
    let of_nobody = |a: Ipv4Addr| a.is_unspecified() || a.is_loopback() || a.is_multicast() || a.octets()[0] >= 240;
    // A message that is too short to say its type might be an error, too.
    let reports = about.protocol() == ICMP && (about.payload().is_empty() || is_error(about.payload()));
    !reports && about.offset() == 0 && !of_nobody(about.from()) && !about.to().is_multicast()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
    const B: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 1);

    #[test]
    fn an_error_quotes_what_fits_576_bytes() {
        let long = Datagram::new(A, B, 17, 0, 1, &[7; 1400]);
        let error = Error::TtlExpired.write(&long, B, 2);
        assert_eq!((error.len(), error.to(), error.tos()), (576, A, 0xc0));
        assert!(is_sound(error.payload()));
        assert_eq!(error.payload()[8..], long.bytes()[..548]);
    }

    #[test]
    fn too_big_says_how_much_would_fit() {
        let error = Error::TooBig(600).write(&Datagram::new(A, B, 17, 0, 1, &[7; 8]), B, 2);
        assert_eq!(error.payload()[..2], [3, 4]);
        assert_eq!(error.payload()[4..8], [0, 0, 600_u16.to_be_bytes()[0], 600_u16.to_be_bytes()[1]]);
    }

    #[test]
    fn a_ping_is_answered_with_its_own_bytes_and_a_damaged_one_is_not() {
        let ping = finished(vec![8, 0, 0, 0, 0, 1, 0, 2, b'h', b'i', b'!']);
        let pong_of = |m: &[u8]| pong(&Datagram::new(A, B, ICMP, 0x10, 1, m), 9);
        let answer = pong_of(&ping).expect("an answer");
        assert_eq!((answer.from(), answer.to(), answer.tos()), (B, A, 0x10));
        assert_eq!(answer.payload()[4..], ping[4..]);
        assert!(is_sound(answer.payload()));
        let mut damaged = ping.clone();
        damaged[9] ^= 1;
        assert_eq!(pong_of(&damaged), None);
        assert_eq!(pong_of(&ping[..5]), None);
    }

    #[test]
    fn nobody_complains_about_errors_later_pieces_and_senders_that_cannot_be() {
        let about = |from, protocol, message: &[u8]| Datagram::new(from, B, protocol, 0, 1, message);
        assert!(may_be_reported(&about(A, ICMP, &[8, 0])));
        for kind in [3, 4, 5, 11, 12] {
            assert!(!may_be_reported(&about(A, ICMP, &[kind, 0])));
        }
        assert!(!may_be_reported(&about(A, ICMP, &[])));
        assert!(!may_be_reported(&Datagram::piece(about(A, 17, &[]).header(), &[1; 8], 8, true)));
        for nobody in [Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST, Ipv4Addr::LOCALHOST, Ipv4Addr::new(224, 0, 0, 1)] {
            assert!(!may_be_reported(&about(nobody, 17, &[1; 8])));
        }
    }
}
