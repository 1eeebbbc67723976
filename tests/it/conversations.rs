//! What the list of conversations knows of each, and what is heard of one: in order, each byte once.

use layercake::dissect::{Dissection, Packet, Side};
use layercake::flow::{Heard, State, Tracker};
use layercake::protocols;

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;
const MS: u64 = 1_000_000;

/// Plays segments between 192.0.2.1:40000 and 192.0.2.9:80.
struct Play {
    tracker: Tracker,
    tape: Dissection,
    number: u64,
    heard: Vec<Heard>,
}

impl Play {
    fn new() -> Self {
        Play { tracker: Tracker::new().keep_all().listen(), tape: Dissection::new(), number: 0, heard: Vec::new() }
    }

    fn opened() -> Self {
        let mut play = Play::new();
        play.send(Side::Client, SYN, 99, 0, 0, b"");
        play.send(Side::Server, SYN | ACK, 499, 100, 1, b"");
        play.send(Side::Client, ACK, 100, 500, 2, b"");
        play
    }

    fn bytes(side: Side, flags: u8, seq: u32, ack: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0];
        let (ends, ports): ([u8; 8], [u8; 4]) = match side {
            Side::Client => ([192, 0, 2, 1, 192, 0, 2, 9], [0x9c, 0x40, 0, 80]),
            Side::Server => ([192, 0, 2, 9, 192, 0, 2, 1], [0, 80, 0x9c, 0x40]),
        };
        bytes.extend(ends);
        bytes.extend(ports);
        bytes.extend(seq.to_be_bytes());
        bytes.extend(ack.to_be_bytes());
        bytes.extend([0x50, flags, 0x10, 0, 0, 0, 0, 0]);
        bytes.extend(payload);
        let length = u16::try_from(bytes.len()).expect("short").to_be_bytes();
        bytes[2..4].copy_from_slice(&length);
        bytes
    }

    fn send(&mut self, side: Side, flags: u8, seq: u32, ack: u32, millis: u64, payload: &[u8]) {
        let bytes = Self::bytes(side, flags, seq, ack, payload);
        self.number += 1;
        let packet = Packet {
            number: self.number,
            time: Some(millis * MS),
            length: bytes.len() as u32,
            bytes: &bytes,
            link: 101,
            ..Packet::default()
        };
        self.tracker.read(protocols::index(), &packet, &mut self.tape);
        self.heard.extend_from_slice(self.tracker.heard());
    }

    fn said(&self, side: Side) -> String {
        let bytes: Vec<u8> = self.heard.iter().filter(|h| h.side == side).flat_map(|h| h.bytes.clone()).collect();
        String::from_utf8(bytes).expect("UTF-8")
    }
}

impl Play {
    /// As `send`, in fragments of IP with so many bytes.
    fn send_in_pieces(&mut self, side: Side, flags: u8, seq: u32, ack: u32, payload: &[u8], size: usize) {
        let whole = Self::bytes(side, flags, seq, ack, payload);
        let (head, body) = whole.split_at(20);
        let last = body.len().div_ceil(size) - 1;
        for (place, piece) in body.chunks(size).enumerate() {
            let mut bytes = head.to_vec();
            let offset = u16::try_from(place * size / 8).expect("short") | if place == last { 0 } else { 0x2000 };
            bytes[4..6].copy_from_slice(&(seq as u16).to_be_bytes());
            bytes[6..8].copy_from_slice(&offset.to_be_bytes());
            bytes.extend(piece);
            self.play(bytes);
        }
    }

    /// As `send`, in one stored block of `IPComp`.
    fn send_packed(&mut self, side: Side, flags: u8, seq: u32, ack: u32, payload: &[u8]) {
        let whole = Self::bytes(side, flags, seq, ack, payload);
        let (head, body) = whole.split_at(20);
        let length = u16::try_from(body.len()).expect("short");
        let mut bytes = head.to_vec();
        bytes[9] = 108;
        bytes.extend([6, 0, 0, 2, 1]);
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend(body);
        self.play(bytes);
    }

    fn play(&mut self, mut bytes: Vec<u8>) {
        let length = u16::try_from(bytes.len()).expect("short").to_be_bytes();
        bytes[2..4].copy_from_slice(&length);
        self.number += 1;
        let (number, length) = (self.number, bytes.len() as u32);
        let packet = Packet { number, length, bytes: &bytes, link: 101, ..Packet::default() };
        self.tracker.read(protocols::index(), &packet, &mut self.tape);
        self.heard.extend_from_slice(self.tracker.heard());
    }

    fn layers(&self) -> String {
        self.tape.layers.iter().map(|l| l.protocol.key).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn tcp_in_fragments_of_ip_is_put_in_order_like_any_other() {
    let mut play = Play::opened();
    play.send(Side::Client, ACK, 100, 500, 3, b"GET / HTTP/1.0\r\n\r\n");
    play.send_in_pieces(Side::Server, ACK, 500, 118, b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nHello", 24);
    assert_eq!(play.layers(), "frame raw_ip ipv4 part tcp part", "the message goes on");
    play.send_in_pieces(Side::Server, ACK, 544, 118, b"World", 16);
    assert_eq!(play.layers(), "frame raw_ip ipv4 part tcp part http");
    assert!(play.said(Side::Server).ends_with("\r\n\r\nHelloWorld"));
    play.send_in_pieces(Side::Server, ACK, 544, 118, b"World", 16);
    assert_eq!(play.layers(), "frame raw_ip ipv4 part tcp part", "sent again");
    let all = play.tracker.conversations();
    assert_eq!((all.len(), all[0].counts[1].payload), (1, 44 + 5 + 5));
}

#[test]
fn tcp_that_was_compressed_on_the_way_is_put_in_order_like_any_other() {
    let mut play = Play::opened();
    play.send_packed(Side::Client, ACK, 100, 500, b"GET / HTTP/1.0\r\n\r\nGET");
    assert_eq!(play.layers(), "frame raw_ip ipv4 ipcomp tcp http part");
    play.send_packed(Side::Client, ACK, 127, 500, b"1.0\r\n\r\n");
    assert_eq!(play.layers(), "frame raw_ip ipv4 ipcomp tcp part", "it came too early");
    play.send_packed(Side::Client, ACK, 121, 500, b" / HTTP/"); // overlaps by two
    assert_eq!(play.layers(), "frame raw_ip ipv4 ipcomp tcp part part http");
    play.send_packed(Side::Client, FIN | ACK, 134, 500, b"");
    assert_eq!(play.tracker.conversations()[0].state, State::HalfClosed);
}

#[test]
fn what_is_under_way_when_the_other_side_breaks_off_completes_its_message() {
    let mut play = Play::opened();
    play.send(Side::Server, ACK, 500, 100, 3, b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nHello");
    play.send(Side::Client, RST, 100, 0, 4, b"");
    assert!(!play.layers().contains("http"), "it may still come: {}", play.layers());
    play.send(Side::Server, ACK, 544, 100, 5, b"World");
    assert!(play.layers().ends_with("part http"), "{}", play.layers());
}

#[test]
fn a_message_of_unknown_length_ends_with_a_break_off_by_the_other_side() {
    let mut play = Play::opened();
    play.send(Side::Server, ACK, 500, 100, 3, b"HTTP/1.0 200 OK\r\n\r\nHello");
    play.send(Side::Client, RST, 100, 0, 4, b"");
    assert!(play.layers().ends_with("part http"), "{}", play.layers());
}

#[test]
fn ftp_is_recognised_by_its_dialogue_where_its_greeting_says_nothing() {
    let mut play = Play::opened();
    play.send(Side::Server, ACK, 500, 100, 3, b"220 Welcome.\r\n");
    assert!(!play.layers().contains("smtp"), "{}", play.layers());
    play.send(Side::Client, ACK, 100, 514, 4, b"USER bob\r\n");
    play.send(Side::Server, ACK, 514, 110, 5, b"331 Password?\r\n");
    assert!(play.layers().ends_with("ftp"), "{}", play.layers());
    play.send(Side::Client, ACK, 110, 529, 6, b"PASS secret\r\n");
    assert!(play.layers().ends_with("ftp"), "{}", play.layers());
}

#[test]
fn what_is_no_message_of_its_port_is_recognised_in_a_later_packet() {
    let mut play = Play::opened();
    play.send(Side::Client, ACK, 100, 500, 3, b"\x00\x01 no HTTP\r\n");
    play.send(Side::Server, ACK, 500, 112, 4, b"220 pyftpdlib 2.0 ready.\r\n");
    assert!(play.layers().ends_with("ftp"), "{}", play.layers());
    play.send(Side::Client, ACK, 112, 526, 5, b"NOOP\r\n");
    assert!(play.layers().ends_with("ftp"), "{}", play.layers());
}

#[test]
fn segments_that_were_overtaken_or_sent_again_are_heard_in_order_and_once() {
    let mut play = Play::opened();
    play.send(Side::Client, ACK, 100, 500, 10, b"abc");
    play.send(Side::Client, ACK, 106, 500, 11, b"ghi");
    assert_eq!(play.said(Side::Client), "abc", "what comes too early waits");
    play.send(Side::Client, ACK, 103, 500, 900, b"def");
    play.send(Side::Client, ACK, 100, 500, 990, b"abcdef");
    play.send(Side::Server, ACK, 500, 109, 991, b"thanks");
    assert_eq!((play.said(Side::Client), play.said(Side::Server)), ("abcdefghi".to_owned(), "thanks".to_owned()));
}

#[test]
fn bytes_that_the_capture_lost_are_counted_where_they_are_missing() {
    let mut play = Play::opened();
    play.send(Side::Client, ACK, 100, 500, 10, b"abc");
    play.send(Side::Client, ACK, 110, 500, 11, b"xyz");
    play.send(Side::Server, ACK, 500, 113, 12, b"got it");
    assert_eq!(play.said(Side::Client), "abcxyz");
    assert_eq!(play.heard.iter().map(|h| h.missing).sum::<u64>(), 7);
}

#[test]
fn the_list_knows_round_trip_repetitions_title_and_state() {
    let mut play = Play::opened();
    let request = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    let end = 100 + request.len() as u32;
    play.send(Side::Client, ACK, 100, 500, 10, request);
    play.send(Side::Client, ACK, 100, 500, 400, request);
    play.send(Side::Server, ACK | FIN, 500, end, 410, b"");
    {
        let all = play.tracker.conversations();
        let one = all.first().expect("a conversation");
        assert_eq!(one.talk.counters.handshake, Some(2 * MS));
        assert_eq!(one.talk.counters.resent, [1, 0]);
        assert_eq!(one.title.as_deref(), Some(&b"example.com"[..]));
        assert_eq!((one.state, one.counts[0].packets), (State::HalfClosed, 4));
    }
    // Another connection between the same ports: the first one stays in the list.
    play.send(Side::Client, SYN, 70_000, 0, 500, b"");
    play.send(Side::Server, RST | ACK, 0, 70_001, 501, b"");
    let all = play.tracker.conversations();
    assert_eq!(all.iter().map(|c| c.talk.flow).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((all[0].state, all[1].state, all[1].title.is_none()), (State::HalfClosed, State::Reset, true));
}

#[test]
fn what_nothing_completes_is_left_over_and_what_a_gap_cuts_off_is_heard() {
    let mut play = Play::opened();
    play.send(Side::Client, ACK, 100, 500, 3, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
    let left = play.tracker.conversation(1).expect("known").left();
    assert_eq!((left.len(), left[0].of, left[0].packet), (1, Some("HTTP"), 4));
    assert_eq!((left[0].needed, left[0].bytes.len()), (Some(47), 41));
    // Three of its bytes get lost, and what follows waits for them until the server has confirmed all.
    play.send(Side::Client, ACK, 144, 500, 4, b"ghi");
    let left = play.tracker.conversation(1).expect("known").left();
    assert_eq!((left.len(), left[1].missing, left[1].early), (2, 3, true));
    play.send(Side::Server, ACK, 500, 147, 5, b"");
    let cut = play.heard.iter().find_map(|h| h.unfinished.as_ref()).expect("cut off");
    assert_eq!((cut.side, cut.bytes.len()), (Side::Client, 41));
}

#[test]
fn a_scout_says_in_which_packet_a_message_is_complete_and_where_it_never_is() {
    let segment = |seq: u32, payload: &[u8]| Play::bytes(Side::Client, ACK, seq, 500, payload);
    let mut packets = std::collections::VecDeque::from([
        segment(100, b"GET / HTTP/1.1\r\nHost"),
        segment(120, b": a\r\n"),
        segment(125, b"\r\n"),
        segment(127, b"GET /never HTTP/1.1\r\n"),
    ]);
    let read = packets.clone();
    let mut number = 0;
    let mut tracker = Tracker::new();
    tracker.foresee(layercake::flow::Scout::new().foresight(move |scout| {
        number += 1;
        let Some(bytes) = packets.pop_front() else { return false };
        let packet = Packet { number, length: bytes.len() as u32, bytes: &bytes, link: 101, ..Packet::default() };
        scout.read(protocols::index(), &packet);
        true
    }));
    let mut tape = Dissection::new();
    let mut said = Vec::new();
    for (number, bytes) in (1..).zip(&read) {
        let packet = Packet { number, length: bytes.len() as u32, bytes, link: 101, ..Packet::default() };
        tracker.read(protocols::index(), &packet, &mut tape);
        let keys = ["complete_in", "goes_on", "never_complete"];
        said.extend(tape.nodes.iter().filter(|n| keys.contains(&n.field.key)).map(|n| (n.field.key, n.value)));
    }
    let number = layercake::dissect::Value::Number;
    assert_eq!(said, [("complete_in", number(3)), ("complete_in", number(3)), ("never_complete", number(1))]);
}

/// Names and values of the fields with this key.
fn texts(tape: &Dissection, bytes: &[u8], key: &str) -> Vec<String> {
    let nodes = tape.nodes.iter().filter(|n| n.field.key == key);
    nodes.map(|n| String::from_utf8_lossy(tape.bytes_of(n, bytes)).into_owned()).collect()
}

#[test]
fn an_answer_of_socket_io_finds_its_event_in_another_connection_of_the_session() {
    let http = |head: &str, body: &str| format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    // The server asks in the answer to a GET; the browser answers with a POST in its other connection.
    let talk = [
        (1, Side::Client, http("GET /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1", "")),
        (2, Side::Client, http("GET /socket.io/?EIO=4&transport=polling&sid=other HTTP/1.1", "")),
        (1, Side::Server, http("HTTP/1.1 200 OK", "427[\"who\"]")),
        (2, Side::Server, http("HTTP/1.1 200 OK", "2")),
        (2, Side::Client, http("POST /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1", "437[\"me\"]")),
    ];
    let (mut tracker, mut tape, mut next) = (Tracker::new(), Dissection::new(), [[100_u32, 500]; 3]);
    for (number, (connection, side, payload)) in (1..).zip(&talk) {
        let [mine, theirs] = [side.index(), side.other().index()].map(|at| next[*connection][at]);
        let mut bytes = Play::bytes(*side, ACK, mine, theirs, payload);
        next[*connection][side.index()] += payload.len() as u32;
        bytes[if *side == Side::Client { 21 } else { 23 }] += *connection as u8;
        let packet = Packet { number, length: bytes.len() as u32, bytes: &bytes, link: 101, ..Packet::default() };
        tracker.read(protocols::index(), &packet, &mut tape);
        let answers = texts(&tape, &bytes, "answered_event");
        assert_eq!(answers, if number == 5 { vec!["who"] } else { vec![] }, "packet {number}");
    }
}
