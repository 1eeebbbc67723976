//! The reader sleeps. RFC 9293 §3.8.6 (the window), RFC 768 (none). Small buffers make it quick.

use std::io;
use std::time::{Duration, Instant};

use super::stage::{SILENCE, Stage, length, silent};
use super::{Choice, Scenario, bytes, right, wrong};
use crate::sockets::{Call, Outcome};

pub(super) static SCENARIO: Scenario = Scenario {
    key: "slow-reader",
    title: "The reader sleeps",
    question: "The client sends 100 messages of 1,000 bytes; the server does not read. What does send() do?",
    choices: CHOICES,
    explain: "TCP tells the sender how much room is left, the window. When it is 0 and the sender's own buffer is full, \
              send() blocks: the slow reader slows the writer. UDP has no way back: the receiver's kernel throws away \
              what does not fit, and tells nobody.",
    caution: Some(
        "Both sockets ask for small buffers here, so that it happens at once; usually it takes a few hundred kilobytes. \
         Linux doubles the number that is asked for and counts its own bookkeeping.",
    ),
    play,
};

const CHOICES: &[Choice] = &[
    wrong(
        "It succeeds with both: send() means that the other side has it",
        "send() means that your kernel has it. It goes on only as long as there is room somewhere.",
    ),
    wrong("It fails with an error when the other side is full", "Full is no error. TCP waits; UDP does not even know."),
    right(
        "TCP's blocks after a while; UDP's always succeeds, and messages are lost",
        "TCP keeps every byte and makes you wait. UDP keeps your pace and drops the rest.",
    ),
    wrong(
        "UDP's blocks too: the queue of the receiver is full",
        "UDP's sender never hears about the receiver's queue. It only waits for its own network card.",
    ),
];

const MESSAGES: usize = 100;
const MESSAGE: usize = 1_000;
/// Room that both sockets ask for.
const ROOM: usize = 8_192;
/// So many calls are told one by one.
const TOLD: usize = 3;
/// How long a blocked `send` is watched.
const BLOCKED: Duration = Duration::from_millis(200);

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let server = stage.socket(super::stage::SERVER)?;
    stage.option(&server, "SO_RCVBUF", ROOM.cast_signed() as i64, |s| s.set_recv_buffer_size(ROOM))?;
    let server = stage.serve(server)?;
    let pair = stage.pair_with(server)?;
    stage.option(&pair.client, "SO_SNDBUF", ROOM.cast_signed() as i64, |s| s.set_send_buffer_size(ROOM))?;
    pair.client.socket.set_write_timeout(Some(BLOCKED))?;
    let (calls, sent, blocked) = fill(stage, &pair.client)?;
    stage.fact("messages offered", MESSAGES);
    stage.fact("send() succeeded, times", calls);
    stage.fact("then send()", if blocked { "blocks" } else { "goes on" });
    let drops = dropped(pair.host.address()?.port(), stage.is_tcp());
    pair.host.wait(SILENCE)?;
    let read = drain(stage, &pair.host, sent)?;
    stage.fact("bytes sent", bytes(sent));
    stage.fact("bytes read when it woke up", bytes(read));
    stage.fact("bytes lost", bytes(sent.saturating_sub(read)));
    if let Some(drops) = drops {
        stage.fact("messages that the kernel dropped", drops);
    }
    stage.part(pair);
    Ok(())
}

/// Sends until all is sent or the kernel takes no more: calls, bytes, and whether it blocked.
fn fill(stage: &mut Stage<'_>, client: &super::stage::End) -> io::Result<(usize, usize, bool)> {
    let message = [b'm'; MESSAGE];
    let (mut calls, mut sent) = (0, 0);
    for _ in 0..TOLD {
        sent += stage.send(client, &message)?;
        calls += 1;
    }
    let (begin, told) = (Instant::now(), sent);
    let mut last = Ok(MESSAGE);
    let mut took = Duration::ZERO;
    while calls < MESSAGES {
        let asked = Instant::now();
        last = client.socket.send(&message);
        took = asked.elapsed();
        match &last {
            Ok(MESSAGE) => (calls, sent) = (calls + 1, sent + MESSAGE),
            // Part of it had room: the call has waited for the rest as long as it may.
            Ok(part) => {
                sent += part;
                break;
            }
            Err(_) => break,
        }
    }
    let call = || Call::Send { bytes: Vec::new(), length: MESSAGE, to: None };
    stage.more(client, call(), (calls - TOLD) as u64, (sent - told) as u64, begin.elapsed().saturating_sub(took));
    match last {
        Ok(MESSAGE) => Ok((calls, sent, false)),
        Err(error) if !silent(&error) => Err(error),
        _ => {
            stage.note(client, call(), Outcome::TimedOut, took);
            Ok((calls, sent, true))
        }
    }
}

/// Reads until everything is there or nothing comes any more.
fn drain(stage: &mut Stage<'_>, host: &super::stage::End, sent: usize) -> io::Result<usize> {
    let mut read = 0;
    while read < sent {
        let got = length(&stage.receive(host, 65_536)?);
        if got == 0 {
            break;
        }
        read += got;
    }
    Ok(read)
}

/// Datagrams for this port that the kernel has thrown away, by its own count (last column of `/proc/net/udp`).
fn dropped(port: u16, tcp: bool) -> Option<usize> {
    if tcp {
        return Some(0);
    }
    let table = std::fs::read_to_string("/proc/net/udp").ok()?;
    let end = format!(":{port:04X}");
    let row = table.lines().skip(1).find(|line| line.split_whitespace().nth(1).is_some_and(|l| l.ends_with(&end)))?;
    row.split_whitespace().last()?.parse().ok()
}
