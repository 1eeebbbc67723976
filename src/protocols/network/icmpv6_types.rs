//! The kinds of `ICMPv6` messages and what their codes say: IANA's registry of its parameters.
//! Not here: what stands in the messages.

use crate::dissect::{
    Field, GistForm, Name,
    Show::{self, Names},
    field, name,
};

/// The kinds. Those below 128 report an error, the others ask, answer or announce.
pub(super) const TYPES: &[Name] = &[
    name(1, "destination unreachable", "A packet could not be delivered; the code says why."),
    name(2, "packet too big", "A link on the way takes only smaller packets; the sender has to cut them."),
    name(3, "time exceeded", "A packet ran out of hops, or its pieces did not all arrive."),
    name(4, "parameter problem", "A header made no sense to a machine on the way."),
    name(100, "private experiment, error", ""),
    name(101, "private experiment, error 2", ""),
    name(128, "echo request", "What ping sends."),
    name(129, "echo reply", "What comes back to ping."),
    name(130, "multicast listener query", "A router asks who listens to which group."),
    name(131, "multicast listener report", "A machine listens to a group (the older form)."),
    name(132, "multicast listener done", "A machine no longer listens to a group (the older form)."),
    name(133, "router solicitation", "A machine that has just started asks for routers."),
    name(134, "router advertisement", "A router tells everybody how to reach the rest of the world."),
    name(135, "neighbor solicitation", "Which MAC address has this IP address? What ARP asks for IPv4."),
    name(136, "neighbor advertisement", "The answer: this IP address lives at that MAC address."),
    name(137, "redirect", "A router knows a shorter way, mostly a neighbour on the same wire."),
    name(138, "router renumbering", "Changes the addresses of a whole site in one go."),
    name(139, "node information query", "Asks a machine for its name or its addresses."),
    name(140, "node information response", "A machine's name or addresses."),
    name(141, "inverse neighbor solicitation", "Which IP addresses has this MAC address?"),
    name(142, "inverse neighbor advertisement", "The IP addresses of a MAC address."),
    name(143, "multicast listener report v2", "All groups that a machine listens to, with the senders it wants."),
    name(144, "home agent discovery request", "A machine on the move looks for a router at home."),
    name(145, "home agent discovery reply", "The routers at home that forward for machines on the move."),
    name(146, "mobile prefix solicitation", "A machine on the move asks for the addresses used at home."),
    name(147, "mobile prefix advertisement", "The addresses used at home."),
    name(148, "certification path solicitation", "Asks a router to prove that it may be one (SEND)."),
    name(149, "certification path advertisement", "A router's proof that it may be one (SEND)."),
    name(150, "experimental mobility", ""),
    name(151, "multicast router advertisement", "Here is a router that forwards multicast."),
    name(152, "multicast router solicitation", "Which routers forward multicast?"),
    name(153, "multicast router termination", "This router no longer forwards multicast."),
    name(154, "fast handover", "Prepares the move to another network while the old one still works."),
    name(155, "RPL control", "Routing among sensors that run on batteries."),
    name(156, "locator update", "A machine moved and tells its new place (ILNP)."),
    name(157, "duplicate address request", "A sensor's router asks whether anybody else uses an address."),
    name(158, "duplicate address confirmation", "Whether an address is taken."),
    name(159, "MPL control", "Multicast among sensors: who has which message."),
    name(160, "extended echo request", "Asks a machine whether one of its interfaces works."),
    name(161, "extended echo reply", "Whether that interface works."),
    name(200, "private experiment", ""),
    name(201, "private experiment 2", ""),
];

const fn why(key: &'static str, title: &'static str, names: &'static [Name]) -> Field {
    field(key, title, Names(names)).gist_as(GistForm::First, "")
}

pub(super) static UNREACHABLE: Field = why(
    "unreachable",
    "why not delivered",
    &[
        name(0, "no route", "The router knows no way to the address, not even a default one."),
        name(1, "forbidden", "A firewall refuses it and says so; most of them keep silent."),
        name(2, "beyond scope of source address", "A link-local sender cannot be answered from another wire."),
        name(3, "address unreachable", "The last router asked for the machine and nobody answered."),
        name(4, "port unreachable", "The machine is there, but no program listens on the UDP port."),
        name(5, "source address refused", "A filter found that the sender's address cannot come from there."),
        name(6, "route rejected", "The router has an entry that says: throw this away."),
        name(7, "error in source route", "A place named in the routing header cannot be reached from here."),
        name(8, "headers too long", "The chain of headers does not fit into the first piece."),
        name(9, "error in projected route", "For sensor networks."),
    ],
)
.spec("RFC 4443 §3.1")
.explain("The code in words. Codes 0 and 3 come from routers; 4 comes from the machine itself, so the network works and only a program is missing.");
pub(super) static EXCEEDED: Field = why(
    "exceeded",
    "what ran out",
    &[
        name(0, "hop limit exceeded", "The packet met its last permitted router here."),
        name(1, "reassembly timed out", "Not all pieces of a cut packet arrived within 60 seconds."),
    ],
)
.spec("RFC 4443 §3.3")
.explain("The code in words. Traceroute provokes code 0 on purpose, with hop limits of 1, 2, 3 …: each router on the way betrays itself by this message.");
pub(super) static PROBLEM: Field = why(
    "problem",
    "what makes no sense",
    &[
        name(0, "erroneous header field", ""),
        name(1, "unknown next header", "The machine has no reader for what follows, such as SCTP."),
        name(2, "unknown option", "An option whose kind demands a complaint where it is not known."),
        name(3, "incomplete header chain", "The first piece of a cut packet ends within the headers."),
        name(4, "segment routing error", ""),
        name(5, "unknown next header at a router", ""),
        name(6, "extension header too big", ""),
        name(7, "header chain too long", ""),
        name(8, "too many extension headers", ""),
        name(9, "too many options", ""),
        name(10, "option too big", ""),
    ],
)
.spec("RFC 4443 §3.4, RFC 8883")
.explain("The code in words. The pointer further down says at which byte the reader gave up.");
pub(super) static RENUMBERING: Field = why(
    "renumbering",
    "step of renumbering",
    &[
        name(0, "renumbering command", "Change your prefixes like this."),
        name(1, "renumbering result", "What a router changed."),
        name(255, "sequence number reset", "Begin to count anew, because the key has changed."),
    ],
)
.spec("RFC 2894 §3.1")
.explain("The code in words: whether addresses shall be changed, or have been.");
pub(super) static SUBJECT_KIND: Field = field(
    "subject_kind",
    "asked by",
    Names(&[
        name(0, "IPv6 address", ""),
        name(1, "name", "Also by no name at all, to ask whoever listens."),
        name(2, "IPv4 address", ""),
    ]),
)
.spec("RFC 4620 §4")
.explain("The code in words: by what the question names the machine that it is about.");
pub(super) static OUTCOME: Field = why(
    "outcome",
    "outcome",
    &[
        name(0, "node answers", "What was asked for follows."),
        name(1, "node refuses to answer", "It knows but does not tell: the usual choice today."),
        name(2, "node does not know the question", ""),
    ],
)
.spec("RFC 4620 §4")
.explain(
    "The code in words. Most machines no longer answer such questions at all, as they help attackers to map a network.",
);
pub(super) static RPL: Field = why(
    "rpl",
    "RPL message",
    &[
        name(0x00, "RPL information solicitation", "DIS: which trees are there?"),
        name(0x01, "RPL information object", "DIO: here is a tree, and this is my rank in it."),
        name(0x02, "RPL destination advertisement", "DAO: these machines are below me."),
        name(0x03, "RPL advertisement acknowledged", ""),
        name(0x80, "RPL information solicitation, secured", ""),
        name(0x81, "RPL information object, secured", ""),
        name(0x82, "RPL destination advertisement, secured", ""),
        name(0x83, "RPL advertisement acknowledged, secured", ""),
        name(0x8a, "RPL consistency check", ""),
    ],
)
.spec("RFC 6550 §6")
.explain("The code in words. Sensors build a tree towards one router: each tells its distance downwards and its leaves upwards.");
pub(super) static PROBE_OUTCOME: Field = why(
    "probe_outcome",
    "outcome of the probe",
    &[
        name(0, "extended echo reply", "The interface was found; its state stands further down."),
        name(1, "malformed probe", ""),
        name(2, "no such interface", ""),
        name(3, "no such neighbour", ""),
        name(4, "several interfaces match", ""),
    ],
)
.spec("RFC 8335 §3")
.explain("The code in words: whether the machine found the one interface that the question names.");

/// What a code says in words, for the kinds whose codes say something.
static REASONS: &[(u8, &Field)] = &[
    (1, &UNREACHABLE),
    (3, &EXCEEDED),
    (4, &PROBLEM),
    (138, &RENUMBERING),
    (139, &SUBJECT_KIND),
    (140, &OUTCOME),
    (155, &RPL),
    (161, &PROBE_OUTCOME),
];

/// The field that says code `code` of kind `kind` in words.
pub(super) fn reason(kind: u8, code: u8) -> Option<&'static Field> {
    let (_, field) = REASONS.iter().find(|(k, _)| *k == kind)?;
    field.named(u64::from(code)).map(|_| *field)
}

/// Whether the registry names this kind.
pub(super) fn known(kind: u8) -> bool {
    TYPES.iter().any(|n| n.value == u64::from(kind))
}

/// How kinds are shown.
pub(super) const SHOW: Show = Names(TYPES);
