//! The options of `DHCPv6`, RFC 8415 §21: each a code and a length of two bytes; some hold further options.
//! Not here: addresses and prefixes (`dhcpv6_addresses`), names and servers (`dhcpv6_settings`).

use super::{dhcp_duid, dhcpv6, dhcpv6_addresses, dhcpv6_codes, dhcpv6_settings};
use crate::dissect::{
    Cut, Field, GistForm, Reader,
    Show::{Bytes, Dec, Ip, Names, Nothing, Text, Unit},
    field, name,
};

pub(super) static OPTION: Field = field("option", "option", Nothing)
    .spec("RFC 8415 §21.1")
    .explain("One thing that the client wants or the server gives; options may hold further options.");
pub(super) static CODE: Field = field("option_code", "option", Names(dhcpv6_codes::CODES))
    .spec("RFC 8415 §21.1, IANA DHCPv6 option codes")
    .explain("Says which option this is. Two bytes this time: DHCP for IPv4 had nearly run out of codes.")
    .quiet();
pub(super) static LENGTH: Field = field("option_length", "option length", Unit("bytes"))
    .spec("RFC 8415 §21.1")
    .explain("Bytes of content that follow, with all options inside; strangers step over it.")
    .quiet();
pub(super) static DATA: Field = field("option_data", "option's bytes", Bytes)
    .spec("RFC 8415 §21.1")
    .explain("Content of an option that layercake does not take apart, or the rest of one; shown as it is.");
pub(super) static PREFERENCE: Field = field("preference", "server's rank", Dec)
    .spec("RFC 8415 §21.8")
    .explain("The client takes the server with the highest number. With 255 it stops waiting for others at once.");
pub(super) static ELAPSED: Field = field("elapsed_time", "trying for", Unit("hundredths of a second"))
    .spec("RFC 8415 §21.9")
    .explain("How long the client has been at it. A spare server steps in when this grows; 0 in the first message.");
pub(super) static UNICAST: Field = field("server_unicast", "speak to me at", Ip)
    .spec("RFC 8415 §21.12")
    .explain("Allows the client to talk to the server directly instead of to the group of all servers.");
pub(super) static STATUS: Field = field(
    "status_code",
    "outcome",
    Names(&[
        name(0, "success", ""),
        name(1, "failure", "For no reason that has a number."),
        name(2, "no addresses left", ""),
        name(3, "no such binding", "The server knows nothing of this lease."),
        name(4, "not on this link", "The address does not fit the network that the client is in."),
        name(5, "use multicast", "Speak to the group, not to me alone."),
        name(6, "no prefix left", ""),
        name(7, "unknown query type", ""),
        name(8, "malformed query", ""),
        name(9, "not configured", ""),
        name(10, "not allowed", ""),
        name(11, "query terminated", ""),
    ]),
)
.gist_as(GistForm::NonZero, "status ")
.spec("RFC 8415 §21.13")
.explain("Whether it worked, for the message as a whole or for the lease it stands in. Without it all is well.");
pub(super) static STATUS_TEXT: Field = field("status_text", "outcome in words", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 8415 §21.13")
    .explain("A sentence for people; programs must not depend on it.");
pub(super) static RAPID_COMMIT: Field =
    field("rapid_commit", "two messages are enough", Names(&[name(1, "yes", "")])).spec("RFC 8415 §21.14").explain(
        "The client takes whatever comes first: solicit, reply, done. It costs addresses where several servers answer.",
    );
pub(super) static INTERFACE_ID: Field = field("interface_id", "relay's interface", Bytes)
    .spec("RFC 8415 §21.18")
    .explain("Which of its interfaces the relay got the message by; the server sends it back so that the relay need not remember.");
pub(super) static RECONFIGURE_WITH: Field = field(
    "reconfigure_with",
    "answer with",
    Names(&[name(5, "renew", ""), name(6, "rebind", ""), name(11, "information-request", "")]),
)
.spec("RFC 8415 §21.19")
.explain("Which message the client shall come back with; the server must have agreed a key first, or anybody could stir up its clients.");
pub(super) static RECONFIGURE_ACCEPT: Field =
    field("reconfigure_accept", "may be called back", Names(&[name(1, "yes", "")])).spec("RFC 8415 §21.20").explain(
        "The client is willing to listen when the server wants it to ask anew, when the network gets new numbers for instance.",
    );
pub(super) static AUTHENTICATION: Field = field("authentication", "authentication", Bytes)
    .spec("RFC 8415 §21.11")
    .explain("Proves that the server is the one the client first met; in practice a key that the server once sent in the clear.");

/// Most relays that may wrap a message (`HOP_COUNT_LIMIT`, RFC 8415 §7.6).
const MOST_WRAPS: u8 = 8;
/// Most options that lie within each other: a lease, an address in it, its status. Further ones stay closed.
const MOST_NESTED: u8 = 4;

/// Where an option stands: within so many relays' wraps and so many other options.
#[derive(Clone, Copy)]
pub(super) struct Place {
    wraps: u8,
    nested: u8,
}

/// Takes all options of a message that `wraps` relays have wrapped.
pub(super) fn read(r: &mut Reader<'_>, wraps: u8) -> Result<(), Cut> {
    all(r, Place { wraps, nested: 0 })
}

/// Takes the options within an option at `place`; leaves them closed where they are nested too deep.
pub(super) fn inner(r: &mut Reader<'_>, place: Place) -> Result<(), Cut> {
    if place.nested < MOST_NESTED { all(r, Place { nested: place.nested + 1, ..place }) } else { Ok(()) }
}

fn all(r: &mut Reader<'_>, place: Place) -> Result<(), Cut> {
    while r.left() > 0 {
        r.group(&OPTION, |r| option(r, place))?;
    }
    Ok(())
}

fn option(r: &mut Reader<'_>, place: Place) -> Result<(), Cut> {
    let code = r.u16(&CODE)?;
    let length = usize::from(r.u16(&LENGTH)?);
    let complete = r.left() >= length;
    r.within(length, |r| {
        // An option that contradicts its own length spoils only itself.
        if content(r, code, place).is_err() && complete {
            r.bad_length();
        }
        r.all(&DATA);
        Ok(())
    })
}

fn content(r: &mut Reader<'_>, code: u16, place: Place) -> Result<(), Cut> {
    match code {
        1 | 2 => dhcp_duid::read(r)?,
        3..=5 | 25 | 26 => dhcpv6_addresses::read(r, code, place)?,
        7 => _ = r.u8(&PREFERENCE)?,
        8 => _ = r.u16(&ELAPSED)?,
        9 if place.wraps < MOST_WRAPS => dhcpv6::message(r, place.wraps + 1)?,
        11 => _ = r.all(&AUTHENTICATION),
        12 => _ = r.array::<16>(&UNICAST)?,
        13 => {
            r.u16(&STATUS)?;
            r.all(&STATUS_TEXT);
        }
        14 => r.note_at(&RAPID_COMMIT, r.behind(4), 1),
        18 => _ = r.all(&INTERFACE_ID),
        19 => _ = r.u8(&RECONFIGURE_WITH)?,
        20 => r.note_at(&RECONFIGURE_ACCEPT, r.behind(4), 1),
        _ => dhcpv6_settings::read(r, code)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::dhcpv6::tests::options;

    #[test]
    fn the_four_kinds_of_names() {
        let seen = options(
            "0001 000e 0001 0001 00000001 020000000005 0001 000a 0003 0001 020000000005 0002 0008 0002 00007ed9 abcd 0001 0012 0004 000102030405060708090a0b0c0d0e0f",
        );
        assert_eq!(seen.numbers("dhcpv6.duid_type"), [1, 3, 2, 4]);
        assert_eq!(seen.nodes("dhcpv6.duid_mac").len(), 2);
        assert_eq!(seen.numbers("dhcpv6.duid_enterprise"), [32473]);
        assert_eq!(seen.nodes("dhcpv6.duid_uuid").len(), 1);
    }

    #[test]
    fn an_option_of_the_wrong_length_spoils_only_itself() {
        let seen = options("0008 0001 00 0007 0001 ff");
        assert_eq!(seen.numbers("dhcpv6.bad_length"), [1]);
        assert_eq!(seen.numbers("dhcpv6.preference"), [255]);
    }

    #[test]
    fn an_option_beyond_the_end_is_cut() {
        assert!(options("0001 00ff 0001").cut("dhcpv6"));
        assert!(options("0001").cut("dhcpv6"));
    }

    #[test]
    fn options_within_options_stay_closed_when_they_are_too_deep() {
        let mut nested = String::new();
        for _ in 0..100 {
            let length = nested.len() / 2 + 12;
            nested = format!("0003{length:04x}000000010000000000000000{nested}");
        }
        let seen = options(&nested);
        assert_eq!(seen.numbers("dhcpv6.iaid").len(), 5);
        assert_eq!(seen.nodes("dhcpv6.option_data").len(), 1);
        assert!(!seen.cut("dhcpv6"));
    }
}
