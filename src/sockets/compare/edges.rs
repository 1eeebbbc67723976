//! Three sends, how many reads? RFC 9293 §2.2 (a stream of bytes), RFC 768 (datagrams).

use std::io;

use super::stage::{Stage, length};
use super::{Choice, Scenario, bytes, right, wrong};
use crate::sockets::Outcome;

pub(super) static SCENARIO: Scenario = Scenario {
    key: "edges",
    title: "Where a message ends",
    question: "The client calls send() three times. How often does the server have to call recv()?",
    choices: CHOICES,
    explain: "TCP carries one long stream of bytes; where a send() ended is not written anywhere. A UDP datagram arrives \
              whole, alone, or never. Whoever wants messages on TCP has to mark their ends: a line end, a length in \
              front, a WebSocket frame.",
    caution: Some(
        "Here the reader comes late, so everything is already waiting. A quick reader may see TCP's bytes in two or \
         three pieces: never rely on either.",
    ),
    play,
};

const CHOICES: &[Choice] = &[
    wrong(
        "Three times with both: one send is one read",
        "That is what most programs assume, and it works until the first busy day: TCP promises bytes, not messages.",
    ),
    wrong(
        "Once with both: the kernel collects what has come",
        "It collects for TCP. UDP's datagrams wait in a queue, and each recv() takes exactly one out of it.",
    ),
    right(
        "TCP once here, but any number is right; UDP three times",
        "The bytes arrive complete and in order, only the edges are gone. UDP keeps every edge.",
    ),
    wrong(
        "Three times, if the client calls flush() in between",
        "flush() empties the program's own buffer. The kernel's stream has no edges to preserve.",
    ),
];

const WORDS: [&[u8]; 3] = [b"one", b"two", b"three"];

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let pair = stage.pair()?;
    let mut sent = 0;
    for word in WORDS {
        sent += stage.send(&pair.client, word)?;
    }
    let (mut reads, mut read, mut first) = (0_usize, 0, None);
    while read < sent {
        let outcome = stage.receive(&pair.host, 1024)?;
        if length(&outcome) == 0 {
            break;
        }
        reads += 1;
        read += length(&outcome);
        if let Outcome::Received { bytes, .. } = outcome {
            first.get_or_insert(bytes);
        }
    }
    stage.part(pair);
    stage.fact("send() was called", WORDS.len());
    stage.fact("recv() was called", reads);
    stage.fact("the first recv() gave", format!("\"{}\"", String::from_utf8_lossy(&first.unwrap_or_default())));
    stage.fact("bytes sent", bytes(sent));
    stage.fact("bytes read", bytes(read));
    Ok(())
}
