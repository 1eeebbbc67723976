//! From what was played to what is told: the same facts, in the renderer's words.

use crate::render::beside::{Answer, Argument, Cell, Prediction, Row, Said, Side, Told, Unit};
use crate::sockets::compare::{self, Finding, Scenario, Value};
use crate::sockets::{Call, Event, Outcome, Role, Transport};

pub(super) fn scenario(
    scenario: &'static Scenario,
    tcp: &compare::Side,
    udp: &compare::Side,
    predicted: Option<Prediction>,
) -> Told {
    let number = compare::ALL.iter().position(|s| s.key == scenario.key).unwrap_or(0) + 1;
    Told {
        number: (number, compare::ALL.len()),
        key: scenario.key,
        title: scenario.title,
        question: scenario.question,
        tcp: side(tcp),
        udp: side(udp),
        rows: compare::findings(tcp, udp).into_iter().map(row).collect(),
        explain: scenario.explain,
        caution: scenario.caution,
        predicted,
        packets: None,
    }
}

fn side(side: &compare::Side) -> Side {
    Side { calls: side.events.iter().map(said).collect(), trouble: side.trouble.clone(), ..Side::default() }
}

fn row(finding: Finding) -> Row {
    Row { label: finding.label.to_owned(), tcp: finding.tcp.map(cell), udp: finding.udp.map(cell) }
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Number(number, counts) => Cell::Number(number, unit(counts)),
        Value::Bar(number, counts) => Cell::Bar(number, unit(counts)),
        Value::Text(text) => Cell::Text(text.into_owned()),
    }
}

fn unit(unit: compare::Unit) -> Unit {
    match unit {
        compare::Unit::Count => Unit::Count,
        compare::Unit::Bytes => Unit::Bytes,
        compare::Unit::Nanoseconds => Unit::Nanoseconds,
        compare::Unit::BytesPerSecond => Unit::BytesPerSecond,
        compare::Unit::Percent => Unit::Percent,
    }
}

fn said(event: &Event) -> Said {
    let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let (call, argument) = asked(&event.call);
    Said {
        who: match event.who.role {
            Role::Server => "server",
            Role::Connection => "server*",
            Role::Client => "client",
        },
        call,
        argument,
        answer: answered(&event.outcome),
        took: nanos(event.took),
        at: nanos(event.at),
        local: event.local,
        remote: event.remote,
        state: event.state,
    }
}

fn asked(call: &Call) -> (&'static str, Argument) {
    match call {
        Call::Socket(Transport::Tcp) => ("socket", Argument::Word("SOCK_STREAM")),
        Call::Socket(Transport::Udp) => ("socket", Argument::Word("SOCK_DGRAM")),
        Call::Option(name, value) => ("setsockopt", Argument::Option(name, *value)),
        Call::Bind(address) => ("bind", Argument::Address(*address)),
        Call::Listen(backlog) => ("listen", Argument::Number(u64::from(*backlog))),
        Call::Accept => ("accept", Argument::None),
        Call::Connect(address) => ("connect", Argument::Address(*address)),
        Call::Send { bytes, length, to } => {
            (if to.is_some() { "sendto" } else { "send" }, Argument::Bytes(bytes.clone(), *length, *to))
        }
        Call::Receive(room) => ("recv", Argument::Number(*room as u64)),
        Call::Shutdown => ("shutdown", Argument::Word("SHUT_WR")),
        Call::Close => ("close", Argument::None),
    }
}

fn answered(outcome: &Outcome) -> Answer {
    match outcome {
        Outcome::Done => Answer::Done,
        Outcome::Sent(length) => Answer::Sent(*length),
        Outcome::Received { bytes, length, from } => Answer::Received(bytes.clone(), *length, *from),
        Outcome::End => Answer::End,
        Outcome::More { calls, bytes } => Answer::More(*calls, *bytes),
        Outcome::TimedOut => Answer::TimedOut,
        Outcome::Refused { name, message } => Answer::Refused(name.clone(), message.clone()),
    }
}
