use super::*;
use crate::render::Charset;

fn told(call: Call, answer: Answer, state: Option<&'static str>) -> Line {
    Line {
        at: Duration::from_micros(1_203_400),
        who: "connection 1".to_owned(),
        call,
        answer,
        local: Some("[2001:db8:1111:2222:3333:4444:5555:6666]:65535".parse().expect("an end")),
        remote: None,
        state,
        begins: None,
        kind: Some(Kind::Receive),
    }
}

fn lines() -> Vec<Line> {
    let call = |name, arguments: &str| Call { name, arguments: arguments.to_owned(), data: None };
    let data = |text: &str, length| Data { bytes: text.as_bytes().to_vec(), length };
    let long = "[2001:db8:1111:2222:3333:4444:5555:6666]:65535";
    vec![
        told(call("bind", long), Answer::Refused("EADDRNOTAVAIL".to_owned(), "x".to_owned()), Some("BOUND-INACTIVE")),
        told(call("recv", ""), Answer::Gave(data(&"\u{1b}[2J界\n".repeat(40), 9999), None), Some("ESTABLISHED")),
        told(call("recvfrom", ""), Answer::Gave(data("hello\n", 6), long.parse().ok()), Some("unconnected")),
        told(Call { name: "send", arguments: String::new(), data: Some(data("hello\n", 6)) }, Answer::Took(6), None),
        told(
            Call { name: "sendto", arguments: long.to_owned(), data: Some(data("\0é", 3)) },
            Answer::Took(3),
            Some("unconnected"),
        ),
        told(call("recv", ""), Answer::More(1_234_567, u64::MAX), Some("ESTABLISHED")),
    ]
}

#[test]
fn a_call_is_one_line_that_fits_and_cannot_steer_the_terminal() {
    use unicode_width::UnicodeWidthStr;
    for charset in [Charset::Unicode, Charset::Ascii] {
        for width in [80, 120] {
            let style = Style { width, color: false, charset, explain: false };
            for line in lines().iter().filter(|l| l.remote.is_none()) {
                let mut out = Vec::new();
                text(&mut out, style, Options { explain: false, hex: false }, line);
                let text = String::from_utf8(out).expect("UTF-8");
                assert_eq!(text.lines().count(), 1, "{text}");
                assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
                assert!(!text.contains('\u{1b}'), "{text}");
                let ends_in_long_address = text.contains(" from ") || text.contains("sendto");
                assert!(ends_in_long_address || text.trim_end().width() <= width, "{width}:\n{text}");
            }
        }
    }
}

#[test]
fn what_was_sent_and_came_is_quoted_and_shown_as_numbers() {
    let style = Style { width: 80, color: false, charset: Charset::Unicode, explain: false };
    let mut out = Vec::new();
    text(&mut out, style, Options { explain: true, hex: true }, &lines()[3]);
    let text = String::from_utf8(out).expect("UTF-8");
    assert!(text.starts_with("   1.203  connection 1  send(\"hello\\n\") → 6 B\n"), "{text}");
    assert!(text.contains("0000  68 65 6c 6c 6f 0a ") && text.contains("  hello."), "{text}");
    assert!(text.contains("TCP keeps their order"), "{text}");
}

#[test]
fn json_is_one_object_with_bytes_as_text_and_as_numbers() {
    for line in lines() {
        let mut out = Vec::new();
        json(&mut out, Options { explain: true, hex: false }, &line);
        let value: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert!(value["explain"].is_string() && value["at"].is_f64() && out.is_ascii());
        assert_eq!(value["local_port"], 65535);
    }
    let mut out = Vec::new();
    json(&mut out, Options { explain: false, hex: false }, &lines()[4]);
    let value: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!((&value["hex"], &value["bytes"]), (&"00c3a9".into(), &3.into()));
}

#[test]
fn sentences_are_for_ears() {
    let style = Style { width: 80, color: false, charset: Charset::Ascii, explain: false };
    let mut out = Vec::new();
    describe(&mut out, style, Options { explain: false, hex: false }, &lines()[3]);
    let text = String::from_utf8(out).expect("UTF-8");
    assert_eq!(text, "After 1.203 seconds: Connection 1 calls send with \"hello\\n\": 6 bytes taken.\n");
}
