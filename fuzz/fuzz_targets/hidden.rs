//! Any bytes behind an encryption that opens: the fuzzer knows the keys and wraps its bytes, so that what is read inside
//! (the handshake's hidden half, streams within TLS, QUIC's frames, HPACK) is reached. Records as in `segments`.
#![no_main]

use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::{AeadInOut, Aes128Gcm, KeyInit};
use hkdf::Hkdf;
use layercake::dissect::{Dissection, MAX_LAYERS, MAX_MADE, MAX_NODES, Packet, Secrets};
use layercake::flow::Tracker;
use layercake::protocols;
use layercake::render::{Charset, Json, Line, Renderer, Style, View};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;

/// The client's random bytes, and the secret that everybody is given.
const RANDOM: [u8; 32] = [7; 32];
const SECRET: [u8; 32] = [0x5a; 32];
const ID: [u8; 8] = *b"layercak";

struct Keys {
    key: [u8; 16],
    iv: [u8; 12],
    header: [u8; 16],
    next: u64,
}

fn expand(secret: &[u8], label: &str, out: &mut [u8]) {
    let mut info = vec![0, out.len() as u8, 6 + label.len() as u8];
    info.extend(b"tls13 ");
    info.extend(label.as_bytes());
    info.push(0);
    Hkdf::<Sha256>::from_prk(secret).expect("long").expand(&info, out).expect("short");
}

impl Keys {
    fn new(secret: &[u8], prefix: &str) -> Keys {
        let mut keys = Keys { key: [0; 16], iv: [0; 12], header: [0; 16], next: 0 };
        expand(secret, &format!("{prefix}key"), &mut keys.key);
        expand(secret, &format!("{prefix}iv"), &mut keys.iv);
        expand(secret, &format!("{prefix}hp"), &mut keys.header);
        keys
    }

    /// RFC 9001 §5.2.
    fn initial(side: usize) -> Keys {
        let salt = b"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a";
        let (secret, _) = Hkdf::<Sha256>::extract(Some(salt), &ID);
        let mut own = [0; 32];
        expand(&secret, ["client in", "server in"][side], &mut own);
        Keys::new(&own, "quic ")
    }

    fn seal(&mut self, head: &[u8], text: &[u8]) -> Vec<u8> {
        let mut nonce = self.iv;
        nonce.iter_mut().skip(4).zip(self.next.to_be_bytes()).for_each(|(n, b)| *n ^= b);
        self.next += 1;
        let mut bytes = text.to_vec();
        let cipher = Aes128Gcm::new(&self.key.into());
        let tag = cipher.encrypt_inout_detached(&nonce.into(), head, bytes.as_mut_slice().into()).expect("short");
        bytes.extend(tag);
        bytes
    }

    /// A TLS 1.3 record.
    fn record(&mut self, kind: u8, text: &[u8]) -> Vec<u8> {
        let length = (text.len() as u16 + 17).to_be_bytes();
        let head = [23, 3, 3, length[0], length[1]];
        [&head[..], &self.seal(&head, &[text, &[kind]].concat())].concat()
    }

    /// An Initial packet; both sides call each other by the same id.
    fn packet(&mut self, text: &[u8]) -> Vec<u8> {
        let text = [text, &[0; 4][..4 - text.len().min(4)]].concat();
        let number = self.next as u16;
        let mut head = vec![0xc1, 0, 0, 0, 1, 8];
        head.extend(ID);
        head.push(8);
        head.extend(ID);
        head.push(0);
        head.extend((0x4000 | (text.len() as u16 + 18)).to_be_bytes());
        head.extend(number.to_be_bytes());
        let sealed = self.seal(&head, &text);
        let at = head.len() - 2;
        let mut bytes = [head, sealed].concat();
        let sample: [u8; 16] = bytes[at + 4..at + 20].try_into().expect("16");
        let mut mask = sample.into();
        Aes128::new(&self.header.into()).encrypt_block(&mut mask);
        bytes[0] ^= mask[0] & 15;
        bytes[at] ^= mask[1];
        bytes[at + 1] ^= mask[2];
        bytes
    }
}

/// IPv4 with UDP or TCP, without checksums.
fn ip(udp: bool, side: usize, seqs: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let head = if udp { 28 } else { 40 };
    let length = u16::try_from(head + payload.len()).expect("short").to_be_bytes();
    let mut bytes = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, if udp { 17 } else { 6 }, 0, 0];
    let (ends, ports) = if side == 0 { ([1, 9], [50_000u16, 443]) } else { ([9, 1], [443, 50_000]) };
    ends.iter().for_each(|end| bytes.extend([192, 0, 2, *end]));
    ports.iter().for_each(|port| bytes.extend(port.to_be_bytes()));
    if udp {
        bytes.extend((payload.len() as u16 + 8).to_be_bytes());
        bytes.extend([0, 0]);
    } else {
        bytes.extend(seqs[side].to_be_bytes());
        bytes.extend(seqs[1 - side].to_be_bytes());
        bytes.extend([0x50, flags, 0x10, 0, 0, 0, 0, 0]);
    }
    bytes.extend(payload);
    bytes
}

/// The two hellos; the keys hide the rest.
fn hello(side: usize) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend(RANDOM);
    if side == 0 {
        body.extend(b"\0\0\x02\x13\x01\x01\0\0\x07\0\x2b\0\x03\x02\x03\x04");
    } else {
        body.extend(b"\0\x13\x01\0\0\x06\0\x2b\0\x02\x03\x04");
    }
    let mut bytes = vec![22, 3, 1, 0, body.len() as u8 + 4, 1 + side as u8, 0, 0, body.len() as u8];
    bytes.extend(body);
    bytes
}

fuzz_target!(|data: &[u8]| {
    let Some((first, mut rest)) = data.split_first() else { return };
    let udp = first & 1 == 1;
    let secrets = Secrets::new();
    if first & 2 == 0 {
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        for label in ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0"] {
            secrets.add(format!("{label} {} {}\n", hex(&RANDOM), hex(&SECRET)).as_bytes());
        }
        secrets.add(format!("SERVER_TRAFFIC_SECRET_0 {} {}\n", hex(&RANDOM), hex(&SECRET)).as_bytes());
    } else {
        secrets.add(rest); // any text as a key log
    }
    let mut keys = if udp { [0, 1].map(Keys::initial) } else { [0, 1].map(|_| Keys::new(&SECRET, "")) };
    let (mut tracker, mut tape, mut out) = (Tracker::new().with_secrets(secrets), Dissection::new(), Vec::new());
    let style = Style { width: 80, color: false, charset: Charset::Ascii, explain: false };
    let (mut seqs, mut number) = ([1u32; 2], 0);
    let mut say = |side: usize, flags: u8, payload: &[u8]| {
        number += 1;
        let bytes = ip(udp, side, seqs, flags, payload);
        seqs[side] = seqs[side].wrapping_add(payload.len() as u32);
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
        Line::new(style, Some(80)).packet(view, &mut out);
        Json::new(style).packet(view, &mut out);
        let tame = |line: &[u8]| line.iter().all(|b| b.is_ascii() && !b.is_ascii_control());
        assert!(out.split(|b| *b == b'\n').all(tame), "not ASCII: {}", String::from_utf8_lossy(&out).escape_debug());
    };
    if !udp {
        say(0, 16, &hello(0));
        say(1, 16, &hello(1));
    }
    while let [how, high, low, after @ ..] = rest {
        let wanted = usize::from(u16::from_be_bytes([high & 0x1f, *low]));
        let (text, left) = after.split_at(wanted.min(after.len()));
        rest = left;
        let side = usize::from(how & 1);
        let kind = match how >> 1 & 7 {
            0 => 22,
            1 => 21,
            2 => how >> 4,
            _ => 23,
        };
        keys[side].next += u64::from(how >> 1 & 7 == 3); // one was lost
        let payload = if udp { keys[side].packet(text) } else { keys[side].record(kind, text) };
        say(side, if how >> 4 == 15 { 17 } else { 16 }, &payload);
    }
});
