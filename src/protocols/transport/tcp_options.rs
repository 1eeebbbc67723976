//! The options of a TCP header, RFC 9293 §3.2 and the RFCs named at each field.
//! Not here: Multipath TCP's own fields (`tcp_mptcp`); checking MD5 or TCP-AO, which needs the secret.

pub(super) use super::tcp_mptcp as mptcp;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Names, Nothing, Unit},
    Span, field, name,
};

pub(super) static OPTION: Field = field("option", "option", Nothing)
    .spec("RFC 9293 §3.2")
    .explain("An extra that both ends must know to use; who does not know it steps over it by its length.");
pub(super) static KIND: Field = field(
    "opt_kind",
    "option",
    Names(&[
        name(END, "end of options", "Nothing but padding follows."),
        name(NOP, "no operation", "One byte of padding, so that the next option begins at a handy place."),
        name(2, "maximum segment size", "The largest piece of data that the sender of this SYN can take at once."),
        name(3, "window scale", "By how many bits every later window is shifted left."),
        name(4, "SACK permitted", "You may tell me which pieces arrived behind a gap."),
        name(5, "SACK", "Pieces that arrived although something before them is missing."),
        name(8, "timestamps", "Clock readings that measure the round trip and unmask very old segments."),
        name(14, "alternate checksum request", "Historic: another way to compute the checksum."),
        name(15, "alternate checksum data", "Historic: the bytes of such a checksum."),
        name(19, "MD5 signature", "Proof of a shared password, used between BGP routers; TCP-AO replaces it."),
        name(27, "quick start", "Experimental: asks the routers on the way for a faster start."),
        name(28, "user timeout", "How long unacknowledged data may wait before the sender gives up."),
        name(29, "TCP authentication", "TCP-AO: proof that the segment comes from who knows the key."),
        name(30, "multipath TCP", "One connection over several paths, such as Wi-Fi and mobile."),
        name(34, "fast open cookie", "Lets a returning client send data in its first packet."),
        name(69, "encryption negotiation", "TCP-ENO: asks whether both ends can encrypt (tcpcrypt)."),
        name(172, "accurate ECN, order 0", "Counts of bytes that arrived with each congestion mark."),
        name(174, "accurate ECN, order 1", "Counts of bytes that arrived with each congestion mark."),
        name(253, "experiment 1", "Shared by experiments, which tell themselves apart by an identifier."),
        name(254, "experiment 2", "Shared by experiments, which tell themselves apart by an identifier."),
    ]),
)
.spec("RFC 9293 §3.2, IANA TCP option kinds")
.explain(
    "Says which option this is. Kinds 0 and 1 are one byte; all others carry a length so that strangers can skip them.",
)
.quiet();
pub(super) static LENGTH: Field = field("opt_length", "option length", Unit("bytes"))
    .spec("RFC 9293 §3.2")
    .explain(
        "Bytes of this option with kind and length; it is what lets a receiver skip an option it has never heard of.",
    )
    .quiet();
pub(super) static MSS: Field = field("opt_mss", "largest segment", Unit("bytes"))
    .gist("mss=")
    .spec("RFC 9293 §3.7.1")
    .explain("The most data I take in one segment, mostly my MTU less 40. A wrong value shows as a connection that opens and then hangs.");
pub(super) static WSCALE: Field = field("opt_wscale", "window scale", Dec)
    .gist("ws=")
    .spec("RFC 7323 §2")
    .explain("Later windows of this sender count times two to this power. Without it 64 kB could be under way at most, too little for fast long lines.");
pub(super) static SACK_PERM: Field = field("opt_sack_perm", "may acknowledge pieces", Dec)
    .spec("RFC 2018 §2")
    .explain("Allows the other side to name pieces that arrived behind a gap, so that only the gap is sent again.");
pub(super) static SACK_LEFT: Field = field("opt_sack_left", "piece begins", Dec)
    .gist("sack ")
    .spec("RFC 2018 §3")
    .explain("First byte of a piece that arrived although something before it is missing. A piece below the acknowledgment reports a copy (RFC 2883).");
pub(super) static SACK_RIGHT: Field = field("opt_sack_right", "piece ends before", Dec)
    .gist("..")
    .spec("RFC 2018 §3")
    .explain("First byte behind that piece; between the acknowledgment and the pieces lies what must be sent again.");
pub(super) static TSVAL: Field = field("opt_tsval", "my clock", Dec).spec("RFC 7323 §3").explain(
    "A counter of the sender's own; its start is random and its unit private, so it tells nobody the time of day.",
);
pub(super) static TSECR: Field = field("opt_tsecr", "your clock, echoed", Dec)
    .spec("RFC 7323 §3")
    .explain("The other side's last counter sent back: the difference to its clock now is the round trip time.");
pub(super) static TIMEOUT_UNIT: Field =
    field("opt_timeout_unit", "timeout unit", Names(&[name(0, "seconds", ""), name(1, "minutes", "")]))
        .spec("RFC 5482 §3")
        .explain("Whether the timeout beside it counts seconds or minutes: one bit stretches 15 bits to 22 days.");
pub(super) static TIMEOUT: Field = field("opt_timeout", "user timeout", Dec)
    .spec("RFC 5482 §3")
    .explain("How long the sender lets unacknowledged data wait before it closes. It helps a connection to outlive a long pause of the network.");
pub(super) static MD5: Field = field("opt_md5", "MD5 signature", Bytes)
    .spec("RFC 2385 §2")
    .explain("A digest over the segment and a shared password: a forged RST without it cannot end the connection of two routers.");
pub(super) static AO_KEY: Field = field("opt_ao_key_id", "key in use", Dec)
    .spec("RFC 5925 §2.2")
    .explain("Which of the agreed keys signed this segment, so that keys can change while the connection lives.");
pub(super) static AO_NEXT_KEY: Field = field("opt_ao_next_key_id", "key wanted next", Dec)
    .spec("RFC 5925 §2.2")
    .explain("Which key the sender is ready to receive with; when both ends agree, the next segments use it.");
pub(super) static AO_MAC: Field = field("opt_ao_mac", "authentication code", Bytes).spec("RFC 5925 §2.2").explain(
    "Proves that the segment was made by someone who knows the key; without the key nobody can check or make it.",
);
pub(super) static EXPERIMENT: Field = field(
    "opt_experiment",
    "experiment",
    Names(&[
        name(0x0348, "host identification", "RFC 7974"),
        name(0x0a0d, "TARR", "TCP ACK rate request"),
        name(0x454e, "encryption negotiation", "TCP-ENO before it had a kind of its own"),
        name(0xacce, "accurate ECN", "before it had kinds of its own"),
        name(FAST_OPEN_ID, "fast open", "before it had kind 34"),
        name(0xe2d4, "low latency profile", "shared memory communications and others use such codes"),
    ]),
)
.spec("RFC 6994 §3")
.explain("Tells apart the experiments that share kinds 253 and 254; two experiments with one number would misread each other.");
pub(super) static COOKIE: Field = field("opt_cookie", "fast open cookie", Bytes)
    .gist("cookie=")
    .spec("RFC 7413 §4.1.1")
    .explain("A ticket that the server gave out earlier: with it data may travel in the SYN, without it strangers could make the server work. An empty one asks for a ticket.");
pub(super) static UNKNOWN: Field = field("opt_data", "option's bytes", Bytes)
    .spec("RFC 9293 §3.2")
    .explain("Content of an option that layercake does not take apart, or the rest of one; shown as it is.");
pub(super) static BAD_OPTION: Field = field("bad_option", "impossible option length", Nothing)
    .gist("impossible option length")
    .spec("RFC 9293 §3.2")
    .explain(
        "The option's length contradicts its kind or the header; a receiver cannot know where the next one begins.",
    );

const END: u64 = 0;
const NOP: u64 = 1;
const FAST_OPEN_ID: u64 = 0xf989;

/// Takes all options; the reader ends where the header does, or earlier where that is not `complete`.
pub(super) fn read_options(r: &mut Reader<'_>, complete: bool) -> Result<(), Cut> {
    while let Some(&kind) = r.rest().first() {
        if u64::from(kind) <= NOP {
            r.group(&OPTION, |r| r.u8(&KIND))?;
            if u64::from(kind) == END {
                r.all(&UNKNOWN);
            }
            continue;
        }
        let length = r.rest().get(1).map_or(0, |length| usize::from(*length));
        if length < 2 || length > r.left() {
            return broken(r, complete);
        }
        r.within(length, |r| r.group(&OPTION, |r| one(r, kind, length)))?;
    }
    Ok(())
}

fn one(r: &mut Reader<'_>, kind: u8, length: usize) -> Result<(), Cut> {
    r.u8(&KIND)?;
    r.u8(&LENGTH)?;
    let fits = match kind {
        2 | 28 => length == 4,
        3 => length == 3,
        4 => length == 2,
        5 => length >= 10 && length % 8 == 2,
        8 => length == 10,
        19 => length == 18,
        29 | 253 | 254 => length >= 4,
        30 => length >= 3,
        34 => length == 2 || ((6..=18).contains(&length) && length.is_multiple_of(2)),
        _ => true,
    };
    if !fits || content(r, kind).is_err() {
        r.note(&BAD_OPTION, 1);
    }
    r.all(&UNKNOWN);
    Ok(())
}

fn content(r: &mut Reader<'_>, kind: u8) -> Result<(), Cut> {
    match kind {
        2 => _ = r.u16(&MSS)?,
        3 => {
            let scale = r.u8(&WSCALE)?;
            if let Some(tcp) = &mut r.facts().tcp {
                tcp.scale = Some(scale);
            }
        }
        4 => {
            let at = Span::new(r.position() - 2, r.position());
            r.note_at(&SACK_PERM, at, 1);
        }
        5 => {
            while r.left() >= 8 {
                r.u32(&SACK_LEFT)?;
                r.u32(&SACK_RIGHT)?;
            }
        }
        8 => {
            r.u32(&TSVAL)?;
            r.u32(&TSECR)?;
        }
        19 => _ = r.array::<16>(&MD5)?,
        28 => {
            let bits = r.raw::<2>()?;
            r.part(&TIMEOUT_UNIT, bits, 0..1);
            r.part(&TIMEOUT, bits, 1..16);
        }
        29 => {
            r.u8(&AO_KEY)?;
            r.u8(&AO_NEXT_KEY)?;
            r.all(&AO_MAC);
        }
        30 => mptcp::read(r)?,
        34 => cookie(r)?,
        253 | 254 if u64::from(r.u16(&EXPERIMENT)?) == FAST_OPEN_ID => cookie(r)?,
        _ => {}
    }
    Ok(())
}

fn cookie(r: &mut Reader<'_>) -> Result<(), Cut> {
    let n = r.left();
    r.bytes(&COOKIE, n)?; // noted even when empty: that is a request
    Ok(())
}

fn broken(r: &mut Reader<'_>, complete: bool) -> Result<(), Cut> {
    r.group(&OPTION, |r| {
        r.u8(&KIND)?;
        if r.left() > 0 {
            r.u8(&LENGTH)?;
        }
        if complete {
            r.note(&BAD_OPTION, 1);
        }
        r.all(&UNKNOWN);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, read};

    /// A SYN with these options; `words` is the header length in 4-byte words.
    fn syn(words: u8, options: &str) -> Seen {
        read(
            1,
            &format!(
                "020000000009 020000000005 0800 45000064 00000000 4006 0000 c0a80105 c0a80109 c93a2329 00000001 00000000 {words:x}002 fa00 0000 0000 {options}"
            ),
        )
    }

    #[test]
    fn the_options_of_an_ordinary_syn_are_read_by_name() {
        let seen = syn(10, "020405b4 0402 080a 0000000a 0000000b 01 030307");
        assert_eq!(seen.numbers("tcp.opt_kind"), [2, 4, 8, 1, 3]);
        assert_eq!(seen.numbers("tcp.opt_mss"), [1460]);
        assert_eq!(seen.numbers("tcp.opt_sack_perm"), [1]);
        assert_eq!(seen.numbers("tcp.opt_tsval"), [10]);
        assert_eq!(seen.numbers("tcp.opt_wscale"), [7]);
    }

    #[test]
    fn an_unknown_option_is_kept_and_the_next_one_is_found_by_its_length() {
        let seen = syn(7, "c805 aabbcc 030307");
        assert_eq!(seen.nodes("tcp.opt_data").len(), 1);
        assert_eq!(seen.numbers("tcp.opt_wscale"), [7]);
    }

    #[test]
    fn an_option_of_length_zero_ends_the_list_and_its_bytes_are_kept() {
        let seen = syn(7, "0200 05b4 01010101");
        assert_eq!(seen.numbers("tcp.bad_option"), [1]);
        assert_eq!(seen.nodes("tcp.opt_data")[0].at.len(), 6);
    }

    #[test]
    fn a_window_scale_of_the_wrong_length_is_a_remark_and_no_value() {
        let seen = syn(7, "0304 0707 020405b4");
        assert_eq!(seen.numbers("tcp.bad_option"), [1]);
        assert!(seen.numbers("tcp.opt_wscale").is_empty());
        assert_eq!(seen.numbers("tcp.opt_mss"), [1460]);
    }

    #[test]
    fn an_option_that_the_capture_cut_is_not_called_impossible() {
        let seen = syn(10, "080a 0000");
        assert!(seen.cut("tcp"));
        assert!(seen.numbers("tcp.bad_option").is_empty());
    }

    #[test]
    fn an_empty_fast_open_cookie_is_noted_as_it_asks_for_one() {
        assert_eq!(syn(6, "2202 0101").nodes("tcp.opt_cookie").len(), 1);
        assert_eq!(syn(8, "fe0c f989 0102030405060708").nodes("tcp.opt_cookie")[0].at.len(), 8);
    }

    #[test]
    fn a_multipath_syn_of_version_1_carries_no_key_yet() {
        let seen = syn(6, "1e04 0181");
        assert_eq!(seen.numbers("tcp.mptcp_version"), [1]);
        assert!(seen.numbers("tcp.mptcp_sender_key").is_empty());
    }

    #[test]
    fn a_multipath_option_too_short_for_its_message_is_a_remark() {
        let seen = syn(6, "1e04 7000");
        assert_eq!(seen.numbers("tcp.bad_option"), [1]);
    }
}
