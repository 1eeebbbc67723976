//! Hostile bytes: a million mutated packets, every cut of every capture, the malformed captures beside the
//! project. Nothing panics, nothing hangs, nothing grows, and no control character reaches the terminal.

use layercake::dissect::{Dissection, MAX_LAYERS, MAX_MADE, MAX_NODES, Packet, dissect};
use layercake::filter::Filter;
use layercake::flow::Tracker;
use layercake::protocols;
use layercake::render::{Cake, CakeOptions, Charset, Describe, HexDump, Json, Layers, Line, Renderer, Style, View};
use layercake::source::{Event, hex::Hex};

use crate::support::{Dice, each, files, open, own_captures, shared_captures};

/// Packets to mutate: all of ours, and a sample of the captures beside the project.
fn seeds() -> Vec<(u32, Vec<u8>)> {
    let mut paths = own_captures();
    for kind in ["good", "hostile"] {
        paths.extend(shared_captures(kind).iter().flat_map(|f| files(f, &[".pcap", ".pcapng"])));
    }
    let mut all = Vec::new();
    for path in paths {
        let Ok(mut source) = open(&path) else { continue };
        let mut taken = 0;
        each(source.as_mut(), |packet, _| {
            taken += 1;
            if taken <= 40 {
                all.push((packet.link, packet.bytes.to_vec()));
            }
        });
    }
    assert!(all.len() > 20);
    all
}

/// Links that are read: a mutated packet is also read as if it came from another kind of card.
const LINKS: &[u32] = &[0, 1, 101, 105, 108, 113, 127, 192, 228, 229, 276];

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.roll(4) {
        if bytes.is_empty() {
            bytes.push(0);
        }
        let at = dice.roll(bytes.len() as u64) as usize;
        match dice.roll(6) {
            0 => bytes[at] ^= 1 << dice.roll(8),
            1 => bytes[at] = dice.roll(256) as u8,
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][dice.roll(6) as usize],
            3 => bytes.truncate(at),
            4 => bytes.insert(at, dice.roll(256) as u8),
            _ => {
                let from = dice.roll(bytes.len() as u64) as usize;
                let piece: Vec<u8> = bytes[from.min(at)..from.max(at)].to_vec();
                if bytes.len() < 4000 {
                    bytes.splice(at..at, piece);
                }
            }
        }
    }
}

fn check(packet: &Packet<'_>, tape: &Dissection) {
    assert!(tape.layers.len() <= MAX_LAYERS && tape.nodes.len() <= MAX_NODES + 8 && tape.made.len() <= 2 * MAX_MADE);
    for node in &tape.nodes {
        let home = tape.home(usize::from(node.layer), packet.bytes);
        assert!(node.at.start <= node.at.end && node.at.end as usize <= home.len(), "{node:?}");
    }
}

#[test]
fn a_million_mutated_packets_are_read_without_panic_and_within_bounds() {
    let seeds = seeds();
    let mut dice = Dice(0x0bad_beef);
    let mut tape = Dissection::new();
    let mut bytes = Vec::new();
    for _ in 0..1_000_000 {
        let (link, seed) = &seeds[dice.roll(seeds.len() as u64) as usize];
        bytes.clone_from(seed);
        mutate(&mut bytes, &mut dice);
        let link = if dice.roll(8) == 0 { LINKS[dice.roll(LINKS.len() as u64) as usize] } else { *link };
        let packet =
            Packet { number: 1, time: Some(0), length: bytes.len() as u32, bytes: &bytes, link, ..Packet::default() };
        dissect(protocols::index(), &packet, &mut tape);
        check(&packet, &tape);
    }
}

#[test]
fn conversations_of_mutated_repeated_lost_and_swapped_packets_are_read_within_bounds() {
    let seeds = seeds();
    let mut dice = Dice(0x00c0_ffee);
    let mut tracker = Tracker::new();
    let mut tape = Dissection::new();
    let mut number = 0;
    for _ in 0..20 {
        let mut at = 0;
        while let Some((link, seed)) = seeds.get(at) {
            let mut bytes = seed.clone();
            // Mostly in order, so that conversations come about; then all that may happen to them.
            match dice.roll(20) {
                0 => at = at.saturating_sub(dice.roll(8) as usize),
                1 => at += 2,
                2..6 => {
                    mutate(&mut bytes, &mut dice);
                    at += 1;
                }
                _ => at += 1,
            }
            number += 1;
            let time = Some(number * 1_000_000);
            let packet =
                Packet { number, time, length: bytes.len() as u32, bytes: &bytes, link: *link, ..Packet::default() };
            tracker.read(protocols::index(), &packet, &mut tape);
            check(&packet, &tape);
        }
    }
    assert!(number > 20_000 || seeds.len() < 1000, "{number} packets");
}

/// Characters that may stand in output: everything printable, and the line end.
fn is_tame(c: char) -> bool {
    let bidi = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}');
    c == '\n' || !(c.is_control() || bidi)
}

/// What must never reach a terminal.
const SOWN: &[&[u8]] = &[
    b"\x1b[2J",
    b"\x1b]0;x\x07",
    "\u{9b}31m".as_bytes(),
    "\u{202e}".as_bytes(),
    b"\xff\xfe",
    b"\r",
    b"\x9b2J",
    b"\x7f",
    "\u{2028}".as_bytes(),
];

#[test]
fn no_format_lets_a_control_character_through() {
    let seeds = seeds();
    let mut dice = Dice(0x7e57);
    let mut tape = Dissection::new();
    let mut out = Vec::new();
    for round in 0..20_000 {
        let (link, seed) = &seeds[dice.roll(seeds.len() as u64) as usize];
        let mut bytes = seed.clone();
        // Sow what a hostile sender would: escape sequences, C1, bidi overrides, broken UTF-8.
        let sown = SOWN[dice.roll(SOWN.len() as u64) as usize];
        if bytes.len() > sown.len() {
            let at = dice.roll((bytes.len() - sown.len()) as u64) as usize;
            bytes[at..at + sown.len()].copy_from_slice(sown);
        }
        let packet = Packet {
            number: 1,
            time: Some(0),
            length: bytes.len() as u32,
            bytes: &bytes,
            link: *link,
            comment: Some("\x1b[31mred"),
            ..Packet::default()
        };
        dissect(protocols::index(), &packet, &mut tape);
        let view = View { packet: &packet, tape: &tape };
        let charset = if round % 2 == 0 { Charset::Unicode } else { Charset::Ascii };
        let style = Style { width: 40 + dice.roll(100) as usize, color: false, charset, explain: round % 3 == 0 };
        let mut renderers: [(&str, Box<dyn Renderer>); 6] = [
            ("line", Box::new(Line::new(style, Some(style.width)))),
            ("cake", Box::new(Cake::new(style, CakeOptions::default()))),
            ("layers", Box::new(Layers::new(style))),
            ("hex", Box::new(HexDump::new(style))),
            ("json", Box::new(Json::new(style))),
            ("describe", Box::new(Describe::new(style))),
        ];
        for (name, renderer) in &mut renderers {
            out.clear();
            renderer.packet(view, &mut out);
            let text = std::str::from_utf8(&out).unwrap_or_else(|e| panic!("{name}: {e}"));
            if let Some(wild) = text.chars().find(|c| !is_tame(*c)) {
                panic!("{name} lets {wild:?} through:\n{text:?}");
            }
            if charset == Charset::Ascii {
                assert!(text.is_ascii(), "{name}: {text}");
            }
            if *name == "json" {
                serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|e| panic!("{e}: {text}"));
            }
        }
    }
}

#[test]
fn captures_of_the_hostile_kind_give_packets_or_one_clear_sentence() {
    let Some(folder) = shared_captures("hostile") else { return };
    let mut packets = 0;
    for path in files(&folder, &[".pcap", ".pcapng"]) {
        let mut source = match open(&path) {
            Ok(source) => source,
            Err(error) => {
                let sentence = error.to_string();
                assert!(sentence.len() > 10 && !sentence.contains('\n'), "{sentence}");
                continue;
            }
        };
        let mut tape = Dissection::new();
        loop {
            match source.next() {
                Ok(Event::Packet(packet)) => {
                    dissect(protocols::index(), &packet, &mut tape);
                    check(&packet, &tape);
                    packets += 1;
                }
                Ok(_) => break,
                Err(error) => {
                    assert!(error.hint().is_some(), "no hint for: {error}");
                    break;
                }
            }
        }
    }
    assert!(packets > 1000, "only {packets} packets");
}

#[test]
fn any_text_as_a_filter_or_a_hex_dump_gives_a_result_or_an_error() {
    const WORDS: &[&str] = &[
        "tcp",
        "udp.src_port",
        "==",
        "!=",
        "<",
        ">=",
        "(",
        ")",
        "and",
        "or",
        "not",
        "!",
        "&&",
        "||",
        "in",
        "{",
        "}",
        "80",
        "0x1f",
        "1.2.3.4",
        "::1",
        "10.0.0.0/8",
        "\"x",
        "\"a\"",
        "contains",
        "host",
        "net",
        "port",
        "src",
        "dst",
        "\u{202e}",
        "é",
        "\x1b",
        "-",
        "..",
        "0000",
        "02 00",
        "|",
        ",",
        ":",
        "[",
        "]",
        "\n",
        " ",
        "\t",
        "ether",
        "vlan",
        "portrange",
        "80-90",
        "99999999999999999999",
    ];
    let mut dice = Dice(0x00f1_17e2);
    let mut accepted = 0;
    for _ in 0..200_000 {
        let mut text = String::new();
        for _ in 0..=dice.roll(8) {
            text.push_str(WORDS[dice.roll(WORDS.len() as u64) as usize]);
            if dice.roll(3) > 0 {
                text.push(' ');
            }
        }
        match Filter::parse(&text, protocols::index()) {
            Ok(_) => accepted += 1,
            Err(error) => {
                assert!(error.at.end <= text.len() && text.is_char_boundary(error.at.start), "{text:?}: {error:?}");
                assert!(error.picture(&text).lines().count() >= 2);
            }
        }
        let _ = Hex::parse(&text, None);
    }
    assert!(accepted > 500, "only {accepted} accepted: the words no longer make sentences");
    let deep = "(".repeat(1 << 20);
    assert!(Filter::parse(&deep, protocols::index()).is_err());
    assert!(Filter::parse(&"not ".repeat(1 << 18), protocols::index()).is_err());
}
