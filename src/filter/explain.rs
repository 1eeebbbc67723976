//! What a word means: from a key, a name, a value or a number to the field that knows it.
//! Only finds and ranks; text is made of it by the renderer.

use crate::dissect::{Claim, Field, Index, Name, Protocol, Show};

use super::keys::{self, FieldKey, Key, slug};
use super::{names, values};

/// Most answers to one word.
const MAX_FOUND: usize = 64;

/// What a word means.
#[derive(Debug, Clone, Copy)]
pub enum Found {
    /// A protocol.
    Protocol(&'static Protocol),
    /// A field of a protocol.
    Field {
        /// Whose field.
        protocol: &'static Protocol,
        /// The field.
        field: &'static Field,
    },
    /// A value that has a name.
    Value {
        /// Whose field.
        protocol: &'static Protocol,
        /// The field that can have the value.
        field: &'static Field,
        /// The value.
        name: &'static Name,
    },
    /// A bit that has a name.
    Flag {
        /// Whose field.
        protocol: &'static Protocol,
        /// The field that holds the bit.
        field: &'static Field,
        /// The bit.
        name: &'static Name,
    },
}

impl Found {
    /// As a filter: `tcp`, `tcp.window`, `dns.qtype == 28`, `tcp.flags.syn`.
    pub fn filter(&self) -> String {
        match *self {
            Found::Protocol(protocol) => protocol.key.to_owned(),
            Found::Field { protocol, field } => FieldKey { protocol, field, flag: None }.full(),
            Found::Value { protocol, field, name } => format!("{}.{} == {}", protocol.key, field.key, name.value),
            Found::Flag { protocol, field, name } => FieldKey { protocol, field, flag: Some(name) }.full(),
        }
    }

    fn same(&self, other: &Found) -> bool {
        match (*self, *other) {
            (Found::Protocol(a), Found::Protocol(b)) => std::ptr::eq(a, b),
            (Found::Field { protocol: p, field: a }, Found::Field { protocol: q, field: b }) => {
                std::ptr::eq(p, q) && std::ptr::eq(a, b)
            }
            (
                Found::Value { protocol: p, name: a, .. } | Found::Flag { protocol: p, name: a, .. },
                Found::Value { protocol: q, name: b, .. } | Found::Flag { protocol: q, name: b, .. },
            ) => std::ptr::eq(p, q) && std::ptr::eq(a, b),
            _ => false,
        }
    }
}

/// How sure an answer is; the first is the surest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The full key, or a spelling of it; a protocol's name.
    Exact,
    /// A field's own key: `ttl`.
    Field,
    /// The name of a field or of a value.
    Named,
    /// The number by which a protocol is recognised.
    Claimed,
    /// The number of a value.
    Numbered,
    /// The number of a bit.
    Bit,
    /// A word of a name.
    Word,
    /// A piece of a key or a name.
    Piece,
}

/// What `query` means, the surest answer first; among equals the outer layers first.
///
/// Takes full keys (`tcp.window`), bare keys (`ttl`), other spellings (`tcp.srcport`), protocols, the words
/// learners read ("from port"), names of values (`SYN`, `AAAA`, "echo request"), and numbers (`0x0800`, `443`).
pub fn lookup(query: &str, index: &Index) -> Vec<Found> {
    let query = query.trim();
    let mut found: Vec<(Rank, Found)> = Vec::new();
    match keys::resolve(query, index) {
        Some(Key::Layers(layers)) => found.extend(layers.into_iter().map(|p| (Rank::Exact, Found::Protocol(p)))),
        Some(Key::Fields(fields)) => found.extend(fields.iter().map(|key| (Rank::Exact, of_key(key)))),
        Some(Key::Cut(_)) | None => {}
    }
    let wanted = Wanted { words: plain(query), number: values::number(query) };
    if wanted.words.is_empty() {
        return Vec::new();
    }
    for &protocol in index.protocols() {
        wanted.in_protocol(protocol, &mut found);
        for &field in protocol.fields {
            wanted.in_field(protocol, field, &mut found);
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    // An exact answer is the answer: pieces of other words would only bury it.
    if found.first().is_some_and(|(rank, _)| *rank <= Rank::Bit) {
        found.retain(|(rank, _)| *rank <= Rank::Word);
    }
    let mut answers: Vec<Found> = Vec::new();
    for (_, answer) in found {
        if answers.len() < MAX_FOUND && !answers.iter().any(|a| a.same(&answer)) {
            answers.push(answer);
        }
    }
    answers
}

/// The key, protocol or named value that `query` was probably meant to be, where nothing is found.
pub fn nearest(query: &str, index: &Index) -> Option<String> {
    let query = query.trim().to_ascii_lowercase();
    let named = || {
        let protocols = index.protocols().iter();
        protocols.flat_map(|p| p.fields.iter()).flat_map(|f| {
            let bare = [f.key.to_owned(), f.name.to_lowercase()];
            bare.into_iter().chain(valued(f).iter().map(|n| n.name.to_lowercase()))
        })
    };
    keys::nearest(&query, index).or_else(|| keys::closest(&query, named()))
}

fn of_key(key: &FieldKey) -> Found {
    let FieldKey { protocol, field, flag } = *key;
    match flag {
        Some(name) => Found::Flag { protocol, field, name },
        None => Found::Field { protocol, field },
    }
}

fn valued(field: &Field) -> &'static [Name] {
    if let Show::Names(names) | Show::Flags(names) = field.show { names } else { &[] }
}

/// What is looked for.
struct Wanted {
    words: String,
    number: Option<u64>,
}

impl Wanted {
    fn in_protocol(&self, protocol: &'static Protocol, found: &mut Vec<(Rank, Found)>) {
        let rank = match self.like(protocol.name).into_iter().chain(self.like(protocol.key)).min() {
            Some(Rank::Named) => Some(Rank::Exact),
            _ if self.claimed(protocol) => Some(Rank::Claimed),
            rank => rank,
        };
        found.extend(rank.map(|rank| (rank, Found::Protocol(protocol))));
    }

    fn in_field(&self, protocol: &'static Protocol, field: &'static Field, found: &mut Vec<(Rank, Found)>) {
        let rank = match self.like(field.key) {
            Some(Rank::Named) => Some(Rank::Field),
            rank => rank.into_iter().chain(self.like(field.name)).min(),
        };
        found.extend(rank.map(|rank| (rank, Found::Field { protocol, field })));
        let flags = matches!(field.show, Show::Flags(_));
        for name in valued(field) {
            let answer =
                if flags { Found::Flag { protocol, field, name } } else { Found::Value { protocol, field, name } };
            let rank = match self.number {
                Some(number) if number == name.value => Some(if flags { Rank::Bit } else { Rank::Numbered }),
                _ => self.like(name.name),
            };
            found.extend(rank.map(|rank| (rank, answer)));
        }
    }

    /// How well a name fits.
    fn like(&self, name: &str) -> Option<Rank> {
        let name = plain(name);
        if name == self.words {
            return Some(Rank::Named);
        }
        let words: Vec<&str> = name.split(' ').collect();
        let all = self.words.split(' ').all(|wanted| words.contains(&wanted));
        let piece = || (self.words.len() > 2 && name.contains(&self.words)).then_some(Rank::Piece);
        if all { Some(Rank::Word) } else { piece() }
    }

    fn claimed(&self, protocol: &Protocol) -> bool {
        let port = names::number(names::PORTS, &self.words).map(u64::from);
        protocol.claims.iter().any(|claim| match *claim {
            Claim::EtherType(n) => self.number == Some(u64::from(n)),
            Claim::IpProto(n) => self.number == Some(u64::from(n)),
            Claim::TcpPort(n) | Claim::UdpPort(n) => self.number.or(port) == Some(u64::from(n)),
            Claim::Link(_) | Claim::TcpLooks(_) | Claim::UdpLooks(_) => false,
        })
    }
}

/// Lower case, with single spaces for all that is neither letter nor digit.
fn plain(text: &str) -> String {
    let text = slug(text).replace('_', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::index;
    use super::*;

    fn found(query: &str) -> Vec<String> {
        lookup(query, index()).iter().map(Found::filter).collect()
    }

    #[test]
    fn a_full_key_comes_first() {
        assert_eq!(found("tcp.window")[0], "tcp.window");
        assert_eq!(found("tcp.srcport"), ["tcp.src_port"]);
        assert_eq!(found("tcp.flags.syn")[0], "tcp.flags.syn");
    }

    #[test]
    fn a_bare_key_is_found_in_every_protocol() {
        assert_eq!(found("ttl"), ["ipv4.ttl"]);
        assert_eq!(found("src")[..3], ["ethernet.src", "ipv4.src", "ipv6.src"]);
    }

    #[test]
    fn protocols_are_found_by_key_name_and_other_spelling() {
        assert_eq!(found("TCP")[0], "tcp");
        assert_eq!(found("ws")[0], "websocket");
        assert_eq!(found("WebSocket frame")[0], "websocket");
        assert_eq!(found("ip")[..2], ["ipv4", "ipv6"]);
    }

    #[test]
    fn learners_words_and_names_of_values_are_found_in_any_case() {
        assert_eq!(found("from port"), ["tcp.src_port", "udp.src_port"]);
        assert_eq!(found("syn"), ["tcp.flags.syn"]);
        assert_eq!(found("aaaa")[0], "dns.qtype == 28");
        assert_eq!(found("Echo Request")[0], "icmp.type == 8");
        assert_eq!(found("echo-request")[0], "icmp.type == 8");
    }

    #[test]
    fn numbers_are_ether_types_ip_protocols_ports_and_values() {
        assert_eq!(found("0x0800"), ["ipv4"]);
        assert_eq!(found("17")[0], "udp");
        assert_eq!(found("53")[0], "dns");
        assert_eq!(found("28"), ["dns.qtype == 28"]);
        assert!(found("2").contains(&"tcp.flags.syn".to_owned()));
    }

    #[test]
    fn pieces_come_only_where_nothing_is_exact() {
        assert_eq!(found("wind"), ["tcp.window"]);
        assert!(found("request").contains(&"icmp.type == 8".to_owned()));
    }

    #[test]
    fn nothing_is_found_for_nothing_but_the_nearest_is_named() {
        assert!(found("").is_empty() && found(" . ").is_empty() && found("qqqqq").is_empty());
        assert_eq!(nearest("windwo", index()).as_deref(), Some("window"));
        assert_eq!(nearest("tcp.windwo", index()).as_deref(), Some("tcp.window"));
        assert_eq!(nearest("ecko request", index()).as_deref(), Some("echo request"));
        assert_eq!(nearest("qqqqqqqqqqq", index()), None);
    }
}
