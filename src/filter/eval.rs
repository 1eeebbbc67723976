//! The tree that a filter becomes, and whether a packet matches it. Walks the tape, allocates nothing.
//! Not here: the words of tcpdump, which look at the outermost packet only (`outer`).

use std::net::IpAddr;

use memchr::memmem::Finder;

use crate::dissect::{Dissection, Node, Packet, Protocol, Value};

use super::keys::FieldKey;
use super::outer::{House, Outer};

/// What a packet is asked.
#[derive(Debug)]
pub(super) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    /// One of these layers is there.
    Layer(Vec<&'static Protocol>),
    /// One of these layers is cut short.
    Cut(Vec<&'static Protocol>),
    /// The bytes of one of these layers, with all inside it, are like this.
    Holds(Vec<&'static Protocol>, Want),
    /// One of these fields is like this.
    Field(Vec<Test>),
    /// A word of tcpdump.
    Outer(Outer),
}

/// A field and what it should be.
#[derive(Debug)]
pub(super) struct Test {
    pub key: FieldKey,
    pub want: Want,
}

/// What a value should be.
#[derive(Debug)]
pub(super) enum Want {
    Present,
    /// A number from the first to the last; none where the first is greater.
    Range(u64, u64),
    /// A number that may be negative, from the first to the last.
    Signed(i64, i64),
    /// A number with all these bits set.
    Bits(u64),
    /// Digits in a text, as a number from the first to the last.
    Digits(u64, u64),
    Net(Net),
    Equal(Vec<u8>),
    Contains(Box<Finder<'static>>),
    /// As `Contains`, but upper and lower case ASCII letters are the same. In lower case here.
    ContainsAnyCase(Vec<u8>),
    OneOf(Vec<Want>),
}

/// An IP network; a single address is one with a full mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Net {
    pub v6: bool,
    pub value: u128,
    pub mask: u128,
}

impl Net {
    /// The network of `address` with this many leading bits; `None` where it has not so many.
    pub fn new(address: IpAddr, bits: u32) -> Option<Net> {
        let (v6, value, width): (_, _, u32) = match address {
            IpAddr::V4(a) => (false, u128::from(a.to_bits()), 32),
            IpAddr::V6(a) => (true, a.to_bits(), 128),
        };
        let all = u128::MAX >> (128 - width);
        let host = u128::MAX.checked_shr(128 - width.checked_sub(bits)?).unwrap_or(0);
        let mask = all & !host;
        Some(Net { v6, value: value & mask, mask })
    }

    /// Whether an address of four or sixteen bytes lies in it.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let value = if self.v6 {
            bytes.try_into().map(u128::from_be_bytes).ok()
        } else {
            bytes.try_into().map(|b| u128::from(u32::from_be_bytes(b))).ok()
        };
        value.is_some_and(|value| value & self.mask == self.value)
    }
}

/// Who wants to know which fields made a packet match.
pub(super) trait Notes {
    /// Whether to go on after the first hit.
    const ALL: bool;
    /// A node that counts, by its index on the tape.
    fn note(&mut self, node: u32);
    /// How many are noted, and back to that many.
    fn mark(&self) -> usize;
    fn back(&mut self, mark: usize);
}

/// Nobody: the quick way.
pub(super) struct Nobody;

impl Notes for Nobody {
    const ALL: bool = false;
    fn note(&mut self, _: u32) {}
    fn mark(&self) -> usize {
        0
    }
    fn back(&mut self, _: usize) {}
}

impl Notes for &mut Vec<u32> {
    const ALL: bool = true;
    fn note(&mut self, node: u32) {
        self.push(node);
    }
    fn mark(&self) -> usize {
        self.len()
    }
    fn back(&mut self, mark: usize) {
        self.truncate(mark);
    }
}

/// A packet and its tape, as every test sees them.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub house: &'a House,
    pub packet: &'a Packet<'a>,
    pub tape: &'a Dissection,
}

impl Seen<'_> {
    /// Whether the packet is like `expr`; the nodes that make it so go to `notes`.
    pub fn is<N: Notes>(self, expr: &Expr, notes: &mut N) -> bool {
        match expr {
            Expr::All(parts) => {
                let mark = notes.mark();
                let all = parts.iter().all(|part| self.is(part, notes));
                if !all {
                    notes.back(mark);
                }
                all
            }
            // Those who want to know why hear of every part that is so, not of the first only.
            Expr::Any(parts) if N::ALL => parts.iter().filter(|part| self.is(part, notes)).count() > 0,
            Expr::Any(parts) => parts.iter().any(|part| self.is(part, notes)),
            Expr::Not(part) => !self.is(part, &mut Nobody),
            Expr::Layer(protocols) => self.layers(protocols, notes, |_| true),
            Expr::Cut(protocols) => self.layers(protocols, notes, |i| self.tape.layers[i].cut),
            Expr::Holds(protocols, want) => self.layers(protocols, notes, |i| {
                let layer = &self.tape.layers[i];
                let home = self.tape.home(i, self.packet.bytes);
                let bytes = home.get(layer.at.start as usize..layer.inner_end as usize);
                want.fits_bytes(bytes.unwrap_or(&[]))
            }),
            Expr::Field(tests) => self.field(tests, notes),
            Expr::Outer(outer) => outer.is(self, notes),
        }
    }

    fn layers<N: Notes>(self, protocols: &[&'static Protocol], notes: &mut N, fits: impl Fn(usize) -> bool) -> bool {
        let mut found = false;
        for (i, layer) in self.tape.layers.iter().enumerate() {
            if protocols.iter().any(|p| std::ptr::eq(*p, layer.protocol)) && fits(i) {
                if !N::ALL {
                    return true;
                }
                found = true;
                (layer.first..layer.last).for_each(|node| notes.note(node));
            }
        }
        found
    }

    fn field<N: Notes>(self, tests: &[Test], notes: &mut N) -> bool {
        let mut found = false;
        for (i, layer) in self.tape.layers.iter().enumerate() {
            for test in tests.iter().filter(|test| std::ptr::eq(test.key.protocol, layer.protocol)) {
                for (number, node) in (layer.first..).zip(self.tape.nodes_of(i)) {
                    if std::ptr::eq(test.key.field, node.field) && self.fits(test, node) {
                        if !N::ALL {
                            return true;
                        }
                        found = true;
                        notes.note(number);
                    }
                }
            }
        }
        found
    }

    #[inline]
    fn fits(self, test: &Test, node: &Node) -> bool {
        let Some(flag) = test.key.flag else { return test.want.fits(self, node) };
        let set = number(self, node).is_some_and(|value| value & flag.value == flag.value);
        test.want.fits_number(u64::from(set))
    }
}

impl Want {
    /// Whether the node's value is like this.
    pub fn fits(&self, seen: Seen<'_>, node: &Node) -> bool {
        match self {
            // A field of one bit is always there: who asks for it asks whether it is set.
            Want::Present => node.bits != 1 || node.value != Value::Number(0),
            Want::Range(..) | Want::Signed(..) | Want::Bits(_) => {
                number(seen, node).is_some_and(|value| self.fits_number(value))
            }
            Want::OneOf(wants) => wants.iter().any(|want| want.fits(seen, node)),
            _ => match node.value {
                // An address that was read as a number.
                Value::Number(value) if matches!(self, Want::Net(net) if !net.v6) => {
                    self.fits_bytes(&(value as u32).to_be_bytes())
                }
                Value::Number(_) => false,
                _ => self.fits_bytes(seen.tape.bytes_of(node, seen.packet.bytes)),
            },
        }
    }

    fn fits_number(&self, value: u64) -> bool {
        match self {
            Want::Range(first, last) => (*first..=*last).contains(&value),
            Want::Signed(first, last) => (*first..=*last).contains(&value.cast_signed()),
            Want::Bits(bits) => value & bits == *bits,
            Want::OneOf(wants) => wants.iter().any(|want| want.fits_number(value)),
            _ => false,
        }
    }

    fn fits_bytes(&self, bytes: &[u8]) -> bool {
        match self {
            Want::Present => true,
            Want::Net(net) => net.holds(bytes),
            Want::Equal(wanted) => bytes == wanted.as_slice(),
            Want::Contains(finder) => finder.find(bytes).is_some(),
            Want::ContainsAnyCase(wanted) => contains_any_case(bytes, wanted),
            Want::Digits(first, last) => digits(bytes).is_some_and(|value| (*first..=*last).contains(&value)),
            Want::OneOf(wants) => wants.iter().any(|want| want.fits_bytes(bytes)),
            Want::Range(..) | Want::Signed(..) | Want::Bits(_) => false,
        }
    }
}

/// A node's value as a number: up to eight bytes of the wire count as one.
fn number(seen: Seen<'_>, node: &Node) -> Option<u64> {
    match node.value {
        Value::Number(value) => Some(value),
        _ => match seen.tape.bytes_of(node, seen.packet.bytes) {
            [] => None,
            bytes if bytes.len() > 8 => None,
            bytes => Some(bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte))),
        },
    }
}

fn digits(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?.trim_ascii();
    text.parse().ok()
}

fn contains_any_case(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some((first, rest)) = wanted.split_first() else { return true };
    let (low, high) = (*first, first.to_ascii_uppercase());
    memchr::memchr2_iter(low, high, bytes)
        .any(|at| bytes.get(at + 1..at + wanted.len()).is_some_and(|found| found.eq_ignore_ascii_case(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str, bits: u32) -> Net {
        text.parse().ok().and_then(|a| Net::new(a, bits)).unwrap_or(Net { v6: false, value: 1, mask: 0 })
    }

    #[test]
    fn a_net_holds_what_shares_its_first_bits() {
        assert!(net("192.168.0.0", 16).holds(&[192, 168, 255, 1]));
        assert!(!net("192.168.0.0", 16).holds(&[192, 169, 0, 1]));
        assert!(net("10.1.2.3", 32).holds(&[10, 1, 2, 3]));
        assert!(!net("10.1.2.3", 32).holds(&[10, 1, 2, 4]));
        assert!(net("0.0.0.0", 0).holds(&[9, 9, 9, 9]));
    }

    #[test]
    fn an_ipv4_net_holds_no_ipv6_address() {
        assert!(!net("0.0.0.0", 0).holds(&[0; 16]));
        assert!(net("::", 0).holds(&[7; 16]));
        assert!(!net("::", 0).holds(&[0; 4]));
        assert!(net("2001:db8::", 32).holds(&[0x20, 1, 0x0d, 0xb8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]));
    }

    #[test]
    fn a_net_has_at_most_as_many_bits_as_its_address() {
        assert_eq!(Net::new(IpAddr::from([10, 0, 0, 0]), 33), None);
        assert_eq!(Net::new(IpAddr::from([0; 16]), 129), None);
    }

    #[test]
    fn any_case_finds_in_any_case() {
        assert!(contains_any_case(b"User-AGENT: x", b"agent"));
        assert!(!contains_any_case(b"User-AGEN", b"agent"));
        assert!(contains_any_case(b"aab", b"ab"));
        assert!(contains_any_case(b"", b""));
    }
}
