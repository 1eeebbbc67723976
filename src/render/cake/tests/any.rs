//! What must hold for any packet: layers, fields and bytes drawn by lot.

use super::*;
use crate::dissect::{
    Field, Node, Protocol,
    Show::{Bytes, Dec, Flags, Hex, Ip, Mac, Names, Nothing, Text, Unit},
    Span, Value, field, name,
};

/// A small generator, the same on every run (xorshift).
struct Lot(u64);

impl Lot {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

static FIELDS: [Field; 14] = [
    field("a", "zalpha", Dec),
    field("b", "zbravo", Hex),
    field("c", "zcharlie-the-long", Unit("hops left")),
    field("d", "zdelta", Mac),
    field("src", "zecho", Ip),
    field("dst", "zfoxtrot", Ip),
    field("e", "zgolf", Text),
    field("f", "zhotel", Bytes),
    field("g", "zindia", Names(&[name(1, "one of many names", "")])),
    field("h", "zjuliett", Flags(&[name(1, "SYN", ""), name(2, "ACK", ""), name(0xfc, "others", "")])),
    field("i", "zkilo", Dec).quiet(),
    field("j", "zlima", Bytes).quiet(),
    field("k", "zmike", Nothing),
    field("l", "z", Dec),
];
const GROUP: usize = 12;

const fn protocol(key: &'static str, level: Level) -> Protocol {
    Protocol {
        key,
        name: "Protocol",
        level,
        explain: "For tests.",
        spec: "none",
        claims: &[],
        fields: &[],
        read: |_| Err(crate::dissect::Cut),
        frame: None,
    }
}

static PROTOCOLS: [Protocol; 5] = [
    protocol("p", Level::Physical),
    protocol("l", Level::Link),
    protocol("n", Level::Network),
    protocol("t", Level::Transport),
    protocol("x", Level::Application),
];

/// A tape of layers that follow each other without gaps, with fields anywhere in them.
fn tape_by_lot(lot: &mut Lot, total: usize) -> Dissection {
    let mut tape = Dissection::new();
    let mut at = 0;
    let mut nest = 0;
    for number in 0..2 + lot.below(7) {
        let own = if number == 0 { 0 } else { lot.below(90).min(total - at) };
        let first = tape.nodes.len() as u32;
        fields_by_lot(lot, &mut tape, number as u8, at, at + own);
        let protocol = &PROTOCOLS[if number == 0 { 0 } else { 1 + lot.below(4) }];
        nest += u8::from(number > 0 && (number == 1 || lot.below(5) > 0));
        tape.layers.push(Layer {
            protocol,
            at: Span::new(at, at + own),
            inner_end: total as u32,
            first,
            last: tape.nodes.len() as u32,
            nest,
            by: By::Parent,
            cut: lot.below(9) == 0,
            quoted: lot.below(9) == 0,
            behind: false,
            joined: false,
            made: false,
        });
        at += own;
    }
    tape
}

fn fields_by_lot(lot: &mut Lot, tape: &mut Dissection, layer: u8, start: usize, end: usize) {
    let mut at = start;
    while at < end {
        if lot.below(6) == 0 {
            at += lot.below(5);
        }
        let length = [1, 1, 1, 2, 2, 4, 4, 6, 16, 30][lot.below(10)].min(end.saturating_sub(at));
        let grouped = lot.below(5) == 0;
        let mut push = |field: usize, from: usize, to: usize, depth: u8, lot: &mut Lot| {
            let field = &FIELDS[field];
            let value = match field.show {
                Dec | Hex | Unit(_) | Names(_) | Flags(_) => {
                    Value::Number(lot.below(9_999_999) as u64 >> lot.below(24))
                }
                _ => Value::Wire,
            };
            tape.nodes.push(Node {
                field,
                at: Span::new(from, to),
                value,
                layer,
                depth,
                bit: 0,
                bits: 0,
                hushed: false,
            });
        };
        if grouped {
            push(GROUP, at, at + length, 0, lot);
        }
        for _ in 0..=lot.below(8) / 6 {
            let field = lot.below(FIELDS.len());
            let empty = lot.below(20) == 0;
            push(field, at, if empty { at } else { at + length }, u8::from(grouped), lot);
        }
        at += length.max(1);
    }
}

/// Takes the frame off a line of a box; `None` for other lines.
fn content(line: &str, charset: Charset) -> Option<&str> {
    let sides = if charset == Charset::Unicode { "║┃│┆" } else { "#|:!" };
    let inner = line.trim_start_matches(|c| sides.contains(c));
    let depth = line.chars().count() - inner.chars().count();
    let ends = inner.chars().rev().take_while(|c| sides.contains(*c)).count();
    if depth == 0 {
        return None;
    }
    assert!(ends >= depth, "the frame is open: {line}");
    inner.strip_prefix(' ')
}

/// The bytes that a picture shows, in order; `None` stands for one that it says it leaves out.
fn shown_bytes(picture: &str, charset: Charset) -> Vec<Option<u8>> {
    let mut bytes = Vec::new();
    for content in picture.lines().filter_map(|line| content(line, charset)) {
        let mut rest = content;
        let hex = |pair: &&str| pair.bytes().all(|b| b.is_ascii_hexdigit());
        while let Some(byte) = rest.get(..2).filter(hex).and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            if !rest[2..].starts_with(' ') {
                break;
            }
            bytes.push(Some(byte));
            rest = &rest[3..];
        }
        let number = |text: &str| text.split(' ').next().and_then(|n| n.replace(',', "").parse::<usize>().ok());
        let elided = content.strip_prefix("… ").or(content.strip_prefix("... "));
        let more = elided.filter(|_| rest == content).or(rest.strip_prefix('+').filter(|_| rest != content));
        bytes.extend(std::iter::repeat_n(None, more.and_then(number).unwrap_or(0)));
    }
    bytes
}

fn hold(view: View<'_>, columns: usize, charset: Charset) {
    let bytes = view.packet.bytes;
    let picture = drawn(view, style(columns, charset), CakeOptions::default());
    let boxes = if columns >= beside::FROM { columns - beside::COLUMNS } else { columns };
    if charset == Charset::Ascii {
        assert!(picture.is_ascii(), "{picture}");
    }
    let mut box_lines = String::new();
    for line in picture.lines() {
        assert!(width(line) <= columns, "{} > {columns}: {line}\n{picture}", width(line));
        assert!(!line.chars().any(char::is_control), "{line:?}");
        if line.starts_with(|c| "╔║╚┏┃┗┌│└┆#|+:!".contains(c)) {
            let mut at = 0;
            let part: String = line.chars().take_while(|c| (at += c.width().unwrap_or(0), at <= boxes).1).collect();
            assert_eq!(width(&part), boxes, "{line}\n{picture}");
            assert!(part.ends_with(|c| "╗║╝┓┃┛┐│┘┆#|+:!".contains(c)), "{part}\n{picture}");
            box_lines += &part;
            box_lines.push('\n');
        }
    }
    let end = view.tape.layers.last().map_or(0, |layer| layer.at.end as usize);
    let shown = shown_bytes(&box_lines, charset);
    assert_eq!(shown.len(), end, "{picture}");
    for (at, byte) in shown.iter().enumerate() {
        assert!(byte.is_none_or(|byte| byte == bytes[at]), "byte {at} in\n{picture}");
    }
    let explained = drawn(view, Style { explain: true, ..style(columns, charset) }, CakeOptions::default());
    assert!(explained.starts_with(&picture));
    for line in explained.lines() {
        assert!(width(line) <= columns && !line.chars().any(char::is_control), "{line:?}");
    }
    assert!(charset == Charset::Unicode || explained.is_ascii());
    let mut colored = Vec::new();
    Cake::new(Style { color: true, ..style(columns, charset) }, CakeOptions::default()).packet(view, &mut colored);
    assert_eq!(without_ansi(&String::from_utf8(colored).expect("text")), picture);
}

fn without_ansi(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').map_or(part, |(_, text)| text))
}

#[test]
fn for_any_packet_at_any_width_the_frames_close_and_the_bytes_are_complete() {
    let mut lot = Lot(0x1234_5678_9abc_def1);
    for round in 0..1200 {
        let total = 1 + lot.below(400);
        let bytes: Vec<u8> = (0..total).map(|_| lot.below(256) as u8).collect();
        let tape = tape_by_lot(&mut lot, total);
        let packet = Packet { number: round, length: total as u32, bytes: &bytes, ..Packet::default() };
        let view = View { packet: &packet, tape: &tape };
        let columns = 40 + lot.below(161);
        hold(view, columns, if round % 2 == 0 { Charset::Unicode } else { Charset::Ascii });
    }
}

#[test]
fn every_field_that_is_not_quiet_has_its_label_and_a_layer_alone_shows_every_byte() {
    let mut lot = Lot(0xfeed_beef_1234_5671);
    for round in 0..800 {
        let total = 1 + lot.below(300);
        let bytes: Vec<u8> = (0..total).map(|_| lot.below(256) as u8).collect();
        let tape = tape_by_lot(&mut lot, total);
        let packet = Packet { number: round, length: total as u32, bytes: &bytes, ..Packet::default() };
        let view = View { packet: &packet, tape: &tape };
        let style = style(40 + lot.below(161), Charset::Unicode);
        let words = Words { view, charset: style.charset };
        for protocol in &PROTOCOLS[1..] {
            let alone = drawn(view, style, only(protocol.key));
            let boxes: String = alone.split("\n\n").next().unwrap_or_default().to_owned() + "\n";
            let mine = || tape.layers.iter().enumerate().filter(|(_, l)| std::ptr::eq(l.protocol, protocol));
            let expected: Vec<Option<u8>> = mine().flat_map(|(_, l)| l.at.of(&bytes)).map(|byte| Some(*byte)).collect();
            assert_eq!(shown_bytes(&boxes, style.charset), expected, "{alone}");
            for unit in mine().flat_map(|(at, _)| words.units(at, Detail::All)) {
                let name = unit.full.split([' ', ':', ',']).next().unwrap_or_default();
                assert!(boxes.contains(name), "{name} is missing in\n{alone}");
            }
        }
        let picture = drawn(view, style, CakeOptions::default());
        for node in tape.nodes.iter().filter(|n| !n.field.quiet && !matches!(n.field.show, Nothing)) {
            let elided = picture.contains(" more field")
                || (0..tape.layers.len()).any(|at| words.units(at, Detail::Fields).len() > 12);
            assert!(elided || picture.contains(node.field.name), "{} is missing in\n{picture}", node.field.name);
        }
    }
}

#[test]
fn damaged_packets_are_drawn_like_any_other() {
    let mut lot = Lot(0xabcd_ef12_3456_7891);
    for round in 0..600 {
        let mut bytes = hex(HELLO);
        for _ in 0..=lot.below(4) {
            let at = lot.below(bytes.len());
            bytes[at] = lot.below(256) as u8;
        }
        bytes.truncate(1 + lot.below(bytes.len()));
        with_view(&bytes, |view| {
            let columns = 40 + lot.below(161);
            hold(view, columns, if round % 2 == 0 { Charset::Unicode } else { Charset::Ascii });
            let mut step = Step::new(view, None);
            for _ in 0..view.tape.layers.len() {
                let screen = String::from_utf8(step.screen(view, style(columns, Charset::Unicode))).expect("text");
                assert!(screen.lines().count() <= 24 && screen.lines().all(|line| width(line) <= columns), "{screen}");
                step.key(Key::Next, view, style(columns, Charset::Unicode));
            }
        });
    }
}
