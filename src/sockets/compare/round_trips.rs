//! How often a message has to travel there and back until the first answer. RFC 9293 §3.5; RFC 7413 would save one.

use std::io;
use std::time::Duration;

use super::stage::{CLIENT, Stage};
use super::{Choice, Scenario, right, wrong};

pub(super) static SCENARIO: Scenario = Scenario {
    key: "round-trips",
    title: "How long until the first answer",
    question: "The server is 50 ms away. How long until the client has the answer to its first question?",
    choices: CHOICES,
    explain: "TCP's question may leave when the SYN+ACK is there, one round trip later than UDP's. The distance counts, \
              not the bandwidth: a faster line saves nothing. That is why programs keep a TCP connection open, and why \
              HTTP/3 runs on UDP.",
    caution: Some(
        "Loopback has no distance: the times for 50 ms are computed from the number of round trips. TCP Fast Open \
         (RFC 7413) could save one on a second visit; it is hardly used.",
    ),
    play,
};

const CHOICES: &[Choice] = &[
    wrong("TCP 100 ms, UDP 50 ms", "A question and its answer take 100 ms with both: 50 there and 50 back."),
    right(
        "TCP 200 ms, UDP 100 ms",
        "One round trip for the greeting, one for the question and its answer. UDP needs only the second.",
    ),
    wrong(
        "TCP 300 ms, UDP 100 ms: each packet of the handshake takes its time",
        "The third packet, the ACK, waits for nobody: the question leaves right behind it.",
    ),
    wrong(
        "Both 100 ms: the handshake is done by the kernels",
        "Kernels are no faster than light: the SYN has to arrive and the SYN+ACK has to come back.",
    ),
];

/// One way, for the example.
const AWAY: Duration = Duration::from_millis(50);

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let before: u32 = u32::from(stage.is_tcp());
    if stage.is_tcp() {
        let pair = stage.pair()?;
        stage.send(&pair.client, b"time?")?;
        stage.receive(&pair.host, 64)?;
        stage.send(&pair.host, b"noon")?;
        stage.receive(&pair.client, 64)?;
        stage.part(pair);
    } else {
        let mut server = stage.server()?;
        let mut client = stage.socket(CLIENT)?;
        stage.send_to(&mut client, b"time?", server.address()?)?;
        stage.receive(&server, 64)?;
        let back = client.address()?;
        stage.send_to(&mut server, b"noon", back)?;
        stage.receive(&client, 64)?;
        stage.close(client);
        stage.close(server);
    }
    stage.fact("round trips before the question leaves", before as usize);
    stage.fact("round trips until the answer is there", before as usize + 1);
    stage.fact("that is, from a server 50 ms away", AWAY * 2 * (before + 1));
    Ok(())
}
