//! What the programs of a case say to each other: DNS, HTTP, WebSocket frames, and a TLS talk whose hidden part is
//! chance. Everything below it (TCP, IP, Ethernet) is done by the simulated wire.

use std::net::Ipv4Addr;

use super::super::shuffle::Chance;

/// A DNS question for an address (RFC 1035 §4), and its answer.
pub(super) fn dns(id: u16, name: &str, address: Ipv4Addr) -> [Vec<u8>; 2] {
    let mut question = Vec::new();
    for label in name.split('.') {
        question.push(label.len() as u8);
        question.extend_from_slice(label.as_bytes());
    }
    question.extend_from_slice(&[0, 0, 1, 0, 1]);
    let message = |flags: u16, answers: u16| {
        let mut bytes = Vec::new();
        for word in [id, flags, 1, answers, 0, 0] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        bytes.extend_from_slice(&question);
        bytes
    };
    let mut answer = message(0x8180, 1);
    // The name as a pointer to the question's, A, IN, an hour, four bytes.
    answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4]);
    answer.extend_from_slice(&address.octets());
    [message(0x0100, 0), answer]
}

/// Bytes that nobody can read.
pub(super) fn noise(chance: &mut Chance, length: usize) -> Vec<u8> {
    (0..length).map(|_| chance.next() as u8).collect()
}

/// One TLS record (RFC 8446 §5.1).
fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3], length(body).as_slice(), body].concat()
}

fn length(bytes: &[u8]) -> [u8; 2] {
    (bytes.len() as u16).to_be_bytes()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes(), length(body).as_slice(), body].concat()
}

fn hello(kind: u8, chance: &mut Chance, middle: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = extensions.concat();
    let body = [&[3, 3], noise(chance, 32).as_slice(), middle, &length(&extensions), &extensions].concat();
    let size = (body.len() as u32).to_be_bytes();
    record(22, &[&[kind], &size[1..], &body].concat())
}

/// A `ClientHello` of TLS 1.3 that names the site (RFC 8446 §4.1.2, RFC 6066 §3).
pub(super) fn client_hello(chance: &mut Chance, site: &str) -> Vec<u8> {
    let name = [&[0], length(site.as_bytes()).as_slice(), site.as_bytes()].concat();
    let names = [length(&name).as_slice(), &name].concat();
    let key = [&[0, 0x24, 0, 0x1d, 0, 0x20], noise(chance, 32).as_slice()].concat();
    let session = [&[32], noise(chance, 32).as_slice()].concat();
    let ciphers = [0, 4, 0x13, 0x01, 0x13, 0x03, 1, 0];
    let extensions = [
        extension(0, &names),
        extension(10, &[0, 2, 0, 0x1d]),
        extension(13, &[0, 4, 4, 3, 8, 4]),
        extension(43, &[2, 3, 4]),
        extension(51, &key),
    ];
    hello(1, chance, &[session.as_slice(), &ciphers].concat(), &extensions)
}

/// A `ServerHello` and the first hidden records.
pub(super) fn server_hello(chance: &mut Chance) -> Vec<u8> {
    let key = [&[0, 0x1d, 0, 0x20], noise(chance, 32).as_slice()].concat();
    let session = [&[32], noise(chance, 32).as_slice(), &[0x13, 0x01, 0]].concat();
    let hello = hello(2, chance, &session, &[extension(43, &[3, 4]), extension(51, &key)]);
    [hello, record(20, &[1]), hidden(chance, 600)].concat()
}

/// A record of TLS that hides so many bytes.
pub(super) fn hidden(chance: &mut Chance, length: usize) -> Vec<u8> {
    record(23, &noise(chance, length))
}

/// The first byte of a frame, its payload, and whether a client masks it (RFC 6455 §5.2); at most 65,535 bytes.
pub(super) fn frame(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![first];
    if payload.len() < 126 {
        bytes.push(bit + payload.len() as u8);
    } else {
        bytes.push(bit + 126);
        bytes.extend_from_slice(&length(payload));
    }
    let key = mask.unwrap_or_default();
    if mask.is_some() {
        bytes.extend_from_slice(&key);
    }
    bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// The request for a WebSocket (RFC 6455 §4.1).
pub(super) fn upgrade(host: &str, path: &str, key: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    .into_bytes()
}

/// The yes to it, with this proof or without one.
pub(super) fn switching(accept: Option<&str>) -> Vec<u8> {
    let accept = accept.map(|value| format!("Sec-WebSocket-Accept: {value}\r\n")).unwrap_or_default();
    format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{accept}\r\n")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_those_of_the_rfc() {
        // RFC 6455 §5.7: a single-frame masked text message, "Hello".
        let frame = frame(0x81, b"Hello", Some([0x37, 0xfa, 0x21, 0x3d]));
        assert_eq!(frame, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        assert_eq!(super::frame(0x89, &[0; 126], None)[..4], [0x89, 126, 0, 126]);
    }

    #[test]
    fn lengths_of_tls_fit_into_each_other() {
        let hello = client_hello(&mut Chance::new(1), "shop.example");
        assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
        assert_eq!(usize::from(u16::from_be_bytes([hello[7], hello[8]])), hello.len() - 9);
    }

    #[test]
    fn a_name_in_dns_is_labels_with_their_lengths() {
        let [question, answer] = dns(7, "a.example", Ipv4Addr::new(10, 0, 0, 1));
        assert_eq!(question[12..23], *b"\x01a\x07example\x00");
        assert!(answer.ends_with(&[0, 4, 10, 0, 0, 1]));
    }
}
