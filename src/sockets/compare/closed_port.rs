//! A port where nobody listens. RFC 9293 §3.10.7.1 (RST), RFC 1122 §4.1.3 (port unreachable and how UDP tells it).

use std::io;

use super::stage::{CLIENT, SILENCE, Stage, name};
use super::{Choice, Scenario, right, wrong};
use crate::sockets::Outcome;

pub(super) static SCENARIO: Scenario = Scenario {
    key: "closed-port",
    title: "Nobody lives there",
    question: "A program calls a port where nobody listens. When does it find out?",
    choices: CHOICES,
    explain: "TCP has to be answered, and a RST is an answer: connect() fails. UDP's send() only hands the datagram to \
              the kernel. The note \"port unreachable\" (ICMP) comes back later; a connected socket finds it at its \
              next call, a socket without a partner never hears of it.",
    caution: Some("A firewall may swallow both RST and ICMP: then TCP waits for minutes, and UDP for ever."),
    play,
};

const CHOICES: &[Choice] = &[
    wrong(
        "Both at once: the kernel knows that the port is closed",
        "Your kernel does not know the ports of another machine: somebody over there has to say so.",
    ),
    right(
        "TCP in connect(); UDP one call later, or never",
        "send() succeeds, and the next call on the same connected socket fails with ECONNREFUSED.",
    ),
    wrong(
        "Neither: a closed port is silent",
        "The other kernel answers: TCP's with RST, UDP's with ICMP. Silence means a firewall, or nobody at all.",
    ),
    wrong(
        "UDP's send() fails, because nothing listens",
        "send() means handed over, not arrived. It returns long before anybody could have answered.",
    ),
];

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    // A port that was free a moment ago; the system gives it to nobody else so soon.
    let nobody = {
        let server = stage.socket(super::stage::SERVER)?;
        let server = stage.bound(server)?;
        let address = server.address()?;
        stage.close(server);
        address
    };
    let mut client = stage.socket(CLIENT)?;
    client.wait(SILENCE)?;
    if stage.is_tcp() {
        let connected = stage.connect(&mut client, nobody);
        stage.fact("connect()", said(&connected));
        stage.close(client);
        return Ok(());
    }
    // First without a partner: the kernel cannot know which datagram the bad news would be about, and is silent.
    let sent = said(&stage.send_to(&mut client, b"hello?", nobody));
    let next = heard(&stage.receive(&client, 64));
    let connected = stage.connect(&mut client, nobody);
    stage.fact("connect()", said(&connected));
    stage.fact("sendto(), before connect()", sent);
    stage.fact("the next call, recvfrom()", next);
    let sent = said(&stage.send(&client, b"hello?"));
    stage.fact("send(), after connect()", sent);
    let next = heard(&stage.receive(&client, 64));
    stage.fact("the next call, recv()", next);
    stage.close(client);
    Ok(())
}

/// What a call came to, in a word.
pub(super) fn said<T>(result: &io::Result<T>) -> String {
    result.as_ref().map_or_else(name, |_| "ok".to_owned())
}

/// What a read came to.
pub(super) fn heard(result: &io::Result<Outcome>) -> String {
    match result {
        Ok(Outcome::TimedOut) => "silence".to_owned(),
        Ok(Outcome::End) => "0: that was all".to_owned(),
        Ok(Outcome::Received { length, .. }) => format!("{length} bytes"),
        Ok(_) => "ok".to_owned(),
        Err(error) => name(error),
    }
}
