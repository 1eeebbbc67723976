//! Control frames, IEEE 802.11 §9.3.1: short frames that share out the air. Most have no sender's address.
//! Not here: what trigger frames and sounding announcements say; it is kept as bytes.

use crate::dissect::{
    Cut, Field, Next, Reader,
    Show::{Bytes, Dec, Hex},
    field,
};

use super::{BSSID, DURATION, RECEIVER, TRANSMITTER, little, sequence};

pub(super) static AID: Field = field("aid", "guest number", Dec).spec("IEEE 802.11 §9.4.1.8").explain(
    "The number that the access point gave this station when it joined; beacons use it to say for whom frames wait.",
);
pub(super) static BAR_CONTROL: Field = field("bar_control", "block control", Hex)
    .spec("IEEE 802.11 §9.3.1.7")
    .explain("Which form of block acknowledgment it is and for which traffic class.")
    .quiet();
pub(super) static BITMAP: Field = field("bitmap", "which arrived", Bytes).spec("IEEE 802.11 §9.3.1.8").explain(
    "One bit per frame from the first number on: set means that it arrived. Only the missing ones are sent again.",
);
pub(super) static REST: Field = field("control_rest", "rest", Bytes)
    .spec("IEEE 802.11 §9.3.1")
    .explain(
        "The rest of a control frame that is not taken apart here, such as who may send on which part of a channel.",
    )
    .quiet();

pub(super) fn read(r: &mut Reader<'_>, subtype: u64) -> Result<Next, Cut> {
    if subtype == 10 {
        // A power save poll has its number where others have a duration; the top two bits are always set.
        let aid = little(r)?;
        let at = r.behind(2);
        r.note_at(&AID, at, u64::from(aid & 0x3fff));
        r.array::<6>(&BSSID)?;
        r.array::<6>(&TRANSMITTER)?;
        return Ok(Next::Data);
    }
    r.u16_le(&DURATION)?;
    r.array::<6>(&RECEIVER)?;
    match subtype {
        12 | 13 => return Ok(Next::Data),
        14 | 15 => {
            r.array::<6>(&BSSID)?;
        }
        2 | 4 | 5 | 8 | 9 | 11 => {
            r.array::<6>(&TRANSMITTER)?;
        }
        _ => {}
    }
    if matches!(subtype, 8 | 9) {
        let form = r.u16_le(&BAR_CONTROL)? >> 1 & 0xf;
        // The forms with one traffic class begin with the first frame's number; others are kept as bytes.
        if form <= 2 {
            sequence(r)?;
        }
        if subtype == 9 {
            r.all(&BITMAP);
        }
    }
    if !matches!(subtype, 11 | 14 | 15) {
        r.all(&REST);
    }
    Ok(Next::Data)
}
