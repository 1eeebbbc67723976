//! The fields of the 802.11 header, and the list of all fields of a frame.
//! Not here: in which frames they occur (`super`).

use crate::dissect::{
    Field,
    Show::{Bytes, Dec, Flags, Hex, Mac, Names, Nothing, Unit},
    field, name,
};

use super::{control, elements, management, security};

pub(super) static TYPE: Field = field(
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
pub(super) static SUBTYPE: Field = field("subtype", "subtype", Dec)
    .spec("IEEE 802.11 §9.2.4.1.3")
    .explain("Which frame of that type it is: the same number means other things in another type.")
    .quiet();
pub(super) static VERSION: Field = field("version", "version", Dec)
    .spec("IEEE 802.11 §9.2.4.1.2")
    .explain("0 since 1997: old cards must at least understand how long everybody else will be talking.")
    .quiet();
pub(super) static KIND: Field = field(
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
pub(super) static FLAGS: Field = field(
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
pub(super) static DURATION: Field = field("duration", "air taken for", Unit("microseconds"))
    .spec("IEEE 802.11 §9.2.4.2")
    .explain("How long the sender and the answer will keep the air. Everyone who hears it stays silent so long, even without hearing the answer.");
pub(super) static RECEIVER: Field = field("receiver", "to MAC", Mac).spec("IEEE 802.11 §9.2.4.3.6").explain(
    "Which radio shall take this frame out of the air. Not always its last stop: often only the access point.",
);
pub(super) static TRANSMITTER: Field = field("transmitter", "sent by MAC", Mac)
    .spec("IEEE 802.11 §9.2.4.3.7")
    .explain("Which radio put this frame into the air; the acknowledgment goes there.");
pub(super) static BSSID: Field = field("bssid", "network's MAC", Mac)
    .spec("IEEE 802.11 §9.2.4.3.4")
    .explain("Which access point's network the frame belongs to; many networks share one channel, and everyone hears all of them.");
pub(super) static DESTINATION: Field = field("destination", "for MAC", Mac)
    .spec("IEEE 802.11 §9.2.4.3.4")
    .explain("Who shall have the data in the end, in the air or on a cable behind the access point.");
pub(super) static SOURCE: Field = field("source", "from MAC", Mac)
    .spec("IEEE 802.11 §9.2.4.3.5")
    .explain("Who made the data, in the air or on a cable behind the access point.");
pub(super) static FRAGMENT: Field = field("fragment", "piece", Dec)
    .spec("IEEE 802.11 §9.2.4.4.3")
    .explain("Which piece of a message that was cut up for a noisy air, counted from 0.")
    .quiet();
pub(super) static SEQUENCE: Field = field("sequence", "frame number", Dec)
    .spec("IEEE 802.11 §9.2.4.4.2")
    .explain("Counts the sender's frames from 0 to 4095. A repeated frame keeps its number, so that the receiver does not deliver it twice.")
    .quiet();
pub(super) static TID: Field = field("tid", "traffic class", Dec)
    .spec("IEEE 802.11 §9.2.4.5.2")
    .explain(
        "Which kind of traffic it is, by the priorities of VLAN tags: voice may speak after a shorter pause than mail.",
    )
    .quiet();
pub(super) static EOSP: Field =
    field("eosp", "end of service", Names(&[name(0, "no", ""), name(1, "yes", "You may sleep again.")]))
        .spec("IEEE 802.11 §9.2.4.5.3")
        .explain("From an access point: nothing more comes in this round, the receiver can switch its radio off.")
        .quiet();
pub(super) static ACK_POLICY: Field = field(
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
pub(super) static AMSDU: Field = field(
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
pub(super) static TXOP: Field = field("txop", "turn or queue", Dec)
    .spec("IEEE 802.11 §9.2.4.5")
    .explain("How long the sender may go on, how much it still has waiting, or how much the access point keeps, depending on who sends.")
    .quiet();
pub(super) static HT_CONTROL: Field = field("ht_control", "HT control", Hex)
    .spec("IEEE 802.11 §9.2.4.6")
    .explain("Hints by which two radios tune speed and antennas to each other.")
    .quiet();
pub(super) static PADDING: Field = field("padding", "padding", Bytes)
    .spec("radiotap.org: Flags")
    .explain("Some cards move the body to a multiple of four bytes; these bytes were never in the air.")
    .quiet();
pub(super) static PROTECTED: Field = field("protected", "encrypted", Nothing).gist("encrypted").spec("IEEE 802.11 §12.5").explain(
    "What follows is readable only with the key of this one connection. Who talks to whom, when and how much stays visible.",
);

/// Header, control frames, management frames, their elements.
pub(super) static FIELDS: &[&Field] = &[
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
