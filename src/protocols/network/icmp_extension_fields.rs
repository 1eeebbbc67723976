//! The fields of ICMP's extensions. Which object has which: `icmp_extensions`.

use crate::dissect::{
    Field,
    Show::{Bytes, Dec, Flags, Hex, Ip, Names, Nothing, Text, Unit},
    field, name,
};

pub(super) static VERSION: Field = field("version", "version", Dec)
    .spec("RFC 4884 §7")
    .explain("2. Behind an old quotation without a length, this and the checksum are all that tells extensions from more of the quoted packet.")
    .quiet();
pub(super) static RESERVED: Field = field("reserved", "reserved", Hex)
    .spec("RFC 4884 §7")
    .explain("Zeros that bring the checksum to an even place.")
    .quiet();
pub(super) static CHECKSUM: Field = field("checksum", "checksum", Hex)
    .spec("RFC 4884 §7")
    .explain("Covers the extensions alone; 0 where the sender did not compute it. The message as a whole has a checksum of its own.")
    .quiet();
pub(super) static OBJECT: Field = field("object", "object", Nothing)
    .spec("RFC 4884 §8")
    .explain("One thing that the router has to add. A reader steps over kinds that it does not know.");
pub(super) static LENGTH: Field = field("length", "length", Unit("bytes"))
    .spec("RFC 4884 §8")
    .explain("Bytes of the object with this header of four: whoever does not know its kind finds the next one by it.")
    .quiet();
pub(super) static CLASS: Field = field(
    "class",
    "object",
    Names(&[
        name(1, "MPLS labels", "The labels that the packet wore when it died, the outermost first."),
        name(2, "interface", "Which card of the router had to do with the packet."),
        name(3, "asked about", "Which card an extended ping is about."),
        name(4, "extended information", "A pointer into the quoted packet."),
    ]),
)
.spec("RFC 4884 §8, IANA ICMP extension objects")
.explain("What the object tells: where the packet was when it could not go on.");
pub(super) static SUBTYPE: Field = field("subtype", "form", Dec)
    .spec("RFC 4884 §8")
    .explain("Which form of the object this is; every class has its own numbering (the standard says C-Type).")
    .quiet();
pub(super) static BYTES: Field = field("bytes", "content", Bytes)
    .spec("RFC 4884 §8")
    .explain("What the object holds, where it is not taken apart any further here.");

pub(super) static LABEL: Field = field("label", "label", Dec)
    .gist("label ")
    .spec("RFC 4950 §5")
    .explain("By this number the routers of a provider passed the packet on without looking at its IP address; traceroute prints it.");
pub(super) static TRAFFIC_CLASS: Field = field("traffic_class", "traffic class", Dec)
    .spec("RFC 4950 §5, RFC 5462")
    .explain("How urgent the provider's routers took the packet to be.")
    .quiet();
pub(super) static BOTTOM: Field = field("bottom", "last label", Names(&[name(0, "no", ""), name(1, "yes", "")]))
    .spec("RFC 4950 §5")
    .explain("Whether the IP header came right behind this label, or another label.")
    .quiet();
pub(super) static TTL: Field = field("ttl", "TTL", Unit("hops left"))
    .spec("RFC 4950 §5")
    .explain("What was left of the label's own count of hops: 1 where it is the one that ran out.");

pub(super) static ROLE: Field = field(
    "role",
    "this card",
    Names(&[
        name(0, "received the packet", ""),
        name(1, "is part of the one that received it", "One cable of a bundle, or a virtual card."),
        name(2, "would have sent it on", ""),
        name(3, "is the next router's", "The hop behind the one that could not be reached."),
    ]),
)
.spec("RFC 5837 §4.1")
.explain("What the card had to do with the quoted packet. Without it a traceroute shows the router's address, not the way through the router.");
pub(super) static HAS: Field = field(
    "has",
    "told about it",
    Flags(&[
        name(8, "number", "The card's number in the router's own list."),
        name(4, "address", "One of its IP addresses."),
        name(2, "name", "Its name, as the operator typed it."),
        name(1, "mtu", "How large a packet it takes."),
    ]),
)
.spec("RFC 5837 §4.1")
.explain("Which of the four items follow, always in this order.")
.quiet();
pub(super) static INDEX: Field = field("index", "card number", Dec)
    .gist("card ")
    .spec("RFC 5837 §4.1, RFC 8335 §2.1")
    .explain("The card's number in the router's own list; it may change when the router starts anew.");
pub(super) static FAMILY: Field = field(
    "family",
    "kind of address",
    Names(&[name(1, "IPv4", ""), name(2, "IPv6", "")]),
)
.spec("RFC 5837 §4.2, RFC 8335 §2.1")
.explain(
    "Which kind of address follows, and so how long it is: a router may well answer over IPv4 with an address of IPv6.",
)
.quiet();
pub(super) static ADDRESS_LENGTH: Field = field("address_length", "address length", Unit("bytes"))
    .spec("RFC 8335 §2.1")
    .explain(
        "How long the address is, for kinds that the reader does not know; padding follows up to a multiple of four.",
    )
    .quiet();
pub(super) static ADDRESS: Field =
    field("address", "address", Ip).gist("address ").spec("RFC 5837 §4.2, RFC 8335 §2.1").explain(
        "An address of the card. Cards in the core of a network often have none that anybody outside could reach.",
    );
pub(super) static NAME_LENGTH: Field = field("name_length", "name with this byte", Unit("bytes"))
    .spec("RFC 5837 §4.3")
    .explain("Bytes of the name with this one and the zeros that fill it up to a multiple of four; at most 64.")
    .quiet();
pub(super) static NAME: Field = field("name", "card", Text)
    .gist("card ")
    .spec("RFC 5837 §4.3, RFC 8335 §2.1")
    .explain("What the operator calls the card. It tells outsiders how the router is built, so most providers keep it to themselves.");
pub(super) static MTU: Field = field("mtu", "largest packet", Unit("bytes")).gist("mtu=").spec("RFC 5837 §4.1").explain(
    "How large a packet fits through the card; a smaller one than its neighbours' is a place where packets get lost.",
);
pub(super) static DATA: Field = field("data", "cargo", Bytes)
    .spec("RFC 8335 §2")
    .explain("What an extended ping carries behind its question, mostly the time of asking. No standard speaks of it; only the checksum shows that the extensions end before it.");
pub(super) static PADDING: Field = field("padding", "filling", Bytes)
    .spec("RFC 4884 §8")
    .explain("Zeros, so that what follows begins at a multiple of four bytes.")
    .quiet();
