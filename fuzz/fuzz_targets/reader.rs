//! Any bytes over any link type: read alone and, cut into packets, as a conversation; shown in every format.
#![no_main]

use layercake::dissect::{Dissection, Packet, dissect};
use layercake::flow::Tracker;
use layercake::protocols;
use layercake::render::{Cake, CakeOptions, Charset, Describe, HexDump, Json, Layers, Line, Renderer, Style, View};
use libfuzzer_sys::fuzz_target;

const LINKS: &[u32] = &[1, 0, 101, 105, 108, 113, 127, 192, 228, 229, 276];

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let link = LINKS[usize::from(*first) % LINKS.len()];
    let packet = Packet { number: 1, time: Some(0), length: bytes.len() as u32, bytes, link, ..Packet::default() };
    let mut tape = Dissection::new();
    let mut tracker = Tracker::new();
    for (number, piece) in (1..).zip(bytes.chunks(usize::from(*first).max(20))) {
        let packet = Packet { number, length: piece.len() as u32, bytes: piece, ..packet };
        tracker.read(protocols::index(), &packet, &mut tape);
    }
    dissect(protocols::index(), &packet, &mut tape);
    let view = View { packet: &packet, tape: &tape };
    let mut out = Vec::new();
    for charset in [Charset::Unicode, Charset::Ascii] {
        let style = Style { width: 40 + usize::from(*first) % 100, color: false, charset, explain: *first > 127 };
        Line::new(style, Some(style.width)).packet(view, &mut out);
        Cake::new(style, CakeOptions::default()).packet(view, &mut out);
        Layers::new(style).packet(view, &mut out);
        HexDump::new(style).packet(view, &mut out);
        Json::new(style).packet(view, &mut out);
        Describe::new(style).packet(view, &mut out);
    }
    let text = std::str::from_utf8(&out).expect("UTF-8");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
});
