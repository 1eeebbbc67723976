//! Every field is explained, specified, has a key of its own and has been seen in one of our captures.

use std::collections::{BTreeSet, HashSet};

use layercake::dissect::{DATA, Show};
use layercake::protocols::ALL;

use crate::support::{each_ahead, open, own_captures};

/// Words that carry no meaning of their own.
const EMPTY: &[&str] = &[
    "the", "a", "an", "of", "is", "this", "that", "it", "its", "field", "value", "number", "packet", "in", "to", "for",
    "and",
];

fn words(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && !EMPTY.contains(w))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_field_says_what_it_is_for_and_where_it_is_specified() {
    let mut poor = Vec::new();
    for protocol in ALL {
        if protocol.explain.len() < 20 || protocol.spec.is_empty() {
            poor.push(format!("{}: the protocol itself", protocol.key));
        }
        for field in protocol.fields {
            let key = format!("{}.{}", protocol.key, field.key);
            let new: usize = words(field.explain).difference(&words(field.name)).count();
            if field.explain.len() < 30 || new < 4 {
                poor.push(format!("{key}: the explanation says too little: {:?}", field.explain));
            }
            if field.spec.is_empty() {
                poor.push(format!("{key}: no specification"));
            }
            if field.name.is_empty() || field.name.len() > 40 {
                poor.push(format!("{key}: name {:?}", field.name));
            }
            if let Show::Flags(names) = field.show {
                poor.extend(
                    names
                        .iter()
                        .filter(|n| n.explain.len() < 10)
                        .map(|n| format!("{key}: flag {} unexplained", n.name)),
                );
            }
        }
    }
    assert!(poor.is_empty(), "{}", poor.join("\n"));
}

#[test]
fn explanations_are_written_for_their_own_field() {
    let mut seen: HashSet<&str> = HashSet::new();
    for protocol in ALL {
        for field in protocol.fields {
            let shared = protocol.fields.iter().filter(|f| f.explain == field.explain).count();
            assert_eq!(shared, 1, "{}.{} shares its explanation with a neighbour", protocol.key, field.key);
            seen.insert(field.explain);
        }
    }
    assert!(seen.len() > 200, "only {} different explanations", seen.len());
}

#[test]
fn keys_are_unique_and_speak_snake_case() {
    let mut protocols = HashSet::new();
    for protocol in ALL {
        assert!(protocols.insert(protocol.key), "two protocols are called {}", protocol.key);
        let mut keys = HashSet::new();
        for field in protocol.fields {
            assert!(keys.insert(field.key), "{}.{} stands twice", protocol.key, field.key);
            let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(field.key.chars().all(snake), "{}.{} is not snake case", protocol.key, field.key);
        }
    }
}

#[test]
fn every_named_value_stands_once() {
    for protocol in ALL {
        for field in protocol.fields {
            if let Show::Names(names) | Show::Flags(names) = field.show {
                let values: HashSet<u64> = names.iter().map(|n| n.value).collect();
                assert_eq!(values.len(), names.len(), "{}.{} names a value twice", protocol.key, field.key);
            }
        }
    }
}

#[test]
fn every_field_is_seen_in_one_of_our_captures_and_listed_by_its_protocol() {
    // By address: a field that DNS, mDNS and LLMNR share is one field.
    let mut seen: HashSet<usize> = HashSet::new();
    let mut unlisted: BTreeSet<String> = BTreeSet::new();
    for path in own_captures() {
        let again = || open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        each_ahead(again(), again().as_mut(), |_, tape| {
            for node in &tape.nodes {
                let protocol = tape.layers[usize::from(node.layer)].protocol;
                let key = format!("{}.{}", protocol.key, node.field.key);
                if !protocol.fields.iter().any(|f| std::ptr::eq(*f, node.field)) {
                    unlisted.insert(key);
                }
                seen.insert(std::ptr::from_ref(node.field) as usize);
            }
        });
    }
    assert!(unlisted.is_empty(), "noted but not listed by their protocol: {unlisted:?}");
    // What only a live capture, a pcapng file or a cap can cause is tested where it is caused.
    // Hex dumps know no time, so that nothing can be measured in them.
    let elsewhere = |key: &str| {
        ["frame.direction", "frame.offload", "frame.comment", "frame.time", "frame.fate", "http.time", "http2.time", "part.goes_on"]
            .contains(&key)
            // It takes thousands of bytes to cause these: `hostile_talk` does.
            || ["http.line_too_long", "smtp.mail_without_end"].contains(&key)
            || key.starts_with(&format!("{}.too_", DATA.key))
    };
    let all = ALL.iter().flat_map(|p| p.fields.iter().map(move |f| (format!("{}.{}", p.key, f.key), *f)));
    let unseen = all.filter(|(_, field)| !seen.contains(&(std::ptr::from_ref(*field) as usize)));
    let missing: Vec<String> = unseen.map(|(key, _)| key).filter(|key| !elsewhere(key)).collect();
    assert!(missing.is_empty(), "{} fields are in no capture of tests/captures: {missing:#?}", missing.len());
}
