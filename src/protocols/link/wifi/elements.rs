//! Elements, IEEE 802.11 §9.4.2: what management frames say, piece by piece: name, speeds, channel, ciphers.
//! Not here: the details of HT, VHT and HE, and what makers add; their elements are kept as bytes.

use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Hex, Names, Nothing, Text, Unit},
    field, name,
};

use super::security;

pub(super) static ELEMENT: Field = field("element", "element", Nothing)
    .spec("IEEE 802.11 §9.4.2.1")
    .explain("One piece of a beacon or a login: number, length, content. Unknown ones are stepped over, so new ones can be invented.");
pub(super) static ID: Field = field(
    "element_id",
    "kind",
    Names(&[
        name(0, "network name", "The SSID."),
        name(1, "speeds", ""),
        name(3, "channel", ""),
        name(5, "who has mail", "For which sleeping stations frames wait (TIM)."),
        name(7, "country", "Which channels and strengths the law allows here."),
        name(11, "load", "How many stations there are and how busy the channel is."),
        name(33, "power", ""),
        name(36, "supported channels", ""),
        name(42, "802.11g protection", "Whether slow old stations are near."),
        name(45, "HT abilities", "Wi-Fi 4 (802.11n)."),
        name(48, "security", "Ciphers and login (RSN): WPA2 and WPA3."),
        name(50, "more speeds", ""),
        name(54, "mobility", ""),
        name(59, "operating classes", ""),
        name(61, "HT operation", "Wi-Fi 4 (802.11n)."),
        name(70, "radio measurement", ""),
        name(107, "interworking", ""),
        name(113, "mesh configuration", ""),
        name(114, "mesh name", ""),
        name(127, "more abilities", ""),
        name(191, "VHT abilities", "Wi-Fi 5 (802.11ac)."),
        name(192, "VHT operation", "Wi-Fi 5 (802.11ac)."),
        name(221, "a maker's own", "WPA of 2003, WPS, and much more."),
        name(255, "extension", "The second byte says which: Wi-Fi 6 and later."),
    ]),
)
.spec("IEEE 802.11 Table 9-128")
.explain("What the piece is about; a station that does not know the number ignores the piece.");
pub(super) static LENGTH: Field = field("element_length", "length", Unit("bytes"))
    .spec("IEEE 802.11 §9.4.2.1")
    .explain("How long the content is: with it unknown pieces can be stepped over.")
    .quiet();
pub(super) static SSID: Field = field("ssid", "network name", Text)
    .gist("")
    .spec("IEEE 802.11 §9.4.2.2")
    .explain("The name that people see in the list. Anyone can send any name: a name alone proves nothing about who runs the network.");
pub(super) static MESH_ID: Field = field("mesh_id", "mesh name", Text)
    .gist("mesh ")
    .spec("IEEE 802.11 §9.4.2.98")
    .explain("The name of a network in which stations pass frames on for each other, without an access point.");
pub(super) static RATE: Field = field("rate", "speed", Unit("kbit/s"))
    .spec("IEEE 802.11 §9.4.2.3")
    .explain("One speed that the sender can receive; both sides use the speeds that both can.")
    .quiet();
pub(super) static RATE_BASIC: Field = field(
    "rate_basic",
    "must everyone know it",
    Names(&[name(0, "no", "Nice to have."), name(1, "yes", "Who cannot receive this speed may not join.")]),
)
.spec("IEEE 802.11 §9.4.2.3")
.explain("Frames for everybody are sent at the speeds marked so; keeping slow ones alive for old stations slows all others down.")
.quiet();
pub(super) static CHANNEL: Field = field("channel", "channel", Dec)
    .gist("channel ")
    .spec("IEEE 802.11 §9.4.2.4")
    .explain("On which channel the network lives. Needed because a receiver also hears the neighbouring channels.");
pub(super) static OUI: Field = field("vendor_oui", "maker", Hex)
    .spec("IEEE 802.11 §9.4.2.25")
    .explain("Whose own element this is: the first three bytes of that maker's MAC addresses.")
    .quiet();
pub(super) static CONTENT: Field = field("element_content", "content", Bytes)
    .spec("IEEE 802.11 §9.4.2")
    .explain("The content of a piece that is not taken apart here; the station at the other end knows what it means.")
    .quiet();

/// Takes one element.
pub(super) fn read(r: &mut Reader<'_>) -> Result<(), Cut> {
    let id = r.u8(&ID)?;
    let length = usize::from(r.u8(&LENGTH)?);
    r.within(length, |r| {
        let result = content(r, id);
        r.all(&CONTENT);
        result
    })
}

fn content(r: &mut Reader<'_>, id: u8) -> Result<(), Cut> {
    match id {
        0 => {
            r.all(&SSID);
        }
        114 => {
            r.all(&MESH_ID);
        }
        1 | 50 => rates(r)?,
        3 => r.u8(&CHANNEL).map(drop)?,
        48 => security::read(r)?,
        221 if r.left() >= 3 => {
            let raw = r.raw::<3>()?;
            r.part(&OUI, raw, 0..24);
        }
        _ => {}
    }
    Ok(())
}

fn rates(r: &mut Reader<'_>) -> Result<(), Cut> {
    while r.left() > 0 {
        let raw = r.raw::<1>()?;
        r.part(&RATE_BASIC, raw, 0..1);
        r.part_times(&RATE, raw, 1..8, 500);
    }
    Ok(())
}
