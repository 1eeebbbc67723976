//! Ethernet II: fourteen bytes that carry a packet to the next card, and no further. A router takes them
//! off and writes new ones: addresses of cards change at every hop, addresses of hosts do not.
//! Not here: VLAN tags, the 802.3 length form; the frame's checksum is the card's business.

pub(super) type Mac = [u8; 6];

/// To every card on the cable.
pub(super) const BROADCAST: Mac = [0xff; 6];

pub(super) const IPV4: u16 = 0x0800;
pub(super) const ARP: u16 = 0x0806;

const HEADER: usize = 14;

/// A frame that arrived.
pub(super) struct Frame<'a> {
    pub(super) to: Mac,
    pub(super) kind: u16,
    pub(super) payload: &'a [u8],
}

/// Reads a frame; `None` where it is too short to have a header.
pub(super) fn read(bytes: &[u8]) -> Option<Frame<'_>> {
    let (to, rest) = bytes.split_first_chunk::<6>()?;
    let (_from, rest) = rest.split_first_chunk::<6>()?;
    let (kind, payload) = rest.split_first_chunk::<2>()?;
    Some(Frame { to: *to, kind: u16::from_be_bytes(*kind), payload })
}

/// Writes a frame. The card on a real cable would pad it to 60 bytes; a capture on the sender does not see that either.
pub(super) fn write(to: Mac, from: Mac, kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEADER + payload.len());
    frame.extend_from_slice(&to);
    frame.extend_from_slice(&from);
    frame.extend_from_slice(&kind.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// Whether the address is meant for several cards: the lowest bit of its first byte says so.
pub(super) fn is_group(mac: Mac) -> bool {
    mac[0] & 1 == 1
}
