//! What has to be called before the first byte can leave. RFC 9293 §3.5 (three packets), RFC 768 (none).

use std::io;

use super::stage::{CLIENT, Stage};
use super::{Choice, Scenario, right, wrong};
use crate::sockets::Call;

pub(super) static SCENARIO: Scenario = Scenario {
    key: "set-up",
    title: "Before the first byte",
    question: "What happens between starting the two programs and sending the first byte?",
    choices: CHOICES,
    explain: "TCP gives both kernels a common memory first: who talks, and where the numbers of the bytes begin. That \
              takes three packets, and connect() waits for them. UDP has nothing to remember, so its first packet is \
              already data.",
    caution: None,
    play,
};

const CHOICES: &[Choice] = &[
    wrong(
        "The same calls and packets; the two differ later",
        "listen() and accept() do not exist for UDP: there is no connection that could be accepted.",
    ),
    wrong(
        "accept() makes TCP's kernel answer the caller",
        "The kernel has answered long before: the connection is complete when connect() returns. accept() only picks \
         it up, and sends nothing.",
    ),
    right(
        "TCP exchanges three packets during connect(); UDP exchanges none",
        "SYN, SYN+ACK, ACK: then both kernels know each other. UDP sends its data to whoever is there, or nobody.",
    ),
    wrong(
        "UDP has to call connect() too, or it does not know where to send",
        "sendto() takes the address with every datagram. connect() on a UDP socket only notes it, and sends nothing.",
    ),
];

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let server = stage.server()?;
    let left = if stage.is_tcp() {
        let pair = stage.pair_with(server)?;
        stage.send(&pair.client, b"x")?;
        stage.receive(&pair.host, 64)?;
        stage.part(pair).unwrap_or("nothing")
    } else {
        let mut client = stage.socket(CLIENT)?;
        stage.send_to(&mut client, b"x", server.address()?)?;
        stage.receive(&server, 64)?;
        stage.close(client);
        stage.close(server);
        "nothing"
    };
    let first = stage.events.iter().position(|e| matches!(e.call, Call::Send { .. })).unwrap_or(0);
    stage.fact("calls before byte 1, both programs", first);
    stage.fact("packets before byte 1, by the RFCs", if stage.is_tcp() { 3_usize } else { 0 });
    let connect = stage.events.iter().find(|e| matches!(e.call, Call::Connect(_))).map(|e| e.took);
    match connect {
        Some(took) => stage.fact("connect() waited", took),
        None => stage.fact("connect() waited", "not called"),
    }
    stage.fact("sockets of the server", if stage.is_tcp() { 2_usize } else { 1 });
    stage.fact("what the kernel keeps afterwards", left);
    Ok(())
}
