//! NAT, RFC 3022 §2.2 with the manners of RFC 4787: many machines behind one address. Whoever inside sends
//! something gets a port of the router's outside address; what comes back to that port goes to them.
//! The port belongs to the inside end alone, whomever it talks to, and anybody may answer there (endpoint-
//! independent mapping and filtering, REQ-1 and REQ-8).
//! Not here: port forwarding, FTP's addresses within the payload, protocols without ports.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::datagram::{Datagram, HEADER, ICMP, TCP};
use super::did::What;
use super::ends::{End, Side, read, readdress, rewrite};
use super::icmp;
use super::nat_pieces::Pieces;

/// Most ports in use at a time.
const MOST: usize = 4096;

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;

/// A port of the outside address, and whose it is.
struct Mapping {
    inside: End,
    /// When something last left through it; what arrives keeps nothing alive (RFC 4787 REQ-6).
    used_at: u64,
    /// TCP: something came back, and nobody has said goodbye.
    settled: bool,
}

impl Mapping {
    /// RFC 5508 REQ-1 for pings, RFC 4787 REQ-5 for UDP, RFC 5382 REQ-5 for TCP.
    fn lives_at(&self, protocol: u8, now: u64) -> bool {
        let age = match protocol {
            ICMP => MINUTE,
            TCP if self.settled => 124 * MINUTE,
            TCP => 4 * MINUTE,
            _ => 5 * MINUTE,
        };
        now.saturating_sub(self.used_at) < age
    }

    /// What TCP's flags say about how long this will be needed.
    fn notice(&mut self, datagram: &Datagram, leaves: bool) {
        const GOODBYE: u8 = 0b101; // RST, FIN
        let flags = datagram.payload().get(13).copied().unwrap_or(0);
        if flags & GOODBYE != 0 {
            self.settled = false;
        } else if !leaves && flags & 0b10 != 0 {
            self.settled = true;
        }
    }
}

/// The table.
pub(super) struct Nat {
    /// The one address that everybody outside sees.
    pub(super) outside: Ipv4Addr,
    ports: BTreeMap<(u8, End), u16>,
    mappings: BTreeMap<(u8, u16), Mapping>,
    pieces: Pieces,
    /// When the table was last searched for what is too old.
    swept_at: u64,
}

/// What was on the packet, and what is now.
type Change = (End, End);

impl Nat {
    pub(super) fn new(outside: Ipv4Addr) -> Self {
        Nat { outside, ports: BTreeMap::new(), mappings: BTreeMap::new(), pieces: Pieces::default(), swept_at: 0 }
    }

    /// Writes the outside address on a packet from inside.
    ///
    /// # Errors
    /// Why it cannot leave.
    pub(super) fn leave(&mut self, datagram: &mut Datagram, now: u64) -> Result<Change, What> {
        if datagram.offset() > 0 {
            let change = self.pieces.find(datagram, now).ok_or(What::NoPorts)?;
            readdress(datagram.bytes_mut(), Side::From, change.1.address);
            return Ok(change);
        }
        if reports(datagram) {
            return self.error_leaves(datagram, now).ok_or(What::NoPorts);
        }
        let (protocol, inside) = read(datagram.bytes(), Side::From).ok_or(What::NoPorts)?;
        let port = self.port_for(protocol, inside, now).ok_or(What::TableFull)?;
        if let Some(mapping) = self.mappings.get_mut(&(protocol, port)) {
            mapping.used_at = now;
            mapping.notice(datagram, true);
        }
        let change = (inside, End { address: self.outside, port });
        self.pieces.keep(datagram, change, now);
        rewrite(datagram.bytes_mut(), Side::From, change.1);
        Ok(change)
    }

    /// Writes the inside receiver on a packet for the outside address. `None`: nobody inside is meant.
    pub(super) fn arrive(&mut self, datagram: &mut Datagram, now: u64) -> Option<Change> {
        if datagram.offset() > 0 {
            let change = self.pieces.find(datagram, now)?;
            readdress(datagram.bytes_mut(), Side::To, change.1.address);
            return Some(change);
        }
        if reports(datagram) {
            return self.error_arrives(datagram, now);
        }
        let (protocol, outside) = read(datagram.bytes(), Side::To)?;
        let change = (outside, self.inside_of(protocol, outside, now)?);
        if let Some(mapping) = self.mappings.get_mut(&(protocol, outside.port)) {
            mapping.notice(datagram, false);
        }
        self.pieces.keep(datagram, change, now);
        rewrite(datagram.bytes_mut(), Side::To, change.1);
        Some(change)
    }

    /// RFC 5508 §4.2: an error from inside quotes a packet as it was after translation; outside it must be quoted
    /// as it was sent.
    fn error_leaves(&mut self, datagram: &mut Datagram, now: u64) -> Option<Change> {
        let from = datagram.from();
        let quote = quoted(datagram)?;
        let (protocol, inside) = read(quote, Side::To)?;
        let outside = self.outside_of(protocol, inside, now)?;
        rewrite(quote, Side::To, outside);
        finish(datagram);
        readdress(datagram.bytes_mut(), Side::From, self.outside);
        Some((End { address: from, ..inside }, outside))
    }

    /// RFC 5508 §4.1: the same the other way round; the quoted sender tells whom the error is for.
    fn error_arrives(&mut self, datagram: &mut Datagram, now: u64) -> Option<Change> {
        let quote = quoted(datagram)?;
        let (protocol, outside) = read(quote, Side::From)?;
        let inside = self.inside_of(protocol, outside, now)?;
        rewrite(quote, Side::From, inside);
        finish(datagram);
        readdress(datagram.bytes_mut(), Side::To, inside.address);
        Some((outside, inside))
    }

    /// Undoes [`Nat::leave`], for an error that this router itself reports to the sender.
    pub(super) fn undo_leave(&self, datagram: &mut Datagram, now: u64) {
        if let Some((protocol, end)) = read(datagram.bytes(), Side::From)
            && let Some(inside) = self.inside_of(protocol, end, now)
        {
            rewrite(datagram.bytes_mut(), Side::From, inside);
        }
    }

    /// Undoes [`Nat::arrive`].
    pub(super) fn undo_arrive(&self, datagram: &mut Datagram, now: u64) {
        if let Some((protocol, end)) = read(datagram.bytes(), Side::To)
            && let Some(outside) = self.outside_of(protocol, end, now)
        {
            rewrite(datagram.bytes_mut(), Side::To, outside);
        }
    }

    fn inside_of(&self, protocol: u8, end: End, now: u64) -> Option<End> {
        let mapping = self.mappings.get(&(protocol, end.port)).filter(|m| m.lives_at(protocol, now))?;
        (end.address == self.outside).then_some(mapping.inside)
    }

    fn outside_of(&self, protocol: u8, inside: End, now: u64) -> Option<End> {
        let port = *self.ports.get(&(protocol, inside))?;
        let mapping = self.mappings.get(&(protocol, port))?;
        mapping.lives_at(protocol, now).then_some(End { address: self.outside, port })
    }

    /// The port that an inside end has, or a new one.
    fn port_for(&mut self, protocol: u8, inside: End, now: u64) -> Option<u16> {
        if let Some(end) = self.outside_of(protocol, inside, now) {
            return Some(end.port);
        }
        if self.mappings.len() >= MOST && !self.forget_the_old(now) {
            return None;
        }
        let port = self.free_port(protocol, inside.port, now)?;
        let mapping = Mapping { inside, used_at: now, settled: false };
        if let Some(old) = self.mappings.insert((protocol, port), mapping)
            && self.ports.get(&(protocol, old.inside)) == Some(&port)
        {
            self.ports.remove(&(protocol, old.inside));
        }
        // A mapping that died of age may still hold another port of this end.
        if let Some(old) = self.ports.insert((protocol, inside), port).filter(|old| *old != port) {
            self.mappings.remove(&(protocol, old));
        }
        Some(port)
    }

    /// The same port where nobody else has it, else the next of the same parity, on the same side of 1024
    /// (RFC 4787 REQ-3 and REQ-4: programs exist that care).
    fn free_port(&self, protocol: u8, wanted: u16, now: u64) -> Option<u16> {
        let (first, last) = if wanted < 1024 { (0, 1023) } else { (1024, u16::MAX) };
        (wanted..=last)
            .chain(first..wanted)
            .filter(|port| port % 2 == wanted % 2)
            .find(|port| !self.mappings.get(&(protocol, *port)).is_some_and(|m| m.lives_at(protocol, now)))
    }

    /// Whether there is room afterwards. Looks through the table once a second: a flood must not make it slow.
    fn forget_the_old(&mut self, now: u64) -> bool {
        if now.saturating_sub(self.swept_at) < SECOND {
            return false;
        }
        self.swept_at = now;
        self.mappings.retain(|(protocol, _), mapping| mapping.lives_at(*protocol, now));
        let alive = &self.mappings;
        self.ports.retain(|(protocol, _), port| alive.contains_key(&(*protocol, *port)));
        self.mappings.len() < MOST
    }
}

/// Whether it is an ICMP error, whole as far as this packet goes.
fn reports(datagram: &Datagram) -> bool {
    datagram.protocol() == ICMP && icmp::is_error(datagram.payload())
}

/// The quotation in an ICMP error; `None` where the error is damaged (RFC 5508 REQ-3) or only a piece.
fn quoted(datagram: &mut Datagram) -> Option<&mut [u8]> {
    let header = datagram.header().len();
    if datagram.is_piece() || !icmp::is_sound(datagram.payload()) {
        return None;
    }
    let quote = datagram.bytes_mut().get_mut(header + 8..)?;
    (quote.len() >= HEADER).then_some(quote)
}

/// Computes the ICMP checksum anew, which is allowed here: `quoted` has seen that the old one was right.
fn finish(datagram: &mut Datagram) {
    let header = datagram.header().len();
    let message = icmp::finished(datagram.payload().to_vec());
    datagram.bytes_mut()[header..].copy_from_slice(&message);
}
