//! Any bytes as what two ends say over TCP, to the port of any protocol, cut into segments that come in order, twice,
//! too early, too late or never. Records: one byte says how the segment travels, two its length, then its payload.
#![no_main]

use layercake::dissect::{Dissection, MAX_LAYERS, MAX_MADE, MAX_NODES, Packet};
use layercake::flow::Tracker;
use layercake::protocols;
use layercake::render::{Charset, Describe, Json, Layers, Line, Renderer, Style, View};
use libfuzzer_sys::fuzz_target;

const PORTS: &[u16] = &[80, 443, 21, 25, 22, 1883, 53, 8080, 5355, 587];
const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// IPv4 and TCP without checksums, between 192.0.2.1 and 192.0.2.9.
fn segment(ports: (u16, u16), from_client: bool, seq: u32, ack: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).expect("short").to_be_bytes();
    let mut bytes = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, 6, 0, 0];
    let (ends, ports) =
        if from_client { ([[192, 0, 2, 1], [192, 0, 2, 9]], ports) } else { ([[192, 0, 2, 9], [192, 0, 2, 1]], (ports.1, ports.0)) };
    bytes.extend(ends.concat());
    bytes.extend(ports.0.to_be_bytes());
    bytes.extend(ports.1.to_be_bytes());
    bytes.extend(seq.to_be_bytes());
    bytes.extend(ack.to_be_bytes());
    bytes.extend([0x50, flags, 0x10, 0, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

fuzz_target!(|data: &[u8]| {
    let Some((first, mut rest)) = data.split_first() else { return };
    let ports = (50_000, PORTS[usize::from(*first) % PORTS.len()]);
    let (mut tracker, mut tape, mut out, mut number) = (Tracker::new().listen(), Dissection::new(), Vec::new(), 0);
    let style = Style { width: 80, color: false, charset: Charset::Ascii, explain: *first > 127 };
    let mut seqs = [u32::MAX - 20, 7]; // one of them wraps round
    while let [how, high, low, after @ ..] = rest {
        let wanted = usize::from(u16::from_be_bytes([high & 0x3f, *low]));
        let (payload, left) = after.split_at(wanted.min(after.len()));
        rest = left;
        let side = usize::from(how & 1);
        let length = payload.len() as u32;
        let next = seqs[side];
        let (seq, flags) = match how >> 1 & 15 {
            0 => (next.wrapping_sub(length / 2), ACK),
            1 => (next.wrapping_add(length), ACK),
            2 => (next, ACK | FIN),
            3 => (next, ACK | SYN),
            4 => (next, RST),
            5 => (next.wrapping_sub(1), SYN),
            6 => (next.wrapping_add(1), ACK), // a byte was lost, and is acknowledged below
            7 => (next.wrapping_sub(length), ACK),
            _ => (next, ACK),
        };
        if !matches!(how >> 1 & 15, 0 | 1 | 7) {
            seqs[side] = seq.wrapping_add(length);
        }
        number += 1;
        let bytes = segment(ports, side == 0, seq, seqs[1 - side], flags, payload);
        let length = bytes.len() as u32;
        let packet = Packet { number, time: Some(number * 1000), length, bytes: &bytes, link: 101, ..Packet::default() };
        tracker.read(protocols::index(), &packet, &mut tape);
        assert!(tape.layers.len() <= MAX_LAYERS && tape.nodes.len() <= MAX_NODES + 8 && tape.made.len() <= 2 * MAX_MADE);
        for node in &tape.nodes {
            let home = tape.home(usize::from(node.layer), packet.bytes);
            assert!(node.at.start <= node.at.end && node.at.end as usize <= home.len(), "{node:?}");
        }
        out.clear();
        let view = View { packet: &packet, tape: &tape };
        Line::new(style, Some(style.width)).packet(view, &mut out);
        Json::new(style).packet(view, &mut out);
        if how >> 5 == 7 {
            Layers::new(style).packet(view, &mut out);
            Describe::new(style).packet(view, &mut out);
        }
        let tame = |line: &&[u8]| line.iter().all(|b| b.is_ascii() && !b.is_ascii_control());
        if let Some(line) = out.split(|b| *b == b'\n').find(|line| !tame(line)) {
            panic!("not ASCII: {}", String::from_utf8_lossy(line).escape_debug());
        }
    }
});
