//! A capture of conversations that belong together, from a seed: HTTP with bodies over many segments, WebSocket,
//! SMTP, TLS records, DNS, a few hundred at a time and interleaved. Now and then a segment is sent again or overtaken.

use std::collections::VecDeque;
use std::io::{self, Write};

use etherparse::PacketBuilder;

use crate::mixed::{Dice, dns, header, record};

/// Conversations that are open at the same time.
const OPEN: usize = 300;
const SEGMENT: usize = 1448;

/// Writes a pcap file of `count` packets.
///
/// # Errors
/// What `out` cannot take.
pub fn write(out: &mut impl Write, count: u32) -> io::Result<()> {
    let mut dice = Dice(0x7a1c_5eed);
    header(out)?;
    let mut begun = 0;
    let mut open: Vec<VecDeque<Vec<u8>>> = (0..OPEN).map(|_| conversation(&mut dice, &mut begun)).collect();
    let mut bytes = Vec::new();
    for number in 0..count {
        bytes.clear();
        if dice.roll(100) < 4 {
            dns(&mut bytes, &mut dice);
        } else {
            let which = dice.roll(OPEN as u64) as usize;
            match dice.roll(1000) {
                // Sent again: the packet stays in the queue.
                0..=2 => bytes.extend(open[which].front().into_iter().flatten()),
                3..=5 if open[which].len() > 1 => bytes = open[which].remove(1).unwrap_or_default(),
                _ => bytes = open[which].pop_front().unwrap_or_default(),
            }
            if open[which].is_empty() {
                open[which] = conversation(&mut dice, &mut begun);
            }
        }
        record(out, number, &bytes)?;
    }
    out.flush()
}

/// The packets of one whole conversation, from SYN to FIN.
fn conversation(dice: &mut Dice, begun: &mut u32) -> VecDeque<Vec<u8>> {
    *begun += 1;
    let (port, turns) = script(dice);
    let mut talk = Talk {
        client: ([10, (*begun >> 16) as u8, (*begun >> 8) as u8, *begun as u8], 20_000 + (*begun % 40_000) as u16),
        server: ([203, 0, 113, 9], port),
        next: [dice.roll(1 << 32) as u32, dice.roll(1 << 32) as u32],
        packets: VecDeque::new(),
    };
    talk.send(0, &[], Segment::syn);
    talk.send(1, &[], Segment::syn);
    talk.send(0, &[], |b| b);
    for (side, bytes) in &turns {
        for (i, piece) in bytes.chunks(SEGMENT).enumerate() {
            talk.send(*side, piece, |b| if piece.len() < SEGMENT { b.psh() } else { b });
            if i % 2 == 1 {
                talk.send(1 - side, &[], |b| b);
            }
        }
        talk.send(1 - side, &[], |b| b);
    }
    talk.send(0, &[], Segment::fin);
    talk.send(1, &[], Segment::fin);
    talk.send(0, &[], |b| b);
    talk.packets
}

struct Talk {
    client: ([u8; 4], u16),
    server: ([u8; 4], u16),
    next: [u32; 2],
    packets: VecDeque<Vec<u8>>,
}

type Segment = etherparse::PacketBuilderStep<etherparse::TcpHeader>;

impl Talk {
    fn send(&mut self, side: usize, payload: &[u8], flags: impl Fn(Segment) -> Segment) {
        let (from, to) = if side == 0 { (self.client, self.server) } else { (self.server, self.client) };
        let segment = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 5], [2, 0, 0, 0, 0, 9]).ipv4(from.0, to.0, 64).tcp(
            from.1,
            to.1,
            self.next[side],
            64_240,
        );
        let first = self.packets.is_empty();
        let segment = flags(if first { segment } else { segment.ack(self.next[1 - side]) });
        let mut bytes = Vec::new();
        segment.write(&mut bytes, payload).expect("a vector takes all");
        // The flags stand in byte 13 of the TCP header: SYN and FIN count as one byte each.
        let counted = u32::from(bytes[47] & 3 != 0);
        self.next[side] = self.next[side].wrapping_add(payload.len() as u32 + counted);
        self.packets.push_back(bytes);
    }
}

/// A port and who says what.
fn script(dice: &mut Dice) -> (u16, Vec<(usize, Vec<u8>)>) {
    match dice.roll(10) {
        0..=4 => (80, (0..=dice.roll(4)).flat_map(|_| page(dice)).collect()),
        5 | 6 => (8000, chat(dice)),
        7 => (25, mail(dice)),
        _ => (443, secret(dice)),
    }
}

fn page(dice: &mut Dice) -> [(usize, Vec<u8>); 2] {
    let request = format!(
        "GET /news/{}.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0\r\nAccept: text/html\r\n\
         Accept-Encoding: gzip, deflate\r\nCookie: session=0123456789abcdef\r\n\r\n",
        dice.roll(1000)
    );
    let length = 200 + dice.roll(40_000) as usize;
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Length: {length}\r\nCache-Control: max-age=60\r\n\r\n"
    )
    .into_bytes();
    answer.resize(answer.len() + length, b'a');
    [(0, request.into_bytes()), (1, answer)]
}

fn chat(dice: &mut Dice) -> Vec<(usize, Vec<u8>)> {
    let mut turns = vec![
        (0, b"GET / HTTP/1.1\r\nHost: localhost:8000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".to_vec()),
        (1, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n".to_vec()),
    ];
    for _ in 0..dice.roll(40) {
        turns.push((0, vec![0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]));
        let length = 126 + dice.roll(3000) as u16;
        let mut frame = vec![0x81, 126];
        frame.extend(length.to_be_bytes());
        frame.resize(4 + usize::from(length), b'w');
        turns.push((1, frame));
    }
    turns
}

fn mail(dice: &mut Dice) -> Vec<(usize, Vec<u8>)> {
    let mut text = b"From: ann@example.com\r\nTo: bob@example.org\r\nSubject: news\r\n\r\n".to_vec();
    for _ in 0..dice.roll(300) {
        text.extend_from_slice(b"All is well here, and the weather has been kind to us this week.\r\n");
    }
    text.extend_from_slice(b".\r\n");
    [
        (1, &b"220 mail.example.org ESMTP\r\n"[..]),
        (0, b"EHLO client.example.com\r\n"),
        (1, b"250-mail.example.org\r\n250 8BITMIME\r\n"),
        (0, b"MAIL FROM:<ann@example.com>\r\n"),
        (1, b"250 OK\r\n"),
        (0, b"RCPT TO:<bob@example.org>\r\n"),
        (1, b"250 OK\r\n"),
        (0, b"DATA\r\n"),
        (1, b"354 Go ahead\r\n"),
        (0, &text),
        (1, b"250 Queued\r\n"),
        (0, b"QUIT\r\n"),
        (1, b"221 Bye\r\n"),
    ]
    .map(|(side, bytes)| (side, bytes.to_vec()))
    .into()
}

/// TLS records as they look after the handshake: a header and bytes that nobody reads.
fn secret(dice: &mut Dice) -> Vec<(usize, Vec<u8>)> {
    let record = |length: u16| {
        let mut bytes = vec![0x17, 3, 3];
        bytes.extend(length.to_be_bytes());
        bytes.extend((0..length).map(|i| (i.wrapping_mul(7) ^ length) as u8 | 0x80));
        bytes
    };
    (0..3 + dice.roll(10)).flat_map(|_| [(0, record(100)), (1, record(200 + dice.roll(16_000) as u16))]).collect()
}
