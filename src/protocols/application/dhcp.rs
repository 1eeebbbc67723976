//! DHCP, RFC 2131, and BOOTP, RFC 951, whose form it keeps: a machine without an address asks for one
//! and for all else that it must know of this network. First the fixed header, then options.
//! Not here: options (`dhcp_options` and the rooms it calls), `DHCPv6`, which is another protocol.

use super::{dhcp_fields, dhcp_options};
use crate::dissect::{
    Claim, Cut, Field, GistForm, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Hex, Ip, Mac, Names, Text, Unit},
    field, name,
};

pub(super) static OP: Field = field(
    "op",
    "direction",
    Names(&[name(REQUEST, "request", "From the client."), name(REPLY, "reply", "From the server.")]),
)
.spec("RFC 2131 §2")
.explain("All that BOOTP knew of a message's purpose. DHCP moved the real kind into an option, so that old relays still pass it on.");
pub(super) static HTYPE: Field =
    field("htype", "kind of link", Names(HARDWARE)).spec("RFC 2131 §2, IANA ARP hardware types").explain(
        "Which kind of link the client hangs on; the numbers are those of ARP, since a BOOTP server once had to fill in an ARP table by hand.",
    ).quiet();
pub(super) static HLEN: Field = field("hlen", "MAC length", Unit("bytes"))
    .spec("RFC 2131 §2")
    .explain("How many of the sixteen bytes below are the client's link address; the rest is padding.")
    .quiet();
pub(super) static HOPS: Field = field("hops", "relays passed", Dec)
    .spec("RFC 2131 §2, RFC 1542 §4.1.1")
    .explain(
        "Each relay on the way to the server adds one; a relay throws the message away when it has gone in circles.",
    )
    .quiet();
pub(super) static XID: Field = field("xid", "transaction", Hex)
    .gist("xid=")
    .spec("RFC 2131 §2")
    .explain("Chosen at random by the client: answers go to everybody on the wire, and by this number each client picks out its own.");
pub(super) static SECS: Field = field("secs", "trying for", Unit("seconds"))
    .spec("RFC 2131 §2")
    .explain("How long the client has been at it. A spare server may stay silent until this number says that the first one is dead.")
    .quiet();
pub(super) static BROADCAST: Field = field(
    "broadcast",
    "answer to everybody",
    Names(&[name(0, "no", "Straight to the address that is being given out."), name(1, "yes", "By broadcast.")]),
)
.spec("RFC 2131 §4.1")
.explain("A client without an address may be unable to receive what is sent to the address that it is about to get; then it asks for a broadcast.")
.quiet();
pub(super) static RESERVED: Field = field("reserved_flags", "reserved", Hex)
    .spec("RFC 2131 §2")
    .explain("Fifteen bits that were never given a meaning; clients send zeros and servers look away.")
    .quiet();
pub(super) static CIADDR: Field =
    field("ciaddr", "client's address", Ip).gist_as(GistForm::NonZero, "has ").spec("RFC 2131 §2").explain(
        "The address that the client already uses and wants to keep. All zeros while it has none: that is why it asks.",
    );
pub(super) static YIADDR: Field = field("yiaddr", "your address", Ip)
    .gist_as(GistForm::NonZero, "")
    .spec("RFC 2131 §2")
    .explain("What it is all about: the address that the server offers or gives. In an offer it is not yet the client's to use.");
pub(super) static SIADDR: Field = field("siaddr", "next server", Ip).spec("RFC 2131 §2").explain(
    "Where a machine without a disk fetches its operating system from; it need not be the server that answers here.",
);
pub(super) static GIADDR: Field = field("giaddr", "relay's address", Ip)
    .gist_as(GistForm::NonZero, "via ")
    .spec("RFC 2131 §2, RFC 1542 §4.1.1")
    .explain("The relay that carried a broadcast beyond its own network. From this address alone the server knows in which network the client sits.");
pub(super) static CHADDR: Field = field("chaddr", "client's MAC", Mac).spec("RFC 2131 §2, RFC 2132 §9.14").explain(
    "Who asks; servers keep the address for this card, which is how the same laptop gets the same address tomorrow. It often stands once more as the client's name, which a relay or a second card does not change.",
);
pub(super) static CHADDR_OTHER: Field = field("chaddr_other", "client's link address", Bytes)
    .spec("RFC 2131 §2, RFC 4390 §2.1")
    .explain("Who asks, on a link whose addresses do not have six bytes. InfiniBand's do not fit here and travel as an option.");
pub(super) static CHADDR_PADDING: Field = field("chaddr_padding", "unused room", Bytes)
    .spec("RFC 2131 §2")
    .explain("Sixteen bytes were set aside for the longest link address that anyone could think of in 1985.")
    .quiet();
pub(super) static SNAME: Field = field("sname", "server's name", Text)
    .spec("RFC 2131 §2")
    .explain("The name of the machine to start from. A client may fill it in to ask for one certain server.");
pub(super) static SNAME_UNUSED: Field = field("sname_unused", "no server name", Bytes)
    .spec("RFC 2131 §2")
    .explain("Sixty-four bytes that are sent for nothing in nearly every message: BOOTP put them there, and their place is fixed.")
    .quiet();
pub(super) static FILE: Field = field("file", "boot file", Text).gist("file=").spec("RFC 2131 §2").explain(
    "The program that a machine without a disk loads by TFTP and runs. Nothing proves that it is the right one.",
);
pub(super) static FILE_UNUSED: Field = field("file_unused", "no boot file", Bytes)
    .spec("RFC 2131 §2")
    .explain(
        "Another 128 bytes of nothing, unless the options overflow into them or the client boots over the network.",
    )
    .quiet();
pub(super) static COOKIE: Field = field("cookie", "magic cookie", Hex)
    .spec("RFC 2131 §3")
    .explain("Always 99.130.83.99: it says that options in the form of DHCP follow and not what a vendor of 1985 thought fit.")
    .quiet();
pub(super) static VENDOR_AREA: Field = field("vendor_area", "vendor's area", Bytes)
    .spec("RFC 951 §3")
    .explain("Without the magic cookie nobody but the vendor of both ends knows how to read these bytes.");

const REQUEST: u64 = 1;
const REPLY: u64 = 2;

/// Kinds of link, as ARP numbers them.
pub(super) const HARDWARE: &[crate::dissect::Name] = &[
    name(1, "Ethernet", "Also Wi-Fi."),
    name(6, "IEEE 802", ""),
    name(7, "ARCNET", ""),
    name(15, "frame relay", ""),
    name(20, "serial line", ""),
    name(24, "FireWire", ""),
    name(27, "EUI-64", ""),
    name(32, "InfiniBand", ""),
    name(255, "none", "The address says nothing of a link."),
];

/// The Dynamic Host Configuration Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "dhcp",
    name: "DHCP",
    level: Level::Application,
    explain: "Gives a newcomer its IP address and the rest of what it must know: discover, offer, request, ack. Whoever answers first is believed.",
    spec: "RFC 2131, RFC 2132",
    claims: &[Claim::UdpLooks(looks), Claim::UdpPort(67), Claim::UdpPort(68)],
    fields: dhcp_fields::ALL,
    read,
    frame: None,
};

const MAGIC: [u8; 4] = [99, 130, 83, 99];
/// Bytes in front of the cookie.
const HEADER: usize = 236;

fn looks(payload: &[u8]) -> bool {
    matches!(payload.first(), Some(1 | 2)) && payload.get(HEADER..).is_some_and(|rest| rest.starts_with(&MAGIC))
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let plan = dhcp_options::Plan::of(r.rest());
    let op = r.u8(&OP)?;
    r.u8(&HTYPE)?;
    let hlen = usize::from(r.u8(&HLEN)?);
    r.u8(&HOPS)?;
    r.u32(&XID)?;
    r.u16(&SECS)?;
    let flags = r.raw::<2>()?;
    r.part(&BROADCAST, flags, 0..1);
    r.part(&RESERVED, flags, 1..16);
    for address in [&CIADDR, &YIADDR, &SIADDR, &GIADDR] {
        r.array::<4>(address)?;
    }
    client(r, hlen)?;
    if plan.sname {
        dhcp_options::area(r, 64, &plan)?;
    } else {
        room(r, &SNAME, &SNAME_UNUSED, 64)?;
    }
    if plan.file {
        dhcp_options::area(r, 128, &plan)?;
    } else {
        room(r, &FILE, &FILE_UNUSED, 128)?;
    }
    if r.rest().starts_with(&MAGIC) {
        r.u32(&COOKIE)?;
        dhcp_options::area(r, r.left(), &plan)?;
    } else {
        r.all(&VENDOR_AREA);
    }
    if !plan.typed {
        r.note(&dhcp_options::BOOTP, u64::from(op));
    }
    Ok(Next::Data)
}

/// The client's link address and the room behind it, sixteen bytes together.
fn client(r: &mut Reader<'_>, hlen: usize) -> Result<(), Cut> {
    if hlen > 16 {
        r.bad_length();
    }
    match hlen.min(16) {
        0 => {}
        6 => _ = r.array::<6>(&CHADDR)?,
        n => _ = r.bytes(&CHADDR_OTHER, n)?,
    }
    if hlen < 16 {
        r.bytes(&CHADDR_PADDING, 16 - hlen)?;
    }
    Ok(())
}

/// A text that ends with a zero byte, in a room of `n` bytes.
fn room(r: &mut Reader<'_>, used: &'static Field, unused: &'static Field, n: usize) -> Result<(), Cut> {
    let bytes = r.rest().get(..n).ok_or(Cut)?;
    let text = bytes.split(|b| *b == 0).next().unwrap_or(bytes);
    if text.is_empty() {
        r.bytes(unused, n)?;
    } else {
        r.made(used, r.span(n), |out| out.extend_from_slice(text));
        r.skip(n);
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use crate::protocols::testing::{Seen, udp};

    fn header(sname: &str, file: &str) -> String {
        format!(
            "01010600 12345678 0000 8000 00000000 00000000 00000000 00000000 020000000005 {} {sname:0<128} {file:0<256}",
            "00".repeat(10)
        )
    }

    /// What DHCP reads in these options.
    pub(in super::super) fn options(options: &str) -> Seen {
        udp("00440043", &format!("{} 63825363 {options}", header("", "")))
    }

    #[test]
    fn the_magic_cookie_decides_and_not_the_port() {
        let message = format!("{} 63825363 350101 ff", header("", ""));
        let seen = udp("12341235", &message);
        assert_eq!(seen.layers(), "ethernet ipv4 udp dhcp");
        assert_eq!(seen.numbers("dhcp.message_type"), [1]);
        assert_eq!(seen.numbers("dhcp.broadcast"), [1]);
        assert!(seen.nodes("dhcp.bootp").is_empty());
    }

    #[test]
    fn without_a_message_type_it_is_bootp() {
        assert_eq!(options("ff").numbers("dhcp.bootp"), [1]);
        let seen = udp("00440043", &format!("{} 01020304", header("", "")));
        assert_eq!(seen.nodes("dhcp.vendor_area")[0].at.len(), 4);
    }

    #[test]
    fn a_name_ends_with_its_first_zero_and_its_room_is_taken_whole() {
        let seen = udp("00440043", &format!("{} 63825363 ff", header("6e616d6500ff", "")));
        assert_eq!(seen.texts("dhcp.sname"), ["name"]);
        assert_eq!(seen.nodes("dhcp.sname")[0].at.len(), 64);
        assert_eq!(seen.nodes("dhcp.file_unused")[0].at.len(), 128);
    }

    #[test]
    fn option_52_makes_the_rooms_for_names_hold_options() {
        let seen = udp("00440043", &format!("{} 63825363 340103 350101 ff", header("0c03616263ff", "0f0178ff")));
        assert_eq!(seen.texts("dhcp.hostname"), ["abc"]);
        assert_eq!(seen.texts("dhcp.domain_name"), ["x"]);
        assert!(seen.nodes("dhcp.sname").is_empty() && seen.nodes("dhcp.file").is_empty());
    }

    #[test]
    fn a_link_address_longer_than_its_room_is_an_impossible_length() {
        let mut message = header("", "").replace("010106", "0101ff");
        message.push_str("63825363ff");
        let seen = udp("00440043", &message);
        assert_eq!(seen.numbers("dhcp.bad_length"), [1]);
        assert_eq!(seen.nodes("dhcp.chaddr_other")[0].at.len(), 16);
    }

    #[test]
    fn a_message_that_ends_within_its_header_is_cut() {
        assert!(udp("00440043", "01010600 12345678 0000").cut("dhcp"));
    }
}
