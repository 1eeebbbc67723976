//! What a field is compared with: words and texts → numbers, addresses, names, bytes, by the field's `Show`.

use std::net::IpAddr;
use std::ops::Range;

use memchr::memmem::Finder;

use crate::dissect::{Claim, Index, Name, Show};

use super::error::quote;
use super::eval::{Net, Want};
use super::keys::{self, FieldKey, slug};
use super::{Error, names, time};

/// A value as it stands in the filter.
#[derive(Debug)]
pub(super) struct Raw {
    pub bytes: Vec<u8>,
    pub quoted: bool,
    pub at: Range<usize>,
}

impl Raw {
    /// The value as text; what is not UTF-8 (it can only come from escapes) is no number and no name.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }
}

/// How to compare. `!=` is `not ==`, `in` is several `==`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Contains,
    ContainsAnyCase,
}

/// What the value of `key` should be.
pub(super) fn want(key: &FieldKey, op: Op, raw: &Raw, index: &Index) -> Result<Want, Error> {
    if key.flag.is_some() {
        let value = match slug(raw.text()).as_str() {
            "0" | "false" => 0,
            "1" | "true" => 1,
            _ => return Err(takes(key, "0 or 1", raw)),
        };
        return if op == Op::Equal { Ok(Want::Range(value, value)) } else { Err(no_operator(key, raw)) };
    }
    match key.field.show {
        Show::Dec | Show::Unit(_) | Show::Hex | Show::Time | Show::Names(_) | Show::Flags(_) => {
            numeric(key, op, raw, index)
        }
        Show::Signed(_) => signed(op, raw.text()).ok_or_else(|| takes(key, "a number", raw)),
        Show::Ip if op == Op::Equal => {
            net(raw.text()).map(Want::Net).ok_or_else(|| takes(key, "an IP address or a net", raw))
        }
        Show::Mac if op == Op::Equal => match mac(raw.text()) {
            Some(value) => Ok(Want::Equal(value.to_be_bytes()[2..].to_vec())),
            None => Err(takes(key, "an Ethernet address", raw)),
        },
        Show::Text => text(key, op, raw),
        Show::Bytes if op == Op::Equal => Ok(Want::Equal(bytes(raw))),
        Show::Bytes | Show::Mac => held(op, raw).ok_or_else(|| no_operator(key, raw)),
        Show::Ip => Err(no_operator(key, raw)),
        Show::Nothing => {
            let hint = format!("write {} alone: it is there or not", key.full());
            Err(Error::new(format!("{} has no value", key.full()), raw.at.clone()).hint(hint))
        }
    }
}

/// One of the values in braces: `{80 443 8000-8010}`.
pub(super) fn member(key: &FieldKey, raw: &Raw, index: &Index) -> Result<Want, Error> {
    let single = want(key, Op::Equal, raw, index);
    if single.is_ok() || raw.quoted || matches!(key.field.show, Show::Text | Show::Bytes) {
        return single;
    }
    let number = |text: &str, at: Range<usize>| {
        number_of(key, &Raw { bytes: text.as_bytes().to_vec(), quoted: false, at }, index)
    };
    let ends = raw.text().split_once("..").or_else(|| raw.text().split_once('-'));
    match ends.map(|(first, last)| (number(first, raw.at.clone()), number(last, raw.at.clone()))) {
        Some((Some(first), Some(last))) if first <= last => Ok(Want::Range(first, last)),
        Some((Some(_), Some(_))) => Err(Error::new("this range ends before it begins", raw.at.clone())),
        _ => single,
    }
}

/// What the bytes of a layer should hold.
pub(super) fn held(op: Op, raw: &Raw) -> Option<Want> {
    match op {
        Op::Contains => Some(Want::Contains(Box::new(Finder::new(&bytes(raw)).into_owned()))),
        Op::ContainsAnyCase => Some(Want::ContainsAnyCase(bytes(raw).to_ascii_lowercase())),
        _ => None,
    }
}

fn numeric(key: &FieldKey, op: Op, raw: &Raw, index: &Index) -> Result<Want, Error> {
    let value = number_of(key, raw, index).ok_or_else(|| match key.field.show {
        Show::Names(names) | Show::Flags(names) => no_name(key, names, raw),
        Show::Time => takes(key, "a time in UTC", raw),
        _ => takes(key, "a number", raw),
    })?;
    match (op, key.field.show) {
        (Op::Contains, Show::Flags(_)) => Ok(Want::Bits(value)),
        _ => range(op, value).map(|(first, last)| Want::Range(first, last)).ok_or_else(|| no_operator(key, raw)),
    }
}

fn signed(op: Op, text: &str) -> Option<Want> {
    let value: i64 = text.parse().ok()?;
    let (first, last) = match op {
        Op::Equal => (value, value),
        Op::Less => value.checked_sub(1).map_or((1, 0), |last| (i64::MIN, last)),
        Op::LessEqual => (i64::MIN, value),
        Op::Greater => value.checked_add(1).map_or((1, 0), |first| (first, i64::MAX)),
        Op::GreaterEqual => (value, i64::MAX),
        Op::Contains | Op::ContainsAnyCase => return None,
    };
    Some(Want::Signed(first, last))
}

/// The numbers that compare so with `value`; first > last where there are none.
fn range(op: Op, value: u64) -> Option<(u64, u64)> {
    match op {
        Op::Equal => Some((value, value)),
        Op::Less => Some(value.checked_sub(1).map_or((1, 0), |last| (0, last))),
        Op::LessEqual => Some((0, value)),
        Op::Greater => Some(value.checked_add(1).map_or((1, 0), |first| (first, u64::MAX))),
        Op::GreaterEqual => Some((value, u64::MAX)),
        Op::Contains | Op::ContainsAnyCase => None,
    }
}

fn text(key: &FieldKey, op: Op, raw: &Raw) -> Result<Want, Error> {
    match op {
        Op::Equal => Ok(Want::Equal(raw.bytes.clone())),
        Op::Contains => Ok(Want::Contains(Box::new(Finder::new(&raw.bytes).into_owned()))),
        Op::ContainsAnyCase => Ok(Want::ContainsAnyCase(raw.bytes.to_ascii_lowercase())),
        _ => match number(raw.text()).and_then(|value| range(op, value)) {
            Some((first, last)) => Ok(Want::Digits(first, last)),
            None => Err(no_operator(key, raw)),
        },
    }
}

/// A number in decimal or with `0x`.
pub(super) fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with('+') => u64::from_str_radix(hex, 16).ok(),
        _ if text.starts_with('+') => None,
        _ => text.parse().ok(),
    }
}

/// A number, or a name that stands for one in this field.
fn number_of(key: &FieldKey, raw: &Raw, index: &Index) -> Option<u64> {
    let text = raw.text();
    match key.field.show {
        Show::Time => return time::parse(text),
        Show::Names(names) => number(text).or_else(|| named(names, text)),
        Show::Flags(names) => number(text).or_else(|| text.split('+').try_fold(0, |v, n| Some(v | named(names, n)?))),
        _ => number(text),
    }
    .or_else(|| claimed(key.field.key, text, index))
    .or(match text {
        "true" => Some(1),
        "false" => Some(0),
        _ => None,
    })
}

fn named(names: &[Name], text: &str) -> Option<u64> {
    let wanted = slug(text);
    names.iter().find(|n| n.name.eq_ignore_ascii_case(text) || slug(n.name) == wanted).map(|n| n.value)
}

/// The number of a protocol in a field that says what is inside: `ip.proto == tcp`, `tcp.port == https`.
fn claimed(field: &str, text: &str, index: &Index) -> Option<u64> {
    let word = text.to_ascii_lowercase();
    let claims = || keys::protocols(&word, index).into_iter().flat_map(|p| p.claims.iter().copied());
    match field {
        "proto" | "next_header" => {
            let claim = |c| if let Claim::IpProto(n) = c { Some(u64::from(n)) } else { None };
            names::number(names::IP_PROTOS, &word).map(u64::from).or_else(|| claims().find_map(claim))
        }
        "ethertype" => {
            let claim = |c| if let Claim::EtherType(n) = c { Some(u64::from(n)) } else { None };
            names::number(names::ETHER_TYPES, &word).map(u64::from).or_else(|| claims().find_map(claim))
        }
        _ if field.ends_with("port") => {
            let claim = |c| if let Claim::TcpPort(n) | Claim::UdpPort(n) = c { Some(u64::from(n)) } else { None };
            names::number(names::PORTS, &word).map(u64::from).or_else(|| claims().find_map(claim))
        }
        _ => None,
    }
}

/// `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`, and nets in short: `10.1` is `10.1.0.0/16`.
pub(super) fn net(text: &str) -> Option<Net> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(u32::try_from(number(bits)?).ok()?)),
        None => (text, None),
    };
    if let Ok(whole) = address.parse::<IpAddr>() {
        let width = if whole.is_ipv4() { 32 } else { 128 };
        return Net::new(whole, bits.unwrap_or(width));
    }
    let mut octets = [0; 4];
    let mut count = 0;
    for part in address.split('.') {
        *octets.get_mut(count)? = part.parse().ok()?;
        count += 1;
    }
    // A number alone is an address only where a length says so.
    if count < 2 && bits.is_none() {
        return None;
    }
    Net::new(IpAddr::from(octets), bits.unwrap_or(8 * count as u32))
}

/// Six bytes in hexadecimal, with `:` or `-` between them.
pub(super) fn mac(text: &str) -> Option<u64> {
    let mut value = 0;
    let mut count = 0;
    for part in text.split([':', '-']) {
        if part.is_empty() || part.len() > 2 || part.starts_with('+') {
            return None;
        }
        value = (value << 8) | u64::from(u8::from_str_radix(part, 16).ok()?);
        count += 1;
        if count > 6 {
            return None;
        }
    }
    (count == 6).then_some(value)
}

/// Bytes: in quotes the text itself; else `0a:0b:0c` or `0x0a0b0c`, and any other word as text.
fn bytes(raw: &Raw) -> Vec<u8> {
    if raw.quoted { None } else { hex(raw.text()) }.unwrap_or_else(|| raw.bytes.clone())
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let pair = |p: &str| (p.len() == 2).then(|| u8::from_str_radix(p, 16).ok()).flatten();
    match text.strip_prefix("0x") {
        Some(digits) if digits.len() % 2 == 0 && digits.is_ascii() => {
            (0..digits.len()).step_by(2).map(|i| pair(&digits[i..i + 2])).collect()
        }
        Some(_) => None,
        None => text.split([':', '-']).map(pair).collect(),
    }
}

fn takes(key: &FieldKey, what: &str, raw: &Raw) -> Error {
    let message = format!("{} takes {what}, not {}", key.full(), quote(raw.text()));
    Error::new(message, raw.at.clone()).hint(format!("for example {}", example(key)))
}

fn no_operator(key: &FieldKey, raw: &Raw) -> Error {
    let message = format!("{} cannot be compared in this way with {}", key.full(), quote(raw.text()));
    Error::new(message, raw.at.clone()).hint(format!("for example {}", example(key)))
}

fn no_name(key: &FieldKey, known: &[Name], raw: &Raw) -> Error {
    let wanted = raw.text().to_ascii_lowercase();
    let near = keys::closest(&wanted, known.iter().map(|n| n.name.to_ascii_lowercase()));
    let near = near.and_then(|near| known.iter().find(|n| n.name.to_ascii_lowercase() == near));
    let hint = match near {
        Some(name) => format!("nearest: {}", written(name.name)),
        None => format!("for example {}", example(key)),
    };
    Error::new(format!("{} has no value named {}", key.full(), quote(raw.text())), raw.at.clone()).hint(hint)
}

/// A comparison that is right for this field.
pub(super) fn example(key: &FieldKey) -> String {
    let full = key.full();
    if key.flag.is_some() {
        return format!("{full} == 1");
    }
    match key.field.show {
        Show::Dec if full.ends_with("port") => format!("{full} == 443"),
        Show::Dec | Show::Unit(_) => format!("{full} < 64"),
        Show::Signed(_) => format!("{full} > -60"),
        Show::Hex => format!("{full} == 0x0800"),
        Show::Time => format!("{full} >= \"2026-01-31 12:00:00\""),
        Show::Mac => format!("{full} == 02:00:00:00:00:01"),
        Show::Ip => format!("{full} == 192.0.2.0/24"),
        Show::Text => format!("{full} contains \"text\""),
        Show::Bytes => format!("{full} contains 0a:0b"),
        Show::Names(names) => format!("{full} == {}", names.first().map_or("1".into(), |n| written(n.name))),
        Show::Flags(names) => format!("{full}.{}", names.first().map_or("1".into(), |n| slug(n.name))),
        Show::Nothing => full,
    }
}

/// A name as a filter takes it: in quotes where it has spaces.
fn written(name: &str) -> String {
    if name.chars().all(|c| c.is_alphanumeric() || "._-+".contains(c)) { name.into() } else { format!("\"{name}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_nets_are_as_long_as_they_are_written() {
        assert_eq!(net("10.1"), net("10.1.0.0/16"));
        assert_eq!(net("192.168.7"), net("192.168.7.0/24"));
        assert_eq!(net("10/8"), net("10.0.0.0/8"));
        assert_eq!(net("10"), None);
        assert_eq!(net("10.1.2.3.4"), None);
        assert_eq!(net("10.256"), None);
        assert_eq!(net("10.0.0.0/33"), None);
        assert_eq!(net("2001:db8::/129"), None);
    }

    #[test]
    fn host_bits_of_a_net_do_not_count() {
        assert_eq!(net("192.168.1.5/16"), net("192.168.0.0/16"));
    }

    #[test]
    fn an_ethernet_address_has_six_bytes() {
        assert_eq!(mac("02:00:00:00:00:0a"), Some(0x0200_0000_000a));
        assert_eq!(mac("2-0-0-0-0-a"), Some(0x0200_0000_000a));
        for wrong in ["02:00:00:00:00", "02:00:00:00:00:00:00", "02:00:00:00:00:gg", "02:00:00:00:00:", "+2:0:0:0:0:0"]
        {
            assert_eq!(mac(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_are_decimal_or_hexadecimal() {
        assert_eq!(number("0x1F"), Some(31));
        assert_eq!(number("010"), Some(10));
        for wrong in ["", "0x", "-1", "+1", "0x+1", "1.5", "99999999999999999999"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_is_below_zero_or_above_the_largest_number() {
        assert_eq!(range(Op::Less, 0), Some((1, 0)));
        assert_eq!(range(Op::Greater, u64::MAX), Some((1, 0)));
        assert_eq!(range(Op::Less, 64), Some((0, 63)));
    }

    #[test]
    fn bytes_in_quotes_are_text() {
        let raw = |text: &str, quoted| Raw { bytes: text.into(), quoted, at: 0..0 };
        assert_eq!(bytes(&raw("0a:0b", false)), [10, 11]);
        assert_eq!(bytes(&raw("0a:0b", true)), b"0a:0b");
        assert_eq!(bytes(&raw("0x0a0b", false)), [10, 11]);
        assert_eq!(bytes(&raw("GET", false)), b"GET");
    }
}
