use std::net::SocketAddr;

use unicode_width::UnicodeWidthStr;

use super::*;

fn style(width: usize, charset: Charset) -> Style {
    Style { width, color: false, charset, explain: false }
}

fn said(
    who: &'static str,
    call: &'static str,
    argument: Argument,
    answer: Answer,
    state: Option<&'static str>,
) -> Said {
    let end = |port: u16| Some(SocketAddr::from(([127, 0, 0, 1], port)));
    Said { who, call, argument, answer, took: 12_345, at: 1_000_000, local: end(40_001), remote: end(40_002), state }
}

fn told() -> Told {
    let number = |n| Some(Cell::Number(n, Unit::Bytes));
    let bar = |n| Some(Cell::Bar(n, Unit::Nanoseconds));
    let row = |label: &str, tcp, udp| Row { label: label.to_owned(), tcp, udp };
    let to = SocketAddr::from(([127, 0, 0, 1], 40_001));
    let tcp = vec![
        said("server", "bind", Argument::Address(to), Answer::Done, Some("BOUND-INACTIVE")),
        said("server", "accept", Argument::None, Answer::Done, Some("ESTABLISHED")),
        said("client", "send", Argument::Bytes(b"\x1b[2J".to_vec(), 4, None), Answer::Sent(4), Some("ESTABLISHED")),
        said("server*", "recv", Argument::Number(64), Answer::End, Some("CLOSE-WAIT")),
        said("client", "close", Argument::None, Answer::Done, None),
    ];
    let refused = Answer::Refused("ECONNREFUSED".to_owned(), "Connection refused".to_owned());
    let udp = vec![
        said("client", "sendto", Argument::Bytes(b"hello?".to_vec(), 6, Some(to)), Answer::Sent(6), Some("CLOSED")),
        said("client", "recv", Argument::Number(64), refused, Some("CLOSED")),
    ];
    Told {
        number: (4, 11),
        key: "edges",
        title: "Where a message ends",
        question: "How often does the server have to call recv()?",
        tcp: Side { calls: tcp, ..Side::default() },
        udp: Side { calls: udp, trouble: Some("ENOBUFS".to_owned()), ..Side::default() },
        rows: vec![row("bytes read", number(11), number(7)), row("half took less than", bar(20_000), bar(10_000))],
        explain: "TCP carries one long stream of bytes – its edges are gone.",
        caution: Some("A quick reader may see more pieces."),
        predicted: Some(Prediction { letter: 'a', sure: 3, right: false, why: "No.", answer: ('c', "Once", "Yes.") }),
        packets: Some("Packets can be shown, too.".to_owned()),
    }
}

#[test]
fn every_line_fits_at_every_width_and_no_byte_of_a_message_reaches_the_terminal_raw() {
    for charset in [Charset::Unicode, Charset::Ascii] {
        for width in [40, 60, 72, 80, 99, 100, 120, 200] {
            let mut out = Vec::new();
            text(&mut out, style(width, charset), &told());
            brief(&mut out, style(width, charset), &told());
            let drawn = String::from_utf8(out).expect("text");
            for line in drawn.lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
            assert!(!drawn.contains('\x1b'), "{drawn}");
            assert!(charset == Charset::Unicode || drawn.is_ascii(), "{drawn}");
        }
    }
}

#[test]
fn from_a_hundred_columns_on_the_two_stand_side_by_side() {
    let drawn = |width| {
        let mut out = Vec::new();
        text(&mut out, style(width, Charset::Unicode), &told());
        String::from_utf8(out).expect("text")
    };
    let beside =
        |text: &str| text.lines().any(|line| line.contains("TCP  a phone") && line.contains("UDP  a postcard"));
    assert!(beside(&drawn(100)) && !beside(&drawn(99)));
    assert!(drawn(120).contains("bind(:0)") || drawn(120).contains("bind(:40001)"));
    assert!(
        drawn(80).contains("BOUND-INACTIVE") && !drawn(120).contains("BOUND-INACTIVE"),
        "the narrow one says BOUND"
    );
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let drawn = |color| {
        let mut out = Vec::new();
        text(&mut out, Style { color, ..style(120, Charset::Unicode) }, &told());
        String::from_utf8(out).expect("text")
    };
    let mut stripped = String::new();
    for (at, piece) in drawn(true).split('\x1b').enumerate() {
        stripped += if at == 0 { piece } else { piece.split_once('m').expect("a colour").1 };
    }
    assert_eq!(stripped, drawn(false));
}

#[test]
fn a_wrong_prediction_is_answered_with_its_own_why_and_the_right_one() {
    let mut out = Vec::new();
    describe(&mut out, style(80, Charset::Ascii), &told(), true);
    let spoken = String::from_utf8(out).expect("text");
    assert!(spoken.contains("It is wrong. No. The answer is c: Once. Yes."), "{spoken}");
    assert!(spoken.contains("refused with ECONNREFUSED, connection refused, its state is CLOSED."), "{spoken}");
    assert!(spoken.contains("UDP could not be played to its end: ENOBUFS."), "{spoken}");
    assert!(spoken.is_ascii() && !spoken.contains('\x1b'));
}

#[test]
fn a_program_gets_numbers_with_their_units_and_states_as_they_are_typed() {
    let mut out = Vec::new();
    json(&mut out, &told());
    let object: serde_json::Value = serde_json::from_slice(&out).expect("one object");
    assert_eq!(object["findings"][1]["unit"], "nanoseconds");
    assert_eq!((&object["findings"][0]["tcp"], &object["findings"][0]["udp"]), (&11.into(), &7.into()));
    assert_eq!(object["tcp"]["calls"][3]["who"], "connection");
    assert_eq!(object["tcp"]["calls"][3]["state"], "close-wait");
    assert_eq!(object["udp"]["calls"][1]["result"], "ECONNREFUSED");
    assert_eq!(object["prediction"]["confidence"], 3);
}
