//! IP and TCP headers around bytes: RFC 791, RFC 8200, RFC 9293, with checksums that are right.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use rustc_hash::FxHashMap;

use super::notice::{Notice, What};

/// The comment of the first packet of a connection.
const COMMENT: &str = "TCP and IP headers rebuilt by layercake around the bytes that its program saw";
/// Connections that are kept in mind; the eldest gives way.
const MOST: usize = 65_536;
const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PSH: u8 = 8;
const ACK: u8 = 16;
/// The window that is written everywhere: nobody asked the kernel for its own.
const WINDOW: u16 = 65_535;

/// What has crossed, over all connections.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Connections that were opened.
    pub connections: u64,
    /// Bytes that TCP carried to servers, shown or skipped.
    pub to_server: u64,
    /// The same to clients.
    pub to_client: u64,
    /// Packets that were rebuilt.
    pub packets: u64,
}

/// A packet.
pub(super) struct Rebuilt {
    pub(super) time: u64,
    pub(super) bytes: Vec<u8>,
    /// What a reader of a file has to know about it.
    pub(super) comment: Option<Cow<'static, str>>,
}

/// One connection: who, and the next sequence number of client and server.
struct Connection {
    ends: [SocketAddr; 2],
    next: [u32; 2],
    ended: [bool; 2],
    /// Bytes of either that were too many to show, and are still to be told.
    skipped: [u64; 2],
}

/// All that are open.
#[derive(Default)]
pub(super) struct Connections {
    open: FxHashMap<u64, Connection>,
    order: VecDeque<u64>,
    pub(super) totals: Totals,
}

impl Totals {
    fn count(&mut self, what: &What) {
        let (to_server, bytes) = match what {
            What::Opened { .. } => {
                self.connections += 1;
                return;
            }
            What::Bytes { to_server, bytes } => (*to_server, bytes.len() as u64),
            What::Skipped { to_server, bytes } => (*to_server, *bytes),
            What::Ended { .. } | What::Reset { .. } => return,
        };
        *(if to_server { &mut self.to_server } else { &mut self.to_client }) += bytes;
    }
}

impl Connections {
    /// Appends the packets that a notice stands for.
    pub(super) fn rebuild(&mut self, notice: Notice, out: &mut VecDeque<Rebuilt>) {
        let had = out.len();
        self.apply(notice, out);
        self.totals.packets += (out.len() - had) as u64;
    }

    fn apply(&mut self, notice: Notice, out: &mut VecDeque<Rebuilt>) {
        let Notice { time, connection: id, what, .. } = notice;
        self.totals.count(&what);
        if let What::Opened { client, server } = what {
            self.begin(
                id,
                Connection { ends: [client, server], next: [0, 0], ended: [false; 2], skipped: [0; 2] },
                time,
                out,
            );
            return;
        }
        let Some(connection) = self.open.get_mut(&id) else { return };
        let skipped = std::mem::take(&mut connection.skipped);
        let mut comment = gap(skipped);
        let mut push = |bytes| out.push_back(Rebuilt { time, bytes, comment: comment.take() });
        match what {
            What::Opened { .. } => {}
            What::Bytes { to_server, bytes } => push(connection.segment(usize::from(!to_server), PSH | ACK, &bytes)),
            What::Skipped { to_server, bytes } => {
                let next = &mut connection.next[usize::from(!to_server)];
                *next = next.wrapping_add(bytes as u32);
                connection.skipped = skipped;
                connection.skipped[usize::from(!to_server)] += bytes;
            }
            What::Ended { by_client } => {
                let side = usize::from(!by_client);
                if !std::mem::replace(&mut connection.ended[side], true) {
                    push(connection.segment(side, FIN | ACK, &[]));
                }
                if connection.ended == [true; 2] {
                    push(connection.segment(1 - side, ACK, &[]));
                    self.open.remove(&id);
                }
            }
            What::Reset { by_client } => {
                push(connection.segment(usize::from(!by_client), RST | ACK, &[]));
                self.open.remove(&id);
            }
        }
    }

    /// The three steps of the handshake: they took place, or nothing would be open.
    fn begin(&mut self, id: u64, mut connection: Connection, time: u64, out: &mut VecDeque<Rebuilt>) {
        for (number, (side, flags)) in [(0, SYN), (1, SYN | ACK), (0, ACK)].into_iter().enumerate() {
            let bytes = connection.segment(side, flags, &[]);
            out.push_back(Rebuilt { time, bytes, comment: (number == 0).then_some(Cow::Borrowed(COMMENT)) });
        }
        self.open.insert(id, connection);
        self.order.push_back(id);
        while self.order.len() > MOST {
            if let Some(eldest) = self.order.pop_front() {
                self.open.remove(&eldest);
            }
        }
    }
}

/// What a file says where bytes crossed that it does not hold.
fn gap(skipped: [u64; 2]) -> Option<Cow<'static, str>> {
    let told = |bytes, to| format!("{bytes} bytes to the {to} crossed before this packet and were not recorded");
    let sides = skipped.into_iter().zip(["server", "client"]).filter(|(bytes, _)| *bytes > 0);
    let all: Vec<String> = sides.map(|(bytes, to)| told(bytes, to)).collect();
    (!all.is_empty()).then(|| Cow::Owned(all.join("; ")))
}

impl Connection {
    /// A segment from client (0) or server (1), with what it carries.
    fn segment(&mut self, side: usize, flags: u8, payload: &[u8]) -> Vec<u8> {
        let seq = self.next[side];
        let taken = payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.next[side] = seq.wrapping_add(taken);
        let ack = if flags & ACK == 0 { 0 } else { self.next[1 - side] };
        let (from, to) = (self.ends[side], self.ends[1 - side]);
        let mut tcp = Vec::with_capacity(20 + payload.len());
        tcp.extend_from_slice(&from.port().to_be_bytes());
        tcp.extend_from_slice(&to.port().to_be_bytes());
        tcp.extend_from_slice(&seq.to_be_bytes());
        tcp.extend_from_slice(&ack.to_be_bytes());
        tcp.extend_from_slice(&[0x50, flags]);
        tcp.extend_from_slice(&WINDOW.to_be_bytes());
        tcp.extend_from_slice(&[0; 4]); // checksum, urgent pointer
        tcp.extend_from_slice(payload);
        packet(from.ip(), to.ip(), tcp)
    }
}

/// The IP header in front of a segment, whose checksum is filled in.
fn packet(from: IpAddr, to: IpAddr, mut tcp: Vec<u8>) -> Vec<u8> {
    let length = tcp.len();
    let mut header = match (from.to_canonical(), to.to_canonical()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let total = ((20 + length) as u16).to_be_bytes();
            let mut ip = vec![0x45, 0, total[0], total[1], 0, 0, 0x40, 0, 64, 6, 0, 0];
            ip.extend_from_slice(&from.octets());
            ip.extend_from_slice(&to.octets());
            let sum = checksum(&[&ip]).to_be_bytes();
            ip[10..12].copy_from_slice(&sum);
            ip
        }
        (from, to) => {
            let total = (length as u16).to_be_bytes();
            let mut ip = vec![0x60, 0, 0, 0, total[0], total[1], 6, 64];
            ip.extend_from_slice(&sixteen(from));
            ip.extend_from_slice(&sixteen(to));
            ip
        }
    };
    let addresses = if header[0] == 0x45 { &header[12..20] } else { &header[8..40] };
    let pseudo = [&[0, 6][..], &(length as u16).to_be_bytes()].concat();
    let sum = checksum(&[addresses, &pseudo, &tcp]).to_be_bytes();
    tcp[16..18].copy_from_slice(&sum);
    header.append(&mut tcp);
    header
}

fn sixteen(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// The Internet checksum over several pieces, of which only the last may be odd (RFC 1071).
fn checksum(pieces: &[&[u8]]) -> u16 {
    let words = pieces.iter().flat_map(|piece| piece.chunks(2));
    let sum: u64 = words.map(|two| u64::from(two[0]) << 8 | u64::from(two.get(1).copied().unwrap_or(0))).sum();
    let mut sum = sum;
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::super::{Seen, channel};
    use super::*;
    use crate::source::{Event, Source};

    fn packets(seen: &mut Seen) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while let Ok(Event::Packet(packet)) = seen.next() {
            all.push(packet.bytes.to_vec());
        }
        all
    }

    fn talk(client: &str, server: &str) -> Vec<Vec<u8>> {
        let (reporter, mut seen) = channel();
        let (client, server) = (client.parse().expect("an address"), server.parse().expect("an address"));
        reporter.report(7, What::Opened { client, server });
        assert_eq!(reporter.bytes(7, true, b"hello"), 0);
        assert_eq!(reporter.bytes(7, false, &vec![1; 100_000]), 0);
        reporter.report(7, What::Skipped { to_server: true, bytes: 10 });
        reporter.bytes(7, true, b"odd");
        reporter.report(7, What::Ended { by_client: true });
        reporter.report(7, What::Ended { by_client: false });
        drop(reporter);
        packets(&mut seen)
    }

    #[test]
    fn etherparse_finds_every_header_and_checksum_right() {
        for (client, server) in [("192.0.2.1:50000", "192.0.2.9:8000"), ("[2001:db8::1]:50000", "[2001:db8::9]:8000")] {
            let all = talk(client, server);
            assert_eq!(all.len(), 3 + 1 + 2 + 1 + 3);
            for bytes in &all {
                let parsed = etherparse::PacketHeaders::from_ip_slice(bytes).expect("a packet");
                let (Some(ip), Some(etherparse::TransportHeader::Tcp(tcp))) = (parsed.net, parsed.transport) else {
                    panic!("no TCP")
                };
                let payload = parsed.payload.slice();
                let right = match &ip {
                    etherparse::NetHeaders::Ipv4(ip, _) => {
                        assert_eq!(ip.header_checksum, ip.calc_header_checksum());
                        tcp.calc_checksum_ipv4(ip, payload)
                    }
                    etherparse::NetHeaders::Ipv6(ip, _) => tcp.calc_checksum_ipv6(ip, payload),
                    etherparse::NetHeaders::Arp(_) => panic!("no IP"),
                };
                assert_eq!(tcp.checksum, right.expect("short enough"));
            }
        }
    }

    #[test]
    fn totals_count_what_was_skipped_too() {
        let (reporter, mut seen) = channel();
        let at = |port| ([127, 0, 0, 1], port).into();
        reporter.report(7, What::Opened { client: at(1), server: at(2) });
        reporter.bytes(7, true, b"hello");
        reporter.report(7, What::Skipped { to_server: false, bytes: 10 });
        drop(reporter);
        assert_eq!(packets(&mut seen).len(), 4);
        assert_eq!(seen.totals(), Totals { connections: 1, to_server: 5, to_client: 10, packets: 4 });
    }

    #[test]
    fn what_was_skipped_is_a_gap_in_the_numbers() {
        let all = talk("192.0.2.1:50000", "192.0.2.9:8000");
        let seq = |n: usize| u32::from_be_bytes([all[n][24], all[n][25], all[n][26], all[n][27]]);
        assert_eq!((seq(3), seq(6), seq(7)), (1, 1 + 5 + 10, 1 + 5 + 10 + 3));
    }

    #[test]
    fn what_finds_no_room_is_counted_and_nobody_waits() {
        let (reporter, _seen) = channel();
        let (mut left_out, piece) = (0, vec![0; 64 * 1024 - 256]);
        for _ in 0..2000 {
            left_out += reporter.bytes(1, true, &piece);
        }
        assert!(left_out > 0 && reporter.left_out() > 0);
    }
}
