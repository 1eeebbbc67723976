//! The connections of those who look on, each with a short queue of frames that are made once and shared.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tokio::sync::mpsc::Sender;

use crate::websocket::server::Outgoing;
use crate::websocket::server::session::shared;

/// A message, framed once for all who get it.
#[derive(Debug, Clone)]
pub struct Frame(Arc<[u8]>);

impl Frame {
    /// Frames a text.
    pub fn new(text: &str) -> Self {
        Frame(shared(text))
    }
}

/// All who look on.
#[derive(Default)]
pub(super) struct Seats {
    next: u64,
    taken: FxHashMap<u64, Seat>,
    /// What the teacher points at.
    pointed: Option<Frame>,
}

struct Seat {
    sender: Sender<Outgoing>,
    /// It does not know yet what the teacher points at.
    behind: bool,
}

impl Seats {
    /// A seat, unless so many are taken; it hears soon what the teacher points at.
    pub fn take(&mut self, sender: Sender<Outgoing>, most: usize) -> Option<u64> {
        if self.taken.len() >= most {
            return None;
        }
        self.next += 1;
        self.taken.insert(self.next, Seat { sender, behind: self.pointed.is_some() });
        Some(self.next)
    }

    pub fn leave(&mut self, viewer: u64) {
        self.taken.remove(&viewer);
    }

    pub fn here(&self) -> usize {
        self.taken.len()
    }

    /// Tells one; whether there was room.
    pub fn tell(&self, viewer: u64, frame: &Frame) -> bool {
        self.taken.get(&viewer).is_some_and(|s| s.sender.try_send(Outgoing::Shared(Arc::clone(&frame.0))).is_ok())
    }

    /// Tells all who have room; the others miss it.
    pub fn tell_all(&self, frame: &Frame) {
        for seat in self.taken.values() {
            let _ = seat.sender.try_send(Outgoing::Shared(Arc::clone(&frame.0)));
        }
    }

    /// The teacher points at something.
    pub fn point(&mut self, frame: Frame) {
        self.pointed = Some(frame);
        self.taken.values_mut().for_each(|seat| seat.behind = true);
        self.catch_up();
    }

    /// Those who had no room hear what the teacher points at now.
    pub fn catch_up(&mut self) {
        let Some(frame) = &self.pointed else { return };
        for seat in self.taken.values_mut().filter(|seat| seat.behind) {
            seat.behind = seat.sender.try_send(Outgoing::Shared(Arc::clone(&frame.0))).is_err();
        }
    }

    /// Says goodbye to all.
    pub fn dismiss(&self) {
        for seat in self.taken.values() {
            let _ = seat.sender.try_send(Outgoing::Close(Some(1001), "it is over".to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::channel;

    use super::*;

    #[test]
    fn who_does_not_read_is_skipped_and_hears_later_only_what_the_teacher_points_at_then() {
        let mut seats = Seats::default();
        let (sender, mut ear) = channel(1);
        let viewer = seats.take(sender.clone(), 1).expect("a seat");
        assert!(seats.take(sender, 1).is_none());
        assert!(seats.tell(viewer, &Frame::new("rows")) && !seats.tell(viewer, &Frame::new("more")));
        seats.point(Frame::new("first"));
        seats.point(Frame::new("second"));
        let mut heard = || match ear.try_recv() {
            Ok(Outgoing::Shared(bytes)) => String::from_utf8_lossy(&bytes[2..]).into_owned(),
            _ => String::new(),
        };
        assert_eq!(heard(), "rows");
        seats.catch_up();
        assert_eq!(heard(), "second");
        seats.catch_up();
        assert_eq!(heard(), "");
    }
}
