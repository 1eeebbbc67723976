//! Who stands at the head of a column: machines, known by IP address where there is one. A machine that
//! speaks to itself is two: a column for each port.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::{Arrow, address_text};
use crate::dissect::{Dissection, Level, Value};
use crate::render::{View, value};

/// Ethernet addresses whose machine is remembered.
const MAX_NEIGHBOURS: usize = 4096;

/// A machine, or a program on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Host {
    Ip(IpAddr),
    Socket(IpAddr, u16),
    Mac([u8; 6]),
}

/// One end of an arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// This host; with the port that it used.
    One(Host, Option<u16>),
    /// Everybody: a broadcast or a multicast.
    All,
    /// The packet does not say.
    Nobody,
}

/// The two ends of a packet.
pub(super) fn ends(tape: &Dissection) -> (End, End) {
    let facts = &tape.facts;
    let everybody = |mac: &[u8; 6]| mac[0] & 1 == 1;
    if let Some((from, to)) = facts.addresses {
        let ports = facts.ports.or_else(|| if from == to { quoted_ports(tape) } else { None });
        let host = |address: IpAddr, port: Option<u16>| match port {
            Some(port) if from == to => End::One(Host::Socket(address, port), None),
            port => End::One(Host::Ip(address), port),
        };
        let group = match to {
            IpAddr::V4(a) => a.is_multicast() || a.is_broadcast(),
            IpAddr::V6(a) => a.is_multicast(),
        };
        let all = group || facts.macs.is_some_and(|(_, to)| everybody(&to));
        let to = if all { End::All } else { host(to, ports.map(|p| p.1)) };
        return (host(from, ports.map(|p| p.0)), to);
    }
    match facts.macs {
        Some((from, to)) => {
            let to = if everybody(&to) { End::All } else { End::One(Host::Mac(to), None) };
            (End::One(Host::Mac(from), None), to)
        }
        None => (End::Nobody, End::Nobody),
    }
}

/// A machine that sends an error to itself: from the port that could not be reached to the one that called it. Every
/// transport begins with these two numbers.
fn quoted_ports(tape: &Dissection) -> Option<(u16, u16)> {
    let layer = tape.layers.iter().find(|l| l.quoted && l.protocol.level == Level::Transport)?;
    let nodes = tape.nodes.get(layer.first as usize..layer.last as usize)?;
    let mut numbers = nodes.iter().filter_map(|node| match node.value {
        Value::Number(number) => u16::try_from(number).ok(),
        _ => None,
    });
    let (from, to) = (numbers.next()?, numbers.next()?);
    Some((to, from))
}

/// A host with a column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub host: Host,
    /// The one port that it used so far.
    pub port: Option<u16>,
    ports: usize,
}

/// The hosts of a ladder.
#[derive(Debug, Default, Clone)]
pub(super) struct Hosts {
    pub columns: Vec<Column>,
    /// Hosts of the first packets that have none: they were less busy.
    pub without: usize,
    /// The machine behind an Ethernet address; `None` where there are several: a router.
    neighbours: FxHashMap<[u8; 6], Option<IpAddr>>,
    /// Whose card it is, where it said so itself: a router has many packets of others, but one address there.
    cards: FxHashMap<[u8; 6], IpAddr>,
    /// What machines are called.
    pub names: Vec<(IpAddr, String)>,
}

impl Hosts {
    /// Remembers which IP address speaks from which Ethernet address, and what machines are called.
    pub fn learn(&mut self, view: View<'_>) {
        if view.packet.names.len() != self.names.len() {
            self.names = view.packet.names.to_vec();
        }
        let facts = &view.tape.facts;
        if let Some((mac, address)) = facts.card.filter(|_| self.cards.len() < MAX_NEIGHBOURS) {
            self.cards.insert(mac, address);
        }
        let (Some((mac, to_mac)), Some((from, to))) = (facts.macs, facts.addresses) else { return };
        for (mac, address) in [(mac, from), (to_mac, to)] {
            if self.neighbours.len() >= MAX_NEIGHBOURS && !self.neighbours.contains_key(&mac) {
                continue;
            }
            let known = self.neighbours.entry(mac).or_insert(Some(address));
            if *known != Some(address) {
                *known = None;
            }
        }
    }

    /// The host as it stands at the head of a column.
    fn resolve(&self, end: End) -> End {
        match end {
            End::One(Host::Mac(mac), _) => {
                match self.cards.get(&mac).map(|a| Some(*a)).as_ref().or(self.neighbours.get(&mac)) {
                    Some(Some(address)) => End::One(Host::Ip(*address), None),
                    _ => end,
                }
            }
            _ => end,
        }
    }

    /// Gives the busiest hosts of `arrows` a column, in the order of their first word.
    pub fn choose<'a>(&mut self, arrows: impl Iterator<Item = &'a Arrow> + Clone, most: usize) {
        let mut seen: Vec<(Host, usize)> = Vec::new();
        for end in arrows.clone().flat_map(|a| [a.from, a.to]) {
            if let End::One(host, _) = self.resolve(end) {
                match seen.iter_mut().find(|(h, _)| *h == host) {
                    Some((_, count)) => *count += 1,
                    None => seen.push((host, 1)),
                }
            }
        }
        let mut counts: Vec<usize> = seen.iter().map(|(_, count)| *count).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let least = counts.get(most.saturating_sub(1)).copied().unwrap_or(0);
        // Of those that are equally busy the first come first.
        let mut equal = most.saturating_sub(counts.iter().filter(|c| **c > least).count());
        for (host, count) in seen {
            let in_front = count > least || (count == least && equal > 0);
            equal -= usize::from(count == least && equal > 0);
            if in_front {
                self.columns.push(Column { host, port: None, ports: 0 });
            }
        }
        self.without = counts.len() - self.columns.len();
        self.order();
        for arrow in arrows {
            self.note_ports(arrow);
        }
    }

    /// Where all have names, the list of names knows who stands beside whom.
    fn order(&mut self) {
        let place = |host: Host| {
            let Host::Ip(address) = host else { return None };
            let name = &self.names.iter().find(|(known, _)| *known == address)?.1;
            self.names.iter().position(|(_, known)| known == name)
        };
        let places: Option<Vec<usize>> = self.columns.iter().map(|column| place(column.host)).collect();
        if let Some(places) = places {
            let mut columns: Vec<_> = places.into_iter().zip(self.columns.drain(..)).collect();
            columns.sort_by_key(|(place, _)| *place);
            self.columns = columns.into_iter().map(|(_, column)| column).collect();
        }
    }

    /// Takes new ports down; says whether the heads have to be written anew.
    fn note_ports(&mut self, arrow: &Arrow) -> bool {
        let mut news = false;
        for end in [self.resolve(arrow.from), self.resolve(arrow.to)] {
            let End::One(host, Some(port)) = end else { continue };
            let Some(column) = self.columns.iter_mut().find(|c| c.host == host) else { continue };
            if column.ports == 0 {
                (column.port, column.ports) = (Some(port), 1);
            } else if column.ports == 1 && column.port != Some(port) {
                news = true;
                (column.port, column.ports) = (None, 2);
            }
        }
        news
    }

    /// Gives hosts of a later arrow a column while there is room; says whether the heads change.
    pub fn welcome(&mut self, arrow: &Arrow, most: usize) -> bool {
        let mut news = false;
        for end in [self.resolve(arrow.from), self.resolve(arrow.to)] {
            let End::One(host, _) = end else { continue };
            if self.columns.len() < most && !self.columns.iter().any(|c| c.host == host) {
                self.columns.push(Column { host, port: None, ports: 0 });
                news = true;
            }
        }
        self.note_ports(arrow) | news
    }

    /// Column of an end.
    pub fn place(&self, end: End) -> Option<usize> {
        let End::One(host, _) = self.resolve(end) else { return None };
        self.columns.iter().position(|c| c.host == host)
    }

    /// Whether both ends have a column.
    pub fn has_place(&self, arrow: &Arrow) -> bool {
        match (arrow.from, arrow.to) {
            (End::Nobody, _) => true,
            (from, End::All) => self.place(from).is_some(),
            (from, to) => self.place(from).is_some() && self.place(to).is_some(),
        }
    }

    /// An end in words.
    pub fn name(&self, end: End) -> String {
        match self.resolve(end) {
            End::All => "everybody".to_owned(),
            End::Nobody => "somebody".to_owned(),
            End::One(host, port) => self.called(host, port),
        }
    }

    /// A host by its name, where it has one.
    pub fn called(&self, host: Host, port: Option<u16>) -> String {
        let (address, port) = match host {
            Host::Ip(address) => (address, port),
            Host::Socket(address, port) => (address, Some(port)),
            Host::Mac(_) => return host.name(port),
        };
        match (self.names.iter().find(|(known, _)| *known == address), port) {
            (Some((_, name)), Some(port)) => format!("{name}:{port}"),
            (Some((_, name)), None) => name.clone(),
            (None, _) => host.name(port),
        }
    }
}

impl Host {
    /// As people write it.
    pub fn name(self, port: Option<u16>) -> String {
        match (self, port) {
            (Host::Ip(address), None) => address_text(address),
            (Host::Ip(address), Some(port)) | (Host::Socket(address, port), _) if address.is_ipv6() => {
                format!("[{}]:{port}", address_text(address))
            }
            (Host::Ip(address), Some(port)) | (Host::Socket(address, port), _) => {
                format!("{}:{port}", address_text(address))
            }
            (Host::Mac(mac), _) => {
                let mut out = Vec::new();
                value::mac(&mut out, &mac);
                String::from_utf8_lossy(&out).into_owned()
            }
        }
    }
}
