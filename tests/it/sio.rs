//! `sio serve` against npm's socket.io-client, `sio trace` against npm's socket.io, and both against whoever means harm.
//! All ports are free ones of loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{LAYERCAKE, have, root};

/// Whoever waits longer than this waits for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// `sio serve` on a free port.
struct Server(Child, u16);

impl Server {
    fn start(more: &[&str]) -> Self {
        let mut child = Command::new("timeout")
            // Without --foreground it would pass a signal on twice, and the second Ctrl-C ends the server at once.
            .args(["--foreground", "90", LAYERCAKE, "sio", "serve", "--port", "0"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("layercake");
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().expect("its words")).read_line(&mut line).expect("it speaks");
        let port = line.split(['/', ':']).find_map(|word| word.parse().ok());
        Server(child, port.unwrap_or_else(|| panic!("no port in {line}")))
    }

    /// Stops it; gives what it told.
    fn stop(self) -> String {
        kill(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGINT).expect("it runs");
        let output = self.0.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told = String::from_utf8(output.stdout).expect("text");
        assert!(!told.contains('\x1b'), "ESC in {told}");
        told
    }

    /// One request; status line, headers and body of its answer.
    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.1)).expect("loopback");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, query: &str, headers: &str) -> String {
        self.ask(&format!("GET /socket.io/?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"))
    }

    fn post(&self, sid: &str, body: &str) -> String {
        let head = format!("POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: localhost");
        self.ask(&format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
    }

    /// A new session over requests.
    fn session(&self) -> String {
        let answer = self.get("EIO=4&transport=polling", "");
        let sid = answer.split("\"sid\":\"").nth(1).and_then(|rest| rest.split('"').next());
        sid.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

fn npm() -> bool {
    have("node") && {
        let there = root().join("target/peers/node_modules/socket.io-client").is_dir();
        if !there {
            eprintln!("skipped: socket.io-client is not installed in target/peers; ./test.sh does that");
        }
        there
    }
}

fn node(script: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args(["60", "node"]).arg(root().join("tests/peers").join(script));
    command.env("NODE_PATH", root().join("target/peers/node_modules"));
    command
}

/// The official client, over these transports; gives what our server told.
fn visited(transports: &str) -> Option<String> {
    if !npm() {
        return None;
    }
    let server = Server::start(&["--width", "200"]);
    let output = node("sio_client.js").args([&server.1.to_string(), transports]).output().expect("node");
    let told = server.stop();
    assert!(output.status.success(), "{}\n{told}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("all well"));
    Some(told)
}

#[test]
fn the_official_client_chats_over_requests_only() {
    let Some(told) = visited("polling") else { return };
    assert!(!told.contains("  WS "), "{told}");
    assert!(told.contains("4 message 2 event \"chat message\", wants answer 0"), "{told}");
}

#[test]
fn the_official_client_chats_over_a_websocket_only() {
    let Some(told) = visited("websocket") else { return };
    assert!(!told.contains("  HTTP "), "{told}");
}

#[test]
fn the_official_client_moves_from_requests_to_a_websocket() {
    let Some(told) = visited("polling,websocket") else { return };
    for words in
        ["2probe", "3probe", "5 upgrade", "moved: no more HTTP requests", "\"disconnect me\"", "Invalid namespace"]
    {
        assert!(told.contains(words), "{words} is missing in {told}");
    }
}

/// Runs `sio trace`; gives output, complaints, success.
fn trace(port: u16, more: &[&str]) -> (String, String, bool) {
    let url = format!("ws://127.0.0.1:{port}");
    let output = Command::new("timeout")
        .args(["60", LAYERCAKE, "sio", "trace", &url, "--width", "200", "--for", "300ms"])
        .args(more)
        .stdin(Stdio::null())
        .output()
        .expect("layercake");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr), output.status.success())
}

#[test]
fn our_client_talks_to_the_official_server_in_every_way() {
    if !npm() {
        return;
    }
    let mut server = node("sio_server.js").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node");
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().expect("its words")).read_line(&mut line).expect("it speaks");
    let port = line.trim().parse().expect("a port");
    for way in ["auto", "polling", "websocket"] {
        let (out, err, well) = trace(port, &["--transport", way, "--emit", "question", "--json", "\"Soup\""]);
        assert!(well, "{out}{err}");
        for words in ["430[\"Soup? Yes.\"]", "event 0 was answered after", "then 1 attachment", "3 bytes"] {
            assert!(out.contains(words), "{way}: {words} is missing in {out}");
        }
        assert_eq!(out.contains("moved: no more HTTP requests"), way == "auto", "{out}");
    }
    let secret = ["--namespace", "/secret", "--emit", "hi"];
    let (_, err, well) = trace(port, &secret);
    assert!(!well && err.contains("no way into /secret") && err.contains("who are you"), "{err}");
    let (out, err, well) = trace(port, &[&secret[..], &["--auth", "{\"token\":\"1\"}"]].concat());
    assert!(well && out.contains("43/secret,0[\"hi\"]"), "{out}{err}");
    let out = trace(port, &["--namespace", "/secret", "--auth", "{\"token\":\"1\"}", "--emit", "out"]).0;
    assert!(out.contains("io server disconnect"), "{out}");
    drop(server.stdin.take());
    server.wait().expect("it ends");
}

#[test]
fn our_client_says_clearly_why_there_is_no_session() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let (_, err, well) = trace(nobody, &["--emit", "hi"]);
    assert!(!well && err.contains("cannot be reached: connection refused") && err.contains("hint:"), "{err}");
    let server = Server::start(&[]);
    let (_, err, well) = trace(server.1, &["--emit", "hi", "--namespace", "/none"]);
    assert!(!well && err.contains("Invalid namespace"), "{err}");
    server.stop();
}

#[test]
fn packets_of_both_can_be_shown_as_any_capture() {
    let server = Server::start(&["--format", "json"]);
    let (out, err, well) = trace(server.1, &["--emit", "chat message", "--json", "\"hi\"", "--format", "json"]);
    assert!(well, "{err}");
    for told in [out, server.stop()] {
        let has = |words: &str| told.lines().any(|line| line.contains(words));
        assert!(has("\"socket_io\"") && has("\"engine_io\"") && has("chat message"), "{told}");
    }
}

#[test]
fn wrong_requests_get_engine_ios_own_answers() {
    let server = Server::start(&[]);
    let sid = server.session();
    for (query, headers, status, body) in [
        ("EIO=4&transport=abc", "", "400", "{\"code\":0,\"message\":\"Transport unknown\"}"),
        ("EIO=4&transport=polling&sid=abc", "", "400", "{\"code\":1,\"message\":\"Session ID unknown\"}"),
        ("EIO=4&transport=websocket", "", "400", "{\"code\":3,\"message\":\"Bad request\"}"),
        ("EIO=3&transport=polling", "", "400", "{\"code\":5,\"message\":\"Unsupported protocol version\"}"),
        ("EIO=4&transport=polling", "Origin: http://evil.example\r\n", "403", "{\"code\":4,\"message\":\"Forbidden\"}"),
    ] {
        let answer = server.get(query, headers);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.ends_with(body), "{query}: {answer}");
    }
    let answer = server.post("", "4hello");
    assert!(answer.ends_with("{\"code\":2,\"message\":\"Bad handshake method\"}"), "{answer}");
    let rebound = server
        .ask("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 403"), "{rebound}");
    let local = server.get("EIO=4&transport=polling", "Origin: http://localhost:5173\r\n");
    let allowed = "access-control-allow-origin: http://localhost:5173";
    assert!(local.to_lowercase().contains(allowed), "{local}");
    assert!(server.post(&sid, "40").ends_with("ok"));
    let told = server.stop();
    assert!(told.contains("refused: Transport unknown"), "{told}");
}

#[test]
fn who_means_harm_loses_his_own_session_and_no_more() {
    let server = Server::start(&[]);
    let bystander = server.session();
    let query = |sid: &str| format!("EIO=4&transport=polling&sid={sid}");
    for (body, status) in [
        ("abc".to_owned(), "400"),
        ("4abc".to_owned(), "400"),
        ("42[\"early\"]".to_owned(), "400"),
        ("4\u{1e}\u{1e}".to_owned(), "400"),
        ("40\u{1e}42{}".to_owned(), "400"),
        (format!("40\u{1e}42[\"a\",{}", "[".repeat(100_000)), "400"),
        (format!("4{}", "a".repeat(1_000_001)), "413"),
    ] {
        let sid = server.session();
        let answer = server.post(&sid, &body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{}: {answer}", &body[..body.len().min(40)]);
        assert!(server.get(&query(&sid), "").contains("Session ID unknown"));
    }
    // A body without end is read no further than it may be.
    let sid = server.session();
    let mut stream = TcpStream::connect(("127.0.0.1", server.1)).expect("loopback");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    let head =
        format!("POST /socket.io/?{} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", query(&sid));
    stream.write_all(head.as_bytes()).expect("sent");
    let piece = format!("10000\r\n{}\r\n", "4".repeat(0x10000));
    let written = (0..4000).take_while(|_| stream.write_all(piece.as_bytes()).is_ok()).count();
    assert!(written < 4000, "somebody read 250 MB");
    assert!(server.get(&query(&sid), "").contains("Session ID unknown"));
    assert!(server.post(&bystander, "40").ends_with("ok"), "nobody else was hurt");
    server.stop();
}

#[test]
fn sessions_are_as_many_as_there_may_be_and_no_more() {
    let server = Server::start(&["-q"]);
    let mut stream = TcpStream::connect(("127.0.0.1", server.1)).expect("loopback");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let request = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let (mut refused, mut buffer) = (false, vec![0; 64 * 1024]);
    for _ in 0..5000 {
        stream.write_all(request.as_bytes()).expect("sent");
        let length = stream.read(&mut buffer).expect("answered");
        refused |= buffer[..length].starts_with(b"HTTP/1.1 503");
    }
    assert!(refused, "5,000 sessions were let in");
    server.stop();
}
