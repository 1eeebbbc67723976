//! `DHCPv6`, RFC 8415: addresses and whole networks for IPv6. Not DHCP with longer addresses but a new
//! protocol: names instead of link addresses, options within options, relays that wrap what they pass on.
//! Not here: the options (`dhcpv6_options` and the rooms it calls).

use super::{dhcpv6_fields, dhcpv6_options};
use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Dec, Hex, Ip, Names},
    field, name,
};

pub(super) static MESSAGE_TYPE: Field = field(
    "message_type",
    "kind of message",
    Names(&[
        name(1, "solicit", "Is there a server?"),
        name(2, "advertise", "Here is one, and this is what you could get."),
        name(3, "request", "I take yours."),
        name(4, "confirm", "I am back on this link: do my addresses still fit?"),
        name(5, "renew", "May I keep them, my server?"),
        name(6, "rebind", "May I keep them, anybody?"),
        name(7, "reply", "The server's answer."),
        name(8, "release", "I do not need them any more."),
        name(9, "decline", "Somebody else already uses that address!"),
        name(10, "reconfigure", "Ask me anew, something has changed."),
        name(11, "information-request", "I have an address; tell me the rest."),
        name(RELAY_FORW, "relay-forward", "A relay passes on what a client said."),
        name(RELAY_REPL, "relay-reply", "What the relay shall pass back."),
        name(14, "lease query", ""),
        name(15, "lease query reply", ""),
        name(16, "lease query done", ""),
        name(17, "lease query data", ""),
        name(18, "reconfigure request", ""),
        name(19, "reconfigure reply", ""),
        name(20, "DHCPv4 query", "DHCP for IPv4 over an IPv6 network, RFC 7341."),
        name(21, "DHCPv4 response", ""),
    ]),
)
.gist("")
.spec("RFC 8415 §7.3")
.explain("The step of the conversation. With \"rapid commit\" solicit and reply are enough; otherwise four messages let several servers compete.");
pub(super) static XID: Field = field("xid", "transaction", Hex).gist("xid=").spec("RFC 8415 §8, §16.1").explain(
    "Chosen at random by the client; an answer repeats it. Only three bytes, so that type and number fill four.",
);
pub(super) static HOP_COUNT: Field = field("hop_count", "relays passed", Dec).spec("RFC 8415 §9").explain(
    "Each relay wraps the message once more and adds one; at 8 it is thrown away, so that none goes in circles.",
);
pub(super) static LINK_ADDRESS: Field = field("link_address", "client's network", Ip)
    .spec("RFC 8415 §9.1")
    .explain("An address of the relay on the client's side: it tells the server in which network to choose.");
pub(super) static PEER_ADDRESS: Field = field("peer_address", "client's address", Ip)
    .spec("RFC 8415 §9.1")
    .explain("Where the message came to the relay from, and where the answer is to go: mostly a link-local address.");

const RELAY_FORW: u64 = 12;
const RELAY_REPL: u64 = 13;

/// DHCP for IPv6.
pub static PROTOCOL: Protocol = Protocol {
    key: "dhcpv6",
    name: "DHCPv6",
    level: Level::Application,
    explain: "Gives out IPv6 addresses, name servers and whole networks. Many machines get along without: they make their address themselves from what the router says.",
    spec: "RFC 8415",
    claims: &[Claim::UdpPort(546), Claim::UdpPort(547)],
    fields: dhcpv6_fields::ALL,
    read: |r| {
        message(r, 0)?;
        Ok(Next::Data)
    },
    frame: None,
};

/// Takes one message; `wraps` relays have wrapped it.
pub(super) fn message(r: &mut Reader<'_>, wraps: u8) -> Result<(), Cut> {
    let kind = u64::from(r.u8(&MESSAGE_TYPE)?);
    if matches!(kind, RELAY_FORW | RELAY_REPL) {
        r.u8(&HOP_COUNT)?;
        r.array::<16>(&LINK_ADDRESS)?;
        r.array::<16>(&PEER_ADDRESS)?;
    } else {
        let xid = r.raw::<3>()?.value;
        r.note_at(&XID, r.behind(3), xid);
    }
    dhcpv6_options::read(r, wraps)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::protocols::testing::{Seen, udp};

    /// What `DHCPv6` reads in these options of a solicit message.
    pub(in super::super) fn options(options: &str) -> Seen {
        udp("02220223", &format!("01 abcdef {options}"))
    }

    #[test]
    fn the_transaction_number_has_three_bytes() {
        let seen = options("");
        assert_eq!(seen.layers(), "ethernet ipv4 udp dhcpv6");
        assert_eq!((seen.numbers("dhcpv6.message_type"), seen.numbers("dhcpv6.xid")), (vec![1], vec![0xab_cdef]));
    }

    #[test]
    fn a_relay_wraps_the_message_of_the_client() {
        let seen = udp("02230223", &format!("0c 00 {0} {0} 0009 0004 01abcdef", "20010db8000000000000000000000001"));
        assert_eq!(seen.numbers("dhcpv6.message_type"), [12, 1]);
        assert_eq!(seen.nodes("dhcpv6.message_type")[1].depth, 1);
        assert_eq!(seen.numbers("dhcpv6.xid"), [0xab_cdef]);
    }

    #[test]
    fn more_than_eight_wraps_are_left_closed() {
        let mut message = "01abcdef".to_owned();
        for _ in 0..12 {
            message = format!("0c00{}0009{:04x}{message}", "00".repeat(32), message.len() / 2);
        }
        let seen = udp("02230223", &message);
        assert_eq!(seen.numbers("dhcpv6.message_type").len(), 9);
        assert_eq!(seen.nodes("dhcpv6.option_data").len(), 1);
        assert!(!seen.cut("dhcpv6"));
    }

    #[test]
    fn a_message_that_ends_within_its_header_is_cut() {
        assert!(udp("02220223", "01ab").cut("dhcpv6"));
    }
}
