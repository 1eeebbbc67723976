//! The cake as a whole: the picture of the mock-up, and what must hold for any packet at any width.

mod any;

use unicode_width::UnicodeWidthChar;

use super::*;
use crate::dissect::{Dissection, Packet, dissect};
use crate::protocols::{self, testing::hex};
use crate::render::Charset;
use crate::render::step::{Action, Key, Step};

const HELLO: &str =
    "02 00 00 00 00 09 02 00 00 00 00 05 08 00 45 00 00 33 1c 46 40 00 40 06 9b 20 c0 a8 01 05 c0 a8 01 09
    c9 3a 23 29 1a 2b 3d 15 5e 6f 71 02 50 18 01 f6 17 a9 00 00 81 85 37 fa 21 3d 7f 9f 4d 51 58";

fn style(width: usize, charset: Charset) -> Style {
    Style { width, color: false, charset, explain: false }
}

fn with_view<T>(bytes: &[u8], then: impl FnOnce(View<'_>) -> T) -> T {
    let packet = Packet { number: 7, time: Some(0), length: bytes.len() as u32, bytes, link: 1, ..Packet::default() };
    let mut tape = Dissection::new();
    dissect(protocols::index(), &packet, &mut tape);
    then(View { packet: &packet, tape: &tape })
}

fn drawn(view: View<'_>, style: Style, options: CakeOptions) -> String {
    let mut out = Vec::new();
    Cake::new(style, options).packet(view, &mut out);
    String::from_utf8(out).expect("text")
}

fn cake(bytes: &[u8], style: Style, options: CakeOptions) -> String {
    with_view(bytes, |view| drawn(view, style, options))
}

fn only(key: &str) -> CakeOptions {
    CakeOptions { only: Some(key.to_owned()), ..CakeOptions::default() }
}

/// Columns, character by character: what a terminal does.
fn width(line: &str) -> usize {
    line.chars().map(|c| c.width().unwrap_or(0)).sum()
}

#[test]
fn the_same_picture_with_ascii_characters_has_the_same_columns() {
    let unicode = cake(&hex(HELLO), style(80, Charset::Unicode), CakeOptions::default());
    let ascii = cake(&hex(HELLO), style(80, Charset::Ascii), CakeOptions::default());
    assert!(ascii.is_ascii());
    assert_eq!(unicode.lines().count(), ascii.lines().count());
    assert!(ascii.contains("#  \\____to MAC_____/".replace("#  ", "# ").as_str()), "{ascii}");
}

#[test]
fn the_frame_of_a_websocket_message_is_labelled_as_in_the_mock_up() {
    let picture = cake(&hex(HELLO), style(80, Charset::Unicode), CakeOptions::default());
    let frame = "\
║┃│┌╌ 5 APPLICATION  WebSocket ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 11 of 11 B ╌┐│┃║
║┃│┆ 81 85 37 fa 21 3d 7f 9f 4d 51 58                                       ┆│┃║
║┃│┆ │  │  ╰────┬────╯ ╰──────┬─────╯                                       ┆│┃║
║┃│┆ │  │       ╰ mask key    ╰ text \"Hello\"                                ┆│┃║
║┃│┆ │  ╰ masked: yes, length 5 bytes                                       ┆│┃║
║┃│┆ ╰ last piece: yes, kind of frame: text                                 ┆│┃║
║┃│└╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┘│┃║
║┃└──────────────────────────────────────────────────────────────────────────┘┃║
║┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛║
╚══════════════════════════════════════════════════════════════════════════════╝
";
    assert!(picture.ends_with(frame), "{picture}");
}

#[test]
fn an_address_is_never_torn_apart_by_a_row() {
    let picture = cake(&hex(HELLO), style(60, Charset::Unicode), CakeOptions::default());
    assert!(picture.contains("c0 a8 01 05  "), "{picture}");
    assert!(picture.contains(" c0 a8 01 09 "), "{picture}");
}

#[test]
fn layers_not_yet_opened_are_one_closed_box() {
    let options = CakeOptions { opened: Some(3), ..CakeOptions::default() };
    let picture = cake(&hex(HELLO), style(80, Charset::Unicode), options);
    assert!(picture.contains("┌─ … 31 bytes for the next layer ─"), "{picture}");
    assert!(!picture.contains("TCP ─"), "{picture}");
}

#[test]
fn one_layer_alone_shows_its_quiet_fields_and_explains_each() {
    let picture = cake(&hex(HELLO), style(80, Charset::Unicode), only("tcp"));
    assert!(!picture.contains("Ethernet"), "{picture}");
    for part in ["urgent pointer", "checksum verdict", "Guards header, data and both IP addresses", "bytes 46-47"] {
        assert!(picture.contains(part), "{part} is missing in\n{picture}");
    }
}

#[test]
fn a_layer_that_ends_too_early_says_so() {
    let bytes = hex(HELLO);
    let picture = cake(&bytes[..40], style(80, Charset::Unicode), CakeOptions::default());
    assert!(picture.contains("│ ! cut short here"), "{picture}");
}

#[test]
fn steps_go_in_and_out_within_24_lines_and_tell_every_field_on_the_way() {
    with_view(&hex(HELLO), |view| {
        let look = style(80, Charset::Unicode);
        let mut step = Step::new(view, Some("simulated wire"));
        assert_eq!(step.key(Key::Back, view, look), Action::Stay);
        let mut screens = Vec::new();
        loop {
            let screen = String::from_utf8(step.screen(view, look)).expect("text");
            assert_eq!(screen.lines().count(), 24);
            assert!(screen.contains(&format!("layer {} of 5", step.current() + 1)), "{screen}");
            assert!(screen.lines().last().is_some_and(|keys| keys.contains("[q] quit")), "{screen}");
            screens.push(screen);
            if step.key(Key::Next, view, look) == Action::Stay {
                break;
            }
        }
        assert_eq!(step.current(), 4);
        for words in ["   TTL 64 hops left", "   window 502", "   mask key 37 fa 21 3d", "   text \"Hello\""] {
            assert!(screens.iter().any(|s| s.contains(words)), "{words} is told on no screen");
        }
        for screen in screens.iter().rev().skip(1) {
            assert_eq!(step.key(Key::Back, view, look), Action::Draw);
            assert!(String::from_utf8(step.screen(view, look)).expect("text") == *screen, "the way back is the same");
        }
        assert_eq!(step.key(Key::Last, view, look), Action::Draw);
        assert_eq!(step.key(Key::First, view, look), Action::Draw);
        assert_eq!(step.key(Key::Quit, view, look), Action::Quit);
    });
}
