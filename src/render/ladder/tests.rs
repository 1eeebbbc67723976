//! What a ladder looks like, row by row.

use super::*;
use crate::dissect::field;
use crate::render::step::{Action, Key, Screens};
use hosts::Host;

static MAY_I: Field = field("asks", "may I?", Show::Nothing).explain("Asks to begin.");
static AGAIN: Field = field("again", "sent again", Show::Nothing).gist("sent again");

pub(super) fn host(last: u8) -> End {
    End::One(Host::Ip([192, 0, 2, last].into()), Some(u16::from(last)))
}

pub(super) fn arrow(number: u64, time: u64, from: End, to: End, words: &str) -> Arrow {
    let pieces = words.split(' ').map(str::to_owned).collect();
    let level = Level::Transport;
    Arrow {
        number,
        time: Some(time),
        from,
        to,
        level,
        pieces,
        remarks: Vec::new(),
        lost: [0; 2],
        fate: Fate::Unknown,
        fills: None,
        repeats: None,
        again_in: None,
        asked: None,
        wire: crate::dissect::Fate::Unknown,
    }
}

fn style(width: usize, charset: Charset) -> Style {
    Style { width, color: false, charset, explain: false }
}

fn drawn(width: usize, charset: Charset, arrows: Vec<Arrow>) -> String {
    let mut ladder = Ladder::new(style(width, charset), None, false);
    ladder.waiting = arrows.into_iter().map(Item::Arrow).collect();
    let mut out = Vec::new();
    ladder.flush(&mut out);
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn an_arrow_points_from_the_sender_and_its_meaning_stands_at_the_right() {
    let mut first = arrow(1, 0, host(1), host(2), "TCP [SYN]");
    first.remarks.push(Remark { field: &MAY_I, alarm: false });
    let mut second = arrow(2, 40_000, host(2), host(1), "TCP [SYN+ACK]");
    second.remarks.push(Remark { field: &AGAIN, alarm: true });
    let text = drawn(60, Charset::Unicode, vec![first, second]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[1..],
        [
            "       ms 192.0.2.1:1          192.0.2.2:2",
            "            │                       │",
            "     0.00   │── TCP [SYN] ─────────▶│ may I?",
            "     0.04   │◀─ TCP [SYN+ACK] ──────│ ! sent again",
        ]
    );
}

#[test]
fn every_width_and_both_sets_of_characters_fit() {
    for width in [40, 80, 120, 200] {
        for charset in [Charset::Unicode, Charset::Ascii] {
            for hosts in 1..=6 {
                let all = (0..40)
                    .map(|n| {
                        let to = if n % 7 == 0 { End::All } else { host((n % (hosts + 1)) as u8) };
                        let mut arrow = arrow(n, n * n * 90_000_000, host((n % hosts) as u8), to, "P one=1 two=2");
                        arrow.remarks.push(Remark { field: &AGAIN, alarm: true });
                        arrow
                    })
                    .collect();
                let text = drawn(width, charset, all);
                assert!(text.lines().all(|l| l.chars().count() <= width), "{width} {hosts}\n{text}");
                assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
            }
        }
    }
}

#[test]
fn a_long_silence_is_left_out_and_said() {
    let all = vec![
        arrow(1, 0, host(1), host(2), "A"),
        arrow(2, 1_000_000, host(2), host(1), "B"),
        arrow(3, 1_201_000_000, host(1), host(2), "C"),
    ];
    let text = drawn(80, Charset::Unicode, all);
    let pause = text.lines().find(|l| l.contains('┊')).expect("a pause");
    assert!(pause.contains("… 1.2 s …"), "{pause}");
}

#[test]
fn of_many_hosts_the_busiest_have_columns_and_the_others_are_counted() {
    let mut all: Vec<Arrow> = (0..20).map(|n| arrow(n, n, host(1), host(2), "busy")).collect();
    all.extend((3..12).map(|n| arrow(u64::from(n) + 20, 20, host(n), host(n + 1), "quiet")));
    let text = drawn(80, Charset::Unicode, all);
    assert!(text.contains("8 more hosts without a column"), "{text}");
    assert!(text.contains("192.0.2.1") && text.contains("packets between other hosts"), "{text}");
}

#[test]
fn a_lost_segment_ends_in_a_cross_and_says_what_became_of_it() {
    let mut behind = arrow(2, 1000, host(1), host(2), "TCP");
    behind.lost = [1448, 0];
    let mut again = arrow(3, 2000, host(1), host(2), "TCP");
    again.fills = Some((2, false));
    let play = |last: Option<&Arrow>| {
        let mut all = Vec::new();
        add(&mut all, arrow(1, 0, host(1), host(2), "TCP"));
        add(&mut all, behind.clone());
        if let Some(last) = last {
            add(&mut all, last.clone());
        }
        let all = arrows(&all).cloned().collect();
        drawn(80, Charset::Unicode, all)
    };
    let cross = |text: &str| text.lines().find(|l| l.contains('✕')).map(str::to_owned);
    let never = cross(&play(None)).expect("a cross");
    assert!(never.contains("── 1,448 bytes ─") && never.ends_with("! lost: not seen here"), "{never}");
    let resent = cross(&play(Some(&again))).expect("a cross");
    assert!(resent.ends_with("! lost: again in packet 3"), "{resent}");
    again.fills = Some((2, true));
    assert_eq!(cross(&play(Some(&again))), None, "only overtaken");
}

#[test]
fn an_arrow_that_the_wire_lost_never_arrives_however_long_its_label_is() {
    for (from, to, ends) in [(1, 2, "✕"), (2, 1, "✕")] {
        for words in ["TCP", "TCP seq=12345678 ack=12345678 len=1448"] {
            let mut lost = arrow(1, 0, host(from), host(to), words);
            lost.wire = crate::dissect::Fate::Lost;
            let text = drawn(80, Charset::Unicode, vec![arrow(0, 0, host(1), host(2), "first"), lost]);
            let row = text.lines().last().unwrap_or_default();
            assert!(row.contains(ends) && row.contains("! lost on the way"), "{text}");
            assert!(!row.contains('▶') && !row.contains('◀') && row.contains("TCP"), "{text}");
        }
    }
}

#[test]
fn machines_are_called_by_their_names() {
    let mut ladder = Ladder::new(style(80, Charset::Unicode), None, false);
    ladder.hosts.names = vec![([192, 0, 2, 1].into(), "client".to_owned())];
    ladder.waiting = vec![Item::Arrow(arrow(0, 0, host(1), host(2), "first"))];
    let mut out = Vec::new();
    ladder.flush(&mut out);
    let text = String::from_utf8_lossy(&out);
    assert!(text.contains(" client:1 ") && text.contains(" 192.0.2.2:2"), "{text}");
}

#[test]
fn a_label_that_has_no_room_loses_whole_numbers_and_says_so() {
    let text = drawn(60, Charset::Unicode, vec![arrow(1, 0, host(1), host(2), "TCP seq=12345678901234567890")]);
    assert!(text.contains(" TCP … "), "{text}");
}

#[test]
fn a_sentence_says_when_who_what_and_what_it_means() {
    let mut ladder = Ladder::new(style(80, Charset::Unicode), None, true);
    let mut first = arrow(3, 0, host(1), End::All, "TCP [SYN]");
    first.remarks.push(Remark { field: &MAY_I, alarm: false });
    ladder.waiting.push(Item::Arrow(first));
    let mut out = Vec::new();
    ladder.flush(&mut out);
    assert_eq!(
        String::from_utf8_lossy(&out),
        "Packet 3, 0.00 ms, 192.0.2.1:1 to everybody: TCP [SYN]. May I?.\n".replace("?.", "?")
    );
}

#[test]
fn stepping_shows_one_more_arrow_and_what_it_means() {
    let style = style(80, Charset::Unicode);
    let mut steps = Steps::new(style, None);
    let mut first = arrow(1, 0, host(1), host(2), "TCP [SYN]");
    first.remarks.push(Remark { field: &MAY_I, alarm: false });
    steps.items = vec![first, arrow(2, 1000, host(2), host(1), "TCP [ACK]")].into_iter().map(Item::Arrow).collect();
    let screen = |steps: &Steps| String::from_utf8(steps.screen(style)).expect("UTF-8");
    let one = screen(&steps);
    assert!(one.contains("Asks to begin.") && !one.contains("[ACK]") && one.contains("[space]"), "{one}");
    assert_eq!(steps.key(Key::Next, style), Action::Draw);
    let two = screen(&steps);
    assert!(two.contains("[ACK]") && two.contains("that was all"), "{two}");
    assert_eq!(one.lines().count(), 24);
    assert_eq!((steps.key(Key::Next, style), steps.key(Key::Quit, style)), (Action::Stay, Action::Quit));
}
