//! What hostile programs say (but for `bombs`): heads and messages that never end, greetings without
//! answers. Whatever comes, little is kept, and a remark says so.

use layercake::dissect::{Dissection, MAX_LAYERS, MAX_MADE, MAX_NODES, Packet};
use layercake::flow::{MAX_FLOWS, Tracker};
use layercake::protocols;
use layercake::render::{Cake, CakeOptions, Charset, Describe, Ladder, Layers, Line, Renderer, Style, View};

use crate::support::{each, open, own_captures};

/// A segment between 192.0.2.1 and 192.0.2.9, without checksums.
fn segment(ports: [u16; 2], from_server: bool, seq: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).expect("fits").to_be_bytes();
    let mut bytes = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 9];
    let mut ports = ports;
    if from_server {
        bytes.swap(15, 19);
        ports.swap(0, 1);
    }
    for port in ports {
        bytes.extend(port.to_be_bytes());
    }
    bytes.extend(seq.to_be_bytes());
    bytes.extend([0, 0, 0, 1, 0x50, flags, 0x10, 0, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// One side of a conversation with this port, in segments of 60,000 bytes; gives the keys that were noted.
pub fn say(port: u16, from_server: bool, pieces: impl Iterator<Item = Vec<u8>>) -> Vec<&'static str> {
    let (mut tracker, mut tape, mut seq, mut keys) = (Tracker::new(), Dissection::new(), 1u32, Vec::new());
    for (number, payload) in (1..).zip(pieces) {
        let bytes = segment([50_000, port], from_server, seq, 16, &payload);
        let packet = Packet { number, length: bytes.len() as u32, bytes: &bytes, link: 101, ..Packet::default() };
        tracker.read(protocols::index(), &packet, &mut tape);
        seq = seq.wrapping_add(payload.len() as u32);
        assert!(tape.layers.len() <= MAX_LAYERS && tape.nodes.len() <= MAX_NODES + 8);
        assert!(tape.made.len() <= 2 * MAX_MADE, "{} bytes made", tape.made.len());
        assert!(tape.joined.len() <= 4 * 1024 * 1024, "{} bytes joined", tape.joined.len());
        for node in &tape.nodes {
            if !keys.contains(&node.field.key) {
                keys.push(node.field.key);
            }
        }
    }
    keys
}

/// `head`, then 60,000 bytes at a time of `filler` until 8 MiB are said.
fn endless(head: &[u8], filler: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let first = [head, &filler.repeat(300usize.div_ceil(filler.len()))].concat();
    let piece = filler.repeat(60_000 / filler.len());
    std::iter::once(first).chain(std::iter::repeat_n(piece, 140))
}

/// What it is, its port, how it begins, what is repeated without end, and the remark that it must leave.
type Endless<'a> = (&'a str, u16, &'a [u8], &'a [u8], &'a str);

#[test]
fn heads_and_messages_without_end_keep_little_and_leave_a_remark() {
    let cases: &[Endless<'_>] = &[
        ("lines of a head", 80, b"GET / HTTP/1.1\r\n", b"x-more: and more\r\n", "too_many_headers"),
        ("one line of a head", 80, b"GET /", b"aaaaaaaaaa", "line_too_long"),
        ("one header", 80, b"GET / HTTP/1.1\r\nCookie: ", b"aaaaaaaaaa", "line_too_long"),
        ("a chunk size", 80, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"0000000000", "too_long"),
        ("a TLS handshake of 16 MiB", 443, &[], &tls_record(), "handshake_too_long"),
        ("an MQTT message of 256 MiB", 1883, &[0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, b'a'], b"payload", "too_long"),
        ("an SMTP command", 25, b"MAIL FROM:<", b"aaaaaaaaaa", "line_too_long"),
        ("an SMTP mail", 25, b"DATA\r\n", b"line\r\n", "mail_without_end"),
        ("an FTP command", 21, b"STOR ", b"aaaaaaaaaa", "line_too_long"),
        ("an SSH name", 22, b"SSH-2.0-", b"aaaaaaaaaa", "name_too_long"),
        (
            "a WebSocket frame of 2^63 bytes",
            80,
            &upgraded(&[0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            b"aaaaaaaaaa",
            "length_too_big",
        ),
        (
            "a WebSocket frame of 2^62 bytes",
            80,
            &upgraded(&[0x82, 0x7f, 0x40, 0, 0, 0, 0, 0, 0, 0]),
            b"aaaaaaaaaa",
            "too_long",
        ),
        (
            "an HTTP/2 head",
            80,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x01\x01\0\0\0\0\x01\x82",
            b"\0\0\x01\x09\0\0\0\0\x01\x82",
            "headers_without_end",
        ),
    ];
    for (what, port, head, filler, remark) in cases {
        let server = head.starts_with(b"HTTP/1.1 ");
        let keys = say(*port, server, endless(head, filler));
        assert!(keys.contains(remark), "{what}: {keys:?}");
    }
}

/// What a server says that agrees to speak WebSocket, and these frames behind it.
fn upgraded(frames: &[u8]) -> Vec<u8> {
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    [head.as_bytes(), frames].concat()
}

#[test]
fn continuations_without_end_are_counted_and_what_is_kept_of_them_has_a_limit() {
    let begin = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x01\x01\0\0\0\0\x01\x82";
    // One frame a packet, so that no cap on layers can help: empty ones, and big ones.
    for filler in
        [b"\0\0\0\x09\0\0\0\0\x01".to_vec(), [b"\0\x40\0\x09\0\0\0\0\x01".as_slice(), &[0x82; 0x4000]].concat()]
    {
        let pieces = std::iter::once(begin.to_vec()).chain(std::iter::repeat_n(filler, 500));
        let keys = say(80, false, pieces);
        assert!(keys.contains(&"headers_without_end") && !keys.contains(&"too_deep"), "{keys:?}");
    }
}

/// A record of a handshake that says it has 2^24 - 1 bytes.
fn tls_record() -> Vec<u8> {
    let mut bytes = vec![22, 3, 3, 0x40, 0, 1, 0xff, 0xff, 0xff];
    bytes.resize(5 + 0x4000, 7);
    bytes
}

#[test]
fn half_open_connections_make_room_for_each_other() {
    let (mut tracker, mut tape) = (Tracker::new(), Dissection::new());
    for number in 1..=100_000u64 {
        let mut bytes = segment([(number % 60_000) as u16, 80], false, 7, 2, &[]);
        bytes[13..16].copy_from_slice(&((number / 60_000) as u32).to_be_bytes()[1..]);
        let packet = Packet { number, length: 40, bytes: &bytes, link: 101, ..Packet::default() };
        tracker.read(protocols::index(), &packet, &mut tape);
    }
    assert!(tracker.conversations().len() <= MAX_FLOWS);
}

#[test]
fn what_is_read_in_conversations_is_ascii_where_that_is_asked_for() {
    let style = Style { width: 80, color: false, charset: Charset::Ascii, explain: false };
    for path in own_captures() {
        let mut source = open(&path).expect("our own capture");
        let explained = Style { explain: true, ..style };
        let mut all: Vec<Box<dyn Renderer>> = vec![
            Box::new(Line::new(style, None)),
            Box::new(Layers::new(explained)),
            Box::new(Describe::new(explained)),
            Box::new(Cake::new(style, CakeOptions::default())),
            Box::new(Ladder::new(style, None, false)),
        ];
        let mut out = Vec::new();
        each(source.as_mut(), |packet, tape| {
            for renderer in &mut all {
                out.clear();
                renderer.packet(View { packet, tape }, &mut out);
                assert!(out.is_ascii(), "{}: {}", path.display(), String::from_utf8_lossy(&out));
            }
        });
    }
}
