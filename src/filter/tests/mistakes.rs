//! What is said about filters that are none.

use crate::filter::Error;
use crate::filter::Filter;
use crate::filter::testing::index;

/// What is pointed at, the message and the hint.
fn wrong(text: &str) -> (String, String, String) {
    match Filter::parse(text, index()) {
        Ok(_) => ("it is right".into(), text.into(), String::new()),
        Err(Error { message, at, hint }) => {
            let place = text.get(at).unwrap_or("no place").to_owned();
            (place, message, hint.unwrap_or_default())
        }
    }
}

fn points_at(text: &str, place: &str, hint: &str) {
    let (at, message, hinted) = wrong(text);
    assert_eq!(at, place, "{text}: {message}; {hinted}");
    assert!(hinted.contains(hint), "{text}: {message}; {hinted}");
}

#[test]
fn an_unknown_field_suggests_the_nearest() {
    points_at("tcp.dst_prt == 80", "dst_prt", "nearest: tcp.dst_port");
    points_at("tpc", "tpc", "nearest: tcp");
    points_at("tcp and ttl < 5", "ttl", "nearest: ipv4.ttl");
    points_at("tcp.flags.sny", "flags.sny", "nearest: tcp.flags.syn");
    points_at("xyzzy", "xyzzy", "layercake fields");
}

#[test]
fn a_value_of_the_wrong_kind_is_told_what_is_expected() {
    points_at("tcp.dst_port == abc", "abc", "tcp.dst_port == 443");
    points_at("ip.src == 300.1.1.1", "300.1.1.1", "ipv4.src == 192.0.2.0/24");
    points_at("eth.src == 02:00", "02:00", "02:00:00:00:00:01");
    points_at("dns.qtype == AAA", "AAA", "nearest: AAAA");
    points_at("icmp.type == \"echo reqest\"", "\"echo reqest\"", "nearest: \"echo request\"");
    points_at("tcp.flags.syn == 2", "2", "tcp.flags.syn == 1");
    points_at("tcp.flags == sy", "sy", "");
    points_at("ip.src < 10.0.0.1", "10.0.0.1", "==");
    points_at("dns.qname < abc", "abc", "contains");
    points_at("tcp.window contains 5", "5", "tcp.window < 64");
    points_at("frame.time > yesterday", "yesterday", "2026-01-31");
    points_at("tcp.checksum_wrong == 1", "1", "alone");
    points_at("tcp.port in {80 abc}", "abc", "443");
    points_at("tcp.port in {90-80}", "90-80", "");
}

#[test]
fn what_is_open_is_pointed_at_where_it_was_opened() {
    points_at("tcp and (udp or (dns)", "(", "");
    assert_eq!(Filter::parse("tcp and (udp", index()).map_err(|e| e.at).err(), Some(8..9));
    points_at("tcp.port in {80", "{", "");
    points_at("dns.qname == \"abc", "\"", "");
    points_at("tcp)", ")", "leave it out");
    points_at("(tcp udp)", "udp", "and");
}

#[test]
fn what_does_not_belong_is_pointed_at() {
    points_at("tcp udp", "udp", "and");
    points_at("tcp.dst_port 80", "80", "tcp.dst_port == 443");
    points_at("and tcp", "and", "");
    points_at("tcp == 5", "tcp", "tcp.src_port");
    points_at("tcp.cut == 1", "tcp.cut", "alone");
    points_at("tcp.port == {80}", "{", "in {80 443}");
    points_at("tcp.port in 80", "80", "in {80 443}");
    points_at("\"abc\"", "\"abc\"", "");
    points_at("tcp.port in {}", "{", "");
    points_at("host 10.0.0.1 port 80", "port", "and");
}

#[test]
fn what_is_missing_is_missed_at_the_end() {
    points_at("", "", "for example");
    points_at("  ", "", "for example");
    points_at("tcp.dst_port == ", "", "for example");
    assert_eq!(Filter::parse("tcp and ", index()).map_err(|e| e.at).err(), Some(7..7));
    points_at("port", "", "port 443");
    points_at("greater", "", "greater 1000");
    points_at("not", "", "");
}

#[test]
fn words_of_tcpdump_are_answered_in_their_own_terms() {
    points_at("port == 80", "port", "tcp.port == 80");
    points_at("host example.com", "example.com", "not looked up");
    points_at("host 02:00:00:00:00:01", "02:00:00:00:00:01", "ether host");
    points_at("02:00:00:00:00:01", "02:00:00:00:00:01", "ether host");
    points_at("port 80 or abc", "abc", "");
    points_at("port 70000", "70000", "port 443");
    points_at("80", "80", "port 80");
    points_at("ether port 80", "port", "ether host");
    points_at("gateway x", "gateway", "");
    points_at("tcp[13] & 2 != 0", "[", "tcp.flags.syn");
    points_at("src", "", "host 192.0.2.1");
    points_at("portrange 90-80", "90-80", "");
}

#[test]
fn and_after_or_needs_parentheses() {
    points_at("tcp or udp and http", "and", "parentheses");
    points_at("host 1.1.1.1 and port 80 or 443 and tcp", "and", "parentheses");
    assert!(Filter::parse("(tcp or udp) and http", index()).is_ok());
    assert!(Filter::parse("tcp and http or udp", index()).is_ok());
}

#[test]
fn depth_and_length_are_limited() {
    for piece in ["(", "not ", "!(", "tcp.port in {", "((tcp) or ", "port (", "host 1.1.1.1 and ("] {
        assert!(Filter::parse(&piece.repeat(1 << 20 >> 3), index()).is_err());
        assert!(Filter::parse(&piece.repeat(1000), index()).is_err());
    }
    let long = vec!["tcp"; 2000].join(" or ");
    assert!(Filter::parse(&long, index()).is_ok());
    assert!(Filter::parse(&"(".repeat(40).replace('(', "not "), index()).is_err());
    let nested = format!("{}tcp{}", "(".repeat(40), ")".repeat(40));
    assert!(Filter::parse(&nested, index()).is_ok());
}

#[test]
fn no_text_makes_it_panic() {
    // Pieces of filters in a pseudo-random order: a fuzzer for where there is none.
    let pieces = [
        "tcp",
        "port",
        "80",
        "or",
        "and",
        "not",
        "(",
        ")",
        "{",
        "}",
        "in",
        "==",
        "contains",
        "\"a\"",
        "src",
        "dst",
        "host",
        "net",
        "10.1",
        "mask",
        "ether",
        "ip.src",
        "ip",
        "proto",
        "vlan",
        "tcp.flags",
        "syn+ack",
        "0x",
        "::",
        "é",
        ",",
        "-",
        "..",
        "frame.time",
        "greater",
        "\\",
        "'",
        "1/99",
        "\u{202e}",
        "fe80::/10",
        "dns.qtype",
    ];
    let mut state = 1u64;
    for _ in 0..5_000 {
        let mut text = String::new();
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            text.push_str(if state >> 32 & 1 == 0 { " " } else { "" });
        }
        if let Err(error) = Filter::parse(&text, index()) {
            assert!(error.at.start <= error.at.end && error.at.end <= text.len(), "{text}");
            assert!(error.picture(&text).lines().count() == 2, "{text}");
        }
    }
}
