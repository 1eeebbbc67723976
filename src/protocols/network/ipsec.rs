//! The two headers of `IPsec`: AH (RFC 4302) signs a packet, ESP (RFC 4303) encrypts it. IPv4 and IPv6 carry both.
//! Not here: what ESP hides, and how the keys are agreed on (IKE).

use super::ipv6_extensions::{NEXT_HEADER, RESERVED};
use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Hex, Unit},
    field,
};

static SPI: Field = field("spi", "security association", Hex).gist("spi=").spec("RFC 4301 §4.1").explain(
    "Tells the receiver which keys and which cipher belong to this packet; both sides agreed on the number before.",
);
static SEQUENCE: Field = field("seq", "sequence number", Dec)
    .gist("seq=")
    .spec("RFC 4303 §2.2")
    .explain("Counts up with every packet, so that nobody can record one and send it again later.");
static ICV: Field = field("icv", "signature", Bytes).spec("RFC 4302 §2.6").explain(
    "Proves that nobody changed the packet on the way, its addresses included. That is why it cannot cross a NAT box.",
);
static AH_LENGTH: Field = field("length", "header", Unit("bytes"))
    .spec("RFC 4302 §2.2")
    .explain("Bytes of this header. Unlike other extension headers it counts words of 4 bytes on the wire, minus 2.");

/// The authentication header.
pub static AH: Protocol = Protocol {
    key: "ah",
    name: "AH",
    level: Level::Network,
    explain: "IPsec's signature over a whole packet: it can be read by all and changed by none.",
    spec: "RFC 4302",
    claims: &[Claim::IpProto(51)],
    fields: &[&NEXT_HEADER, &AH_LENGTH, &RESERVED, &SPI, &SEQUENCE, &ICV],
    read: authentication,
    frame: None,
};

/// The encapsulating security payload.
pub static ESP: Protocol = Protocol {
    key: "esp",
    name: "ESP",
    level: Level::Network,
    explain: "IPsec's encryption: what follows can be read only by who has the key. Even the ports are hidden.",
    spec: "RFC 4303",
    claims: &[Claim::IpProto(50)],
    fields: &[&SPI, &SEQUENCE],
    read: |r| {
        r.u32(&SPI)?;
        r.u32(&SEQUENCE)?;
        Ok(Next::Data)
    },
    frame: None,
};

fn authentication(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let next = r.u8(&NEXT_HEADER)?;
    let words = r.raw::<1>()?;
    let length = 8 + 4 * words.value;
    r.note_at(&AH_LENGTH, r.behind(1), length);
    r.u16(&RESERVED)?;
    r.u32(&SPI)?;
    r.u32(&SEQUENCE)?;
    let signature = (length as usize).saturating_sub(12);
    if signature > 0 {
        r.bytes(&ICV, signature)?;
    }
    Ok(Next::IpProto(next))
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn an_authentication_header_counts_in_words_of_four() {
        let addresses = "20010db8000000000000000000000001 20010db8000000000000000000000002";
        let header = "1104 0000 00000100 00000001 0102030405060708090a0b0c";
        let seen = read(101, &format!("60000000 0020 33 40 {addresses} {header} 00350036 00080000"));
        assert_eq!(seen.layers(), "raw_ip ipv6 ah udp");
        assert_eq!(seen.numbers("ah.length"), [24]);
    }
}
