//! Radiotap (LINKTYPE 127): what a Wi-Fi card tells about a frame that it heard: channel, speed, strength.
//! The driver writes it before the 802.11 frame; it was never in the air. See radiotap.org.
//! Not here: the inside of the VHT, HE and EHT fields, FHSS, timestamps; they are kept as bytes.

use crate::dissect::{
    BAD_LENGTH, Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Flags, Hex, Signed, Unit},
    field, name,
};

use super::wifi;

static VERSION: Field = field("version", "version", Dec)
    .spec("radiotap.org: header")
    .explain("Always 0: new fields got new bits in the bitmap instead of a new version.")
    .quiet();
static LENGTH: Field = field("length", "radio header", Unit("bytes"))
    .spec("radiotap.org: header")
    .explain("Where the 802.11 frame begins. A program that knows none of the fields can still step over them.")
    .quiet();
static PRESENT: Field = field("present", "which fields follow", Hex)
    .spec("radiotap.org: header")
    .explain("One bit per field that the driver filled in; the highest bit says that one more such bitmap follows.")
    .quiet();
static PADDING: Field = field("padding", "padding", Bytes)
    .spec("radiotap.org: data alignment")
    .explain("Moves the next field to an address that old processors can read in one go.")
    .quiet();
static TSFT: Field = field("tsft", "heard at", Unit("microseconds"))
    .spec("radiotap.org: TSFT")
    .explain("The card's own clock at the first bit of the frame, set by the access point's beacons; exact where the kernel's clock is late.")
    .quiet();
static FLAGS: Field = field(
    "flags",
    "flags",
    Flags(&[
        name(0x01, "CFP", "Heard in a period in which the access point alone says who may send."),
        name(0x02, "short preamble", "The shorter of two ways in which an 802.11b frame can begin."),
        name(0x04, "WEP", "The card encrypted or decrypted it with WEP, which is broken."),
        name(0x08, "fragment", "The card cut the frame into pieces or will do so."),
        name(0x10, "FCS at end", "The last four bytes are the frame check sequence."),
        name(0x20, "padded", "Bytes were put between header and body so that the body starts at a multiple of four."),
        name(0x40, "bad FCS", "The frame was damaged in the air: every field below may be wrong."),
        name(0x80, "short GI", "A shorter pause between two symbols: faster, with less room for echoes."),
    ]),
)
.spec("radiotap.org: Flags")
.explain("What the card did to the frame or found wrong with it; a frame with a bad check sequence is shown here, though every other receiver would drop it.");
static RATE: Field = field("rate", "speed", Unit("kbit/s"))
    .gist("")
    .spec("radiotap.org: Rate")
    .explain("How fast the bits came. Beacons use the slowest speed so that everybody understands them, and take most of the air for it.");
static FREQUENCY: Field = field("frequency", "channel", Unit("MHz"))
    .gist("")
    .spec("radiotap.org: Channel")
    .explain("On which frequency the card listened: 2412 is channel 1, 5180 is channel 36. It hears nothing of the others meanwhile.");
static CHANNEL_FLAGS: Field = field(
    "channel_flags",
    "kind of channel",
    Flags(&[
        name(0x0010, "turbo", "Two channels side by side, an old extension."),
        name(0x0020, "CCK", "The slow speeds of 802.11b."),
        name(0x0040, "OFDM", "Many carriers side by side, since 802.11a and g."),
        name(0x0080, "2 GHz", "The crowded band, shared with Bluetooth and microwave ovens."),
        name(0x0100, "5 GHz", "The faster band, which walls stop sooner."),
        name(0x0200, "passive", "Only listen here until an access point was heard: radar may use it."),
        name(0x0400, "dynamic CCK-OFDM", "Both kinds of speed are in use (802.11g)."),
        name(0x0800, "GFSK", "Hopping between frequencies, the first 802.11 of 1997."),
    ]),
)
.spec("radiotap.org: Channel")
.explain("Which band the channel lies in and how bits are put on it; both decide how fast and how far it carries.")
.quiet();
static SIGNAL: Field =
    field("antenna_signal", "strength", Signed("dBm")).gist("").spec("radiotap.org: Antenna signal").explain(
        "How strong the frame arrived: -40 is next to the sender, -90 hardly readable. Every 3 less is half the power.",
    );
static NOISE: Field = field("antenna_noise", "noise", Signed("dBm"))
    .spec("radiotap.org: Antenna noise")
    .explain("How loud the air was without the frame; the distance to the strength decides which speeds are possible.");
static ANTENNA: Field = field("antenna", "antenna", Dec)
    .spec("radiotap.org: Antenna")
    .explain("Which of the card's antennas heard the frame best, counted from 0.")
    .quiet();
static RX_FLAGS: Field = field(
    "rx_flags",
    "reception",
    Flags(&[name(0x0002, "bad PLCP", "The check of the part before the frame failed; its length may be wrong.")]),
)
.spec("radiotap.org: RX flags")
.explain("Whether the part that comes even before the frame was received well: it holds length and speed.")
.quiet();
static MCS_KNOWN: Field = field(
    "mcs_known",
    "known of the coding",
    Flags(&[
        name(0x01, "bandwidth", "The bandwidth below is valid."),
        name(0x02, "MCS", "The coding scheme below is valid."),
        name(0x04, "guard interval", "The pause between symbols is valid."),
        name(0x08, "format", "The preamble's format is valid."),
        name(0x10, "FEC", "The kind of error correction is valid."),
        name(0x20, "STBC", "The number of space-time streams is valid."),
        name(0x40, "Ness", "The number of extension streams is valid."),
        name(0x80, "Ness data", "The upper bit of the number of extension streams."),
    ]),
)
.spec("radiotap.org: MCS")
.explain("Which of the next two bytes mean anything: not every driver knows everything about a frame.")
.quiet();
static MCS_FLAGS: Field = field(
    "mcs_flags",
    "coding flags",
    Flags(&[
        name(0x01, "40 MHz", "Twice as wide a channel, twice the speed, twice the chance of a neighbour in it."),
        name(0x02, "20 MHz lower", "The lower half of a 40 MHz channel."),
        name(0x04, "short GI", "A shorter pause between two symbols."),
        name(0x08, "greenfield", "A preamble that only 802.11n understands."),
        name(0x10, "LDPC", "The stronger of two error corrections."),
        name(0x20, "STBC 1", "One stream sent over two antennas: slower, but it carries further."),
        name(0x40, "STBC 2", "Two streams sent that way."),
        name(0x80, "Ness", "The lower bit of the number of extension streams."),
    ]),
)
.spec("radiotap.org: MCS")
.explain("How wide the channel was and how the bits were protected; two frames with the same scheme differ in speed by these.")
.quiet();
static MCS: Field = field("mcs", "coding scheme", Dec)
    .gist("mcs ")
    .spec("radiotap.org: MCS, IEEE 802.11 §19.5")
    .explain("One number for modulation, error correction and antennas (802.11n). The card lowers it when frames get lost, so it shows how good the link is.");
static VENDOR: Field = field("vendor", "maker's own", Bytes)
    .spec("radiotap.org: vendor namespaces")
    .explain("Fields that one maker defined for itself; their length is stated, so everybody else can step over them.")
    .quiet();
static OTHER: Field = field("other", "other radio field", Bytes)
    .spec("radiotap.org: defined fields")
    .explain("A field that is not taken apart here: the details of newer Wi-Fi generations, or fields that hardly any driver writes.")
    .quiet();
static REST: Field = field("rest", "rest of the radio header", Bytes)
    .spec("radiotap.org: header")
    .explain("Bytes that the length includes but no known bit announces; a newer driver wrote them.")
    .quiet();

/// The radiotap header.
pub static PROTOCOL: Protocol = Protocol {
    key: "radiotap",
    name: "radiotap",
    level: Level::Physical,
    explain: "What the Wi-Fi card knows of the radio wave that carried this frame; the driver adds it, the air never carried it.",
    spec: "radiotap.org",
    claims: &[Claim::Link(127)],
    fields: &[
        &VERSION,
        &LENGTH,
        &PRESENT,
        &PADDING,
        &TSFT,
        &FLAGS,
        &RATE,
        &FREQUENCY,
        &CHANNEL_FLAGS,
        &SIGNAL,
        &NOISE,
        &ANTENNA,
        &RX_FLAGS,
        &MCS_KNOWN,
        &MCS_FLAGS,
        &MCS,
        &VENDOR,
        &OTHER,
        &REST,
        &BAD_LENGTH,
    ],
    read,
    frame: None,
};

const FCS_AT_END: u8 = 0x10;
const PADDED: u8 = 0x20;
/// Bits of a bitmap that are not fields: a return to the common fields, a maker's own, one more bitmap.
const COMMON_NEXT: u32 = 1 << 29;
const VENDOR_NEXT: u32 = 1 << 30;
const MORE: u32 = 1 << 31;
/// Most bitmaps that are followed: one per antenna is usual.
const MAX_WORDS: usize = 16;

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let start = r.position();
    r.u8(&VERSION)?;
    r.bytes(&PADDING, 1)?;
    let length = usize::from(r.u16_le(&LENGTH)?);
    if length < 8 {
        r.bad_length();
        return Ok(Next::Data);
    }
    let (mut flags, complete) = (0, r.left() >= length - 4);
    r.within(length - 4, |r| {
        if fields(r, start, &mut flags).is_err() && complete {
            r.bad_length();
        }
        r.all(&REST);
        Ok(())
    })?;
    if flags & FCS_AT_END != 0 && !r.captured_short() {
        r.trim(r.left().saturating_sub(4));
    }
    Ok(Next::To(if flags & PADDED == 0 { &wifi::PROTOCOL } else { &wifi::PADDED }))
}

/// Takes the bitmaps, then field after field as their bits say.
fn fields(r: &mut Reader<'_>, start: usize, flags: &mut u8) -> Result<(), Cut> {
    let (mut words, mut count) = ([0; MAX_WORDS], 0);
    for word in &mut words {
        *word = r.u32_le(&PRESENT)?;
        count += 1;
        if *word & MORE == 0 {
            break;
        }
    }
    let (mut base, mut vendor) = (0, false);
    for word in words.iter().take(count) {
        for bit in (0..29).filter(|bit| !vendor && word & (1 << bit) != 0) {
            if !one_field(r, start, base + bit, flags)? {
                return Ok(()); // of unknown size: nothing after it can be found
            }
        }
        if word & COMMON_NEXT != 0 {
            (base, vendor) = (0, false);
        } else if word & VENDOR_NEXT != 0 {
            align(r, start, 2)?;
            vendor = true;
            let skip = r.rest().get(4..6).map_or(0, |b| b.iter().rev().fold(0, |n, b| (n << 8) | usize::from(*b)));
            r.bytes(&VENDOR, 6 + skip)?;
        } else {
            base += 32;
        }
    }
    Ok(())
}

/// Takes the field with this number; false where its size is not known.
fn one_field(r: &mut Reader<'_>, start: usize, number: u32, flags: &mut u8) -> Result<bool, Cut> {
    let (alignment, size) = match number {
        0 => (8, 8),
        1 | 2 | 5 | 6 | 10..=13 | 16 | 17 | 26 => (1, 1),
        3 | 27 => (2, 4),
        4 | 7..=9 | 14 | 15 => (2, 2),
        18 | 20 => (4, 8),
        19 => (1, 3),
        21 | 23 | 24 => (2, 12),
        22 => (8, 12),
        25 => (2, 6),
        _ => return Ok(false),
    };
    align(r, start, alignment)?;
    match number {
        0 => r.u64_le(&TSFT).map(drop)?,
        1 => *flags = r.u8(&FLAGS)?,
        2 => {
            let raw = r.raw::<1>()?;
            r.part_times(&RATE, raw, 0..8, 500);
        }
        3 => {
            r.u16_le(&FREQUENCY)?;
            r.u16_le(&CHANNEL_FLAGS)?;
        }
        5 => r.i8(&SIGNAL).map(drop)?,
        6 => r.i8(&NOISE).map(drop)?,
        11 => r.u8(&ANTENNA).map(drop)?,
        14 => r.u16_le(&RX_FLAGS).map(drop)?,
        19 => {
            r.u8(&MCS_KNOWN)?;
            r.u8(&MCS_FLAGS)?;
            r.u8(&MCS)?;
        }
        _ => r.bytes(&OTHER, size).map(drop)?,
    }
    Ok(true)
}

fn align(r: &mut Reader<'_>, start: usize, to: usize) -> Result<(), Cut> {
    let past = (r.position() - start) % to;
    if past > 0 {
        r.bytes(&PADDING, to - past)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    const ACK: &str = "d400 0000 020000000005";

    #[test]
    fn fields_stand_at_multiples_of_their_size() {
        // Flags at 8, then one byte of padding, then the channel at 10, the signal at 14.
        let seen = read(127, &format!("00 00 0f00 2a000000 00 00 6c09 8004 c4 {ACK}"));
        assert_eq!(seen.layers(), "radiotap wifi");
        assert_eq!(seen.numbers("radiotap.frequency"), [2412]);
        assert_eq!(seen.numbers("radiotap.antenna_signal"), [i64::from(-60i8).cast_unsigned()]);
    }

    #[test]
    fn a_check_sequence_at_the_end_is_no_part_of_the_frame() {
        let seen = read(127, &format!("00 00 0900 02000000 10 {ACK} deadbeef"));
        assert_eq!(seen.layers(), "radiotap wifi trailer");
    }

    #[test]
    fn a_second_bitmap_repeats_the_fields_for_another_antenna() {
        let seen = read(127, &format!("00 00 0f00 200000a0 20080000 c4 c0 01 {ACK}"));
        assert_eq!(seen.numbers("radiotap.antenna_signal").len(), 2);
        assert_eq!(seen.numbers("radiotap.antenna"), [1]);
    }

    #[test]
    fn a_makers_own_fields_are_stepped_over_by_their_length() {
        // Bitmaps: flags and vendor; the vendor's own bits; strength. Data: flags, a byte of padding, the
        // vendor's 3 + 1 + 2 + 3 bytes, strength.
        let words = "020000c0 ff0000a0 20000000";
        let seen = read(127, &format!("00 00 1c00 {words} 00 00 020000 01 0300 aabbcc c4 {ACK}"));
        assert_eq!(seen.nodes("radiotap.vendor")[0].at.len(), 9);
        assert_eq!(seen.numbers("radiotap.antenna_signal").len(), 1);
        assert_eq!(seen.layers(), "radiotap wifi");
    }

    #[test]
    fn a_bitmap_that_promises_too_much_does_not_hide_the_frame() {
        let seen = read(127, &format!("00 00 0800 ff000000 {ACK}"));
        assert_eq!(seen.numbers("radiotap.bad_length"), [1]);
        assert_eq!(seen.layers(), "radiotap wifi");
    }

    #[test]
    fn endless_bitmaps_end() {
        let seen = read(127, &format!("00 00 0010 {}", "ffffffff".repeat(1023)));
        assert!(seen.nodes("radiotap.present").len() <= 16);
    }
}
