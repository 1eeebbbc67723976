//! Tells WebSocket frames from other bytes without having seen the handshake.
//! Strict on purpose: a frame has no signature, and a false "WebSocket" teaches something wrong. What is
//! missed here (compressed frames, frames over several segments) is found by the conversation (`flow`).

use std::ops::RangeInclusive;

use super::websocket::CLOSE;
use super::websocket_close::may_be_sent;

/// Whether the bytes are frames of one sender that follow the rules and end exactly where the bytes end.
pub(super) fn looks(bytes: &[u8]) -> bool {
    let Some(masked) = bytes.get(1).map(|second| second & 0x80) else { return false };
    let mut rest = bytes;
    while let [first, second, ..] = *rest {
        if second & 0x80 != masked {
            return false;
        }
        match frame(first, second, rest) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// What follows a plausible frame.
fn frame(first: u8, second: u8, bytes: &[u8]) -> Option<&[u8]> {
    let (fin, opcode) = (first & 0x80 != 0, u64::from(first & 0x0f));
    let masked = second & 0x80 != 0;
    if first & 0x70 != 0 || !matches!(opcode, 0..=2 | 8..=10) || (opcode >= CLOSE && !fin) {
        return None;
    }
    let (length, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = bytes.get(2..)?.split_first_chunk()?;
            (u64::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = bytes.get(2..)?.split_first_chunk()?;
            (u64::from_be_bytes(*length), rest)
        }
        length => (u64::from(length), bytes.get(2..)?),
    };
    let minimal = match second & 0x7f {
        126 => length >= 126,
        127 => length > 0xffff,
        _ => true,
    };
    // Many protocols begin with a small number and a length: whole messages with content only, unmasked.
    let plain = fin && (opcode >= CLOSE || (opcode != 0 && length > 0));
    if !minimal || (opcode >= CLOSE && length > 125) || !(masked || plain) {
        return None;
    }
    let (key, rest) = if masked {
        let (key, rest) = rest.split_first_chunk()?;
        (Some(*key), rest)
    } else {
        (None, rest)
    };
    let (payload, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    content(opcode, fin, key, payload).then_some(after)
}

fn content(opcode: u64, fin: bool, key: Option<[u8; 4]>, payload: &[u8]) -> bool {
    match opcode {
        1 => {
            let text = Text::of(payload, key, 0);
            text.readable && text.valid && (!fin || text.complete())
        }
        CLOSE => match *payload {
            [] => true,
            [high, low, ref reason @ ..] => {
                let key_bytes = key.unwrap_or_default();
                let code = u16::from_be_bytes([high ^ key_bytes[0], low ^ key_bytes[1]]);
                let reason = Text::of(reason, key, 2);
                may_be_sent(u64::from(code)) && reason.readable && reason.complete()
            }
            _ => false,
        },
        _ => true,
    }
}

/// What masked or plain bytes are as text, found without making a copy.
pub(super) struct Text {
    /// No byte sequence that UTF-8 forbids; the last character may be unfinished.
    pub valid: bool,
    /// No control characters but tab and line ends.
    pub readable: bool,
    /// Bytes that the character under way still needs, and what the next of them may be.
    missing: u8,
    bounds: RangeInclusive<u8>,
}

const ANY: RangeInclusive<u8> = 0x80..=0xbf;

/// Whether all eight bytes lie between the space and the tilde.
fn printable(eight: u64) -> bool {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let high = EACH << 7;
    let (below, above) = (eight.wrapping_sub(EACH * 0x20), eight.wrapping_add(EACH));
    (eight | below | above) & high == 0
}

impl Text {
    /// Looks at `bytes`; `turn` bytes of the payload came before them.
    pub(super) fn of(bytes: &[u8], key: Option<[u8; 4]>, turn: usize) -> Text {
        let mut key = key.unwrap_or_default();
        key.rotate_left(turn % 4);
        let [a, b, c, d] = key;
        let double = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
        let mut text = Text { valid: true, readable: true, missing: 0, bounds: ANY };
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            let plain = u64::from_ne_bytes(*eight) ^ double;
            // Most text is printable ASCII: eight such bytes between two whole characters need no closer look.
            if text.missing > 0 || !printable(plain) {
                plain.to_ne_bytes().into_iter().for_each(|byte| text.look(byte));
            }
            if !text.valid {
                return text;
            }
        }
        for (byte, key) in rest.iter().zip(key.iter().cycle()) {
            text.look(byte ^ key);
        }
        text
    }

    /// Takes one more byte, RFC 3629 §4.
    fn look(&mut self, byte: u8) {
        if self.missing > 0 {
            self.valid &= self.bounds.contains(&byte);
            self.missing -= 1;
            self.bounds = ANY;
            return;
        }
        (self.missing, self.bounds) = match byte {
            0..0x80 => (0, ANY),
            0xc2..0xe0 => (1, ANY),
            0xe0 => (2, 0xa0..=0xbf),
            0xed => (2, 0x80..=0x9f),
            0xe1..0xf0 => (2, ANY),
            0xf0 => (3, 0x90..=0xbf),
            0xf1..0xf4 => (3, ANY),
            0xf4 => (3, 0x80..=0x8f),
            _ => {
                self.valid = false;
                (0, ANY)
            }
        };
        self.readable &= !matches!(byte, 0..0x09 | 0x0b | 0x0c | 0x0e..0x20 | 0x7f);
    }

    /// Valid to the end.
    pub(super) fn complete(&self) -> bool {
        self.valid && self.missing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, looks};

    #[test]
    fn utf8_is_judged_as_the_standard_library_does() {
        let samples: [&[u8]; 10] = [
            b"",
            b"abc",
            "caf\u{e9} \u{20ac} \u{1f600}".as_bytes(),
            b"\xc0\xaf",
            b"\xe0\x80\xaf",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xf0\x9f\x98",
            b"\xff",
            b"a\x80",
        ];
        for sample in samples {
            for before in 0..9 {
                let bytes = [&b"12345678"[..before], sample].concat();
                let ours = Text::of(&bytes, None, 0).complete();
                assert_eq!(ours, std::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
            }
        }
    }

    #[test]
    fn control_characters_are_seen_wherever_they_stand() {
        for byte in [0, 0x1f, 0x7f, 0x1b] {
            for at in 0..20 {
                let mut bytes = *b"twenty bytes of text";
                bytes[at] = byte;
                assert!(!Text::of(&bytes, None, 0).readable, "{byte} at {at}");
                let key = [0x37, 0xfa, 0x21, 0x3d];
                let masked: Vec<u8> = bytes.iter().zip(key.iter().cycle().skip(2)).map(|(b, k)| b ^ k).collect();
                let text = Text::of(&masked, Some(key), 2);
                assert!(text.complete() && !text.readable, "{byte} at {at}, masked");
            }
        }
    }

    #[test]
    fn two_frames_that_fill_the_segment_are_frames() {
        assert!(looks(b"\x81\x02hi\x89\x00"));
        assert!(!looks(b"\x81\x02hi\x89"), "one byte is over");
        assert!(!looks(b"\x81\x03hi"), "one byte is missing");
    }

    #[test]
    fn the_64_kib_of_section_5_7_have_a_length_of_64_bits() {
        let mut frame = b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00".to_vec();
        frame.resize(10 + 65536, 7);
        assert!(looks(&frame));
        assert!(!looks(&frame[..frame.len() - 1]));
        assert!(!looks(b"\x82\x7e\x00\x02ab"), "the short form would have done");
    }

    #[test]
    fn what_other_protocols_begin_with_is_not_taken_for_frames() {
        assert!(!looks(b"\x00\x02ab"), "a 16-bit length, as DNS over TCP");
        assert!(!looks(b"\x80\x02\x01\x03"), "an SSL 2 record");
        assert!(!looks(b"\x16\x03\x01\x00\x00"), "a TLS record");
        assert!(!looks(b"\x81\x02\x01\x02"), "text with control characters");
        assert!(!looks(b"\x88\x02\x03\xed"), "close code 1005 is never sent");
        assert!(!looks(b"\x82\x00"), "an empty message without a mask");
    }
}
