//! Bombs: ten megabytes that unpack to ten gigabytes of zeros and more, in every place where something is unpacked.
//! Little of them is unpacked, in little time, and a remark says so.

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};

use crate::hostile_talk::say;

/// A DEFLATE stream of about `size` bytes, each of which unpacks to 1032 zeros: the long middle of a small one, which
/// repeats one symbol, made longer.
fn zeros(size: usize) -> Vec<u8> {
    let mut small = DeflateEncoder::new(Vec::new(), Compression::best());
    small.write_all(&vec![0; 400_000]).expect("memory");
    let small = small.finish().expect("memory");
    let middle = small.len() / 2;
    let same = small[middle];
    assert!(small[middle - 80..middle + 80].iter().all(|b| *b == same), "no run in the middle");
    let mut bytes = small[..middle].to_vec();
    bytes.resize(size.max(middle), same);
    bytes.extend(&small[middle..]);
    bytes
}

/// The same in a gzip file (RFC 1952) and in a zlib stream (RFC 1950), whose checksums nobody gets to see.
fn gzip(size: usize) -> Vec<u8> {
    [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], zeros(size).as_slice(), &[0; 8]].concat()
}

fn zlib(size: usize) -> Vec<u8> {
    [&[0x78, 0xda], zeros(size).as_slice(), &[0; 4]].concat()
}

/// 14 bytes of Brotli (RFC 7932) that unpack to 128 KiB, again and again.
fn brotli(size: usize) -> Vec<u8> {
    let first = *b"\xf4\xff\x1f\xf0\x4f\x00\xc4\x63\x81\x40\xee\x7d\x80\x01";
    let again = *b"\xfa\xff\x0f\xf8\x27\x00\xe2\xb0\x00\x40\xf7\x3e\xc0\x00";
    [first.as_slice(), &again.repeat(size / again.len())].concat()
}

/// Something packed, so many bytes long.
type Pack = fn(usize) -> Vec<u8>;
const CODINGS: [(&str, Pack); 4] = [("gzip", gzip), ("deflate", zlib), ("deflate", zeros), ("br", brotli)];

const TEN_MB: usize = 10 * 1024 * 1024;

fn from_server(port: u16, bytes: &[u8]) -> Vec<&'static str> {
    say(port, true, bytes.chunks(60_000).map(<[u8]>::to_vec))
}

#[test]
fn bodies_of_http_stop_at_the_cap_whatever_they_unpack_to() {
    for (coding, pack) in CODINGS {
        let body = pack(900_000);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n");
        let sized = [format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), &body].concat();
        let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
        for piece in body.chunks(10_000) {
            chunked.extend(format!("{:x}\r\n", piece.len()).as_bytes());
            chunked.extend(piece);
            chunked.extend(b"\r\n");
        }
        chunked.extend(b"0\r\n\r\n");
        for (how, bytes) in [("a length", sized), ("chunks", chunked)] {
            let keys = from_server(80, &bytes);
            assert!(keys.contains(&"decoded_too_long"), "{coding} with {how}: {keys:?}");
        }
    }
}

#[test]
fn ten_megabytes_that_unpack_to_ten_gigabytes_are_passed_over() {
    for (coding, pack) in CODINGS {
        let body = pack(TEN_MB);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", body.len());
        let keys = from_server(80, &[head.as_bytes(), &body].concat());
        assert!(keys.contains(&"too_long") && keys.contains(&"decoded_too_long"), "{coding}: {keys:?}");
    }
}

#[test]
fn bodies_of_http_2_stop_at_the_cap_too() {
    for (coding, pack) in CODINGS {
        for (size, what) in [(200_000, "one that is unpacked"), (TEN_MB, "one that is too long to be kept")] {
            // SETTINGS; HEADERS with :status 200 and content-encoding, RFC 7541 §6.1 and §6.2.2; DATA.
            let mut bytes = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64".to_vec();
            let headers = [&[0x88, 0x0f, 0x0b, coding.len() as u8], coding.as_bytes()].concat();
            bytes.extend([0, 0, headers.len() as u8, 1, 4, 0, 0, 0, 1]);
            bytes.extend(headers);
            for piece in pack(size).chunks(16_384) {
                bytes.push(0);
                bytes.extend((piece.len() as u16).to_be_bytes());
                bytes.extend([0, 0, 0, 0, 0, 1]);
                bytes.extend(piece);
            }
            bytes.extend([0, 0, 0, 0, 1, 0, 0, 0, 1]);
            let keys = from_server(80, &bytes);
            assert!(keys.contains(&"decoded_too_long"), "{coding}, {what}: {keys:?}");
        }
    }
}

/// What a server says that agrees to compress, and a frame around each of the messages.
fn websocket(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n".to_vec();
    for message in messages {
        bytes.extend([0xc2, 127]);
        bytes.extend((message.len() as u64).to_be_bytes());
        bytes.extend(message);
    }
    bytes
}

#[test]
fn messages_of_websocket_stop_at_the_cap_be_they_few_or_many() {
    let big = from_server(80, &websocket(&[zeros(900_000)]));
    assert!(big.contains(&"too_much"), "{big:?}");
    let small = from_server(80, &websocket(&vec![zeros(1000); 1000]));
    assert!(small.contains(&"too_much"), "{small:?}");
}
