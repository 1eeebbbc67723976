//! The same bytes, other people's programs: etherparse for headers, tcpdump for filters, tshark for files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use layercake::dissect::{Dissection, Level, Node, Value};

use crate::support::{LAYERCAKE, each, files, have, open, own_captures, shared_captures};

fn captures() -> Vec<PathBuf> {
    let mut all = own_captures();
    all.extend(shared_captures("good").iter().flat_map(|f| files(f, &[".pcap", ".pcapng"])));
    all
}

/// The first number with this key in the packet's own layers.
fn number(tape: &Dissection, key: &str) -> Option<u64> {
    let (protocol, field) = key.split_once('.')?;
    let own = |n: &&Node| {
        let layer = &tape.layers[usize::from(n.layer)];
        layer.protocol.key == protocol && n.field.key == field && !layer.quoted
    };
    match tape.nodes.iter().find(own)?.value {
        Value::Number(value) => Some(value),
        _ => None,
    }
}

#[test]
fn headers_are_read_as_etherparse_reads_them() {
    let mut compared = 0;
    for path in captures() {
        let mut source = open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        each(source.as_mut(), |packet, tape| {
            if packet.link != 1 {
                return;
            }
            let Ok(sliced) = SlicedPacket::from_ethernet(packet.bytes) else { return };
            // It stops at the first packet inside; where several are nested only the outermost counts.
            if tape.layers.iter().filter(|l| l.protocol.key.starts_with("ipv") && !l.quoted).count() > 1 {
                return;
            }
            let at = format!("{} packet {}", path.display(), packet.number);
            match &sliced.net {
                Some(NetSlice::Ipv4(ip)) => {
                    let header = ip.header();
                    assert_eq!(number(tape, "ipv4.ttl"), Some(u64::from(header.ttl())), "{at}");
                    assert_eq!(number(tape, "ipv4.total_length"), Some(u64::from(header.total_len())), "{at}");
                    assert_eq!(number(tape, "ipv4.id"), Some(u64::from(header.identification())), "{at}");
                    assert_eq!(number(tape, "ipv4.dscp"), Some(u64::from(header.dcp().value())), "{at}");
                    assert_eq!(number(tape, "ipv4.checksum"), Some(u64::from(header.header_checksum())), "{at}");
                    compared += 5;
                }
                Some(NetSlice::Ipv6(ip)) => {
                    let header = ip.header();
                    assert_eq!(number(tape, "ipv6.hop_limit"), Some(u64::from(header.hop_limit())), "{at}");
                    assert_eq!(number(tape, "ipv6.payload_length"), Some(u64::from(header.payload_length())), "{at}");
                    assert_eq!(number(tape, "ipv6.flow_label"), Some(u64::from(header.flow_label().value())), "{at}");
                    compared += 3;
                }
                _ => {}
            }
            match &sliced.transport {
                Some(TransportSlice::Tcp(tcp)) => {
                    assert_eq!(number(tape, "tcp.src_port"), Some(u64::from(tcp.source_port())), "{at}");
                    assert_eq!(number(tape, "tcp.seq"), Some(u64::from(tcp.sequence_number())), "{at}");
                    assert_eq!(number(tape, "tcp.ack"), Some(u64::from(tcp.acknowledgment_number())), "{at}");
                    assert_eq!(number(tape, "tcp.window"), Some(u64::from(tcp.window_size())), "{at}");
                    assert_eq!(number(tape, "tcp.header_length"), Some(u64::from(tcp.data_offset()) * 4), "{at}");
                    compared += 5;
                }
                Some(TransportSlice::Udp(udp)) => {
                    assert_eq!(number(tape, "udp.dst_port"), Some(u64::from(udp.destination_port())), "{at}");
                    assert_eq!(number(tape, "udp.length"), Some(u64::from(udp.length())), "{at}");
                    compared += 2;
                }
                _ => {}
            }
        });
    }
    assert!(compared > 200, "only {compared} values compared");
}

/// Our own captures as pcapng files, so that other programs can read them.
fn as_pcapng(folder: &Path) -> Vec<PathBuf> {
    let mut written = Vec::new();
    for path in own_captures() {
        let mut source = open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let target = folder.join(path.file_stem().expect("a name")).with_extension("pcapng");
        let mut file = layercake::save::PcapNg::new(std::fs::File::create(&target).expect("created")).expect("written");
        let mut known = 0;
        each(source.as_mut(), |packet, _| {
            while known < packet.interfaces.len() {
                file.interface(&packet.interfaces[known]).expect("written");
                known += 1;
            }
            file.packet(packet.interface, packet).expect("written");
        });
        file.flush().expect("written");
        written.push(target);
    }
    written
}

/// Expressions that tcpdump and we must agree on, packet by packet.
const FILTERS: &[&str] = &[
    "ip",
    "ip6",
    "arp",
    "rarp",
    "tcp",
    "udp",
    "icmp",
    "icmp6",
    "not ip",
    "not arp",
    "ip or ip6",
    "tcp or udp",
    "not (tcp or udp)",
    "port 80",
    "port 53",
    "port 443 or port 80",
    "port 80 or 443",
    "src port 53",
    "dst port 53",
    "tcp port 80",
    "udp port 53",
    "tcp src port 80",
    "udp dst port 53",
    "portrange 1-1023",
    "tcp portrange 0-65535",
    "src portrange 1024-65535",
    "not port 53",
    "tcp and not port 80",
    "host 127.0.0.1",
    "host 192.168.1.1",
    "src host 127.0.0.1",
    "dst host 127.0.0.1",
    "src 127.0.0.1",
    "dst 127.0.0.1",
    "host ::1",
    "net 10.0.0.0/8",
    "net 192.168.0.0/16",
    "src net 192.168.0.0/16",
    "dst net 172.16.0.0/12",
    "net 10",
    "net 192.168",
    "ip host 10.0.0.1",
    "less 64",
    "greater 1000",
    "less 60 or greater 1400",
    "ip and less 100",
    "tcp and greater 500",
    "ip proto 6",
    "ip proto 17",
    "ip proto 1",
    "ip6 proto 58",
    "ip proto tcp",
    "ip proto udp",
    "ip multicast",
    "ether broadcast",
    "ether multicast",
    "tcp and host 127.0.0.1 and not port 22",
    "udp and (port 53 or port 67)",
    "! tcp && ! udp",
    "icmp or icmp6",
    "ip and not (net 10.0.0.0/8 or net 192.168.0.0/16)",
];

#[test]
fn filters_count_as_tcpdump_counts() {
    if !have("tcpdump") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut paths = as_pcapng(folder.path());
    paths.extend(shared_captures("good").iter().flat_map(|f| files(f, &[".pcap", ".pcapng"])));
    let mut compared = 0;
    let mut differ = Vec::new();
    for path in paths {
        // libpcap does not look inside VLAN tags, tunnels, LLC, PPPoE and compressed packets; we do, for people do. Such captures
        // are compared with nothing here: our words mean "anywhere in the packet's own layers".
        let mut plain = true;
        let mut source = open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        each(source.as_mut(), |packet, tape| {
            let nested = tape.layers.iter().filter(|l| l.protocol.key.starts_with("ipv") && !l.quoted).count() > 1;
            let other = tape.layers.iter().any(|l| {
                ["vlan", "mpls", "pppoe", "gre", "llc", "snap", "ppp", "wifi", "ipcomp"].contains(&l.protocol.key)
            });
            let extended = tape.layers.iter().any(|l| l.protocol.key.starts_with("ipv6_"));
            // Nor does it put fragments together.
            let joined = tape.layers.iter().any(|l| l.joined && l.protocol.level == Level::Transport);
            plain &= !joined && !nested && !other && !extended && packet.link == 1 && packet.bytes.len() >= 14;
        });
        if !plain {
            continue;
        }
        for filter in FILTERS {
            let theirs = Command::new("tcpdump")
                .args(["-nn", "--count", "-r"])
                .arg(&path)
                .arg(filter)
                .stderr(Stdio::null())
                .output()
                .expect("tcpdump runs");
            if !theirs.status.success() {
                continue;
            }
            let theirs: String =
                String::from_utf8_lossy(&theirs.stdout).chars().take_while(char::is_ascii_digit).collect();
            let ours = Command::new(LAYERCAKE)
                .args(["capture", "--count", "-r"])
                .arg(&path)
                .args(["--filter", filter])
                .output()
                .expect("layercake runs");
            let ours = String::from_utf8_lossy(&ours.stdout).trim().to_owned();
            compared += 1;
            if ours != theirs {
                differ.push(format!("{} `{filter}`: tcpdump {theirs}, layercake {ours}", path.display()));
            }
        }
    }
    assert!(compared > 500, "only {compared} counts compared");
    assert!(differ.is_empty(), "{} of {compared} counts differ:\n{}", differ.len(), differ.join("\n"));
}

#[test]
fn tshark_opens_what_we_write_without_complaint() {
    if !have("tshark") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let demo = folder.path().join("demo.pcapng");
    let saved = Command::new(LAYERCAKE)
        .args(["capture", "--demo", "--quiet", "-w"])
        .arg(&demo)
        .status()
        .expect("layercake runs");
    assert!(saved.success());
    let run = Command::new("tshark")
        .args(["-n", "-V", "-d", "tcp.port==8000,http", "-r"])
        .arg(&demo)
        .output()
        .expect("tshark runs");
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success());
    assert!(!text.contains("Malformed") && !text.contains("[Expert Info (Error"), "{text}");
    assert!(text.contains("Hello") && text.contains("WebSocket"), "tshark reads the same conversation");
    for path in as_pcapng(folder.path()) {
        let run = Command::new("tshark").args(["-n", "-r"]).arg(&path).output().expect("tshark runs");
        let complaint = String::from_utf8_lossy(&run.stderr)
            .replace("Running as user \"root\" and group \"root\". This could be dangerous.", "");
        assert!(run.status.success() && complaint.trim().is_empty(), "{}: {complaint}", path.display());
    }
}

#[test]
fn a_capture_survives_being_saved_and_read_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for path in captures() {
        let copy = folder.path().join("copy.pcapng");
        if path.extension().is_some_and(|e| e == "hex") {
            continue;
        }
        let saved = Command::new(LAYERCAKE)
            .args(["capture", "--quiet", "-r"])
            .arg(&path)
            .arg("-w")
            .arg(&copy)
            .status()
            .expect("layercake runs");
        assert!(saved.success(), "{}", path.display());
        let mut first = Vec::new();
        each(open(&path).expect("opens").as_mut(), |p, _| {
            first.push((p.time, p.length, p.link, p.direction, p.bytes.to_vec(), p.comment.map(str::to_owned)));
        });
        let mut second = Vec::new();
        each(open(&copy).expect("opens").as_mut(), |p, _| {
            second.push((p.time, p.length, p.link, p.direction, p.bytes.to_vec(), p.comment.map(str::to_owned)));
        });
        assert!(first == second, "{}", path.display());
    }
}
