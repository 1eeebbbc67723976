//! Bytes of an enemy: whatever arrives, the router neither panics nor grows.

use super::super::testing::{A, B, ping, tcp, udp};
use super::*;

/// `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// Frames that mean something, to be damaged.
fn good() -> Vec<Vec<u8>> {
    let error = |packet: &[u8]| {
        let about = super::super::Datagram::read(packet).expect("a datagram");
        super::super::icmp::Error::TooBig(500).write(&about, ip("10.0.1.2"), 1).bytes().to_vec()
    };
    let outside = ip("10.0.1.1");
    let packets = [
        udp(A, B, 5000, 80, &[7; 1200]),
        tcp(A, B, 5000, 80, b"Hello"),
        ping(A, ip("10.0.0.1"), 5, b"hi"),
        udp(B, outside, 80, 5000, b"x"),
        error(&udp(outside, B, 5000, 80, b"x")),
        error(&tcp(A, B, 5000, 80, b"x")),
    ];
    let mut frames: Vec<Vec<u8>> =
        packets.iter().map(|p| ethernet::write([2, 0, 0, 0, 1, 0], [2; 6], ethernet::IPV4, p)).collect();
    let ask = Arp { operation: Operation::Request, sender: (card("10.0.0.2"), A), target: ([0; 6], ip("10.0.0.1")) };
    frames.push(ethernet::write([0xff; 6], [2; 6], ethernet::ARP, &ask.write()));
    frames
}

/// Makes the IP checksum right again, so that the damage gets past the first door.
fn mend(frame: &mut [u8]) {
    let Some(first) = frame.get(14) else { return };
    let header = usize::from(first & 15) * 4;
    if header >= 20 && frame.len() >= 14 + header {
        frame[24..26].fill(0);
        let check = !crate::dissect::fold(crate::dissect::sum(&frame[14..14 + header]));
        frame[24..26].copy_from_slice(&check.to_be_bytes());
    }
}

#[test]
fn frames_cut_anywhere_do_no_harm() {
    for nat in [None, Some(1)] {
        let mut bench = Bench::new(nat);
        for frame in good() {
            for length in 0..=frame.len() {
                for port in 0..3 {
                    let mut cut = frame[..length].to_vec();
                    bench.frame(port, &cut);
                    mend(&mut cut);
                    bench.frame(port, &cut);
                }
            }
        }
    }
}

#[test]
fn random_damage_does_no_harm_and_whatever_leaves_has_a_sound_header() {
    let mut chance = Chance(7);
    for nat in [None, Some(0), Some(1)] {
        let mut bench = Bench::new(nat);
        let good = good();
        for round in 0..20_000_u64 {
            let mut frame = good[chance.below(good.len())].clone();
            for _ in 0..=chance.below(4) {
                let at = chance.below(frame.len().min(70));
                frame[at] = chance.next() as u8;
            }
            if chance.below(8) > 0 {
                mend(&mut frame);
                frame[..6].copy_from_slice(&[2, 0, 0, 0, 1, 0]);
            }
            bench.now = round * 5_000;
            let port = chance.below(2);
            frame[5] = port as u8;
            let mut out = bench.frame(port, &frame);
            bench.router.wake(bench.now, &mut out);
            assert!(out.len() < 200);
            for (port, frame) in out {
                assert!(port < 2);
                if frame[12..14] == [8, 0] {
                    let datagram = super::super::Datagram::read(&frame[14..]).expect("a sound header");
                    assert!(datagram.len() <= [1500, 600][port]);
                }
            }
        }
    }
}

#[test]
fn pure_noise_and_the_end_of_time_do_no_harm() {
    let mut chance = Chance(11);
    let mut bench = Bench::new(Some(1));
    for length in (0..200).chain([1514, 65_549, 100_000]) {
        let frame: Vec<u8> = (0..length).map(|_| chance.next() as u8).collect();
        bench.frame(length % 2, &frame);
    }
    bench.now = u64::MAX;
    for frame in good() {
        bench.frame(0, &frame);
    }
    let mut out = Vec::new();
    bench.router.wake(u64::MAX, &mut out);
    bench.router.wake(0, &mut out);
}
