//! Live capture, in network namespaces that the tests make themselves, as root and as an ordinary user.
//! Without the rights to make one a test skips with a message.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::{LAYERCAKE, have};

/// A namespace of its own with loopback up, in which `script` runs.
fn in_own_network(script: &str) -> Option<Output> {
    let script = format!("set -e; ip link set lo up; {script}");
    let output =
        Command::new("unshare").args(["-n", "bash", "-c", &script]).env("LAYERCAKE", LAYERCAKE).output().ok()?;
    let error = String::from_utf8_lossy(&output.stderr);
    if error.contains("unshare failed") || error.contains("Operation not permitted") && !error.contains("layercake") {
        eprintln!("skipped: this user may not make a network namespace");
        return None;
    }
    Some(output)
}

fn ready() -> bool {
    have("unshare") && have("ip")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Sends 100 datagrams over each IP version once the capture listens. Nobody takes them: ICMP errors quote them,
/// which the field `udp.dst_port` sees and the word `port` does not.
const HUNDRED: &str = r#"
wait_for() { for _ in $(seq 100); do grep -q listening "$1" && return; sleep 0.05; done; echo "the capture did not begin" >&2; exit 9; }
send() { for i in $(seq 100); do echo "datagram $i" > /dev/udp/127.0.0.1/9999 || true; echo "datagram $i" > /dev/udp/::1/9999 || true; done; }
"#;

#[test]
fn loopback_packets_are_seen_once_each_with_rising_times_over_both_ip_versions() {
    if !ready() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_string_lossy().into_owned();
    let script = format!(
        r#"{HUNDRED}
        cd {path}
        chmod 777 .
        "$LAYERCAKE" capture -i lo --format json -w all.pcapng udp dst port 9999 > out.json 2> err.txt & capture=$!
        wait_for err.txt
        send
        sleep 0.5
        kill -INT $capture
        wait $capture
        cat out.json; cat err.txt >&2"#
    );
    let Some(output) = in_own_network(&script) else { return };
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut times = Vec::new();
    let mut versions = [0, 0];
    for line in text(&output.stdout).lines() {
        let packet: serde_json::Value = serde_json::from_str(line).expect("JSON");
        times.push(packet["timestamp"].as_str().expect("a time").to_owned());
        let has = |key: &str| packet["layers"].as_array().expect("layers").iter().any(|l| l["protocol"] == key);
        versions[usize::from(has("ipv6"))] += 1;
    }
    assert_eq!(versions, [100, 100], "each datagram once: {}", text(&output.stderr));
    assert!(times.is_sorted() && times.iter().all(|t| t.len() == times[0].len()), "kernel times rise");
    assert!(text(&output.stderr).contains("all.pcapng"), "Ctrl-C says what was saved: {}", text(&output.stderr));
    let count =
        Command::new(LAYERCAKE).args(["capture", "--count", "-r"]).arg(folder.path().join("all.pcapng")).output();
    assert_eq!(text(&count.expect("layercake runs").stdout).trim(), "200");
}

#[test]
fn the_pnet_back_end_captures_too() {
    if !ready() {
        return;
    }
    let script = format!(
        r#"{HUNDRED}
        cd $(mktemp -d)
        "$LAYERCAKE" capture -i lo --backend pnet --count --duration 2s udp.dst_port == 9999 > out.txt 2> err.txt & capture=$!
        wait_for err.txt
        send
        wait $capture
        cat out.txt"#
    );
    let Some(output) = in_own_network(&script) else { return };
    assert!(output.status.success(), "{}", text(&output.stderr));
    let seen: u64 = text(&output.stdout).trim().parse().expect("a number");
    assert!(seen >= 200, "{seen} of 200 datagrams");
}

#[test]
fn rights_are_gone_once_the_socket_is_open() {
    if !ready() {
        return;
    }
    let script = format!(
        r#"{HUNDRED}
        cd $(mktemp -d)
        "$LAYERCAKE" capture -i lo --quiet > out.txt 2> err.txt & capture=$!
        for _ in $(seq 100); do grep -q '^CapEff:.0*$' /proc/$capture/status && break; sleep 0.05; done
        grep -E '^(CapEff|CapPrm|CapInh|CapAmb|NoNewPrivs|Uid)' /proc/$capture/status
        kill -INT $capture
        wait $capture"#
    );
    let Some(output) = in_own_network(&script) else { return };
    let status = text(&output.stdout);
    for line in status.lines().filter(|l| l.starts_with("Cap")) {
        assert!(line.split_whitespace().nth(1).is_some_and(|v| v.chars().all(|c| c == '0')), "{status}");
    }
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    let user = status.lines().find(|l| l.starts_with("Uid")).expect("a line");
    assert!(user.split_whitespace().skip(1).all(|id| id != "0"), "{status}");
}

#[test]
fn vlan_tags_and_both_directions_are_seen_on_a_virtual_cable() {
    if !ready() || !have("python3") {
        return;
    }
    let script = format!(
        r#"{HUNDRED}
        cd $(mktemp -d)
        ip link add left type veth peer name right
        ip link set left up; ip link set right up
        "$LAYERCAKE" capture -i left --format json --duration 3s -c 1 udp.dst_port == 9999 > sent.json 2> err.txt & one=$!
        "$LAYERCAKE" capture -i right --format json --duration 3s -c 1 udp.dst_port == 9999 > got.json 2> err2.txt & two=$!
        wait_for err.txt; wait_for err2.txt
        python3 -c "
import socket
card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
card.bind(('left', 0))
card.send(bytes.fromhex('ffffffffffff02000000000181000007080045000022000100004011f6c6c0000201c00002029c40270f000e000068656c6c6f0a'))"
        wait $one $two
        cat sent.json got.json"#
    );
    let Some(output) = in_own_network(&script) else { return };
    let packets: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(packets.len(), 2, "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!((&packets[0]["direction"], &packets[1]["direction"]), (&"out".into(), &"in".into()));
    for packet in &packets {
        let vlan =
            packet["layers"].as_array().expect("layers").iter().find(|l| l["protocol"] == "vlan").expect("a VLAN tag");
        assert_eq!(vlan["fields"]["id"], 7);
    }
}

/// A copy of the binary that every user may run.
fn for_everyone() -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir_in("/tmp").expect("a temporary folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("set");
    let copy = folder.path().join("layercake");
    std::fs::copy(LAYERCAKE, &copy).expect("copied");
    (folder, copy)
}

fn as_nobody(binary: &std::path::Path, args: &[&str]) -> Option<Output> {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(binary).args(args);
    let output = command.output().ok()?;
    if text(&output.stderr).starts_with("setpriv:") {
        eprintln!("skipped: this user may not become another one");
        return None;
    }
    Some(output)
}

#[test]
fn without_rights_one_message_says_what_is_missing_and_what_works() {
    let (_folder, binary) = for_everyone();
    let Some(output) = as_nobody(&binary, &["capture", "-i", "lo"]) else { return };
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    for word in ["setcap cap_net_raw=ep", &binary.to_string_lossy(), "sudo", "--demo", "--sandbox"] {
        assert!(error.contains(word), "`{word}` is missing in: {error}");
    }
    let demo = as_nobody(&binary, &["peel"]).expect("as before");
    assert!(demo.status.success());
}

#[test]
fn an_ordinary_user_captures_a_command_in_a_private_network() {
    let (_folder, binary) = for_everyone();
    let script = "(echo hello > /dev/udp/127.0.0.1/9999); sleep 0.2; exit 3";
    let args = ["capture", "--format", "json", "--sandbox", "--", "bash", "-c", script];
    let Some(output) = as_nobody(&binary, &args) else { return };
    let error = text(&output.stderr);
    if error.contains("namespace") && output.status.code() == Some(1) {
        eprintln!("skipped: {error}");
        return;
    }
    assert_eq!(output.status.code(), Some(3), "the command's exit code is ours: {error}");
    let packets = text(&output.stdout);
    assert!(packets.lines().any(|l| l.contains("\"udp\"") && l.contains("9999")), "{packets}{error}");
}

#[test]
fn doctor_and_interfaces_work_for_everybody() {
    let (_folder, binary) = for_everyone();
    for args in [["doctor"], ["interfaces"]] {
        let Some(output) = as_nobody(&binary, &args) else { return };
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("lo"));
    }
}
