//! QUIC, RFC 9000 and RFC 8999: streams as TCP, encryption as TLS, over UDP. All but a few bytes is encrypted,
//! packet numbers included, so that nobody on the way can come to rely on it.
//! Initial packets are opened, as their keys come from an id that everybody can read. Not here: how (`quic_keys`),
//! which id that is (`quic_connection`), the frames inside (`quic_frames`); packets with a short header that come
//! alone, as nothing in them tells QUIC from noise. The fields stand in `quic_fields`.

use super::quic_fields as f;
use super::quic_header::{Header, Kind, VERSION_2, is_grease, varint};
use super::quic_keys::Opened;
use super::{quic_connection, quic_frames};
use crate::dissect::{Claim, Cut, Field, Level, Next, Protocol, Reader, Span};

/// QUIC, packets that set up a connection.
pub static PROTOCOL: Protocol = Protocol {
    key: "quic",
    name: "QUIC",
    level: Level::Application,
    explain: "What HTTP/3 runs on: a transport of its own with encryption built in, wrapped into UDP because routers and firewalls let nothing new through.",
    spec: "RFC 9000",
    claims: &[Claim::UdpLooks(|bytes| Header::of(bytes).is_some_and(|header| header.is_plausible(bytes)))],
    fields: f::ALL,
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    if r.ahead::<1>()?.bits(0..1) == 0 {
        return short(r);
    }
    let whole = r.rest();
    long(r)?;
    Ok(if follows(whole, r.rest()) { Next::Again } else { Next::Data })
}

/// Whether another packet of the same connection stands behind this one (RFC 9000 §12.2).
fn follows(packet: &[u8], rest: &[u8]) -> bool {
    let Some(header) = Header::of(packet) else { return false };
    if let Some(next) = Header::of(rest) {
        return next.destination == header.destination && next.version == header.version;
    }
    // A short header with its least content; the id has no length there, but it must be the same.
    matches!(rest, [0x40..0x80, after @ ..] if after.starts_with(header.destination) && after.len() >= header.destination.len() + 20)
}

fn long(r: &mut Reader<'_>) -> Result<(), Cut> {
    let whole = r.rest();
    let (head, first) = (r.ahead::<5>()?, r.raw::<1>()?);
    let first_at = r.behind(1);
    let version = head.bits(8..40) as u32;
    let kind = Kind::of(head.bits(0..8) as u8, version);
    r.part(&f::FORM, first, 0..1);
    if matches!(kind, Kind::Negotiation | Kind::Unknown) {
        r.part(&f::UNUSED, first, 1..8);
    } else {
        r.part(&f::FIXED, first, 1..2);
        r.part(if version == VERSION_2 { &f::TYPE_V2 } else { &f::TYPE }, first, 2..4);
        r.part(if kind == Kind::Retry { &f::UNUSED } else { &f::HIDDEN }, first, 4..8);
    }
    r.u32(&f::VERSION)?;
    if is_grease(version) {
        r.note(&f::GREASE, 1);
    }
    id(r, &f::DCID_LENGTH, &f::DCID)?;
    let source = id(r, &f::SCID_LENGTH, &f::SCID)?;
    match kind {
        Kind::Negotiation => {
            while r.left() > 0 {
                r.u32(&f::SUPPORTED)?;
            }
        }
        Kind::Retry => {
            let token = r.left().checked_sub(16).ok_or(Cut)?;
            r.bytes(&f::RETRY_TOKEN, token)?;
            r.array::<16>(&f::INTEGRITY_TAG)?;
            if let Some(fits) = quic_connection::retried(r, whole, version, source) {
                r.note(&f::TAG_FITS, u64::from(fits));
            }
        }
        Kind::Unknown => _ = r.all(&f::PROTECTED),
        Kind::Initial => {
            let token = number(r, &f::TOKEN_LENGTH)?;
            if token > 0 {
                r.bytes(&f::TOKEN, token)?;
            }
            let opened = Header::of(whole).and_then(|header| quic_connection::open(r, whole, &header));
            protected(r, opened, first_at)?;
        }
        Kind::ZeroRtt | Kind::Handshake => protected(r, None, first_at)?,
    }
    Ok(())
}

fn id<'a>(r: &mut Reader<'a>, length: &'static Field, id: &'static Field) -> Result<&'a [u8], Cut> {
    let length = usize::from(r.u8(length)?);
    if length > 0 { r.bytes(id, length) } else { Ok(&[]) }
}

/// Takes packet number and content; `first` is the place of the bits that were hidden with them.
fn protected(r: &mut Reader<'_>, opened: Option<Opened>, first: Span) -> Result<(), Cut> {
    let length = number(r, &f::LENGTH)?;
    r.within(length, |r| {
        if let Some(opened) = opened {
            r.note_at(&f::NUMBER_LENGTH, first, opened.number_length as u64);
            if opened.first & 0x0c != 0 {
                r.note(&f::RESERVED, 1);
            }
            r.note_at(&f::NUMBER, r.span(opened.number_length), opened.number);
            r.skip(opened.number_length);
            r.made(&f::DECRYPTED, r.span(opened.text.len()), |out| out.extend_from_slice(&opened.text));
            r.inside(&quic_frames::PROTOCOL);
            r.skip(opened.text.len());
            r.all(&f::TAG);
        }
        r.all(&f::PROTECTED);
        Ok(())
    })
}

/// Takes a number whose first two bits say how long it is.
fn number(r: &mut Reader<'_>, field: &'static Field) -> Result<usize, Cut> {
    let (number, rest) = varint(r.rest()).ok_or(Cut)?;
    let length = r.left() - rest.len();
    r.note_at(field, r.span(length), number);
    r.skip(length);
    usize::try_from(number).map_err(|_| Cut)
}

/// A short header behind a long one: the id is that of the first packet in the datagram.
fn short(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let datagram = r.facts().payload.of(r.packet().bytes);
    let id = Header::of(datagram).map_or(0, |first| first.destination.len());
    let first = r.raw::<1>()?;
    r.part(&f::FORM, first, 0..1);
    r.part(&f::FIXED, first, 1..2);
    r.note(&f::ONE_RTT, 1);
    r.part(&f::SPIN, first, 2..3);
    r.part(&f::HIDDEN, first, 3..8);
    if id > 0 {
        r.bytes(&f::DCID, id)?;
    }
    r.all(&f::PROTECTED);
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, udp};

    fn quic(payload: &str) -> Seen {
        udp("c00101bb", payload)
    }

    fn handshake() -> String {
        format!("e0 00000001 04 aabbccdd 00 4014 {}", "55".repeat(20))
    }

    #[test]
    fn a_datagram_holds_several_packets_and_the_last_may_have_a_short_header() {
        let short = format!("60 aabbccdd {}", "66".repeat(20));
        let seen = quic(&format!("{} {} {short}", handshake(), handshake()));
        assert_eq!(seen.layers(), "ethernet ipv4 udp quic quic quic");
        assert_eq!(seen.nodes("quic.destination_id").len(), 3);
        assert_eq!(seen.numbers("quic.header_form"), [1, 1, 0]);
        assert_eq!(seen.numbers("quic.spin_bit"), [1]);
    }

    #[test]
    fn what_belongs_to_another_connection_is_not_read_along() {
        let short = format!("60 aabbccd0 {}", "66".repeat(20));
        assert_eq!(quic(&format!("{} {short}", handshake())).layers(), "ethernet ipv4 udp quic data");
    }

    #[test]
    fn a_short_header_alone_is_not_recognised_even_on_port_443() {
        assert_eq!(quic(&format!("60 aabbccdd {}", "66".repeat(20))).layers(), "ethernet ipv4 udp data");
    }

    #[test]
    fn a_retry_ends_with_a_tag_of_16_bytes() {
        let seen = quic(&format!("f0 00000001 00 04 aabbccdd 746f6b656e {}", "99".repeat(16)));
        assert_eq!(seen.texts("quic.retry_token"), ["token"]);
        assert_eq!(seen.nodes("quic.integrity_tag")[0].at.len(), 16);
    }

    #[test]
    fn a_server_lists_the_versions_that_it_speaks() {
        let seen = quic("ca 00000000 00 00 00000001 6b3343cf 1a2a3a4a");
        assert_eq!(seen.numbers("quic.supported_version"), [1, 0x6b33_43cf, 0x1a2a_3a4a]);
        assert_eq!(seen.numbers("quic.unused_bits"), [0x4a]);
    }

    #[test]
    fn a_made_up_version_is_recognised_in_a_full_first_packet_only() {
        let packet = |n| format!("c0 1a2a3a4a 08 0102030405060708 00 {}", "77".repeat(n));
        assert_eq!(quic(&packet(1185)).numbers("quic.made_up_version"), [1]);
        assert_eq!(quic(&packet(100)).layers(), "ethernet ipv4 udp data");
    }
}
