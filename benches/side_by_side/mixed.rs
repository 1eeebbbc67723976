//! A mixed capture, made by etherparse from a seed: the same file on every machine.

use std::io::{self, Write};

use etherparse::{PacketBuilder, TcpOptionElement};

/// A small generator of numbers (xorshift64*); the same seed gives the same capture.
pub struct Dice(pub u64);

impl Dice {
    /// A number from 0 up to, not including, `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

/// Writes a pcap file of `count` packets: of a hundred, 40 carry opaque TCP data, 20 are bare ACKs,
/// 6 open connections, 12 are DNS, 8 HTTP heads, 5 WebSocket frames, 4 ICMP, 5 ARP.
///
/// # Errors
/// What `out` cannot take.
pub fn write(out: &mut impl Write, count: u32) -> io::Result<()> {
    let mut dice = Dice(0x1a7e_5eed);
    header(out)?;
    let mut bytes = Vec::new();
    for number in 0..count {
        bytes.clear();
        packet(&mut bytes, &mut dice);
        record(out, number, &bytes)?;
    }
    out.flush()
}

/// The head of a pcap file, in microseconds, Ethernet.
///
/// # Errors
/// What `out` cannot take.
pub fn header(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0])
}

/// One packet of a pcap file, 37 µs after the one before.
///
/// # Errors
/// What `out` cannot take.
pub fn record(out: &mut impl Write, number: u32, bytes: &[u8]) -> io::Result<()> {
    let micros = u64::from(number) * 37;
    let length = u32::try_from(bytes.len()).unwrap_or(0);
    for word in [1_767_225_600 + (micros / 1_000_000) as u32, (micros % 1_000_000) as u32, length, length] {
        out.write_all(&word.to_le_bytes())?;
    }
    out.write_all(bytes)
}

fn packet(out: &mut Vec<u8>, dice: &mut Dice) {
    match dice.roll(100) {
        0..=39 => {
            let mut payload = vec![0x17, 3, 3];
            let length = 100 + dice.roll(1300);
            payload.extend((0..length).map(|i| (i * 7 + length) as u8 | 0x80));
            tcp(out, dice, 443, Kind::Data, &payload);
        }
        40..=59 => tcp(out, dice, 443, Kind::Ack, &[]),
        60..=65 => tcp(out, dice, 80, Kind::Syn, &[]),
        66..=77 => dns(out, dice),
        78..=81 => tcp(out, dice, 80, Kind::Data, REQUEST),
        82..=85 => tcp(out, dice, 80, Kind::Data, RESPONSE),
        86..=90 => tcp(out, dice, 8000, Kind::Data, FRAME),
        91..=94 => ping(out, dice),
        _ => out.extend_from_slice(ARP),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Syn,
    Ack,
    Data,
}

fn tcp(out: &mut Vec<u8>, dice: &mut Dice, port: u16, kind: Kind, payload: &[u8]) {
    let client = 40_000 + dice.roll(20_000) as u16;
    let (seq, ack) = (dice.roll(1 << 31) as u32, dice.roll(1 << 31) as u32);
    let clock = [TcpOptionElement::Noop, TcpOptionElement::Noop, TcpOptionElement::Timestamp(seq, ack)];
    let greeting = [
        TcpOptionElement::MaximumSegmentSize(1460),
        TcpOptionElement::SelectiveAcknowledgementPermitted,
        TcpOptionElement::Timestamp(seq, 0),
        TcpOptionElement::Noop,
        TcpOptionElement::WindowScale(7),
    ];
    let link = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 5], [2, 0, 0, 0, 0, 9]);
    let host = dice.roll(250) as u8 + 1;
    let ip = if dice.roll(10) == 0 {
        let mut from = [0; 16];
        from[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        let mut to = from;
        (from[15], to[15]) = (host, 9);
        link.ipv6(from, to, 64)
    } else {
        link.ipv4([192, 168, 1, host], [203, 0, 113, 9], 64)
    };
    let segment = ip.tcp(client, port, seq, 64_240);
    let segment = match kind {
        Kind::Syn => segment.syn().options(&greeting),
        Kind::Ack => segment.ack(ack).options(&clock),
        Kind::Data => segment.ack(ack).psh().options(&clock),
    };
    segment.expect("options fit").write(out, payload).expect("a vector takes all");
}

/// A DNS question or its answer.
pub fn dns(out: &mut Vec<u8>, dice: &mut Dice) {
    let answer = dice.roll(2) == 1;
    let mut message = vec![dice.roll(256) as u8, dice.roll(256) as u8];
    message.extend_from_slice(if answer {
        &[0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]
    } else {
        &[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    });
    message.extend_from_slice(b"\x03www\x07example\x03com\x00\x00\x01\x00\x01");
    if answer {
        message.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, dice.roll(256) as u8]);
    }
    let (from, to) = if answer { (53, 50_000) } else { (50_000, 53) };
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 5], [2, 0, 0, 0, 0, 9])
        .ipv4([192, 168, 1, 5], [192, 168, 1, 1], 64)
        .udp(from, to)
        .write(out, &message)
        .expect("a vector takes all");
}

fn ping(out: &mut Vec<u8>, dice: &mut Dice) {
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 5], [2, 0, 0, 0, 0, 9])
        .ipv4([192, 168, 1, 5], [203, 0, 113, 9], 64)
        .icmpv4_echo_request(7, dice.roll(65_536) as u16)
        .write(out, &[0x61; 56])
        .expect("a vector takes all");
}

const REQUEST: &[u8] = b"GET /news/today.html?page=2 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nCookie: session=0123456789abcdef\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 13\r\nCache-Control: max-age=60\r\nServer: example\r\n\r\nHello, world\n";
const FRAME: &[u8] = &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
const ARP: &[u8] = &[
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 5, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 5, 192, 168, 1,
    5, 0, 0, 0, 0, 0, 0, 192, 168, 1, 9,
];
