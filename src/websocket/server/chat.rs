//! A chat with rooms: who is where, and who hears what.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use tokio::sync::mpsc::Sender;

use super::session::Outgoing;

/// Letters of a name.
const NAME: usize = 24;
/// Where everybody begins.
const LOBBY: &str = "lobby";
/// What can be said beside plain words.
pub(super) const HELP: &str = "/join ROOM goes to another room, /name NAME changes your name, /who tells who is here.";

/// All who are there.
#[derive(Default, Clone)]
pub(super) struct Chat(Arc<Mutex<FxHashMap<u64, Member>>>);

struct Member {
    name: String,
    room: String,
    sender: Sender<Outgoing>,
}

impl Chat {
    fn members(&self) -> MutexGuard<'_, FxHashMap<u64, Member>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody comes.
    pub(super) fn enter(&self, number: u64, sender: Sender<Outgoing>) {
        let name = format!("guest {number}");
        tell(&self.members(), LOBBY, &format!("{name} joins {LOBBY}."));
        self.members().insert(number, Member { name, room: LOBBY.to_owned(), sender });
    }

    /// And goes.
    pub(super) fn leave(&self, number: u64) {
        let mut members = self.members();
        if let Some(member) = members.remove(&number) {
            tell(&members, &member.room, &format!("{} leaves.", member.name));
        }
    }

    /// Says something; what only the speaker shall hear is given back.
    pub(super) fn say(&self, number: u64, text: &str) -> Option<String> {
        let mut members = self.members();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let wanted: String = rest.trim().chars().filter(|c| !c.is_control()).take(NAME).collect();
        let Member { name, room, .. } = members.get(&number)?;
        let (name, room) = (name.clone(), room.clone());
        match word {
            "/join" if !wanted.is_empty() => {
                members.get_mut(&number)?.room.clone_from(&wanted);
                tell(&members, &room, &format!("{name} goes to {wanted}."));
                tell(&members, &wanted, &format!("{name} joins {wanted}."));
            }
            "/name" if members.values().any(|member| member.name == wanted) => {
                return Some(format!("Somebody is called {wanted} already."));
            }
            "/name" if !wanted.is_empty() => {
                members.get_mut(&number)?.name.clone_from(&wanted);
                tell(&members, &room, &format!("{name} is now {wanted}."));
            }
            "/who" => {
                let here = members.values().filter(|member| member.room == room);
                let mut names: Vec<&str> = here.map(|member| member.name.as_str()).collect();
                names.sort_unstable();
                return Some(format!("In {room}: {}.", names.join(", ")));
            }
            _ if word.starts_with('/') => return Some(HELP.to_owned()),
            _ => tell(&members, &room, &format!("{name}: {text}")),
        }
        None
    }
}

/// All who are in a room hear it; who does not read misses it.
fn tell(members: &FxHashMap<u64, Member>, room: &str, text: &str) {
    for member in members.values().filter(|member| member.room == room) {
        let _ = member.sender.try_send(Outgoing::Text(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_in_the_same_room_hear_what_is_said() {
        let chat = Chat::default();
        let mut ears: Vec<_> = (1..=3)
            .map(|number| {
                let (sender, ear) = tokio::sync::mpsc::channel(20);
                chat.enter(number, sender);
                ear
            })
            .collect();
        assert_eq!(chat.say(2, "/join tea"), None);
        assert_eq!(chat.say(3, "/name Ada"), None);
        assert_eq!(chat.say(1, "/name Ada").as_deref(), Some("Somebody is called Ada already."));
        assert_eq!(chat.say(3, "Hello"), None);
        assert_eq!(chat.say(3, "/who").as_deref(), Some("In lobby: Ada, guest 1."));
        chat.leave(3);
        let mut heard = |ear: usize| {
            let mut all = Vec::new();
            while let Ok(Outgoing::Text(text)) = ears[ear].try_recv() {
                all.push(text);
            }
            all
        };
        let first = heard(0);
        assert!(first.contains(&"Ada: Hello".to_owned()) && first.contains(&"Ada leaves.".to_owned()), "{first:?}");
        assert_eq!(heard(1), ["guest 3 joins lobby.", "guest 2 joins tea."]);
    }
}
