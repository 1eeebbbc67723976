//! `EtherType`s by name: the numbers by which Ethernet, VLAN tags, SNAP, Linux cooked and GRE say what
//! they carry. One table, so that a number has the same name wherever it appears.

use crate::dissect::{Cut, Field, Name, Next, Reader, name};

use super::llc;

/// The `EtherType`s that a learner may meet (IEEE registration authority).
pub const NAMES: &[Name] = &[
    // Linux's own small numbers, where a cooked capture has no EtherType.
    name(0x0001, "802.3 without LLC", "Novell's raw frames."),
    name(0x0004, "LLC", "An 802.3 frame: an LLC header follows."),
    name(0x000c, "CAN bus", "A frame of the network inside cars."),
    name(0x0800, "IPv4", "An Internet Protocol packet, version 4."),
    name(0x0806, "ARP", "A question or an answer: which MAC address has this IP address?"),
    name(0x0842, "Wake-on-LAN", "Wakes a sleeping machine up."),
    name(0x6558, "Ethernet", "A whole Ethernet frame, carried through a tunnel."),
    name(0x8035, "RARP", "ARP backwards: which IP address does this MAC address have?"),
    name(0x809b, "AppleTalk", ""),
    name(0x8100, "VLAN tag", "An 802.1Q tag comes first; it names the virtual network."),
    name(0x8137, "IPX", "Novell's network layer of the 1990s."),
    name(0x86dd, "IPv6", "An Internet Protocol packet, version 6."),
    name(0x8808, "flow control", "Asks the neighbour to pause: it sends faster than this card can take."),
    name(0x8809, "slow protocols", "Link aggregation and other talk between two switches."),
    name(0x8847, "MPLS", "Labels by which routers forward without looking at the IP address."),
    name(0x8848, "MPLS multicast", ""),
    name(0x8863, "PPPoE discovery", "A DSL modem looks for its provider."),
    name(0x8864, "PPPoE session", "A PPP link through Ethernet, as DSL lines use it."),
    name(0x888e, "EAPOL", "Logging in to the network itself (802.1X), and the keys of Wi-Fi."),
    name(0x88a8, "provider VLAN tag", "An outer tag (802.1ad) that a provider puts around the customer's own."),
    name(0x88cc, "LLDP", "A switch or a host tells its neighbours who it is."),
    name(0x88e5, "MACsec", "Encrypted from one end of the cable to the other."),
    name(0x88f7, "PTP", "Clocks that agree to less than a microsecond."),
    name(0x9000, "loopback test", "Ethernet's own configuration test protocol."),
    name(0x9100, "old double VLAN tag", "An outer tag as some switches wrote it before 802.1ad."),
];

/// Values from here on are an `EtherType`; smaller ones are a length (IEEE 802.3 §3.2.6).
const FIRST: u16 = 1536;
/// Most bytes of data in a frame with a length.
const MAX_LENGTH: u16 = 1500;

/// Takes the two bytes that are either an `EtherType` or, below 1536, the length of an LLC frame.
pub(super) fn type_or_length(
    r: &mut Reader<'_>,
    ethertype: &'static Field,
    length: &'static Field,
) -> Result<Next, Cut> {
    let value = r.rest().first_chunk().copied().map(u16::from_be_bytes).ok_or(Cut)?;
    if value >= FIRST {
        return Ok(Next::EtherType(r.u16(ethertype)?));
    }
    r.u16(length)?;
    if value > MAX_LENGTH || (usize::from(value) > r.left() && !r.captured_short()) {
        r.bad_length();
    } else {
        r.trim(usize::from(value)); // what follows pads the frame to its smallest size
    }
    // Novell's "raw" 802.3 puts IPX straight behind the length; IPX begins with ff ff, LLC never does.
    if r.rest().starts_with(&[0xff, 0xff]) { Ok(Next::Data) } else { Ok(Next::To(&llc::PROTOCOL)) }
}
