//! DNS over HTTPS, RFC 8484: questions and answers of DNS as bodies of HTTP, or as a part of an address.
//! Not here: what a message says (`dns`), how bodies travel (`http_body`, `http2_body`).

use data_encoding::BASE64URL_NOPAD;

use super::dns;
use crate::dissect::{Field, GistForm, Protocol, Reader, Show::Bytes, Span, field};

pub(super) static MESSAGE: Field = field("dns_message", "DNS message", Bytes)
    .gist_as(GistForm::Ahead, "body")
    .spec("RFC 8484 §4.1, §6")
    .explain("DNS over HTTPS: looks like any web page from outside, so that neither the café nor the provider can see or change which names you ask for.")
    .quiet();
pub(super) static QUERY: Field = field("dns_query", "DNS question in the address", Bytes)
    .gist_as(GistForm::Ahead, "address")
    .spec("RFC 8484 §4.1.1")
    .explain("A whole DNS question, in base64, so that a GET can carry it: caches of the web can then answer in place of the server.")
    .quiet();

/// Longest question in an address; longer ones would not pass any server.
const MAX_QUERY: usize = 4096;

/// Whether a content type names a DNS message.
pub(super) fn is_message(content_type: &str) -> bool {
    content_type.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/dns-message")
}

/// Who reads `body`, if its head said that it is a DNS message and it may be one.
pub(super) fn speaks(said: bool, body: &[u8]) -> Option<&'static Protocol> {
    (said && dns::plausible(body)).then_some(&dns::PROTOCOL)
}

/// Notes the question that the address at `at` carries, and lets DNS read it.
pub(super) fn query(r: &mut Reader<'_>, at: Span, address: &[u8]) {
    let parameters = memchr::memchr(b'?', address).and_then(|mark| address.get(mark + 1..)).unwrap_or(&[]);
    let value = parameters.split(|b| *b == b'&').find_map(|p| p.strip_prefix(b"dns="));
    let Some(text) = value.filter(|v| !v.is_empty() && v.len() <= MAX_QUERY) else { return };
    if let Ok(message) = BASE64URL_NOPAD.decode(text)
        && dns::plausible(&message)
    {
        r.made(&QUERY, at, |out| out.extend_from_slice(&message));
        r.inside(&dns::PROTOCOL);
    }
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read_bytes};

    fn tcp(payload: &[u8]) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d21f90 00000001 00000001 5018 fa00 0000 0000";
        read_bytes(1, [hex(head).as_slice(), payload].concat())
    }

    // RFC 8484 §4.1.1.
    #[test]
    fn a_question_may_stand_in_the_address() {
        let seen = tcp(b"GET /dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(seen.layers(), "ethernet ipv4 tcp http dns");
        assert_eq!(seen.texts("dns.qname"), ["www.example.com"]);
        assert_eq!(tcp(b"GET /?dns=AAAB HTTP/1.1\r\n\r\n").layers(), "ethernet ipv4 tcp http");
        assert_eq!(tcp(b"GET /?dns=%% HTTP/1.1\r\n\r\n").layers(), "ethernet ipv4 tcp http");
    }

    // RFC 8484 §4.2.2.
    #[test]
    fn a_body_is_read_where_its_type_says_so() {
        let answer = hex(
            "0000 8180 0001 0001 0000 0000 03777777076578616d706c6503636f6d 00 001c 0001 c00c 001c 0001 00000e7d 0010 20010db8abcd00120001000200030004",
        );
        let with = |kind: &str| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", answer.len());
            tcp(&[head.as_bytes(), &answer].concat())
        };
        assert_eq!(with("application/dns-message").numbers("dns.rr_type"), [28]);
        assert_eq!(with("application/octet-stream").layers(), "ethernet ipv4 tcp http");
    }
}
