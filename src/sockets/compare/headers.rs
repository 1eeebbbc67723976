//! What a message costs beside its own bytes. RFC 791 §3.1, RFC 9293 §3.1, RFC 768; timestamps are RFC 7323 §3.

use std::io;

use super::stage::{Pair, Stage};
use super::{Choice, Scenario, Unit, Value, bytes, right, wrong};

pub(super) static SCENARIO: Scenario = Scenario {
    key: "headers",
    title: "What a message costs",
    question: "A message of 1 byte: how many bytes of IP, TCP and UDP headers go with it?",
    choices: CHOICES,
    explain: "Both pay for IP (20 bytes). UDP adds two ports, a length and a checksum: 8 bytes. TCP adds numbers, \
              window and flags: 20 bytes, and 12 of timestamps where both sides know them. TCP also sends ACKs without \
              any data. For large messages none of this matters.",
    caution: None,
    play,
};

const CHOICES: &[Choice] = &[
    wrong(
        "None: headers are sent once, in the handshake",
        "Every packet finds its way alone, so each carries them all.",
    ),
    wrong("As many as the message needs: 1 or 2", "The length of headers does not depend on the message behind them."),
    right(
        "TCP 40 or 52, UDP 28",
        "20 for IP, and then 20 (32 with timestamps) for TCP or 8 for UDP. The link adds its own 14 on Ethernet.",
    ),
    wrong("Both 40: the transport header is 20 bytes", "UDP has no numbers to keep: four fields of two bytes are all."),
];

/// Bytes of the messages.
pub const SIZES: [usize; 3] = [1, 100, 1000];
const IP: usize = 20;
const TCP: usize = 20;
const UDP: usize = 8;

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let pair = stage.pair()?;
    for size in SIZES {
        one(stage, &pair, size)?;
    }
    stage.part(pair);
    let headers = IP + if stage.is_tcp() { TCP } else { UDP };
    let share = |size: usize| Value::Number((size * 100 / (size + headers)) as u64, Unit::Percent);
    stage.fact("headers by the RFCs, each message", bytes(headers));
    stage.fact("your part of a 1-byte packet", share(1));
    stage.fact("your part of a 1000-byte packet", share(1000));
    Ok(())
}

/// Sends a message and reads it before the next one, so that each travels in a packet of its own.
fn one(stage: &mut Stage<'_>, pair: &Pair, size: usize) -> io::Result<()> {
    let message = vec![b'm'; size];
    stage.send(&pair.client, &message)?;
    stage.receive(&pair.host, 2048)?;
    Ok(())
}
