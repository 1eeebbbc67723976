//! The server's program ends while the client still wants to talk. RFC 9293 §3.6 and §3.5.2, RFC 1122 §4.1.3.3.

use std::io;

use super::closed_port::{heard, said};
use super::stage::{SILENCE, Stage};
use super::{Choice, Scenario, right, wrong};

pub(super) static SCENARIO: Scenario = Scenario {
    key: "vanish",
    title: "The other side is gone",
    question: "The server's program closes its socket. How does the client find out?",
    choices: CHOICES,
    explain: "The server's kernel says goodbye for TCP (FIN), so recv() returns 0; a send() into the void still succeeds, \
              and its RST makes the next one fail. UDP says no goodbye: a silent server and a dead one look the same, \
              until an ICMP note comes back for something that was sent.",
    caution: Some(
        "This is a program that ended. If the machine loses power, nobody sends a FIN: TCP, too, notices only when it \
         sends, or by keep-alive.",
    ),
    play,
};

const CHOICES: &[Choice] = &[
    wrong(
        "The next send() fails with both",
        "It succeeds with both: send() only fills a buffer. The bad news comes back afterwards.",
    ),
    right(
        "TCP's recv() returns 0; UDP hears nothing until it sends",
        "0 is TCP's end of the stream. For UDP there was no stream that could end.",
    ),
    wrong(
        "recv() fails with an error in TCP",
        "An orderly goodbye is no error: recv() returns 0. Reading on as if 0 were data is a classic endless loop.",
    ),
    wrong("Neither: only a timeout of the program can tell", "That is true for UDP alone. TCP's FIN arrives at once."),
];

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let pair = stage.pair()?;
    stage.send(&pair.client, b"hi")?;
    stage.receive(&pair.host, 64)?;
    let (client, host, listener) = (pair.client, pair.host, pair.listener);
    stage.close(host);
    if let Some(listener) = listener {
        stage.close(listener);
    }
    client.wait(SILENCE)?;
    let heard_first = heard(&stage.receive(&client, 64));
    stage.fact("recv() after the other side closed", heard_first);
    let first = said(&stage.send(&client, b"still there?"));
    stage.fact("the first send()", first);
    let second = said(&stage.send(&client, b"hello?"));
    stage.fact("the second send()", second);
    let who = if stage.is_tcp() { "FIN, then RST" } else { "ICMP, if it comes" };
    stage.fact("what told the client", who);
    stage.close(client);
    Ok(())
}
