//! IGMP's fields. Which message has which: `igmp`.

use crate::dissect::{
    Field, GistForm, Name,
    Show::{Bytes, Dec, Hex, Ip, Names, Nothing, Unit},
    field, name,
};

const TYPES: &[Name] = &[
    name(0x11, "query", "A router asks who still listens. If nobody answers, it stops sending the group here."),
    name(0x12, "report, version 1", "A machine listens to the group."),
    name(0x13, "DVMRP", "Routers tell each other of multicast routes."),
    name(0x14, "PIM, version 1", "Routers tell each other who wants which group."),
    name(0x15, "Cisco trace", ""),
    name(0x16, "report, version 2", "A machine listens to the group."),
    name(0x17, "leave group", "A machine no longer listens; perhaps others still do, so the router asks once more."),
    name(0x1e, "multicast traceroute answer", "The way that a group takes, router by router."),
    name(0x1f, "multicast traceroute", "Which way does this group come here?"),
    name(0x22, "report, version 3", "To which groups a machine listens, and from which senders."),
    name(0x30, "multicast router advertisement", "A router says that it passes groups on; switches listen too."),
    name(0x31, "multicast router solicitation", "A switch asks where the multicast routers are."),
    name(0x32, "multicast router termination", "A router no longer passes groups on."),
];

pub(super) static TYPE: Field =
    field("type", "type", Names(TYPES)).spec("RFC 3376 §4, IANA IGMP type numbers").explain(
        "Question of a router or answer of a listener. Without this talk every group would be sent down every wire.",
    );
pub(super) static OTHER: Field = field("other", "message", Names(TYPES))
    .gist("type ")
    .spec("IANA IGMP type numbers")
    .explain("Neither question nor answer: something else that found room under the same protocol number.")
    .quiet();
pub(super) static CODE: Field = field("code", "code", Dec)
    .spec("IANA IGMP type numbers")
    .explain("Which message of the other protocol it is, or a number that it needs; listeners pass over it.")
    .quiet();
pub(super) static VERSION: Field = field("version", "version", Dec)
    .gist_as(GistForm::First, "v")
    .spec("RFC 3376 §7.1")
    .explain("For a question nothing on the wire says it: 12 bytes or more are version 3, a wait of 0 is version 1. One old router makes everybody speak as it does.")
    .quiet();
pub(super) static MAX_RESPONSE: Field = field("max_response", "answer within", Unit("tenths of a second"))
    .spec("RFC 3376 §4.1.1, RFC 2236 §2.2")
    .explain("Each listener waits by lot up to this long, so that not all answer at once. From 128 on the byte is a small floating-point number: 3 bits exponent, 4 bits mantissa.");
pub(super) static UNUSED: Field = field("unused", "unused", Bytes)
    .spec("RFC 3376 §4.2.1, RFC 1112 appendix I")
    .explain("Zero, where a question would say how long to wait for the answer.")
    .quiet();
pub(super) static CHECKSUM: Field = field("checksum", "checksum", Hex)
    .spec("RFC 3376 §4.1.2, RFC 1071")
    .explain("Covers all bytes behind the IP header: with one wrong bit in the group a router would send another group's packets.")
    .quiet();
pub(super) static GROUP: Field = field("group", "group", Ip).spec("RFC 3376 §4.1.3").explain(
    "The multicast address in question. A group is no list of members: it is an address that anybody may listen to.",
);
pub(super) static EVERY_GROUP: Field =
    field("every_group", "asks about", Names(&[name(1, "every group", "Listeners answer for each group of theirs.")]))
        .gist("asks about ")
        .spec("RFC 3376 §4.1.9")
        .explain("The group 0.0.0.0 means: to what do you listen at all? Routers ask so every two minutes.")
        .quiet();
pub(super) static ONE_GROUP: Field = field("one_group", "asks about", Ip)
    .gist("asks about ")
    .spec("RFC 3376 §4.1.9")
    .explain("The router asks for this group alone: somebody has just left it, and perhaps that was the last listener.")
    .quiet();
pub(super) static JOINS: Field = field("joins", "listens to", Ip)
    .gist("joins ")
    .spec("RFC 3376 §4.2.12, RFC 2236 §3")
    .explain("The answer in plain words: packets for this group are wanted here, from now on or still.")
    .quiet();
pub(super) static LEAVES: Field = field("leaves", "no longer listens to", Ip)
    .gist("leaves ")
    .spec("RFC 3376 §4.2.12, RFC 2236 §3")
    .explain(
        "In plain words: this machine has heard enough. It is a courtesy; without it the router notices after minutes.",
    )
    .quiet();
pub(super) static DROPS: Field = field("drops", "drops senders of", Ip)
    .gist("drops senders of ")
    .spec("RFC 3376 §4.2.12")
    .explain("In plain words: of this group some senders are no longer wanted; the group itself may be.")
    .quiet();

pub(super) static RESERVED: Field = field("reserved", "reserved", Hex)
    .spec("RFC 3376 §4.1.4, §4.2.3")
    .explain("Zero; a later version may give it a meaning.")
    .quiet();
pub(super) static SUPPRESS: Field = field(
    "suppress",
    "other routers",
    Names(&[name(0, "update their timers", ""), name(1, "leave their timers alone", "")]),
)
.spec("RFC 3376 §4.1.5")
.explain("Of several routers on a wire one asks and the others listen; this keeps them from forgetting a group too early because of a repeated question.")
.quiet();
pub(super) static ROBUSTNESS: Field = field("robustness", "robustness", Dec)
    .spec("RFC 3376 §4.1.6")
    .explain("How often everything is said: with 2, one packet may get lost. Raised where many do, as on Wi-Fi.")
    .quiet();
pub(super) static INTERVAL: Field = field("interval", "asks every", Unit("seconds"))
    .spec("RFC 3376 §4.1.7")
    .explain("How often the router asks, mostly 125. From 128 on the byte is a small floating-point number, which reaches nearly nine hours.")
    .quiet();
pub(super) static SOURCE_COUNT: Field = field("source_count", "senders listed", Dec)
    .spec("RFC 3376 §4.1.8, §4.2.7")
    .explain("How many senders' addresses follow; they have to fit into one packet, so it is hundreds at most.")
    .quiet();
pub(super) static SOURCE: Field = field("source", "sender", Ip).spec("RFC 3376 §4.1.9, §4.2.9").explain(
    "A machine that sends to the group. Version 3 can want it or refuse it, so that strangers cannot fill the wire.",
);

pub(super) static RECORD_COUNT: Field = field("record_count", "groups listed", Dec)
    .spec("RFC 3376 §4.2.4")
    .explain("How many entries follow: version 3 says everything about a machine in one packet, older versions need one for each group.")
    .quiet();
pub(super) static RECORD: Field = field("record", "group", Nothing)
    .spec("RFC 3376 §4.2.4")
    .explain("What the machine says about one group: from whom it wants to hear it.");
pub(super) static RECORD_TYPE: Field = field(
    "record_type",
    "wants",
    Names(&[
        name(1, "only these senders", "As it is now, told because a router asked. Without senders: nothing."),
        name(
            2,
            "all but these senders",
            "As it is now, told because a router asked. Without senders: the whole group.",
        ),
        name(3, "from now on only these senders", "A change. Without senders it says: I leave."),
        name(4, "from now on all but these senders", "A change. Without senders it says: I join."),
        name(5, "these senders too", "A change of the list."),
        name(6, "no longer these senders", "A change of the list."),
    ]),
)
.spec("RFC 3376 §4.2.12")
.explain("How the listed senders are meant, as the only ones or as the unwanted ones, and whether this is news.");
pub(super) static AUX_LENGTH: Field = field("aux_length", "additional", Unit("bytes"))
    .spec("RFC 3376 §4.2.6")
    .explain("Bytes of data behind the senders, on the wire in words of 4 bytes; so far nobody has defined any.")
    .quiet();
pub(super) static AUX: Field = field("aux", "additional data", Bytes)
    .spec("RFC 3376 §4.2.10")
    .explain("Room for something that version 3 does not know; receivers step over it.")
    .quiet();
