//! The real binary: every console block of the README and of tests/commands is run and compared.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::support::{LAYERCAKE, root};

fn run(args: &[&str]) -> Output {
    Command::new(LAYERCAKE).args(args).env_remove("NO_COLOR").output().expect("layercake runs")
}

fn with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(LAYERCAKE)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("layercake runs");
    // It may have heard enough before all is written.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn what_the_readme_shows_is_what_the_program_prints() {
    let cases = trycmd::TestCases::new();
    cases.env("LC_ALL", "C.UTF-8").env("COLUMNS", "80").env("TERM", "xterm");
    cases.case(root().join("README.md").to_string_lossy().as_ref());
    cases.case("tests/commands/*.trycmd");
}

#[test]
fn errors_are_one_sentence_a_hint_and_a_code() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let empty = folder.path().join("empty.pcap");
    let words = folder.path().join("notes.txt");
    fs::write(&empty, b"").expect("written");
    fs::write(&words, b"these are words, not packets\n").expect("written");
    let (empty, words) = (empty.to_string_lossy().into_owned(), words.to_string_lossy().into_owned());
    let cases: &[&[&str]] = &[
        &["capture", "-r", "/nowhere/file.pcap"],
        &["capture", "-r", &empty],
        &["capture", "-r", &words],
        &["capture", "-r", "/"],
        &["capture"],
        &["capture", "-i", "no-such-card0"],
        &["capture", "--demo", "tcp.dst_prt == 80"],
        &["capture", "--demo", "-w", "/nowhere/out.pcapng"],
        &["flows"],
        &["flows", "-r", &words],
        &["follow", "1"],
        &["follow", "99", "--demo"],
        &["ladder", "--demo", "tcp.dst_prt == 80"],
        &["ladder", "--demo", "--step", "udp"],
        &["stats", "-r", "/nowhere/file.pcap"],
        &["peel", "-n", "999"],
        &["peel", "--hex", "zz"],
        &["peel", "--hex", ""],
        &["peel", "--layer", "nosuchlayer"],
        &["explain", "tcp.windw"],
        &["fields", "nosuchprotocol"],
    ];
    for args in cases {
        let output = run(args);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {error}");
        assert!(error.starts_with("layercake: "), "{args:?}: {error}");
        assert!(error.contains("\nhint: "), "{args:?} has no hint: {error}");
        assert!(!error.contains('\u{1b}'), "{args:?}: {error:?}");
    }
    assert_eq!(run(&["capture", "--nonsense"]).status.code(), Some(2));
    assert!(text(&run(&["captur"]).stderr).contains("capture"), "a near miss is suggested");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let script = format!("{LAYERCAKE} capture --demo --format layers --explain | head -n 1; exit ${{PIPESTATUS[0]}}");
    let output = Command::new("bash").args(["-c", &script]).output().expect("bash runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn a_cut_file_gives_its_whole_packets_and_then_the_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let whole = folder.path().join("whole.pcapng");
    assert!(run(&["capture", "--demo", "--quiet", "-w", &whole.to_string_lossy()]).status.success());
    let bytes = fs::read(&whole).expect("read");
    let cut = folder.path().join("cut.pcapng");
    fs::write(&cut, &bytes[..bytes.len() - 10]).expect("written");
    let copy = folder.path().join("copy.pcapng");
    let output = run(&["capture", "-r", &cut.to_string_lossy(), "-w", &copy.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("hint: "), "{}", text(&output.stderr));
    let all = text(&run(&["capture", "--demo", "--count"]).stdout).trim().parse::<u32>().expect("a number");
    assert_eq!(text(&output.stdout).lines().count() as u32, all - 1, "every whole packet is shown");
    assert_eq!(text(&run(&["capture", "-r", &copy.to_string_lossy(), "--count"]).stdout).trim(), (all - 1).to_string());
}

#[test]
fn a_full_disk_is_said_and_not_hidden() {
    let output = run(&["capture", "--demo", "-w", "/dev/full"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.contains("/dev/full") && error.contains("hint: "), "{error}");
}

#[test]
fn captures_travel_through_pipes() {
    let saved = run(&["capture", "--demo", "-w", "-"]).stdout;
    assert_eq!(saved[..4], [0x0a, 0x0d, 0x0d, 0x0a], "nothing but the file goes to standard output");
    let output = with_input(&["capture", "-r", "-", "--count"], &saved);
    assert_eq!(text(&output.stdout), text(&run(&["capture", "--demo", "--count"]).stdout));
}

#[test]
fn hex_dumps_are_taken_as_they_are_pasted() {
    let dumps = [
        "45 00 00 20 00 00 00 00 40 11 b7 6c c0 a8 01 05 c0 a8 01 09 c9 3a 23 29 00 0c 00 00 61 62 63 64",
        "45:00:00:20:00:00:00:00:40:11:b7:6c:c0:a8:01:05:c0:a8:01:09:c9:3a:23:29:00:0c:00:00:61:62:63:64",
        "\t0x0000:  4500 0020 0000 0000 4011 b76c c0a8 0105  E.......@..l....\n\t0x0010:  c0a8 0109 c93a 2329 000c 0000 6162 6364  .....:#)....abcd\n",
        "0000   45 00 00 20 00 00 00 00 40 11 b7 6c c0 a8 01 05   E.. ....@..l....\n0010   c0 a8 01 09 c9 3a 23 29 00 0c 00 00 61 62 63 64   .....:#)....abcd\n",
        "00000000  45 00 00 20 00 00 00 00  40 11 b7 6c c0 a8 01 05  |E.. ....@..l....|\n00000010  c0 a8 01 09 c9 3a 23 29  00 0c 00 00 61 62 63 64  |.....:#)....abcd|\n00000020\n",
    ];
    let wanted = text(&run(&["peel", "--format", "json", "--hex", dumps[0]]).stdout);
    assert!(wanted.contains("\"udp\"") && wanted.contains("51514"), "{wanted}");
    for dump in dumps {
        assert_eq!(text(&run(&["peel", "--format", "json", "--hex", dump]).stdout), wanted, "{dump}");
        assert_eq!(text(&with_input(&["peel", "--format", "json", "--hex"], dump.as_bytes()).stdout), wanted, "{dump}");
    }
}

#[test]
fn colour_is_never_the_only_carrier() {
    let plain = text(&run(&["peel", "--color", "never"]).stdout);
    let coloured = text(&run(&["peel", "--color", "always"]).stdout);
    assert!(coloured.contains('\u{1b}') && !plain.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        stripped.push_str(&rest[..at]);
        let end = rest[at..].find('m').expect("a colour ends with m");
        rest = &rest[at + end + 1..];
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn ascii_means_seven_bits_and_the_locale_decides() {
    let drawn = run(&["peel", "--charset", "ascii"]).stdout;
    assert!(drawn.is_ascii());
    let by_locale = Command::new(LAYERCAKE).arg("peel").env("LC_ALL", "C").output().expect("layercake runs").stdout;
    assert_eq!(by_locale, drawn);
}

#[test]
fn every_help_page_fits_eighty_columns_and_has_examples() {
    for command in [
        "capture",
        "peel",
        "flows",
        "follow",
        "ladder",
        "stats",
        "explain",
        "fields",
        "interfaces",
        "doctor",
        "book",
        "completions",
        "man",
        "sockets",
        "sockets serve",
        "sockets connect",
        "sockets compare",
        "sockets lossy",
        "wire",
        "wire run",
        "ws",
        "ws frame",
        "ws forge",
    ] {
        let words = command.split(' ').chain(["--help"]);
        let help = Command::new(LAYERCAKE).args(words).env("COLUMNS", "80").output().expect("layercake runs");
        let help = text(&help.stdout);
        assert!(help.contains("Examples:"), "{command} shows no examples");
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
    }
}

#[test]
fn completions_and_manual_pages_are_made() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(text(&run(&["completions", shell]).stdout).contains("layercake"), "{shell}");
    }
    assert!(text(&run(&["man"]).stdout).starts_with(".ie"), "a manual page is roff");
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(run(&["man", &folder.path().to_string_lossy()]).status.success());
    assert!(folder.path().join("layercake-capture.1").is_file());
}

#[test]
fn conversations_are_listed_as_objects_and_sorted() {
    let output = run(&["flows", "--demo", "--format", "json", "--sort", "bytes", "--top", "1"]);
    let flow: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!(flow["client"]["port"], 51514);
    assert_eq!(
        flow["packets"]["client"].as_u64().expect("a number") + flow["packets"]["server"].as_u64().expect("one"),
        11
    );
    assert_eq!((&flow["application"], &flow["state"]), (&"WebSocket".into(), &"closed".into()));
    assert_eq!(flow["round_trip"], "0.000400000");
    let none = text(&run(&["flows", "--demo", "udp"]).stdout);
    assert!(none.starts_with("no conversations"), "{none}");
}

#[test]
fn a_followed_side_is_the_stream_of_that_side_byte_by_byte() {
    let client = run(&["follow", "1", "--demo", "--client", "--as", "raw"]).stdout;
    let server = run(&["follow", "1", "--demo", "--server", "--as", "raw"]).stdout;
    assert!(client.starts_with(b"GET /chat HTTP/1.1\r\n") && server.starts_with(b"HTTP/1.1 101"));
    let both = text(&run(&["follow", "1", "--demo"]).stdout);
    assert_eq!(both.matches("Hello").count(), 4, "said by both, in the line and below: {both}");
    assert!(!text(&run(&["follow", "1", "--demo", "--client"]).stdout).contains("server  packet"));
}

#[test]
fn a_ladder_is_the_same_from_capture_and_has_an_arrow_for_every_packet() {
    let ladder = text(&run(&["ladder", "--demo"]).stdout);
    assert_eq!(text(&run(&["capture", "--demo", "--format", "ladder"]).stdout), ladder);
    assert_eq!(ladder.matches(['▶', '◀']).count(), 13);
    let spoken = text(&run(&["ladder", "--demo", "--describe"]).stdout);
    assert_eq!(spoken.lines().count(), 13);
    assert!(spoken.contains("Handshake 1 of 3: may I?"), "{spoken}");
    for args in [["ladder", "--demo"], ["flows", "--demo"], ["stats", "--demo"]] {
        assert!(run(&[&args[..], &["--charset", "ascii"]].concat()).stdout.is_ascii(), "{args:?}");
    }
}

#[test]
fn sums_add_up_and_what_was_read_before_an_error_is_summed() {
    let output = run(&["stats", "--demo", "--format", "json"]);
    let sums: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    let total = |list: &serde_json::Value| -> u64 {
        list.as_array().expect("a list").iter().map(|n| n["bytes"].as_u64().or(n.as_u64()).expect("a number")).sum()
    };
    assert_eq!(sums["packets"], 13);
    assert_eq!(Some(total(&sums["lengths"])), sums["bytes"].as_u64());
    assert_eq!(Some(total(&sums["rate"]["bytes"])), sums["bytes"].as_u64());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (whole, cut) = (folder.path().join("whole.pcapng"), folder.path().join("cut.pcapng"));
    run(&["capture", "--demo", "--quiet", "-w", &whole.to_string_lossy()]);
    let bytes = fs::read(&whole).expect("read");
    fs::write(&cut, &bytes[..bytes.len() - 10]).expect("written");
    let output = run(&["stats", "-r", &cut.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with(" 12 packets"), "{}", text(&output.stdout));
}
