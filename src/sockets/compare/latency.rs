//! One byte there and back, many times, between two threads.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::stage::Stage;
use super::{Choice, Scenario, Unit, Value, nanos, right, wrong};
use crate::sockets::Call;

pub(super) static SCENARIO: Scenario = Scenario {
    key: "latency",
    title: "There and back",
    question: "On an open connection, one byte goes there and back. How much quicker is UDP?",
    choices: CHOICES,
    explain: "Once a connection is open and nothing is lost, a byte of TCP takes the same way through the same wires, and \
              its ACK travels with the answer. Most of what you see here is the time to wake up two programs. UDP wins \
              before the first byte, and when something is lost: then TCP holds back all that comes after it.",
    caution: Some("Loopback is no network: there is no wire, no queue and no loss. Each run gives other times."),
    play,
};

const CHOICES: &[Choice] = &[
    wrong("Ten times: TCP waits for an ACK after each byte", "The ACK waits for nobody; it rides on the answer."),
    wrong("Twice: TCP checks every byte", "Both have the same 16-bit checksum, and it costs nanoseconds."),
    right(
        "Hardly: both need about the same time",
        "The way is the same. TCP's bookkeeping costs a microsecond or two, and on a real line nobody would see it.",
    ),
];

const TIMES: usize = 200;

fn play(stage: &mut Stage<'_>) -> io::Result<()> {
    let pair = stage.pair()?;
    let mut times = Vec::with_capacity(TIMES);
    let begin = Instant::now();
    let tcp = stage.is_tcp();
    let (client, host) = (&pair.client.socket, &pair.host.socket);
    if tcp {
        client.set_tcp_nodelay(true)?;
        host.set_tcp_nodelay(true)?;
    }
    let back = pair.client.address()?;
    let echoed = std::thread::scope(|scope| {
        let echo = scope.spawn(move || {
            let mut byte = [0; 1];
            for _ in 0..TIMES {
                match (&*host).read(&mut byte) {
                    Ok(1) => {}
                    Ok(_) => break,
                    Err(error) => return Err(error),
                }
                if tcp {
                    (&*host).write(&byte)?
                } else {
                    host.send_to(&byte, &back.into())?
                };
            }
            Ok(())
        });
        for _ in 0..TIMES {
            let asked = Instant::now();
            let mut byte = [b'?'; 1];
            let answered = (&*client).write(&byte).and_then(|_| (&*client).read(&mut byte));
            match answered {
                Ok(1) => times.push(nanos(asked.elapsed())),
                _ => break,
            }
        }
        echo.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
    });
    echoed?;
    let call = Call::Send { bytes: vec![b'?'], length: 1, to: None };
    stage.more(&pair.client, call, times.len() as u64, times.len() as u64, begin.elapsed());
    stage.part(pair);
    times.sort_unstable();
    let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied();
    stage.fact("bytes that went there and back", times.len());
    if let (Some(median), Some(slow), Some(total)) = (at(50), at(95), Some(times.iter().sum::<u64>())) {
        stage.fact("half of them took less than", Value::Bar(median, Unit::Nanoseconds));
        stage.fact("95 of 100 took less than", Value::Bar(slow, Unit::Nanoseconds));
        stage.fact("all together", Duration::from_nanos(total));
    }
    Ok(())
}
