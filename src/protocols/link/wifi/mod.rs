//! Wi-Fi, IEEE 802.11 (LINKTYPE 105): the header of every frame in the air, and how data frames go on.
//! Its numbers are little-endian. Control frames: `control`; beacons and logins: `management`.
//! Not here: decryption, the physical header (`radiotap`), mesh headers, the frames inside an A-MSDU.

mod control;
mod elements;
mod fields;
mod management;
mod security;

use crate::dissect::{Claim, Cut, Field, Level, Next, Protocol, Reader, Span};

use super::llc;
use fields::{
    ACK_POLICY, AMSDU, BSSID, DESTINATION, DURATION, EOSP, FIELDS, FLAGS, FRAGMENT, HT_CONTROL, KIND, PADDING,
    PROTECTED, RECEIVER, SEQUENCE, SOURCE, SUBTYPE, TID, TRANSMITTER, TXOP, TYPE, VERSION,
};

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
    frame: None,
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
    frame: None,
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
