use std::net::SocketAddr;

use super::*;
use crate::sockets::Outcome;

/// A kernel that says nothing: the plays must not depend on what the table says.
struct Silent;

impl Kernel for Silent {
    fn state(&mut self, _: Transport, _: SocketAddr, _: Option<SocketAddr>) -> Option<&'static str> {
        None
    }
}

fn both(key: &str) -> (Side, Side) {
    let scenario = named(key).expect("a scenario");
    let sides = [Transport::Tcp, Transport::Udp].map(|transport| play(scenario, transport, &mut Silent));
    for side in &sides {
        assert_eq!(side.trouble, None, "{key}: {side:#?}");
    }
    let [tcp, udp] = sides;
    (tcp, udp)
}

fn fact<'a>(side: &'a Side, label: &str) -> &'a Value {
    let found = side.facts.iter().find(|f| f.label == label);
    &found.unwrap_or_else(|| panic!("no {label:?} in {:#?}", side.facts)).value
}

fn number(side: &Side, label: &str) -> u64 {
    match fact(side, label) {
        Value::Number(number, _) | Value::Bar(number, _) => *number,
        Value::Text(text) => panic!("{label} is {text}"),
    }
}

fn text(side: &Side, label: &str) -> String {
    match fact(side, label) {
        Value::Text(text) => text.to_string(),
        value => panic!("{label} is {value:?}"),
    }
}

#[test]
fn every_scenario_has_one_right_answer_and_a_reason_for_each_of_its_choices() {
    for scenario in ALL {
        assert!((3..=5).contains(&scenario.choices.len()), "{}", scenario.key);
        assert_eq!(scenario.choices.iter().filter(|c| c.right).count(), 1, "{}", scenario.key);
        assert!(scenario.question.ends_with('?'), "{}", scenario.key);
        let texts: Vec<_> = scenario.choices.iter().flat_map(|c| [c.text, c.why]).chain([scenario.explain]).collect();
        assert!(texts.iter().all(|t| !t.is_empty() && !t.contains("  ")), "{}", scenario.key);
    }
    let mut keys: Vec<_> = ALL.iter().map(|s| s.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), ALL.len());
    let first = ALL.iter().filter(|s| s.choices[0].right).count();
    assert!(first * 3 < ALL.len(), "the right answer is not always the first one");
}

#[test]
fn tcp_takes_more_calls_and_more_sockets_than_udp() {
    let (tcp, udp) = both("set-up");
    assert_eq!(
        [number(&tcp, "calls before byte 1, both programs"), number(&udp, "calls before byte 1, both programs")],
        [6, 3]
    );
    assert!(tcp.events.iter().any(|e| e.call == crate::sockets::Call::Accept));
}

#[test]
fn a_late_reader_gets_three_sends_of_tcp_in_one_read_and_three_datagrams_in_three() {
    let (tcp, udp) = both("edges");
    assert_eq!((number(&tcp, "recv() was called"), number(&udp, "recv() was called")), (1, 3));
    assert_eq!(text(&tcp, "the first recv() gave"), "\"onetwothree\"");
    assert_eq!(text(&udp, "the first recv() gave"), "\"one\"");
    assert_eq!(number(&tcp, "bytes read"), number(&tcp, "bytes sent"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_datagram_of_one_byte_too_many_is_refused_and_a_stream_takes_it() {
    let (tcp, udp) = both("too-large");
    assert_eq!(text(&udp, "send() of 65,508 bytes"), "EMSGSIZE");
    assert_eq!((number(&tcp, "bytes read"), number(&udp, "bytes read")), (65_508, 65_507));
    assert_eq!(number(&udp, "recv() was called"), 1);
}

#[test]
fn a_closed_port_refuses_tcp_at_once_udp_one_call_later_and_strangers_never() {
    let (tcp, udp) = both("closed-port");
    assert_eq!(text(&tcp, "connect()"), "ECONNREFUSED");
    assert_eq!(text(&udp, "send(), after connect()"), "ok");
    assert_eq!(text(&udp, "the next call, recv()"), "ECONNREFUSED");
    assert_eq!(text(&udp, "the next call, recvfrom()"), "silence");
}

#[test]
fn a_peer_that_closed_ends_the_stream_and_leaves_udp_in_silence() {
    let (tcp, udp) = both("vanish");
    assert!(text(&tcp, "recv() after the other side closed").starts_with('0'));
    assert_eq!(text(&udp, "recv() after the other side closed"), "silence");
    assert_eq!((text(&tcp, "the first send()"), text(&udp, "the first send()")), ("ok".into(), "ok".into()));
    assert!(["EPIPE", "ECONNRESET"].contains(&&*text(&tcp, "the second send()")));
    assert_eq!(text(&udp, "the second send()"), "ECONNREFUSED");
}

#[test]
fn after_half_a_goodbye_the_answer_still_comes() {
    let (tcp, udp) = both("half-close");
    assert!(text(&tcp, "the server's next recv()").starts_with('0'));
    assert_eq!(text(&udp, "the server's next recv()"), "silence");
    for side in [&tcp, &udp] {
        assert_eq!(text(side, "the client's recv()"), "9 bytes");
    }
    assert_eq!(text(&tcp, "the client's next send()"), "EPIPE");
}

#[test]
fn a_sleeping_reader_blocks_tcp_and_costs_udp_its_messages() {
    let (tcp, udp) = both("slow-reader");
    assert_eq!((text(&tcp, "then send()"), text(&udp, "then send()")), ("blocks".into(), "goes on".into()));
    assert!(tcp.events.iter().any(|e| e.outcome == Outcome::TimedOut));
    assert_eq!(number(&tcp, "bytes lost"), 0);
    let lost = number(&udp, "bytes lost");
    assert!(lost > 0 && lost < 100_000, "{lost}");
    #[cfg(target_os = "linux")]
    assert_eq!(number(&udp, "messages that the kernel dropped") * 1_000, lost);
}

#[test]
fn what_is_measured_is_there_and_no_byte_of_a_stream_is_lost() {
    let (tcp, udp) = both("latency");
    assert_eq!(number(&tcp, "bytes that went there and back"), 200);
    assert!(number(&udp, "half of them took less than") <= number(&udp, "95 of 100 took less than"));
    let (tcp, udp) = both("throughput");
    assert_eq!(number(&tcp, "bytes lost"), 0);
    assert!(number(&udp, "bytes sent") > 0);
}

#[test]
fn every_play_closes_what_it_opens_and_says_the_same_things_of_both() {
    for scenario in ALL.iter().filter(|s| s.key != "throughput") {
        let (tcp, udp) = both(scenario.key);
        for side in [&tcp, &udp] {
            let calls =
                |wanted: fn(&crate::sockets::Call) -> bool| side.events.iter().filter(|e| wanted(&e.call)).count();
            let opened = calls(|c| matches!(c, crate::sockets::Call::Socket(_) | crate::sockets::Call::Accept));
            assert_eq!(opened, calls(|c| *c == crate::sockets::Call::Close), "{}", scenario.key);
        }
        assert!(!findings(&tcp, &udp).is_empty(), "{}", scenario.key);
    }
}
