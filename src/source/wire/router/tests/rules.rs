//! RFC 1812 and RFC 826, a rule at a time.

use super::super::RouterSpec;
use super::super::did::Flaw;
use super::super::testing::{A, B, ping, set, tcp, udp};
use super::*;

#[test]
fn a_packet_is_passed_on_with_one_hop_less_and_new_macs() {
    let mut bench = Bench::new(None);
    let packet = udp(A, B, 5000, 80, b"Hello");
    let out = bench.frame(0, &ethernet::write([2, 0, 0, 0, 1, 0], card("10.0.0.2"), ethernet::IPV4, &packet));
    let [(1, frame)] = &out[..] else { panic!("it leaves through port 1") };
    assert_eq!(frame[..6], card("10.0.1.2"), "to the next router's card");
    assert_eq!(frame[6..12], [2, 0, 0, 0, 1, 1], "from this router's card");
    assert_eq!(judged(frame), set(packet, |p| p[8] = 63), "and nothing else has changed");
    assert!(bench.did().contains(&What::Forwarded { port: 1, ttl: 63 }));
}

#[test]
fn it_answers_who_has_its_address_and_remembers_who_asked() {
    let mut bench = Bench::stranger(None);
    let out = bench.meet(0, "10.0.0.2");
    let [(0, frame)] = &out[..] else { panic!("one answer") };
    assert_eq!(frame[..6], card("10.0.0.2"));
    let arp = Arp::read(&frame[14..]).expect("ARP");
    assert_eq!((arp.operation, arp.sender), (Operation::Reply, ([2, 0, 0, 0, 1, 0], ip("10.0.0.1"))));
    assert_eq!(bench.only(0, &ping(A, ip("10.0.0.1"), 1, b"hi")).0, 0, "no question is needed");
    assert!(bench.meet(1, "10.0.0.9").len() == 1 && bench.router.wakes_at().is_none());
}

#[test]
fn questions_for_others_are_not_its_business() {
    let mut bench = Bench::stranger(None);
    let ask = Arp { operation: Operation::Request, sender: (card("10.0.0.2"), A), target: ([0; 6], ip("10.0.0.7")) };
    assert!(bench.frame(0, &ethernet::write([0xff; 6], [2; 6], ethernet::ARP, &ask.write())).is_empty());
}

#[test]
fn who_does_not_answer_three_questions_is_unreachable() {
    let mut bench = Bench::stranger(None);
    bench.meet(0, "10.0.0.2");
    let packet = udp(A, ip("10.0.1.77"), 5000, 80, b"Hello");
    let mac = [2, 0, 0, 0, 1, 0];
    let out = bench.frame(0, &ethernet::write(mac, [2; 6], ethernet::IPV4, &packet));
    assert_eq!((out.len(), &out[0].1[..6]), (1, &[0xff; 6][..]), "the first question");
    for second in 1..=3 {
        let at = bench.router.wakes_at();
        assert_eq!(at, Some(second * 1_000_000));
        let mut out = Vec::new();
        bench.router.wake(second * 1_000_000, &mut out);
        let [(port, frame)] = &out[..] else { panic!("one frame") };
        if second < 3 {
            assert_eq!((*port, frame[12..14].to_vec()), (1, vec![8, 6]));
        } else {
            assert_eq!((*port, icmp(&judged(frame))), (0, (3, 1)));
        }
    }
    assert_eq!(bench.router.wakes_at(), None);
    assert!(bench.did().contains(&What::HostSilent { told: true }));
}

#[test]
fn time_exceeded_comes_from_the_address_nearest_to_the_sender() {
    let mut bench = Bench::new(None);
    for ttl in [0, 1] {
        let packet = set(udp(A, B, 5000, 80, b"Hello"), |p| p[8] = ttl);
        let (port, error) = bench.only(0, &packet);
        assert_eq!((port, icmp(&error), from(&error), to(&error)), (0, (11, 0), ip("10.0.0.1"), A));
        assert_eq!(error[28..], packet, "it quotes the packet as it was received");
    }
    assert!(bench.did().contains(&What::TtlExpired { told: true }));
}

#[test]
fn a_packet_for_the_router_itself_is_read_even_with_its_last_hop() {
    let mut bench = Bench::new(None);
    let packet = set(ping(A, ip("10.0.1.1"), 7, b"hi"), |p| p[8] = 1);
    let (_, pong) = bench.only(0, &packet);
    assert_eq!((icmp(&pong), from(&pong), pong[24..].to_vec()), ((0, 0), ip("10.0.1.1"), packet[24..].to_vec()));
}

#[test]
fn nowhere_to_go_and_nobody_at_home_are_told_apart() {
    let mut bench = Bench::new(None);
    assert_eq!(icmp(&bench.only(0, &udp(A, ip("8.8.8.8"), 1, 2, b"x")).1), (3, 0));
    assert_eq!(icmp(&bench.only(0, &udp(A, ip("10.0.0.1"), 1, 2, b"x")).1), (3, 3));
    assert_eq!(icmp(&bench.only(0, &tcp(A, ip("10.0.0.1"), 1, 2, b"x")).1), (3, 2));
    let told = true;
    let kinds = [What::NoRoute { told }, What::NobodyAtPort { told }, What::NoSuchProtocol { told }];
    assert!(bench.did().ends_with(&kinds));
}

#[test]
fn what_is_too_long_and_must_not_be_cut_comes_back_with_the_length_that_fits() {
    let mut bench = Bench::new(None);
    let (port, error) = bench.only(0, &set(udp(A, B, 5000, 80, &[7; 1000]), |p| p[6] = 0x40));
    assert_eq!((port, icmp(&error), error[24..28].to_vec()), (0, (3, 4), vec![0, 0, 2, 88]));
    assert_eq!(bench.did().last(), Some(&What::TooBig { mtu: 600, told: true }));
}

#[test]
fn what_is_too_long_and_may_be_cut_goes_on_in_pieces() {
    let mut bench = Bench::new(None);
    let out = bench.packet(0, &udp(A, B, 5000, 80, &[7; 1000]));
    assert_eq!(out.iter().map(|(p, b)| (*p, b.len())).collect::<Vec<_>>(), [(1, 596), (1, 452)]);
    assert_eq!((out[0].1[6..8].to_vec(), out[1].1[6..8].to_vec()), (vec![0x20, 0], vec![0, 72]));
    assert!(bench.did().ends_with(&[What::Forwarded { port: 1, ttl: 63 }, What::Fragmented { pieces: 2 }]));
}

#[test]
fn broadcasts_and_impossible_senders_are_dropped_without_a_word() {
    let mut bench = Bench::new(None);
    for receiver in ["255.255.255.255", "10.0.1.255", "10.0.0.255", "224.0.0.5", "127.0.0.1", "240.0.0.1"] {
        assert!(bench.packet(0, &udp(A, ip(receiver), 1, 2, b"x")).is_empty(), "{receiver}");
    }
    for sender in ["0.0.0.0", "127.0.0.1", "224.0.0.1", "10.0.0.255", "10.0.0.1", "255.255.255.255"] {
        assert!(bench.packet(0, &udp(ip(sender), B, 1, 2, b"x")).is_empty(), "{sender}");
    }
    let to_all = ethernet::write([0xff; 6], [2; 6], ethernet::IPV4, &udp(A, B, 1, 2, b"x"));
    assert!(bench.frame(0, &to_all).is_empty(), "a unicast packet in a broadcast frame");
    assert!(bench.did().ends_with(&[What::Refused(Flaw::Broadcast)]));
}

#[test]
fn a_frame_for_another_card_is_not_touched() {
    let mut bench = Bench::new(None);
    let frame = ethernet::write([2, 0, 0, 0, 1, 9], [2; 6], ethernet::IPV4, &udp(A, B, 1, 2, b"x"));
    assert!(bench.frame(0, &frame).is_empty());
}

#[test]
fn nobody_complains_about_an_icmp_error_or_a_later_piece() {
    let mut bench = Bench::new(None);
    let (_, error) = bench.only(0, &set(udp(A, B, 1, 2, b"x"), |p| p[8] = 1));
    let back = set(error, |p| {
        p[8] = 1;
        p[12..16].copy_from_slice(&A.octets());
        p[16..20].copy_from_slice(&B.octets());
    });
    assert!(bench.packet(0, &back).is_empty());
    assert_eq!(bench.did().last(), Some(&What::TtlExpired { told: false }));
    let piece = set(udp(A, B, 1, 2, b"12345678"), |p| (p[7], p[8]) = (9, 1));
    assert!(bench.packet(0, &piece).is_empty());
}

#[test]
fn it_stops_complaining_when_there_is_too_much_to_complain_about() {
    let mut bench = Bench::new(None);
    let packet = set(udp(A, B, 1, 2, b"x"), |p| p[8] = 1);
    let told = (0..200).map(|_| bench.packet(0, &packet).len()).sum::<usize>();
    assert_eq!(told, 50);
    bench.now = 1_000_000;
    assert_eq!(bench.packet(0, &packet).len(), 1, "a second later it does again");
}

#[test]
fn a_sender_that_could_have_asked_the_neighbour_itself_hears_so() {
    let mut spec = bench_spec(None);
    spec.routes.push(route("10.7.0.0/16 via 10.0.0.3"));
    let mut bench = Bench::new(None);
    bench.router = Router::new(&spec).expect("a router");
    bench.meet(0, "10.0.0.2");
    bench.meet(0, "10.0.0.3");
    let out = bench.packet(0, &udp(A, ip("10.7.7.7"), 1, 2, b"x"));
    assert_eq!((icmp(&out[0].1), out[0].1[24..28].to_vec()), ((5, 1), vec![10, 0, 0, 3]));
    assert_eq!((out.len(), to(&out[1].1)), (2, ip("10.7.7.7")), "and is helped this once");
}

#[test]
fn a_router_that_cannot_be_is_refused_in_a_sentence() {
    let says = |change: fn(&mut RouterSpec)| {
        let mut spec = bench_spec(None);
        change(&mut spec);
        Router::new(&spec).err().expect("an error")
    };
    assert_eq!(says(|s| s.ports.clear()), "router r1: has 0 ports; it needs 1 to 256");
    assert_eq!(says(|s| s.nat = Some(2)), "router r1: nat names port 2, but its ports are 0 to 1");
    assert_eq!(
        says(|s| s.ports[1].mtu = 60),
        "router r1: port 1 (10.0.1.1/24): an MTU is 68 to 65,535 bytes (RFC 791)"
    );
    assert_eq!(
        says(|s| s.ports[1].address = Ipv4Addr::new(10, 0, 0, 9)),
        "router r1: ports 0 and 1 are in the same network, so it would not know through which to send"
    );
    assert!(says(|s| s.ports[0].prefix = 33).contains("1 to 32"));
    assert!(says(|s| s.ports[0].mac = [1; 6]).contains("group"));
    assert!(says(|s| s.ports[0].address = Ipv4Addr::new(10, 0, 0, 255)).contains("no machine"));
}
