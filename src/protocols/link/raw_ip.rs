//! No link layer at all: the capture begins with IP (LINKTYPE 101, 228, 229, and 12 and 14 of old files).
//! Tunnels (VPNs, `tun` devices) and mobile modems are captured like this.

use crate::dissect::{Claim, Field, Level, Next, Protocol, Show::Nothing, field};

static ABSENT: Field = field("absent", "no link layer", Nothing).spec("LINKTYPE_RAW").explain(
    "Nothing stands before the IP packet: a tunnel or a modem has one other end only, so no address of a next machine is needed.",
);

/// A packet that begins with IP.
pub static PROTOCOL: Protocol = Protocol {
    key: "raw_ip",
    name: "bare IP",
    level: Level::Link,
    explain: "The place of the link layer, empty here: this capture begins with the IP packet.",
    spec: "LINKTYPE_RAW",
    claims: &[Claim::Link(101), Claim::Link(228), Claim::Link(229), Claim::Link(12), Claim::Link(14)],
    fields: &[&ABSENT],
    read: |r| {
        r.note(&ABSENT, 1);
        Ok(Next::Ip)
    },
    frame: None,
};

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn the_first_four_bits_say_which_version() {
        assert_eq!(read(101, "45").layers(), "raw_ip ipv4");
        assert_eq!(read(101, "05").layers(), "raw_ip data");
    }
}
