//! Logical link control, IEEE 802.2: what is inside an 802.3 or Wi-Fi frame that has no `EtherType`.
//! Not here: the acknowledged services (their frames are named, not followed), spanning tree, IPX.

use crate::dissect::{
    Cut, Field, Level, Name, Next, Protocol, Reader,
    Show::{Hex, Names},
    field, name,
};

use super::snap;

const SAPS: &[Name] = &[
    name(0x00, "none", "No program in particular."),
    name(0x06, "IPv4", "Very old: IP straight above LLC."),
    name(0x42, "spanning tree", "Switches agree on a network without loops."),
    name(0xaa, "SNAP", "Five more bytes follow; they hold an EtherType."),
    name(0xe0, "IPX", "Novell's network layer of the 1990s."),
    name(0xf0, "NetBIOS", "Windows file sharing before TCP."),
    name(0xfe, "OSI", "The network layer of the OSI model, alive in the IS-IS routing protocol."),
    name(0xff, "everyone", ""),
];

static DSAP: Field = field("dsap", "to service", Names(SAPS))
    .spec("IEEE 802.2 §3.3.1")
    .explain("Which protocol on the receiving machine takes the bytes; one byte was meant to suffice for all protocols of the world.");
static SSAP: Field = field("ssap", "from service", Names(SAPS))
    .spec("IEEE 802.2 §3.3.1")
    .explain("Which protocol on the sending machine spoke; nearly always the same as the receiving one.");
static RESPONSE: Field = field(
    "response",
    "kind",
    Names(&[name(0, "command", "Asks or tells."), name(1, "response", "Answers a command.")]),
)
.spec("IEEE 802.2 §3.3.1.2")
.explain("The lowest bit of the sending service: whether this frame asks or answers.")
.quiet();
static CONTROL: Field = field(
    "control",
    "control",
    Names(&[
        name(0x03, "unnumbered information", "Just bytes: no order, no acknowledgment. What everyone uses today."),
        name(0xaf, "exchange identification", ""),
        name(0xbf, "exchange identification, answer now", ""),
        name(0xe3, "test", ""),
        name(0xf3, "test, answer now", ""),
        name(0x7f, "connect", "Opens a numbered connection (SABME)."),
        name(0x53, "disconnect", ""),
        name(0x73, "acknowledge", "The answer to connect and disconnect (UA)."),
    ]),
)
.spec("IEEE 802.2 §5.2")
.explain("LLC could number and repeat frames as TCP does; this byte says that nothing of the kind happens here.");
static NUMBERED: Field = field("numbered_control", "numbered control", Hex).spec("IEEE 802.2 §5.2").explain(
    "Send and receive counters of a numbered LLC connection: reliability on the link itself, as old networks wanted it.",
);

/// Logical link control.
pub static PROTOCOL: Protocol = Protocol {
    key: "llc",
    name: "LLC",
    level: Level::Link,
    explain: "Says which protocol a frame carries, where the frame itself has no place for an EtherType.",
    spec: "IEEE 802.2",
    claims: &[],
    fields: &[&DSAP, &SSAP, &RESPONSE, &CONTROL, &NUMBERED],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let dsap = r.u8(&DSAP)?;
    let raw = r.raw::<1>()?;
    let ssap = raw.value & 0xfe;
    let at = r.behind(1);
    r.note_at(&SSAP, at, ssap);
    r.part(&RESPONSE, raw, 7..8);
    // Both low bits set: one byte of control. Otherwise two bytes with counters.
    if r.rest().first().is_some_and(|c| c & 3 != 3) {
        r.u16(&NUMBERED)?;
        return Ok(Next::Data);
    }
    let control = r.u8(&CONTROL)?;
    Ok(match (dsap, ssap, control) {
        (0xaa, 0xaa, 0x03) => Next::To(&snap::PROTOCOL),
        (0x06, 0x06, 0x03) => Next::Ip,
        _ => Next::Data,
    })
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    #[test]
    fn the_low_bit_of_the_sending_service_is_the_response_bit() {
        let seen = read(1, "0180c2000000 020000000005 0003 f0f1bf");
        assert_eq!(seen.numbers("llc.ssap"), [0xf0]);
        assert_eq!(seen.numbers("llc.response"), [1]);
    }

    #[test]
    fn numbered_frames_have_two_bytes_of_control() {
        let seen = read(1, "0180c2000000 020000000005 0005 f0f0 0a02 55");
        assert_eq!(seen.numbers("llc.numbered_control"), [0x0a02]);
        assert_eq!(seen.layers(), "ethernet llc data");
    }

    #[test]
    fn snap_leads_back_to_an_ethertype() {
        let seen = read(1, "ffffffffffff 020000000005 000c aaaa03 000000 8100 0001 9000");
        assert_eq!(seen.layers(), "ethernet llc snap vlan");
    }
}
