//! Per-Packet Information (LINKTYPE 192): an older radio header, before radiotap won.
//! Not here: fields other than the common one of 802.11; they are kept as bytes.

use crate::dissect::{
    BAD_LENGTH, Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Flags, Hex, Nothing, Signed, Unit},
    field, name,
};

static VERSION: Field = field("version", "version", Dec)
    .spec("PPI 1.0.10 §3.1")
    .explain("Always 0: no second version was ever needed, radiotap took the place of this header.")
    .quiet();
static FLAGS: Field =
    field("header_flags", "header flags", Flags(&[name(1, "aligned", "Fields begin at multiples of four.")]))
        .spec("PPI 1.0.10 §3.1")
        .explain("Whether the fields below are padded so that each begins at a multiple of four bytes.")
        .quiet();
static LENGTH: Field = field("length", "radio header", Unit("bytes"))
    .spec("PPI 1.0.10 §3.1")
    .explain("Where the frame itself begins: a program that knows none of the fields can still step over them.")
    .quiet();
static LINK: Field = field("link", "inside me", Dec)
    .spec("PPI 1.0.10 §3.1")
    .explain("The link type of the frame that follows, by the numbers of capture files: 105 is bare 802.11.");
static FIELD: Field = field("field", "field", Nothing)
    .spec("PPI 1.0.10 §3.2")
    .explain("One piece of information about the packet, with its own kind and length.")
    .quiet();
static FIELD_TYPE: Field = field("field_type", "kind", Dec)
    .spec("PPI 1.0.10 §4")
    .explain("Which kind of information follows; 2 is what every 802.11 card knows, others hold places and spectra.")
    .quiet();
static FIELD_LENGTH: Field = field("field_length", "length", Unit("bytes"))
    .spec("PPI 1.0.10 §3.2")
    .explain("How long this piece is, so that a reader that does not know it can step over it.")
    .quiet();
static TSFT: Field = field("tsft", "heard at", Unit("microseconds"))
    .spec("PPI 1.0.10 §4.1.2")
    .explain("The card's own clock at the first bit of the frame, set by the access point's beacons.")
    .quiet();
static RADIO_FLAGS: Field = field(
    "flags",
    "flags",
    Flags(&[
        name(0x01, "FCS at end", "The last four bytes are the frame check sequence."),
        name(0x02, "TSF in milliseconds", "The card's clock above counts milliseconds."),
        name(0x04, "bad FCS", "The frame was damaged in the air: every field below may be wrong."),
        name(0x08, "PHY error", "The radio itself reported an error."),
    ]),
)
.spec("PPI 1.0.10 §4.1.2")
.explain("Whether the frame ends in its check sequence and whether that was right; without the first bit four bytes would be taken for data.");
static RATE: Field = field("rate", "speed", Unit("kbit/s"))
    .spec("PPI 1.0.10 §4.1.2")
    .explain("How fast the bits came; a card lowers it when frames get lost.");
static FREQUENCY: Field = field("frequency", "channel", Unit("MHz"))
    .gist("")
    .spec("PPI 1.0.10 §4.1.2")
    .explain("On which frequency the card listened: 2412 is channel 1. It hears nothing of the others meanwhile.");
static CHANNEL_FLAGS: Field = field("channel_flags", "kind of channel", Hex)
    .spec("PPI 1.0.10 §4.1.2")
    .explain("Which band the channel lies in and how bits are put on it, by the same bits as in radiotap.")
    .quiet();
static HOPPING: Field = field("hopping", "hopping", Bytes)
    .spec("PPI 1.0.10 §4.1.2")
    .explain("Set and pattern of the hops of the very first 802.11, which changed its frequency all the time.")
    .quiet();
static SIGNAL: Field = field("antenna_signal", "strength", Signed("dBm"))
    .gist("")
    .spec("PPI 1.0.10 §4.1.2")
    .explain("How strong the frame arrived: -40 is next to the sender, -90 hardly readable.");
static NOISE: Field = field("antenna_noise", "noise", Signed("dBm"))
    .spec("PPI 1.0.10 §4.1.2")
    .explain("How loud the air was without the frame; the distance to the strength decides which speeds are possible.");
static OTHER: Field = field("other", "other radio field", Bytes)
    .spec("PPI 1.0.10 §4")
    .explain("A piece of information that is not taken apart here, such as the place or a spectrum.")
    .quiet();

/// The Per-Packet Information header.
pub static PROTOCOL: Protocol = Protocol {
    key: "ppi",
    name: "PPI",
    level: Level::Physical,
    explain: "What the card knows of the radio wave that carried this frame; the capture adds it, the air never carried it.",
    spec: "PPI 1.0.10",
    claims: &[Claim::Link(192)],
    fields: &[
        &VERSION,
        &FLAGS,
        &LENGTH,
        &LINK,
        &FIELD,
        &FIELD_TYPE,
        &FIELD_LENGTH,
        &TSFT,
        &RADIO_FLAGS,
        &RATE,
        &FREQUENCY,
        &CHANNEL_FLAGS,
        &HOPPING,
        &SIGNAL,
        &NOISE,
        &OTHER,
        &BAD_LENGTH,
    ],
    read,
    frame: None,
};

const COMMON: u16 = 2;
const FCS_AT_END: u16 = 1;

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    r.u8(&VERSION)?;
    r.u8(&FLAGS)?;
    let length = usize::from(r.u16_le(&LENGTH)?);
    let link = r.u32_le(&LINK)?;
    if length < 8 {
        r.bad_length();
        return Ok(Next::Data);
    }
    let mut flags = 0;
    r.within(length - 8, |r| {
        let mut result = Ok(());
        while r.left() > 0 && result.is_ok() {
            result = r.group(&FIELD, |r| one_field(r, &mut flags));
        }
        r.all(&OTHER);
        result
    })?;
    if flags & FCS_AT_END != 0 && !r.captured_short() {
        r.trim(r.left().saturating_sub(4));
    }
    Ok(Next::Link(link))
}

fn one_field(r: &mut Reader<'_>, flags: &mut u16) -> Result<(), Cut> {
    let kind = r.u16_le(&FIELD_TYPE)?;
    let length = usize::from(r.u16_le(&FIELD_LENGTH)?);
    r.within(length, |r| {
        let result = if kind == COMMON { common(r, flags) } else { Ok(()) };
        r.all(&OTHER);
        result
    })
}

/// What every 802.11 card knows, 20 bytes.
fn common(r: &mut Reader<'_>, flags: &mut u16) -> Result<(), Cut> {
    r.u64_le(&TSFT)?;
    *flags = r.u16_le(&RADIO_FLAGS)?;
    let half_megabits = (r.raw::<2>()?.value as u16).swap_bytes();
    let at = r.behind(2);
    r.note_at(&RATE, at, u64::from(half_megabits) * 500);
    r.u16_le(&FREQUENCY)?;
    r.u16_le(&CHANNEL_FLAGS)?;
    r.bytes(&HOPPING, 2)?;
    r.i8(&SIGNAL)?;
    r.i8(&NOISE)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    const COMMON: &str = "0200 1400 0000000000000000 0100 0200 6c09 a000 0000 c4a0";

    #[test]
    fn the_common_field_says_whether_a_check_sequence_follows() {
        let seen = read(192, &format!("00 00 2000 69000000 {COMMON} d4000000020000000005 deadbeef"));
        assert_eq!(seen.layers(), "ppi wifi trailer");
        assert_eq!(seen.numbers("ppi.rate"), [1000]);
        assert_eq!(seen.numbers("ppi.frequency"), [2412]);
    }

    #[test]
    fn a_field_longer_than_the_header_is_cut_short() {
        assert!(read(192, "00 00 0c00 69000000 0300 ffff d400").cut("ppi"));
    }

    #[test]
    fn a_header_within_a_header_ends() {
        let nested = "00000800c0000000".repeat(500);
        assert!(read(192, &nested).tape.layers.len() <= 64);
    }
}
