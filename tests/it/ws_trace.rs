//! `ws trace` with the real binary against servers of the test's own, right and wrong ones, and against npm's `ws`.
//! All ports are free ones of loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use layercake::websocket::{Endpoint, Incoming, Limits, Role, deflate::Agreement};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{LAYERCAKE, have, root};

/// Whoever waits longer than this waits for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server for one connection, in a thread that ends with it.
fn server(at: &str, serve: impl FnOnce(TcpStream) + Send + 'static) -> Option<SocketAddr> {
    let listener = TcpListener::bind(at).ok()?;
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        serve(stream);
    });
    Some(address)
}

fn local(serve: impl FnOnce(TcpStream) + Send + 'static) -> String {
    format!("ws://{}/chat", server("127.0.0.1:0", serve).expect("loopback"))
}

/// Reads a request to its empty line.
fn request(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            break;
        }
        bytes.push(byte[0]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// A right answer to a request, with more headers.
fn answer(request: &str, more: &str) -> String {
    let key = header(request, "Sec-WebSocket-Key").expect("a key");
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{more}\r\n"
    )
}

/// Accepts, says these bytes, and hears until the client is gone.
fn says(bytes: &'static [u8]) -> impl FnOnce(TcpStream) + Send {
    move |mut stream| {
        let asked = request(&mut stream);
        stream.write_all(answer(&asked, "").as_bytes()).expect("answered");
        stream.write_all(bytes).expect("said");
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

/// Answers with something of its own instead of 101, and leaves.
fn refuses(text: &str) -> String {
    let text = text.to_owned();
    local(move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(text.as_bytes());
    })
}

/// Accepts, says welcome, asks for a sign of life, and echoes until goodbye.
fn echo(mut stream: impl Read + Write) {
    let asked = request(&mut stream);
    let accepted = header(&asked, "Sec-WebSocket-Extensions").and_then(Agreement::accept);
    let more = accepted.as_ref().map(|(_, line)| format!("Sec-WebSocket-Extensions: {line}\r\n")).unwrap_or_default();
    stream.write_all(answer(&asked, &more).as_bytes()).expect("answered");
    let mut end = Endpoint::new(Role::Server, Limits::default(), accepted.map(|(agreement, _)| agreement));
    end.text("welcome");
    end.ping(b"alive?");
    let mut buffer = [0; 4096];
    loop {
        stream.write_all(&std::mem::take(end.outbox())).expect("sent");
        stream.flush().expect("sent");
        if end.said_goodbye() {
            break;
        }
        let length = stream.read(&mut buffer).unwrap_or(0);
        if length == 0 {
            return;
        }
        end.receive(&buffer[..length]);
        while let Ok(Some(message)) = end.next() {
            match message {
                Incoming::Text(text) => end.text(&text),
                Incoming::Binary(bytes) => end.binary(&bytes),
                Incoming::Ping(bytes) => end.pong(&bytes),
                Incoming::Pong(_) => {}
                Incoming::Close(close) => end.close(close.map(|(code, _)| code), "bye"),
            }
        }
    }
}

/// Output, complaints, exit code.
struct Said {
    out: String,
    err: String,
    code: Option<i32>,
}

fn start(args: &[&str]) -> Child {
    Command::new("timeout")
        .args(["60", LAYERCAKE, "ws", "trace", "--wait", "300ms"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("layercake")
}

fn trace_with(input: &str, args: &[&str]) -> Said {
    let mut child = start(args);
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("typed");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let said = Said { out: text(output.stdout), err: text(output.stderr), code: output.status.code() };
    assert!(!said.out.contains('\x1b') && !said.err.contains('\x1b'), "ESC in {}{}", said.out, said.err);
    said
}

fn trace(args: &[&str]) -> Said {
    trace_with("", args)
}

impl Said {
    #[track_caller]
    fn has(&self, code: i32, words: &[&str]) {
        for word in words {
            assert!(
                self.out.contains(word) || self.err.contains(word),
                "`{word}` is missing:\n{}\n{}",
                self.out,
                self.err
            );
        }
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
    }
}

#[test]
fn every_step_and_every_frame_is_told_and_typed_lines_are_sent() {
    let typed = "Hello\n/fragment 3 abcdef\n/binary 00 ff\n/ping there\n/nope\n/close 1000 so long\n";
    let said =
        trace_with(typed, &[&local(echo), "--origin", "http://a.example", "--cookie", "a=1", "-H", "X-Mine: yes"]);
    let words = [
        "GET /chat HTTP/1.1",
        "Origin: http://a.example",
        "Cookie: a=1",
        "X-Mine: yes",
        "101 Switching",
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        "the same: this is a WebSocket server",
        "\"welcome\"",
        "\"Hello\"",
        "3 frames joined: \"abcdef\"",
        "00 ff",
        "there and back",
        "no command /nope",
        "1000 normal",
        "both said goodbye",
    ];
    said.has(0, &words);
    // Typed lines may say goodbye before the server's ping has come, and nobody speaks after a goodbye. The echo comes
    // behind the ping: whoever has heard it has answered.
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("script");
    std::fs::write(&script, "x\n/expect x\n").expect("written");
    let answered = trace(&[&local(echo), "--script", &script.to_string_lossy()]);
    answered.has(0, &["\"x\""]);
    assert_eq!(answered.out.matches("alive?").count(), 2, "the ping is answered: {}", answered.out);
    let quiet = trace(&[&local(echo), "--no-pong", "--send", "x"]);
    quiet.has(0, &["\"x\""]);
    assert_eq!(quiet.out.matches("alive?").count(), 1, "{}", quiet.out);
}

#[test]
fn every_wrong_answer_names_the_rule_or_explains_its_status() {
    let right = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: nonsense\r\n\r\n";
    let cases: &[(&str, &[&str])] = &[
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", &["answered 200", "ignored, the wish", "body says: hi"]),
        (
            "HTTP/1.1 301 Moved\r\nLocation: wss://b.example/\r\nContent-Length: 0\r\n\r\n",
            &["points to wss://b.example/", "browsers do not"],
        ),
        ("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", &["answered 400"]),
        ("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", &["who you are"]),
        ("HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\n\x1b[2", &["Often the Origin", r"\x1b"]),
        ("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", &["nothing at this path"]),
        ("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n", &["not made for GET"]),
        (
            "HTTP/1.1 426 Upgrade\r\nSec-WebSocket-Version: 8\r\nContent-Length: 0\r\n\r\n",
            &["another version", "versions that this server"],
        ),
        ("HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", &["the server behind it"]),
        (
            "HTTP/1.1 101 Ok\r\n\r\n",
            &["§4.1, check 2", "Upgrade is missing", "Connection is missing", "Accept is missing"],
        ),
        (&format!("HTTP/1.1 101 Ok\r\n{right}"), &["§4.1, check 4", "not the same"]),
        ("SSH-2.0-OpenSSH_9.9\r\n", &["no HTTP", "another protocol's port"]),
        ("", &["hung up before"]),
    ];
    for (text, words) in cases {
        trace(&[&refuses(text)]).has(1, words);
    }
    let more = |line: &'static str| {
        local(move |mut stream| {
            let asked = request(&mut stream);
            let _ = stream.write_all(answer(&asked, line).as_bytes());
        })
    };
    trace(&[&more("Sec-WebSocket-Protocol: soap\r\n"), "--protocol", "chat"]).has(1, &["check 6", "`soap`"]);
    trace(&[&more("Sec-WebSocket-Extensions: permessage-deflate\r\n")]).has(1, &["check 5"]);
}

#[test]
fn every_breach_of_the_protocol_names_its_rule() {
    let cases: &[(&[u8], &str)] = &[
        (&[0x81, 0x81, 1, 2, 3, 4, 0x60], "§5.1"),
        (&[0xc1, 0x00], "§5.2"),
        (&[0x83, 0x00], "§5.2"),
        (&[0x09, 0x00], "§5.5"),
        (&[0x80, 0x00], "§5.4"),
        (&[0x88, 1, 3], "§5.5.1"),
        (&[0x88, 2, 3, 0xee], "§7.4"),
        (&[0x81, 2, 0xff, 0x1b], "§8.1"),
        (&[0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0], "larger than is allowed"),
    ];
    for (bytes, rule) in cases {
        trace(&[&local(says(bytes)), "--send", "x"]).has(1, &[rule, "broke a rule", "close"]);
    }
}

#[test]
fn a_key_of_the_users_own_is_the_one_that_is_proved() {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let told = trace(&[&local(says(&[0x88, 2, 3, 0xe8])), "-H", key]);
    told.has(0, &["s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "the same: this is a WebSocket server"]);
}

#[test]
fn a_close_frame_that_is_wrong_is_not_called_missing() {
    let told = trace(&[&local(says(&[0x88, 2, 3, 0xed])), "--send", "x"]);
    told.has(1, &["1005", "the rule that was broken ended it"]);
    assert!(!told.out.contains("no close frame came"), "{}", told.out);
}

#[test]
fn a_hostile_server_reaches_neither_the_terminal_nor_the_memory() {
    let hostile = says(b"\x81\x0c\x1b]0;x\x07\x1b[2J\xc2\x9b\x88\x05\x03\xe8\x1b[m");
    trace(&[&local(hostile), "--send", "x"]).has(0, &[r"\x1b]0;x", "1000 normal"]);
    let endless = local(|mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 101 x\r\nA: ");
        while stream.write_all(&[b'a'; 4096]).is_ok() {}
    });
    trace(&[&endless]).has(1, &["still has no end"]);
    let leaves = local(|mut stream| {
        let asked = request(&mut stream);
        let _ = stream.write_all(answer(&asked, "").as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    trace(&[&leaves, "--send", "x"]).has(1, &["1006"]);
}

#[test]
fn nobody_there_and_wrong_arguments_have_their_own_ends() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    trace(&[&format!("ws://127.0.0.1:{port}/")]).has(1, &["refuses", "nothing listens on that port"]);
    trace(&["localhost:8000"]).has(1, &["no WebSocket URL", "ws://localhost:8000/chat"]);
    trace(&["ws://localhost/", "-H", "Evil: a\r\nB: c"]).has(2, &["no control characters"]);
}

#[test]
fn a_script_waits_for_what_it_expects_and_compression_shows_its_gain() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("talk.txt");
    std::fs::write(
        &script,
        "# greet\n/expect welcome\nla la la la la la la la la la\n/expect la la\n/close 4001 enough\n",
    )
    .expect("written");
    let said = trace(&[&local(echo), "--deflate", "--script", &script.to_string_lossy()]);
    said.has(
        0,
        &["permessage-deflate, RFC 7692", "RSV1: compressed", "unpacked:", "% travelled", "4001 the application's own"],
    );
    std::fs::write(&script, "hello\n/nope\n").expect("written");
    trace(&["ws://localhost/", "--script", &script.to_string_lossy()]).has(1, &["line 2", "/nope"]);
}

#[test]
fn ipv6_needs_brackets_and_no_more() {
    let Some(address) = server("[::1]:0", echo) else {
        eprintln!("skipped: this machine has no IPv6");
        return;
    };
    trace(&[&format!("ws://{address}/"), "--send", "six"]).has(0, &["Host: [::1]:", "\"six\""]);
}

#[test]
fn every_format_of_capture_shows_it_and_what_was_saved_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("talk.pcapng").to_string_lossy().into_owned();
    let json = trace(&[&local(echo), "--send", "Hello", "--format", "json", "-w", &file]);
    json.has(0, &["\"websocket\"", "welcome"]);
    for line in json.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    }
    trace(&[&local(echo), "--send", "Hello", "--format", "ladder"]).has(0, &["seen by the program, TCP rebuilt"]);
    let spoken = trace(&[&local(echo), "--send", "Hello", "--describe"]);
    spoken.has(0, &["The server sends a text frame", "We send a text frame", "seen by the program"]);
    trace(&[&local(echo), "--send", "Hello", "--charset", "ascii"])
        .out
        .chars()
        .for_each(|c| assert!(c.is_ascii(), "{c}"));
    let out = Command::new(LAYERCAKE).args(["capture", "-r", &file]).output().expect("layercake");
    let out = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.contains("Hello") && out.contains("welcome"), "{out}");
}

#[test]
fn ctrl_c_says_goodbye_first() {
    let url = local(echo);
    let mut child = Command::new(LAYERCAKE)
        .args(["ws", "trace", &url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("layercake");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("welcome")));
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).expect("a signal");
    let rest: Vec<String> = lines.collect();
    assert!(rest.iter().any(|line| line.contains("1001 going away")), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("both said goodbye")), "{rest:?}");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_proxy_is_asked_for_a_tunnel() {
    let proxy = |answer: &'static str| {
        let through = |mut stream: TcpStream, answer: &str| {
            let asked = request(&mut stream);
            assert!(asked.starts_with("CONNECT far.example:8000 HTTP/1.1"), "{asked}");
            assert_eq!(header(&asked, "Proxy-Authorization"), Some("Basic bWU6c2VjcmV0"));
            stream.write_all(answer.as_bytes()).expect("answered");
            stream
        };
        server("127.0.0.1:0", move |stream| {
            let stream = through(stream, answer);
            if answer.contains(" 200 ") {
                echo(stream);
            }
        })
        .expect("loopback")
    };
    let url = "ws://far.example:8000/";
    let good = format!("http://me:secret@{}", proxy("HTTP/1.1 200 ok\r\n\r\n"));
    let said = trace(&[url, "--proxy", &good, "--send", "far"]);
    said.has(0, &["asked for a tunnel", "Basic ********", "\"far\""]);
    assert!(!said.out.contains("bWU6c2VjcmV0") && !said.out.contains("me:secret"));
    let bad = format!("http://me:secret@{}", proxy("HTTP/1.1 407 Who are you\r\n\r\n"));
    trace(&[url, "--proxy", &bad]).has(1, &["407 Who are you", "user:password"]);
}

/// A TLS server whose certificate nobody vouches for, and the certificate as PEM.
pub(crate) fn secure() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()]).expect("a certificate");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("a server");
    let address = server("127.0.0.1:0", move |stream| {
        let session = rustls::ServerConnection::new(Arc::new(config)).expect("a session");
        let mut tls = rustls::StreamOwned::new(session, stream);
        if tls.conn.complete_io(&mut tls.sock).is_ok() {
            echo(tls);
        }
    });
    (format!("wss://{}/", address.expect("loopback")), made.cert.pem())
}

#[test]
fn tls_is_told_with_its_certificate_and_who_is_unknown_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem").to_string_lossy().into_owned();
    let (url, pem) = secure();
    std::fs::write(&ca, pem).expect("written");
    trace(&[&url, "--ca", &ca, "--send", "sealed"])
        .has(0, &["TLS 1.3 with TLS_", "certificate for localhost, 127.0.0.1", "self-signed", "\"sealed\""]);
    trace(&[&secure().0]).has(1, &["nobody whom this machine trusts", "--ca FILE"]);
    trace(&[&secure().0, "--insecure", "--send", "x"]).has(0, &["nobody whom this machine trusts", "\"x\""]);
    trace(&[&secure().0.replace("wss", "ws")]).has(1, &["HTTP"]);
    trace(&[&local(|mut s| drop(s.write_all(b"HTTP/1.1 400 no\r\n\r\n"))).replace("ws:", "wss:")])
        .has(1, &["TLS failed"]);
}

#[test]
fn what_was_saved_of_tls_opens_decrypted_here_and_in_tshark() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("talk.pcapng").to_string_lossy().into_owned();
    let (url, _) = secure();
    trace(&[&url, "--insecure", "--send", "sealed words", "-w", &file]).has(0, &["\"sealed words\""]);
    let out = Command::new(LAYERCAKE).args(["capture", "-r", &file, "--format", "json"]).output().expect("layercake");
    let out = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.contains("sealed words"), "{out}");
    if have("tshark") {
        let port = url.trim_end_matches('/').rsplit(':').next().expect("a port").to_owned();
        let out = Command::new("tshark")
            .args(["-r", &file, "-d", &format!("tcp.port=={port},tls"), "-Y", "websocket", "-T", "fields"])
            .args(["-e", "websocket.payload.text", "-e", "data.text", "-e", "text"])
            .output()
            .expect("tshark");
        let out = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.lines().count() >= 4, "tshark decrypts: {out}");
    }
}

#[test]
fn npm_ws_understands_every_message_plain_and_compressed() {
    let modules = root().join("target/peers/node_modules");
    if !modules.join("ws").is_dir() || !have("node") {
        eprintln!("skipped: ws is not installed in target/peers; ./test.sh does that");
        return;
    }
    for deflate in [false, true] {
        let script = format!(
            "const {{ WebSocketServer }} = require('ws');
             const server = new WebSocketServer({{ port: 0, host: '127.0.0.1', perMessageDeflate: {deflate} && {{ threshold: 0 }} }});
             server.on('listening', () => console.log(server.address().port));
             server.on('connection', (peer) => {{
               peer.on('message', (data, binary) => peer.send(data, {{ binary }}));
               peer.on('close', (code, reason) => {{ console.log(code + ' ' + reason); server.close(); }});
             }});"
        );
        let mut node = Command::new("node")
            .args(["-e", &script])
            .env("NODE_PATH", &modules)
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let mut lines = BufReader::new(node.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let url = format!("ws://127.0.0.1:{}/", lines.next().expect("a port"));
        let mut args = vec![url.as_str()];
        if deflate {
            args.push("--deflate");
        }
        let typed = "The soup is ready.\nThe soup is ready.\n/fragment 4 Once upon a time.\n/binary 00 01 ff\n/ping\n/expect Once\n/close 4001 enough\n";
        let said = trace_with(typed, &args);
        said.has(0, &["4 frames joined", "00 01 ff", "there and back", "both said goodbye"]);
        assert_eq!(lines.next().as_deref(), Some("4001 enough"));
        assert_eq!(said.out.contains("unpacked"), deflate, "{}", said.out);
        node.wait().expect("it ends");
    }
}

#[test]
fn bits_draws_every_frame_once_more_bit_by_bit_and_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("script");
    std::fs::write(
        &script,
        format!("Hello\n/fragment 2 abcdef\n{}\n/ping x\n/expect abcdef\n", "seven z ".repeat(8750)),
    )
    .expect("written");
    let script = script.to_string_lossy();
    let drawn = trace(&[&local(echo), "--bits", "--script", &script]);
    let words = [
        "opcode 1 = text",
        "key, repeated",
        "MASK 1: always, from a client",
        "MASK 0: always, from a server",
        "= 70,000",
        "FIN 0: more pieces",
        "more bytes",
    ];
    drawn.has(0, &words);
    assert!(drawn.out.lines().all(|line| line.chars().count() <= 80) && !drawn.out.contains("--all"));
    assert!(drawn.out.lines().count() < 500, "{}", drawn.out.lines().count());
    assert_eq!(drawn.out.matches("Masking keeps old proxies").count(), 1);
    let spoken = trace(&[&local(echo), "--bits", "--describe", "--send", "Hello"]);
    spoken.has(0, &["Bits 4 to 7: opcode 1 = text.", "In plain, each byte XORed"]);
    assert!(!spoken.out.contains("┬") && !spoken.out.contains("\n."), "{}", spoken.out);
    let ascii = trace(&[&local(echo), "--bits", "--charset", "ascii", "--deflate", "--send", "Hello"]);
    ascii.has(0, &["RSV1 set: the message is compressed", "unpacked"]);
    assert!(ascii.out.is_ascii());
    trace(&["ws://localhost:1", "--bits", "--format", "json"]).has(2, &["cannot be used with"]);
}
