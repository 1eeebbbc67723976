//! Our reading beside tshark's, over captures that nobody here wrote (`../shared/captures`, if present).
//! tshark is an anchor, not the truth. Where we differ on purpose, the unit test of the protocol says why: ICMP's
//! extended ping (`icmpv4`), and 802.1ad's outer tag, which is a VLAN tag for us and a protocol of its own for tshark.

use std::fs;
use std::process::Command;

use crate::support::{LAYERCAKE, files, have, shared_captures};

/// Protocols of this stage, and how exact they have to be.
const PROTOCOLS: &[&str] =
    &["ethernet", "vlan", "sll", "null", "arp", "ipv4", "ipv6", "icmp", "icmpv6", "tcp", "udp", "dns", "websocket"];

/// Protocols of conversations. tshark reads some by port where we go by content, and leaves unfinished HTTP messages
/// unread where we show them at the connection's end: the few values that differ.
const CONVERSATIONS: &[&str] = &["http", "ssh", "ftp", "smtp"];

/// Captures whose DNS travels in HTTP/2 within TLS: it appears once conversations are read.
const LATER: &[&str] = &["http2_dns_over_https_POST"];

#[test]
fn link_network_transport_and_dns_are_read_as_tshark_reads_them() {
    let Some(good) = shared_captures("good") else { return };
    if !have("python3") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let references = folder.path().join("references");
    fs::create_dir(&references).expect("created");
    for path in files(&good, &[".ref.tsv"]) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if !LATER.iter().any(|later| name.starts_with(later)) {
            fs::copy(&path, references.join(name)).expect("copied");
        }
    }
    for path in files(&good, &[".pcap", ".pcapng"]) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let output = Command::new(LAYERCAKE)
            .args(["capture", "--format", "json", "-r"])
            .arg(&path)
            .output()
            .expect("layercake runs");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        fs::write(folder.path().join(format!("{name}.ndjson")), output.stdout).expect("written");
    }
    let scores = folder.path().join("scores.json");
    let script = good.join("../compare.py");
    let run = Command::new("python3")
        .arg(script)
        .arg(folder.path())
        .arg("--refs")
        .arg(&references)
        .arg("--json")
        .arg(&scores)
        .output();
    let report = String::from_utf8_lossy(&run.expect("python3 runs").stdout).into_owned();
    let scores: serde_json::Value = serde_json::from_slice(&fs::read(scores).expect("scores")).expect("JSON");

    let (mut exact, mut reference, mut extra) = (0, 0, 0);
    let (mut exact_talk, mut reference_talk) = (0, 0);
    for (key, counts) in scores["fields"].as_object().expect("fields") {
        let protocol = key.split('.').next().unwrap_or_default();
        let count = |i: usize| counts[i].as_u64().expect("a number");
        if CONVERSATIONS.contains(&protocol) {
            exact_talk += count(0);
            reference_talk += count(1);
        }
        if !PROTOCOLS.contains(&protocol) {
            continue;
        }
        exact += count(0);
        reference += count(1);
        extra += count(3);
    }
    assert!(reference > 40_000, "only {reference} values compared:\n{report}");
    let share = 100.0 * exact as f64 / reference as f64;
    eprintln!("{exact} of {reference} values are tshark's ({share:.2} %), {extra} extra");
    assert!(share >= 99.5 && extra == 0, "{share:.2} % exact, {extra} extra:\n{report}");
    let share = 100.0 * exact_talk as f64 / reference_talk as f64;
    eprintln!("{exact_talk} of {reference_talk} values of conversations are tshark's ({share:.2} %)");
    assert!(reference_talk > 400 && share >= 98.5, "{share:.2} % of {reference_talk} exact:\n{report}");
}
