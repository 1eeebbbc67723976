//! As much as goes through in a fifth of a second.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use socket2::Socket;

use super::stage::{SILENCE, Stage, silent};
use super::{Choice, Scenario, Unit, Value, nanos, right, wrong};
use crate::sockets::Call;

pub(super) static SCENARIO: Scenario = Scenario {
    key: "throughput",
    title: "As much as goes through",
    question: "Both send as fast as they can for a fifth of a second. Who delivers more?",
    choices: CHOICES,
    explain: "A datagram is a call of its own, and must be small enough for a packet. TCP is handed 64 KiB at a time and \
              cuts it itself, or lets the network card do it; and it never sends what the reader has no room for. What \
              UDP is quick at is not bulk: it is not waiting.",
    caution: Some(
        "Loopback is no network: its packets may have 64 KiB, and nothing has to be sent again. On a real line the \
         line decides. UDP at full speed would also push all others aside: it does not slow down for anybody.",
    ),
    play,
};

const CHOICES: &[Choice] = &[
    wrong(
        "UDP: it has less to do",
        "Less for each datagram, but a system call for each 1,400 bytes. That is what costs.",
    ),
    right(
        "TCP: it moves 64 KiB with each call and loses nothing",
        "Fewer calls, larger packets on loopback, and a sender that waits for the reader.",
    ),
    wrong(
        "Both the same: the machine's memory sets the limit",
        "Memory would allow far more; the calls are the limit.",
    ),
];

const WINDOW: Duration = Duration::from_millis(200);
/// What a program hands over at once; a datagram that fits into an Ethernet frame.
const PIECE: usize = 65_536;
const DATAGRAM: usize = 1_400;

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let pair = stage.pair()?;
    pair.host.wait(SILENCE)?;
    pair.client.socket.set_write_timeout(Some(WINDOW))?;
    let tcp = stage.is_tcp();
    let piece = if tcp { PIECE } else { DATAGRAM };
    let over = AtomicBool::new(false);
    let begin = Instant::now();
    let (sent, read) = std::thread::scope(|scope| {
        let (host, over) = (&pair.host.socket, &over);
        let reader = scope.spawn(move || read_all(host, over, begin));
        let sent = write_all(&pair.client.socket, piece, begin);
        over.store(true, Ordering::Release);
        // A FIN wakes the reader of a stream; UDP's finds out by silence.
        let _ = pair.client.socket.shutdown(std::net::Shutdown::Write);
        (sent, reader.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))
    });
    let ((calls, sent), (read, took)) = (sent?, read?);
    stage.more(&pair.client, Call::Send { bytes: Vec::new(), length: piece, to: None }, calls, sent, begin.elapsed());
    stage.part(pair);
    let rate = (u128::from(read) * 1_000_000_000 / u128::from(nanos(took).max(1))) as u64;
    stage.fact("delivered", Value::Bar(rate, Unit::BytesPerSecond));
    stage.fact("bytes with each send()", Value::Number(piece as u64, Unit::Bytes));
    stage.fact("send() was called", calls as usize);
    stage.fact("bytes sent", Value::Number(sent, Unit::Bytes));
    stage.fact("bytes lost", Value::Number(sent.saturating_sub(read), Unit::Bytes));
    Ok(())
}

/// Sends for a while: calls and bytes.
fn write_all(socket: &Socket, piece: usize, begin: Instant) -> io::Result<(u64, u64)> {
    let message = vec![b'x'; piece];
    let (mut calls, mut sent) = (0, 0);
    while begin.elapsed() < WINDOW {
        match (&*socket).write(&message) {
            Ok(bytes) => (calls, sent) = (calls + 1, sent + bytes as u64),
            Err(error) if silent(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok((calls, sent))
}

/// Reads until the stream ends, or until nothing comes any more: bytes, and how long they came.
fn read_all(socket: &Socket, over: &AtomicBool, begin: Instant) -> io::Result<(u64, Duration)> {
    let mut buffer = vec![0; PIECE];
    let (mut read, mut last) = (0, Duration::ZERO);
    loop {
        match (&*socket).read(&mut buffer) {
            Ok(0) => return Ok((read, last)),
            Ok(bytes) => (read, last) = (read + bytes as u64, begin.elapsed()),
            Err(error) if silent(&error) && over.load(Ordering::Acquire) => return Ok((read, last)),
            Err(error) if silent(&error) => {}
            Err(error) => return Err(error),
        }
    }
}
