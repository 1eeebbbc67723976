//! The simulated wire from outside: what is drawn, what is saved, and what tshark makes of it.

use std::process::{Command, Output};

use layercake::source::wire::SCRIPTS;

use crate::goldens::golden;
use crate::support::{LAYERCAKE, have};

fn run(args: &[&str]) -> Output {
    Command::new(LAYERCAKE).args(args).env("NO_COLOR", "1").output().expect("layercake runs")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn every_network_is_drawn_as_it_was_found_right() {
    for script in SCRIPTS {
        for width in ["80", "120"] {
            let drawn = text(&run(&["wire", "run", script.name, "--width", width]));
            let most = width.parse().expect("a number");
            assert!(drawn.lines().all(|l| l.chars().count() <= most), "{} is too wide:\n{drawn}", script.name);
            // Long talks repeat themselves: the beginning is enough to read by eye.
            let beginning: String = drawn.split_inclusive('\n').take(60).collect();
            golden(&format!("wire/{}.{width}.txt", script.name), &beginning);
        }
        let plain = text(&run(&["wire", "run", script.name, "--charset", "ascii"]));
        assert!(plain.is_ascii(), "{}", script.name);
        let spoken = text(&run(&["wire", "run", script.name, "--describe"]));
        assert!(!spoken.contains('│') && spoken.lines().count() > 5, "{spoken}");
    }
}

#[test]
fn the_same_loss_is_drawn_beside_each_other() {
    for width in ["80", "120"] {
        let drawn = text(&run(&["sockets", "lossy", "--width", width]));
        assert!(drawn.lines().all(|l| l.chars().count() <= width.parse().expect("a number")), "{drawn}");
        golden(&format!("wire/beside.{width}.txt"), &drawn);
    }
}

/// How many packets tshark finds with this filter; complains about nothing.
fn tshark(path: &std::path::Path, filter: &str) -> usize {
    let out = Command::new("tshark").args(["-Y", filter, "-r"]).arg(path).output().expect("tshark runs");
    let complaint: String =
        String::from_utf8_lossy(&out.stderr).lines().filter(|l| !l.contains("Running as user")).collect();
    assert!(out.status.success() && complaint.trim().is_empty(), "{complaint}");
    String::from_utf8_lossy(&out.stdout).lines().count()
}

fn retransmissions(args: &[&str], path: &std::path::Path) -> u64 {
    let path = path.to_str().expect("UTF-8");
    let out = run(&[args, &["--format", "json", "-w", path]].concat());
    let json: serde_json::Value = serde_json::from_str(&text(&out)).expect("one JSON object");
    json["tcp"]["retransmissions"].as_u64().expect("a number")
}

#[test]
fn tshark_counts_the_same_retransmissions_and_has_no_complaint() {
    if !have("tshark") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lossy.pcapng");
    let mut counted = 0;
    for drop in ["1", "2", "3", "4", "5", "6", "7", "8", "4,6", "6,8,9"] {
        let ours = retransmissions(&["sockets", "lossy", "--drop", drop], &path);
        let theirs = tshark(&path, "tcp.analysis.retransmission");
        assert_eq!(ours, theirs as u64, "--drop {drop}");
        counted += ours;
    }
    for seed in ["1", "2", "3", "4", "5"] {
        let ours = retransmissions(&["sockets", "lossy", "--drop-chance", "30%", "--seed", seed], &path);
        assert_eq!(ours, tshark(&path, "tcp.analysis.retransmission") as u64, "seed {seed}");
    }
    assert!(counted > 5, "{counted}");
    for script in SCRIPTS {
        let path = folder.path().join(format!("{}.pcapng", script.name));
        text(&run(&["wire", "run", script.name, "-q", "--at", "all", "-w", path.to_str().expect("UTF-8")]));
        assert!(tshark(&path, "frame") > 1);
        assert_eq!(tshark(&path, "_ws.malformed || ip.checksum_bad.expert || tcp.checksum_bad.expert"), 0);
    }
}

#[test]
fn what_the_programs_read_does_not_depend_on_what_the_wire_lost() {
    for seed in 1..=20 {
        let seed = seed.to_string();
        let out = text(&run(&["sockets", "lossy", "--drop-chance", "25%", "--seed", &seed, "--format", "json"]));
        let json: serde_json::Value = serde_json::from_str(&out).expect("one JSON object");
        assert_eq!(json["tcp"]["read"], "Hello", "seed {seed}: {out}");
        assert!(["Hello", "Hel", "lo", ""].contains(&json["udp"]["read"].as_str().expect("text")), "{out}");
    }
}

#[test]
fn the_same_seed_gives_the_same_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = |name: &str, seed: &str| {
        let path = folder.path().join(name);
        let args = ["wire", "run", "lossy", "--drop-chance", "20%", "-q", "--seed", seed, "-w"];
        text(&run(&[&args[..], &[path.to_str().expect("UTF-8")]].concat()));
        std::fs::read(path).expect("saved")
    };
    assert!(saved("a", "3") == saved("b", "3") && saved("c", "3") != saved("d", "4"));
}

#[test]
fn every_reading_command_plays_a_network() {
    let count = text(&run(&["capture", "--wire", "two-hosts", "--count"]));
    assert_eq!(text(&run(&["capture", "--wire", "two-hosts"])).lines().count().to_string(), count.trim());
    assert!(text(&run(&["flows", "--wire", "lossy"])).contains("192.168.1.9"));
    assert!(text(&run(&["stats", "--wire", "nat"])).contains("UDP"));
    assert!(text(&run(&["ladder", "--wire", "lossy", "--drop", "3"])).contains("lost on the way"));
    assert!(text(&run(&["follow", "1", "--wire", "two-hosts"])).contains("Hello"));
    let damaged = text(&run(&["capture", "--wire", "lossy", "frame.fate", "==", "lost"]));
    assert_eq!(damaged.lines().count(), 2, "{damaged}");
}

#[test]
fn the_screen_of_steps_fits_and_says_what_a_step_means() {
    let steps = text(&run(&["wire", "run", "lossy", "--step", "--width", "80"]));
    assert!(steps.contains("send() returned") && steps.contains("[space]"), "{steps}");
}

#[test]
fn mistakes_are_named_with_their_place_and_what_to_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = |script: &str, args: &[&str]| {
        let path = folder.path().join("wrong.toml");
        std::fs::write(&path, script).expect("written");
        let out = run(&[&["wire", "run", path.to_str().expect("UTF-8")], args].concat());
        assert_eq!(out.status.code(), Some(1));
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    let hosts = "[hosts.client]\n[hosts.server]\n";
    let said = wrong(&format!("{hosts}[[links]]\nbetween = [\"client\", \"servr\"]\n"), &[]);
    assert!(said.contains("line 4, column 22") && said.contains("did you mean `server`?"), "{said}");
    let said = wrong(&format!("{hosts}[[links]]\nbetween = [\"client\", \"server\"]\ndelay = \"3 parsecs\"\n"), &[]);
    assert!(said.contains("line 5, column") && said.contains("hint:"), "{said}");
    let said = wrong("this is no toml", &[]);
    assert!(said.contains("line 1") && said.contains("hint:"), "{said}");
    let good = format!("{hosts}[[links]]\nbetween = [\"client\", \"server\"]\n");
    let said = wrong(&good, &["--at", "nowhere"]);
    assert!(said.contains("client-server"), "{said}");
    let out = run(&["wire", "run", "losy"]);
    assert!(String::from_utf8_lossy(&out.stderr).contains("did you mean `lossy`?"));
    let out = run(&["capture", "--demo", "--seed", "3"]);
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("--wire"));
}

#[test]
fn scripts_that_are_shown_are_right() {
    let folder = tempfile::tempdir().expect("a folder");
    for script in SCRIPTS {
        let path = folder.path().join("shown.toml");
        std::fs::write(&path, text(&run(&["wire", "show", script.name]))).expect("written");
        let checked = text(&run(&["wire", "check", path.to_str().expect("UTF-8")]));
        assert!(checked.contains("the script is right"), "{checked}");
        let name = text(&run(&["wire", "run", script.name]));
        assert_eq!(text(&run(&["wire", "run", path.to_str().expect("UTF-8")])), name);
    }
}
