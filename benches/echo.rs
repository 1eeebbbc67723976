//! `sockets serve tcp --echo` beside a plain tokio echo, in one run: `cargo bench --bench echo [-- SECONDS]`.
//! Each is a process of its own; the same clients send the same to both; what our server prints goes into a pipe that
//! is read. The clock starts after 50 echoes, when a connection is no longer told call by call (the first 20 reads and
//! sends each ask the kernel for its table, which takes as long as the table is). Prints both and the ratio; asserts
//! nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes of one message; each waits for its echo.
const SIZES: [usize; 3] = [64, 4096, 65536];
/// Clients at once.
const CLIENTS: usize = 4;
/// The two take turns, so that a busy moment of the machine meets both.
const ROUNDS: usize = 5;

/// Echoes before the clock starts.
const WARM_UP: usize = 50;

fn main() {
    if std::env::args().any(|argument| argument == "plain") {
        return plain();
    }
    let seconds: f64 = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(1.0);
    let (mut first_child, plain) = other();
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
    for child in [&mut first_child, &mut child] {
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// What everybody writes first with tokio. Prints its address.
fn plain() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        println!("{}", listener.local_addr().expect("an address"));
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
}

fn other() -> (Child, SocketAddr) {
    let this = std::env::current_exe().expect("this program");
    let mut child = Command::new(this).arg("plain").stdout(Stdio::piped()).spawn().expect("the plain one");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("its address");
    (child, line.trim().parse().expect("an address"))
}

fn ours() -> (Child, SocketAddr) {
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
    let ready = Arc::new(Barrier::new(CLIENTS));
    let client = || {
        let ready = Arc::clone(&ready);
        std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            let (sent, mut room) = (vec![b'x'; size], vec![0; size]);
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
    let threads: Vec<_> = (0..CLIENTS).map(|_| client()).collect();
    threads.into_iter().map(|t| t.join().expect("a client")).sum()
}
