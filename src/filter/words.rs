//! The words of tcpdump that people have in their fingers: `tcp port 80 or 443`, `src net 10.1`, `greater 1000`.
//! Here they are read; what they ask of a packet is in `outer`.
//! Not here: names of machines (nobody is asked who "example.com" is), `proto[offset]`, `gateway`, 802.11 words.

use std::net::IpAddr;
use std::ops::Range;

use crate::dissect::{Claim, Direction};

use super::error::quote;
use super::eval::{Expr, Net};
use super::lexer::{Kind, Token};
use super::outer::{Family, Outer, Side};
use super::parser::Parser;
use super::{Error, keys, names, values};

const BROADCAST: u64 = 0xffff_ffff_ffff;
const GROUP_BIT: u64 = 1 << 40;

/// What stands before a value, and is repeated where a list goes on without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Qualifier {
    proto: Option<Proto>,
    side: Side,
    what: What,
    /// The value was a name (`port domain`), so that names may follow.
    by_name: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proto {
    Ether,
    Family(Family),
    Ip(u8, Option<Family>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Host,
    Net,
    Port,
    Proto,
}

impl Proto {
    fn of(word: &str) -> Option<Proto> {
        Some(match word {
            "ether" => Proto::Ether,
            "ip" => Proto::Family(Family::V4),
            "ip6" => Proto::Family(Family::V6),
            "arp" => Proto::Family(Family::Arp),
            "icmp" => Proto::Ip(1, Some(Family::V4)),
            "icmp6" => Proto::Ip(58, Some(Family::V6)),
            "igmp" => Proto::Ip(2, Some(Family::V4)),
            "tcp" | "udp" | "sctp" | "ah" | "esp" | "pim" => Proto::Ip(names::number(names::IP_PROTOS, word)?, None),
            _ => return None,
        })
    }
}

impl Parser<'_> {
    /// Reads a term in the words of tcpdump; takes nothing where there is none.
    pub fn primitive(&mut self) -> Result<Option<Expr>, Error> {
        let start = self.at;
        if self.at_repeated_value()
            && let Some(last) = self.last
        {
            return self.qualified(last).map(Some);
        }
        let Some(word) = self.word() else { return Ok(None) };
        let at = self.tokens[start].at.clone();
        if self.operator_at(start + 1) {
            return match word.as_str() {
                "host" | "port" | "net" | "portrange" | "src" | "dst" => {
                    let example = if word == "port" {
                        "port 80, or tcp.port == 80"
                    } else {
                        "host 192.0.2.1, or ip.addr == 192.0.2.1"
                    };
                    Err(Error::new(format!("{word} takes its value without an operator"), at).hint(example))
                }
                _ => Ok(None),
            };
        }
        if let Some(expr) = self.alone(&word)? {
            self.last = None;
            return Ok(Some(expr));
        }
        let proto = Proto::of(&word);
        self.at += usize::from(proto.is_some());
        let side = self.side();
        match (self.what(proto, side.is_some())?, proto, side) {
            (Some(What::Proto), _, Some(_)) => {
                Err(Error::new("proto has no direction", at).hint("for example ip proto 6"))
            }
            (Some(what), ..) => {
                self.qualified(Qualifier { proto, side: side.unwrap_or(Side::Either), what, by_name: false }).map(Some)
            }
            (None, Some(proto), None) => {
                self.last = None;
                self.bare(proto, at).map(Some)
            }
            (None, ..) => {
                self.at = start;
                self.bare_address()
            }
        }
    }

    /// Whether a value stands here that repeats the qualifier before it.
    pub fn at_repeated_value(&self) -> bool {
        let (Some(last), Some(word)) = (self.last, self.word()) else { return false };
        let address = word.starts_with(|c: char| c.is_ascii_digit()) || (word.contains(':') && last.what != What::Port);
        let name = || last.by_name && last.what == What::Port && names::number(names::PORTS, &word).is_some();
        address || name()
    }

    /// The word here, in lower case.
    fn word(&self) -> Option<String> {
        match &self.tokens.get(self.at)?.kind {
            Kind::Word(word) => Some(word.to_ascii_lowercase()),
            _ => None,
        }
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.word().is_some_and(|word| word == wanted);
        self.at += usize::from(found);
        found
    }

    /// Words that stand alone or before a number.
    fn alone(&mut self, word: &str) -> Result<Option<Expr>, Error> {
        let outer = match word {
            "broadcast" => Outer::Mac { side: Side::To, value: BROADCAST, mask: BROADCAST },
            "multicast" => Outer::Mac { side: Side::To, value: GROUP_BIT, mask: GROUP_BIT },
            "inbound" => Outer::Direction(Direction::In),
            "outbound" => Outer::Direction(Direction::Out),
            "greater" | "less" => {
                self.at += 1;
                let length = self.number("a number of bytes is missing", "for example greater 1000")?;
                let length = u32::try_from(length).unwrap_or(u32::MAX);
                let (first, last) = if word == "less" { (0, length) } else { (length, u32::MAX) };
                return Ok(Some(Expr::Outer(Outer::Length(first, last))));
            }
            "vlan" => {
                self.at += 1;
                let id = self.word().and_then(|word| values::number(&word));
                self.at += usize::from(id.is_some());
                return Ok(Some(Expr::Outer(Outer::Vlan(id))));
            }
            "gateway" | "mpls" | "pppoed" | "pppoes" | "geneve" | "protochain" | "iface" | "ifname" => {
                let at = self.tokens[self.at].at.clone();
                return match keys::resolve(word, self.index) {
                    Some(_) => Ok(None),
                    None => Err(Error::new(format!("the word {word} of tcpdump is not understood here"), at)
                        .hint("layercake fields lists all keys")),
                };
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(Expr::Outer(outer)))
    }

    /// `src`, `dst`, `src or dst`, `src and dst`.
    fn side(&mut self) -> Option<Side> {
        let first = self.word().filter(|word| word == "src" || word == "dst")?;
        self.at += 1;
        let joined = match self.tokens.get(self.at).map(|t| &t.kind) {
            Some(Kind::Or) => Some(Side::Either),
            Some(Kind::And) => Some(Side::Both),
            _ => None,
        };
        let other = if first == "src" { "dst" } else { "src" };
        if let Some(side) = joined {
            self.at += 1;
            if self.take(other) {
                return Some(side);
            }
            self.at -= 1;
        }
        Some(if first == "src" { Side::From } else { Side::To })
    }

    /// `host`, `net`, `port` …; after a direction alone it is `host`.
    fn what(&mut self, proto: Option<Proto>, sided: bool) -> Result<Option<What>, Error> {
        let what = match self.word().as_deref() {
            Some("host") => What::Host,
            Some("net") => What::Net,
            Some("port" | "portrange") => What::Port,
            Some("proto") => What::Proto,
            _ if sided => return Ok(Some(What::Host)),
            _ => return Ok(None),
        };
        let at = self.tokens[self.at].at.clone();
        self.at += 1;
        match (proto, what) {
            (Some(Proto::Ether), What::Net | What::Port) => {
                Err(Error::new("Ethernet has neither nets nor ports", at)
                    .hint("for example ether host 02:00:00:00:00:01"))
            }
            (Some(Proto::Family(Family::Arp)), What::Port) => {
                Err(Error::new("ARP has no ports", at).hint("for example arp host 192.0.2.1"))
            }
            (Some(Proto::Family(Family::Arp) | Proto::Ip(..)), What::Proto) => {
                Err(Error::new("proto stands behind ip, ip6 or ether", at).hint("for example ip proto 6"))
            }
            _ => Ok(Some(what)),
        }
    }

    /// A protocol without more: `tcp`, `ip multicast`.
    fn bare(&mut self, proto: Proto, at: Range<usize>) -> Result<Expr, Error> {
        let (broadcast, multicast) = (self.take("broadcast"), self.take("multicast"));
        let group = |net: &str, family| {
            let net = values::net(net).map(|net| Outer::Host { side: Side::To, net, only: Some(family) });
            net.map(Expr::Outer).ok_or_else(|| Error::new("no such net", at.clone()))
        };
        match proto {
            Proto::Ether if broadcast => {
                Ok(Expr::Outer(Outer::Mac { side: Side::To, value: BROADCAST, mask: BROADCAST }))
            }
            Proto::Ether if multicast => {
                Ok(Expr::Outer(Outer::Mac { side: Side::To, value: GROUP_BIT, mask: GROUP_BIT }))
            }
            Proto::Ether => {
                Err(Error::new("ether is followed by what of it", at).hint("for example ether host 02:00:00:00:00:01"))
            }
            // Broadcasts to a single net cannot be told without its mask; tcpdump refuses as well.
            Proto::Family(Family::V4) if broadcast => group("255.255.255.255", Family::V4),
            // libpcap: from 224.0.0.0 on, the reserved addresses above and the broadcast included.
            Proto::Family(Family::V4) if multicast => {
                Ok(Expr::Any(vec![group("224.0.0.0/4", Family::V4)?, group("240.0.0.0/4", Family::V4)?]))
            }
            Proto::Family(Family::V6) if multicast => group("ff00::/8", Family::V6),
            _ if broadcast || multicast => {
                Err(Error::new("broadcast and multicast are words for ether, ip and ip6", at)
                    .hint("for example ip multicast"))
            }
            Proto::Family(family) => Ok(Expr::Outer(Outer::Family(family))),
            Proto::Ip(number, only) => Ok(Expr::Outer(self.proto(number, only))),
        }
    }

    fn proto(&self, number: u8, only: Option<Family>) -> Outer {
        let claims = |claim: &Claim| matches!(claim, Claim::IpProto(n) if *n == number);
        let layer = self.index.protocols().iter().copied().find(|p| p.claims.iter().any(claims));
        Outer::Proto { number, layer, only }
    }

    /// An address alone is `host`.
    fn bare_address(&mut self) -> Result<Option<Expr>, Error> {
        let Some(Token { kind: Kind::Word(word), at }) = self.tokens.get(self.at) else { return Ok(None) };
        if values::net(word).is_some() {
            let host = Qualifier { proto: None, side: Side::Either, what: What::Host, by_name: false };
            return self.qualified(host).map(Some);
        }
        let hint = match word {
            word if values::number(word).is_some() => format!("for example port {word}, or greater {word}"),
            word if values::mac(word).is_some() => format!("for example ether host {word}"),
            _ => return Ok(None),
        };
        Err(Error::new("a value alone does not say of what", at.clone()).hint(hint))
    }

    /// The value behind a qualifier; in parentheses there may be several.
    fn qualified(&mut self, mut qualifier: Qualifier) -> Result<Expr, Error> {
        if matches!(self.tokens.get(self.at), Some(Token { kind: Kind::Open, .. })) {
            // Names of ports may stand first in the list as well.
            self.last = Some(Qualifier { by_name: qualifier.what == What::Port, ..qualifier });
            return self.operand();
        }
        let missing = match (qualifier.proto, qualifier.what) {
            (Some(Proto::Ether), What::Host) => {
                ("an Ethernet address is missing", "for example ether host 02:00:00:00:00:01")
            }
            (_, What::Host) => ("an address is missing", "for example host 192.0.2.1"),
            (_, What::Net) => ("a net is missing", "for example net 192.0.2.0/24"),
            (_, What::Port) => ("a port is missing", "for example port 443, or portrange 8000-8010"),
            (_, What::Proto) => ("a protocol number is missing", "for example ip proto 6, or ip proto udp"),
        };
        let Some(Token { kind: Kind::Word(word), at }) = self.tokens.get(self.at).cloned() else {
            return Err(self.missing(missing.0, missing.1));
        };
        self.at += 1;
        let wrong = || Error::new(format!("{} is none", quote(&word)), at.clone());
        let wrong =
            |what: &str, hint: &str| Error { message: format!("{} is no {what}", quote(&word)), ..wrong() }.hint(hint);
        let side = qualifier.side;
        let outer = match (qualifier.what, qualifier.proto) {
            (What::Host, Some(Proto::Ether)) => {
                let value = values::mac(&word).ok_or_else(|| wrong("Ethernet address", missing.1))?;
                Outer::Mac { side, value, mask: BROADCAST }
            }
            (What::Host | What::Net, proto) => {
                let hint = match values::mac(&word) {
                    Some(_) => format!("an Ethernet address has its own word: ether host {word}"),
                    None if word.contains(|c: char| c.is_ascii_alphabetic()) && !word.contains(':') => {
                        "names are not looked up: give the address".into()
                    }
                    None => missing.1.into(),
                };
                let net = self.net(&word, qualifier.what).ok_or_else(|| wrong("address", &hint))?;
                let only = if let Some(Proto::Family(family)) = proto { Some(family) } else { None };
                Outer::Host { side, net, only }
            }
            (What::Port, _) => {
                let (first, last) = ports(&word).ok_or_else(|| wrong("port", missing.1))?;
                if first > last {
                    return Err(Error::new("this range ends before it begins", at));
                }
                qualifier.by_name = values::number(&word).is_none() && names::number(names::PORTS, &word).is_some();
                Outer::Port { side, first, last }
            }
            (What::Proto, Some(Proto::Ether)) => {
                let name = word.trim_start_matches('\\');
                let number = values::number(name).and_then(|n| u16::try_from(n).ok());
                let number = number.or_else(|| names::number(names::ETHER_TYPES, name));
                Outer::EtherType(number.ok_or_else(|| wrong("EtherType", "for example ether proto 0x0800"))?)
            }
            (What::Proto, proto) => {
                let name = word.trim_start_matches('\\');
                let number = values::number(name).and_then(|n| u8::try_from(n).ok());
                let number = number.or_else(|| names::number(names::IP_PROTOS, name));
                let only = if let Some(Proto::Family(family)) = proto { Some(family) } else { None };
                self.proto(number.ok_or_else(|| wrong("IP protocol", missing.1))?, only)
            }
        };
        self.last = Some(qualifier);
        let value = Expr::Outer(outer);
        Ok(match (qualifier.proto, qualifier.what) {
            (Some(Proto::Ip(number, only)), _) => Expr::All(vec![Expr::Outer(self.proto(number, only)), value]),
            (Some(Proto::Family(family)), What::Port) => Expr::All(vec![Expr::Outer(Outer::Family(family)), value]),
            _ => value,
        })
    }

    /// An address or a net; a net also with `mask 255.255.0.0` behind it, and as a single number: `net 10`.
    fn net(&mut self, word: &str, what: What) -> Option<Net> {
        if what == What::Net && self.take("mask") {
            let mask: IpAddr = self.word()?.parse().ok()?;
            self.at += 1;
            let IpAddr::V4(mask) = mask else { return None };
            let whole = values::net(word).filter(|net| !net.v6)?;
            let mask = u128::from(mask.to_bits());
            return Some(Net { v6: false, value: whole.value & mask, mask });
        }
        let short =
            || values::net(&format!("{word}/8")).filter(|_| what == What::Net && !word.contains(['.', '/', ':']));
        values::net(word).or_else(short)
    }

    fn number(&mut self, message: &str, hint: &str) -> Result<u64, Error> {
        let found = self.word().and_then(|word| values::number(&word));
        self.at += usize::from(found.is_some());
        found.ok_or_else(|| self.missing(message, hint))
    }
}

/// `80`, `http`, `8000-8010`.
fn ports(word: &str) -> Option<(u16, u16)> {
    let port = |text: &str| match values::number(text) {
        Some(number) => u16::try_from(number).ok(),
        None => names::number(names::PORTS, text),
    };
    let range = || word.split_once('-').and_then(|(first, last)| Some((port(first)?, port(last)?)));
    port(word).map(|port| (port, port)).or_else(range)
}
