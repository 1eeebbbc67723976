//! `ws frame` and `ws forge`, the real binary: pictures read by eye, what is forged is read back, hostile input, and a
//! real server that is asked.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use crate::goldens::golden;
use crate::support::LAYERCAKE;

const HELLO: &str = "81 85 37 fa 21 3d 7f 9f 4d 51 58";

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(LAYERCAKE);
    command.args(args).env("LC_ALL", "C.UTF-8").env("COLUMNS", "80").env_remove("NO_COLOR");
    command.output().expect("layercake runs")
}

fn text(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn fed(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(LAYERCAKE);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("layercake runs");
    // It may have heard enough before all is written.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn json(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// Frames of every kind: text in pieces with a character that is cut, a ping between, a long one, closes, mistakes.
fn zoo() -> String {
    let long = format!("82fe0090 01020304 {}", "00".repeat(144));
    format!("0105 4865c3a9e2 8904 3f3f3f0a 8003 82ac21 {long} 8885 01020304 02ea617d64 f300 8103 41")
}

#[test]
fn pictures_are_as_they_were_read_by_eye() {
    for (name, bytes) in [("hello", HELLO.to_owned()), ("zoo", zoo())] {
        for (width, ascii) in [("80", false), ("120", false), ("80", true), ("40", false)] {
            let charset = if ascii { "ascii" } else { "unicode" };
            let drawn = text(&["ws", "frame", &bytes, "--width", width, "--charset", charset]);
            for line in drawn.lines() {
                let columns = unicode_width::UnicodeWidthStr::width(line);
                assert!(columns <= width.parse().expect("a number") && line.trim_end() == line, "{columns}: {line:?}");
            }
            assert!(!ascii || drawn.is_ascii());
            let ending = if ascii { ".ascii" } else { "" };
            golden(&format!("ws/frame.{name}.{width}{ending}.txt"), &drawn);
        }
        golden(&format!("ws/frame.{name}.describe.txt"), &text(&["ws", "frame", &bytes, "--describe"]));
        golden(&format!("ws/frame.{name}.json"), &text(&["ws", "frame", &bytes, "--format", "json"]));
    }
    golden("ws/forge.list.txt", &text(&["ws", "forge", "--list"]));
    let unmasked = ["ws", "forge", "--bad", "unmasked"];
    golden("ws/forge.unmasked.txt", &text(&unmasked));
}

#[test]
fn what_is_forged_reads_back_the_same() {
    for (number, words) in ["", "Hello", "κόσμε 🙂", "a\u{1b}[2Jb"].into_iter().enumerate() {
        for from in ["client", "server"] {
            for more in [&[][..], &["--fragments", "3"], &["--deflate"], &["--deflate", "--fragments", "2"]] {
                let forged =
                    text(&[&["ws", "forge", "--text", words, "--from", from, "--format", "hex"], more].concat());
                let mut args = vec!["ws", "frame", forged.trim(), "--from", from, "--format", "json"];
                args.extend(more.iter().filter(|word| **word == "--deflate"));
                let frames = json(&text(&args));
                let last = frames.last().expect("a frame");
                assert_eq!(last["message"], words, "{number} {from} {more:?}");
                assert!(frames.iter().all(|frame| frame["wrong"].as_array().is_some_and(Vec::is_empty)));
                let hex: String = frames.iter().map(|frame| frame["hex"].as_str().expect("digits")).collect();
                assert_eq!(hex, forged.replace([' ', '\n'], ""));
            }
        }
    }
    let raw = run(&["ws", "forge", "--close", "1000", "--reason", "bye", "--raw"]).stdout;
    let frame =
        &json(&String::from_utf8(fed(&["ws", "frame", "-", "--format", "json"], &raw).stdout).expect("UTF-8"))[0];
    assert_eq!((&frame["close_code"], &frame["close_reason"]), (&1000.into(), &"bye".into()));
}

#[test]
fn every_mistake_is_answered_by_our_own_server_with_the_code_of_its_rule() {
    for bad in json(&text(&["ws", "forge", "--list", "--format", "json"])) {
        let name = bad["bad"].as_str().expect("a name");
        let from = if name == "masked" { "server" } else { "client" };
        let said = json(&text(&["ws", "forge", "--bad", name, "--from", from, "--format", "json"]));
        let verdict = said.last().expect("a verdict");
        assert_eq!((&verdict["answer"], &verdict["rule"]), (&bad["answer"], &bad["rule"]), "{name}");
        let told = text(&["ws", "forge", "--bad", name, "--from", from, "--describe"]);
        assert!(told.contains(&bad["answer"].to_string()), "{told}");
    }
}

#[test]
fn the_same_bytes_are_read_in_every_spelling_and_by_the_dissector() {
    let wanted = text(&["ws", "frame", HELLO, "--format", "json"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("frame.bin");
    std::fs::write(&file, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]).expect("written");
    let file = file.to_string_lossy();
    let as_words: Vec<&str> = ["ws", "frame"].into_iter().chain(HELLO.split(' ')).collect();
    for args in [
        &["ws", "frame", "818537FA213D7F9F4D5158"][..],
        &["ws", "frame", "gYU3+iE9f59NUVg="],
        &["ws", "frame", "--file", &file],
        &as_words,
    ] {
        assert_eq!(text(&[args, &["--format", "json"]].concat()), wanted, "{args:?}");
    }
    let tape = text(&["ws", "frame", HELLO, "--format", "layers"]);
    assert!(tape.contains("WebSocket") && tape.contains("37 fa 21 3d") && tape.contains("Hello"), "{tape}");
    assert!(!tape.contains("GET /chat"), "the handshake that was made up is not shown: {tape}");
    let packed = text(&["ws", "frame", "c107f248cdc9c90700", "--deflate", "--format", "layers"]);
    assert!(packed.contains("Hello"), "{packed}");
}

#[test]
fn hostile_input_is_answered_with_a_sentence() {
    let cases: &[&[&str]] = &[
        &["ws", "frame", "zz"],
        &["ws", "frame", ""],
        &["ws", "frame", "81 5", "851"],
        &["ws", "frame", "81\u{1b}[2J"],
        &["ws", "frame", "--file", "/nowhere/frame"],
        &["ws", "frame", "--file", "/"],
        &["ws", "forge", "--bad", "\u{1b}[2J"],
        &["ws", "forge", "--bad", "masked"],
        &["ws", "forge", "--bad", "bad-utf8", "--text", "mine"],
        &["ws", "forge", "--binary", "0g"],
        &["ws", "forge", "--close", "--reason", "why"],
        &["ws", "forge", "--text", "x", "--ask", "wss://localhost/"],
        &["ws", "forge", "--text", "x", "--ask", "ws://127.0.0.1:1/"],
    ];
    for args in cases {
        let output = run(args);
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(1), "{args:?}: {error}");
        assert!(
            error.starts_with("layercake: ") && error.contains("\nhint: ") && !error.contains('\u{1b}'),
            "{error:?}"
        );
    }
    assert_eq!(run(&["ws", "frame"]).status.code(), Some(2));
    assert_eq!(run(&["ws", "forge", "--text", "x", "--mask", "12"]).status.code(), Some(2));
    assert_eq!(run(&["ws", "forge", "--text", "x", "--ping"]).status.code(), Some(2));
    assert_eq!(run(&["ws", "forge", "--bad", "unmasked", "--ping"]).status.code(), Some(2));
    assert_eq!(run(&["ws", "forge"]).status.code(), Some(2));
    let endless = fed(
        &["ws", "frame", "-"],
        &b"82 7f 00 00 00 00 00 40 00 00 ".iter().chain(&vec![b'0'; 4 << 20]).copied().collect::<Vec<_>>(),
    );
    let drawn = String::from_utf8(endless.stdout).expect("UTF-8");
    assert!(
        endless.status.success() && drawn.contains("2,097,152 of them are here") && drawn.lines().count() < 60,
        "{}",
        drawn.len()
    );
    let control = text(&["ws", "frame", "81 09 1b5b324a 7f e280ae", "8902 1b07", "8804 03e8 1b07"]);
    assert!(!control.contains(['\u{1b}', '\u{7}', '\u{7f}', '\u{202e}']), "{control:?}");
}

/// A server of somebody else's: tungstenite, which echoes and ends where a rule is broken.
fn tungstenite_server(times: usize) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("bound"));
    let server = std::thread::spawn(move || {
        for _ in 0..times {
            let Ok((stream, _)) = listener.accept() else { return };
            let Ok(mut socket) = tungstenite::accept(stream) else { continue };
            while let Ok(message) = socket.read() {
                if message.is_text() {
                    let _ = socket.send(message);
                }
            }
        }
    });
    (url, server)
}

#[test]
fn a_real_server_is_asked() {
    let (url, server) = tungstenite_server(3);
    let echo = text(&["ws", "forge", "--text", "Hello", "--fragments", "2", "--ask", &url]);
    assert!(echo.contains("It said: text, \"Hello\".") && echo.contains("kept the connection open"), "{echo}");
    let bye = text(&["ws", "forge", "--close", "1000", "--ask", &url]);
    assert!(bye.contains("It said: close 1000.") && bye.contains("It ended the connection."), "{bye}");
    let said = json(&text(&["ws", "forge", "--bad", "unmasked", "--ask", &url, "--format", "json"]));
    let verdict = said.last().expect("a verdict");
    assert_eq!((&verdict["said_by"], &verdict["ended"]), (&"asked server".into(), &true.into()), "{verdict}");
    server.join().expect("it ends");
}

#[test]
fn a_mistake_can_be_made_in_a_text_of_ones_own() {
    let drawn = text(&["ws", "forge", "--bad", "unmasked", "--text", "Grüße"]);
    let words = ["81 07 47 72 c3 bc c3 9f 65", "a client that does not mask", "1002"];
    assert!(words.iter().all(|word| drawn.contains(word)), "{drawn}");
}

/// A server that takes the connection and then says nothing: whoever has enough of it need not wait.
#[cfg(unix)]
#[test]
fn the_first_ctrl_c_ends_the_question_to_a_server_that_says_nothing() {
    use nix::sys::signal::{Signal, kill};
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("bound"));
    let mut command = Command::new(LAYERCAKE);
    command.args(["ws", "forge", "--text", "x", "--ask", &url]).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().expect("layercake runs");
    let (mut taken, _) = listener.accept().expect("a client");
    // Its request is here: it waits for the answer.
    std::io::Read::read_exact(&mut taken, &mut [0; 16]).expect("a request");
    kill(nix::unistd::Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).expect("it lives");
    let output = child.wait_with_output().expect("it ends");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && error.contains("stopped before the server"), "{error}");
}
