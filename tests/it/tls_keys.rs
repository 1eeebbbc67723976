//! TLS with a key log: what is read inside, held against what tshark reads with the same keys.

use std::process::Command;

use layercake::dissect::{Interface, Secrets};
use layercake::save::PcapNg;
use layercake::source::hex::Hex;

use crate::support::{LAYERCAKE, each, have, root};

/// Keys and texts of all fields of our capture, with these secrets.
fn read(secrets: Secrets) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join("tests/captures/tls_keys.hex")).expect("our capture");
    let mut source = Hex::parse(&text, None).expect("a dump").with_secrets(secrets);
    let mut all = Vec::new();
    each(&mut source, |packet, tape| {
        for node in &tape.nodes {
            let key = format!("{}.{}", tape.layers[usize::from(node.layer)].protocol.key, node.field.key);
            all.push((key, String::from_utf8_lossy(tape.bytes_of(node, packet.bytes)).into_owned()));
        }
    });
    all
}

fn count(all: &[(String, String)], key: &str) -> usize {
    all.iter().filter(|(k, _)| k == key).count()
}

#[test]
fn what_was_said_is_read_only_with_the_keys() {
    assert_eq!(count(&read(Secrets::new()), "http.uri"), 0);
    let keys = std::fs::read(root().join("tests/captures/tls_keys.keys")).expect("its key log");
    let secrets = Secrets::new();
    secrets.add(&keys);
    let all = read(secrets);
    assert_eq!(count(&all, "http.uri"), 4);
    assert_eq!(count(&all, "tls.wrong_key"), 2, "once a direction");
    assert_eq!(count(&all, "tls.lost_records"), 1);
    assert_eq!(count(&all, "tls.key_update"), 2);
    assert!(all.iter().any(|(k, v)| k == "http.body_text" && v.contains("Only the two of us")));
    assert!(all.iter().any(|(k, v)| k == "tls.subject" && v == "CN=example.org, O=Layercake Test"));
}

#[test]
fn hostile_keys_and_broken_records_are_survived() {
    let keys = std::fs::read_to_string(root().join("tests/captures/tls_keys.keys")).expect("its key log");
    // Every secret cut to other lengths, and every one swapped for another's.
    for length in [32, 34, 64, 66, 96, 128] {
        let lines = keys.lines().map(|l| {
            let mut words = l.split(' ');
            let (label, id) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            format!("{label} {id} {}\n", "5a".repeat(length / 2))
        });
        let secrets = Secrets::new();
        secrets.add(lines.collect::<String>().as_bytes());
        assert_eq!(count(&read(secrets), "http.uri"), 0);
    }
}

/// The requests and answers that tshark sees with this key log: packet, first line's parts.
fn tshark(capture: &std::path::Path, keys: &std::path::Path) -> Vec<String> {
    let fields = ["frame.number", "http.request.uri", "http.response.code"].map(|f| ["-e", f]).concat();
    let out = Command::new("tshark")
        .args(["-r", &capture.to_string_lossy(), "-o", &format!("tls.keylog_file:{}", keys.display())])
        .args(["-Y", "http", "-T", "fields", "-E", "separator=/s"])
        .args(fields)
        .output()
        .expect("tshark runs");
    String::from_utf8_lossy(&out.stdout).lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn tshark_reads_the_same_requests_with_the_same_keys() {
    if !have("tshark") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let capture = folder.path().join("tls_keys.pcapng");
    let keys = root().join("tests/captures/tls_keys.keys");
    as_file(&capture);
    let theirs = tshark(&capture, &keys);
    assert!(theirs.len() >= 6, "{theirs:?}");
    let ours = Command::new(LAYERCAKE)
        .args(["capture", "--format", "json", "-r"])
        .arg(&capture)
        .arg("--keys")
        .arg(&keys)
        .output()
        .expect("layercake runs");
    let mut found = Vec::new();
    for line in String::from_utf8_lossy(&ours.stdout).lines() {
        let packet: serde_json::Value = serde_json::from_str(line).expect("JSON");
        for layer in packet["layers"].as_array().into_iter().flatten().filter(|l| l["protocol"] == "http") {
            let fields = &layer["fields"];
            let said = fields["uri"].as_str().map(str::to_owned).or(fields["status"].as_u64().map(|n| n.to_string()));
            found.push(format!("{} {}", packet["number"], said.unwrap_or_default()));
        }
    }
    // Behind the lost record tshark reads no more in this direction; layercake finds the number again.
    found.retain(|line| line != "28 200");
    assert_eq!(found, theirs);
}

/// Our capture as a pcapng file, without its keys.
fn as_file(path: &std::path::Path) {
    let text = std::fs::read_to_string(root().join("tests/captures/tls_keys.hex")).expect("our capture");
    let mut source = Hex::parse(&text, None).expect("a dump");
    let mut file = PcapNg::new(std::fs::File::create(path).expect("created")).expect("begun");
    file.interface(&Interface { name: "hex".into(), link: 1, snaplen: 0 }).expect("written");
    each(&mut source, |packet, _| file.packet(0, packet).expect("written"));
}

#[test]
fn a_saved_capture_holds_the_keys_and_opens_without_a_key_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second, third) = ("first.pcapng", "second.pcapng", "third.pcapng");
    as_file(&folder.path().join(first));
    let keys = root().join("tests/captures/tls_keys.keys").to_string_lossy().into_owned();
    let run = |args: &[&str]| {
        let done = Command::new(LAYERCAKE).current_dir(folder.path()).args(args).output().expect("layercake runs");
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    assert!(!run(&["capture", "-r", first]).contains("GET /page.html"));
    run(&["capture", "-q", "-r", first, "-w", second, "--keys", &keys]);
    assert!(run(&["capture", "-r", second]).contains("HTTP GET /page.html"));
    run(&["capture", "-q", "-r", second, "-w", third]);
    assert!(run(&["capture", "-r", third]).contains("HTTP GET /page.html"), "the keys are kept");
    let seen = run(&["follow", "1", "-r", third, "--as", "eavesdropper"]);
    let (can, cannot) = seen.split_once("CANNOT SEE").expect("two parts");
    assert!(can.contains("example.org") && !can.contains("/page.html") && cannot.contains("/page.html"), "{seen}");
}
