//! The hotel lesson with the real binary: its told steps, in a network of its own where nothing disturbs, and what
//! it leaves behind.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

use layercake::ports::{State, Wants, system};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::goldens::golden;
use crate::support::{LAYERCAKE, have};

/// A network namespace of its own with loopback up, in which `script` runs; as an ordinary user, too.
fn in_own_network(script: &str) -> Option<Output> {
    if !(have("unshare") && have("ip")) {
        return None;
    }
    let script = format!("ip link set lo up || exit 99; {script}");
    let run = Command::new("unshare").args(["-rn", "bash", "-c", &script]).env("LAYERCAKE", LAYERCAKE).output().ok()?;
    if run.status.code() == Some(99) || String::from_utf8_lossy(&run.stderr).contains("unshare failed") {
        eprintln!("skipped: this user may not make a network namespace");
        return None;
    }
    Some(run)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Ports that the kernel picked and seconds that have passed are other ones on each run.
fn steady(told: &str) -> String {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut out = String::new();
    let mut digits = String::new();
    for c in told.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if digits.len() == 5 {
            let next = format!("{}", 40_001 + names.len());
            out += names.entry(std::mem::take(&mut digits)).or_insert(next);
        }
        out += &std::mem::take(&mut digits);
        out.push(c);
    }
    let out = out.trim_end_matches('\0').replace("nobody, 60 s", "nobody, 59 s");
    out.replace("\"seconds_left\":60", "\"seconds_left\":59")
}

fn lesson(arguments: &str) -> Option<String> {
    let run = in_own_network(&format!("exec $LAYERCAKE ports open 9001 {arguments}"))?;
    let told = text(&run.stdout);
    assert!(run.status.success(), "{told}\n{}", text(&run.stderr));
    if told.contains("This machine says no") {
        eprintln!("skipped: this machine has no IPv6");
        return None;
    }
    Some(steady(&told))
}

fn fits(told: &str) {
    use unicode_width::UnicodeWidthStr;
    for line in told.lines() {
        assert!(line.width() <= 80, "{line}");
    }
}

#[test]
fn the_lesson_is_told_as_it_was_read_by_eye() {
    let Some(told) = lesson("--charset unicode") else { return };
    fits(&told);
    golden("ports/open.txt", &told);
}

#[test]
fn with_udp_there_are_neither_guests_nor_goodbyes() {
    let Some(told) = lesson("--udp --charset ascii --every-card") else { return };
    fits(&told);
    assert!(told.is_ascii(), "{told}");
    golden("ports/open_udp.ascii.txt", &told);
}

#[test]
fn whoever_closes_first_keeps_the_time_wait_and_v6only_knows_no_ipv4() {
    let Some(told) = lesson("--charset unicode --close-first client --v6only --every-card --times 3 --guests 2") else {
        return;
    };
    fits(&told);
    golden("ports/open_client_v6only.txt", &told);
}

#[test]
fn a_program_and_a_screen_reader_get_the_same_lesson() {
    let Some(told) = lesson("--format json --guests 1") else { return };
    for line in told.lines() {
        let step: serde_json::Value = serde_json::from_str(line).expect("JSON");
        for key in ["step", "chapter", "title", "calls", "explain", "surprise", "sockets"] {
            assert!(step.get(key).is_some(), "{key} is missing in {line}");
        }
    }
    golden("ports/open.json", &told);
    let Some(told) = lesson("--describe --guests 1") else { return };
    golden("ports/open.describe.txt", &told);
}

#[test]
fn a_machine_without_ipv6_leaves_out_its_chapter_only() {
    let script = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 || exit 99
        exec $LAYERCAKE ports open --format json";
    let Some(run) = in_own_network(script) else { return };
    let told = text(&run.stdout);
    assert!(run.status.success() && told.contains("This machine says no"), "{told}\n{}", text(&run.stderr));
    assert!(told.contains("Everybody checks out"), "{told}");
}

#[test]
fn a_taken_port_is_explained_and_the_way_on_is_said() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = other.local_addr().expect("an address").port().to_string();
    let run = Command::new(LAYERCAKE).args(["ports", "open", &port]).output().expect("layercake");
    assert_eq!(run.status.code(), Some(1));
    let (told, error) = (text(&run.stdout), text(&run.stderr));
    assert!(told.contains("EADDRINUSE") && told.contains("another program"), "{told}");
    assert!(error.contains(&format!("port {port} is taken")), "{error}");
    assert!(error.contains(&format!("layercake ports why {port}")), "{error}");
}

/// Ended by its number should the test fail.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn ctrl_c_leaves_nothing_open() {
    let command = ["ports", "open", "--pause", "50ms", "--guests", "50", "--format", "json"];
    let child = Command::new(LAYERCAKE).args(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = Running(child.expect("layercake"));
    let mut lines = BufReader::new(child.0.stdout.take().expect("its output")).lines();
    let tenth = lines.by_ref().nth(9).expect("ten steps").expect("text");
    let step: serde_json::Value = serde_json::from_str(&tenth).expect("JSON");
    let listener = step["sockets"].as_array().and_then(|all| all.iter().find(|s| s["state"] == "listen"));
    let port = listener.expect("a listener")["local_port"].as_u64().expect("a port");
    kill(Pid::from_raw(child.0.id().cast_signed()), Signal::SIGINT).expect("a signal");
    let rest = lines.count();
    assert!(child.0.wait().expect("an end").success());
    assert!(rest < 50, "{rest} more steps after Ctrl-C");
    let mut error = String::new();
    std::io::Read::read_to_string(&mut child.0.stderr.take().expect("stderr"), &mut error).expect("text");
    assert!(error.contains("every socket of the lesson is closed"), "{error}");
    let table = system().table(Wants { owners: false, details: false, unix: false }).expect("a table");
    let ours = |s: &&layercake::ports::Socket| u64::from(s.local.port()) == port && s.local.ip().is_loopback();
    let left: Vec<_> = table.sockets.iter().filter(ours).filter(|s| s.state != State::TimeWait).collect();
    assert!(left.iter().all(|s| s.inode == 0), "{left:?}");
}
