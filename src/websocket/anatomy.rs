//! A frame taken apart, right or wrong, whole or cut: where its parts lie (RFC 6455 §5.2).
//! Not here: which rules it breaks (`endpoint`), what it looks like (`render`).

use super::frame::mask;

/// The parts of one frame, as far as they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anatomy<'a> {
    /// All of its bytes that are there.
    pub bytes: &'a [u8],
    /// FIN, the three reserved bits, the opcode.
    pub first: u8,
    /// MASK and the seven bits of the length.
    pub second: Option<u8>,
    /// The length in 2 or 8 more bytes.
    pub extended: &'a [u8],
    /// Bytes of payload that the frame announces; `None` where its head is cut before that is known.
    pub length: Option<u64>,
    /// The masking key.
    pub key: &'a [u8],
    /// The payload as it travels.
    pub payload: &'a [u8],
    /// Bytes that are still to come; at least so many where `length` is not known.
    pub missing: u64,
}

impl<'a> Anatomy<'a> {
    /// Takes the first frame; gives what follows, too. `None` where there are no bytes.
    pub fn take(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&first, rest) = bytes.split_first()?;
        let mut frame =
            Anatomy { bytes, first, second: None, extended: &[], length: None, key: &[], payload: &[], missing: 1 };
        let Some((&second, rest)) = rest.split_first() else { return Some((frame, &[])) };
        frame.second = Some(second);
        let key_size = if second & 0x80 == 0 { 0 } else { 4 };
        let extra = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let (extended, rest) = rest.split_at(extra.min(rest.len()));
        frame.extended = extended;
        if extended.len() < extra {
            frame.missing = (extra - extended.len() + key_size) as u64;
            return Some((frame, &[]));
        }
        let length = match extra {
            0 => u64::from(second & 0x7f),
            _ => extended.iter().fold(0, |sum, digit| sum << 8 | u64::from(*digit)),
        };
        let (key, rest) = rest.split_at(key_size.min(rest.len()));
        let here = usize::try_from(length).map_or(rest.len(), |length| length.min(rest.len()));
        let (payload, rest) = rest.split_at(here);
        (frame.length, frame.key, frame.payload) = (Some(length), key, payload);
        frame.missing = (length - payload.len() as u64).saturating_add((key_size - key.len()) as u64);
        frame.bytes = &bytes[..bytes.len() - rest.len()];
        Some((frame, rest))
    }

    /// The last piece of its message.
    pub fn fin(&self) -> bool {
        self.first & 0x80 != 0
    }

    /// The three bits for extensions, RSV1 as 4.
    pub fn rsv(&self) -> u8 {
        self.first >> 4 & 7
    }

    /// What it is, as four bits.
    pub fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    /// Whether its payload is masked; `None` where it is cut before that is said.
    pub fn masked(&self) -> Option<bool> {
        self.second.map(|second| second & 0x80 != 0)
    }

    /// Where in the frame its payload begins.
    pub fn head(&self) -> usize {
        2 + self.extended.len() + self.key.len()
    }

    /// The payload with its mask undone.
    pub fn plain(&self) -> Vec<u8> {
        let mut plain = self.payload.to_vec();
        if let Ok(key) = self.key.try_into() {
            mask(&mut plain, key, 0);
        }
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: [u8; 11] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

    #[test]
    fn frames_are_taken_one_after_another() {
        let two = [&HELLO[..], &[0x8a, 0]].concat();
        let (frame, rest) = Anatomy::take(&two).expect("a frame");
        assert_eq!((frame.bytes, &frame.plain()[..], frame.missing, frame.head()), (&HELLO[..], &b"Hello"[..], 0, 6));
        let (frame, rest) = Anatomy::take(rest).expect("another");
        assert_eq!((frame.opcode(), frame.masked(), rest.len()), (10, Some(false), 0));
        assert_eq!(Anatomy::take(rest), None);
    }

    #[test]
    fn wherever_a_frame_is_cut_the_missing_bytes_are_counted() {
        for cut in 2..HELLO.len() {
            let (frame, rest) = Anatomy::take(&HELLO[..cut]).expect("a frame");
            assert_eq!((frame.missing, rest.len()), ((HELLO.len() - cut) as u64, 0), "{cut}");
        }
        let (frame, _) = Anatomy::take(&HELLO[..1]).expect("a frame");
        assert_eq!((frame.missing, frame.length), (1, None));
        let (frame, _) = Anatomy::take(&[0x82, 0xff, 0, 0]).expect("a frame");
        assert_eq!((frame.missing, frame.length), (10, None), "six of the length, four of the key");
    }

    #[test]
    fn what_breaks_the_rules_is_taken_apart_all_the_same() {
        let (frame, _) = Anatomy::take(&[0xf3, 126, 0, 1, 7]).expect("a frame");
        assert_eq!((frame.fin(), frame.rsv(), frame.opcode(), frame.length), (true, 7, 3, Some(1)));
        let endless = [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Anatomy::take(&endless).expect("a frame").0.missing, u64::MAX);
    }
}
