//! `layercake ports` on sockets that these tests have opened themselves.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{LAYERCAKE, have};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(LAYERCAKE);
    command.args(["--charset", "unicode", "--color", "never"]).args(arguments);
    command.output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// A listener with one guest.
fn house() -> (TcpListener, TcpStream, TcpStream, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let guest = TcpStream::connect(listener.local_addr().expect("an address")).expect("a guest");
    let (host, _) = listener.accept().expect("the guest's other end");
    let port = listener.local_addr().expect("an address").port().to_string();
    (listener, guest, host, port)
}

#[test]
fn a_port_shows_its_listener_and_both_ends_of_its_guest_with_this_process() {
    let (_listener, _guest, _host, port) = house();
    let found = objects(&said(&["ports", &port, "--format", "json"]));
    assert_eq!(found.len(), 3, "{found:#?}");
    for socket in &found {
        let pids = socket["processes"].as_array().expect("a list");
        assert!(pids.iter().any(|p| p["pid"] == std::process::id()), "{socket:#}");
        assert_eq!(socket["reach"], "this machine only");
    }
    assert_eq!(found[0]["state"], "listen");
    assert_eq!(objects(&said(&["ports", &port, "listening", "--format", "json"])).len(), 1);
    let filter = format!("tcp.dst_port == {port} and socket.state == established");
    assert_eq!(objects(&said(&["ports", &filter, "--format", "json"])).len(), 1);
}

#[test]
fn the_table_is_never_wider_than_the_terminal_on_a_real_machine() {
    let _udp = UdpSocket::bind("[::1]:0");
    let (_listener, _guest, _host, _) = house();
    for more in [&[][..], &["--wide"], &["--unix"], &["--sort", "queue"], &["--explain"]] {
        let table = said(&[&["--width", "80", "ports"], more].concat());
        let wide = table.lines().find(|line| unicode_width::UnicodeWidthStr::width(*line) > 80);
        assert_eq!(wide, None, "{more:?}");
        assert!(!table.contains('\x1b'));
    }
}

#[test]
fn an_ordinary_user_sees_all_rows_and_is_told_whose_are_hidden() {
    let (_listener, _guest, _host, port) = house();
    let binary = tempfile::tempdir().expect("a folder");
    let copy = binary.path().join("layercake");
    if !nix_is_root() || !have("setpriv") || std::fs::copy(LAYERCAKE, &copy).is_err() {
        return eprintln!("skipped: needs root and setpriv");
    }
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(binary.path(), open).expect("a folder that all may enter");
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
    let output = command.args(["ports", &port, "--format", "json"]).output().expect("setpriv runs");
    if text(&output.stderr).starts_with("setpriv:") {
        return eprintln!("skipped: {}", text(&output.stderr));
    }
    let found = objects(&text(&output.stdout));
    assert_eq!(found.len(), 3, "{}", text(&output.stderr));
    assert!(found.iter().all(|s| s["processes"] == Value::Array(Vec::new()) && s["uid"] == 0), "{found:#?}");
    let why = "3 of 3 sockets belong to other users' programs: run as root to see which.";
    assert!(text(&output.stderr).contains(why), "{}", text(&output.stderr));
}

fn nix_is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

#[test]
fn a_program_with_a_hostile_name_cannot_steer_the_terminal() {
    let (_listener, _guest, _host, port) = house();
    // The name of a process is the name of its file.
    let folder = tempfile::tempdir().expect("a folder");
    let evil = folder.path().join("e\x1b[2J\u{202e}\n");
    if !have("python3") || std::fs::copy("/usr/bin/python3", &evil).is_err() {
        return eprintln!("skipped: needs python3");
    }
    let script = format!(
        "import socket,sys\ns=socket.create_connection(('127.0.0.1',{port}))\nprint(1,flush=True)\nsys.stdin.read()"
    );
    let mut child = Command::new(&evil)
        .args(["-c", &script])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("a program with an odd name");
    let mut ready = [0; 1];
    let connected = std::io::Read::read(child.stdout.as_mut().expect("its output"), &mut ready).unwrap_or(0) == 1;
    for more in [&[][..], &["--describe"], &["--format", "json"], &["--format", "csv"]] {
        let out = said(&[&["ports", port.as_str()], more].concat());
        assert!(!out.contains(['\x1b', '\u{202e}']), "{out:?}");
        assert!(!connected || out.contains("x1b") || out.contains("u001b"), "{out}");
    }
    drop(child.stdin.take());
    let _ = child.wait();
}

#[test]
fn states_and_columns_are_explained_by_explain_and_by_ports_explain() {
    assert!(said(&["explain", "time-wait"]).contains("late packets"));
    assert!(said(&["explain", "socket.state"]).contains("BOUND-INACTIVE"));
    assert!(said(&["fields", "socket"]).contains("socket.reach"));
    assert!(said(&["ports", "explain", "close-wait"]).contains("what to do"));
    assert!(said(&["ports", "explain", "queues"]).contains("acknowledged"));
    for charset in ["unicode", "ascii"] {
        let output = Command::new(LAYERCAKE).args(["--charset", charset, "--width", "80", "ports", "explain"]).output();
        let picture = text(&output.expect("the binary runs").stdout);
        assert!(picture.lines().count() <= 24 && picture.contains("TIME-WAIT"), "{picture}");
        assert!(charset == "unicode" || picture.is_ascii(), "{picture}");
    }
}

#[test]
fn slips_suggest_the_nearest_and_exit_as_all_commands_do() {
    let output = run(&["ports", "--state", "time-wiat"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("time-wait"));
    let output = run(&["ports", "listning"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("hint: did you mean `listening`?"), "{}", text(&output.stderr));
    let output = run(&["ports", "--process", "surely-not-there"]);
    assert_eq!(output.status.code(), Some(1));
}
