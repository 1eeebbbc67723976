//! Words → fields and layers of the house, and the nearest key to a word that is none.

use crate::dissect::{Field, Index, Name, Protocol, Show};

use super::names;

/// What a key stands for. Several where one spelling covers several protocols or both directions.
#[derive(Debug, Clone)]
pub(super) enum Key {
    Fields(Vec<FieldKey>),
    Layers(Vec<&'static Protocol>),
    /// The layer's bytes ended too early.
    Cut(Vec<&'static Protocol>),
}

/// A field of a protocol (shared fields stand in several), or one of its flags.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldKey {
    pub protocol: &'static Protocol,
    pub field: &'static Field,
    pub flag: Option<&'static Name>,
}

impl FieldKey {
    /// The full key: "tcp.flags.syn".
    pub fn full(&self) -> String {
        let plain = format!("{}.{}", self.protocol.key, self.field.key);
        self.flag.map(|flag| format!("{plain}.{}", slug(flag.name))).unwrap_or(plain)
    }

    fn same(&self, other: &FieldKey) -> bool {
        let flag = |key: &FieldKey| key.flag.map(std::ptr::from_ref);
        std::ptr::eq(self.protocol, other.protocol)
            && std::ptr::eq(self.field, other.field)
            && flag(self) == flag(other)
    }
}

/// What `text` stands for, in any case; `None` for a word that is no key.
pub(super) fn resolve(text: &str, index: &Index) -> Option<Key> {
    let text = text.to_ascii_lowercase();
    let mut fields = plain(&text, index);
    for (_, full) in names::FIELDS.iter().filter(|(alias, _)| *alias == text) {
        for key in full.iter().flat_map(|key| plain(key, index)) {
            if !fields.iter().any(|f| f.same(&key)) {
                fields.push(key);
            }
        }
    }
    if !fields.is_empty() {
        return Some(Key::Fields(fields));
    }
    let some = |list: Vec<&'static Protocol>| if list.is_empty() { None } else { Some(list) };
    match text.strip_suffix(".cut") {
        Some(head) => some(protocols(head, index)).map(Key::Cut),
        // `dns.qname` is also a field of mDNS, but `dns` alone is DNS.
        None => match index.protocol(&text) {
            Some(protocol) => Some(Key::Layers(vec![protocol])),
            None => some(protocols(&text, index)).map(Key::Layers),
        },
    }
}

/// The protocols that `head` names, by key or by another spelling.
pub(super) fn protocols(head: &str, index: &Index) -> Vec<&'static Protocol> {
    let spelled = names::PROTOCOLS.iter().filter(|(alias, _)| *alias == head).flat_map(|(_, keys)| keys.iter());
    std::iter::once(&head).chain(spelled).filter_map(|key| index.protocol(key)).collect()
}

/// The fields behind `protocol.field` or `protocol.field.flag`.
fn plain(text: &str, index: &Index) -> Vec<FieldKey> {
    let Some((head, rest)) = text.split_once('.') else { return Vec::new() };
    protocols(head, index).into_iter().flat_map(|protocol| within(protocol, rest)).collect()
}

fn within(protocol: &'static Protocol, rest: &str) -> Vec<FieldKey> {
    let keys: &[&str] = match rest {
        "addr" => &["addr", "src", "dst"],
        "port" => &["port", "src_port", "dst_port"],
        _ => &[rest],
    };
    let fields = protocol.fields.iter().filter(|f| keys.contains(&f.key));
    let found: Vec<_> = fields.map(|&field| FieldKey { protocol, field, flag: None }).collect();
    if found.is_empty() { flags(protocol).filter(|key| flag_is(key, rest)).collect() } else { found }
}

/// Every flag of a protocol.
pub(super) fn flags(protocol: &'static Protocol) -> impl Iterator<Item = FieldKey> {
    protocol.fields.iter().flat_map(move |&field| {
        let names = if let Show::Flags(names) = field.show { names } else { &[] };
        names.iter().map(move |flag| FieldKey { protocol, field, flag: Some(flag) })
    })
}

/// `flags.syn`, or `syn` alone.
fn flag_is(key: &FieldKey, rest: &str) -> bool {
    let wanted = match rest.split_once('.') {
        Some((field, flag)) if field == key.field.key => flag,
        Some(_) => return false,
        None => rest,
    };
    key.flag.is_some_and(|flag| slug(flag.name) == wanted)
}

/// A name as a key: lower case, `_` for all that is neither letter nor digit.
pub(super) fn slug(name: &str) -> String {
    let letters = name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    letters.collect::<String>().trim_matches('_').to_owned()
}

/// Every key that a filter takes: protocols, fields, flags.
pub(super) fn all(index: &Index) -> impl Iterator<Item = String> {
    index.protocols().iter().flat_map(|&protocol| {
        let fields = protocol.fields.iter().map(move |&field| FieldKey { protocol, field, flag: None }.full());
        std::iter::once(protocol.key.to_owned()).chain(fields).chain(flags(protocol).map(|key| key.full()))
    })
}

/// The keys that begin like this, the shortest first; then those in which it stands behind a dot.
pub fn complete(begun: &str, index: &Index) -> Vec<String> {
    let begun = begun.to_ascii_lowercase();
    let behind = format!(".{begun}");
    let mut found: Vec<(bool, String)> = all(index)
        .filter_map(|key| match (key.starts_with(&begun), key.contains(&behind)) {
            (true, _) => Some((false, key)),
            (false, true) => Some((true, key)),
            _ => None,
        })
        .collect();
    // Shared fields stand in several protocols, but each key only once.
    found.sort_by(|a, b| (a.0, a.1.matches('.').count(), &a.1).cmp(&(b.0, b.1.matches('.').count(), &b.1)));
    found.dedup();
    found.into_iter().map(|(_, key)| key).collect()
}

/// The key that `text` was probably meant to be.
pub(super) fn nearest(text: &str, index: &Index) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let spelled = |head: &str| protocols(head, index).first().map(|p| p.key);
    // A field without its protocol, or a protocol by another spelling with a field that is nearly right.
    let text = if let Some((head, rest)) = text.split_once('.') {
        spelled(head).map(|key| format!("{key}.{rest}")).unwrap_or(text)
    } else {
        let behind = |full: &String| full.rsplit('.').next() == Some(text.as_str());
        if let Some(full) = all(index).find(behind) {
            return Some(full);
        }
        text
    };
    closest(&text, all(index))
}

/// The candidate most like `text`, if any is much like it.
pub(super) fn closest(text: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    // Similarity costs the product of the lengths; nobody means a field by a word this long.
    if text.len() > 64 {
        return None;
    }
    let scored = candidates.map(|candidate| (likeness(text, &candidate), candidate)).filter(|(score, _)| *score >= 0.6);
    scored.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, candidate)| candidate)
}

/// 1 for equal words; a swapped, missing or wrong letter costs the same wherever it stands.
fn likeness(a: &str, b: &str) -> f64 {
    let tail = |text: &str| text.rsplit('.').next().map(str::len).unwrap_or_default();
    let prefix = a.contains('.') && b.contains('.') && tail(a) > 2 && b.starts_with(a);
    strsim::normalized_damerau_levenshtein(a, b) + if prefix { 0.3 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::testing::index;
    use super::*;

    fn fields(text: &str) -> Vec<String> {
        match resolve(text, index()) {
            Some(Key::Fields(keys)) => keys.iter().map(FieldKey::full).collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn ip_means_both_versions() {
        assert_eq!(fields("ip.src"), ["ipv4.src", "ipv6.src"]);
        assert_eq!(fields("ip.addr"), ["ipv4.src", "ipv4.dst", "ipv6.src", "ipv6.dst"]);
        assert_eq!(fields("ip.ttl"), ["ipv4.ttl", "ipv6.hop_limit"]);
        assert_eq!(fields("ip.proto"), ["ipv4.proto", "ipv6.next_header"]);
        assert_eq!(fields("ip6.addr"), ["ipv6.src", "ipv6.dst"]);
    }

    #[test]
    fn a_port_without_direction_is_either() {
        assert_eq!(fields("tcp.port"), ["tcp.src_port", "tcp.dst_port"]);
        assert_eq!(fields("TCP.srcport"), ["tcp.src_port"]);
    }

    #[test]
    fn flags_are_keys_below_their_field_or_their_protocol() {
        assert_eq!(fields("tcp.flags.syn"), ["tcp.flags.syn"]);
        assert_eq!(fields("tcp.syn"), ["tcp.flags.syn"]);
        assert_eq!(fields("tcp.flags.reset"), ["tcp.flags.rst"]);
        assert!(resolve("tcp.window.syn", index()).is_none());
    }

    #[test]
    fn bare_protocols_are_layers_and_cut_is_known_to_all() {
        assert!(matches!(resolve("ws", index()), Some(Key::Layers(l)) if l[0].key == "websocket"));
        assert!(matches!(resolve("tcp.cut", index()), Some(Key::Cut(l)) if l[0].key == "tcp"));
        assert!(resolve("nothing.cut", index()).is_none());
    }

    #[test]
    fn a_key_that_was_begun_is_completed() {
        assert_eq!(complete("tcp.wind", index()), ["tcp.window"]);
        assert_eq!(complete("TCP.win", index())[0], "tcp.window");
        assert_eq!(complete("tcp", index())[0], "tcp");
        assert!(complete("ttl", index()).contains(&"ipv4.ttl".to_owned()));
        assert!(complete("zzz", index()).is_empty());
    }

    #[test]
    fn the_nearest_key_is_found() {
        for (wrong, right) in [
            ("tcp.dst_prt", "tcp.dst_port"),
            ("tpc", "tcp"),
            ("tcp.flags.sny", "tcp.flags.syn"),
            ("ttl", "ipv4.ttl"),
            ("eth.srcc", "ethernet.src"),
            ("htp", "http"),
            ("tcp.win", "tcp.window"),
        ] {
            assert_eq!(nearest(wrong, index()).as_deref(), Some(right), "{wrong}");
        }
        assert_eq!(nearest("zzzzzz", index()), None);
    }
}
