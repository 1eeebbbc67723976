//! What the server says: it echoes, chats, tells the time, or breaks the rules on request.

use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::chat::{self, Chat};
use super::session::{Outgoing, Talk};
use crate::websocket::forge::{BAD, Bad};
use crate::websocket::{Endpoint, Incoming};

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// What comes goes back.
    #[default]
    Echo,
    /// Rooms, in which everybody hears everybody.
    Chat,
    /// The time, every second.
    Clock,
    /// A violation of the protocol for each name of one.
    Broken,
}

impl Mode {
    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Echo => "echo",
            Mode::Chat => "chat",
            Mode::Clock => "clock",
            Mode::Broken => "broken",
        }
    }
}

/// One client's counterpart.
pub(super) struct Counterpart {
    mode: Mode,
    number: u64,
    chat: Chat,
}

impl Counterpart {
    /// `sender` is the way to this client from elsewhere.
    pub(super) fn new(mode: Mode, number: u64, chat: &Chat, sender: Sender<Outgoing>) -> Self {
        match mode {
            Mode::Chat => chat.enter(number, sender),
            Mode::Clock => {
                tokio::spawn(tick(sender));
            }
            Mode::Echo | Mode::Broken => {}
        }
        Counterpart { mode, number, chat: chat.clone() }
    }

    /// The first words.
    pub(super) fn welcome(&self) -> String {
        let number = self.number;
        match self.mode {
            Mode::Echo => format!("Welcome! You are connection {number}. What you send comes back."),
            Mode::Chat => format!("Welcome! You are guest {number}, in the lobby. {}", chat::HELP),
            Mode::Clock => format!("Welcome! You are connection {number}. The time follows, every second."),
            Mode::Broken => {
                format!(
                    "Welcome! You are connection {number}. Send the name of a mistake and I make it; help lists them."
                )
            }
        }
    }
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        if self.mode == Mode::Chat {
            self.chat.leave(self.number);
        }
    }
}

impl Talk for Counterpart {
    fn heard(&mut self, message: Incoming, end: &mut Endpoint) {
        match (self.mode, message) {
            (Mode::Echo, Incoming::Text(text)) => end.text(&text),
            (Mode::Echo, Incoming::Binary(bytes)) => end.binary(&bytes),
            (Mode::Chat, Incoming::Text(text)) => {
                if let Some(answer) = self.chat.say(self.number, &text) {
                    end.text(&answer);
                }
            }
            (Mode::Clock, Incoming::Text(_)) => end.text("I only tell the time."),
            (Mode::Broken, Incoming::Text(text)) => mistake(text.trim(), end),
            (_, Incoming::Binary(_)) => end.text("I understand text only."),
            (_, Incoming::Ping(_) | Incoming::Pong(_) | Incoming::Close(_)) => {}
        }
    }
}

fn mistake(name: &str, end: &mut Endpoint) {
    if let Some(bad) = Bad::named(name).filter(|bad| bad.only != Some(true)) {
        for frame in bad.build(None) {
            end.raw(&frame);
        }
        return;
    }
    let all = BAD.iter().filter(|bad| bad.only != Some(true));
    let list: Vec<String> = all.map(|bad| format!("{}: {} ({})", bad.name, bad.what, bad.rule)).collect();
    end.text(&format!("Mistakes that a server can make:\n{}", list.join("\n")));
}

/// Tells the time until nobody listens.
async fn tick(sender: Sender<Outgoing>) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        second.tick().await;
        let text = clock(std::time::SystemTime::now());
        if matches!(sender.try_send(Outgoing::Text(text)), Err(tokio::sync::mpsc::error::TrySendError::Closed(_))) {
            return;
        }
    }
}

/// The time of day, as in London in winter.
fn clock(now: std::time::SystemTime) -> String {
    let seconds = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs()) % 86_400;
    format!("{:02}:{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::{Limits, Role};

    fn said(mode: Mode, text: &str) -> Vec<u8> {
        let (sender, _messages) = tokio::sync::mpsc::channel(8);
        let mut counterpart = Counterpart::new(mode, 1, &Chat::default(), sender);
        let mut end = Endpoint::new(Role::Server, Limits::default(), None);
        counterpart.heard(Incoming::Text(text.into()), &mut end);
        std::mem::take(end.outbox())
    }

    #[test]
    fn every_mistake_that_a_server_can_make_is_made_and_help_lists_them() {
        let help = String::from_utf8_lossy(&said(Mode::Broken, "help")).into_owned();
        for bad in BAD {
            let mine = bad.only != Some(true);
            assert_eq!(help.contains(&format!("\n{}: ", bad.name)), mine, "{}", bad.name);
            if mine {
                let mut client = Endpoint::new(Role::Client, Limits { message: 1 << 20, frame: 1 << 20 }, None);
                client.receive(&said(Mode::Broken, bad.name));
                let heard = std::iter::from_fn(|| client.next().transpose()).find_map(Result::err);
                assert!(heard.is_some_and(|broken| broken.code == bad.code), "{}: {heard:?}", bad.name);
            }
        }
    }

    #[test]
    fn the_clock_has_hours_minutes_and_seconds() {
        assert_eq!(
            clock(std::time::UNIX_EPOCH + Duration::from_secs(86_400 + 3 * 3600 + 25 * 60 + 45)),
            "03:25:45 UTC"
        );
    }
}
