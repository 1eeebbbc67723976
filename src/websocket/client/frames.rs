//! Bytes that cross, cut into frames to be shown: heads whole, of payloads the beginning. Checks nothing; that is
//! the endpoint's work.

use super::event::Frame;
use crate::websocket::frame::{Head, mask};

/// Bytes of a payload that are kept to be shown.
const KEPT: usize = 4096;
/// The longest head.
const HEAD: usize = 14;

/// One direction.
pub(in crate::websocket) struct Frames {
    from_client: bool,
    head: Vec<u8>,
    current: Option<(Frame, u64)>,
    /// What crosses are no frames.
    lost: bool,
    /// Bytes of a payload that are kept.
    most: usize,
}

impl Frames {
    pub(in crate::websocket) fn new(from_client: bool) -> Self {
        Self::keeping(from_client, KEPT)
    }

    /// The same for who shows less: a long queue of long payloads costs more than all the rest.
    pub(in crate::websocket) fn keeping(from_client: bool, most: usize) -> Self {
        Frames { from_client, head: Vec::new(), current: None, lost: false, most }
    }

    /// Whether frames can be told from one another.
    pub(in crate::websocket) fn is_lost(&self) -> bool {
        self.lost
    }

    /// What follows is no frame, or nobody knows where the next one begins.
    pub(in crate::websocket) fn lose(&mut self) {
        self.lost = true;
    }

    /// Takes bytes, gives the frames that they complete.
    pub(in crate::websocket) fn take(&mut self, mut bytes: &[u8]) -> Vec<Frame> {
        let mut all = Vec::new();
        while !self.lost {
            if let Some((mut frame, seen)) = self.current.take() {
                let more = (frame.length - seen).min(bytes.len() as u64) as usize;
                let kept = more.min(self.most.saturating_sub(frame.payload.len()));
                frame.payload.extend_from_slice(&bytes[..kept]);
                bytes = &bytes[more..];
                if seen + more as u64 == frame.length {
                    all.push(finished(frame));
                    continue;
                }
                self.current = Some((frame, seen + more as u64));
                break;
            }
            let had = self.head.len();
            self.head.extend_from_slice(&bytes[..bytes.len().min(HEAD - had)]);
            match Head::read(&self.head) {
                Ok(Some(head)) => {
                    bytes = &bytes[head.size - had..];
                    let mut whole = std::mem::take(&mut self.head);
                    whole.truncate(head.size);
                    self.current = Some((self.begin(&head, whole), 0));
                }
                Ok(None) => break,
                Err(_) => self.lost = true,
            }
        }
        all
    }

    fn begin(&self, head: &Head, bytes: Vec<u8>) -> Frame {
        Frame {
            from_client: self.from_client,
            fin: head.fin,
            rsv: head.rsv,
            opcode: head.opcode,
            mask: head.mask,
            head: bytes,
            length: head.length,
            payload: Vec::new(),
        }
    }
}

fn finished(mut frame: Frame) -> Frame {
    if let Some(key) = frame.mask {
        mask(&mut frame.payload, key, 0);
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::{Endpoint, Limits, Opcode, Role};

    #[test]
    fn frames_are_the_same_however_their_bytes_come() {
        let mut end = Endpoint::new(Role::Client, Limits::default(), None);
        end.text("Hello");
        end.ping(b"");
        end.binary(&vec![7; 70_000]);
        end.message(Opcode::Text, b"abc", 3);
        let bytes = std::mem::take(end.outbox());
        let whole = Frames::new(true).take(&bytes);
        assert_eq!(whole.iter().map(|f| f.length).collect::<Vec<_>>(), [5, 0, 70_000, 1, 1, 1]);
        assert_eq!(whole[0].payload, b"Hello");
        assert_eq!(whole[2].payload, [7; KEPT]);
        let mut one = Frames::new(true);
        let single: Vec<_> = bytes.iter().flat_map(|byte| one.take(&[*byte])).collect();
        assert_eq!(single, whole);
    }

    #[test]
    fn what_is_no_frame_ends_the_cutting() {
        let mut frames = Frames::new(false);
        assert!(frames.take(&[0x83, 0, 0x81, 0]).is_empty() && frames.is_lost());
        assert!(frames.take(&[0x81, 0]).is_empty());
    }
}
