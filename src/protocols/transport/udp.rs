//! UDP, RFC 768: eight bytes that add ports and a checksum to IP, and nothing else.
//! Not here: UDP-Lite (RFC 3828), jumbograms (RFC 2675).

use crate::dissect::{
    BAD_LENGTH, CHECKSUM_STATUS, CHECKSUM_WRONG, Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Dec, Hex, Unit},
    field,
};

static SRC_PORT: Field = field("src_port", "from port", Dec)
    .spec("RFC 768")
    .explain("Which program on the sending machine spoke; an answer goes back to this number.");
static DST_PORT: Field = field("dst_port", "to port", Dec).spec("RFC 768").explain(
    "Which program on the receiving machine gets the datagram; the kernel looks it up among the open sockets.",
);
static LENGTH: Field = field("length", "length", Unit("bytes"))
    .gist("len=")
    .spec("RFC 768")
    .explain("Bytes of this datagram with its 8-byte header; one send() makes exactly one datagram.");
static CHECKSUM: Field = field("checksum", "checksum", Hex)
    .spec("RFC 768, RFC 1071")
    .explain("Lets the receiver throw away a datagram that was damaged on the way; 0 means that the sender did not compute it (IPv4 only).")
    .quiet();

/// The User Datagram Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "udp",
    name: "UDP",
    level: Level::Transport,
    explain: "Sends single messages to a port: no greeting, no order, no repair.",
    spec: "RFC 768",
    claims: &[Claim::IpProto(17)],
    fields: &[&SRC_PORT, &DST_PORT, &LENGTH, &CHECKSUM, &CHECKSUM_STATUS, &CHECKSUM_WRONG, &BAD_LENGTH],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let from = r.u16(&SRC_PORT)?;
    let to = r.u16(&DST_PORT)?;
    r.facts().ports = Some((from, to));
    r.facts().transport = Some(17);
    let length = r.u16(&LENGTH)?;
    r.transport_checksum(&CHECKSUM, 17)?;
    if length < 8 {
        r.bad_length();
    } else {
        r.trim(usize::from(length) - 8); // what follows is link padding, not data
    }
    r.talk(); // from here on the conversation is known
    Ok(Next::UdpPorts(from, to))
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn zero_checksum_means_not_computed() {
        let seen = read(
            1,
            "020000000009 020000000005 0800 45000020000000004011 0000 c0a80105 c0a80109 c93a2329000c0000 61626364",
        );
        assert_eq!(seen.layers(), "ethernet ipv4 udp data");
        assert_eq!(seen.numbers("udp.checksum_status"), [3]);
    }
}
