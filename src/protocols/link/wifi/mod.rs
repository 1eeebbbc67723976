//! Wi-Fi, IEEE 802.11 (LINKTYPE 105): the header of every frame in the air, and how data frames go on.
//! Its numbers are little-endian. Control frames: `control`; beacons and logins: `management`.
//! Not here: decryption, the physical header (`radiotap`), mesh headers, the frames inside an A-MSDU.

mod control;
mod elements;
mod management;
mod security;

use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Flags, Hex, Mac, Names, Nothing, Unit},
    Span, field, name,
};

use super::llc;

static TYPE: Field = field(
    "type",
    "type",
    Names(&[
        name(0, "management", "Finding, joining and leaving a network."),
        name(1, "control", "Sharing the air: acknowledgments, asking for silence."),
        name(2, "data", "What the network is for."),
        name(3, "extension", "Kinds of frame for the 60 GHz band."),
    ]),
)
.spec("IEEE 802.11 §9.2.4.1.3")
.explain(
    "Whether the frame carries somebody's data or serves the network itself; most frames in the air do the latter.",
)
.quiet();
static SUBTYPE: Field = field("subtype", "subtype", Dec)
    .spec("IEEE 802.11 §9.2.4.1.3")
    .explain("Which frame of that type it is: the same number means other things in another type.")
    .quiet();
static VERSION: Field = field("version", "version", Dec)
    .spec("IEEE 802.11 §9.2.4.1.2")
    .explain("0 since 1997: old cards must at least understand how long everybody else will be talking.")
    .quiet();
static KIND: Field = field(
    "kind",
    "kind of frame",
    Names(&[
        name(0x00, "association request", "May I join? Comes after the login."),
        name(0x01, "association response", "Whether you may, and your number."),
        name(0x02, "reassociation request", "I come from another access point of the same network."),
        name(0x03, "reassociation response", ""),
        name(0x04, "probe request", "Is this network, or any, here? Phones ask this all day long."),
        name(0x05, "probe response", "A network answers: here I am."),
        name(0x08, "beacon", "Here I am, ten times a second, for everybody."),
        name(0x09, "announcement traffic indication", ""),
        name(0x0a, "disassociation", "Leaves the network, or is thrown out."),
        name(0x0b, "authentication", "The login before joining; mostly without a secret, that comes later."),
        name(0x0c, "deauthentication", "The login is void. Unless protected, anyone can forge it."),
        name(0x0d, "action", "Everything that was invented later."),
        name(0x0e, "action without answer", ""),
        name(0x12, "trigger", "The access point says who sends now, and on which part of the channel."),
        name(0x15, "sounding announcement", ""),
        name(0x18, "block acknowledgment request", "Which of the last frames arrived?"),
        name(0x19, "block acknowledgment", "One answer for up to 64 frames or more."),
        name(0x1a, "power save poll", "I am awake: send me what you kept for me."),
        name(0x1b, "request to send", "May I? And everybody else, please be silent."),
        name(0x1c, "clear to send", "You may; everybody else, be silent."),
        name(0x1d, "acknowledgment", "It arrived. Without it the sender tries again."),
        name(0x1e, "end of silence", ""),
        name(0x20, "data", "Somebody's bytes."),
        name(0x24, "no data", "Only its flags matter: mostly 'I sleep now' or 'I am awake'."),
        name(0x28, "data with priority", "Somebody's bytes, with a traffic class (QoS)."),
        name(0x2c, "no data, with priority", "Only its flags matter: mostly 'I sleep now' or 'I am awake'."),
    ]),
)
.gist("")
.spec("IEEE 802.11 Table 9-1")
.explain("Type and subtype taken together: what this frame is for.");
static FLAGS: Field = field(
    "flags",
    "flags",
    Flags(&[
        name(0x01, "to DS", "On its way to the access point, which passes it on."),
        name(0x02, "from DS", "From the access point, which passes it on."),
        name(0x04, "more fragments", "Another piece of the same message follows."),
        name(0x08, "retry", "Sent before, but no acknowledgment came: the air is busy or the way too far."),
        name(0x10, "power save", "The sender will sleep; the access point keeps its frames for it."),
        name(0x20, "more data", "The access point has kept more for you: stay awake."),
        name(0x40, "protected", "The body is encrypted; the header with all addresses never is."),
        name(0x80, "order", "Four more bytes (HT control) follow the header; earlier: keep the order."),
    ]),
)
.spec("IEEE 802.11 §9.2.4.1")
.explain("Eight single bits. The first two decide what each of the addresses means.");
static DURATION: Field = field("duration", "air taken for", Unit("microseconds"))
    .spec("IEEE 802.11 §9.2.4.2")
    .explain("How long the sender and the answer will keep the air. Everyone who hears it stays silent so long, even without hearing the answer.");
static RECEIVER: Field = field("receiver", "to MAC", Mac).spec("IEEE 802.11 §9.2.4.3.6").explain(
    "Which radio shall take this frame out of the air. Not always its last stop: often only the access point.",
);
static TRANSMITTER: Field = field("transmitter", "sent by MAC", Mac)
    .spec("IEEE 802.11 §9.2.4.3.7")
    .explain("Which radio put this frame into the air; the acknowledgment goes there.");
static BSSID: Field = field("bssid", "network's MAC", Mac)
    .spec("IEEE 802.11 §9.2.4.3.4")
    .explain("Which access point's network the frame belongs to; many networks share one channel, and everyone hears all of them.");
static DESTINATION: Field = field("destination", "for MAC", Mac)
    .spec("IEEE 802.11 §9.2.4.3.4")
    .explain("Who shall have the data in the end, in the air or on a cable behind the access point.");
static SOURCE: Field = field("source", "from MAC", Mac)
    .spec("IEEE 802.11 §9.2.4.3.5")
    .explain("Who made the data, in the air or on a cable behind the access point.");
static FRAGMENT: Field = field("fragment", "piece", Dec)
    .spec("IEEE 802.11 §9.2.4.4.3")
    .explain("Which piece of a message that was cut up for a noisy air, counted from 0.")
    .quiet();
static SEQUENCE: Field = field("sequence", "frame number", Dec)
    .spec("IEEE 802.11 §9.2.4.4.2")
    .explain("Counts the sender's frames from 0 to 4095. A repeated frame keeps its number, so that the receiver does not deliver it twice.")
    .quiet();
static TID: Field = field("tid", "traffic class", Dec)
    .spec("IEEE 802.11 §9.2.4.5.2")
    .explain(
        "Which kind of traffic it is, by the priorities of VLAN tags: voice may speak after a shorter pause than mail.",
    )
    .quiet();
static EOSP: Field =
    field("eosp", "end of service", Names(&[name(0, "no", ""), name(1, "yes", "You may sleep again.")]))
        .spec("IEEE 802.11 §9.2.4.5.3")
        .explain("From an access point: nothing more comes in this round, the receiver can switch its radio off.")
        .quiet();
static ACK_POLICY: Field = field(
    "ack_policy",
    "acknowledge",
    Names(&[
        name(0, "at once", "An acknowledgment follows each frame."),
        name(1, "never", "For data that is worthless when late."),
        name(2, "not expected", ""),
        name(3, "in a block", "One answer for many frames, when asked."),
    ]),
)
.spec("IEEE 802.11 §9.2.4.5.4")
.explain("How the receiver says that the frame arrived; answering each one costs more air than a small frame itself.")
.quiet();
static AMSDU: Field = field(
    "amsdu",
    "several in one",
    Names(&[
        name(0, "no", "One packet."),
        name(1, "yes", "Several packets share this frame; they are shown as bytes."),
    ]),
)
.spec("IEEE 802.11 §9.2.4.5.9")
.explain("Whether several packets ride in this one frame (A-MSDU): fewer headers and pauses, but all is lost together.")
.quiet();
static TXOP: Field = field("txop", "turn or queue", Dec)
    .spec("IEEE 802.11 §9.2.4.5")
    .explain("How long the sender may go on, how much it still has waiting, or how much the access point keeps, depending on who sends.")
    .quiet();
static HT_CONTROL: Field = field("ht_control", "HT control", Hex)
    .spec("IEEE 802.11 §9.2.4.6")
    .explain("Hints by which two radios tune speed and antennas to each other.")
    .quiet();
static PADDING: Field = field("padding", "padding", Bytes)
    .spec("radiotap.org: Flags")
    .explain("Some cards move the body to a multiple of four bytes; these bytes were never in the air.")
    .quiet();
static PROTECTED: Field = field("protected", "encrypted", Nothing).gist("encrypted").spec("IEEE 802.11 §12.5").explain(
    "What follows is readable only with the key of this one connection. Who talks to whom, when and how much stays visible.",
);

/// Header, control frames, management frames, their elements.
static FIELDS: &[&Field] = &[
    &KIND,
    &SUBTYPE,
    &TYPE,
    &VERSION,
    &FLAGS,
    &DURATION,
    &RECEIVER,
    &TRANSMITTER,
    &BSSID,
    &DESTINATION,
    &SOURCE,
    &FRAGMENT,
    &SEQUENCE,
    &TID,
    &EOSP,
    &ACK_POLICY,
    &AMSDU,
    &TXOP,
    &HT_CONTROL,
    &PADDING,
    &PROTECTED,
    &control::AID,
    &control::BAR_CONTROL,
    &control::BITMAP,
    &control::REST,
    &management::TIMESTAMP,
    &management::INTERVAL,
    &management::CAPABILITIES,
    &management::LISTEN_INTERVAL,
    &management::CURRENT_AP,
    &management::STATUS,
    &management::REASON,
    &management::AUTH_ALGORITHM,
    &management::AUTH_SEQUENCE,
    &management::AUTH_BODY,
    &management::CATEGORY,
    &management::ACTION_CODE,
    &management::ACTION_BODY,
    &elements::ELEMENT,
    &elements::ID,
    &elements::LENGTH,
    &elements::SSID,
    &elements::MESH_ID,
    &elements::RATE,
    &elements::RATE_BASIC,
    &elements::CHANNEL,
    &elements::OUI,
    &elements::CONTENT,
    &security::VERSION,
    &security::GROUP_CIPHER,
    &security::PAIRWISE_COUNT,
    &security::PAIRWISE_CIPHER,
    &security::AKM_COUNT,
    &security::AKM,
    &security::CAPABILITIES,
    &security::REST,
];

/// 802.11.
pub static PROTOCOL: Protocol = Protocol {
    key: "wifi",
    name: "Wi-Fi",
    level: Level::Link,
    explain: "Carries bytes through the air, where all hear all: it takes turns, acknowledges every frame and tries again.",
    spec: "IEEE 802.11 §9",
    claims: &[Claim::Link(105)],
    fields: FIELDS,
    read: |r| read(r, false),
};

/// 802.11 from a card that pads the header to a multiple of four bytes, as radiotap may say.
pub static PADDED: Protocol = Protocol {
    key: "wifi",
    name: "Wi-Fi",
    level: Level::Link,
    explain: "Carries bytes through the air, where all hear all: it takes turns, acknowledges every frame and tries again.",
    spec: "IEEE 802.11 §9",
    claims: &[],
    fields: FIELDS,
    read: |r| read(r, true),
};

const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const MORE_FRAGMENTS: u8 = 0x04;
const PROTECTED_BIT: u8 = 0x40;
const ORDER: u8 = 0x80;

fn read(r: &mut Reader<'_>, padded: bool) -> Result<Next, Cut> {
    let start = r.position();
    let control = r.raw::<1>()?;
    let at = r.behind(1);
    r.note_at(&KIND, at, control.bits(4..6) << 4 | control.bits(0..4));
    r.part(&SUBTYPE, control, 0..4);
    let kind = r.part(&TYPE, control, 4..6);
    r.part(&VERSION, control, 6..8);
    let subtype = control.bits(0..4);
    let flags = r.u8(&FLAGS)?;
    match kind {
        0 => {
            head(r, flags & !(TO_DS | FROM_DS))?;
            if flags & ORDER != 0 {
                r.u32_le(&HT_CONTROL)?;
            }
            pad(r, start, padded)?;
            if encrypted(r, flags) { Ok(Next::Data) } else { management::read(r, subtype) }
        }
        1 => control::read(r, subtype),
        2 => data(r, subtype, flags, start, padded),
        _ => Ok(Next::Data),
    }
}

fn data(r: &mut Reader<'_>, subtype: u64, flags: u8, start: usize, padded: bool) -> Result<Next, Cut> {
    let fragment = head(r, flags)? > 0 || flags & MORE_FRAGMENTS != 0;
    let (priority, bodiless) = (subtype & 8 != 0, subtype & 4 != 0);
    let mut several = 0;
    if priority {
        let qos = r.raw::<1>()?;
        several = r.part(&AMSDU, qos, 0..1);
        r.part(&ACK_POLICY, qos, 1..3);
        r.part(&EOSP, qos, 3..4);
        r.part(&TID, qos, 4..8);
        r.u8(&TXOP)?;
        if flags & ORDER != 0 {
            r.u32_le(&HT_CONTROL)?;
        }
    }
    pad(r, start, padded)?;
    let closed = encrypted(r, flags);
    Ok(if closed || bodiless || fragment || several == 1 { Next::Data } else { Next::To(&llc::PROTOCOL) })
}

/// Duration, three or four addresses and the frame number; returns the number of the fragment.
fn head(r: &mut Reader<'_>, flags: u8) -> Result<u16, Cut> {
    r.u16_le(&DURATION)?;
    let roles: [&'static Field; 3] = match flags & (TO_DS | FROM_DS) {
        TO_DS => [&BSSID, &SOURCE, &DESTINATION],
        FROM_DS => [&DESTINATION, &BSSID, &SOURCE],
        0 => [&DESTINATION, &SOURCE, &BSSID],
        _ => [&RECEIVER, &TRANSMITTER, &DESTINATION],
    };
    let first = r.array::<6>(roles[0])?;
    let second = r.array::<6>(roles[1])?;
    let third = r.array::<6>(roles[2])?;
    let fragment = sequence(r)?;
    let macs = match flags & (TO_DS | FROM_DS) {
        TO_DS => (second, third),
        FROM_DS => (third, first),
        0 => (second, first),
        _ => (r.array::<6>(&SOURCE)?, third),
    };
    r.facts().macs = Some(macs);
    Ok(fragment)
}

/// Four bits of fragment number and twelve of frame number, least significant byte first.
fn sequence(r: &mut Reader<'_>) -> Result<u16, Cut> {
    let value = little(r)?;
    let at = r.behind(2);
    r.note_at(&FRAGMENT, Span { end: at.start + 1, ..at }, u64::from(value & 0xf));
    r.note_at(&SEQUENCE, at, u64::from(value >> 4));
    Ok(value & 0xf)
}

/// Takes two bytes, least significant first, without noting them.
fn little(r: &mut Reader<'_>) -> Result<u16, Cut> {
    Ok((r.raw::<2>()?.value as u16).swap_bytes())
}

fn pad(r: &mut Reader<'_>, start: usize, padded: bool) -> Result<(), Cut> {
    let past = (r.position() - start) % 4;
    if padded && past > 0 {
        r.bytes(&PADDING, 4 - past)?;
    }
    Ok(())
}

fn encrypted(r: &mut Reader<'_>, flags: u8) -> bool {
    let yes = flags & PROTECTED_BIT != 0;
    if yes {
        r.note(&PROTECTED, 1);
    }
    yes
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    const LLC: &str = "aaaa03000000 0800 45";
    const A: &str = "02000000000a";
    const B: &str = "02000000000b";
    const C: &str = "02000000000c";

    #[test]
    fn the_two_ds_bits_decide_what_the_addresses_mean() {
        let roles = |flags: &str, fourth: &str| {
            let seen = read(105, &format!("08{flags} 0000 {A}{B}{C} 1000 {fourth} {LLC}"));
            assert_eq!(seen.layers(), "wifi llc snap ipv4");
            let macs = seen.tape.facts.macs.expect("two addresses");
            (macs.0[5], macs.1[5])
        };
        assert_eq!(roles("00", ""), (0x0b, 0x0a));
        assert_eq!(roles("01", ""), (0x0b, 0x0c));
        assert_eq!(roles("02", ""), (0x0c, 0x0a));
        assert_eq!(roles("03", "02000000000d"), (0x0d, 0x0c));
    }

    #[test]
    fn four_bits_count_pieces_and_twelve_count_frames() {
        let seen = read(105, &format!("0800 0000 {A}{B}{C} 21 43 0102"));
        assert_eq!(seen.numbers("wifi.fragment"), [1]);
        assert_eq!(seen.numbers("wifi.sequence"), [0x432]);
        assert_eq!(seen.layers(), "wifi data");
    }

    #[test]
    fn priority_adds_two_bytes_and_several_packets_in_one_stay_bytes() {
        assert_eq!(read(105, &format!("8801 0000 {A}{B}{C} 1000 0600 {LLC}")).layers(), "wifi llc snap ipv4");
        let seen = read(105, &format!("8801 0000 {A}{B}{C} 1000 8600 {LLC}"));
        assert_eq!(seen.numbers("wifi.tid"), [6]);
        assert_eq!(seen.numbers("wifi.amsdu"), [1]);
        assert_eq!(seen.layers(), "wifi data");
    }

    #[test]
    fn an_encrypted_body_stays_bytes() {
        let seen = read(105, &format!("0841 0000 {A}{B}{C} 1000 {LLC}"));
        assert_eq!(seen.numbers("wifi.protected"), [1]);
        assert_eq!(seen.layers(), "wifi data");
    }

    #[test]
    fn an_acknowledgment_has_no_senders_address() {
        let seen = read(105, &format!("d400 0000 {A}"));
        assert_eq!(seen.numbers("wifi.kind"), [0x1d]);
        assert!(!seen.cut("wifi") && seen.nodes("wifi.transmitter").is_empty());
    }

    #[test]
    fn a_power_save_poll_has_a_number_where_others_have_a_duration() {
        let seen = read(105, &format!("a400 01c0 {A}{B}"));
        assert_eq!(seen.numbers("wifi.aid"), [1]);
        assert!(seen.nodes("wifi.duration").is_empty());
    }

    #[test]
    fn a_beacon_tells_name_channel_and_login() {
        let body = "0000000000000000 6400 1104 0004 48656c6f 0301 06 0102 8296 ";
        let rsn = "3014 0100 000fac04 0100 000fac04 0100 000fac08 c000";
        let seen = read(105, &format!("8000 0000 ffffffffffff {A}{A} 1000 {body} {rsn}"));
        assert_eq!(seen.texts("wifi.ssid"), ["Helo"]);
        assert_eq!(seen.numbers("wifi.channel"), [6]);
        assert_eq!(seen.numbers("wifi.rate"), [1000, 11000]);
        assert_eq!(seen.numbers("wifi.akm"), [0x000f_ac08]);
        assert!(!seen.cut("wifi"));
    }

    #[test]
    fn an_element_longer_than_the_frame_is_cut_short() {
        assert!(read(105, &format!("4000 0000 ffffffffffff {A}ffffffffffff 1000 00ff 48")).cut("wifi"));
        let counts = "3004 0100 ffff 3008 0100 000fac04 ffff";
        assert!(read(105, &format!("4000 0000 ffffffffffff {A}ffffffffffff 1000 {counts}")).cut("wifi"));
    }

    #[test]
    fn padding_between_header_and_body_is_stepped_over_where_radiotap_says_so() {
        let seen = read(127, &format!("00 00 0900 02000000 20 8801 0000 {A}{B}{C} 1000 0600 0000 {LLC}"));
        assert_eq!(seen.layers(), "radiotap wifi llc snap ipv4");
    }
}
