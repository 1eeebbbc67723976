//! `ws versus` with the real binary: four ways really played on loopback, told to people and to programs.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::LAYERCAKE;

fn versus(input: &str, args: &[&str]) -> (String, String, Option<i32>) {
    let mut child = Command::new("timeout")
        .args(["60", LAYERCAKE, "ws", "versus"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("layercake");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("typed");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr), output.status.code())
}

fn objects(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn programs_get_counts_that_are_the_same_each_time() {
    let (out, err, code) = versus("", &["--format", "json", "--packets", "never", "--messages", "20"]);
    assert_eq!(code, Some(0), "{err}");
    let all = objects(&out);
    assert_eq!(all.len(), 8);
    let number = |at: usize, key: &str| all[at][key].as_f64().expect("a number");
    let ways: Vec<_> = all[..4].iter().map(|way| way["way"].as_str().expect("a name")).collect();
    assert_eq!(ways, ["polling", "long-polling", "events", "websocket"]);
    let requests: Vec<_> = all.iter().map(|way| way["requests"].as_u64().expect("a number")).collect();
    assert_eq!(requests, [40, 20, 1, 1, 60, 40, 21, 1]);
    assert_eq!((number(3, "bytes_around_message"), number(7, "bytes_around_message")), (2.0, 4.0));
    for (at, way) in all.iter().enumerate() {
        let sum = number(at, "bytes_to_server") + number(at, "bytes_to_client");
        assert!(sum > number(at, "messages") * number(at, "message_bytes") + number(at, "bytes_to_open_and_close"));
        assert_eq!(way["packets_captured"], false);
    }
}

#[test]
fn predictions_are_asked_for_first_and_each_wrong_one_is_told_why() {
    let (out, err, code) = versus("a3\nc2\nb1\n", &["--predict", "--packets", "never", "--messages", "2"]);
    assert_eq!(code, Some(0), "{err}");
    for words in
        ["You said a, sure: not so. HTTP speaks once", "It is b:", "2 of 3 predictions right", "sure of 1 answer"]
    {
        assert!(out.replace('\n', " ").contains(words), "`{words}` is missing:\n{out}");
    }
    let (out, ..) = versus("b3\nc2\n", &["--predict", "--format", "json", "--direction", "down", "--packets", "never"]);
    let all = objects(&out);
    assert_eq!((all.len(), &all[5]["prediction"], &all[5]["right"]), (6, &"events".into(), &true.into()));
    let (_, err, code) = versus("", &["--predict", "--packets", "never"]);
    assert!(code == Some(1) && err.contains("no prediction") && err.contains("hint:"), "{err}");
}

#[test]
fn it_fits_every_terminal_and_is_said_in_sentences() {
    for (width, charset) in [("80", "ascii"), ("80", "unicode"), ("120", "unicode")] {
        let (out, ..) = versus("", &["--packets", "never", "--width", width, "--charset", charset]);
        let most = width.parse().expect("a number");
        assert!(out.lines().all(|line| line.chars().count() <= most), "{out}");
        assert!(charset == "unicode" || out.is_ascii(), "{out}");
        for words in ["bytes around a message", "packets, at least", "Server-Sent Events", "EventSource is"] {
            assert!(out.contains(words), "`{words}` is missing:\n{out}");
        }
    }
    let (out, ..) = versus("", &["--packets", "never", "--describe", "--direction", "down"]);
    assert!(out.contains("With WebSocket: HTTP requests 1;") && !out.contains('━'), "{out}");
}

/// In a private network of its own, where the machine allows one: acknowledgements are packets, too.
#[test]
fn captured_packets_are_at_least_those_that_were_rebuilt() {
    let (out, err, code) = versus("", &["--format", "json", "--sandbox", "--direction", "down"]);
    if code != Some(0) {
        println!("skipped: no private network here: {err}");
        return;
    }
    let (rebuilt, ..) = versus("", &["--format", "json", "--packets", "never", "--direction", "down"]);
    for (captured, rebuilt) in objects(&out).iter().zip(objects(&rebuilt)) {
        assert_eq!(captured["packets_captured"], true);
        let [all, least] = [captured, &rebuilt].map(|way| way["packets"].as_u64().expect("a number"));
        assert!(all >= least, "{captured} {rebuilt}");
    }
}
