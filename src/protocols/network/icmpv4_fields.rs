//! ICMP's fields. Which message has which: `icmpv4`.

use super::icmpv4_types::{MESSAGES, TYPES};
use crate::dissect::{
    Field, GistForm,
    Show::{Bytes, Dec, Hex, Ip, Names, Nothing, Signed, Unit},
    field, name,
};

pub(super) static TYPE: Field = field("type", "type", Names(TYPES))
    .spec("RFC 792, IANA ICMP parameters")
    .explain("Error, question or answer, and of which kind. It decides the form of everything behind the checksum.")
    .quiet();
pub(super) static CODE: Field = field("code", "code", Dec)
    .spec("RFC 792, IANA ICMP parameters")
    .explain(
        "The finer point: for a packet that did not arrive, what stopped it. Each type counts its codes anew from 0.",
    )
    .quiet();
pub(super) static MESSAGE: Field = field("message", "message", Names(MESSAGES))
    .gist_as(GistForm::First, "")
    .spec("RFC 792, IANA ICMP parameters")
    .explain("The first two bytes in plain words, type and code taken together: what a person would say.");
pub(super) static ODD_TYPE: Field = field("odd_type", "type", Names(TYPES))
    .gist("type ")
    .spec("IANA ICMP parameters")
    .explain("No standard knows this type with this code. Scanners send such pairs: each system answers in its own way and so gives itself away.");
pub(super) static ODD_CODE: Field = field("odd_code", "code", Dec)
    .gist("code ")
    .spec("IANA ICMP parameters")
    .explain("What the sender meant by it is known to the sender; receivers look at the type and mostly ignore it.");
pub(super) static CHECKSUM: Field = field("checksum", "checksum", Hex)
    .spec("RFC 792, RFC 1071")
    .explain("Guards the whole message with what it quotes. Unlike that of TCP and UDP it leaves out the addresses, so an answer that went astray still looks right.")
    .quiet();
pub(super) static UNUSED: Field = field("unused", "unused", Bytes)
    .spec("RFC 792")
    .explain(
        "Zeros: room that this message does not need. Later standards have found lengths and sizes to put into it.",
    )
    .quiet();

// Echo, timestamps
pub(super) static ID: Field = field("id", "id", Dec)
    .gist("id=")
    .spec("RFC 792")
    .explain("Takes the place of a port: the kernel gives an answer to the program whose number it bears, so that two pings at once do not mix up.");
pub(super) static SEQ: Field = field("seq", "sequence number", Dec).gist("seq=").spec("RFC 792").explain(
    "Counts the questions; the answer repeats it. A gap in the answers is a lost packet, a repetition a doubled one.",
);
pub(super) static DATA: Field = field("data", "cargo", Bytes)
    .spec("RFC 792")
    .explain("Whatever the asker likes; it has to come back unchanged. Linux hides the time of sending in it, Windows the alphabet up to w, and some tunnels a whole connection.");
pub(super) static ORIGINATE: Field = field("originate", "asked at", Unit("ms since midnight")).spec("RFC 792").explain(
    "The asker's clock in universal time as the question left. It comes back, so that the asker need not remember it.",
);
pub(super) static RECEIVE: Field = field("receive", "question came at", Unit("ms since midnight"))
    .spec("RFC 792")
    .explain("The other clock as the question arrived. Some systems write the bytes the wrong way round.");
pub(super) static TRANSMIT: Field = field("transmit", "answer left at", Unit("ms since midnight"))
    .spec("RFC 792")
    .explain("The other clock as the answer left. With all three times the asker can tell a slow way from a wrong clock; NTP does it better.");
pub(super) static MASK: Field = field("mask", "address mask", Ip).gist("").spec("RFC 950").explain(
    "The bits that all addresses of the network have in common; who knows them knows for whom a router is needed.",
);

// Errors
pub(super) static QUOTE_LENGTH: Field = field("quote_length", "quotation is padded to", Unit("bytes"))
    .spec("RFC 4884 §4")
    .explain("Where the quoted packet ends and extensions begin; 0 where there are none. On the wire it counts words of 4 bytes.")
    .quiet();
pub(super) static MTU: Field = field("mtu", "largest packet", Unit("bytes"))
    .gist("mtu=")
    .spec("RFC 1191 §4")
    .explain("What the narrow link can carry: the sender makes its packets so small from now on. Old routers say 0, and the sender has to guess.");
pub(super) static GATEWAY: Field = field("gateway", "better router", Ip)
    .gist("to ")
    .spec("RFC 792")
    .explain("Where to send such packets from now on. Whoever can forge this draws the traffic to itself, so careful machines ignore it.");
pub(super) static POINTER: Field = field("pointer", "trouble at byte", Dec)
    .gist("at byte ")
    .spec("RFC 792")
    .explain("Which byte of the quoted packet could not be understood, counted from 0.");

// Router discovery
pub(super) static ADDRESS_COUNT: Field = field("address_count", "routers named", Dec)
    .spec("RFC 1256 §3")
    .explain("How many entries follow: a router has one for each of its addresses on this wire.")
    .quiet();
pub(super) static ENTRY_LENGTH: Field = field("entry_length", "entry", Unit("bytes"))
    .spec("RFC 1256 §3")
    .explain("How long each entry is, on the wire in words of 4 bytes: a later version could make them longer without confusing old readers.")
    .quiet();
pub(super) static LIFETIME: Field = field("lifetime", "good for", Unit("seconds"))
    .gist("lifetime=")
    .spec("RFC 1256 §3")
    .explain("How long machines may rely on these routers without hearing again; 0 takes them back.");
pub(super) static ROUTER: Field = field("router", "router", Nothing)
    .spec("RFC 1256 §3")
    .explain("One way out of this network: an address and how much it wants to be used.");
pub(super) static ROUTER_ADDRESS: Field = field("router_address", "router", Ip)
    .gist("router ")
    .spec("RFC 1256 §3")
    .explain("Where to send what is not for this network; every machine here can reach it directly.");
pub(super) static PREFERENCE: Field = field("preference", "preference", Signed("points"))
    .spec("RFC 1256 §3")
    .explain(
        "Of several routers the one with the highest number is taken; the lowest possible one means: never by default.",
    )
    .quiet();

// Extended echo
pub(super) static EXTENDED_SEQ: Field = field("extended_seq", "sequence number", Dec)
    .gist("seq=")
    .spec("RFC 8335 §2")
    .explain("Counts the questions like that of ping, but in one byte: the bits that describe the card took the room of the other.");
pub(super) static LOCAL: Field = field(
    "local",
    "asked about",
    Names(&[
        name(0, "a neighbour", "Whether the other machine has heard of the named address on one of its wires."),
        name(1, "its own card", "A card of the machine that is asked."),
    ]),
)
.spec("RFC 8335 §2")
.explain("Whether the card belongs to the machine that answers, or to a neighbour that cannot be reached from here.");
pub(super) static STATE: Field = field(
    "state",
    "neighbour is",
    Names(&[
        name(0, "not asked about", "The question was about a card, not a neighbour."),
        name(1, "incomplete", "It was asked for and has not answered so far."),
        name(2, "reachable", "It has answered a moment ago."),
        name(3, "stale", "It answered once, a while ago."),
        name(4, "delay", "A packet was just sent to it; an answer may come."),
        name(5, "probe", "It is being asked right now."),
        name(6, "failed", "It does not answer."),
    ]),
)
.gist_as(GistForm::NonZero, "neighbour ")
.spec("RFC 8335 §3")
.explain("What the answering machine's table of neighbours (of ARP, or of IPv6) says about the address.");
pub(super) static ACTIVE: Field = field("active", "card is up", Names(&[name(0, "no", ""), name(1, "yes", "")]))
    .gist("up: ")
    .spec("RFC 8335 §3")
    .explain(
        "The answer proper: with it a router can be asked about a card that has no address which pings could reach.",
    );
pub(super) static IPV4: Field = field("ipv4", "speaks IPv4", Names(&[name(0, "no", ""), name(1, "yes", "")]))
    .spec("RFC 8335 §3")
    .explain("A card can be up and still carry no packets of this version, because nobody gave it such an address.")
    .quiet();
pub(super) static IPV6: Field = field("ipv6", "speaks IPv6", Names(&[name(0, "no", ""), name(1, "yes", "")]))
    .spec("RFC 8335 §3")
    .explain("The same for the newer version: the two are switched on one by one, and often only one of them is.")
    .quiet();
