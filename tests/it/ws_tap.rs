//! `ws tap` with the real binary between real programs: npm's `ws`, Socket.IO, curl, and sockets of the test's own.
//! All ports are free ones of loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{LAYERCAKE, have, root};

/// Whoever waits longer than this waits for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// A tap that runs.
struct Tap {
    child: Guard,
    /// Its output, or nobody reads it.
    out: Option<BufReader<ChildStdout>>,
    head: String,
    port: u16,
}

/// Where a test fails, nothing of it stays behind.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

impl Tap {
    /// Starts it and reads up to where it says its port.
    fn start(to: &str, more: &[&str]) -> Tap {
        let mut child = Command::new(LAYERCAKE)
            .args(["ws", "tap", "--listen", "0", "--to", to])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("layercake");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut head = String::new();
        if more.contains(&"--format") || more.contains(&"-q") {
            let mut err = BufReader::new(child.stderr.as_mut().expect("its complaints"));
            err.read_line(&mut head).expect("said");
        } else {
            out.read_line(&mut head).expect("said");
        }
        let words = head.split("127.0.0.1:").nth(1).unwrap_or_else(|| panic!("no port in {head}"));
        let port = words.split(' ').next().and_then(|digits| digits.parse().ok()).expect("a port");
        Tap { child: Guard(child), out: Some(out), head, port }
    }

    fn at(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at()).expect("the tap listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Ctrl-C; all that it said.
    fn stop(mut self) -> String {
        std::thread::sleep(Duration::from_millis(300));
        kill(Pid::from_raw(self.child.0.id().cast_signed()), Signal::SIGINT).expect("it runs");
        let mut said = std::mem::take(&mut self.head);
        if let Some(mut out) = self.out.take() {
            out.read_to_string(&mut said).expect("text");
        }
        let mut err = String::new();
        self.child.0.stderr.take().expect("its complaints").read_to_string(&mut err).expect("text");
        assert!(self.child.0.wait().expect("it ends").success(), "{said}\n{err}");
        assert!(!said.contains('\x1b'), "ESC in {said}");
        said + &err
    }
}

/// Echoes every connection, with its half-close.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut reader = stream.try_clone().expect("a copy");
                let _ = std::io::copy(&mut reader, &mut &stream);
                let _ = stream.shutdown(Shutdown::Write);
            });
        }
    });
    address
}

/// The programs of `tests/peers/tap.js`.
struct Peers {
    child: Child,
    out: BufReader<ChildStdout>,
    port: String,
}

fn peers(mode: &str) -> Option<Peers> {
    let modules = root().join("target/peers/node_modules");
    if !have("node") || !modules.join("ws").is_dir() {
        eprintln!("skipped: npm's ws is not installed in target/peers; ./test.sh does that");
        return None;
    }
    let mut child = Command::new("timeout")
        .arg("60")
        .arg("node")
        .arg(root().join("tests/peers/tap.js"))
        .arg(mode)
        .env("NODE_PATH", modules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut port = String::new();
    out.read_line(&mut port).expect("its port");
    Some(Peers { child, out, port: port.trim().to_owned() })
}

impl Peers {
    /// Lets them talk through this port; what the client and the server found.
    fn talk(&mut self, port: u16, lines: usize) -> String {
        let stdin = self.child.stdin.as_mut().expect("its input");
        stdin.write_all(format!("{port}\n").as_bytes()).expect("told");
        let mut said = String::new();
        for _ in 0..lines {
            self.out.read_line(&mut said).expect("said");
        }
        said
    }

    fn leave(mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The same numbers on every run.
fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn a_websocket_talks_through_it_and_every_frame_is_told() {
    for mode in ["ws", "deflate"] {
        let Some(mut peers) = peers(mode) else { return };
        let tap = Tap::start(&format!("localhost:{}", peers.port), &[]);
        let heard = peers.talk(tap.port, 2);
        let said = tap.stop();
        peers.leave();
        assert!(heard.contains(r#""code":4001,"reason":"enough""#) && heard.contains("pong are you there"), "{heard}");
        for words in [
            "new WebSocket('ws://localhost:",
            "opened by 127.0.0.1:",
            "HTTP GET /chat",
            "Sec-WebSocket-Key:",
            "HTTP 101",
            "\"The soup is ready.\"",
            "Once upon a time.",
            "ping len=13",
            "pong len=13",
            "4001 \"enough\"",
            "sends no more (FIN)",
            "long long",
        ] {
            assert!(said.contains(words), "`{words}` is missing in mode {mode}:\n{said}");
        }
        assert_eq!(said.matches("\"The soup is ready.\"").count(), 4, "two there, two back:\n{said}");
    }
}

#[test]
fn socket_io_polls_upgrades_and_its_events_are_named() {
    let Some(mut peers) = peers("sio") else { return };
    let tap = Tap::start(&format!("ws://localhost:{}", peers.port), &[]);
    let heard = peers.talk(tap.port, 1);
    let said = tap.stop();
    peers.leave();
    assert!(heard.contains("Soup? Yes."), "{heard}");
    for words in
        ["GET /socket.io/?EIO=4&transport=polling", "transport=websocket", "probe", "question", "Soup? Yes.", "#2"]
    {
        assert!(said.contains(words), "`{words}` is missing:\n{said}");
    }
}

#[test]
fn bytes_pass_unchanged_in_both_directions_and_ends_stay_half() {
    let tap = Tap::start(&echo().to_string(), &["-q"]);
    let sent = noise(3_000_000, 7);
    let stream = tap.connect();
    let mut writer = stream.try_clone().expect("a copy");
    let copy = sent.clone();
    let writing = std::thread::spawn(move || {
        writer.write_all(&copy).expect("sent");
        writer.shutdown(Shutdown::Write).expect("half-closed");
    });
    let mut heard = Vec::new();
    (&stream).read_to_end(&mut heard).expect("an end");
    writing.join().expect("no panic");
    assert!(heard == sent, "{} bytes of {}", heard.len(), sent.len());
    tap.stop();
}

#[test]
fn who_breaks_off_is_passed_on_in_both_directions() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let tap = Tap::start(&listener.local_addr().expect("bound").to_string(), &[]);
    let broken = |stream: &mut TcpStream| stream.read(&mut [0]).map_err(|error| error.kind());
    let abort = |stream: TcpStream| {
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("a socket");
    };
    for client_breaks in [true, false] {
        let mut client = tap.connect();
        let (mut server, _) = listener.accept().expect("a client");
        server.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        client.write_all(b"x").expect("sent");
        server.read_exact(&mut [0]).expect("heard");
        let found = if client_breaks {
            abort(client);
            broken(&mut server)
        } else {
            abort(server);
            broken(&mut client)
        };
        assert_eq!(found, Err(std::io::ErrorKind::ConnectionReset), "the client breaks off: {client_breaks}");
    }
    let said = tap.stop();
    for words in
        ["the client broke the connection off (RST)", "the server broke the connection off (RST)", "1 byte: \"x\""]
    {
        assert!(said.contains(words), "`{words}` is missing:\n{said}");
    }
}

#[test]
fn curl_asks_twice_on_one_connection() {
    if !have("curl") || !have("python3") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("soup.txt"), "The soup is ready.\n").expect("written");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let script = "import http.server,sys,functools\nH=http.server.SimpleHTTPRequestHandler\nH.protocol_version='HTTP/1.1'\n\
                  s=http.server.ThreadingHTTPServer(('127.0.0.1',int(sys.argv[1])),H)\nprint('up',flush=True)\ns.serve_forever()";
    let mut server = Command::new("python3")
        .args(["-c", script, &port.to_string()])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("python");
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut String::new()).expect("it is up");
    let tap = Tap::start(&port.to_string(), &[]);
    let url = format!("http://127.0.0.1:{}/soup.txt", tap.port);
    let curl = Command::new("curl").args(["-s", "--max-time", "20", &url, &url]).output().expect("curl");
    let said = tap.stop();
    let _ = server.kill();
    let _ = server.wait();
    assert_eq!(String::from_utf8_lossy(&curl.stdout), "The soup is ready.\nThe soup is ready.\n");
    assert_eq!(said.matches("HTTP GET /soup.txt").count(), 2, "{said}");
    assert!(said.contains("HTTP 200") && !said.contains("#2 "), "one connection: {said}");
}

#[test]
fn sixty_four_connections_at_once_are_told_apart_and_one_more_may_be_too_many() {
    let tap = Tap::start(&echo().to_string(), &["--max-clients", "64"]);
    let mut all: Vec<TcpStream> = (0..64).map(|_| tap.connect()).collect();
    for (number, stream) in all.iter_mut().enumerate() {
        stream.write_all(format!("soup {number:02}").as_bytes()).expect("sent");
    }
    for (number, stream) in all.iter_mut().enumerate() {
        let mut heard = [0; 7];
        stream.read_exact(&mut heard).expect("echoed");
        assert_eq!(heard, format!("soup {number:02}").as_bytes());
    }
    let mut late = tap.connect();
    assert!(matches!(late.read(&mut [0]), Ok(0) | Err(_)), "it is turned away");
    drop(all);
    let said = tap.stop();
    for words in ["#64 ", "\"soup 63\"", "was turned away: 64 connections are open already"] {
        assert!(said.contains(words), "`{words}` is missing:\n{said}");
    }
}

#[test]
fn a_server_that_is_not_there_is_explained_and_the_client_is_hung_up_on() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let free = listener.local_addr().expect("bound");
    drop(listener);
    let tap = Tap::start(&free.to_string(), &[]);
    assert!(matches!(tap.connect().read(&mut [0]), Ok(0) | Err(_)));
    let said = tap.stop();
    for words in ["connection refused", "502 Bad Gateway", "is the server running"] {
        assert!(said.contains(words), "`{words}` is missing:\n{said}");
    }
}

#[test]
fn a_tap_to_itself_or_on_a_taken_port_is_refused() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    let tap = |listen: &str, to: &str| {
        let output = Command::new(LAYERCAKE).args(["ws", "tap", "--listen", listen, "--to", to]).output();
        let output = output.expect("layercake");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = tap(&port, "localhost:9");
    assert!(code == Some(1) && said.contains("another program has that port") && said.contains("hint:"), "{said}");
    drop(taken);
    let (code, said) = tap(&port, &format!("localhost:{port}"));
    assert!(code == Some(1) && said.contains("is this tap itself") && said.contains("hint:"), "{said}");
    let (code, said) = tap(&port, "localhost:8000/chat");
    assert!(code == Some(2) && said.contains("the path comes from the client"), "{said}");
}

#[test]
fn nobody_who_reads_our_output_slows_the_connection_and_the_file_says_what_it_lacks() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("talk.pcapng");
    let tap = Tap::start(&echo().to_string(), &["--format", "hex", "-w", &file.to_string_lossy()]);
    let mut stream = tap.connect();
    let (sent, mut heard) = (noise(500, 1), vec![0; 500]);
    // More pieces pass than the queue holds, and nobody reads what is shown of them.
    for _ in 0..6000 {
        stream.write_all(&sent).expect("sent");
        stream.read_exact(&mut heard).expect("the echo goes on");
        assert!(heard == sent);
    }
    drop(stream);
    let said = tap.stop();
    assert!(said.contains("could not be shown") && said.contains("nor is it in the file"), "{said:.300}");
    let read = Command::new(LAYERCAKE)
        .args(["capture", "--format", "json", "-r"])
        .arg(&file)
        .output()
        .expect("layercake reads it");
    assert!(String::from_utf8_lossy(&read.stdout).contains("crossed before this packet and were not recorded"));
}

#[test]
fn tls_to_the_server_is_ended_in_the_tap_and_what_it_hides_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem").to_string_lossy().into_owned();
    let (url, pem) = crate::ws_trace::secure();
    std::fs::write(&ca, pem).expect("written");
    let tap = Tap::start(&url, &["--ca", &ca]);
    let client = Command::new("timeout")
        .args(["60", LAYERCAKE, "ws", "trace", &format!("ws://127.0.0.1:{}/", tap.port), "--send", "sealed"])
        .stdin(Stdio::null())
        .output()
        .expect("layercake");
    let (said, heard) = (tap.stop(), String::from_utf8_lossy(&client.stdout).into_owned());
    assert!(client.status.success() && heard.matches("\"sealed\"").count() == 2, "{heard}\n{said}");
    assert!(said.contains("wss://127.0.0.1:") && said.matches("\"sealed\"").count() == 2, "{said}");
    // Who vouches for it is asked for every connection.
    let tap = Tap::start(&crate::ws_trace::secure().0, &[]);
    assert!(matches!(tap.connect().read(&mut [0]), Ok(0) | Err(_)));
    let said = tap.stop();
    assert!(said.contains("TLS failed") && said.contains("trusts vouches for"), "{said}");
}

/// `ws replay` with these arguments: exit code and all that it said.
fn replay(args: &[&str]) -> (Option<i32>, String) {
    let output =
        Command::new("timeout").args(["60", LAYERCAKE, "ws", "replay"]).args(args).output().expect("layercake");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn what_was_recorded_is_read_again_and_played_against_the_same_server_and_another_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.pcapng").to_string_lossy().into_owned();
    let Some(mut peers) = peers("deflate") else { return };
    let tap = Tap::start(&peers.port, &["-q", "-w", &path]);
    peers.talk(tap.port, 2);
    tap.stop();
    let read = Command::new(LAYERCAKE).args(["capture", "-r", &path]).output().expect("layercake");
    let read = String::from_utf8_lossy(&read.stdout).into_owned();
    assert!(read.contains("Once upon a time.") && read.contains("4001"), "{read}");
    let (code, listed) = replay(&[&path]);
    assert!(code == Some(0) && listed.contains("/chat") && listed.contains("6 messages there, 6 back"), "{listed}");
    let (code, told) = replay(&[&path, "--dry-run", "--format", "json"]);
    assert!(code == Some(0) && told.contains(r#""outwards":true,"kind":"text","text":"The soup is ready.""#), "{told}");
    // The same server gives the same answers, in one way or the other.
    let to = format!("ws://localhost:{}", peers.port);
    let (code, same) = replay(&[&path, "1", "--to", &to, "--speed", "10"]);
    assert_eq!(code, Some(0), "{same}");
    assert!(same.contains("All 6 messages are as they were recorded"), "{same}");
    // Our own stand-in plays the server, and a program of others cannot tell.
    let stand_in = Command::new(LAYERCAKE)
        .args(["ws", "replay", &path, "--serve", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("layercake");
    let mut stand_in = Guard(stand_in);
    let mut out = BufReader::new(stand_in.0.stdout.take().expect("its output"));
    let mut line = String::new();
    while !line.contains("ws://localhost:") {
        assert!(out.read_line(&mut line).expect("said") > 0, "{line}");
    }
    let digits = line.split("ws://localhost:").nth(1).and_then(|rest| rest.split('/').next()).expect("a port");
    // The first line is what the real server says of the replay before.
    let heard = peers.talk(digits.parse().expect("a port"), 2);
    assert!(heard.contains(r#""code":4001"#) && heard.contains("10000"), "{heard}");
    let (code, twice) = replay(&[&path, "--to", &format!("ws://localhost:{digits}"), "--speed", "0"]);
    assert!(code == Some(0) && twice.contains("All 6 messages"), "{twice}");
    kill(Pid::from_raw(stand_in.0.id().cast_signed()), Signal::SIGINT).expect("it runs");
    let mut said = String::new();
    out.read_to_string(&mut said).expect("text");
    assert!(stand_in.0.wait().expect("it ends").success() && said.contains("has gone"), "{said}");
    peers.leave();
    // A server that says something else, and one that is not there.
    let Some(other) = peers_of_another_mind() else { return };
    let (code, different) = replay(&[&path, "--to", &format!("ws://{other}"), "--speed", "0", "--patience", "300ms"]);
    assert_eq!(code, Some(1), "{different}");
    assert!(different.contains("missing: ") || different.contains("different\n      then"), "{different}");
    let (code, gone) = replay(&[&path, "--to", &to]);
    assert!(code == Some(1) && gone.contains("cannot be reached") && gone.contains("hint:"), "{gone}");
}

/// A WebSocket server that answers everything with "no".
fn peers_of_another_mind() -> Option<SocketAddr> {
    use layercake::websocket::{Endpoint, Limits, Role};
    let listener = TcpListener::bind("127.0.0.1:0").ok()?;
    let address = listener.local_addr().ok()?;
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a head");
            head.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        let key = text.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("a key");
        let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        stream.write_all(answer.as_bytes()).expect("answered");
        let mut end = Endpoint::new(Role::Server, Limits::default(), None);
        let mut room = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut room) {
            end.receive(&room[..length]);
            while let Ok(Some(_)) = end.next() {
                end.text("no");
            }
            if stream.write_all(&std::mem::take(end.outbox())).is_err() {
                return;
            }
        }
    });
    Some(address)
}
