//! `sockets serve` and `sockets connect` with the real binary, with each other and with nc, curl and plain sockets.
//! All ports are free ones of loopback; nothing here needs a right.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::{LAYERCAKE, have};

/// Whoever waits longer than this waits for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server of ours; ended by its number should the test fail.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts one, and waits until it is open.
    fn start(arguments: &[&str]) -> Server {
        let mut child = Command::new(LAYERCAKE)
            .args(["sockets", "serve"])
            .args(arguments)
            .args(["--format", "json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("layercake");
        let input = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        let mut server = Server { child, input, lines, port: 0 };
        let open = if arguments.contains(&"udp") { "bind" } else { "listen" };
        let line = server.until(|line| line["call"] == open);
        server.port = line["local_port"].as_u64().expect("a port") as u16;
        server
    }

    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        let length = self.lines.read_line(&mut line).expect("text");
        (length > 0).then(|| serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}")))
    }

    /// The next line that is so.
    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.next().expect("more lines");
            if wanted(&line) {
                return line;
            }
        }
    }

    /// Everything until it ends by itself.
    fn rest(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.next()).collect()
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn type_in(&mut self, line: &str) {
        self.input.as_mut().expect("a keyboard").write_all(line.as_bytes()).expect("it is read");
    }
}

fn connect(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(LAYERCAKE)
        .args(["sockets", "connect"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("layercake");
    let mut keyboard = child.stdin.take().expect("a keyboard");
    // It may have ended already.
    let _ = keyboard.write_all(input);
    drop(keyboard);
    child.wait_with_output().expect("it ends")
}

fn json(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn calls(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["call"].as_str().expect("a call")).collect()
}

fn only<'a>(lines: &'a [Value], call: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["call"] == call).collect()
}

fn call_it(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address()).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a patience");
    stream
}

#[test]
fn server_and_client_tell_the_same_conversation_from_both_ends() {
    let mut server = Server::start(&["tcp", "--echo", "--clients", "1"]);
    let client = connect(&["tcp", &server.address(), "--format", "json"], b"hello\n");
    assert!(client.status.success(), "{}", error(&client));
    let (client, server) = (json(&client), server.rest());
    assert_eq!(calls(&client)[..4], ["socket", "connect", "send", "shutdown"]);
    assert_eq!(client[1]["state"], "established");
    assert_eq!(client[2]["data"], "hello\n");
    let came = only(&client, "recv");
    assert_eq!((&came[0]["data"], &came[1]["result"]), (&"hello\n".into(), &"end".into()));
    assert_eq!(client.last().map(|line| &line["state"]), Some(&"time-wait".into()), "who said FIN first keeps it");
    let accepted = only(&server, "accept")[0];
    assert_eq!(accepted["remote_port"], client[1]["local_port"]);
    let end = server.iter().find(|line| line["result"] == "end").expect("an end");
    assert_eq!(end["state"], "close-wait");
    let closed = server.iter().rfind(|line| line["who"] == "connection 1").expect("a close");
    assert_eq!((&closed["call"], &closed["state"]), (&"close".into(), &"gone".into()));
}

#[test]
fn many_clients_share_one_port_and_differ_in_their_own() {
    let mut server = Server::start(&["tcp", "--clients", "3"]);
    let client = connect(&["tcp", &server.address(), "--count", "3", "--send", "hi", "--shutdown"], b"");
    assert!(client.status.success(), "{}", error(&client));
    let lines = server.rest();
    let accepted = only(&lines, "accept");
    let ends: HashSet<_> =
        accepted.iter().map(|l| (l["local_port"].to_string(), l["remote_port"].to_string())).collect();
    assert_eq!((accepted.len(), ends.len()), (3, 3));
    assert!(ends.iter().all(|(local, _)| *local == server.port.to_string()));
}

#[test]
fn what_is_typed_goes_to_all_or_to_one_and_the_one_who_closes_first_keeps_the_time_wait() {
    let mut server = Server::start(&["tcp", "--clients", "2"]);
    let (mut one, mut two) = (call_it(&server), call_it(&server));
    server.until(|line| line["made"] == "connection 2");
    server.type_in("all\n/to 2 you\n/to 9 nobody\n/help\n/close 1\n/close 2\n");
    let mut said = String::new();
    one.read_to_string(&mut said).expect("text");
    assert_eq!(said, "all\n");
    said.clear();
    two.read_to_string(&mut said).expect("text");
    assert_eq!(said, "all\nyou\n");
    drop((one, two));
    let lines = server.rest();
    let closed = lines.iter().find(|l| l["call"] == "close" && l["who"] == "connection 1").expect("a close");
    assert!(["fin-wait-1", "fin-wait-2", "time-wait"].map(Value::from).contains(&closed["state"]), "{closed}");
    let last = lines.iter().rfind(|line| line["who"] == "connection 1").expect("lines");
    assert_eq!(last["state"], "time-wait");
    let mut error = String::new();
    server.child.stderr.take().expect("stderr").read_to_string(&mut error).expect("text");
    assert!(error.contains("no client 9") && error.contains("/shutdown"), "{error}");
}

#[test]
fn a_half_closed_client_still_hears() {
    let mut server = Server::start(&["tcp", "--clients", "1"]);
    let mut client = call_it(&server);
    server.until(|line| line["call"] == "accept");
    server.type_in("bye\n/shutdown\n");
    let mut said = String::new();
    client.read_to_string(&mut said).expect("text");
    assert_eq!(said, "bye\n");
    client.write_all(b"still here").expect("their direction is open");
    client.shutdown(Shutdown::Write).expect("a FIN");
    let lines = server.rest();
    // Whoever is quick has answered before the kernel is asked.
    let states = ["fin-wait-1", "fin-wait-2", "time-wait"].map(Value::from);
    assert!(only(&lines, "shutdown").iter().all(|line| states.contains(&line["state"])));
    assert_eq!(only(&lines, "recv")[0]["data"], "still here");
    assert_eq!(lines.last().map(|line| &line["state"]), Some(&"time-wait".into()));
}

#[test]
fn nc_and_curl_and_telnets_bytes_are_understood() {
    if have("nc") {
        let mut server = Server::start(&["tcp", "--echo", "--clients", "1"]);
        let script = format!("printf 'hello\\n' | nc -N 127.0.0.1 {}", server.port);
        let nc = Command::new("sh").args(["-c", &script]).output().expect("nc");
        assert_eq!(nc.stdout, b"hello\n");
        assert_eq!(only(&server.rest(), "recv")[0]["data"], "hello\n");
    }
    if have("curl") {
        let answer = r"HTTP/1.0 200 OK\r\n\r\nhi";
        let mut server = Server::start(&["tcp", "--send", answer]);
        let url = format!("http://{}/", server.address());
        let mut curl = Command::new("curl");
        curl.args(["-s", "--noproxy", "*", "--max-time", "30", &url]);
        let mut curl = curl.stdout(Stdio::piped()).spawn().expect("curl");
        server.until(|line| line["data"].as_str().is_some_and(|data| data.starts_with("GET / HTTP/1.1\r\n")));
        server.type_in("/close\n");
        let mut said = String::new();
        curl.stdout.take().expect("its output").read_to_string(&mut said).expect("text");
        assert!(curl.wait().expect("curl").success());
        assert_eq!(said, "hi");
    }
    // IAC WILL NAWS, RFC 854: what telnet says before anybody types.
    let mut server = Server::start(&["tcp", "--clients", "1"]);
    let mut telnet = call_it(&server);
    telnet.write_all(&[0xff, 0xfb, 0x1f]).expect("taken");
    telnet.shutdown(Shutdown::Write).expect("a FIN");
    assert_eq!(only(&server.rest(), "recv")[0]["hex"], "fffb1f");
}

#[test]
fn datagrams_of_several_senders_are_told_apart() {
    let mut server = Server::start(&["udp", "--echo", "--clients", "2"]);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a patience");
    for word in ["one", "", "three"] {
        socket.send_to(word.as_bytes(), server.address()).expect("sent");
        let mut room = [0; 64];
        let (length, from) = socket.recv_from(&mut room).expect("an answer");
        assert_eq!((&room[..length], from.port()), (word.as_bytes(), server.port));
    }
    let client = connect(&["udp", &server.address(), "--send", "hi", "--shutdown", "--format", "json"], b"");
    assert!(client.status.success(), "{}", error(&client));
    let client = json(&client);
    assert_eq!(calls(&client), ["socket", "connect", "send", "recv", "close"]);
    assert_eq!((&client[1]["state"], &client[3]["data"]), (&"established".into(), &"hi".into()));
    let lines = server.rest();
    let who: Vec<_> = only(&lines, "recvfrom").iter().map(|line| line["who"].clone()).collect();
    assert_eq!(who, ["sender 1", "sender 1", "sender 1", "sender 2"]);
    assert!(only(&lines, "recvfrom").iter().all(|line| line["state"] == "unconnected"));
}

#[test]
fn nc_sends_datagrams_too() {
    if !have("nc") {
        return;
    }
    let mut server = Server::start(&["udp", "--clients", "1"]);
    let script = format!("printf 'hello\\n' | nc -u -q0 127.0.0.1 {}", server.port);
    assert!(Command::new("sh").args(["-c", &script]).status().expect("nc").success());
    assert_eq!(only(&server.rest(), "recvfrom")[0]["data"], "hello\n");
}

#[test]
fn nobody_at_a_port_is_a_rst_for_tcp_and_an_icmp_message_for_udp() {
    // Bound but not listening: nobody else gets the port meanwhile, and nobody answers there.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    socket.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().expect("an address").into()).expect("a port");
    let at = socket.local_addr().expect("an end").as_socket().expect("an address").to_string();
    let tcp = connect(&["tcp", &at, "--format", "json"], b"");
    assert_eq!(tcp.status.code(), Some(1));
    assert_eq!(only(&json(&tcp), "connect")[0]["result"], "ECONNREFUSED");
    assert!(error(&tcp).contains("RST") && error(&tcp).contains("hint: start a server"), "{}", error(&tcp));
    let free = UdpSocket::bind("127.0.0.1:0").expect("a socket").local_addr().expect("an end").to_string();
    let udp = connect(&["udp", &free, "--send", "hi", "--shutdown", "--wait", "10s", "--format", "json"], b"");
    assert_eq!(udp.status.code(), Some(1));
    let lines = json(&udp);
    assert_eq!(only(&lines, "connect")[0]["result"], "ok", "it sends nothing");
    assert!(lines.iter().any(|line| line["result"] == "ECONNREFUSED"), "{lines:?}");
    assert!(error(&udp).contains("ICMP"), "{}", error(&udp));
}

#[test]
fn bad_input_is_one_sentence_with_a_hint() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = other.local_addr().expect("an end").port().to_string();
    let run = |arguments: &[&str]| Command::new(LAYERCAKE).arg("sockets").args(arguments).output().expect("layercake");
    let taken = run(&["serve", "tcp", "--port", &port]);
    let said = error(&taken);
    assert!(said.contains(&format!("TCP port {port} is taken: ")) && said.contains("waits for callers"), "{said}");
    assert!(said.contains(&std::process::id().to_string()), "who it is: {said}");
    for (arguments, word) in [
        (vec!["connect", "tcp", "127.0.0.1:0"], "0 is no port"),
        (vec!["connect", "tcp", "localhost"], "the port is missing"),
        (vec!["connect", "tcp", "no-such-host.invalid:80"], "nobody knows an address"),
        (vec!["serve", "udp", "--bind", "192.0.2.77"], "no such address"),
    ] {
        let answer = run(&arguments);
        assert_eq!(answer.status.code(), Some(1), "{arguments:?}");
        assert!(error(&answer).contains(word) && error(&answer).contains("\nhint: "), "{}", error(&answer));
    }
    assert_eq!(run(&["connect", "tcp", "a:1", "--send", r"\q"]).status.code(), Some(2));
    // An ordinary user: in a user namespace of its own nobody has rights over this network.
    let low = Command::new("unshare").args(["-r", LAYERCAKE, "sockets", "serve", "tcp", "--port", "1"]).output();
    match low {
        Ok(low) if error(&low).contains("not for this user") => assert_eq!(low.status.code(), Some(1)),
        _ => eprintln!("skipped: every user may open port 1 here, or there are no namespaces"),
    }
}

#[test]
fn a_busy_connection_is_summed_up() {
    const BYTES: usize = 8 << 20;
    let mut server = Server::start(&["tcp", "--echo", "--clients", "1"]);
    let mut client = call_it(&server);
    let mut other = client.try_clone().expect("a second handle");
    let reader = std::thread::spawn(move || {
        let mut room = vec![0; 1 << 16];
        let mut came = 0;
        loop {
            match other.read(&mut room).expect("an echo") {
                0 => return came,
                length => came += length,
            }
        }
    });
    client.write_all(&vec![b'x'; BYTES]).expect("all of it");
    client.shutdown(Shutdown::Write).expect("a FIN");
    assert_eq!(reader.join().expect("a reader"), BYTES);
    let lines = server.rest();
    let sum = |call: &str| only(&lines, call).iter().filter_map(|l| l["bytes"].as_u64()).sum::<u64>();
    assert_eq!((sum("recv"), sum("send")), (BYTES as u64, BYTES as u64), "nothing is lost in the sums");
    let one_by_one = lines.iter().filter(|l| l["result"] == "ok" && l["bytes"].is_u64()).count();
    assert!(one_by_one <= 25, "{one_by_one} told one by one");
    assert!(lines.iter().any(|line| line["result"] == "more"));
}

#[test]
fn who_comes_when_all_places_are_taken_is_told_politely() {
    let server = Server::start(&["tcp", "--quiet"]);
    let kept: Vec<_> = (0..256).map(|_| call_it(&server)).collect();
    let mut one_more = call_it(&server);
    let mut said = String::new();
    one_more.read_to_string(&mut said).expect("text");
    assert!(said.contains("no room"), "{said}");
    drop(kept);
}

#[test]
fn ctrl_c_closes_every_socket_and_says_so() {
    for protocol in ["tcp", "udp"] {
        let mut server = Server::start(&[protocol]);
        let mut client = (protocol == "tcp").then(|| call_it(&server));
        if client.is_some() {
            server.until(|line| line["call"] == "accept");
        }
        kill(Pid::from_raw(server.child.id().cast_signed()), Signal::SIGINT).expect("a signal");
        assert_eq!(client.as_mut().map_or(0, |c| c.read(&mut [0; 8]).expect("an end")), 0);
        server.rest();
        assert!(server.child.wait().expect("an end").success());
        let mut error = String::new();
        server.child.stderr.take().expect("stderr").read_to_string(&mut error).expect("text");
        assert!(error.contains("stopped: every socket is closed"), "{error}");
        let again = connect(&[protocol, &server.address(), "--send", "x", "--shutdown"], b"");
        assert_eq!(again.status.code(), Some(1), "nobody is there any more");
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_it() {
    let script = format!("{LAYERCAKE} sockets serve tcp </dev/null | head -1");
    let run = Command::new("timeout").args(["30", "sh", "-c", &script]).output().expect("sh");
    // Whoever reads no more is noticed with the next line; until then the server serves.
    assert!(String::from_utf8_lossy(&run.stdout).contains("socket(SOCK_STREAM)"));
}
