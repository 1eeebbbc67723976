//! Any bytes as a capture file and as a hex dump.
#![no_main]

use std::io::Cursor;

use layercake::source::{Event, Source, file::File, hex::Hex};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(mut file) = File::new(Cursor::new(data.to_vec()), "fuzz") {
        let mut packets = 0u64;
        while let Ok(Event::Packet(packet)) = file.next() {
            packets += 1;
            assert!(packet.bytes.len() <= 1 << 20);
            assert_eq!(packet.number, packets);
        }
    }
    if let Ok(mut hex) = Hex::parse(&String::from_utf8_lossy(data), None) {
        while let Ok(Event::Packet(_)) = hex.next() {}
    }
});
