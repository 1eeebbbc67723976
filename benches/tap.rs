//! `ws tap` beside a plain tokio relay (`copy_bidirectional`), in one run: `cargo bench --bench tap [-- SECONDS]`.
//! Real WebSocket messages go to the same echo server through each; each is a process of its own, and what the tap shows
//! goes into a pipe that is read. mitmdump is measured too, where it is in PATH. Prints round trips a second and the
//! ratios; asserts nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use layercake::websocket::{Endpoint, Incoming, Limits, Role};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes of one message; each waits for its echo.
const SIZES: [usize; 2] = [64, 16 * 1024];
/// Connections at once.
const CLIENTS: [usize; 2] = [1, 64];
/// All take turns, so that a busy moment of the machine meets all.
const ROUNDS: usize = 5;
/// Echoes before the clock starts.
const WARM_UP: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |word: &str| Some(arguments.iter().skip_while(|a| *a != word).nth(1)?.parse::<u16>().unwrap_or(0));
    if arguments.iter().any(|a| a == "echo") {
        return block(echo());
    }
    if let Some(port) = after("relay") {
        return block(relay(SocketAddr::from(([127, 0, 0, 1], port))));
    }
    let seconds: f64 = arguments.iter().skip(1).find_map(|a| a.parse().ok()).unwrap_or(1.0);
    let (echo, server) = child(&mut myself(&["echo"]));
    let port = server.port().to_string();
    let mut children = vec![echo];
    let mut ways = vec![
        ("plain relay", child(&mut myself(&["relay", &port]))),
        ("tap", tap(&port, &[])),
        ("tap -q", tap(&port, &["-q"])),
    ];
    ways.extend(mitmdump(&port).map(|it| ("mitmdump", it)));
    println!("round trips/s, median of {ROUNDS} rounds of {seconds} s; ratio to the plain relay\n");
    print!("{:>8}{:>9}", "clients", "bytes");
    for (name, _) in &ways {
        print!("{name:>20}");
    }
    println!();
    for clients in CLIENTS {
        for size in SIZES {
            let mut found = vec![Vec::new(); ways.len()];
            for _ in 0..ROUNDS {
                for (way, (_, (_, address))) in ways.iter().enumerate() {
                    found[way].push(load(*address, clients, size, seconds));
                }
            }
            let found: Vec<f64> = found.into_iter().map(median).collect();
            print!("{clients:>8}{size:>9}");
            for rate in &found {
                print!("{rate:>13.0}{:>7.2}", rate / found[0]);
            }
            println!();
        }
    }
    children.extend(ways.into_iter().map(|(_, (child, _))| child));
    for child in &mut children {
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn block(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work);
}

async fn listen() -> tokio::net::TcpListener {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    println!("{}", listener.local_addr().expect("an address"));
    listener
}

/// What everybody writes first with tokio.
async fn relay(to: SocketAddr) {
    let listener = listen().await;
    while let Ok((mut client, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut server = tokio::net::TcpStream::connect(to).await.expect("the server");
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

/// A WebSocket server that says everything again.
async fn echo() {
    let listener = listen().await;
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            let _ = talk(stream).await;
        });
    }
}

async fn talk(mut stream: tokio::net::TcpStream) -> std::io::Result<()> {
    let (mut head, mut room) = (Vec::new(), vec![0; 32 * 1024]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let key = text
        .lines()
        .find_map(|line| line.to_ascii_lowercase().starts_with("sec-websocket-key: ").then(|| line[19..].to_owned()));
    let accept = tungstenite::handshake::derive_accept_key(key.unwrap_or_default().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    let mut end = Endpoint::new(Role::Server, Limits::default(), None);
    loop {
        let length = stream.read(&mut room).await?;
        if length == 0 {
            return Ok(());
        }
        end.receive(&room[..length]);
        while let Ok(Some(message)) = end.next() {
            match message {
                Incoming::Text(text) => end.text(&text),
                Incoming::Binary(bytes) => end.binary(&bytes),
                _ => {}
            }
        }
        stream.write_all(&std::mem::take(end.outbox())).await?;
    }
}

fn myself(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(arguments);
    command
}

/// Starts it and reads its address from its first line.
fn child(command: &mut Command) -> (Child, SocketAddr) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    out.read_line(&mut line).expect("its address");
    (child, line.trim().parse().expect("an address"))
}

fn tap(port: &str, more: &[&str]) -> (Child, SocketAddr) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let mut child = Command::new(env!("CARGO_BIN_EXE_layercake"))
        .args(["ws", "tap", "--listen", &free.port().to_string(), "--to", &format!("127.0.0.1:{port}")])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("layercake");
    let mut out = child.stdout.take().expect("its output");
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    await_port(free);
    (child, free)
}

/// `pip install --target FOLDER mitmproxy` outside of the repository, and FOLDER/bin in PATH.
fn mitmdump(port: &str) -> Option<(Child, SocketAddr)> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let child = Command::new("mitmdump")
        .args(["--mode", &format!("reverse:http://127.0.0.1:{port}"), "-p", &free.port().to_string()])
        .args(["--listen-host", "127.0.0.1"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    await_port(free);
    Some((child, free))
}

fn await_port(address: SocketAddr) {
    for _ in 0..200 {
        if TcpStream::connect(address).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nobody listens on {address}");
}

/// Opens a WebSocket.
fn open(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("asked");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    stream
}

/// Echoes a second over all clients.
fn load(address: SocketAddr, clients: usize, size: usize, seconds: f64) -> f64 {
    let ready = Arc::new(Barrier::new(clients));
    let client = || {
        let ready = Arc::clone(&ready);
        std::thread::spawn(move || {
            let mut stream = open(address);
            let mut end = Endpoint::new(Role::Client, Limits::default(), None);
            end.text(&"x".repeat(size));
            let sent = std::mem::take(end.outbox());
            let mut room = vec![0; sent.len() - 4]; // the same without a mask
            let mut echo = || {
                stream.write_all(&sent).expect("taken");
                stream.read_exact(&mut room).expect("an echo");
            };
            (0..WARM_UP).for_each(|_| echo());
            ready.wait();
            let (begin, mut count) = (Instant::now(), 0u64);
            while begin.elapsed().as_secs_f64() < seconds {
                echo();
                count += 1;
            }
            count as f64 / begin.elapsed().as_secs_f64()
        })
    };
    let threads: Vec<_> = (0..clients).map(|_| client()).collect();
    threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
}
