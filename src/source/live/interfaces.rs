//! The network cards of this machine, as layers 1 and 2 see them: plain data, text is made elsewhere.
//! From `pnet` on every system; on Linux also from /sys/class/net (`Documentation/ABI/testing/sysfs-class-net`).
//!
//! Not here: wireless details (SSID, signal), routes, name servers.

use std::net::IpAddr;

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The number by which the kernel knows it.
    pub index: u32,
    /// The name by which people know it: "eth0".
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Switched on by the administrator.
    pub up: bool,
    /// A signal is there: cable plugged in, radio associated. `None` where it is off or nobody says.
    pub carrier: Option<bool>,
    /// Its link-layer address, where it has one.
    pub mac: Option<Mac>,
    /// Where that address came from.
    pub mac_origin: Option<MacOrigin>,
    /// Megabits per second; virtual and wireless cards have none to tell.
    pub speed: Option<u32>,
    /// Whether both sides may talk at once.
    pub duplex: Option<Duplex>,
    /// Most bytes of an IP packet that fit into one frame.
    pub mtu: Option<u32>,
    /// The kernel module that drives it.
    pub driver: Option<String>,
    /// IP addresses, each with the length of its prefix.
    pub addresses: Vec<(IpAddr, u8)>,
    /// What came in since it exists.
    pub received: Option<Traffic>,
    /// What went out since it exists.
    pub sent: Option<Traffic>,
}

/// What an interface is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The machine talks to itself.
    Loopback,
    /// A card with a cable, or a virtual machine's imitation of one.
    Wired,
    /// Wi-Fi.
    Wireless,
    /// A software switch.
    Bridge,
    /// One end of a virtual cable, often to a container.
    Veth,
    /// A program is the other end and reads IP packets: VPNs.
    Tun,
    /// A program is the other end and reads Ethernet frames: virtual machines.
    Tap,
    /// Several cards used as one.
    Bond,
    /// One VLAN of another card.
    Vlan,
    /// A further card on top of another one (macvlan, ipvlan).
    Stacked,
    /// Packets travel inside other packets.
    Tunnel,
    /// A tunnel by `WireGuard`.
    WireGuard,
    /// A point-to-point link.
    PointToPoint,
    /// Made by software; nothing else is known.
    Virtual,
    /// Nothing is known: systems other than Linux.
    Unknown,
}

/// Whether both sides may talk at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplex {
    /// One after the other, as on a hub.
    Half,
    /// Both at once.
    Full,
}

/// A link-layer address of 48 bits, IEEE 802 §8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mac(pub [u8; 6]);

/// What the bits of a link-layer address say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacMeaning {
    /// All zero: none; the loopback interface needs none.
    None,
    /// All ones: everybody on the link.
    Broadcast,
    /// The lowest bit of the first byte is set: a group; never the address of a card.
    Multicast,
    /// The second lowest bit of the first byte is set: chosen by software, random on modern phones.
    Local,
    /// Unique in the world: the maker bought the first three bytes (the OUI) and numbers its cards with the rest.
    Universal {
        /// The maker's three bytes.
        oui: [u8; 3],
    },
}

/// Where a link-layer address came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacOrigin {
    /// Burnt into the card.
    Permanent,
    /// Thrown by the kernel.
    Random,
    /// Taken over from another interface.
    Stolen,
    /// Set by a user or a program.
    Set,
}

/// One direction's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
    /// Packets that were damaged.
    pub errors: u64,
    /// Packets thrown away though they were sound: no room, nobody who wanted them.
    pub dropped: u64,
}

impl Mac {
    /// What its bits say.
    pub fn meaning(self) -> MacMeaning {
        let [a, b, c, ..] = self.0;
        match a {
            _ if self.0 == [0; 6] => MacMeaning::None,
            _ if self.0 == [0xff; 6] => MacMeaning::Broadcast,
            _ if a & 1 != 0 => MacMeaning::Multicast,
            _ if a & 2 != 0 => MacMeaning::Local,
            _ => MacMeaning::Universal { oui: [a, b, c] },
        }
    }
}

impl std::fmt::Display for Mac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hex = self.0.map(|byte| format!("{byte:02x}"));
        f.write_str(&hex.join(":"))
    }
}

/// All interfaces, in the kernel's order.
pub fn list() -> Vec<Card> {
    let mut cards: Vec<Card> = ::pnet::datalink::interfaces().into_iter().map(card).collect();
    cards.sort_by_key(|card| card.index);
    cards
}

fn card(seen: ::pnet::datalink::NetworkInterface) -> Card {
    let (loopback, up) = (seen.is_loopback(), seen.is_up());
    let mut card = Card {
        index: seen.index,
        kind: if loopback { Kind::Loopback } else { Kind::Unknown },
        up,
        carrier: None,
        mac: seen.mac.map(|mac| Mac(mac.octets())),
        mac_origin: None,
        speed: None,
        duplex: None,
        mtu: None,
        driver: None,
        addresses: seen.ips.iter().map(|ip| (ip.ip(), ip.prefix())).collect(),
        received: None,
        sent: None,
        name: seen.name,
    };
    #[cfg(target_os = "linux")]
    sys::complete(&mut card, std::path::Path::new("/sys/class/net"));
    card
}

#[cfg(target_os = "linux")]
mod sys;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bits_of_the_first_byte_say_what_an_address_is() {
        assert_eq!(Mac([0; 6]).meaning(), MacMeaning::None);
        assert_eq!(Mac([0xff; 6]).meaning(), MacMeaning::Broadcast);
        assert_eq!(Mac([0x01, 0, 0x5e, 0, 0, 0xfb]).meaning(), MacMeaning::Multicast);
        assert_eq!(Mac([0x33, 0x33, 0, 0, 0, 1]).meaning(), MacMeaning::Multicast);
        assert_eq!(Mac([0x02, 0, 0, 0, 0, 1]).meaning(), MacMeaning::Local);
        assert_eq!(Mac([0x00, 0x1a, 0x2b, 1, 2, 3]).meaning(), MacMeaning::Universal { oui: [0x00, 0x1a, 0x2b] });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_loopback_interface_is_there_and_complete() {
        let cards = list();
        let lo = cards.iter().find(|card| card.kind == Kind::Loopback).expect("every Linux has one");
        assert_eq!(lo.mac.map(Mac::meaning), Some(MacMeaning::None));
        assert!(lo.mtu.is_some_and(|mtu| mtu >= 1500));
        assert!(lo.received.is_some() && lo.sent.is_some());
    }
}
