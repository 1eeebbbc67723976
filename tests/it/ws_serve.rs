//! `layercake ws serve`, the real binary, with real clients: Chromium, npm `ws`, python `websockets`, curl, and hostile ones.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{LAYERCAKE, have, root};

const KEY: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
    said: Arc<Mutex<String>>,
}

impl Server {
    fn start(more: &[&str]) -> Self {
        let mut child = Command::new(LAYERCAKE)
            .args(["ws", "serve", "--port", "0"])
            .args(more)
            .env_remove("LAYERCAKE_A11Y")
            .env("LC_ALL", "C.UTF-8")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let said = Arc::new(Mutex::new(String::new()));
        let (out, kept) = (child.stdout.take().expect("piped"), Arc::clone(&said));
        std::thread::spawn(move || {
            let mut out = BufReader::new(out);
            let mut line = Vec::new();
            while out.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                *kept.lock().expect("no panic") += &String::from_utf8_lossy(&line);
                line.clear();
            }
        });
        let mut server = Server { child, port: 0, said };
        server.says("://localhost:");
        let said = server.text();
        let digits = said.split("://localhost:").nth(1).expect("said so");
        server.port = digits.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a port");
        server
    }

    fn text(&self) -> String {
        self.said.lock().expect("no panic").clone()
    }

    /// Waits until it is said, on however many lines.
    fn says(&self, text: &str) {
        let begun = Instant::now();
        while !self.text().split_whitespace().collect::<Vec<_>>().join(" ").contains(text) {
            assert!(begun.elapsed() < Duration::from_secs(30), "`{text}` is never said:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn connect(&self) -> TcpStream {
        let tcp = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        tcp.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        tcp
    }

    /// What comes back until the server hangs up.
    fn answers(&self, bytes: &[u8]) -> Vec<u8> {
        let mut tcp = self.connect();
        tcp.write_all(bytes).expect("open");
        let mut heard = Vec::new();
        let _ = tcp.read_to_end(&mut heard);
        heard
    }

    /// The code of the close frame that comes back, after an open handshake.
    fn closes_with(&self, frames: &[u8]) -> u16 {
        let asked = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{KEY}{VERSION}\r\n");
        let heard = self.answers(&[asked.as_bytes(), frames].concat());
        let at = heard.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
        let close = heard[at..].iter().rposition(|byte| *byte == 0x88).expect("a close frame") + at;
        u16::from_be_bytes([heard[close + 2], heard[close + 3]])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() < 126);
    [&[first, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat()
}

/// A program with the packages of `target/peers`; `None`, with a message, where they are missing.
fn node(script: &str, arguments: &[&str]) -> Option<String> {
    let modules = root().join("target/peers/node_modules");
    if !have("node") || !modules.join("ws").exists() {
        eprintln!("skipped: node with the packages of target/peers (test.sh installs them) is missing");
        return None;
    }
    let output = Command::new("timeout")
        .args(["90", "node"])
        .arg(root().join("tests/peers").join(script))
        .args(arguments)
        .env("NODE_PATH", modules)
        .output()
        .expect("node runs");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn chromium_shows_the_frame_of_hello_bit_by_bit_and_works_by_keyboard_alone() {
    if !have("chromium") {
        eprintln!("skipped: chromium is missing");
        return;
    }
    let server = Server::start(&[]);
    let Some(seen) = node("page.js", &[&format!("http://localhost:{}/", server.port)]) else { return };
    let seen: serde_json::Value = serde_json::from_str(&seen).expect("JSON");
    assert_eq!(seen["bytes"], "byte 0 = 81 byte 1 = 85");
    assert_eq!(seen["rows"][3], "= in plain: 48 65 6c 6c 6f");
    assert_eq!(seen["focused"], "text", "after Connect the cursor stands where one types");
    assert!(seen["explained"].as_str().is_some_and(|text| text.starts_with("RSV 1-3.")), "{seen}");
    assert_eq!((&seen["derived"], &seen["wide"]), (&true.into(), &true.into()), "{seen}");
    assert!(seen["closed"].as_str().is_some_and(|text| text.contains("code 1000") && text.contains("wasClean true")));
    assert_eq!(seen["trouble"], serde_json::json!([]), "no error, no breach of the policy");
    let foreign = |url: &serde_json::Value| !url.as_str().is_some_and(|url| url.contains("localhost"));
    assert!(!seen["asked"].as_array().expect("a list").iter().any(foreign), "{seen}");
    server.says("closed, both said goodbye with code 1000");
    assert!(server.text().contains("\"Hello\""));
}

#[test]
fn npm_ws_and_python_websockets_hear_their_own_words_also_compressed() {
    let server = Server::start(&["--deflate", "--protocol", "chat.v1"]);
    let url = format!("ws://localhost:{}/any/path", server.port);
    if let Some(said) = node("serve_client.js", &[&url]) {
        assert_eq!(said.trim(), "permessage-deflate chat.v1 70000 true 1000");
    }
    let python = "import asyncio, sys, websockets\n\
        async def main():\n    async with websockets.connect(sys.argv[1]) as ws:\n        await ws.recv()\n        \
        await ws.send('κόσμε' * 1000)\n        print(len(await ws.recv()))\n        await (await ws.ping())\n\
        asyncio.run(main())";
    let installed = root().join("target/peers/py/bin/python");
    let output =
        Command::new("timeout").arg("60").arg(installed).args(["-c", python, &url]).output().expect("timeout runs");
    let wrong = String::from_utf8_lossy(&output.stderr);
    if wrong.contains("No module named") || wrong.contains("No such file") {
        eprintln!("skipped: python websockets is not installed in target/peers; ./test.sh does that");
    } else {
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "5000", "{wrong}");
    }
}

#[test]
fn every_wrong_request_has_its_right_answer_in_words() {
    let server = Server::start(&["--origin", "http://good.example"]);
    let ask = |line: &str, headers: &str| {
        let head = format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n");
        String::from_utf8_lossy(&server.answers(head.as_bytes())).into_owned()
    };
    for (line, headers, status, words) in [
        ("GET /", "", "200", "WebSocket, from both ends"),
        ("GET /other", "", "404", "the only one is at /"),
        ("POST /", "", "405", "Allow: GET, HEAD"),
        ("POST /", &format!("{KEY}{VERSION}"), "405", "begins with GET"),
        ("GET /", KEY, "400", "Sec-WebSocket-Version is missing"),
        ("GET /", &format!("{}{VERSION}", KEY.replace("dGhl", "")), "400", "Base64 of 16 bytes"),
        ("GET /", &format!("{KEY}Sec-WebSocket-Version: 8\r\n"), "426", "Sec-Websocket-Version: 13"),
        ("GET /", &format!("{KEY}{VERSION}Origin: http://evil.example\r\n"), "403", "evil.example may not connect"),
        ("GET /live?token=x", &format!("{KEY}{VERSION}"), "403", "Only a page of this server"),
        ("GET /live", &format!("{KEY}{VERSION}Origin: http://evil.example\r\n"), "403", "evil.example"),
        ("GET /", &format!("X: {}\r\n", "a".repeat(20_000)), "431", ""),
    ] {
        let answer = ask(line, headers);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {headers}: {answer}");
        assert!(answer.contains(words), "{line} {headers}: {answer}");
    }
    let rebound = server.answers(b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(rebound.starts_with(b"HTTP/1.1 403"));
    server.says("the head of the request is larger than");
    server.says("DNS rebinding");
}

#[test]
fn hostile_clients_are_ended_with_the_right_code_and_nothing_of_theirs_reaches_the_terminal() {
    let server = Server::start(&["--max-message", "1000", "--deflate"]);
    assert_eq!(server.closes_with(b"\x81\x01a"), 1002, "unmasked");
    assert_eq!(server.closes_with(&masked(0x81, b"\xff")), 1007, "no UTF-8");
    assert_eq!(server.closes_with(b"\x82\xff\x00\x00\x00\x00\x7f\x00\x00\x00\0\0\0\0"), 1009, "oversized");
    assert_eq!(server.closes_with(&masked(0x83, b"")), 1002, "an opcode that is not defined");
    let evil = [masked(0x81, b"\x1b]0;owned\x07\x1b[2J"), masked(0x88, b"\x03\xe8\x1b[31m")].concat();
    assert_eq!(server.closes_with(&evil), 1000);
    server.says("1007: a text is not UTF-8");
    server.says("1009: the frame is larger than is allowed");
    let _ = server.answers(b"GET /\x1b[31m HTTP/1.1\r\nX: \x1b[2J\r\n\r\n");
    server.says("this is no HTTP request");
    server.says("both said goodbye with code 1000");
    assert!(!server.text().contains(['\x1b', '\x07']), "{:?}", server.text());
    // A bomb: a deflate stream of a thousand bytes that becomes a million.
    let asked = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\n{KEY}{VERSION}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    );
    let mut packed = Vec::new();
    let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
    packed.reserve(4000);
    deflate.compress_vec(&vec![0; 80_000], &mut packed, flate2::FlushCompress::Sync).expect("compresses");
    let heard = server.answers(&[asked.as_bytes(), &masked(0xc1, &packed)].concat());
    assert!(heard.windows(4).any(|w| w[0] == 0x88 && w[2..] == [0x03, 0xf1]), "{heard:?}");
    server.says("inflates to more than is allowed");
}

#[test]
fn a_slow_head_ends_after_ten_seconds_and_many_clients_are_told_so() {
    let server = Server::start(&["--max-clients", "3"]);
    let mut slow: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
    slow[0].write_all(b"GET / HTTP/1.1\r\nX: ").expect("open");
    std::thread::sleep(Duration::from_millis(300));
    let turned_away = server.answers(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(turned_away.starts_with(b"HTTP/1.1 503"), "{turned_away:?}");
    server.says("3 clients are here already");
    let mut rest = Vec::new();
    let _ = slow[0].read_to_end(&mut rest);
    server.says("did not arrive within 10 s");
}

#[test]
fn thousands_of_clients_that_come_at_once_are_answered_or_told_why_not() {
    let server = Server::start(&[]);
    let asked = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{KEY}{VERSION}\r\n");
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    let at_once =
        if files.is_some_and(|files| files.parse().is_ok_and(|files: u64| files < 4000)) { 200 } else { 1000 };
    let (mut opened, mut refused) = (0, 0);
    for _ in 0..3 {
        let mut all: Vec<TcpStream> = (0..at_once).map(|_| server.connect()).collect();
        for tcp in &mut all {
            let _ = tcp.write_all(asked.as_bytes()); // who was refused may have been hung up on already
        }
        for tcp in &mut all {
            let mut status = [0; 12];
            match tcp.read_exact(&mut status).map(|()| status) {
                Ok(status) if status.ends_with(b"101") => opened += 1,
                Ok(status) if status.ends_with(b"503") => refused += 1,
                Ok(status) => panic!("{status:?}"),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(opened >= at_once, "{opened} opened, {refused} refused");
    let page = server.answers(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(page.starts_with(b"HTTP/1.1 200"), "it still answers: {}", String::from_utf8_lossy(&page));
}

#[test]
fn who_stops_the_server_is_followed_by_goodbyes() {
    let mut server = Server::start(&["--describe"]);
    let mut tcp = server.connect();
    let asked = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{KEY}{VERSION}\r\n");
    tcp.write_all(asked.as_bytes()).expect("open");
    server.says("the server sends text");
    kill(Pid::from_raw(server.child.id().cast_signed()), Signal::SIGINT).expect("it runs");
    let mut heard = Vec::new();
    let _ = tcp.read_to_end(&mut heard);
    assert!(heard.ends_with(b"\x03\xe9the server stops"), "{heard:?}");
    drop(tcp);
    assert_eq!(server.child.wait().expect("it ran").code(), Some(0));
}

#[test]
fn packets_are_shown_and_saved_like_those_of_a_capture() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("talk.pcapng");
    // Where packets are shown instead of its own view, nobody says the port: it is chosen here.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let mut child = Command::new(LAYERCAKE)
        .args(["ws", "serve", "--format", "line", "--port", &port.to_string(), "-w"])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut tcp = (0..200)
        .find_map(|_| {
            std::thread::sleep(Duration::from_millis(25));
            TcpStream::connect(("127.0.0.1", port)).ok()
        })
        .expect("it listens");
    let asked = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{KEY}{VERSION}\r\n");
    tcp.write_all(&[asked.as_bytes(), &masked(0x81, b"Hello"), &masked(0x88, b"\x03\xe8")].concat()).expect("open");
    let mut heard = Vec::new();
    let _ = tcp.read_to_end(&mut heard);
    drop(tcp);
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).expect("it runs");
    let mut shown = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut shown).expect("text");
    assert!(child.wait().expect("it ran").success());
    assert!(shown.contains("WebSocket") && shown.contains("Hello"), "{shown}");
    let output = Command::new(LAYERCAKE).args(["capture", "--format", "line", "-r"]).arg(&file).output().expect("runs");
    assert!(String::from_utf8_lossy(&output.stdout).contains("Hello"), "{output:?}");
}
