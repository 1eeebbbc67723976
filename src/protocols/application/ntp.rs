//! NTP, RFC 5905: sets clocks over a network whose delay nobody knows. Four timestamps, two of each side,
//! give both the delay and the difference of the clocks.
//! Not here: what follows the header (`ntp_extensions`), the content of control messages (modes 6 and 7).

use super::ntp_extensions as extensions;
use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Ip, Names, Signed, Text, Time, Unit},
    field, name,
};

static LEAP: Field = field(
    "leap",
    "leap second ahead",
    Names(&[
        name(0, "none", ""),
        name(1, "one more", "The last minute of the day has 61 seconds."),
        name(2, "one less", "The last minute of the day has 59 seconds; that has never happened."),
        name(3, "clock not set", "Do not believe the times of this sender."),
    ]),
)
.spec("RFC 5905 §7.3")
.explain("Warns a day ahead of a leap second, so that clocks can insert it together. The fourth value says that the sender itself does not know the time.")
.quiet();
static VERSION: Field = field("version", "version", Dec)
    .gist("v")
    .spec("RFC 5905 §7.3")
    .explain("The four versions since 1988 share one header, so that a server answers each client in its own.");
static MODE: Field = field(
    "mode",
    "sender is",
    Names(&[
        name(1, "symmetric active", "A peer that asks another peer."),
        name(2, "symmetric passive", "A peer that answers."),
        name(3, "client", "Asks for the time."),
        name(4, "server", "Tells it."),
        name(5, "broadcast", "Tells it to everybody, unasked."),
        name(CONTROL, "control message", "Asks a server how it is, RFC 9327."),
        name(
            PRIVATE,
            "private message",
            "Commands of one implementation; \"monlist\" flooded victims with its answers.",
        ),
    ]),
)
.gist("")
.spec("RFC 5905 §7.3")
.explain("Who speaks: question and answer have the same form, and only this tells them apart.");
static STRATUM: Field = field(
    "stratum",
    "steps from a true clock",
    Names(&[
        name(0, "unspecified", "Not set, or a refusal: the reference is then a kiss code."),
        name(1, "primary server", "An atomic clock or a satellite receiver is plugged in."),
        name(2, "secondary server", "Asks a primary server."),
        name(3, "secondary server", ""),
        name(4, "secondary server", ""),
        name(5, "secondary server", ""),
        name(6, "secondary server", ""),
        name(7, "secondary server", ""),
        name(8, "secondary server", ""),
        name(9, "secondary server", ""),
        name(10, "secondary server", ""),
        name(11, "secondary server", ""),
        name(12, "secondary server", ""),
        name(13, "secondary server", ""),
        name(14, "secondary server", ""),
        name(15, "secondary server", ""),
        name(16, "not synchronised", "Do not learn the time here."),
    ]),
)
.spec("RFC 5905 §7.3")
.explain("How many servers stand between the sender and an atomic clock. Each one adds 1, so that nobody can learn the time from himself in a circle.");
static POLL: Field = field("poll", "pause, as power of two", Signed(""))
    .spec("RFC 5905 §7.3")
    .explain("How long the sender waits between questions: 6 means 64 seconds. The better its clock runs, the longer.")
    .quiet();
static POLL_INTERVAL: Field = field("poll_interval", "pause between questions", Unit("seconds"))
    .spec("RFC 5905 §7.3")
    .explain("The same, counted out. A server that is asked too often answers with the kiss code RATE.");
static PRECISION: Field = field("precision", "precision, as power of two", Signed(""))
    .spec("RFC 5905 §7.3")
    .explain("The smallest step that the sender's clock shows: -20 means about a millionth of a second.")
    .quiet();
static PRECISION_TIME: Field = field("precision_time", "clock's smallest step", Unit("nanoseconds"))
    .spec("RFC 5905 §7.3")
    .explain("The same, counted out: no time below can be more exact than this.");
static ROOT_DELAY: Field = field("root_delay", "round trip to the true clock", Unit("microseconds"))
    .spec("RFC 5905 §7.3")
    .explain("How long a question takes from here up to stratum 1 and back, summed over all servers in between.");
static ROOT_DISPERSION: Field =
    field("root_dispersion", "may be wrong by", Unit("microseconds")).spec("RFC 5905 §7.3").explain(
        "How far the sender's time can be off at worst, by its own reckoning. It grows every second without news.",
    );
static KISS_CODE: Field = field("kiss_code", "kiss code", Text)
    .gist("")
    .spec("RFC 5905 §7.4")
    .explain("Four letters instead of the time: RATE asks to slow down, DENY to go away. The \"kiss of death\" is how a server defends itself.");
static REFERENCE_CLOCK: Field =
    field("reference_clock", "its true clock", Text).gist("clock=").spec("RFC 5905 §7.3").explain(
        "What is plugged in: GPS, PPS for a bare pulse every second, DCF for the long-wave transmitter near Frankfurt.",
    );
static REFERENCE_ADDRESS: Field = field("reference_address", "learns the time from", Ip)
    .gist("from ")
    .spec("RFC 5905 §7.3")
    .explain("The server above; whoever finds his own address here must not learn from this sender. For a server on IPv6 it is a hash that looks like an address.");
static REFERENCE_NONE: Field = field("reference_none", "no reference", Bytes)
    .spec("RFC 5905 §7.3")
    .explain("The sender learns the time from nobody yet, as a client that has just started.")
    .quiet();
static REFERENCE_TIME: Field = field("reference_time", "clock last set at", Time)
    .spec("RFC 5905 §7.3")
    .explain("When the sender's own clock was corrected the last time; long ago is a bad sign.");
static ORIGIN_TIME: Field = field("origin_time", "T1, question sent", Time)
    .spec("RFC 5905 §7.3, §8")
    .explain("The client's own time, sent back as it came. An answer that does not repeat it is a forgery, so careful clients send a random number in its place.");
static RECEIVE_TIME: Field = field("receive_time", "T2, question received", Time).spec("RFC 5905 §7.3, §8").explain(
    "When the question arrived, by the server's clock. T2 - T1 is the way there plus the difference of the clocks.",
);
static TRANSMIT_TIME: Field = field("transmit_time", "T3, sent at", Time)
    .spec("RFC 5905 §7.3, §8")
    .explain("When this left its sender. The client notes T4 at arrival: the clocks differ by ((T2-T1)+(T3-T4))/2, if both ways take equally long.");
static NOT_SET: Field = field("time_not_set", "no time here", Bytes)
    .spec("RFC 5905 §6, §7.3")
    .explain("All zeros mean that there is nothing to tell: a first question repeats no earlier time.")
    .quiet();
static CONTROL_DATA: Field = field("control_data", "control message", Bytes)
    .spec("RFC 9327 §2")
    .explain("What \"ntpq\" asks and hears, mostly names and values as text; shown as it is.");
static PRIVATE_DATA: Field = field("private_data", "private message", Bytes)
    .spec("RFC 5905 §7.3")
    .explain("What \"ntpdc\" asks and hears: structures of one program in one version; shown as it is.");

const CONTROL: u64 = 6;
const PRIVATE: u64 = 7;

/// The Network Time Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "ntp",
    name: "NTP",
    level: Level::Application,
    explain: "Sets the clock to a few thousandths of a second over a network whose delay is unknown, by measuring the delay along with the time.",
    spec: "RFC 5905",
    claims: &[Claim::UdpPort(123)],
    fields: &[
        &LEAP,
        &VERSION,
        &MODE,
        &STRATUM,
        &POLL,
        &POLL_INTERVAL,
        &PRECISION,
        &PRECISION_TIME,
        &ROOT_DELAY,
        &ROOT_DISPERSION,
        &KISS_CODE,
        &REFERENCE_CLOCK,
        &REFERENCE_ADDRESS,
        &REFERENCE_NONE,
        &REFERENCE_TIME,
        &ORIGIN_TIME,
        &RECEIVE_TIME,
        &TRANSMIT_TIME,
        &NOT_SET,
        &CONTROL_DATA,
        &PRIVATE_DATA,
        &extensions::EXTENSION,
        &extensions::TYPE,
        &extensions::LENGTH,
        &extensions::VALUE,
        &extensions::KEY_ID,
        &extensions::DIGEST,
        &extensions::UNREAD,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let first = r.raw::<1>()?;
    r.part(&LEAP, first, 0..2);
    r.part(&VERSION, first, 2..5);
    match r.part(&MODE, first, 5..8) {
        CONTROL => _ = r.all(&CONTROL_DATA),
        PRIVATE => _ = r.all(&PRIVATE_DATA),
        _ => {
            header(r)?;
            extensions::read(r)?;
        }
    }
    Ok(Next::Data)
}

fn header(r: &mut Reader<'_>) -> Result<(), Cut> {
    let stratum = r.u8(&STRATUM)?;
    let poll = r.i8(&POLL)?;
    if let Some(seconds) = u32::try_from(poll).ok().and_then(|n| 1u64.checked_shl(n)) {
        r.note(&POLL_INTERVAL, seconds);
    }
    let precision = r.i8(&PRECISION)?;
    if (-30..0).contains(&precision) {
        r.note(&PRECISION_TIME, 1_000_000_000 >> precision.unsigned_abs());
    }
    short(r, &ROOT_DELAY)?;
    short(r, &ROOT_DISPERSION)?;
    reference(r, stratum)?;
    for field in [&REFERENCE_TIME, &ORIGIN_TIME, &RECEIVE_TIME, &TRANSMIT_TIME] {
        timestamp(r, field)?;
    }
    Ok(())
}

/// Sixteen bits of seconds and sixteen of their fraction, noted in microseconds.
fn short(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    let fixed = r.raw::<4>()?.value;
    r.note_at(field, r.behind(4), (fixed * 1_000_000) >> 16);
    Ok(())
}

/// What the four bytes mean depends on the stratum.
fn reference(r: &mut Reader<'_>, stratum: u8) -> Result<(), Cut> {
    let bytes: &[u8; 4] = r.rest().first_chunk().ok_or(Cut)?;
    let field = match stratum {
        _ if *bytes == [0; 4] => &REFERENCE_NONE,
        0 => &KISS_CODE,
        1 => &REFERENCE_CLOCK,
        _ => &REFERENCE_ADDRESS,
    };
    let text = &bytes[..bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1)];
    if stratum > 1 || text.is_empty() {
        r.array::<4>(field)?;
    } else if text.iter().all(u8::is_ascii_graphic) {
        r.made(field, r.span(4), |out| out.extend_from_slice(text));
        r.skip(4);
    } else {
        r.array::<4>(&REFERENCE_ADDRESS)?; // the drivers of old servers have addresses of the form 127.127.x.y
    }
    Ok(())
}

/// Seconds since 1900 and their fraction, noted in nanoseconds since 1970.
fn timestamp(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    let both = r.raw::<8>()?.value;
    if both == 0 {
        r.note_bytes(&NOT_SET, r.behind(8));
    } else {
        r.note_at(field, r.behind(8), nanoseconds(both));
    }
    Ok(())
}

/// The count of seconds starts again in 2036 (RFC 5905 §6). What would be before 1970 is of the second
/// era, as nobody spoke NTP then.
fn nanoseconds(both: u64) -> u64 {
    const FROM_1900_TO_1970: u64 = 2_208_988_800;
    let (seconds, fraction) = (both >> 32, both & 0xffff_ffff);
    let since = if seconds < FROM_1900_TO_1970 { seconds + (1 << 32) } else { seconds } - FROM_1900_TO_1970;
    since * 1_000_000_000 + ((fraction * 1_000_000_000 + (1 << 31)) >> 32)
}

#[cfg(test)]
mod tests {
    use super::nanoseconds;
    use crate::protocols::testing::{Seen, udp};

    fn ntp(payload: &str) -> Seen {
        udp("007b007b", payload)
    }

    const ZERO: &str = "0000000000000000";

    #[test]
    fn times_count_from_1900_and_again_from_2036() {
        assert_eq!(nanoseconds(0x83aa_7e80_0000_0000), 0);
        assert_eq!(nanoseconds(0x83aa_7e80_8000_0000), 500_000_000);
        assert_eq!(nanoseconds(0xffff_ffff_0000_0000) / 1_000_000_000, 2_085_978_495, "2036-02-07 06:28:15");
        assert_eq!(nanoseconds(1 << 32) / 1_000_000_000, 2_085_978_497, "two seconds later");
        assert_eq!(nanoseconds(0x83aa_7e7f_ffff_ffff) / 1_000_000_000, 1 << 32, "the latest, rounded: 2106");
    }

    #[test]
    fn the_reference_of_stratum_1_is_a_clock_of_stratum_2_an_address_of_stratum_0_a_kiss() {
        let packet = |stratum: &str, reference: &str| {
            ntp(&format!("24 {stratum} 06 ec 00010000 00008000 {reference} {ZERO}{ZERO}{ZERO}{ZERO}"))
        };
        assert_eq!(packet("01", "47505300").texts("ntp.reference_clock"), ["GPS"]);
        assert_eq!(packet("02", "c0000201").nodes("ntp.reference_address").len(), 1);
        assert_eq!(packet("00", "52415445").texts("ntp.kiss_code"), ["RATE"]);
        assert_eq!(packet("01", "7f7f0100").nodes("ntp.reference_address").len(), 1);
        assert_eq!(packet("00", "00000000").nodes("ntp.reference_none").len(), 1);
    }

    #[test]
    fn powers_of_two_are_counted_out_where_they_make_sense() {
        let seen = ntp(&format!("23 00 0a ec 00010000 00008000 00000000 {ZERO}{ZERO}{ZERO}{ZERO}"));
        assert_eq!((seen.numbers("ntp.poll_interval"), seen.numbers("ntp.precision_time")), (vec![1024], vec![953]));
        assert_eq!(
            (seen.numbers("ntp.root_delay"), seen.numbers("ntp.root_dispersion")),
            (vec![1_000_000], vec![500_000])
        );
        let wild = ntp(&format!("23 00 7f 80 ffffffff ffffffff 00000000 {ZERO}{ZERO}{ZERO}{ZERO}"));
        assert!(wild.numbers("ntp.poll_interval").is_empty() && wild.numbers("ntp.precision_time").is_empty());
    }

    #[test]
    fn a_time_of_zeros_is_no_time() {
        let seen = ntp(&format!("23 00 06 ec 00000000 00000000 00000000 {ZERO}{ZERO}{ZERO} e0000000 80000000"));
        assert_eq!(seen.nodes("ntp.time_not_set").len(), 3);
        assert!(seen.nodes("ntp.origin_time").is_empty());
        assert_eq!(seen.numbers("ntp.transmit_time").len(), 1);
    }

    #[test]
    fn control_messages_share_the_first_byte_only() {
        let seen = ntp("16 02 0001");
        assert_eq!(seen.numbers("ntp.version"), [2]);
        assert_eq!(seen.nodes("ntp.control_data")[0].at.len(), 3);
        assert_eq!(ntp("17 00 032a").nodes("ntp.private_data").len(), 1);
    }

    #[test]
    fn a_header_that_ends_early_is_cut() {
        assert!(ntp("23 00 06").cut("ntp"));
    }
}
