//! Any text as a filter, tried on a packet.
#![no_main]

use layercake::dissect::{Dissection, Packet, dissect};
use layercake::filter::{Filter, lookup};
use layercake::protocols;
use libfuzzer_sys::fuzz_target;

const PACKET: &[u8] = &[
    2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 5, 8, 0, 0x45, 0, 0, 0x33, 0x1c, 0x46, 0x40, 0, 0x40, 6, 0x9b, 0x20, 192, 168, 1, 5, 192,
    168, 1, 9, 0xc9, 0x3a, 0x23, 0x29, 0x1a, 0x2b, 0x3d, 0x15, 0x5e, 0x6f, 0x71, 2, 0x50, 0x18, 1, 0xf6, 0x17, 0xa9, 0, 0, 0x81,
    0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
];

fuzz_target!(|text: &str| {
    let packet = Packet { number: 1, time: Some(0), length: PACKET.len() as u32, bytes: PACKET, link: 1, ..Packet::default() };
    let mut tape = Dissection::new();
    dissect(protocols::index(), &packet, &mut tape);
    match Filter::parse(text, protocols::index()) {
        Ok(filter) => {
            let mut why = Vec::new();
            filter.why(&packet, &tape, &mut why);
            let _ = filter.matches(&packet, &tape);
        }
        Err(error) => assert!(!error.picture(text).is_empty()),
    }
    let _ = lookup(text, protocols::index());
});
