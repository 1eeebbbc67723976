//! Names of ports: what usually waits behind a number. A name is a guess by number; only the program that holds
//! the port can confirm it.
//! Not here: the whole registry of IANA (12,000 names that nobody meets), and what is really spoken (`protocols`).

mod list;

use super::Protocol;

/// What usually waits behind a port.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// IANA's name, or for a habit the name of the program.
    pub name: &'static str,
    /// Who speaks there, and whether strangers can read it.
    pub explain: &'static str,
    /// The number is used so, whether or not IANA registered it for somebody else.
    pub habit: bool,
}

struct Entry {
    port: u16,
    protocols: &'static [Protocol],
    service: Service,
}

const TCP: &[Protocol] = &[Protocol::Tcp];
const UDP: &[Protocol] = &[Protocol::Udp];
const BOTH: &[Protocol] = &[Protocol::Tcp, Protocol::Udp];

fn at(port: u16) -> impl Iterator<Item = &'static Entry> {
    let first = list::LIST.partition_point(|e| e.port < port);
    list::LIST[first..].iter().take_while(move |e| e.port == port)
}

/// What usually waits behind this port, by its number alone.
pub fn service(protocol: Protocol, port: u16) -> Option<&'static Service> {
    at(port).find(|e| e.protocols.contains(&protocol)).map(|e| &e.service)
}

/// Everything that is known of a number, with the protocols it is meant for.
pub fn services(port: u16) -> impl Iterator<Item = (&'static [Protocol], &'static Service)> {
    at(port).map(|e| (e.protocols, &e.service))
}

/// The ports that are called so, for words instead of numbers: "postgresql".
pub fn named(name: &str) -> impl Iterator<Item = (u16, &'static [Protocol], &'static Service)> {
    let same = |e: &&Entry| e.service.name.eq_ignore_ascii_case(name);
    list::LIST.iter().filter(same).map(|e| (e.port, e.protocols, &e.service))
}

/// All names, to suggest one; a few occur more than once.
pub fn names() -> impl Iterator<Item = &'static str> {
    list::LIST.iter().map(|e| e.service.name)
}

/// Which part of the numbers a port belongs to, RFC 6335 §6, whatever this machine does with it.
pub fn realm(port: u16) -> &'static str {
    match port {
        0..=1023 => "well-known: IANA gives these to services that everyone knows",
        1024..=49151 => "registered: IANA writes down who uses it, and forbids nobody else to",
        49152..=65535 => "dynamic: given to nobody, free for short-lived use",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_list_is_sorted_and_names_every_room_once() {
        let rooms: Vec<(u16, Protocol)> =
            list::LIST.iter().flat_map(|e| e.protocols.iter().map(|p| (e.port, *p))).collect();
        assert!(list::LIST.is_sorted_by_key(|e| e.port));
        let mut unique = rooms.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(rooms.len(), unique.len());
        assert!(list::LIST.len() >= 150, "{}", list::LIST.len());
    }

    #[test]
    fn every_name_has_a_sentence_of_its_own() {
        for entry in list::LIST {
            let Service { name, explain, .. } = entry.service;
            assert!(explain.ends_with('.') && explain.len() >= 15, "{name}: {explain}");
            assert!(name.len() <= 15, "{name} is longer than RFC 6335 §5.1 allows");
        }
    }

    #[test]
    fn one_number_may_be_two_rooms() {
        assert_eq!(service(Protocol::Tcp, 514).map(|s| s.name), Some("shell"));
        assert_eq!(service(Protocol::Udp, 514).map(|s| s.name), Some("syslog"));
        assert_eq!(service(Protocol::Udp, 22), None);
        assert_eq!(service(Protocol::Tcp, 4), None);
        assert_eq!(service(Protocol::Tcp, u16::MAX), None);
        assert!(service(Protocol::Tcp, 3000).is_some_and(|s| s.habit));
        assert_eq!(named("POSTGRESQL").map(|(port, ..)| port).collect::<Vec<_>>(), [5432]);
    }

    /// Debian writes some names as they were before IANA changed them.
    const RENAMED: &[&str] = &["sips", "memcache", "ircu", "mbap"];

    #[test]
    fn registered_names_are_those_of_etc_services() {
        let Ok(text) = std::fs::read_to_string("/etc/services") else { return };
        let mut theirs: HashMap<(u16, &str), Vec<&str>> = HashMap::new();
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let (Some(name), Some((port, protocol))) = (words.next(), words.next().and_then(|w| w.split_once('/')))
            else {
                continue;
            };
            let Ok(port) = port.parse() else { continue };
            theirs.entry((port, protocol)).or_default().extend(std::iter::once(name).chain(words));
        }
        let mut wrong = Vec::new();
        for entry in list::LIST.iter().filter(|e| !e.service.habit && !RENAMED.contains(&e.service.name)) {
            for protocol in entry.protocols {
                let word = if *protocol == Protocol::Tcp { "tcp" } else { "udp" };
                let Some(names) = theirs.get(&(entry.port, word)) else { continue };
                if !names.contains(&entry.service.name) {
                    wrong.push(format!("{}/{word}: {} is {names:?}", entry.port, entry.service.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
