//! Teredo, RFC 4380: IPv6 packets in UDP, so that a machine behind a NAT box gets IPv6 without asking anybody.
//! Not here: the trailers of RFC 6081, which stay bytes; nobody runs servers for it any more.

use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Hex, Ip, Names},
    field, name,
};

static INDICATOR: Field = field(
    "indicator",
    "what comes first",
    Names(&[name(0, "origin", "How the sender looks from outside its NAT box."), name(1, "authentication", "")]),
)
.spec("RFC 4380 §5.1.1")
.explain("Two bytes that no IPv6 packet begins with, so that the receiver can tell extra data from the packet itself.")
.quiet();
static CLIENT_LENGTH: Field = field("client_length", "client's name length", Dec)
    .spec("RFC 4380 §5.1.1")
    .explain(
        "Bytes of the name by which server and client know each other; mostly 0, since anybody may use the server.",
    )
    .quiet();
static PROOF_LENGTH: Field = field("proof_length", "proof length", Dec)
    .spec("RFC 4380 §5.1.1")
    .explain("Bytes of the proof that the client knows a secret; mostly 0, as there is none.")
    .quiet();
static CLIENT: Field = field("client", "client's name", Bytes)
    .spec("RFC 4380 §5.1.1")
    .explain("Tells the server which secret to check the proof with.");
static PROOF: Field = field("proof", "proof", Bytes)
    .spec("RFC 4380 §5.2.2")
    .explain("A digest over the message and a secret: without it a stranger could pose as server and draw all traffic to himself.");
static NONCE: Field = field("nonce", "nonce", Hex)
    .spec("RFC 4380 §5.1.1")
    .explain("A random number that comes back in the answer: who does not see the question cannot forge one.");
static CONFIRMATION: Field =
    field("confirmation", "key is good", Names(&[name(0, "yes", ""), name(1, "no, ask for a new one", "")]))
        .spec("RFC 4380 §5.1.1")
        .explain("How the server tells a client that its secret is no longer valid.")
        .quiet();
static ORIGIN_PORT: Field = field("origin_port", "port seen from outside", Dec)
    .spec("RFC 4380 §5.1.1")
    .explain("Which port the NAT box gave to the client. All its bits are flipped on the wire, because some boxes rewrite whatever looks like an address.");
static ORIGIN: Field = field("origin", "address seen from outside", Ip)
    .spec("RFC 4380 §5.1.1")
    .explain("The NAT box's own address, which the client cannot know. With the port it becomes part of the client's IPv6 address.");

/// Teredo.
pub static PROTOCOL: Protocol = Protocol {
    key: "teredo",
    name: "Teredo",
    level: Level::Link,
    explain: "A tunnel for IPv6 through NAT boxes, in UDP. Windows once set it up unasked, so that IPv6 left networks that believed they had none.",
    spec: "RFC 4380",
    claims: &[Claim::UdpPort(3544)],
    fields: &[&INDICATOR, &CLIENT_LENGTH, &PROOF_LENGTH, &CLIENT, &PROOF, &NONCE, &CONFIRMATION, &ORIGIN_PORT, &ORIGIN],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    if r.rest().starts_with(&[0, 1]) {
        authentication(r)?;
    }
    if r.rest().starts_with(&[0, 0]) {
        origin(r)?;
    }
    // Anything else on the port is not Teredo's; it carries IPv6 alone.
    Ok(if r.rest().first().is_some_and(|byte| byte >> 4 == 6) { Next::Ip } else { Next::Data })
}

fn authentication(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16(&INDICATOR)?;
    let client = usize::from(r.u8(&CLIENT_LENGTH)?);
    let proof = usize::from(r.u8(&PROOF_LENGTH)?);
    if client > 0 {
        r.bytes(&CLIENT, client)?;
    }
    if proof > 0 {
        r.bytes(&PROOF, proof)?;
    }
    r.u64(&NONCE)?;
    r.u8(&CONFIRMATION)?;
    Ok(())
}

fn origin(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16(&INDICATOR)?;
    let port = r.raw::<2>()?;
    r.note_at(&ORIGIN_PORT, r.behind(2), port.value ^ 0xffff);
    let address = r.raw::<4>()?;
    let plain = (address.value as u32 ^ u32::MAX).to_be_bytes();
    r.made(&ORIGIN, r.behind(4), |made| made.extend_from_slice(&plain));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read};

    const IPV6: &str = "60000000 0000 3b 00 fe800000000000000000000000000001 20010000000000000000000000000002";

    fn teredo(payload: &str) -> Seen {
        let length = 8 + hex(payload).len();
        let total = 20 + length;
        read(101, &format!("4500{total:04x}00000000 4011 0000 c0000201 c0000202 0dd8 9c40 {length:04x} 0000 {payload}"))
    }

    #[test]
    fn a_bare_packet_is_ipv6() {
        assert_eq!(teredo(IPV6).layers(), "raw_ip ipv4 udp teredo ipv6");
    }

    #[test]
    fn port_and_address_seen_from_outside_have_all_bits_flipped() {
        let seen = teredo(&format!("0000 f12a b9c82815 {IPV6}"));
        assert_eq!(seen.layers(), "raw_ip ipv4 udp teredo ipv6");
        assert_eq!(seen.numbers("teredo.origin_port"), [3797]);
        assert_eq!(seen.tape.bytes_of(&seen.nodes("teredo.origin")[0], &seen.bytes), [70, 55, 215, 234]);
    }

    #[test]
    fn a_proof_stands_before_the_address_seen_from_outside() {
        let seen = teredo(&format!("0001 02 03 aabb ccddee 0102030405060708 00 0000 f12a b9c82815 {IPV6}"));
        assert_eq!(seen.nodes("teredo.proof")[0].at.len(), 3);
        assert_eq!(seen.nodes("teredo.origin").len(), 1);
        assert_eq!(seen.layers(), "raw_ip ipv4 udp teredo ipv6");
    }

    #[test]
    fn ipv4_is_not_carried() {
        assert_eq!(teredo("45000014").layers(), "raw_ip ipv4 udp teredo data");
    }
}
