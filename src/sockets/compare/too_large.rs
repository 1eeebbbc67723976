//! One send of 65,508 bytes. RFC 768 and RFC 791: 65,535 − 20 − 8 is all that a datagram can hold.

use std::io;

use super::stage::{Stage, length, name};
use super::{Choice, Scenario, bytes, right, wrong};

pub(super) static SCENARIO: Scenario = Scenario {
    key: "too-large",
    title: "Too large for one datagram",
    question: "A program sends 65,508 bytes with a single send(). What happens?",
    choices: CHOICES,
    explain: "A datagram has to fit into one IP packet, whose length field ends at 65,535; 28 bytes of it are headers. \
              UDP does not cut: what does not fit is refused at once. TCP cuts its stream into segments as it likes.",
    caution: Some(
        "65,507 bytes work on loopback. On Ethernet they would travel as 45 fragments, and the loss of one loses all: \
         stay below 1,400.",
    ),
    play,
};

const CHOICES: &[Choice] = &[
    wrong(
        "Both cut it into packets of 1,500 bytes",
        "UDP never makes two datagrams of one send(): nobody could join them.",
    ),
    wrong("UDP sends the first 65,507 bytes and forgets the rest", "It is all or nothing: not one byte leaves."),
    wrong("Both refuse: nothing may be longer than 64 KiB", "TCP has no messages, so there is nothing to be too long."),
    right(
        "TCP takes it; UDP refuses with EMSGSIZE",
        "One byte more than 65,535 - 20 - 8. The error comes from your own kernel, before anything is sent.",
    ),
];

/// The most that a datagram over IPv4 can hold, and one more.
const LARGEST: usize = 65_507;
const TOO_LARGE: usize = LARGEST + 1;

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let pair = stage.pair()?;
    let message = vec![b'x'; TOO_LARGE];
    let mut taken = 0;
    let outcome = stage.send(&pair.client, &message);
    match &outcome {
        Ok(sent) => {
            taken += sent;
            stage.fact("send() of 65,508 bytes", "taken");
        }
        Err(error) => stage.fact("send() of 65,508 bytes", name(error)),
    }
    if outcome.is_err() {
        taken += stage.send(&pair.client, &message[..LARGEST])?;
        stage.fact("send() of 65,507 bytes", "taken");
    } else {
        stage.fact("send() of 65,507 bytes", "also");
    }
    let (mut read, mut reads) = (0, 0_usize);
    while read < taken {
        let got = length(&stage.receive(&pair.host, TOO_LARGE)?);
        if got == 0 {
            break;
        }
        (read, reads) = (read + got, reads + 1);
    }
    stage.part(pair);
    stage.fact("bytes taken", bytes(taken));
    stage.fact("bytes read", bytes(read));
    stage.fact("recv() was called", reads);
    Ok(())
}
