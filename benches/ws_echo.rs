//! `ws serve --mode echo` beside a plain tokio-tungstenite echo, in one run: `cargo bench --bench ws_echo [-- SECONDS]`.
//! Each server is a process of its own with one thread for the network; the same clients send the same frames to all; what
//! ours prints with its view goes into a pipe that is read. Then memory per idle connection. Prints; asserts nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier};
use std::time::Instant;

use futures_util::{SinkExt, StreamExt};

/// Bytes of a message, and clients at once; each client waits for its echo.
const LOADS: [(usize, usize); 4] = [(64, 1), (64, 64), (16_384, 1), (16_384, 64)];
/// All take turns, so that a busy moment of the machine meets all.
const ROUNDS: usize = 5;
/// Echoes before the clock starts.
const WARM_UP: usize = 50;
/// Connections that are left idle, as far as the file limit allows.
const IDLE: usize = 10_000;

fn main() {
    if std::env::args().any(|argument| argument == "plain") {
        return plain();
    }
    let seconds: f64 = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(1.0);
    let mut servers = [other(), ours(&["-q"]), ours(&[])];
    println!("each client sends and waits for its echo; median of {ROUNDS} rounds of {seconds} s\n");
    println!(
        "{:>8}{:>9}{:>19}{:>14}{:>7}{:>18}{:>7}",
        "bytes", "clients", "tokio-tungstenite", "ours -q", "ratio", "ours, with view", "ratio"
    );
    for (size, clients) in LOADS {
        let mut all = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (rates, (_, address)) in all.iter_mut().zip(&servers) {
                rates.push(load(*address, size, clients, seconds));
            }
        }
        let [first, quiet, view] = all.map(median);
        let (second, third) = (quiet / first, view / first);
        println!("{size:>8}{clients:>9}{first:>19.0}{quiet:>14.0}{second:>7.2}{view:>18.0}{third:>7.2}");
    }
    for (child, _) in &mut servers {
        let _ = child.kill();
        let _ = child.wait();
    }
    println!();
    for (name, (mut child, address)) in
        [("tokio-tungstenite", other()), ("ours -q", ours(&["-q"])), ("ours, with view", ours(&[]))]
    {
        idle(name, child.id(), address);
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// What everybody writes first with tokio-tungstenite. Prints its address.
fn plain() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        println!("{}", listener.local_addr().expect("an address"));
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                let Ok(mut ws) = tokio_tungstenite::accept_async(stream).await else { return };
                while let Some(Ok(message)) = ws.next().await {
                    if (message.is_text() || message.is_binary()) && ws.send(message).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
}

fn other() -> (Child, SocketAddr) {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program).arg("plain").stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    (child, line.trim().parse().expect("an address"))
}

fn ours(more: &[&str]) -> (Child, SocketAddr) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let mut child = Command::new(env!("CARGO_BIN_EXE_layercake"))
        .args(["ws", "serve", "--no-welcome", "--max-clients", "20000", "--port", &port.to_string()])
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut out = child.stdout.take().expect("piped");
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    while TcpStream::connect(address).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    (child, address)
}

fn open(address: SocketAddr) -> std::io::Result<TcpStream> {
    let mut tcp = TcpStream::connect(address)?;
    tcp.set_nodelay(true)?;
    tcp.write_all(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        tcp.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    Ok(tcp)
}

/// Echoes a second, all clients together.
fn load(address: SocketAddr, size: usize, clients: usize, seconds: f64) -> f64 {
    let mut frame =
        if size < 126 { vec![0x82, 0x80 | size as u8] } else { vec![0x82, 0xfe, (size >> 8) as u8, size as u8] };
    let head = frame.len();
    frame.extend_from_slice(&[0x37, 0xfa, 0x21, 0x3d]);
    frame.resize(frame.len() + size, 7);
    let barrier = Arc::new(Barrier::new(clients));
    let all: Vec<_> = (0..clients)
        .map(|_| {
            let (frame, barrier) = (frame.clone(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                let mut tcp = open(address).expect("it listens");
                let mut answer = vec![0; head + size];
                let mut once = || {
                    tcp.write_all(&frame).expect("open");
                    tcp.read_exact(&mut answer).expect("open");
                };
                (0..WARM_UP).for_each(|_| once());
                barrier.wait();
                let (begun, mut count) = (Instant::now(), 0_u32);
                while begun.elapsed().as_secs_f64() < seconds {
                    once();
                    count += 1;
                }
                f64::from(count) / begun.elapsed().as_secs_f64()
            })
        })
        .collect();
    all.into_iter().map(|client| client.join().expect("no panic")).sum()
}

/// Memory that idle connections take.
fn idle(name: &str, pid: u32, address: SocketAddr) {
    let before = resident(pid);
    let mut all = Vec::new();
    while all.len() < IDLE {
        match open(address) {
            Ok(tcp) => all.push(tcp),
            Err(_) => break,
        }
        // The server takes 1,000 new connections in a second, and no more.
        std::thread::sleep(std::time::Duration::from_micros(1200));
    }
    std::thread::sleep(std::time::Duration::from_secs(1));
    let each = resident(pid).saturating_sub(before) as f64 / all.len().max(1) as f64;
    println!("{name}: {} idle connections, {each:.1} KiB each", all.len());
}

/// KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}
