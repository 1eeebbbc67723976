//! What sockets are meant: `3000`, `:3000`, `listening`, `udp`. Words of one kind are alternatives; different
//! kinds must all be true.

use super::words;
use crate::cli::Error;
use crate::ports::{Protocol, Socket, State};

/// Which sockets are wanted; empty lists want all.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    ports: Vec<u16>,
    states: Vec<State>,
    protocols: Vec<Protocol>,
    /// Parts of names of processes.
    pub(super) processes: Vec<String>,
}

impl Wanted {
    pub(super) fn parse(words: &[String]) -> Result<Self, Error> {
        let mut wanted = Wanted::default();
        for word in words.iter().flat_map(|w| w.split_whitespace()) {
            let digits = word.strip_prefix(':').unwrap_or(word);
            if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
                wanted.ports.push(digits.parse().map_err(|_| {
                    Error::asked(format!("there is no port {digits}"), "ports are numbers from 0 to 65535")
                })?);
                continue;
            }
            match word.to_ascii_lowercase().as_str() {
                "tcp" => wanted.protocols.push(Protocol::Tcp),
                "udp" => wanted.protocols.push(Protocol::Udp),
                other => wanted.states.push(State::named(other).ok_or_else(|| unknown(word))?),
            }
        }
        Ok(wanted)
    }

    /// Whether this socket, held by programs of these names, is one of them.
    pub(super) fn takes<'a>(&self, socket: &Socket, mut names: impl Iterator<Item = &'a [u8]>) -> bool {
        let port = |p: &u16| *p == socket.local.port() || socket.remote.is_some_and(|r| r.port() == *p);
        let named = |name: &[u8]| {
            let name = String::from_utf8_lossy(name).to_lowercase();
            self.processes.iter().any(|p| name.contains(&p.to_lowercase()))
        };
        (self.ports.is_empty() || self.ports.iter().any(port))
            && (self.states.is_empty() || self.states.contains(&socket.state))
            && (self.protocols.is_empty() || self.protocols.contains(&socket.protocol))
            && (self.processes.is_empty() || names.any(named))
    }

    /// "all sockets", "port 3000, LISTEN".
    pub(super) fn words(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.protocols.iter().map(|p| p.key().to_owned()));
        parts.extend(self.ports.iter().map(|p| format!("port {p}")));
        parts.extend(self.states.iter().map(|s| s.story().name.to_owned()));
        parts.extend(self.processes.iter().map(|p| format!("process {}", crate::cli::console::tame(p))));
        if parts.is_empty() { "all sockets".to_owned() } else { parts.join(", ") }
    }
}

fn unknown(word: &str) -> Error {
    let all = words::state_words().chain(["tcp", "udp"].map(str::to_owned));
    let hint = match words::nearest(word, all) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "write a port (3000), a state (listen, established, time-wait), tcp or udp".to_owned(),
    };
    Error::asked(format!("`{word}` is neither a port nor a state nor a protocol"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Wanted, Error> {
        Wanted::parse(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_port_is_either_end_and_all_kinds_of_words_must_be_true() {
        let wanted = parse(&[":3000", "80", "TIME_WAIT", "tcp"]).expect("words");
        assert_eq!(wanted.words(), "tcp, port 3000, port 80, TIME-WAIT");
        let far = Some(([127, 0, 0, 1], 3000).into());
        let mut socket = Socket::new(Protocol::Tcp, State::TimeWait, ([127, 0, 0, 1], 51_234).into(), far);
        assert!(wanted.takes(&socket, std::iter::empty()));
        socket.state = State::Established;
        assert!(!wanted.takes(&socket, std::iter::empty()));
    }

    #[test]
    fn an_unknown_word_suggests_the_nearest() {
        let hint = |word: &str| parse(&[word]).expect_err("unknown").hint().unwrap_or_default();
        assert_eq!(hint("time-wiat"), "did you mean `time-wait`?");
        assert_eq!(hint("listenning"), "did you mean `listen`?");
        assert!(hint("banana").starts_with("write a port"));
        assert!(hint("65536").starts_with("ports are numbers"));
    }
}
