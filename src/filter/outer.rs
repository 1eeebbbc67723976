//! The words of tcpdump, answered for the outermost packet: the first network layer that is no
//! quotation, and the transport layer right inside it.
//!
//! Where this differs from libpcap, on purpose: it looks behind VLAN tags, LLC/SNAP and IPv6 extension
//! headers without being told, and a packet that is cut short fails only the tests that need the
//! missing bytes.

use crate::dissect::{Direction, Field, Index, Layer, Protocol, Value};

use super::eval::{Net, Notes, Seen};

/// Which of two addresses or ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Either,
    Both,
    From,
    To,
}

/// A layer as the words know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Arp,
    V4,
    V6,
}

/// One word with its value.
#[derive(Debug)]
pub(super) enum Outer {
    /// The network layer is this one.
    Family(Family),
    /// IP carries this protocol number; some protocols have a layer to look for as well.
    Proto {
        number: u8,
        layer: Option<&'static Protocol>,
        only: Option<Family>,
    },
    /// An IP or ARP address.
    Host {
        side: Side,
        net: Net,
        only: Option<Family>,
    },
    /// A port from the first to the last, of TCP, UDP or SCTP.
    Port {
        side: Side,
        first: u16,
        last: u16,
    },
    /// An Ethernet address under a mask.
    Mac {
        side: Side,
        value: u64,
        mask: u64,
    },
    EtherType(u16),
    Vlan(Option<u64>),
    /// Bytes on the wire.
    Length(u32, u32),
    Direction(Direction),
}

/// The layers that the words of tcpdump speak of, looked up once. A layer that is not there never matches.
#[derive(Debug)]
pub(super) struct House {
    frame: Place,
    ethernet: Place,
    vlan: Place,
    service: Place,
    arp: Place,
    v4: Place,
    v6: Place,
    tcp: Place,
    udp: Place,
    sctp: Place,
}

/// A protocol with its fields: from, to, and what is inside.
#[derive(Debug, Clone, Copy)]
struct Place {
    protocol: Option<&'static Protocol>,
    from: Option<&'static Field>,
    to: Option<&'static Field>,
    inside: Option<&'static Field>,
}

impl Place {
    fn new(index: &Index, protocol: &str, from: &str, to: &str, inside: &str) -> Self {
        let protocol = index.protocol(protocol);
        let field = |key: &str| protocol?.fields.iter().copied().find(|f| f.key == key);
        Place { protocol, from: field(from), to: field(to), inside: field(inside) }
    }

    fn is(&self, layer: &Layer) -> bool {
        self.protocol.is_some_and(|p| std::ptr::eq(p, layer.protocol))
    }
}

impl House {
    pub fn new(index: &Index) -> Self {
        House {
            frame: Place::new(index, "frame", "length", "direction", ""),
            ethernet: Place::new(index, "ethernet", "src", "dst", "ethertype"),
            vlan: Place::new(index, "vlan", "id", "", "ethertype"),
            service: Place::new(index, "service_vlan", "id", "", "ethertype"),
            arp: Place::new(index, "arp", "sender_ip", "target_ip", ""),
            v4: Place::new(index, "ipv4", "src", "dst", "proto"),
            v6: Place::new(index, "ipv6", "src", "dst", "next_header"),
            tcp: Place::new(index, "tcp", "src_port", "dst_port", ""),
            udp: Place::new(index, "udp", "src_port", "dst_port", ""),
            sctp: Place::new(index, "sctp", "src_port", "dst_port", ""),
        }
    }

    fn family(&self, layer: &Layer) -> Option<(Family, &Place)> {
        [(Family::V4, &self.v4), (Family::V6, &self.v6), (Family::Arp, &self.arp)]
            .into_iter()
            .find(|(_, place)| place.is(layer))
    }
}

impl Outer {
    /// Whether the outermost packet is like this.
    pub fn is<N: Notes>(&self, seen: Seen<'_>, notes: &mut N) -> bool {
        let house = seen.house;
        match *self {
            Outer::Family(wanted) => seen.network().is_some_and(|(i, family, _)| {
                let same = family == wanted;
                if same && N::ALL {
                    let layer = &seen.tape.layers[i];
                    (layer.first..layer.last).for_each(|node| notes.note(node));
                }
                same
            }),
            Outer::Proto { number, layer, only } => seen.proto(number, layer, only, notes),
            Outer::Host { side, net, only } => seen.network().is_some_and(|(i, family, place)| {
                let address = |bytes: &[u8]| net.holds(bytes);
                only.is_none_or(|only| only == family) && seen.sides(i, place, side, notes, address)
            }),
            Outer::Port { side, first, last } => seen.transport().is_some_and(|(i, place)| {
                let port =
                    |bytes: &[u8]| number(bytes).is_some_and(|n| (u64::from(first)..=u64::from(last)).contains(&n));
                seen.sides(i, place, side, notes, port)
            }),
            Outer::Mac { side, value, mask } => seen.first(&house.ethernet).is_some_and(|i| {
                let mac = |bytes: &[u8]| bytes.len() == 6 && number(bytes).is_some_and(|n| n & mask == value);
                seen.sides(i, &house.ethernet, side, notes, mac)
            }),
            Outer::EtherType(wanted) => [&house.ethernet, &house.service, &house.vlan].into_iter().any(|place| {
                let fits = |bytes: &[u8]| number(bytes) == Some(u64::from(wanted));
                seen.own().any(|i| place.is(&seen.tape.layers[i]) && seen.one(i, place.inside, notes, fits))
            }),
            Outer::Vlan(wanted) => seen.own().any(|i| {
                // As tcpdump: the provider's tag is one of them.
                let fits = |bytes: &[u8]| wanted.is_none_or(|id| number(bytes) == Some(id));
                let tag = [&house.service, &house.vlan].into_iter().find(|place| place.is(&seen.tape.layers[i]));
                tag.is_some_and(|place| seen.one(i, place.from, notes, fits))
            }),
            Outer::Length(first, last) => {
                let fits = (first..=last).contains(&seen.packet.length);
                if fits && N::ALL {
                    seen.note_frame(house.frame.from, notes);
                }
                fits
            }
            Outer::Direction(wanted) => {
                let fits = seen.packet.direction == wanted;
                if fits && N::ALL {
                    seen.note_frame(house.frame.to, notes);
                }
                fits
            }
        }
    }
}

/// A value of at most eight bytes as a number.
fn number(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
}

impl<'a> Seen<'a> {
    /// The packet's own layers: those before any quotation.
    fn own(self) -> impl Iterator<Item = usize> {
        self.tape.layers.iter().take_while(|layer| !layer.quoted).enumerate().map(|(i, _)| i)
    }

    fn first(self, place: &Place) -> Option<usize> {
        self.own().find(|&i| place.is(&self.tape.layers[i]))
    }

    fn network(self) -> Option<(usize, Family, &'a Place)> {
        let family = |i: usize| self.house.family(&self.tape.layers[i]).map(|(family, place)| (i, family, place));
        self.own().find_map(family)
    }

    /// The layers inside the outermost network layer, up to the next one.
    fn inside(self, network: usize) -> impl Iterator<Item = usize> {
        self.own().skip(network + 1).take_while(move |&i| self.house.family(&self.tape.layers[i]).is_none())
    }

    fn transport(self) -> Option<(usize, &'a Place)> {
        let (network, ..) = self.network()?;
        let house = self.house;
        self.inside(network).find_map(|i| {
            let places = [&house.tcp, &house.udp, &house.sctp];
            places.into_iter().find(|place| place.is(&self.tape.layers[i])).map(|place| (i, place))
        })
    }

    fn proto<N: Notes>(
        self,
        wanted: u8,
        layer: Option<&'static Protocol>,
        only: Option<Family>,
        notes: &mut N,
    ) -> bool {
        let Some((network, family, place)) = self.network() else { return false };
        if family == Family::Arp || only.is_some_and(|only| only != family) {
            return false;
        }
        // A later fragment has no transport layer, but its IP header still says what it is a piece of.
        let fits = |bytes: &[u8]| number(bytes) == Some(u64::from(wanted));
        self.one(network, place.inside, notes, fits)
            || layer.is_some_and(|p| self.inside(network).any(|i| std::ptr::eq(self.tape.layers[i].protocol, p)))
    }

    fn sides<N: Notes>(
        self,
        layer: usize,
        place: &Place,
        side: Side,
        notes: &mut N,
        fits: impl Fn(&[u8]) -> bool,
    ) -> bool {
        let mark = notes.mark();
        match side {
            Side::From => self.one(layer, place.from, notes, fits),
            Side::To => self.one(layer, place.to, notes, fits),
            Side::Either => {
                let from = self.one(layer, place.from, notes, &fits);
                if from && !N::ALL {
                    return true;
                }
                self.one(layer, place.to, notes, fits) || from
            }
            Side::Both => {
                let both = self.one(layer, place.from, notes, &fits) && self.one(layer, place.to, notes, fits);
                if !both {
                    notes.back(mark);
                }
                both
            }
        }
    }

    /// Whether `field` of this layer has a value that fits.
    fn one<N: Notes>(
        self,
        layer: usize,
        field: Option<&'static Field>,
        notes: &mut N,
        fits: impl Fn(&[u8]) -> bool,
    ) -> bool {
        let Some(field) = field else { return false };
        for (index, node) in (self.tape.layers[layer].first..).zip(self.tape.nodes_of(layer)) {
            let fits = std::ptr::eq(node.field, field)
                && match node.value {
                    Value::Number(value) => fits(narrow(&value.to_be_bytes(), node.at.len())),
                    _ => fits(self.tape.bytes_of(node, self.packet.bytes)),
                };
            if fits {
                notes.note(index);
                return true;
            }
        }
        false
    }

    fn note_frame<N: Notes>(self, field: Option<&'static Field>, notes: &mut N) {
        if let Some(i) = self.first(&self.house.frame) {
            self.one(i, field, notes, |_| true);
        }
    }
}

/// A number as the bytes that it had on the wire, so that addresses read as numbers compare as bytes.
fn narrow(bytes: &[u8; 8], width: usize) -> &[u8] {
    if (1..8).contains(&width) { &bytes[8 - width..] } else { bytes }
}
