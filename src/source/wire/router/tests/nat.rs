//! NAT on the bench: 10.0.0.0/24 is inside, port 1 (10.0.1.1) is outside.

use super::super::testing::{A, B, ping, set, tcp, udp};
use super::*;

const SECOND: u64 = 1_000_000;

fn outside() -> Ipv4Addr {
    ip("10.0.1.1")
}

fn other() -> Ipv4Addr {
    ip("10.0.0.3")
}

/// The port at `at` of the transport header.
fn number(packet: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([packet[20 + at], packet[21 + at]])
}

#[test]
fn two_insiders_with_the_same_port_get_two_and_each_hears_its_own_answers() {
    for make in [udp, tcp] {
        let mut bench = Bench::new(Some(1));
        let (_, first) = bench.only(0, &make(A, B, 5000, 80, b"one"));
        let (_, second) = bench.only(0, &make(other(), B, 5000, 80, b"two"));
        assert_eq!((from(&first), number(&first, 0)), (outside(), 5000), "the same port where it is free");
        assert_eq!((from(&second), number(&second, 0)), (outside(), 5002), "else one of the same parity");
        for (port, insider) in [(5000, A), (5002, other())] {
            let (way, back) = bench.only(1, &make(B, outside(), 80, port, b"back"));
            assert_eq!((way, to(&back), number(&back, 2)), (0, insider, 5000));
        }
    }
}

#[test]
fn the_mapping_belongs_to_the_inside_end_whomever_it_talks_to() {
    let mut bench = Bench::new(Some(1));
    bench.only(0, &udp(other(), B, 5000, 80, b"x"));
    let ports: Vec<u16> = [80, 81, 443].map(|p| number(&bench.only(0, &udp(A, B, 5000, p, b"x")).1, 0)).to_vec();
    assert_eq!(ports, [5002; 3], "RFC 4787 REQ-1");
    let stranger = bench.only(1, &udp(ip("10.0.9.1"), outside(), 9, 5002, b"x"));
    assert_eq!(to(&stranger.1), A, "and anybody may answer (REQ-8)");
}

#[test]
fn pings_are_told_apart_by_their_id() {
    let mut bench = Bench::new(Some(1));
    bench.only(0, &ping(A, B, 7, b"one"));
    let (_, second) = bench.only(0, &ping(other(), B, 7, b"two"));
    let id = number(&second, 4);
    assert_ne!(id, 7);
    let mut pong = ping(B, outside(), id, b"two");
    pong[20] = 0;
    pong[22..24].fill(0);
    let check = !crate::dissect::fold(crate::dissect::sum(&pong[20..]));
    pong[22..24].copy_from_slice(&check.to_be_bytes());
    let (_, back) = bench.only(1, &pong);
    assert_eq!((to(&back), number(&back, 4)), (other(), 7));
}

#[test]
fn what_nobody_asked_for_stays_outside_without_an_answer() {
    let mut bench = Bench::new(Some(1));
    for packet in [udp(B, outside(), 80, 5000, b"x"), tcp(B, outside(), 80, 5000, b"x"), udp(B, A, 80, 5000, b"x")] {
        assert!(bench.packet(1, &packet).is_empty());
        assert_eq!(bench.did().last(), Some(&What::NobodyAsked));
    }
    assert_eq!(icmp(&bench.only(1, &ping(B, outside(), 1, b"x")).1), (0, 0), "the router itself may be pinged");
}

#[test]
fn an_error_from_outside_finds_its_insider_and_quotes_what_that_one_sent() {
    let mut bench = Bench::new(Some(1));
    bench.only(0, &udp(other(), B, 5000, 80, b"x"));
    let sent = udp(A, B, 5000, 80, b"Hello");
    let (_, left) = bench.only(0, &sent);
    let from_far = super::super::icmp::Error::TtlExpired.write(
        &super::super::Datagram::read(&left).expect("a datagram"),
        ip("10.0.1.2"),
        1,
    );
    let (port, error) = bench.only(1, from_far.bytes());
    assert_eq!((port, icmp(&error), from(&error), to(&error)), (0, (11, 0), ip("10.0.1.2"), A));
    assert_eq!(error[28..], set(sent, |p| p[8] = 63), "the quotation with all its checksums");
}

#[test]
fn an_error_from_inside_hides_the_insider() {
    let mut bench = Bench::new(Some(1));
    bench.only(0, &udp(other(), B, 5000, 80, b"x"));
    bench.only(0, &udp(A, B, 5000, 80, b"x"));
    let sent = udp(B, outside(), 80, 5002, b"answer");
    let (_, arrived) = bench.only(1, &sent);
    let error = super::super::icmp::Error::PortUnreachable.write(
        &super::super::Datagram::read(&arrived).expect("a datagram"),
        A,
        1,
    );
    let (port, error) = bench.only(0, error.bytes());
    assert_eq!((port, icmp(&error), from(&error), to(&error)), (1, (3, 3), outside(), B));
    assert_eq!(error[28..], set(sent, |p| p[8] = 63));
}

#[test]
fn the_routers_own_errors_quote_what_the_sender_knows() {
    let mut bench = Bench::new(Some(1));
    bench.only(0, &udp(other(), B, 5000, 80, b"x"));
    bench.only(0, &udp(A, B, 5000, 80, b"x"));
    let last_hop = set(udp(B, outside(), 80, 5002, b"answer"), |p| p[8] = 1);
    let (port, error) = bench.only(1, &last_hop);
    assert_eq!((port, icmp(&error), from(&error), to(&error)), (1, (11, 0), outside(), B));
    assert_eq!(error[28..], last_hop);
    // Outside, the next router stays silent: the insider hears of it, not the router itself.
    bench.now = 70 * SECOND;
    let sent = udp(A, B, 5000, 80, b"x");
    let ask = bench.frame(0, &ethernet::write([2, 0, 0, 0, 1, 0], [2; 6], ethernet::IPV4, &sent));
    assert_eq!(ask[0].1[12..14], [8, 6], "after a minute it asks again");
    bench.meet(0, "10.0.0.2");
    let mut out = Vec::new();
    for second in 71..=73 {
        bench.router.wake(second * SECOND, &mut out);
    }
    let error = judged(&out.last().expect("an error").1);
    assert_eq!((icmp(&error), to(&error)), ((3, 1), A));
    assert_eq!(error[28..], set(sent, |p| p[8] = 63));
}

#[test]
fn a_damaged_error_is_not_blessed() {
    let mut bench = Bench::new(Some(1));
    let (_, left) = bench.only(0, &udp(A, B, 5000, 80, b"Hello"));
    let left = super::super::Datagram::read(&left).expect("a datagram");
    let mut error = super::super::icmp::Error::TtlExpired.write(&left, ip("10.0.1.2"), 1).bytes().to_vec();
    error[40] ^= 1;
    assert!(bench.packet(1, &error).is_empty(), "RFC 5508 REQ-3");
}

#[test]
fn later_pieces_follow_the_first() {
    let mut bench = Bench::new(Some(1));
    bench.only(0, &udp(other(), B, 5000, 80, b"x"));
    let whole = super::super::Datagram::read(&udp(A, B, 5000, 80, &[7; 900])).expect("a datagram");
    let pieces = super::super::fragment::cut(&whole, 400);
    let mut together = Vec::new();
    for piece in &pieces {
        let (_, left) = bench.only(0, piece.bytes());
        assert_eq!(from(&left), outside());
        together.extend_from_slice(&left[20..]);
    }
    assert_eq!(together[..2], 5002_u16.to_be_bytes());
    let (_, at_once) = Bench::new(Some(1)).only(0, &udp(A, B, 5002, 80, b"x"));
    assert_eq!(from(&at_once), outside());
    let right = udp(outside(), B, 5002, 80, &[7; 900]);
    assert_eq!(together, right[20..], "the checksum in the first piece is right for the whole");
}

#[test]
fn an_insider_reaches_another_by_the_outside_address() {
    let mut bench = Bench::new(Some(1));
    bench.only(0, &udp(A, B, 5000, 80, b"x"));
    let (port, packet) = bench.only(0, &udp(other(), outside(), 6000, 5000, b"hi"));
    assert_eq!((port, to(&packet), from(&packet)), (0, A, outside()), "RFC 4787 REQ-9");
    let (_, back) = bench.only(0, &udp(A, outside(), 5000, 6000, b"hi"));
    assert_eq!((to(&back), from(&back), number(&back, 0)), (other(), outside(), 5000));
}

#[test]
fn a_mapping_dies_of_age_and_only_what_leaves_keeps_it_alive() {
    let mut bench = Bench::new(Some(1));
    bench.only(0, &udp(A, B, 5000, 80, b"x"));
    bench.now = 299 * SECOND;
    bench.meet(0, "10.0.0.2");
    assert_eq!(bench.packet(1, &udp(B, outside(), 80, 5000, b"x")).len(), 1);
    bench.now = 300 * SECOND;
    assert!(bench.packet(1, &udp(B, outside(), 80, 5000, b"x")).is_empty(), "five minutes for UDP");
}

#[test]
fn tcp_is_remembered_for_long_until_somebody_says_goodbye() {
    let syn_ack = || set(tcp(B, outside(), 80, 5000, b""), |_| {});
    let talk = |goodbye: bool| {
        let mut bench = Bench::new(Some(1));
        bench.only(0, &tcp(A, B, 5000, 80, b""));
        let mut answer = syn_ack();
        answer[33] = 0x12;
        bench.frame(1, &ethernet::write([2, 0, 0, 0, 1, 1], [2; 6], ethernet::IPV4, &answer));
        if goodbye {
            answer[33] = 0x11;
            bench.frame(1, &ethernet::write([2, 0, 0, 0, 1, 1], [2; 6], ethernet::IPV4, &answer));
        }
        bench.now = 600 * SECOND;
        bench.meet(0, "10.0.0.2");
        bench.packet(1, &syn_ack()).len()
    };
    assert_eq!((talk(false), talk(true)), (1, 0));
}

#[test]
fn the_table_does_not_grow_without_end() {
    let mut bench = Bench::new(Some(1));
    for port in 1024..8000 {
        bench.frame(0, &ethernet::write([2, 0, 0, 0, 1, 0], [2; 6], ethernet::IPV4, &udp(A, B, port, 80, b"x")));
    }
    assert_eq!(bench.did().last(), Some(&What::TableFull));
    bench.now = 400 * SECOND;
    bench.meet(1, "10.0.1.2");
    assert_eq!(bench.packet(0, &udp(A, B, 9000, 80, b"x")).len(), 1, "old ones make room");
}
