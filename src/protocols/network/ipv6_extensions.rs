//! IPv6's extension headers, RFC 8200 §4: what IPv4 kept in options stands in headers of its own, each naming
//! the next. Not here: AH and ESP (`ipsec`), which IPv4 uses too; mobility (135), HIP, shim6; their bytes stay data.

use std::net::IpAddr;

use super::ip_protocols;
use crate::dissect::{
    Claim, Cut, Field, Level, Next, Piece, Protocol, Reader,
    Show::{Bytes, Dec, Hex, Ip, Names, Nothing, Unit},
    field, name,
};

pub(super) static NEXT_HEADER: Field = field("next_header", "inside me", Names(ip_protocols::NAMES))
    .spec("RFC 8200 §4")
    .explain("Which header follows this one; the chain ends with TCP, UDP, ICMPv6 or nothing.");
static LENGTH: Field = field("length", "header", Unit("bytes"))
    .spec("RFC 8200 §4")
    .explain("Bytes of this header, so that a machine that does not know it can step over it. On the wire it counts units of 8 bytes beyond the first.");
static OPTION: Field = field("option", "option", Nothing)
    .spec("RFC 8200 §4.2")
    .explain("One option of the header: its kind, its length and what it holds.");
static OPTION_KIND: Field = field(
    "option_kind",
    "option",
    Names(&[
        name(0x00, "one byte of filling", "So that the header ends at a multiple of 8 bytes."),
        name(0x01, "filling", "So that the header ends at a multiple of 8 bytes."),
        name(0x05, "router alert", "Every router shall look inside: multicast reports ask for it."),
        name(0x63, "RPL", "Keeps routes in sensor networks free of loops."),
        name(0x6d, "MPL", "Multicast in sensor networks."),
        name(0xc2, "jumbo payload", "The length of a packet beyond 65,535 bytes."),
        name(0xc9, "home address", "Where a machine that moves is really at home."),
    ]),
)
.spec("RFC 8200 §4.2, IANA IPv6 parameters")
.explain("Which option it is. Its two highest bits say what to do with an unknown one: step over it, or drop the packet and complain.");
static OPTION_LENGTH: Field = field("option_length", "length", Unit("bytes"))
    .spec("RFC 8200 §4.2")
    .explain("Bytes of what the option holds, without its kind and this byte.")
    .quiet();
static ALERT: Field = field(
    "router_alert",
    "who shall look",
    Names(&[name(0, "multicast listener", ""), name(1, "RSVP", ""), name(2, "active networks", "")]),
)
.spec("RFC 2711 §2.1")
.explain("Why routers on the way shall look inside the packet although it is not addressed to them.");
static JUMBO: Field = field("jumbo_length", "true length", Unit("bytes"))
    .spec("RFC 2675 §2")
    .explain("The packet's length where 16 bits cannot hold it; the one in the fixed header is 0 then.");
static HOME_ADDRESS: Field = field("home_address", "home address", Ip)
    .spec("RFC 6275 §6.3")
    .explain("Where a machine on the move is really at home: programs see this as its sender, so that connections survive a change of network.");
static OPTION_BYTES: Field = field("option_bytes", "content", Bytes)
    .spec("RFC 8200 §4.2")
    .explain("What the option holds, where it is not taken apart any further here.");

static ROUTING_TYPE: Field = field(
    "type",
    "kind of route",
    Names(&[
        name(0, "source route", "Forbidden since 2007: it let anyone bounce traffic between two routers."),
        name(2, "mobile", "The home address of a machine that moves."),
        name(3, "RPL source route", "For sensor networks."),
        name(4, "segment routing", "A list of places that the provider's network sends the packet through."),
    ]),
)
.spec("RFC 8200 §4.4, IANA IPv6 parameters")
.explain("Which way of steering the packet is meant; it decides how the rest of this header reads.");
static SEGMENTS_LEFT: Field = field("segments_left", "places still to visit", Dec)
    .spec("RFC 8200 §4.4")
    .explain("How many of the listed places the packet has not reached yet; at 0 the next header is for the machine that reads this.");
static LAST_ENTRY: Field = field("last_entry", "last entry", Dec)
    .spec("RFC 8754 §2")
    .explain(
        "The number of the last place in the list, counted from 0, so that whatever follows the list can be found.",
    )
    .quiet();
static ROUTING_FLAGS: Field = field("flags", "flags", Hex)
    .spec("RFC 8754 §2")
    .explain("No bit of these has a meaning yet; receivers ignore them.")
    .quiet();
static TAG: Field = field("tag", "tag", Dec)
    .spec("RFC 8754 §2")
    .explain("Marks packets that belong together within the provider's network; others set it to 0.")
    .quiet();
pub(super) static RESERVED: Field = field("reserved", "reserved", Hex)
    .spec("RFC 8200 §4.4, §4.5")
    .explain("Bits kept free for later; senders write zeros, receivers do not look.")
    .quiet();
static SEGMENT: Field = field("segment", "place", Ip).spec("RFC 8200 §4.4, RFC 8754 §2").explain(
    "A place that the packet visits. Segment routing lists them backwards: the last one to visit comes first.",
);
static ROUTE_BYTES: Field = field("bytes", "content", Bytes)
    .spec("RFC 8200 §4.4")
    .explain("What this kind of header holds, where it is not taken apart any further here.");

static FRAGMENT_OFFSET: Field = field("offset", "piece begins at", Unit("bytes")).spec("RFC 8200 §4.5").explain(
    "Where this piece belongs within the whole packet. Only the sender cuts packets; routers of IPv6 never do.",
);
static MORE: Field = field(
    "more",
    "more fragments",
    Names(&[name(0, "no", "This is the last piece."), name(1, "yes", "Further pieces follow.")]),
)
.spec("RFC 8200 §4.5")
.explain("Set on every piece but the last one; without it the receiver could not know when it has all.");
static IDENTIFICATION: Field = field("id", "packet id", Hex)
    .spec("RFC 8200 §4.5")
    .explain("All pieces of one packet carry this number, so that the receiver knows which belong together.");
static PIECE: Field = field("piece", "piece of a larger packet", Nothing)
    .gist("piece of a larger packet")
    .spec("RFC 8200 §4.5")
    .explain("The bytes behind this header are the middle or the end of something: the header of TCP or UDP stands only in the first piece.");

/// Hop-by-hop options.
pub static HOP_BY_HOP: Protocol = Protocol {
    key: "ipv6_hop",
    name: "IPv6 hop-by-hop options",
    level: Level::Network,
    explain: "Options that every router on the way may look at; the only extension header that is not for the receiver alone.",
    spec: "RFC 8200 §4.3",
    claims: &[Claim::IpProto(0)],
    fields: &[&NEXT_HEADER, &LENGTH, &OPTION, &OPTION_KIND, &OPTION_LENGTH, &ALERT, &JUMBO, &OPTION_BYTES],
    read: |r| {
        options_header(r, |r, kind| match (kind, r.left()) {
            (0x05, 2) => r.u16(&ALERT).map(|_| ()),
            (0xc2, 4) => r.u32(&JUMBO).map(|_| ()),
            _ => Ok(()),
        })
    },
    frame: None,
};

/// Destination options.
pub static DESTINATION: Protocol = Protocol {
    key: "ipv6_destination",
    name: "IPv6 destination options",
    level: Level::Network,
    explain: "Options for the receiver; routers step over them.",
    spec: "RFC 8200 §4.6",
    claims: &[Claim::IpProto(60)],
    fields: &[&NEXT_HEADER, &LENGTH, &OPTION, &OPTION_KIND, &OPTION_LENGTH, &HOME_ADDRESS, &OPTION_BYTES],
    read: |r| {
        options_header(r, |r, kind| match (kind, r.left()) {
            (0xc9, 16) => r.array::<16>(&HOME_ADDRESS).map(|home| from_home(r, home)),
            _ => Ok(()),
        })
    },
    frame: None,
};

/// The routing header.
pub static ROUTING: Protocol = Protocol {
    key: "ipv6_routing",
    name: "IPv6 routing header",
    level: Level::Network,
    explain: "A list of places that the packet has to visit on its way.",
    spec: "RFC 8200 §4.4",
    claims: &[Claim::IpProto(43)],
    fields: &[
        &NEXT_HEADER,
        &LENGTH,
        &ROUTING_TYPE,
        &SEGMENTS_LEFT,
        &LAST_ENTRY,
        &ROUTING_FLAGS,
        &TAG,
        &RESERVED,
        &SEGMENT,
        &ROUTE_BYTES,
    ],
    read: routing,
    frame: None,
};

/// The fragment header.
pub static FRAGMENT: Protocol = Protocol {
    key: "ipv6_fragment",
    name: "IPv6 fragment header",
    level: Level::Network,
    explain: "Says that this packet is a piece of a larger one, and which.",
    spec: "RFC 8200 §4.5",
    claims: &[Claim::IpProto(44)],
    fields: &[&NEXT_HEADER, &RESERVED, &FRAGMENT_OFFSET, &MORE, &IDENTIFICATION, &PIECE],
    read: fragment,
    frame: None,
};

/// Takes the content of an option of this kind, where it is taken apart.
type Content = fn(&mut Reader<'_>, u8) -> Result<(), Cut>;

fn options_header(r: &mut Reader<'_>, content: Content) -> Result<Next, Cut> {
    let next = r.u8(&NEXT_HEADER)?;
    let units = r.raw::<1>()?;
    let length = 8 + 8 * units.value;
    r.note_at(&LENGTH, r.behind(1), length);
    r.within(length as usize - 2, |r| {
        while r.left() > 0 {
            option(r, content)?;
        }
        Ok(())
    })?;
    Ok(Next::IpProto(next))
}

fn option(r: &mut Reader<'_>, content: Content) -> Result<(), Cut> {
    if r.rest().first() == Some(&0) {
        r.u8(&OPTION_KIND)?;
        return Ok(());
    }
    r.group(&OPTION, |r| {
        let kind = r.u8(&OPTION_KIND)?;
        let length = usize::from(r.u8(&OPTION_LENGTH)?);
        r.within(length, |r| {
            content(r, kind)?;
            r.all(&OPTION_BYTES);
            Ok(())
        })
    })
}

fn routing(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let next = r.u8(&NEXT_HEADER)?;
    let units = r.raw::<1>()?;
    let length = 8 + 8 * units.value;
    r.note_at(&LENGTH, r.behind(1), length);
    r.within(length as usize - 2, |r| {
        let kind = r.u8(&ROUTING_TYPE)?;
        let left = r.u8(&SEGMENTS_LEFT)?;
        let mut places = usize::MAX;
        match kind {
            0 | 2 => _ = r.u32(&RESERVED)?,
            4 => {
                places = 1 + usize::from(r.u8(&LAST_ENTRY)?); // options may follow the list
                r.u8(&ROUTING_FLAGS)?;
                r.u16(&TAG)?;
            }
            3 => {
                let end = abbreviated(r);
                r.all(&ROUTE_BYTES);
                if let Some(end) = end.filter(|_| left > 0) {
                    to_the_end(r, end);
                }
            }
            _ => _ = r.all(&ROUTE_BYTES),
        }
        let mut last = None;
        while r.left() >= 16 && places > 0 {
            let place = r.array::<16>(&SEGMENT)?;
            // Segment routing lists places backwards.
            last = if kind == 4 { last.or(Some(place)) } else { Some(place) };
            places -= 1;
        }
        if let Some(last) = last.filter(|_| left > 0) {
            to_the_end(r, last);
        }
        r.all(&ROUTE_BYTES);
        Ok(())
    })?;
    Ok(Next::IpProto(next))
}

/// The last place of a route through sensors (RFC 6554 §3): it has its first bytes in common with the receiver.
fn abbreviated(r: &mut Reader<'_>) -> Option<[u8; 16]> {
    let IpAddr::V6(to) = r.facts().addresses?.1 else { return None };
    let (lengths, places) = r.rest().split_first_chunk::<4>()?;
    let (common, padding) = (usize::from(lengths[0] & 0xf), usize::from(lengths[1] >> 4));
    let places = places.get(..places.len().checked_sub(padding)?)?;
    let own = places.get(places.len().checked_sub(16 - common)?..)?;
    let mut end = to.octets();
    end[common..].copy_from_slice(own);
    Some(end)
}

/// The checksums inside cover the last place of the route, not the next one (RFC 8200 §8.1).
fn to_the_end(r: &mut Reader<'_>, last: [u8; 16]) {
    if let Some((_, to)) = &mut r.facts().addresses {
        *to = last.into();
    }
}

/// They cover the home address of a machine on the move, not where it is now (RFC 6275 §11.3.1).
fn from_home(r: &mut Reader<'_>, home: [u8; 16]) {
    if let Some((from, _)) = &mut r.facts().addresses {
        *from = home.into();
    }
}

fn fragment(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let next = r.u8(&NEXT_HEADER)?;
    r.u8(&RESERVED)?;
    let bits = r.raw::<2>()?;
    let offset = r.part_times(&FRAGMENT_OFFSET, bits, 0..13, 8);
    let more = r.part(&MORE, bits, 15..16) == 1;
    let id = r.u32(&IDENTIFICATION)?;
    r.facts().fragment = more || offset > 0;
    if r.facts().fragment && r.facts().missing == 0 {
        let at = r.span(r.left());
        r.facts().piece = Some(Piece { id, protocol: next, offset: offset as u32, more, at });
    }
    if offset > 0 {
        r.note(&PIECE, 1);
        return Ok(Next::Data);
    }
    Ok(Next::IpProto(next))
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, read};

    fn behind_ipv6(next: &str, bytes: &str) -> Seen {
        let length = bytes.chars().filter(char::is_ascii_hexdigit).count() / 2;
        let addresses = "20010db8000000000000000000000001 20010db8000000000000000000000002";
        read(101, &format!("60000000 {length:04x} {next} 40 {addresses} {bytes}"))
    }

    const UDP: &str = "00350036 00080000";

    #[test]
    fn the_chain_of_headers_is_followed_to_its_end() {
        let seen = behind_ipv6("00", &format!("3c00 0502 0000 0100 1100 0104 00000000 {UDP}"));
        assert_eq!(seen.layers(), "raw_ip ipv6 ipv6_hop ipv6_destination udp");
        assert_eq!(seen.numbers("ipv6_hop.router_alert"), [0]);
    }

    #[test]
    fn only_the_first_piece_has_a_transport_header() {
        let first = behind_ipv6("2c", &format!("1100 0001 00000007 {UDP}"));
        assert_eq!(first.layers(), "raw_ip ipv6 ipv6_fragment udp");
        assert_eq!(first.numbers("udp.checksum_status"), [3]);
        let later = behind_ipv6("2c", &format!("1100 0008 00000007 {UDP}"));
        assert_eq!(later.layers(), "raw_ip ipv6 ipv6_fragment data");
        assert_eq!(later.numbers("ipv6_fragment.offset"), [8]);
    }

    #[test]
    fn a_list_of_segments_is_read_to_its_end() {
        let seen = behind_ipv6("2b", &format!("1102 0400 00000000 20010db8000000000000000000000009 {UDP}"));
        assert_eq!(seen.layers(), "raw_ip ipv6 ipv6_routing udp");
        assert_eq!(seen.nodes("ipv6_routing.segment").len(), 1);
    }

    #[test]
    fn a_checksum_covers_the_end_of_the_route() {
        // UDP from ::1 to 2001:db8::9, which stands in the routing header; the next place is ::2.
        let udp = "00350036 0008 a3f7";
        for header in ["1102 0001 00000000", "1102 0401 00000000"] {
            let seen = behind_ipv6("2b", &format!("{header} 20010db8000000000000000000000009 {udp}"));
            assert_eq!(seen.numbers("udp.checksum_status"), [0]);
        }
        // Through sensors: 14 bytes are the receiver's, two follow, six are filling.
        let seen = behind_ipv6("2b", &format!("1101 0301 ee600000 0009000000000000 {udp}"));
        assert_eq!(seen.numbers("udp.checksum_status"), [0]);
        let arrived = behind_ipv6("2b", &format!("1102 0000 00000000 20010db8000000000000000000000009 {udp}"));
        assert_eq!(arrived.numbers("udp.checksum_status"), [1]);
    }

    #[test]
    fn what_follows_the_last_segment_is_no_segment() {
        let option = "05 0e 0000 00000001 0102030405060708"; // the first half of a signature
        let seen = behind_ipv6("2b", &format!("1104 0400 00000000 20010db8000000000000000000000009 {option} {UDP}"));
        assert_eq!(seen.layers(), "raw_ip ipv6 ipv6_routing udp");
        assert_eq!(seen.nodes("ipv6_routing.segment").len(), 1);
        assert_eq!(seen.nodes("ipv6_routing.bytes").len(), 1);
    }

    #[test]
    fn the_receiver_learns_where_a_travelling_machine_is_at_home() {
        let home = "20010db8000000000000000000000005";
        let seen = behind_ipv6("3c", &format!("1102 0102 0000 c910 {home} {UDP}"));
        assert_eq!(seen.layers(), "raw_ip ipv6 ipv6_destination udp");
        assert_eq!(seen.nodes("ipv6_destination.home_address").len(), 1);
    }
}
