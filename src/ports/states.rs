//! The thirteen states in words: what each means, how a socket gets there, how long it stays and what to do.
//! Eleven are TCP's (RFC 9293 §3.3.2); two more are Linux' own bookkeeping.

use crate::dissect::{Name, name};

use super::{Protocol, State};

/// A state for learners.
#[derive(Debug)]
pub struct Story {
    /// As RFC 9293 writes it: "TIME-WAIT".
    pub name: &'static str,
    /// As it is typed: "time-wait".
    pub word: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// What happened just before.
    pub begins: &'static str,
    /// How long it lasts, where nothing is wrong.
    pub lasts: &'static str,
    /// What to do where it worries somebody.
    pub help: &'static str,
}

/// In the order of [`State::ALL`].
const STORIES: [Story; 13] = [
    Story {
        name: "ESTABLISHED",
        word: "established",
        meaning: "Both sides may talk, at the same time. A UDP socket is called so when it has chosen one partner; \
                  nothing was sent for that.",
        begins: "The handshake is done: SYN, SYN+ACK and ACK have crossed the network.",
        lasts: "For as long as both programs want, even for days without a single packet.",
        help: "Nothing: this is how it should be. If the other machine was switched off, only a failed send or \
               keep-alive will find out.",
    },
    Story {
        name: "SYN-SENT",
        word: "syn-sent",
        meaning: "Our greeting is under way and nobody has answered yet. Many of these mean that somebody does not \
                  answer: a wrong address, or a firewall that drops in silence.",
        begins: "A program called connect(); the kernel sent a SYN.",
        lasts: "One round trip. Without an answer Linux repeats the SYN for about two minutes, then connect() fails.",
        help: "Look whether an answer comes back: layercake capture -i any 'tcp.flags.syn'.",
    },
    Story {
        name: "SYN-RECEIVED",
        word: "syn-received",
        meaning: "Somebody greeted, we greeted back, and now the third step of the handshake is missing. Thousands \
                  of these are a SYN flood, or a way back that is broken.",
        begins: "A SYN came to a listening port; the kernel answered SYN+ACK without asking the program.",
        lasts: "One round trip.",
        help: "If it stays, answers of this machine do not arrive: look at routes and firewalls.",
    },
    Story {
        name: "FIN-WAIT-1",
        word: "fin-wait-1",
        meaning: "We have said that we are done, and the other side has not even confirmed that. Data that was sent \
                  before may still be waiting in the send queue.",
        begins: "Our program called close() or shutdown(); the kernel sent FIN.",
        lasts: "One round trip, or until sending again has failed often enough.",
        help: "If it stays, the other machine is gone or its window is shut; the kernel gives up by itself.",
    },
    Story {
        name: "FIN-WAIT-2",
        word: "fin-wait-2",
        meaning: "We are done and they know it, but they have not finished: this direction is closed, the other one \
                  is open.",
        begins: "The other side has acknowledged our FIN.",
        lasts: "Until they close, too. Once our program has let go of the socket Linux waits 60 seconds at most \
                (net.ipv4.tcp_fin_timeout).",
        help: "If they pile up, the program at the other end forgets to close: there it is CLOSE-WAIT.",
    },
    Story {
        name: "TIME-WAIT",
        word: "time-wait",
        meaning: "The connection is over, only its pair of addresses and ports rests, so that late packets cannot \
                  stray into a new connection. It costs nearly nothing and no program holds it.",
        begins: "We closed first, then the other side, too. Only who closes first gets here.",
        lasts: "60 seconds on Linux, fixed in the kernel; the RFC asks for two times the longest life of a packet.",
        help: "Nothing, it passes. A server that cannot bind its port meanwhile has to set SO_REUSEADDR before bind().",
    },
    Story {
        name: "CLOSED",
        word: "closed",
        meaning: "There is no connection. For UDP, which knows none, it means: takes datagrams from anybody (ss calls \
                  it UNCONN, layercake \"unconnected\").",
        begins: "The socket was made and nothing happened yet, or all is over.",
        lasts: "TCP sockets are hardly ever seen so; UDP sockets stay so for life.",
        help: "Nothing.",
    },
    Story {
        name: "CLOSE-WAIT",
        word: "close-wait",
        meaning: "The other side has hung up and our program has not noticed or does not care. Nothing but our own \
                  program can end this state.",
        begins: "A FIN came; the kernel acknowledged it and told the program, whose next read() gives 0 bytes.",
        lasts: "For ever, until the program calls close().",
        help: "If there are more and more of them, the program leaks sockets: fix it where it forgets close(), or \
               restart it.",
    },
    Story {
        name: "LAST-ACK",
        word: "last-ack",
        meaning: "Both sides have hung up; we wait for nothing but the receipt for our FIN.",
        begins: "They closed first, then our program, which sent the last FIN.",
        lasts: "One round trip.",
        help: "Nothing; the kernel repeats the FIN and gives up by itself.",
    },
    Story {
        name: "LISTEN",
        word: "listen",
        meaning: "A program waits here for callers. This socket never carries data: every caller gets a socket of \
                  its own, with the same port.",
        begins: "A program called bind() and listen().",
        lasts: "Until the program closes it or ends.",
        help: "Look at the reach: \"every card\" lets the whole network in, 127.0.0.1 only this machine.",
    },
    Story {
        name: "CLOSING",
        word: "closing",
        meaning: "Both sides said goodbye at the same moment, and the two messages have crossed on the way.",
        begins: "A FIN came while ours was not acknowledged yet.",
        lasts: "Less than one round trip; then it rests in TIME-WAIT.",
        help: "Nothing; seeing one is luck.",
    },
    Story {
        name: "NEW-SYN-RECEIVED",
        word: "new-syn-received",
        meaning: "The same as SYN-RECEIVED, kept in a small note instead of a whole socket, so that a flood of \
                  greetings does not fill the memory. Linux only.",
        begins: "A SYN came to a listening port.",
        lasts: "One round trip.",
        help: "As for SYN-RECEIVED.",
    },
    Story {
        name: "BOUND-INACTIVE",
        word: "bound-inactive",
        meaning: "The port is taken but neither waits nor calls, so that ss, netstat and lsof do not show it as \
                  taken; whoever else wants it is told \"address already in use\". Linux 6.8 and later tell.",
        begins: "A program called bind() and then neither listen() nor connect().",
        lasts: "Until the program goes on, closes it or ends.",
        help: "If that port is needed, end the program that is named beside it.",
    },
];

const fn entry(at: usize) -> Name {
    name(at as u64 + 1, STORIES[at].name, STORIES[at].meaning)
}

/// The values of `socket.state`.
pub static NAMES: [Name; 13] = [
    entry(0),
    entry(1),
    entry(2),
    entry(3),
    entry(4),
    entry(5),
    entry(6),
    entry(7),
    entry(8),
    entry(9),
    entry(10),
    entry(11),
    entry(12),
];

/// Other spellings: those of ss, of netstat and of `/proc`.
const SPELLINGS: &[(&str, State)] = &[
    ("estab", State::Established),
    ("connected", State::Established),
    ("syn_sent", State::SynSent),
    ("syn-recv", State::SynReceived),
    ("syn_recv", State::SynReceived),
    ("fin_wait1", State::FinWait1),
    ("fin_wait2", State::FinWait2),
    ("time_wait", State::TimeWait),
    ("timewait", State::TimeWait),
    ("unconn", State::Closed),
    ("unconnected", State::Closed),
    ("close", State::Closed),
    ("close_wait", State::CloseWait),
    ("last_ack", State::LastAck),
    ("listening", State::Listen),
    ("bound", State::BoundInactive),
];

/// Groups of states in the table: who waits, who talks, and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Waits for callers or datagrams.
    Waiting,
    /// Talks, or is about to.
    Talking,
    /// Hangs up, rests, or only keeps a port.
    Leaving,
}

impl State {
    /// What is told of it.
    pub fn story(self) -> &'static Story {
        &STORIES[self as usize - 1]
    }

    /// Other spellings of [`Story::word`].
    pub fn spellings(self) -> impl Iterator<Item = &'static str> {
        SPELLINGS.iter().filter(move |(_, state)| *state == self).map(|(spelling, _)| *spelling)
    }

    /// As RFC 9293 writes it; a UDP socket without a partner is "unconnected".
    pub fn name(self, protocol: Protocol) -> &'static str {
        match (self, protocol) {
            (State::Closed, Protocol::Udp) => "unconnected",
            _ => self.story().name,
        }
    }

    /// The state that this word means, in any case, with or without hyphens: `time-wait`, `TIME_WAIT`, `estab`.
    pub fn named(word: &str) -> Option<State> {
        let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let word = plain(word);
        let spelled = || SPELLINGS.iter().find(|(spelling, _)| plain(spelling) == word).map(|(_, state)| *state);
        State::ALL.into_iter().find(|s| plain(s.story().name) == word).or_else(spelled)
    }

    /// Its group.
    pub fn stage(self, protocol: Protocol) -> Stage {
        match self {
            State::Listen => Stage::Waiting,
            State::Closed if protocol == Protocol::Udp => Stage::Waiting,
            State::Established | State::SynSent | State::SynReceived | State::NewSynReceived => Stage::Talking,
            _ => Stage::Leaving,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_number_and_is_found_by_its_name() {
        for state in State::ALL {
            assert_eq!(NAMES[state as usize - 1].value, state as u64);
            assert_eq!(State::named(state.story().name), Some(state));
        }
    }

    #[test]
    fn other_tools_words_are_understood() {
        assert_eq!(State::named("TIME_WAIT"), Some(State::TimeWait));
        assert_eq!(State::named("timewait"), Some(State::TimeWait));
        assert_eq!(State::named("ESTAB"), Some(State::Established));
        assert_eq!(State::named("fin-wait-1"), Some(State::FinWait1));
        assert_eq!(State::named("asleep"), None);
    }
}
