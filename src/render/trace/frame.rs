//! Frames and messages of a connection, a block each. Not here: their bits, one by one (`frame_bits`).

use std::time::Duration;

use super::{INDENT, Trace, words};
use crate::render::{quantity, wrap};

/// Bytes of a payload that are shown.
const SHOWN: usize = 320;
/// The same, as numbers.
const NUMBERS: usize = 48;

/// A frame.
pub struct Frame<'a> {
    /// To the server.
    pub from_client: bool,
    /// The last piece of its message.
    pub fin: bool,
    /// RSV1 as 4.
    pub rsv: u8,
    /// Four bits.
    pub opcode: u8,
    /// The key, where it is masked.
    pub mask: Option<[u8; 4]>,
    /// Bytes of its head.
    pub head: usize,
    /// Bytes of its payload.
    pub length: u64,
    /// The beginning of the payload, unmasked.
    pub payload: &'a [u8],
    /// The payload is text, or a piece of one.
    pub text: bool,
}

/// A message that is more than one plain frame.
pub struct Message<'a> {
    /// Its beginning.
    pub bytes: &'a [u8],
    /// It is text.
    pub text: bool,
    /// All its bytes.
    pub length: u64,
    /// Bytes of payload that travelled for it.
    pub travelled: u64,
    /// In so many frames.
    pub frames: u64,
    /// It was compressed.
    pub packed: bool,
}

impl Trace {
    /// A frame that crossed.
    pub fn frame(&self, at: Duration, frame: &Frame<'_>, out: &mut Vec<u8>) {
        let facts = self.facts(frame);
        let kind = words::opcode(frame.opcode);
        if self.spoken {
            let who = if frame.from_client { "We send" } else { "The server sends" };
            let said = self.payload(frame).map(|text| format!(": {text}")).unwrap_or_default();
            return self
                .sentence(&format!("After {}, {who} a {kind} frame, {}{said}.", self.span(at), facts.join(", ")), out);
        }
        self.time(at, out);
        let arrow = if frame.from_client { self.style.arrow() } else { self.style.pick("←", "<-") };
        self.style.strong(out);
        out.extend_from_slice(format!("{arrow} {kind}").as_bytes());
        self.style.end(out);
        let dot = self.style.dot();
        let indent = INDENT + arrow.chars().count() + 2 + kind.len();
        out.push(b' ');
        // A fact is not broken in two: its spaces are none for the wrapping.
        let facts: Vec<String> = facts.iter().map(|fact| fact.replace(' ', "\x01")).collect();
        let start = out.len();
        self.hanging(&format!("{dot} {}", facts.join(&format!(" {dot} "))), indent, out);
        out[start..].iter_mut().filter(|byte| **byte == 1).for_each(|byte| *byte = b' ');
        if let Some(text) = self.payload(frame) {
            wrap::wrap(out, &text, INDENT + arrow.chars().count() + 1, &self.style);
        }
    }

    fn facts(&self, frame: &Frame<'_>) -> Vec<String> {
        let mut facts = vec![if frame.fin { "FIN".to_owned() } else { "not FIN".to_owned() }];
        match frame.rsv {
            0 => {}
            4 => facts.push("RSV1: compressed".to_owned()),
            rsv => facts.push(format!("RSV bits {rsv:03b}")),
        }
        facts.push(quantity::counted(frame.length, "byte"));
        facts.push(match frame.mask {
            Some([a, b, c, d]) => format!("mask {a:02x} {b:02x} {c:02x} {d:02x}"),
            None => "not masked".to_owned(),
        });
        let whole = quantity::counted(frame.length + frame.head as u64, "byte");
        facts.push(if self.spoken { format!("{whole} on the wire") } else { format!("{whole} in all") });
        facts
    }

    /// What a frame says; `None` where that is nothing.
    fn payload(&self, frame: &Frame<'_>) -> Option<String> {
        match frame.opcode {
            8 => Some(self.goodbye(frame.payload)),
            _ if frame.length == 0 => None,
            _ => Some(self.said(frame.payload, frame.length, frame.text && frame.rsv & 4 == 0)),
        }
    }

    fn goodbye(&self, payload: &[u8]) -> String {
        match payload.split_first_chunk::<2>() {
            None if payload.is_empty() => "no code: programs on the other side will call it 1005".to_owned(),
            None => "half a code".to_owned(),
            Some((code, reason)) => {
                let code = u16::from_be_bytes(*code);
                let reason = if reason.is_empty() { String::new() } else { format!(", \"{}\"", self.clean(reason)) };
                format!("{code} {}{reason}", words::close(code))
            }
        }
    }

    /// Text in quotes, bytes as numbers; long ones cut.
    fn said(&self, bytes: &[u8], length: u64, text: bool) -> String {
        let (most, said) = if text {
            let mut end = bytes.len().min(SHOWN);
            // A character that is cut by us is not wrong.
            while end < bytes.len() && end > SHOWN - 4 && bytes[end] & 0xc0 == 0x80 {
                end -= 1;
            }
            (end, format!("\"{}\"", self.clean(&bytes[..end])))
        } else {
            let end = bytes.len().min(NUMBERS);
            let all: Vec<String> = bytes[..end].iter().map(|byte| format!("{byte:02x}")).collect();
            (end, all.join(" "))
        };
        let more = length - (most as u64).min(length);
        if more == 0 {
            said
        } else {
            format!("{said} {} {} more", self.style.ellipsis(), quantity::counted(more, "byte"))
        }
    }

    /// A message that was put together or unpacked.
    pub fn message(&self, message: &Message<'_>, out: &mut Vec<u8>) {
        let mut facts = Vec::new();
        if message.frames > 1 {
            facts.push(format!("{} frames joined", message.frames));
        }
        if message.packed {
            let (from, to) = (quantity::grouped(message.travelled), quantity::counted(message.length, "byte"));
            let share = (message.travelled * 100).checked_div(message.length);
            let share = share.map(|share| format!(" ({share} % travelled)")).unwrap_or_default();
            facts.push(format!("unpacked: {from} became {to}{share}"));
        }
        let said = self.said(message.bytes, message.length, message.text);
        if self.spoken {
            return self.sentence(&format!("The message, {}: {said}.", facts.join(", ")), out);
        }
        let equals = self.style.pick("═", "=");
        out.resize(out.len() + INDENT, b' ');
        self.hanging(&format!("{equals} {}: {said}", facts.join(", ")), INDENT + 2, out);
    }

    /// The answer to a ping of ours came.
    pub fn round_trip(&self, time: Duration, out: &mut Vec<u8>) {
        let span = self.span(time);
        if self.spoken {
            return self.sentence(&format!("It answers our ping after {span}."), out);
        }
        out.resize(out.len() + INDENT, b' ');
        out.extend_from_slice(format!("{} there and back in {span}\n", self.style.pick("═", "=")).as_bytes());
    }

    /// Bytes that were sent and are no frames.
    pub fn raw(&self, at: Duration, bytes: &[u8], out: &mut Vec<u8>) {
        let said = self.said(bytes, bytes.len() as u64, false);
        self.step(at, "raw", &format!("{said}: no whole frames; what follows is sent, but not told"), &[], out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;
    use crate::render::Charset;

    fn frame(payload: &[u8], opcode: u8) -> Frame<'_> {
        let length = payload.len() as u64;
        Frame {
            from_client: true,
            fin: true,
            rsv: 0,
            opcode,
            mask: Some([0x37, 0xfa, 0x21, 0x3d]),
            head: 6,
            length,
            payload,
            text: opcode == 1,
        }
    }

    #[test]
    fn a_frame_says_its_kind_its_bits_and_what_it_carries() {
        let text =
            drawn(80, Charset::Unicode, |trace, out| trace.frame(Duration::from_millis(12), &frame(b"Hello", 1), out));
        assert_eq!(
            text,
            "     12 ms  → text · FIN · 5 bytes · mask 37 fa 21 3d · 11 bytes in all\n              \"Hello\"\n"
        );
    }

    #[test]
    fn messages_are_harmless_and_bounded_and_characters_stay_whole() {
        let long = "é".repeat(2000);
        for (payload, opcode) in
            [(b"\x1b[2J\x9b".as_slice(), 1), (long.as_bytes(), 1), (b"\x03\xe8\x1b]0;\x07", 8), (&[0x1b; 900], 2)]
        {
            for charset in [Charset::Unicode, Charset::Ascii] {
                let text = drawn(80, charset, |trace, out| trace.frame(Duration::ZERO, &frame(payload, opcode), out));
                assert!(!text.contains(['\x1b', '\x07']) && text.lines().count() < 40, "{text:?}");
            }
        }
        let text =
            drawn(80, Charset::Unicode, |trace, out| trace.frame(Duration::ZERO, &frame(long.as_bytes(), 1), out));
        assert!(!text.contains("\\x") && text.contains("more"), "{text}");
    }

    #[test]
    fn a_close_without_code_and_codes_that_are_never_sent_are_explained() {
        let text = |payload: &[u8]| {
            drawn(80, Charset::Ascii, |trace, out| trace.frame(Duration::ZERO, &frame(payload, 8), out))
        };
        assert!(text(b"").contains("1005") && text(b"\x03\xee").contains("never sent"));
        assert!(text(b"\x03\xe8bye").contains("1000 normal: the purpose is fulfilled, \"bye\""));
    }
}
