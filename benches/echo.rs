//! `sockets serve tcp --echo` beside a plain tokio echo, in one run: `cargo bench --bench echo [-- SECONDS]`.
//! The same clients send the same to both; what our server prints goes into a pipe that is read. Prints both and
//! the ratio; asserts nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes of one message; each waits for its echo.
const SIZES: [usize; 3] = [64, 4096, 65536];
/// Clients at once.
const CLIENTS: usize = 4;
/// The two take turns, so that a busy moment of the machine meets both.
const ROUNDS: usize = 5;

fn main() {
    let seconds: f64 = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(1.0);
    let plain = plain();
    let (mut child, ours) = ours();
    println!("{CLIENTS} clients, each sends and waits for its echo; median of {ROUNDS} rounds of {seconds} s\n");
    println!("{:>12}{:>18}{:>18}{:>8}", "bytes", "tokio, echoes/s", "ours, echoes/s", "ratio");
    for size in SIZES {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            first.push(load(plain, size, seconds));
            second.push(load(ours, size, seconds));
        }
        let (first, second) = (median(first), median(second));
        println!("{size:>12}{first:>18.0}{second:>18.0}{:>8.2}", second / first);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// What everybody writes first with tokio.
fn plain() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    listener.set_nonblocking(true).expect("non-blocking");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut room = vec![0; 16 * 1024];
                    while let Ok(length @ 1..) = stream.read(&mut room).await {
                        if stream.write_all(&room[..length]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
    });
    address
}

fn ours() -> (std::process::Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_layercake"))
        .args(["sockets", "serve", "tcp", "--echo", "--format", "json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("layercake");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let listens = lines.by_ref().map_while(Result::ok).find(|line| line.contains("\"call\":\"listen\""));
    let listens: serde_json::Value = serde_json::from_str(&listens.expect("it listens")).expect("JSON");
    let port = listens["local_port"].as_u64().expect("a port") as u16;
    std::thread::spawn(move || lines.for_each(drop));
    (child, SocketAddr::from(([127, 0, 0, 1], port)))
}

/// Echoes a second over all clients.
fn load(address: SocketAddr, size: usize, seconds: f64) -> f64 {
    let begin = Instant::now();
    let end = begin + Duration::from_secs_f64(seconds);
    let clients = (0..CLIENTS).map(|_| {
        std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            let (sent, mut room, mut count) = (vec![b'x'; size], vec![0; size], 0u64);
            while Instant::now() < end {
                stream.write_all(&sent).expect("taken");
                stream.read_exact(&mut room).expect("an echo");
                count += 1;
            }
            count
        })
    });
    let threads: Vec<_> = clients.collect();
    let count: u64 = threads.into_iter().map(|t| t.join().expect("a client")).sum();
    count as f64 / begin.elapsed().as_secs_f64()
}
