//! One side has said everything and still listens. RFC 9293 §3.6, Case 1.

use std::io;

use super::closed_port::{heard, said};
use super::stage::{SILENCE, Stage};
use super::{Choice, Scenario, right, wrong};

pub(super) static SCENARIO: Scenario = Scenario {
    key: "half-close",
    title: "Done talking, still listening",
    question: "The client calls shutdown(SHUT_WR): \"I have said everything\". What can the server still do?",
    choices: CHOICES,
    explain: "A TCP connection is two streams, and each ends by its own FIN: that is how a server knows that a request \
              is complete, and answers on the other stream. UDP has no stream to end: shutdown() stays at home and \
              only stops the own program.",
    caution: None,
    play,
};

const CHOICES: &[Choice] = &[
    wrong(
        "Nothing: the connection is closed",
        "Only one of its two directions. CLOSE-WAIT means: you may go on talking.",
    ),
    wrong(
        "Send, but the client no longer reads it",
        "SHUT_WR ends writing alone; the client's state FIN-WAIT-2 is the state of somebody who still reads.",
    ),
    wrong(
        "With UDP the same: a last, empty datagram says that it was all",
        "shutdown() sends nothing for UDP. Where an end is needed, the program has to invent one.",
    ),
    right(
        "TCP's server reads 0 and still answers; UDP's is never told",
        "It read the end of one stream and wrote on the other. UDP's server would wait for ever.",
    ),
];

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let mut pair = stage.pair()?;
    stage.send(&pair.client, b"my question")?;
    stage.shutdown(&pair.client)?;
    stage.receive(&pair.host, 64)?;
    pair.host.wait(SILENCE)?;
    let end = heard(&stage.receive(&pair.host, 64));
    stage.fact("the server's next recv()", end);
    let answer = b"my answer";
    let sent = if stage.is_tcp() {
        stage.send(&pair.host, answer)
    } else {
        let to = pair.client.address()?;
        stage.send_to(&mut pair.host, answer, to)
    };
    stage.fact("the server answers", said(&sent));
    let got = heard(&stage.receive(&pair.client, 64));
    stage.fact("the client's recv()", got);
    let more = said(&stage.send(&pair.client, b"one more thing"));
    stage.fact("the client's next send()", more);
    stage.part(pair);
    Ok(())
}
