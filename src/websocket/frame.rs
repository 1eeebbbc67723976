//! The head of a frame (RFC 6455 §5.2), masking (§5.3), and the rules whose breach ends a connection.
//! Not here: messages (`endpoint`), explanations of the fields (`protocols`).

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// Goes on with a message.
    Continuation,
    /// Text, or its first piece.
    Text,
    /// Bytes, or their first piece.
    Binary,
    /// Goodbye.
    Close,
    /// Are you there?
    Ping,
    /// I am.
    Pong,
}

impl Opcode {
    /// As four bits; `None` for those that the RFC keeps for later.
    pub fn of(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return None,
        })
    }

    /// Its four bits.
    pub fn bits(self) -> u8 {
        match self {
            Opcode::Continuation => 0,
            Opcode::Text => 1,
            Opcode::Binary => 2,
            Opcode::Close => 8,
            Opcode::Ping => 9,
            Opcode::Pong => 10,
        }
    }

    /// Whether it may come between the pieces of a message.
    pub fn is_control(self) -> bool {
        self.bits() & 8 != 0
    }
}

/// A rule that was broken: the connection has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} ({rule})")]
pub struct Broken {
    /// The code for the close frame, RFC 6455 §7.4.1.
    pub code: u16,
    /// Where the rule stands: "RFC 6455 §5.1".
    pub rule: &'static str,
    /// What was wrong, in words.
    pub what: &'static str,
}

/// 1002, a breach of the protocol.
pub(super) const fn breach(rule: &'static str, what: &'static str) -> Broken {
    Broken { code: 1002, rule, what }
}

/// The head of a frame as it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last piece of its message.
    pub fin: bool,
    /// The three extension bits, RSV1 as 4.
    pub rsv: u8,
    /// What it is.
    pub opcode: Opcode,
    /// The key, where it is masked.
    pub mask: Option<[u8; 4]>,
    /// Bytes of payload.
    pub length: u64,
    /// Bytes of the head itself.
    pub size: usize,
}

impl Head {
    /// Reads a head from the front of `bytes`; `None` where they end too early.
    ///
    /// # Errors
    /// An opcode that is not defined, a length that is written too long or has its first bit set.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, Broken> {
        let [first, second, ..] = *bytes else { return Ok(None) };
        let Some(opcode) = Opcode::of(first & 0x0f) else {
            return Err(breach("RFC 6455 §5.2", "this kind of frame is not defined"));
        };
        let extra = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let Some(digits) = bytes.get(2..2 + extra) else { return Ok(None) };
        let length = match extra {
            0 => u64::from(second & 0x7f),
            _ => digits.iter().fold(0, |sum, digit| sum << 8 | u64::from(*digit)),
        };
        if (extra == 2 && length < 126) || (extra == 8 && length <= 0xffff) {
            return Err(breach("RFC 6455 §5.2", "the length is not written in the shortest form"));
        }
        if length >> 63 == 1 {
            return Err(breach("RFC 6455 §5.2", "the first bit of a long length must be 0"));
        }
        let mut size = 2 + extra;
        let mut mask = None;
        if second & 0x80 != 0 {
            let Some(key) = bytes.get(size..size + 4) else { return Ok(None) };
            mask = Some([key[0], key[1], key[2], key[3]]);
            size += 4;
        }
        Ok(Some(Head { fin: first & 0x80 != 0, rsv: first >> 4 & 7, opcode, mask, length, size }))
    }

    /// Appends it. `length` is written in the shortest form; `size` is not looked at.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.fin) << 7 | (self.rsv & 7) << 4 | self.opcode.bits());
        let masked = u8::from(self.mask.is_some()) << 7;
        match self.length {
            0..=125 => out.push(masked | self.length as u8),
            126..=0xffff => {
                out.push(masked | 0x7e);
                out.extend_from_slice(&(self.length as u16).to_be_bytes());
            }
            _ => {
                out.push(masked | 0x7f);
                out.extend_from_slice(&self.length.to_be_bytes());
            }
        }
        out.extend_from_slice(self.mask.as_ref().map_or(&[][..], |key| key));
    }
}

/// XORs `bytes` with the key, over and over; twice gives them back. `from` is the place of the first byte in its frame.
pub fn mask(bytes: &mut [u8], key: [u8; 4], from: usize) {
    let turned: [u8; 4] = std::array::from_fn(|at| key[(from + at) % 4]);
    let eight: [u8; 8] = std::array::from_fn(|at| turned[at % 4]);
    let wide = u64::from_ne_bytes(eight);
    let (chunks, rest) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(eight) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rfcs_own_example_is_read_and_unmasked() {
        let bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        let head = Head::read(&bytes).expect("right").expect("whole");
        assert_eq!((head.fin, head.opcode, head.length, head.size), (true, Opcode::Text, 5, 6));
        let mut payload = bytes[6..].to_vec();
        mask(&mut payload, head.mask.expect("masked"), 0);
        assert_eq!(payload, b"Hello");
        let mut again = Vec::new();
        head.write(&mut again);
        assert_eq!(again, bytes[..6]);
    }

    #[test]
    fn a_mask_goes_on_where_the_last_piece_ended() {
        let plain: Vec<u8> = (0..100).collect();
        let mut whole = plain.clone();
        mask(&mut whole, [1, 2, 3, 4], 0);
        for cut in 0..plain.len() {
            let mut pieces = plain.clone();
            let (left, right) = pieces.split_at_mut(cut);
            mask(left, [1, 2, 3, 4], 0);
            mask(right, [1, 2, 3, 4], cut);
            assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn every_length_has_one_way_to_be_written() {
        for length in [0, 125, 126, 0xffff, 0x1_0000, u64::MAX >> 1] {
            let head = Head { fin: true, rsv: 0, opcode: Opcode::Binary, mask: None, length, size: 0 };
            let mut out = Vec::new();
            head.write(&mut out);
            let read = Head::read(&out).expect("right").expect("whole");
            assert_eq!((read.length, read.size), (length, out.len()));
            for cut in 0..out.len() {
                assert_eq!(Head::read(&out[..cut]), Ok(None), "{cut} of {length}");
            }
        }
        assert!(Head::read(&[0x82, 126, 0, 125]).is_err());
        assert!(Head::read(&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]).is_err());
        assert!(Head::read(&[0x82, 127, 0x80, 0, 0, 0, 0, 1, 0, 0]).is_err());
        assert!(Head::read(&[0x83, 0]).is_err(), "opcode 3");
    }
}
