//! The words of tcpdump.

use crate::filter::testing::{NAME, PIECE, QUOTING, SHORT, TAGGED, TUNNEL, TWICE, WEB, WHO, matches};

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
fn hosts_are_on_either_side_unless_said() {
    all(
        WEB,
        &[
            "host 192.168.1.5",
            "host 10.1.2.9",
            "src host 192.168.1.5",
            "dst 10.1.2.9",
            "src or dst 10.1.2.9",
            "10.1.2.9",
        ],
    );
    none(WEB, &["dst host 192.168.1.5", "src 10.1.2.9", "src and dst 10.1.2.9", "host 192.168.1.6", "ip6 host ::1"]);
    all(WEB, &["ip host 10.1.2.9", "tcp host 10.1.2.9", "src and dst net 0/0"]);
    none(WEB, &["udp host 10.1.2.9", "arp host 10.1.2.9"]);
}

#[test]
fn host_is_also_the_address_that_arp_asks_for() {
    all(WHO, &["host 192.168.1.9", "arp host 192.168.1.9", "src 192.168.1.5", "dst net 192.168.1.0/24", "arp"]);
    none(WHO, &["ip host 192.168.1.9", "ip", "ip proto 6", "port 80"]);
}

#[test]
fn nets_have_a_length_a_mask_or_as_many_bytes_as_are_written() {
    all(
        WEB,
        &["net 10.1.0.0/16", "net 10.1", "net 10", "net 10/8", "src net 192.168", "net 10.1.0.0 mask 255.255.0.0"],
    );
    none(WEB, &["net 10.2.0.0/16", "dst net 192.168", "net 10.1.2.0"]);
    all(NAME, &["net 2001:db8::/32", "dst host ff02::1", "ip6 net ff00::/8"]);
}

#[test]
fn ports_have_a_side_a_protocol_a_range_and_names() {
    all(
        WEB,
        &[
            "port 80",
            "dst port 80",
            "tcp port 80",
            "tcp dst port http",
            "portrange 70-90",
            "src portrange 51514-51514",
            "ip port 80",
        ],
    );
    none(WEB, &["src port 80", "udp port 80", "port 81", "portrange 81-90", "ip6 port 80"]);
    all(NAME, &["port domain", "udp src port 53", "udp"]);
}

#[test]
fn a_list_repeats_its_qualifier() {
    all(
        WEB,
        &["port 443 or 80", "not port 443 or 81", "dst port (443 or 80)", "port 22 or 443 or 80", "port ssh or http"],
    );
    none(WEB, &["port 443 or 81", "src port 443 or 80", "not port 443 and 81", "tcp src port (80 or 443)"]);
    all(
        WEB,
        &[
            "host 192.168.1.6 or 10.1.2.9",
            "host 192.168.1.5 and 10.1.2.9",
            "host 192.168.1.5 and (10.1.2.8 or 10.1.2.9)",
        ],
    );
    all(WEB, &["port 80 or 443 and host 10.1.2.9", "port 80 or 443 and tcp or udp"]);
    none(WEB, &["port 80 or 443 and host 10.1.2.8"]);
}

#[test]
fn the_words_look_at_the_outermost_packet() {
    all(QUOTING, &["icmp", "src 10.1.2.9", "ip proto 1"]);
    none(QUOTING, &["tcp", "port 80", "src 192.168.1.5"]);
    all(TUNNEL, &["ip proto 4", "host 1.1.1.1"]);
    none(TUNNEL, &["tcp", "port 80", "host 192.168.1.5"]);
}

#[test]
fn a_later_fragment_has_a_protocol_but_no_ports() {
    all(PIECE, &["tcp", "ip proto \\tcp", "proto 6"]);
    none(PIECE, &["port 80", "tcp port 80"]);
}

#[test]
fn ports_are_known_in_a_packet_that_is_cut_after_them() {
    all(SHORT, &["tcp port 443"]);
}

#[test]
fn words_look_behind_vlan_tags() {
    all(TAGGED, &["vlan", "vlan 5", "vlan 0x5 and tcp", "port 80", "ip", "ether proto \\ip", "vlan and host 10.1.2.9"]);
    none(TAGGED, &["vlan 6", "ether proto 0x0806"]);
    none(WEB, &["vlan"]);
    all(TWICE, &["vlan", "vlan 5", "vlan 7", "vlan.id == 7", "vlan.id == 5", "service_vlan.id == 7", "port 80"]);
    none(TWICE, &["vlan 6", "service_vlan.id == 5"]);
}

#[test]
fn ethernet_has_hosts_groups_and_types() {
    all(
        WEB,
        &[
            "ether host 02:00:00:00:00:09",
            "ether src 2:0:0:0:0:5",
            "ether proto 0x0800",
            "not broadcast",
            "not multicast",
        ],
    );
    none(WEB, &["ether dst 02:00:00:00:00:05", "ether proto arp", "ether broadcast"]);
    all(WHO, &["broadcast", "multicast", "ether broadcast", "ether multicast"]);
    all(NAME, &["multicast", "ip6 multicast", "not broadcast"]);
    none(WEB, &["ip multicast", "ip broadcast", "ip6 multicast"]);
}

#[test]
fn lengths_include_their_limit() {
    all(WEB, &["greater 20", "less 2000", "inbound", "len > 20"]);
    none(WEB, &["greater 2000", "less 20", "outbound"]);
    let length = WEB.replace('E', "").split_whitespace().map(str::len).sum::<usize>() / 2 + 12;
    all(WEB, &[&format!("greater {length}"), &format!("less {length}")]);
}
