//! The terms over field keys, and why a packet matched.

use crate::filter::Filter;
use crate::filter::testing::{NAME, PIECE, QUOTING, SHORT, SIGNAL_60_LAST_0, TUNNEL, WEB, index, matches, with};

fn all(hex: &str, filters: &[&str]) {
    for filter in filters {
        assert!(matches(hex, filter), "{filter} should match");
    }
}

fn none(hex: &str, filters: &[&str]) {
    for filter in filters {
        assert!(!matches(hex, filter), "{filter} should not match");
    }
}

#[test]
fn a_number_compares_in_every_way() {
    all(WEB, &["tcp.dst_port == 80", "tcp.dst_port = 0x50", "ip.ttl <= 64", "ip.ttl >= 64", "ip.ttl < 65"]);
    all(WEB, &["ip.ttl gt 63", "tcp.dst_port eq 80", "tcp.dst_port==80&&ip.ttl<100", "tcp.dst_port == http"]);
    none(WEB, &["tcp.dst_port == 443", "ip.ttl < 64", "ip.ttl > 64", "ip.ttl < 0", "ip.ttl > 0xffffffffffffffff"]);
}

#[test]
fn not_equal_means_that_no_value_equals() {
    none(WEB, &["tcp.port != 80", "not tcp.port == 80"]);
    all(WEB, &["tcp.port != 81", "udp.port != 80"]);
}

#[test]
fn braces_hold_values_and_ranges() {
    all(
        WEB,
        &[
            "tcp.port in {443 80}",
            "tcp.port in {1,2, 79-81}",
            "tcp.port in {79..81}",
            "ip.src in {10.0.0.0/8 192.168.0.0/16}",
        ],
    );
    all(WEB, &["tcp.dst_port not in {443}", "tcp.dst_port !in {443}", "http.method in {\"GET\" POST}"]);
    none(WEB, &["tcp.port in {443 8000-8010}", "tcp.dst_port not in {80}"]);
}

#[test]
fn a_bare_key_asks_whether_it_is_there() {
    all(WEB, &["http", "http.method", "tcp.window", "ipv4", "tcp"]);
    none(WEB, &["dns", "dns.qname", "tcp.checksum_wrong", "ipv6", "websocket"]);
}

#[test]
fn a_field_of_one_bit_is_set_or_not() {
    none(SIGNAL_60_LAST_0, &["ws.last", "ws.last == 1"]);
    all(SIGNAL_60_LAST_0, &["ws", "ws.last == 0", "not ws.last"]);
    all(&SIGNAL_60_LAST_0.replace("7f", "80"), &["ws.last"]);
}

#[test]
fn numbers_below_zero_are_in_order() {
    all(SIGNAL_60_LAST_0, &["ws.signal == -60", "ws.signal < -59", "ws.signal > -61 and ws.signal < 0"]);
    none(SIGNAL_60_LAST_0, &["ws.signal > 0", "ws.signal == 60"]);
}

#[test]
fn flags_are_set_or_not() {
    all(WEB, &["tcp.flags.syn", "tcp.syn", "tcp.flags.syn == 1", "tcp.flags.ack == 0", "not tcp.flags.ack"]);
    all(WEB, &["tcp.flags == 0x02", "tcp.flags == syn", "tcp.flags contains SYN", "tcp.flags.syn != 0"]);
    none(WEB, &["tcp.flags.ack", "tcp.flags.syn == 0", "tcp.flags == SYN+ACK", "tcp.flags contains syn+ack"]);
    none(NAME, &["tcp.flags.syn == 0", "tcp.flags.syn == 1"]);
}

#[test]
fn addresses_compare_with_nets() {
    all(WEB, &["ip.src == 192.168.0.0/16", "ip.addr == 10.1.2.9", "ip.dst == 10.1", "ip.src != 10.0.0.0/8"]);
    none(WEB, &["ip.dst == 192.168.0.0/16", "ip.addr == 10.1.2.8"]);
    all(
        NAME,
        &["ip.src == 2001:db8::/32", "ip6.dst == ff02::1", "eth.dst == 33:33:00:00:00:01", "eth.src contains 02:00"],
    );
    none(NAME, &["ip.src == 0.0.0.0/0", "eth.src == 02:00:00:00:00:06"]);
}

#[test]
fn values_have_names_in_any_case() {
    all(NAME, &["dns.qtype == AAAA", "dns.qtype == aaaa", "dns.qtype == 28", "dns.qtype != A", "ip.proto == udp"]);
    all(QUOTING, &["icmp.type == Unreachable", "icmp.type != \"echo request\"", "icmp.type != echo-request"]);
    all(WEB, &["ip.proto == tcp", "eth.type == ip", "eth.type == ipv4", "frame.direction == in"]);
}

#[test]
fn texts_compare_letter_by_letter() {
    all(NAME, &["dns.qname == Example.com", "dns.qname == \"Example.com\"", "dns.qname contains \"ample\""]);
    all(NAME, &["dns.qname icontains EXAMPLE", "dns contains Example"]);
    none(NAME, &["dns.qname == example.com", "dns.qname contains example", "dns.qname icontains exumple"]);
    all(WEB, &["http.status == 200", "http.status >= 200 and http.status < 300"]);
    none(WEB, &["http.status > 200", "http.method > 1"]);
}

#[test]
fn layers_are_searched_with_what_they_carry() {
    all(WEB, &["ip contains \"GET\"", "frame contains c9:3a:00:50", "data contains x", "tcp icontains get"]);
    none(WEB, &["data contains GET", "udp contains x"]);
}

#[test]
fn times_are_utc() {
    all(WEB, &["frame.time == \"2016-04-18 13:40:00\"", "frame.time < 2016-04-19", "frame.time >= 1460986800"]);
    none(WEB, &["frame.time < 2016-04-18"]);
}

#[test]
fn a_layer_can_be_cut_short() {
    all(SHORT, &["tcp.cut", "tcp.dst_port == 443", "not tcp.window"]);
    none(WEB, &["tcp.cut", "ip.cut"]);
}

#[test]
fn field_terms_see_quotations_and_tunnels() {
    all(QUOTING, &["tcp.dst_port == 80", "ip.src == 192.168.1.5", "tcp.flags.syn"]);
    all(TUNNEL, &["tcp.dst_port == 80", "ip.src == 192.168.1.5", "ip.src == 1.1.1.1"]);
    none(PIECE, &["tcp.dst_port"]);
}

#[test]
fn and_or_not_and_parentheses_nest() {
    all(
        WEB,
        &[
            "not not tcp",
            "!(udp)",
            "!udp",
            "(tcp or udp) and (http or dns)",
            "tcp && !udp || dns",
            "http and tcp or dns",
        ],
    );
    none(WEB, &["not (tcp or udp)", "tcp and udp", "udp or dns or arp"]);
}

#[test]
fn why_names_the_fields_that_match() {
    let why = |hex: &str, text: &str| -> Vec<String> {
        let Ok(filter) = Filter::parse(text, index()) else { return vec!["no filter".into()] };
        with(hex, |packet, tape| {
            let mut nodes = vec![99];
            filter.why(packet, tape, &mut nodes);
            let key = |&n: &u32| {
                let node = &tape.nodes[n as usize];
                format!("{}.{}", tape.layers[usize::from(node.layer)].protocol.key, node.field.key)
            };
            nodes.iter().map(key).collect()
        })
    };
    assert_eq!(why(WEB, "tcp.port == 80 and ip.ttl < 100"), ["ipv4.ttl", "tcp.dst_port"]);
    assert_eq!(why(WEB, "port 80 or host 10.1.2.9 or udp"), ["ipv4.dst", "tcp.dst_port"]);
    assert_eq!(why(WEB, "tcp and greater 3"), ["frame.length", "ipv4.proto"]);
    assert_eq!(why(WEB, "(tcp.port == 80 and udp) or inbound"), ["frame.direction"]);
    assert_eq!(why(QUOTING, "ip.src == 192.168.1.5"), ["ipv4.src"]);
    assert!(
        why(WEB, "not udp").is_empty() && why(WEB, "udp").is_empty() && why(WEB, "tcp.port == 80 and udp").is_empty()
    );
    assert_eq!(why(WEB, "src and dst net 0.0.0.0/0"), ["ipv4.src", "ipv4.dst"]);
    assert!(why(WEB, "src and dst host 192.168.1.5").is_empty());
}
