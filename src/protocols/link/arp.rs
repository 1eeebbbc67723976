//! ARP, RFC 826: which MAC address has this IP address? Asked of everybody, answered by one.
//! RARP (RFC 903, an `EtherType` of its own) and `InARP` (RFC 2390) have the same form. Not here: ATM's ARP (RFC 2225), another form.

use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Ip, Mac, Names, Nothing, Unit},
    Span, field, name,
};

use super::ethertype;

static HARDWARE_TYPE: Field = field(
    "hardware_type",
    "kind of link",
    Names(&[
        name(1, "Ethernet", "Also Wi-Fi."),
        name(6, "IEEE 802", ""),
        name(7, "ARCNET", ""),
        name(15, "frame relay", ""),
        name(32, "InfiniBand", ""),
    ]),
)
.spec("RFC 826")
.explain("Which kind of addresses are asked for: ARP was made for any link layer, not for Ethernet alone.")
.quiet();
static PROTOCOL_TYPE: Field = field("protocol_type", "kind of network", Names(ethertype::NAMES))
    .spec("RFC 826")
    .explain("Which kind of network address is looked up; the numbers are EtherTypes. Today it is always IPv4: IPv6 asks by ICMPv6 instead.")
    .quiet();
static HARDWARE_LENGTH: Field = field("hardware_length", "MAC length", Unit("bytes"))
    .spec("RFC 826")
    .explain(
        "How long each link address below is; with it a reader can step over kinds of address that it does not know.",
    )
    .quiet();
static PROTOCOL_LENGTH: Field = field("protocol_length", "IP length", Unit("bytes"))
    .spec("RFC 826")
    .explain("How long each network address below is; with it a reader can step over kinds of address that it does not know.")
    .quiet();
static OPCODE: Field = field(
    "opcode",
    "operation",
    Names(&[
        name(1, "request", "A question to everybody on this wire."),
        name(2, "reply", "The answer, to the one who asked."),
        name(3, "reverse request", "I know my MAC address: which IP address is mine?"),
        name(4, "reverse reply", "The answer of a RARP server; DHCP does this today."),
        name(8, "inverse request", ""),
        name(9, "inverse reply", ""),
    ]),
)
.spec("RFC 826, RFC 5494")
.explain("Question or answer. Nothing ties an answer to a question: machines believe answers to questions that they never asked, and attackers use that.");
static SENDER_MAC: Field = field("sender_mac", "sender's MAC", Mac)
    .spec("RFC 826")
    .explain("In an answer this is what was asked for. In a question it saves the other side from asking back.");
static SENDER_IP: Field = field("sender_ip", "sender's IP", Ip)
    .spec("RFC 826")
    .explain("Whoever sees the packet may remember that this IP address lives at the sender's MAC address.");
static TARGET_MAC: Field = field("target_mac", "target's MAC", Mac)
    .spec("RFC 826")
    .explain("In an answer, the one who asked. In a question it is the unknown itself, so it is mostly zeros.");
static TARGET_IP: Field = field("target_ip", "target's IP", Ip)
    .spec("RFC 826")
    .explain("In a question, the IP address whose owner shall speak up; every other machine stays silent.");
static SENDER_HARDWARE: Field = field("sender_hardware", "sender's link address", Bytes)
    .spec("RFC 826")
    .explain("The sender's address on a link that is not Ethernet: in an answer, what was asked for.");
static SENDER_PROTOCOL: Field = field("sender_protocol", "sender's network address", Bytes)
    .spec("RFC 826")
    .explain("The sender's address in a network that is not IPv4; whoever sees it may remember it.");
static TARGET_HARDWARE: Field = field("target_hardware", "target's link address", Bytes)
    .spec("RFC 826")
    .explain("The other side's address on a link that is not Ethernet; unknown, so mostly zeros, in a question.");
static TARGET_PROTOCOL: Field = field("target_protocol", "target's network address", Bytes)
    .spec("RFC 826")
    .explain("The address that is looked up, in a network that is not IPv4; its owner shall speak up.");

static WHO_HAS: Field = field("who_has", "who has", Ip)
    .gist("who has ")
    .spec("RFC 826")
    .explain("The question in plain words: the machine with this IP address shall tell its MAC address.")
    .quiet();
static TELL: Field = field("tell", "tell", Ip)
    .gist("tell ")
    .spec("RFC 826")
    .explain("To whom the answer goes; only this machine gets it, though everybody heard the question.")
    .quiet();
static FOUND: Field = field("found", "found", Ip)
    .gist("")
    .spec("RFC 826")
    .explain("The IP address that an answer speaks of; from now on packets for it need no question.")
    .quiet();
static IS_AT: Field = field("is_at", "is at", Mac)
    .gist("is at ")
    .spec("RFC 826")
    .explain("The answer in plain words: frames for that IP address go to this card, until the entry grows old.")
    .quiet();
static GRATUITOUS: Field = field("gratuitous", "announces itself", Nothing)
    .gist("announces its own address")
    .spec("RFC 5227 §2.3")
    .explain("Asker and asked are the same: nobody shall answer. It tells everybody that this address lives here now, after a start or when a spare machine takes over.");
static PROBE: Field = field("probe", "is it free?", Nothing).gist("is it free?").spec("RFC 5227 §2.1.1").explain(
    "The sender has no address yet (0.0.0.0) and asks whether anyone uses this one. An answer means that it must choose another.",
);

static WHICH_IP: Field = field("which_ip", "which IP belongs to", Mac)
    .gist("which IP belongs to ")
    .spec("RFC 903")
    .explain("The question in plain words: a machine without a disk knew nothing of itself but what is burnt into its card. DHCP answers this today.")
    .quiet();

/// The Address Resolution Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "arp",
    name: "ARP",
    level: Level::Link,
    explain: "Finds the MAC address behind an IP address of the same network, by asking everybody there.",
    spec: "RFC 826",
    claims: &[Claim::EtherType(0x0806)],
    fields: &[
        &HARDWARE_TYPE,
        &PROTOCOL_TYPE,
        &HARDWARE_LENGTH,
        &PROTOCOL_LENGTH,
        &OPCODE,
        &SENDER_MAC,
        &SENDER_HARDWARE,
        &SENDER_IP,
        &SENDER_PROTOCOL,
        &TARGET_MAC,
        &TARGET_HARDWARE,
        &TARGET_IP,
        &TARGET_PROTOCOL,
        &WHO_HAS,
        &TELL,
        &FOUND,
        &IS_AT,
        &GRATUITOUS,
        &PROBE,
        &WHICH_IP,
    ],
    read,
    frame: None,
};

/// The same form asked the other way round.
pub static RARP: Protocol = Protocol {
    key: "rarp",
    name: "RARP",
    level: Level::Link,
    explain: "Finds the IP address that belongs to a MAC address: how machines without a disk learnt their own before DHCP.",
    spec: "RFC 903",
    claims: &[Claim::EtherType(0x8035)],
    fields: &[
        &HARDWARE_TYPE,
        &PROTOCOL_TYPE,
        &HARDWARE_LENGTH,
        &PROTOCOL_LENGTH,
        &OPCODE,
        &SENDER_MAC,
        &SENDER_HARDWARE,
        &SENDER_IP,
        &SENDER_PROTOCOL,
        &TARGET_MAC,
        &TARGET_HARDWARE,
        &TARGET_IP,
        &TARGET_PROTOCOL,
        &WHICH_IP,
        &FOUND,
        &IS_AT,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let link = r.u16(&HARDWARE_TYPE)?;
    let network = r.u16(&PROTOCOL_TYPE)?;
    let hardware_length = r.u8(&HARDWARE_LENGTH)?;
    let protocol_length = r.u8(&PROTOCOL_LENGTH)?;
    let opcode = r.u16(&OPCODE)?;
    if link == ATM {
        return Ok(Next::Data);
    }
    let mac = matches!(link, 1 | 6) && hardware_length == 6;
    let ip = network == 0x0800 && protocol_length == 4;
    let (hardware, protocol) = (usize::from(hardware_length), usize::from(protocol_length));

    let sender_mac = address(r, if mac { &SENDER_MAC } else { &SENDER_HARDWARE }, hardware)?;
    let sender_ip = address(r, if ip { &SENDER_IP } else { &SENDER_PROTOCOL }, protocol)?;
    let target_mac = address(r, if mac { &TARGET_MAC } else { &TARGET_HARDWARE }, hardware)?;
    let target_ip = address(r, if ip { &TARGET_IP } else { &TARGET_PROTOCOL }, protocol)?;
    if let (Ok(mac), Ok(ip)) = (<[u8; 6]>::try_from(sender_mac.1), <[u8; 4]>::try_from(sender_ip.1)) {
        // 0.0.0.0 is nobody yet (RFC 5227 §2.1.1).
        r.facts().card = (ip != [0; 4]).then_some((mac, ip.into()));
    }
    if let (1, Ok(ip)) = (opcode, <[u8; 4]>::try_from(target_ip.1)) {
        r.facts().asked = Some(ip.into());
    }
    match opcode {
        REVERSE_REQUEST if mac => r.note_bytes(&WHICH_IP, target_mac.0),
        REVERSE_REPLY if mac && ip => {
            r.note_bytes(&FOUND, target_ip.0);
            r.note_bytes(&IS_AT, target_mac.0);
        }
        _ if ip => in_words(r, opcode, mac.then_some(sender_mac), sender_ip, target_ip),
        _ => {}
    }
    r.trim(0); // what follows pads the frame to its smallest size
    Ok(Next::Data)
}

/// ATM addresses have two lengths packed into one byte.
const ATM: u16 = 19;
const REVERSE_REQUEST: u16 = 3;
const REVERSE_REPLY: u16 = 4;

/// An address: where it stands and its bytes.
type Address<'a> = (Span, &'a [u8]);

fn address<'a>(r: &mut Reader<'a>, field: &'static Field, length: usize) -> Result<Address<'a>, Cut> {
    let at = r.span(length);
    let bytes = if length == 0 { &[] } else { r.bytes(field, length)? };
    Ok((at, bytes))
}

/// Says the question or the answer in the words that people use for it.
fn in_words(r: &mut Reader<'_>, opcode: u16, mac: Option<Address<'_>>, sender: Address<'_>, target: Address<'_>) {
    let gratuitous = sender.1 == target.1;
    match (opcode, mac) {
        (1, _) if gratuitous => r.note_bytes(&FOUND, sender.0),
        (1, _) => {
            r.note_bytes(&WHO_HAS, target.0);
            if sender.1 == [0; 4] {
                r.note(&PROBE, 1);
            } else {
                r.note_bytes(&TELL, sender.0);
            }
        }
        (2, Some(mac)) => {
            r.note_bytes(&FOUND, sender.0);
            r.note_bytes(&IS_AT, mac.0);
        }
        _ => return,
    }
    if gratuitous {
        r.note(&GRATUITOUS, 1);
    }
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    const ETHERNET: &str = "ffffffffffff 020000000005 0806";

    fn arp(rest: &str) -> crate::protocols::testing::Seen {
        read(1, &format!("{ETHERNET} {rest}"))
    }

    #[test]
    fn a_question_says_who_has_and_whom_to_tell() {
        let seen = arp("0001 0800 06 04 0001 020000000005 c0000205 000000000000 c0000201");
        assert_eq!(seen.nodes("arp.who_has")[0].at, seen.nodes("arp.target_ip")[0].at);
        assert_eq!(seen.nodes("arp.tell")[0].at, seen.nodes("arp.sender_ip")[0].at);
        assert!(seen.nodes("arp.gratuitous").is_empty() && seen.nodes("arp.probe").is_empty());
    }

    #[test]
    fn a_machine_that_asks_for_itself_announces_itself() {
        let seen = arp("0001 0800 06 04 0001 020000000005 c0000205 000000000000 c0000205");
        assert_eq!(seen.numbers("arp.gratuitous"), [1]);
        assert!(seen.nodes("arp.who_has").is_empty());
        let reply = arp("0001 0800 06 04 0002 020000000005 c0000205 ffffffffffff c0000205");
        assert_eq!(reply.numbers("arp.gratuitous"), [1]);
    }

    #[test]
    fn a_machine_without_an_address_asks_whether_one_is_free() {
        let seen = arp("0001 0800 06 04 0001 020000000005 00000000 000000000000 c0000205");
        assert_eq!(seen.numbers("arp.probe"), [1]);
        assert!(seen.nodes("arp.tell").is_empty());
    }

    #[test]
    fn the_reverse_question_and_its_answer_have_their_own_ethertype() {
        let rarp = |rest: &str| read(1, &format!("ffffffffffff 020000000005 8035 0001 0800 06 04 {rest}"));
        let question = rarp("0003 020000000005 00000000 020000000005 00000000");
        assert_eq!(question.layers(), "ethernet rarp");
        assert_eq!(question.nodes("rarp.which_ip")[0].at, question.nodes("rarp.target_mac")[0].at);
        let answer = rarp("0004 020000000009 c0000209 020000000005 c0000205");
        assert_eq!(answer.nodes("rarp.found")[0].at, answer.nodes("rarp.target_ip")[0].at);
        assert_eq!(answer.nodes("rarp.is_at")[0].at, answer.nodes("rarp.target_mac")[0].at);
    }

    #[test]
    fn addresses_of_other_lengths_are_bytes() {
        let seen = arp("0007 0800 01 04 0001 be c0000205 00 c0000201");
        assert_eq!(seen.nodes("arp.sender_hardware")[0].at.len(), 1);
        assert_eq!(seen.nodes("arp.sender_ip")[0].at.len(), 4);
        assert!(seen.nodes("arp.sender_mac").is_empty());
    }

    #[test]
    fn lengths_of_255_are_cut_short_and_lengths_of_zero_are_nothing() {
        assert!(arp("0001 0800 ff ff 0001 020000000005").cut("arp"));
        let seen = arp("0001 0800 00 00 0001");
        assert!(!seen.cut("arp"));
        assert!(seen.nodes("arp.sender_hardware").is_empty());
    }

    #[test]
    fn padding_is_a_trailer() {
        let seen = arp("0001 0800 06 04 0001 020000000005 c0000205 000000000000 c0000201 0000");
        assert_eq!(seen.layers(), "ethernet arp trailer");
    }
}
