//! The options behind neighbour discovery's messages, RFC 4861 §4.6: MAC addresses, the MTU, quoted packets,
//! proofs. Each counts its length in units of 8 bytes.
//! Not here: prefixes and routes (`ndp_prefixes`), name servers (`ndp_names`), SEND's signatures (RFC 3971) and
//! sensor networks' registrations (RFC 6775); their bytes are kept.

use super::{ndp_names, ndp_prefixes};
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Hex, Ip, Mac, Names, Nothing, Unit},
    Span, field, name,
};

pub(super) static OPTION: Field = field("option", "option", Nothing).spec("RFC 4861 §4.6").explain(
    "One piece of extra knowledge: its kind, its length and what it says. Who does not know a kind steps over it.",
);
pub(super) static KIND: Field = field(
    "option_kind",
    "option",
    Names(&[
        name(1, "sender's link address", "Saves the receiver from asking back."),
        name(2, "target's link address", "What a neighbor solicitation asked for."),
        name(3, "prefix", "The front half of this wire's addresses."),
        name(4, "quoted packet", "The packet that took the detour."),
        name(5, "MTU", "The largest packet that this wire takes."),
        name(7, "advertisement interval", "How often the router speaks up, for machines on the move."),
        name(8, "home agent", "Which of several routers at home to choose, for machines on the move."),
        name(9, "sender's addresses", "Inverse discovery: what the asker has."),
        name(10, "target's addresses", "Inverse discovery: what was asked for."),
        name(11, "CGA", "Proves that the address was made of a public key (SEND)."),
        name(12, "RSA signature", "Signs the message (SEND)."),
        name(13, "timestamp", "Against messages that are recorded and sent again (SEND)."),
        name(14, "nonce", "Ties an answer to its question."),
        name(15, "trust anchor", "Whose certificates the asker believes (SEND)."),
        name(16, "certificate", "That this router may be one (SEND)."),
        name(19, "link-layer address of another point", "For fast handovers."),
        name(24, "route", "A way to a certain part of the network."),
        name(25, "name servers", "Where to ask for names."),
        name(26, "more flags", "Room for 48 further flags."),
        name(31, "search domains", "What to append to short names."),
        name(33, "address registration", "A sensor registers its address with its router."),
        name(34, "6LoWPAN context", "Abbreviations for addresses of a sensor network."),
        name(35, "border router", "Which router speaks for a sensor network."),
        name(37, "captive portal", "Where to log in before the network works."),
        name(38, "NAT64 prefix", "How to write IPv4 addresses as IPv6 ones."),
        name(253, "experiment 1", ""),
        name(254, "experiment 2", ""),
    ]),
)
.spec("RFC 4861 §4.6, IANA IPv6 neighbor discovery option formats")
.explain("Which option it is. New ones need no new message, which is how name servers came in eleven years later.");
pub(super) static LENGTH: Field = field("option_length", "option length", Unit("bytes"))
    .spec("RFC 4861 §4.6")
    .explain("Bytes of the option with its kind and this byte. On the wire it counts units of 8, so every option is padded to a multiple of 8.")
    .quiet();
pub(super) static BAD: Field = field("bad_option", "option of length 0", Nothing)
    .gist("option of length 0")
    .spec("RFC 4861 §4.6")
    .explain("A reader that believed it would never get to the end of the list. The receiver has to throw the whole message away.");
pub(super) static SOURCE_MAC: Field = field("source_mac", "sender's MAC", Mac)
    .gist("from ")
    .spec("RFC 4861 §4.6.1")
    .explain("The card that sent the message; whoever hears it can answer without asking first.");
pub(super) static TARGET_MAC: Field = field("target_mac", "target's MAC", Mac)
    .spec("RFC 4861 §4.6.1")
    .explain("The card behind the address that the message speaks of: the very thing that was asked for.");
pub(super) static LINK_ADDRESS: Field = field("link_address", "link address", Bytes).spec("RFC 4861 §4.6.1").explain(
    "An address on a link that is not Ethernet, InfiniBand or a sensor's radio for instance, with filling behind it.",
);
pub(super) static RESERVED: Field = field("option_reserved", "reserved", Hex)
    .spec("RFC 4861 §4.6")
    .explain("Bytes of an option that wait for a use, or that move the next field to a handy place.")
    .quiet();
pub(super) static LINK_MTU: Field = field("link_mtu", "largest packet here", Unit("bytes"))
    .gist("mtu=")
    .spec("RFC 4861 §4.6.4")
    .explain("All machines on this wire shall agree on one size, where its parts differ: a wireless bridge may take less than the cable.");
pub(super) static NONCE: Field = field("nonce", "nonce", Bytes)
    .spec("RFC 3971 §5.3.2, RFC 7527 §4")
    .explain("A random number that must come back in the answer. In a check for duplicates it unmasks one's own question that a loop brings back.");
pub(super) static INTERVAL: Field = field("interval", "speaks up every", Unit("ms"))
    .spec("RFC 6275 §7.3")
    .explain("The longest pause between two such messages: a machine on the move that hears nothing for so long has left the network.");
pub(super) static HOME_PREFERENCE: Field = field("home_preference", "home agent's preference", Dec)
    .spec("RFC 6275 §7.4")
    .explain("Machines on the move ask the router with the highest number first to forward for them.");
pub(super) static HOME_LIFETIME: Field = field("home_lifetime", "home agent for", Unit("seconds"))
    .spec("RFC 6275 §7.4")
    .explain("How long the router will forward for machines that are away from home.");
pub(super) static NEIGHBOUR: Field = field("neighbour", "address", Ip)
    .spec("RFC 3122 §3.1")
    .explain("One of the IP addresses of a card: inverse discovery knows the MAC address and wants these.");
pub(super) static BYTES: Field = field("option_bytes", "content", Bytes).spec("RFC 4861 §4.6").explain(
    "What the option holds, where it is not taken apart any further here, or what it has beyond its known fields.",
);

/// What the messages want to know of their options.
#[derive(Default)]
pub(super) struct End {
    /// Where the target's MAC address stands.
    pub target_mac: Option<Span>,
    /// The reader stands before a quoted packet.
    pub quotes: bool,
}

/// Takes all options, or those up to a quoted packet that goes to the end.
pub(super) fn read(r: &mut Reader<'_>) -> Result<End, Cut> {
    let mut end = End::default();
    while r.left() > 0 {
        let kind = r.rest().first().copied().unwrap_or_default();
        let length = r.rest().get(1).map_or(8, |units| 8 * usize::from(*units));
        if length == 0 {
            r.note(&BAD, 1);
            r.all(&BYTES);
            break;
        }
        if kind == 4 && length > 8 && length >= r.left() {
            end.quotes = true;
            r.group(&OPTION, |r| quotation(r))?;
            break;
        }
        let whole = length <= r.left();
        r.group(&OPTION, |r| r.within(length, |r| option(r, whole, &mut end)))?;
    }
    Ok(end)
}

fn head(r: &mut Reader<'_>) -> Result<u8, Cut> {
    let kind = r.u8(&KIND)?;
    let units = r.raw::<1>()?;
    r.note_at(&LENGTH, r.behind(1), 8 * units.value);
    Ok(kind)
}

fn quotation(r: &mut Reader<'_>) -> Result<(), Cut> {
    head(r)?;
    reserved::<6>(r)
}

fn option(r: &mut Reader<'_>, whole: bool, end: &mut End) -> Result<(), Cut> {
    let kind = head(r)?;
    let read = content(r, kind, end);
    r.all(&BYTES);
    if whole && read.is_err() {
        r.bad_length();
        return Ok(()); // too short for its kind; the next one begins where it should
    }
    read
}

fn content(r: &mut Reader<'_>, kind: u8, end: &mut End) -> Result<(), Cut> {
    match kind {
        1 | 2 if r.left() != 6 => _ = r.all(&LINK_ADDRESS),
        1 => _ = r.array::<6>(&SOURCE_MAC)?,
        2 => {
            r.array::<6>(&TARGET_MAC)?;
            end.target_mac = Some(r.behind(6));
        }
        3 => ndp_prefixes::prefix(r)?,
        5 => {
            reserved::<2>(r)?;
            r.u32(&LINK_MTU)?;
        }
        7 => {
            reserved::<2>(r)?;
            r.u32(&INTERVAL)?;
        }
        8 => {
            reserved::<2>(r)?;
            r.u16(&HOME_PREFERENCE)?;
            r.u16(&HOME_LIFETIME)?;
        }
        9 | 10 => {
            reserved::<6>(r)?;
            while r.left() >= 16 {
                r.array::<16>(&NEIGHBOUR)?;
            }
        }
        14 => _ = r.all(&NONCE),
        24 => ndp_prefixes::route(r)?,
        25 => ndp_names::servers(r)?,
        31 => ndp_names::search_list(r)?,
        37 => ndp_names::portal(r)?,
        38 => ndp_prefixes::nat64(r)?,
        _ => {}
    }
    Ok(())
}

/// Takes `N` bytes that have no meaning.
pub(super) fn reserved<const N: usize>(r: &mut Reader<'_>) -> Result<(), Cut> {
    let bytes = r.raw::<N>()?;
    r.part(&RESERVED, bytes, 0..8 * N as u8);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read};

    fn solicitation(options: &str) -> Seen {
        let message = format!("8500 0000 00000000 {options}");
        let addresses = "fe800000000000000000000000000005 ff020000000000000000000000000002";
        read(101, &format!("60000000 {:04x} 3a ff {addresses} {message}", hex(&message).len()))
    }

    #[test]
    fn an_option_of_length_zero_ends_the_list_instead_of_looping() {
        let seen = solicitation("0100 020000000005 0101 020000000005");
        assert_eq!(seen.numbers("icmpv6.bad_option"), [1]);
        assert_eq!(seen.nodes("icmpv6.option_bytes")[0].at.len(), 16);
        assert!(seen.nodes("icmpv6.source_mac").is_empty());
    }

    #[test]
    fn a_length_counts_units_of_eight_bytes() {
        let seen = solicitation("0101 020000000005 0e02 0102030405060708090a0b0c0d0e");
        assert_eq!(seen.numbers("icmpv6.option_length"), [8, 16]);
        assert_eq!(seen.nodes("icmpv6.nonce")[0].at.len(), 14);
    }

    #[test]
    fn an_unknown_option_is_stepped_over_and_its_bytes_are_kept() {
        let seen = solicitation("de01 010203040506 0101 020000000005");
        assert_eq!(seen.nodes("icmpv6.option_bytes")[0].at.len(), 6);
        assert_eq!(seen.nodes("icmpv6.source_mac").len(), 1);
    }

    #[test]
    fn an_option_too_short_for_its_kind_does_not_hide_the_next_one() {
        let seen = solicitation("0301 40c000015180 0101 020000000005");
        assert_eq!(seen.numbers("icmpv6.bad_length"), [1]);
        assert!(!seen.cut("icmpv6"));
        assert_eq!(seen.nodes("icmpv6.source_mac").len(), 1);
    }

    #[test]
    fn an_option_beyond_the_message_is_cut_short() {
        let seen = solicitation("0304 40c0 00015180");
        assert!(seen.cut("icmpv6"));
        assert_eq!(seen.numbers("icmpv6.valid_lifetime"), [86400]);
        assert!(seen.numbers("icmpv6.bad_length").is_empty());
    }

    #[test]
    fn an_address_that_is_no_mac_address_is_bytes() {
        let seen = solicitation("0103 0000 00000048 fe800000 00000000 00000002 c9000000");
        assert_eq!(seen.nodes("icmpv6.link_address")[0].at.len(), 22);
    }
}
