//! Undoes the compression of WebSocket messages, RFC 7692 §7.2.2: raw DEFLATE without its last four bytes.
//! Remembers what was said before, as far as later messages may point back to it: 32 KiB.
//! Not here: whether compression was agreed on (`websocket_handshake`).

use flate2::{Decompress, FlushDecompress, Status};

/// Most bytes of one message that are shown.
pub(super) const MAX_SHOWN: usize = 64 * 1024;
/// Most bytes that are unpacked of one message; a small bomb can hold a thousand times its size.
const MAX_UNPACKED: usize = 4 * 1024 * 1024;
/// So many bytes a direction may unpack whatever they come from.
const FREE: u64 = 4 * 1024 * 1024;
/// Behind them, no more than this times what came packed: only runs of one short pattern pack better, and bombs are.
const MAX_RATIO: u64 = 150;
/// How far back a message may point.
const WINDOW: usize = 32 * 1024;
/// Blocks marked as the last one of all, in one message.
const MAX_ENDS: usize = 16;
/// What every sender takes off the end (RFC 7692 §7.2.1).
const TAIL: &[u8] = &[0, 0, 0xff, 0xff];

/// Why a message is not, or not all, readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// More than is shown.
    TooMuch,
    /// Not DEFLATE.
    Broken,
    /// Points back to messages that could not be read.
    Lost,
}

/// One direction.
#[derive(Default)]
pub(super) struct Inflater {
    window: Vec<u8>,
    lost: bool,
    /// Bytes of the window that are put aside.
    aside: usize,
    /// Bytes that came packed, and what became of them.
    fed: u64,
    made: u64,
}

impl Inflater {
    /// A message of this direction was not seen, or not wholly.
    pub fn lose(&mut self) {
        self.forget();
        self.lost = true;
    }

    /// Begins anew; what it has cost stands.
    fn forget(&mut self) {
        *self = Inflater { fed: self.fed, made: self.made, ..Inflater::default() };
    }

    /// Whether it has unpacked more than honest bytes would.
    fn overspent(&self) -> bool {
        self.made > FREE && self.made / MAX_RATIO > self.fed
    }

    /// Hands its window out between two messages.
    pub fn put_aside(&mut self) -> Vec<u8> {
        let mut window = std::mem::take(&mut self.window);
        window.drain(..window.len().saturating_sub(WINDOW));
        window.shrink_to_fit();
        self.aside = window.len();
        window
    }

    /// Takes its window back, if it was not given up meanwhile.
    pub fn take_back(&mut self, window: Option<Vec<u8>>) {
        match window {
            Some(window) => self.window = window,
            None if self.aside > 0 => self.lose(),
            None => {}
        }
        self.aside = 0;
    }

    /// Unpacks `input`; `takeover` says that it may point back to earlier messages.
    pub fn inflate(&mut self, input: &[u8], takeover: bool) -> (Vec<u8>, Option<Trouble>) {
        if !takeover {
            self.forget();
        }
        if self.lost {
            return (Vec::new(), Some(Trouble::Lost));
        }
        self.fed += input.len() as u64;
        let mut out = Vec::new();
        let trouble = self.unpack(input, &mut out).err();
        if trouble.is_some_and(|trouble| trouble != Trouble::TooMuch) {
            self.lose();
        }
        if !takeover {
            self.forget();
        }
        (out, trouble)
    }

    fn unpack(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Trouble> {
        let mut inflate = Decompress::new(false);
        self.look_back(&mut inflate);
        let (mut unpacked, mut ends) = (0, 0);
        let mut room = [0; 8192];
        for mut part in [input, TAIL] {
            loop {
                let before = (inflate.total_in(), inflate.total_out());
                let status = match inflate.decompress(part, &mut room, FlushDecompress::Sync) {
                    Err(_) if ends > 0 && part == TAIL => break, // nothing was taken off a block that is the last
                    Err(_) => return Err(Trouble::Broken),
                    Ok(status) => status,
                };
                let taken = (inflate.total_in() - before.0) as usize;
                let made = room.get(..(inflate.total_out() - before.1) as usize).unwrap_or(&room);
                part = part.get(taken..).unwrap_or(&[]);
                out.extend(made.iter().take(MAX_SHOWN.saturating_sub(out.len())));
                self.remember(made);
                unpacked += made.len();
                self.made += made.len() as u64;
                if unpacked > MAX_UNPACKED || self.overspent() {
                    self.lose();
                    return Err(Trouble::TooMuch);
                }
                if status == Status::StreamEnd {
                    ends += 1;
                    if ends > MAX_ENDS {
                        return Err(Trouble::Broken);
                    }
                    inflate.reset(false);
                    self.look_back(&mut inflate);
                } else if made.len() < room.len() && (part.is_empty() || taken == 0) {
                    break;
                }
            }
        }
        if unpacked > MAX_SHOWN { Err(Trouble::TooMuch) } else { Ok(()) }
    }

    fn look_back(&self, inflate: &mut Decompress) {
        let from = self.window.len().saturating_sub(WINDOW);
        if let Some(window) = self.window.get(from..).filter(|w| !w.is_empty()) {
            // It fails only for bytes with a zlib head, and these have none.
            _ = inflate.set_dictionary(window);
        }
    }

    fn remember(&mut self, made: &[u8]) {
        self.window.extend_from_slice(made);
        if self.window.len() > 2 * WINDOW {
            self.window.drain(..self.window.len() - WINDOW);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::hex;

    fn text(inflater: &mut Inflater, bytes: &str, takeover: bool) -> String {
        let (out, trouble) = inflater.inflate(&hex(bytes), takeover);
        assert_eq!(trouble, None, "{bytes}");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn the_examples_of_rfc_7692_section_7_2_3_all_read_hello() {
        let mut inflater = Inflater::default();
        assert_eq!(text(&mut inflater, "f248cdc9c90700", true), "Hello", "one block (7.2.3.1)");
        assert_eq!(text(&mut inflater, "f200110000", true), "Hello", "points back to the message before (7.2.3.2)");
        assert_eq!(text(&mut Inflater::default(), "000500faff48656c6c6f00", true), "Hello", "stored (7.2.3.3)");
        assert_eq!(text(&mut Inflater::default(), "f348cdc9c9070000", true), "Hello", "BFINAL set (7.2.3.4)");
        assert_eq!(
            text(&mut Inflater::default(), "f248050000 00ffff cac9c90700", true),
            "Hello",
            "two blocks (7.2.3.5)"
        );
    }

    #[test]
    fn without_takeover_nothing_points_back() {
        let mut inflater = Inflater::default();
        assert_eq!(text(&mut inflater, "f248cdc9c90700", false), "Hello");
        assert_eq!(inflater.inflate(&hex("f200110000"), false).1, Some(Trouble::Broken));
        assert_eq!(text(&mut inflater, "f248cdc9c90700", false), "Hello", "the next message stands for itself");
    }

    #[test]
    fn what_could_not_be_read_makes_later_messages_unreadable() {
        let mut inflater = Inflater::default();
        assert_eq!(inflater.inflate(&hex("ffffff"), true).1, Some(Trouble::Broken));
        assert_eq!(inflater.inflate(&hex("f248cdc9c90700"), true).1, Some(Trouble::Lost));
    }

    #[test]
    fn a_window_that_was_given_up_is_missed() {
        let mut inflater = Inflater::default();
        text(&mut inflater, "f248cdc9c90700", true);
        let window = inflater.put_aside();
        inflater.take_back(Some(window));
        assert_eq!(text(&mut inflater, "f200110000", true), "Hello");
        inflater.put_aside();
        inflater.take_back(None);
        assert_eq!(inflater.inflate(&hex("f200110000"), true).1, Some(Trouble::Lost));
    }

    #[test]
    fn many_small_bombs_cost_no_more_than_a_big_one() {
        let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
        let mut bomb = Vec::with_capacity(4096);
        deflate.compress_vec(&vec![0; 200_000], &mut bomb, flate2::FlushCompress::Sync).expect("compresses");
        let mut inflater = Inflater::default();
        let (mut read, mut stopped) = (0, 0);
        for _ in 0..1000 {
            match inflater.inflate(&bomb, false).1 {
                Some(Trouble::TooMuch) if inflater.overspent() => stopped += 1,
                _ => read += 1,
            }
        }
        assert!(stopped > 900 && read > 10, "{read} read, {stopped} stopped");
        assert!(inflater.made < 2 * FREE + MAX_RATIO * inflater.fed, "{} bytes", inflater.made);
    }

    #[test]
    fn a_bomb_is_shown_in_part() {
        let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
        let mut bomb = Vec::with_capacity(64 * 1024);
        let zeros = vec![0; 8 * 1024 * 1024];
        deflate.compress_vec(&zeros, &mut bomb, flate2::FlushCompress::Sync).expect("compresses");
        let (out, trouble) = Inflater::default().inflate(&bomb, true);
        assert_eq!((out.len(), trouble), (MAX_SHOWN, Some(Trouble::TooMuch)));
    }
}
