//! UTF-8 that comes in pieces (RFC 3629): text is checked as it arrives, so that a wrong byte ends the connection at
//! once and not only at the end of a long message (RFC 6455 §8.1).

/// What the pieces so far have left open.
#[derive(Debug, Default, Clone)]
pub(super) struct Checker {
    /// The bytes of a character that is not complete: at most three.
    open: Vec<u8>,
}

impl Checker {
    /// Takes a piece; false where it cannot be UTF-8, whatever follows.
    pub(super) fn piece(&mut self, mut bytes: &[u8]) -> bool {
        while !self.open.is_empty() && !bytes.is_empty() {
            self.open.push(bytes[0]);
            bytes = &bytes[1..];
            match std::str::from_utf8(&self.open) {
                Ok(_) => self.open.clear(),
                Err(error) if error.error_len().is_some() => return false,
                Err(_) => {}
            }
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => true,
            Err(error) if error.error_len().is_some() => false,
            Err(error) => {
                self.open.extend_from_slice(&bytes[error.valid_up_to()..]);
                true
            }
        }
    }

    /// Whether the text may end here.
    pub(super) fn is_whole(&self) -> bool {
        self.open.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_may_be_cut_anywhere_but_not_at_the_end() {
        let text = "κόσμε 🙂 end".as_bytes();
        for cut in 0..=text.len() {
            let mut checker = Checker::default();
            assert!(checker.piece(&text[..cut]) && checker.piece(&text[cut..]) && checker.is_whole());
            let mut bytewise = Checker::default();
            assert!(text[..cut].iter().all(|b| bytewise.piece(&[*b])));
            assert_eq!(bytewise.is_whole(), std::str::from_utf8(&text[..cut]).is_ok());
        }
    }

    #[test]
    fn a_wrong_byte_is_found_as_soon_as_nothing_can_mend_it() {
        let mut checker = Checker::default();
        assert!(checker.piece(&[0xf4]));
        assert!(!checker.piece(&[0x90]), "beyond U+10FFFF");
        assert!(!Checker::default().piece(&[0xed, 0xa0, 0x80]), "a surrogate");
        assert!(!Checker::default().piece(b"\xc0\xaf"), "too long a form");
    }
}
