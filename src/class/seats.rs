//! Who is in a class: a seat for each browser, found again by a token when a connection broke. No name, no address is
//! kept. A browser that does not read is skipped, never waited for.

use rustc_hash::FxHashMap;
use tokio::sync::mpsc::Sender;

use super::hall::token;
use crate::websocket::server::session::Outgoing;

/// All seats.
pub(super) struct Seats {
    most: usize,
    next: u64,
    connections: u64,
    tokens: FxHashMap<String, u64>,
    taken: FxHashMap<u64, Seat>,
}

struct Seat {
    token: String,
    /// The present connection, and its number; `None` while there is none.
    sender: Option<(u64, Sender<Outgoing>)>,
    /// Something was not told.
    behind: bool,
}

/// A seat that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seated {
    /// Who votes.
    pub(super) member: u64,
    /// By which the seat is found again.
    pub(super) token: String,
    connection: u64,
}

impl Seats {
    /// So many browsers at most.
    pub(super) fn new(most: usize) -> Self {
        Seats { most, next: 0, connections: 0, tokens: FxHashMap::default(), taken: FxHashMap::default() }
    }

    /// Takes the seat of this token, or a new one; `None` where all are taken by somebody who is here.
    pub(super) fn take(&mut self, wanted: Option<&str>, sender: Sender<Outgoing>) -> Option<Seated> {
        self.connections += 1;
        let connection = self.connections;
        let known = wanted.and_then(|wanted| self.tokens.get(wanted).copied());
        let member = match known {
            Some(member) => member,
            None => self.new_seat()?,
        };
        let seat = self.taken.get_mut(&member)?;
        if let Some((_, old)) = seat.sender.replace((connection, sender)) {
            // The same browser in another tab, or a connection that has not noticed its end.
            let _ = old.try_send(Outgoing::Close(Some(4001), "joined again elsewhere".to_owned()));
        }
        seat.behind = false;
        Some(Seated { member, token: seat.token.clone(), connection })
    }

    fn new_seat(&mut self) -> Option<u64> {
        if self.taken.len() >= self.most {
            // Of those who have left, the first who came gives up the seat; what was voted stays.
            let gone = self.taken.iter().filter(|(_, seat)| seat.sender.is_none()).map(|(member, _)| *member).min()?;
            if let Some(seat) = self.taken.remove(&gone) {
                self.tokens.remove(&seat.token);
            }
        }
        self.next += 1;
        let token = token();
        self.tokens.insert(token.clone(), self.next);
        self.taken.insert(self.next, Seat { token, sender: None, behind: false });
        Some(self.next)
    }

    /// A connection ended; the seat stays.
    pub(super) fn leave(&mut self, seated: &Seated) {
        if let Some(seat) = self.taken.get_mut(&seated.member)
            && seat.sender.as_ref().is_some_and(|(connection, _)| *connection == seated.connection)
        {
            seat.sender = None;
        }
    }

    /// How many are here now.
    pub(super) fn here(&self) -> usize {
        self.taken.values().filter(|seat| seat.sender.is_some()).count()
    }

    /// Tells everybody; who has too much waiting is behind from now on.
    pub(super) fn tell_all(&mut self, text: &str) {
        for seat in self.taken.values_mut() {
            if let Some((_, sender)) = &seat.sender {
                seat.behind = sender.try_send(Outgoing::Text(text.to_owned())).is_err();
            }
        }
    }

    /// Tells those who are not behind; nobody misses it who does not hear it.
    pub(super) fn whisper(&self, text: &str) {
        for (_, sender) in self.taken.values().filter(|seat| !seat.behind).filter_map(|seat| seat.sender.as_ref()) {
            let _ = sender.try_send(Outgoing::Text(text.to_owned()));
        }
    }

    /// Whether somebody was skipped.
    pub(super) fn any_behind(&self) -> bool {
        self.taken.values().any(|seat| seat.behind && seat.sender.is_some())
    }

    /// Tells those who were skipped.
    pub(super) fn catch_up(&mut self, text: &str) {
        for seat in self.taken.values_mut().filter(|seat| seat.behind) {
            if let Some((_, sender)) = &seat.sender {
                seat.behind = sender.try_send(Outgoing::Text(text.to_owned())).is_err();
            }
        }
    }

    /// Says goodbye to everybody.
    pub(super) fn dismiss(&self) {
        for (_, sender) in self.taken.values().filter_map(|seat| seat.sender.as_ref()) {
            let _ = sender.try_send(Outgoing::Close(Some(1001), "the class is over".to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_seat_is_found_again_and_one_that_was_left_is_given_away_when_all_are_taken() {
        let mut seats = Seats::new(2);
        let (sender, _ear) = channel(1);
        let first = seats.take(None, sender.clone()).expect("a seat");
        let second = seats.take(Some("unknown"), sender.clone()).expect("a seat");
        assert_ne!(first.member, second.member);
        assert_eq!(seats.take(None, sender.clone()), None);
        let again = seats.take(Some(&first.token), sender.clone()).expect("the same");
        assert_eq!((again.member, seats.here()), (first.member, 2));
        seats.leave(&first);
        assert_eq!(seats.here(), 2, "an old connection that ends does not empty the seat");
        seats.leave(&again);
        assert_eq!(seats.here(), 1);
        let third = seats.take(None, sender.clone()).expect("the seat that was left");
        assert!(third.member > second.member && seats.take(Some(&first.token), sender).is_none());
    }

    #[test]
    fn who_does_not_read_is_skipped_and_hears_later_what_is_so_then() {
        let mut seats = Seats::new(2);
        let (sender, mut ear) = channel(1);
        seats.take(None, sender).expect("a seat");
        seats.tell_all("one");
        seats.tell_all("two");
        assert!(seats.any_behind());
        let text = |outgoing: Outgoing| if let Outgoing::Text(text) = outgoing { text } else { String::new() };
        assert_eq!(ear.try_recv().map(text), Ok("one".to_owned()));
        seats.catch_up("three");
        assert!(!seats.any_behind());
        assert_eq!(ear.try_recv().map(text), Ok("three".to_owned()));
    }
}
