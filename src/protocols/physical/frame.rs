//! The frame as the capture delivered it: when, how long, which way. All that is left of layer 1.
//! Not here: the bits, voltages and radio waves themselves; the card has turned them into bytes.

use crate::dissect::{
    Checksum, Cut, Direction, Fate, Field, GistForm, Level, Next, Protocol, Reader,
    Show::{self, Dec, Names, Text, Unit},
    field, name,
};

static NUMBER: Field = field("number", "packet number", Dec)
    .spec("layercake")
    .explain("Counted from 1 in the order of the capture; nothing on the wire carries this number.")
    .quiet();
static TIME: Field = field("time", "captured at", Show::Time)
    .spec("pcapng §4.3")
    .explain("When the kernel or the card saw the packet, by this machine's clock; two machines seldom agree to the microsecond.")
    .quiet();
static LENGTH: Field = field("length", "length on the wire", Unit("bytes")).spec("pcapng §4.3").explain(
    "Bytes that crossed the wire, from the link header on; preamble and frame check sequence are mostly gone by now.",
);
static CAPTURED: Field = field("captured", "captured", Unit("bytes"))
    .spec("pcapng §4.3")
    .explain("Bytes that the capture kept. Fewer than the length when a snapshot length cuts packets to save space.")
    .quiet();
static LINK: Field = field("link", "link type", Dec)
    .spec("LINKTYPE registry, pcapng §4.2")
    .explain("The number that says how the first bytes are to be read: 1 is Ethernet, 113 Linux cooked, 101 bare IP.")
    .quiet();
static INTERFACE: Field = field("interface", "interface", Dec)
    .spec("pcapng §4.2")
    .explain("Which of the capture's network cards saw it, counted from 0.")
    .quiet();
static DIRECTION: Field = field(
    "direction",
    "direction",
    Names(&[name(1, "in", "This machine received it."), name(2, "out", "This machine sent it.")]),
)
.spec("pcapng §4.3.1")
.explain("Which way it crossed the card; only a live capture or a pcapng file knows.")
.quiet();
static OFFLOAD: Field = field(
    "offload",
    "checksum offload",
    Names(&[
        name(1, "not filled in yet", "The card will compute the transport checksum after the capture saw the packet."),
        name(2, "verified", "The card or the kernel has already found the transport checksum right."),
    ]),
)
.spec("Linux packet(7), PACKET_AUXDATA")
.explain("What the kernel knows about the transport checksum; it explains the wrong checksums on packets that this machine sends.")
.quiet();
static COMMENT: Field = field("comment", "comment", Text)
    .gist_as(GistForm::Aside, "# ")
    .spec("pcapng §3.5")
    .explain("A note that a person or a program left beside the packet in the file; never on the wire.");
static FATE: Field = field(
    "fate",
    "fate",
    Names(&[
        name(1, "lost", "It left its sender and arrived nowhere; nobody is told."),
        name(2, "damaged", "A bit was changed on the way; a checksum of the receiver will find out, and it is thrown away."),
        name(3, "doubled", "It arrived twice."),
        name(4, "delayed", "It was held up, so that later ones overtook it."),
        name(5, "thrown away: queue full", "More came than the line could carry, and no room was left to wait in."),
    ]),
)
.gist_as(GistForm::Aside, "")
.spec("layercake")
.explain("What the simulated wire did to this packet on purpose. A real capture cannot know: it has to guess from what is missing later.");

/// The root of every dissection.
pub static PROTOCOL: Protocol = Protocol {
    key: "frame",
    name: "frame",
    level: Level::Physical,
    explain: "Bits on a wire or in the air. The card turned them into bytes before the capture; what remains is when, how many and which way.",
    spec: "IEEE 802.3 §3",
    claims: &[],
    fields: &[&NUMBER, &TIME, &LENGTH, &CAPTURED, &LINK, &INTERFACE, &DIRECTION, &OFFLOAD, &COMMENT, &FATE],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let packet = r.packet();
    r.note(&NUMBER, packet.number);
    if let Some(time) = packet.time {
        r.note(&TIME, time);
    }
    r.note(&LENGTH, u64::from(packet.length));
    r.note(&CAPTURED, packet.bytes.len() as u64);
    r.note(&LINK, u64::from(packet.link));
    r.note(&INTERFACE, u64::from(packet.interface));
    match packet.direction {
        Direction::Unknown => {}
        Direction::In => r.note(&DIRECTION, 1),
        Direction::Out => r.note(&DIRECTION, 2),
        Direction::Passing => r.note(&DIRECTION, 3),
    }
    match packet.checksum {
        Checksum::Unknown => {}
        Checksum::Unfinished => r.note(&OFFLOAD, 1),
        Checksum::Verified => r.note(&OFFLOAD, 2),
    }
    if let Some(comment) = packet.comment {
        let at = r.span(0);
        r.made(&COMMENT, at, |out| out.extend_from_slice(comment.as_bytes()));
    }
    match packet.fate {
        Fate::Unknown => {}
        Fate::Lost => r.note(&FATE, 1),
        Fate::Damaged => r.note(&FATE, 2),
        Fate::Doubled => r.note(&FATE, 3),
        Fate::Delayed => r.note(&FATE, 4),
        Fate::Overflowed => r.note(&FATE, 5),
    }
    Ok(Next::Link(packet.link))
}
