//! `sockets compare` with the real binary: what is told, at two widths; what is found, as facts; the packets of the
//! same run in a private network. Times and ports are other ones on each run and are replaced before comparing.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use unicode_width::UnicodeWidthStr;

use crate::goldens::golden;
use crate::support::LAYERCAKE;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(LAYERCAKE)
        .args(["sockets", "compare"])
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("layercake");
    // Whoever is not asked does not read: a closed pipe is no failure of the test.
    let _ = child.stdin.take().expect("its input").write_all(input.as_bytes());
    child.wait_with_output().expect("its output")
}

fn told(arguments: &[&str]) -> String {
    let output = run(arguments, "");
    assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn object(arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&told(arguments)).expect("one JSON object")
}

/// Ports become 40001 and so on; the time of a call, in its seven columns, becomes "t"; whether the other side has
/// acknowledged a FIN yet is a matter of milliseconds.
fn steady(told: &str) -> String {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut out = String::new();
    for line in told.lines() {
        let head: String = line.chars().take(9).collect();
        let line = if head.ends_with("s  ") {
            let rest: String = line.chars().skip(7).collect();
            format!("      t{rest}")
        } else {
            line.to_owned()
        };
        let mut digits = String::new();
        for c in line.chars().chain(['\n']) {
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
    }
    let out = out.replace("FIN-WAIT-1", "FIN-WAIT-n").replace("FIN-WAIT-2", "FIN-WAIT-n");
    let waits = |out: String, word: &str| {
        let mut pieces = out.split(word);
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |all, rest| all + word + "t" + rest.trim_start_matches(|c: char| c.is_ascii_digit()))
    };
    waits(out, "silence, ")
}

#[test]
fn what_is_told_fits_and_reads_as_it_was_read_by_eye() {
    for scenario in ["edges", "closed-port", "vanish", "half-close"] {
        for width in [80_usize, 120] {
            let columns = width.to_string();
            let arguments = ["--scenario", scenario, "--packets", "never", "--charset", "unicode", "--width", &columns];
            let told = told(&arguments);
            for line in told.lines() {
                assert!(line.width() <= width, "{line}");
            }
            golden(&format!("sockets/{scenario}.{width}.txt"), &steady(&told));
        }
    }
}

#[test]
fn three_sends_are_one_read_of_a_stream_and_three_reads_of_datagrams() {
    let played = object(&["--scenario", "edges", "--packets", "never", "--format", "json"]);
    let reads = |protocol: &str| -> Vec<u64> {
        let calls = played[protocol]["calls"].as_array().expect("calls");
        calls.iter().filter_map(|call| call["received"].as_u64()).collect()
    };
    assert_eq!((reads("tcp"), reads("udp")), (vec![11], vec![3, 3, 5]));
    let states: Vec<_> = played["tcp"]["calls"].as_array().expect("calls").iter().map(|c| c["state"].clone()).collect();
    assert!(states.contains(&"listen".into()) && states.contains(&"established".into()), "{states:?}");
}

#[test]
fn all_scenarios_are_played_and_told_in_each_way() {
    let lines = told(&["--format", "json"]);
    let keys: Vec<String> = lines
        .lines()
        .map(|line| {
            let played: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert!(played["tcp"]["trouble"].is_null() && played["udp"]["trouble"].is_null(), "{line}");
            played["scenario"].as_str().expect("a name").to_owned()
        })
        .collect();
    assert_eq!(keys.len(), 11);
    let drawn = told(&["--charset", "ascii", "--width", "80"]);
    assert!(drawn.is_ascii());
    for line in drawn.lines() {
        assert!(line.width() <= 80, "{line}");
    }
    let list = told(&["--list"]);
    for key in keys {
        assert!(drawn.contains(&format!(", {key}\n")) && list.contains(&key), "{key}");
    }
    assert!(told(&["--describe", "--scenario", "vanish", "--packets", "never"]).contains("The client calls recv(64)"));
}

/// The run with packets, where this user may have them.
fn with_packets(arguments: &[&str]) -> Option<String> {
    let output = run(&[arguments, &["--sandbox"]].concat(), "");
    let error = text(&output.stderr);
    if !output.status.success() && error.contains("private network") {
        eprintln!("skipped: no private networks here: {error}");
        return None;
    }
    assert!(output.status.success(), "{error}");
    Some(text(&output.stdout))
}

#[test]
fn the_packets_of_the_same_run_stand_below_its_calls() {
    for width in ["80", "120"] {
        let Some(told) = with_packets(&["--scenario", "edges", "--width", width, "--charset", "unicode"]) else {
            return;
        };
        assert!(told.contains("handshake 1 of 3") && told.contains("UDP len=13"), "{told}");
        assert!(told.contains("Packets of this very run"), "{told}");
        for line in told.lines() {
            assert!(line.width() <= width.parse().expect("a number"), "{line}");
        }
    }
    let told = with_packets(&["--scenario", "headers", "--format", "json"]).expect("it worked before");
    let played: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(played["udp"]["packets"], 3);
    let counted = played["findings"].as_array().expect("rows").iter().find(|r| r["label"] == "counted, 100 bytes");
    let counted = counted.expect("a count");
    assert_eq!(counted["udp"], 28);
    assert!([40, 52].contains(&counted["tcp"].as_u64().expect("bytes")), "with or without timestamps: {counted}");
}

#[test]
fn an_icmp_error_comes_from_the_port_where_nobody_listens() {
    let arguments = ["--scenario", "closed-port", "--charset", "ascii", "--width", "80"];
    let Some(told) = with_packets(&arguments) else { return };
    assert_eq!(told.matches("|<- ICMP port unreachable").count(), 2, "{told}");
    assert!(!told.contains("other hosts"), "{told}");
}

#[test]
fn a_prediction_is_asked_for_and_answered() {
    let arguments = ["--scenario", "edges", "--packets", "never", "--predict", "--width", "80"];
    let wrong = text(&run(&arguments, "a\n3\n").stdout);
    assert!(wrong.contains("You said a, sure: not so."), "{wrong}");
    assert!(wrong.contains("It is c: TCP once here"), "{wrong}");
    let right = text(&run(&arguments, "x\nc1\n").stdout);
    assert!(right.contains("You said c, guessing: right."), "{right}");
    let json = run(&["--scenario", "edges", "--packets", "never", "--predict", "--format", "json"], "b 2\n");
    let played: serde_json::Value = serde_json::from_slice(&json.stdout).expect("nothing but JSON on standard output");
    assert_eq!((&played["prediction"]["choice"], &played["prediction"]["right"]), (&"b".into(), &false.into()));
    assert!(text(&json.stderr).contains("How often does the server"), "asked beside the output");
    let all = text(&run(&["--predict"], &"a1\n".repeat(11)).stdout);
    assert!(all.contains("of 11 predictions right."), "{all}");
}

#[test]
fn mistakes_are_said_with_what_to_do_next() {
    for (arguments, words) in [
        (&["--scenario", "half-clsoe"][..], "did you mean `half-close`?"),
        (&["--scenario", "zzz"], "--list"),
        (&["--scenario", "edges", "--predict"], "type a letter from a to d"),
    ] {
        let output = run(arguments, "");
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("\nhint: ") && error.contains(words), "{error}");
    }
    assert_eq!(run(&["--list", "--predict"], "").status.code(), Some(2));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error_and_help_has_examples() {
    let script = format!("{LAYERCAKE} sockets compare | head -n 1; exit ${{PIPESTATUS[0]}}");
    let output = Command::new("bash").args(["-c", &script]).output().expect("bash runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
    for command in [&["sockets", "--help"][..], &["sockets", "compare", "--help"]] {
        let help = Command::new(LAYERCAKE).args(command).env("COLUMNS", "80").output().expect("layercake runs");
        let help = text(&help.stdout);
        assert!(help.contains("Examples:"), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}
